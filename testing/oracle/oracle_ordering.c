/* oracle_ordering.c - running sums, products and extremes; sorting, all by their definitions. */
#include "oracle_internal.h"

#include <math.h>

/* ---- cumulative: z[i] from z[i - 1] and x[i], or z[i + 1] and x[i] ---- */

static tsr_cell take_in(tsr_op_id id, tsr_dtype dtype, tsr_cell so_far, tsr_cell x) {
  if (id == TSR_OP_CUMSUM) return oracle_add(dtype, so_far, x);
  if (id == TSR_OP_CUMPROD) return oracle_mul(dtype, so_far, x);
  return oracle_beats(dtype, id == TSR_OP_CUMMIN, x, so_far) ? x : so_far;
}

static tsr_status cumulative(const oracle_call *c) {
  const tsr_cumulative_attrs *a = c->attrs;
  const tsr_array *x = &c->in[0], *z = &c->out[0];
  const int64_t first = a->reverse ? x->dims[a->axis] - 1 : 0;
  int64_t i[TSR_ORACLE_RANK];
  for (int64_t k = 0; k < z->n; k++) {
    const int64_t n = a->reverse ? z->n - 1 - k : k;
    oracle_unravel(z, n, i);
    z->at[n] = x->at[n];
    if (i[a->axis] == first) continue;
    i[a->axis] += a->reverse ? 1 : -1;
    z->at[n] = take_in(tsr_op_core_id(c->op), x->dtype, *oracle_at(z, i), x->at[n]);
  }
  return TSR_OK;
}

/* ---- sort: an element goes where as many others come before it ---- */

/* Does y come before x, neither being the other, in an order where NaN is last? */
static bool precedes(tsr_dtype dtype, bool falling, tsr_cell y, tsr_cell x) {
  if (oracle_is_float(dtype) && (isnan(y.re) || isnan(x.re))) return !isnan(y.re);
  return falling ? oracle_less(dtype, x, y) : oracle_less(dtype, y, x);
}

static bool same(tsr_dtype dtype, tsr_cell x, tsr_cell y) {
  if (!oracle_is_float(dtype)) return x.i == y.i;
  return x.re == y.re || (isnan(x.re) && isnan(y.re));
}

/* Does the element with index y of a line come before that with index x? */
static bool comes_first(const oracle_call *c, const int64_t *y, const int64_t *x) {
  const tsr_sort_attrs *a = c->attrs;
  for (int64_t k = 0; k < a->n_keys; k++) {
    const tsr_array *key = &c->in[k];
    if (!same(key->dtype, *oracle_at(key, y), *oracle_at(key, x)))
      return precedes(key->dtype, a->order == TSR_DESCENDING, *oracle_at(key, y),
                      *oracle_at(key, x));
  }
  return y[a->axis] < x[a->axis];
}

static tsr_status sort(const oracle_call *c) {
  const tsr_sort_attrs *a = c->attrs;
  const tsr_array *x = &c->in[0];
  int64_t i[TSR_ORACLE_RANK], other[TSR_ORACLE_RANK];
  for (int64_t n = 0; n < x->n; n++) {
    int64_t before = 0;
    oracle_unravel(x, n, i);
    oracle_unravel(x, n, other);
    for (other[a->axis] = 0; other[a->axis] < x->dims[a->axis]; other[a->axis]++)
      before += comes_first(c, other, i);
    other[a->axis] = before;
    for (int32_t j = 0; j < c->n_in; j++)
      *oracle_at(&c->out[j], other) = c->in[j].at[n];
  }
  return TSR_OK;
}

oracle_fn oracle_ordering(tsr_op_id id) {
  static const oracle_fn rows[TSR_OP_CORE_COUNT] = {[TSR_OP_CUMSUM] = cumulative,
                                                    [TSR_OP_CUMPROD] = cumulative,
                                                    [TSR_OP_CUMMAX] = cumulative,
                                                    [TSR_OP_CUMMIN] = cumulative,
                                                    [TSR_OP_SORT] = sort};
  return rows[id];
}
