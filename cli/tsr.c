/* tsr.c - the command-line tool: what is installed here, and does it work.
 *
 *   tsr info    version, devices, vendor libraries, one self-test each
 *   tsr ops     the catalogue of core operations
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <tsr/cpu.h>
#include <tsr/eager.h>
#include <tsr/einsum.h>
#include <tsr/fft.h>
#include <tsr/gpu.h>
#include <tsr/linalg.h>
#include <tsr/ops.h>
#include <tsr/runtime.h>

/* ---- self-tests: each computes a number that is known ---- */

static tsr_value check_sum(tsr_builder *b) { /* 0 + 1 + ... + 99 */
  tsr_value i = tsr_iota(b, TSR_F64, TSR_SHAPE(tsr_dim_of(100)), 0);
  return tsr_sum(b, i, TSR_ALL_AXES);
}

static tsr_value check_matmul(tsr_builder *b) { /* ones [32, 64] times ones [64, 32], summed */
  tsr_value x = tsr_ones(b, TSR_F64, TSR_SHAPE(tsr_dim_of(32), tsr_dim_of(64)));
  tsr_value y = tsr_ones(b, TSR_F64, TSR_SHAPE(tsr_dim_of(64), tsr_dim_of(32)));
  return tsr_sum(b, tsr_matmul(b, x, y), TSR_ALL_AXES);
}

static tsr_value check_solve(tsr_builder *b) { /* [[2, 1], [1, 3]] x = [3, 4]: x = 1, 1 */
  tsr_value a = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 2), (double[]){2, 1, 1, 3});
  tsr_value rhs = tsr_from_data(b, TSR_F64, TSR_DIMS(2), (double[]){3, 4});
  return tsr_sum(b, tsr_solve(b, a, rhs), TSR_ALL_AXES);
}

static tsr_value check_fft(tsr_builder *b) { /* the transform of ones is n at 0 and 0 elsewhere */
  tsr_value x = tsr_ones(b, TSR_C128, TSR_SHAPE(tsr_dim_of(60)));
  tsr_value z = tsr_fft(b, x, TSR_ALL_AXES, TSR_FFT_BACKWARD);
  return tsr_real(b, tsr_sum(b, z, TSR_ALL_AXES));
}

static const struct {
  const char *name;
  tsr_value (*make)(tsr_builder *b);
  double want;
} checks[] = {
    {"sum",            check_sum,    4950 },
    {"matmul (BLAS)",  check_matmul, 65536},
    {"solve (LAPACK)", check_solve,  2    },
    {"fft",            check_fft,    60   },
};

static int run_check(tsr_runtime *rt, size_t i) {
  tsr_builder *b;
  double got = NAN;
  tsr_status status = tsr_eager_open(rt, "cpu", &b);
  if (status == TSR_OK) {
    status = tsr_read(b, checks[i].make(b), &got, sizeof got);
    tsr_builder_close(b);
  }
  bool right = status == TSR_OK && fabs(got - checks[i].want) < 1e-9;
  printf("  %-16s %s\n", checks[i].name, right ? "ok" : "WRONG");
  if (status != TSR_OK)
    printf("    %s\n", tsr_error_message());
  else if (!right)
    printf("    %g, expected %g\n", got, checks[i].want);
  return !right;
}

static void show_gpu(void) {
  int32_t n;
  if (tsr_gpu_count(&n) == TSR_OK)
    printf("CUDA devices: %d\n", n);
  else
    printf("CUDA devices: none\n  %s\n", tsr_error_message());
}

static int info(void) {
  tsr_runtime *rt;
  printf("tessera %s\n", TSR_VERSION);
  tsr_status status = tsr_runtime_create(
      TSR_WITH(tsr_cpu_register, tsr_einsum_register, tsr_linalg_register, tsr_fft_register), &rt);
  tsr_device *cpu = NULL;
  if (status == TSR_OK) status = tsr_runtime_device(rt, "cpu", &cpu);
  if (status != TSR_OK) {
    fprintf(stderr, "%s\n", tsr_error_message());
    tsr_runtime_release(rt);
    return 1;
  }
  printf("device %s: %d threads, BLAS core %s\n", tsr_device_name(cpu), tsr_cpu_threads(cpu),
         tsr_cpu_blas_name());
  show_gpu();
  printf("self-tests:\n");
  int wrong = 0;
  for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
    wrong += run_check(rt, i);
  tsr_runtime_release(rt);
  return wrong != 0;
}

static int ops(void) {
  for (int id = 0; id < TSR_OP_CORE_COUNT; id++) {
    const tsr_op *op = tsr_op_core((tsr_op_id)id);
    printf("%-22s %s\n", op->name, op->synopsis);
  }
  return 0;
}

static const struct {
  const char *name;
  int (*run)(void);
  const char *what;
} commands[] = {
    {"info", info, "version, devices, vendor libraries, self-tests"},
    {"ops",  ops,  "the catalogue of core operations"              },
};

int main(int argc, char **argv) {
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
    if (argc == 2 && strcmp(argv[1], commands[i].name) == 0) return commands[i].run();
  fprintf(stderr, "usage: tsr COMMAND\n");
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
    fprintf(stderr, "  %-6s %s\n", commands[i].name, commands[i].what);
  return 2;
}
