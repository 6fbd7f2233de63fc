/* eager_io.c - values from tensors and host data, and back. */
#include "eager_internal.h"

#include "tsr/eager.h"
#include "tsr/ops.h"
#include "tsr/spi/graph.h"

static tsr_status push_tensor(tsri_eager *e, tsr_tensor *t, tsr_value *out) {
  if (!t) return TSR_FAIL(TSR_ERR_ARGUMENT, "from_tensor: tensor is NULL");
  if (t->storage->donated)
    return TSR_FAIL(TSR_ERR_STATE, "from_tensor: the tensor was donated before");
  if (t->storage->device != e->context->device)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "from_tensor: the tensor is on %s, the scope on %s",
                    t->storage->device->name, e->context->device->name);
  const tsri_layout *layout = NULL;
  tsri_slot *slot = NULL;
  TSR_TRY(tsri_layout_intern(e->context, t->dtype, t->rank, t->dims, t->strides, &layout));
  TSR_TRY(tsri_eager_push(e, &slot, out));
  *slot = (tsri_slot){
      .data = t->data, .layout = layout, .root = slot, .storage = tsr_storage_retain(t->storage)};
  return TSR_OK;
}

tsr_value tsr_from_tensor(tsr_builder *b, tsr_tensor *tensor) {
  if (tsr_builder_is_trace(b)) return tsr_constant(b, tensor);
  tsr_value out = TSR_NO_VALUE;
  if (tsr_builder_status(b) != TSR_OK) return out;
  tsri_eager *e = tsri_eager_of(b);
  tsr_status status = e ? push_tensor(e, tensor, &out)
                        : TSR_FAIL(TSR_ERR_ARGUMENT, "from_tensor: unknown kind of builder");
  if (tsr_builder_fail(b, status) != TSR_OK) out = TSR_NO_VALUE;
  return out;
}

tsr_value tsr_from_data(tsr_builder *b, tsr_dtype dtype, tsr_dims dims, const void *data) {
  tsr_value out = TSR_NO_VALUE;
  if (tsr_builder_status(b) != TSR_OK) return out;
  tsri_eager *e = tsri_eager_of(b);
  if (!e) {
    tsr_builder_fail(b, TSR_FAIL(TSR_ERR_ARGUMENT, "from_data: a trace has no device; make a "
                                                   "tensor and use tsr_from_tensor"));
    return out;
  }
  tsr_tensor *tensor = NULL;
  tsr_status status = tsr_tensor_from_data(e->context->device, dtype, dims, data, &tensor);
  if (status == TSR_OK) status = push_tensor(e, tensor, &out);
  tsr_tensor_release(tensor);
  if (tsr_builder_fail(b, status) != TSR_OK) out = TSR_NO_VALUE;
  return out;
}

tsr_status tsri_eager_own(const tsri_eager *e, tsri_slot *root) {
  if (root->storage) return TSR_OK;
  TSR_TRY(tsr_storage_create(e->context->stream, 0, &root->storage));
  root->storage->data = root->data;
  root->storage->size = root->layout->size;
  root->storage->high = (int64_t)root->layout->size;
  return TSR_OK;
}

tsr_status tsr_to_tensor(tsr_builder *b, tsr_value v, tsr_tensor **out) {
  *out = NULL;
  TSR_TRY(tsr_builder_status(b));
  tsri_eager *e = tsri_eager_of(b);
  if (!e) return TSR_FAIL(TSR_ERR_ARGUMENT, "to_tensor: a trace has no numbers yet");
  tsri_slot *slot = NULL;
  TSR_TRY(tsri_eager_slot(b, v, &slot));
  TSR_TRY(tsri_eager_own(e, slot->root));
  const tsr_view *view = &slot->layout->view;
  int64_t offset = (int64_t)((intptr_t)slot->data - (intptr_t)slot->root->storage->data);
  if (!slot->layout->size) offset = 0;
  return tsr_tensor_over(slot->root->storage, offset, view->dtype, view->rank, view->dims,
                         view->strides, out);
}

tsr_status tsr_read(tsr_builder *b, tsr_value v, void *data, size_t size) {
  tsr_tensor *tensor = NULL;
  TSR_TRY(tsr_to_tensor(b, v, &tensor));
  tsr_status status = tsr_tensor_read(tensor, data, size);
  tsr_tensor_release(tensor);
  return status;
}

tsr_status tsr_print(tsr_builder *b, tsr_value v, FILE *file) {
  tsr_tensor *tensor = NULL;
  TSR_TRY(tsr_to_tensor(b, v, &tensor));
  tsr_status status = tsr_tensor_print(tensor, file);
  tsr_tensor_release(tensor);
  return status;
}
