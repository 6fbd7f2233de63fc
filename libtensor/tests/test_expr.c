/* test_expr.c - expressions are checked, copied deeply and compared by content. */
#include "tsr_test.h"

#include <string.h>

#include "tsr/spi/expr.h"

/* out = sum over axis 1 of (x < y), with y along axis 0 only. */
typedef struct sample {
  tsr_dim dims[2];
  int32_t axes_x[2], axes_y[1];
  tsr_compare_attrs less;
  tsr_expr_load inputs[2];
  tsr_expr_step steps[4];
  tsr_convert_attrs to_f32;
  tsr_expr_out outputs[1];
  tsr_expr expr;
} sample;

static void init(sample *s) {
  *s = (sample){
      .dims = {{4, NULL}, {5, NULL}},
      .axes_x = {0,         1},
      .less = {TSR_LT},
      .to_f32 = {TSR_F32   },
      .outputs = {{3, tsr_op_core(TSR_OP_REDUCE_SUM), 2}  },
  };
  s->inputs[0] = (tsr_expr_load){TSR_F64, 2, s->axes_x};
  s->inputs[1] = (tsr_expr_load){TSR_F64, 1, s->axes_y};
  s->steps[0] = (tsr_expr_step){
      NULL, NULL, TSR_F64, {0, -1, -1}
  };
  s->steps[1] = (tsr_expr_step){
      NULL, NULL, TSR_F64, {1, -1, -1}
  };
  s->steps[2] = (tsr_expr_step){
      tsr_op_core(TSR_OP_COMPARE), &s->less, TSR_BOOL, {0, 1, -1}
  };
  s->steps[3] = (tsr_expr_step){
      tsr_op_core(TSR_OP_CONVERT), &s->to_f32, TSR_F32, {2, -1, -1}
  };
  s->expr = (tsr_expr){.rank = 2,
                       .dims = s->dims,
                       .n_inputs = 2,
                       .inputs = s->inputs,
                       .n_steps = 4,
                       .steps = s->steps,
                       .n_outputs = 1,
                       .outputs = s->outputs};
}

static void test_copies_own_everything(void **state) {
  (void)state;
  sample s;
  tsr_expr *e, *other;
  init(&s);
  assert_ok(tsr_expr_create(&s.expr, NULL, &e));
  memset(s.axes_x, 0, sizeof s.axes_x);
  s.less.direction = TSR_GE;
  s.dims[0].n = 9;
  assert_int_equal(e->inputs[0].axes[1], 1);
  assert_int_equal(((const tsr_compare_attrs *)e->steps[2].attrs)->direction, TSR_LT);
  assert_int_equal(e->dims[0].n, 4);
  init(&s);
  assert_ok(tsr_expr_create(&s.expr, NULL, &other));
  const tsr_class *isa = e->object.isa;
  assert_true(isa->equal(e, other));
  assert_true(isa->hash(e) == isa->hash(other));
  tsr_expr_release(other);
  s.less.direction = TSR_LE;
  assert_ok(tsr_expr_create(&s.expr, NULL, &other));
  assert_false(isa->equal(e, other));
  tsr_expr_release(other);
  init(&s);
  s.dims[1].n = 6;
  assert_ok(tsr_expr_create(&s.expr, NULL, &other));
  assert_false(isa->equal(e, other));
  tsr_expr_release(other);
  tsr_expr_release(e);
}

static void refuse(const sample *s) {
  tsr_expr *e;
  assert_status(TSR_ERR_ARGUMENT, tsr_expr_create(&s->expr, NULL, &e));
  assert_null(e);
}

static void test_malformed_ones_are_refused(void **state) {
  (void)state;
  sample s;
  init(&s);
  s.steps[2].arg[1] = 2; /* itself */
  refuse(&s);
  init(&s);
  s.steps[2].arg[2] = 0; /* compare takes two */
  refuse(&s);
  init(&s);
  s.steps[2].op = tsr_op_core(TSR_OP_DOT_GENERAL);
  refuse(&s);
  init(&s);
  s.steps[2].op = tsr_op_core(TSR_OP_FUSED);
  refuse(&s);
  init(&s);
  s.steps[2].attrs = NULL;
  refuse(&s);
  init(&s);
  s.steps[1].arg[0] = 2; /* two inputs */
  refuse(&s);
  init(&s);
  s.steps[3] = s.steps[0]; /* a load comes first */
  refuse(&s);
  init(&s);
  s.axes_x[1] = 0; /* not increasing */
  refuse(&s);
  init(&s);
  s.axes_y[0] = 2;
  refuse(&s);
  init(&s);
  s.outputs[0].step = 4;
  refuse(&s);
  init(&s);
  s.outputs[0].reduced = 4; /* axis 2 of 2 */
  refuse(&s);
  init(&s);
  s.outputs[0].reduce = NULL;
  refuse(&s);
  init(&s);
  s.outputs[0].reduce = tsr_op_core(TSR_OP_ARGMAX);
  refuse(&s);
}

/* ---- rows ---- */

/* y = x - max over axis 1 of x, and that maximum: a step reduces. */
typedef struct row_sample {
  tsr_dim dims[2];
  int32_t axes[2];
  int64_t over[2];
  tsr_reduce_attrs reduce, other;
  tsr_expr_load inputs[1];
  tsr_expr_step steps[4];
  tsr_expr_out outputs[2];
  tsr_expr expr;
} row_sample;

static void init_rows(row_sample *s) {
  *s = (row_sample){
      .dims = {{4, NULL},                                                    {5, NULL}},
      .axes = {0,                                                            1        },
      .over = {1,                                                            0        },
      .steps = {{NULL, NULL, TSR_F64, {0, -1, -1}},
               {tsr_op_core(TSR_OP_REDUCE_MAX), NULL, TSR_F64, {0, -1, -1}},
               {tsr_op_core(TSR_OP_SUB), NULL, TSR_F64, {0, 1, -1}},
               {tsr_op_core(TSR_OP_REDUCE_SUM), NULL, TSR_F64, {2, -1, -1}}},
      .outputs = {{2, NULL, 0}, {1, NULL, 2}         },
  };
  s->inputs[0] = (tsr_expr_load){TSR_F64, 2, s->axes};
  s->reduce.axes = (tsr_axes){s->over, 1};
  s->other.axes = (tsr_axes){s->over + 1, 1};
  s->steps[1].attrs = s->steps[3].attrs = &s->reduce;
  s->expr = (tsr_expr){.rank = 2,
                       .dims = s->dims,
                       .n_inputs = 1,
                       .inputs = s->inputs,
                       .n_steps = 4,
                       .steps = s->steps,
                       .n_outputs = 2,
                       .outputs = s->outputs};
}

static void test_steps_may_reduce_the_same_axes(void **state) {
  (void)state;
  row_sample s;
  tsr_expr *e;
  init_rows(&s);
  assert_ok(tsr_expr_create(&s.expr, NULL, &e));
  s.over[0] = 0;
  assert_true(tsr_expr_rows(e) == 2);
  tsr_expr_release(e);
  sample plain;
  init(&plain);
  assert_true(tsr_expr_rows(&plain.expr) == 0);
}

static void refuse_rows(const row_sample *s, const char *why) {
  tsr_expr *e;
  assert_error_says(tsr_expr_create(&s->expr, NULL, &e), TSR_ERR_ARGUMENT, "expr", why);
  assert_null(e);
}

static void test_malformed_rows_are_refused(void **state) {
  (void)state;
  row_sample s;
  init_rows(&s);
  s.steps[3].attrs = &s.other;
  refuse_rows(&s, "other axes");
  init_rows(&s);
  s.over[0] = 2;
  refuse_rows(&s, "axis 2 of a loop of 2");
  init_rows(&s);
  s.over[0] = -1;
  refuse_rows(&s, "axis -1");
  init_rows(&s);
  s.reduce.axes.n = 0;
  refuse_rows(&s, "other axes");
  init_rows(&s);
  s.outputs[1].step = 2; /* varies along axis 1 */
  refuse_rows(&s, "along which step 2 varies");
  init_rows(&s);
  s.outputs[1].reduced = 1;
  refuse_rows(&s, "output 1");
  init_rows(&s);
  s.outputs[1].reduce = tsr_op_core(TSR_OP_REDUCE_SUM);
  refuse_rows(&s, "output 1");
}

static tsr_status create_and_print_rows(void *arg) {
  (void)arg;
  row_sample s;
  tsr_expr *e = NULL;
  char *text = NULL;
  size_t size = 0;
  init_rows(&s);
  tsr_status status = tsr_expr_create(&s.expr, NULL, &e);
  if (status == TSR_OK) status = tsr_expr_format_c(e, "f", &text, &size);
  tsr_free(text, size, 0);
  tsr_expr_release(e);
  return status;
}

static tsr_status create_and_print(void *arg) {
  (void)arg;
  sample s;
  tsr_expr *e = NULL;
  char *text = NULL;
  size_t size = 0;
  tsr_dim_space *space = NULL;
  tsr_dim n;
  init(&s);
  TSR_TRY(tsr_dim_space_create(&space));
  tsr_status status = tsr_dim_space_symbol(space, "n", 0, &n);
  if (status == TSR_OK) {
    s.dims[0] = n;
    status = tsr_expr_create(&s.expr, space, &e);
  }
  tsr_dim_space_release(space);
  if (status == TSR_OK) status = tsr_expr_format_c(e, "f", &text, &size);
  tsr_free(text, size, 0);
  tsr_expr_release(e);
  return status;
}

static void test_every_allocation_may_fail(void **state) {
  (void)state;
  tsr_test_oom(create_and_print, NULL);
  tsr_test_oom(create_and_print_rows, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_copies_own_everything),
      cmocka_unit_test(test_malformed_ones_are_refused),
      cmocka_unit_test(test_steps_may_reduce_the_same_axes),
      cmocka_unit_test(test_malformed_rows_are_refused),
      cmocka_unit_test(test_every_allocation_may_fail),
  };
  return cmocka_run_group_tests_name("tensor/expr", tests, NULL, NULL);
}
