/* joins.c - the loops of the scatters: updates joined one after the other to what is there. */
#include "blocks_product.h"
#include "blocks_tables.h"
#include "copy_run.h"
#include "kernels/half.h"
#include "kernels/index.h"

/* Have a place on its way; it need not be one. */
static inline void tsri_expect(const char *z, int64_t place) {
  __builtin_prefetch((const void *)((uintptr_t)z + (uintptr_t)place), 1);
}

#define BODY "joins_real.inc"
#include "each_real.inc"
#undef BODY
#define BODY "joins_integer.inc"
#include "each_integer.inc"
#undef BODY

#define LOAD(x)  (x)
#define STORE(a) (a)

/* Complex sums go part by part. */
#define W          2
#define ID         C64
#define S          float
#define R          float
#define KIND       add
#define JOIN(a, b) ((a) + (b))
#include "join.inc"
#undef ID
#undef S
#undef R
#define ID         C128
#define S          double
#define R          double
#define KIND       add
#define JOIN(a, b) ((a) + (b))
#include "join.inc"
#undef ID
#undef S
#undef R
#undef W

#define W 1
#ifndef __FMA__
#define ID         C64
#define S          tsri_pair_f32
#define R          tsri_pair_f32
#define KIND       mul
#define JOIN(a, b) tsri_product_f32(a, b)
#include "join.inc"
#undef ID
#undef S
#undef R
#define ID         C128
#define S          tsri_pair_f64
#define R          tsri_pair_f64
#define KIND       mul
#define JOIN(a, b) tsri_product_f64(a, b)
#include "join.inc"
#undef ID
#undef S
#undef R
#define COMPLEX_PRODUCTS COMPLEX(mul_join)
#else
#define COMPLEX_PRODUCTS [TSR_C64] = NULL, [TSR_C128] = NULL
#endif

/* bool: or, and */
#define ID         BOOL
#define S          uint8_t
#define R          uint8_t
#define KIND       max
#define JOIN(a, b) ((a) | (b))
#include "join.inc"
#define KIND       min
#define JOIN(a, b) ((a) & (b))
#include "join.inc"
#undef ID
#undef S
#undef R
#undef W
#undef LOAD
#undef STORE

/* set moves bytes, whatever they mean. */
#define SET(bytes)                                                                                 \
  static inline void set_run_##bytes(const tsri_join_part *p, const char *x, char *z,              \
                                     int64_t run) {                                                \
    const int64_t *at = p->at, *number = p->number;                                                \
    const int64_t n = p->n, ahead = p->far ? TSRI_AHEAD : 0, x_step = p->x_step;                   \
    for (int64_t i = 0; i < n; i++) {                                                              \
      const char *from = x + (number ? number[i] : i) * x_step;                                    \
      tsri_expect(z, at[i + ahead]);                                                               \
      if (at[i] == TSRI_DROPPED) continue;                                                         \
      if (run == 1)                                                                                \
        memcpy(z + at[i], from, bytes);                                                            \
      else                                                                                         \
        tsri_copy_run_of(z + at[i], from, run * (bytes));                                          \
    }                                                                                              \
  }                                                                                                \
  static void set_join_##bytes(const tsri_join_part *p) {                                          \
    const char *x = p->x;                                                                          \
    char *z = p->z;                                                                                \
    for (int64_t r = 0; r < p->rows; r++, x += p->x_row, z += p->z_row)                            \
      if (p->run == 1)                                                                             \
        set_run_##bytes(p, x, z, 1);                                                               \
      else                                                                                         \
        set_run_##bytes(p, x, z, p->run);                                                          \
  }
SET(1)
SET(2)
SET(4)
SET(8)
SET(16)
#undef SET

extern const tsri_join TSRI_OF_VARIANT(tsri_join_set)[TSR_DTYPE_COUNT],
    TSRI_OF_VARIANT(tsri_join_add)[TSR_DTYPE_COUNT],
    TSRI_OF_VARIANT(tsri_join_mul)[TSR_DTYPE_COUNT],
    TSRI_OF_VARIANT(tsri_join_min)[TSR_DTYPE_COUNT],
    TSRI_OF_VARIANT(tsri_join_max)[TSR_DTYPE_COUNT];

const tsri_join TSRI_OF_VARIANT(tsri_join_set)[TSR_DTYPE_COUNT] = {
#define TSR_DTYPE(ID, name, ctype, bytes, dl, kind) [TSR_##ID] = set_join_##bytes,
#include "tsr/dtypes.def"
};
const tsri_join TSRI_OF_VARIANT(tsri_join_add)[TSR_DTYPE_COUNT] = {
    REAL(add_join), INTEGER(add_join), COMPLEX(add_join)};
const tsri_join TSRI_OF_VARIANT(tsri_join_mul)[TSR_DTYPE_COUNT] = {
    REAL(mul_join), INTEGER(mul_join), COMPLEX_PRODUCTS};
const tsri_join TSRI_OF_VARIANT(tsri_join_min)[TSR_DTYPE_COUNT] = {
    REAL(min_join), INTEGER(min_join), AT(min_join, BOOL)};
const tsri_join TSRI_OF_VARIANT(tsri_join_max)[TSR_DTYPE_COUNT] = {
    REAL(max_join), INTEGER(max_join), AT(max_join, BOOL)};
