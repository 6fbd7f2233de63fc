/* test_symbolic_rules.c - types and transposes where sizes are symbols. */
#include "rule_check.h"
#include "trace_test.h"

#include <math.h>

#include "tsr/spi/transform.h"

/* ---- types ---- */

static void types_of_structure(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_builder *b = w.b;
  const tsr_dim n = w.n, m = w.m, three = tsr_dim_of(3), zero = tsr_dim_of(0);
  const tsr_value x = input(b, "x", TSR_F64, TSR_SHAPE(n, three));
  const tsr_value y = input(b, "y", TSR_F64, TSR_SHAPE(m, three));
  const tsr_value s = input(b, "s", TSR_F64, TSR_NO_SHAPE);
  assert_type_is(b, tsr_reshape(b, x, TSR_SHAPE({-1})), "f64[3*n]");
  assert_type_is(b, tsr_reshape(b, x, TSR_SHAPE({3}, {-1})), "f64[3, n]");
  assert_type_is(b, tsr_reshape(b, x, TSR_SHAPE(n, tsr_dim_of(-1))), "f64[n, 3]");
  assert_type_is(b, tsr_transpose(b, x, TSR_ALL_AXES), "f64[3, n]");
  assert_type_is(b, tsr_expand_dims(b, x, TSR_AXES(0, -1)), "f64[1, n, 3, 1]");
  assert_type_is(b, tsr_squeeze(b, tsr_expand_dims(b, x, TSR_AXES(1)), TSR_AXES(-2)), "f64[n, 3]");
  assert_type_is(b, tsr_broadcast_to(b, s, TSR_SHAPE(n, m)), "f64[n, m]");
  assert_type_is(b,
                 tsr_slice(b, x, TSR_SHAPE(zero, zero), TSR_SHAPE(n, tsr_dim_of(2)), TSR_NO_AXES),
                 "f64[n, 2]");
  assert_type_is(b, tsr_pad(b, x, s, TSR_SHAPE({1}, {0}), TSR_SHAPE({2}, {0}), TSR_NO_AXES),
                 "f64[n + 3, 3]");
  assert_type_is(b, tsr_concatenate(b, TSR_VALUES(x, y, x), 0), "f64[2*n + m, 3]");
  assert_type_is(b, tsr_reduce_sum(b, x, TSR_AXES(-1)), "f64[n]");
  assert_type_is(b, tsr_argmax(b, x, 1), "i64[n]");
  assert_type_is(b, tsr_prod(b, x, TSR_AXES(0)), "f64[3]");
  assert_type_is(b, tsr_any(b, x, TSR_AXES(0)), "bool[3]");
  assert_type_is(b, tsr_argmin(b, x, 0), "i64[3]");
  assert_type_is(b, tsr_cumprod(b, x, 0, TSR_SCAN_REVERSE), "f64[n, 3]");
  assert_type_is(b, tsr_cumlogsumexp(b, x, 0, TSR_SCAN_FORWARD), "f64[n, 3]");
  assert_type_is(b, tsr_argsort(b, x, 0, TSR_ASCENDING), "i64[n, 3]");
  tsr_value top[2];
  assert_ok(tsr_top_k(b, x, tsr_dim_of(2), 1, top));
  assert_type_is(b, top[0], "f64[n, 2]");
  assert_type_is(b, top[1], "i64[n, 2]");
  assert_type_is(b, tsr_matmul(b, x, tsr_transpose(b, y, TSR_ALL_AXES)), "f64[n, m]");
  assert_type_is(b, tsr_take(b, x, input(b, "i", TSR_I64, TSR_SHAPE(m, m)), 1), "f64[n, m, m]");
  assert_type_is(b, tsr_reverse(b, x, TSR_ALL_AXES), "f64[n, 3]");
  assert_type_is(b, tsr_roll(b, x, TSR_AXES(1), TSR_AXES(0)), "f64[n, 3]");
  assert_type_is(b, tsr_tile(b, x, TSR_AXES(2, 2, 1)), "f64[2, 2*n, 3]");
  assert_type_is(b, tsr_repeat(b, x, 3, 0), "f64[3*n, 3]");
  assert_type_is(b, tsr_stack(b, TSR_VALUES(x, x), 1), "f64[n, 2, 3]");
  assert_type_is(b, tsr_moveaxis(b, x, TSR_AXES(0), TSR_AXES(-1)), "f64[3, n]");
  assert_type_is(b, tsr_diag(b, tsr_reshape(b, x, TSR_SHAPE({-1})), -2), "f64[3*n + 2, 3*n + 2]");
  assert_type_is(b, tsr_bitcast_convert(b, x, TSR_I16), "i16[n, 3, 4]");
  tsr_value parts[3];
  assert_ok(tsr_split(b, tsr_reshape(b, x, TSR_SHAPE({-1})), 3, 0, parts));
  assert_type_is(b, parts[2], "f64[n]");
  assert_ok(tsr_builder_status(b));
  trace_close(&w);
}

/* ---- transposes ---- */

typedef tsr_value (*linear_fn)(tsr_builder *b, tsr_value x); /* of x f64[n, 3] */

static tsr_value number(tsr_builder *b) { return tsr_zeros(b, TSR_F64, TSR_NO_SHAPE); }
static tsr_shape rows_of(tsr_builder *b, tsr_value x, tsr_dim *dims) {
  dims[0] = tsr_value_dim(b, x, 0);
  dims[1] = tsr_dim_of(3);
  return (tsr_shape){dims, 2};
}

static tsr_value every_other(tsr_builder *b, tsr_value x) {
  tsr_dim dims[2];
  const tsr_shape limit = rows_of(b, x, dims);
  return tsr_slice(b, x, TSR_SHAPE({0}, {1}), limit, TSR_AXES(2, 1));
}
static tsr_value spread_out(tsr_builder *b, tsr_value x) {
  return tsr_pad(b, x, number(b), TSR_SHAPE({1}, {0}), TSR_SHAPE({0}, {0}), TSR_AXES(2, 0));
}
static tsr_value spread_and_cut(tsr_builder *b, tsr_value x) {
  x = tsr_pad(b, x, number(b), TSR_SHAPE({2}, {0}), TSR_SHAPE({3}, {0}), TSR_AXES(1, 0));
  return tsr_pad(b, x, number(b), TSR_SHAPE({-1}, {-1}), TSR_SHAPE({-2}, {1}), TSR_AXES(2, 0));
}
static tsr_value joined(tsr_builder *b, tsr_value x) {
  return tsr_concatenate(b, TSR_VALUES(x, x, tsr_neg(b, x)), 0);
}
static tsr_value flat_and_back(tsr_builder *b, tsr_value x) {
  return tsr_reshape(b, tsr_reshape(b, x, TSR_SHAPE({-1})), TSR_SHAPE({3}, {-1}));
}
static tsr_value repeated(tsr_builder *b, tsr_value x) {
  const tsr_dim n = tsr_value_dim(b, x, 0);
  return tsr_broadcast_in_dim(b, x, TSR_SHAPE(n, n, tsr_dim_of(3)), TSR_AXES(0, 2));
}
static tsr_value column_sums(tsr_builder *b, tsr_value x) {
  return tsr_reduce_sum(b, x, TSR_AXES(0));
}
static tsr_value turned(tsr_builder *b, tsr_value x) { return tsr_transpose(b, x, TSR_ALL_AXES); }
static tsr_value taken(tsr_builder *b, tsr_value x) {
  const tsr_value i = tsr_iota(b, TSR_I64, TSR_SHAPE({5}), 0); /* beyond the last column */
  return tsr_take(b, x, i, 1);
}
static tsr_value multiplied(tsr_builder *b, tsr_value x) {
  const tsr_value k = tsr_iota(b, TSR_F64, TSR_SHAPE({3}, {4}), 1);
  return tsr_matmul(b, x, tsr_add(b, k, tsr_iota(b, TSR_F64, TSR_SHAPE({3}, {4}), 0)));
}
static tsr_value halves(tsr_builder *b, tsr_value x) { return tsr_mean(b, x, TSR_AXES(1)); }
static tsr_value along(tsr_builder *b, tsr_value x) {
  const tsr_dim n = tsr_value_dim(b, x, 0);
  const tsr_value i = tsr_iota(b, TSR_I64, TSR_SHAPE(n, tsr_dim_of(1)), 0);
  return tsr_take_along_axis(b, x, i, 1);
}

static tsr_value backwards(tsr_builder *b, tsr_value x) { return tsr_reverse(b, x, TSR_AXES(0)); }
static tsr_value rolled(tsr_builder *b, tsr_value x) {
  return tsr_roll(b, x, TSR_AXES(5, -1), TSR_AXES(0, 1));
}
static tsr_value tiled(tsr_builder *b, tsr_value x) {
  return tsr_repeat(b, tsr_tile(b, x, TSR_AXES(2, 1)), 2, 0);
}
static tsr_value diagonal(tsr_builder *b, tsr_value x) { return tsr_diagonal(b, x, -1); }
static tsr_value columns_as_diagonals(tsr_builder *b, tsr_value x) {
  return tsr_diag(b, tsr_transpose(b, x, TSR_ALL_AXES), 1);
}
static tsr_value lower(tsr_builder *b, tsr_value x) { return tsr_tril(b, x, 0); }
static tsr_value in_a_window(tsr_builder *b, tsr_value x) {
  const tsr_dim n = tsr_value_dim(b, x, 0);
  const tsr_value starts = tsr_iota(b, TSR_I64, TSR_SHAPE({2}), 0); /* 0 1 */
  const tsr_value part = tsr_dynamic_slice(b, x, starts, TSR_SHAPE(n, tsr_dim_of(2)));
  return tsr_dynamic_update_slice(b, x, tsr_neg(b, part), tsr_zeros(b, TSR_I64, TSR_SHAPE({2})));
}
/* Every row is written to its own place and to the next one, where it stands in the end. */
static tsr_value put_down(tsr_builder *b, tsr_value x) {
  const tsr_dim n = tsr_value_dim(b, x, 0), three = tsr_dim_of(3);
  const tsr_value i = tsr_iota(b, TSR_I64, TSR_SHAPE(n, three), 0);
  const tsr_value once = tsr_put_along_axis(b, tsr_zeros_like(b, x), i, x, 0);
  return tsr_put_along_axis(b, once, tsr_add(b, i, tsr_scalar_int(b, 1)), x, 0);
}
static tsr_value running(tsr_builder *b, tsr_value x) {
  return tsr_cumsum(b, x, 0, TSR_SCAN_REVERSE);
}
/* Not linear, but f(c x) = c f(x) for c > 0: the derivative along x is f(x). */
static tsr_value extremes(tsr_builder *b, tsr_value x) {
  const tsr_value least = tsr_cummin(b, x, 1, TSR_SCAN_FORWARD);
  return tsr_add(b, tsr_cummax(b, x, 0, TSR_SCAN_REVERSE), least);
}
static tsr_value sorted(tsr_builder *b, tsr_value x) { return tsr_sort(b, x, 0, TSR_DESCENDING); }

/* The derivatives of products along x, at a point that has zeros. */
static tsr_value slope_of(tsr_builder *b, linear_fn f, tsr_value x) {
  tsr_dim dims[2];
  tsr_value t = TSR_NO_VALUE;
  const tsr_value point = tsr_iota(b, TSR_F64, rows_of(b, x, dims), 0);
  const tsr_value y = f(b, tsr_sin(b, tsr_mul(b, point, tsr_scalar(b, 0.5))));
  (void)tsr_pushforward(b, TSR_VALUES(y), TSR_VALUES(point), TSR_VALUES(x), &t);
  return t;
}
static tsr_value product(tsr_builder *b, tsr_value x) { return tsr_prod(b, x, TSR_ALL_AXES); }
static tsr_value products(tsr_builder *b, tsr_value x) {
  return tsr_cumprod(b, x, 0, TSR_SCAN_FORWARD);
}
static tsr_value powers(tsr_builder *b, tsr_value x) {
  return tsr_cumlogsumexp(b, x, 0, TSR_SCAN_REVERSE);
}
static tsr_value slope_of_product(tsr_builder *b, tsr_value x) { return slope_of(b, product, x); }
static tsr_value slope_of_products(tsr_builder *b, tsr_value x) { return slope_of(b, products, x); }
static tsr_value slope_of_powers(tsr_builder *b, tsr_value x) { return slope_of(b, powers, x); }

/* y = f(x) and x_ct = f^T(ct), of inputs x and ct */
static tsr_status pull_back(linear_fn f, tsr_graph **out) {
  trace_world w;
  tsr_type type;
  tsr_status status;
  *out = NULL;
  TSR_TRY_TO(done, status, trace_open(&w));
  const tsr_value x = input(w.b, "x", TSR_F64, TSR_SHAPE(w.n, tsr_dim_of(3)));
  const tsr_value y = f(w.b, x);
  TSR_TRY_TO(done, status, tsr_builder_status(w.b));
  TSR_TRY_TO(done, status, tsr_value_type(w.b, y, &type));
  const tsr_value ct = tsr_graph_builder_input(w.b, "ct", &type);
  tsr_value x_ct;
  TSR_TRY_TO(done, status, tsr_pullback(w.b, TSR_VALUES(y), TSR_VALUES(ct), TSR_VALUES(x), &x_ct));
  status = tsr_graph_builder_finish(w.b, TSR_VALUES(y, x_ct), NULL, NULL, out);
  w.b = NULL;
done:
  trace_close(&w);
  return status;
}

static tsr_graph *with_pullback(linear_fn f) {
  tsr_graph *g;
  assert_ok(pull_back(f, &g));
  return g;
}

static void fill(tsr_array *a, double from) {
  for (int64_t i = 0; i < a->n; i++)
    a->at[i].re = sin(from + 1.7 * (double)i);
}

static double inner(const tsr_array *x, const tsr_array *y) {
  double sum = 0;
  for (int64_t i = 0; i < x->n; i++)
    sum += x->at[i].re * y->at[i].re;
  return sum;
}

static void check_adjoint(linear_fn f, const char *name) {
  tsr_graph *g = with_pullback(f);
  for (int64_t n = 0; n < 8; n++) {
    const int64_t symbols[2] = {n, -1};
    int64_t dims[8];
    tsr_arena arena = {0};
    tsr_array in[2], out[2];
    for (int i = 0; i < 2; i++) {
      const tsr_type *type = &g->types[g->inputs[i]];
      for (int32_t k = 0; k < type->rank; k++)
        assert_ok(tsr_dim_eval(type->dims[k], symbols, &dims[k]));
      assert_ok(tsr_array_make(&arena, type->dtype, type->rank, dims, &in[i]));
      fill(&in[i], i + 0.3);
    }
    assert_ok(tsr_oracle_run(g, symbols, &arena, in, out));
    assert_ok(tsr_dim_check_asserted(g->space, symbols));
    assert_int_equal(in[0].n, out[1].n);
    const double left = inner(&in[1], &out[0]), right = inner(&out[1], &in[0]);
    if (!(fabs(left - right) <= 1e-12 * (1 + fabs(left))))
      fail_msg("%s, n = %d: %.17g and %.17g", name, (int)n, left, right);
    tsr_arena_deinit(&arena);
  }
  tsr_graph_release(g);
}

static void transposes_are_adjoint_for_every_size(void **state) {
  (void)state;
#define CHECK(f) check_adjoint(f, #f)
  CHECK(every_other);
  CHECK(spread_out);
  CHECK(spread_and_cut);
  CHECK(joined);
  CHECK(flat_and_back);
  CHECK(repeated);
  CHECK(column_sums);
  CHECK(turned);
  CHECK(taken);
  CHECK(multiplied);
  CHECK(halves);
  CHECK(along);
  CHECK(backwards);
  CHECK(rolled);
  CHECK(tiled);
  CHECK(diagonal);
  CHECK(columns_as_diagonals);
  CHECK(lower);
  CHECK(in_a_window);
  CHECK(put_down);
  CHECK(running);
  CHECK(extremes);
  CHECK(sorted);
  CHECK(slope_of_product);
  CHECK(slope_of_products);
  CHECK(slope_of_powers);
}

/* ---- memory ---- */

/* Every function above, transposed and then batched along n's columns. */
static tsr_status transform(void *arg) {
  static const linear_fn fs[] = {
      every_other, spread_and_cut,       joined,      flat_and_back, repeated, column_sums,
      taken,       multiplied,           along,       backwards,     rolled,   tiled,
      diagonal,    columns_as_diagonals, in_a_window, put_down,      running,  extremes,
      sorted,      slope_of_product};
  const int32_t axis[2] = {1, 0};
  (void)arg;
  for (size_t i = 0; i < sizeof fs / sizeof *fs; i++) {
    tsr_graph *g, *batched = NULL;
    int32_t out_axis[2] = {0, 0};
    TSR_TRY(pull_back(fs[i], &g));
    tsr_graph_release(g);
    trace_world w;
    tsr_status status = trace_open(&w);
    if (status == TSR_OK) {
      const tsr_value x = input(w.b, "x", TSR_F64, TSR_SHAPE(w.n, tsr_dim_of(3)));
      status = tsr_graph_builder_finish(w.b, TSR_VALUES(fs[i](w.b, x)), NULL, NULL, &g);
      w.b = NULL;
    }
    if (status == TSR_OK) {
      status = tsr_graph_batch(g, tsr_dim_of(4), axis, out_axis, &batched);
      tsr_graph_release(g);
      tsr_graph_release(batched);
    }
    trace_close(&w);
    TSR_TRY(status);
  }
  return TSR_OK;
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  tsr_test_oom(transform, NULL);
}

/* ---- structure ---- */

static void needs(linear_fn f, const char *op, int32_t n) {
  tsr_graph *g = with_pullback(f);
  assert_int_equal(n, tsr_check_live(g, op));
  tsr_graph_release(g);
}

static void transposed_programs_are_as_small_as_can_be(void **state) {
  (void)state;
  needs(multiplied, "dot_general", 2);
  needs(multiplied, "transpose", 0);
  needs(column_sums, "broadcast_in_dim", 1);
  needs(every_other, "pad", 1);
  needs(spread_out, "slice", 1);
  needs(spread_out, "pad", 1);
  needs(joined, "slice", 3);
  needs(turned, "transpose", 2);
  needs(repeated, "reduce_sum", 1);
  needs(repeated, "reshape", 0);
  needs(taken, "scatter_add", 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(types_of_structure),
      cmocka_unit_test(transposes_are_adjoint_for_every_size),
      cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(transposed_programs_are_as_small_as_can_be),
  };
  return cmocka_run_group_tests_name("internalops/symbolic_rules", tests, NULL, NULL);
}
