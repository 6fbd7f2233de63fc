/* libtensor-core/tests/test_dim.c - symbolic sizes: canonical form and meaning.
 *
 * The oracle for meaning is direct: random expression trees are evaluated on random
 * symbol values while they are built.
 */
#include "dim_test.h"
#include "random_test.h"

#include <string.h>

static void assert_reads(const char *text, tsr_dim dim) {
  char buffer[200];
  assert_string_equal(text, tsr_dim_format(dim, buffer, sizeof buffer));
}

/* Interned: the same pointer, and so the same number when it is a constant. */
static void assert_is(tsr_dim a, tsr_dim b) {
  char x[200], y[200];
  if (a.expr != b.expr || a.n != b.n)
    fail_msg("%s is not %s", tsr_dim_format(a, x, sizeof x), tsr_dim_format(b, y, sizeof y));
}

static void test_constants_need_no_space(void **state) {
  (void)state;
  tsr_dim out;
  assert_ok(tsr_dim_add(NULL, C(2), C(3), &out));
  assert_true(tsr_dim_is(out, 5));
  assert_ok(tsr_dim_sub(NULL, C(2), C(3), &out));
  assert_true(tsr_dim_is(out, -1));
  assert_ok(tsr_dim_mul(NULL, C(2), C(3), &out));
  assert_true(tsr_dim_is(out, 6));
  assert_ok(tsr_dim_div(NULL, C(-7), C(2), &out));
  assert_true(tsr_dim_is(out, -4));
  assert_ok(tsr_dim_max(NULL, C(INT64_MIN), C(INT64_MAX), &out));
  assert_true(tsr_dim_is(out, INT64_MAX));
  assert_ok(tsr_dim_min(NULL, C(INT64_MIN), C(INT64_MAX), &out));
  assert_true(tsr_dim_is(out, INT64_MIN));
  assert_true(tsr_dim_same(NULL, C(4), C(4)));
  assert_false(tsr_dim_same(NULL, C(4), C(5)));
  assert_reads("-9223372036854775808", C(INT64_MIN));
}

static void test_one_name_is_one_symbol(void **state) {
  const fixture *f = *state;
  tsr_dim again;
  assert_ok(tsr_dim_space_symbol(f->space, "m", 32, &again));
  assert_is(f->m, again);
  assert_int_equal(3, tsr_dim_symbols(f->space));
  assert_string_equal("m", tsr_dim_name(f->space, 1));
  assert_int_equal(32, tsr_dim_hint(f->space, 1)); /* the first that is given */
  assert_ok(tsr_dim_space_symbol(f->space, "m", 64, &again));
  assert_int_equal(32, tsr_dim_hint(f->space, 1));
  assert_string_equal("", tsr_dim_name(f->space, 3));
  assert_int_equal(0, tsr_dim_hint(f->space, -1));
  assert_false(tsr_dim_is_const(again));
}

static void test_malformed_names_are_refused(void **state) {
  const fixture *f = *state;
  char long_name[65];
  memset(long_name, 'x', 64);
  long_name[64] = 0;
  tsr_dim out;
  const char *const bad[] = {"", "1n", "n m", "n-1", "\xc3\xa4", long_name, NULL};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_status(TSR_ERR_ARGUMENT, tsr_dim_space_symbol(f->space, bad[i], 0, &out));
  assert_ok(tsr_dim_space_symbol(f->space, long_name + 1, 0, &out));
  assert_ok(tsr_dim_space_symbol(f->space, "_a9", 0, &out));
  assert_status(TSR_ERR_ARGUMENT, tsr_dim_space_symbol(f->space, "h", -1, &out));
  assert_status(TSR_ERR_ARGUMENT, tsr_dim_space_symbol(NULL, "h", 0, &out));
}

static void test_text_is_what_one_would_write(void **state) {
  const fixture *f = *state;
  assert_reads("n", f->n);
  assert_reads("2*n + 1", ADD(C(1), MUL(f->n, C(2))));
  assert_reads("-n + 3", SUB(C(3), f->n));
  assert_reads("n - m", SUB(f->n, f->m));
  assert_reads("n^2 + 2*n*m + m^2", MUL(ADD(f->n, f->m), ADD(f->m, f->n)));
  assert_reads("div(n + 1, 2)", DIV(ADD(f->n, C(1)), C(2)));
  assert_reads("div(n, m) + 1", DIV(ADD(f->n, f->m), f->m));
  assert_reads("max(n, m)", MAX(f->m, f->n));
  assert_reads("max(n, 4) + 1", MAX(ADD(f->n, C(1)), C(5)));
  assert_reads("min(n, 4)", MIN(f->n, C(4)));
  assert_reads("2*min(n, 4) - 1", SUB(MUL(C(2), MIN(C(4), f->n)), C(1)));
  assert_reads("3*max(n, 2*m)", MAX(MUL(C(3), f->n), MUL(C(6), f->m)));
  assert_reads("0", SUB(f->n, f->n));
}

static void test_text_is_cut_to_its_buffer(void **state) {
  const fixture *f = *state;
  char buffer[8];
  tsr_dim dim = MUL(ADD(f->n, f->m), ADD(f->m, f->n));
  for (size_t size = 1; size <= sizeof buffer; size++) {
    memset(buffer, '#', sizeof buffer);
    assert_int_equal(size - 1, strlen(tsr_dim_format(dim, buffer, size)));
    for (size_t i = size; i < sizeof buffer; i++)
      assert_int_equal('#', buffer[i]);
  }
}

static void test_known_quotients(void **state) {
  const fixture *f = *state;
  assert_is(f->n, DIV(MUL(f->n, C(3)), C(3)));
  assert_is(C(3), DIV(MUL(f->n, C(3)), f->n));
  assert_is(MUL(f->m, C(2)), DIV(MUL(MUL(f->n, f->m), C(6)), MUL(f->n, C(3))));
  assert_is(ADD(f->n, f->m), DIV(MUL(ADD(f->n, f->m), ADD(f->n, C(1))), ADD(f->n, C(1))));
  assert_is(f->n, DIV(ADD(MUL(f->n, C(4)), C(3)), C(4)));
  assert_is(SUB(f->n, C(1)), DIV(SUB(MUL(f->n, C(4)), C(1)), C(4)));
  assert_is(C(0), DIV(f->n, ADD(f->n, C(1))));
  assert_is(C(0), DIV(f->n, ADD(ADD(f->n, f->m), C(1))));
  assert_is(C(-1), DIV(C(-1), ADD(f->n, C(1))));
  assert_is(C(0), DIV(C(0), f->n));
  assert_is(f->n, DIV(f->n, C(1)));
  assert_is(DIV(f->n, C(6)), DIV(DIV(f->n, C(2)), C(3)));
  assert_is(DIV(ADD(f->n, C(2)), C(6)), DIV(ADD(DIV(f->n, C(2)), C(1)), C(3)));
  assert_is(DIV(f->n, C(2)), DIV(ADD(MUL(f->n, C(2)), C(1)), C(4)));
  assert_is(DIV(f->m, f->k), DIV(MUL(f->n, f->m), MUL(f->n, f->k)));
}

static void test_known_extrema(void **state) {
  const fixture *f = *state;
  assert_is(f->n, MAX(f->n, C(0)));
  assert_is(f->n, MAX(C(-5), f->n));
  assert_is(f->n, MAX(f->n, f->n));
  assert_is(f->n, MIN(f->n, f->n));
  assert_is(C(0), MIN(f->n, C(0)));
  assert_is(ADD(f->n, C(1)), MAX(C(1), ADD(f->n, C(1))));
  assert_is(ADD(f->n, f->m), MAX(ADD(f->n, f->m), f->m));
  assert_is(MAX(f->n, f->m), MAX(MAX(f->n, f->m), f->n));
  assert_is(f->n, MIN(MAX(f->n, f->m), f->n));
  assert_is(MIN(f->n, C(4)), MIN(MIN(f->n, C(4)), C(4)));
  assert_is(C(4), MAX(MIN(f->n, C(4)), C(4)));
  assert_is(MIN(f->n, C(4)), MAX(MIN(f->n, C(4)), C(0)));
  assert_is(f->n, MAX(f->n, DIV(f->n, C(2))));
  assert_is(f->n, MAX(f->n, MUL(C(2), DIV(f->n, C(2)))));
}

/* Random polynomials in three symbols, or with opaque forms inside. */
static tsr_dim random_leaf(const fixture *f, uint64_t *seed) {
  const tsr_dim symbols[] = {f->n, f->m, f->k};
  int64_t which = random_in(seed, 0, 4);
  return which < 3 ? symbols[which] : C(random_in(seed, -4, 6));
}

static tsr_dim random_poly(const fixture *f, uint64_t *seed, int depth) {
  static const binary ops[] = {tsr_dim_add, tsr_dim_sub, tsr_dim_mul};
  if (depth == 0) return random_leaf(f, seed);
  tsr_dim a = random_poly(f, seed, depth - 1), b = random_poly(f, seed, depth - 1);
  return apply(f, ops[random_in(seed, 0, 2)], a, b);
}

static tsr_dim random_positive(const fixture *f, uint64_t *seed) {
  tsr_dim c = C(random_in(seed, 1, 5));
  const tsr_dim symbols[] = {f->n, f->m, f->k};
  return random_in(seed, 0, 1) ? c : ADD(c, symbols[random_in(seed, 0, 2)]);
}

static tsr_dim random_any(const fixture *f, uint64_t *seed) {
  tsr_dim a = random_poly(f, seed, 2), b = random_poly(f, seed, 1);
  switch (random_in(seed, 0, 3)) {
  case 0:
    return ADD(DIV(a, random_positive(f, seed)), b);
  case 1:
    return ADD(MAX(a, b), random_leaf(f, seed));
  case 2:
    return MUL(MIN(a, b), random_leaf(f, seed));
  default:
    return a;
  }
}

static void test_equal_polynomials_are_one_pointer(void **state) {
  const fixture *f = *state;
  uint64_t seed = 21;
  for (int round = 0; round < 500; round++) {
    tsr_dim a = random_any(f, &seed), b = random_any(f, &seed), c = random_any(f, &seed);
    assert_is(ADD(a, b), ADD(b, a));
    assert_is(MUL(a, b), MUL(b, a));
    assert_is(ADD(ADD(a, b), c), ADD(a, ADD(b, c)));
    assert_is(MUL(MUL(a, b), c), MUL(a, MUL(b, c)));
    assert_is(MUL(ADD(a, b), c), ADD(MUL(a, c), MUL(b, c)));
    assert_is(SUB(ADD(a, b), b), a);
    assert_is(MUL(SUB(a, b), ADD(a, b)), SUB(MUL(a, a), MUL(b, b)));
    assert_is(C(0), SUB(a, a));
    assert_is(C(0), MUL(a, C(0)));
  }
}

static void test_equal_extrema_are_one_pointer(void **state) {
  const fixture *f = *state;
  uint64_t seed = 22;
  for (int round = 0; round < 500; round++) {
    tsr_dim a = random_poly(f, &seed, 2), b = random_poly(f, &seed, 2), c = random_any(f, &seed);
    assert_is(MAX(a, b), MAX(b, a));
    assert_is(MIN(a, b), MIN(b, a));
    assert_is(ADD(a, b), ADD(MAX(a, b), MIN(a, b)));
    assert_is(ADD(MAX(a, b), c), MAX(ADD(a, c), ADD(b, c)));
    assert_is(MUL(MAX(a, b), C(3)), MAX(MUL(a, C(3)), MUL(C(3), b)));
    assert_is(MUL(C(-1), MIN(a, b)), MAX(MUL(C(-1), a), MUL(C(-1), b)));
  }
}

static void test_equal_quotients_are_one_pointer(void **state) {
  const fixture *f = *state;
  uint64_t seed = 23;
  for (int round = 0; round < 500; round++) {
    tsr_dim a = random_poly(f, &seed, 2), b = random_positive(f, &seed);
    tsr_dim q = random_poly(f, &seed, 1), c = C(random_in(&seed, 1, 4));
    assert_is(q, DIV(MUL(q, b), b));
    assert_is(ADD(DIV(a, b), q), DIV(ADD(a, MUL(q, b)), b));
    assert_is(DIV(a, b), DIV(MUL(a, c), MUL(b, c)));
    assert_is(DIV(a, MUL(b, c)), DIV(DIV(a, b), c));
  }
}

/* An expression with the value it must have, or not, when a divisor is <= 0. */
typedef struct sample {
  tsr_dim dim;
  int64_t value;
} sample;

static int64_t floor_div(int64_t a, int64_t b) {
  int64_t q = a / b;
  return q * b > a ? q - 1 : q;
}

static sample combine(const fixture *f, int op, sample a, sample b) {
  switch (op) {
  case 0:
    return (sample){ADD(a.dim, b.dim), a.value + b.value};
  case 1:
    return (sample){SUB(a.dim, b.dim), a.value - b.value};
  case 2:
    return (sample){MAX(a.dim, b.dim), a.value > b.value ? a.value : b.value};
  case 3:
    return (sample){MIN(a.dim, b.dim), a.value < b.value ? a.value : b.value};
  case 4:
    return (sample){MUL(a.dim, b.dim), a.value * b.value};
  default: /* a divisor that is positive for all symbols: max(b, 1) */
    return (sample){DIV(a.dim, MAX(b.dim, C(1))), floor_div(a.value, b.value > 1 ? b.value : 1)};
  }
}

static sample random_sample(const fixture *f, uint64_t *seed, const int64_t *values, int depth) {
  const tsr_dim symbols[] = {f->n, f->m, f->k};
  if (depth == 0) {
    int64_t which = random_in(seed, 0, 4), c = random_in(seed, -9, 9);
    return which < 3 ? (sample){symbols[which], values[which]} : (sample){C(c), c};
  }
  sample a = random_sample(f, seed, values, depth - 1);
  sample b = random_sample(f, seed, values, (int)random_in(seed, 0, depth - 1));
  return combine(f, (int)random_in(seed, 0, 5), a, b);
}

static void test_values_are_those_of_the_expression(void **state) {
  uint64_t seed = 24;
  for (int round = 0; round < 3000; round++) {
    if (round % 100 == 99) { /* a fresh space now and then keeps atoms few */
      tear_down(state);
      set_up(state);
    }
    const fixture *f = *state;
    int64_t values[3], got;
    for (int i = 0; i < 3; i++)
      values[i] = random_in(&seed, 0, 12);
    sample s = random_sample(f, &seed, values, 4);
    assert_ok(tsr_dim_eval(s.dim, values, &got));
    if (got != s.value) {
      char text[1000];
      fail_msg("%s is %lld, not %lld, at n = %lld, m = %lld, k = %lld",
               tsr_dim_format(s.dim, text, sizeof text), (long long)got, (long long)s.value,
               (long long)values[0], (long long)values[1], (long long)values[2]);
    }
  }
}

static void test_overflow_is_reported_with_both_operands(void **state) {
  const fixture *f = *state;
  tsr_dim big = MUL(f->n, C(INT64_MAX)), out;
  assert_status(TSR_ERR_LIMIT, tsr_dim_add(f->space, big, f->n, &out));
  assert_true(tsr_dim_is(out, 0));
  assert_non_null(strstr(tsr_error_message(), "9223372036854775807*n and n"));
  assert_status(TSR_ERR_LIMIT, tsr_dim_mul(f->space, big, C(2), &out));
  assert_status(TSR_ERR_LIMIT, tsr_dim_sub(f->space, big, MUL(f->n, C(-1)), &out));
  assert_status(TSR_ERR_LIMIT, tsr_dim_add(NULL, C(INT64_MAX), C(1), &out));
  assert_status(TSR_ERR_LIMIT, tsr_dim_sub(NULL, C(INT64_MIN), C(1), &out));
  assert_status(TSR_ERR_LIMIT, tsr_dim_sub(NULL, C(0), C(INT64_MIN), &out));
  assert_status(TSR_ERR_LIMIT, tsr_dim_mul(NULL, C(INT64_MIN), C(-1), &out));
  assert_status(TSR_ERR_LIMIT, tsr_dim_max(f->space, ADD(f->n, C(INT64_MAX)), C(-5), &out));
}

static void test_expressions_cannot_grow_without_end(void **state) {
  const fixture *f = *state;
  tsr_status status = TSR_OK;
  tsr_dim d = ADD(ADD(f->n, f->m), ADD(f->k, C(1)));
  for (int i = 0; i < 100 && status == TSR_OK; i++) /* (n + m + k + 1)^(2^i) */
    status = tsr_dim_mul(f->space, d, d, &d);
  assert_status(TSR_ERR_LIMIT, status);
  d = f->n, status = TSR_OK;
  for (int i = 0; i < 100 && status == TSR_OK; i++) /* n^(2^i) */
    status = tsr_dim_mul(f->space, d, d, &d);
  assert_status(TSR_ERR_LIMIT, status);
  d = f->n, status = TSR_OK;
  for (int i = 0; i < 100000 && status == TSR_OK; i++) { /* nested, and each twice */
    tsr_dim s = d;
    status = tsr_dim_mul(f->space, s, s, &s);
    if (status == TSR_OK) status = tsr_dim_max(f->space, s, ADD(d, C(7)), &d);
  }
  assert_status(TSR_ERR_LIMIT, status);
  assert_true(tsr_dim_is(d, 0));
}

static void test_divisors_must_be_positive(void **state) {
  const fixture *f = *state;
  tsr_dim out;
  assert_status(TSR_ERR_ARGUMENT, tsr_dim_div(f->space, f->n, C(0), &out));
  assert_non_null(strstr(tsr_error_message(), "size n is divided by 0"));
  assert_status(TSR_ERR_ARGUMENT, tsr_dim_div(NULL, C(4), C(-2), &out));
  assert_status(TSR_ERR_ARGUMENT, tsr_dim_div(NULL, C(INT64_MIN), C(-1), &out));
}

static void test_dims_of_another_space_are_refused(void **state) {
  const fixture *f = *state;
  tsr_dim_space *other;
  tsr_dim n, out;
  static const binary ops[] = {tsr_dim_add, tsr_dim_sub, tsr_dim_mul,
                               tsr_dim_div, tsr_dim_max, tsr_dim_min};
  assert_ok(tsr_dim_space_create(&other));
  assert_ok(tsr_dim_space_symbol(other, "n", 0, &n));
  for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
    assert_status(TSR_ERR_ARGUMENT, ops[i](f->space, f->n, n, &out));
    assert_status(TSR_ERR_ARGUMENT, ops[i](f->space, n, f->n, &out));
    assert_status(TSR_ERR_ARGUMENT, ops[i](NULL, n, n, &out));
  }
  assert_status(TSR_ERR_ARGUMENT, tsr_dim_space_assert(f->space, f->n, n));
  assert_ptr_equal(other, tsr_dim_space_retain(other));
  tsr_dim_space_release(other);
  assert_false(tsr_dim_same(f->space, f->n, n));
  tsr_dim_space_release(other);
}

static tsr_status use_everything(void *arg) {
  (void)arg;
  tsr_dim_space *space = NULL;
  tsr_dim n, m, d, e;
  int64_t value, values[] = {-1, 4};
  bool bound;
  tsr_status s;
  TSR_TRY_TO(done, s, tsr_dim_space_create(&space));
  TSR_TRY_TO(done, s, tsr_dim_space_symbol(space, "n", 0, &n));
  TSR_TRY_TO(done, s, tsr_dim_space_symbol(space, "m", 0, &m));
  TSR_TRY_TO(done, s, tsr_dim_mul(space, n, m, &d));
  TSR_TRY_TO(done, s, tsr_dim_add(space, d, tsr_dim_of(3), &d));
  TSR_TRY_TO(done, s, tsr_dim_sub(space, d, n, &e));
  TSR_TRY_TO(done, s, tsr_dim_max(space, d, e, &d));
  TSR_TRY_TO(done, s, tsr_dim_min(space, d, m, &d));
  TSR_TRY_TO(done, s, tsr_dim_div(space, d, tsr_dim_of(7), &d));
  TSR_TRY_TO(done, s, tsr_dim_div(space, d, m, &d));
  TSR_TRY_TO(done, s, tsr_dim_space_assert(space, n, m));
  TSR_TRY_TO(done, s, tsr_dim_space_assert(space, e, tsr_dim_of(15)));
  TSR_TRY_TO(done, s, tsr_dim_bind(space, n, 4, values, &bound));
  TSR_TRY_TO(done, s, tsr_dim_check_asserted(space, values));
  TSR_TRY_TO(done, s, tsr_dim_eval(d, values, &value));
done:
  tsr_dim_space_release(space);
  return s;
}

static void test_every_allocation_may_fail(void **state) {
  (void)state;
  tsr_test_oom(use_everything, NULL);
}

/* A failed call leaves the space as it was: repeat each until memory is back. */
/* Rare enough that an operation of a hundred allocations gets through in the end. */
static void *one_in_64_fails(void *self, void *ptr, size_t old_size, size_t new_size,
                             size_t alignment) {
  (void)old_size, (void)alignment;
  if (new_size && random_in(self, 0, 63) == 0) return NULL;
  if (new_size) return test_malloc(new_size);
  if (ptr) test_free(ptr);
  return NULL;
}

static void test_a_space_survives_failures(void **state) {
  (void)state;
  uint64_t seed = 25;
  const tsr_allocator unreliable = {one_in_64_fails, &seed};
  tsr_dim_space *space;
  tsr_dim n, sum, previous;
  int failures = 0;
  tsr_allocator_set(&unreliable);
  while (tsr_dim_space_create(&space) != TSR_OK)
    failures++;
  while (tsr_dim_space_symbol(space, "n", 0, &n) != TSR_OK)
    failures++;
  sum = n;
  for (int i = 1; i < 60; i++) {
    previous = sum;
    while (tsr_dim_mul(space, previous, n, &sum) != TSR_OK)
      failures++;
    previous = sum;
    while (tsr_dim_add(space, previous, tsr_dim_of(1), &sum) != TSR_OK)
      failures++;
  }
  assert_true(failures > 0);
  int64_t value, one = 1;
  assert_ok(tsr_dim_eval(sum, &one, &value));
  assert_int_equal(60, value); /* n^60 + n^58 + ... + 1, at n = 1 */
  assert_int_equal(1, tsr_dim_symbols(space));
  tsr_dim_space_release(space);
  tsr_allocator_set(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_constants_need_no_space),
      TEST(test_one_name_is_one_symbol),
      TEST(test_malformed_names_are_refused),
      TEST(test_text_is_what_one_would_write),
      TEST(test_text_is_cut_to_its_buffer),
      TEST(test_known_quotients),
      TEST(test_known_extrema),
      TEST(test_equal_polynomials_are_one_pointer),
      TEST(test_equal_extrema_are_one_pointer),
      TEST(test_equal_quotients_are_one_pointer),
      TEST(test_values_are_those_of_the_expression),
      TEST(test_overflow_is_reported_with_both_operands),
      TEST(test_expressions_cannot_grow_without_end),
      TEST(test_divisors_must_be_positive),
      TEST(test_dims_of_another_space_are_refused),
      cmocka_unit_test(test_every_allocation_may_fail),
      cmocka_unit_test(test_a_space_survives_failures),
  };
  return cmocka_run_group_tests_name("tensor-core/dim", tests, NULL, NULL);
}
