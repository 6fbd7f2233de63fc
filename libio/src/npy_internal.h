/* npy_internal.h - what the files about .npy share. */
#ifndef TSRI_NPY_INTERNAL_H
#define TSRI_NPY_INTERNAL_H

#include "file_internal.h"

#include "tsr/npy.h"

enum {
  TSRI_NPY_PREAMBLE = 12, /* magic, version and length, at most */
  TSRI_NPY_TEXT = 65536   /* longest dictionary that is read */
};

/* A piece of a header's text; not ended by zero. */
typedef struct tsri_slice {
  const char *at;
  size_t size;
} tsri_slice;

/* The dictionary: fills dtype, swapped, fortran_order, rank and dims. */
tsr_status tsri_npy_dictionary(tsri_slice text, tsr_npy_header *out);

/* A descr such as "<f8", without its quotes. */
tsr_status tsri_npy_find_dtype(tsri_slice descr, tsr_dtype *dtype, bool *swapped);

/* The descr of a dtype on this machine, in at least 5 bytes. */
void tsri_npy_descr(tsr_dtype dtype, char *out);

/* Printable text for a message: foreign bytes become '?', a long piece is cut. */
typedef struct tsri_quoted {
  char text[48];
} tsri_quoted;
tsri_quoted tsri_npy_quoted(tsri_slice piece);

/* Of a file of file_size bytes whose first size bytes are here: enough for its header. */
tsr_status tsri_npy_header(const void *data, size_t size, size_t file_size, tsr_npy_header *out);

/* Magic, version, length and dictionary of a file of ours. */
typedef struct tsri_npy_front {
  char bytes[2048]; /* 64 axes of 21 characters, and what stands around them */
  size_t size;
} tsri_npy_front;
void tsri_npy_format(tsr_dtype dtype, int32_t rank, const int64_t *dims, bool fortran_order,
                     tsri_npy_front *out);

/* tsr_npy_read and the like over other system calls. */
tsr_status tsri_npy_read_header(const tsri_file_calls *calls, const char *path,
                                tsr_npy_header *out);
tsr_status tsri_npy_read(const tsri_file_calls *calls, tsr_device *device, const char *path,
                         tsr_tensor **out);
tsr_status tsri_npy_write(const tsri_file_calls *calls, const char *path, tsr_tensor *tensor);

#endif /* TSRI_NPY_INTERNAL_H */
