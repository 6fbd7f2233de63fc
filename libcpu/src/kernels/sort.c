/* sort.c - row of sort: all operands along an axis by the first n_keys of them, stable.
 *
 * Elements become 64-bit numbers in their order, and pairs (number, place) are merge sorted
 * from the bottom up: by the last key first, by the first key last, which is the order of
 * the keys taken together. Then every operand is read at the places found. A line is one
 * task's; the lines are cut into a few chunks, each with its own pairs in the workspace.
 */
#include "kernel.h"

#include <string.h>

#define TSRI_CAT_(a, b) a##_##b
#define TSRI_CAT(a, b)  TSRI_CAT_(a, b)

typedef struct pair {
  uint64_t key;
  int64_t index;
} pair;

/* ---- keys ---- */

/* Bits of a float in the order of the numbers: both zeros are the same. */
#define FLOAT(u, sign)                                                                             \
  (((u) & ~(sign)) == 0 ? (uint64_t)(sign)                                                         \
   : (u) & (sign)       ? (uint64_t)((sign) | ((sign)-1)) ^ (u)                                    \
                        : (u) | (sign))
#define NEVER(u)    false
#define UNSIGNED(u) (u)
#define SIGNED(u)   ((uint64_t)(int64_t)(u) ^ UINT64_C(1) << 63)

#define ID        F16
#define T         uint16_t
#define IS_NAN(u) (((u)&0x7fffu) > 0x7c00u)
#define RANK(u)   FLOAT(u, UINT64_C(0x8000))
#include "sort_key.inc"
#define ID        BF16
#define T         uint16_t
#define IS_NAN(u) (((u)&0x7fffu) > 0x7f80u)
#define RANK(u)   FLOAT(u, UINT64_C(0x8000))
#include "sort_key.inc"
#define ID        F32
#define T         uint32_t
#define IS_NAN(u) (((u)&0x7fffffffu) > 0x7f800000u)
#define RANK(u)   FLOAT(u, UINT64_C(0x80000000))
#include "sort_key.inc"
#define ID        F64
#define T         uint64_t
#define IS_NAN(u) (((u) & ~(UINT64_C(1) << 63)) > UINT64_C(0x7ff0000000000000))
#define RANK(u)   FLOAT(u, UINT64_C(1) << 63)
#include "sort_key.inc"
#define ID     I8
#define T      int8_t
#define IS_NAN NEVER
#define RANK   SIGNED
#include "sort_key.inc"
#define ID     I16
#define T      int16_t
#define IS_NAN NEVER
#define RANK   SIGNED
#include "sort_key.inc"
#define ID     I32
#define T      int32_t
#define IS_NAN NEVER
#define RANK   SIGNED
#include "sort_key.inc"
#define ID     I64
#define T      int64_t
#define IS_NAN NEVER
#define RANK   SIGNED
#include "sort_key.inc"
#define ID     U8
#define T      uint8_t
#define IS_NAN NEVER
#define RANK   UNSIGNED
#include "sort_key.inc"
#define ID     U16
#define T      uint16_t
#define IS_NAN NEVER
#define RANK   UNSIGNED
#include "sort_key.inc"
#define ID     U32
#define T      uint32_t
#define IS_NAN NEVER
#define RANK   UNSIGNED
#include "sort_key.inc"
#define ID     U64
#define T      uint64_t
#define IS_NAN NEVER
#define RANK   UNSIGNED
#include "sort_key.inc"
#undef FLOAT
#undef NEVER
#undef UNSIGNED
#undef SIGNED

typedef void (*read_keys)(int64_t n, const char *x, int64_t stride, uint64_t flip, pair *pairs);
#define AT(ID) [TSR_##ID] = key_##ID
static const read_keys readers[TSR_DTYPE_COUNT] = {AT(F16),
                                                   AT(BF16),
                                                   AT(F32),
                                                   AT(F64),
                                                   AT(I8),
                                                   AT(I16),
                                                   AT(I32),
                                                   AT(I64),
                                                   AT(U8),
                                                   AT(U16),
                                                   AT(U32),
                                                   AT(U64),
                                                   [TSR_BOOL] = key_U8};
#undef AT

/* ---- merge sort ---- */

enum {
  RUN = 16 /* sorted by insertion */
};

static void insert(int64_t n, pair *a) {
  for (int64_t i = 1; i < n; i++) {
    const pair p = a[i];
    int64_t k = i;
    for (; k > 0 && a[k - 1].key > p.key; k--)
      a[k] = a[k - 1];
    a[k] = p;
  }
}

/* to = from[0 .. middle) and from[middle .. n), each sorted, as one; equals in that order. */
static void merge(int64_t middle, int64_t n, const pair *from, pair *to) {
  int64_t i = 0, j = middle;
  if (middle >= n || from[middle - 1].key <= from[middle].key) {
    memcpy(to, from, (size_t)n * sizeof *to);
    return;
  }
  while (i < middle && j < n) {
    const bool first = from[i].key <= from[j].key;
    *to++ = from[first ? i : j];
    i += first;
    j += !first;
  }
  memcpy(to, from + i, (size_t)(middle - i) * sizeof *to);
  memcpy(to + (middle - i), from + j, (size_t)(n - j) * sizeof *to);
}

/* Sort *a by key, with *b of the same size to work in; they may trade places. */
static void sort_pairs(int64_t n, pair **a, pair **b) {
  for (int64_t i = 0; i < n; i += RUN)
    insert(tsri_min(RUN, n - i), *a + i);
  for (int64_t width = RUN; width < n; width *= 2) {
    for (int64_t i = 0; i < n; i += 2 * width)
      merge(tsri_min(width, n - i), tsri_min(2 * width, n - i), *a + i, *b + i);
    pair *sorted = *b;
    *b = *a;
    *a = sorted;
  }
}

/* ---- carrying elements ---- */

/* z[i] = x[pairs[i].index]; steps in elements. */
typedef void (*carry)(int64_t n, const pair *pairs, const void *x, int64_t x_step, void *z,
                      int64_t z_step);
typedef struct wide {
  uint64_t half[2];
} wide;
#define CARRY(bytes, T)                                                                            \
  static void carry_##bytes(int64_t n, const pair *pairs, const void *from, int64_t x_step,        \
                            void *to, int64_t z_step) {                                            \
    const T *x = from;                                                                             \
    T *z = to;                                                                                     \
    for (int64_t i = 0; i < n; i++)                                                                \
      z[i * z_step] = x[pairs[i].index * x_step];                                                  \
  }
CARRY(1, uint8_t)
CARRY(2, uint16_t)
CARRY(4, uint32_t)
CARRY(8, uint64_t)
CARRY(16, wide)
#undef CARRY

/* ---- the row ---- */

typedef struct operand {
  int64_t size, in_step, out_step; /* bytes of an element; strides along the axis */
  int64_t *in, *out;               /* [rank] strides of the other axes */
  read_keys read;
  carry carry; /* NULL: nobody reads this output */
} operand;

typedef struct sort_state {
  tsr_kernel_state state;
  int64_t n, lines, chunk; /* chunk: lines of one task */
  int32_t n_operands, n_keys, rank;
  uint64_t flip;
  int64_t *dims; /* [rank] of the other axes */
  operand *operands;
} sort_state;

enum {
  CHUNKS = 16 /* most tasks, each with two arrays of pairs */
};

static void plan_operand(operand *o, int64_t axis, const tsr_view *in, const tsr_view *out,
                         bool wanted) {
  static const carry carries[] = {
      [1] = carry_1, [2] = carry_2, [4] = carry_4, [8] = carry_8, [16] = carry_16};
  o->size = (int64_t)tsr_dtype_size(in->dtype);
  o->in_step = in->strides[axis];
  o->out_step = out->strides[axis];
  o->read = readers[in->dtype];
  o->carry = wanted ? carries[o->size] : NULL;
  for (int32_t a = 0, k = 0; a < in->rank; a++) {
    if (a == axis) continue;
    o->in[k] = in->strides[a];
    o->out[k++] = out->strides[a];
  }
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
  for (int32_t k = 0; k < rank; k++)
    s->dims[k] = p->in[0].dims[k + (k >= a->axis)];
  for (int32_t j = 0; j < n; j++) {
    s->operands[j].in = s->dims + (int64_t)rank * (1 + 2 * (int64_t)j);
    s->operands[j].out = s->operands[j].in + rank;
    plan_operand(&s->operands[j], a->axis, &p->in[j], &p->out[j], !p->wanted || p->wanted[j]);
  }
  s->lines = s->n == 0 ? 0 : tsri_product(rank, s->dims);
  s->chunk = tsri_max(tsri_ceil_div(s->lines, CHUNKS), tsri_max(1, TSRI_GRAIN / tsri_max(1, s->n)));
  const size_t tasks = (size_t)tsri_ceil_div(s->lines, s->chunk);
  if (__builtin_mul_overflow(2 * sizeof(pair) * tasks, (size_t)s->n, &p->workspace))
    p->workspace = SIZE_MAX;
  p->state = s;
  p->release = tsr_kernel_state_release;
  return TSR_OK;
}

typedef struct sort_job {
  const sort_state *state;
  const tsr_view *in, *out;
  pair *pairs; /* [chunks, 2, n] */
} sort_job;

static void sort_line(const sort_job *job, int64_t line, pair *a, pair *b) {
  const sort_state *s = job->state;
  for (int64_t i = 0; i < s->n; i++)
    a[i].index = i;
  for (int32_t k = s->n_keys; k-- > 0;) {
    const operand *o = &s->operands[k];
    const int64_t from = tsri_offset(s->rank, s->dims, o->in, line);
    o->read(s->n, (const char *)job->in[k].data + from * o->size, o->in_step, s->flip, a);
    sort_pairs(s->n, &a, &b);
  }
  for (int32_t j = 0; j < s->n_operands; j++) {
    const operand *o = &s->operands[j];
    if (!o->carry) continue;
    const int64_t from = tsri_offset(s->rank, s->dims, o->in, line);
    const int64_t to = tsri_offset(s->rank, s->dims, o->out, line);
    o->carry(s->n, a, (const char *)job->in[j].data + from * o->size, o->in_step,
             (char *)job->out[j].data + to * o->size, o->out_step);
  }
}

static tsr_status run_range(void *ctx, int64_t begin, int64_t end) {
  const sort_job *job = ctx;
  const sort_state *s = job->state;
  pair *a = job->pairs + begin / s->chunk * 2 * s->n;
  for (int64_t line = begin; line < end; line++)
    sort_line(job, line, a, a + s->n);
  return TSR_OK;
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const sort_state *s = c->state;
  sort_job job = {s, in, out, c->workspace};
  return tsri_parallel_ranges(stream, s->lines, s->chunk, run_range, &job);
}

const tsr_kernel tsri_sort_kernels[] = {
    {.op = &tsri_cpu_ops[TSR_OP_SORT],
     .dtypes = TSR_DTYPES_ORDERED | TSR_BIT(BOOL),
     .name = "cpu.sort",
     .prepare = prepare,
     .run = run}
};
const int32_t tsri_sort_kernel_count = TSRI_COUNT_OF(tsri_sort_kernels);
