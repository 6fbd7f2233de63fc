/* npy_read.c - tensors out of .npy files and out of memory that holds one. */
#include "npy_internal.h"

#include <string.h>

#include "tsr/alloc.h"
#include "tsr/spi/tensor.h"

/* ---- elements ---- */

#define SWAP_ALL(bits)                                                                             \
  static void swap_##bits(void *data, size_t size) {                                               \
    unsigned char *at = data;                                                                      \
    for (size_t i = 0; i + bits / 8 <= size; i += bits / 8) {                                      \
      uint##bits##_t word;                                                                         \
      memcpy(&word, at + i, sizeof word);                                                          \
      word = __builtin_bswap##bits(word);                                                          \
      memcpy(at + i, &word, sizeof word);                                                          \
    }                                                                                              \
  }
SWAP_ALL(16)
SWAP_ALL(32)
SWAP_ALL(64)
#undef SWAP_ALL

/* A complex number is two numbers. */
static void swap(tsr_dtype dtype, void *data, size_t size) {
  const size_t unit = tsr_dtype_size(tsr_dtype_real(dtype));
  if (unit == 2) swap_16(data, size);
  if (unit == 4) swap_32(data, size);
  if (unit == 8) swap_64(data, size);
}

static void make_logical(unsigned char *data, size_t size) {
  for (size_t i = 0; i < size; i++)
    data[i] = data[i] != 0;
}

/* From the bytes of the file to elements of ours, in place. */
static void adopt(const tsr_npy_header *h, void *data) {
  if (h->swapped) swap(h->dtype, data, h->size);
  if (h->dtype == TSR_BOOL) make_logical(data, h->size);
}

/* ---- where the bytes come from ---- */

typedef struct source {
  const unsigned char *memory; /* the whole file, or NULL: read it */
  const tsri_input *file;
} source;

static tsr_status fetch(const source *from, const tsr_npy_header *h, void *data) {
  if (h->size == 0) return TSR_OK;
  if (from->memory)
    memcpy(data, from->memory + h->offset, h->size);
  else
    TSR_TRY(tsri_input_read(from->file, h->offset, data, h->size));
  adopt(h, data);
  return TSR_OK;
}

/* ---- tensors ---- */

static tsr_status fill(const source *from, const tsr_npy_header *h, tsr_tensor *t) {
  tsr_view view;
  TSR_TRY(tsr_tensor_host_view(t, &view)); /* waits for earlier users of the memory */
  return fetch(from, h, view.data);
}

static tsr_status load_host(tsr_device *device, const source *from, const tsr_npy_header *h,
                            tsr_dims dims, tsr_tensor **out) {
  tsr_tensor *t;
  TSR_TRY(tsr_tensor_create(device, h->dtype, dims, &t));
  tsr_status status = fill(from, h, t);
  if (status == TSR_OK)
    *out = t;
  else
    tsr_tensor_release(t);
  return status;
}

static tsr_status load_remote(tsr_device *device, const source *from, const tsr_npy_header *h,
                              tsr_dims dims, tsr_tensor **out) {
  void *block = NULL;
  TSR_TRY(tsr_alloc(h->size, 0, &block));
  tsr_status status = fetch(from, h, block);
  if (status == TSR_OK) status = tsr_tensor_from_data(device, h->dtype, dims, block, out);
  tsr_free(block, h->size, 0);
  return status;
}

/* In the order of memory: for Fortran order the axes are turned around, and back by a view. */
static tsr_status load(tsr_device *device, const source *from, const tsr_npy_header *h,
                       tsr_tensor **out) {
  int64_t dims[TSR_NPY_RANK], axes[TSR_NPY_RANK];
  const size_t rank = (size_t)h->rank;
  for (size_t i = 0; i < rank; i++) {
    axes[i] = (int64_t)(rank - 1 - i);
    dims[i] = h->dims[h->fortran_order ? axes[i] : (int64_t)i];
  }
  const tsr_dims lying = {dims, rank};
  tsr_tensor *t = NULL;
  TSR_TRY(device->is_host ? load_host(device, from, h, lying, &t)
                          : load_remote(device, from, h, lying, &t));
  if (!h->fortran_order) {
    *out = t;
    return TSR_OK;
  }
  tsr_status status = tsr_tensor_transpose(t, (tsr_axes){axes, rank}, out);
  tsr_tensor_release(t);
  return status;
}

tsr_status tsr_npy_decode(tsr_device *device, const void *data, size_t size, tsr_tensor **out) {
  *out = NULL;
  if (!device) return TSR_FAIL(TSR_ERR_ARGUMENT, "npy: device is NULL");
  tsr_npy_header h;
  TSR_TRY(tsr_npy_parse(data, size, &h));
  return load(device, &(source){.memory = data}, &h, out);
}

/* ---- files ---- */

static tsr_status header_of(const tsri_input *in, tsr_npy_header *out) {
  const size_t most = TSRI_NPY_PREAMBLE + TSRI_NPY_TEXT;
  const size_t size = in->size < most ? in->size : most;
  void *block = NULL;
  TSR_TRY(tsr_alloc(size, 0, &block));
  tsr_status status = tsri_input_read(in, 0, block, size);
  if (status == TSR_OK) {
    status = tsri_npy_header(block, size, in->size, out);
    if (status != TSR_OK) status = tsr_annotate(status, "reading %s", in->path);
  }
  tsr_free(block, size, 0);
  return status;
}

static tsr_status open_file(const tsri_file_calls *calls, const char *path, tsri_input *in,
                            tsr_npy_header *h) {
  memset(h, 0, sizeof *h);
  if (!path) return TSR_FAIL(TSR_ERR_ARGUMENT, "npy: path is NULL");
  TSR_TRY(tsri_input_open(calls, path, in));
  tsr_status status = header_of(in, h);
  if (status != TSR_OK) tsri_input_close(in);
  return status;
}

tsr_status tsri_npy_read_header(const tsri_file_calls *calls, const char *path,
                                tsr_npy_header *out) {
  tsri_input in;
  TSR_TRY(open_file(calls, path, &in, out));
  tsri_input_close(&in);
  return TSR_OK;
}

tsr_status tsri_npy_read(const tsri_file_calls *calls, tsr_device *device, const char *path,
                         tsr_tensor **out) {
  *out = NULL;
  if (!device) return TSR_FAIL(TSR_ERR_ARGUMENT, "npy: device is NULL");
  tsri_input in;
  tsr_npy_header h;
  TSR_TRY(open_file(calls, path, &in, &h));
  tsr_status status = load(device, &(source){.file = &in}, &h, out);
  tsri_input_close(&in);
  return status;
}

tsr_status tsr_npy_read_header(const char *path, tsr_npy_header *out) {
  return tsri_npy_read_header(&tsri_file_posix, path, out);
}

tsr_status tsr_npy_read(tsr_device *device, const char *path, tsr_tensor **out) {
  return tsri_npy_read(&tsri_file_posix, device, path, out);
}
