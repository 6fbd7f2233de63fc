/* read.c - the elements of a tensor, for the host: lent, copied, printed. */
#include "tensor_internal.h"

#include "tsr/print.h"

/* Wait for the work that makes the tensor. */
static tsr_status wait_for(const tsr_tensor *tensor) {
  TSR_TRY(tsri_tensor_check_held(tensor));
  return tsr_storage_wait(tensor->storage);
}

tsr_status tsr_tensor_host_view(tsr_tensor *tensor, tsr_view *out) {
  *out = (tsr_view){0};
  TSR_TRY(wait_for(tensor));
  const tsr_device *device = tensor->storage->device;
  if (!device->is_host) {
    return TSR_FAIL(TSR_ERR_UNSUPPORTED, "the host cannot address memory of %s: read it instead",
                    device->name);
  }
  *out = tsr_tensor_as_view(tensor);
  return TSR_OK;
}

static tsr_status download(const tsr_tensor *t, void *host, const void *data, size_t size) {
  const tsr_storage *s = t->storage;
  tsr_stream *stream = s->stream ? s->stream : s->device->stream;
  tsr_work *work = NULL;
  TSR_TRY(tsr_work_open(stream, &work));
  tsr_status status = s->device->backend->download(stream, host, data, size);
  if (status == TSR_OK) status = tsr_stream_wait(stream);
  return tsr_work_close(work, status);
}

/* Fetch the bytes that the strides span, then pick from them. */
static tsr_status download_strided(const tsr_tensor *t, const tsr_view *dense) {
  int64_t low = 0, high = 0;
  TSR_TRY(tsr_layout_extent(t->rank, t->dims, t->strides, &low, &high));
  size_t element = tsr_dtype_size(t->dtype), size = (size_t)(high - low + 1) * element;
  int64_t before = low * (int64_t)element;
  void *block = NULL;
  TSR_TRY(tsr_alloc(size, 0, &block));
  tsr_status status = download(t, block, t->data + before, size);
  if (status == TSR_OK) {
    tsr_view picked = tsr_tensor_as_view(t);
    picked.data = (char *)block - before;
    status = tsr_view_copy(&picked, dense);
  }
  tsr_free(block, size, 0);
  return status;
}

/* All elements into dense host memory that does not overlap the tensor. */
static tsr_status fetch(const tsr_tensor *t, const tsr_view *dense, size_t size) {
  if (size == 0) return TSR_OK;
  tsr_view view = tsr_tensor_as_view(t);
  if (t->storage->device->is_host) return tsr_view_copy(&view, dense);
  if (tsr_view_is_contiguous(&view)) return download(t, dense->data, t->data, size);
  return download_strided(t, dense);
}

/* The C-order strides of a tensor of any rank: in buffer, or in a block to be freed. */
static tsr_status dense_strides(const tsr_tensor *t, int64_t *buffer, int64_t **out) {
  *out = buffer;
  if (t->rank <= TSR_INLINE_RANK) return TSR_OK;
  void *block = NULL;
  TSR_TRY(tsr_alloc((size_t)t->rank * sizeof(int64_t), 0, &block));
  *out = block;
  return TSR_OK;
}

static void free_strides(const tsr_tensor *t, const int64_t *buffer, int64_t *strides) {
  if (strides != buffer) tsr_free(strides, (size_t)t->rank * sizeof(int64_t), 0);
}

tsr_status tsr_tensor_read(tsr_tensor *tensor, void *data, size_t size) {
  TSR_TRY(wait_for(tensor));
  size_t expected = 0;
  TSR_TRY(tsr_layout_bytes(tensor->dtype, tensor->rank, tensor->dims, &expected));
  if (size != expected || (size && !data)) {
    return TSR_FAIL(TSR_ERR_ARGUMENT, "read: the buffer has %zu bytes, the tensor %zu",
                    data ? size : 0, expected);
  }
  int64_t buffer[TSR_INLINE_RANK], *strides;
  TSR_TRY(dense_strides(tensor, buffer, &strides));
  tsr_view dense = tsr_view_c(data, tensor->dtype, tensor->rank, tensor->dims, strides);
  tsr_status status = fetch(tensor, &dense, size);
  free_strides(tensor, buffer, strides);
  return status;
}

/* Print device memory through a dense copy on the host. */
static tsr_status print_copy(tsr_tensor *t, FILE *file) {
  size_t size = 0;
  void *block = NULL;
  int64_t buffer[TSR_INLINE_RANK], *strides;
  TSR_TRY(tsr_layout_bytes(t->dtype, t->rank, t->dims, &size));
  TSR_TRY(dense_strides(t, buffer, &strides));
  tsr_status status = tsr_alloc(size, 0, &block);
  if (status == TSR_OK) {
    tsr_view dense = tsr_view_c(block, t->dtype, t->rank, t->dims, strides);
    status = fetch(t, &dense, size);
    if (status == TSR_OK) status = tsr_view_print(&dense, file);
    tsr_free(block, size, 0);
  }
  free_strides(t, buffer, strides);
  return status;
}

tsr_status tsr_tensor_print(tsr_tensor *tensor, FILE *file) {
  TSR_TRY(wait_for(tensor));
  if (!tensor->storage->device->is_host) return print_copy(tensor, file);
  tsr_view view = tsr_tensor_as_view(tensor);
  return tsr_view_print(&view, file);
}
