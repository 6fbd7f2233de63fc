/* tsr/dlpack.h - tensors shared with other libraries in the process, without a copy.
 *
 * The structs have the layout of DLPack's ABI, version 1 and the legacy one before it
 * (dmlc.github.io/dlpack), under names of ours: cast a DLManagedTensorVersioned * to
 * tsr_dlpack *, a DLManagedTensor * to tsr_dlpack_legacy *. In Python these are what
 * capsules named "dltensor_versioned" and "dltensor" hold.
 */
#ifndef TSR_DLPACK_H
#define TSR_DLPACK_H

#include "tsr/tensor.h"

TSR_BEGIN

#define TSR_DLPACK_MAJOR 1
#define TSR_DLPACK_MINOR 0

/* Where memory is; other numbers exist. */
enum {
  TSR_DLPACK_CPU = 1,
  TSR_DLPACK_CUDA = 2,
  TSR_DLPACK_CUDA_HOST = 3 /* pinned: the host may address it */
};

enum {
  TSR_DLPACK_READ_ONLY = 1, /* flags: nobody may write */
  TSR_DLPACK_COPIED = 2     /* the producer made a copy for this */
};

typedef struct tsr_dlpack_device {
  int32_t type, id;
} tsr_dlpack_device;

/* code 0 signed, 1 unsigned, 2 float, 4 bfloat, 5 complex, 6 bool; bits of one element. */
typedef struct tsr_dlpack_dtype {
  uint8_t code, bits;
  uint16_t lanes; /* 1 */
} tsr_dlpack_dtype;

typedef struct tsr_dlpack_tensor {
  void *data;
  tsr_dlpack_device device;
  int32_t rank;
  tsr_dlpack_dtype dtype;
  int64_t *dims;
  int64_t *strides; /* in elements; NULL: C order */
  uint64_t offset;  /* bytes from data to element [0, ...] */
} tsr_dlpack_tensor;

typedef struct tsr_dlpack tsr_dlpack;
struct tsr_dlpack {
  uint32_t major, minor;
  void *context;
  void (*deleter)(tsr_dlpack *self);
  uint64_t flags;
  tsr_dlpack_tensor tensor;
};

typedef struct tsr_dlpack_legacy tsr_dlpack_legacy;
struct tsr_dlpack_legacy {
  tsr_dlpack_tensor tensor;
  void *context;
  void (*deleter)(tsr_dlpack_legacy *self);
};

/* tsr_tensor_to_dlpack, tsr_tensor_to_dlpack_legacy - lend a tensor to another library.
 *
 * Waits until its elements are there. Its storage counts as shared until the deleter has
 * run, which may be after the tensor and the runtime are gone, and on any thread. The
 * versioned form says that it is read only; the legacy one cannot say so, but it is.
 *
 * in   tensor  on the CPU or a CUDA device, any strides
 * out  out     owned by the caller until it is handed on; whoever has it calls its deleter
 * err  ARGUMENT  tensor is NULL
 *      STATE     the tensor was donated
 *      UNSUPPORTED  memory that DLPack has no number for
 *      NOMEM, and the error of the work that made it
 */
TSR_API TSR_NODISCARD tsr_status tsr_tensor_to_dlpack(tsr_tensor *tensor, tsr_dlpack **out);
TSR_API TSR_NODISCARD tsr_status tsr_tensor_to_dlpack_legacy(tsr_tensor *tensor,
                                                             tsr_dlpack_legacy **out);

/* tsr_tensor_from_dlpack, tsr_tensor_from_dlpack_legacy - see another library's tensor as one of
 * ours.
 *
 * in   device  whose memory it is, e.g. "cpu", which takes pinned host memory as well
 *      from    ours on success: its deleter is called when the last user is gone; must not
 *              change meanwhile
 * out  out     a new reference; on failure `from` stays with the caller
 * err  ARGUMENT  device or from is NULL; another device or number of it; no data although there
 *                are elements, or not aligned to the dtype; rank without dims
 *      DTYPE     an element type we do not have; several lanes
 *      UNSUPPORTED  another major version
 *      SHAPE, LIMIT, NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_tensor_from_dlpack(tsr_device *device, tsr_dlpack *from,
                                                        tsr_tensor **out);
TSR_API TSR_NODISCARD tsr_status tsr_tensor_from_dlpack_legacy(tsr_device *device,
                                                               tsr_dlpack_legacy *from,
                                                               tsr_tensor **out);

TSR_END

#endif /* TSR_DLPACK_H */
