/* view_ops.c - operations that only look at memory in another way.
 *
 * Attributes hold constants here: calls come from a plan or from an eager scope.
 */
#include "view_ops.h"

#include <string.h>

static bool same(const tsr_call *c, int32_t j, const tsr_view *in, const tsr_view *out,
                 int64_t *strides, int64_t *offset) {
  (void)c, (void)j, (void)out;
  *offset = 0;
  if (in->rank) memcpy(strides, in->strides, sizeof *strides * (size_t)in->rank);
  return true;
}

static bool unsame(const tsr_call *c, const tsr_view *in, const tsr_view *out, int64_t *strides) {
  (void)c, (void)in;
  if (out->rank) memcpy(strides, out->strides, sizeof *strides * (size_t)out->rank);
  return true;
}

static bool reshape(const tsr_call *c, int32_t j, const tsr_view *in, const tsr_view *out,
                    int64_t *strides, int64_t *offset) {
  (void)c, (void)j;
  *offset = 0;
  return tsr_layout_reshape(in->rank, in->dims, in->strides, out->rank, out->dims, strides);
}

static bool unreshape(const tsr_call *c, const tsr_view *in, const tsr_view *out,
                      int64_t *strides) {
  (void)c;
  if (!tsr_view_is_contiguous(out)) return false;
  tsr_layout_c_strides(in->rank, in->dims, strides);
  return true;
}

static bool transpose(const tsr_call *c, int32_t j, const tsr_view *in, const tsr_view *out,
                      int64_t *strides, int64_t *offset) {
  (void)j;
  const tsr_transpose_attrs *a = c->attrs;
  *offset = 0;
  for (int32_t k = 0; k < out->rank; k++)
    strides[k] = in->strides[a->axes.data[k]];
  return true;
}

static bool untranspose(const tsr_call *c, const tsr_view *in, const tsr_view *out,
                        int64_t *strides) {
  (void)in;
  const tsr_transpose_attrs *a = c->attrs;
  for (int32_t k = 0; k < out->rank; k++)
    strides[a->axes.data[k]] = out->strides[k];
  return true;
}

static bool slice(const tsr_call *c, int32_t j, const tsr_view *in, const tsr_view *out,
                  int64_t *strides, int64_t *offset) {
  (void)j;
  const tsr_slice_attrs *a = c->attrs;
  bool empty = false;
  for (int32_t k = 0; k < out->rank; k++)
    empty |= out->dims[k] == 0;
  *offset = 0;
  for (int32_t k = 0; k < out->rank; k++) {
    const bool walked = !empty && out->dims[k] > 1; /* or any step may stand there */
    const int64_t step = walked && (size_t)k < a->step.n ? a->step.data[k] : 1;
    strides[k] = in->strides[k] * step;
    /* of an empty result the start may lie outside the memory */
    if (!empty) *offset += in->strides[k] * a->start.data[k].n;
  }
  return true;
}

static bool reverse(const tsr_call *c, int32_t j, const tsr_view *in, const tsr_view *out,
                    int64_t *strides, int64_t *offset) {
  (void)same(c, j, in, out, strides, offset);
  const tsr_reverse_attrs *a = c->attrs;
  for (int32_t k = 0; k < in->rank; k++)
    if (in->dims[k] == 0) return true; /* nothing to start at */
  for (size_t k = 0; k < a->axes.n; k++) {
    const int64_t axis = a->axes.data[k];
    strides[axis] = -in->strides[axis];
    *offset += in->strides[axis] * (in->dims[axis] - 1);
  }
  return true;
}

/* Bits of another dtype of the same size. */
static bool bitcast(const tsr_call *c, int32_t j, const tsr_view *in, const tsr_view *out,
                    int64_t *strides, int64_t *offset) {
  return in->rank == out->rank && same(c, j, in, out, strides, offset);
}

static bool unbitcast(const tsr_call *c, const tsr_view *in, const tsr_view *out,
                      int64_t *strides) {
  return in->rank == out->rank && unsame(c, in, out, strides);
}

static bool broadcast(const tsr_call *c, int32_t j, const tsr_view *in, const tsr_view *out,
                      int64_t *strides, int64_t *offset) {
  (void)j;
  const tsr_broadcast_attrs *a = c->attrs;
  *offset = 0;
  for (int32_t k = 0; k < out->rank; k++)
    strides[k] = 0;
  for (int32_t k = 0; k < in->rank; k++) {
    int64_t axis = a->axes.data[k];
    strides[axis] = in->dims[k] == out->dims[axis] ? in->strides[k] : 0;
  }
  return true;
}

static const tsri_view_op view_ops[TSR_OP_CORE_COUNT] = {
    [TSR_OP_BARRIER] = {same,      unsame,      true },
    [TSR_OP_RESHAPE] = {reshape,   unreshape,   false},
    [TSR_OP_TRANSPOSE] = {transpose, untranspose, false},
    [TSR_OP_SLICE] = {slice,     NULL,        false},
    [TSR_OP_REVERSE] = {reverse,   NULL,        false},
    [TSR_OP_BITCAST_CONVERT] = {bitcast,   unbitcast,   false},
    [TSR_OP_BROADCAST_IN_DIM] = {broadcast, NULL,        false},
};

const tsri_view_op *tsri_view_op_of(const tsr_op *op) {
  tsr_op_id id = tsr_op_core_id(op);
  return id < TSR_OP_CORE_COUNT && view_ops[id].view ? &view_ops[id] : NULL;
}
