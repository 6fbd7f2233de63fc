/* test_rule_surface.c - functions made of several operations, and what they leave out. */
#include "oracle.h"
#include "trace_test.h"

#include <math.h>

#include "tsr/spi/rule.h"

typedef struct world {
  trace_world t;
  tsr_builder *b;
  tsr_arena arena;
  tsr_array in[4];
  int n_in;
} world;

static tsr_builder *begin(world *w) {
  *w = (world){.n_in = 0};
  assert_ok(trace_open(&w->t));
  return w->b = w->t.b;
}

/* An input holding start, start + step, .. */
static tsr_value counting(world *w, tsr_dtype dtype, tsr_dims dims, int64_t start, int64_t step) {
  tsr_dim sizes[8];
  tsr_array *a = &w->in[w->n_in++];
  for (size_t k = 0; k < dims.n; k++)
    sizes[k] = tsr_dim_of(dims.data[k]);
  assert_ok(tsr_array_make(&w->arena, dtype, (int32_t)dims.n, dims.data, a));
  for (int64_t i = 0; i < a->n; i++) {
    if (tsr_dtype_is_active(dtype))
      a->at[i].re = (double)(start + step * i);
    else
      a->at[i].i = start + step * i;
  }
  return input(w->b, NULL, dtype, (tsr_shape){sizes, dims.n});
}

/* z has this type and these elements; the world ends. */
static void gives(world *w, tsr_value z, const char *type, tsr_dims expected) {
  tsr_array out;
  assert_ok(tsr_builder_status(w->b));
  assert_type_is(w->b, z, type);
  tsr_graph *g = finished(&w->t, TSR_VALUES(z));
  assert_ok(tsr_oracle_run(g, NULL, &w->arena, w->in, &out));
  assert_int_equal(expected.n, out.n);
  for (int64_t i = 0; i < out.n; i++) {
    const double got = tsr_dtype_is_active(out.dtype) ? out.at[i].re : (double)out.at[i].i;
    if (got != (double)expected.data[i])
      fail_msg("element %d is %g, not %g", (int)i, got, (double)expected.data[i]);
  }
  tsr_graph_release(g);
  tsr_arena_deinit(&w->arena);
  trace_close(&w->t);
}

/* numpy.matmul of numpy.arange arrays, worked out by hand */
static void matmul_follows_the_array_api(void **state) {
  (void)state;
  world w;
  tsr_builder *b = begin(&w);
  tsr_value x = counting(&w, TSR_F64, TSR_DIMS(3), 1, 1),
            y = counting(&w, TSR_F64, TSR_DIMS(3), 2, 1);
  gives(&w, tsr_matmul(b, x, y), "f64[]", TSR_DIMS(20));
  b = begin(&w);
  x = counting(&w, TSR_F64, TSR_DIMS(2, 3), 0, 1), y = counting(&w, TSR_F64, TSR_DIMS(3), 1, 1);
  gives(&w, tsr_matmul(b, x, y), "f64[2]", TSR_DIMS(8, 26));
  b = begin(&w);
  x = counting(&w, TSR_F64, TSR_DIMS(2), 1, 1), y = counting(&w, TSR_F64, TSR_DIMS(2, 3), 0, 1);
  gives(&w, tsr_matmul(b, x, y), "f64[3]", TSR_DIMS(6, 9, 12));
  b = begin(&w);
  x = counting(&w, TSR_F64, TSR_DIMS(2, 2), 0, 1), y = counting(&w, TSR_F64, TSR_DIMS(2, 2), 0, 1);
  gives(&w, tsr_matmul(b, x, y), "f64[2, 2]", TSR_DIMS(2, 3, 6, 11));
}

static void matmul_broadcasts_leading_axes_either_way(void **state) {
  (void)state;
  world w;
  /* x[2, 1, 1, 2] y[3, 2, 1]: z[p, q] = 2 p (2 q) + (2 p + 1)(2 q + 1) */
  tsr_builder *b = begin(&w);
  tsr_value x = counting(&w, TSR_F64, TSR_DIMS(2, 1, 1, 2), 0, 1);
  tsr_value y = counting(&w, TSR_F64, TSR_DIMS(3, 2, 1), 0, 1);
  gives(&w, tsr_matmul(b, x, y), "f64[2, 3, 1, 1]", TSR_DIMS(1, 3, 5, 3, 13, 23));
  /* one matrix on the left of many */
  b = begin(&w);
  x = counting(&w, TSR_F64, TSR_DIMS(1, 2), 1, 1);
  y = counting(&w, TSR_F64, TSR_DIMS(3, 2, 2), 0, 1);
  gives(&w, tsr_matmul(b, x, y), "f64[3, 1, 2]", TSR_DIMS(4, 7, 16, 19, 28, 31));
  /* many vectors times one matrix */
  b = begin(&w);
  x = counting(&w, TSR_F64, TSR_DIMS(2, 2, 2), 0, 1);
  y = counting(&w, TSR_F64, TSR_DIMS(2), 1, 1);
  gives(&w, tsr_matmul(b, x, y), "f64[2, 2]", TSR_DIMS(2, 8, 14, 20));
  b = begin(&w);
  x = counting(&w, TSR_I32, TSR_DIMS(1, 2), 1, 1);
  y = counting(&w, TSR_I64, TSR_DIMS(2, 1), 1, 1);
  gives(&w, tsr_matmul(b, x, y), "i64[1, 1]", TSR_DIMS(5));
}

static void matmul_repeats_nothing(void **state) {
  (void)state;
  world w;
  tsr_builder *b = begin(&w);
  const tsr_value x = counting(&w, TSR_F64, TSR_DIMS(4, 2, 3), 0, 1);
  const tsr_value y = counting(&w, TSR_F64, TSR_DIMS(3, 5), 0, 1);
  tsr_graph *g = finished(&w.t, TSR_VALUES(tsr_matmul(b, x, y)));
  assert_int_equal(1, g->n_nodes);
  tsr_graph_release(g);
  tsr_arena_deinit(&w.arena);
  trace_close(&w.t);
}

static void take_replaces_an_axis_by_those_of_indices(void **state) {
  (void)state;
  world w;
  tsr_builder *b = begin(&w);
  tsr_value x = counting(&w, TSR_F64, TSR_DIMS(2, 3), 0, 1);
  tsr_value i = counting(&w, TSR_I64, TSR_DIMS(2, 2), 2, -1); /* 2 1 0 -1 */
  gives(&w, tsr_take(b, x, i, -1), "f64[2, 2, 2]", TSR_DIMS(2, 1, 0, 0, 5, 4, 3, 3));
  b = begin(&w);
  x = counting(&w, TSR_F64, TSR_DIMS(2, 3), 0, 1), i = counting(&w, TSR_U8, TSR_NO_DIMS, 9, 0);
  gives(&w, tsr_take(b, x, i, 0), "f64[3]", TSR_DIMS(3, 4, 5));
  b = begin(&w);
  x = counting(&w, TSR_F64, TSR_DIMS(0, 2), 0, 1), i = counting(&w, TSR_I64, TSR_DIMS(0), 0, 0);
  gives(&w, tsr_take(b, x, i, 0), "f64[0, 2]", TSR_NO_DIMS);
}

static void take_along_axis_broadcasts_size_1_on_either_side(void **state) {
  (void)state;
  world w;
  tsr_builder *b = begin(&w);
  tsr_value x = counting(&w, TSR_F64, TSR_DIMS(2, 3), 0, 1);
  tsr_value i = counting(&w, TSR_I64, TSR_DIMS(2, 2), 0, 1); /* 0 1, 2 3 */
  gives(&w, tsr_take_along_axis(b, x, i, 1), "f64[2, 2]", TSR_DIMS(0, 1, 5, 5));
  b = begin(&w);
  x = counting(&w, TSR_F64, TSR_DIMS(2, 3), 0, 1), i = counting(&w, TSR_I64, TSR_DIMS(1, 2), 1, 1);
  gives(&w, tsr_take_along_axis(b, x, i, 1), "f64[2, 2]", TSR_DIMS(1, 2, 4, 5));
  b = begin(&w);
  x = counting(&w, TSR_F64, TSR_DIMS(1, 3), 0, 1), i = counting(&w, TSR_I64, TSR_DIMS(2, 2), 0, 1);
  gives(&w, tsr_take_along_axis(b, x, i, -1), "f64[2, 2]", TSR_DIMS(0, 1, 2, 2));
  b = begin(&w);
  x = counting(&w, TSR_F64, TSR_DIMS(2, 3), 0, 1), i = counting(&w, TSR_I64, TSR_DIMS(1, 3), -1, 1);
  gives(&w, tsr_take_along_axis(b, x, i, 0), "f64[1, 3]", TSR_DIMS(0, 1, 5));
}

static void sums_widen_and_means_divide(void **state) {
  (void)state;
  world w;
  tsr_builder *b = begin(&w);
  tsr_value x = counting(&w, TSR_I8, TSR_DIMS(2, 2), 100, 1);
  gives(&w, tsr_sum(b, x, TSR_AXES(-1)), "i64[2]", TSR_DIMS(201, 205));
  b = begin(&w);
  x = counting(&w, TSR_U8, TSR_DIMS(2), 200, 1);
  gives(&w, tsr_sum(b, x, TSR_ALL_AXES), "u64[]", TSR_DIMS(401));
  b = begin(&w);
  x = counting(&w, TSR_U8, TSR_DIMS(2), 200, 1);
  gives(&w, tsr_reduce_sum(b, x, TSR_ALL_AXES), "u8[]", TSR_DIMS(145));
  b = begin(&w);
  x = counting(&w, TSR_F32, TSR_DIMS(2, 3), 0, 2);
  gives(&w, tsr_mean(b, x, TSR_AXES(1)), "f32[2]", TSR_DIMS(2, 8));
  b = begin(&w);
  x = counting(&w, TSR_C128, TSR_DIMS(2, 3), 0, 2);
  gives(&w, tsr_mean(b, x, TSR_ALL_AXES), "c128[]", TSR_DIMS(5));
}

static void products_widen_as_sums_do(void **state) {
  (void)state;
  world w;
  tsr_builder *b = begin(&w);
  tsr_value x = counting(&w, TSR_I8, TSR_DIMS(2, 2), 100, 1);
  gives(&w, tsr_prod(b, x, TSR_AXES(1)), "i64[2]", TSR_DIMS(10100, 10506));
  b = begin(&w);
  x = counting(&w, TSR_U16, TSR_DIMS(2), 300, 1);
  gives(&w, tsr_prod(b, x, TSR_ALL_AXES), "u64[]", TSR_DIMS(90300));
  b = begin(&w);
  x = counting(&w, TSR_U16, TSR_DIMS(2), 300, 1);
  gives(&w, tsr_reduce_prod(b, x, TSR_ALL_AXES), "u16[]", TSR_DIMS(90300 - 65536));
  b = begin(&w);
  x = counting(&w, TSR_F32, TSR_DIMS(0, 2), 300, 1);
  gives(&w, tsr_prod(b, x, TSR_AXES(0)), "f32[2]", TSR_DIMS(1, 1));
}

static void all_and_any_take_numbers_for_truth(void **state) {
  (void)state;
  world w;
  tsr_builder *b = begin(&w);
  tsr_value x = counting(&w, TSR_F64, TSR_DIMS(2, 2), -1, 1); /* -1 0, 1 2 */
  gives(&w, tsr_all(b, x, TSR_AXES(1)), "bool[2]", TSR_DIMS(0, 1));
  b = begin(&w);
  x = counting(&w, TSR_I8, TSR_DIMS(2, 2), 0, 0);
  gives(&w, tsr_any(b, x, TSR_AXES(1)), "bool[2]", TSR_DIMS(0, 0));
  b = begin(&w);
  x = counting(&w, TSR_I8, TSR_DIMS(0), 0, 0);
  gives(&w, tsr_all(b, x, TSR_AXES(0)), "bool[]", TSR_DIMS(1));
}

static void sorting_gives_places_and_the_largest(void **state) {
  (void)state;
  world w;
  tsr_value out[3];
  tsr_builder *b = begin(&w);
  tsr_value x = tsr_abs(b, counting(&w, TSR_I64, TSR_DIMS(5), -2, 1)); /* 2 1 0 1 2 */
  gives(&w, tsr_sort(b, x, 0, TSR_DESCENDING), "i64[5]", TSR_DIMS(2, 2, 1, 1, 0));
  b = begin(&w);
  x = tsr_abs(b, counting(&w, TSR_I64, TSR_DIMS(5), -2, 1));
  gives(&w, tsr_argsort(b, x, -1, TSR_ASCENDING), "i64[5]", TSR_DIMS(2, 1, 3, 0, 4));
  b = begin(&w);
  x = tsr_abs(b, counting(&w, TSR_I64, TSR_DIMS(5), -2, 1));
  gives(&w, tsr_argsort(b, x, -1, TSR_DESCENDING), "i64[5]", TSR_DIMS(0, 4, 1, 3, 2));
  for (int j = 0; j < 2; j++) {
    b = begin(&w);
    x = tsr_abs(b, counting(&w, TSR_I64, TSR_DIMS(5), -2, 1));
    (void)tsr_top_k(b, x, tsr_dim_of(3), 0, out);
    gives(&w, out[j], "i64[3]", j ? TSR_DIMS(0, 4, 1) : TSR_DIMS(2, 2, 1));
  }
  b = begin(&w);
  x = tsr_abs(b, counting(&w, TSR_I64, TSR_DIMS(5), -2, 1));
  tsr_value y = counting(&w, TSR_F64, TSR_DIMS(5), 4, -1); /* 4 3 2 1 0 */
  const tsr_value carried = counting(&w, TSR_U8, TSR_DIMS(5), 10, 1);
  (void)tsr_sort_by_keys(b, TSR_VALUES(x, y), TSR_VALUES(carried), 0, TSR_ASCENDING, out);
  gives(&w, out[2], "u8[5]", TSR_DIMS(12, 13, 11, 14, 10));
}

static void values_are_found_among_sorted_ones(void **state) {
  (void)state;
  world w;
  for (int side = TSR_SEARCH_LEFT; side <= TSR_SEARCH_RIGHT; side++) {
    tsr_builder *b = begin(&w);
    tsr_value x = counting(&w, TSR_I64, TSR_DIMS(7), 0, 1);
    x = tsr_div(b, x, tsr_scalar_int(b, 2)); /* 0 0 1 1 2 2 3 */
    const tsr_value v = counting(&w, TSR_I64, TSR_DIMS(2, 3), -1, 1);
    gives(&w, tsr_searchsorted(b, x, v, (tsr_search_side)side), "i64[2, 3]",
          side == TSR_SEARCH_LEFT ? TSR_DIMS(0, 0, 2, 4, 6, 7) : TSR_DIMS(0, 2, 4, 6, 7, 7));
    b = begin(&w);
    x = counting(&w, TSR_F64, TSR_DIMS(4), -1, 1);                              /* -1 0 1 2 */
    x = tsr_sort(b, tsr_sqrt(b, x), 0, TSR_ASCENDING);                          /* 0 1 1.4 NaN */
    const tsr_value u = tsr_sqrt(b, counting(&w, TSR_F64, TSR_DIMS(3), -1, 1)); /* NaN 0 1 */
    gives(&w, tsr_searchsorted(b, x, u, (tsr_search_side)side), "i64[3]",
          side == TSR_SEARCH_LEFT ? TSR_DIMS(3, 0, 1) : TSR_DIMS(4, 1, 2));
    b = begin(&w);
    x = counting(&w, TSR_F64, TSR_DIMS(0), 0, 1);
    const tsr_value one = counting(&w, TSR_F64, TSR_NO_DIMS, 1, 1);
    gives(&w, tsr_searchsorted(b, x, one, (tsr_search_side)side), "i64[]", TSR_DIMS(0));
  }
}

static void running_results_go_either_way(void **state) {
  (void)state;
  world w;
  tsr_builder *b = begin(&w);
  tsr_value x = counting(&w, TSR_I32, TSR_DIMS(2, 3), 1, 1);
  gives(&w, tsr_cumsum(b, x, 1, TSR_SCAN_FORWARD), "i32[2, 3]", TSR_DIMS(1, 3, 6, 4, 9, 15));
  b = begin(&w);
  x = counting(&w, TSR_I32, TSR_DIMS(2, 3), 1, 1);
  gives(&w, tsr_cumprod(b, x, -1, TSR_SCAN_REVERSE), "i32[2, 3]", TSR_DIMS(6, 6, 3, 120, 30, 6));
  b = begin(&w);
  x = counting(&w, TSR_I32, TSR_DIMS(2, 3), 1, 1);
  gives(&w, tsr_cummax(b, x, 0, TSR_SCAN_REVERSE), "i32[2, 3]", TSR_DIMS(4, 5, 6, 4, 5, 6));
  b = begin(&w);
  x = counting(&w, TSR_I32, TSR_DIMS(2, 3), 1, 1);
  gives(&w, tsr_cummin(b, x, 0, TSR_SCAN_FORWARD), "i32[2, 3]", TSR_DIMS(1, 2, 3, 1, 2, 3));
}

/* random123's known answer for counter 0, key 0: 6627e8d5 e169c58d bc57ac4c 9b00dbd8 */
static void random_bits_are_philox(void **state) {
  (void)state;
  world w;
  tsr_value out[2];
  tsr_builder *b = begin(&w);
  tsr_rng_bit_generator(b, tsr_rng_state(b, 0), TSR_U32, TSR_SHAPE({4}), out);
  gives(&w, out[1], "u32[4]", TSR_DIMS(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8));
  b = begin(&w);
  tsr_rng_bit_generator(b, tsr_rng_state(b, 7), TSR_U32, TSR_SHAPE({5}), out);
  gives(&w, out[0], "u64[2]", TSR_DIMS(7, 2));
}

/* The rule, as a pass would ask it when only the state is read. */
static void a_state_without_bits_moves_on_all_the_same(void **state) {
  (void)state;
  const bool live[2] = {true, false};
  for (int64_t n = 0; n < 10; n++) {
    world w;
    tsr_builder *b = begin(&w);
    const tsr_value from = counting(&w, TSR_U64, TSR_DIMS(2), 5, 6);
    const tsr_dim size = tsr_dim_of(n);
    const tsr_rng_attrs a = {n % 2 ? TSR_I32 : TSR_U64, TSR_SHAPE(size)};
    const tsr_call c = {.op = tsr_op_core(TSR_OP_RNG_BIT_GENERATOR),
                        .attrs = &a,
                        .n_in = 1,
                        .n_out = 2,
                        .in = &from};
    tsr_value pruned[2] = {TSR_NO_VALUE, TSR_NO_VALUE}, whole[2];
    assert_ok(
        tsr_registry_rules(b->registry, TSR_OP_RNG_BIT_GENERATOR)->prune(b, &c, live, pruned));
    assert_true(tsr_value_is_none(pruned[1]));
    tsr_rng_bit_generator(b, from, a.dtype, a.shape, whole);
    gives(&w, tsr_sub(b, pruned[0], whole[0]), "u64[2]", TSR_DIMS(0, 0));
  }
}

static void what_changes_nothing_is_not_recorded(void **state) {
  (void)state;
  world w;
  tsr_builder *b = begin(&w);
  const tsr_value x = counting(&w, TSR_F64, TSR_DIMS(2, 3), 0, 1);
  const tsr_value s = counting(&w, TSR_F64, TSR_NO_DIMS, 0, 1);
  const tsr_shape zero = TSR_SHAPE({0}, {0});
  assert_int_equal(x.id, tsr_reshape(b, x, TSR_SHAPE({2}, {3})).id);
  assert_int_equal(x.id, tsr_reshape(b, x, TSR_SHAPE({2}, {-1})).id);
  assert_int_equal(x.id, tsr_transpose(b, x, TSR_AXES(0, 1)).id);
  assert_int_equal(x.id, tsr_broadcast_to(b, x, TSR_SHAPE({2}, {3})).id);
  assert_int_equal(x.id, tsr_slice(b, x, zero, TSR_SHAPE({2}, {3}), TSR_NO_AXES).id);
  assert_int_equal(x.id, tsr_pad(b, x, s, zero, zero, TSR_NO_AXES).id);
  assert_int_equal(x.id, tsr_reduce_sum(b, x, TSR_NO_AXES).id);
  assert_int_equal(s.id, tsr_transpose(b, s, TSR_ALL_AXES).id);
  assert_int_equal(s.id, tsr_reduce_max(b, s, TSR_ALL_AXES).id);
  tsr_arena_deinit(&w.arena);
  trace_close(&w.t);
}

static void a_symbolic_zero_stays_one(void **state) {
  (void)state;
  world w;
  tsr_builder *b = begin(&w);
  const tsr_value x = counting(&w, TSR_F64, TSR_DIMS(2, 3), 0, 1);
  const tsr_value i = counting(&w, TSR_I64, TSR_DIMS(2), 0, 1);
  const tsr_value o = TSR_ZERO_VALUE;
  const tsr_shape s = TSR_SHAPE({2}, {3});
  const tsr_scatter_attrs rows = {.update_window_dims = TSR_AXES(1),
                                  .inserted_window_dims = TSR_AXES(0),
                                  .scatter_dims_to_operand_dims = TSR_AXES(0),
                                  .index_vector_dim = 1};
  const tsr_value zeros[] = {tsr_broadcast_in_dim(b, o, s, TSR_AXES(0)),
                             tsr_broadcast_to(b, o, s),
                             tsr_reshape(b, o, s),
                             tsr_transpose(b, o, TSR_ALL_AXES),
                             tsr_expand_dims(b, o, TSR_AXES(0)),
                             tsr_squeeze(b, o, TSR_AXES(0)),
                             tsr_slice(b, o, s, s, TSR_NO_AXES),
                             tsr_pad(b, o, o, s, s, TSR_NO_AXES),
                             tsr_concatenate(b, TSR_VALUES(o, o), 0),
                             tsr_take(b, o, i, 0),
                             tsr_take_along_axis(b, o, i, 0),
                             tsr_scatter_add(b, o, i, o, &rows),
                             tsr_reduce_sum(b, o, TSR_ALL_AXES),
                             tsr_sum(b, o, TSR_ALL_AXES),
                             tsr_mean(b, o, TSR_ALL_AXES),
                             tsr_cumsum(b, o, 0, TSR_SCAN_FORWARD),
                             tsr_matmul(b, x, o),
                             tsr_matmul(b, o, x),
                             tsr_batch_front(b, o, -1, tsr_dim_of(2))};
  for (size_t k = 0; k < sizeof zeros / sizeof *zeros; k++)
    assert_true(tsr_value_is_zero(zeros[k]));
  assert_int_equal(x.id, tsr_scatter_add(b, x, i, o, &rows).id);
  assert_type_is(b, tsr_pad(b, x, o, s, s, TSR_NO_AXES), "f64[6, 9]");
  assert_ok(tsr_builder_status(b));
  tsr_concatenate(b, TSR_VALUES(x, o), 0); /* of unknown size */
  assert_error_says(tsr_builder_status(b), TSR_ERR_ARGUMENT, "concatenate", "symbolic zero");
  tsr_arena_deinit(&w.arena);
  trace_close(&w.t);
}

static void nothing_happens_after_an_error(void **state) {
  (void)state;
  world w;
  tsr_builder *b = begin(&w);
  const tsr_value x = counting(&w, TSR_F64, TSR_DIMS(2, 3), 0, 1);
  tsr_reshape(b, x, TSR_SHAPE({5}));
  assert_true(tsr_value_is_none(tsr_transpose(b, x, TSR_ALL_AXES)));
  assert_true(tsr_value_is_none(tsr_matmul(b, x, x)));
  assert_true(tsr_value_is_none(tsr_rng_state(b, 1)));
  assert_error_says(tsr_builder_status(b), TSR_ERR_SHAPE, "reshape");
  tsr_arena_deinit(&w.arena);
  trace_close(&w.t);
}

/* High ranks go through the arena; every allocation may fail. */
static tsr_status deep(void *arg) {
  (void)arg;
  trace_world w;
  int64_t axes[40];
  tsr_dim dims[40];
  tsr_status status = trace_open(&w);
  if (status == TSR_OK) {
    for (int k = 0; k < 40; k++) {
      axes[k] = 39 - k;
      dims[k] = tsr_dim_of(1 + (k == 3));
    }
    const tsr_value x = input(w.b, "x", TSR_F64, (tsr_shape){dims, 40});
    const tsr_value y = tsr_transpose(w.b, x, (tsr_axes){axes, 40});
    const tsr_value z = tsr_matmul(w.b, y, tsr_reduce_sum(w.b, x, TSR_AXES(3)));
    const tsr_value i = tsr_zeros(w.b, TSR_I64, (tsr_shape){dims + 4, 36});
    tsr_take(w.b, x, i, 3);
    tsr_take_along_axis(w.b, x, tsr_broadcast_to(w.b, i, (tsr_shape){dims, 40}), 1);
    tsr_squeeze(w.b, tsr_expand_dims(w.b, z, TSR_AXES(0, 5)), TSR_AXES(0));
    tsr_batch_front(w.b, x, 3, dims[3]);
    status = tsr_builder_status(w.b);
  }
  trace_close(&w);
  return status;
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  tsr_test_oom(deep, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(matmul_follows_the_array_api),
      cmocka_unit_test(matmul_broadcasts_leading_axes_either_way),
      cmocka_unit_test(matmul_repeats_nothing),
      cmocka_unit_test(take_replaces_an_axis_by_those_of_indices),
      cmocka_unit_test(take_along_axis_broadcasts_size_1_on_either_side),
      cmocka_unit_test(sums_widen_and_means_divide),
      cmocka_unit_test(products_widen_as_sums_do),
      cmocka_unit_test(all_and_any_take_numbers_for_truth),
      cmocka_unit_test(sorting_gives_places_and_the_largest),
      cmocka_unit_test(values_are_found_among_sorted_ones),
      cmocka_unit_test(running_results_go_either_way),
      cmocka_unit_test(random_bits_are_philox),
      cmocka_unit_test(a_state_without_bits_moves_on_all_the_same),
      cmocka_unit_test(what_changes_nothing_is_not_recorded),
      cmocka_unit_test(a_symbolic_zero_stays_one),
      cmocka_unit_test(nothing_happens_after_an_error),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests_name("internalops/rule_surface", tests, NULL, NULL);
}
