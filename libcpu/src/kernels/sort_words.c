/* sort_words.c - sorting 64-bit words by their digits.
 *
 * Only bits that differ somewhere matter. The topmost of these, about 10 more than it takes to
 * number the words, are sorted digit by digit from the lowest, every pass stable: such a window
 * leaves few words equal. Each run of those is sorted once more by the bits below, so whatever the
 * words are, no bit is looked at more often than once on every level. A pass cuts the words into
 * chunks, which are counted, and then placed, side by side. Few words are ranked (see order_few),
 * some more are merged, without branches that depend on them.
 */
#include "sort_words.h"

#include "variants/variants.h"

#include <string.h>

enum {
  DIGIT = 8, /* bits */
  SPARE = 10 /* bits of a window beyond those that number the words */
};

tsr_status tsri_sort_share(const tsri_sort_team *team, tsr_cpu_task task, void *ctx) {
  if (team->chunks == 1) return task(ctx, 0);
  return tsri_cpu_parallel(team->stream, team->chunks, task, ctx);
}

/* ---- merging ---- */

/* to = from[0 .. middle) and from[middle .. n), each sorted, as one. */
static void merge(int64_t middle, int64_t n, const uint64_t *from, uint64_t *to) {
  int64_t i = 0, j = middle;
  if (middle >= n || from[middle - 1] <= from[middle]) {
    memcpy(to, from, (size_t)n * sizeof *to);
    return;
  }
  while (i < middle && j < n) {
    const uint64_t x = from[i], y = from[j];
    const bool first = x <= y;
    *to++ = first ? x : y;
    i += first;
    j += !first;
  }
  memcpy(to, from + i, (size_t)(middle - i) * sizeof *to);
  memcpy(to + (middle - i), from + j, (size_t)(n - j) * sizeof *to);
}

static void merge_sort(int64_t n, uint64_t *a, uint64_t *b) {
  const tsri_variant *v = tsri_variant_chosen();
  uint64_t *from = a, *to = b;
  for (int64_t i = 0; i < n; i += TSRI_SORT_FEW)
    v->order_few(tsri_min(TSRI_SORT_FEW, n - i), a + i);
  for (int64_t width = TSRI_SORT_FEW; width < n; width *= 2) {
    for (int64_t i = 0; i < n; i += 2 * width)
      merge(tsri_min(width, n - i), tsri_min(2 * width, n - i), from + i, to + i);
    uint64_t *sorted = to;
    to = from;
    from = sorted;
  }
  if (from != a) memcpy(a, from, (size_t)n * sizeof *a);
}

/* ---- digits ---- */

typedef struct words_job {
  const tsri_sort_team *team;
  int64_t n;
  int32_t shift, low;
  int64_t *counts; /* [chunks, TSRI_DIGITS] of the digit at shift */
  uint64_t *from, *to;
  uint64_t differing[TSRI_SORT_CHUNKS];
  bool falls[TSRI_SORT_CHUNKS];        /* somewhere, from word to word */
  int64_t first[TSRI_SORT_CHUNKS + 1]; /* run of each chunk */
} words_job;

static tsr_status look_over(void *ctx, int64_t chunk) {
  words_job *job = ctx;
  const uint64_t *words = job->from;
  const int64_t end = tsri_sort_chunk(job->team, job->n, chunk + 1);
  uint64_t bits = 0;
  bool falls = false;
  for (int64_t i = tsri_max(1, tsri_sort_chunk(job->team, job->n, chunk)); i < end; i++) {
    bits |= words[i] ^ words[0];
    falls |= words[i] < words[i - 1];
  }
  job->differing[chunk] = bits;
  job->falls[chunk] = falls;
  return TSR_OK;
}

static tsr_status count_digits(void *ctx, int64_t chunk) {
  const words_job *job = ctx;
  const int64_t end = tsri_sort_chunk(job->team, job->n, chunk + 1);
  int64_t *count = job->counts + chunk * TSRI_DIGITS;
  memset(count, 0, TSRI_DIGITS * sizeof *count);
  for (int64_t i = tsri_sort_chunk(job->team, job->n, chunk); i < end; i++)
    count[job->from[i] >> job->shift & (TSRI_DIGITS - 1)]++;
  return TSR_OK;
}

/* For one chunk, whose words stay the same: all digits from shift to top. */
static void count_all_digits(const words_job *job, int32_t top) {
  const int64_t n_digits = (top - job->shift + DIGIT - 1) / DIGIT;
  memset(job->counts, 0, (size_t)n_digits * TSRI_DIGITS * sizeof *job->counts);
  for (int64_t i = 0; i < job->n; i++) {
    uint64_t word = job->from[i] >> job->shift;
    for (int64_t k = 0; k < n_digits; k++, word >>= DIGIT)
      job->counts[k * TSRI_DIGITS + (int64_t)(word & (TSRI_DIGITS - 1))]++;
  }
}

/* Counts become the places of each chunk's first word of a digit; false: all words have one. */
static bool place_digits(const words_job *job) {
  int64_t sum = 0, most = 0;
  for (int64_t d = 0; d < TSRI_DIGITS; d++) {
    const int64_t before = sum;
    for (int64_t c = 0; c < job->team->chunks; c++) {
      int64_t *count = &job->counts[c * TSRI_DIGITS + d];
      const int64_t n = *count;
      *count = sum;
      sum += n;
    }
    most = tsri_max(most, sum - before);
  }
  return most < job->n;
}

static tsr_status move_words(void *ctx, int64_t chunk) {
  const words_job *job = ctx;
  const int64_t end = tsri_sort_chunk(job->team, job->n, chunk + 1);
  const uint64_t *from = job->from;
  uint64_t *to = job->to;
  const int32_t shift = job->shift;
  int64_t *at = job->counts + chunk * TSRI_DIGITS;
  for (int64_t i = tsri_sort_chunk(job->team, job->n, chunk); i < end; i++) {
    const uint64_t word = from[i];
    to[at[word >> shift & (TSRI_DIGITS - 1)]++] = word;
  }
  return TSR_OK;
}

/* Runs that begin in a chunk, sorted by the bits below shift. */
static tsr_status sort_runs(void *ctx, int64_t chunk) {
  const words_job *job = ctx;
  int64_t counts[TSRI_SORT_COUNTS];
  const tsri_sort_team alone = {.chunks = 1, .counts = counts};
  for (int64_t i = job->first[chunk]; i < job->first[chunk + 1];) {
    const int64_t next = tsri_sort_run(job->from, i, job->first[chunk + 1], job->shift);
    if (next - i <= TSRI_SORT_INSERTED)
      tsri_sort_insert(next - i, job->from + i);
    else
      tsri_sort_words(&alone, next - i, job->low, job->from + i, job->to + i);
    i = next;
  }
  return TSR_OK;
}

void tsri_sort_first_runs(const tsri_sort_team *team, int64_t n, int32_t low, const uint64_t *a,
                          int64_t *first) {
  first[0] = 0;
  for (int64_t c = 1; c <= team->chunks; c++) {
    const int64_t begin = tsri_sort_chunk(team, n, c);
    first[c] = begin <= first[c - 1] ? first[c - 1] : tsri_sort_run(a, begin - 1, n, low);
  }
}

/* Which bits differ, from low on; none if words are in order. Tasks that sort cannot fail. */
static uint64_t differing(words_job *job) {
  uint64_t bits = 0;
  bool falls = false;
  (void)tsri_sort_share(job->team, look_over, job);
  for (int64_t c = 0; c < job->team->chunks; c++) {
    bits |= job->differing[c];
    falls |= job->falls[c];
  }
  return falls ? bits >> job->low << job->low : 0;
}

void tsri_sort_words(const tsri_sort_team *team, int64_t n, int32_t low, uint64_t *a, uint64_t *b) {
  if (n <= TSRI_SORT_MERGED) {
    merge_sort(n, a, b);
    return;
  }
  words_job job = {.team = team, .n = n, .low = low, .from = a, .to = b};
  const uint64_t bits = differing(&job);
  if (bits == 0) return;
  const int32_t top = 64 - __builtin_clzll(bits), bottom = __builtin_ctzll(bits);
  const int32_t needed = 64 - __builtin_clzll((uint64_t)n) + SPARE;
  const int32_t window = (needed + DIGIT - 1) / DIGIT * DIGIT;
  const int32_t from = top - bottom > window ? top - window : bottom;
  job.shift = from;
  job.counts = team->counts;
  if (team->chunks == 1) count_all_digits(&job, top);
  for (; job.shift < top; job.shift += DIGIT) {
    if (team->chunks > 1) (void)tsri_sort_share(team, count_digits, &job);
    if (team->chunks == 1 && job.shift > from) job.counts += TSRI_DIGITS;
    if (!place_digits(&job)) continue;
    (void)tsri_sort_share(team, move_words, &job);
    uint64_t *moved = job.to;
    job.to = job.from;
    job.from = moved;
  }
  if (job.from != a) {
    memcpy(a, b, (size_t)n * sizeof *a);
    job.from = a;
    job.to = b;
  }
  job.shift = from;
  if (from == bottom) return;
  tsri_sort_first_runs(team, n, from, a, job.first);
  (void)tsri_sort_share(team, sort_runs, &job);
}
