/* pad.c - x with the scalar v around it and between its elements (StableHLO pad).
 *
 *   z[low + (1 + interior) i] = x[i], v elsewhere; negative low and high cut
 *
 * The transpose cuts the elements of x out again; v collects everything else.
 */
#include "axes.h"

#include <inttypes.h>

/* So that no kernel's index arithmetic leaves 63 bits. */
static const int64_t largest = INT64_C(1) << 62;

static bool is_reasonable(tsr_dim n) { return n.n >= -largest && n.n <= largest; }

static tsr_status check(const tsr_call *c) {
  const tsr_pad_attrs *a = c->attrs;
  const char *op = c->op->name;
  const size_t rank = (size_t)c->in_type[0].rank;
  TSR_TRY(tsr_require_rank(c, 1, 0));
  TSR_TRY(tsr_require_same_dtype(c, 0, 1));
  TSR_TRY(tsri_check_count(op, "low", a->low.n, rank));
  TSR_TRY(tsri_check_count(op, "high", a->high.n, rank));
  TSR_TRY(tsri_check_count(op, "interior", a->interior.n, rank));
  for (size_t k = 0; k < rank; k++) {
    if (a->interior.data[k] < 0)
      return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: axis %zu: interior %" PRId64 " is negative", op, k,
                      a->interior.data[k]);
    if (a->interior.data[k] > largest || !is_reasonable(a->low.data[k]) ||
        !is_reasonable(a->high.data[k]))
      return TSR_FAIL(TSR_ERR_LIMIT, "%s: axis %zu: padding by more than 2^62", op, k);
  }
  return TSR_OK;
}

/* low + dilated size + high, which a cut may not make negative */
static tsr_status padded(const tsr_call *c, size_t k, tsr_dim *out) {
  const tsr_pad_attrs *a = c->attrs;
  tsr_dim_space *space = c->context->space;
  const tsr_dim n = c->in_type[0].dims[k];
  TSR_TRY(tsri_dilated(space, n, a->interior.data[k], out));
  TSR_TRY(tsr_dim_add(space, *out, a->low.data[k], out));
  TSR_TRY(tsr_dim_add(space, *out, a->high.data[k], out));
  if (!tsr_dim_is_const(*out) || out->n >= 0) return TSR_OK;
  char text[3][TSRI_DIM_TEXT];
  return TSR_FAIL(TSR_ERR_SHAPE, "%s: axis %zu of size %s padded by %s and %s has size %" PRId64,
                  c->op->name, k, tsr_dim_format(n, text[0], sizeof text[0]),
                  tsr_dim_format(a->low.data[k], text[1], sizeof text[1]),
                  tsr_dim_format(a->high.data[k], text[2], sizeof text[2]), out->n);
}

static tsr_status infer(const tsr_call *c, tsr_type *out) {
  const tsr_type *x = &c->in_type[0];
  tsr_dim *dims;
  TSR_TRY(check(c));
  TSR_TRY(tsri_infer_dims(c, (size_t)x->rank, &dims));
  for (int32_t k = 0; k < x->rank; k++)
    TSR_TRY(padded(c, (size_t)k, &dims[k]));
  *out = (tsr_type){x->dtype, x->rank, dims};
  return TSR_OK;
}

/* ---- transpose ---- */

static bool only_adds(const tsr_pad_attrs *a) {
  for (size_t k = 0; k < a->low.n; k++)
    if (!tsr_dim_is_const(a->low.data[k]) || a->low.data[k].n < 0 ||
        !tsr_dim_is_const(a->high.data[k]) || a->high.data[k].n < 0)
      return false;
  return true;
}

/* x_ct[i] = ct[low + (1 + interior) i], 0 where x was cut: undo low and high by a pad with
 * -low and -high, unless a slice alone can do it, then pick every (1 + interior)-th.
 */
static tsr_value x_cotangent(tsri_room *room, const tsr_call *c, tsr_value ct) {
  const tsr_pad_attrs *a = c->attrs;
  const tsr_type *x = &c->in_type[0];
  const size_t rank = a->low.n;
  tsr_builder *b = room->b;
  tsr_dim *start = tsri_room_dims(room, rank);
  tsr_dim *limit = tsri_room_dims(room, rank);
  int64_t *step = tsri_room_axes(room, rank);
  if (room->failed) return TSR_NO_VALUE;
  const bool direct = only_adds(a);
  if (!direct) {
    for (size_t k = 0; k < rank; k++) {
      start[k] = tsri_dim_neg(b, a->low.data[k]);
      limit[k] = tsri_dim_neg(b, a->high.data[k]);
    }
    ct = tsr_pad(b, ct, tsri_zero_scalar(b, x->dtype), tsri_shape_of(start, rank),
                 tsri_shape_of(limit, rank), TSR_NO_AXES);
  }
  for (size_t k = 0; k < rank; k++) {
    tsr_dim extent = tsr_dim_of(0), picked = tsr_dim_of(0);
    step[k] = a->interior.data[k] + 1;
    tsr_builder_fail(b, tsri_dilated(b->space, x->dims[k], a->interior.data[k], &extent));
    start[k] = direct ? a->low.data[k] : tsr_dim_of(0);
    limit[k] = tsri_dim_add(b, start[k], extent);
    if (tsr_dim_is_const(extent) || step[k] == 1) continue;
    /* ceil(max((n - 1) step + 1, 0) / step) = n, which the algebra of dims cannot see */
    tsr_builder_fail(b, tsr_dim_add(b->space, extent, tsr_dim_of(step[k] - 1), &picked));
    tsr_builder_fail(b, tsr_dim_div(b->space, picked, tsr_dim_of(step[k]), &picked));
    tsr_builder_fail(b, tsr_dim_space_assert(b->space, picked, x->dims[k]));
  }
  return tsr_slice(b, ct, tsri_shape_of(start, rank), tsri_shape_of(limit, rank),
                   tsri_axes_of(step, rank));
}

/* true where z holds an element of an x with these dims, false where it holds v */
static tsr_value inside(tsr_builder *b, tsr_shape dims, const tsr_pad_attrs *a) {
  return tsr_pad(b, tsr_full(b, TSR_BOOL, dims, 1.0), tsr_full(b, TSR_BOOL, TSR_NO_SHAPE, 0.0),
                 a->low, a->high, a->interior);
}

static tsr_status transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                            const tsr_value *ct, tsr_value *in_ct) {
  if (tsr_value_is_zero(ct[0])) {
    in_ct[0] = in_ct[1] = ct[0];
    return TSR_OK;
  }
  tsri_room room;
  tsri_room_enter(&room, b);
  if (linear[0]) in_ct[0] = x_cotangent(&room, c, ct[0]);
  if (linear[1]) {
    const tsr_value of_x = inside(b, tsri_type_shape(&c->in_type[0]), c->attrs);
    const tsr_value rest = tsr_select(b, of_x, tsri_zero_scalar(b, c->in_type[0].dtype), ct[0]);
    in_ct[1] = tsr_reduce_sum(b, rest, TSR_ALL_AXES);
  }
  return tsri_room_leave(&room);
}

/* ---- batch ---- */

/* Every instance has a value of its own: pad with anything, then put the values in. */
static tsr_value fill(tsri_room *room, const tsr_call *c, const tsr_batch *map,
                      tsr_value padded_x) {
  const tsr_pad_attrs *a = c->attrs;
  const tsr_type *x = &c->in_type[0];
  const size_t rank = a->low.n;
  tsr_builder *b = room->b;
  tsr_type z;
  tsr_dim *dims = tsri_room_dims(room, rank);
  if (room->failed || !tsri_type(b, "pad", padded_x, &z)) return TSR_NO_VALUE;
  for (size_t k = 0; k < rank; k++)
    dims[k] = x->dims[tsri_batch_shift((int64_t)k, map->axis[0])];
  const tsr_value values =
      tsr_broadcast_in_dim(b, c->in[1], tsri_type_shape(&z), TSR_AXES(0)); /* [size] */
  return tsr_select(b, inside(b, tsri_shape_of(dims, rank), a), padded_x, values);
}

static tsr_status batch(tsr_builder *b, const tsr_call *c, const tsr_batch *map, tsr_value *out,
                        int32_t *out_axis) {
  const tsr_pad_attrs *a = c->attrs;
  const bool own_values = map->axis[1] >= 0;
  const int32_t m = own_values ? 0 : map->axis[0];
  const size_t rank = a->low.n + 1;
  const tsr_value x = tsri_batch_at(b, c->in[0], map->axis[0], map->size, m);
  const tsr_value v = own_values ? tsri_zero_scalar(b, c->in_type[0].dtype) : c->in[1];
  tsri_room room;
  tsri_room_enter(&room, b);
  tsr_dim *low = tsri_batch_dims(&room, a->low, tsr_dim_of(0), m);
  tsr_dim *high = tsri_batch_dims(&room, a->high, tsr_dim_of(0), m);
  int64_t *interior = tsri_room_axes(&room, rank);
  if (!room.failed) {
    for (size_t k = 0; k + 1 < rank; k++)
      interior[tsri_batch_shift((int64_t)k, m)] = a->interior.data[k];
    interior[m] = 0;
    out[0] = tsr_pad(b, x, v, tsri_shape_of(low, rank), tsri_shape_of(high, rank),
                     tsri_axes_of(interior, rank));
    if (own_values) out[0] = fill(&room, c, map, out[0]);
    out_axis[0] = m;
  }
  return tsri_room_leave(&room);
}

/* x itself when nothing is added or cut */
static tsr_status simplify(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  (void)b;
  const tsr_pad_attrs *a = c->attrs;
  for (size_t k = 0; k < a->low.n; k++)
    if (!tsr_dim_is(a->low.data[k], 0) || !tsr_dim_is(a->high.data[k], 0) ||
        a->interior.data[k] != 0)
      return TSR_OK;
  out[0] = c->in[0];
  return TSR_OK;
}

const tsr_rules tsri_pad_rules = {
    .infer = infer, .transpose = transpose, .batch = batch, .simplify = simplify};
