/* test_registry.c - ops and rules by name. */
#include "trace_test.h"

#include <stdio.h>

static void every_core_op_has_the_rules_its_row_asks_for(void **state) {
  (void)state;
  tsr_registry *r;
  assert_ok(tsr_registry_create(&r));
  assert_int_equal(TSR_OP_CORE_COUNT, tsr_registry_count(r));
  for (int32_t i = 0; i < tsr_registry_count(r); i++) {
    const tsr_op *op = tsr_registry_op(r, i);
    const tsr_rules *rules = tsr_registry_rules(r, i);
    if (!rules) fail_msg("%s has no rules", op->name);
    if (!rules->infer) fail_msg("%s has no infer rule", op->name);
    if (op->n_outputs < 0 && !rules->count) fail_msg("%s has no count rule", op->name);
    if (op->jvp == TSR_JVP_RULE && !rules->jvp) fail_msg("%s has no jvp rule", op->name);
    /* a region need not have one (while): reverse mode is then refused by name */
    if (op->lin_inputs != 0 && !rules->transpose) fail_msg("%s has no transpose", op->name);
    if (op->jvp != TSR_JVP_NONE && !rules->batch) fail_msg("%s has no batch rule", op->name);
    assert_int_equal(i, tsr_registry_index(r, op));
    assert_ptr_equal(op, tsr_registry_find(r, op->name));
  }
  tsr_registry_release(r);
}

static void an_extension_is_found_by_name_after_many_others(void **state) {
  (void)state;
  enum {
    N = 200
  };
  static char names[N][32];
  static tsr_op ops[N];
  tsr_registry *r;
  assert_ok(tsr_registry_create(&r));
  for (int i = 0; i < N; i++) {
    snprintf(names[i], sizeof names[i], "test.op%d.v1", i);
    ops[i] = (tsr_op){.name = names[i],
                      .synopsis = "z = x",
                      .min_inputs = 1,
                      .max_inputs = 1,
                      .dtypes = TSR_DTYPES_ANY,
                      .jvp = TSR_JVP_NONE};
    assert_ok(tsr_registry_add(r, &ops[i], &copies_rules));
  }
  for (int i = 0; i < N; i++) {
    tsr_op same_name = {.name = names[i]};
    assert_int_equal(TSR_OP_CORE_COUNT + i, tsr_registry_index(r, &ops[i]));
    assert_int_equal(TSR_OP_CORE_COUNT + i, tsr_registry_index(r, &same_name));
    assert_ptr_equal(&ops[i], tsr_registry_find(r, names[i]));
  }
  assert_null(tsr_registry_find(r, "test.op200.v1"));
  assert_null(tsr_registry_find(r, NULL));
  assert_int_equal(-1, tsr_registry_index(r, &copies));
  assert_int_equal(-1, tsr_registry_index(r, NULL));
  tsr_registry_release(r);
}

static void a_name_is_taken_once(void **state) {
  (void)state;
  tsr_registry *r;
  tsr_op mul = copies;
  mul.name = "mul";
  assert_ok(tsr_registry_create(&r));
  assert_ok(tsr_registry_add(r, &copies, &copies_rules));
  assert_error_says(tsr_registry_add(r, &copies, &copies_rules), TSR_ERR_EXISTS, "test.copies.v1");
  assert_error_says(tsr_registry_add(r, &mul, &copies_rules), TSR_ERR_EXISTS, "mul");
  tsr_registry_release(r);
}

static void malformed_rows_are_refused_with_the_reason(void **state) {
  (void)state;
  tsr_registry *r;
  tsr_op op;
  tsr_rules rules = copies_rules;
  assert_ok(tsr_registry_create(&r));
#define REFUSED(change, reason)                                                                    \
  op = copies;                                                                                     \
  change;                                                                                          \
  assert_error_says(tsr_registry_add(r, &op, &rules), TSR_ERR_ARGUMENT, reason)
  REFUSED(op.name = "", "name");
  REFUSED(op.name = NULL, "name");
  REFUSED(op.min_inputs = -1, "negative");
  REFUSED(op.max_inputs = 0, "max_inputs");
  REFUSED(op.n_outputs = -2, "n_outputs");
  REFUSED(op.key = -2, "key");
  REFUSED(op.key = 1, "key");
  REFUSED(op.dtypes = 0, "dtypes");
  REFUSED(op.lin_inputs = 1, "lin");
  REFUSED(op.lin = TSR_LIN_JOINT, "lin");
  REFUSED(op.jvp = TSR_JVP_DERIVED, "derived");
  REFUSED(op.jvp = TSR_JVP_RULE, "jvp rule");
  REFUSED((op.lin = TSR_LIN_EACH, op.lin_inputs = 1), "transpose");
  REFUSED(rules.count = NULL, "count");
  REFUSED(rules.infer = NULL, "infer");
#undef REFUSED
  assert_status(TSR_ERR_ARGUMENT, tsr_registry_add(r, NULL, &rules));
  assert_status(TSR_ERR_ARGUMENT, tsr_registry_add(r, &copies, NULL));
  assert_int_equal(TSR_OP_CORE_COUNT, tsr_registry_count(r));
  tsr_registry_release(r);
}

static void serials_are_fresh(void **state) {
  (void)state;
  tsr_registry *r;
  assert_ok(tsr_registry_create(&r));
  uint32_t a = tsr_registry_serial(r), b = tsr_registry_serial(r);
  assert_true(a != b && a != 0 && b != 0 && a != UINT32_MAX && b != UINT32_MAX);
  tsr_registry_release(r);
}

static void infer_checks_the_row_first(void **state) {
  (void)state;
  tsr_registry *r;
  tsr_arena arena = {0};
  tsr_call_context context = {&arena, NULL};
  tsr_type types[3] =
      {
          {TSR_BOOL, 0, NULL},
          {TSR_F32,  0, NULL},
          {TSR_F32,  0, NULL}
  },
           *out;
  tsr_convert_attrs to = {TSR_C64};
  int32_t n;
  assert_ok(tsr_registry_create(&r));
  const tsr_op *mul = tsr_op_core(TSR_OP_MUL), *iota = tsr_op_core(TSR_OP_IOTA);
  assert_error_says(tsr_infer(r, &context, mul, NULL, 1, types, &n, &out), TSR_ERR_ARGUMENT, "mul",
                    "exactly 2", "got 1");
  assert_error_says(
      tsr_infer(r, &context, tsr_op_core(TSR_OP_CONCATENATE), &to, 0, types, &n, &out),
      TSR_ERR_ARGUMENT, "at least 1", "got 0");
  assert_error_says(tsr_infer(r, &context, mul, NULL, 2, types, &n, &out), TSR_ERR_DTYPE, "mul",
                    "bool", "f32");
  assert_error_says(tsr_infer(r, &context, tsr_op_core(TSR_OP_CONVERT), NULL, 1, types, &n, &out),
                    TSR_ERR_ARGUMENT, "attributes");
  assert_error_says(tsr_infer(r, &context, &copies, NULL, 1, types, &n, &out), TSR_ERR_NOT_FOUND,
                    "test.copies.v1");
  const tsr_dim three = tsr_dim_of(3);
  tsr_iota_attrs counting = {
      TSR_BOOL, {&three, 1},
       0
  };
  assert_error_says(tsr_infer(r, &context, iota, &counting, 0, NULL, &n, &out), TSR_ERR_DTYPE,
                    "iota", "bool");
  assert_null(out);
  assert_ok(tsr_infer(r, &context, mul, NULL, 2, types + 1, &n, &out));
  assert_int_equal(1, n);
  assert_int_equal(TSR_F32, out[0].dtype);
  tsr_arena_deinit(&arena);
  tsr_registry_release(r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_core_op_has_the_rules_its_row_asks_for),
      cmocka_unit_test(an_extension_is_found_by_name_after_many_others),
      cmocka_unit_test(a_name_is_taken_once),
      cmocka_unit_test(malformed_rows_are_refused_with_the_reason),
      cmocka_unit_test(serials_are_fresh),
      cmocka_unit_test(infer_checks_the_row_first),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
