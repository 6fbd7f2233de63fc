/* test_math_exhaustive_slow.c - every f32 there is, through every vector function of one argument.
 *
 *   test_cpu_math_exhaustive_slow [STEP [NAME]]
 *
 * of the instruction set that TSR_CPU_ISA names, on two threads. By itself it takes every 37th
 * argument, in half a minute; STEP 1 takes all of them, some minutes a function.
 */
#include "math_oracle.h"

#include <pthread.h>

enum {
  N = 4096
};

typedef struct half {
  const math_function *function;
  tsri_block block;
  uint64_t begin, end; /* bits of arguments */
  double worst;
  float at;
} half;

static const char *only;
static uint64_t stride = 37;

static void *run_half(void *arg) {
  half *h = arg;
  float x[N], z[N];
  for (uint64_t u = h->begin; u < h->end;) {
    for (int i = 0; i < N; i++, u += stride)
      x[i] = float_of_bits((uint32_t)u);
    h->block(N, (const void *const[]){x}, z);
    for (int i = 0; i < N; i++) {
      double e = error_f32(z[i], h->function->one((double)x[i]));
      if (e > h->worst) {
        h->worst = e;
        h->at = x[i];
      }
    }
  }
  return NULL;
}

static void test_every_f32_is_within_the_bound(void **state) {
  (void)state;
  const tsri_variant *variant;
  assert_int_equal(TSR_OK, tsri_variant_find(&variant));
  int failures = 0;
  for (int k = 0; k < MATH_FUNCTIONS; k++) {
    const math_function *f = &math_functions[k];
    if (!f->one || (only && strcmp(only, f->name))) continue;
    const uint64_t middle = UINT64_C(1) << 31;
    half h[2] = {
        {.function = f, .block = variant->analytic[f->op][TSR_F32], .end = middle}
    };
    h[1] = h[0];
    h[1].begin = middle;
    h[1].end = 2 * middle;
    pthread_t other;
    assert_int_equal(0, pthread_create(&other, NULL, run_half, &h[1]));
    run_half(&h[0]);
    pthread_join(other, NULL);
    const half *worst = h[0].worst > h[1].worst ? &h[0] : &h[1];
    printf("%-11s %s f32: at most %.4f ulp, at %a; bound %.4g\n", variant->name, f->name,
           worst->worst, (double)worst->at, f->bound_f32);
    fflush(stdout);
    failures += !(worst->worst <= f->bound_f32);
  }
  assert_int_equal(0, failures);
}

int main(int argc, char **argv) {
  stride = argc > 1 ? strtoull(argv[1], NULL, 10) : stride;
  only = argc > 2 ? argv[2] : NULL;
  if (stride == 0) return 2;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_f32_is_within_the_bound),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
