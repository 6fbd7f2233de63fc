/* test_program.c - trace, compile, run: what a program gives back. */
#include "rt_session.h"

#include <stdio.h>
#include <string.h>

static tsr_value vector(tsr_builder *b, const char *name, int64_t n) {
  return tsr_input(b, name, TSR_F64, TSR_SHAPE(tsr_dim_of(n)));
}

static void test_no_program_and_no_builder_are_arguments(void **state) {
  (void)state;
  int64_t held = 1, hits = 1, misses = 1;
  size_t size = 1;
  char *text = NULL;
  tsr_tensor *out[1];
  tsr_value v = tsr_input(NULL, "x", TSR_F64, TSR_NO_SHAPE), many[2];
  assert_int_equal(tsr_program_inputs(NULL) + tsr_program_outputs(NULL), 0);
  assert_int_equal(tsr_program_count(NULL, "add"), 0);
  assert_error_says(tsr_program_text(NULL, TSR_STAGE_FUSED, &text, &size), TSR_ERR_ARGUMENT,
                    "NULL");
  assert_error_says(tsr_program_dot(NULL, TSR_STAGE_FUSED, &text, &size), TSR_ERR_ARGUMENT, "NULL");
  assert_error_says(tsr_program_svg(NULL, TSR_STAGE_FUSED, &text, &size), TSR_ERR_ARGUMENT, "NULL");
  assert_error_says(tsr_program_run(NULL, cpu, TSR_TENSORS(NULL), out, 1), TSR_ERR_ARGUMENT,
                    "NULL");
  tsr_program_plans(NULL, &held, &hits, &misses);
  assert_int_equal(held + hits + misses, 0);
  tsr_program_clear(NULL);

  assert_true(tsr_value_is_none(v));
  const tsr_value made[] = {
      tsr_add(NULL, v, v),
      tsr_exp(NULL, v),
      tsr_scalar(NULL, 1),
      tsr_full(NULL, TSR_F64, TSR_NO_SHAPE, 1),
      tsr_iota(NULL, TSR_I64, TSR_SHAPE(tsr_dim_of(2)), 0),
      tsr_reshape(NULL, v, TSR_NO_SHAPE),
      tsr_transpose(NULL, v, TSR_ALL_AXES),
      tsr_slice(NULL, v, TSR_NO_SHAPE, TSR_NO_SHAPE, TSR_NO_AXES),
      tsr_concatenate(NULL, TSR_VALUES(v), 0),
      tsr_mean(NULL, v, TSR_ALL_AXES),
      tsr_softmax(NULL, v, TSR_ALL_AXES),
      tsr_matmul(NULL, v, v),
      tsr_select(NULL, v, v, v),
      tsr_clip(NULL, v, v, v),
      tsr_complex(NULL, v, v),
      tsr_from_tensor(NULL, NULL),
      tsr_from_data(NULL, TSR_F64, TSR_NO_DIMS, &held),
  };
  for (size_t i = 0; i < sizeof made / sizeof *made; i++)
    assert_true(tsr_value_is_none(made[i]));
  assert_error_says(tsr_barrier(NULL, TSR_VALUES(v, v), many), TSR_ERR_ARGUMENT, "NULL");
  assert_error_says(tsr_builder_status(NULL), TSR_ERR_ARGUMENT, "the builder is NULL");
  assert_status(TSR_ERR_ARGUMENT, tsr_to_tensor(NULL, v, out));
  assert_status(TSR_ERR_ARGUMENT, tsr_read(NULL, v, &held, sizeof held));
  tsr_builder_clear(NULL);
  tsr_builder_close(NULL);
}

static void test_add_gives_sums(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value x = vector(b, "x", 4), y = vector(b, "y", 4);
  tsr_program *program = compiled(b, TSR_VALUES(tsr_add(b, x, y)));
  tsr_tensor *tx = rt_count(cpu, TSR_DIMS(4), 1), *ty = rt_count(cpu, TSR_DIMS(4), 10), *out[1];
  assert_ok(tsr_program_run(program, cpu, TSR_TENSORS(tx, ty), out, 1));
  assert_numbers(out[0], 11, 13, 15, 17);
  tsr_tensors_release(out, 1);
  tsr_tensors_release((tsr_tensor *[]){tx, ty}, 2);
  tsr_program_release(program);
}

/* y[i] = sum_k (x[i, k] + k)^2 with x[i, k] = 3 i + k: sum_k (3 i + 2 k)^2 */
static void test_one_program_runs_at_many_sizes(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_dim n = tsr_dim_symbol(b, "n");
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(n, tsr_dim_of(3)));
  tsr_value k = tsr_iota(b, TSR_F64, TSR_SHAPE(n, tsr_dim_of(3)), 1);
  tsr_value r = tsr_add(b, x, k);
  tsr_program *program = compiled(
      b, TSR_VALUES(tsr_sum(b, tsr_mul(b, r, r), TSR_AXES(1)), tsr_dim_value(b, n, TSR_F64)));
  static const int64_t sizes[] = {0, 1, 2, 7, 33};
  for (int s = 0; s < 5; s++) {
    tsr_tensor *tx = rt_count(cpu, TSR_DIMS(sizes[s], 3), 0), *out[2];
    assert_ok(tsr_program_run(program, cpu, TSR_TENSORS(tx), out, 2));
    double got[33], expected[33];
    for (int64_t i = 0; i < sizes[s]; i++) {
      double e = 0;
      for (int64_t c = 0; c < 3; c++)
        e += (double)((3 * i + 2 * c) * (3 * i + 2 * c));
      expected[i] = e;
    }
    assert_ok(tsr_tensor_read(out[0], got, sizeof(double) * (size_t)sizes[s]));
    assert_close(got, expected, (size_t)sizes[s], 0.0, 0.0);
    assert_numbers(out[1], (double)sizes[s]);
    tsr_tensors_release(out, 2);
    tsr_tensor_release(tx);
  }
  tsr_program_release(program);
}

static void test_sizes_that_contradict_are_refused(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_dim n = tsr_dim_symbol(b, "n");
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(n));
  tsr_value y = tsr_input(b, "y", TSR_F64, TSR_SHAPE(n));
  tsr_program *program = compiled(b, TSR_VALUES(tsr_add(b, x, y)));
  tsr_tensor *tx = rt_count(cpu, TSR_DIMS(4), 1), *ty = rt_count(cpu, TSR_DIMS(5), 1), *out[1];
  tsr_status status = tsr_program_run(program, cpu, TSR_TENSORS(tx, ty), out, 1);
  assert_error_says(status, TSR_ERR_SHAPE, "4", "5", "y");
  assert_null(out[0]);
  status = tsr_program_run(program, cpu, TSR_TENSORS(tx), out, 1);
  assert_error_says(status, TSR_ERR_ARGUMENT, "1", "2");
  status = tsr_program_run(program, cpu, TSR_TENSORS(tx, tx), out, 0);
  assert_error_says(status, TSR_ERR_ARGUMENT, "0", "1");
  float f[4] = {0};
  tsr_tensor *tf = NULL;
  assert_ok(tsr_tensor_from_data(cpu, TSR_F32, TSR_DIMS(4), f, &tf));
  status = tsr_program_run(program, cpu, TSR_TENSORS(tx, tf), out, 1);
  assert_error_says(status, TSR_ERR_ARGUMENT, "f32", "f64", "y");
  tsr_tensors_release((tsr_tensor *[]){tx, ty, tf}, 3);
  tsr_program_release(program);
}

/* A window of 5 is fine for a symbol, and for those of its sizes that hold it. */
static void check_window(tsr_value (*window)(tsr_builder *, tsr_value), const char *name) {
  tsr_builder *b = trace();
  const tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_symbol(b, "n")));
  tsr_program *program = compiled(b, TSR_VALUES(tsr_add(b, window(b, x), tsr_scalar(b, 0))));
  tsr_tensor *enough = rt_count(cpu, TSR_DIMS(6), 1), *few = rt_count(cpu, TSR_DIMS(4), 1), *out[1];
  for (int round = 0; round < 2; round++) {
    assert_error_says(tsr_program_run(program, cpu, TSR_TENSORS(few), out, 1), TSR_ERR_SHAPE, name,
                      "5", "4");
    assert_null(out[0]);
    assert_ok(tsr_program_run(program, cpu, TSR_TENSORS(enough), out, 1));
    assert_numbers(out[0], 1, 2, 3, 4, 5);
    tsr_tensors_release(out, 1);
  }
  tsr_tensors_release((tsr_tensor *[]){enough, few}, 2);
  tsr_program_release(program);
}

static tsr_value first_five(tsr_builder *b, tsr_value x) {
  return tsr_slice(b, x, TSR_SHAPE({0}), TSR_SHAPE({5}), TSR_NO_AXES);
}
static tsr_value dynamic_five(tsr_builder *b, tsr_value x) {
  return tsr_dynamic_slice(b, x, tsr_zeros(b, TSR_I64, TSR_SHAPE({1})), TSR_SHAPE({5}));
}
static tsr_value gathered_five(tsr_builder *b, tsr_value x) {
  const tsr_gather_attrs numbers = {
      .offset_dims = TSR_AXES(0), .start_index_map = TSR_AXES(0), .slice_sizes = TSR_SHAPE({5})};
  return tsr_gather(b, x, tsr_zeros(b, TSR_I64, TSR_SHAPE({1})), &numbers);
}

static void test_windows_beyond_a_size_are_refused_once_it_is_known(void **state) {
  (void)state;
  check_window(first_five, "slice");
  check_window(dynamic_five, "dynamic_slice");
  check_window(gathered_five, "gather");
}

/* [1 2 3; 4 5 6] stored by columns; the host's memory where the device can address it. */
static int deleted;
static void count_deletion(void *ctx, void *data) {
  (void)data;
  ++*(int *)ctx;
}

static tsr_tensor *fortran_order(void) {
  static double columns[] = {1, 4, 2, 5, 3, 6};
  tsr_tensor *out = NULL, *base = NULL;
  deleted = 0;
  if (cpu->is_host) {
    assert_ok(tsr_tensor_wrap(cpu, TSR_F64, TSR_DIMS(2, 3), (int64_t[]){1, 2}, columns,
                              count_deletion, &deleted, &out));
  } else {
    base = rt_f64(cpu, TSR_DIMS(3, 2), columns);
    assert_ok(tsr_tensor_transpose(base, TSR_AXES(1, 0), &out));
    tsr_tensor_release(base);
    deleted = 1;
  }
  return out;
}

/* z = x + y where both are seen through strides of every kind. */
static void test_inputs_may_be_any_views(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(3)));
  tsr_value y = tsr_input(b, "y", TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(3)));
  tsr_program *program = compiled(b, TSR_VALUES(tsr_add(b, x, y)));
  tsr_tensor *zero = rt_f64(cpu, TSR_DIMS(2, 3), (double[]){0, 0, 0, 0, 0, 0});
  tsr_tensor *base = rt_count(cpu, TSR_DIMS(3, 2), 1), *row = rt_count(cpu, TSR_DIMS(3), 1);
  tsr_tensor *flat = rt_count(cpu, TSR_DIMS(2, 3), 1);
  tsr_tensor *transposed, *reversed, *repeated, *wrapped, *out[1];
  assert_ok(tsr_tensor_transpose(base, TSR_AXES(1, 0), &transposed));
  assert_ok(tsr_tensor_slice(flat, TSR_DIMS(0, 2), TSR_DIMS(2, -1), TSR_DIMS(1, -1), &reversed));
  assert_ok(tsr_tensor_broadcast(row, TSR_DIMS(2, 3), &repeated));
  wrapped = fortran_order();
  assert_ok(tsr_program_run(program, cpu, TSR_TENSORS(transposed, zero), out, 1));
  assert_numbers(out[0], 1, 3, 5, 2, 4, 6);
  tsr_tensors_release(out, 1);
  assert_ok(tsr_program_run(program, cpu, TSR_TENSORS(reversed, zero), out, 1));
  assert_numbers(out[0], 3, 2, 1, 6, 5, 4);
  tsr_tensors_release(out, 1);
  assert_ok(tsr_program_run(program, cpu, TSR_TENSORS(repeated, zero), out, 1));
  assert_numbers(out[0], 1, 2, 3, 1, 2, 3);
  tsr_tensors_release(out, 1);
  assert_ok(tsr_program_run(program, cpu, TSR_TENSORS(zero, wrapped), out, 1));
  assert_numbers(out[0], 1, 2, 3, 4, 5, 6);
  tsr_tensors_release(out, 1);
  tsr_tensor *all[] = {zero, base, row, flat, transposed, reversed, repeated, wrapped};
  tsr_tensors_release(all, 8);
  assert_int_equal(deleted, 1);
  int64_t held, hits, misses;
  tsr_program_plans(program, &held, &hits, &misses);
  assert_int_equal(misses, 4);
  tsr_program_release(program);
}

/* outputs: an input, a value twice, a view of a result, a view of an input, a constant */
static void test_outputs_are_fresh_dense_and_distinct(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(2)));
  tsr_value y = tsr_neg(b, x), t = tsr_transpose(b, tsr_exp(b, tsr_sub(b, x, x)), TSR_ALL_AXES);
  tsr_value u = tsr_transpose(b, x, TSR_ALL_AXES);
  tsr_value seven = tsr_full(b, TSR_F64, TSR_SHAPE(tsr_dim_of(2)), 7);
  tsr_value v = tsr_transpose(b, y, TSR_ALL_AXES);
  tsr_program *program = compiled(b, TSR_VALUES(x, y, y, t, u, seven, v));
  tsr_tensor *tx = rt_count(cpu, TSR_DIMS(2, 2), 1), *out[7];
  assert_ok(tsr_program_run(program, cpu, TSR_TENSORS(tx), out, 7));
  assert_numbers(out[0], 1, 2, 3, 4);
  assert_numbers(out[1], -1, -2, -3, -4);
  assert_numbers(out[2], -1, -2, -3, -4);
  assert_numbers(out[3], 1, 1, 1, 1);
  assert_numbers(out[4], 1, 3, 2, 4);
  assert_numbers(out[5], 7, 7);
  assert_numbers(out[6], -1, -3, -2, -4);
  for (int j = 0; j < 7; j++) {
    assert_true(tsr_tensor_is_sole_owner(out[j]));
    assert_true(tsr_layout_is_contiguous(tsr_tensor_rank(out[j]), tsr_tensor_dims(out[j]),
                                         tsr_tensor_strides(out[j])));
  }
  tsr_tensors_release(out, 7);
  tsr_tensor_release(tx);
  tsr_program_release(program);
}

static void test_run_into_writes_strided_tensors(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(3)));
  tsr_value y = tsr_neg(b, x);
  tsr_program *program =
      compiled(b, TSR_VALUES(tsr_mul(b, y, y), tsr_transpose(b, y, TSR_ALL_AXES)));
  tsr_tensor *tx = rt_count(cpu, TSR_DIMS(2, 3), 1);
  tsr_tensor *big = rt_f64(cpu, TSR_DIMS(4, 3), (double[12]){0}), *every_other, *t, *own;
  assert_ok(tsr_tensor_slice(big, TSR_DIMS(0, 0), TSR_DIMS(4, 3), TSR_DIMS(2, 1), &every_other));
  own = rt_f64(cpu, TSR_DIMS(2, 3), (double[6]){0});
  assert_ok(tsr_tensor_transpose(own, TSR_AXES(1, 0), &t));
  tsr_tensor_release(own);
  tsr_status status =
      tsr_program_run_into(program, cpu, TSR_TENSORS(tx), TSR_TENSORS(every_other, t));
  assert_error_says(status, TSR_ERR_ARGUMENT, "output 0", "shared");
  tsr_tensor_release(big);
  for (int round = 0; round < 2; round++) {
    assert_ok(tsr_program_run_into(program, cpu, TSR_TENSORS(tx), TSR_TENSORS(every_other, t)));
    assert_numbers(every_other, 1, 4, 9, 16, 25, 36);
    assert_numbers(t, -1, -4, -2, -5, -3, -6);
  }
  status = tsr_program_run_into(program, cpu, TSR_TENSORS(tx), TSR_TENSORS(every_other, tx));
  assert_error_says(status, TSR_ERR_ARGUMENT, "output 1");
  status = tsr_program_run_into(program, cpu, TSR_TENSORS(tx), TSR_TENSORS(every_other));
  assert_error_says(status, TSR_ERR_ARGUMENT, "1", "2");
  tsr_tensors_release((tsr_tensor *[]){tx, every_other, t}, 3);
  tsr_program_release(program);
}

static void test_numeric_failure_names_the_op_and_spares_the_plan(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value x = tsr_input(b, "x", TSR_I64, TSR_SHAPE(tsr_dim_of(2)));
  tsr_value y = tsr_input(b, "y", TSR_I64, TSR_SHAPE(tsr_dim_of(2)));
  tsr_value q = tsr_div(b, x, y);
  tsr_program *program = compiled(b, TSR_VALUES(tsr_add(b, q, q)));
  tsr_tensor *tx, *ty, *out[1];
  assert_ok(tsr_tensor_from_data(cpu, TSR_I64, TSR_DIMS(2), (int64_t[]){6, 9}, &tx));
  assert_ok(tsr_tensor_from_data(cpu, TSR_I64, TSR_DIMS(2), (int64_t[]){2, 0}, &ty));
  int64_t live, after, high, reserved, got[2];
  tsr_device_memory(cpu, &live, &high, &reserved);
  assert_error_says(rt_run_and_wait(program, cpu, TSR_TENSORS(tx, ty), out, 1), TSR_ERR_NUMERIC,
                    "div");
  assert_null(out[0]);
  tsr_device_memory(cpu, &after, &high, &reserved);
  assert_true(live == after);
  assert_ok(tsr_program_run(program, cpu, TSR_TENSORS(tx, tx), out, 1));
  assert_ok(tsr_tensor_read(out[0], got, sizeof got));
  assert_int_equal(got[1], 2);
  tsr_tensors_release((tsr_tensor *[]){tx, ty, out[0]}, 3);
  tsr_program_release(program);
}

/* With so many that each is not compared with every other one. */
static void test_of_many_outputs_none_may_be_shared(void **state) {
  (void)state;
  enum {
    MANY = 300
  };
  static tsr_value v[MANY];
  static tsr_tensor *in[MANY], *out[MANY];
  tsr_builder *b = trace();
  for (int i = 0; i < MANY; i++)
    v[i] = tsr_neg(b, tsr_input(b, NULL, TSR_F64, TSR_SHAPE(tsr_dim_of(2))));
  tsr_program *p = compiled(b, tsr_values_of(v, MANY));
  for (int i = 0; i < MANY; i++) {
    in[i] = rt_count(cpu, TSR_DIMS(2), i);
    out[i] = rt_count(cpu, TSR_DIMS(2), 0);
  }
  const tsr_tensor_list from = {in, MANY}, to = {out, MANY};
  assert_ok(tsr_program_run_into(p, cpu, from, to));
  assert_numbers(out[17], -17, -18);
  tsr_tensor *own = out[170];
  out[170] = out[3]; /* one twice */
  assert_error_says(tsr_program_run_into(p, cpu, from, to), TSR_ERR_ARGUMENT,
                    "the storage of output 170 is shared");
  out[170] = in[200]; /* an input */
  assert_error_says(tsr_program_run_into(p, cpu, from, to), TSR_ERR_ARGUMENT, "output 170");
  out[170] = own;
  tsr_tensor_retain(own); /* one that others hold */
  assert_error_says(tsr_program_run_into(p, cpu, from, to), TSR_ERR_ARGUMENT, "output 170");
  tsr_tensor_release(own);
  assert_ok(tsr_program_run_into(p, cpu, from, to));
  tsr_tensors_release(in, MANY);
  tsr_tensors_release(out, MANY);
  tsr_program_release(p);
}

static void test_error_of_a_trace_comes_out_of_compile(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_program *program = NULL;
  tsr_value z = tsr_add(b, vector(b, "x", 2), vector(b, "y", 3));
  assert_error_says(tsr_compile(b, TSR_VALUES(z), &program), TSR_ERR_SHAPE, "add", "2", "3");
  assert_null(program);
  tsr_builder *eager = NULL;
  assert_ok(tsr_eager_open(rt, RT_DEVICE, &eager));
  tsr_value v = tsr_scalar(eager, 1);
  assert_error_says(tsr_compile(eager, TSR_VALUES(v), &program), TSR_ERR_ARGUMENT, "eager");
}

static tsr_value first_row(tsr_builder *b, tsr_value x, int64_t step) {
  const tsr_dim zero = tsr_dim_of(0), rows = tsr_dim_of(4), columns = tsr_dim_of(3);
  return tsr_slice(b, x, TSR_SHAPE(zero, zero), TSR_SHAPE(rows, columns), TSR_AXES(step, 1));
}

static void test_a_step_may_be_any_number(void **state) {
  (void)state;
  const int64_t far = INT64_MAX;
  tsr_builder *b = trace();
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_of(4), tsr_dim_of(3)));
  tsr_program *p = compiled(b, TSR_VALUES(first_row(b, x, far), tsr_exp(b, first_row(b, x, far))));
  tsr_tensor *tx = rt_count(cpu, TSR_DIMS(4, 3), 0), *out[2];
  assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(tx), out, 2));
  assert_numbers(out[0], 0, 1, 2);
  tsr_tensors_release(out, 2);
  tsr_program_release(p);
  assert_ok(tsr_eager_open(rt, RT_DEVICE, &b));
  double row[3];
  assert_ok(tsr_read(b, first_row(b, tsr_from_tensor(b, tx), far), row, sizeof row));
  assert_close(row, ((double[]){0, 1, 2}), 3, 0.0, 0.0);
  tsr_builder_close(b);
  tsr_tensor_release(tx);
}

/* 2^62 bytes, for nothing: a number everywhere. */
static tsr_value huge(tsr_builder *b, double number) {
  return tsr_full(b, TSR_F64, TSR_SHAPE(tsr_dim_of(INT64_C(1) << 59)), number);
}

static void test_sizes_that_do_not_add_up_are_refused(void **state) {
  (void)state;
  const tsr_tensor_list nothing = {NULL, 0};
  tsr_builder *b = trace();
  tsr_program *p = compiled(b, TSR_VALUES(huge(b, 1), huge(b, 2)));
  int64_t peak = -1;
  assert_error_says(tsr_program_peak(p, cpu, nothing, &peak), TSR_ERR_LIMIT, "2^63");
  assert_int_equal(peak, 0);
  tsr_program_release(p);
  b = trace();
  /* repeated numbers take no memory, but packing both for a product would take 2^63 bytes */
  const tsr_shape many = TSR_SHAPE(tsr_dim_of(INT64_C(1) << 29), tsr_dim_of(INT64_C(1) << 30));
  const tsr_dot_general_attrs rows = {TSR_AXES(0), TSR_AXES(0), TSR_AXES(1), TSR_AXES(1)};
  p = compiled(b, TSR_VALUES(tsr_dot_general(b, tsr_full(b, TSR_F64, many, 1),
                                             tsr_full(b, TSR_F64, many, 2), &rows)));
  assert_error_says(tsr_program_peak(p, cpu, nothing, &peak), TSR_ERR_LIMIT, "workspace");
  tsr_program_release(p);
  b = trace();
  const tsr_dim one = tsr_dim_of(1);
  const tsr_shape endless = {&one, (size_t)INT32_MAX + 1};
  assert_true(tsr_value_is_none(tsr_input(b, "x", TSR_F64, endless)));
  assert_error_says(tsr_builder_status(b), TSR_ERR_LIMIT, "x", "2147483648");
  tsr_builder_close(b);
}

static void test_text_and_counts_show_the_graph(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value x = vector(b, "x", 4);
  tsr_program *program = compiled(b, TSR_VALUES(tsr_exp(b, tsr_exp(b, x))));
  assert_int_equal(tsr_program_count(program, "exp"), 2);
  assert_int_equal(tsr_program_count(program, "sin"), 0);
  assert_int_equal(tsr_program_inputs(program), 1);
  assert_int_equal(tsr_program_outputs(program), 1);
  char *text = NULL;
  size_t size = 0;
  assert_ok(tsr_program_text(program, TSR_STAGE_TRACED, &text, &size));
  assert_non_null(strstr(text, "exp"));
  tsr_free(text, size, 0);
  assert_ok(tsr_program_dot(program, TSR_STAGE_FUSED, &text, &size));
  assert_non_null(strstr(text, "digraph"));
  tsr_free(text, size, 0);
  assert_status(TSR_ERR_ARGUMENT, tsr_program_text(program, (tsr_stage)7, &text, &size));
  tsr_program_release(program);
}

static void test_program_outlives_its_runtime(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_program *program = compiled(b, TSR_VALUES(tsr_neg(b, vector(b, "x", 2))));
  tsr_device_retain(cpu);
  tsr_tensor *tx = rt_count(cpu, TSR_DIMS(2), 1), *out[1];
  tsr_runtime_release(rt);
  rt = NULL;
  assert_ok(tsr_program_run(program, cpu, TSR_TENSORS(tx), out, 1));
  tsr_program_release(program);
  assert_numbers(out[0], -1, -2);
  tsr_tensors_release((tsr_tensor *[]){tx, out[0]}, 2);
  tsr_device_release(cpu);
}

#ifndef RT_MOCK
static void test_devices_are_found_by_name(void **state) {
  (void)state;
  tsr_device *d = NULL;
  assert_ok(tsr_runtime_device(rt, "cpu:0", &d));
  assert_ptr_equal(d, cpu);
  assert_string_equal(tsr_device_name(d), "cpu:0");
  assert_error_says(tsr_runtime_device(rt, "tpu", &d), TSR_ERR_NOT_FOUND, "tpu", "cpu");
  assert_null(d);
  assert_error_says(tsr_runtime_device(rt, "cpu:x", &d), TSR_ERR_ARGUMENT, "cpu:x");
  assert_error_says(tsr_runtime_device(rt, "", &d), TSR_ERR_ARGUMENT, "name");
  assert_error_says(tsr_runtime_device(rt, "cpu:7", &d), TSR_ERR_NOT_FOUND, "7");
}

static void test_registration_is_checked(void **state) {
  (void)state;
  const tsr_runtime_spi *spi = ((const tsr_runtime_head *)(const void *)rt)->spi;
  assert_error_says(tsr_cpu_register(rt), TSR_ERR_EXISTS, "cpu");
  tsr_kernel row = {.op = tsr_op_core(TSR_OP_ADD), .dtypes = TSR_BIT(F64), .name = "t.add"};
  assert_error_says(tsr_runtime_add_kernels(rt, "cpu", &row, 1), TSR_ERR_ARGUMENT, "t.add");
  assert_error_says(tsr_runtime_add_kernels(rt, "tpu", &row, 1), TSR_ERR_NOT_FOUND, "tpu");
  char theirs[16];
  snprintf(theirs, sizeof theirs, "%d", TSR_SPI_VERSION + 1);
  assert_error_says(spi->add_kernels(rt, TSR_SPI_VERSION + 1, "cpu", &row, 1, &tsr_core_mark),
                    TSR_ERR_ARGUMENT, theirs);
  tsr_runtime *twice = NULL;
  assert_status(TSR_ERR_EXISTS,
                tsr_runtime_create(TSR_WITH(tsr_cpu_register, tsr_cpu_register), &twice));
  assert_null(twice);
}

#endif

static tsr_status session(void *arg) {
  (void)arg;
  tsr_runtime *own = NULL;
  tsr_device *device = NULL;
  tsr_builder *b = NULL;
  tsr_program *program = NULL;
  tsr_tensor *tx = NULL, *out[2] = {NULL, NULL};
  tsr_status st = TSR_OK;
  TSR_TRY_TO(done, st, rt_open(&own, &device));
  TSR_TRY_TO(done, st, tsr_trace_open(own, &b));
  tsr_dim n = tsr_dim_symbol(b, "n");
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(n, n));
  tsr_value y = tsr_matmul(b, x, tsr_transpose(b, x, TSR_ALL_AXES));
  tsr_value z = tsr_mul(b, tsr_add(b, y, tsr_scalar(b, 1)), y);
  tsr_builder *consumed = b;
  b = NULL;
  TSR_TRY_TO(done, st, tsr_compile(consumed, TSR_VALUES(z, x), &program));
  double data[9] = {0};
  TSR_TRY_TO(done, st, tsr_tensor_from_data(device, TSR_F64, TSR_DIMS(3, 3), data, &tx));
  TSR_TRY_TO(done, st, tsr_program_run(program, device, TSR_TENSORS(tx), out, 2));
  tsr_tensors_release(out, 2);
  TSR_TRY_TO(done, st, tsr_program_run(program, device, TSR_TENSORS(tx), out, 2));
done:
  tsr_builder_close(b);
  tsr_tensors_release(out, 2);
  tsr_tensor_release(tx);
  tsr_program_release(program);
  tsr_runtime_release(own);
  return st;
}

static void test_every_allocation_may_fail(void **state) {
  (void)state;
  tsr_test_oom(session, NULL);
}

#define unit(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void) {
  const struct CMUnitTest tests[] = {
      unit(test_no_program_and_no_builder_are_arguments),
      unit(test_add_gives_sums),
      unit(test_one_program_runs_at_many_sizes),
      unit(test_sizes_that_contradict_are_refused),
      unit(test_windows_beyond_a_size_are_refused_once_it_is_known),
      unit(test_inputs_may_be_any_views),
      unit(test_outputs_are_fresh_dense_and_distinct),
      unit(test_run_into_writes_strided_tensors),
      unit(test_of_many_outputs_none_may_be_shared),
      unit(test_numeric_failure_names_the_op_and_spares_the_plan),
      unit(test_error_of_a_trace_comes_out_of_compile),
      unit(test_a_step_may_be_any_number),
      unit(test_sizes_that_do_not_add_up_are_refused),
      unit(test_text_and_counts_show_the_graph),
      unit(test_program_outlives_its_runtime),
#ifndef RT_MOCK
      unit(test_devices_are_found_by_name),
      unit(test_registration_is_checked),
#endif
      cmocka_unit_test(test_every_allocation_may_fail),
  };
  return cmocka_run_group_tests_name(RT_SUITE("runtime/program"), tests, NULL, NULL);
}
