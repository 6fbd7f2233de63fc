/* test_hostile_registration.c - ops, rules and kernel rows as a careless author writes them: what
 * is malformed is refused when it is registered, a rule that talks nonsense when it is asked.
 */
#include "contracts.h"

#include "tsr/spi/rule.h"

static tsr_status same(const tsr_call *c, tsr_type *out) {
  return tsr_type_make(c, c->in_type[0].dtype, c->in_type[0].rank, c->in_type[0].dims, &out[0]);
}
static tsr_status copied(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                         const tsr_view *out) {
  (void)stream, (void)c;
  return tsr_view_copy(in, out);
}
static const tsr_rules rules = {.infer = same};

static tsr_status into(tsr_status (*add)(tsr_runtime *)) {
  tsr_runtime *made = NULL;
  const tsr_status status = tsr_runtime_create(TSR_WITH(tsr_cpu_register, add), &made);
  if (status != TSR_OK) assert_null(made);
  tsr_runtime_release(made);
  return status;
}

/* ---- rows of ops ---- */

#define GOOD                                                                                       \
  .synopsis = "z = x", .jvp = TSR_JVP_NONE, .dtypes = TSR_BIT(F64), .min_inputs = 1,               \
  .max_inputs = 1, .n_outputs = 1

/* What is changed in a good row, and the word that the message must have. */
#define BAD_OPS(X)                                                                                 \
  X("name", op->name = NULL)                                                                       \
  X("name", op->name = "")                                                                         \
  X("add", op->name = "add")                                                                       \
  X("negative", op->min_inputs = -1)                                                               \
  X("negative", op->max_inputs = -2)                                                               \
  X("max_inputs", op->max_inputs = 0)                                                              \
  X("n_outputs", op->n_outputs = -2)                                                               \
  X("count", op->n_outputs = -1)                                                                   \
  X("key", op->key = 1)                                                                            \
  X("key", op->key = -2)                                                                           \
  X("dtypes", op->dtypes = 0)                                                                      \
  X("dtypes", op->dtypes = UINT32_MAX)                                                             \
  X("lin", op->lin = TSR_LIN_EACH)                                                                 \
  X("lin", op->lin_inputs = 1)                                                                     \
  X("lin", op->lin = (tsr_lin)9)                                                                   \
  X("jvp", op->jvp = TSR_JVP_DERIVED)                                                              \
  X("jvp", op->jvp = TSR_JVP_RULE)                                                                 \
  X("jvp", op->jvp = (tsr_jvp_kind)-1)                                                             \
  X("effect", op->effect = (tsr_effect)77)                                                         \
  X("family", op->family = TSR_FAMILY_ELEMENTWISE)                                                 \
  X("family", op->family = TSR_FAMILY_CONTROL)                                                     \
  X("family", op->family = (tsr_op_family)99)

static const char *spoil(tsr_op *op, int which) {
  int i = 0;
#define TSR_X(word, change)                                                                        \
  if (which == i++) {                                                                              \
    change;                                                                                        \
    return word;                                                                                   \
  }
  BAD_OPS(TSR_X)
#undef TSR_X
  return NULL;
}

static const tsr_op *op_to_add;
static const tsr_rules *rules_to_add;
static tsr_status add_it(tsr_runtime *to) {
  return tsr_runtime_add_op(to, op_to_add, rules_to_add);
}

static void test_malformed_ops_are_refused(void **state) {
  (void)state;
  tsr_op op = {.name = "example.op.v1", GOOD};
  const char *word;
  op_to_add = &op;
  rules_to_add = &rules;
  assert_ok(into(add_it));
  for (int i = 0; (word = spoil(&op, i)) != NULL; i++) {
    const tsr_status status = into(add_it);
    if (status != TSR_ERR_ARGUMENT && status != TSR_ERR_EXISTS)
      fail_msg("op %d (%s): %s", i, word, tsr_status_name(status));
    if (!strstr(tsr_error_message(), word))
      fail_msg("op %d: no %s in: %s", i, word, tsr_error_message());
    op = (tsr_op){.name = "example.op.v1", GOOD};
  }
  op_to_add = NULL;
  assert_error_says(into(add_it), TSR_ERR_ARGUMENT, "name");
  assert_error_says(tsr_runtime_add_op(NULL, &op, &rules), TSR_ERR_ARGUMENT, "runtime");
}

static void test_ops_need_rules(void **state) {
  (void)state;
  static const tsr_op good = {.name = "example.op.v1", GOOD};
  static const tsr_rules empty = {.infer = NULL};
  op_to_add = &good;
  rules_to_add = NULL;
  assert_error_says(into(add_it), TSR_ERR_ARGUMENT, "example.op.v1", "infer");
  rules_to_add = &empty;
  assert_error_says(into(add_it), TSR_ERR_ARGUMENT, "example.op.v1", "infer");
}

/* ---- rows of kernels ---- */

static const tsr_op good_op = {.name = "example.op.v1", GOOD};
static tsr_kernel row;
static const tsr_kernel *rows;
static int32_t n_rows;
static const char *backend;
static tsr_status add_rows(tsr_runtime *to) {
  TSR_TRY(tsr_runtime_add_op(to, &good_op, &rules));
  return tsr_runtime_add_kernels(to, backend, rows, n_rows);
}

static void test_malformed_rows_are_refused(void **state) {
  (void)state;
  static const tsr_op stranger = {.name = "example.stranger.v1", GOOD};
  const tsr_kernel good = {
      .op = &good_op, .dtypes = TSR_BIT(F64), .name = "cpu.example", .run = copied};
  row = good, rows = &row, n_rows = 1, backend = "cpu";
  assert_ok(into(add_rows));
  row.op = NULL;
  assert_error_says(into(add_rows), TSR_ERR_ARGUMENT, "op");
  row = good, row.op = &stranger;
  assert_error_says(into(add_rows), TSR_ERR_NOT_FOUND, "example.stranger.v1");
  row = good, row.run = NULL;
  assert_error_says(into(add_rows), TSR_ERR_ARGUMENT, "run");
  row = good, row.name = NULL;
  assert_error_says(into(add_rows), TSR_ERR_ARGUMENT, "name");
  row = good, row.dtypes = 0;
  assert_error_says(into(add_rows), TSR_ERR_ARGUMENT, "dtypes");
  row = good, rows = NULL;
  assert_error_says(into(add_rows), TSR_ERR_ARGUMENT, "NULL");
  rows = &row, n_rows = -1;
  assert_error_says(into(add_rows), TSR_ERR_ARGUMENT, "-1");
  n_rows = 1, backend = "cpux";
  assert_error_says(into(add_rows), TSR_ERR_NOT_FOUND, "cpux", "cpu");
  backend = NULL;
  assert_error_says(into(add_rows), TSR_ERR_ARGUMENT, "backend", "NULL");
  assert_error_says(tsr_runtime_add_kernels(NULL, "cpu", &good, 1), TSR_ERR_ARGUMENT, "runtime");
  assert_error_says(tsr_runtime_add_backend(NULL, NULL), TSR_ERR_ARGUMENT, "runtime");
  assert_null(tsr_runtime_backend_spi(NULL, "cpu"));
}

/* ---- infer rules that talk nonsense ---- */

static tsr_type nonsense;
static tsr_status infer_nonsense(const tsr_call *c, tsr_type *out) {
  (void)c;
  out[0] = nonsense;
  return TSR_OK;
}
static tsr_status add_nonsense(tsr_runtime *to) {
  static const tsr_rules talk = {.infer = infer_nonsense};
  return tsr_runtime_add_op(to, &good_op, &talk);
}

static void test_nonsense_is_not_believed(void **state) {
  (void)state;
  static const tsr_dim minus[1] = {
      {-3, NULL}
  };
  const tsr_type types[] = {
      {(tsr_dtype)200, 0,  NULL },
      {TSR_F64,        -1, NULL },
      {TSR_F64,        1,  NULL },
      {TSR_F64,        1,  minus}
  };
  tsr_runtime *made = NULL;
  assert_ok(tsr_runtime_create(TSR_WITH(tsr_cpu_register, add_nonsense), &made));
  for (size_t i = 0; i < COUNT(types); i++) {
    tsr_builder *b[2];
    nonsense = types[i];
    assert_ok(tsr_trace_open(made, &b[0]));
    assert_ok(tsr_eager_open(made, "cpu", &b[1]));
    for (int k = 0; k < 2; k++) {
      const tsr_value x = tsr_scalar(b[k], 1);
      assert_true(tsr_value_is_none(tsr_emit1(b[k], &good_op, NULL, TSR_VALUES(x))));
      assert_error_says(tsr_builder_status(b[k]), TSR_ERR_INTERNAL, "example.op.v1");
      tsr_builder_close(b[k]);
    }
  }
  tsr_runtime_release(made);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_malformed_ops_are_refused),
      cmocka_unit_test(test_ops_need_rules),
      cmocka_unit_test(test_malformed_rows_are_refused),
      cmocka_unit_test(test_nonsense_is_not_believed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
