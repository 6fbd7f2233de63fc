/* tsr/npy.h - tensors in .npy files, the format of numpy.save.
 *
 * Formats 1.0, 2.0 and 3.0 are read; 1.0 is written, byte for byte as NumPy does. bool, i8 to
 * u64, f16, f32, f64, c64 and c128 have NumPy's names for them ('|b1', '<i4', '<c16', ...). bf16
 * has none: its descr is '<V2', two bytes without a meaning, which is what numpy.save writes for
 * ml_dtypes.bfloat16; in Python, numpy.load(path).view(ml_dtypes.bfloat16) gives the numbers.
 *
 * A file is not trusted: nothing is allocated before its size has confirmed what its header
 * says, a byte too few or too many is an error, and no Python is evaluated.
 */
#ifndef TSR_NPY_H
#define TSR_NPY_H

#include "tsr/tensor.h"

TSR_BEGIN

#define TSR_NPY_RANK 64 /* most axes of a .npy file, as in NumPy 2 */

/* What stands in front of the data, and where the data are. */
typedef struct tsr_npy_header {
  tsr_dtype dtype;
  int32_t rank;
  int64_t dims[TSR_NPY_RANK]; /* [rank] */
  bool fortran_order;         /* the first axis is contiguous in the file, not the last */
  bool swapped;               /* numbers in the byte order that this machine does not use */
  int32_t version;            /* 1, 2 or 3 */
  size_t offset;              /* bytes in front of the data */
  size_t size;                /* bytes of data, all the rest of the file */
} tsr_npy_header;

/* tsr_npy_parse - the header of a .npy file that lies in memory.
 *
 * in   data  the whole file
 *      size  its bytes
 * out  out   the header; element [0, ...] is at data + out->offset
 * err  IO     not such a file: magic, version, lengths, the dictionary, or bytes of data too few
 *             or too many; says which, with both values
 *      DTYPE  Python objects, structs, text, dates, and numbers we have no dtype for
 *      LIMIT  more than TSR_NPY_RANK axes, a header of more than 65,536 bytes, or sizes that do
 *             not fit 63 bits
 *      ARGUMENT  data is NULL
 */
TSR_API TSR_NODISCARD tsr_status tsr_npy_parse(const void *data, size_t size, tsr_npy_header *out);

/* tsr_npy_decode - the tensor of a .npy file that lies in memory, copied.
 *
 * in   device  where the tensor shall be
 *      data    the whole file
 *      size    its bytes
 * out  out     a new reference; see tsr_npy_read
 * err  as tsr_npy_parse; ARGUMENT  also when device is NULL
 *      NOMEM, DEVICE
 */
TSR_API TSR_NODISCARD tsr_status tsr_npy_decode(tsr_device *device, const void *data, size_t size,
                                                tsr_tensor **out);

/* tsr_npy_read_header - the header of a file; its data are not read.
 *
 * in   path  a regular file
 * out  out   the header
 * err  IO    cannot be opened or read, with the reason; and as tsr_npy_parse
 *      DTYPE, LIMIT  as tsr_npy_parse
 *      ARGUMENT      path is NULL
 *      NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_npy_read_header(const char *path, tsr_npy_header *out);

/* tsr_npy_read - the tensor in a file.
 *
 * The bytes go from the file into the tensor: Fortran order becomes strides, numbers of the
 * other byte order are turned around in place, and a bool that is not 0 becomes 1.
 *
 * in   device  where the tensor shall be; memory that the host cannot address is filled from one
 *              block of the data's size
 *      path    a regular file
 * out  out     a new reference; dense, the last axis contiguous, or the first for Fortran order
 * err  as tsr_npy_read_header; ARGUMENT  also when device is NULL
 *      DEVICE
 */
TSR_API TSR_NODISCARD tsr_status tsr_npy_read(tsr_device *device, const char *path,
                                              tsr_tensor **out);

/* tsr_npy_write - a tensor into a file.
 *
 * Dense tensors are written as they lie, with the first axis contiguous in Fortran order; other
 * strides are gathered into C order through a small block, other devices' memory through one
 * block of its size. A new file is written beside and then takes the place of an old one, which
 * stays as it was if anything fails. What is no regular file (a pipe, a symbolic link) is written
 * directly; a failure then says that it is incomplete.
 *
 * in   path    where to
 *      tensor  any strides, any device
 * err  IO        cannot be created or written, with the reason
 *      LIMIT     more than TSR_NPY_RANK axes
 *      ARGUMENT  path or tensor is NULL
 *      STATE     the tensor was donated
 *      NOMEM, and the error of the work that made the tensor
 */
TSR_API TSR_NODISCARD tsr_status tsr_npy_write(const char *path, tsr_tensor *tensor);

TSR_END

#endif /* TSR_NPY_H */
