/* cumulate.c - running sums, products and extremes. */
#include "kernels/cumulate.h"

#include "blocks_product.h"
#include "blocks_tables.h"
#include "kernels/half.h"

#include <math.h>
#include <string.h>

/* Lane by lane, b where the mask says so, else a. */
#define CHOOSE(mask, b, a)                                                                         \
  ((vector)(((__typeof__(mask))(b) & (mask)) | ((__typeof__(mask))(a) & ~(mask))))

#define BODY "cumulate_real.inc"
#include "each_real.inc"
#undef BODY
/* Signed and unsigned numbers have the same sums and products, bit by bit. */
#define ID U8
#define S  uint8_t
#define R  uint32_t
#include "cumulate_integer.inc"
#define ID U16
#define S  uint16_t
#define R  uint32_t
#include "cumulate_integer.inc"
#define ID U32
#define S  uint32_t
#define R  uint32_t
#include "cumulate_integer.inc"
#define ID U64
#define S  uint64_t
#define R  uint64_t
#include "cumulate_integer.inc"

#define ID       I32
#define S        int32_t
#define LOWEST   INT32_MIN
#define GREATEST INT32_MAX
#include "cumulate_order.inc"
#define ID       I64
#define S        int64_t
#define LOWEST   INT64_MIN
#define GREATEST INT64_MAX
#include "cumulate_order.inc"
#define ID       U32
#define S        uint32_t
#define LOWEST   0
#define GREATEST UINT32_MAX
#include "cumulate_order.inc"
#define ID       U64
#define S        uint64_t
#define LOWEST   0
#define GREATEST UINT64_MAX
#include "cumulate_order.inc"
#define ID       F32
#define S        float
#define LOWEST   (-INFINITY)
#define GREATEST INFINITY
#include "cumulate_order.inc"
#define ID       F64
#define S        double
#define LOWEST   (-(double)INFINITY)
#define GREATEST (double)INFINITY
#include "cumulate_order.inc"

#define ID       I8
#define S        int8_t
#define R        int8_t
#define LOAD(x)  (x)
#define STORE(a) (a)
#include "cumulate_narrow.inc"
#define ID       I16
#define S        int16_t
#define R        int16_t
#define LOAD(x)  (x)
#define STORE(a) (a)
#include "cumulate_narrow.inc"
#define ID       U8
#define S        uint8_t
#define R        uint8_t
#define LOAD(x)  (x)
#define STORE(a) (a)
#include "cumulate_narrow.inc"
#define ID       U16
#define S        uint16_t
#define R        uint16_t
#define LOAD(x)  (x)
#define STORE(a) (a)
#include "cumulate_narrow.inc"
#define ID       F16
#define S        uint16_t
#define R        float
#define LOAD(x)  tsri_f32_of_f16(x)
#define STORE(a) tsri_f16_of_f32(a)
#include "cumulate_narrow.inc"
#define ID       BF16
#define S        uint16_t
#define R        float
#define LOAD(x)  tsri_f32_of_bf16(x)
#define STORE(a) tsri_bf16_of_f32(a)
#include "cumulate_narrow.inc"

/* Products of complex numbers are only built where there is no fused multiply-add. */
#ifndef __FMA__
#define LOAD(x)    (x)
#define STORE(a)   (a)
#define ID         C64
#define S          tsri_pair_f32
#define R          tsri_pair_f32
#define KIND       prod
#define JOIN(a, b) tsri_product_f32(a, b)
#include "cumulate_steps.inc"
#undef ID
#undef S
#undef R
#define ID         C128
#define S          tsri_pair_f64
#define R          tsri_pair_f64
#define KIND       prod
#define JOIN(a, b) tsri_product_f64(a, b)
#include "cumulate_steps.inc"
#undef ID
#undef S
#undef R
#undef LOAD
#undef STORE
#define COMPLEX_PRODUCTS STEPS(prod, C64, C64), STEPS(prod, C128, C128)
#else
#define COMPLEX_PRODUCTS [TSR_C64] = {0}, [TSR_C128] = {0}
#endif

#define BLOCKS(kind, ID, of, accumulator)                                                          \
  [TSR_##ID] = {kind##_scan_##of, kind##_unite_##of, sizeof(accumulator)}
#define STEPS(kind, ID, of) [TSR_##ID] = {kind##_scan_##of, NULL, 0}
#define EXTREMES(kind)                                                                             \
  STEPS(kind, I8, I8), STEPS(kind, I16, I16), BLOCKS(kind, I32, I32, int32_t),                     \
      BLOCKS(kind, I64, I64, int64_t), STEPS(kind, U8, U8), STEPS(kind, U16, U16),                 \
      BLOCKS(kind, U32, U32, uint32_t), BLOCKS(kind, U64, U64, uint64_t), STEPS(kind, BOOL, U8),   \
      STEPS(kind, F16, F16), STEPS(kind, BF16, BF16), BLOCKS(kind, F32, F32, float),               \
      BLOCKS(kind, F64, F64, double)

extern const tsri_cumulate TSRI_OF_VARIANT(tsri_cumulates)[TSRI_CUMULATION_COUNT][TSR_DTYPE_COUNT];

const tsri_cumulate TSRI_OF_VARIANT(tsri_cumulates)[TSRI_CUMULATION_COUNT][TSR_DTYPE_COUNT] = {
    [TSRI_CUMSUM] = {BLOCKS(sum,  I8, U8, uint32_t), BLOCKS(sum, I16, U16, uint32_t),
                     BLOCKS(sum, I32, U32, uint32_t), BLOCKS(sum, I64, U64, uint64_t),
                     BLOCKS(sum, U8, U8, uint32_t), BLOCKS(sum, U16, U16, uint32_t),
                     BLOCKS(sum, U32, U32, uint32_t), BLOCKS(sum, U64, U64, uint64_t),
                     BLOCKS(sum, F16, F16, float), BLOCKS(sum, BF16, BF16, float),
                     BLOCKS(sum, F32, F32, float), BLOCKS(sum, F64, F64, double)},
    [TSRI_CUMPROD] = {STEPS(prod,         I8, U8), STEPS(prod, I16, U16), STEPS(prod, I32, U32),
                     STEPS(prod, I64, U64), STEPS(prod, U8, U8), STEPS(prod, U16, U16),
                     STEPS(prod, U32, U32), STEPS(prod, U64, U64), STEPS(prod, F16, F16),
                     STEPS(prod, BF16, BF16), STEPS(prod, F32, F32), STEPS(prod, F64, F64),
                     COMPLEX_PRODUCTS},
    [TSRI_CUMMAX] = {EXTREMES(max)},
    [TSRI_CUMMIN] = {EXTREMES(min)       },
};
