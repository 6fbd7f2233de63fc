/* gather.cu - one thread per element that moves, by element size; starts are clamped.
 *
 * gather moves the place that is read by the starts; put, of one window, the place that is
 * written: there out has the strides of operand, and the other way round.
 */
#include "kernel.cuh"

namespace tsri {

struct wide {
  uint64_t half[2];
};

/* at[1] of the place of element i, moved by the starts. */
__device__ inline void find(const tsri_gather_args &a, int64_t i, int64_t (&at)[3]) {
  const int64_t *const strides[3] = {a.out_strides, a.operand_strides, a.index_strides};
  walk((uint64_t)i, a.rank, a.dims, strides, at);
  TSRI_ROLLED for (int32_t k = 0; k < a.index_size; k++) {
    int64_t start = index_at(a.index_type, a.indices, at[2] + k * a.index_stride);
    start = start > a.start_limit[k] ? a.start_limit[k] : start;
    at[1] += (start < 0 ? 0 : start) * a.start_stride[k];
  }
}

template <typename T> __device__ void gather(const tsri_gather_args &a) {
  for (int64_t i = first(); i < a.n; i += step()) {
    int64_t at[3] = {0, 0, 0};
    find(a, i, at);
    ((T *)a.out)[at[0]] = ((const T *)a.operand)[at[1]];
  }
}

template <typename T> __device__ void put(const tsri_gather_args &a) {
  for (int64_t i = first(); i < a.n; i += step()) {
    int64_t at[3] = {0, 0, 0};
    find(a, i, at);
    ((T *)a.out)[at[1]] = ((const T *)a.operand)[at[0]];
  }
}

} // namespace tsri

#define GATHER(size, T)                                                                            \
  TSR_KERNEL(tsr_gather_##size, tsri_gather_args) { tsri::gather<T>(a); }                          \
  TSR_KERNEL(tsr_put_##size, tsri_gather_args) { tsri::put<T>(a); }
GATHER(1, uint8_t)
GATHER(2, uint16_t)
GATHER(4, uint32_t)
GATHER(8, uint64_t)
GATHER(16, tsri::wide)
