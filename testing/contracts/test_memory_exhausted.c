/* test_memory_exhausted.c - every allocation of a program's whole life fails once: an error,
 * nothing leaked, and what was there before works on.
 */
#include "contracts.h"

/* ---- one program: trace, differentiate, compile, run ---- */

enum {
  N = 3,
  K = 2
};
static const double xs[N * K] = {1, 2, 3, 4, 5, 6}, w0[K] = {0.5, -1};

typedef struct captured {
  tsr_value x;
} captured;

BODY(descent_step) { /* w <- w - 0.01 * d sum((x w)^2) / dw; the loss on the way */
  (void)b;
  const captured *c = ctx;
  tsr_value r = tsr_matmul(b, c->x, in[0]), loss = total(b, tsr_mul(b, r, r));
  tsr_value g = tsr_grad(b, loss, in[0]);
  out[0] = tsr_sub(b, in[0], tsr_mul(b, g, tsr_scalar(b, 0.01)));
  out[1] = loss;
  return tsr_builder_status(b);
}

enum {
  ROUNDS = 2,
  RESULTS = K + ROUNDS
};

static void descent_by_hand(double *out) {
  double w[K] = {w0[0], w0[1]};
  for (int t = 0; t < ROUNDS; t++) {
    double g[K] = {0}, loss = 0;
    for (int i = 0; i < N; i++) {
      double r = xs[i * K] * w[0] + xs[i * K + 1] * w[1];
      loss += r * r;
      for (int k = 0; k < K; k++)
        g[k] += 2 * r * xs[i * K + k];
    }
    out[K + t] = loss;
    for (int k = 0; k < K; k++)
      w[k] -= 0.01 * g[k];
  }
  out[0] = w[0], out[1] = w[1];
}

/* Only in terms of rt and cpu as given; everything made is let go. */
static tsr_status traced(tsr_runtime *on, tsr_device *device, double *out) {
  tsr_builder *b = NULL;
  tsr_program *p = NULL;
  tsr_tensor *x = NULL, *w = NULL, *made[2] = {NULL};
  tsr_value y[2];
  int64_t peak;
  tsr_status st;
  TSR_TRY(tsr_trace_open(on, &b));
  tsr_dim n = tsr_dim_symbol(b, "n"), k = tsr_dim_of(K);
  captured c = {tsr_input(b, "x", TSR_F64, TSR_SHAPE(n, k))};
  tsr_value w_in = tsr_input(b, "w", TSR_F64, TSR_SHAPE(k));
  (void)tsr_scan(b, descent_step, &c, TSR_VALUES(w_in), TSR_NO_VALUES, tsr_dim_of(ROUNDS),
                 TSR_SCAN_FORWARD, 1, y);
  TSR_TRY_TO(done, st, tsr_compile(b, tsr_values_of(y, 2), &p));
  TSR_TRY_TO(done, st, tsr_tensor_from_data(device, TSR_F64, TSR_DIMS(N, K), xs, &x));
  TSR_TRY_TO(done, st, tsr_tensor_from_data(device, TSR_F64, TSR_DIMS(K), w0, &w));
  TSR_TRY_TO(done, st, tsr_program_peak(p, device, TSR_TENSORS(x, w), &peak));
  TSR_TRY_TO(done, st, tsr_program_run(p, device, TSR_TENSORS(x, w), made, 2));
  TSR_TRY_TO(done, st, tsr_tensor_read(made[0], out, sizeof(double) * K));
  TSR_TRY_TO(done, st, tsr_tensor_read(made[1], out + K, sizeof(double) * ROUNDS));
done:
  tsr_tensors_release(made, 2);
  tsr_tensors_release((tsr_tensor *[]){x, w}, 2);
  tsr_program_release(p);
  return st;
}

/* The families, eagerly: |det| style work on a 2 x 2 matrix, all results in closed form. */
BODY(family_loss) { /* sum s^2 + sum_ij a_ij b_ij with b = a^-1 a: |a|_F^2 + trace a */
  (void)ctx;
  tsr_value s = tsr_svd(b, in[0], TSR_SVD_VALUES).s, unit = tsr_solve(b, in[0], in[0]);
  tsr_value t = tsr_einsum(b, "ij,ij->", TSR_VALUES(in[0], unit));
  out[0] = tsr_add(b, total(b, tsr_mul(b, s, s)), t);
  return tsr_builder_status(b);
}
static const double a22[4] = {3, 1, -1, 2};

static tsr_status eager(tsr_runtime *on, double *out) {
  tsr_builder *b = NULL;
  tsr_value loss, g;
  TSR_TRY(tsr_eager_open(on, "cpu", &b));
  tsr_value a = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 2), a22);
  (void)tsr_value_and_grad_of(b, family_loss, NULL, TSR_VALUES(a), &loss, &g);
  tsr_status status = tsr_read(b, loss, out, sizeof *out);
  if (status == TSR_OK) status = tsr_read(b, g, out + 1, 4 * sizeof *out);
  tsr_builder_close(b);
  return status;
}

/* The right numbers, or NUMERIC with what is wrong. */
static tsr_status whole(tsr_runtime *on, tsr_device *device) {
  double got[RESULTS], expected[RESULTS], family[5];
  descent_by_hand(expected);
  TSR_TRY(traced(on, device, got));
  for (int i = 0; i < RESULTS; i++) {
    if (!(fabs(got[i] - expected[i]) <= 64 * EPS * fabs(expected[i])))
      return TSR_FAIL(TSR_ERR_INTERNAL, "[%d] is %g, not %g", i, got[i], expected[i]);
  }
  TSR_TRY(eager(on, family));
  /* 15 + 5, and 2 a + 1 (b does not depend on a) */
  const double want[5] = {20, 7, 2, -2, 5};
  for (int i = 0; i < 5; i++) {
    if (!(fabs(family[i] - want[i]) <= 256 * EPS * 20))
      return TSR_FAIL(TSR_ERR_INTERNAL, "family [%d] is %g, not %g", i, family[i], want[i]);
  }
  return TSR_OK;
}

/* ---- from nothing to nothing, the ledger open ---- */

static tsr_status life(void *arg) {
  (void)arg;
  tsr_runtime *own = NULL;
  tsr_device *device = NULL;
  TSR_TRY(tsr_runtime_create(TSR_WITH(tsr_cpu_register, tsr_einsum_register, tsr_linalg_register),
                             &own));
  tsr_status status = tsr_runtime_device(own, "cpu", &device);
  if (status == TSR_OK) status = whole(own, device);
  tsr_runtime_release(own);
  return status;
}

static void test_a_whole_life_survives_each_failing_allocation(void **state) {
  (void)state;
  tsr_test_oom(life, NULL);
}

/* ---- one runtime that lives through all failures ---- */

/* Counts, and refuses the allocations from fail_at on, or just that one. */
typedef struct limited {
  long seen, fail_at;
  bool once;
} limited;

static void *limited_resize(void *self, void *ptr, size_t old_size, size_t new_size,
                            size_t alignment) {
  limited *l = self;
  if (new_size == 0) {
    free(ptr);
    return NULL;
  }
  long index = __atomic_fetch_add(&l->seen, 1, __ATOMIC_RELAXED);
  if (l->fail_at >= 0 && (l->once ? index == l->fail_at : index >= l->fail_at)) return NULL;
  size_t least = alignment < sizeof(void *) ? sizeof(void *) : alignment;
  void *moved = aligned_alloc(least, (new_size + least - 1) / least * least);
  if (moved && ptr) {
    memcpy(moved, ptr, old_size < new_size ? old_size : new_size);
    free(ptr);
  }
  return moved;
}

static void test_what_lives_on_is_intact_after_each_failure(void **state) {
  (void)state;
  limited l = {.fail_at = -1};
  const tsr_allocator allocator = {limited_resize, &l};
  tsr_allocator_set(&allocator);
  tsr_runtime *own = NULL;
  tsr_device *device = NULL;
  assert_ok(tsr_runtime_create(TSR_WITH(tsr_cpu_register, tsr_einsum_register, tsr_linalg_register),
                               &own));
  assert_ok(tsr_runtime_device(own, "cpu", &device));
  assert_ok(whole(own, device));
  int64_t live, before, high, reserved;
  tsr_device_memory(device, &before, &high, &reserved);
  l.seen = 0;
  assert_ok(whole(own, device));
  const long total_seen = l.seen;
  assert_true(total_seen > 100);
  int refused = 0;
  for (long n = 0; n < total_seen; n += 1 + total_seen / 500) {
    for (int once = 0; once < 2; once++) {
      l = (limited){.fail_at = n, .once = once};
      tsr_status status = whole(own, device);
      if (status != TSR_OK) assert_status(TSR_ERR_NOMEM, status);
      refused += status != TSR_OK;
      l.fail_at = -1;
      assert_ok(whole(own, device)); /* the same again, with memory: right */
      tsr_device_memory(device, &live, &high, &reserved);
      assert_int_equal(before, live); /* and constants a runtime keeps are those it kept before */
    }
  }
  assert_true(refused > 100);
  tsr_runtime_release(own);
  tsr_allocator_set(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_whole_life_survives_each_failing_allocation),
      cmocka_unit_test(test_what_lives_on_is_intact_after_each_failure),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
