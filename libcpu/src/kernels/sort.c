/* sort.c - row of sort: all operands along an axis by the first n_keys of them, stable.
 *
 * A line is sorted as 64-bit words (sort_words.h). If only the first operand is wanted, words are
 * its elements as numbers in their order. Otherwise a word is the place of an element with as many
 * bits of its key in front as there is room for; runs of words that are equal in these are sorted
 * again by the next bits, and then by the next key, until they differ or nothing is left: places
 * decide last, so the sort is stable. Then every operand is read at the places found. Short lines
 * are shared among the threads; a long one is shared by itself, with the same result.
 */
#include "sort_key.h"
#include "sort_words.h"

#include <string.h>

#include "tsr/cpu.h"

enum {
  CHUNKS = 16 /* most tasks, each with two arrays of words */
};

/* z[i] = x[words[i] & places]; steps in elements. */
typedef void (*carry)(int64_t n, const uint64_t *words, uint64_t places, const void *x,
                      int64_t x_step, void *z, int64_t z_step);
typedef struct wide {
  uint64_t half[2];
} wide;
#define CARRY(bytes, T)                                                                            \
  static void carry_##bytes(int64_t n, const uint64_t *words, uint64_t places, const void *from,   \
                            int64_t x_step, void *to, int64_t z_step) {                            \
    const T *x = from;                                                                             \
    T *z = to;                                                                                     \
    for (int64_t i = 0; i < n; i++)                                                                \
      z[i * z_step] = x[(int64_t)(words[i] & places) * x_step];                                    \
  }
CARRY(1, uint8_t)
CARRY(2, uint16_t)
CARRY(4, uint32_t)
CARRY(8, uint64_t)
CARRY(16, wide)
#undef CARRY

typedef struct operand {
  int64_t size, in_step, out_step; /* bytes of an element; strides along the axis */
  int64_t *in, *out;               /* [rank] strides of the other axes */
  const tsri_sort_key *key;
  carry carry; /* NULL: nobody reads this output */
} operand;

typedef struct sort_state {
  tsr_kernel_state state;
  int64_t n, lines, chunk; /* chunk: lines of one task */
  int32_t n_operands, n_keys, rank;
  int32_t place_bits;
  bool alone; /* only the first operand is wanted */
  uint64_t flip;
  int64_t *dims; /* [rank] of the other axes */
  operand *operands;
} sort_state;

/* ---- planning ---- */

static void plan_operand(operand *o, int64_t axis, const tsr_view *in, const tsr_view *out,
                         bool wanted) {
  static const carry carries[] = {
      [1] = carry_1, [2] = carry_2, [4] = carry_4, [8] = carry_8, [16] = carry_16};
  o->size = (int64_t)tsr_dtype_size(in->dtype);
  o->in_step = in->strides[axis];
  o->out_step = out->strides[axis];
  o->key = &tsri_sort_keys[in->dtype];
  o->carry = wanted ? carries[o->size] : NULL;
  for (int32_t a = 0, k = 0; a < in->rank; a++) {
    if (a == axis) continue;
    o->in[k] = in->strides[a];
    o->out[k++] = out->strides[a];
  }
}

/* Words of two lines per task, then counts for sharing one line. */
static size_t workspace_of(const sort_state *s) {
  const size_t tasks = (size_t)tsri_ceil_div(s->lines, s->chunk);
  size_t words, counts = sizeof(int64_t) * TSRI_DIGITS * TSRI_SORT_CHUNKS;
  if (__builtin_mul_overflow(2 * sizeof(uint64_t) * tasks, (size_t)s->n, &words) ||
      __builtin_add_overflow(words, counts, &words))
    return SIZE_MAX;
  return words;
}

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  const tsr_sort_attrs *a = p->call->attrs;
  const int32_t n = p->call->n_in, rank = p->in[0].rank - 1;
  const size_t axes = sizeof(int64_t) * (size_t)rank;
  sort_state *s;
  TSR_TRY(tsr_kernel_state_create(sizeof *s + axes + (sizeof(operand) + 2 * axes) * (size_t)n, &s));
  s->operands = (operand *)(s + 1);
  s->dims = (int64_t *)(s->operands + n);
  s->n_operands = n;
  s->n_keys = (int32_t)a->n_keys;
  s->rank = rank;
  s->flip = a->order == TSR_DESCENDING ? UINT64_MAX : 0;
  s->n = p->in[0].dims[a->axis];
  s->place_bits = s->n > 1 ? 64 - __builtin_clzll((uint64_t)s->n - 1) : 1;
  for (int32_t k = 0; k < rank; k++)
    s->dims[k] = p->in[0].dims[k + (k >= a->axis)];
  s->alone = true;
  for (int32_t j = 0; j < n; j++) {
    const bool wanted = !p->wanted || p->wanted[j];
    s->operands[j].in = s->dims + (int64_t)rank * (1 + 2 * (int64_t)j);
    s->operands[j].out = s->operands[j].in + rank;
    plan_operand(&s->operands[j], a->axis, &p->in[j], &p->out[j], wanted);
    s->alone &= j == 0 || !wanted;
  }
  s->alone &= s->n_keys == 1;
  s->lines = s->n == 0 ? 0 : tsri_product(rank, s->dims);
  s->chunk =
      tsri_max(tsri_ceil_div(s->lines, CHUNKS), tsri_max(1, TSRI_GRAIN / 8 / tsri_max(1, s->n)));
  p->workspace = workspace_of(s);
  p->state = s;
  p->release = tsr_kernel_state_release;
  return TSR_OK;
}

/* ---- one line ---- */

typedef struct sort_job {
  const sort_state *state;
  const tsr_view *in, *out;
  uint64_t *words; /* [tasks, 2, n] */
  tsr_stream *stream;
} sort_job;

typedef struct line_job {
  const sort_job *job;
  const tsri_sort_team *team;
  int64_t line;
  uint64_t *a, *b;
  int32_t bits; /* all but the lowest so many bits of the first key are equal */
  bool ambiguous[TSRI_SORT_CHUNKS];
  uint64_t differing[TSRI_SORT_CHUNKS];
  int64_t first[TSRI_SORT_CHUNKS + 1]; /* run of each chunk */
} line_job;

static const char *in_of(const line_job *l, int32_t j) {
  const sort_state *s = l->job->state;
  const operand *o = &s->operands[j];
  return (const char *)l->job->in[j].data + tsri_offset(s->rank, s->dims, o->in, l->line) * o->size;
}
static char *out_of(const line_job *l, int32_t j) {
  const sort_state *s = l->job->state;
  const operand *o = &s->operands[j];
  return (char *)l->job->out[j].data + tsri_offset(s->rank, s->dims, o->out, l->line) * o->size;
}
static int64_t begin_of(const line_job *l, int64_t chunk) {
  return tsri_sort_chunk(l->team, l->job->state->n, chunk);
}

/* ---- values alone ---- */

static tsr_status read_values(void *ctx, int64_t chunk) {
  line_job *l = ctx;
  const sort_state *s = l->job->state;
  const operand *o = &s->operands[0];
  const int64_t begin = begin_of(l, chunk);
  l->ambiguous[chunk] =
      o->key->read(begin_of(l, chunk + 1) - begin, l->a + begin,
                   in_of(l, 0) + begin * o->in_step * o->size, o->in_step, s->flip);
  return TSR_OK;
}

static tsr_status write_values(void *ctx, int64_t chunk) {
  line_job *l = ctx;
  const sort_state *s = l->job->state;
  const operand *o = &s->operands[0];
  const int64_t begin = begin_of(l, chunk);
  o->key->write(begin_of(l, chunk + 1) - begin, l->a + begin, s->flip,
                out_of(l, 0) + begin * o->out_step * o->size, o->out_step);
  return TSR_OK;
}

/* Sort as numbers; false if elements must be told apart by their places. */
static bool sort_values(line_job *l) {
  const sort_state *s = l->job->state;
  (void)tsri_sort_share(l->team, read_values, l);
  for (int64_t c = 0; c < l->team->chunks; c++)
    if (l->ambiguous[c]) return false;
  tsri_sort_words(l->team, s->n, 0, l->a, l->b);
  (void)tsri_sort_share(l->team, write_values, l);
  return true;
}

/* ---- places ---- */

static uint64_t places_of(const sort_state *s) { return (UINT64_C(1) << s->place_bits) - 1; }

/* What is put in front of places: `take` bits of a key, and `below` are left for later. */
typedef struct digits {
  int32_t key, take, below;
} digits;

static void pack(const line_job *l, int64_t begin, int64_t end, digits d) {
  const sort_state *s = l->job->state;
  const operand *o = &s->operands[d.key];
  const uint64_t mask = d.take == 0 ? 0 : UINT64_MAX >> (64 - d.take);
  o->key->pack(end - begin, l->a + begin, places_of(s), in_of(l, d.key), o->in_step, s->flip,
               d.below, mask, s->place_bits);
}

/* The next digits of a range whose keys are equal but for the lowest `bits`. */
static digits digits_of(const sort_state *s, int32_t key, int32_t bits) {
  const int32_t take = bits < 64 - s->place_bits ? bits : 64 - s->place_bits;
  return (digits){key, take, bits - take};
}

static uint64_t differ(const line_job *l, int64_t begin, int64_t end, int32_t key) {
  const sort_state *s = l->job->state;
  const operand *o = &s->operands[key];
  return o->key->differ(end - begin, l->a + begin, places_of(s), in_of(l, key), o->in_step,
                        s->flip);
}

static int32_t bits_of(uint64_t differing) {
  return differing == 0 ? 0 : 64 - __builtin_clzll(differing);
}

/* Sort a range, in which places rise, by the lowest bits of a key, then by the next keys. The
 * depth of this is bounded by the number of keys, three to each at most.
 */
static void sort_range(const line_job *l, const tsri_sort_team *alone, int64_t begin, int64_t end,
                       int32_t key, int32_t bits) {
  const sort_state *s = l->job->state;
  const digits d = digits_of(s, key, bits);
  pack(l, begin, end, d);
  tsri_sort_words(alone, end - begin, s->place_bits, l->a + begin, l->b + begin);
  if (d.below == 0 && key + 1 == s->n_keys) return;
  for (int64_t i = begin, next; i < end; i = next) {
    next = tsri_sort_run(l->a, i, end, s->place_bits);
    if (next - i == 1) continue;
    if (d.below > 0)
      sort_range(l, alone, i, next, key, d.below);
    else
      sort_range(l, alone, i, next, key + 1, bits_of(differ(l, i, next, key + 1)));
  }
}

static tsr_status number_places(void *ctx, int64_t chunk) {
  line_job *l = ctx;
  const int64_t begin = begin_of(l, chunk), end = begin_of(l, chunk + 1);
  for (int64_t i = begin; i < end; i++)
    l->a[i] = (uint64_t)i;
  l->differing[chunk] = 0;
  if (begin == end || l->job->state->operands[0].key->bits + l->job->state->place_bits <= 64)
    return TSR_OK;
  /* against the first element of all, so that chunks agree */
  const sort_state *s = l->job->state;
  const operand *o = &s->operands[0];
  uint64_t pair[2] = {0, (uint64_t)begin};
  l->differing[chunk] = o->key->differ(2, pair, places_of(s), in_of(l, 0), o->in_step, s->flip) |
                        differ(l, begin, end, 0);
  return TSR_OK;
}

static tsr_status pack_places(void *ctx, int64_t chunk) {
  const line_job *l = ctx;
  const sort_state *s = l->job->state;
  pack(l, begin_of(l, chunk), begin_of(l, chunk + 1), digits_of(s, 0, l->bits));
  return TSR_OK;
}

/* Runs that begin in a chunk and are not in order yet. Words behind the last of them are not looked
 * at: another task may be at work on them.
 */
static tsr_status sort_runs(void *ctx, int64_t chunk) {
  const line_job *l = ctx;
  const sort_state *s = l->job->state;
  const digits d = digits_of(s, 0, l->bits);
  int64_t counts[TSRI_SORT_COUNTS];
  const tsri_sort_team one = {.chunks = 1, .counts = counts}, *alone = &one;
  for (int64_t i = l->first[chunk], next; i < l->first[chunk + 1]; i = next) {
    next = tsri_sort_run(l->a, i, l->first[chunk + 1], s->place_bits);
    if (next - i == 1) continue;
    if (d.below > 0)
      sort_range(l, alone, i, next, 0, d.below);
    else
      sort_range(l, alone, i, next, 1, bits_of(differ(l, i, next, 1)));
  }
  return TSR_OK;
}

static void sort_places(line_job *l) {
  const sort_state *s = l->job->state;
  const int32_t bits = s->operands[0].key->bits;
  uint64_t differing = 0;
  (void)tsri_sort_share(l->team, number_places, l);
  for (int64_t c = 0; c < l->team->chunks; c++)
    differing |= l->differing[c];
  l->bits = bits + s->place_bits <= 64 ? bits : bits_of(differing);
  (void)tsri_sort_share(l->team, pack_places, l);
  tsri_sort_words(l->team, s->n, s->place_bits, l->a, l->b);
  if (digits_of(s, 0, l->bits).below == 0 && s->n_keys == 1) return;
  tsri_sort_first_runs(l->team, s->n, s->place_bits, l->a, l->first);
  (void)tsri_sort_share(l->team, sort_runs, l);
}

static tsr_status carry_operands(void *ctx, int64_t chunk) {
  const line_job *l = ctx;
  const sort_state *s = l->job->state;
  const int64_t begin = begin_of(l, chunk), n = begin_of(l, chunk + 1) - begin;
  for (int32_t j = 0; j < s->n_operands; j++) {
    const operand *o = &s->operands[j];
    if (o->carry)
      o->carry(n, l->a + begin, places_of(s), in_of(l, j), o->in_step,
               out_of(l, j) + begin * o->out_step * o->size, o->out_step);
  }
  return TSR_OK;
}

static void sort_line(const sort_job *job, const tsri_sort_team *team, int64_t line, uint64_t *a) {
  const sort_state *s = job->state;
  line_job l = {.job = job, .team = team, .line = line, .a = a, .b = a + s->n};
  if (s->alone && sort_values(&l)) return;
  sort_places(&l);
  (void)tsri_sort_share(team, carry_operands, &l);
}

/* ---- the row ---- */

static tsr_status run_range(void *ctx, int64_t begin, int64_t end) {
  const sort_job *job = ctx;
  const sort_state *s = job->state;
  int64_t counts[TSRI_SORT_COUNTS];
  const tsri_sort_team alone = {.chunks = 1, .counts = counts};
  uint64_t *words = job->words + begin / s->chunk * 2 * s->n;
  for (int64_t line = begin; line < end; line++)
    sort_line(job, &alone, line, words);
  return TSR_OK;
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const sort_state *s = c->state;
  const int64_t tasks = tsri_ceil_div(s->lines, s->chunk), words = tasks * 2 * s->n;
  sort_job job = {s, in, out, c->workspace, stream};
  const int64_t threads = tsri_min(TSRI_SORT_CHUNKS, tsr_cpu_threads(stream->device));
  if (tasks >= threads || s->n < TSRI_SORT_SHARED)
    return tsri_parallel_ranges(stream, s->lines, s->chunk, run_range, &job);
  const tsri_sort_team team = {stream, threads, (int64_t *)(job.words + words)};
  for (int64_t line = 0; line < s->lines; line++)
    sort_line(&job, &team, line, job.words);
  return TSR_OK;
}

const tsr_kernel tsri_sort_kernels[] = {
    {.op = &tsri_cpu_ops[TSR_OP_SORT],
     .dtypes = TSR_DTYPES_ORDERED | TSR_BIT(BOOL),
     .name = "cpu.sort",
     .prepare = prepare,
     .run = run}
};
const int32_t tsri_sort_kernel_count = TSRI_COUNT_OF(tsri_sort_kernels);
