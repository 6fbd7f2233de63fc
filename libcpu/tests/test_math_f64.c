/* test_math_f64.c - the vector functions of f64, against MPFR at 128 bits.
 *
 * test_math_f64_slow.c does the same at more points.
 */
#include "math_arguments.h"

#include <stdio.h>
#ifdef TSR_TEST_MPFR

#ifndef ROUNDS
#define ROUNDS 2
#define BESIDE 2 /* neighbours of a place, on each side */
#endif

enum {
  N = 1024
};

static double x[N], y[N], z[8][N];
static mpfr_t u, v, truth, step;

/* Last places between z and the truth; an overflow counts as 2^1024. */
static double error_f64(double got) {
  double want = mpfr_get_d(truth, MPFR_RNDN);
  if (isnan(want) || isnan(got)) return isnan(want) && isnan(got) ? 0 : INFINITY;
  if (mpfr_inf_p(truth) || mpfr_zero_p(truth))
    return got == want && !signbit(got) == !signbit(want) ? 0 : INFINITY;
  if (got == 0 && !signbit(got) != (mpfr_sgn(truth) > 0)) return INFINITY;
  long e = mpfr_get_exp(truth);
  if (e > 1024) return isinf(got) && (got > 0) == (mpfr_sgn(truth) > 0) ? 0 : INFINITY;
  if (isinf(got))
    mpfr_set_si_2exp(step, got > 0 ? 1 : -1, 1024, MPFR_RNDN);
  else
    mpfr_set_d(step, got, MPFR_RNDN);
  mpfr_sub(step, step, truth, MPFR_RNDN);
  mpfr_mul_2si(step, step, 53 - (e < DBL_MIN_EXP ? DBL_MIN_EXP : e), MPFR_RNDN);
  return fabs(mpfr_get_d(step, MPFR_RNDN));
}

/* The truth in u and v: the exponent is unlimited, so nothing overflows but what is infinite. */
static void find_truth(const math_function *f, int i) {
  mpfr_set_d(u, x[i], MPFR_RNDN);
  mpfr_set_d(v, y[i], MPFR_RNDN);
  if (f->exact_one)
    f->exact_one(truth, u, MPFR_RNDN);
  else
    f->exact_two(truth, u, v, MPFR_RNDN);
}

static void check(const math_function *f, int n, double *worst, double *at) {
  const void *args[] = {x, y};
  for (int k = 0; tsri_variant_at(k); k++)
    tsri_variant_at(k)->analytic[f->op][TSR_F64](n, args, z[k]);
  for (int i = 0; i < n; i++) {
    find_truth(f, i);
    for (int k = 0; tsri_variant_at(k); k++) {
      double e = error_f64(z[k][i]);
      if (e > *worst) {
        *worst = e;
        *at = x[i];
      }
      if (!(e <= f->bound_f64))
        fail_msg("%s f64 %s(%a, %a) = %a, not %a: %.4f ulp", tsri_variant_at(k)->name, f->name,
                 x[i], y[i], z[k][i], mpfr_get_d(truth, MPFR_RNDN), e);
    }
  }
}

static void fill(const math_function *f, int round) {
  for (int i = 0; i < N; i++) {
    x[i] = random_double();
    double w = random_double();
    y[i] = f->op != TSR_OP_POW ? (i % 2 ? w : x[i] * (1 + 0.01 * w))
           : i % 4 == 1        ? nearbyint(w)
                               : 0.2 * random_double() / log(fabs(x[i])) * (round % 8);
  }
}

static void test_f64_is_within_its_bounds(void **state) {
  (void)state;
  for (int k = 0; k < MATH_FUNCTIONS; k++) {
    const math_function *f = &math_functions[k];
    double worst = 0, at = 0;
    for (int round = 0; round < ROUNDS; round++) {
      fill(f, round);
      check(f, N, &worst, &at);
    }
    for (int p = 0; p < MATH_PLACES; p++) {
      int n = 0;
      for (int i = 2 * (NEIGHBOURS - BESIDE); i < 2 * (NEIGHBOURS + BESIDE + 1); i++, n++) {
        x[n] = double_near(p, i);
        y[n] = math_places[(i + p) % MATH_PLACES];
      }
      check(f, n, &worst, &at);
    }
    printf("f64 %s: at most %.4f ulp, at %a; bound %.4g\n", f->name, worst, at, f->bound_f64);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_f64_is_within_its_bounds),
  };
  mpfr_set_emin(mpfr_get_emin_min());
  mpfr_set_emax(mpfr_get_emax_max());
  mpfr_inits2(128, u, v, truth, step, (mpfr_ptr)0);
  int failures = cmocka_run_group_tests(tests, NULL, NULL);
  mpfr_clears(u, v, truth, step, (mpfr_ptr)0);
  mpfr_free_cache();
  return failures;
}

#else

int main(void) {
  puts("skipped: the build has no MPFR (libmpfr-dev) to compare with");
  return 77;
}

#endif
