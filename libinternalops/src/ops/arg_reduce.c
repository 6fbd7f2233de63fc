/* arg_reduce.c - z = first index of the largest or smallest of x along axis, i64. */
#include "axes.h"

#include <inttypes.h>

static tsr_status infer(const tsr_call *c, tsr_type *out) {
  const tsr_arg_reduce_attrs *a = c->attrs;
  const tsr_type *x = &c->in_type[0];
  tsr_dim *dims;
  TSR_TRY(tsri_check_axis(c->op->name, a->axis, x->rank));
  if (tsr_dim_is(x->dims[a->axis], 0)) {
    char text[2 * TSRI_DIM_TEXT];
    return TSR_FAIL(TSR_ERR_SHAPE, "%s: axis %" PRId64 " of %s is empty", c->op->name, a->axis,
                    tsr_type_format(x, text, sizeof text));
  }
  TSR_TRY(tsri_infer_dims(c, (size_t)x->rank - 1, &dims));
  for (int32_t k = 0; k + 1 < x->rank; k++)
    dims[k] = x->dims[k + (k >= a->axis)];
  *out = (tsr_type){TSR_I64, x->rank - 1, dims};
  return TSR_OK;
}

/* The mapped axis stays where it is among the others. */
static tsr_status batch(tsr_builder *b, const tsr_call *c, const tsr_batch *map, tsr_value *out,
                        int32_t *out_axis) {
  const tsr_arg_reduce_attrs *a = c->attrs;
  const int64_t axis = tsri_batch_shift(a->axis, map->axis[0]);
  const tsr_arg_reduce_attrs attrs = {axis};
  out[0] = tsr_emit1(b, c->op, &attrs, TSR_VALUES(c->in[0]));
  out_axis[0] = map->axis[0] - (axis < map->axis[0]);
  return tsr_builder_status(b);
}

/* Along an axis of size 1 it is 0. */
static tsr_status simplify(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  const tsr_arg_reduce_attrs *a = c->attrs;
  if (tsr_dim_is(c->in_type[0].dims[a->axis], 1)) out[0] = tsri_zeros(b, &c->out_type[0]);
  return tsr_builder_status(b);
}

const tsr_rules tsri_argmax_rules = {.infer = infer, .batch = batch, .simplify = simplify};
const tsr_rules tsri_argmin_rules = {.infer = infer, .batch = batch, .simplify = simplify};
