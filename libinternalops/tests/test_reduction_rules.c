/* test_reduction_rules.c - reduce_sum and its kin, argmax, argmin. */
#include "rule_check.h"
#include "trace_test.h"

#include <math.h>

#define REDUCE(...)                                                                                \
  &(tsr_reduce_attrs) { TSR_AXES(__VA_ARGS__) }

static void each(void (*check)(const tsr_case *), tsr_op_id op) {
  const tsr_reduce_attrs none = {TSR_NO_AXES};
  const tsr_case cases[] = {
      {"last axis",            op, REDUCE(1),                 1,                                         {TSR_F64_OF(3, 4)}                                                                     },
      {"first axis",           op, REDUCE(0),                 1,                                         {TSR_F64_OF(3, 4)}                                                                     },
      {"outer axes",           op, REDUCE(0,                  2),                                        1,                                                                                       {TSR_F64_OF(2, 3, 4)}},
      {"axes out of order",                      op,      REDUCE(2,        1),                                    1,                                                                                                                  {TSR_F64_OF(2, 3, 4)}},
      {"all axes", op,   REDUCE(0,                   1,                                                          2),                      1, {TSR_F64_OF(2, 3, 4)}},
      {"no axes",                    op,                     &none,                         1,         {TSR_F64_OF(2, 3)}                                                                  },
      {"a number",                 op,&none,1,              {TSR_NUMBER_OF(TSR_F64)}                         },
      {"an empty axis",                 op,                     REDUCE(0),                                          1,                                                                      {TSR_F64_OF(0, 3)}                                                                                                                     },
      {"of an empty array",             op,REDUCE(1),1,{TSR_F64_OF(0, 3)}}
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    check(&cases[i]);
}

static void transpose_of_sum_is_adjoint(void **state) {
  (void)state;
  const tsr_case c = {"complex", TSR_OP_REDUCE_SUM, REDUCE(1), 1, {TSR_C128_OF(3, 4)}};
  each(tsr_check_transpose, TSR_OP_REDUCE_SUM);
  tsr_check_transpose(&c);
}

static void batches_are_loops(void **state) {
  (void)state;
  each(tsr_check_batch, TSR_OP_REDUCE_SUM);
  each(tsr_check_batch, TSR_OP_REDUCE_MAX);
  each(tsr_check_batch, TSR_OP_REDUCE_MIN);
  each(tsr_check_batch, TSR_OP_REDUCE_PROD);
  for (int64_t axis = 0; axis < 3; axis++) {
    const tsr_arg_reduce_attrs a = {axis};
    tsr_case c = {"argmax", TSR_OP_ARGMAX, &a, 1, {TSR_F64_OF(2, 3, 4)}};
    tsr_check_batch(&c);
    c = (tsr_case){"argmin", TSR_OP_ARGMIN, &a, 1, {TSR_F64_OF(2, 3, 4)}};
    tsr_check_batch(&c);
    const tsr_reduce_attrs axes = {TSR_AXES(axis)};
    c = (tsr_case){"reduce_and", TSR_OP_REDUCE_AND, &axes, 1, {TSR_I64_OF(0, 9, 2, 3, 4)}};
    tsr_check_batch(&c);
    c = (tsr_case){"reduce_or", TSR_OP_REDUCE_OR, &axes, 1, {TSR_I64_OF(0, 9, 2, 3, 4)}};
    tsr_check_batch(&c);
  }
}

static void derivatives_are_difference_quotients(void **state) {
  (void)state;
  const tsr_reduce_attrs axes[] = {
      {TSR_AXES(0)}, {TSR_AXES(1)}, {TSR_AXES(0, 2)}, {TSR_AXES(0, 1, 2)}, {TSR_NO_AXES}};
  for (size_t i = 0; i < sizeof axes / sizeof *axes; i++) {
    tsr_case c = {"reduce_max", TSR_OP_REDUCE_MAX, &axes[i], 1, {TSR_F64_OF(3, 4, 5)}};
    tsr_check_jvp(&c);
    c = (tsr_case){"reduce_min", TSR_OP_REDUCE_MIN, &axes[i], 1, {TSR_F64_OF(3, 4, 5)}};
    tsr_check_jvp(&c);
    c = (tsr_case){"reduce_prod", TSR_OP_REDUCE_PROD, &axes[i], 1, {TSR_F64_OF(3, 4, 5)}};
    tsr_check_jvp(&c);
  }
}

/* dz of a reduction of x over its last axis, by the jvp rule and the oracle. */
static void derive(tsr_op_id op, const int64_t dims[2], const double *x, const double *dx,
                   double *dz) {
  trace_world w;
  tsr_arena arena = {0};
  tsr_array in[2], out;
  const tsr_dim sizes[2] = {tsr_dim_of(dims[0]), tsr_dim_of(dims[1])};
  const tsr_type type = {TSR_F64, 2, sizes};
  const tsr_reduce_attrs a = {TSR_AXES(1)};
  assert_ok(trace_open(&w));
  const tsr_value v[2] = {tsr_graph_builder_input(w.b, "x", &type),
                          tsr_graph_builder_input(w.b, "dx", &type)};
  const tsr_value z = tsr_emit1(w.b, tsr_op_core(op), &a, TSR_VALUES(v[0]));
  const tsr_call c = {.op = tsr_op_core(op),
                      .attrs = &a,
                      .n_in = 1,
                      .n_out = 1,
                      .in_type = &type,
                      .in = v,
                      .out = &z};
  tsr_value out_t;
  assert_ok(tsr_registry_rules(w.registry, op)->jvp(w.b, &c, &v[1], &out_t));
  tsr_graph *g = finished(&w, TSR_VALUES(out_t));
  for (int i = 0; i < 2; i++) {
    assert_ok(tsr_array_make(&arena, TSR_F64, 2, dims, &in[i]));
    tsr_array_read(&in[i], i == 0 ? x : dx);
  }
  assert_ok(tsr_oracle_run(g, NULL, &arena, in, &out));
  tsr_array_write(&out, dz);
  tsr_graph_release(g);
  tsr_arena_deinit(&arena);
  trace_close(&w);
}
static void derive_max(const int64_t dims[2], const double *x, const double *dx, double *dz) {
  derive(TSR_OP_REDUCE_MAX, dims, x, dx, dz);
}

static void tied_maxima_share_the_derivative(void **state) {
  (void)state;
  double dz[2];
  derive_max((const int64_t[]){2, 3}, (const double[]){5, 1, 5, -INFINITY, -INFINITY, -INFINITY},
             (const double[]){1, 100, 4, 1, 2, 6}, dz);
  assert_near(dz[0], 2.5, 0, 0);
  assert_near(dz[1], 3.0, 0, 0);
}

static void other_tangents_do_not_enter_even_when_infinite(void **state) {
  (void)state;
  double dz[1];
  derive_max((const int64_t[]){1, 3}, (const double[]){1, 2, 0}, (const double[]){INFINITY, 7, NAN},
             dz);
  assert_near(dz[0], 7.0, 0, 0);
}

static void nan_takes_the_derivative_where_it_stands_and_only_there(void **state) {
  (void)state;
  double dz[2];
  derive_max((const int64_t[]){2, 3}, (const double[]){1, NAN, 2, 1, 2, 3},
             (const double[]){10, 20, 30, 40, 50, 60}, dz);
  assert_near(dz[0], 20.0, 0, 0);
  assert_near(dz[1], 60.0, 0, 0);
}

static void derivative_of_an_empty_maximum_is_zero(void **state) {
  (void)state;
  double dz[2] = {1, 1};
  derive_max((const int64_t[]){2, 0}, NULL, NULL, dz);
  assert_near(dz[0], 0.0, 0, 0);
  assert_near(dz[1], 0.0, 0, 0);
}

static void tied_minima_share_the_derivative(void **state) {
  (void)state;
  double dz[1];
  derive(TSR_OP_REDUCE_MIN, (const int64_t[]){1, 4}, (const double[]){1, -1, 5, -1},
         (const double[]){100, 1, 100, 4}, dz);
  assert_near(dz[0], 2.5, 0, 0);
}

/* One zero, two zeros, none; powers of ten tell which products of the others were taken. */
static void derivative_of_a_product_is_right_at_zeros(void **state) {
  (void)state;
  double dz[3];
  derive(TSR_OP_REDUCE_PROD, (const int64_t[]){3, 3}, (const double[]){2, 0, 5, 0, 3, 0, 2, 3, 5},
         (const double[]){1, 10, 100, 1, 10, 100, 1, 10, 100}, dz);
  assert_near(dz[0], 100.0, 0, 0);
  assert_near(dz[1], 0.0, 0, 0);
  assert_near(dz[2], 15.0 + 100 + 600, 0, 0);
}

static void derivative_of_an_empty_product_is_zero(void **state) {
  (void)state;
  double dz[2] = {1, 1};
  derive(TSR_OP_REDUCE_PROD, (const int64_t[]){2, 0}, NULL, NULL, dz);
  assert_near(dz[0], 0.0, 0, 0);
  assert_near(dz[1], 0.0, 0, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(transpose_of_sum_is_adjoint),
      cmocka_unit_test(batches_are_loops),
      cmocka_unit_test(derivatives_are_difference_quotients),
      cmocka_unit_test(tied_maxima_share_the_derivative),
      cmocka_unit_test(other_tangents_do_not_enter_even_when_infinite),
      cmocka_unit_test(nan_takes_the_derivative_where_it_stands_and_only_there),
      cmocka_unit_test(derivative_of_an_empty_maximum_is_zero),
      cmocka_unit_test(tied_minima_share_the_derivative),
      cmocka_unit_test(derivative_of_a_product_is_right_at_zeros),
      cmocka_unit_test(derivative_of_an_empty_product_is_zero),
  };
  return cmocka_run_group_tests_name("internalops/reduction_rules", tests, NULL, NULL);
}
