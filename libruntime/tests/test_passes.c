/* test_passes.c - folding and fusion: what they leave, and that the numbers stay. */
#include "rt_session.h"

#include <math.h>

static tsr_value input(tsr_builder *b, const char *name, int64_t rows, int64_t columns) {
  return tsr_input(b, name, TSR_F64, TSR_SHAPE(tsr_dim_of(rows), tsr_dim_of(columns)));
}

/* ---- folding ---- */

static void test_arithmetic_on_numbers_is_done_once(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value x = input(b, "x", 2, 3);
  tsr_value two = tsr_full(b, TSR_F64, TSR_NO_SHAPE, 2),
            three = tsr_full(b, TSR_F64, TSR_NO_SHAPE, 3);
  tsr_value six = tsr_mul(b, two, three);
  tsr_program *p =
      compiled(b, TSR_VALUES(tsr_add(b, x, tsr_div(b, six, tsr_exp(b, tsr_sub(b, two, two))))));
  assert_int_equal(tsr_program_count(p, "mul"), 0);
  assert_int_equal(tsr_program_count(p, "div"), 0);
  assert_int_equal(tsr_program_count(p, "exp"), 0);
  assert_int_equal(tsr_program_count(p, "add"), 1);
  tsr_tensor *in = rt_count(cpu, TSR_DIMS(2, 3), 0), *out;
  assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(in), &out, 1));
  assert_numbers(out, 6, 7, 8, 9, 10, 11);
  tsr_tensor_release(in);
  tsr_tensor_release(out);
  tsr_program_release(p);
}

static void test_a_program_of_constants_has_one_constant(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value x = tsr_full(b, TSR_F64, TSR_NO_SHAPE, 2);
  for (int i = 0; i < 5; i++)
    x = tsr_mul(b, x, x); /* 2^32 */
  tsr_program *p = compiled(b, TSR_VALUES(x));
  assert_int_equal(tsr_program_count(p, "mul"), 0);
  assert_int_equal(tsr_program_count(p, "constant"), 1);
  tsr_tensor *out;
  const tsr_tensor_list nothing = {NULL, 0};
  assert_ok(tsr_program_run(p, cpu, nothing, &out, 1));
  assert_numbers(out, 4294967296.0);
  tsr_tensor_release(out);
  tsr_program_release(p);
}

static void test_large_results_are_not_folded(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value x = tsr_iota(b, TSR_F64, TSR_SHAPE(tsr_dim_of(1000)), 0);
  tsr_program *p = compiled(b, TSR_VALUES(tsr_exp(b, x)));
  assert_int_equal(tsr_program_count(p, "exp"), 1);
  tsr_program_release(p);
}

static void test_division_by_a_constant_zero_fails_when_run(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value one = tsr_full(b, TSR_I64, TSR_NO_SHAPE, 1),
            zero = tsr_full(b, TSR_I64, TSR_NO_SHAPE, 0);
  tsr_program *p = compiled(b, TSR_VALUES(tsr_div(b, one, zero)));
  tsr_tensor *out;
  const tsr_tensor_list nothing = {NULL, 0};
  assert_error_says(tsr_program_run(p, cpu, nothing, &out, 1), TSR_ERR_NUMERIC, "div", "zero");
  assert_null(out);
  tsr_program_release(p);
}

/* ---- fusion ---- */

static void test_a_chain_is_one_loop(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value x = input(b, "x", 4, 5), y = input(b, "y", 4, 5);
  tsr_value z = tsr_sin(b, tsr_add(b, tsr_mul(b, x, y), tsr_neg(b, x)));
  tsr_program *p = compiled(b, TSR_VALUES(z));
  assert_int_equal(tsr_program_count(p, "fused"), 1);
  assert_int_equal(tsr_program_count(p, "sin"), 1); /* inside */
  tsr_tensor *tx = rt_count(cpu, TSR_DIMS(4, 5), -3), *ty = rt_count(cpu, TSR_DIMS(4, 5), 1), *out;
  double want[20], got[20];
  for (int i = 0; i < 20; i++)
    want[i] = sin((i - 3.0) * (i + 1.0) - (i - 3.0));
  assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(tx, ty), &out, 1));
  assert_ok(tsr_tensor_read(out, got, sizeof got));
  assert_close(got, want, 20, 1e-15, 0);
  tsr_tensor_release(tx);
  tsr_tensor_release(ty);
  tsr_tensor_release(out);
  tsr_program_release(p);
}

static void test_a_broadcast_becomes_a_load(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value x = input(b, "x", 3, 2);
  tsr_value row = tsr_input(b, "row", TSR_F64, TSR_SHAPE(tsr_dim_of(2)));
  tsr_value column = input(b, "column", 3, 1);
  tsr_value z = tsr_mul(b, tsr_add(b, x, row), column);
  tsr_program *p = compiled(b, TSR_VALUES(z));
  assert_int_equal(tsr_program_count(p, "fused"), 1);
  assert_int_equal(tsr_program_count(p, "broadcast_in_dim"), 0);
  tsr_tensor *in[] = {rt_count(cpu, TSR_DIMS(3, 2), 0),
                      rt_f64(cpu, TSR_DIMS(2), (double[]){10, 20}),
                      rt_f64(cpu, TSR_DIMS(3, 1), (double[]){1, 2, 3})};
  tsr_tensor *out;
  assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(in[0], in[1], in[2]), &out, 1));
  assert_numbers(out, 10, 21, 24, 46, 42, 75);
  tsr_tensors_release(in, 3);
  tsr_tensor_release(out);
  tsr_program_release(p);
}

static void test_a_sum_ends_a_loop(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value x = input(b, "x", 3, 4);
  tsr_program *p = compiled(b, TSR_VALUES(tsr_sum(b, tsr_mul(b, x, x), TSR_AXES(0))));
  assert_int_equal(tsr_program_count(p, "fused"), 1);
  tsr_tensor *in = rt_count(cpu, TSR_DIMS(3, 4), 0), *out;
  assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(in), &out, 1));
  assert_numbers(out, 0 + 16 + 64, 1 + 25 + 81, 4 + 36 + 100, 9 + 49 + 121);
  tsr_tensor_release(in);
  tsr_tensor_release(out);
  tsr_program_release(p);
}

/* The size of a reduced axis is in no result, so a load must tell it. */
static void test_a_sum_over_repeated_numbers_knows_how_many(void **state) {
  (void)state;
  for (int64_t size = 0; size < 4; size++) {
    tsr_builder *b = trace();
    const tsr_shape n = TSR_SHAPE(tsr_dim_symbol(b, "n"));
    tsr_value x = tsr_input(b, "x", TSR_F64, n), y = tsr_input(b, "y", TSR_F64, TSR_NO_SHAPE),
              one = tsr_input(b, "one", TSR_F64, TSR_SHAPE({1}));
    tsr_value ys = tsr_broadcast_to(b, y, n), ones = tsr_broadcast_to(b, one, n);
    tsr_program *p = compiled(b, TSR_VALUES(tsr_sum(b, tsr_mul(b, ys, ys), TSR_ALL_AXES),
                                            tsr_sum(b, tsr_add(b, ones, ys), TSR_ALL_AXES),
                                            tsr_sum(b, tsr_mul(b, x, ones), TSR_ALL_AXES)));
    tsr_tensor *in[3] = {rt_count(cpu, TSR_DIMS(size), 1), rt_count(cpu, TSR_NO_DIMS, 3),
                         rt_count(cpu, TSR_DIMS(1), 2)},
               *out[3];
    assert_ok(tsr_program_run(p, cpu, (tsr_tensor_list){in, 3}, out, 3));
    const double n_as_number = (double)size;
    assert_numbers(out[0], 9 * n_as_number);
    assert_numbers(out[1], 5 * n_as_number);
    assert_numbers(out[2], n_as_number * (n_as_number + 1));
    tsr_tensors_release(in, 3);
    tsr_tensors_release(out, 3);
    tsr_program_release(p);
  }
}

static void test_nothing_is_computed_twice(void **state) { /* exp has two readers in two loops */
  (void)state;
  tsr_builder *b = trace();
  tsr_value e = tsr_exp(b, tsr_neg(b, input(b, "x", 2, 2)));
  tsr_value s = tsr_sum(b, tsr_mul(b, e, e), TSR_ALL_AXES), m = tsr_reduce_max(b, e, TSR_AXES(0));
  tsr_program *p = compiled(b, TSR_VALUES(s, m));
  assert_int_equal(tsr_program_count(p, "exp"), 1);
  tsr_program_release(p);
}

static void test_fusion_can_be_switched_off(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value x = input(b, "x", 2, 2);
  tsr_value z = tsr_mul(b, tsr_add(b, x, x), x);
  tsr_compile_options plain = {.no_fusion = true};
  tsr_program *p;
  assert_ok(tsr_compile_with(b, TSR_VALUES(z), &plain, &p));
  assert_int_equal(tsr_program_count(p, "fused"), 0);
  assert_int_equal(tsr_program_count(p, "mul"), 1);
  tsr_program_release(p);
}

static tsr_status fold_and_fuse(void *arg) {
  (void)arg;
  tsr_runtime *r = NULL;
  tsr_builder *b;
  tsr_program *p = NULL;
  TSR_TRY(tsr_runtime_create(TSR_WITH(tsr_cpu_register), &r));
  tsr_status status = tsr_trace_open(r, &b);
  if (status == TSR_OK) {
    tsr_value x = input(b, "x", 2, 2);
    tsr_value two = tsr_full(b, TSR_F64, TSR_NO_SHAPE, 2);
    tsr_value z = tsr_exp(b, tsr_mul(b, x, tsr_mul(b, two, two)));
    status = tsr_compile(b, TSR_VALUES(tsr_sum(b, z, TSR_ALL_AXES)), &p);
  }
  if (status == TSR_OK) assert_int_equal(tsr_program_count(p, "fused"), 1);
  tsr_program_release(p);
  tsr_runtime_release(r);
  return status;
}

static void test_out_of_memory_leaks_nothing(void **state) {
  (void)state;
  tsr_test_oom(fold_and_fuse, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_arithmetic_on_numbers_is_done_once),
      cmocka_unit_test(test_a_program_of_constants_has_one_constant),
      cmocka_unit_test(test_large_results_are_not_folded),
      cmocka_unit_test(test_division_by_a_constant_zero_fails_when_run),
      cmocka_unit_test(test_a_chain_is_one_loop),
      cmocka_unit_test(test_a_broadcast_becomes_a_load),
      cmocka_unit_test(test_a_sum_ends_a_loop),
      cmocka_unit_test(test_a_sum_over_repeated_numbers_knows_how_many),
      cmocka_unit_test(test_nothing_is_computed_twice),
      cmocka_unit_test(test_fusion_can_be_switched_off),
      cmocka_unit_test(test_out_of_memory_leaks_nothing),
  };
  return cmocka_run_group_tests_name("runtime/passes", tests, setup, teardown);
}
