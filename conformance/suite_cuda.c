/* suite_cuda.c - every row of the CUDA backend by itself, and every sample as a program on it.
 *
 * Runs on whatever answers as "cuda": ctest has the emulated driver of testing/cuda, and
 * tools/gpu-check a GPU. Skipped (77) where nothing answers.
 */
#include "expect.h"
#include "holes.h"
#include "kernels.h"

#include <stdio.h>

#include "tsr/gpu.h"
#include "tsr/spi/kernels.h"

/* A program of one sample, traced once. */
typedef struct job {
  const sample *s;
  const tsr_program *program;
  array in[SAMPLE_IN];
} job;

static tsr_status run(stage *w, const job *k, placing layout, bool eager, array *out) {
  tsr_tensor *in[SAMPLE_IN] = {NULL};
  tsr_status status = TSR_OK;
  for (int32_t i = 0; i < k->s->n_in && status == TSR_OK; i++)
    status = stage_upload(w, &k->in[i], layout, &in[i]);
  if (status == TSR_OK)
    status = eager ? stage_run_eager(w, k->s, in, out)
                   : stage_run(w, k->program, k->s->n_in, in, k->s->n_out, out);
  tsr_tensors_release(in, (size_t)k->s->n_in);
  return status;
}

/* Ops that only move elements, and integers, give the bits that the CPU gives. Running sums of
 * floats have an order of their own on each, products and moduli of complex numbers roundings.
 */
static bool is_exact(const sample *s, const array *out) {
  const bool runs = s->op == tsr_op_core(TSR_OP_CUMSUM) && tsr_dtype_is_active(out->dtype);
  const bool is_complex = tsr_dtype_kind(out->dtype) == TSR_KIND_COMPLEX ||
                          (s->n_in > 0 && tsr_dtype_kind(s->in[0].dtype) == TSR_KIND_COMPLEX);
  return !runs && !expect_reorders(s, out) && s->body == NULL &&
         s->op->family != TSR_FAMILY_ANALYTIC && s->op->family != TSR_FAMILY_EXTENSION &&
         !(s->op->family == TSR_FAMILY_ELEMENTWISE && is_complex);
}

static void check_outputs(stage *w, const job *k, const expectation *e, const array *got,
                          const array *cpu, const char *what) {
  char a[80], b[80];
  int64_t n;
  for (int32_t j = 0; j < k->s->n_out; j++) {
    expect_check(w, k->s, e, j, &got[j], what);
    const bool exact = is_exact(k->s, &cpu[j]);
    if (e->is_known && !exact) continue;
    w->n_checks++;
    if (exact ? array_same(&got[j], &cpu[j], &n)
              : array_close(&got[j], &cpu[j], 64 * dtype_eps(cpu[j].dtype), 64, &n))
      continue;
    stage_fail(w, "%s, %s: output %d, element %lld is %s, on the cpu %s", k->s->name, what, j,
               (long long)n, array_text(&got[j], n, a, sizeof a),
               array_text(&cpu[j], n, b, sizeof b));
  }
}

static tsr_status check_program(stage *w, tsr_device *cuda, job *k) {
  array cpu[SAMPLE_OUT], got[SAMPLE_OUT];
  expectation e;
  TSR_TRY(expect(w, k->s, k->in, &e));
  TSR_TRY(tsr_runtime_device(w->rt, "cpu", &w->device));
  TSR_TRY(run(w, k, PLACE_C, false, cpu));
  w->device = cuda;
  for (placing p = 0; p < PLACE_COUNT; p++) {
    char what[64];
    if (p == PLACE_REPEATED || (p != PLACE_C && k->s->is_dense)) continue;
    for (int eager = 0; eager < (p == PLACE_C ? 2 : 1); eager++) {
      snprintf(what, sizeof what, "%s, operands %s", eager ? "eager" : "compiled",
               placing_names[p]);
      TSR_TRY(run(w, k, p, eager, got));
      check_outputs(w, k, &e, got, cpu, what);
    }
  }
  return TSR_OK;
}

static tsr_status check_sample(stage *w, tsr_device *cuda, const sample *s) {
  job k = {.s = s};
  tsr_program *program = NULL;
  for (int32_t i = 0; i < s->n_in; i++)
    TSR_TRY(array_draw(w, s, i, (domain){0.3, 1.2, true}, true, &k.in[i]));
  TSR_TRY(stage_compile(w, stage_sample, s, s->n_in, k.in, s->n_out, NULL, &program));
  k.program = program;
  const tsr_status status = check_program(w, cuda, &k);
  tsr_program_release(program);
  w->device = cuda;
  return status;
}

static void check_dtype(stage *w, tsr_device *cuda, const tsr_op *op, tsr_dtype dtype) {
  sample_list list;
  if (stage_ok(w, samples_open(w->registry, op, dtype, &list), "samples"))
    for (int32_t i = 0; i < list.n; i++) {
      if (list.at[i].is_large && list.at[i].body == NULL) continue; /* its rows have done it */
      stage_ok(w, check_sample(w, cuda, &list.at[i]), "%s", list.at[i].name);
      tsr_arena_reset(&w->arena);
    }
  samples_close(&list);
}

/* Of generated kernels one dtype of a kind: each needs a run of the compiler, and suite
 * generated has had the texts of all.
 */
static uint32_t dtypes_of(const tsr_op *op) {
  const bool generated = op->family == TSR_FAMILY_ELEMENTWISE ||
                         op->family == TSR_FAMILY_ANALYTIC || op->family == TSR_FAMILY_TYPE ||
                         op->family == TSR_FAMILY_REDUCTION;
  const uint32_t some = TSR_BIT(BOOL) | TSR_BIT(I8) | TSR_BIT(BF16) | TSR_BIT(F32) | TSR_BIT(C64);
  return op->dtypes & (generated ? some : TSR_DTYPES_ANY);
}

static void suite(stage *w, const tsr_op *op) {
  tsr_device *cuda = NULL;
  const bool computes = tsr_runtime_kernel(w->rt, "cuda", tsr_op_core(TSR_OP_ADD), 0) != NULL;
  if (tsr_runtime_kernel(w->rt, "cuda", op, 0) == NULL) {
    stage_note(w, "cuda has no kernel for %s", op->name);
    return;
  }
  if (op->family == TSR_FAMILY_CONTROL && op != tsr_op_core(TSR_OP_BARRIER) && !computes) {
    stage_note(w, "the bodies of %s need kernels that cuda does not have", op->name);
    return;
  }
  if (!stage_ok(w, tsr_runtime_device(w->rt, "cuda", &cuda), "cuda")) return;
  w->device = cuda;
  kernels_check(w, op, "cuda", dtypes_of(op));
  for (tsr_dtype dtype = 0; dtype < TSR_DTYPE_COUNT; dtype++)
    if (dtypes_of(op) >> dtype & 1 && hole_find(HOLE_SAMPLES, op, dtype) == NULL)
      check_dtype(w, cuda, op, dtype);
}

int main(int argc, char **argv) {
  int32_t n = 0;
  if (tsr_gpu_count(&n) != TSR_OK || n == 0) {
    printf("skipped: %s\n", tsr_error_message());
    return 77;
  }
  return stage_main(argc, argv, suite, tsr_gpu_register);
}
