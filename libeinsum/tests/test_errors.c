/* test_errors.c - what a user is told, and what happens when memory runs out. */
#include "naive.h"

/* The status of a formula on n operands of shape [2, 3]. */
static tsr_status try_formula(const char *formula, size_t n) {
  tsr_builder *b;
  TSR_TRY(tsr_eager_open(rt, "cpu", &b));
  tsr_value x = tsr_ones(b, TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(3)));
  const tsr_value in[] = {x, x, x, x};
  tsr_value z = tsr_einsum(b, formula, tsr_values_of(in, n));
  tsr_status status = tsr_builder_status(b);
  assert_true(tsr_value_is_none(z) == (status != TSR_OK));
  tsr_builder_close(b);
  return status;
}

static void test_malformed_formulas_point_at_the_character(void **state) {
  (void)state;
  assert_error_says(try_formula(NULL, 1), TSR_ERR_ARGUMENT, "NULL");
  assert_error_says(try_formula("ij,j1->i", 2), TSR_ERR_ARGUMENT, "letter", "character 4",
                    "ij,j HERE> 1->i");
  assert_error_says(try_formula("ij-k", 1), TSR_ERR_ARGUMENT, "'-'", "character 2");
  assert_error_says(try_formula("ij>k", 1), TSR_ERR_ARGUMENT, "'>'", "character 2");
  assert_error_says(try_formula("ij->k", 1), TSR_ERR_ARGUMENT, "no operand", "character 4");
  assert_error_says(try_formula("ij->i,j", 1), TSR_ERR_ARGUMENT, "one term", "character 5");
  assert_error_says(try_formula("ij->i->j", 1), TSR_ERR_ARGUMENT, "twice", "character 5");
  assert_error_says(try_formula("..ij->ij", 1), TSR_ERR_ARGUMENT, "three dots", "character 0");
  assert_error_says(try_formula("...i...->", 1), TSR_ERR_ARGUMENT, "one ellipsis", "character 4");
  assert_error_says(try_formula("(ij,jk->ik", 2), TSR_ERR_ARGUMENT, "'(' without", "character 0");
  assert_error_says(try_formula("ij),jk->ik", 2), TSR_ERR_ARGUMENT, "')' without", "character 2");
  assert_error_says(try_formula("ij(jk)->ik", 2), TSR_ERR_ARGUMENT, "group", "character 2");
  assert_error_says(try_formula("(ij)jk->ik", 2), TSR_ERR_ARGUMENT, "missing", "character 4");
  assert_error_says(try_formula("(ij(jk))->ik", 2), TSR_ERR_ARGUMENT, "missing", "character 3");
  assert_error_says(try_formula("ij->(ij)", 1), TSR_ERR_ARGUMENT, "group", "character 4");
  assert_error_says(try_formula("i\xff", 1), TSR_ERR_ARGUMENT, "UTF-8", "character 1");
  assert_error_says(try_formula("i\xce", 1), TSR_ERR_ARGUMENT, "UTF-8");
  assert_error_says(try_formula("i\xc0\x80", 1), TSR_ERR_ARGUMENT, "UTF-8");
}

static void test_operands_that_do_not_fit_are_named(void **state) {
  (void)state;
  assert_error_says(try_formula("ij,jk->ik", 1), TSR_ERR_ARGUMENT, "2 terms", "1 operands");
  assert_error_says(try_formula("ij", 0), TSR_ERR_ARGUMENT, "0 operands");
  assert_error_says(try_formula("ij,ijk->i", 2), TSR_ERR_SHAPE, "operand 1", "f64[2, 3]",
                    "3 labels");
  assert_error_says(try_formula("ij,jk->ik", 2), TSR_ERR_SHAPE, "label 'j'", "size 3", "size 2",
                    "operand 1");
  assert_error_says(try_formula("aα,αb->", 2), TSR_ERR_SHAPE, "label 'α'");
  assert_error_says(try_formula("ii->i", 1), TSR_ERR_SHAPE, "label 'i'", "2", "3");
  assert_error_says(try_formula("ijk...->i", 1), TSR_ERR_SHAPE, "operand 0", "3 labels besides");
  assert_error_says(try_formula("i...->i", 1), TSR_ERR_SHAPE, "1 axis", "output has no '...'");
  assert_error_says(try_formula("i...,...i->...", 2), TSR_ERR_SHAPE, "axis -1 of '...'", "3", "2");
}

static void test_dtypes_must_agree(void **state) {
  (void)state;
  tsr_builder *b;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value x = tsr_ones(b, TSR_F64, TSR_SHAPE(tsr_dim_of(2)));
  tsr_value y = tsr_ones(b, TSR_F32, TSR_SHAPE(tsr_dim_of(2)));
  assert_refused(b, tsr_einsum(b, "i,i->", TSR_VALUES(x, y)), TSR_ERR_DTYPE, "operand 0 is f64",
                 "operand 1 is f32");
  (void)tsr_einsum(b, "i,i->", TSR_VALUES(x, tsr_eq(b, x, x)));
  assert_error_says(tsr_builder_status(b), TSR_ERR_DTYPE, "bool");
  tsr_builder_close(b);
}

static void test_unknown_sizes_do_not_pass_as_equal(void **state) {
  (void)state;
  tsr_builder *b;
  assert_ok(tsr_trace_open(rt, &b));
  tsr_dim n = tsr_dim_symbol(b, "n"), m = tsr_dim_symbol(b, "m");
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(n)),
            y = tsr_input(b, "y", TSR_F64, TSR_SHAPE(m));
  (void)tsr_einsum(b, "i,i->", TSR_VALUES(x, y));
  assert_error_says(tsr_builder_status(b), TSR_ERR_SHAPE, "label 'i'", "size n", "size m",
                    "not known");
  tsr_builder_close(b);
}

static void test_numbered_labels_are_checked(void **state) {
  (void)state;
  tsr_builder *b;
  const tsr_axes labels[] = {TSR_AXES(7, 9)};
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value x = tsr_ones(b, TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(3)));
  assert_refused(b,
                 tsr_einsum_numbered(
                     b, TSR_VALUES(x),
                     (tsr_axes[]){TSR_AXES(TSR_EINSUM_ELLIPSIS, TSR_EINSUM_ELLIPSIS)}, TSR_NO_AXES),
                 TSR_ERR_ARGUMENT, "one ellipsis");
  assert_refused(b, tsr_einsum_numbered(b, TSR_VALUES(x), labels, TSR_AXES(8)), TSR_ERR_ARGUMENT,
                 "label 8", "no operand");
  assert_refused(b, tsr_einsum_numbered(b, TSR_VALUES(x), NULL, TSR_NO_AXES), TSR_ERR_ARGUMENT,
                 "NULL");
  (void)tsr_einsum_numbered(b, TSR_VALUES(x, x), (tsr_axes[]){TSR_AXES(1, 2), TSR_AXES(2, 3)},
                            TSR_NO_AXES);
  assert_error_says(tsr_builder_status(b), TSR_ERR_SHAPE, "label 2", "3", "2");
  tsr_builder_close(b);
}

static void test_symbolic_zero_stays_zero(void **state) {
  (void)state;
  tsr_builder *b;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value x = tsr_ones(b, TSR_F64, TSR_SHAPE(tsr_dim_of(2)));
  assert_true(tsr_value_is_zero(tsr_einsum(b, "i,i->", TSR_VALUES(x, TSR_ZERO_VALUE))));
  tsr_builder_close(b);
}

static tsr_status build_and_run(void *arg) {
  (void)arg;
  tsr_runtime *made = NULL;
  tsr_builder *b = NULL;
  double got;
  tsr_status status = tsr_runtime_create(TSR_WITH(tsr_cpu_register, tsr_einsum_register), &made);
  if (status == TSR_OK) status = tsr_eager_open(made, "cpu", &b);
  if (status == TSR_OK) {
    tsr_value x = tsr_ones(b, TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(2)));
    tsr_value z = tsr_einsum(b, "ii,ij,kj->", TSR_VALUES(x, x, x));
    status = tsr_read(b, z, &got, sizeof got);
    if (status == TSR_OK) assert_true(got == 8);
    z = tsr_einsum(b, "(...i,...k),ik->i...i", TSR_VALUES(x, x, x));
    if (status == TSR_OK) status = tsr_builder_status(b);
  }
  tsr_builder_close(b);
  tsr_runtime_release(made);
  return status;
}

static void test_running_out_of_memory_is_an_ordinary_error(void **state) {
  (void)state;
  tsr_test_oom(build_and_run, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_malformed_formulas_point_at_the_character),
      cmocka_unit_test(test_operands_that_do_not_fit_are_named),
      cmocka_unit_test(test_dtypes_must_agree),
      cmocka_unit_test(test_unknown_sizes_do_not_pass_as_equal),
      cmocka_unit_test(test_numbered_labels_are_checked),
      cmocka_unit_test(test_symbolic_zero_stays_zero),
      cmocka_unit_test(test_running_out_of_memory_is_an_ordinary_error),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
