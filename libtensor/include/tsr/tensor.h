/* tsr/tensor.h - tensors: storage on a device, seen through a strided layout.
 *
 * Fresh tensors are dense in C order; views carry any strides (in elements, 0 and
 * negative included) and any rank. A tensor is immutable once anyone else can see
 * its storage. Reading waits for the work that produces it and returns that work's
 * error, if it had one, or that of the work which made its operands: each time, on any
 * thread, and never an error of other work (unless it ended the whole device).
 */
#ifndef TSR_TENSOR_H
#define TSR_TENSOR_H

#include <stdio.h>

#include "tsr/layout.h"
#include "tsr/object.h"

TSR_BEGIN

typedef struct tsr_device tsr_device;   /* an open device, owned by a runtime */
typedef struct tsr_storage tsr_storage; /* a tsr_object */
typedef struct tsr_tensor tsr_tensor;   /* a tsr_object */

TSR_OBJECT_DECLARE(tsr_device);
TSR_OBJECT_DECLARE(tsr_tensor);

TSR_LIST_TYPE(tsr_tensor *, tsr_tensor_list);
#define TSR_TENSORS(...) TSR_MAKE_LIST(tsr_tensor_list, tsr_tensor *, __VA_ARGS__)

/* Called once, when the last user of wrapped memory is gone; on any thread. */
typedef void (*tsr_deleter)(void *ctx, void *data);

/* tsr_device_name - "cpu:0", "cuda:1"; valid as long as the device. "" for NULL. */
TSR_API const char *tsr_device_name(const tsr_device *device);

/* tsr_device_memory - what a device's allocator holds, in bytes.
 *
 * in   device    an open device; NULL holds nothing
 * out  live      bytes in use now: sizes as asked for, in whole cache lines or the device's units
 *      high      largest value of live since the last tsr_device_memory_reset
 *      reserved  bytes taken from the system, in use or cached
 */
TSR_API void tsr_device_memory(const tsr_device *device, int64_t *live, int64_t *high,
                               int64_t *reserved);

/* tsr_device_memory_reset - start a new high-water mark at the present use. */
TSR_API void tsr_device_memory_reset(tsr_device *device);

/* tsr_device_synchronize - wait for all work enqueued on the device.
 *
 * Each error is told here once, in the order in which they came, and not at all when
 * someone has been told of it by reading a tensor.
 *
 * in   device  an open device
 * err  the first error that enqueued work met and nobody has been told of
 */
TSR_API TSR_NODISCARD tsr_status tsr_device_synchronize(tsr_device *device);

/* tsr_tensor_create - a dense tensor with undefined contents.
 *
 * in   device  where
 *      dtype   element type
 *      dims    sizes >= 0
 * out  out     a new reference
 * err  SHAPE   a negative size
 *      LIMIT   more than 2^63 - 1 bytes or 2^31 - 1 axes
 *      DTYPE   no dtype
 *      ARGUMENT  device or dims is NULL
 *      NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_tensor_create(tsr_device *device, tsr_dtype dtype,
                                                   tsr_dims dims, tsr_tensor **out);

/* tsr_tensor_from_data - a dense tensor holding a copy of C-ordered host data.
 *
 * in   device, dtype, dims  as for tsr_tensor_create
 *      data    prod(dims) elements; may be NULL when there are none
 * out  out     a new reference
 * err  as tsr_tensor_create; ARGUMENT  also when data is NULL although there are elements
 */
TSR_API TSR_NODISCARD tsr_status tsr_tensor_from_data(tsr_device *device, tsr_dtype dtype,
                                                      tsr_dims dims, const void *data,
                                                      tsr_tensor **out);

/* tsr_tensor_wrap - see foreign memory of the device as a tensor, without a copy.
 *
 * in   device   whose memory it is
 *      dtype    element type
 *      dims     sizes
 *      strides  [dims.n] elements; NULL for C order
 *      data     element [0, ...]; stays valid and unchanged until deleter is called
 *      deleter  may be NULL
 *      ctx      for deleter
 * out  out      a new reference; on failure the deleter is not called
 * err  ARGUMENT  data is NULL although there are elements, or not aligned to the dtype;
 *                device is NULL
 *      SHAPE, DTYPE, LIMIT, NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_tensor_wrap(tsr_device *device, tsr_dtype dtype, tsr_dims dims,
                                                 const int64_t *strides, void *data,
                                                 tsr_deleter deleter, void *ctx, tsr_tensor **out);

/* tsr_tensor_view - another tensor over the same storage.
 *
 * in   base     its storage is shared
 *      offset   elements from base's element [0, ...]
 *      dims     sizes
 *      strides  [dims.n] elements
 * out  out      a new reference
 * err  SHAPE    negative size, or the view reaches outside the storage
 *      STATE    base was donated (so for every view below)
 *      ARGUMENT  base is NULL (so for every view below), or dims or strides is
 *      LIMIT    a size or an offset does not fit 63 bits (so for every view below)
 *      NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_tensor_view(tsr_tensor *base, int64_t offset, tsr_dims dims,
                                                 const int64_t *strides, tsr_tensor **out);

/* tsr_tensor_transpose, tsr_tensor_slice, tsr_tensor_broadcast - views by axes.
 *
 * in   base   tensor of rank r
 *      axes   a permutation: axis k of the result is axis axes[k] of base
 *      start, limit, step  [r] each; index start + step i < limit (> limit for step < 0);
 *             step may be negative, not 0; step.n = 0 means all ones
 *      dims   shape to broadcast to, aligned at the last axis
 * out  out    a new reference
 * err  ARGUMENT  not a permutation; a zero step
 *      SHAPE     bounds outside the axis; shapes that do not broadcast
 *      NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_tensor_transpose(tsr_tensor *base, tsr_axes axes,
                                                      tsr_tensor **out);
TSR_API TSR_NODISCARD tsr_status tsr_tensor_slice(tsr_tensor *base, tsr_dims start, tsr_dims limit,
                                                  tsr_dims step, tsr_tensor **out);
TSR_API TSR_NODISCARD tsr_status tsr_tensor_broadcast(tsr_tensor *base, tsr_dims dims,
                                                      tsr_tensor **out);

/* tsr_tensor_reshape - a view under another shape.
 *
 * in   base  tensor
 *      dims  shape of the same count
 * out  out   a new reference
 * err  SHAPE        counts differ; both in the message
 *      UNSUPPORTED  the strides allow no view: make a dense copy first
 *      STATE, ARGUMENT, LIMIT, NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_tensor_reshape(tsr_tensor *base, tsr_dims dims,
                                                    tsr_tensor **out);

/* tsr_tensor_dtype, tsr_tensor_rank, tsr_tensor_dims, tsr_tensor_strides,
 * tsr_tensor_count, tsr_tensor_device - what a tensor is; pointers live as long as it.
 *
 * note of NULL all are 0, and the dtype is none: TSR_DTYPE_COUNT
 */
TSR_API tsr_dtype tsr_tensor_dtype(const tsr_tensor *tensor);
TSR_API int32_t tsr_tensor_rank(const tsr_tensor *tensor);
TSR_API const int64_t *tsr_tensor_dims(const tsr_tensor *tensor);
TSR_API const int64_t *tsr_tensor_strides(const tsr_tensor *tensor);
TSR_API int64_t tsr_tensor_count(const tsr_tensor *tensor);
TSR_API tsr_device *tsr_tensor_device(const tsr_tensor *tensor);

/* tsr_tensor_is_sole_owner - nobody else holds the tensor or its storage, and it is not
 * exported: its memory may be donated.
 */
TSR_API bool tsr_tensor_is_sole_owner(const tsr_tensor *tensor);

/* tsr_tensor_host_view - lend the elements of a tensor in host memory.
 *
 * in   tensor  on a device whose memory the host can address
 * out  out     valid as long as the tensor; read only
 * err  UNSUPPORTED  device memory: use tsr_tensor_read
 *      STATE        the tensor was donated
 *      ARGUMENT     tensor is NULL
 *      and the error of the work that made it
 */
TSR_API TSR_NODISCARD tsr_status tsr_tensor_host_view(tsr_tensor *tensor, tsr_view *out);

/* tsr_tensor_read - copy all elements to host memory in C order.
 *
 * in   tensor  any device, any strides
 *      size    bytes at data, exactly those of the tensor
 * out  data    the elements
 * err  ARGUMENT  size differs, both in the message; tensor is NULL
 *      STATE     the tensor was donated
 *      NOMEM, and the error of the work that made it
 */
TSR_API TSR_NODISCARD tsr_status tsr_tensor_read(tsr_tensor *tensor, void *data, size_t size);

/* tsr_tensor_print - write a tensor the way NumPy prints an array.
 *
 * in   tensor  any device
 *      file    where to
 * err  IO
 *      ARGUMENT  tensor or file is NULL
 *      STATE     the tensor was donated
 *      LIMIT     more than 512 axes
 *      NOMEM, and the error of the work that made it
 */
TSR_API TSR_NODISCARD tsr_status tsr_tensor_print(tsr_tensor *tensor, FILE *file);

/* tsr_tensors_release - release n tensors, NULL allowed, and set each to NULL. */
TSR_API void tsr_tensors_release(tsr_tensor **tensors, size_t n);

TSR_END

#endif /* TSR_TENSOR_H */
