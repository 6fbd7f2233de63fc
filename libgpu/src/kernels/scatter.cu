/* scatter.cu - joining windows in C order of their index vectors, without atomics.
 *
 * starts reads every index vector once. Then either windows: a thread owns one place of the
 * window (of one instance of the batching axes) and takes the windows in order, which is
 * legal when no two places can meet; or elements: a thread owns one element of the result and
 * looks at every start. Both join in the same order, so the bits do not depend on the choice,
 * which the host makes from the shapes.
 */
#include "kernel.cuh"

namespace tsri {

struct wide {
  uint64_t half[2];
};

__device__ void starts(const tsri_starts_args &a) {
  const int64_t *const strides[2] = {a.index_strides, a.update_strides};
  for (int64_t i = first(); i < a.n; i += step()) {
    int64_t at[2] = {0, 0};
    int64_t *record = a.records + i * (1 + a.index_size);
    bool fits = true;
    walk((uint64_t)i, a.rank, a.dims, strides, at);
    record[0] = at[1];
    TSRI_ROLLED for (int32_t k = 0; k < a.index_size; k++) {
      int64_t start = index_at(a.index_type, a.indices, at[0] + k * a.index_stride);
      fits = fits && start >= 0 && start <= a.start_limit[k];
      record[1 + k] = start;
    }
    if (!fits) record[1] = -1;
  }
}

/* What becomes of an element and an update for it. */
struct adding {
  template <typename T> __device__ static void join(T *to, const T *x) {
    store(add(load(to), load(x)), to);
  }
};
struct multiplying {
  template <typename T> __device__ static void join(T *to, const T *x) {
    store(mul(load(to), load(x)), to);
  }
};
struct setting {
  template <typename T> __device__ static void join(T *to, const T *x) { *to = *x; }
};
struct lowering {
  template <typename T> __device__ static void join(T *to, const T *x) {
    narrow(smaller(widen(*to), widen(*x)), to);
  }
};
struct raising {
  template <typename T> __device__ static void join(T *to, const T *x) {
    narrow(larger(widen(*to), widen(*x)), to);
  }
};

template <typename Op, typename T> __device__ void by_windows(const tsri_windows_args &a) {
  const int64_t *const strides[2] = {a.update_strides, a.out_strides};
  const int64_t length = 1 + a.index_size;
  for (int64_t i = first(); i < a.n; i += step()) {
    const int64_t *record = a.records + i / a.window * a.free * length;
    int64_t at[2] = {0, 0};
    walk((uint64_t)i, a.rank, a.dims, strides, at);
    /* the offset of an instance's updates stands in its records */
    for (int64_t f = 0; f < a.free; f++, record += length) {
      int64_t to = at[1];
      if (a.index_size > 0 && record[1] < 0) continue;
      TSRI_ROLLED for (int32_t k = 0; k < a.index_size; k++) {
        to += record[1 + k] * a.start_stride[k];
      }
      Op::join((T *)a.out + to, (const T *)a.updates + record[0] + at[0]);
    }
  }
}

/* Where in a window the element lies, as an offset of updates; false: outside. */
__device__ inline bool reaches(const tsri_elements_args &a, const int64_t *place,
                               const int64_t *record, int64_t *at) {
  if (a.index_size > 0 && record[1] < 0) return false;
  *at = record[0];
  TSRI_ROLLED for (int32_t axis = 0; axis < a.rank; axis++) {
    const int64_t along = a.start[axis] < 0 ? place[axis] : place[axis] - record[1 + a.start[axis]];
    if (a.start[axis] >= 0 && (along < 0 || along >= a.windows[axis])) return false;
    *at += along * a.update_strides[axis];
  }
  return true;
}

template <typename Op, typename T> __device__ void by_elements(const tsri_elements_args &a) {
  const int64_t length = 1 + a.index_size;
  int64_t place[TSRI_CUDA_RANK];
  for (int64_t i = first(); i < a.n; i += step()) {
    int64_t rest = i, in = 0, out = 0, instance = 0, at = 0;
    TSRI_ROLLED for (int32_t axis = a.rank - 1; axis >= 0; axis--) {
      place[axis] = rest % a.dims[axis];
      rest /= a.dims[axis];
      in += place[axis] * a.in_strides[axis];
      out += place[axis] * a.out_strides[axis];
      instance += place[axis] * a.instance[axis];
    }
    T x = ((const T *)a.in)[in];
    const int64_t *record = a.records + instance * a.free * length;
    for (int64_t f = 0; f < a.free; f++, record += length)
      if (reaches(a, place, record, &at)) Op::join(&x, (const T *)a.updates + at);
    ((T *)a.out)[out] = x;
  }
}

} // namespace tsri

TSR_KERNEL(tsr_scatter_starts, tsri_starts_args) { tsri::starts(a); }

#define SCATTER(op, name, T, Op)                                                                   \
  TSR_KERNEL(tsr_##op##_windows_##name, tsri_windows_args) { tsri::by_windows<tsri::Op, T>(a); }   \
  TSR_KERNEL(tsr_##op##_elements_##name, tsri_elements_args) { tsri::by_elements<tsri::Op, T>(a); }
#define ADD(name, T) SCATTER(add, name, T, adding)
#define MUL(name, T) SCATTER(mul, name, T, multiplying)
#define MIN(name, T) SCATTER(min, name, T, lowering)
#define MAX(name, T) SCATTER(max, name, T, raising)
TSRI_EACH_WRAPPED(ADD)
TSRI_EACH_WRAPPED(MUL)
TSRI_EACH_ORDERED(MIN)
TSRI_EACH_ORDERED(MAX)
SCATTER(set, 1, uint8_t, setting)
SCATTER(set, 2, uint16_t, setting)
SCATTER(set, 4, uint32_t, setting)
SCATTER(set, 8, uint64_t, setting)
SCATTER(set, 16, tsri::wide, setting)
