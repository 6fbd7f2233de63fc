/* random.cu - Philox 4x32-10, one block of four words per thread; see libcpu's random.c.
 *
 * Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
 */
#include "kernel.cuh"

namespace tsri {

__device__ inline void philox(uint64_t key, uint64_t counter, uint32_t *word) {
  uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
  word[0] = (uint32_t)counter;
  word[1] = (uint32_t)(counter >> 32);
  word[2] = word[3] = 0;
  for (int round = 0; round < 10; round++) {
    const uint64_t p0 = (uint64_t)0xD2511F53u * word[0], p1 = (uint64_t)0xCD9E8D57u * word[2];
    word[0] = (uint32_t)(p1 >> 32) ^ word[1] ^ k0;
    word[2] = (uint32_t)(p0 >> 32) ^ word[3] ^ k1;
    word[1] = (uint32_t)p1;
    word[3] = (uint32_t)p0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
}

__device__ void random(const tsri_random_args &a) {
  const uint64_t key = a.state[0], counter = a.state[a.state_stride];
  const int32_t each = a.wide ? 2 : 4;
  const int64_t *const strides[1] = {a.strides};
  for (int64_t b = first(); b < a.blocks; b += step()) {
    uint32_t word[4];
    philox(key, counter + (uint64_t)b, word);
    for (int32_t e = 0; e < each && b * each + e < a.n; e++) {
      int64_t at[1] = {0};
      walk((uint64_t)(b * each + e), a.rank, a.dims, strides, at);
      if (a.wide)
        ((uint64_t *)a.out)[at[0]] = word[2 * e] | (uint64_t)word[2 * e + 1] << 32;
      else
        ((uint32_t *)a.out)[at[0]] = word[e];
    }
  }
  if (first() == 0) {
    a.next[0] = key;
    a.next[a.next_stride] = counter + (uint64_t)a.blocks;
  }
}

} // namespace tsri

TSR_KERNEL(tsr_random, tsri_random_args) { tsri::random(a); }
