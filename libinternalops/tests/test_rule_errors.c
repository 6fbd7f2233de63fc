/* test_rule_errors.c - what structure, indexing, reduction, contraction and random ops refuse. */
#include "trace_test.h"

/* The operation just built was refused with these words; go on. */
#define REFUSED(b, code, ...)                                                                      \
  do {                                                                                             \
    assert_error_says(tsr_builder_status(b), code, __VA_ARGS__);                                   \
    tsr_builder_clear(b);                                                                          \
  } while (0)

#define EMIT(b, id, attrs, ...) tsr_emit1(b, tsr_op_core(id), attrs, TSR_VALUES(__VA_ARGS__))

/* x f64[2, 3], v f64[4], s f64, y f64[n, 3], i i64[2], c c128[2, 3] */
typedef struct world {
  trace_world t;
  tsr_builder *b;
  tsr_dim n;
  tsr_value x, v, s, y, i, c;
} world;

static int setup(void **state) {
  static world w;
  assert_ok(trace_open(&w.t));
  w.b = w.t.b;
  w.n = w.t.n;
  w.x = input(w.b, "x", TSR_F64, TSR_SHAPE({2}, {3}));
  w.v = input(w.b, "v", TSR_F64, TSR_SHAPE({4}));
  w.s = input(w.b, "s", TSR_F64, TSR_NO_SHAPE);
  w.y = input(w.b, "y", TSR_F64, TSR_SHAPE(w.n, tsr_dim_of(3)));
  w.i = input(w.b, "i", TSR_I64, TSR_SHAPE({2}));
  w.c = input(w.b, "c", TSR_C128, TSR_SHAPE({2}, {3}));
  *state = &w;
  return 0;
}

static int teardown(void **state) {
  trace_close(&((world *)*state)->t);
  return 0;
}

static void broadcast_refuses(void **state) {
  const world *w = *state;
  tsr_broadcast_in_dim(w->b, w->x, TSR_SHAPE({2}, {3}), TSR_AXES(0));
  REFUSED(w->b, TSR_ERR_ARGUMENT, "broadcast_in_dim: axes has 1 entries, not 2");
  tsr_broadcast_in_dim(w->b, w->x, TSR_SHAPE({3}, {2}), TSR_AXES(1, 0));
  REFUSED(w->b, TSR_ERR_ARGUMENT, "broadcast_in_dim: axes must increase", "1 comes before 0");
  tsr_broadcast_in_dim(w->b, w->x, TSR_SHAPE({2}, {3}), TSR_AXES(0, 0));
  REFUSED(w->b, TSR_ERR_ARGUMENT, "axes[0] and axes[1] are both 0");
  tsr_broadcast_in_dim(w->b, w->x, TSR_SHAPE({2}, {3}), TSR_AXES(0, 2));
  REFUSED(w->b, TSR_ERR_ARGUMENT, "broadcast_in_dim: axis 2 is outside rank 2");
  tsr_broadcast_in_dim(w->b, w->x, TSR_SHAPE({2}, {5}), TSR_AXES(0, 1));
  REFUSED(w->b, TSR_ERR_SHAPE, "broadcast_in_dim: axis 1 of size 3", "to size 5");
  tsr_broadcast_in_dim(w->b, w->y, TSR_SHAPE({2}, {3}), TSR_AXES(0, 1));
  REFUSED(w->b, TSR_ERR_SHAPE, "axis 0 of size n", "to size 2");
  tsr_broadcast_in_dim(w->b, w->s, TSR_SHAPE({-2}), TSR_NO_AXES);
  REFUSED(w->b, TSR_ERR_SHAPE, "broadcast_in_dim", "-2");
  tsr_broadcast_to(w->b, w->x, TSR_SHAPE({3}));
  REFUSED(w->b, TSR_ERR_SHAPE, "rank 2 does not broadcast to rank 1");
}

static void reshape_refuses(void **state) {
  const world *w = *state;
  const tsr_reshape_attrs nowhere = {
      {NULL, 2}
  };
  EMIT(w->b, TSR_OP_RESHAPE, &nowhere, w->x);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "reshape: shape needs a list");
  tsr_reshape(w->b, w->x, TSR_SHAPE({4}));
  REFUSED(w->b, TSR_ERR_SHAPE, "reshape: f64[2, 3] has 6 elements, f64[4] has 4");
  tsr_reshape(w->b, w->y, TSR_SHAPE({6}));
  REFUSED(w->b, TSR_ERR_SHAPE, "reshape: f64[n, 3] has 3*n elements, f64[6] has 6");
  tsr_reshape(w->b, w->x, TSR_SHAPE({4}, {-1}));
  REFUSED(w->b, TSR_ERR_SHAPE, "reshape: no size fits -1", "6", "4");
  tsr_reshape(w->b, w->x, TSR_SHAPE({-1}, {-1}));
  REFUSED(w->b, TSR_ERR_ARGUMENT, "axes 0 and 1 are both -1");
  tsr_reshape(w->b, w->x, TSR_SHAPE({0}, {-1}));
  REFUSED(w->b, TSR_ERR_SHAPE, "reshape: any size fits -1");
  tsr_reshape(w->b, w->x, TSR_SHAPE({-3}, {-2}));
  REFUSED(w->b, TSR_ERR_SHAPE, "reshape", "-3");
  tsr_expand_dims(w->b, w->x, TSR_AXES(3));
  REFUSED(w->b, TSR_ERR_ARGUMENT, "expand_dims: axis 3 is outside rank 3");
  tsr_expand_dims(w->b, w->x, TSR_AXES(0, -4));
  REFUSED(w->b, TSR_ERR_ARGUMENT, "expand_dims: axes[0] and axes[1] are both 0");
  tsr_squeeze(w->b, w->x, TSR_AXES(1));
  REFUSED(w->b, TSR_ERR_SHAPE, "squeeze: axis 1 has size 3, not 1");
  tsr_squeeze(w->b, w->y, TSR_AXES(0));
  REFUSED(w->b, TSR_ERR_SHAPE, "squeeze: axis 0 has size n, not 1");
}

static void transpose_refuses(void **state) {
  const world *w = *state;
  tsr_transpose(w->b, w->x, TSR_AXES(0));
  REFUSED(w->b, TSR_ERR_ARGUMENT, "transpose: axes has 1 entries, not 2");
  tsr_transpose(w->b, w->x, TSR_AXES(1, 1));
  REFUSED(w->b, TSR_ERR_ARGUMENT, "transpose: axes[0] and axes[1] are both 1");
  tsr_transpose(w->b, w->x, TSR_AXES(0, 2));
  REFUSED(w->b, TSR_ERR_ARGUMENT, "transpose: axis 2 is outside rank 2");
}

static void slice_refuses(void **state) {
  const world *w = *state;
  tsr_slice(w->b, w->v, TSR_SHAPE({1}, {0}), TSR_SHAPE({2}), TSR_NO_AXES);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "slice: start has 2 entries, not 1");
  tsr_slice(w->b, w->v, TSR_SHAPE({1}), TSR_NO_SHAPE, TSR_NO_AXES);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "slice: limit has 0 entries, not 1");
  tsr_slice(w->b, w->v, TSR_SHAPE({1}), TSR_SHAPE({2}), TSR_AXES(1, 1));
  REFUSED(w->b, TSR_ERR_ARGUMENT, "slice: step has 2 entries, not 1");
  tsr_slice(w->b, w->v, TSR_SHAPE({0}), TSR_SHAPE({2}), TSR_AXES(0));
  REFUSED(w->b, TSR_ERR_ARGUMENT, "slice: axis 0: step 0 is not positive");
  tsr_slice(w->b, w->v, TSR_SHAPE({-1}), TSR_SHAPE({2}), TSR_NO_AXES);
  REFUSED(w->b, TSR_ERR_SHAPE, "slice: axis 0: start -1 is negative");
  tsr_slice(w->b, w->v, TSR_SHAPE({3}), TSR_SHAPE({2}), TSR_NO_AXES);
  REFUSED(w->b, TSR_ERR_SHAPE, "slice: axis 0: start 3 exceeds limit 2");
  tsr_slice(w->b, w->v, TSR_SHAPE({0}), TSR_SHAPE({5}), TSR_NO_AXES);
  REFUSED(w->b, TSR_ERR_SHAPE, "slice: axis 0: limit 5 exceeds size 4");
  tsr_dim more = tsr_dim_of(0);
  assert_ok(tsr_dim_add(w->b->space, w->n, tsr_dim_of(1), &more));
  tsr_slice(w->b, w->y, TSR_SHAPE({0}, {0}), TSR_SHAPE(more, tsr_dim_of(3)), TSR_NO_AXES);
  REFUSED(w->b, TSR_ERR_SHAPE, "slice: axis 0: limit n + 1 exceeds size n");
}

static void pad_refuses(void **state) {
  const world *w = *state;
  tsr_pad(w->b, w->v, w->v, TSR_SHAPE({1}), TSR_SHAPE({1}), TSR_NO_AXES);
  REFUSED(w->b, TSR_ERR_SHAPE, "pad: operand 1", "rank 1", "rank 0");
  tsr_pad(w->b, w->c, w->s, TSR_SHAPE({1}, {0}), TSR_SHAPE({1}, {0}), TSR_NO_AXES);
  REFUSED(w->b, TSR_ERR_DTYPE, "pad", "c128", "f64");
  tsr_pad(w->b, w->v, w->s, TSR_SHAPE({1}, {1}), TSR_SHAPE({1}), TSR_NO_AXES);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "pad: low has 2 entries, not 1");
  tsr_pad(w->b, w->v, w->s, TSR_SHAPE({1}), TSR_NO_SHAPE, TSR_NO_AXES);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "pad: high has 0 entries, not 1");
  tsr_pad(w->b, w->v, w->s, TSR_SHAPE({1}), TSR_SHAPE({1}), TSR_AXES(1, 1));
  REFUSED(w->b, TSR_ERR_ARGUMENT, "pad: interior has 2 entries, not 1");
  tsr_pad(w->b, w->v, w->s, TSR_SHAPE({1}), TSR_SHAPE({1}), TSR_AXES(-1));
  REFUSED(w->b, TSR_ERR_ARGUMENT, "pad: axis 0: interior -1 is negative");
  tsr_pad(w->b, w->v, w->s, TSR_SHAPE({-3}), TSR_SHAPE({-2}), TSR_NO_AXES);
  REFUSED(w->b, TSR_ERR_SHAPE, "pad: axis 0 of size 4 padded by -3 and -2 has size -1");
}

static void concatenate_refuses(void **state) {
  const world *w = *state;
  tsr_concatenate(w->b, TSR_NO_VALUES, 0);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "concatenate: takes at least 1", "got 0");
  tsr_concatenate(w->b, TSR_VALUES(w->x), 2);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "concatenate: axis 2 is outside rank 2");
  tsr_concatenate(w->b, TSR_VALUES(w->s, w->s), 0);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "concatenate: axis 0 is outside rank 0");
  tsr_concatenate(w->b, TSR_VALUES(w->x, w->c), 0);
  REFUSED(w->b, TSR_ERR_DTYPE, "concatenate", "f64 and c128");
  tsr_concatenate(w->b, TSR_VALUES(w->x, w->v), 0);
  REFUSED(w->b, TSR_ERR_SHAPE, "concatenate: operand 1", "rank 1", "rank 2");
  tsr_concatenate(w->b, TSR_VALUES(w->x, w->y), 1);
  REFUSED(w->b, TSR_ERR_SHAPE, "concatenate", "axis 0", "2 and n");
}

static void gather_refuses(void **state) {
  const world *w = *state;
  /* rows of x: indices i64[2], one component left out */
  const tsr_gather_attrs rows = {.offset_dims = TSR_AXES(1),
                                 .collapsed_slice_dims = TSR_AXES(0),
                                 .start_index_map = TSR_AXES(0),
                                 .index_vector_dim = 1,
                                 .slice_sizes = TSR_SHAPE({1}, {3})};
  tsr_gather_attrs a = rows;
  tsr_gather(w->b, w->x, w->v, &a);
  REFUSED(w->b, TSR_ERR_DTYPE, "gather: operand 1 is f64");
  a.index_vector_dim = 2;
  tsr_gather(w->b, w->x, w->i, &a);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "gather: index_vector_dim 2 is outside [0, 1]");
  a = rows, a.index_vector_dim = 0, a.offset_dims = TSR_AXES(0);
  tsr_gather(w->b, w->x, w->i, &a);
  REFUSED(w->b, TSR_ERR_SHAPE, "gather: an index has 2 components, but start_index_map has 1");
  a = rows, a.offset_dims = TSR_AXES(2);
  tsr_gather(w->b, w->x, w->i, &a);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "gather: offset_dims[0] = 2 is outside rank 2");
  a = rows, a.collapsed_slice_dims = TSR_AXES(2);
  tsr_gather(w->b, w->x, w->i, &a);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "gather: collapsed_slice_dims[0] = 2 is outside rank 2");
  a = rows, a.start_index_map = TSR_AXES(5);
  tsr_gather(w->b, w->x, w->i, &a);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "gather: start_index_map[0] = 5 is outside rank 2");
  a = rows, a.collapsed_slice_dims = TSR_NO_AXES;
  tsr_gather(w->b, w->x, w->i, &a);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "gather: offset_dims", "1 entries together", "rank 2");
  a = rows, a.operand_batching_dims = TSR_AXES(0), a.start_indices_batching_dims = TSR_AXES(0);
  tsr_gather(w->b, w->x, w->i, &a);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "axis 0 is in both collapsed_slice_dims and operand_batching");
  a.collapsed_slice_dims = TSR_NO_AXES;
  tsr_gather(w->b, w->x, w->i, &a);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "axis 0 is in both start_index_map and operand_batching_dims");
  a.start_index_map = TSR_AXES(1), a.start_indices_batching_dims = TSR_NO_AXES;
  tsr_gather(w->b, w->x, w->i, &a);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "gather: start_indices_batching_dims has 0 entries, not 1");
  a.start_indices_batching_dims = TSR_AXES(0);
  tsr_gather(w->b, w->y, w->i, &a);
  REFUSED(w->b, TSR_ERR_SHAPE, "gather", "n and 2");
  a = rows, a.slice_sizes = TSR_SHAPE({1});
  tsr_gather(w->b, w->x, w->i, &a);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "gather: slice_sizes has 1 entries, not 2");
  a.slice_sizes = TSR_SHAPE({1}, {4});
  tsr_gather(w->b, w->x, w->i, &a);
  REFUSED(w->b, TSR_ERR_SHAPE, "gather: axis 1: slice size 4 exceeds size 3");
  a.slice_sizes = TSR_SHAPE({1}, {-1});
  tsr_gather(w->b, w->x, w->i, &a);
  REFUSED(w->b, TSR_ERR_SHAPE, "gather: axis 1: slice size -1 is negative");
  a.slice_sizes = TSR_SHAPE({2}, {3});
  tsr_gather(w->b, w->x, w->i, &a);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "gather: axis 0 is collapsed", "slice size is 2, not 1");
  tsr_take(w->b, w->x, w->i, 2);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "take: axis 2 is outside rank 2");
  tsr_take_along_axis(w->b, w->x, w->i, 0);
  REFUSED(w->b, TSR_ERR_SHAPE, "take_along_axis: rank 2, but indices have rank 1");
  const tsr_value other = input(w->b, "j", TSR_I64, TSR_SHAPE({1}, {2}));
  tsr_take_along_axis(w->b, w->x, other, 0);
  REFUSED(w->b, TSR_ERR_SHAPE, "take_along_axis: axis 1: size 3, but indices have size 2");
}

static void scatter_add_refuses(void **state) {
  const world *w = *state;
  const tsr_scatter_attrs rows = {.update_window_dims = TSR_AXES(1),
                                  .inserted_window_dims = TSR_AXES(0),
                                  .scatter_dims_to_operand_dims = TSR_AXES(0),
                                  .index_vector_dim = 1};
  tsr_scatter_attrs a = rows;
  tsr_scatter_add(w->b, w->x, w->i, w->c, &a);
  REFUSED(w->b, TSR_ERR_DTYPE, "scatter_add", "f64 and c128");
  tsr_scatter_add(w->b, w->x, w->i, w->v, &a);
  REFUSED(w->b, TSR_ERR_SHAPE, "scatter_add: operand 2", "rank 1", "rank 2");
  tsr_scatter_add(w->b, w->x, w->i, w->y, &a);
  REFUSED(w->b, TSR_ERR_SHAPE, "scatter_add", "n and 2");
  const tsr_value wide = input(w->b, "wide", TSR_F64, TSR_SHAPE({2}, {5}));
  tsr_scatter_add(w->b, w->x, w->i, wide, &a);
  REFUSED(w->b, TSR_ERR_SHAPE, "scatter_add: axis 1: window size 5 exceeds size 3");
  a.scatter_dims_to_operand_dims = TSR_AXES(0, 0);
  tsr_scatter_add(w->b, w->x, w->i, w->x, &a);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "scatter_dims_to_operand_dims[0] and", "are both 0");
  a = rows, a.inserted_window_dims = TSR_NO_AXES;
  tsr_scatter_add(w->b, w->x, w->i, w->x, &a);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "scatter_add: update_window_dims, inserted_window_dims",
          "rank 2");
}

static void reverse_refuses(void **state) {
  const world *w = *state;
  const tsr_reverse_attrs outside = {TSR_AXES(-1)}, all = {TSR_ALL_AXES};
  tsr_reverse(w->b, w->x, TSR_AXES(2));
  REFUSED(w->b, TSR_ERR_ARGUMENT, "reverse: axis 2 is outside rank 2");
  tsr_flip(w->b, w->x, TSR_AXES(-3));
  REFUSED(w->b, TSR_ERR_ARGUMENT, "flip: axis -3 is outside rank 2");
  tsr_reverse(w->b, w->x, TSR_AXES(1, -1));
  REFUSED(w->b, TSR_ERR_ARGUMENT, "reverse: axes[0] and axes[1] are both 1");
  EMIT(w->b, TSR_OP_REVERSE, &outside, w->x);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "reverse: axes[0] = -1 is outside rank 2");
  EMIT(w->b, TSR_OP_REVERSE, &all, w->x);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "reverse: axes needs a list");
}

static void bitcast_convert_refuses(void **state) {
  const world *w = *state;
  const tsr_value p = input(w->b, "p", TSR_BOOL, TSR_SHAPE({8}));
  tsr_bitcast_convert(w->b, w->x, (tsr_dtype)77);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "bitcast_convert: 77 is no dtype");
  tsr_bitcast_convert(w->b, p, TSR_U8);
  REFUSED(w->b, TSR_ERR_DTYPE, "bitcast_convert: bool to u8", "bool goes to bool only");
  tsr_bitcast_convert(w->b, w->i, TSR_BOOL);
  REFUSED(w->b, TSR_ERR_DTYPE, "bitcast_convert: i64 to bool");
  tsr_bitcast_convert(w->b, w->c, TSR_F64);
  REFUSED(w->b, TSR_ERR_DTYPE, "bitcast_convert: c128 to f64", "complex to complex");
  const tsr_value bytes = input(w->b, "bytes", TSR_U8, TSR_SHAPE({3}, {4}));
  tsr_bitcast_convert(w->b, bytes, TSR_F64);
  REFUSED(w->b, TSR_ERR_SHAPE, "bitcast_convert: u8[3, 4] to f64: the last axis must have size 8");
  const tsr_value row = input(w->b, "row", TSR_I32, TSR_SHAPE(w->n));
  tsr_bitcast_convert(w->b, row, TSR_I64);
  REFUSED(w->b, TSR_ERR_SHAPE, "bitcast_convert: i32[n] to i64: the last axis must have size 2");
  const tsr_value byte = input(w->b, "byte", TSR_I8, TSR_NO_SHAPE);
  tsr_bitcast_convert(w->b, byte, TSR_I16);
  REFUSED(w->b, TSR_ERR_SHAPE, "bitcast_convert: i8[] to i16");
}

static void windows_refuse(void **state) {
  const world *w = *state;
  tsr_dynamic_slice(w->b, w->x, w->i, TSR_SHAPE({1}));
  REFUSED(w->b, TSR_ERR_ARGUMENT, "dynamic_slice: sizes has 1 entries, not 2");
  tsr_dynamic_slice(w->b, w->x, w->i, TSR_SHAPE({1}, {4}));
  REFUSED(w->b, TSR_ERR_SHAPE, "dynamic_slice: axis 1: window size 4 exceeds size 3");
  tsr_dynamic_slice(w->b, w->x, w->i, TSR_SHAPE({1}, {-1}));
  REFUSED(w->b, TSR_ERR_SHAPE, "dynamic_slice: axis 1: window size -1 is negative");
  tsr_dynamic_slice(w->b, w->x, w->s, TSR_SHAPE({1}, {1}));
  REFUSED(w->b, TSR_ERR_DTYPE, "dynamic_slice: operand 1 is f64");
  tsr_dynamic_slice(w->b, w->v, w->i, TSR_SHAPE({1}));
  REFUSED(w->b, TSR_ERR_SHAPE, "dynamic_slice: there are 2 starts, but the operand has rank 1");
  const tsr_value many = input(w->b, "many", TSR_I64, TSR_SHAPE(w->n));
  tsr_dynamic_slice(w->b, w->x, many, TSR_SHAPE({1}, {1}));
  REFUSED(w->b, TSR_ERR_SHAPE, "dynamic_slice: there are n starts, but the operand has rank 2");
  tsr_dynamic_update_slice(w->b, w->x, w->v, w->i);
  REFUSED(w->b, TSR_ERR_SHAPE, "dynamic_update_slice: operand 1", "rank 1", "rank 2");
  tsr_dynamic_update_slice(w->b, w->x, w->c, w->i);
  REFUSED(w->b, TSR_ERR_DTYPE, "dynamic_update_slice", "f64 and c128");
  const tsr_value wide = input(w->b, "wide", TSR_F64, TSR_SHAPE({2}, {5}));
  tsr_dynamic_update_slice(w->b, w->x, wide, w->i);
  REFUSED(w->b, TSR_ERR_SHAPE, "dynamic_update_slice: axis 1: window size 5 exceeds size 3");
}

static void other_scatters_refuse(void **state) {
  const world *w = *state;
  const tsr_scatter_attrs rows = {.update_window_dims = TSR_AXES(1),
                                  .inserted_window_dims = TSR_AXES(0),
                                  .scatter_dims_to_operand_dims = TSR_AXES(0),
                                  .index_vector_dim = 1};
  tsr_scatter_set(w->b, w->x, w->i, w->c, &rows);
  REFUSED(w->b, TSR_ERR_DTYPE, "scatter_set", "f64 and c128");
  tsr_scatter_mul(w->b, w->x, w->v, w->x, &rows);
  REFUSED(w->b, TSR_ERR_DTYPE, "scatter_mul: operand 1 is f64");
  tsr_scatter_min(w->b, w->c, w->i, w->c, &rows);
  REFUSED(w->b, TSR_ERR_DTYPE, "scatter_min", "c128");
  tsr_scatter_max(w->b, w->x, w->i, w->v, &rows);
  REFUSED(w->b, TSR_ERR_SHAPE, "scatter_max: operand 2", "rank 1", "rank 2");
  tsr_put_along_axis(w->b, w->x, w->i, w->s, 0);
  REFUSED(w->b, TSR_ERR_SHAPE, "put_along_axis: rank 2, but indices have rank 1");
  const tsr_value j = input(w->b, "j", TSR_I64, TSR_SHAPE({1}, {2}));
  tsr_put_along_axis(w->b, w->x, j, w->s, 0);
  REFUSED(w->b, TSR_ERR_SHAPE, "put_along_axis: axis 1: size 3, but indices have size 2");
  tsr_put_along_axis(w->b, w->x, j, w->v, 1);
  REFUSED(w->b, TSR_ERR_SHAPE, "4", "2");
  const tsr_value column = input(w->b, "column", TSR_F64, TSR_SHAPE({1}, {3}));
  tsr_put_along_axis(w->b, column, tsr_zeros(w->b, TSR_I64, TSR_SHAPE({2}, {1})), w->s, 1);
  REFUSED(w->b, TSR_ERR_SHAPE, "put_along_axis: axis 0: size 1, but indices have size 2");
}

static void arrangements_refuse(void **state) {
  const world *w = *state;
  tsr_value out[8];
  tsr_roll(w->b, w->x, TSR_AXES(1), TSR_AXES(0, 1));
  REFUSED(w->b, TSR_ERR_ARGUMENT, "roll: shifts has 1 entries, not 2");
  tsr_roll(w->b, w->x, TSR_AXES(1), TSR_AXES(2));
  REFUSED(w->b, TSR_ERR_ARGUMENT, "roll: axis 2 is outside rank 2");
  tsr_moveaxis(w->b, w->x, TSR_AXES(0), TSR_AXES(0, 1));
  REFUSED(w->b, TSR_ERR_ARGUMENT, "moveaxis: destination has 2 entries, not 1");
  tsr_moveaxis(w->b, w->x, TSR_AXES(0, -2), TSR_AXES(0, 1));
  REFUSED(w->b, TSR_ERR_ARGUMENT, "moveaxis: source[0] and source[1] are both 0");
  tsr_swapaxes(w->b, w->x, 0, 2);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "swapaxes: axis 2 is outside rank 2");
  tsr_stack(w->b, TSR_NO_VALUES, 0);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "stack: there are no values");
  tsr_stack(w->b, TSR_VALUES(w->x, w->c), 0);
  REFUSED(w->b, TSR_ERR_SHAPE, "stack: value 1 is c128[2, 3], not f64[2, 3]");
  tsr_stack(w->b, TSR_VALUES(w->x, w->x), 3);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "stack: axis 3 is outside rank 3");
  tsr_split(w->b, w->x, 0, 0, out);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "split: 0 parts");
  tsr_split(w->b, w->x, 2, 1, out);
  REFUSED(w->b, TSR_ERR_SHAPE, "split: axis 1: size 3 has no 2 equal parts");
  tsr_split(w->b, w->y, 2, 0, out);
  REFUSED(w->b, TSR_ERR_SHAPE, "split: axis 0: size n has no 2 equal parts");
  tsr_split_at(w->b, w->v, TSR_SHAPE({3}, {2}), 0, out);
  REFUSED(w->b, TSR_ERR_SHAPE, "split_at: axis 0: place 3 exceeds place 2");
  tsr_split_at(w->b, w->v, TSR_SHAPE({-1}), 0, out);
  REFUSED(w->b, TSR_ERR_SHAPE, "split_at: axis 0: start 0 exceeds place -1");
  tsr_split_at(w->b, w->v, TSR_SHAPE({5}), 0, out);
  REFUSED(w->b, TSR_ERR_SHAPE, "split_at: axis 0: place 5 exceeds size 4");
  tsr_tile(w->b, w->v, TSR_AXES(-2));
  REFUSED(w->b, TSR_ERR_ARGUMENT, "tile: count -2 is negative");
  tsr_tile(w->b, w->v, TSR_ALL_AXES);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "tile: counts needs a list");
  tsr_tile(w->b, w->v, TSR_AXES(INT64_MAX));
  REFUSED(w->b, TSR_ERR_LIMIT, "9223372036854775807");
  tsr_repeat(w->b, w->v, -1, 0);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "repeat: count -1 is negative");
  tsr_diagonal(w->b, w->v, 0);
  REFUSED(w->b, TSR_ERR_SHAPE, "diagonal: rank 1 is below 2");
  tsr_diagonal(w->b, w->x, INT64_MIN);
  REFUSED(w->b, TSR_ERR_LIMIT, "9223372036854775808");
  tsr_diag(w->b, w->s, 0);
  REFUSED(w->b, TSR_ERR_SHAPE, "diag: rank 0 is below 1");
  tsr_tril(w->b, w->v, 0);
  REFUSED(w->b, TSR_ERR_SHAPE, "tril: rank 1 is below 2");
  tsr_triu(w->b, w->s, 0);
  REFUSED(w->b, TSR_ERR_SHAPE, "triu: rank 0 is below 2");
}

static void reductions_refuse(void **state) {
  const world *w = *state;
  const tsr_reduce_attrs outside = {TSR_AXES(-1)};
  tsr_reduce_sum(w->b, w->x, TSR_AXES(1, -1));
  REFUSED(w->b, TSR_ERR_ARGUMENT, "reduce_sum: axes[0] and axes[1] are both 1");
  tsr_reduce_max(w->b, w->x, TSR_AXES(2));
  REFUSED(w->b, TSR_ERR_ARGUMENT, "reduce_max: axis 2 is outside rank 2");
  const tsr_reduce_attrs unresolved = {TSR_ALL_AXES}; /* the op itself wants each axis named */
  EMIT(w->b, TSR_OP_REDUCE_SUM, &unresolved, w->x);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "reduce_sum: axes needs a list");
  EMIT(w->b, TSR_OP_REDUCE_SUM, &outside, w->x);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "reduce_sum: axes[0] = -1 is outside rank 2");
  tsr_reduce_max(w->b, w->c, TSR_ALL_AXES);
  REFUSED(w->b, TSR_ERR_DTYPE, "reduce_max", "c128");
  tsr_mean(w->b, w->i, TSR_ALL_AXES);
  REFUSED(w->b, TSR_ERR_DTYPE, "mean: i64");
  tsr_argmax(w->b, w->x, -3);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "argmax: axis -3 is outside rank 2");
  tsr_argmax(w->b, tsr_zeros(w->b, TSR_F64, TSR_SHAPE({2}, {0})), 1);
  REFUSED(w->b, TSR_ERR_SHAPE, "argmax: axis 1 of f64[2, 0] is empty");
  tsr_argmin(w->b, tsr_zeros(w->b, TSR_F64, TSR_SHAPE({2}, {0})), -1);
  REFUSED(w->b, TSR_ERR_SHAPE, "argmin: axis 1 of f64[2, 0] is empty");
  tsr_reduce_and(w->b, w->x, TSR_ALL_AXES);
  REFUSED(w->b, TSR_ERR_DTYPE, "reduce_and", "f64");
  tsr_reduce_min(w->b, w->c, TSR_ALL_AXES);
  REFUSED(w->b, TSR_ERR_DTYPE, "reduce_min", "c128");
  tsr_prod(w->b, w->x, TSR_AXES(0, 0));
  REFUSED(w->b, TSR_ERR_ARGUMENT, "reduce_prod: axes[0] and axes[1] are both 0");
}

static void cumulative_ops_refuse(void **state) {
  const world *w = *state;
  const tsr_cumulative_attrs outside = {-1, false};
  tsr_cumsum(w->b, w->x, 2, TSR_SCAN_FORWARD);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "cumsum: axis 2 is outside rank 2");
  tsr_cumprod(w->b, w->s, 0, TSR_SCAN_REVERSE);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "cumprod: axis 0 is outside rank 0");
  EMIT(w->b, TSR_OP_CUMPROD, &outside, w->x);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "cumprod: axis -1 is outside rank 2");
  tsr_cummax(w->b, w->c, 0, TSR_SCAN_FORWARD);
  REFUSED(w->b, TSR_ERR_DTYPE, "cummax", "c128");
  tsr_cumlogsumexp(w->b, w->i, 0, TSR_SCAN_FORWARD);
  REFUSED(w->b, TSR_ERR_DTYPE, "cumlogsumexp: i64 is not float");
  tsr_cumlogsumexp(w->b, w->v, 1, TSR_SCAN_FORWARD);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "cumlogsumexp: axis 1 is outside rank 1");
}

static void sort_refuses(void **state) {
  const world *w = *state;
  tsr_value out[3];
  tsr_sort(w->b, w->x, 2, TSR_ASCENDING);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "sort: axis 2 is outside rank 2");
  tsr_argsort(w->b, w->s, 0, TSR_ASCENDING);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "argsort: axis 0 is outside rank 0");
  tsr_sort(w->b, w->x, 0, (tsr_sort_order)7);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "sort: order 7 is none");
  tsr_sort(w->b, w->c, 0, TSR_ASCENDING);
  REFUSED(w->b, TSR_ERR_DTYPE, "sort", "c128");
  assert_int_equal(
      tsr_sort_by_keys(w->b, TSR_VALUES(w->x, w->c), TSR_NO_VALUES, 0, TSR_ASCENDING, out),
      TSR_ERR_DTYPE);
  REFUSED(w->b, TSR_ERR_DTYPE, "sort: key 1 is c128, and complex numbers have no order");
  (void)tsr_sort_by_keys(w->b, TSR_NO_VALUES, TSR_VALUES(w->x), 0, TSR_ASCENDING, out);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "sort: 0 keys of 1 operands");
  (void)tsr_sort_by_keys(w->b, TSR_NO_VALUES, TSR_NO_VALUES, 0, TSR_ASCENDING, out);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "sort_by_keys: no operand to sort");
  (void)tsr_sort_by_keys(w->b, TSR_VALUES(w->x), TSR_VALUES(w->v), 0, TSR_ASCENDING, out);
  REFUSED(w->b, TSR_ERR_SHAPE, "sort", "rank");
  (void)tsr_sort_by_keys(w->b, TSR_VALUES(w->x), TSR_VALUES(w->y), 0, TSR_ASCENDING, out);
  REFUSED(w->b, TSR_ERR_SHAPE, "sort", "2 and n");
  const tsr_sort_attrs many = {0, TSR_ASCENDING, 2};
  EMIT(w->b, TSR_OP_SORT, &many, w->x);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "sort: 2 keys of 1 operands");
  (void)tsr_top_k(w->b, w->x, tsr_dim_of(4), -1, out);
  REFUSED(w->b, TSR_ERR_SHAPE, "top_k: axis 1: k 4 exceeds size 3");
  (void)tsr_top_k(w->b, w->x, tsr_dim_of(-1), -1, out);
  REFUSED(w->b, TSR_ERR_SHAPE, "top_k", "-1");
  assert_true(tsr_value_is_none(out[0]) && tsr_value_is_none(out[1]));
  tsr_searchsorted(w->b, w->x, w->v, TSR_SEARCH_LEFT);
  REFUSED(w->b, TSR_ERR_SHAPE, "searchsorted: sorted has rank 2, not 1");
  tsr_searchsorted(w->b, w->v, w->i, TSR_SEARCH_LEFT);
  REFUSED(w->b, TSR_ERR_DTYPE, "f64", "i64");
}

static void contractions_refuse(void **state) {
  const world *w = *state;
  const tsr_dot_general_attrs matrix = {TSR_NO_AXES, TSR_NO_AXES, TSR_AXES(1), TSR_AXES(0)};
  tsr_dot_general_attrs a = matrix;
  tsr_dot_general(w->b, w->x, w->x, &a);
  REFUSED(w->b, TSR_ERR_SHAPE, "dot_general", "3 and 2");
  tsr_dot_general(w->b, w->x, w->y, &a);
  REFUSED(w->b, TSR_ERR_SHAPE, "dot_general", "3 and n");
  tsr_dot_general(w->b, w->x, w->c, &a);
  REFUSED(w->b, TSR_ERR_DTYPE, "dot_general", "f64 and c128");
  a.rhs_contract = TSR_NO_AXES;
  tsr_dot_general(w->b, w->x, w->x, &a);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "lhs_contract has 1 entries, rhs_contract has 0");
  a = matrix, a.lhs_batch = TSR_AXES(0);
  tsr_dot_general(w->b, w->x, w->x, &a);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "lhs_batch has 1 entries, rhs_batch has 0");
  a = matrix, a.lhs_batch = TSR_AXES(1), a.rhs_batch = TSR_AXES(1);
  tsr_dot_general(w->b, w->x, w->x, &a);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "axis 1 is in both lhs_batch and lhs_contract");
  a = matrix, a.lhs_contract = TSR_AXES(1, 1), a.rhs_contract = TSR_AXES(0, 1);
  tsr_dot_general(w->b, w->x, w->x, &a);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "lhs_contract[0] and lhs_contract[1] are both 1");
  a = matrix, a.lhs_contract = TSR_AXES(7);
  tsr_dot_general(w->b, w->x, w->x, &a);
  REFUSED(w->b, TSR_ERR_ARGUMENT, "dot_general: axis 7 is outside rank 2");
  tsr_matmul(w->b, w->x, w->v);
  REFUSED(w->b, TSR_ERR_SHAPE, "matmul: inner sizes differ: 3 and 4");
  tsr_matmul(w->b, w->x, w->s);
  REFUSED(w->b, TSR_ERR_SHAPE, "matmul: an operand has rank 0");
  tsr_matmul(w->b, w->x, w->i);
  REFUSED(w->b, TSR_ERR_DTYPE, "f64", "i64");
  const tsr_value p = input(w->b, "p", TSR_F64, TSR_SHAPE({4}, {2}, {3}));
  const tsr_value q = input(w->b, "q", TSR_F64, TSR_SHAPE({5}, {3}, {2}));
  tsr_matmul(w->b, p, q);
  REFUSED(w->b, TSR_ERR_SHAPE, "matmul: leading sizes 4 and 5 do not broadcast");
}

static void random_bits_refuse(void **state) {
  const world *w = *state;
  tsr_value out[2];
  const tsr_value seeded = tsr_rng_state(w->b, 1);
  tsr_rng_bit_generator(w->b, w->i, TSR_U32, TSR_SHAPE({3}), out);
  REFUSED(w->b, TSR_ERR_DTYPE, "rng_bit_generator: operand 0 is i64", "u64");
  tsr_rng_bit_generator(w->b, tsr_zeros(w->b, TSR_U64, TSR_SHAPE({3})), TSR_U32, TSR_SHAPE({3}),
                        out);
  REFUSED(w->b, TSR_ERR_SHAPE, "rng_bit_generator: the state must be u64[2], not u64[3]");
  tsr_rng_bit_generator(w->b, seeded, TSR_F32, TSR_SHAPE({3}), out);
  REFUSED(w->b, TSR_ERR_DTYPE, "rng_bit_generator: bits are", "not f32");
  tsr_rng_bit_generator(w->b, seeded, TSR_U32, TSR_SHAPE({-3}), out);
  REFUSED(w->b, TSR_ERR_SHAPE, "rng_bit_generator", "-3");
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(broadcast_refuses),       TEST(reshape_refuses),       TEST(transpose_refuses),
      TEST(slice_refuses),           TEST(pad_refuses),           TEST(concatenate_refuses),
      TEST(gather_refuses),          TEST(scatter_add_refuses),   TEST(reductions_refuse),
      TEST(contractions_refuse),     TEST(random_bits_refuse),    TEST(reverse_refuses),
      TEST(bitcast_convert_refuses), TEST(windows_refuse),        TEST(other_scatters_refuse),
      TEST(arrangements_refuse),     TEST(cumulative_ops_refuse), TEST(sort_refuses),
  };
  return cmocka_run_group_tests_name("internalops/rule_errors", tests, NULL, NULL);
}
