/* creation.c - rules of ops without operands: constant, iota, dim_size. */
#include "axes.h"
#include "ops/ops_internal.h"

#include <inttypes.h>

#include "tsr/spi/tensor.h"

/* ---- constant ---- */

static tsr_status constant_infer(const tsr_call *c, tsr_type *out) {
  const tsr_object *object = ((const tsr_constant_attrs *)c->attrs)->tensor;
  if (!object) return TSR_FAIL(TSR_ERR_ARGUMENT, "constant: there is no tensor");
  const tsr_literal *literal = tsr_literal_cast(object);
  const tsr_tensor *tensor = tsr_tensor_cast(object);
  if (!literal && !tensor)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "constant: a %s is no tensor", object->isa->name);
  int32_t rank = literal ? literal->rank : tsr_tensor_rank(tensor);
  const int64_t *sizes = literal ? literal->dims : tsr_tensor_dims(tensor);
  void *memory;
  TSR_TRY(tsr_arena_alloc(c->context->arena, (size_t)rank * sizeof(tsr_dim), &memory));
  tsr_dim *dims = memory;
  for (int32_t i = 0; i < rank; i++)
    dims[i] = tsr_dim_of(sizes[i]);
  out[0] = (tsr_type){literal ? literal->dtype : tsr_tensor_dtype(tensor), rank, dims};
  return TSR_OK;
}

const tsr_rules tsri_constant_rules = {.infer = constant_infer, .batch = tsri_batch_none};

/* ---- iota ---- */

static tsr_status iota_infer(const tsr_call *c, tsr_type *out) {
  const tsr_iota_attrs *a = c->attrs;
  if (a->axis < 0 || (uint64_t)a->axis >= a->shape.n)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "iota: axis %" PRId64 " of a result of rank %zu", a->axis,
                    a->shape.n);
  return tsri_infer_shape(c, a->dtype, a->shape, out);
}

const tsr_rules tsri_iota_rules = {.infer = iota_infer, .batch = tsri_batch_none};

/* ---- dim_size ---- */

static tsr_status dim_size_infer(const tsr_call *c, tsr_type *out) {
  const tsr_dim_size_attrs *a = c->attrs;
  return tsr_type_make(c, a->dtype, 0, NULL, out);
}

const tsr_rules tsri_dim_size_rules = {.infer = dim_size_infer, .batch = tsri_batch_none};
