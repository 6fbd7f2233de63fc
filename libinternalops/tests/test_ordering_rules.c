/* test_ordering_rules.c - cumsum and its kin, sort. */
#include "rule_check.h"
#include "trace_test.h"

#include <math.h>

static const tsr_op_id cumulative[] = {TSR_OP_CUMSUM, TSR_OP_CUMPROD, TSR_OP_CUMMAX, TSR_OP_CUMMIN};
enum {
  N_CUMULATIVE = sizeof cumulative / sizeof *cumulative
};

static void each(void (*check)(const tsr_case *), tsr_op_id op) {
  for (int reverse = 0; reverse < 2; reverse++)
    for (int64_t axis = 0; axis < 3; axis++) {
      const tsr_cumulative_attrs a = {axis, reverse};
      const tsr_case cases[] = {
          {"full",          op, &a, 1, {TSR_F64_OF(3, 4, 2)}},
          {"empty",         op, &a, 1, {TSR_F64_OF(0, 3, 2)}},
          {"empty outside", op, &a, 1, {TSR_F64_OF(2, 0, 2)}},
          {"size 1",        op, &a, 1, {TSR_F64_OF(1, 1, 1)}}
      };
      for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(&cases[i]);
    }
}

static void transpose_of_cumsum_runs_backwards(void **state) {
  (void)state;
  const tsr_cumulative_attrs a = {1, true};
  const tsr_case c = {"complex", TSR_OP_CUMSUM, &a, 1, {TSR_C128_OF(3, 4)}};
  each(tsr_check_transpose, TSR_OP_CUMSUM);
  tsr_check_transpose(&c);
}

static void batches_are_loops(void **state) {
  (void)state;
  for (int i = 0; i < N_CUMULATIVE; i++)
    each(tsr_check_batch, cumulative[i]);
  for (int64_t axis = 0; axis < 2; axis++)
    for (int32_t order = TSR_ASCENDING; order <= TSR_DESCENDING; order++) {
      const tsr_sort_attrs one = {axis, order, 1}, two = {axis, order, 2};
      const tsr_case cases[] = {
          {"one",     TSR_OP_SORT, &one, 1, {TSR_F64_OF(3, 5)}                        },
          {"carried", TSR_OP_SORT, &one, 2, {TSR_I64_OF(0, 2, 3, 5), TSR_F64_OF(3, 5)}},
          {"keys",    TSR_OP_SORT, &two, 2, {TSR_I64_OF(0, 2, 3, 5), TSR_F64_OF(3, 5)}}
      };
      for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        tsr_check_batch(&cases[i]);
    }
}

static void derivatives_are_difference_quotients(void **state) {
  (void)state;
  for (int i = 1; i < N_CUMULATIVE; i++)
    each(tsr_check_jvp, cumulative[i]);
  const tsr_sort_attrs rising = {1, TSR_ASCENDING, 1}, falling = {0, TSR_DESCENDING, 1};
  const tsr_case one = {"rising", TSR_OP_SORT, &rising, 1, {TSR_F64_OF(3, 4)}};
  const tsr_case two = {
      "falling", TSR_OP_SORT, &falling, 2, {TSR_F64_OF(4, 2), TSR_F64_OF(4, 2)}
  };
  tsr_check_jvp(&one);
  tsr_check_jvp(&two);
}

/* dz of an op with one operand of n numbers, by the jvp rule and the oracle. */
static void derive(tsr_op_id op, const void *attrs, int64_t n, const double *x, const double *dx,
                   double *dz) {
  trace_world w;
  tsr_arena arena = {0};
  tsr_array in[2], out;
  const tsr_dim size = tsr_dim_of(n);
  const tsr_type type = {TSR_F64, 1, &size};
  assert_ok(trace_open(&w));
  const tsr_value v[2] = {tsr_graph_builder_input(w.b, "x", &type),
                          tsr_graph_builder_input(w.b, "dx", &type)};
  const tsr_value z = tsr_emit1(w.b, tsr_op_core(op), attrs, TSR_VALUES(v[0]));
  const tsr_call c = {.op = tsr_op_core(op),
                      .attrs = attrs,
                      .n_in = 1,
                      .n_out = 1,
                      .in_type = &type,
                      .in = v,
                      .out = &z};
  tsr_value out_t = TSR_NO_VALUE;
  assert_ok(tsr_registry_rules(w.registry, op)->jvp(w.b, &c, &v[1], &out_t));
  tsr_graph *g = finished(&w, TSR_VALUES(out_t));
  for (int i = 0; i < 2; i++) {
    assert_ok(tsr_array_make(&arena, TSR_F64, 1, &n, &in[i]));
    tsr_array_read(&in[i], i == 0 ? x : dx);
  }
  assert_ok(tsr_oracle_run(g, NULL, &arena, in, &out));
  tsr_array_write(&out, dz);
  tsr_graph_release(g);
  tsr_arena_deinit(&arena);
  trace_close(&w);
}

static void assert_all(size_t n, const double *got, const double *want) {
  for (size_t i = 0; i < n; i++)
    assert_near(got[i], want[i], 0, 0);
}

/* dz[k] = sum over i <= k of dx[i] times the product of the others, by that formula. */
static void derivative_of_cumprod_is_right_at_zeros(void **state) {
  (void)state;
  const double x[] = {2, 0, 3, 0, 5}, dx[] = {1, 10, 100, 1000, 10000};
  for (int reverse = 0; reverse < 2; reverse++) {
    double dz[5], want[5] = {0};
    const tsr_cumulative_attrs a = {0, reverse};
    derive(TSR_OP_CUMPROD, &a, 5, x, dx, dz);
    for (int k = 0; k < 5; k++)
      for (int i = 0; i <= k; i++) {
        double product = 1;
        for (int j = 0; j <= k; j++)
          product *= j == i ? 1 : x[reverse ? 4 - j : j];
        want[reverse ? 4 - k : k] += product * dx[reverse ? 4 - i : i];
      }
    assert_all(5, dz, want);
  }
}

static void running_extremes_move_with_the_element_they_are(void **state) {
  (void)state;
  const double x[] = {1, 3, 3, 2, NAN, 4, NAN}, dx[] = {10, 20, 30, 40, 50, 60, 70};
  const tsr_cumulative_attrs forward = {0, false}, reverse = {0, true};
  double dz[7];
  derive(TSR_OP_CUMMAX, &forward, 7, x, dx, dz);
  assert_all(7, dz, (const double[]){10, 20, 20, 20, 50, 50, 50});
  derive(TSR_OP_CUMMIN, &forward, 7, x, dx, dz);
  assert_all(7, dz, (const double[]){10, 10, 10, 10, 50, 50, 50});
  derive(TSR_OP_CUMMAX, &reverse, 4, x, dx, dz);
  assert_all(4, dz, (const double[]){30, 30, 30, 40});
  derive(TSR_OP_CUMMIN, &reverse, 7, x, dx, dz);
  assert_all(7, dz, (const double[]){70, 70, 70, 70, 70, 70, 70});
}

static void infinite_extremes_are_elements_too(void **state) {
  (void)state;
  const double x[] = {-INFINITY, -INFINITY, 1}, dx[] = {1, 2, 3};
  const tsr_cumulative_attrs forward = {0, false};
  double dz[3];
  derive(TSR_OP_CUMMAX, &forward, 3, x, dx, dz);
  assert_all(3, dz, (const double[]){1, 1, 3});
}

static void tangents_of_sort_move_with_the_elements(void **state) {
  (void)state;
  const double x[] = {2, NAN, -1, 2, INFINITY}, dx[] = {1, 2, 3, 4, 5};
  const tsr_sort_attrs rising = {0, TSR_ASCENDING, 1}, falling = {0, TSR_DESCENDING, 1};
  double dz[5];
  derive(TSR_OP_SORT, &rising, 5, x, dx, dz);
  assert_all(5, dz, (const double[]){3, 1, 4, 5, 2});
  derive(TSR_OP_SORT, &falling, 5, x, dx, dz);
  assert_all(5, dz, (const double[]){5, 1, 4, 3, 2});
}

/* The rule, as a pass asks it when only one of the carried operands is read. */
static void what_is_carried_for_nobody_is_left_behind(void **state) {
  (void)state;
  trace_world w;
  const bool live[4] = {false, false, true, false};
  assert_ok(trace_open(&w));
  tsr_value in[4], out[4], pruned[4];
  for (int i = 0; i < 4; i++) {
    in[i] = input(w.b, NULL, TSR_F64, TSR_SHAPE(w.n));
    pruned[i] = TSR_NO_VALUE;
  }
  const tsr_sort_attrs a = {0, TSR_ASCENDING, 1};
  const tsr_call c = {.op = tsr_op_core(TSR_OP_SORT), .attrs = &a, .n_in = 4, .n_out = 4, .in = in};
  assert_ok(tsr_registry_rules(w.registry, TSR_OP_SORT)->prune(w.b, &c, live, pruned));
  assert_true(tsr_value_is_none(pruned[1]) && tsr_value_is_none(pruned[3]));
  tsr_call made;
  assert_true(tsr_builder_producer(w.b, pruned[2], &made));
  assert_int_equal(made.n_in, 2);
  assert_int_equal(made.in[1].id, in[2].id);
  assert_ok(
      tsr_sort_by_keys(w.b, TSR_VALUES(in[0]), tsr_values_of(in + 1, 3), 0, TSR_ASCENDING, out));
  trace_close(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(transpose_of_cumsum_runs_backwards),
      cmocka_unit_test(batches_are_loops),
      cmocka_unit_test(derivatives_are_difference_quotients),
      cmocka_unit_test(derivative_of_cumprod_is_right_at_zeros),
      cmocka_unit_test(running_extremes_move_with_the_element_they_are),
      cmocka_unit_test(infinite_extremes_are_elements_too),
      cmocka_unit_test(tangents_of_sort_move_with_the_elements),
      cmocka_unit_test(what_is_carried_for_nobody_is_left_behind),
  };
  return cmocka_run_group_tests_name("internalops/ordering_rules", tests, NULL, NULL);
}
