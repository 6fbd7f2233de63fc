/* concatenate.c - z = the inputs joined along axis, in order. */
#include "axes.h"

static tsr_status infer(const tsr_call *c, tsr_type *out) {
  const tsr_concatenate_attrs *a = c->attrs;
  const tsr_type *x = &c->in_type[0];
  tsr_dim *dims;
  TSR_TRY(tsri_check_axis(c->op->name, a->axis, x->rank));
  TSR_TRY(tsri_infer_dims(c, (size_t)x->rank, &dims));
  for (int32_t k = 0; k < x->rank; k++)
    dims[k] = x->dims[k];
  for (int32_t i = 1; i < c->n_in; i++) {
    TSR_TRY(tsr_require_same_dtype(c, 0, i));
    TSR_TRY(tsr_require_rank(c, i, x->rank));
    for (int32_t k = 0; k < x->rank; k++)
      if (k != a->axis) TSR_TRY(tsr_require_same_dim(c, 0, k, i, k));
    TSR_TRY(
        tsr_dim_add(c->context->space, dims[a->axis], c->in_type[i].dims[a->axis], &dims[a->axis]));
  }
  *out = (tsr_type){x->dtype, x->rank, dims};
  return TSR_OK;
}

/* Each input gets its part of ct back. */
static tsr_status transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                            const tsr_value *ct, tsr_value *in_ct) {
  const tsr_concatenate_attrs *a = c->attrs;
  const tsr_type *z = &c->out_type[0];
  const size_t rank = (size_t)z->rank;
  tsri_room room;
  tsri_room_enter(&room, b);
  tsr_dim *start = tsri_room_dims(&room, rank);
  tsr_dim *limit = tsri_room_dims(&room, rank);
  if (!room.failed) {
    for (size_t k = 0; k < rank; k++) {
      start[k] = tsr_dim_of(0);
      limit[k] = z->dims[k];
    }
    for (int32_t i = 0; i < c->n_in; i++) {
      limit[a->axis] = tsri_dim_add(b, start[a->axis], c->in_type[i].dims[a->axis]);
      if (linear[i])
        in_ct[i] = tsr_slice(b, ct[0], tsri_shape_of(start, rank), tsri_shape_of(limit, rank),
                             TSR_NO_AXES);
      start[a->axis] = limit[a->axis];
    }
  }
  return tsri_room_leave(&room);
}

static tsr_status batch(tsr_builder *b, const tsr_call *c, const tsr_batch *map, tsr_value *out,
                        int32_t *out_axis) {
  const tsr_concatenate_attrs *a = c->attrs;
  int32_t m;
  tsri_room room;
  tsri_room_enter(&room, b);
  const tsr_value *in = tsri_batch_all(&room, c, map, &m);
  if (in != NULL) {
    out[0] = tsr_concatenate(b, tsr_values_of(in, (size_t)c->n_in), tsri_batch_shift(a->axis, m));
    out_axis[0] = m;
  }
  return tsri_room_leave(&room);
}

/* Empty inputs go; one input is the result. */
static tsr_status simplify(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  const tsr_concatenate_attrs *a = c->attrs;
  tsri_room room;
  tsri_room_enter(&room, b);
  tsr_value *in = tsri_room_values(&room, (size_t)c->n_in);
  if (!room.failed) {
    size_t n = 0;
    for (int32_t i = 0; i < c->n_in; i++)
      if (!tsr_dim_is(c->in_type[i].dims[a->axis], 0)) in[n++] = c->in[i];
    if (n == 0) in[n++] = c->in[0]; /* all are empty */
    if (n == 1)
      out[0] = in[0];
    else if (n < (size_t)c->n_in)
      out[0] = tsr_concatenate(b, tsr_values_of(in, n), a->axis);
  }
  return tsri_room_leave(&room);
}

const tsr_rules tsri_concatenate_rules = {
    .infer = infer, .transpose = transpose, .batch = batch, .simplify = simplify};
