/* storage.c - device memory shared by tensors, and its donation. */
#include "tensor_internal.h"

/* Give the memory back, and the reference to the device. */
static void drop_contents(tsr_storage *storage) {
  tsr_device *device = storage->device;
  if (storage->work) tsr_work_release(storage->work);
  if (storage->stream) {
    if (storage->data) device->backend->free(storage->stream, storage->data, storage->size);
  } else if (storage->deleter) {
    storage->deleter(storage->deleter_ctx, storage->data);
  }
}

static void storage_deinit(void *self) {
  tsr_storage *storage = self;
  drop_contents(storage);
  tsr_device_release(storage->device);
}

const tsr_class tsri_storage_class = {"storage", sizeof(tsr_storage), storage_deinit, NULL, NULL};

tsr_storage *tsr_storage_retain(tsr_storage *self) {
  tsr_object_retain(self);
  return self;
}

void tsr_storage_release(tsr_storage *self) {
  if (self && tsri_drop(&self->object)) tsri_storage_end(self);
}

void tsri_storage_end(tsr_storage *self) {
  tsr_device *device = self->device;
  drop_contents(self);
  /* before the device, whose end would take the handles with it */
  tsri_handle_free(device, TSRI_STORAGE_HANDLE, self);
  tsr_device_release(device);
}

/* An owner of nothing yet. */
static tsr_status create_empty(tsr_device *device, tsr_storage **out) {
  tsr_storage *s = tsri_handle_create(device, TSRI_STORAGE_HANDLE);
  if (!s) return TSR_ERR_NOMEM;
  tsr_object object = s->object;
  *s = (tsr_storage){.object = object, .device = tsr_device_retain(device)};
  *out = s;
  return TSR_OK;
}

tsr_status tsr_storage_create(tsr_stream *stream, size_t size, tsr_storage **out) {
  *out = NULL;
  tsr_storage *s = NULL;
  TSR_TRY(create_empty(stream->device, &s));
  if (size) {
    tsr_status status = stream->device->backend->alloc(stream, size, &s->data);
    if (status != TSR_OK) {
      s->data = NULL;
      tsr_storage_release(s);
      return status;
    }
  }
  s->stream = stream;
  s->size = size;
  s->high = (int64_t)size;
  *out = s;
  return TSR_OK;
}

tsr_status tsri_storage_wrap(tsr_device *device, void *data, tsr_storage **out) {
  TSR_TRY(create_empty(device, out));
  (*out)->data = data;
  return TSR_OK;
}

void tsr_storage_set_work(tsr_storage *storage, tsr_work *work) {
  tsr_work_retain(work);
  tsr_work_release(storage->work);
  storage->work = work;
}

tsr_status tsr_storage_wait(const tsr_storage *s) {
  tsr_stream *stream = s->stream ? s->stream : s->device->stream;
  const tsr_backend *backend = s->device->backend;
  if (!backend->wait) return backend->synchronize(stream);
  backend->wait(stream);
  return tsr_work_raise(s->work);
}

static tsr_status refuse(const char *why) {
  return TSR_FAIL(TSR_ERR_ARGUMENT, "donation: %s", why);
}

static tsr_status check_donatable(const tsr_tensor *tensor) {
  const tsr_storage *s = tensor->storage;
  if (s->donated) return TSR_FAIL(TSR_ERR_STATE, "donation: the tensor was donated before");
  if (!s->stream) return refuse("the tensor wraps foreign memory");
  if (__atomic_load_n(&s->exports, __ATOMIC_ACQUIRE)) return refuse("the storage is exported");
  if (!tsr_object_unique(tensor)) return refuse("the tensor is shared: someone else holds it too");
  if (!tsr_object_unique(s)) return refuse("the storage is shared: another tensor views it");
  return TSR_OK;
}

bool tsr_tensor_is_sole_owner(const tsr_tensor *tensor) {
  if (!tensor) return false;
  const tsr_storage *s = tensor->storage;
  return !s->donated && s->stream && !__atomic_load_n(&s->exports, __ATOMIC_ACQUIRE) &&
         tsr_object_unique(tensor) && tsr_object_unique(s);
}

tsr_status tsr_storage_take(tsr_tensor *tensor, tsr_storage **out) {
  *out = NULL;
  if (!tensor) return TSR_FAIL(TSR_ERR_ARGUMENT, "donation: tensor is NULL");
  TSR_TRY(check_donatable(tensor));
  tsr_storage *from = tensor->storage, *to = NULL;
  TSR_TRY(create_empty(from->device, &to));
  to->stream = from->stream;
  to->work = from->work;
  to->data = from->data;
  to->size = from->size;
  to->low = from->low;
  to->high = from->high;
  from->work = NULL;
  from->data = NULL;
  from->donated = true;
  tensor->data = NULL;
  *out = to;
  return TSR_OK;
}
