/* move.cu - strided copies by element size; two forms.
 *
 * copy: threads follow the destination, whose last axis is dense where any is. tile: the
 * source is dense along another axis than the destination; squares go through shared
 * memory, so that both sides are read and written in whole lines.
 */
#include "kernel.cuh"

namespace tsri {

struct wide {
  uint64_t half[2];
};

template <typename T, typename I> __device__ void copy(const tsri_copy_args &a) {
  const T *from = (const T *)a.from;
  T *to = (T *)a.to;
  const int64_t *const strides[2] = {a.from_strides, a.to_strides};
  for (int64_t i = first(); i < a.n; i += step()) {
    int64_t at[2] = {0, 0};
    walk((I)i, a.rank, a.dims, strides, at);
    to[at[1]] = from[at[0]];
  }
}

/* The last two axes are rows and columns: the source is dense along rows, the destination
 * along columns. A block is a tile wide and as many rows high as it has threads for.
 */
template <typename T> __device__ void tile(const tsri_copy_args &a) {
  enum {
    SIDE = TSRI_CUDA_TILE
  };
  __shared__ T square[SIDE][SIDE + 1]; /* one more: no two rows in one bank */
  const int32_t r = a.rank - 2, c = a.rank - 1;
  const int64_t rows = a.dims[r], cols = a.dims[c];
  const int64_t across = (cols + SIDE - 1) / SIDE, down = (rows + SIDE - 1) / SIDE;
  const int64_t *const strides[2] = {a.from_strides, a.to_strides};
  const int32_t x = (int32_t)threadIdx.x % SIDE, y = (int32_t)threadIdx.x / SIDE;
  const int32_t height = (int32_t)blockDim.x / SIDE;
  const int64_t tiles = a.n / (rows * cols) * across * down;
  for (int64_t t = blockIdx.x; t < tiles; t += gridDim.x) {
    const int64_t col = t % across * SIDE, row = t / across % down * SIDE;
    int64_t at[2] = {0, 0};
    walk((uint64_t)(t / across / down), r, a.dims, strides, at);
    for (int32_t k = y; k < SIDE; k += height)
      if (col + k < cols && row + x < rows)
        square[k][x] =
            ((const T *)
                 a.from)[at[0] + (row + x) * a.from_strides[r] + (col + k) * a.from_strides[c]];
    __syncthreads();
    for (int32_t k = y; k < SIDE; k += height)
      if (row + k < rows && col + x < cols)
        ((T *)a.to)[at[1] + (row + k) * a.to_strides[r] + (col + x) * a.to_strides[c]] =
            square[x][k];
    __syncthreads();
  }
}

} // namespace tsri

#define MOVES(size, T)                                                                             \
  TSR_KERNEL(tsr_copy_##size, tsri_copy_args) {                                                    \
    if (tsri::is_narrow(a.n))                                                                      \
      tsri::copy<T, uint32_t>(a);                                                                  \
    else                                                                                           \
      tsri::copy<T, uint64_t>(a);                                                                  \
  }                                                                                                \
  TSR_KERNEL(tsr_tile_##size, tsri_copy_args) { tsri::tile<T>(a); }

MOVES(1, uint8_t)
MOVES(2, uint16_t)
MOVES(4, uint32_t)
MOVES(8, uint64_t)
MOVES(16, tsri::wide)
