/* suite_values.c - every op on every dtype: what it computes, and that it does not depend on
 * how it is run.
 *
 * Each sample is compiled and compared with the oracle; then run on operands in every memory
 * layout, eagerly, over symbolic sizes, with fusion off, unoptimised and on several threads, which must all agree.
 */
#include "coverage.h"
#include "expect.h"
#include "holes.h"

#include <stdio.h>

#include "tsr/cpu.h"

typedef struct job {
  const sample *s;
  const array *in;
  array base[SAMPLE_OUT];
  bool is_known; /* base was compared with the oracle */
} job;

/* ---- ways to run ---- */

static void agree(stage *w, const job *k, const array *out, const char *what) {
  for (int32_t j = 0; j < k->s->n_out; j++)
    expect_agree(w, k->s, &out[j], &k->base[j], j, what);
}

static tsr_status upload(stage *w, const job *k, placing layout, tsr_tensor **out) {
  for (int32_t i = 0; i < k->s->n_in; i++)
    out[i] = NULL;
  for (int32_t i = 0; i < k->s->n_in; i++)
    TSR_TRY(stage_upload(w, &k->in[i], layout, &out[i]));
  return TSR_OK;
}

static tsr_status run_placed(stage *w, const job *k, const tsr_program *program, placing layout,
                             array *out) {
  tsr_tensor *in[SAMPLE_IN];
  tsr_status status = upload(w, k, layout, in);
  if (status == TSR_OK) status = stage_run(w, program, k->s->n_in, in, k->s->n_out, out);
  tsr_tensors_release(in, (size_t)k->s->n_in);
  return status;
}

static tsr_status run_eager(stage *w, const job *k, placing layout, array *out) {
  tsr_tensor *in[SAMPLE_IN];
  tsr_status status = upload(w, k, layout, in);
  if (status == TSR_OK) status = stage_run_eager(w, k->s, in, out);
  tsr_tensors_release(in, (size_t)k->s->n_in);
  return status;
}

static void check_layouts(stage *w, const job *k, const tsr_program *program) {
  array out[SAMPLE_OUT];
  for (placing p = PLACE_C + 1; p < PLACE_REPEATED; p++)
    if (stage_ok(w, run_placed(w, k, program, p, out), "%s, %s", k->s->name, placing_names[p])) {
      agree(w, k, out, placing_names[p]);
      if (k->is_known) coverage_layout(w, k->s, k->in, p);
    }
  if (stage_ok(w, run_eager(w, k, PLACE_REVERSED, out), "%s, eager, reversed", k->s->name))
    agree(w, k, out, "eager, reversed");
}

/* Compare k->base with the oracle, where the problem has one answer. */
static void judge(stage *w, job *k, const char *what) {
  expectation e;
  if (!stage_ok(w, expect(w, k->s, k->in, &e), "%s, by the oracle", k->s->name)) return;
  k->is_known = e.is_known && e.is_posed;
  if (k->is_known) expect_check_all(w, k->s, &e, k->base, what);
}

/* Operands whose slices are all the same, once dense and once with stride 0. */
static void check_repeated(stage *w, const job *k, const tsr_program *program) {
  job repeated = *k;
  array in[SAMPLE_IN], out[SAMPLE_OUT];
  bool any = false;
  for (int32_t i = 0; i < k->s->n_in; i++) {
    const tsr_dims dims = {k->in[i].dims, (size_t)k->in[i].rank};
    if (!stage_ok(w, array_make(w, k->in[i].dtype, dims, &in[i]), "%s", k->s->name)) return;
    for (int64_t n = 0; n < in[i].n; n++)
      array_set(&in[i], n, array_get(&k->in[i], n));
    array_repeat(&in[i]);
    any = any || (in[i].rank > 0 && in[i].n > 0);
  }
  repeated.in = in;
  if (!any) return;
  const tsr_status status = run_placed(w, &repeated, program, PLACE_C, repeated.base);
  if (status == TSR_ERR_NUMERIC) return; /* equal rows are singular */
  if (!stage_ok(w, status, "%s, repeated in C order", k->s->name)) return;
  judge(w, &repeated, "repeated in C order");
  if (!stage_ok(w, run_placed(w, &repeated, program, PLACE_REPEATED, out), "%s, stride 0",
                k->s->name))
    return;
  agree(w, &repeated, out, "stride 0");
  if (repeated.is_known) coverage_layout(w, k->s, in, PLACE_REPEATED);
}

static void check_eager(stage *w, const job *k) {
  array out[SAMPLE_OUT];
  if (stage_ok(w, run_eager(w, k, PLACE_C, out), "%s, eager", k->s->name))
    agree(w, k, out, "eager");
}

/* z and something of z, so that there is something to fuse. */
static tsr_status sample_and_more(tsr_builder *b, const void *ctx, const tsr_value *in,
                                  tsr_value *out) {
  const sample *s = ctx;
  TSR_TRY(sample_emit(b, s, in, out));
  tsr_type type;
  TSR_TRY(tsr_value_type(b, out[0], &type));
  out[s->n_out] = type.dtype == TSR_BOOL ? tsr_eq(b, out[0], out[0]) : tsr_add(b, out[0], out[0]);
  return tsr_builder_status(b);
}

static void check_options(stage *w, const job *k) {
  static const tsr_compile_options options[] = {{.keep_all = true}, {.no_fusion = true}, {0}};
  static const char *const names[] = {"unoptimised", "without fusion", "fused"};
  array out[SAMPLE_OUT + 1], first;
  for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
    tsr_program *program = NULL;
    tsr_tensor *in[SAMPLE_IN] = {NULL};
    tsr_status status = stage_compile(w, sample_and_more, k->s, k->s->n_in, k->in, k->s->n_out + 1,
                                      &options[i], &program);
    if (status == TSR_OK) status = upload(w, k, PLACE_C, in);
    if (status == TSR_OK) status = stage_run(w, program, k->s->n_in, in, k->s->n_out + 1, out);
    if (stage_ok(w, status, "%s, %s", k->s->name, names[i])) {
      agree(w, k, out, names[i]);
      if (i == 0) first = out[k->s->n_out];
      expect_agree(w, k->s, &out[k->s->n_out], &first, k->s->n_out, names[i]);
    }
    tsr_tensors_release(in, (size_t)k->s->n_in);
    tsr_program_release(program);
  }
}

/* The same over sizes that are known only when it runs. */
static tsr_status compile_symbolic(stage *w, const sample *s, tsr_program **out) {
  static const char *const names[] = {"n0", "n1", "n2"};
  tsr_builder *b;
  tsr_value in[SAMPLE_IN], z[SAMPLE_OUT];
  TSR_TRY(tsr_trace_open(w->rt, &b));
  for (int32_t i = 0; i < s->n_in; i++) {
    tsr_dim dims[3];
    for (size_t d = 0; d < s->in[i].dims.n; d++)
      dims[d] = tsr_dim_symbol(b, names[d]);
    in[i] = tsr_input(b, NULL, s->in[i].dtype, (tsr_shape){dims, s->in[i].dims.n});
  }
  (void)tsr_builder_fail(b, sample_emit(b, s, in, z)); /* comes out of compile */
  return tsr_compile(b, tsr_values_of(z, (size_t)s->n_out), out);
}

static void check_symbolic(stage *w, const job *k) {
  tsr_program *program = NULL;
  array out[SAMPLE_OUT];
  if (!samples_row_suffices(k->s->op) || k->s->in[0].dims.n > 3) return;
  if (stage_ok(w, compile_symbolic(w, k->s, &program), "%s, symbolic sizes", k->s->name) &&
      stage_ok(w, run_placed(w, k, program, PLACE_PERMUTED, out), "%s, symbolic sizes", k->s->name))
    agree(w, k, out, "symbolic sizes");
  tsr_program_release(program);
}

static void check_threads(stage *w, const job *k, const tsr_program *program) {
  static const int32_t counts[] = {1, 2, 4};
  array out[SAMPLE_OUT], first[SAMPLE_OUT];
  int64_t n;
  for (size_t t = 0; t < sizeof counts / sizeof *counts; t++) {
    tsr_status status = tsr_cpu_set_threads(w->device, counts[t]);
    if (status == TSR_OK) status = run_placed(w, k, program, PLACE_C, t == 0 ? first : out);
    if (!stage_ok(w, status, "%s, %d threads", k->s->name, counts[t])) return;
    for (int32_t j = 0; t > 0 && j < k->s->n_out; j++)
      if (!array_same(&out[j], &first[j], &n))
        stage_fail(w, "%s: %d threads give other bits than one: output %d, element %lld",
                   k->s->name, counts[t], j, (long long)n);
  }
}

/* ---- one sample ---- */

static domain floats_of(const sample *s) {
  return s->op->family == TSR_FAMILY_CONTROL ? (domain){0.1, 1.1, true} : (domain){0.1, 3, true};
}

/* Operands on which the sample runs; integers small and positive if it refuses others. */
static bool find_operands(stage *w, const sample *s, const tsr_program *program, job *k,
                          array *in) {
  tsr_status status = TSR_OK;
  for (int tame = 0; tame < 2; tame++) {
    for (int32_t i = 0; i < s->n_in; i++)
      if (!stage_ok(w, array_draw(w, s, i, floats_of(s), tame, &in[i]), "%s", s->name))
        return false;
    status = run_placed(w, k, program, PLACE_C, k->base);
    if (status != TSR_ERR_NUMERIC) break;
  }
  return stage_ok(w, status, "%s", s->name);
}

static void check_sample(stage *w, const sample *s) {
  array in[SAMPLE_IN];
  job k = {.s = s, .in = in};
  tsr_program *program = NULL;
  for (int32_t i = 0; i < s->n_in; i++) /* types alone: compiling comes first */
    in[i] = (array){s->in[i].dtype, (int32_t)s->in[i].dims.n, s->in[i].dims.data, 0, 0, NULL};
  if (!stage_ok(w, stage_compile(w, stage_sample, s, s->n_in, in, s->n_out, NULL, &program), "%s",
                s->name))
    return;
  if (find_operands(w, s, program, &k, in)) {
    judge(w, &k, "compiled");
    if (k.is_known)
      coverage_sample(w, s, in, k.base);
    else
      stage_fail(w, "%s: the oracle does not know it, or it has no one answer", s->name);
    if (!s->is_dense) check_layouts(w, &k, program);
    if (!s->is_dense) check_repeated(w, &k, program);
    check_eager(w, &k);
    if (!s->is_large) check_options(w, &k);
    check_symbolic(w, &k);
    if (s->is_large) check_threads(w, &k, program);
  }
  tsr_program_release(program);
  tsr_arena_reset(&w->arena);
}

static void suite(stage *w, const tsr_op *op) {
  const uint32_t small = TSR_BIT(BOOL) | TSR_BIT(U8) | TSR_BIT(I32) | TSR_BIT(U64) | TSR_BIT(F16) |
                         TSR_BIT(F64) | TSR_BIT(C64);
  uint32_t tested = 0;
  for (w->key = 0; w->key < TSR_DTYPE_COUNT; w->key++) {
    sample_list list;
    const uint32_t bit = UINT32_C(1) << w->key;
    if (!(op->dtypes & bit) || (STAGE_SMALL && !(small & bit))) continue;
    if (hole_find(HOLE_SAMPLES, op, w->key) != NULL) continue;
    if (stage_ok(w, samples_open(w->registry, op, w->key, &list), "samples"))
      for (int32_t i = 0; i < list.n; i++)
        if (!STAGE_SMALL || !list.at[i].is_large) check_sample(w, &list.at[i]);
    samples_close(&list);
    tested |= bit;
  }
  coverage_report(w, op, COVER_SCALAR, COVER_EDGES, tested);
}

int main(int argc, char **argv) { return stage_main(argc, argv, suite, NULL); }
