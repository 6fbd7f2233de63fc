/* surface/search.c - searchsorted by bisection. */
#include "axes.h"

typedef struct search {
  tsr_value sorted, values, is_last; /* is_last: a value comes after all numbers */
  tsr_search_side side;
} search;

/* Does the element x come before the value, as far as side asks? */
static tsr_value precedes(tsr_builder *b, const search *s, tsr_value x) {
  if (s->side == TSR_SEARCH_RIGHT) return tsr_or(b, tsr_le(b, x, s->values), s->is_last);
  return tsr_or(b, tsr_lt(b, x, s->values), tsr_and(b, s->is_last, tsr_eq(b, x, x)));
}

/* The result lies in [low, high]; done where they are equal. */
static tsr_status halve(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  const search *s = ctx;
  const tsr_value low = in[0], high = in[1], one = tsr_scalar_int(b, 1);
  const tsr_value middle = tsr_add(b, low, tsr_div(b, tsr_sub(b, high, low), tsr_scalar_int(b, 2)));
  const tsr_value before = precedes(b, s, tsr_take(b, s->sorted, middle, 0));
  const tsr_value open = tsr_lt(b, low, high);
  out[0] = tsr_select(b, tsr_and(b, open, before), tsr_add(b, middle, one), low);
  out[1] = tsr_select(b, tsr_or(b, before, tsr_not(b, open)), high, middle);
  return tsr_builder_status(b);
}

/* Rounds until n + 1 places are one. */
static int64_t rounds_of(tsr_dim n) {
  int64_t rounds = 0;
  if (!tsr_dim_is_const(n)) return 63;
  for (int64_t left = n.n; left > 0; left /= 2)
    rounds++;
  return rounds;
}

tsr_value tsr_searchsorted(tsr_builder *b, tsr_value sorted, tsr_value values,
                           tsr_search_side side) {
  tsr_type type, of_values;
  tsr_value out[2];
  if (!tsri_type(b, "searchsorted", sorted, &type) ||
      !tsri_type(b, "searchsorted", values, &of_values))
    return TSR_NO_VALUE;
  if (type.rank != 1)
    return tsri_refuse(
        b, TSR_FAIL(TSR_ERR_SHAPE, "searchsorted: sorted has rank %d, not 1", (int)type.rank));
  const tsr_shape shape = tsri_type_shape(&of_values);
  const tsr_value size = tsr_dim_value(b, type.dims[0], TSR_I64);
  const tsr_value low = tsr_zeros(b, TSR_I64, shape), high = tsr_broadcast_to(b, size, shape);
  /* one element more, so that there is one to look at */
  const tsr_value padded = tsr_pad(b, sorted, tsri_zero_scalar(b, type.dtype), TSR_SHAPE({0}),
                                   TSR_SHAPE({1}), TSR_NO_AXES);
  search s = {padded, values, tsr_ne(b, values, values), side};
  if (tsr_scan(b, halve, &s, TSR_VALUES(low, high), TSR_NO_VALUES,
               tsr_dim_of(rounds_of(type.dims[0])), TSR_SCAN_FORWARD, 0, out) != TSR_OK)
    return TSR_NO_VALUE;
  return out[0];
}
