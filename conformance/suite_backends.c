/* suite_backends.c - every sample on the asynchronous test device gives the bytes of the CPU.
 *
 * The device runs the same kernels, but later and on memory the host cannot reach, and checks
 * that every block lives as long as the work on it; compiled and eager.
 */
#include "holes.h"
#include "stage.h"
#include "tsr_mock.h"

#include <stdio.h>

#include "tsr/cpu.h"
#include "tsr/spi/kernels.h"

static tsr_status register_mock(tsr_runtime *rt) {
  return tsr_mock_register_over(rt, tsr_cpu_register, 0);
}

typedef struct job {
  const sample *s;
  const tsr_program *program;
  array in[SAMPLE_IN];
} job;

static tsr_status run_on(stage *w, const job *k, const char *device, bool eager, array *out) {
  tsr_tensor *in[SAMPLE_IN] = {NULL};
  tsr_status status = tsr_runtime_device(w->rt, device, &w->device);
  for (int32_t i = 0; i < k->s->n_in && status == TSR_OK; i++)
    status = stage_upload(w, &k->in[i], i % 2 ? PLACE_SPACED : PLACE_REVERSED, &in[i]);
  if (status == TSR_OK)
    status = eager ? stage_run_eager(w, k->s, in, out)
                   : stage_run(w, k->program, k->s->n_in, in, k->s->n_out, out);
  tsr_tensors_release(in, (size_t)k->s->n_in);
  return status;
}

static void check_sample(stage *w, const sample *s) {
  job k = {.s = s};
  tsr_program *program = NULL;
  array want[SAMPLE_OUT], got[SAMPLE_OUT];
  tsr_status status = TSR_OK;
  for (int32_t i = 0; i < s->n_in && status == TSR_OK; i++)
    status = array_draw(w, s, i, (domain){0.3, 1.2, true}, true, &k.in[i]);
  if (status == TSR_OK)
    status = stage_compile(w, stage_sample, s, s->n_in, k.in, s->n_out, NULL, &program);
  k.program = program;
  for (int eager = 0; eager < 2 && status == TSR_OK; eager++) {
    status = run_on(w, &k, "cpu", eager, want);
    if (status == TSR_OK) status = run_on(w, &k, "mock", eager, got);
    for (int32_t j = 0; status == TSR_OK && j < s->n_out; j++) {
      char a[80], b[80];
      int64_t n;
      w->n_checks++;
      if (!array_same(&got[j], &want[j], &n))
        stage_fail(w, "%s, %s: output %d, element %lld is %s, on the cpu %s", s->name,
                   eager ? "eager" : "compiled", j, (long long)n,
                   array_text(&got[j], n, a, sizeof a), array_text(&want[j], n, b, sizeof b));
    }
  }
  stage_ok(w, status, "%s", s->name);
  tsr_program_release(program);
  tsr_arena_reset(&w->arena);
}

static void suite(stage *w, const tsr_op *op) {
  static const tsr_dtype dtypes[] = {TSR_F32,  TSR_F64, TSR_C128, TSR_I64,
                                     TSR_BOOL, TSR_U64, TSR_BF16};
  if (op->family == TSR_FAMILY_EXTENSION && tsr_runtime_kernel(w->rt, "mock", op, 0) == NULL) {
    stage_note(w, "%s registers no kernels for the test device", op->name);
    return;
  }
  const size_t n = STAGE_SMALL ? 2 : sizeof dtypes / sizeof *dtypes;
  for (size_t i = 0; i < n; i++) {
    sample_list list;
    if (!(op->dtypes >> dtypes[i] & 1) || hole_find(HOLE_SAMPLES, op, dtypes[i]) != NULL) continue;
    if (stage_ok(w, samples_open(w->registry, op, dtypes[i], &list), "samples"))
      for (int32_t k = 0; k < list.n; k++)
        if (!list.at[k].is_large) check_sample(w, &list.at[k]);
    samples_close(&list);
  }
}

int main(int argc, char **argv) { return stage_main(argc, argv, suite, register_mock); }
