/* sort.cu - one pass of a stable merge sort of every line, and carrying elements to their places.
 *
 * What is sorted are places within the line. A pass merges neighbouring sorted runs of width
 * places: each thread finds how many of the other run come before its own by bisection.
 */
#include "kernel.cuh"

namespace tsri {

struct wide {
  uint64_t half[2];
};

/* Numbers as whole ones in their order: both zeros alike. */
__device__ inline uint64_t rank_of(float x) {
  const uint32_t u = bits_as<uint32_t>(x), sign = 0x80000000u;
  return x == 0 ? sign : u & sign ? ~u : u | sign;
}
__device__ inline uint64_t rank_of(double x) {
  const uint64_t u = bits_as<uint64_t>(x), sign = 0x8000000000000000u;
  return x == 0 ? sign : u & sign ? ~u : u | sign;
}
template <typename T> __device__ inline uint64_t rank_of(T x) {
  const bool is_signed = (T)-1 < (T)0;
  return is_signed ? (uint64_t)(int64_t)x ^ 0x8000000000000000u : (uint64_t)x;
}

/* flip: all ones to fall. NaN comes last either way. */
template <typename T> __device__ inline uint64_t key_of(T x, uint64_t flip) {
  const auto v = widen(x);
  return is_nan(v) ? ~(uint64_t)0 : rank_of(v) ^ flip;
}

template <typename T> __device__ void merge(const tsri_merge_args &a) {
  const int64_t *const strides[1] = {a.strides};
  for (int64_t i = first(); i < a.n; i += step()) {
    const int64_t line = i / a.length, place = i - line * a.length, run = place / a.width;
    const int64_t other = (run ^ 1) * a.width;
    const int64_t *from = a.from ? a.from + line * a.length : (const int64_t *)0;
    const int64_t self = from ? from[place] : place;
    int64_t at[1] = {0}, low = other, high = other + a.width;
    walk((uint64_t)line, a.rank, a.dims, strides, at);
    const T *x = (const T *)a.x + at[0];
    const uint64_t key = key_of(x[self * a.step], a.flip);
    low = low < a.length ? low : a.length;
    high = high < a.length ? high : a.length;
    const int64_t begin = low;
    while (low < high) { /* equals of the left run come first */
      const int64_t middle = low + (high - low) / 2;
      const uint64_t there = key_of(x[(from ? from[middle] : middle) * a.step], a.flip);
      if (run & 1 ? there <= key : there < key)
        low = middle + 1;
      else
        high = middle;
    }
    a.to[line * a.length + (run & ~(int64_t)1) * a.width + place - run * a.width + low - begin] =
        self;
  }
}

template <typename T> __device__ void carry(const tsri_carry_args &a) {
  const int64_t *const strides[2] = {a.from_strides, a.to_strides};
  for (int64_t i = first(); i < a.n; i += step()) {
    const int64_t line = i / a.length, place = i - line * a.length;
    int64_t at[2] = {0, place * a.to_step};
    walk((uint64_t)line, a.rank, a.dims, strides, at);
    at[0] += (a.places ? a.places[i] : place) * a.from_step;
    ((T *)a.to)[at[1]] = ((const T *)a.from)[at[0]];
  }
}

} // namespace tsri

#define MERGE(name, T)                                                                             \
  TSR_KERNEL(tsr_merge_##name, tsri_merge_args) { tsri::merge<T>(a); }
#define CARRY(size, T)                                                                             \
  TSR_KERNEL(tsr_carry_##size, tsri_carry_args) { tsri::carry<T>(a); }
TSRI_EACH_ORDERED(MERGE)
CARRY(1, uint8_t)
CARRY(2, uint16_t)
CARRY(4, uint32_t)
CARRY(8, uint64_t)
CARRY(16, tsri::wide)
