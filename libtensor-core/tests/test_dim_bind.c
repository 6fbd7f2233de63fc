/* libtensor-core/tests/test_dim_bind.c - symbols get values, and promises are kept. */
#include "dim_test.h"
#include "random_test.h"

#include <string.h>

static bool binds(const fixture *f, tsr_dim dim, int64_t size, int64_t *values) {
  bool bound = true;
  assert_ok(tsr_dim_bind(f->space, dim, size, values, &bound));
  return bound;
}

static void test_a_linear_size_binds_its_symbol(void **state) {
  const fixture *f = *state;
  int64_t v[] = {-1, -1, -1};
  assert_true(binds(f, f->n, 7, v));
  assert_int_equal(7, v[0]);
  assert_true(binds(f, ADD(MUL(f->m, C(2)), C(1)), 9, v));
  assert_int_equal(4, v[1]);
  assert_true(binds(f, SUB(C(10), f->k), 10, v));
  assert_int_equal(0, v[2]);
}

static void test_bound_symbols_help_to_bind_others(void **state) {
  const fixture *f = *state;
  int64_t v[] = {-1, -1, -1};
  tsr_dim nm = ADD(MUL(f->n, f->m), DIV(f->m, C(2)));
  assert_false(binds(f, nm, 33, v));
  assert_true(binds(f, f->m, 6, v));
  assert_true(binds(f, nm, 33, v)); /* 6 n + 3 */
  assert_int_equal(5, v[0]);
  assert_int_equal(-1, v[2]);
}

static void test_what_is_not_linear_waits(void **state) {
  const fixture *f = *state;
  int64_t v[] = {-1, -1, -1};
  assert_false(binds(f, MUL(f->n, f->n), 9, v));
  assert_false(binds(f, DIV(f->n, C(2)), 3, v));
  assert_false(binds(f, ADD(MAX(f->n, C(4)), f->m), 9, v));
  assert_false(binds(f, ADD(f->n, f->m), 9, v));
  for (int i = 0; i < 3; i++)
    assert_int_equal(-1, v[i]);
  assert_true(binds(f, f->n, 3, v));
  assert_true(binds(f, MUL(f->n, f->n), 9, v));
  bool bound;
  assert_status(TSR_ERR_SHAPE, tsr_dim_bind(f->space, MUL(f->n, f->n), 8, v, &bound));
}

static void test_a_size_that_cannot_be_is_refused(void **state) {
  const fixture *f = *state;
  int64_t v[] = {-1, 0, -1};
  bool bound = true;
  assert_status(TSR_ERR_SHAPE, tsr_dim_bind(f->space, C(3), 4, v, &bound));
  assert_non_null(strstr(tsr_error_message(), "size 3 cannot be 4"));
  assert_false(bound);
  assert_true(binds(f, C(3), 3, v));
  assert_status(TSR_ERR_SHAPE, tsr_dim_bind(f->space, ADD(MUL(f->n, C(2)), C(1)), 4, v, &bound));
  assert_non_null(strstr(tsr_error_message(), "size 2*n + 1 cannot be 4"));
  assert_status(TSR_ERR_SHAPE, tsr_dim_bind(f->space, ADD(f->n, C(5)), 4, v, &bound));
  assert_status(TSR_ERR_SHAPE, tsr_dim_bind(f->space, MUL(f->n, f->m), 4, v, &bound)); /* 0 n */
  assert_false(binds(f, MUL(f->n, f->m), 0, v)); /* any n will do */
  assert_int_equal(-1, v[0]);
  assert_status(TSR_ERR_ARGUMENT, tsr_dim_bind(f->space, f->n, -1, v, &bound));
  assert_status(TSR_ERR_SHAPE, tsr_dim_bind(f->space, f->m, 2, v, &bound));
}

/* Whatever is bound must give the size back. */
static void test_binding_inverts_evaluation(void **state) {
  const fixture *f = *state;
  uint64_t seed = 31;
  for (int round = 0; round < 2000; round++) {
    int64_t values[] = {random_in(&seed, 0, 20), random_in(&seed, 0, 20), random_in(&seed, 0, 20)};
    int64_t found[] = {-1, values[1], values[2]}, size;
    tsr_dim slope = ADD(MUL(f->m, C(random_in(&seed, -3, 3))), C(random_in(&seed, 1, 3)));
    tsr_dim rest = ADD(DIV(f->k, C(2)), C(random_in(&seed, 0, 200)));
    tsr_dim dim = ADD(MUL(slope, f->n), rest);
    assert_ok(tsr_dim_eval(dim, values, &size));
    if (size < 0) continue;
    if (binds(f, dim, size, found)) {
      assert_int_equal(values[0], found[0]);
    } else {
      int64_t zero;
      assert_ok(tsr_dim_eval(slope, values, &zero));
      assert_int_equal(0, zero);
    }
  }
}

static void test_eval_names_the_unbound_symbol(void **state) {
  const fixture *f = *state;
  int64_t v[] = {3, -1, -1}, out = 5;
  assert_status(TSR_ERR_STATE, tsr_dim_eval(ADD(f->n, DIV(f->k, C(2))), v, &out));
  assert_int_equal(0, out);
  assert_non_null(strstr(tsr_error_message(), "needs a value of k"));
  assert_status(TSR_ERR_STATE, tsr_dim_eval(f->n, NULL, &out));
  assert_ok(tsr_dim_eval(C(-4), NULL, &out));
  assert_int_equal(-4, out);
  assert_ok(tsr_dim_eval(SUB(C(1), f->n), v, &out));
  assert_int_equal(-2, out);
}

static void test_eval_overflows_only_when_the_result_does(void **state) {
  const fixture *f = *state;
  int64_t v[] = {INT64_MAX, INT64_MAX - 2, 0}, out;
  tsr_dim n2 = MUL(f->n, f->n), m2 = MUL(f->m, f->m);
  assert_status(TSR_ERR_LIMIT, tsr_dim_eval(n2, v, &out));
  assert_status(TSR_ERR_LIMIT, tsr_dim_eval(ADD(f->n, C(1)), v, &out));
  assert_status(TSR_ERR_LIMIT, tsr_dim_eval(SUB(n2, m2), v, &out));
  v[1] = v[0];
  assert_ok(tsr_dim_eval(SUB(n2, m2), v, &out)); /* each term is far beyond 64 bits */
  assert_int_equal(0, out);
  assert_ok(tsr_dim_eval(MUL(MUL(n2, n2), f->k), v, &out)); /* k = 0 */
  assert_int_equal(0, out);
  tsr_dim power = f->n;
  for (int i = 0; i < 30; i++)
    power = MUL(power, power);
  const int64_t one[] = {1, 1, 1}, two[] = {2, 2, 2};
  assert_ok(tsr_dim_eval(power, one, &out)); /* 1^(2^30), at once */
  assert_int_equal(1, out);
  assert_status(TSR_ERR_LIMIT, tsr_dim_eval(power, two, &out));
}

static void test_a_divisor_that_turns_out_zero_is_an_error(void **state) {
  const fixture *f = *state;
  const int64_t v[] = {3, 0, 1};
  int64_t out;
  assert_status(TSR_ERR_ARGUMENT, tsr_dim_eval(DIV(f->n, f->m), v, &out));
  assert_non_null(strstr(tsr_error_message(), "div(n, m)"));
}

static void test_promises_make_sizes_the_same(void **state) {
  const fixture *f = *state;
  assert_false(tsr_dim_same(f->space, f->n, f->m));
  assert_ok(tsr_dim_space_assert(f->space, f->n, f->m));
  assert_true(tsr_dim_same(f->space, f->n, f->m));
  assert_true(tsr_dim_same(f->space, f->m, f->n));
  assert_true(tsr_dim_same(f->space, ADD(f->n, C(1)), ADD(f->m, C(1))));
  assert_true(tsr_dim_same(f->space, MUL(f->n, C(2)), ADD(f->n, f->m)));
  assert_false(tsr_dim_same(f->space, ADD(f->n, C(1)), f->m));
  assert_false(tsr_dim_same(f->space, f->n, f->k));
  assert_ok(tsr_dim_space_assert(f->space, f->m, f->k));
  assert_true(tsr_dim_same(f->space, f->n, f->k)); /* through m */
  assert_ok(tsr_dim_space_assert(f->space, MUL(f->k, C(2)), C(6)));
  assert_true(tsr_dim_same(f->space, f->n, C(3)));
  assert_true(tsr_dim_same(f->space, C(5), ADD(f->m, C(2))));
  assert_false(tsr_dim_same(f->space, f->n, C(4)));
  assert_ok(tsr_dim_space_assert(f->space, f->n, f->n));
}

static void test_promises_that_cannot_hold_are_refused(void **state) {
  const fixture *f = *state;
  assert_status(TSR_ERR_SHAPE, tsr_dim_space_assert(f->space, C(3), C(4)));
  assert_non_null(strstr(tsr_error_message(), "sizes 3 and 4 differ"));
  assert_ok(tsr_dim_space_assert(f->space, C(3), C(3)));
  assert_status(TSR_ERR_SHAPE, tsr_dim_space_assert(f->space, f->n, ADD(f->n, C(1))));
  assert_status(TSR_ERR_SHAPE, tsr_dim_space_assert(f->space, ADD(f->n, C(4)), C(2)));
  assert_non_null(strstr(tsr_error_message(), "sizes n + 4 and 2 cannot be equal"));
  assert_ok(tsr_dim_space_assert(f->space, f->n, C(3)));
  assert_status(TSR_ERR_SHAPE, tsr_dim_space_assert(f->space, C(4), f->n));
  assert_true(tsr_dim_same(f->space, f->n, C(3)));
}

/* Random promises between linear sizes that hold at a known point: all that is called
 * the same must be equal there; all that was promised must be called the same. */
static void test_what_follows_from_promises_is_true(void **state) {
  uint64_t seed = 32;
  for (int round = 0; round < 300; round++) {
    tear_down(state);
    set_up(state);
    const fixture *f = *state;
    int64_t v[] = {random_in(&seed, 0, 9), random_in(&seed, 0, 9), random_in(&seed, 0, 9)};
    tsr_dim sides[2][2];
    for (int i = 0; i < 2; i++) {
      int64_t value;
      tsr_dim a = ADD(MUL(f->n, C(random_in(&seed, -3, 3))), MUL(f->m, C(random_in(&seed, -3, 3))));
      a = ADD(a, MUL(MUL(f->k, f->n), C(random_in(&seed, -2, 2))));
      assert_ok(tsr_dim_eval(a, v, &value));
      sides[i][0] = a, sides[i][1] = C(value);
      assert_ok(tsr_dim_space_assert(f->space, a, C(value)));
    }
    assert_ok(tsr_dim_check_asserted(f->space, v));
    for (int i = 0; i < 2; i++)
      assert_true(tsr_dim_same(f->space, sides[i][0], sides[i][1]));
    tsr_dim a = ADD(MUL(sides[0][0], C(3)), MUL(sides[1][0], C(-2)));
    tsr_dim b = ADD(MUL(sides[0][1], C(3)), MUL(sides[1][1], C(-2)));
    assert_true(tsr_dim_same(f->space, a, b));
    for (int i = 0; i < 50; i++) {
      tsr_dim x = ADD(MUL(f->n, C(random_in(&seed, -3, 3))), C(random_in(&seed, -3, 9)));
      tsr_dim y = ADD(MUL(f->m, C(random_in(&seed, -3, 3))), C(random_in(&seed, -3, 9)));
      int64_t p, q;
      assert_ok(tsr_dim_eval(x, v, &p));
      assert_ok(tsr_dim_eval(y, v, &q));
      if (tsr_dim_same(f->space, x, y)) assert_int_equal(p, q);
    }
  }
}

static void test_broken_promises_are_found_when_values_come(void **state) {
  const fixture *f = *state;
  assert_ok(tsr_dim_space_assert(f->space, f->n, MUL(f->m, C(2))));
  int64_t v[] = {6, -1, -1};
  assert_ok(tsr_dim_check_asserted(f->space, v)); /* m is not known yet */
  v[1] = 3;
  assert_ok(tsr_dim_check_asserted(f->space, v));
  v[1] = 4;
  assert_status(TSR_ERR_SHAPE, tsr_dim_check_asserted(f->space, v));
  assert_non_null(strstr(tsr_error_message(), "sizes n = 6 and 2*m = 8"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_a_linear_size_binds_its_symbol),
      TEST(test_bound_symbols_help_to_bind_others),
      TEST(test_what_is_not_linear_waits),
      TEST(test_a_size_that_cannot_be_is_refused),
      TEST(test_binding_inverts_evaluation),
      TEST(test_eval_names_the_unbound_symbol),
      TEST(test_eval_overflows_only_when_the_result_does),
      TEST(test_a_divisor_that_turns_out_zero_is_an_error),
      TEST(test_promises_make_sizes_the_same),
      TEST(test_promises_that_cannot_hold_are_refused),
      TEST(test_what_follows_from_promises_is_true),
      TEST(test_broken_promises_are_found_when_values_come),
  };
  return cmocka_run_group_tests_name("tensor-core/dim_bind", tests, NULL, NULL);
}
