/* info_checks.c - numbers that are known, computed by each part on the CPU.
 *
 * Each is taken twice: the first run also pays for what a library sets up once, and shows the
 * memory that it then keeps inside; the second one's time is printed.
 */
#include "info.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tsr/ad.h"
#include "tsr/einsum.h"
#include "tsr/fft.h"
#include "tsr/linalg.h"

static tsr_value counted(tsr_builder *b, int64_t n) {
  return tsr_iota(b, TSR_F64, TSR_SHAPE(tsr_dim_of(n)), 0);
}

static tsr_value ones(tsr_builder *b, tsr_dtype dtype, int64_t m, int64_t n) {
  return tsr_ones(b, dtype, TSR_SHAPE(tsr_dim_of(m), tsr_dim_of(n)));
}

static tsr_value total(tsr_builder *b, tsr_value x) { return tsr_sum(b, x, TSR_ALL_AXES); }

static tsr_value check_kernels(tsr_builder *b) { /* 0 + 1 + ... + 99 */
  return total(b, counted(b, 100));
}

static tsr_value check_threads(tsr_builder *b) { /* 0 + 1 + ... + 999,999, exact in any order */
  return total(b, counted(b, 1000000));
}

static tsr_value check_blas(tsr_builder *b) { /* ones [256, 256] squared: 256 everywhere */
  tsr_value x = ones(b, TSR_F64, 256, 256);
  return tsr_mean(b, tsr_matmul(b, x, x), TSR_ALL_AXES);
}

static tsr_value check_lapack(tsr_builder *b) { /* [[3, 0], [4, 5]]: s = sqrt 45, sqrt 5 */
  tsr_value a = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 2), (double[]){3, 0, 4, 5});
  return total(b, tsr_svd(b, a, TSR_SVD_VALUES).s);
}

static tsr_value check_solve(tsr_builder *b) { /* [[2, 1], [1, 3]] x = [3, 4]: x = 1, 1 */
  tsr_value a = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 2), (double[]){2, 1, 1, 3});
  tsr_value rhs = tsr_from_data(b, TSR_F64, TSR_DIMS(2), (double[]){3, 4});
  return total(b, tsr_solve(b, a, rhs));
}

/* The transform of n ones is n at 0 and 0 elsewhere. */
static tsr_value transform_ones(tsr_builder *b, int64_t n) {
  tsr_value x = tsr_ones(b, TSR_C128, TSR_SHAPE(tsr_dim_of(n)));
  return tsr_real(b, total(b, tsr_fft(b, x, TSR_ALL_AXES, TSR_FFT_BACKWARD)));
}

static tsr_value check_fft(tsr_builder *b) { return transform_ones(b, 60); }
static tsr_value check_fft_prime(tsr_builder *b) { return transform_ones(b, 101); }

static tsr_value check_einsum(tsr_builder *b) { /* 2 3 4 terms of 1 */
  return tsr_einsum(b, "ij,jk->", TSR_VALUES(ones(b, TSR_F64, 2, 3), ones(b, TSR_F64, 3, 4)));
}

static tsr_status cube(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_mul(b, in[0], tsr_mul(b, in[0], in[0]));
  return TSR_OK;
}

static tsr_value check_gradient(tsr_builder *b) { /* x^3 at 2: 12 */
  tsr_value loss, grad = TSR_NO_VALUE, x = tsr_scalar(b, 2);
  (void)tsr_value_and_grad_of(b, cube, NULL, TSR_VALUES(x), &loss, &grad); /* latches */
  return grad;
}

static const struct {
  const char *name;
  tsr_value (*make)(tsr_builder *b);
  double want;
} checks[] = {
    {"kernels",      check_kernels,   4950             },
    {"threads",      check_threads,   499999500000.0   },
    {"BLAS matmul",  check_blas,      256              },
    {"LAPACK svd",   check_lapack,    8.944271909999159},
    {"LAPACK solve", check_solve,     2                },
    {"FFT of 60",    check_fft,       60               },
    {"FFT of 101",   check_fft_prime, 101              },
    {"einsum",       check_einsum,    24               },
    {"gradient",     check_gradient,  12               },
};

/* Bytes of anonymous memory that the process has touched and that our device does not hold. */
static double foreign_memory(session *s) {
  char buffer[128];
  int64_t live, high, reserved;
  const double kib = atof(info_line_of("/proc/self/status", "RssAnon", buffer, sizeof buffer));
  tsr_device_memory(s->device, &live, &high, &reserved);
  return 1024 * kib - (double)reserved;
}

/* Compute it in a scope of its own, and compare. */
static tsr_status run_check(session *s, size_t i) {
  tsr_builder *b;
  double got = NAN;
  TSR_TRY(tsr_eager_nest(s->b, &b));
  const tsr_status status = tsr_read(b, checks[i].make(b), &got, sizeof got);
  tsr_builder_close(b);
  if (status != TSR_OK) return status;
  if (fabs(got - checks[i].want) < 1e-12 * checks[i].want) return TSR_OK;
  return TSR_FAIL(TSR_ERR_INTERNAL, "the result is %.17g, it should be %.17g", got, checks[i].want);
}

int info_checks(session *s) {
  int wrong = 0;
  for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
    char note[64] = "";
    const double before = foreign_memory(s);
    tsr_status status = run_check(s, i);
    const double kept = (foreign_memory(s) - before) / (1 << 20);
    if (kept >= 0.1) snprintf(note, sizeof note, "keeps %.1f MiB inside", kept);
    const double start = info_seconds();
    if (status == TSR_OK) status = run_check(s, i);
    wrong += info_verdict(checks[i].name, status, start, note);
  }
  return wrong;
}
