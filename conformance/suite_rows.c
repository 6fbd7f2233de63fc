/* suite_rows.c - random programs of rows give the bits that their operations give singly.
 *
 * usage: suite_rows FIRST_SEED
 * A program works on x[shape] and on numbers of its rows along random axes: reductions over these
 * axes, elementwise steps on either kind of value, and rows brought back into the loop. It is
 * compiled with and without fusion and run on operands in several layouts. Shapes reach from no
 * elements to rows that are cut for threads. suite_programs compares such programs, smaller ones,
 * with the oracle.
 */
#include "stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tsr/cpu.h"

enum {
  N_IN = 3,
  N_OUT = 4,
  N_STEPS = 12
};
#define SEEDS (STAGE_SMALL ? 10 : 60)

/* Axes are bits. */
typedef struct form {
  int32_t rank;
  int64_t dims[3];
  int32_t axes;
} form;

static const form forms[] = {
    {2, {7, 5},        2},
    {2, {7, 5},        1},
    {2, {1, 1},        2},
    {2, {4, 0},        2},
    {2, {0, 4},        2},
    {2, {33, 256},     2},
    {2, {33, 257},     2},
    {2, {300, 40},     1},
    {3, {3, 17, 5},    2},
    {3, {3, 17, 5},    5},
    {3, {4, 33, 20},   6},
    {3, {4, 33, 20},   3},
    {3, {5, 6, 7},     7},
    {1, {3000},        1},
    {2, {3000, 3},     2},
    {2, {3, 3000},     1},
    {2, {5, 4096},     2},
    {2, {700, 70},     1},
    {2, {40, 600},     1},
    {3, {5, 300, 130}, 2},
    {2, {9, 1000},     2},
    {1, {150000},      1},
    {2, {2, 100000},   2},
    {3, {2, 50000, 2}, 2},
};

typedef struct maker {
  stage *w; /* for random numbers, the same at every tracing */
  uint64_t seed;
  const form *f;
  tsr_value full[N_STEPS + 2], row[N_STEPS + 2]; /* rows have size 1 along the axes */
  int32_t n_full, n_row;
} maker;

static int32_t below(maker *m, int32_t n) { return (int32_t)(draw(m->w) % (uint64_t)n); }

static tsr_axes axes_of(const form *f, int64_t *room) {
  size_t n = 0;
  for (int32_t a = 0; a < f->rank; a++)
    if (f->axes >> a & 1) room[n++] = a;
  return (tsr_axes){room, n};
}

static tsr_value reduced(maker *m, tsr_builder *b, tsr_value x) {
  int64_t room[3];
  const tsr_axes axes = axes_of(m->f, room);
  const tsr_value small = tsr_mul(b, x, tsr_scalar(b, 0.125));
  tsr_value y = TSR_NO_VALUE;
  switch (below(m, 4)) {
  case 0:
    y = tsr_reduce_max(b, x, axes);
    break;
  case 1:
    y = tsr_reduce_min(b, x, axes);
    break;
  case 2:
    y = tsr_sin(b, tsr_reduce_sum(b, x, axes));
    break;
  default:
    y = tsr_log(b, tsr_reduce_sum(b, tsr_exp(b, small), axes));
    break;
  }
  return tsr_expand_dims(b, y, axes);
}

static tsr_value combined(maker *m, tsr_builder *b, tsr_value x, tsr_value y) {
  switch (below(m, 5)) {
  case 0:
    return tsr_sub(b, x, y);
  case 1:
    return tsr_mul(b, x, y);
  case 2:
    return tsr_div(b, x, tsr_add(b, tsr_abs(b, y), tsr_scalar(b, 1.5)));
  case 3:
    return tsr_select(b, tsr_lt(b, x, y), y, x);
  default:
    return tsr_exp(b, tsr_sin(b, tsr_add(b, x, y)));
  }
}

static tsr_value any_row(maker *m) { return m->row[below(m, m->n_row)]; }
static tsr_value any_full(maker *m) { return m->full[below(m, m->n_full)]; }

static void add_step(maker *m, tsr_builder *b) {
  const tsr_value x = any_full(m), r = any_row(m);
  const int32_t what = (int32_t)below(m, 4);
  const tsr_value made = what == 0   ? reduced(m, b, x)
                         : what == 1 ? combined(m, b, r, any_row(m))
                         : what == 2 ? combined(m, b, x, any_full(m))
                                     : combined(m, b, x, r);
  if (what < 2)
    m->row[m->n_row++] = made;
  else
    m->full[m->n_full++] = made;
}

/* in: x over the loop, a number for each row, a weight for each place in a row. */
static tsr_status program(tsr_builder *b, const void *ctx, const tsr_value *in, tsr_value *out) {
  maker m = *(const maker *)ctx;
  m.w->random = m.seed;
  m.n_full = m.n_row = 0;
  m.full[m.n_full++] = tsr_mul(b, in[0], in[2]);
  m.row[m.n_row++] = in[1];
  m.row[m.n_row++] = reduced(&m, b, in[0]);
  while (m.n_full + m.n_row < N_STEPS)
    add_step(&m, b);
  out[0] = combined(&m, b, m.full[m.n_full - 1], m.row[m.n_row - 1]);
  out[1] = m.row[m.n_row - 1];
  out[2] = m.full[below(&m, m.n_full)];
  out[3] = combined(&m, b, reduced(&m, b, out[0]), out[1]);
  return tsr_builder_status(b);
}

static tsr_status draw_operand(stage *w, const form *f, int32_t i, tsr_dtype dtype, array *out) {
  int64_t dims[3];
  for (int32_t a = 0; a < f->rank; a++) {
    const bool along = f->axes >> a & 1;
    dims[a] = i == 0 || (i == 1) != along ? f->dims[a] : 1;
  }
  const sample s = {.n_in = 1, .in = {{.dtype = dtype, .dims = {dims, (size_t)f->rank}}}};
  return array_draw(w, &s, 0, (domain){0.1, 4, true}, false, out);
}

static tsr_status run(stage *w, const maker *m, const array *in, placing layout, bool fused,
                      array *out) {
  const tsr_compile_options options = {.no_fusion = !fused};
  tsr_program *p = NULL;
  tsr_tensor *t[N_IN] = {NULL};
  tsr_status status = stage_compile(w, program, m, N_IN, in, N_OUT, &options, &p);
  for (int32_t i = 0; i < N_IN && status == TSR_OK; i++)
    status = stage_upload(w, &in[i], layout, &t[i]);
  if (status == TSR_OK) status = stage_run(w, p, N_IN, t, N_OUT, out);
  tsr_tensors_release(t, N_IN);
  tsr_program_release(p);
  return status;
}

static void check(stage *w, uint64_t seed) {
  static const tsr_dtype dtypes[] = {TSR_F32, TSR_F64, TSR_BF16};
  maker m = {.w = w, .seed = seed * 1000 + 1, .f = &forms[seed % (sizeof forms / sizeof *forms)]};
  const tsr_dtype dtype = dtypes[seed % 3];
  array in[N_IN], want[N_OUT], got[N_OUT];
  w->random = seed;
  for (int32_t i = 0; i < N_IN; i++)
    if (!stage_ok(w, draw_operand(w, m.f, i, dtype, &in[i]), "operands")) return;
  if (!stage_ok(w, run(w, &m, in, PLACE_C, false, want), "program %llu", (unsigned long long)seed))
    return;
  for (placing layout = 0; layout < PLACE_REPEATED; layout++) {
    if (!stage_ok(w, run(w, &m, in, layout, true, got), "program %llu, fused",
                  (unsigned long long)seed))
      return;
    for (int32_t j = 0; j < N_OUT; j++) {
      char a[80], b[80];
      int64_t n;
      w->n_checks++;
      if (!array_same(&got[j], &want[j], &n))
        stage_fail(w, "program %llu of %s, operands %s: output %d, element %lld is %s, not %s",
                   (unsigned long long)seed, tsr_dtype_name(dtype), placing_names[layout], (int)j,
                   (long long)n, array_text(&got[j], n, a, sizeof a),
                   array_text(&want[j], n, b, sizeof b));
    }
  }
}

static uint64_t first_seed;

static void suite(stage *w, const tsr_op *op) {
  (void)op;
  for (uint64_t seed = first_seed; seed < first_seed + SEEDS; seed++) {
    check(w, seed);
    tsr_arena_reset(&w->arena);
  }
}

int main(int argc, char **argv) {
  char op[] = "fused";
  char *args[] = {argv[0], op, NULL};
  first_seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
  return stage_main(2, args, suite, NULL);
}
