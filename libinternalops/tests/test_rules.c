/* test_rules.c - what the rules of the elementwise, type and creation ops emit. */
#include "trace_test.h"

#include "tsr/spi/expr.h"

/* An application on fresh inputs, and its rules. */
typedef struct applied {
  tsr_call c;
  tsr_call_context context;
  const tsr_rules *rules;
} applied;

/* Apply op; the call lives in the builder's scratch, so it is copied to static memory. */
static applied apply(trace_world *w, tsr_op_id id, const void *attrs, tsr_values in) {
  static tsr_value ins[4], outs[1];
  static tsr_type in_types[4], out_types[1];
  applied a;
  const tsr_op *op = tsr_op_core(id);
  a.rules = tsr_registry_rules(w->registry, (int32_t)id);
  outs[0] = tsr_emit1(w->b, op, attrs, in);
  assert_ok(tsr_builder_status(w->b));
  assert_true(tsr_builder_producer(w->b, outs[0], &a.c));
  for (int32_t i = 0; i < a.c.n_in; i++) {
    ins[i] = a.c.in[i];
    in_types[i] = a.c.in_type[i];
  }
  out_types[0] = a.c.out_type[0];
  a.c.in = ins, a.c.out = outs, a.c.in_type = in_types, a.c.out_type = out_types;
  return a;
}

static tsr_value jvp(trace_world *w, const applied *a, tsr_value t0, tsr_value t1) {
  tsr_value t[] = {t0, t1}, out;
  assert_ok(a->rules->jvp(w->b, &a->c, t, &out));
  return out;
}

/* The cotangent of input i alone. */
static tsr_value transpose(trace_world *w, applied a, int32_t i, tsr_value ct) {
  bool linear[4] = {false};
  tsr_value in[4], out[4];
  memcpy(in, a.c.in, sizeof in);
  linear[i] = true;
  in[i] = TSR_NO_VALUE;
  a.c.in = in;
  assert_ok(a.rules->transpose(w->b, &a.c, linear, &ct, out));
  return out[i];
}

/* Finish with one output and compare the lines after the inputs. */
static void assert_body(trace_world *w, tsr_value out, const char *expected) {
  tsr_graph *g = finished(w, TSR_VALUES(out));
  char *text;
  size_t size;
  assert_ok(tsr_graph_text(g, &text, &size));
  assert_string_equal(expected, strchr(text, '\n') + 1);
  tsr_free(text, size, 0);
  tsr_graph_release(g);
  trace_close(w);
}

static tsr_value real_in(trace_world *w, const char *name) {
  return input(w->b, name, TSR_F64, TSR_SHAPE(w->n));
}
static tsr_value complex_in(trace_world *w, const char *name) {
  return input(w->b, name, TSR_C128, TSR_SHAPE(w->n));
}

static void jvp_of_div_is_the_quotient_rule(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_value x = real_in(&w, "x"), y = real_in(&w, "y"), dx = real_in(&w, "dx"),
            dy = real_in(&w, "dy");
  applied a = apply(&w, TSR_OP_DIV, NULL, TSR_VALUES(x, y));
  assert_body(&w, jvp(&w, &a, dx, dy),
              "  %4:f64[n] = div %0, %1\n"
              "  %5:f64[n] = mul %4, %3\n"
              "  %6:f64[n] = sub %2, %5\n"
              "  %7:f64[n] = div %6, %1\n"
              "  return %7\n}\n");
}

static void jvp_of_div_by_a_constant_costs_one_op(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_value x = real_in(&w, "x"), y = real_in(&w, "y"), dx = real_in(&w, "dx");
  applied a = apply(&w, TSR_OP_DIV, NULL, TSR_VALUES(x, y));
  assert_body(&w, jvp(&w, &a, dx, TSR_ZERO_VALUE),
              "  %3:f64[n] = div %0, %1\n"
              "  %4:f64[n] = div %2, %1\n"
              "  return %4\n}\n");
}

static void jvp_of_the_analytic_ops(void **state) {
  (void)state;
  static const struct {
    tsr_op_id id;
    const char *text;
  } cases[] = {
      {TSR_OP_EXP, "  %2:c128[n] = exp %0\n  %3:c128[n] = mul %2, %1\n  return %3\n}\n"},
      {TSR_OP_SIN, "  %2:c128[n] = sin %0\n  %3:c128[n] = cos %0\n  %4:c128[n] = mul %3, %1\n"
                   "  return %4\n}\n"                                },
      {TSR_OP_COS, "  %2:c128[n] = cos %0\n  %3:c128[n] = sin %0\n  %4:c128[n] = neg %3\n"
                   "  %5:c128[n] = mul %4, %1\n  return %5\n}\n"     },
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    trace_world w;
    assert_ok(trace_open(&w));
    tsr_value x = complex_in(&w, "x"), dx = complex_in(&w, "dx");
    applied a = apply(&w, cases[i].id, NULL, TSR_VALUES(x));
    assert_true(tsr_value_is_zero(jvp(&w, &a, TSR_ZERO_VALUE, TSR_ZERO_VALUE)));
    assert_body(&w, jvp(&w, &a, dx, TSR_ZERO_VALUE), cases[i].text);
  }
}

static void factors_come_back_conjugated(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_value x = complex_in(&w, "x"), y = complex_in(&w, "y"), ct = complex_in(&w, "ct");
  applied a = apply(&w, TSR_OP_MUL, NULL, TSR_VALUES(x, y));
  assert_body(&w, transpose(&w, a, 0, ct),
              "  %3:c128[n] = mul %0, %1\n"
              "  %4:c128[n] = conj %1\n"
              "  %5:c128[n] = mul %2, %4\n"
              "  return %5\n}\n");
  assert_ok(trace_open(&w));
  x = complex_in(&w, "x"), y = complex_in(&w, "y"), ct = complex_in(&w, "ct");
  a = apply(&w, TSR_OP_DIV, NULL, TSR_VALUES(x, y));
  assert_body(&w, transpose(&w, a, 0, ct),
              "  %3:c128[n] = div %0, %1\n"
              "  %4:c128[n] = conj %1\n"
              "  %5:c128[n] = div %2, %4\n"
              "  return %5\n}\n");
}

static void real_factors_need_no_conjugation(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_value x = real_in(&w, "x"), y = real_in(&w, "y"), ct = real_in(&w, "ct");
  applied a = apply(&w, TSR_OP_MUL, NULL, TSR_VALUES(x, y));
  assert_body(&w, transpose(&w, a, 1, ct),
              "  %3:f64[n] = mul %0, %1\n  %4:f64[n] = mul %2, %0\n  return %4\n}\n");
}

/* <ct, A x> = <A* ct, x> with <a, b> = Re(conj(a) b), written out for each op. */
static void transposes_of_parts(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_value z = complex_in(&w, "z"), ct = real_in(&w, "ct");
  applied a = apply(&w, TSR_OP_IMAG, NULL, TSR_VALUES(z));
  assert_body(&w, transpose(&w, a, 0, ct),
              "  %2:f64[n] = imag %0\n"
              "  %3:f64[] = constant {tensor=f64[] 0}\n"
              "  %4:f64[n] = broadcast_in_dim %3 {shape=[n], axes=[]}\n"
              "  %5:c128[n] = complex %4, %1\n"
              "  return %5\n}\n");
  assert_ok(trace_open(&w));
  tsr_value x = real_in(&w, "x"), y = real_in(&w, "y"), zt = complex_in(&w, "ct");
  a = apply(&w, TSR_OP_COMPLEX, NULL, TSR_VALUES(x, y));
  assert_body(&w, transpose(&w, a, 1, zt),
              "  %3:c128[n] = complex %0, %1\n  %4:f64[n] = imag %2\n  return %4\n}\n");
}

static void the_transpose_of_convert_converts_back(void **state) {
  (void)state;
  trace_world w;
  tsr_convert_attrs to = {TSR_C64};
  assert_ok(trace_open(&w));
  tsr_value x = real_in(&w, "x"), ct = input(w.b, "ct", TSR_C64, TSR_SHAPE(w.n));
  applied a = apply(&w, TSR_OP_CONVERT, &to, TSR_VALUES(x));
  assert_body(&w, transpose(&w, a, 0, ct),
              "  %2:c64[n] = convert %0 {dtype=c64}\n"
              "  %3:f32[n] = real %1\n"
              "  %4:f64[n] = convert %3 {dtype=f64}\n"
              "  return %4\n}\n");
}

static void converting_to_integers_has_no_tangent(void **state) {
  (void)state;
  trace_world w;
  tsr_convert_attrs to = {TSR_I32};
  assert_ok(trace_open(&w));
  tsr_value x = real_in(&w, "x"), dx = real_in(&w, "dx");
  applied a = apply(&w, TSR_OP_CONVERT, &to, TSR_VALUES(x));
  assert_true(tsr_value_is_zero(jvp(&w, &a, dx, TSR_ZERO_VALUE)));
  trace_close(&w);
}

static void select_routes_the_cotangent(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_value p = input(w.b, "p", TSR_BOOL, TSR_SHAPE(w.n)), x = real_in(&w, "x"),
            ct = real_in(&w, "ct");
  applied a = apply(&w, TSR_OP_SELECT, NULL, TSR_VALUES(p, x, x));
  assert_body(&w, transpose(&w, a, 2, ct),
              "  %3:f64[n] = select %0, %1, %1\n"
              "  %4:f64[] = constant {tensor=f64[] 0}\n"
              "  %5:f64[n] = broadcast_in_dim %4 {shape=[n], axes=[]}\n"
              "  %6:f64[n] = select %0, %5, %2\n"
              "  return %6\n}\n");
}

static void sums_pass_cotangents_on(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_value x = real_in(&w, "x"), ct = real_in(&w, "ct");
  applied a = apply(&w, TSR_OP_SUB, NULL, TSR_VALUES(x, x));
  assert_true(transpose(&w, a, 0, ct).id == ct.id);
  assert_true(tsr_value_is_zero(transpose(&w, a, 1, TSR_ZERO_VALUE)));
  assert_body(&w, transpose(&w, a, 1, ct),
              "  %2:f64[n] = sub %0, %0\n  %3:f64[n] = neg %1\n  return %3\n}\n");
}

/* ---- batching ---- */

static tsr_value batched(trace_world *w, tsr_op_id id, const tsr_value *in, const int32_t *axis,
                         int32_t n, int32_t *out_axis) {
  tsr_type types[3];
  tsr_value out = TSR_NO_VALUE;
  tsr_batch batch = {tsr_dim_of(5), axis};
  for (int32_t i = 0; i < n; i++)
    assert_ok(tsr_value_type(w->b, in[i], &types[i]));
  tsr_call c = {.op = tsr_op_core(id), .n_in = n, .n_out = 1, .in_type = types, .in = in};
  assert_ok(tsr_registry_rules(w->registry, (int32_t)id)->batch(w->b, &c, &batch, &out, out_axis));
  return out;
}

static void operands_mapped_alike_stay_where_they_are(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_value x = input(w.b, "x", TSR_F64, TSR_SHAPE(w.n, tsr_dim_of(5)));
  int32_t axis[] = {1, 1}, out_axis;
  tsr_value out = batched(&w, TSR_OP_MUL, TSR_VALUES(x, x).data, axis, 2, &out_axis);
  assert_int_equal(1, out_axis);
  assert_body(&w, out, "  %1:f64[n, 5] = mul %0, %0\n  return %1\n}\n");
}

static void other_operands_meet_in_front(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_value x = input(w.b, "x", TSR_F64, TSR_SHAPE(w.n, tsr_dim_of(5))), y = real_in(&w, "y"),
            p = input(w.b, "p", TSR_BOOL, TSR_SHAPE(tsr_dim_of(5), w.n));
  int32_t axis[] = {0, 1, -1}, out_axis;
  tsr_value out = batched(&w, TSR_OP_SELECT, TSR_VALUES(p, x, y).data, axis, 3, &out_axis);
  assert_int_equal(0, out_axis);
  assert_body(&w, out,
              "  %3:f64[5, n] = transpose %0 {axes=[1, 0]}\n"
              "  %4:f64[5, n] = broadcast_in_dim %1 {shape=[5, n], axes=[1]}\n"
              "  %5:f64[5, n] = select %2, %3, %4\n"
              "  return %5\n}\n");
}

/* ---- simplification ---- */

static tsr_value simplified(trace_world *w, tsr_value v) {
  tsr_call c;
  tsr_value out = TSR_NO_VALUE;
  assert_true(tsr_builder_producer(w->b, v, &c));
  int32_t index = tsr_registry_index(w->registry, c.op);
  assert_ok(tsr_registry_rules(w->registry, index)->simplify(w->b, &c, &out));
  return out;
}

static void neutral_elements_go(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_builder *b = w.b;
  tsr_value x = real_in(&w, "x"), y = real_in(&w, "y"), z = complex_in(&w, "z");
  tsr_value i = input(b, "i", TSR_I32, TSR_NO_SHAPE), p = input(b, "p", TSR_BOOL, TSR_SHAPE(w.n));
  tsr_value one = tsr_scalar(b, 1), zero = tsr_scalar_int(b, 0), yes = tsr_ones_like(b, p);
  assert_true(simplified(&w, tsr_mul(b, x, one)).id == x.id);
  assert_true(simplified(&w, tsr_mul(b, one, y)).id == y.id);
  assert_true(simplified(&w, tsr_add(b, x, tsr_scalar(b, -0.0))).id == x.id);
  assert_true(simplified(&w, tsr_add(b, tsr_scalar_complex(b, -0.0, -0.0), z)).id == z.id);
  assert_true(simplified(&w, tsr_add(b, zero, i)).id == i.id);
  assert_true(simplified(&w, tsr_sub(b, i, zero)).id == i.id);
  assert_true(simplified(&w, tsr_sub(b, x, zero)).id == x.id);
  assert_true(simplified(&w, tsr_sub(b, z, zero)).id == z.id);
  assert_true(simplified(&w, tsr_div(b, x, one)).id == x.id);
  assert_true(simplified(&w, tsr_neg(b, tsr_neg(b, x))).id == x.id);
  assert_true(simplified(&w, tsr_conj(b, tsr_conj(b, z))).id == z.id);
  assert_true(simplified(&w, tsr_imag(b, tsr_complex(b, x, y))).id == y.id);
  assert_true(simplified(&w, tsr_real(b, tsr_complex(b, x, y))).id == x.id);
  assert_true(simplified(&w, tsr_select(b, yes, x, y)).id == x.id);
  assert_true(simplified(&w, tsr_select(b, tsr_zeros_like(b, p), x, y)).id == y.id);
  assert_true(simplified(&w, tsr_select(b, p, x, x)).id == x.id);
  tsr_convert_attrs to = {TSR_F64};
  tsr_value same = tsr_emit1(b, tsr_op_core(TSR_OP_CONVERT), &to, TSR_VALUES(x));
  assert_true(simplified(&w, same).id == x.id);
  assert_ok(tsr_builder_status(b));
  trace_close(&w);
}

static void what_could_change_the_result_stays(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_builder *b = w.b;
  tsr_value x = real_in(&w, "x"), zero = tsr_scalar(b, 0), one = tsr_scalar(b, 1);
  assert_true(tsr_value_is_none(simplified(&w, tsr_mul(b, x, zero)))); /* inf, NaN */
  assert_true(tsr_value_is_none(simplified(&w, tsr_sub(b, zero, x))));
  assert_true(tsr_value_is_none(simplified(&w, tsr_div(b, one, x))));
  assert_true(tsr_value_is_none(simplified(&w, tsr_mul(b, x, tsr_scalar(b, 1 + 0x1p-52)))));
  assert_true(tsr_value_is_none(simplified(&w, tsr_neg(b, x))));
  trace_close(&w);
}

/* IEEE 754: -0 + 0 = 0 and -0 - -0 = 0, so these would turn -0 into 0. */
static void the_sign_of_a_zero_stays(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_builder *b = w.b;
  tsr_value x = real_in(&w, "x"), z = complex_in(&w, "z");
  tsr_value plus = tsr_scalar(b, 0.0), minus = tsr_scalar(b, -0.0);
  assert_true(tsr_value_is_none(simplified(&w, tsr_add(b, x, plus))));
  assert_true(tsr_value_is_none(simplified(&w, tsr_add(b, plus, x))));
  assert_true(tsr_value_is_none(simplified(&w, tsr_sub(b, x, minus))));
  const double parts[] = {0.0, -0.0};
  for (int k = 0; k < 4; k++) {
    tsr_value zero = tsr_scalar_complex(b, parts[k & 1], parts[k >> 1]);
    assert_int_equal(k != 3, tsr_value_is_none(simplified(&w, tsr_add(b, z, zero))));
    assert_int_equal(k != 0, tsr_value_is_none(simplified(&w, tsr_sub(b, z, zero))));
  }
  assert_ok(tsr_builder_status(b));
  trace_close(&w);
}

/* (inf + 0i) (1 + 0i) = inf + NaN i, part by part */
static void a_complex_one_is_not_neutral(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_builder *b = w.b;
  tsr_value z = complex_in(&w, "z"), one = tsr_scalar(b, 1);
  assert_true(tsr_value_is_none(simplified(&w, tsr_mul(b, one, z))));
  assert_true(tsr_value_is_none(simplified(&w, tsr_div(b, z, one))));
  trace_close(&w);
}

/* ---- fused ---- */

/* z0 = -(x + y) over [n, 3] with y along the last axis; z1 = its sum over axis 0. */
static tsr_expr *sample_expr(trace_world *w) {
  const tsr_dim dims[] = {w->n, tsr_dim_of(3)};
  const int32_t both[] = {0, 1}, last[] = {1};
  const tsr_expr_load inputs[] = {
      {TSR_F64, 2, both},
      {TSR_F64, 1, last}
  };
  const tsr_expr_step steps[] = {
      {NULL,                    NULL, TSR_F64, {0, -1, -1}},
      {NULL,                    NULL, TSR_F64, {1, -1, -1}},
      {tsr_op_core(TSR_OP_ADD), NULL, TSR_F64, {0, 1, -1} },
      {tsr_op_core(TSR_OP_NEG), NULL, TSR_F64, {2, -1, -1}},
  };
  const tsr_expr_out outputs[] = {
      {3, NULL,                           0},
      {3, tsr_op_core(TSR_OP_REDUCE_SUM), 1}
  };
  tsr_expr from = {.rank = 2,
                   .dims = dims,
                   .n_inputs = 2,
                   .n_steps = 4,
                   .n_outputs = 2,
                   .inputs = inputs,
                   .steps = steps,
                   .outputs = outputs};
  tsr_expr *e = NULL;
  assert_ok(tsr_expr_create(&from, w->b->space, &e));
  return e;
}

static void fused_has_the_types_of_its_expression(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_expr *e = sample_expr(&w);
  const tsr_op *fused = tsr_op_core(TSR_OP_FUSED);
  tsr_fused_attrs attrs = {&e->object};
  tsr_value x = input(w.b, "x", TSR_F64, TSR_SHAPE(w.n, tsr_dim_of(3))), out[2];
  tsr_value y = input(w.b, "y", TSR_F64, TSR_SHAPE(tsr_dim_of(3)));
  tsr_value repeated = input(w.b, "r", TSR_F64, TSR_SHAPE(tsr_dim_of(1), tsr_dim_of(3)));
  assert_ok(tsr_emit(w.b, fused, &attrs, TSR_VALUES(x, y), out));
  assert_type_is(w.b, out[0], "f64[n, 3]");
  assert_type_is(w.b, out[1], "f64[3]");
  assert_ok(tsr_emit(w.b, fused, &attrs, TSR_VALUES(repeated, y), out));
  assert_type_is(w.b, out[0], "f64[n, 3]");
  assert_error_says(tsr_emit(w.b, fused, &attrs, TSR_VALUES(x), out), TSR_ERR_ARGUMENT,
                    "2 operands", "got 1");
  assert_true(tsr_value_is_none(out[0]) && tsr_value_is_none(out[1]));
  tsr_builder_clear(w.b);
  tsr_value z = input(w.b, "z", TSR_F64, TSR_SHAPE(tsr_dim_of(4)));
  assert_error_says(tsr_emit(w.b, fused, &attrs, TSR_VALUES(x, z), out), TSR_ERR_SHAPE, "size 4",
                    "its loop 3");
  tsr_builder_clear(w.b);
  attrs.expr = NULL;
  assert_error_says(tsr_emit(w.b, fused, &attrs, TSR_VALUES(x, y), out), TSR_ERR_ARGUMENT,
                    "no expression");
  tsr_expr_release(e);
  trace_close(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(jvp_of_div_is_the_quotient_rule),
      cmocka_unit_test(jvp_of_div_by_a_constant_costs_one_op),
      cmocka_unit_test(jvp_of_the_analytic_ops),
      cmocka_unit_test(factors_come_back_conjugated),
      cmocka_unit_test(real_factors_need_no_conjugation),
      cmocka_unit_test(transposes_of_parts),
      cmocka_unit_test(the_transpose_of_convert_converts_back),
      cmocka_unit_test(converting_to_integers_has_no_tangent),
      cmocka_unit_test(select_routes_the_cotangent),
      cmocka_unit_test(sums_pass_cotangents_on),
      cmocka_unit_test(operands_mapped_alike_stay_where_they_are),
      cmocka_unit_test(other_operands_meet_in_front),
      cmocka_unit_test(neutral_elements_go),
      cmocka_unit_test(what_could_change_the_result_stays),
      cmocka_unit_test(the_sign_of_a_zero_stays),
      cmocka_unit_test(a_complex_one_is_not_neutral),
      cmocka_unit_test(fused_has_the_types_of_its_expression),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
