/* test_handles.c - a value used where it does not belong gives a sentence, never a crash. */
#include "contracts.h"

static tsr_builder *eager(void) {
  tsr_builder *b = NULL;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  return b;
}

/* Use v in b in every way there is; each latches ERR_ARGUMENT and spares the builder. */
static void refused_everywhere(tsr_builder *b, tsr_value v, const char *word) {
  const tsr_dim single = tsr_dim_of(1);
  tsr_value one = tsr_ones(b, TSR_F64, TSR_SHAPE(single)), outs[2];
  tsr_type type;
  assert_ok(tsr_builder_status(b));
  assert_error_says(tsr_value_type(b, v, &type), TSR_ERR_ARGUMENT, word);

  assert_true(tsr_value_is_none(tsr_add(b, one, v)));
  assert_error_says(tsr_builder_status(b), TSR_ERR_ARGUMENT, "add", word);
  assert_true(tsr_value_is_none(tsr_neg(b, one))); /* nothing happens until it is cleared */
  assert_error_says(tsr_builder_status(b), TSR_ERR_ARGUMENT, "add", word);
  tsr_builder_clear(b);
  assert_ok(tsr_builder_status(b));

  assert_true(tsr_value_is_none(tsr_concatenate(b, TSR_VALUES(one, v), 0)));
  assert_error_says(tsr_builder_status(b), TSR_ERR_ARGUMENT, "concatenate", word);
  tsr_builder_clear(b);
  assert_true(tsr_value_is_none(tsr_einsum(b, "i->", TSR_VALUES(v))));
  assert_error_says(tsr_builder_status(b), TSR_ERR_ARGUMENT, word);
  tsr_builder_clear(b);
  assert_true(tsr_value_is_none(tsr_svd(b, v, TSR_SVD_REDUCED).s));
  assert_error_says(tsr_builder_status(b), TSR_ERR_ARGUMENT, word);
  tsr_builder_clear(b);
  assert_refused(b, tsr_value_dim(b, v, 0), TSR_ERR_ARGUMENT, word);
  assert_refused(b, tsr_barrier(b, TSR_VALUES(one, v), outs), TSR_ERR_ARGUMENT, word);
  assert_false(tsr_value_is_none(tsr_neg(b, one))); /* earlier values live on */
  assert_ok(tsr_builder_status(b));
}

static void test_a_value_of_another_builder(void **state) {
  (void)state;
  tsr_builder *b[2][2] = {
      {trace(), trace()},
      {eager(), eager()}
  };
  for (int to = 0; to < 2; to++) {
    for (int from = 0; from < 2; from++)
      refused_everywhere(b[to][0], tsr_scalar(b[from][1], 2), "builder");
  }
  for (int i = 0; i < 4; i++)
    tsr_builder_close(b[i / 2][i % 2]);
}

static void test_no_value_and_numbers_that_are_none(void **state) {
  (void)state;
  tsr_builder *b[2] = {trace(), eager()};
  for (int i = 0; i < 2; i++) {
    tsr_value some = tsr_scalar(b[i], 1);
    refused_everywhere(b[i], TSR_NO_VALUE, "no value");
    refused_everywhere(b[i], tsr_value_of_id(some.id + 1000), "");
    refused_everywhere(b[i], tsr_value_of_id(12345), "");
    refused_everywhere(b[i], tsr_value_of_id((some.id >> 32 << 32) + (UINT64_C(1) << 31)), "");
    refused_everywhere(b[i], tsr_value_of_id(UINT64_C(0xdeadbeef12345678)), "");
    tsr_builder_close(b[i]);
  }
}

static void test_a_value_of_a_closed_scope(void **state) {
  (void)state;
  tsr_builder *outer = eager(), *inner = NULL;
  double got;
  tsr_value kept = tsr_scalar(outer, 3);
  assert_ok(tsr_eager_nest(outer, &inner));
  tsr_value stale = tsr_mul(inner, kept, kept); /* outer values are seen inside */
  assert_ok(tsr_read(inner, stale, &got, sizeof got));
  assert_near(got, 9, 0, 0);
  tsr_builder_close(inner);
  refused_everywhere(outer, stale, "builder");
  assert_error_says(tsr_read(outer, stale, &got, sizeof got), TSR_ERR_ARGUMENT, "");
  tsr_tensor *t = NULL;
  assert_error_says(tsr_to_tensor(outer, stale, &t), TSR_ERR_ARGUMENT, "");
  assert_null(t);
  tsr_builder_clear(outer);
  /* a scope made later has values of its own, even at the same place in memory */
  assert_ok(tsr_eager_nest(outer, &inner));
  tsr_value fresh = tsr_mul(inner, kept, kept);
  assert_true(fresh.id != stale.id);
  refused_everywhere(inner, stale, "builder");
  assert_error_says(tsr_read(inner, TSR_NO_VALUE, &got, sizeof got), TSR_ERR_ARGUMENT, "");
  tsr_builder_close(inner);
  tsr_builder_close(outer);
}

/* A body that smuggles one of its values out. */
BODY(leaky) {
  tsr_value *leak = ctx;
  *leak = out[0] = tsr_neg(b, in[0]);
  return TSR_OK;
}
static void test_a_value_out_of_a_body(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value x = number(b, "x"), leak, y;
  assert_ok(tsr_scan(b, leaky, &leak, TSR_VALUES(x), TSR_NO_VALUES, tsr_dim_of(3), TSR_SCAN_FORWARD,
                     0, &y));
  refused_everywhere(b, leak, "builder");
  tsr_value g;
  assert_status(TSR_ERR_ARGUMENT, tsr_grads(b, y, TSR_VALUES(leak), &g));
  assert_true(tsr_value_is_none(g));
  tsr_builder_clear(b);
  assert_status(TSR_ERR_ARGUMENT, tsr_grads(b, leak, TSR_VALUES(x), &g));
  tsr_builder_clear(b);
  tsr_program *p = NULL;
  assert_error_says(tsr_compile(b, TSR_VALUES(leak), &p), TSR_ERR_ARGUMENT, "output 0");
  assert_null(p);
}

/* A body that asks for more than it is given. */
BODY(greedy) {
  (void)ctx;
  out[0] = tsr_add(b, in[0], tsr_input(b, "more", TSR_F64, TSR_NO_SHAPE));
  return TSR_OK;
}
static void test_a_body_declares_no_inputs(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value x = number(b, "x"), out[2];
  assert_refused(b, tsr_jvp_of(b, greedy, NULL, TSR_VALUES(x), TSR_VALUES(x), 1, out, out + 1),
                 TSR_ERR_ARGUMENT, "body", "inputs");
  assert_refused(b,
                 tsr_scan(b, greedy, NULL, TSR_VALUES(x), TSR_NO_VALUES, tsr_dim_of(3),
                          TSR_SCAN_FORWARD, 0, out),
                 TSR_ERR_ARGUMENT, "body", "inputs");
  (void)tsr_checkpoint(b, greedy, NULL, TSR_VALUES(x), 1, out);
  assert_error_says(tsr_builder_status(b), TSR_ERR_ARGUMENT, "body", "inputs");
  tsr_builder_close(b);
}

/* TSR_ALL_AXES has no list behind it. */
static void test_all_axes_where_a_list_is_needed(void **state) {
  (void)state;
  tsr_builder *builders[2] = {trace(), eager()};
  const tsr_shape shape = TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(3)),
                  none = TSR_SHAPE(tsr_dim_of(0), tsr_dim_of(0));
  for (int i = 0; i < 2; i++) {
    tsr_builder *b = builders[i];
    const tsr_value x = tsr_ones(b, TSR_F64, shape), zero = tsr_zeros(b, TSR_F64, TSR_NO_SHAPE);
    assert_refused(b, tsr_slice(b, x, none, shape, TSR_ALL_AXES), TSR_ERR_ARGUMENT, "slice",
                   "step");
    assert_refused(b, tsr_pad(b, x, zero, shape, shape, TSR_ALL_AXES), TSR_ERR_ARGUMENT, "pad",
                   "interior");
    assert_refused(b, tsr_dot_general(b, x, x, &(tsr_dot_general_attrs){.lhs_batch = TSR_ALL_AXES}),
                   TSR_ERR_ARGUMENT, "dot_general", "lhs_batch");
    assert_false(tsr_value_is_none(tsr_broadcast_in_dim(b, x, shape, TSR_ALL_AXES)));
    tsr_builder_close(b);
  }
}

static void test_ends_of_the_wrong_builder(void **state) {
  (void)state;
  tsr_builder *a = trace(), *b = trace(), *e = eager();
  tsr_value x = number(a, "x"), y = number(b, "y");
  double got;
  tsr_tensor *t = NULL;
  tsr_program *p = NULL;
  assert_error_says(tsr_read(a, x, &got, sizeof got), TSR_ERR_ARGUMENT, "trace");
  assert_error_says(tsr_to_tensor(a, x, &t), TSR_ERR_ARGUMENT, "trace");
  assert_error_says(tsr_print(a, x, stdout), TSR_ERR_ARGUMENT, "trace");
  tsr_builder_clear(a);
  assert_true(tsr_value_is_none(tsr_input(e, "x", TSR_F64, TSR_NO_SHAPE)));
  assert_error_says(tsr_builder_status(e), TSR_ERR_ARGUMENT, "trace");
  tsr_builder_clear(e);
  tsr_value v = tsr_scalar(e, 1);
  assert_true(tsr_value_is_none(tsr_grad(e, v, v)));
  assert_error_says(tsr_builder_status(e), TSR_ERR_STATE, "eager", "tsr_value_and_grad_of");
  tsr_builder_clear(e);
  assert_error_says(tsr_read(e, v, &got, 4), TSR_ERR_ARGUMENT, "4", "8");
  tsr_builder *nested = NULL;
  assert_error_says(tsr_eager_nest(a, &nested), TSR_ERR_ARGUMENT, "eager");
  assert_null(nested);
  assert_error_says(tsr_compile(b, TSR_VALUES(y, x), &p), TSR_ERR_ARGUMENT, "output 1");
  assert_null(p);
  assert_error_says(tsr_compile(e, TSR_VALUES(v), &p), TSR_ERR_ARGUMENT, "eager");
  tsr_builder_close(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_value_of_another_builder),
      cmocka_unit_test(test_no_value_and_numbers_that_are_none),
      cmocka_unit_test(test_a_value_of_a_closed_scope),
      cmocka_unit_test(test_a_value_out_of_a_body),
      cmocka_unit_test(test_a_body_declares_no_inputs),
      cmocka_unit_test(test_all_axes_where_a_list_is_needed),
      cmocka_unit_test(test_ends_of_the_wrong_builder),
  };
  return cmocka_run_group_tests(tests, open_all, teardown);
}
