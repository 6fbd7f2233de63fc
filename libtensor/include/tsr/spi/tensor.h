/* tsr/spi/tensor.h - the inside of tensors, for the runtime and for backends. */
#ifndef TSR_SPI_TENSOR_H
#define TSR_SPI_TENSOR_H

#include "tsr/spi/backend.h"

TSR_BEGIN

struct tsr_storage {
  tsr_object object;
  tsr_device *device;  /* retained */
  tsr_stream *stream;  /* the one whose work writes it; NULL for wrapped memory */
  tsr_work *work;      /* the last that writes it; retained; NULL: none that may still fail */
  void *data;          /* NULL once donated (or when empty) */
  size_t size;         /* bytes, as given to the backend's alloc */
  int64_t low, high;   /* byte range around data that views may reach: [low, high) */
  tsr_deleter deleter; /* wrapped memory; NULL with stream NULL: nobody frees it */
  void *deleter_ctx;
  int32_t exports; /* DLPack capsules out there; atomic */
  bool donated;    /* its memory has moved to another storage */
};

struct tsr_tensor {
  tsr_object object;
  tsr_storage *storage; /* retained */
  char *data;           /* element [0, ...] */
  tsr_dtype dtype;
  int32_t rank;
  int64_t *dims, *strides; /* the two below, or one block for higher ranks */
  int64_t inline_dims[TSR_INLINE_RANK], inline_strides[TSR_INLINE_RANK];
};

/* tsr_storage_create - device memory on a stream.
 *
 * in   stream  where it is first written
 *      size    bytes; 0 is fine
 * out  out     a new reference
 * err  NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_storage_create(tsr_stream *stream, size_t size,
                                                    tsr_storage **out);
TSR_OBJECT_DECLARE(tsr_storage);

/* tsr_storage_set_work - from now on work is what writes the storage.
 *
 * in   storage  nobody else uses it meanwhile
 *      work     retained; NULL: none
 */
TSR_API void tsr_storage_set_work(tsr_storage *storage, tsr_work *work);

/* tsr_storage_wait - wait for the stream of a storage.
 *
 * in   storage  any
 * err  the failure of the work that writes it, or of one that work depends on, each time; on
 *      a backend that never defers, or cannot tell works apart, that of the stream
 */
TSR_API TSR_NODISCARD tsr_status tsr_storage_wait(const tsr_storage *storage);

/* tsr_tensor_over - a tensor over a storage.
 *
 * in   storage  retained by the result
 *      offset   bytes from storage->data to element [0, ...]
 *      dtype, rank, dims  type
 *      strides  [rank] elements; NULL for C order
 * out  out      a new reference
 * err  SHAPE    reaches outside the storage
 *      LIMIT, NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_tensor_over(tsr_storage *storage, int64_t offset,
                                                 tsr_dtype dtype, int32_t rank, const int64_t *dims,
                                                 const int64_t *strides, tsr_tensor **out);

/* tsr_tensor_cast - the tensor an attribute's object is, NULL when it is none. */
TSR_API const tsr_tensor *tsr_tensor_cast(const tsr_object *object);

/* tsr_tensor_as_view - borrow a tensor's layout and device pointer; does not wait. */
TSR_API tsr_view tsr_tensor_as_view(const tsr_tensor *tensor);

/* tsr_storage_take - move the memory of a solely owned tensor into a new storage.
 *
 * The donated tensor stays a valid handle, but reading it is ERR_STATE.
 *
 * in   tensor  see tsr_tensor_is_sole_owner
 * out  out     a new reference
 * err  ARGUMENT  shared, exported or wrapped storage; says which
 *      STATE     donated before
 *      NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_storage_take(tsr_tensor *tensor, tsr_storage **out);

TSR_END

#endif /* TSR_SPI_TENSOR_H */
