/* test_deferred_works.c - a deferred failure belongs to the run that met it, and to what was
 * made from its outputs; to nobody else.
 */
#include "deferred.h"

static tsr_tensor *ran(const tsr_program *p, tsr_tensor *x) {
  tsr_tensor *out[1];
  assert_ok(tsr_program_run(p, mock, TSR_TENSORS(x), out, 1));
  return out[0];
}

/* A run on a number; the number may go before the work is done. */
static tsr_tensor *ran_at(const tsr_program *p, double x) {
  tsr_tensor *in = there(x), *out = ran(p, in);
  tsr_tensor_release(in);
  return out;
}

static void test_each_output_has_the_failure_of_its_own_run(void **state) {
  (void)state;
  const double at[6] = {60, 1, 2, 70, 3, 80};
  const char *const sentence[6] = {"120 is", NULL, NULL, "140 is", NULL, "160 is"};
  tsr_program *p = program_at(double_it);
  tsr_tensor *out[6];
  for (int forward = 0; forward < 2; forward++) {
    for (int k = 0; k < 6; k++)
      out[k] = ran_at(p, at[k]);
    for (int i = 0; i < 6; i++) {
      int k = forward ? i : 5 - i;
      if (sentence[k]) {
        assert_spoiled(out[k], sentence[k]);
      } else {
        assert_reads(out[k], 2 * at[k]);
      }
    }
    tsr_tensors_release(out, 6);
    assert_ok(tsr_device_synchronize(mock)); /* all are told */
  }
  tsr_program_release(p);
}

static void test_making_a_tensor_is_not_the_time_to_hear_of_others(void **state) {
  (void)state;
  tsr_program *p = program_at(double_it);
  tsr_tensor *bad = ran_at(p, 60), *x = there(5); /* there waits for the stream */
  assert_reads(x, 5);
  assert_spoiled(bad, "120 is");
  tsr_tensors_release((tsr_tensor *[]){bad, x}, 2);
  tsr_program_release(p);
}

BODY(add_halves) {
  (void)ctx;
  out[0] = tsr_emit1(b, &picky, NULL, TSR_VALUES(tsr_add(b, in[0], in[1])));
  out[1] = tsr_emit1(b, &picky, NULL, TSR_VALUES(in[1]));
  return TSR_OK;
}

static tsr_program *two_to_two(void) {
  tsr_builder *b = trace();
  tsr_value in[2] = {number(b, "x"), number(b, "y")}, out[2];
  assert_ok(add_halves(b, NULL, in, out));
  return compiled(b, tsr_values_of(out, 2));
}

static void test_what_depends_on_a_failure_has_it(void **state) {
  (void)state;
  tsr_program *p = program_at(double_it), *both = two_to_two();
  for (int wait = 0; wait < 2; wait++) { /* the operands still on their way, or done */
    tsr_tensor *bad = ran_at(p, 60), *worse = ran_at(p, 90), *good = ran_at(p, 1), *out[2];
    if (wait) assert_reads(good, 2);
    assert_ok(tsr_program_run(both, mock, TSR_TENSORS(good, bad), out, 2));
    tsr_tensor *next = ran(p, out[0]), *fine = ran(p, good);
    assert_spoiled(next, "120 is");
    assert_spoiled(out[1], "120 is");
    assert_reads(fine, 4);
    assert_spoiled(out[0], "120 is");
    tsr_tensors_release(out, 2);
    /* two failed operands: the first of them is told, and the other is nobody's yet */
    assert_ok(tsr_program_run(both, mock, TSR_TENSORS(bad, worse), out, 2));
    assert_spoiled(out[0], "120 is");
    assert_error_says(tsr_device_synchronize(mock), TSR_ERR_DEVICE, "180 is too much");
    assert_ok(tsr_device_synchronize(mock));
    assert_spoiled(worse, "180 is"); /* told before, and still there */
    tsr_tensors_release((tsr_tensor *[]){bad, worse, good, out[0], out[1], next, fine}, 7);
  }
  tsr_program_release(p);
  tsr_program_release(both);
}

static void test_views_share_the_failure(void **state) {
  (void)state;
  tsr_program *p = program_at(double_it);
  tsr_tensor *bad = ran_at(p, 60), *view;
  assert_ok(tsr_tensor_reshape(bad, TSR_DIMS(1, 1), &view));
  tsr_tensor_release(bad);
  assert_spoiled(view, "120 is");
  assert_error_says(tsr_tensor_print(view, stdout), TSR_ERR_DEVICE, "120 is too much");
  tsr_tensor_release(view);
  tsr_program_release(p);
}

static void test_synchronising_tells_each_untold_failure_once(void **state) {
  (void)state;
  tsr_program *p = program_at(double_it);
  tsr_tensor *out[4] = {ran_at(p, 60), ran_at(p, 1), ran_at(p, 70), ran_at(p, 80)};
  assert_spoiled(out[2], "140 is");
  assert_error_says(tsr_device_synchronize(mock), TSR_ERR_DEVICE, "120 is too much");
  assert_error_says(tsr_device_synchronize(mock), TSR_ERR_DEVICE, "160 is too much");
  assert_ok(tsr_device_synchronize(mock));
  assert_spoiled(out[0], "120 is");
  assert_reads(out[1], 2);
  tsr_tensors_release(out, 4);
  tsr_tensor *unread = ran_at(p, 60); /* whose outputs are gone is told all the same */
  tsr_tensor_release(unread);
  assert_error_says(tsr_device_synchronize(mock), TSR_ERR_DEVICE, "120 is too much");
  assert_ok(tsr_device_synchronize(mock));
  tsr_program_release(p);
}

static void test_memory_that_is_written_again_is_good_again(void **state) {
  (void)state;
  tsr_program *p = program_at(double_it);
  tsr_tensor *bad = there(60), *good = there(4), *out = there(0);
  assert_ok(tsr_program_run_into(p, mock, TSR_TENSORS(bad), TSR_TENSORS(out)));
  assert_spoiled(out, "120 is");
  assert_ok(tsr_program_run_into(p, mock, TSR_TENSORS(good), TSR_TENSORS(out)));
  assert_reads(out, 8);
  tsr_tensors_release((tsr_tensor *[]){bad, good, out}, 3);
  tsr_program_release(p);
}

static void test_donated_memory_brings_its_failure(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value x = number(b, "x"), y;
  assert_ok(double_it(b, NULL, &x, &y));
  const tsr_compile_options options = {.donated = TSR_INPUTS(0)};
  tsr_program *p = NULL, *first = program_at(double_it);
  assert_ok(tsr_compile_with(b, TSR_VALUES(y), &options, &p));
  tsr_tensor *bad = ran_at(first, 60), *good = ran_at(first, 3);
  tsr_tensor *from_bad = ran(p, bad), *from_good = ran(p, good);
  assert_reads(from_good, 12);
  assert_spoiled(from_bad, "120 is");
  tsr_tensors_release((tsr_tensor *[]){bad, good, from_bad, from_good}, 4);
  tsr_program_release(p);
  tsr_program_release(first);
}

static void test_a_constant_that_failed_is_refused(void **state) {
  (void)state;
  tsr_program *p = program_at(double_it);
  tsr_tensor *bad = ran_at(p, 60), *x = there(1), *out[1];
  tsr_builder *b = trace();
  tsr_value sum = tsr_add(b, number(b, "x"), tsr_constant(b, bad));
  tsr_program *q = compiled(b, TSR_VALUES(sum));
  for (int k = 0; k < 2; k++)
    assert_error_says(tsr_program_run(q, mock, TSR_TENSORS(x), out, 1), TSR_ERR_DEVICE,
                      "120 is too much");
  tsr_tensors_release((tsr_tensor *[]){bad, x}, 2);
  tsr_program_release(p);
  tsr_program_release(q);
}

/* ---- control flow reads on the way ---- */

BODY(is_small) {
  (void)ctx;
  out[0] = tsr_lt(b, in[0], tsr_scalar(b, 50));
  return TSR_OK;
}
BODY(grow) {
  (void)ctx;
  return tsr_while(b, is_small, double_it, NULL, TSR_VALUES(in[0]), out);
}

static void test_a_loop_hears_of_its_own_failures_only(void **state) {
  (void)state;
  tsr_program *p = program_at(double_it), *loop = program_at(grow);
  tsr_tensor *bad = ran_at(p, 60), *x = there(3), *out[1];
  /* it waits for its predicate while bad has failed untold */
  assert_ok(tsr_program_run(loop, mock, TSR_TENSORS(x), out, 1));
  assert_reads(out[0], 96);
  tsr_tensors_release(out, 1);
  for (int k = 0; k < 2; k++)
    assert_error_says(tsr_program_run(loop, mock, TSR_TENSORS(bad), out, 1), TSR_ERR_DEVICE,
                      "120 is too much");
  assert_null(out[0]);
  assert_ok(tsr_device_synchronize(mock)); /* the run has told it */
  assert_spoiled(bad, "120 is");
  tsr_tensors_release((tsr_tensor *[]){bad, x}, 2);
  tsr_program_release(p);
  tsr_program_release(loop);
}

/* ---- numerical findings ---- */

static void test_numerical_findings_go_the_same_way(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value x = tsr_input(b, "x", TSR_I64, TSR_NO_SHAPE);
  tsr_program *p = compiled(b, TSR_VALUES(tsr_div(b, tsr_full(b, TSR_I64, TSR_NO_SHAPE, 12), x)));
  tsr_tensor *in[2], *out[2];
  for (int k = 0; k < 2; k++) {
    const int64_t divisor = 4 * k;
    assert_ok(tsr_tensor_from_data(mock, TSR_I64, TSR_NO_DIMS, &divisor, &in[k]));
    assert_ok(tsr_program_run(p, mock, TSR_TENSORS(in[k]), &out[k], 1));
  }
  for (int k = 0; k < 2; k++) {
    int64_t got = 0;
    assert_ok(tsr_tensor_read(out[1], &got, sizeof got));
    assert_int_equal(got, 3);
    assert_error_says(tsr_tensor_read(out[0], &got, sizeof got), TSR_ERR_NUMERIC, "div");
  }
  assert_ok(tsr_device_synchronize(mock));
  tsr_tensors_release(in, 2);
  tsr_tensors_release(out, 2);
  tsr_program_release(p);
}

/* ---- eager scopes ---- */

static void test_in_a_scope_each_value_has_its_own_failure(void **state) {
  (void)state;
  tsr_builder *b = NULL;
  double got = 0;
  assert_ok(tsr_eager_open(rt, "mock", &b));
  tsr_value bad_x = tsr_scalar(b, 60), x = tsr_scalar(b, 2), bad, good;
  assert_ok(double_it(b, NULL, &bad_x, &bad));
  assert_ok(double_it(b, NULL, &x, &good));
  tsr_value row = tsr_reshape(b, bad, TSR_SHAPE(tsr_dim_of(1)));
  tsr_value from_both = tsr_add(b, row, good);
  for (int k = 0; k < 2; k++) {
    assert_ok(tsr_read(b, good, &got, sizeof got));
    assert_near(got, 4, 0, 0);
    assert_error_says(tsr_read(b, from_both, &got, sizeof got), TSR_ERR_DEVICE, "120 is");
    assert_error_says(tsr_read(b, row, &got, sizeof got), TSR_ERR_DEVICE, "120 is too much");
    assert_ok(tsr_read(b, bad_x, &got, sizeof got));
  }
  /* what leaves the scope takes it along, into programs and other scopes */
  tsr_tensor *t = NULL;
  tsr_program *p = program_at(double_it);
  assert_ok(tsr_to_tensor(b, bad, &t));
  tsr_builder_close(b);
  tsr_tensor *out = ran(p, t);
  assert_spoiled(out, "120 is");
  assert_ok(tsr_eager_open(rt, "mock", &b));
  tsr_value again = tsr_neg(b, tsr_from_tensor(b, t));
  assert_error_says(tsr_read(b, again, &got, sizeof got), TSR_ERR_DEVICE, "120 is too much");
  tsr_builder_close(b);
  assert_ok(tsr_device_synchronize(mock));
  tsr_tensors_release((tsr_tensor *[]){t, out}, 2);
  tsr_program_release(p);
}

/* ---- threads ---- */

enum {
  THREADS = 4,
  ROUNDS = 50
};

/* Runs of several threads on one device, each with its own numbers. */
static void *run_and_read(void *arg) {
  const tsr_program *p = arg;
  intptr_t wrong = 0;
  for (int k = 0; k < ROUNDS; k++) {
    double x = k % 3 ? 60 + k : k / 2.0, got = 0;
    tsr_tensor *in = NULL, *out[1] = {NULL};
    tsr_status status = tsr_tensor_from_data(mock, TSR_F64, TSR_NO_DIMS, &x, &in);
    if (status == TSR_OK) status = tsr_program_run(p, mock, TSR_TENSORS(in), out, 1);
    wrong += status != TSR_OK;
    if (status == TSR_OK) status = tsr_tensor_read(out[0], &got, sizeof got);
    if (k % 3) {
      char sentence[64];
      snprintf(sentence, sizeof sentence, "%g is too much", 2 * x);
      wrong += status != TSR_ERR_DEVICE || !strstr(tsr_error_message(), sentence);
    } else {
      wrong += status != TSR_OK || got != 2 * x;
    }
    tsr_tensors_release(out, 1);
    tsr_tensor_release(in);
  }
  return (void *)wrong;
}

static void test_each_thread_hears_of_its_own_runs(void **state) {
  (void)state;
  tsr_program *p = program_at(double_it);
  pthread_t thread[THREADS];
  for (int k = 0; k < THREADS; k++)
    assert_int_equal(0, pthread_create(&thread[k], NULL, run_and_read, p));
  for (int k = 0; k < THREADS; k++) {
    void *wrong = NULL;
    pthread_join(thread[k], &wrong);
    assert_int_equal((intptr_t)wrong, 0);
  }
  assert_ok(tsr_device_synchronize(mock));
  tsr_program_release(p);
}

static void *read_refused(void *arg) {
  double got = 0;
  for (int k = 0; k < ROUNDS; k++) {
    tsr_status status = tsr_tensor_read(arg, &got, sizeof got);
    if (status != TSR_ERR_DEVICE || !strstr(tsr_error_message(), "120 is too much")) return arg;
  }
  return NULL;
}

static void test_all_threads_may_ask_for_one_failure(void **state) {
  (void)state;
  tsr_program *p = program_at(double_it);
  tsr_tensor *bad = ran_at(p, 60);
  pthread_t thread[THREADS];
  for (int k = 0; k < THREADS; k++)
    assert_int_equal(0, pthread_create(&thread[k], NULL, read_refused, bad));
  for (int k = 0; k < THREADS; k++) {
    void *wrong = NULL;
    pthread_join(thread[k], &wrong);
    assert_null(wrong);
  }
  tsr_tensor_release(bad);
  tsr_program_release(p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_each_output_has_the_failure_of_its_own_run),
      cmocka_unit_test(test_making_a_tensor_is_not_the_time_to_hear_of_others),
      cmocka_unit_test(test_what_depends_on_a_failure_has_it),
      cmocka_unit_test(test_views_share_the_failure),
      cmocka_unit_test(test_synchronising_tells_each_untold_failure_once),
      cmocka_unit_test(test_memory_that_is_written_again_is_good_again),
      cmocka_unit_test(test_donated_memory_brings_its_failure),
      cmocka_unit_test(test_a_constant_that_failed_is_refused),
      cmocka_unit_test(test_a_loop_hears_of_its_own_failures_only),
      cmocka_unit_test(test_numerical_findings_go_the_same_way),
      cmocka_unit_test(test_in_a_scope_each_value_has_its_own_failure),
      cmocka_unit_test(test_each_thread_hears_of_its_own_runs),
      cmocka_unit_test(test_all_threads_may_ask_for_one_failure),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
