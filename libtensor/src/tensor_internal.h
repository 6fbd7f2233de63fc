/* tensor_internal.h - what the files of libtensor share.
 *
 * Structs of tensors and storages come from the device's handles (handles.c) when it
 * has some, so a view costs two atomic operations, both on the storage's count.
 */
#ifndef TSRI_TENSOR_INTERNAL_H
#define TSRI_TENSOR_INTERNAL_H

#include "tsr/alloc.h"
#include "tsr/spi/tensor.h"

typedef enum tsri_handle_kind {
  TSRI_TENSOR_HANDLE,
  TSRI_STORAGE_HANDLE,
  TSRI_HANDLE_KINDS
} tsri_handle_kind;

/* A struct with its object header filled in and one reference; the rest is undefined. */
tsr_status tsri_handle_create(tsr_device *device, tsri_handle_kind kind, void **out);
void tsri_handle_free(tsr_device *device, tsri_handle_kind kind, void *handle);

extern const tsr_class tsri_tensor_class;
extern const tsr_class tsri_storage_class;

/* Take one reference back; true when it was the last. A sole owner races with nobody,
 * so it needs no atomic read-modify-write.
 */
static inline bool tsri_drop(tsr_object *object) {
  if (__atomic_load_n(&object->refs, __ATOMIC_ACQUIRE) == 1) return true;
  return __atomic_fetch_sub(&object->refs, 1, __ATOMIC_ACQ_REL) == 1;
}

/* A storage around foreign memory that reaches nowhere yet and deletes nothing. */
tsr_status tsri_storage_wrap(tsr_device *device, void *data, tsr_storage **out);

/* A tensor that retains storage and has room for rank sizes and strides, all undefined;
 * data is the storage's.
 */
tsr_status tsri_tensor_blank(tsr_storage *storage, tsr_dtype dtype, size_t rank, tsr_tensor **out);

/* Fill in sizes and strides; strides NULL means C order. */
void tsri_tensor_set_layout(tsr_tensor *tensor, const int64_t *dims, const int64_t *strides);

/* Set data to position bytes from the storage's; the layout, already filled in, must
 * stay inside [low, high).
 */
tsr_status tsri_tensor_place(tsr_tensor *tensor, int64_t position);

/* Bytes from the storage's data to element [0, ...]. */
static inline int64_t tsri_tensor_position(const tsr_tensor *tensor) {
  return tensor->data ? tensor->data - (char *)tensor->storage->data : 0;
}

/* Is dtype one, and dims a list that can be read. */
tsr_status tsri_check_type(tsr_dtype dtype, tsr_dims dims);

/* ERR_STATE when the tensor's memory was donated. */
tsr_status tsri_tensor_check_held(const tsr_tensor *tensor);

#endif /* TSRI_TENSOR_INTERNAL_H */
