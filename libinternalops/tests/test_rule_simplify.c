/* test_rule_simplify.c - simpler forms are found, and equal. */
#include "rule_check.h"
#include "trace_test.h"

/* A case of each: a chain of applications on one or two inputs, the last is simplified. */
typedef struct world {
  trace_world t;
  tsr_operand in[2];
  tsr_value x, y;
} world;

static tsr_value declare(world *w, const char *name, const tsr_operand *o) {
  tsr_dim dims[8];
  for (size_t k = 0; k < o->dims.n; k++)
    dims[k] = tsr_dim_of(o->dims.data[k]);
  return input(w->t.b, name, o->dtype, (tsr_shape){dims, o->dims.n});
}

static tsr_builder *begin(world *w, tsr_operand x, tsr_operand y) {
  assert_ok(trace_open(&w->t));
  w->in[0] = x;
  w->in[1] = y;
  w->x = declare(w, "x", &x);
  w->y = declare(w, "y", &y);
  return w->t.b;
}

static int32_t count(world *w, tsr_value z, const char *name) {
  const int32_t n = tsr_check_simplified(w->t.b, z, 2, w->in, name);
  w->t.b = NULL;
  trace_close(&w->t);
  return n;
}

#define F64(...)           ((tsr_operand)TSR_F64_OF(__VA_ARGS__))
#define NUMBER             ((tsr_operand)TSR_NUMBER_OF(TSR_F64))
#define EMIT(id, attrs, x) tsr_emit1(b, tsr_op_core(id), attrs, TSR_VALUES(x))

static void what_does_nothing_goes(void **state) {
  (void)state;
  world w;
  tsr_builder *b = begin(&w, F64(2, 3), NUMBER);
  const tsr_reshape_attrs reshape = {TSR_SHAPE({2}, {3})};
  assert_int_equal(0, count(&w, EMIT(TSR_OP_RESHAPE, &reshape, w.x), "reshape"));
  b = begin(&w, F64(2, 3), NUMBER);
  const tsr_transpose_attrs transpose = {TSR_AXES(0, 1)};
  assert_int_equal(0, count(&w, EMIT(TSR_OP_TRANSPOSE, &transpose, w.x), "transpose"));
  b = begin(&w, F64(2, 3), NUMBER);
  const tsr_broadcast_attrs broadcast = {TSR_SHAPE({2}, {3}), TSR_AXES(0, 1)};
  assert_int_equal(0,
                   count(&w, EMIT(TSR_OP_BROADCAST_IN_DIM, &broadcast, w.x), "broadcast_in_dim"));
  b = begin(&w, F64(2, 3), NUMBER);
  const tsr_slice_attrs slice = {TSR_SHAPE({0}, {0}), TSR_SHAPE({2}, {3}), TSR_AXES(1, 1)};
  assert_int_equal(0, count(&w, EMIT(TSR_OP_SLICE, &slice, w.x), "slice"));
  b = begin(&w, F64(2, 3), NUMBER);
  const tsr_pad_attrs pad = {TSR_SHAPE({0}, {0}), TSR_SHAPE({0}, {0}), TSR_AXES(0, 0)};
  assert_int_equal(
      0, count(&w, tsr_emit1(b, tsr_op_core(TSR_OP_PAD), &pad, TSR_VALUES(w.x, w.y)), "pad"));
  b = begin(&w, F64(2, 3), NUMBER);
  assert_int_equal(0, count(&w, tsr_concatenate(b, TSR_VALUES(w.x), 0), "concatenate"));
  b = begin(&w, F64(2, 3), NUMBER);
  const tsr_reduce_attrs nothing = {TSR_NO_AXES};
  assert_int_equal(0, count(&w, EMIT(TSR_OP_REDUCE_SUM, &nothing, w.x), "reduce_sum"));
}

static void two_of_a_kind_become_one(void **state) {
  (void)state;
  world w;
  tsr_builder *b = begin(&w, F64(2, 3, 4), NUMBER);
  tsr_value z = tsr_transpose(b, tsr_transpose(b, w.x, TSR_AXES(2, 0, 1)), TSR_AXES(2, 0, 1));
  assert_int_equal(1, count(&w, z, "transpose"));
  b = begin(&w, F64(2, 3, 4), NUMBER);
  z = tsr_transpose(b, tsr_transpose(b, w.x, TSR_AXES(2, 0, 1)), TSR_AXES(1, 2, 0));
  assert_int_equal(0, count(&w, z, "transpose"));
  b = begin(&w, F64(2, 3, 4), NUMBER);
  z = tsr_reshape(b, tsr_reshape(b, w.x, TSR_SHAPE({6}, {4})), TSR_SHAPE({2}, {12}));
  assert_int_equal(1, count(&w, z, "reshape"));
  b = begin(&w, F64(1, 3), NUMBER);
  z = tsr_broadcast_in_dim(b, w.x, TSR_SHAPE({2}, {1}, {3}), TSR_AXES(1, 2));
  z = tsr_broadcast_in_dim(b, z, TSR_SHAPE({2}, {5}, {4}, {3}), TSR_AXES(0, 2, 3));
  assert_int_equal(1, count(&w, z, "broadcast_in_dim"));
  b = begin(&w, F64(2, 3, 4), NUMBER);
  z = tsr_reduce_sum(b, tsr_reduce_sum(b, w.x, TSR_AXES(1)), TSR_AXES(1));
  assert_int_equal(1, count(&w, z, "reduce_sum"));
  b = begin(&w, F64(2, 3, 4), NUMBER);
  z = tsr_reduce_max(b, tsr_reduce_max(b, w.x, TSR_AXES(0)), TSR_AXES(0));
  assert_int_equal(1, count(&w, z, "reduce_max"));
  b = begin(&w, F64(2, 3, 4), NUMBER);
  z = tsr_reduce_min(b, tsr_reduce_min(b, w.x, TSR_AXES(0)), TSR_AXES(1));
  assert_int_equal(1, count(&w, z, "reduce_min"));
  b = begin(&w, F64(2, 3, 4), NUMBER); /* one of them alone might overflow */
  z = tsr_reduce_prod(b, tsr_reduce_prod(b, w.x, TSR_AXES(0)), TSR_AXES(1));
  assert_int_equal(-1, count(&w, z, "reduce_prod"));
  b = begin(&w, F64(2, 3, 4), NUMBER);
  z = tsr_convert(b, w.x, TSR_I16);
  z = tsr_reduce_prod(b, tsr_reduce_prod(b, z, TSR_AXES(0)), TSR_AXES(1));
  assert_int_equal(1, count(&w, z, "reduce_prod"));
  b = begin(&w, F64(2, 3, 4), NUMBER);
  z = tsr_reduce_max(b, tsr_reduce_sum(b, w.x, TSR_AXES(0)), TSR_AXES(0));
  assert_int_equal(-1, count(&w, z, "reduce_max"));
}

static void what_is_done_twice_is_undone(void **state) {
  (void)state;
  world w;
  tsr_builder *b = begin(&w, F64(2, 3, 1), NUMBER);
  tsr_value z = tsr_reverse(b, tsr_reverse(b, w.x, TSR_AXES(0, 1)), TSR_AXES(1));
  assert_int_equal(1, count(&w, z, "reverse"));
  b = begin(&w, F64(2, 3, 1), NUMBER);
  z = tsr_reverse(b, tsr_reverse(b, w.x, TSR_AXES(1)), TSR_AXES(1));
  assert_int_equal(0, count(&w, z, "reverse"));
  b = begin(&w, F64(2, 3, 1), NUMBER);
  assert_int_equal(0, count(&w, tsr_reverse(b, w.x, TSR_AXES(2)), "reverse"));
  b = begin(&w, F64(2, 3, 1), NUMBER);
  assert_int_equal(-1, count(&w, tsr_reverse(b, w.x, TSR_AXES(0)), "reverse"));
  b = begin(&w, F64(2, 3), NUMBER);
  z = tsr_bitcast_convert(b, tsr_bitcast_convert(b, w.x, TSR_U16), TSR_F64);
  assert_int_equal(0, count(&w, z, "bitcast_convert"));
  b = begin(&w, F64(2, 3), NUMBER);
  const tsr_convert_attrs same = {TSR_F64};
  assert_int_equal(0, count(&w, EMIT(TSR_OP_BITCAST_CONVERT, &same, w.x), "bitcast_convert"));
}

static tsr_value whole(tsr_builder *b, double value) { return tsr_scalar(b, value); }

static void trivial_arithmetic_goes(void **state) {
  (void)state;
  world w;
  tsr_builder *b = begin(&w, F64(2, 3), NUMBER);
  assert_int_equal(0, count(&w, tsr_pow(b, w.x, whole(b, 0)), "pow"));
  b = begin(&w, F64(2, 3), NUMBER);
  assert_int_equal(0, count(&w, tsr_pow(b, w.x, whole(b, 1)), "pow"));
  b = begin(&w, F64(2, 3), NUMBER);
  assert_int_equal(0, count(&w, tsr_pow(b, w.x, whole(b, 2)), "pow"));
  b = begin(&w, F64(2, 3), NUMBER);
  assert_int_equal(-1, count(&w, tsr_pow(b, w.x, whole(b, 3)), "pow"));
  b = begin(&w, F64(2, 3), NUMBER);
  assert_int_equal(0, count(&w, tsr_max(b, w.x, w.x), "max"));
  b = begin(&w, F64(2, 3), F64(2, 3));
  assert_int_equal(-1, count(&w, tsr_min(b, w.x, w.y), "min"));
  const tsr_operand integers = TSR_I64_OF(-9, 9, 4), counts = {TSR_U32, TSR_DIMS(4), 0, 9};
  b = begin(&w, integers, integers);
  assert_int_equal(0, count(&w, tsr_and(b, w.x, w.x), "and"));
  b = begin(&w, integers, integers);
  assert_int_equal(0, count(&w, tsr_shift_left(b, w.x, tsr_scalar_int(b, 0)), "shift_left"));
  b = begin(&w, counts, counts);
  assert_int_equal(0, count(&w, tsr_abs(b, w.x), "abs"));
}

static void what_is_done_needs_no_second_time(void **state) {
  (void)state;
  world w;
  tsr_builder *b = begin(&w, F64(2, 3), NUMBER);
  assert_int_equal(1, count(&w, tsr_abs(b, tsr_abs(b, w.x)), "abs"));
  b = begin(&w, F64(2, 3), NUMBER);
  assert_int_equal(1, count(&w, tsr_sign(b, tsr_sign(b, w.x)), "sign"));
  b = begin(&w, F64(2, 3), NUMBER);
  assert_int_equal(1, count(&w, tsr_floor(b, tsr_floor(b, w.x)), "floor"));
  b = begin(&w, F64(2, 3), NUMBER);
  assert_int_equal(-1, count(&w, tsr_floor(b, tsr_ceil(b, w.x)), "floor"));
  const tsr_operand integers = TSR_I64_OF(-9, 9, 4);
  b = begin(&w, integers, integers);
  assert_int_equal(0, count(&w, tsr_not(b, tsr_not(b, w.x)), "not"));
}

static void slices_of_slices_are_one(void **state) {
  (void)state;
  world w;
  for (int64_t step1 = 1; step1 < 4; step1++)
    for (int64_t step2 = 1; step2 < 4; step2++)
      for (int64_t start = 0; start < 3; start++)
        for (int64_t cut = 0; cut < 4; cut++) {
          tsr_builder *b = begin(&w, F64(13), NUMBER);
          const tsr_dim from = tsr_dim_of(start), to = tsr_dim_of(13 - cut);
          tsr_value z = tsr_slice(b, w.x, TSR_SHAPE(from), TSR_SHAPE(to), TSR_AXES(step1));
          const tsr_dim n = tsr_value_dim(b, z, 0);
          const tsr_dim last = tsr_dim_of(n.n - cut > 0 ? n.n - cut : 0);
          const tsr_dim first = tsr_dim_of(start < last.n ? start : last.n);
          const tsr_value y = tsr_slice(b, z, TSR_SHAPE(first), TSR_SHAPE(last), TSR_AXES(step2));
          if (y.id == z.id || z.id == w.x.id) {
            trace_close(&w.t);
            continue;
          }
          assert_int_equal(1, count(&w, y, "slice"));
        }
}

static void sums_of_what_is_small_or_turned(void **state) {
  (void)state;
  world w;
  tsr_builder *b = begin(&w, F64(2, 1, 3), NUMBER);
  assert_int_equal(0, count(&w, tsr_reduce_sum(b, w.x, TSR_AXES(1)), "reduce_sum"));
  b = begin(&w, F64(2, 3, 4), NUMBER);
  tsr_value z = tsr_reduce_sum(b, tsr_transpose(b, w.x, TSR_AXES(1, 0, 2)), TSR_AXES(0));
  assert_int_equal(0, count(&w, z, "transpose"));
  b = begin(&w, F64(2, 3, 4), NUMBER); /* what stays would come out in another order */
  z = tsr_reduce_sum(b, tsr_transpose(b, w.x, TSR_AXES(1, 0, 2)), TSR_AXES(2));
  assert_int_equal(-1, count(&w, z, "transpose"));
  b = begin(&w, F64(2, 1, 3), NUMBER);
  assert_int_equal(0, count(&w, tsr_argmax(b, w.x, 1), "argmax"));
}

static void empty_parts_of_a_concatenation_go(void **state) {
  (void)state;
  world w;
  tsr_builder *b = begin(&w, F64(0, 3), F64(2, 3));
  assert_int_equal(0, count(&w, tsr_concatenate(b, TSR_VALUES(w.x, w.y), 0), "concatenate"));
  b = begin(&w, F64(0, 3), F64(2, 3));
  const tsr_value z = tsr_concatenate(b, TSR_VALUES(w.y, w.x, w.y), 0);
  assert_int_equal(1, count(&w, z, "concatenate"));
  b = begin(&w, F64(0, 3), F64(0, 3));
  assert_int_equal(0, count(&w, tsr_concatenate(b, TSR_VALUES(w.y, w.x), 0), "concatenate"));
}

static void contractions_read_before_transposes(void **state) {
  (void)state;
  world w;
  const tsr_dot_general_attrs rows = {TSR_NO_AXES, TSR_NO_AXES, TSR_AXES(1), TSR_AXES(1)};
  tsr_builder *b = begin(&w, F64(3, 2), F64(3, 4));
  tsr_value x = tsr_transpose(b, w.x, TSR_ALL_AXES), y = tsr_transpose(b, w.y, TSR_ALL_AXES);
  assert_int_equal(0, count(&w, tsr_dot_general(b, x, y, &rows), "transpose"));
  b = begin(&w, F64(3, 2), F64(4, 3));
  x = tsr_transpose(b, w.x, TSR_ALL_AXES);
  assert_int_equal(0, count(&w, tsr_dot_general(b, x, w.y, &rows), "transpose"));
  const tsr_dot_general_attrs batch = {TSR_AXES(0), TSR_AXES(2), TSR_AXES(1), TSR_AXES(1)};
  b = begin(&w, F64(5, 2, 3), F64(3, 4, 2));
  x = tsr_transpose(b, w.x, TSR_AXES(2, 1, 0));
  y = tsr_transpose(b, w.y, TSR_AXES(1, 2, 0));
  assert_int_equal(0, count(&w, tsr_dot_general(b, x, y, &batch), "transpose"));
  /* two free axes would come out in another order */
  b = begin(&w, F64(5, 2, 3), F64(4, 3));
  x = tsr_transpose(b, w.x, TSR_AXES(1, 2, 0));
  assert_int_equal(-1, count(&w, tsr_dot_general(b, x, w.y, &rows), "transpose"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_does_nothing_goes),
      cmocka_unit_test(two_of_a_kind_become_one),
      cmocka_unit_test(what_is_done_twice_is_undone),
      cmocka_unit_test(trivial_arithmetic_goes),
      cmocka_unit_test(what_is_done_needs_no_second_time),
      cmocka_unit_test(slices_of_slices_are_one),
      cmocka_unit_test(sums_of_what_is_small_or_turned),
      cmocka_unit_test(empty_parts_of_a_concatenation_go),
      cmocka_unit_test(contractions_read_before_transposes),
  };
  return cmocka_run_group_tests_name("internalops/rule_simplify", tests, NULL, NULL);
}
