/* npy_write.c - tensors into .npy files: as they lie where they are dense, else gathered. */
#include "npy_internal.h"

#include <string.h>

#include "tsr/alloc.h"

enum {
#ifdef TSR_STRESS
  BLOCK = 64
#else
  BLOCK = 1 << 16 /* bytes gathered at a time */
#endif
};

/* ---- strided elements in C order ---- */

/* The array as pieces that fit the block: axes after `axis` whole, `rows` of axis at a time. */
typedef struct gathering {
  tsr_view view;
  tsri_output *to;
  size_t item; /* bytes of an element */
  int32_t axis;
  int64_t rows, inner; /* inner: elements of one row */
  char *block;
} gathering;

static void cut(gathering *g) {
  const int64_t room = BLOCK / (int64_t)g->item;
  g->axis = g->view.rank - 1;
  g->inner = 1;
  while (g->axis > 0 && g->inner * g->view.dims[g->axis] <= room)
    g->inner *= g->view.dims[g->axis--];
  g->rows = room / g->inner;
}

/* Rows [first, first + rows) of the axis, at an index of the axes before it. */
static tsr_status write_rows(const gathering *g, const char *data, int64_t first, int64_t rows) {
  int64_t dims[TSR_NPY_RANK], strides[TSR_NPY_RANK];
  const int32_t rank = g->view.rank - g->axis;
  memcpy(dims, g->view.dims + g->axis, (size_t)rank * sizeof *dims);
  dims[0] = rows;
  const int64_t offset = first * g->view.strides[g->axis] * (int64_t)g->item;
  const tsr_view from = {.data = (void *)(uintptr_t)(data + offset),
                         .dims = dims,
                         .strides = g->view.strides + g->axis,
                         .rank = rank,
                         .dtype = g->view.dtype};
  const tsr_view dense = tsr_view_c(g->block, g->view.dtype, rank, dims, strides);
  TSR_TRY(tsr_view_copy(&from, &dense));
  return tsri_output_write(g->to, g->block, (size_t)(rows * g->inner) * g->item);
}

static tsr_status write_axis(const gathering *g, const char *data) {
  const int64_t all = g->view.dims[g->axis];
  for (int64_t first = 0; first < all; first += g->rows)
    TSR_TRY(write_rows(g, data, first, all - first < g->rows ? all - first : g->rows));
  return TSR_OK;
}

/* Every index of the axes before g->axis, the last of them fastest. */
static tsr_status write_pieces(const gathering *g) {
  int64_t index[TSR_NPY_RANK] = {0};
  for (;;) {
    int64_t at = 0;
    for (int32_t k = 0; k < g->axis; k++)
      at += index[k] * g->view.strides[k];
    TSR_TRY(write_axis(g, (const char *)g->view.data + at * (int64_t)g->item));
    int32_t k = g->axis - 1;
    for (; k >= 0 && ++index[k] == g->view.dims[k]; k--)
      index[k] = 0;
    if (k < 0) return TSR_OK;
  }
}

static tsr_status write_gathered(const tsr_view *view, tsri_output *to) {
  gathering g = {.view = *view, .to = to, .item = tsr_dtype_size(view->dtype)};
  void *block = NULL;
  TSR_TRY(tsr_alloc(BLOCK, 0, &block));
  g.block = block;
  cut(&g);
  tsr_status status = write_pieces(&g);
  tsr_free(block, BLOCK, 0);
  return status;
}

/* ---- the file ---- */

/* Dense with the first axis contiguous, and not with the last. */
static bool is_fortran(const tsr_view *v) {
  int64_t dims[TSR_NPY_RANK], strides[TSR_NPY_RANK];
  for (int32_t i = 0; i < v->rank; i++) {
    dims[i] = v->dims[v->rank - 1 - i];
    strides[i] = v->strides[v->rank - 1 - i];
  }
  return !tsr_view_is_contiguous(v) && tsr_layout_is_contiguous(v->rank, dims, strides);
}

static tsr_status write_view(const tsr_view *view, tsri_output *to) {
  const bool fortran_order = is_fortran(view);
  tsri_npy_front front;
  tsri_npy_format(view->dtype, view->rank, view->dims, fortran_order, &front);
  TSR_TRY(tsri_output_write(to, front.bytes, front.size));
  const int64_t count = tsr_view_count(view);
  if (count == 0) return TSR_OK;
  if (fortran_order || tsr_view_is_contiguous(view))
    return tsri_output_write(to, view->data, (size_t)count * tsr_dtype_size(view->dtype));
  return write_gathered(view, to);
}

static tsr_status write_file(const tsri_file_calls *calls, const char *path, const tsr_view *view) {
  tsri_output to;
  TSR_TRY(tsri_output_open(calls, path, &to));
  return tsri_output_close(&to, write_view(view, &to));
}

/* Through a dense copy in host memory. */
static tsr_status write_remote(const tsri_file_calls *calls, const char *path, tsr_tensor *t) {
  int64_t strides[TSR_NPY_RANK];
  size_t size = 0;
  void *block = NULL;
  const int32_t rank = tsr_tensor_rank(t);
  TSR_TRY(tsr_layout_bytes(tsr_tensor_dtype(t), rank, tsr_tensor_dims(t), &size));
  TSR_TRY(tsr_alloc(size, 0, &block));
  tsr_status status = tsr_tensor_read(t, block, size);
  if (status == TSR_OK) {
    const tsr_view dense =
        tsr_view_c(block, tsr_tensor_dtype(t), rank, tsr_tensor_dims(t), strides);
    status = write_file(calls, path, &dense);
  }
  tsr_free(block, size, 0);
  return status;
}

tsr_status tsri_npy_write(const tsri_file_calls *calls, const char *path, tsr_tensor *tensor) {
  if (!path || !tensor)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "npy: %s is NULL", path ? "tensor" : "path");
  if (tsr_tensor_rank(tensor) > TSR_NPY_RANK)
    return TSR_FAIL(TSR_ERR_LIMIT, "npy: the tensor has %d axes, a file at most %d",
                    (int)tsr_tensor_rank(tensor), TSR_NPY_RANK);
  tsr_view view;
  tsr_status status = tsr_tensor_host_view(tensor, &view);
  if (status == TSR_ERR_UNSUPPORTED) return write_remote(calls, path, tensor);
  TSR_TRY(status);
  return write_file(calls, path, &view);
}

tsr_status tsr_npy_write(const char *path, tsr_tensor *tensor) {
  return tsri_npy_write(&tsri_file_posix, path, tensor);
}
