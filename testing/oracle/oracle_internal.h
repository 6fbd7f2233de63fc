/* oracle_internal.h - one application, and walking over indices. */
#ifndef TSR_ORACLE_INTERNAL_H
#define TSR_ORACLE_INTERNAL_H

#include "oracle.h"

typedef struct oracle_call {
  const tsr_op *op;
  const void *attrs; /* dims resolved to constants */
  int32_t n_in, n_out;
  const tsr_array *in;
  tsr_array *out; /* made, zeroed */
  const int64_t *symbols;
  tsr_arena *arena;
} oracle_call;

typedef tsr_status (*oracle_fn)(const oracle_call *c);

/* One element of the result, of a dtype, from one element of each operand. */
typedef tsr_cell (*oracle_cell_fn)(tsr_dtype dtype, const tsr_cell *x);

/* Index of the n-th element, and back. */
static inline void oracle_unravel(const tsr_array *a, int64_t n, int64_t *index) {
  for (int32_t k = a->rank; k-- > 0; n /= a->dims[k])
    index[k] = n % a->dims[k];
}
static inline int64_t oracle_ravel(const tsr_array *a, const int64_t *index) {
  int64_t n = 0;
  for (int32_t k = 0; k < a->rank; k++)
    n = n * a->dims[k] + index[k];
  return n;
}
static inline tsr_cell *oracle_at(const tsr_array *a, const int64_t *index) {
  return &a->at[oracle_ravel(a, index)];
}

static inline bool oracle_has(tsr_axes axes, int64_t axis) {
  for (size_t i = 0; i < axes.n; i++)
    if (axes.data[i] == axis) return true;
  return false;
}

/* oracle_half.c */
tsr_cell oracle_load_f16(const char *data);
tsr_cell oracle_load_bf16(const char *data);
void oracle_store_f16(tsr_cell x, char *data);
void oracle_store_bf16(tsr_cell x, char *data);

/* A number as the dtype holds it: rounded or wrapped. */
tsr_cell oracle_fit(tsr_dtype dtype, tsr_cell x);

/* x + y, x y, and x < y, NaN aside, in a dtype. */
tsr_cell oracle_add(tsr_dtype dtype, tsr_cell x, tsr_cell y);
tsr_cell oracle_mul(tsr_dtype dtype, tsr_cell x, tsr_cell y);
bool oracle_less(tsr_dtype dtype, tsr_cell x, tsr_cell y);

/* Is y to take the place of the largest (or least) so far: beyond it, or the first NaN. */
bool oracle_beats(tsr_dtype dtype, bool least, tsr_cell y, tsr_cell best);

static inline bool oracle_is_float(tsr_dtype dtype) { return tsr_dtype_is_active(dtype); }

/* The formula of a core op, NULL when there is none. */
oracle_fn oracle_formula(tsr_op_id id);
tsr_status oracle_fused(const oracle_call *c);

oracle_cell_fn oracle_analytic(tsr_op_id id);
oracle_cell_fn oracle_order(tsr_op_id id);
oracle_fn oracle_elementwise(tsr_op_id id);
oracle_fn oracle_structural(tsr_op_id id);
oracle_fn oracle_reducing(tsr_op_id id);
oracle_fn oracle_ordering(tsr_op_id id);
oracle_fn oracle_indexing(tsr_op_id id);
oracle_fn oracle_control(tsr_op_id id);

#endif /* TSR_ORACLE_INTERNAL_H */
