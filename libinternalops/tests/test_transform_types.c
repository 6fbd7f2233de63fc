/* test_transform_types.c - symbolic sizes, complex and narrow loops, transposes of linear graphs. */
#include "transform_test.h"

#define BODY(name)                                                                                 \
  static tsr_status name(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out)

static tsr_value total(tsr_builder *b, tsr_value x) { return tsr_reduce_sum(b, x, TSR_ALL_AXES); }

static tsr_builder *builder(tsr_registry *r) {
  tsr_builder *b;
  assert_ok(tsr_graph_builder_create(r, NULL, NULL, &b));
  return b;
}

/* Evaluate with sizes of symbols; parts: 1 re, 2 re and im one after the other. */
static int64_t evaluate_with(const tsr_graph *g, const int64_t *symbols, const double *data,
                             int parts, double *out) {
  tsr_arena arena = {0};
  tsr_array in[4], result[4];
  int64_t n = 0;
  for (int32_t i = 0; i < g->n_inputs; i++) {
    const tsr_type *type = &g->types[g->inputs[i]];
    int64_t dims[4];
    for (int32_t k = 0; k < type->rank; k++)
      assert_ok(tsr_dim_eval(type->dims[k], symbols, &dims[k]));
    assert_ok(tsr_array_make(&arena, type->dtype, type->rank, dims, &in[i]));
    for (int64_t k = 0; k < in[i].n; k++) {
      in[i].at[k].re = *data++;
      if (parts == 2) in[i].at[k].im = *data++;
    }
  }
  assert_ok(tsr_oracle_run(g, symbols, &arena, in, result));
  for (int32_t j = 0; j < g->n_outputs; j++)
    for (int64_t k = 0; k < result[j].n; k++) {
      out[n++] = result[j].at[k].re;
      if (parts == 2) out[n++] = result[j].at[k].im;
    }
  tsr_arena_deinit(&arena);
  return n;
}

/* ---- transposes of graphs that are linear in some inputs ---- */

/* <y, f x> = <f^T y, x> where f is linear in all its inputs, of n_in and n_out numbers. */
static void check_transpose(const tsr_graph *f, const bool *linear, int64_t n_in, int64_t n_out) {
  double x[16], y[16], fx[16], back[16], left = 0, right = 0;
  tsr_graph *t;
  assert_ok(tsr_graph_transpose(f, linear, &t));
  for (int i = 0; i < 16; i++) {
    x[i] = sin(i + 1.0);
    y[i] = cos(2.0 * i);
  }
  assert_int_equal(n_out, evaluate_with(f, NULL, x, 1, fx));
  assert_int_equal(n_in, evaluate_with(t, NULL, y, 1, back));
  for (int64_t i = 0; i < n_out; i++)
    left += y[i] * fx[i];
  for (int64_t i = 0; i < n_in; i++)
    right += x[i] * back[i];
  assert_near(left, right, 1e-13, 1e-13);
  tsr_graph_release(t);
}

typedef struct captured {
  tsr_value w;
} captured;

BODY(weighted_by_round) { /* c' = i c + x + w, y = i x; i' = i + 1 */
  const captured *k = ctx;
  tsr_value i = tsr_convert(b, in[0], TSR_F64);
  out[0] = tsr_add(b, in[0], tsr_scalar_int(b, 1));
  out[1] = tsr_add(b, tsr_add(b, tsr_mul(b, i, in[1]), in[2]), k->w);
  out[2] = tsr_mul(b, i, in[2]);
  return TSR_OK;
}

static void test_a_linear_scan_may_have_a_counter(void **state) {
  (void)state;
  for (int order = 0; order < 2; order++) {
    tsr_registry *r = registry();
    tsr_builder *b = builder(r);
    tsr_value c = input(b, TSR_F64, TSR_NO_SHAPE), w = input(b, TSR_F64, TSR_NO_SHAPE);
    tsr_value xs = input(b, TSR_F64, TSR_SHAPE(tsr_dim_of(4))), y[3];
    captured k = {w};
    assert_ok(tsr_scan(b, weighted_by_round, &k,
                       TSR_VALUES(tsr_full(b, TSR_I64, TSR_NO_SHAPE, 2), c), TSR_VALUES(xs),
                       tsr_dim_of(4), order ? TSR_SCAN_REVERSE : TSR_SCAN_FORWARD, 1, y));
    tsr_graph *f = finish(b, TSR_VALUES(y[1], y[2]));
    const bool linear[3] = {true, true, true};
    check_transpose(f, linear, 6, 5);
    tsr_graph_release(f);
    tsr_registry_release(r);
  }
}

BODY(scaled_pair) {
  (void)ctx;
  out[0] = tsr_mul(b, in[0], tsr_scalar(b, 3));
  out[1] = tsr_sub(b, in[0], in[1]);
  return TSR_OK;
}
BODY(swapped_pair) {
  (void)b, (void)ctx;
  out[0] = in[1];
  out[1] = in[0];
  return TSR_OK;
}

static void test_a_linear_cond_and_checkpoint(void **state) {
  (void)state;
  for (int which = 0; which < 2; which++) {
    tsr_registry *r = registry();
    tsr_builder *b = builder(r);
    tsr_value x = input(b, TSR_F64, TSR_SHAPE(tsr_dim_of(2))),
              y = input(b, TSR_F64, TSR_SHAPE(tsr_dim_of(2)));
    tsr_value p = tsr_full(b, TSR_BOOL, TSR_NO_SHAPE, which), z[2], u[2];
    assert_ok(tsr_cond(b, p, scaled_pair, swapped_pair, NULL, TSR_VALUES(x, y), 2, z));
    assert_ok(tsr_barrier(b, TSR_VALUES(z[0], p), u));
    tsr_graph *f = finish(b, TSR_VALUES(u[0], z[1])), *g;
    b = builder(r);
    x = input(b, TSR_F64, TSR_SHAPE(tsr_dim_of(2)));
    y = input(b, TSR_F64, TSR_SHAPE(tsr_dim_of(2)));
    tsr_checkpoint_attrs attrs = {.body = &f->object};
    assert_ok(tsr_emit(b, tsr_op_core(TSR_OP_CHECKPOINT), &attrs, TSR_VALUES(x, y), z));
    g = finish(b, TSR_VALUES(z[0], z[1]));
    const bool linear[2] = {true, true};
    check_transpose(f, linear, 4, 4);
    check_transpose(g, linear, 4, 4);
    tsr_graph_release(f);
    tsr_graph_release(g);
    tsr_registry_release(r);
  }
}

/* ---- symbolic sizes ---- */

BODY(power) { /* c' = c sin x */
  (void)ctx;
  out[0] = tsr_mul(b, in[0], tsr_sin(b, in[1]));
  return TSR_OK;
}
BODY(product_of_sines) {
  (void)ctx;
  tsr_value one = tsr_full(b, TSR_F64, TSR_NO_SHAPE, 1);
  return tsr_scan(b, power, NULL, TSR_VALUES(one), TSR_VALUES(in[0]), tsr_value_dim(b, in[0], 0),
                  TSR_SCAN_FORWARD, 0, out);
}

/* y = prod sin x_i, dy/dx_i = y cot x_i, for any number of x */
static void test_a_scan_of_unknown_length(void **state) {
  (void)state;
  tsr_registry *r = registry();
  tsr_builder *b = builder(r);
  tsr_value x = input(b, TSR_F64, TSR_SHAPE(tsr_dim_symbol(b, "n"))), y, g;
  assert_ok(product_of_sines(b, NULL, &x, &y));
  assert_ok(tsr_pullback(b, TSR_VALUES(y), TSR_VALUES(tsr_ones_like(b, y)), TSR_VALUES(x), &g));
  tsr_graph *graph = finish(b, TSR_VALUES(g));
  const double data[5] = {0.5, 1, 1.5, 2, 2.5};
  for (int64_t n = 0; n <= 5; n++) {
    double out[5], product = 1;
    for (int64_t i = 0; i < n; i++)
      product *= sin(data[i]);
    assert_int_equal(n, evaluate_with(graph, &n, data, 1, out));
    for (int64_t i = 0; i < n; i++)
      assert_near(out[i], product * cos(data[i]) / sin(data[i]), 1e-14, 0);
  }
  tsr_graph_release(graph);
  tsr_registry_release(r);
}

static void test_a_batch_of_unknown_size(void **state) {
  (void)state;
  tsr_registry *r = registry();
  tsr_graph *f = trace(r, product_of_sines, NULL, 3), *df = gradient(f), *mapped;
  tsr_dim n;
  assert_ok(tsr_dim_space_symbol(f->space, "n", 0, &n));
  int32_t axis = 0, out_axis = 0;
  assert_ok(tsr_graph_batch(df, n, &axis, &out_axis, &mapped));
  const double data[6] = {0.5, 1, 1.5, 2, 2.5, 0.25};
  const int64_t two = 2;
  double out[6], one[3];
  assert_int_equal(6, evaluate_with(mapped, &two, data, 1, out));
  for (int k = 0; k < 2; k++) {
    evaluate(df, data + 3 * k, one);
    assert_close(out + 3 * k, one, 3, 1e-14, 0);
  }
  tsr_graph_release(mapped);
  tsr_graph_release(df);
  tsr_graph_release(f);
  tsr_registry_release(r);
}

/* ---- other dtypes ---- */

BODY(complex_step) { /* c' = c z */
  (void)ctx;
  out[0] = tsr_mul(b, in[0], in[1]);
  return TSR_OK;
}

/* loss = |prod z|^2: the gradient in z_i is 2 loss / conj(z_i) */
static void test_a_complex_scan(void **state) {
  (void)state;
  tsr_registry *r = registry();
  tsr_builder *b = builder(r);
  tsr_value z = input(b, TSR_C128, TSR_SHAPE(tsr_dim_of(3))), y, g;
  tsr_value one = tsr_full(b, TSR_C128, TSR_NO_SHAPE, 1);
  assert_ok(tsr_scan(b, complex_step, NULL, TSR_VALUES(one), TSR_VALUES(z), tsr_dim_of(3),
                     TSR_SCAN_FORWARD, 0, &y));
  tsr_value loss = tsr_real(b, tsr_mul(b, y, tsr_conj(b, y)));
  assert_ok(
      tsr_pullback(b, TSR_VALUES(loss), TSR_VALUES(tsr_ones_like(b, loss)), TSR_VALUES(z), &g));
  tsr_graph *graph = finish(b, TSR_VALUES(g));
  const double data[6] = {1, 2, -0.5, 0.25, 3, -1};
  double out[6], product = 1;
  for (int i = 0; i < 3; i++)
    product *= data[2 * i] * data[2 * i] + data[2 * i + 1] * data[2 * i + 1];
  evaluate_with(graph, NULL, data, 2, out);
  for (int i = 0; i < 3; i++) {
    double re = data[2 * i], im = data[2 * i + 1], size = re * re + im * im;
    assert_near(out[2 * i], 2 * product * re / size, 1e-14, 0);
    assert_near(out[2 * i + 1], 2 * product * im / size, 1e-14, 0);
  }
  tsr_graph_release(graph);
  tsr_registry_release(r);
}

/* A loop in f32 around values converted from f64 and back: derivatives keep each dtype. */
BODY(narrow_step) {
  (void)ctx;
  out[0] = tsr_sin(b, tsr_mul(b, in[0], in[1]));
  return TSR_OK;
}

static void test_dtypes_of_derivatives_follow_the_values(void **state) {
  (void)state;
  tsr_registry *r = registry();
  tsr_builder *b = builder(r);
  tsr_value x = input(b, TSR_F64, TSR_SHAPE(tsr_dim_of(3))), y, g;
  tsr_value narrow = tsr_convert(b, x, TSR_F32);
  assert_ok(tsr_scan(b, narrow_step, NULL, TSR_VALUES(tsr_full(b, TSR_F32, TSR_NO_SHAPE, 1)),
                     TSR_VALUES(narrow), tsr_dim_of(3), TSR_SCAN_FORWARD, 0, &y));
  tsr_value loss = total(b, tsr_convert(b, y, TSR_C128));
  tsr_value real = tsr_real(b, loss);
  assert_ok(
      tsr_pullback(b, TSR_VALUES(real), TSR_VALUES(tsr_ones_like(b, real)), TSR_VALUES(x), &g));
  tsr_type type;
  assert_ok(tsr_value_type(b, g, &type));
  assert_int_equal(TSR_F64, type.dtype);
  tsr_graph *graph = finish(b, TSR_VALUES(g));
  const double data[3] = {0.5, 0.75, 1.25};
  double out[3], c1 = sin(0.5), c2 = sin(c1 * 0.75), d = cos(c2 * 1.25);
  evaluate_with(graph, NULL, data, 1, out);
  assert_near(out[2], d * c2, 1e-6, 0);
  assert_near(out[1], d * 1.25 * cos(c1 * 0.75) * c1, 1e-6, 0);
  tsr_graph_release(graph);
  tsr_registry_release(r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_linear_scan_may_have_a_counter),
      cmocka_unit_test(test_a_linear_cond_and_checkpoint),
      cmocka_unit_test(test_a_scan_of_unknown_length),
      cmocka_unit_test(test_a_batch_of_unknown_size),
      cmocka_unit_test(test_a_complex_scan),
      cmocka_unit_test(test_dtypes_of_derivatives_follow_the_values),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
