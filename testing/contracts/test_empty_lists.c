/* test_empty_lists.c - a list that says it has entries and has none is refused by name, and so is
 * "no value" where a function would have nothing to do with it.
 */
#include "contracts.h"

static const tsr_values lost_values = {NULL, 2};
static const tsr_axes lost_axes = {NULL, 2};
static const tsr_shape lost_shape = {NULL, 2};
static tsr_value made[8];

BODY(same) {
  (void)b, (void)ctx;
  out[0] = in[0];
  return TSR_OK;
}

/* x is f64[2, 2], s a number. */
#define ROW(name, expr)                                                                            \
  static void name(tsr_builder *b, tsr_value x, tsr_value s) {                                     \
    (void)x, (void)s;                                                                              \
    (void)(expr);                                                                                  \
  }
ROW(stack, tsr_stack(b, lost_values, 0))
ROW(concatenate, tsr_concatenate(b, lost_values, 0))
ROW(split_at, tsr_split_at(b, x, lost_shape, 0, made))
ROW(tile, tsr_tile(b, x, lost_axes))
ROW(roll, tsr_roll(b, x, lost_axes, TSR_AXES(0, 1)))
ROW(reshape, tsr_reshape(b, x, lost_shape))
ROW(sum, tsr_sum(b, x, lost_axes))
ROW(keys, tsr_sort_by_keys(b, lost_values, TSR_VALUES(x), 0, TSR_ASCENDING, made))
ROW(carried, tsr_sort_by_keys(b, TSR_VALUES(x), lost_values, 0, TSR_ASCENDING, made))
ROW(einsum, tsr_einsum(b, "ij,jk", lost_values))
ROW(scan,
    tsr_scan(b, same, NULL, lost_values, TSR_NO_VALUES, tsr_dim_of(2), TSR_SCAN_FORWARD, 0, made))
ROW(cond, tsr_cond(b, tsr_eq(b, s, s), same, same, NULL, lost_values, 1, made))
ROW(loop, tsr_while(b, same, same, NULL, lost_values, made))
ROW(checkpoint, tsr_checkpoint(b, same, NULL, lost_values, 1, made))
ROW(vjp_of, tsr_vjp_of(b, same, NULL, TSR_VALUES(x, x), lost_values, made, made + 4))
ROW(jvp_of, tsr_jvp_of(b, same, NULL, TSR_VALUES(x, x), lost_values, 1, made, made + 4))
ROW(hvp_of, tsr_hvp_of(b, same, NULL, TSR_VALUES(s, s), lost_values, made))
ROW(vmap, tsr_vmap(b, same, NULL, lost_values, TSR_NO_AXES, 1, TSR_NO_AXES, made))
ROW(vmap_axes, tsr_vmap(b, same, NULL, TSR_VALUES(x, x), lost_axes, 1, TSR_NO_AXES, made))

static void (*const calls[])(tsr_builder *, tsr_value, tsr_value) = {
    stack, concatenate, split_at, tile,       roll,   reshape, sum,    keys, carried,  einsum,
    scan,  cond,        loop,     checkpoint, vjp_of, jvp_of,  hvp_of, vmap, vmap_axes};

static void test_lists_without_entries_are_refused(void **state) {
  (void)state;
  for (int eager = 0; eager < 2; eager++) {
    tsr_builder *b = NULL;
    assert_ok(eager ? tsr_eager_open(rt, "cpu", &b) : tsr_trace_open(rt, &b));
    const tsr_dim two = tsr_dim_of(2);
    const tsr_value x = tsr_ones(b, TSR_F64, TSR_SHAPE(two, two)),
                    s = tsr_ones(b, TSR_F64, no_shape());
    for (size_t i = 0; i < COUNT(calls); i++) {
      for (size_t k = 0; k < COUNT(made); k++)
        made[k] = TSR_NO_VALUE;
      calls[i](b, x, s);
      assert_error_says(tsr_builder_status(b), TSR_ERR_ARGUMENT, " list");
      for (size_t k = 0; k < COUNT(made); k++)
        assert_true(tsr_value_is_none(made[k]));
      tsr_builder_clear(b);
    }
    assert_false(tsr_value_is_none(tsr_add(b, x, s)));
    tsr_builder_close(b);
  }
}

static void test_no_value_is_not_passed_on(void **state) {
  (void)state;
  tsr_builder *b = trace();
  const tsr_value none = TSR_NO_VALUE, zero = TSR_ZERO_VALUE;
  const tsr_scatter_attrs numbers = {.index_vector_dim = 0};
  for (int i = 0; i < 4; i++) {
    const tsr_value got = i == 0   ? tsr_clip(b, none, none, none)
                          : i == 1 ? tsr_add(b, zero, none)
                          : i == 2 ? tsr_sub(b, none, zero)
                                   : tsr_scatter_add(b, none, none, zero, &numbers);
    assert_true(tsr_value_is_none(got));
    assert_error_says(tsr_builder_status(b), TSR_ERR_ARGUMENT, "no value");
    tsr_builder_clear(b);
  }
  tsr_builder_close(b);
}

static void test_runs_without_tensors_are_refused(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_program *p = compiled(b, TSR_VALUES(tsr_neg(b, vector(b, "x", 2))));
  const double data[2] = {1, 2};
  tsr_tensor *x = f64_of(TSR_DIMS(2), data), *out = NULL;
  tsr_runtime *other = NULL;
  const tsr_tensor_list lost = {NULL, 1};
  int64_t peak;
  assert_error_says(tsr_program_run(p, cpu, lost, &out, 1), TSR_ERR_ARGUMENT, "no list");
  assert_error_says(tsr_program_run(p, cpu, TSR_TENSORS(x), NULL, 1), TSR_ERR_ARGUMENT, "NULL");
  assert_error_says(tsr_program_run_into(p, cpu, lost, lost), TSR_ERR_ARGUMENT, "no list");
  assert_error_says(tsr_program_run_into(p, cpu, TSR_TENSORS(x), lost), TSR_ERR_ARGUMENT,
                    "no list");
  assert_error_says(tsr_program_peak(p, cpu, lost, &peak), TSR_ERR_ARGUMENT, "no list");
  assert_error_says(tsr_runtime_create((tsr_register_list){NULL, 1}, &other), TSR_ERR_ARGUMENT,
                    "layer 0");
  assert_null(other);
  assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(x), &out, 1));
  tsr_tensors_release((tsr_tensor *[]){x, out}, 2);
  tsr_program_release(p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_lists_without_entries_are_refused),
      cmocka_unit_test(test_no_value_is_not_passed_on),
      cmocka_unit_test(test_runs_without_tensors_are_refused),
  };
  return cmocka_run_group_tests(tests, open_all, teardown);
}
