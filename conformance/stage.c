/* stage.c - the main of a suite, its reports, and running samples. */
#include "stage.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tsr/cpu.h"
#if CONFORMANCE_FAMILIES
#include "tsr/fft.h"
#include "tsr/linalg.h"
#endif
#include "tsr/spi/graph.h"

/* ---- reports ---- */

#define PRINTED 12 /* failures written out */

void stage_fail(stage *w, const char *fmt, ...) {
  va_list args;
  if (w->n_failures++ >= PRINTED) return;
  va_start(args, fmt);
  printf("FAILED ");
  vprintf(fmt, args);
  printf("\n");
  va_end(args);
}

void stage_note(stage *w, const char *fmt, ...) {
  va_list args;
  w->n_notes++;
  va_start(args, fmt);
  printf("note: ");
  vprintf(fmt, args);
  printf("\n");
  va_end(args);
}

bool stage_ok(stage *w, tsr_status status, const char *fmt, ...) {
  va_list args;
  char what[400];
  w->n_checks++;
  if (status == TSR_OK) return true;
  va_start(args, fmt);
  vsnprintf(what, sizeof what, fmt, args);
  va_end(args);
  stage_fail(w, "%s: %s: %s", what, tsr_status_name(status), tsr_error_message());
  return false;
}

/* ---- main ---- */

tsr_status stage_runtime(tsr_register more, tsr_runtime **out) {
  tsr_register layers[4] = {tsr_cpu_register};
  size_t n = 1;
  if (more != NULL) layers[n++] = more;
#if CONFORMANCE_FAMILIES
  layers[n++] = tsr_linalg_register;
  layers[n++] = tsr_fft_register;
#endif
  return tsr_runtime_create((tsr_register_list){layers, n}, out);
}

static void run_op(stage *w, const tsr_op *op, stage_suite suite) {
  memset(w->covered, 0, sizeof w->covered);
  w->random = 1;
  suite(w, op);
}

static tsr_status run(stage *w, const char *name, stage_suite suite, tsr_register more) {
  TSR_TRY(stage_runtime(more, &w->rt));
  TSR_TRY(tsr_runtime_device(w->rt, "cpu", &w->device));
  w->registry = tsr_runtime_registry(w->rt);
  for (int32_t i = 0; name == NULL && i < tsr_registry_count(w->registry); i++)
    run_op(w, tsr_registry_op(w->registry, i), suite);
  if (name == NULL) return TSR_OK;
  const tsr_op *op = tsr_registry_find(w->registry, name);
  if (op == NULL) return TSR_FAIL(TSR_ERR_NOT_FOUND, "there is no op named %s", name);
  run_op(w, op, suite);
  return TSR_OK;
}

int stage_main(int argc, char **argv, stage_suite suite, tsr_register more) {
  stage w = {.random = 1};
  const char *name = argc > 1 ? argv[1] : NULL, *title = name != NULL ? name : "all ops";
  if (argc > 2) {
    fprintf(stderr, "usage: %s [OP]\n", argv[0]);
    return 2;
  }
  stage_ok(&w, run(&w, name, suite, more), "%s", title);
  tsr_arena_deinit(&w.arena);
  tsr_runtime_release(w.rt);
  if (!STAGE_SMALL && w.n_compared + w.n_explained + w.n_unexplained > 0)
    printf("%s: %d places compared with a second source, %d explained, %d unexplained\n", title,
           w.n_compared, w.n_explained, w.n_unexplained);
  printf("%s: %d checks, %d failures, %d notes\n", title, w.n_checks, w.n_failures, w.n_notes);
  return w.n_failures > 0;
}

/* ---- programs ---- */

static tsr_status declare(stage *w, tsr_builder *b, const array *a, tsr_value *out) {
  void *memory;
  TSR_TRY(tsr_arena_alloc(&w->arena, (size_t)a->rank * sizeof(tsr_dim), &memory));
  tsr_dim *dims = memory;
  for (int32_t k = 0; k < a->rank; k++)
    dims[k] = tsr_dim_of(a->dims[k]);
  *out = tsr_input(b, NULL, a->dtype, (tsr_shape){dims, (size_t)a->rank});
  return tsr_builder_status(b);
}

static tsr_status values(stage *w, int32_t n, tsr_value **out) {
  void *memory;
  TSR_TRY(tsr_arena_alloc(&w->arena, (size_t)n * sizeof(tsr_value), &memory));
  *out = memory;
  return TSR_OK;
}

static tsr_status trace(stage *w, tsr_builder *b, stage_body body, const void *ctx, int32_t n_in,
                        const array *in, int32_t n_out, tsr_value **out) {
  tsr_value *v;
  TSR_TRY(values(w, n_in, &v));
  TSR_TRY(values(w, n_out, out));
  for (int32_t i = 0; i < n_in; i++)
    TSR_TRY(declare(w, b, &in[i], &v[i]));
  return body(b, ctx, v, *out);
}

tsr_status stage_compile(stage *w, stage_body body, const void *ctx, int32_t n_in, const array *in,
                         int32_t n_out, const tsr_compile_options *options, tsr_program **out) {
  tsr_builder *b;
  tsr_value *v;
  *out = NULL;
  TSR_TRY(tsr_trace_open(w->rt, &b));
  const tsr_status status = trace(w, b, body, ctx, n_in, in, n_out, &v);
  if (status == TSR_OK) return tsr_compile_with(b, tsr_values_of(v, (size_t)n_out), options, out);
  tsr_builder_close(b);
  return status;
}

tsr_status stage_run(stage *w, const tsr_program *program, int32_t n_in, tsr_tensor *const *in,
                     int32_t n_out, array *out) {
  void *memory;
  TSR_TRY(tsr_arena_alloc(&w->arena, (size_t)n_out * sizeof(tsr_tensor *), &memory));
  tsr_tensor **made = memory;
  const tsr_tensor_list list = {in, (size_t)n_in};
  TSR_TRY(tsr_program_run(program, w->device, list, made, (size_t)n_out));
  tsr_status status = TSR_OK;
  for (int32_t j = 0; j < n_out && status == TSR_OK; j++)
    status = stage_read(w, made[j], &out[j]);
  tsr_tensors_release(made, (size_t)n_out);
  return status;
}

tsr_status stage_read_values(stage *w, tsr_builder *b, int32_t n, const tsr_value *values,
                             array *out) {
  for (int32_t j = 0; j < n; j++) {
    tsr_tensor *t;
    TSR_TRY(tsr_to_tensor(b, values[j], &t));
    const tsr_status status = stage_read(w, t, &out[j]);
    tsr_tensor_release(t);
    TSR_TRY(status);
  }
  return TSR_OK;
}

tsr_status stage_run_eager(stage *w, const sample *s, tsr_tensor *const *in, array *out) {
  tsr_builder *b;
  tsr_value v[SAMPLE_IN], z[SAMPLE_OUT];
  TSR_TRY(tsr_eager_open(w->rt, tsr_device_name(w->device), &b));
  for (int32_t i = 0; i < s->n_in; i++)
    v[i] = tsr_from_tensor(b, in[i]);
  tsr_status status = sample_emit(b, s, v, z);
  if (status == TSR_OK) status = stage_read_values(w, b, s->n_out, z, out);
  tsr_builder_close(b);
  return status;
}

tsr_status stage_compute(stage *w, stage_body body, const void *ctx, int32_t n_in, const array *in,
                         int32_t n_out, array *out) {
  void *memory;
  tsr_program *program = NULL;
  TSR_TRY(tsr_arena_alloc(&w->arena, (size_t)n_in * sizeof(tsr_tensor *), &memory));
  tsr_tensor **tensors = memory;
  tsr_status status = stage_compile(w, body, ctx, n_in, in, n_out, NULL, &program);
  for (int32_t i = 0; i < n_in && status == TSR_OK; i++)
    status = stage_upload(w, &in[i], PLACE_C, &tensors[i]);
  if (status == TSR_OK) status = stage_run(w, program, n_in, tensors, n_out, out);
  tsr_tensors_release(tensors, (size_t)n_in);
  tsr_program_release(program);
  return status;
}

tsr_status stage_sample(tsr_builder *b, const void *ctx, const tsr_value *in, tsr_value *out) {
  return sample_emit(b, ctx, in, out);
}

tsr_status stage_graph(stage *w, const sample *s, const array *in, tsr_graph **out) {
  tsr_builder *b;
  tsr_value *v;
  *out = NULL;
  TSR_TRY(tsr_trace_open(w->rt, &b));
  const tsr_status status = trace(w, b, stage_sample, s, s->n_in, in, s->n_out, &v);
  if (status == TSR_OK)
    return tsr_graph_builder_finish(b, tsr_values_of(v, (size_t)s->n_out), NULL, NULL, out);
  tsr_builder_close(b);
  return status;
}
