/* test_expr_functions.c - complex functions of the texts against libm's, at every magnitude. */
#include "expr_build.h"

#include <complex.h>
#include <float.h>
#include <math.h>

typedef struct row {
  tsr_op_id op;
  double complex (*libm)(double complex);
  double eps; /* of the modulus */
} row;

static const row rows[] = {
    {TSR_OP_EXP,   cexp,   4},
    {TSR_OP_SIN,   csin,   4},
    {TSR_OP_COS,   ccos,   4},
    {TSR_OP_TAN,   ctan,   6},
    {TSR_OP_SINH,  csinh,  4},
    {TSR_OP_COSH,  ccosh,  4},
    {TSR_OP_TANH,  ctanh,  6},
    {TSR_OP_LOG,   clog,   4},
    {TSR_OP_SQRT,  csqrt,  4},
    {TSR_OP_ASIN,  casin,  6},
    {TSR_OP_ACOS,  cacos,  6},
    {TSR_OP_ATAN,  catan,  6},
    {TSR_OP_ASINH, casinh, 6},
    {TSR_OP_ACOSH, cacosh, 6},
    {TSR_OP_ATANH, catanh, 6},
};
enum {
  ROWS = sizeof rows / sizeof *rows
};

/* Parts, with both signs each. */
static const double parts[] = {0,   0x1p-1074, 1e-300, 1e-9, 0.3,  0.75,  1,       1.5,
                               3.1, 21,        40,     690,  1e10, 1e200, DBL_MAX, INFINITY};
enum {
  PARTS = sizeof parts / sizeof *parts,
  POINTS = 4 * PARTS * PARTS
};

static double complex point(int i) {
  const int k = i / 4;
  const double x = parts[k % PARTS], y = parts[k / PARTS];
  return CMPLX(i & 1 ? -x : x, i & 2 ? -y : y);
}

static bool same_zero(double x, double y) { return x != 0 || y != 0 || signbit(x) == signbit(y); }

/* Near by modulus; infinite where libm is; and zeros of finite
 * numbers have the same sign, for they choose sides.
 */
static bool is_near(double complex z, double complex x, double complex y, double eps) {
  if (isnan(creal(y)) || isnan(cimag(y)) || isinf(creal(y)) || isinf(cimag(y)))
    return isinf(creal(y)) || isinf(cimag(y)) ? isinf(creal(x)) || isinf(cimag(x))
                                              : isnan(creal(x)) || isnan(cimag(x));
  const double distance = hypot(creal(x) - creal(y), cimag(x) - cimag(y));
  return distance <= eps * DBL_EPSILON * hypot(creal(y), cimag(y)) + 4 * 0x1p-1074 &&
         (isinf(creal(z)) || isinf(cimag(z)) ||
          (same_zero(creal(x), creal(y)) && same_zero(cimag(x), cimag(y))));
}

static void check(const row *r, const double complex *got) {
  for (int i = 0; i < POINTS; i++) {
    const double complex z = point(i), want = r->libm(z);
    if (!is_near(z, got[i], want, r->eps))
      fail_msg("%s of %a%+ai is %.17g%+.17gi, not %.17g%+.17gi", tsr_op_core(r->op)->name, creal(z),
               cimag(z), creal(got[i]), cimag(got[i]), creal(want), cimag(want));
  }
}

static void test_functions_of_a_complex_number_are_those_of_libm(void **state) {
  (void)state;
  static double complex in[POINTS], out[ROWS][POINTS];
  static const int64_t one[] = {1}, n = POINTS;
  const int64_t *strides[ROWS];
  void *results[ROWS], *inputs[] = {in}, *handle;
  recipe r;
  tsr_expr *e;
  begin(&r, 1, 1, (tsr_dtype[]){TSR_C128});
  for (int i = 0; i < POINTS; i++)
    in[i] = point(i);
  for (int i = 0; i < ROWS; i++) {
    strides[i] = one;
    results[i] = out[i];
    output(&r, step(&r, rows[i].op, NULL, TSR_C128, 0, -1, -1));
  }
  assert_ok(tsr_expr_create(&r.expr, NULL, &e));
  function f = build(e, &handle);
  f(&n, inputs, strides, results, strides);
  for (int i = 0; i < ROWS; i++)
    check(&rows[i], out[i]);
  dlclose(handle);
  tsr_expr_release(e);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_functions_of_a_complex_number_are_those_of_libm),
  };
  return cmocka_run_group_tests_name("tensor/expr_functions", tests, make_folder, remove_folder);
}
