/* tensor.c - making tensors, and what they are. */
#include "tensor_internal.h"

#include <string.h>

#include "tsr/hash.h"

/* Constants up to this many bytes are compared, and merged, by content. */
enum {
  CONTENT_BYTES = 256
};

const uint8_t tsri_element_sizes[TSR_DTYPE_COUNT] = {
#define TSR_DTYPE(ID, name, ctype, bytes, dl, kind) [TSR_##ID] = bytes,
#include "tsr/dtypes.def"
};

static size_t long_layout_size(int32_t rank) { return 2 * (size_t)rank * sizeof(int64_t); }

static inline void free_layout(tsr_tensor *t) {
  if (t->dims != t->inline_dims) tsr_free(t->dims, long_layout_size(t->rank), 0);
}

static void tensor_deinit(void *self) {
  tsr_tensor *t = self;
  free_layout(t);
  tsr_storage_release(t->storage);
}

/* The elements of a small host tensor in C order, or false. */
static bool small_content(const tsr_tensor *t, char *bytes, size_t *size) {
  const tsr_storage *s = t->storage;
  if (!s->device->is_host || s->donated) return false;
  int64_t count = tsr_tensor_count(t);
  size_t element = (size_t)tsri_element(t->dtype);
  if (count > CONTENT_BYTES || (size_t)count * element > CONTENT_BYTES) return false;
  *size = (size_t)count * element;
  if (t->rank > CONTENT_BYTES) return false;
  int64_t strides[CONTENT_BYTES];
  tsr_view from = tsr_tensor_as_view(t);
  tsr_view to = tsr_view_c(bytes, t->dtype, t->rank, t->dims, strides);
  return *size == 0 || tsr_view_copy(&from, &to) == TSR_OK;
}

static bool tensor_equal(const void *self, const void *other) {
  if (self == other) return true;
  const tsr_tensor *a = self, *b = other;
  if (a->dtype != b->dtype || a->rank != b->rank || a->storage->device != b->storage->device)
    return false;
  if (a->rank && memcmp(a->dims, b->dims, (size_t)a->rank * sizeof *a->dims) != 0) return false;
  char bytes_a[CONTENT_BYTES], bytes_b[CONTENT_BYTES];
  size_t size = 0;
  return small_content(a, bytes_a, &size) && small_content(b, bytes_b, &size) &&
         memcmp(bytes_a, bytes_b, size) == 0;
}

static uint64_t tensor_hash(const void *self) {
  const tsr_tensor *t = self;
  char bytes[CONTENT_BYTES];
  size_t size = 0;
  uint64_t hash = tsr_hash_u64(TSR_HASH_SEED, (uint64_t)t->dtype);
  if (!small_content(t, bytes, &size)) return tsr_hash_u64(hash, (uint64_t)(uintptr_t)self);
  for (int32_t i = 0; i < t->rank; i++) {
    hash = tsr_hash_u64(hash, (uint64_t)t->dims[i]);
  }
  return tsr_hash_bytes(hash, bytes, size);
}

const tsr_class tsri_tensor_class = {"tensor", sizeof(tsr_tensor), tensor_deinit, tensor_equal,
                                     tensor_hash};

const tsr_tensor *tsr_tensor_cast(const tsr_object *object) {
  return object && object->isa == &tsri_tensor_class ? (const tsr_tensor *)(const void *)object
                                                     : NULL;
}

tsr_tensor *tsr_tensor_retain(tsr_tensor *self) {
  tsr_object_retain(self);
  return self;
}

void tsri_tensor_discard(tsr_tensor *t) {
  free_layout(t);
  tsri_handle_free(t->storage->device, TSRI_TENSOR_HANDLE, t);
}

void tsr_tensor_release(tsr_tensor *self) {
  if (!self || !tsri_drop(&self->object)) return;
  tsr_storage *storage = self->storage;
  tsri_tensor_discard(self);
  if (tsri_drop(&storage->object)) tsri_storage_end(storage);
}

void tsr_tensors_release(tsr_tensor **tensors, size_t n) {
  for (size_t i = 0; i < n; i++) {
    tsr_tensor_release(tensors[i]);
    tensors[i] = NULL;
  }
}

tsr_status tsri_tensor_long_layout(tsr_tensor *t, size_t rank) {
  if (rank > INT32_MAX) return TSR_FAIL(TSR_ERR_LIMIT, "rank %zu is beyond 2^31 - 1", rank);
  void *block = NULL;
  TSR_TRY(tsr_alloc(long_layout_size((int32_t)rank), 0, &block));
  t->dims = block;
  t->strides = t->dims + rank;
  return TSR_OK;
}

tsr_status tsri_check_type(tsr_dtype dtype, tsr_dims dims) {
  if (!tsri_element(dtype)) return TSR_FAIL(TSR_ERR_DTYPE, "%d is no dtype", (int)dtype);
  if (dims.n > INT32_MAX) return TSR_FAIL(TSR_ERR_LIMIT, "rank %zu is beyond 2^31 - 1", dims.n);
  if (dims.n && !dims.data) return TSR_FAIL(TSR_ERR_ARGUMENT, "dims is NULL");
  return TSR_OK;
}

void tsri_tensor_set_layout(tsr_tensor *t, const int64_t *dims, const int64_t *strides) {
  size_t size = (size_t)t->rank * sizeof *dims;
  if (size) memcpy(t->dims, dims, size);
  if (!strides) {
    tsr_layout_c_strides(t->rank, t->dims, t->strides);
  } else if (size) {
    memcpy(t->strides, strides, size);
  }
}

tsr_status tsr_tensor_create(tsr_device *device, tsr_dtype dtype, tsr_dims dims, tsr_tensor **out) {
  *out = NULL;
  if (!device) return TSR_FAIL(TSR_ERR_ARGUMENT, "tensor: device is NULL");
  TSR_TRY(tsri_check_type(dtype, dims));
  size_t size = 0;
  TSR_TRY(tsr_layout_bytes(dtype, (int32_t)dims.n, dims.data, &size));
  tsr_storage *storage = NULL;
  TSR_TRY(tsr_storage_create(device->stream, size, &storage));
  tsr_tensor *t = NULL;
  tsr_status status = tsri_tensor_blank(storage, dtype, dims.n, &t);
  if (status != TSR_OK) {
    tsr_storage_release(storage);
    return status;
  }
  t->data = storage->data;
  tsri_tensor_set_layout(t, dims.data, NULL);
  *out = t;
  return TSR_OK;
}

/* The host's data need not outlive this. */
static tsr_status upload(const tsr_storage *s, const void *data) {
  tsr_work *work = NULL;
  TSR_TRY(tsr_work_open(s->stream, &work));
  tsr_status status = s->device->backend->upload(s->stream, s->data, data, s->size);
  if (status == TSR_OK) status = tsr_stream_wait(s->stream);
  return tsr_work_close(work, status);
}

tsr_status tsr_tensor_from_data(tsr_device *device, tsr_dtype dtype, tsr_dims dims,
                                const void *data, tsr_tensor **out) {
  tsr_tensor *t = NULL;
  TSR_TRY(tsr_tensor_create(device, dtype, dims, out));
  t = *out;
  *out = NULL;
  tsr_storage *s = t->storage;
  tsr_status status = TSR_OK;
  if (s->size && !data) {
    status = TSR_FAIL(TSR_ERR_ARGUMENT, "tensor: data is NULL, expected %zu bytes", s->size);
  } else if (s->size) {
    status = upload(s, data);
  }
  if (status != TSR_OK) {
    tsr_tensor_release(t);
    return status;
  }
  *out = t;
  return TSR_OK;
}

tsr_status tsr_tensor_over(tsr_storage *storage, int64_t offset, tsr_dtype dtype, int32_t rank,
                           const int64_t *dims, const int64_t *strides, tsr_tensor **out) {
  *out = NULL;
  if (rank < 0) return TSR_FAIL(TSR_ERR_ARGUMENT, "tensor: rank is %d", rank);
  TSR_TRY(tsri_check_type(dtype, (tsr_dims){dims, (size_t)rank}));
  int64_t count = 0;
  TSR_TRY(tsr_layout_count(rank, dims, &count));
  tsr_tensor *t = NULL;
  TSR_TRY(tsri_tensor_blank(storage, dtype, (size_t)rank, &t));
  tsri_tensor_set_layout(t, dims, strides);
  tsr_status status = tsri_tensor_place(t, offset);
  if (status != TSR_OK) {
    tsri_tensor_discard(t);
    return status;
  }
  tsri_retain(&storage->object);
  *out = t;
  return TSR_OK;
}

tsr_dtype tsr_tensor_dtype(const tsr_tensor *tensor) {
  return tensor ? tensor->dtype : TSR_DTYPE_COUNT;
}
int32_t tsr_tensor_rank(const tsr_tensor *tensor) { return tensor ? tensor->rank : 0; }
const int64_t *tsr_tensor_dims(const tsr_tensor *tensor) { return tensor ? tensor->dims : NULL; }
const int64_t *tsr_tensor_strides(const tsr_tensor *tensor) {
  return tensor ? tensor->strides : NULL;
}
tsr_device *tsr_tensor_device(const tsr_tensor *tensor) {
  return tensor ? tensor->storage->device : NULL;
}

/* Checked to fit when the tensor was made; sizes before a 0 may wrap, which makes it 0. */
int64_t tsr_tensor_count(const tsr_tensor *tensor) {
  uint64_t count = tensor ? 1 : 0;
  for (int32_t i = 0; tensor && i < tensor->rank; i++)
    count *= (uint64_t)tensor->dims[i];
  return (int64_t)count;
}

tsr_view tsr_tensor_as_view(const tsr_tensor *tensor) {
  return (tsr_view){tensor->data, tensor->dims, tensor->strides, tensor->rank, tensor->dtype};
}
