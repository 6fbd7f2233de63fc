/* test_messages.c - a bad call is refused with a status and a sentence that holds both values
 * that do not fit, on a trace and on an eager scope alike.
 */
#include "contracts.h"

/* Short names for dims and values of the table below. */
#define D(n)       tsr_dim_of(n)
#define S(...)     TSR_SHAPE(__VA_ARGS__)
#define ONES(t, s) tsr_ones(b, TSR_##t, s)
#define F1(n)      ONES(F64, S(D(n)))
#define F2(m, n)   ONES(F64, S(D(m), D(n)))
#define I1(n)      ONES(I64, S(D(n)))
#define C1(n)      ONES(C128, S(D(n)))
#define ROW(name, expr)                                                                            \
  static void name(tsr_builder *b) { (void)(expr); }

BODY(same) {
  (void)b, (void)ctx;
  out[0] = in[0];
  return TSR_OK;
}
BODY(to_f32) {
  (void)ctx;
  out[0] = tsr_convert(b, in[0], TSR_F32);
  return TSR_OK;
}
BODY(squares) {
  (void)ctx;
  out[0] = tsr_mul(b, in[0], in[0]);
  return TSR_OK;
}
static tsr_value y2[4];
#define NO_BODY ((tsr_body)NULL)

ROW(add_sizes, tsr_add(b, F1(2), F1(3)))
ROW(add_dtypes, tsr_add(b, I1(2), F1(2)))
ROW(mul_fraction, tsr_mul(b, I1(2), tsr_scalar(b, 0.5)))
ROW(mul_imaginary, tsr_mul(b, F1(2), tsr_scalar_complex(b, 1, 2)))
ROW(matmul_sizes, tsr_matmul(b, F2(2, 3), F2(4, 5)))
ROW(matmul_number, tsr_matmul(b, F2(2, 3), tsr_ones(b, TSR_F64, no_shape())))
ROW(reshape_count, tsr_reshape(b, F2(2, 3), S(D(4), D(2))))
ROW(reshape_two_unknown, tsr_reshape(b, F2(2, 3), S(D(-1), D(-1))))
ROW(reshape_remainder, tsr_reshape(b, F2(2, 3), S(D(-1), D(4))))
ROW(transpose_repeats, tsr_transpose(b, F2(2, 3), TSR_AXES(1, 1)))
ROW(transpose_many, tsr_transpose(b, F2(2, 3), TSR_AXES(0, 1, 2)))
ROW(transpose_few, tsr_transpose(b, F2(2, 3), TSR_AXES(0)))
ROW(sum_axis, tsr_sum(b, F2(2, 3), TSR_AXES(5)))
ROW(sum_axis_twice, tsr_sum(b, F2(2, 3), TSR_AXES(1, -1)))
ROW(sum_bool, tsr_reduce_sum(b, ONES(BOOL, S(D(2))), TSR_ALL_AXES))
ROW(argmax_empty, tsr_argmax(b, F2(2, 0), 1))
ROW(argmax_complex, tsr_argmax(b, C1(2), 0))
ROW(exp_integer, tsr_exp(b, I1(2)))
ROW(mean_integer, tsr_mean(b, I1(2), TSR_ALL_AXES))
ROW(less_complex, tsr_lt(b, C1(2), C1(2)))
ROW(convert_complex, tsr_convert(b, C1(2), TSR_F64))
ROW(complex_dtype, tsr_complex(b, ONES(F16, S(D(2))), ONES(F16, S(D(2)))))
ROW(concatenate_sizes, tsr_concatenate(b, TSR_VALUES(F2(2, 3), F2(2, 4)), 0))
ROW(concatenate_dtypes, tsr_concatenate(b, TSR_VALUES(F1(2), I1(2)), 0))
ROW(concatenate_axis, tsr_concatenate(b, TSR_VALUES(F1(2), F1(2)), 1))
ROW(slice_limit, tsr_slice(b, F1(4), S(D(0)), S(D(9)), TSR_AXES(1)))
ROW(slice_step, tsr_slice(b, F1(4), S(D(0)), S(D(2)), TSR_AXES(0)))
ROW(slice_count, tsr_slice(b, F2(4, 4), S(D(0)), S(D(2)), TSR_AXES(1)))
ROW(pad_interior, tsr_pad(b, F1(4), tsr_scalar(b, 0), S(D(1)), S(D(1)), TSR_AXES(-3)))
ROW(pad_dtype, tsr_pad(b, F1(4), tsr_ones(b, TSR_F32, no_shape()), S(D(1)), S(D(1)), TSR_NO_AXES))
ROW(broadcast_sizes, tsr_broadcast_to(b, F1(3), S(D(2), D(4))))
ROW(broadcast_order, tsr_broadcast_in_dim(b, F2(2, 3), S(D(3), D(2)), TSR_AXES(1, 0)))
ROW(squeeze_size, tsr_squeeze(b, F2(1, 3), TSR_AXES(1)))
ROW(expand_axis, tsr_expand_dims(b, F1(3), TSR_AXES(4)))
ROW(take_floats, tsr_take(b, F1(3), F1(2), 0))
ROW(take_along_sizes, tsr_take_along_axis(b, F2(3, 4), ONES(I64, S(D(5), D(1))), 1))
ROW(select_number, tsr_select(b, F1(2), F1(2), F1(2)))
ROW(full_fraction, tsr_full(b, TSR_I64, S(D(2)), 0.5))
ROW(zeros_negative, tsr_zeros(b, TSR_F64, S(D(-2))))
ROW(iota_axis, tsr_iota(b, TSR_F64, S(D(3)), 3))
ROW(solve_square, tsr_solve(b, F2(2, 3), F1(3)))
ROW(solve_sizes, tsr_solve(b, F2(2, 2), F1(3)))
ROW(solve_batches, tsr_solve(b, ONES(F64, S(D(2), D(4), D(4))), ONES(F64, S(D(3), D(4), D(1)))))
ROW(svd_rank, tsr_svd(b, F1(3), TSR_SVD_REDUCED).s)
ROW(svd_dtype, tsr_svd(b, ONES(I64, S(D(2), D(2))), TSR_SVD_REDUCED).s)
ROW(einsum_sizes, tsr_einsum(b, "ij,jk->ik", TSR_VALUES(F2(2, 3), F2(4, 5))))
ROW(einsum_terms, tsr_einsum(b, "ij,jk->ik", TSR_VALUES(F2(2, 3))))
ROW(einsum_rank, tsr_einsum(b, "ij->i", TSR_VALUES(F1(3))))
ROW(einsum_output, tsr_einsum(b, "ij->ik", TSR_VALUES(F2(2, 3))))
ROW(einsum_character, tsr_einsum(b, "i?j->i", TSR_VALUES(F2(2, 3))))
ROW(fft_axis, tsr_fft(b, C1(4), TSR_AXES(2), TSR_FFT_BACKWARD))
ROW(fft_empty, tsr_fft(b, C1(0), TSR_AXES(0), TSR_FFT_BACKWARD))
ROW(fft_integer, tsr_fft(b, I1(4), TSR_AXES(0), TSR_FFT_BACKWARD))
ROW(rng_dtype, tsr_rng_bit_generator(b, tsr_rng_state(b, 1), TSR_F64, S(D(2)), y2))
ROW(rng_state, tsr_rng_bit_generator(b, ONES(U64, S(D(3))), TSR_U32, S(D(2)), y2))
ROW(scan_lengths,
    tsr_scan(b, same, NULL, TSR_VALUES(F1(2)), TSR_VALUES(F1(4)), D(5), TSR_SCAN_FORWARD, 0, y2))
ROW(scan_carry,
    tsr_scan(b, to_f32, NULL, TSR_VALUES(F1(2)), TSR_NO_VALUES, D(5), TSR_SCAN_FORWARD, 0, y2))
ROW(scan_length,
    tsr_scan(b, same, NULL, TSR_VALUES(F1(2)), TSR_NO_VALUES, D(-5), TSR_SCAN_FORWARD, 0, y2))
ROW(scan_body,
    tsr_scan(b, NO_BODY, NULL, TSR_VALUES(F1(2)), TSR_NO_VALUES, D(5), TSR_SCAN_FORWARD, 0, y2))
ROW(scan_count,
    tsr_scan(b, same, NULL, TSR_VALUES(F1(2)), TSR_NO_VALUES, D(5), TSR_SCAN_FORWARD, -2, y2))
ROW(scan_way,
    tsr_scan(b, same, NULL, TSR_VALUES(F1(2)), TSR_NO_VALUES, D(5), (tsr_scan_order)5, 0, y2))
ROW(checkpoint_count, tsr_checkpoint(b, same, NULL, TSR_VALUES(F1(2)), -1, y2))
ROW(cond_count, tsr_cond(b, tsr_lt(b, tsr_scalar(b, 1), tsr_scalar(b, 2)), same, same, NULL,
                         TSR_VALUES(F1(2)), -3, y2))
ROW(vmap_count, tsr_vmap(b, same, NULL, TSR_VALUES(F1(3)), TSR_NO_AXES, -1, TSR_NO_AXES, y2))
ROW(jvp_count, tsr_jvp_of(b, same, NULL, TSR_VALUES(F1(3)), TSR_VALUES(F1(3)), -1, y2, y2 + 1))
ROW(dot_axes, tsr_dot_general(b, F1(3), F1(3), NULL))
ROW(compare_direction, tsr_compare(b, F1(3), F1(3), (tsr_direction)77))
ROW(several_outputs, tsr_emit1(b, tsr_op_core(TSR_OP_BARRIER), NULL, TSR_VALUES(F1(3), F1(2))))
ROW(dtype_none, tsr_convert(b, F1(3), (tsr_dtype)77))
ROW(cond_number, tsr_cond(b, F1(1), same, same, NULL, TSR_VALUES(F1(2)), 1, y2))
ROW(cond_types, tsr_cond(b, tsr_lt(b, tsr_scalar(b, 1), tsr_scalar(b, 2)), same, to_f32, NULL,
                         TSR_VALUES(F1(2)), 1, y2))
ROW(while_test, tsr_while(b, same, same, NULL, TSR_VALUES(F1(2)), y2))
ROW(vmap_sizes, tsr_vmap(b, same, NULL, TSR_VALUES(F1(3), F1(4)), TSR_NO_AXES, 1, TSR_NO_AXES, y2))
ROW(vmap_axes, tsr_vmap(b, same, NULL, TSR_VALUES(F1(3)), TSR_AXES(0, 0), 1, TSR_NO_AXES, y2))
ROW(vmap_axis, tsr_vmap(b, same, NULL, TSR_VALUES(F1(3)), TSR_AXES(2), 1, TSR_NO_AXES, y2))
ROW(vmap_none,
    tsr_vmap(b, same, NULL, TSR_VALUES(F1(3)), TSR_AXES(TSR_NOT_MAPPED), 1, TSR_NO_AXES, y2))
ROW(grad_rank, tsr_value_and_grad_of(b, squares, NULL, TSR_VALUES(F1(3)), y2, y2 + 1))
ROW(grad_integer, tsr_value_and_grad_of(b, same, NULL, TSR_VALUES(I1(3)), y2, y2 + 1))
ROW(vjp_cotangent, tsr_vjp_of(b, squares, NULL, TSR_VALUES(F1(3)), TSR_VALUES(F1(4)), y2, y2 + 1))
ROW(jvp_tangent, tsr_jvp_of(b, squares, NULL, TSR_VALUES(F1(3)), TSR_VALUES(C1(3)), 1, y2, y2 + 1))

typedef struct row {
  const char *name;
  void (*call)(tsr_builder *b);
  tsr_status code;
  const char *words[2];
} row;
#define R(name, code, ...)                                                                         \
  {                                                                                                \
#name, name, TSR_ERR_##code, { __VA_ARGS__ }                                                   \
  }
static const row rows[] = {
    R(add_sizes, SHAPE, "2", "3"),
    R(add_dtypes, DTYPE, "i64", "f64"),
    R(mul_fraction, DTYPE, "0.5", "i64"),
    R(mul_imaginary, DTYPE, "f64", "1 + 2i"),
    R(matmul_sizes, SHAPE, "3", "4"),
    R(matmul_number, SHAPE, "matmul", "rank"),
    R(reshape_count, SHAPE, "6", "8"),
    R(reshape_two_unknown, ARGUMENT, "reshape", "-1"),
    R(reshape_remainder, SHAPE, "6", "4"),
    R(transpose_repeats, ARGUMENT, "transpose", "1"),
    R(transpose_many, ARGUMENT, "axis 2", "rank 2"),
    R(transpose_few, ARGUMENT, "1", "2"),
    R(sum_axis, ARGUMENT, "5", "2"),
    R(sum_axis_twice, ARGUMENT, "sum", "1"),
    R(sum_bool, DTYPE, "reduce_sum", "bool"),
    R(argmax_empty, SHAPE, "argmax", "0"),
    R(argmax_complex, DTYPE, "argmax", "c128"),
    R(exp_integer, DTYPE, "exp", "i64"),
    R(mean_integer, DTYPE, "mean", "i64"),
    R(less_complex, DTYPE, "compare", "c128"),
    R(convert_complex, DTYPE, "c128", "f64"),
    R(complex_dtype, DTYPE, "complex", "f16"),
    R(concatenate_sizes, SHAPE, "3", "4"),
    R(concatenate_dtypes, DTYPE, "f64", "i64"),
    R(concatenate_axis, ARGUMENT, "concatenate", "1"),
    R(slice_limit, SHAPE, "9", "4"),
    R(slice_step, ARGUMENT, "slice", "0"),
    R(slice_count, ARGUMENT, "1", "2"),
    R(pad_interior, ARGUMENT, "pad", "-3"),
    R(pad_dtype, DTYPE, "f32", "f64"),
    R(broadcast_sizes, SHAPE, "3", "4"),
    R(broadcast_order, ARGUMENT, "broadcast_in_dim", "increas"),
    R(squeeze_size, SHAPE, "squeeze", "3"),
    R(expand_axis, ARGUMENT, "4", "2"),
    R(take_floats, DTYPE, "f64", "i64"),
    R(take_along_sizes, SHAPE, "3", "5"),
    R(select_number, DTYPE, "f64", "bool"),
    R(full_fraction, DTYPE, "0.5", "i64"),
    R(zeros_negative, SHAPE, "-2", "axis 0"),
    R(iota_axis, ARGUMENT, "3", "1"),
    R(solve_square, SHAPE, "2", "3"),
    R(solve_sizes, SHAPE, "f64[2, 2]", "f64[3"),
    R(solve_batches, SHAPE, "f64[2, 4, 4]", "f64[3, 4, 1]"),
    R(svd_rank, SHAPE, "svd", "1"),
    R(svd_dtype, DTYPE, "svd", "i64"),
    R(einsum_sizes, SHAPE, "'j'", "4"),
    R(einsum_terms, ARGUMENT, "2", "1"),
    R(einsum_rank, SHAPE, "f64[3]", "2"),
    R(einsum_output, ARGUMENT, "k", "einsum"),
    R(einsum_character, ARGUMENT, "?", "einsum"),
    R(fft_axis, ARGUMENT, "2", "1"),
    R(fft_empty, SHAPE, "fft", "0"),
    R(fft_integer, DTYPE, "fft", "i64"),
    R(rng_dtype, DTYPE, "rng_bit_generator", "f64"),
    R(rng_state, SHAPE, "rng_bit_generator", "3"),
    R(scan_lengths, SHAPE, "4", "5"),
    R(scan_carry, DTYPE, "f64[2]", "f32[2]"),
    R(scan_length, ARGUMENT, "scan", "-5"),
    R(scan_body, ARGUMENT, "scan", "NULL"),
    R(scan_count, ARGUMENT, "scan", "-2"),
    R(scan_way, ARGUMENT, "scan", "5"),
    R(checkpoint_count, ARGUMENT, "output", "-1"),
    R(cond_count, ARGUMENT, "cond", "-3"),
    R(vmap_count, ARGUMENT, "output", "-1"),
    R(jvp_count, ARGUMENT, "output", "-1"),
    R(dot_axes, ARGUMENT, "dot_general", "missing"),
    R(compare_direction, ARGUMENT, "compare", "77"),
    R(several_outputs, ARGUMENT, "barrier", "several"),
    R(dtype_none, ARGUMENT, "convert", "77"),
    R(cond_number, DTYPE, "f64[1]", "bool"),
    R(cond_types, DTYPE, "f64[2]", "f32[2]"),
    R(while_test, DTYPE, "f64[2]", "bool"),
    R(vmap_sizes, SHAPE, "3", "4"),
    R(vmap_axes, ARGUMENT, "2", "1"),
    R(vmap_axis, ARGUMENT, "2", "1"),
    R(vmap_none, ARGUMENT, "vmap", "mapped"),
    R(grad_rank, SHAPE, "f64[3]", "rank 0"),
    R(grad_integer, DTYPE, "i64[3]", "float"),
    R(vjp_cotangent, SHAPE, "f64[3]", "f64[4]"),
    R(jvp_tangent, DTYPE, "f64[3]", "c128[3]"),
};

static void test_operations_name_what_does_not_fit(void **state) {
  (void)state;
  int failures = 0;
  for (size_t k = 0; k < COUNT(rows); k++) {
    for (int i = 0; i < 2; i++) {
      tsr_builder *b = NULL;
      if (i == 0)
        b = trace();
      else
        assert_ok(tsr_eager_open(rt, "cpu", &b));
      tsr_value before = tsr_scalar(b, 1);
      rows[k].call(b);
      tsr_status code = tsr_builder_status(b);
      const char *said = code == TSR_OK ? "" : tsr_error_message();
      bool good = code == rows[k].code;
      for (int w = 0; w < 2 && rows[k].words[w]; w++)
        good = good && strstr(said, rows[k].words[w]) != NULL;
      if (!good)
        print_error("%s, %s: expected %s with \"%s\" and \"%s\", is %s: %s\n", rows[k].name,
                    i ? "eager" : "trace", tsr_status_name(rows[k].code), rows[k].words[0],
                    rows[k].words[1], tsr_status_name(code), said);
      failures += !good;
      tsr_builder_clear(b);
      assert_false(tsr_value_is_none(tsr_neg(b, before)));
      tsr_builder_close(b);
    }
  }
  assert_int_equal(failures, 0);
}

/* Sizes that overflow are known at once in a scope, and when a trace is planned. */
BODY(enormous) {
  (void)ctx;
  tsr_value x = tsr_broadcast_to(b, in[0], S(D(INT64_MAX), D(8)));
  out[0] = total(b, x);
  return TSR_OK;
}
static void test_sizes_that_overflow_are_named(void **state) {
  (void)state;
  const double one = 1;
  tsr_tensor *x = number_of(one), *out[1];
  tsr_program *p = program_of(enormous, NULL, TSR_TENSORS(x), 1);
  assert_error_says(tsr_program_run(p, cpu, TSR_TENSORS(x), out, 1), TSR_ERR_LIMIT,
                    "9223372036854775807", "8");
  assert_null(out[0]);
  tsr_program_release(p);
  tsr_builder *b = NULL;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = tsr_from_tensor(b, x);
  (void)enormous(b, NULL, &v, &v);
  assert_error_says(tsr_builder_status(b), TSR_ERR_LIMIT, "9223372036854775807", "8");
  tsr_builder_close(b);
  tsr_tensor_release(x);
}

/* ---- tensors, devices, programs ---- */

static void test_tensors_name_what_does_not_fit(void **state) {
  (void)state;
  double data[6] = {0};
  tsr_tensor *x = f64_of(TSR_DIMS(2, 3), data), *t = NULL;
  const int64_t far = INT64_MAX;
  assert_error_says(tsr_tensor_create(cpu, TSR_F64, TSR_DIMS(2, -7), &t), TSR_ERR_SHAPE, "-7");
  assert_error_says(tsr_tensor_create(cpu, TSR_F64, TSR_DIMS(far), &t), TSR_ERR_LIMIT,
                    "9223372036854775807");
  assert_error_says(tsr_tensor_create(cpu, TSR_F64, TSR_DIMS(far, far), &t), TSR_ERR_LIMIT,
                    "9223372036854775807");
  assert_error_says(tsr_tensor_create(cpu, TSR_I8, TSR_DIMS(far), &t), TSR_ERR_NOMEM, "");
  assert_ok(tsr_tensor_create(cpu, TSR_F64, TSR_DIMS(far, far, 0), &t)); /* nothing at all */
  tsr_tensors_release(&t, 1);
  assert_error_says(tsr_tensor_create(cpu, (tsr_dtype)99, TSR_DIMS(1), &t), TSR_ERR_DTYPE, "99");
  assert_error_says(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(2), NULL, &t), TSR_ERR_ARGUMENT,
                    "NULL");
  assert_error_says(tsr_tensor_reshape(x, TSR_DIMS(4, 2), &t), TSR_ERR_SHAPE, "[2, 3]", "[4, 2]");
  assert_error_says(tsr_tensor_transpose(x, TSR_AXES(0, 0), &t), TSR_ERR_ARGUMENT, "0");
  assert_error_says(tsr_tensor_transpose(x, TSR_AXES(0), &t), TSR_ERR_ARGUMENT, "1", "2");
  assert_error_says(tsr_tensor_slice(x, TSR_DIMS(0, 0), TSR_DIMS(2, 9), TSR_NO_DIMS, &t),
                    TSR_ERR_SHAPE, "9", "3");
  assert_error_says(tsr_tensor_slice(x, TSR_DIMS(0, 0), TSR_DIMS(2, 3), TSR_DIMS(1, 0), &t),
                    TSR_ERR_ARGUMENT, "step", "1");
  assert_error_says(tsr_tensor_broadcast(x, TSR_DIMS(2, 4), &t), TSR_ERR_SHAPE, "3", "4");
  assert_error_says(tsr_tensor_view(x, 4, TSR_DIMS(3), (int64_t[]){1}, &t), TSR_ERR_SHAPE, "");
  assert_error_says(tsr_tensor_view(x, far, TSR_DIMS(3), &far, &t), TSR_ERR_LIMIT, "");
  assert_error_says(tsr_tensor_read(x, data, 47), TSR_ERR_ARGUMENT, "47", "48");
  assert_null(t);
  tsr_tensor_release(x);
}

static void test_devices_and_threads_name_what_does_not_fit(void **state) {
  (void)state;
  tsr_device *d = NULL;
  tsr_builder *b = NULL;
  assert_error_says(tsr_runtime_device(rt, "abacus", &d), TSR_ERR_NOT_FOUND, "abacus", "cpu");
  assert_error_says(tsr_runtime_device(rt, "cpu:1x", &d), TSR_ERR_ARGUMENT, "cpu:1x");
  assert_error_says(tsr_runtime_device(rt, "cpu:99999999999999999999", &d), TSR_ERR_ARGUMENT,
                    "99999999999999999999");
  assert_error_says(tsr_eager_open(rt, "abacus", &b), TSR_ERR_NOT_FOUND, "abacus", "cpu");
  assert_error_says(tsr_cpu_set_threads(cpu, 0), TSR_ERR_ARGUMENT, "0", "1024");
  assert_error_says(tsr_cpu_set_threads(cpu, 5000), TSR_ERR_ARGUMENT, "5000", "1024");
  assert_null(d);
  assert_null(b);
}

static void test_programs_name_what_does_not_fit(void **state) {
  (void)state;
  const double data[6] = {0};
  tsr_runtime *other = NULL;
  tsr_device *far = NULL;
  tsr_builder *b = trace();
  tsr_value x = matrix(b, "left", 2, 3);
  tsr_program *p = compiled(b, TSR_VALUES(tsr_neg(b, x)));
  tsr_tensor *good = f64_of(TSR_DIMS(2, 3), data), *flat = f64_of(TSR_DIMS(6), data), *out[2];
  tsr_tensor *wide = f64_of(TSR_DIMS(3, 2), data), *ints = tensor_of(TSR_I64, TSR_DIMS(2, 3), data);
  tsr_tensor *abroad = NULL, *none = NULL;
  assert_ok(tsr_runtime_create(TSR_WITH(tsr_cpu_register), &other));
  assert_ok(tsr_runtime_device(other, "cpu", &far));
  assert_ok(tsr_tensor_from_data(far, TSR_F64, TSR_DIMS(2, 3), data, &abroad));
#define RUN(t) tsr_program_run(p, cpu, TSR_TENSORS(t), out, 1)
  assert_error_says(RUN(flat), TSR_ERR_ARGUMENT, "left", "rank 1", "rank 2");
  assert_error_says(RUN(ints), TSR_ERR_ARGUMENT, "left", "i64", "f64");
  assert_error_says(RUN(wide), TSR_ERR_SHAPE, "left", "3", "2");
  assert_error_says(RUN(none), TSR_ERR_ARGUMENT, "left", "NULL");
  assert_error_says(RUN(abroad), TSR_ERR_ARGUMENT, "left", "cpu:0");
  assert_error_says(tsr_program_run(p, cpu, TSR_TENSORS(good, good), out, 1), TSR_ERR_ARGUMENT, "2",
                    "1");
  assert_error_says(tsr_program_run(p, cpu, TSR_TENSORS(good), out, 2), TSR_ERR_ARGUMENT, "2", "1");
  assert_error_says(tsr_program_run(p, NULL, TSR_TENSORS(good), out, 1), TSR_ERR_ARGUMENT, "NULL");
  assert_error_says(tsr_program_run_into(p, cpu, TSR_TENSORS(good), TSR_TENSORS(wide)),
                    TSR_ERR_SHAPE, "output 0", "3");
  assert_error_says(tsr_program_run_into(p, cpu, TSR_TENSORS(good), TSR_TENSORS(good)),
                    TSR_ERR_ARGUMENT, "output 0", "shared");
  tsr_tensors_release((tsr_tensor *[]){good, flat, wide, ints, abroad}, 5);
  tsr_program_release(p);
  tsr_runtime_release(other);

  b = trace();
  (void)number(b, "twin");
  assert_true(tsr_value_is_none(number(b, "twin")));
  assert_error_says(tsr_compile(b, TSR_NO_VALUES, &p), TSR_ERR_EXISTS, "twin");
  assert_null(p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_operations_name_what_does_not_fit),
      cmocka_unit_test(test_sizes_that_overflow_are_named),
      cmocka_unit_test(test_tensors_name_what_does_not_fit),
      cmocka_unit_test(test_devices_and_threads_name_what_does_not_fit),
      cmocka_unit_test(test_programs_name_what_does_not_fit),
  };
  return cmocka_run_group_tests(tests, open_all, teardown);
}
