/* suite_threads.c - a program of many kinds of ops gives the same bytes on 1, 2 and 4 threads.
 *
 * Its arrays are large enough that every kernel cuts its work into chunks: products,
 * permuted sums, gathers, scatters, a scan, random numbers, and a gradient of it all.
 */
#include "stage.h"

#include <stdio.h>

#include "tsr/ad.h"
#include "tsr/cpu.h"

#define ROWS  (STAGE_SMALL ? 96 : 400)
#define COLS  (STAGE_SMALL ? 80 : 300)
#define N_IN  3
#define N_OUT 6

static tsr_status step(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_sin(b, tsr_add(b, tsr_mul(b, in[0], tsr_scalar(b, 0.9)), in[1]));
  out[1] = tsr_reduce_sum(b, out[0], TSR_ALL_AXES);
  return TSR_OK;
}

/* x[rows, cols], y[cols, rows], i[rows] */
static tsr_status mixed(tsr_builder *b, const void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  static const int64_t one[] = {1}, zero[] = {0};
  const tsr_value x = in[0], y = in[1];
  const tsr_value xt = tsr_transpose(b, x, TSR_ALL_AXES);
  const tsr_value taken = tsr_take(b, x, in[2], 0);
  const tsr_dot_general_attrs product = {
      .lhs_contract = {one,  1},
        .rhs_contract = {zero, 1}
  };
  const tsr_value z = tsr_dot_general(b, tsr_exp(b, tsr_neg(b, tsr_mul(b, x, taken))),
                                      tsr_add(b, y, tsr_cos(b, xt)), &product);
  const tsr_scatter_attrs rows = {
      .update_window_dims = {one,  1},
      .inserted_window_dims = {zero, 1},
      .scatter_dims_to_operand_dims = {zero, 1},
      .index_vector_dim = 1
  };
  const tsr_value scattered = tsr_scatter_add(b, x, in[2], taken, &rows);
  tsr_value r[2], bits[2];
  TSR_TRY(tsr_scan(
      b, step, NULL,
      TSR_VALUES(tsr_slice(b, x, TSR_SHAPE({0}, {0}), TSR_SHAPE({1}, {COLS}), TSR_NO_AXES)),
      TSR_VALUES(tsr_expand_dims(b, x, TSR_AXES(1))), tsr_dim_of(ROWS), TSR_SCAN_FORWARD, 1, r));
  TSR_TRY(tsr_rng_bit_generator(b, tsr_rng_state(b, 7), TSR_U32, TSR_SHAPE({ROWS}, {COLS}), bits));
  out[0] = z;
  out[1] = tsr_mean(b, tsr_mul(b, z, z), TSR_AXES(0));
  out[2] = scattered;
  out[3] = tsr_argmax(b, scattered, 0);
  out[4] = bits[1];
  const tsr_value loss = tsr_add(
      b, tsr_add(b, tsr_sum(b, out[1], TSR_ALL_AXES), tsr_reduce_max(b, scattered, TSR_ALL_AXES)),
      tsr_sum(b, r[1], TSR_ALL_AXES));
  out[5] = tsr_grad(b, loss, x);
  return tsr_builder_status(b);
}

static tsr_status operands(stage *w, tsr_dtype dtype, array *in) {
  const tsr_dims dims[N_IN] = {TSR_DIMS(ROWS, COLS), TSR_DIMS(COLS, ROWS), TSR_DIMS(ROWS)};
  for (int32_t i = 0; i < N_IN; i++) {
    const sample s = {.n_in = 1,
                      .in = {{.dtype = i == 2 ? TSR_I64 : dtype,
                              .dims = dims[i],
                              .low = 0,
                              .high = i == 2 ? ROWS - 1 : 0}}};
    TSR_TRY(array_draw(w, &s, 0, (domain){0.1, 1, true}, false, &in[i]));
  }
  return TSR_OK;
}

static tsr_status run_on(stage *w, const tsr_program *program, int32_t threads,
                         tsr_tensor *const *in, array *out) {
  TSR_TRY(tsr_cpu_set_threads(w->device, threads));
  return stage_run(w, program, N_IN, in, N_OUT, out);
}

static void check_dtype(stage *w, tsr_dtype dtype) {
  static const int32_t counts[] = {1, 2, 4, 2, 1};
  const char *name = tsr_dtype_name(dtype);
  array in[N_IN], first[N_OUT], out[N_OUT];
  tsr_tensor *tensors[N_IN] = {NULL};
  tsr_program *program = NULL;
  int64_t n;
  tsr_status status = operands(w, dtype, in);
  if (status == TSR_OK) status = stage_compile(w, mixed, NULL, N_IN, in, N_OUT, NULL, &program);
  for (int32_t i = 0; i < N_IN && status == TSR_OK; i++)
    status = stage_upload(w, &in[i], PLACE_C, &tensors[i]);
  for (size_t t = 0; t < sizeof counts / sizeof *counts && status == TSR_OK; t++) {
    status = run_on(w, program, counts[t], tensors, t == 0 ? first : out);
    for (int32_t j = 0; t > 0 && status == TSR_OK && j < N_OUT; j++) {
      w->n_checks++;
      if (!array_same(&out[j], &first[j], &n))
        stage_fail(w, "%s: %d threads give other bits than one: output %d, element %lld", name,
                   counts[t], j, (long long)n);
    }
  }
  stage_ok(w, status, "%s", name);
  tsr_tensors_release(tensors, N_IN);
  tsr_program_release(program);
  tsr_arena_reset(&w->arena);
}

static void suite(stage *w, const tsr_op *op) {
  (void)op;
  check_dtype(w, TSR_F64);
  check_dtype(w, TSR_F32);
}

/* The op is only there because every suite has one. */
int main(void) {
  char name[] = "suite_threads", op[] = "add";
  char *argv[] = {name, op};
  return stage_main(2, argv, suite, NULL);
}
