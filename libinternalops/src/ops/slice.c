/* slice.c - z[i] = x[start + step i], as long as the index is below limit.
 *
 * Size of z: ceil((limit - start) / step). The transpose puts the elements back in their
 * places and zeros around them: a pad.
 */
#include "axes.h"

#include <inttypes.h>

static tsr_status check(const tsr_call *c, int32_t k) {
  const tsr_slice_attrs *a = c->attrs;
  const char *op = c->op->name;
  tsr_dim_space *space = c->context->space;
  const tsr_dim start = a->start.data[k], limit = a->limit.data[k];
  if (a->step.data[k] <= 0)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: axis %d: step %" PRId64 " is not positive", op, k,
                    a->step.data[k]);
  TSR_TRY(tsri_check_not_negative(start, op, "start", k));
  TSR_TRY(tsri_check_at_most(space, start, limit, op, "start", "limit", k));
  return tsri_check_at_most(space, limit, c->in_type[0].dims[k], op, "limit", "size", k);
}

/* ceil(n / step), for any step that is a number. */
static tsr_status steps_in(tsr_dim_space *space, int64_t step, tsr_dim *n) {
  if (step == 1) return TSR_OK;
  if (tsr_dim_is_const(*n)) {
    if (n->n > 0) n->n = (n->n - 1) / step + 1;
    return TSR_OK;
  }
  TSR_TRY(tsr_dim_add(space, *n, tsr_dim_of(step - 1), n));
  return tsr_dim_div(space, *n, tsr_dim_of(step), n);
}

static tsr_status infer(const tsr_call *c, tsr_type *out) {
  const tsr_slice_attrs *a = c->attrs;
  const tsr_type *x = &c->in_type[0];
  const size_t rank = (size_t)x->rank;
  tsr_dim_space *space = c->context->space;
  tsr_dim *dims;
  TSR_TRY(tsri_check_count(c->op->name, "start", a->start.n, rank));
  TSR_TRY(tsri_check_count(c->op->name, "limit", a->limit.n, rank));
  TSR_TRY(tsri_check_count(c->op->name, "step", a->step.n, rank));
  TSR_TRY(tsri_infer_dims(c, rank, &dims));
  for (size_t k = 0; k < rank; k++) {
    TSR_TRY(check(c, (int32_t)k));
    TSR_TRY(tsr_dim_sub(space, a->limit.data[k], a->start.data[k], &dims[k]));
    TSR_TRY(steps_in(space, a->step.data[k], &dims[k]));
  }
  *out = (tsr_type){x->dtype, x->rank, dims};
  return TSR_OK;
}

/* low = start, interior = step - 1, and high what is missing to the size of x. */
static tsr_status transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                            const tsr_value *ct, tsr_value *in_ct) {
  (void)linear;
  const tsr_slice_attrs *a = c->attrs;
  const tsr_type *x = &c->in_type[0];
  const size_t rank = (size_t)x->rank;
  if (tsr_value_is_zero(ct[0])) {
    in_ct[0] = ct[0];
    return TSR_OK;
  }
  tsri_room room;
  tsri_room_enter(&room, b);
  tsr_dim *high = tsri_room_dims(&room, rank);
  int64_t *interior = tsri_room_axes(&room, rank);
  if (!room.failed) {
    for (size_t k = 0; k < rank; k++) {
      tsr_dim extent = tsr_dim_of(0);
      interior[k] = a->step.data[k] - 1;
      tsr_builder_fail(b, tsri_dilated(b->space, c->out_type[0].dims[k], interior[k], &extent));
      high[k] = tsri_dim_sub(b, tsri_dim_sub(b, x->dims[k], a->start.data[k]), extent);
    }
    in_ct[0] = tsr_pad(b, ct[0], tsri_zero_scalar(b, x->dtype), a->start, tsri_shape_of(high, rank),
                       tsri_axes_of(interior, rank));
  }
  return tsri_room_leave(&room);
}

/* The mapped axis is taken whole, where it is. */
static tsr_status batch(tsr_builder *b, const tsr_call *c, const tsr_batch *map, tsr_value *out,
                        int32_t *out_axis) {
  const tsr_slice_attrs *a = c->attrs;
  const int64_t m = map->axis[0];
  const size_t rank = a->start.n + 1;
  tsri_room room;
  tsri_room_enter(&room, b);
  tsr_dim *start = tsri_batch_dims(&room, a->start, tsr_dim_of(0), m);
  tsr_dim *limit = tsri_batch_dims(&room, a->limit, map->size, m);
  int64_t *step = tsri_room_axes(&room, rank);
  if (!room.failed) {
    for (size_t k = 0; k + 1 < rank; k++)
      step[tsri_batch_shift((int64_t)k, m)] = a->step.data[k];
    step[m] = 1;
    out[0] = tsr_slice(b, c->in[0], tsri_shape_of(start, rank), tsri_shape_of(limit, rank),
                       tsri_axes_of(step, rank));
    out_axis[0] = (int32_t)m;
  }
  return tsri_room_leave(&room);
}

/* Both slices of one axis as one: start1 + step1 start2, steps multiplied. A limit beyond
 * the last element in steps of step1 needs constants; step1 = 1 does not.
 */
static bool merge(tsr_builder *b, const tsr_call *c, const tsr_slice_attrs *first, size_t k,
                  tsr_dim *start, tsr_dim *limit, int64_t *step) {
  const tsr_slice_attrs *a = c->attrs;
  const tsr_dim start1 = first->start.data[k], start2 = a->start.data[k];
  const tsr_dim limit2 = a->limit.data[k];
  const int64_t step1 = first->step.data[k], step2 = a->step.data[k];
  if (step1 == 1) {
    *start = tsri_dim_add(b, start1, start2);
    *limit = tsri_dim_add(b, start1, limit2);
    *step = step2;
    return true;
  }
  if (!tsr_dim_is_const(start1) || !tsr_dim_is_const(start2) || !tsr_dim_is_const(limit2))
    return false;
  if (step2 > INT64_MAX / step1) return false;
  const int64_t n = limit2.n - start2.n;
  *step = step1 * step2;
  *start = tsr_dim_of(n > 0 ? start1.n + step1 * start2.n : start1.n);
  *limit = tsr_dim_of(n > 0 ? start1.n + step1 * (limit2.n - 1) + 1 : start1.n);
  return true;
}

static bool is_whole(const tsr_call *c) {
  const tsr_slice_attrs *a = c->attrs;
  for (size_t k = 0; k < a->start.n; k++)
    if (a->step.data[k] != 1 || !tsr_dim_is(a->start.data[k], 0)) return false;
  return true;
}

/* x itself; or a slice of a slice as one. */
static tsr_status simplify(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  const tsr_slice_attrs *a = c->attrs;
  const size_t rank = a->start.n;
  if (is_whole(c) && tsri_shape_same(b->space, a->limit, tsri_type_shape(&c->in_type[0]))) {
    out[0] = c->in[0];
    return TSR_OK;
  }
  tsr_call inner;
  if (!tsri_producer(b, c->in[0], TSR_OP_SLICE, &inner)) return TSR_OK;
  tsri_room room;
  tsri_room_enter(&room, b);
  tsr_dim *start = tsri_room_dims(&room, rank);
  tsr_dim *limit = tsri_room_dims(&room, rank);
  int64_t *step = tsri_room_axes(&room, rank);
  bool merged = !room.failed;
  for (size_t k = 0; merged && k < rank; k++)
    merged = merge(b, c, inner.attrs, k, &start[k], &limit[k], &step[k]);
  if (merged)
    out[0] = tsr_slice(b, inner.in[0], tsri_shape_of(start, rank), tsri_shape_of(limit, rank),
                       tsri_axes_of(step, rank));
  return tsri_room_leave(&room);
}

const tsr_rules tsri_slice_rules = {
    .infer = infer, .transpose = transpose, .batch = batch, .simplify = simplify};
