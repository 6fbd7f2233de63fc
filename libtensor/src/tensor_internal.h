/* tensor_internal.h - what the files of libtensor share.
 *
 * Structs of tensors and storages come from the device's handles when it has some, so a
 * view costs two atomic read-modify-writes, both on the storage's count. No cheaper count is
 * right: a view may be made and released by any thread, and the last release, wherever it
 * happens, must find that it is the last.
 */
#ifndef TSRI_TENSOR_INTERNAL_H
#define TSRI_TENSOR_INTERNAL_H

#include "handles_internal.h"

/* Bytes of an element; 0 for what is no dtype. The dtype of a tensor is one. */
extern const uint8_t tsri_element_sizes[TSR_DTYPE_COUNT];
static inline int64_t tsri_element(tsr_dtype dtype) {
  return (uint32_t)dtype < TSR_DTYPE_COUNT ? tsri_element_sizes[dtype] : 0;
}

/* Take one reference back; true when it was the last. A sole owner races with nobody,
 * so it needs no atomic read-modify-write.
 */
static inline bool tsri_drop(tsr_object *object) {
  if (__atomic_load_n(&object->refs, __ATOMIC_ACQUIRE) == 1) return true;
  return __atomic_fetch_sub(&object->refs, 1, __ATOMIC_ACQ_REL) == 1;
}

static inline void tsri_retain(tsr_object *object) {
  __atomic_fetch_add(&object->refs, 1, __ATOMIC_RELAXED);
}

/* A storage around foreign memory that reaches nowhere yet and deletes nothing. */
tsr_status tsri_storage_wrap(tsr_device *device, void *data, tsr_storage **out);

/* What happens to a storage whose last reference was dropped. */
void tsri_storage_end(tsr_storage *storage);

/* For tsri_tensor_blank: room for a rank beyond the inline one. */
tsr_status tsri_tensor_long_layout(tsr_tensor *tensor, size_t rank);

/* A tensor with room for rank sizes and strides, they and data undefined. Its reference to
 * storage is still to be taken, or given by the caller: when nothing can fail
 * any more. Until then it ends with tsri_tensor_discard.
 */
static inline tsr_status tsri_tensor_blank(tsr_storage *storage, tsr_dtype dtype, size_t rank,
                                           tsr_tensor **out) {
  tsr_tensor *t = tsri_handle_create(storage->device, TSRI_TENSOR_HANDLE);
  if (__builtin_expect(!t, 0)) return TSR_ERR_NOMEM;
  t->dims = t->inline_dims;
  t->strides = t->inline_strides;
  if (__builtin_expect(rank > TSR_INLINE_RANK, 0)) {
    tsr_status status = tsri_tensor_long_layout(t, rank);
    if (status != TSR_OK) {
      tsri_handle_free(storage->device, TSRI_TENSOR_HANDLE, t);
      return status;
    }
  }
  t->dtype = dtype;
  t->rank = (int32_t)rank;
  t->storage = storage;
  *out = t;
  return TSR_OK;
}
void tsri_tensor_discard(tsr_tensor *tensor);

/* Fill in sizes and strides; strides NULL means C order. */
void tsri_tensor_set_layout(tsr_tensor *tensor, const int64_t *dims, const int64_t *strides);

/* Set data to position bytes from the storage's; the layout, already filled in, must
 * stay inside [low, high).
 */
tsr_status tsri_tensor_place(tsr_tensor *tensor, int64_t position);

/* Bytes from the storage's data to element [0, ...]. */
static inline int64_t tsri_tensor_position(const tsr_tensor *tensor) {
  return (int64_t)((intptr_t)tensor->data - (intptr_t)tensor->storage->data);
}

/* Is dtype one, and dims a list that can be read. */
tsr_status tsri_check_type(tsr_dtype dtype, tsr_dims dims);

/* ERR_STATE when the tensor's memory was donated. */
TSR_COLD tsr_status tsri_tensor_fail_held(const tsr_tensor *tensor);
static inline tsr_status tsri_tensor_check_held(const tsr_tensor *tensor) {
  if (tensor && !tensor->storage->donated) return TSR_OK;
  return tsri_tensor_fail_held(tensor);
}

#endif /* TSRI_TENSOR_INTERNAL_H */
