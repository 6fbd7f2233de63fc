/* oracle_structural.c - where each element of the result comes from. */
#include "oracle_internal.h"

#include <string.h>

#include "tsr/spi/literal.h"
#include "tsr/tensor.h"

/* A literal, or a tensor on a host device. */
static tsr_status constant(const oracle_call *c) {
  const tsr_constant_attrs *a = c->attrs;
  const tsr_literal *literal = tsr_literal_cast(a->tensor);
  void *data;
  if (literal != NULL) {
    tsr_array_read(&c->out[0], literal->data);
    return TSR_OK;
  }
  const size_t size = (size_t)c->out[0].n * tsr_dtype_size(c->out[0].dtype);
  TSR_TRY(tsr_arena_alloc(c->arena, size, &data));
  TSR_TRY(tsr_tensor_read((tsr_tensor *)(uintptr_t)a->tensor, data, size));
  tsr_array_read(&c->out[0], data);
  return TSR_OK;
}

static tsr_status broadcast_in_dim(const oracle_call *c) {
  const tsr_broadcast_attrs *a = c->attrs;
  const tsr_array *x = &c->in[0], *z = &c->out[0];
  int64_t i[TSR_ORACLE_RANK], from[TSR_ORACLE_RANK];
  for (int64_t n = 0; n < z->n; n++) {
    oracle_unravel(z, n, i);
    for (int32_t k = 0; k < x->rank; k++)
      from[k] = x->dims[k] == 1 ? 0 : i[a->axes.data[k]];
    z->at[n] = *oracle_at(x, from);
  }
  return TSR_OK;
}

static tsr_status reshape(const oracle_call *c) {
  for (int64_t n = 0; n < c->out[0].n; n++)
    c->out[0].at[n] = c->in[0].at[n];
  return TSR_OK;
}

static tsr_status transpose(const oracle_call *c) {
  const tsr_transpose_attrs *a = c->attrs;
  const tsr_array *z = &c->out[0];
  int64_t i[TSR_ORACLE_RANK], from[TSR_ORACLE_RANK];
  for (int64_t n = 0; n < z->n; n++) {
    oracle_unravel(z, n, i);
    for (int32_t k = 0; k < z->rank; k++)
      from[a->axes.data[k]] = i[k];
    z->at[n] = *oracle_at(&c->in[0], from);
  }
  return TSR_OK;
}

static tsr_status slice(const oracle_call *c) {
  const tsr_slice_attrs *a = c->attrs;
  const tsr_array *z = &c->out[0];
  int64_t i[TSR_ORACLE_RANK];
  for (int64_t n = 0; n < z->n; n++) {
    oracle_unravel(z, n, i);
    for (int32_t k = 0; k < z->rank; k++)
      i[k] = a->start.data[k].n + a->step.data[k] * i[k];
    z->at[n] = *oracle_at(&c->in[0], i);
  }
  return TSR_OK;
}

static tsr_status reverse(const oracle_call *c) {
  const tsr_reverse_attrs *a = c->attrs;
  const tsr_array *z = &c->out[0];
  int64_t i[TSR_ORACLE_RANK];
  for (int64_t n = 0; n < z->n; n++) {
    oracle_unravel(z, n, i);
    for (int32_t k = 0; k < z->rank; k++)
      if (oracle_has(a->axes, k)) i[k] = z->dims[k] - 1 - i[k];
    z->at[n] = *oracle_at(&c->in[0], i);
  }
  return TSR_OK;
}

/* By way of memory: elements of all widths lie one after the other in C order. */
static tsr_status bitcast_convert(const oracle_call *c) {
  void *bits;
  const tsr_array *x = &c->in[0];
  TSR_TRY(tsr_arena_alloc(c->arena, (size_t)x->n * tsr_dtype_size(x->dtype), &bits));
  tsr_array_write(x, bits);
  tsr_array_read(&c->out[0], bits);
  return TSR_OK;
}

static tsr_status pad(const oracle_call *c) {
  const tsr_pad_attrs *a = c->attrs;
  const tsr_array *x = &c->in[0], *z = &c->out[0];
  int64_t i[TSR_ORACLE_RANK];
  for (int64_t n = 0; n < z->n; n++) {
    bool inside = true;
    oracle_unravel(z, n, i);
    for (int32_t k = 0; k < z->rank; k++) {
      const int64_t at = i[k] - a->low.data[k].n, step = 1 + a->interior.data[k];
      i[k] = at / step;
      inside = inside && at >= 0 && at % step == 0 && i[k] < x->dims[k];
    }
    z->at[n] = inside ? *oracle_at(x, i) : c->in[1].at[0];
  }
  return TSR_OK;
}

static tsr_status concatenate(const oracle_call *c) {
  const tsr_concatenate_attrs *a = c->attrs;
  const tsr_array *z = &c->out[0];
  int64_t i[TSR_ORACLE_RANK];
  for (int64_t n = 0; n < z->n; n++) {
    const tsr_array *x = c->in;
    oracle_unravel(z, n, i);
    for (; i[a->axis] >= x->dims[a->axis]; x++)
      i[a->axis] -= x->dims[a->axis];
    z->at[n] = *oracle_at(x, i);
  }
  return TSR_OK;
}

oracle_fn oracle_structural(tsr_op_id id) {
  static const oracle_fn rows[TSR_OP_CORE_COUNT] = {[TSR_OP_CONSTANT] = constant,
                                                    [TSR_OP_BROADCAST_IN_DIM] = broadcast_in_dim,
                                                    [TSR_OP_RESHAPE] = reshape,
                                                    [TSR_OP_TRANSPOSE] = transpose,
                                                    [TSR_OP_SLICE] = slice,
                                                    [TSR_OP_REVERSE] = reverse,
                                                    [TSR_OP_BITCAST_CONVERT] = bitcast_convert,
                                                    [TSR_OP_PAD] = pad,
                                                    [TSR_OP_CONCATENATE] = concatenate};
  return rows[id];
}
