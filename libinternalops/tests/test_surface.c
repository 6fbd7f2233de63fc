/* test_surface.c - elementwise operation functions: promotion, weak numbers, broadcasting, zeros. */
#include "trace_test.h"

#define CONST(n) tsr_dim_of(n)

/* A count without a list is refused before anything reads it. */
static void lists_without_entries_are_refused(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_builder *b = w.b;
  tsr_value x = input(b, "x", TSR_F64, TSR_SHAPE(CONST(2), CONST(3)));
  const tsr_shape shape = {NULL, 2}, one = TSR_SHAPE(CONST(0), CONST(0));
  const tsr_axes axes = {NULL, 2};
#define REFUSES(call)                                                                              \
  do {                                                                                             \
    assert_true(tsr_value_is_none(call));                                                          \
    assert_error_says(tsr_builder_status(b), TSR_ERR_ARGUMENT, "list");                            \
    tsr_builder_clear(b);                                                                          \
  } while (0)
  REFUSES(tsr_reshape(b, x, shape));
  REFUSES(tsr_transpose(b, x, axes));
  REFUSES(tsr_broadcast_to(b, x, shape));
  REFUSES(tsr_broadcast_in_dim(b, x, one, axes));
  REFUSES(tsr_slice(b, x, shape, one, TSR_NO_AXES));
  REFUSES(tsr_slice(b, x, one, shape, TSR_NO_AXES));
  REFUSES(tsr_slice(b, x, one, one, axes));
  REFUSES(tsr_pad(b, x, tsr_scalar(b, 0), shape, one, TSR_NO_AXES));
  REFUSES(tsr_reduce_sum(b, x, axes));
  REFUSES(tsr_squeeze(b, x, axes));
  REFUSES(tsr_expand_dims(b, x, axes));
  REFUSES(tsr_full(b, TSR_F64, shape, 1));
  REFUSES(tsr_iota(b, TSR_I64, shape, 0));
  REFUSES(tsr_concatenate(b, (tsr_values){NULL, 2}, 0));
  trace_close(&w);
}

static void equal_operands_go_straight_through(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_value x = input(w.b, "x", TSR_F64, TSR_SHAPE(w.n, CONST(3)));
  tsr_value y = tsr_lt(w.b, tsr_add(w.b, x, x), x);
  tsr_graph *g = finished(&w, TSR_VALUES(y));
  assert_graph_text(g, "graph(%0 x: f64[n, 3]) {\n"
                       "  %1:f64[n, 3] = add %0, %0\n"
                       "  %2:bool[n, 3] = compare %1, %0 {direction=lt}\n"
                       "  return %2\n"
                       "}\n");
  tsr_graph_release(g);
  trace_close(&w);
}

static void dtypes_promote_as_in_the_array_api(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_builder *b = w.b;
  tsr_value i8 = input(b, "a", TSR_I8, TSR_NO_SHAPE), i32 = input(b, "b", TSR_I32, TSR_NO_SHAPE),
            f32 = input(b, "c", TSR_F32, TSR_NO_SHAPE), f64 = input(b, "d", TSR_F64, TSR_NO_SHAPE),
            c64 = input(b, "e", TSR_C64, TSR_NO_SHAPE), p = input(b, "p", TSR_BOOL, TSR_NO_SHAPE);
  assert_type_is(b, tsr_add(b, i8, i32), "i32[]");
  assert_type_is(b, tsr_mul(b, f64, f32), "f64[]");
  assert_type_is(b, tsr_sub(b, f32, c64), "c64[]");
  assert_type_is(b, tsr_div(b, c64, f64), "c128[]");
  assert_type_is(b, tsr_select(b, p, i8, i32), "i32[]");
  assert_ok(tsr_builder_status(b));
  tsr_add(b, i32, f32);
  assert_error_says(tsr_builder_status(b), TSR_ERR_DTYPE, "i32", "f32", "add");
  tsr_builder_clear(b);
  tsr_add(b, p, i8);
  assert_error_says(tsr_builder_status(b), TSR_ERR_DTYPE, "bool", "i8");
  tsr_builder_clear(b);
  tsr_lt(b, c64, c64);
  assert_error_says(tsr_builder_status(b), TSR_ERR_DTYPE, "compare", "c64", "eq and ne");
  trace_close(&w);
}

static void a_scalar_adopts_its_partners_dtype(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_builder *b = w.b;
  tsr_value half = tsr_scalar(b, 0.5), two = tsr_scalar(b, 2), three = tsr_scalar_int(b, 3),
            z = tsr_scalar_complex(b, 1, -1), real = tsr_scalar_complex(b, 4, 0);
  assert_type_is(b, half, "f64[]");
  assert_type_is(b, three, "i64[]");
  assert_type_is(b, z, "c128[]");
  tsr_value f16 = input(b, "h", TSR_F16, TSR_SHAPE(w.n)), u8 = input(b, "u", TSR_U8, TSR_NO_SHAPE),
            c64 = input(b, "c", TSR_C64, TSR_NO_SHAPE), p = input(b, "p", TSR_BOOL, TSR_NO_SHAPE);
  assert_type_is(b, tsr_add(b, f16, half), "f16[n]");
  assert_type_is(b, tsr_mul(b, three, f16), "f16[n]");
  assert_type_is(b, tsr_sub(b, u8, two), "u8[]");
  assert_type_is(b, tsr_sub(b, c64, half), "c64[]");
  assert_type_is(b, tsr_mul(b, z, c64), "c64[]");
  assert_type_is(b, tsr_mul(b, real, f16), "f16[n]");
  assert_type_is(b, tsr_add(b, half, three), "f64[]"); /* two scalars: the wider kind */
  assert_type_is(b, tsr_add(b, three, z), "c128[]");
  assert_type_is(b, tsr_select(b, p, f16, three), "f16[n]");
  assert_ok(tsr_builder_status(b));
  tsr_add(b, u8, half);
  assert_error_says(tsr_builder_status(b), TSR_ERR_DTYPE, "0.5", "u8", "add");
  tsr_builder_clear(b);
  tsr_add(b, f16, z);
  assert_error_says(tsr_builder_status(b), TSR_ERR_DTYPE, "i is no f16", "add");
  tsr_builder_clear(b);
  tsr_mul(b, u8, tsr_scalar_int(b, 256));
  assert_error_says(tsr_builder_status(b), TSR_ERR_DTYPE, "256", "u8");
  tsr_builder_clear(b);
  tsr_add(b, p, three);
  assert_error_says(tsr_builder_status(b), TSR_ERR_DTYPE, "bool", "convert");
  trace_close(&w);
}

static void a_scalar_of_a_builder_around_adopts_too(void **state) {
  (void)state;
  trace_world w;
  tsr_builder *child;
  assert_ok(trace_open(&w));
  tsr_value half = tsr_scalar(w.b, 0.5);
  assert_ok(tsr_graph_builder_create(w.registry, NULL, w.b, &child));
  tsr_value x = input(child, "x", TSR_F32, TSR_SHAPE(w.n));
  assert_type_is(child, tsr_mul(child, half, x), "f32[n]");
  tsr_builder_close(child);
  trace_close(&w);
}

static void adopted_numbers_are_fresh_constants(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_value x = input(w.b, "x", TSR_F32, TSR_SHAPE(w.n));
  tsr_value y = tsr_add(w.b, x, tsr_scalar(w.b, 0.5));
  tsr_graph *g = finished(&w, TSR_VALUES(y));
  assert_graph_text(g, "graph(%0 x: f32[n]) {\n"
                       "  %1:f64[] = constant {tensor=f64[] 0.5}\n"
                       "  %2:f32[] = constant {tensor=f32[] 0.5}\n"
                       "  %3:f32[n] = broadcast_in_dim %2 {shape=[n], axes=[]}\n"
                       "  %4:f32[n] = add %0, %3\n"
                       "  return %4\n"
                       "}\n");
  tsr_graph_release(g);
  trace_close(&w);
}

static void shapes_align_at_the_last_axis(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_builder *b = w.b;
  tsr_value x = input(b, "x", TSR_F64, TSR_SHAPE(w.n, CONST(1), CONST(3)));
  tsr_value y = input(b, "y", TSR_F64, TSR_SHAPE(w.m, CONST(3)));
  tsr_value s = input(b, "s", TSR_F64, TSR_NO_SHAPE),
            p = input(b, "p", TSR_BOOL, TSR_SHAPE(CONST(3)));
  tsr_value empty = input(b, "e", TSR_F64, TSR_SHAPE(CONST(0), CONST(3)));
  assert_type_is(b, tsr_add(b, x, y), "f64[n, m, 3]");
  assert_type_is(b, tsr_mul(b, s, x), "f64[n, 1, 3]");
  assert_type_is(b, tsr_select(b, p, s, y), "f64[m, 3]");
  assert_type_is(b, tsr_add(b, empty, x), "f64[n, 0, 3]");
  assert_ok(tsr_builder_status(b));
  tsr_value z = input(b, "z", TSR_F64, TSR_SHAPE(CONST(2), CONST(4)));
  tsr_add(b, y, z);
  assert_error_says(tsr_builder_status(b), TSR_ERR_SHAPE, "f64[m, 3]", "f64[2, 4]", "add");
  trace_close(&w);
}

static void an_unknown_equality_of_sizes_is_an_error(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_value x = input(w.b, "x", TSR_F64, TSR_SHAPE(w.n)),
            y = input(w.b, "y", TSR_F64, TSR_SHAPE(w.m));
  tsr_value z = input(w.b, "z", TSR_F64, TSR_SHAPE(CONST(3)));
  tsr_add(w.b, x, y);
  assert_error_says(tsr_builder_status(w.b), TSR_ERR_SHAPE, "f64[n]", "f64[m]");
  tsr_builder_clear(w.b);
  tsr_add(w.b, x, z);
  assert_error_says(tsr_builder_status(w.b), TSR_ERR_SHAPE, "f64[n]", "f64[3]");
  tsr_builder_clear(w.b);
  tsr_emit1(w.b, tsr_op_core(TSR_OP_ADD), NULL, TSR_VALUES(x, y)); /* the primitive says so, too */
  assert_error_says(tsr_builder_status(w.b), TSR_ERR_SHAPE, "f64[n]", "f64[m]");
  tsr_builder_clear(w.b);
  assert_ok(tsr_dim_space_assert(w.b->space, w.n, w.m)); /* a promise makes it known */
  tsr_value s = tsr_add(w.b, x, y);
  assert_false(tsr_value_is_none(s));
  assert_ok(tsr_builder_status(w.b));
  trace_close(&w);
}

static void symbolic_zeros_vanish(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_builder *b = w.b;
  const tsr_value zero = TSR_ZERO_VALUE;
  tsr_value x = input(b, "x", TSR_F64, TSR_SHAPE(w.n)), p = input(b, "p", TSR_BOOL, TSR_SHAPE(w.n));
  assert_true(tsr_add(b, x, zero).id == x.id && tsr_add(b, zero, x).id == x.id);
  assert_true(tsr_sub(b, x, zero).id == x.id);
  assert_type_is(b, tsr_sub(b, zero, x), "f64[n]");
  assert_true(tsr_value_is_zero(tsr_add(b, zero, zero)) &&
              tsr_value_is_zero(tsr_sub(b, zero, zero)));
  assert_true(tsr_value_is_zero(tsr_mul(b, zero, x)) && tsr_value_is_zero(tsr_mul(b, x, zero)));
  assert_true(tsr_value_is_zero(tsr_div(b, zero, x)) && tsr_value_is_zero(tsr_neg(b, zero)));
  assert_true(tsr_value_is_zero(tsr_convert(b, zero, TSR_F32)) &&
              tsr_value_is_zero(tsr_conj(b, zero)));
  assert_true(tsr_value_is_zero(tsr_real(b, zero)) && tsr_value_is_zero(tsr_imag(b, zero)));
  assert_true(tsr_value_is_zero(tsr_select(b, p, zero, zero)));
  assert_type_is(b, tsr_select(b, p, x, zero), "f64[n]");
  assert_type_is(b, tsr_complex(b, zero, x), "c128[n]");
  assert_ok(tsr_builder_status(b));
  tsr_div(b, x, zero);
  assert_error_says(tsr_builder_status(b), TSR_ERR_ARGUMENT, "div", "symbolic zero");
  tsr_builder_clear(b);
  tsr_exp(b, zero);
  assert_error_says(tsr_builder_status(b), TSR_ERR_ARGUMENT, "exp", "symbolic zero");
  trace_close(&w);
}

static void emission_fills_zeros_where_their_shape_is_known(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_value x = input(w.b, "x", TSR_F64, TSR_SHAPE(w.n)), zero = TSR_ZERO_VALUE;
  assert_type_is(w.b, tsr_emit1(w.b, tsr_op_core(TSR_OP_ADD), NULL, TSR_VALUES(zero, x)), "f64[n]");
  tsr_emit1(w.b, tsr_op_core(TSR_OP_ADD), NULL, TSR_VALUES(zero, zero));
  assert_error_says(tsr_builder_status(w.b), TSR_ERR_ARGUMENT, "add: operand 0", "symbolic zero");
  tsr_builder_clear(w.b);
  tsr_emit1(w.b, tsr_op_core(TSR_OP_MUL), NULL, TSR_VALUES(x, zero));
  assert_error_says(tsr_builder_status(w.b), TSR_ERR_ARGUMENT, "mul: operand 1", "mul(f64[n], 0)");
  trace_close(&w);
}

static void parts_of_real_numbers_are_themselves(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_builder *b = w.b;
  tsr_value x = input(b, "x", TSR_F32, TSR_SHAPE(w.n)), z = input(b, "z", TSR_C64, TSR_SHAPE(w.n)),
            i = input(b, "i", TSR_I32, TSR_NO_SHAPE);
  assert_true(tsr_real(b, x).id == x.id && tsr_conj(b, x).id == x.id && tsr_conj(b, i).id == i.id);
  assert_type_is(b, tsr_imag(b, x), "f32[n]");
  assert_type_is(b, tsr_real(b, z), "f32[n]");
  assert_type_is(b, tsr_conj(b, z), "c64[n]");
  assert_type_is(b, tsr_complex(b, x, tsr_scalar(b, 1)), "c64[n]");
  assert_true(tsr_convert(b, x, TSR_F32).id == x.id);
  assert_type_is(b, tsr_convert(b, z, TSR_C128), "c128[n]");
  assert_ok(tsr_builder_status(b));
  tsr_convert(b, z, TSR_F32);
  assert_error_says(tsr_builder_status(b), TSR_ERR_DTYPE, "c64", "f32", "tsr_real");
  tsr_builder_clear(b);
  tsr_real(b, i);
  assert_error_says(tsr_builder_status(b), TSR_ERR_DTYPE, "real", "i32");
  trace_close(&w);
}

static void creation_makes_the_types_it_says(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_builder *b = w.b;
  tsr_value x = input(b, "x", TSR_F16, TSR_SHAPE(w.n, CONST(2)));
  assert_type_is(b, tsr_full(b, TSR_I8, TSR_SHAPE(w.n), -3), "i8[n]");
  assert_type_is(b, tsr_zeros(b, TSR_BOOL, TSR_NO_SHAPE), "bool[]");
  assert_type_is(b, tsr_ones(b, TSR_C64, TSR_SHAPE(CONST(0))), "c64[0]");
  assert_type_is(b, tsr_zeros_like(b, x), "f16[n, 2]");
  assert_type_is(b, tsr_ones_like(b, x), "f16[n, 2]");
  assert_type_is(b, tsr_iota(b, TSR_I32, TSR_SHAPE(CONST(2), w.m), -1), "i32[2, m]");
  assert_type_is(b, tsr_dim_value(b, w.n, TSR_F32), "f32[]");
  assert_ok(tsr_builder_status(b));
  tsr_full(b, TSR_I8, TSR_NO_SHAPE, 0.5);
  assert_error_says(tsr_builder_status(b), TSR_ERR_DTYPE, "0.5", "i8");
  tsr_builder_clear(b);
  tsr_full(b, TSR_F32, TSR_SHAPE(CONST(-2)), 0.5);
  assert_error_says(tsr_builder_status(b), TSR_ERR_SHAPE, "-2");
  tsr_builder_clear(b);
  tsr_iota(b, TSR_I32, TSR_SHAPE(w.m), 1);
  assert_error_says(tsr_builder_status(b), TSR_ERR_ARGUMENT, "iota", "1");
  tsr_builder_clear(b);
  tsr_constant(b, NULL);
  assert_error_says(tsr_builder_status(b), TSR_ERR_ARGUMENT, "constant");
  trace_close(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equal_operands_go_straight_through),
      cmocka_unit_test(lists_without_entries_are_refused),
      cmocka_unit_test(dtypes_promote_as_in_the_array_api),
      cmocka_unit_test(a_scalar_adopts_its_partners_dtype),
      cmocka_unit_test(a_scalar_of_a_builder_around_adopts_too),
      cmocka_unit_test(adopted_numbers_are_fresh_constants),
      cmocka_unit_test(shapes_align_at_the_last_axis),
      cmocka_unit_test(an_unknown_equality_of_sizes_is_an_error),
      cmocka_unit_test(symbolic_zeros_vanish),
      cmocka_unit_test(emission_fills_zeros_where_their_shape_is_known),
      cmocka_unit_test(parts_of_real_numbers_are_themselves),
      cmocka_unit_test(creation_makes_the_types_it_says),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
