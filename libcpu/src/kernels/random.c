/* random.c - row of rng_bit_generator: Philox 4x32-10.
 *
 * Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
 * Block i of the stream is ten rounds over the 128-bit counter (counter + i, 0) under
 * the 64-bit key; state = (key, counter). Its four words fill the result in C order, an
 * element of 64 bits from two words, the lower first. Every block stands alone, so bits
 * do not depend on who computes which.
 */
#include "kernel.h"

#include <string.h>

/* Blocks of one call to philox: enough for whole vectors. */
#define LANES 16

/* out[4 l + w] = word w of block first + l. */
static void philox(uint64_t key, uint64_t first, uint32_t *out) {
  uint32_t c0[LANES], c1[LANES], c2[LANES], c3[LANES];
  for (int l = 0; l < LANES; l++) {
    c0[l] = (uint32_t)(first + (uint64_t)l);
    c1[l] = (uint32_t)((first + (uint64_t)l) >> 32);
    c2[l] = c3[l] = 0;
  }
  uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
  for (int round = 0; round < 10; round++) {
    for (int l = 0; l < LANES; l++) {
      uint64_t p0 = (uint64_t)0xD2511F53u * c0[l], p1 = (uint64_t)0xCD9E8D57u * c2[l];
      c0[l] = (uint32_t)(p1 >> 32) ^ c1[l] ^ k0;
      c2[l] = (uint32_t)(p0 >> 32) ^ c3[l] ^ k1;
      c1[l] = (uint32_t)p1;
      c3[l] = (uint32_t)p0;
    }
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  for (int l = 0; l < LANES; l++) {
    out[4 * l] = c0[l];
    out[4 * l + 1] = c1[l];
    out[4 * l + 2] = c2[l];
    out[4 * l + 3] = c3[l];
  }
}

typedef struct rng_job {
  uint64_t key, counter;
  const tsr_view *out;
  bool dense;
  size_t size;
} rng_job;

/* A range of whole batches of LANES blocks. */
static tsr_status run_range(void *ctx, int64_t begin, int64_t end) {
  const rng_job *job = ctx;
  int64_t n = tsr_view_count(job->out);
  int64_t per_batch = (int64_t)(16 * LANES / job->size);
  for (int64_t batch = begin; batch < end; batch++) {
    uint32_t words[4 * LANES];
    philox(job->key, job->counter + (uint64_t)(batch * LANES), words);
    int64_t first = batch * per_batch, m = tsri_min(per_batch, n - first);
    char elements[16 * LANES];
    for (int64_t i = 0; i < m; i++) {
      if (job->size == 4) {
        memcpy(elements + 4 * i, words + i, 4);
      } else {
        uint64_t v = words[2 * i] | (uint64_t)words[2 * i + 1] << 32;
        memcpy(elements + 8 * i, &v, 8);
      }
    }
    char *out = job->out->data;
    if (job->dense) memcpy(out + (size_t)first * job->size, elements, (size_t)m * job->size);
    for (int64_t i = 0; i < m && !job->dense; i++) {
      int64_t at = tsri_offset(job->out->rank, job->out->dims, job->out->strides, first + i);
      memcpy(out + at * (int64_t)job->size, elements + (size_t)i * job->size, job->size);
    }
  }
  return TSR_OK;
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  (void)c;
  const uint64_t *state = in[0].data;
  uint64_t *next = out[0].data;
  const tsr_view *bits = &out[1];
  size_t size = tsr_dtype_size(bits->dtype);
  rng_job job = {state[0], state[in[0].strides[0]], bits, tsr_view_is_contiguous(bits), size};
  int64_t n = tsr_view_count(bits), blocks = tsri_ceil_div(n, (int64_t)(16 / size));
  TSR_TRY(tsri_parallel_ranges(stream, tsri_ceil_div(blocks, LANES), 256, run_range, &job));
  next[0] = job.key;
  next[out[0].strides[0]] = job.counter + (uint64_t)blocks;
  return TSR_OK;
}

const tsr_kernel tsri_random_kernels[] = {
    {.op = &tsri_cpu_ops[TSR_OP_RNG_BIT_GENERATOR],
     .dtypes = TSR_BIT(U64), /* of the state; the infer rule sees to the bits */
     .name = "cpu.rng_bit_generator",
     .run = run}
};
const int32_t tsri_random_kernel_count = TSRI_COUNT_OF(tsri_random_kernels);
