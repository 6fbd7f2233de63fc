/* sort_words.h - sorting 64-bit words, which keys and places are packed into. */
#ifndef TSRI_SORT_WORDS_H
#define TSRI_SORT_WORDS_H

#include "kernel.h"

enum {
#ifdef TSR_STRESS
  TSRI_SORT_FEW = 3,
  TSRI_SORT_MERGED = 7,
  TSRI_SORT_SHARED = 64,
#else
  TSRI_SORT_FEW = 32,           /* at most, for variant->order_few */
  TSRI_SORT_MERGED = 192,       /* words that are merged; more of them go by their digits */
  TSRI_SORT_SHARED = 32 * 1024, /* words of one line that several threads repay */
#endif
  TSRI_SORT_CHUNKS = 16, /* most of one line */
  TSRI_SORT_INSERTED = 8,
  TSRI_DIGITS = 256,
  TSRI_SORT_COUNTS = TSRI_DIGITS * 8 /* at least, for a team of one */
};

/* Who sorts a line: as many tasks as it has chunks. One chunk is sorted by the caller. */
typedef struct tsri_sort_team {
  tsr_stream *stream;
  int64_t chunks;
  int64_t *counts; /* [chunks, TSRI_DIGITS], TSRI_SORT_COUNTS for one chunk */
} tsri_sort_team;

/* Run task(ctx, chunk) for all chunks. */
tsr_status tsri_sort_share(const tsri_sort_team *team, tsr_cpu_task task, void *ctx);

/* Where a chunk of n things begins. */
static inline int64_t tsri_sort_chunk(const tsri_sort_team *team, int64_t n, int64_t chunk) {
  return n / team->chunks * chunk + tsri_min(chunk, n % team->chunks);
}

/* Sort a[0 .. n) by the bits from low on. Below low, words rise where they are equal above.
 * b has room for n words. None of this depends on the number of chunks but the time.
 */
void tsri_sort_words(const tsri_sort_team *team, int64_t n, int32_t low, uint64_t *a, uint64_t *b);

/* Sort very few words. */
static inline void tsri_sort_insert(int64_t n, uint64_t *a) {
  for (int64_t i = 1; i < n; i++) {
    const uint64_t word = a[i];
    int64_t k = i;
    for (; k > 0 && a[k - 1] > word; k--)
      a[k] = a[k - 1];
    a[k] = word;
  }
}

/* The end of the run from begin on of words that are equal from bit `low` on; low < 64. */
static inline int64_t tsri_sort_run(const uint64_t *a, int64_t begin, int64_t n, int32_t low) {
  int64_t end = begin + 1;
  while (end < n && (a[end] ^ a[begin]) >> low == 0)
    end++;
  return end;
}

/* first[c] = where the first run begins that begins in chunk c, or later; first[chunks] = n. */
void tsri_sort_first_runs(const tsri_sort_team *team, int64_t n, int32_t low, const uint64_t *a,
                          int64_t *first);

#endif /* TSRI_SORT_WORDS_H */
