/* plan_constants.c - constants, where the device can read them.
 *
 * A host device reads literals and host tensors where they are: the graph owns them, and
 * the plan owns the graph. Other devices get a copy, once per plan.
 */
#include "draft.h"

#include "tsr/alloc.h"
#include "tsr/spi/literal.h"
#include "tsr/spi/tensor.h"

/* A dense copy on the device. */
static tsr_status upload(tsri_draft *d, const tsr_view *view, const void *data, tsr_tensor **out) {
  tsr_dims dims = {view->dims, (size_t)view->rank};
  return tsr_tensor_from_data(d->want->device, view->dtype, dims, data, out);
}

static tsr_status upload_tensor(tsri_draft *d, tsr_tensor *tensor, const tsr_view *view,
                                tsr_tensor **out) {
  size_t size = (size_t)tsri_dense_bytes(view);
  void *host = NULL;
  TSR_TRY(tsr_alloc(size, 64, &host));
  tsr_status status = tsr_tensor_read(tensor, host, size);
  if (status == TSR_OK) status = upload(d, view, host, out);
  tsr_free(host, size, 64);
  return status;
}

static tsr_status set_dense(tsri_draft *d, tsri_value *value) {
  int64_t *strides = NULL;
  TSR_TRY(tsri_plan_array(&d->plan->arena, sizeof *strides, value->view.rank, &strides));
  tsr_layout_c_strides(value->view.rank, value->view.dims, strides);
  value->view.strides = strides;
  return TSR_OK;
}

/* Readable where it is: on the device itself, or both are in host memory. */
static bool readable(const tsri_draft *d, const tsr_tensor *tensor) {
  const tsr_device *device = tsr_tensor_device(tensor);
  return device == d->want->device || (device->is_host && d->want->device->is_host);
}

/* A plan does not depend on works: what it holds is known to be good. */
static tsr_status await(const tsr_tensor *tensor) {
  return tensor->storage->work ? tsr_storage_wait(tensor->storage) : TSR_OK;
}

tsr_status tsri_draft_constant(tsri_draft *d, const tsr_node *node) {
  tsri_plan *plan = d->plan;
  const tsr_constant_attrs *a = node->attrs;
  tsri_value *value = &d->values[node->out[0]];
  int32_t k = plan->n_constants++;
  value->buffer = tsri_draft_buffer(d, TSRI_HOME_CONSTANT, k, tsri_dense_bytes(&value->view));
  d->buffers[value->buffer].last = TSRI_END;
  TSR_TRY(set_dense(d, value));
  const tsr_literal *literal = tsr_literal_cast(a->tensor);
  if (literal && d->want->device->is_host) {
    plan->constants[k] = (void *)(uintptr_t)literal->data;
    return TSR_OK;
  }
  tsr_tensor *tensor = (tsr_tensor *)(uintptr_t)a->tensor;
  if (!literal && readable(d, tensor)) {
    TSR_TRY(await(tensor));
    tsr_view view = tsr_tensor_as_view(tensor);
    value->view.strides = view.strides;
    plan->constants[k] = view.data;
    return TSR_OK;
  }
  if (literal) {
    TSR_TRY(upload(d, &value->view, literal->data, &plan->uploaded[k]));
  } else {
    TSR_TRY(upload_tensor(d, tensor, &value->view, &plan->uploaded[k]));
  }
  plan->constants[k] = tsr_tensor_as_view(plan->uploaded[k]).data;
  return TSR_OK;
}
