/* test_arrange.c - elements in another order: places of integers by formula, and gradients. */
#include "contracts.h"

/* ---- bodies on one operand ---- */

#define OF_X(name, call)                                                                           \
  BODY(name) {                                                                                     \
    (void)ctx;                                                                                     \
    const tsr_value x = in[0];                                                                     \
    out[0] = call;                                                                                 \
    return TSR_OK;                                                                                 \
  }
OF_X(flip_rows, tsr_flip(b, x, TSR_AXES(0)))
OF_X(flip_all, tsr_flip(b, x, TSR_ALL_AXES))
OF_X(roll, tsr_roll(b, x, TSR_AXES(1, -2), TSR_AXES(0, -1)))
OF_X(roll_far, tsr_roll(b, x, TSR_AXES(INT64_MIN, 4), TSR_AXES(1, 1)))
OF_X(move_last, tsr_moveaxis(b, x, TSR_AXES(0), TSR_AXES(-1)))
OF_X(move_two, tsr_moveaxis(b, x, TSR_AXES(2, 0), TSR_AXES(0, 1)))
OF_X(swap, tsr_swapaxes(b, x, 0, -1))
OF_X(tile, tsr_tile(b, x, TSR_AXES(2, 1, 2)))
OF_X(tile_last, tsr_tile(b, x, TSR_AXES(2)))
OF_X(tile_none, tsr_tile(b, x, TSR_AXES(2, 0)))
OF_X(repeat_rows, tsr_repeat(b, x, 2, 0))
OF_X(repeat_columns, tsr_repeat(b, x, 3, -1))
OF_X(stack_last, tsr_stack(b, TSR_VALUES(x, tsr_neg(b, x)), -1))
OF_X(stack_first, tsr_stack(b, TSR_VALUES(tsr_neg(b, x), x), 0))
OF_X(diagonal, tsr_diagonal(b, x, 0))
OF_X(diagonal_above, tsr_diagonal(b, x, 2))
OF_X(diagonal_below, tsr_diagonal(b, x, -1))
OF_X(diagonal_far, tsr_diagonal(b, x, -9))
OF_X(diag, tsr_diag(b, x, 0))
OF_X(diag_above, tsr_diag(b, x, 1))
OF_X(diag_below, tsr_diag(b, x, -2))
OF_X(trace_above, tsr_trace(b, x, 1))
OF_X(tril, tsr_tril(b, x, 0))
OF_X(tril_above, tsr_tril(b, x, 1))
OF_X(triu, tsr_triu(b, x, 0))
OF_X(triu_below, tsr_triu(b, x, -1))
OF_X(triu_far, tsr_triu(b, x, INT64_MAX))

BODY(thirds) {
  (void)ctx;
  return tsr_split(b, in[0], 3, -1, out);
}
BODY(pieces) {
  (void)ctx;
  return tsr_split_at(b, in[0], TSR_SHAPE(tsr_dim_of(1), tsr_dim_of(1), tsr_dim_of(4)), 1, out);
}

/* ---- places ---- */

/* body of 0, 1, 2 .. (times scale) in x[dims] gives these numbers; in f64, and in another dtype
 * and by columns, which is a view.
 */
static void gives(tsr_body body, tsr_dims dims, size_t n_out, size_t n, const double *expected) {
  double x[64];
  int64_t whole[64];
  size_t count = 1;
  for (size_t k = 0; k < dims.n; k++)
    count *= (size_t)dims.data[k];
  assert_true(count <= COUNT(x));
  for (size_t i = 0; i < count; i++) {
    x[i] = (double)i;
    whole[i] = (int64_t)i;
  }
  tsr_tensor *of_f64 = f64_of(dims, x), *of_i64 = tensor_of(TSR_I64, dims, whole);
  check_both(body, NULL, TSR_TENSORS(of_f64), n_out, expected, n, 0, 0);
  check_both(body, NULL, TSR_TENSORS(of_i64), n_out, expected, n, 0, 0);
  tsr_tensor_release(of_f64);
  tsr_tensor_release(of_i64);
}
#define GIVES(body, dims, ...)                                                                     \
  gives(body, dims, 1, COUNT(((double[]){__VA_ARGS__})), (double[]){__VA_ARGS__})

static void test_flips_and_rolls(void **state) {
  (void)state;
  GIVES(flip_rows, TSR_DIMS(3, 2), 4, 5, 2, 3, 0, 1);
  GIVES(flip_all, TSR_DIMS(2, 3), 5, 4, 3, 2, 1, 0);
  /* numpy.roll(x, (1, -2), (0, 1)) */
  GIVES(roll, TSR_DIMS(2, 3), 5, 3, 4, 2, 0, 1);
  /* 2^63 is 3 mod 5, so both shifts together are 1 */
  GIVES(roll_far, TSR_DIMS(1, 5), 4, 0, 1, 2, 3);
}

static void test_axes_move(void **state) {
  (void)state;
  GIVES(move_last, TSR_DIMS(2, 3), 0, 3, 1, 4, 2, 5);
  /* z[k, i, j] = x[i, j, k] = 6 i + 2 j + k */
  GIVES(move_two, TSR_DIMS(2, 3, 2), 0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11);
  GIVES(swap, TSR_DIMS(2, 2, 3), 0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 11);
}

static void test_copies_stand_side_by_side(void **state) {
  (void)state;
  GIVES(tile, TSR_DIMS(1, 2), 0, 1, 0, 1, 0, 1, 0, 1);
  GIVES(tile_last, TSR_DIMS(2, 2), 0, 1, 0, 1, 2, 3, 2, 3);
  gives(tile_none, TSR_DIMS(3, 2), 1, 0, NULL);
  GIVES(repeat_rows, TSR_DIMS(2, 2), 0, 1, 0, 1, 2, 3, 2, 3);
  GIVES(repeat_columns, TSR_DIMS(1, 2), 0, 0, 0, 1, 1, 1);
  GIVES(stack_last, TSR_DIMS(3), 0, 0, 1, -1, 2, -2);
  GIVES(stack_first, TSR_DIMS(3), 0, -1, -2, 0, 1, 2);
}

static void test_parts_come_in_order(void **state) {
  (void)state;
  const double columns[] = {0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11};
  gives(thirds, TSR_DIMS(2, 6), 3, COUNT(columns), columns);
  const double uneven[] = {0, 5, 1, 2, 3, 6, 7, 8, 4, 9};
  gives(pieces, TSR_DIMS(2, 5), 4, COUNT(uneven), uneven);
}

static void test_diagonals_and_triangles(void **state) {
  (void)state;
  GIVES(diagonal, TSR_DIMS(2, 3), 0, 4);
  GIVES(diagonal, TSR_DIMS(2, 2, 2), 0, 3, 4, 7);
  GIVES(diagonal_above, TSR_DIMS(3, 4), 2, 7);
  GIVES(diagonal_below, TSR_DIMS(3, 4), 4, 9);
  gives(diagonal_far, TSR_DIMS(3, 4), 1, 0, NULL);
  gives(diagonal, TSR_DIMS(3, 0), 1, 0, NULL);
  GIVES(diag, TSR_DIMS(3), 0, 0, 0, 0, 1, 0, 0, 0, 2);
  GIVES(diag, TSR_DIMS(2, 2), 0, 0, 0, 1, 2, 0, 0, 3);
  GIVES(diag_above, TSR_DIMS(2), 0, 0, 0, 0, 0, 1, 0, 0, 0);
  GIVES(diag_below, TSR_DIMS(1), 0, 0, 0, 0, 0, 0, 0, 0, 0);
  gives(diag, TSR_DIMS(0), 1, 0, NULL);
  GIVES(trace_above, TSR_DIMS(3, 3), 1 + 5);
  GIVES(tril, TSR_DIMS(2, 3), 0, 0, 0, 3, 4, 0);
  GIVES(tril_above, TSR_DIMS(2, 3), 0, 1, 0, 3, 4, 5);
  GIVES(triu, TSR_DIMS(3, 2), 0, 1, 0, 3, 0, 0);
  GIVES(triu_below, TSR_DIMS(3, 2), 0, 1, 2, 3, 0, 5);
  GIVES(triu_far, TSR_DIMS(2, 2), 0, 0, 0, 0);
}

/* ---- gradients: each is linear, z = A x, so the gradient of sum c z is A^T c ---- */

#define CASES(X)                                                                                   \
  X(flip_rows)                                                                                     \
  X(flip_all)                                                                                      \
  X(roll) X(move_last) X(swap) X(tile) X(tile_last) X(repeat_rows) X(repeat_columns) X(stack_last) \
      X(diagonal) X(diagonal_above) X(diagonal_below) X(diag_above) X(diag_below) X(trace_above)   \
          X(tril) X(triu_below)
#define WEIGHTED(name)                                                                             \
  BODY(name##_weighted) {                                                                          \
    tsr_value z, shape;                                                                            \
    TSR_TRY(name(b, ctx, in, &z));                                                                 \
    shape = tsr_reshape(b, z, TSR_SHAPE(tsr_dim_of(-1)));                                          \
    const tsr_dim n = tsr_value_dim(b, shape, 0);                                                  \
    out[0] = total(b, tsr_mul(b, shape, tsr_iota(b, TSR_F64, TSR_SHAPE(n), 0)));                   \
    return TSR_OK;                                                                                 \
  }                                                                                                \
  BODY(name##_gradient) {                                                                          \
    tsr_value value;                                                                               \
    return tsr_value_and_grad_of(b, name##_weighted, ctx, tsr_values_of(in, 1), &value, out);      \
  }
CASES(WEIGHTED)

/* A^T c from A's columns: z at unit vectors. */
static void check_gradient(tsr_body body, tsr_body gradient) {
  enum {
    N = 9
  };
  double expected[N], z[1024];
  for (int i = 0; i < N; i++) {
    double unit[N] = {0};
    unit[i] = 1;
    tsr_tensor *x = f64_of(TSR_DIMS(3, 3), unit);
    const size_t n = eager_numbers(body, NULL, TSR_TENSORS(x), 1, z);
    expected[i] = 0;
    for (size_t k = 0; k < n; k++)
      expected[i] += (double)k * z[k];
    tsr_tensor_release(x);
  }
  tsr_tensor *x = f64_of(TSR_DIMS(3, 3), (double[N]){3, 1, 4, 1, 5, 9, 2, 6, 5});
  check_both(gradient, NULL, TSR_TENSORS(x), 1, expected, N, 0, 0);
  tsr_tensor_release(x);
}

static void test_gradients_go_back_to_where_elements_came_from(void **state) {
  (void)state;
#define CHECK(name) check_gradient(name, name##_gradient);
  CASES(CHECK)
}

/* ---- bits ---- */

/* x + (the bits of x as integers, as a number): the latter has no slope. */
BODY(with_bits) {
  (void)ctx;
  const tsr_value bits = tsr_bitcast_convert(b, in[0], TSR_I64);
  out[0] = total(b, tsr_add(b, in[0], tsr_convert(b, bits, TSR_F64)));
  return TSR_OK;
}
BODY(with_bits_gradient) {
  tsr_value value;
  return tsr_value_and_grad_of(b, with_bits, ctx, tsr_values_of(in, 1), &value, out);
}
BODY(by_halves) {
  (void)ctx;
  out[0] = total(b, tsr_bitcast_convert(b, in[0], TSR_F32));
  return TSR_OK;
}

static void test_bits_have_no_slope(void **state) {
  (void)state;
  tsr_tensor *x = f64_of(TSR_DIMS(2), (double[]){1, -2});
  check_both(with_bits_gradient, NULL, TSR_TENSORS(x), 1, (double[]){1, 1}, 2, 0, 0);
  tsr_tensor_release(x);
  tsr_builder *b = trace();
  tsr_value v = vector(b, "x", 2), loss, slope;
  (void)tsr_value_and_grad_of(b, by_halves, NULL, tsr_values_of(&v, 1), &loss, &slope);
  assert_error_says(tsr_builder_status(b), TSR_ERR_NO_RULE, "bitcast_convert", "f64 to f32");
  tsr_builder_close(b);
}

/* ---- symbolic sizes ---- */

BODY(by_every_size) {
  (void)ctx;
  out[0] = tsr_roll(b, in[0], TSR_AXES(-2), TSR_AXES(0));
  out[1] = tsr_diagonal(b, in[0], 1);
  out[2] = tsr_diag(b, tsr_diagonal(b, in[0], 0), 0);
  out[3] = tsr_tril(b, tsr_flip(b, in[0], TSR_AXES(1)), 0);
  return tsr_split_at(b, tsr_repeat(b, in[0], 2, 0), TSR_SHAPE(tsr_value_dim(b, in[0], 0)), 0,
                      out + 4);
}

static void test_one_program_for_all_sizes(void **state) {
  (void)state;
  tsr_builder *b = trace();
  const tsr_dim n = tsr_dim_symbol(b, "n");
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(n, n)), out[6];
  assert_ok(by_every_size(b, NULL, &x, out));
  tsr_program *program = compiled(b, tsr_values_of(out, 6));
  for (int64_t size = 0; size < 6; size++) {
    double data[25], symbolic[512], plain[512];
    for (int i = 0; i < 25; i++)
      data[i] = i;
    tsr_tensor *t = f64_of(TSR_DIMS(size, size), data);
    const size_t count = run_numbers(program, TSR_TENSORS(t), symbolic);
    assert_int_equal(count, eager_numbers(by_every_size, NULL, TSR_TENSORS(t), 6, plain));
    assert_close(symbolic, plain, count, 0, 0);
    tsr_tensor_release(t);
  }
  tsr_program_release(program);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_flips_and_rolls),
      cmocka_unit_test(test_axes_move),
      cmocka_unit_test(test_copies_stand_side_by_side),
      cmocka_unit_test(test_parts_come_in_order),
      cmocka_unit_test(test_diagonals_and_triangles),
      cmocka_unit_test(test_gradients_go_back_to_where_elements_came_from),
      cmocka_unit_test(test_bits_have_no_slope),
      cmocka_unit_test(test_one_program_for_all_sizes),
  };
  return cmocka_run_group_tests_name("contracts/arrange", tests, open_all, teardown);
}
