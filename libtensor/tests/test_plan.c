/* test_plan.c - strides and offsets of calls, against places counted by hand. */
#include "tsr_test.h"

#include "tsr/layout.h"
#include "tsr/spi/plan.h"

enum {
  RANK = 3
};

/* A call of one or two operands at given layouts. */
typedef struct setup {
  tsr_call call;
  tsr_view in[2], out[1];
  tsr_prepare p;
} setup;

static void set_up(setup *s, const void *attrs) {
  s->call = (tsr_call){.attrs = attrs, .n_in = 2, .n_out = 1};
  s->p = (tsr_prepare){.call = &s->call, .in = s->in, .out = s->out};
}

static tsr_view view(tsr_dtype dtype, int32_t rank, const int64_t *dims, const int64_t *strides) {
  return (tsr_view){.dims = dims, .strides = strides, .rank = rank, .dtype = dtype};
}

static void assert_numbers(int32_t n, const int64_t *actual, const int64_t *expected) {
  for (int32_t i = 0; i < n; i++)
    assert_int_equal(actual[i], expected[i]);
}

static void states_are_zeroed_and_know_their_size(void **state) {
  (void)state;
  struct {
    tsr_kernel_state state;
    int64_t numbers[5];
  } * s;
  assert_ok(tsr_kernel_state_create(sizeof *s, &s));
  assert_int_equal(s->state.size, sizeof *s);
  for (int32_t i = 0; i < 5; i++)
    assert_int_equal(s->numbers[i], 0);
  tsr_kernel_state_release(s);
  tsr_kernel_state_release(NULL);
}

static void axes_of_size_1_do_not_tell_layouts_apart(void **state) {
  (void)state;
  const int64_t dims[] = {1, 4}, other_dims[] = {2, 4}, a[] = {4, 1}, b[] = {-7, 1}, c[] = {4, 2};
  const tsr_view x = view(TSR_F32, 2, dims, a), y = view(TSR_F32, 2, dims, b);
  const tsr_view z = view(TSR_F32, 2, dims, c), w = view(TSR_F32, 2, other_dims, a);
  const tsr_view short_one = view(TSR_F32, 1, dims, a);
  assert_true(tsr_view_same_layout(&x, &y));
  assert_false(tsr_view_same_layout(&x, &z) || tsr_view_same_layout(&x, &w) ||
               tsr_view_same_layout(&x, &short_one));
  assert_int_equal(tsr_axes_find(TSR_AXES(3, 1, 2), 2), 2);
  assert_int_equal(tsr_axes_find(TSR_AXES(3, 1, 2), 0), -1);
}

/* x[2, 3, 4] with strides (12, 4, 1) */
static const int64_t x_dims[] = {2, 3, 4}, x_strides[] = {12, 4, 1};

static void results_point_back_into_the_operand(void **state) {
  (void)state;
  setup s;
  int64_t strides[4];
  const tsr_view x = view(TSR_F32, 3, x_dims, x_strides);
  const tsr_transpose_attrs turn = {TSR_AXES(2, 0, 1)};
  set_up(&s, &turn);
  s.in[0] = x;
  s.out[0].rank = 3;
  assert_int_equal(tsr_plan_transpose(&s.p, strides), 0);
  assert_numbers(3, strides, (const int64_t[]){1, 12, 4});

  const tsr_reverse_attrs back = {TSR_AXES(0, 2)};
  s.call.attrs = &back;
  assert_int_equal(tsr_plan_reverse(&s.p, strides), 12 + 3);
  assert_numbers(3, strides, (const int64_t[]){-12, 4, -1});

  /* x[1:2, 0:3:2, 1:4:2], the first axis of which is left with one place */
  const int64_t cut_dims[] = {1, 2, 2};
  const tsr_slice_attrs cut = {.start = TSR_SHAPE(tsr_dim_of(1), tsr_dim_of(0), tsr_dim_of(1)),
                               .step = TSR_AXES(9, 2, 2)};
  s.call.attrs = &cut;
  s.out[0] = view(TSR_F32, 3, cut_dims, NULL);
  assert_int_equal(tsr_plan_slice(&s.p, strides), 12 + 1);
  assert_numbers(3, strides, (const int64_t[]){12, 8, 2});

  const int64_t row_dims[] = {1, 4}, row_strides[] = {5, 3};
  const tsr_broadcast_attrs spread = {.axes = TSR_AXES(1, 3)};
  s.call.attrs = &spread;
  s.in[0] = view(TSR_F32, 2, row_dims, row_strides);
  s.out[0].rank = 4;
  assert_int_equal(tsr_plan_broadcast(&s.p, strides), 0);
  assert_numbers(4, strides, (const int64_t[]){0, 0, 0, 3});
}

/* Every place of the operand that stays, by trying all of them. */
static void padding_copies_what_stays_inside(void **state) {
  (void)state;
  const int64_t n = 5, in_stride = 2, out_stride = 3;
  for (int64_t low = -9; low <= 4; low++)
    for (int64_t interior = 0; interior <= 3; interior++)
      for (int64_t size = 0; size <= 12; size++) {
        setup s;
        int64_t numbers[5], first = -1, last = -1, count = 0;
        tsr_pad_plan plan;
        const tsr_pad_attrs attrs = {.low = TSR_SHAPE(tsr_dim_of(low)),
                                     .interior = TSR_AXES(interior)};
        set_up(&s, &attrs);
        s.in[0] = view(TSR_F32, 1, &n, &in_stride);
        s.out[0] = view(TSR_F32, 1, &size, &out_stride);
        for (int64_t i = n - 1; i >= 0; i--) {
          const int64_t to = low + i * (1 + interior);
          if (to < 0 || to >= size) continue;
          first = i;
          if (count++ == 0) last = i;
        }
        tsr_plan_pad(&s.p, numbers, &plan);
        assert_int_equal(plan.dims[0], count);
        assert_int_equal(plan.first[0], count ? low + first * (1 + interior) : 0);
        assert_int_equal(plan.span[0], count ? (last - first) * (1 + interior) + 1 : 0);
        if (count == 0) continue;
        assert_int_equal(plan.from_offset, first * in_stride);
        assert_int_equal(plan.to_offset, (low + first * (1 + interior)) * out_stride);
        assert_int_equal(plan.from[0], in_stride);
        if (count > 1) assert_int_equal(plan.to[0], out_stride * (1 + interior));
      }
}

static void wide_elements_are_seen_as_narrow_ones(void **state) {
  (void)state;
  setup s;
  int64_t numbers[3];
  tsr_bitcast_plan plan;
  const int64_t wide[] = {3}, wide_stride[] = {-2}, narrow[] = {3, 4}, narrow_strides[] = {4, 1};
  set_up(&s, NULL);
  s.in[0] = view(TSR_U32, 1, wide, wide_stride);
  s.out[0] = view(TSR_U8, 2, narrow, narrow_strides);
  tsr_plan_bitcast(&s.p, numbers, &plan);
  assert_int_equal(plan.size, 1);
  assert_int_equal(plan.rank, 2);
  assert_numbers(2, plan.dims, narrow);
  assert_numbers(2, plan.from, (const int64_t[]){-8, 1});
  assert_numbers(2, plan.to, narrow_strides);

  const tsr_view in = s.in[0];
  s.in[0] = s.out[0];
  s.out[0] = in;
  tsr_plan_bitcast(&s.p, numbers, &plan);
  assert_int_equal(plan.size, 1);
  assert_numbers(2, plan.from, narrow_strides);
  assert_numbers(2, plan.to, (const int64_t[]){-8, 1});
}

/* z[b, m, n] = sum_k x[k, b, m] y[n, b, k], where b has size 1 in the second round. */
static void contractions_are_sorted_into_groups(void **state) {
  (void)state;
  for (int64_t b = 2; b >= 1; b--) {
    setup s;
    tsr_dot_plan *plan;
    const int64_t xd[] = {5, b, 3}, yd[] = {4, b, 5}, zd[] = {b, 3, 4};
    int64_t xs[RANK], ys[RANK], zs[RANK], stride;
    tsr_layout_c_strides(RANK, xd, xs);
    tsr_layout_c_strides(RANK, yd, ys);
    tsr_layout_c_strides(RANK, zd, zs);
    const tsr_dot_general_attrs attrs = {TSR_AXES(1), TSR_AXES(1), TSR_AXES(0), TSR_AXES(2)};
    set_up(&s, &attrs);
    s.in[0] = view(TSR_F32, RANK, xd, xs);
    s.in[1] = view(TSR_F32, RANK, yd, ys);
    s.out[0] = view(TSR_F32, RANK, zd, zs);
    assert_ok(tsr_dot_plan_create(&s.p, &plan));
    assert_int_equal(plan->b.size, b);
    assert_int_equal(plan->b.rank, b > 1);
    assert_int_equal(plan->m.size, 3);
    assert_numbers(1, plan->m.x, &xs[2]);
    assert_numbers(1, plan->m.z, &zs[1]);
    assert_int_equal(plan->m.y[0], 0);
    assert_int_equal(plan->n.size, 4);
    assert_numbers(1, plan->n.y, &ys[0]);
    assert_int_equal(plan->k.size, 5);
    assert_numbers(1, plan->k.x, &xs[0]);
    assert_numbers(1, plan->k.y, &ys[2]);
    assert_true(tsr_dot_group_stride(&plan->k, plan->k.x, &stride));
    assert_int_equal(stride, xs[0]);
    tsr_kernel_state_release(plan);
  }
}

/* x[m0, m1, k] y[k]: the rows of a dense x are one axis, those of a padded one are two. */
static void groups_fuse_where_all_arrays_agree(void **state) {
  (void)state;
  for (int64_t padding = 0; padding < 2; padding++) {
    setup s;
    tsr_dot_plan *plan;
    int64_t stride;
    const int64_t xd[] = {2, 3, 4}, xs[] = {12 + padding, 4, 1}, yd[] = {4}, ys[] = {1};
    const int64_t zd[] = {2, 3}, zs[] = {3, 1};
    const tsr_dot_general_attrs attrs = {.lhs_contract = TSR_AXES(2), .rhs_contract = TSR_AXES(0)};
    set_up(&s, &attrs);
    s.in[0] = view(TSR_F32, 3, xd, xs);
    s.in[1] = view(TSR_F32, 1, yd, ys);
    s.out[0] = view(TSR_F32, 2, zd, zs);
    assert_ok(tsr_dot_plan_create(&s.p, &plan));
    assert_int_equal(tsr_dot_group_stride(&plan->m, plan->m.x, &stride), !padding);
    tsr_dot_plan_fuse(plan);
    assert_int_equal(plan->m.rank, 1 + padding);
    assert_true(tsr_dot_group_stride(&plan->n, plan->n.y, &stride)); /* of one element */
    assert_int_equal(stride, 1);
    tsr_kernel_state_release(plan);
  }
}

/* x[5, 2, 3] and y[4, 2, 5], contracted over 5, with 2 in common. */
static void sizes_of_groups_are_products(void **state) {
  (void)state;
  setup s;
  tsr_dot_sizes d;
  int64_t xd[] = {5, 2, 3};
  const int64_t yd[] = {4, 2, 5};
  const tsr_dot_general_attrs attrs = {TSR_AXES(1), TSR_AXES(1), TSR_AXES(0), TSR_AXES(2)};
  set_up(&s, &attrs);
  s.in[0] = view(TSR_F32, RANK, xd, NULL);
  s.in[1] = view(TSR_F32, RANK, yd, NULL);
  assert_true(tsr_dot_sizes_of(&s.p, &d));
  assert_true(d.b == 2 && d.m == 3 && d.n == 4 && d.k == 5);
  xd[2] = 0;
  assert_false(tsr_dot_sizes_of(&s.p, &d));
}

static void blas_wants_one_dense_side(void **state) {
  (void)state;
  static const struct {
    int64_t rows, cols, row_stride, col_stride;
    bool fits;
  } all[] = {
      {3, 4, 4,               1,  true }, /* rows, one after the other */
      {3, 4, 7,               1,  true },
      {3, 4, 3,               1,  false}, /* rows overlap */
      {3, 4, 1,               3,  true }, /* columns */
      {3, 4, 8,               2,  false},
      {3, 4, -4,              1,  false},
      {3, 4, 0,               1,  false},
      {1, 4, -9,              1,  true }, /* the stride of a single row does not matter */
      {1, 4, 5,               6,  true },
      {4, 1, 6,               -5, true },
      {3, 4, 1LL << 31,       1,  false}, /* no int */
      {3, 4, (1LL << 31) - 1, 1,  true },
  };
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    int64_t down = all[i].row_stride, across = all[i].col_stride;
    const int64_t rows = all[i].rows, cols = all[i].cols;
    const bool fits = tsr_blas_fits(rows, cols, &down, &across);
    assert_int_equal(fits, all[i].fits);
    if (!fits) continue;
    assert_true(rows == 1 || down == all[i].row_stride);
    assert_true(cols == 1 || across == all[i].col_stride);
    assert_true((across == 1 && down >= cols) || (down == 1 && across >= rows));
  }
}

/* out[i, :] = x[start[i], 0:3] of x[4, 5]. */
static void windows_start_where_indices_say(void **state) {
  (void)state;
  setup s;
  tsr_window_plan *w;
  const int64_t xd[] = {4, 5}, xs[] = {5, 1}, id[] = {7, 1}, is[] = {2, 1};
  const int64_t zd[] = {7, 3}, zs[] = {3, 1};
  const tsr_gather_attrs attrs = {.offset_dims = TSR_AXES(1),
                                  .collapsed_slice_dims = TSR_AXES(0),
                                  .start_index_map = TSR_AXES(0),
                                  .index_vector_dim = 1};
  set_up(&s, &attrs);
  s.in[0] = view(TSR_F32, 2, xd, xs);
  s.in[1] = view(TSR_I16, 2, id, is);
  s.out[0] = view(TSR_F32, 2, zd, zs);
  const tsr_window_spec spec = tsr_window_spec_of_gather(&s.p);
  assert_ok(tsr_window_plan_create(&spec, &w));
  assert_int_equal(w->index_dtype, TSR_I16);
  assert_int_equal(w->batches, 7);
  assert_int_equal(w->batch_rank, 1);
  assert_int_equal(w->batch_values[0], 3);
  assert_int_equal(w->batch_indices[0], 2);
  assert_int_equal(w->batch_operand[0], 0);
  assert_int_equal(w->window, 3);
  assert_int_equal(w->window_rank, 1);
  assert_int_equal(w->window_values[0], 1);
  assert_int_equal(w->window_operand[0], 1);
  assert_int_equal(w->index_stride, 1);
  assert_int_equal(w->start_stride[0], 5);
  assert_int_equal(w->start_limit[0], 3);
  tsr_kernel_state_release(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(states_are_zeroed_and_know_their_size),
      cmocka_unit_test(axes_of_size_1_do_not_tell_layouts_apart),
      cmocka_unit_test(results_point_back_into_the_operand),
      cmocka_unit_test(padding_copies_what_stays_inside),
      cmocka_unit_test(wide_elements_are_seen_as_narrow_ones),
      cmocka_unit_test(contractions_are_sorted_into_groups),
      cmocka_unit_test(groups_fuse_where_all_arrays_agree),
      cmocka_unit_test(sizes_of_groups_are_products),
      cmocka_unit_test(blas_wants_one_dense_side),
      cmocka_unit_test(windows_start_where_indices_say),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
