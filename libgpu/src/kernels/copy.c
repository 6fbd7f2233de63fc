/* copy.c - choosing how to copy: bytes as they are, threads along the destination, or tiles.
 *
 * Axes are ordered by the destination's strides and fused. Tiles are for a source that is
 * dense along another axis than the destination, where a whole line of one would touch as
 * many lines of the other as it has elements.
 */
#include "copy.h"

#ifdef TSR_STRESS
#define SHORT 2 /* so that tiles are used in tests */
#else
#define SHORT (TSRI_CUDA_TILE / 2) /* an axis below it would leave most of a tile empty */
#endif

static int64_t magnitude(int64_t stride) { return stride < 0 ? -stride : stride; }

static void swap(tsri_copy_args *a, int32_t i, int32_t k) {
  int64_t *all[] = {a->dims, a->from_strides, a->to_strides};
  for (int32_t n = 0; n < 3; n++) {
    int64_t t = all[n][i];
    all[n][i] = all[n][k];
    all[n][k] = t;
  }
}

/* By falling stride of the destination; a stable insertion sort. */
static void order_axes(tsri_copy_args *a) {
  for (int32_t i = 1; i < a->rank; i++)
    for (int32_t k = i; k > 0 && magnitude(a->to_strides[k - 1]) < magnitude(a->to_strides[k]); k--)
      swap(a, k, k - 1);
}

/* Bring the axis along which the source is dense next to the last. */
static int64_t plan_tiles(tsri_copy_args *a) {
  const int32_t last = a->rank - 1;
  if (last < 1 || a->to_strides[last] != 1 || a->from_strides[last] == 1) return 0;
  for (int32_t i = 0; i < last; i++) {
    if (a->from_strides[i] != 1 || a->dims[i] < SHORT || a->dims[last] < SHORT) continue;
    for (; i < last - 1; i++)
      swap(a, i, i + 1);
    const int64_t rows = a->dims[last - 1], cols = a->dims[last], side = TSRI_CUDA_TILE;
    return a->n / (rows * cols) * ((rows + side - 1) / side) * ((cols + side - 1) / side);
  }
  return 0;
}

tsr_status tsri_cuda_copy_init(tsri_cuda_copy *copy, tsr_device *device, size_t size, int32_t rank,
                               const int64_t *dims, const int64_t *from_strides,
                               const int64_t *to_strides) {
  tsri_copy_args *a = &copy->args;
  *copy = (tsri_cuda_copy){.args.n = 1};
  for (int32_t i = 0; i < rank; i++)
    if (dims[i] == 0) a->n = 0;
  if (a->n == 0) return TSR_OK;
  for (int32_t i = 0; i < rank; i++) {
    if (dims[i] == 1) continue;
    a->dims[a->rank] = dims[i];
    a->from_strides[a->rank] = from_strides[i];
    a->to_strides[a->rank++] = to_strides[i];
    a->n *= dims[i];
  }
  order_axes(a);
  int64_t *const strides[] = {a->from_strides, a->to_strides};
  tsri_cuda_fuse(2, &a->rank, a->dims, strides);
  copy->bytes = (size_t)a->n * size;
  if (a->rank == 0 || (a->rank == 1 && a->from_strides[0] == 1 && a->to_strides[0] == 1))
    return TSR_OK;
  copy->tiles = plan_tiles(a);
  return tsri_cuda_kernel_by_size(device, TSRI_CUDA_IMAGE_move,
                                  copy->tiles ? "tsr_tile" : "tsr_copy", size, &copy->function);
}

tsr_status tsri_cuda_copy_run(const tsri_cuda_copy *copy, tsr_stream *stream, const void *from,
                              void *to) {
  if (copy->args.n == 0) return TSR_OK;
  if (!copy->function) return tsri_cuda_copy_bytes(stream, to, from, copy->bytes);
  tsri_copy_args a = copy->args;
  a.from = from;
  a.to = to;
  if (copy->tiles) return tsri_cuda_launch_blocks(stream, copy->function, copy->tiles, &a);
  return tsri_cuda_launch_threads(stream, copy->function, a.n, &a);
}
