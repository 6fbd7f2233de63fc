/* cublas.cc - libcublas.so.13 without a GPU: one product after the other, three loops each. */
/* clang-format off: the shim comes first */
#include "shim.h"
#include "kernel.cuh"
/* clang-format on */
#include "driver.h"

#include <cstddef>

namespace {

enum {
  INVALID_VALUE = 7,
  NOT_SUPPORTED = 15
};

struct call {
  unsigned op_x, op_y, type;
  int m, n, k, x_ld, y_ld, z_ld, batches;
  long long x_stride, y_stride, z_stride;
  const void *x, *y;
  void *z;
};

/* Element [row, col] of a column-major matrix, or of its transpose. */
template <typename T> auto element(const void *data, unsigned op, int ld, int row, int col) {
  const T *at = static_cast<const T *>(data);
  return tsri::load(at + (op ? col + (ptrdiff_t)row * ld : row + (ptrdiff_t)col * ld));
}

template <typename T> void multiply(const call &c, int batch) {
  const T *x = static_cast<const T *>(c.x) + batch * c.x_stride;
  const T *y = static_cast<const T *>(c.y) + batch * c.y_stride;
  T *z = static_cast<T *>(c.z) + batch * c.z_stride;
  for (int col = 0; col < c.n; col++)
    for (int row = 0; row < c.m; row++) {
      typename tsri::sum_of<T>::W sum = {};
      for (int k = c.k; k-- > 0;) /* an order of its own */
        sum = tsri::add(sum, tsri::mul(element<T>(x, c.op_x, c.x_ld, row, k),
                                       element<T>(y, c.op_y, c.y_ld, k, col)));
      tsri::store(sum, z + row + (ptrdiff_t)col * c.z_ld);
    }
}

tsri_result run(void *data) {
  const call &c = *static_cast<const call *>(data);
  for (int batch = 0; batch < c.batches; batch++)
    switch (c.type) {
    case TSRI_BLAS_F16:
      multiply<tsri::f16>(c, batch);
      break;
    case TSRI_BLAS_BF16:
      multiply<tsri::bf16>(c, batch);
      break;
    case TSRI_BLAS_F32:
      multiply<float>(c, batch);
      break;
    case TSRI_BLAS_F64:
      multiply<double>(c, batch);
      break;
    case TSRI_BLAS_C64:
      multiply<tsri::c64>(c, batch);
      break;
    default:
      multiply<tsri::c128>(c, batch);
    }
  return 0;
}

/* The type in which alpha, beta and sums are. */
unsigned compute_of(unsigned type) {
  return type == TSRI_BLAS_F64 || type == TSRI_BLAS_C128 ? TSRI_BLAS_COMPUTE_F64
                                                         : TSRI_BLAS_COMPUTE_F32;
}

double number(const void *x, unsigned compute) {
  return compute == TSRI_BLAS_COMPUTE_F64 ? *static_cast<const double *>(x)
                                          : *static_cast<const float *>(x);
}

bool fits(unsigned op, int rows, int cols, int ld) { return op <= 1 && ld >= (op ? cols : rows); }

} // namespace

struct cublasContext {
  void *workspace;
};

extern "C" {

#define TSRI_FUNCTION(name, symbol, parameters, arguments)                                         \
  EMULATED_API tsri_result symbol parameters;
#define TSRI_QUERY(type, name, symbol, parameters, arguments) EMULATED_API type symbol parameters;
#include "cublas.def"

tsri_result cublasCreate_v2(cublasContext **handle) {
  *handle = new cublasContext();
  return 0;
}

tsri_result cublasDestroy_v2(cublasContext *handle) {
  delete handle;
  return 0;
}

tsri_result cublasSetStream_v2(cublasContext *handle, CUstream_st *stream) {
  handle->workspace = nullptr; /* the library goes back to its own */
  return stream ? 0 : INVALID_VALUE;
}

tsri_result cublasSetMathMode(cublasContext *handle, unsigned mode) {
  return handle && mode == TSRI_BLAS_WHOLE_SUMS ? 0 : INVALID_VALUE;
}

tsri_result cublasSetWorkspace_v2(cublasContext *handle, void *data, size_t size) {
  if (reinterpret_cast<uintptr_t>(data) % 256 != 0 || size < 16384) return INVALID_VALUE;
  emulated_lock();
  const int covers = emulated_covers(reinterpret_cast<uintptr_t>(data), size);
  emulated_unlock();
  handle->workspace = data;
  return covers ? 0 : INVALID_VALUE;
}

tsri_result cublasGetProperty(unsigned property, int *value) {
  static const int version[] = {13, 0, 0};
  *value = version[property];
  return 0;
}

const char *cublasGetStatusString(tsri_result status) {
  return status == INVALID_VALUE ? "an unsupported value or parameter was passed" : "unknown";
}

tsri_result cublasGemmStridedBatchedEx(cublasContext *handle, unsigned op_x, unsigned op_y, int m,
                                       int n, int k, const void *alpha, const void *x,
                                       unsigned x_type, int x_ld, long long x_stride, const void *y,
                                       unsigned y_type, int y_ld, long long y_stride,
                                       const void *beta, void *z, unsigned z_type, int z_ld,
                                       long long z_stride, int batches, unsigned compute,
                                       int algorithm) {
  if (!handle->workspace || algorithm != -1 || m < 1 || n < 1 || k < 1 || batches < 1)
    return INVALID_VALUE;
  if (x_type != y_type || x_type != z_type || compute != compute_of(z_type)) return NOT_SUPPORTED;
  if (!fits(op_x, m, k, x_ld) || !fits(op_y, k, n, y_ld) || !fits(0, m, n, z_ld))
    return INVALID_VALUE;
  if (number(alpha, compute) != 1 || number(beta, compute) != 0) return NOT_SUPPORTED;
  if (batches > 1 && z_stride < (long long)z_ld * (n - 1) + m && z_stride * batches < m)
    return INVALID_VALUE; /* results on top of each other */
  const call c = {op_x, op_y,    z_type,   m,        n,        k, x_ld, y_ld,
                  z_ld, batches, x_stride, y_stride, z_stride, x, y,    z};
  return tsr_emulated_enqueue(run, &c, sizeof c);
}
}
