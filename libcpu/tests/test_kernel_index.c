/* test_kernel_index.c - gather, scatters and windows against StableHLO's formulas, index by
 * index.
 */
#include "kernel_harness.h"

typedef struct numbers {
  tsr_axes window_axes, collapsed, operand_batching, indices_batching, start_axes;
  int64_t index_vector_dim;
} numbers;

static bool has(tsr_axes axes, int64_t a, size_t *place) {
  for (size_t i = 0; i < axes.n; i++)
    if (axes.data[i] == a) {
      *place = i;
      return true;
    }
  return false;
}

static void split(const array *a, int64_t i, int64_t *index) {
  for (int32_t k = a->rank - 1; k >= 0; k--) {
    index[k] = i % a->dims[k];
    i /= a->dims[k];
  }
}

/* From a full index of the values (result or updates): the start of the window in the
 * operand, and the place within it.
 */
static void locate(const numbers *n, const array *operand, const array *indices,
                   const int64_t *index, int32_t values_rank, int64_t *start, int64_t *inside) {
  int64_t batch[MAX_RANK], window[MAX_RANK];
  int32_t n_batch = 0, n_window = 0;
  size_t p;
  for (int32_t a = 0; a < values_rank; a++)
    if (has(n->window_axes, a, &p))
      window[n_window++] = index[a];
    else
      batch[n_batch++] = index[a];
  for (int32_t a = 0; a < operand->rank; a++)
    start[a] = inside[a] = 0;
  for (size_t k = 0; k < n->start_axes.n; k++) {
    int64_t number = 0;
    for (int32_t a = 0, b = 0; a < indices->rank; a++)
      number = number * indices->dims[a] + (a == n->index_vector_dim ? (int64_t)k : batch[b++]);
    start[n->start_axes.data[k]] = (int64_t)creal(get(indices, number));
  }
  for (size_t k = 0; k < n->operand_batching.n; k++) {
    int64_t along = n->indices_batching.data[k];
    start[n->operand_batching.data[k]] = batch[along - (along > n->index_vector_dim)];
  }
  for (int32_t a = 0, w = 0; a < operand->rank; a++)
    if (!has(n->collapsed, a, &p) && !has(n->operand_batching, a, &p)) inside[a] = window[w++];
}

static const int64_t ax[] = {0, 1, 2, 3};
#define AXES(from, count)                                                                          \
  { ax + (from), (count) }

static const struct {
  numbers n;
  int32_t operand_rank, indices_rank, values_rank;
  int64_t operand[4], indices[3], values[4], sizes[4];
} cases[] = {
  /* rows of a matrix */
    {{AXES(1, 1), AXES(0, 1), AXES(0, 0), AXES(0, 0), AXES(0, 1), 1},
     2, 1,
     2, {6, 5},
     {4},
     {4, 5},
     {1, 5}   },
 /* windows of 2 x 3 by pairs, the pair in the first axis of indices */
    {{AXES(1, 2), AXES(0, 0), AXES(0, 0), AXES(0, 0), AXES(0, 2), 0},
     2, 2,
     3, {6, 7},
     {2, 5},
     {5, 2, 3},
     {2, 3}   },
 /* a batching axis on both sides, window in front */
    {{AXES(0, 1), AXES(1, 1), AXES(0, 1), AXES(1, 1), AXES(1, 1), 2},
     3, 2,
     3, {4, 6, 3},
     {5, 4},
     {3, 5, 4},
     {1, 1, 3}},
 /* single elements */
    {{AXES(0, 0), AXES(0, 3), AXES(0, 0), AXES(0, 0), AXES(0, 3), 1},
     3, 2,
     1, {3, 4, 5},
     {9, 3},
     {9},
     {1, 1, 1}},
 /* one window, no batch */
    {{AXES(0, 2), AXES(0, 0), AXES(0, 0), AXES(0, 0), AXES(1, 1), 0},
     2, 1,
     2, {4, 9},
     {1},
     {4, 6},
     {4, 6}   },
 /* empty */
    {{AXES(1, 1), AXES(0, 1), AXES(0, 0), AXES(0, 0), AXES(0, 1), 1},
     2, 1,
     2, {6, 5},
     {0},
     {0, 5},
     {1, 5}   },
};
enum {
  N_CASES = sizeof cases / sizeof cases[0]
};

static const tsr_dtype index_dtypes[] = {TSR_I64, TSR_I32, TSR_U32, TSR_I8};

static void fill_indices(const array *a) { fill_whole(a, a->dtype == TSR_U32 ? 0 : -2, 8); }

static void test_gather_clamps(void **state) {
  (void)state;
  for (int c = 0; c < N_CASES; c++)
    for (tsr_dtype d = 0; d < TSR_DTYPE_COUNT; d++)
      for (int k = 0; k < 4; k++) {
        array in[2] = {make_array(d, cases[c].operand_rank, cases[c].operand,
                                  (layout_kind)random_below(LAYOUTS)),
                       make_array(index_dtypes[k], cases[c].indices_rank, cases[c].indices,
                                  (layout_kind)random_below(REPEATED))};
        array z = make_array(d, cases[c].values_rank, cases[c].values,
                             (layout_kind)random_below(REPEATED));
        for (int64_t i = 0; i < count_of(&in[0]); i++)
          for (size_t b = 0; b < tsr_dtype_size(d); b++)
            at(&in[0], i)[b] = (char)random_u64();
        fill_indices(&in[1]);
        tsr_dim sizes[4];
        for (int s = 0; s < 4; s++)
          sizes[s] = tsr_dim_of(cases[c].sizes[s]);
        numbers n = cases[c].n;
        tsr_gather_attrs attrs = {
            n.window_axes,
            n.collapsed,
            n.operand_batching,
            n.indices_batching,
            n.start_axes,
            n.index_vector_dim,
            {sizes, (size_t)cases[c].operand_rank}
        };
        run_op(TSR_OP_GATHER, &attrs, 2, in, &z);
        for (int64_t i = 0; i < count_of(&z); i++) {
          int64_t index[4], start[4], inside[4], number = 0;
          split(&z, i, index);
          locate(&n, &in[0], &in[1], index, z.rank, start, inside);
          for (int32_t a = 0; a < in[0].rank; a++) {
            int64_t last = in[0].dims[a] - cases[c].sizes[a], s = start[a];
            s = s < 0 ? 0 : s > last ? last : s;
            size_t p;
            if (has(n.operand_batching, a, &p)) s = start[a];
            number = number * in[0].dims[a] + s + inside[a];
          }
          assert_memory_equal(at(&z, i), at(&in[0], number), tsr_dtype_size(d));
        }
        free_array(&in[0]);
        free_array(&in[1]);
        free_array(&z);
      }
}

/* The harness has none of half precision; the conformance suites do. */
static bool has_numbers(tsr_dtype d) { return d != TSR_F16 && d != TSR_BF16; }

/* ---- scatters ---- */

static double complex sum(double complex there, double complex update) { return there + update; }
static double complex product(double complex there, double complex update) {
  return there * update;
}
static double complex last(double complex there, double complex update) {
  (void)there;
  return update;
}
static double complex smallest(double complex there, double complex update) {
  return creal(update) < creal(there) ? update : there;
}
static double complex largest(double complex there, double complex update) {
  return creal(update) > creal(there) ? update : there;
}

static const struct {
  tsr_op_id op;
  double complex (*join)(double complex there, double complex update);
} scatters[] = {
    {TSR_OP_SCATTER_ADD, sum     },
    {TSR_OP_SCATTER_SET, last    },
    {TSR_OP_SCATTER_MUL, product },
    {TSR_OP_SCATTER_MIN, smallest},
    {TSR_OP_SCATTER_MAX, largest }
};

/* The numbers of all updates, window after window in C order of the indices. */
static int64_t *in_order(const numbers *n, const array *updates) {
  const int64_t count = count_of(updates);
  int64_t *order = calloc((size_t)count + 1, sizeof *order), m = 0, largest_batch = 0;
  int64_t *batch = calloc((size_t)count + 1, sizeof *batch);
  for (int64_t i = 0; i < count; i++) {
    int64_t index[4];
    size_t p;
    split(updates, i, index);
    for (int32_t a = 0; a < updates->rank; a++)
      if (!has(n->window_axes, a, &p)) batch[i] = batch[i] * updates->dims[a] + index[a];
    largest_batch = batch[i] > largest_batch ? batch[i] : largest_batch;
  }
  for (int64_t b = 0; b <= largest_batch; b++)
    for (int64_t i = 0; i < count; i++)
      if (batch[i] == b) order[m++] = i;
  free(batch);
  return order;
}

/* What the formula gives, in C order. */
static double complex *scattered(int c, size_t s, const array *in, const array *z) {
  const numbers n = cases[c].n;
  double complex *expected = calloc((size_t)count_of(z) + 1, sizeof *expected);
  int64_t *order = in_order(&n, &in[2]);
  for (int64_t i = 0; i < count_of(z); i++)
    expected[i] = get(&in[0], i);
  for (int64_t m = 0; m < count_of(&in[2]); m++) {
    int64_t index[4], start[4], inside[4], number = 0;
    split(&in[2], order[m], index);
    locate(&n, &in[0], &in[1], index, in[2].rank, start, inside);
    bool fits = true;
    for (int32_t a = 0; a < z->rank; a++) {
      fits &= start[a] >= 0 && start[a] + cases[c].sizes[a] <= z->dims[a];
      number = number * z->dims[a] + start[a] + inside[a];
    }
    if (fits) expected[number] = scatters[s].join(expected[number], get(&in[2], order[m]));
  }
  free(order);
  return expected;
}

static void check_scatter(int c, size_t s, tsr_dtype dtype, tsr_dtype index_dtype) {
  array in[3] = {
      make_array(dtype, cases[c].operand_rank, cases[c].operand,
                 (layout_kind)random_below(LAYOUTS)),
      make_array(index_dtype, cases[c].indices_rank, cases[c].indices,
                 (layout_kind)random_below(REPEATED)),
      make_array(dtype, cases[c].values_rank, cases[c].values, (layout_kind)random_below(LAYOUTS))};
  array z = make_array(dtype, cases[c].operand_rank, cases[c].operand,
                       (layout_kind)random_below(REPEATED));
  const int64_t largest_number = dtype == TSR_BOOL ? 1 : 3;
  fill_whole(&in[0], 0, largest_number);
  fill_indices(&in[1]);
  fill_whole(&in[2], 0, largest_number);
  const numbers n = cases[c].n;
  tsr_scatter_attrs attrs = {n.window_axes,      n.collapsed,  n.operand_batching,
                             n.indices_batching, n.start_axes, n.index_vector_dim};
  run_op(scatters[s].op, &attrs, 3, in, &z);
  double complex *expected = scattered(c, s, in, &z);
  for (int64_t i = 0; i < count_of(&z); i++)
    assert_number(get(&z, i), expected[i], 0);
  free(expected);
  for (int i = 0; i < 3; i++)
    free_array(&in[i]);
  free_array(&z);
}

static void test_scatters_join_updates_and_drop_windows_that_do_not_fit(void **state) {
  (void)state;
  for (size_t s = 0; s < sizeof scatters / sizeof *scatters; s++)
    for (tsr_dtype d = 0; d < TSR_DTYPE_COUNT; d++)
      for (int c = 0; c < N_CASES; c++)
        for (int k = 0; k < 4; k++)
          if (has_numbers(d) && tsr_op_core(scatters[s].op)->dtypes >> d & 1)
            check_scatter(c, s, d, index_dtypes[k]);
}

/* ---- windows ---- */

static int64_t clamped(int64_t start, int64_t last_start) {
  return start < 0 ? 0 : start > last_start ? last_start : start;
}

static void check_window(tsr_dtype d, tsr_dtype index_dtype) {
  static const int64_t dims[] = {6, 7}, sizes[] = {4, 3}, two[] = {2};
  array x = make_array(d, 2, dims, (layout_kind)random_below(LAYOUTS));
  array i = make_array(index_dtype, 1, two, (layout_kind)random_below(REPEATED));
  array y = make_array(d, 2, sizes, (layout_kind)random_below(LAYOUTS));
  array part = make_array(d, 2, sizes, (layout_kind)random_below(REPEATED));
  array z = make_array(d, 2, dims, (layout_kind)random_below(REPEATED));
  const tsr_dim shape[] = {tsr_dim_of(4), tsr_dim_of(3)};
  tsr_dynamic_slice_attrs attrs = {
      {shape, 2}
  };
  fill_whole(&x, 0, d == TSR_BOOL ? 1 : 9);
  fill_whole(&y, 0, d == TSR_BOOL ? 1 : 9);
  fill_indices(&i);
  const int64_t row = clamped((int64_t)creal(get(&i, 0)), 2);
  const int64_t column = clamped((int64_t)creal(get(&i, 1)), 4);
  run_op(TSR_OP_DYNAMIC_SLICE, &attrs, 2, (array[]){x, i}, &part);
  run_op(TSR_OP_DYNAMIC_UPDATE_SLICE, NULL, 3, (array[]){x, y, i}, &z);
  for (int64_t r = 0; r < 6; r++)
    for (int64_t c = 0; c < 7; c++) {
      const bool inside = r >= row && r < row + 4 && c >= column && c < column + 3;
      const int64_t n = 3 * (r - row) + c - column;
      if (inside) assert_number(get(&part, n), get(&x, 7 * r + c), 0);
      assert_number(get(&z, 7 * r + c), inside ? get(&y, n) : get(&x, 7 * r + c), 0);
    }
  array all[] = {x, i, y, part, z};
  for (int k = 0; k < 5; k++)
    free_array(&all[k]);
}

static void test_windows_are_read_and_overwritten(void **state) {
  (void)state;
  for (tsr_dtype d = 0; d < TSR_DTYPE_COUNT; d++)
    for (int k = 0; k < 16 && has_numbers(d); k++)
      check_window(d, index_dtypes[k % 4]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_gather_clamps),
      cmocka_unit_test(test_scatters_join_updates_and_drop_windows_that_do_not_fit),
      cmocka_unit_test(test_windows_are_read_and_overwritten),
  };
  return cmocka_run_group_tests(tests, open_device, close_device);
}
