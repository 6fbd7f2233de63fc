/* gather.cu - one thread per element of the result, by element size; starts are clamped. */
#include "kernel.cuh"

namespace tsri {

struct wide {
  uint64_t half[2];
};

template <typename T> __device__ void gather(const tsri_gather_args &a) {
  const int64_t *const strides[3] = {a.out_strides, a.operand_strides, a.index_strides};
  for (int64_t i = first(); i < a.n; i += step()) {
    int64_t at[3] = {0, 0, 0};
    walk((uint64_t)i, a.rank, a.dims, strides, at);
    for (int32_t k = 0; k < a.index_size; k++) {
      int64_t start = index_at(a.index_type, a.indices, at[2] + k * a.index_stride);
      start = start > a.start_limit[k] ? a.start_limit[k] : start;
      at[1] += (start < 0 ? 0 : start) * a.start_stride[k];
    }
    ((T *)a.out)[at[0]] = ((const T *)a.operand)[at[1]];
  }
}

} // namespace tsri

#define GATHER(size, T)                                                                            \
  TSR_KERNEL(tsr_gather_##size, tsri_gather_args) { tsri::gather<T>(a); }
GATHER(1, uint8_t)
GATHER(2, uint16_t)
GATHER(4, uint32_t)
GATHER(8, uint64_t)
GATHER(16, tsri::wide)
