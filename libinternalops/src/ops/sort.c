/* sort.c - all operands sorted along axis by the first n_keys of them. */
#include "axes.h"

#include <inttypes.h>

#define SORTABLE (TSR_DTYPES_ORDERED | TSR_BIT(BOOL))

static tsr_status count(const tsr_call *c, int32_t *out_n) {
  *out_n = c->n_in;
  return TSR_OK;
}

static tsr_status check_attrs(const tsr_call *c) {
  const tsr_sort_attrs *a = c->attrs;
  TSR_TRY(tsri_check_axis(c->op->name, a->axis, c->in_type[0].rank));
  if (a->order != TSR_ASCENDING && a->order != TSR_DESCENDING)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "sort: order %" PRId32 " is none", a->order);
  if (a->n_keys < 1 || a->n_keys > c->n_in)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "sort: %" PRId64 " keys of %" PRId32 " operands", a->n_keys,
                    c->n_in);
  return TSR_OK;
}

static tsr_status infer(const tsr_call *c, tsr_type *out) {
  const tsr_sort_attrs *a = c->attrs;
  TSR_TRY(check_attrs(c));
  for (int32_t i = 0; i < c->n_in; i++) {
    const tsr_dtype dtype = c->in_type[i].dtype;
    if (i < a->n_keys && !(SORTABLE >> dtype & 1))
      return TSR_FAIL(TSR_ERR_DTYPE,
                      "sort: key %" PRId32 " is %s, and complex numbers have no order: sort by "
                      "their parts or moduli",
                      i, tsr_dtype_name(dtype));
    TSR_TRY(tsr_require_rank(c, i, c->in_type[0].rank));
    for (int32_t k = 0; k < c->in_type[0].rank; k++)
      TSR_TRY(tsr_require_same_dim(c, 0, k, i, k));
    out[i] = c->in_type[i];
  }
  return TSR_OK;
}

/* Where the elements of the result came from: the keys sorted once more, with their places. */
static tsr_value places(tsri_room *room, const tsr_call *c) {
  const tsr_sort_attrs *a = c->attrs;
  const size_t n = (size_t)a->n_keys;
  tsr_value *in = tsri_room_values(room, n + 1), *out = tsri_room_values(room, n + 1);
  if (room->failed) return TSR_NO_VALUE;
  for (size_t i = 0; i < n; i++)
    in[i] = c->in[i];
  in[n] = tsr_iota(room->b, TSR_I64, tsri_type_shape(&c->in_type[0]), a->axis);
  return tsr_emit(room->b, c->op, a, tsr_values_of(in, n + 1), out) == TSR_OK ? out[n]
                                                                              : TSR_NO_VALUE;
}

/* Elements move, and their tangents with them. */
static tsr_status jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  const tsr_sort_attrs *a = c->attrs;
  tsri_room room;
  tsri_room_enter(&room, b);
  tsr_value from = TSR_NO_VALUE;
  for (int32_t i = 0; i < c->n_in; i++) {
    const bool asked = !tsr_value_is_zero(t[i]) && !tsr_value_is_zero(out_t[i]);
    if (asked && tsr_value_is_none(from)) from = places(&room, c);
    out_t[i] = asked ? tsr_take_along_axis(b, t[i], from, a->axis) : TSR_ZERO_VALUE;
  }
  return tsri_room_leave(&room);
}

static tsr_status batch(tsr_builder *b, const tsr_call *c, const tsr_batch *map, tsr_value *out,
                        int32_t *out_axis) {
  const tsr_sort_attrs *a = c->attrs;
  int32_t m;
  tsri_room room;
  tsri_room_enter(&room, b);
  const tsr_value *in = tsri_batch_all(&room, c, map, &m);
  if (in != NULL) {
    const tsr_sort_attrs attrs = {tsri_batch_shift(a->axis, m), a->order, a->n_keys};
    for (int32_t i = 0; i < c->n_in; i++)
      out_axis[i] = m;
    tsr_emit(b, c->op, &attrs, tsr_values_of(in, (size_t)c->n_in), out);
  }
  return tsri_room_leave(&room);
}

/* What is carried for nobody is left behind. */
static tsr_status prune(tsr_builder *b, const tsr_call *c, const bool *live, tsr_value *out) {
  const tsr_sort_attrs *a = c->attrs;
  const size_t n_in = (size_t)c->n_in;
  size_t n = 0;
  tsri_room room;
  tsri_room_enter(&room, b);
  tsr_value *in = tsri_room_values(&room, n_in), *sorted = tsri_room_values(&room, n_in);
  if (!room.failed) {
    for (int32_t i = 0; i < c->n_in; i++)
      if (i < a->n_keys || live[i]) in[n++] = c->in[i];
    if (n < n_in && tsr_emit(b, c->op, a, tsr_values_of(in, n), sorted) == TSR_OK) {
      n = 0;
      for (int32_t i = 0; i < c->n_in; i++)
        if (i < a->n_keys || live[i]) out[i] = sorted[n++];
    }
  }
  return tsri_room_leave(&room);
}

/* Along an axis of size 1 nothing moves. */
static tsr_status simplify(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  const tsr_sort_attrs *a = c->attrs;
  const bool is_sorted = tsr_dim_is(c->in_type[0].dims[a->axis], 1);
  for (int32_t i = 0; is_sorted && i < c->n_in; i++)
    out[i] = c->in[i];
  return tsr_builder_status(b);
}

const tsr_rules tsri_sort_rules = {.infer = infer,
                                   .count = count,
                                   .jvp = jvp,
                                   .batch = batch,
                                   .prune = prune,
                                   .simplify = simplify};
