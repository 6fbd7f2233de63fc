/* test_kernel_places.c - gather and the scatters at many sizes against loops over plain arrays:
 * every length of a run, blocks that end anywhere, duplicates, any number of threads.
 */
#include "kernel_harness.h"

static const int64_t ax[] = {0, 1, 2, 3};
#define AXES(from, count)                                                                          \
  { ax + (from), (count) }

static int64_t clamped(int64_t i, int64_t n) { return i < 0 ? 0 : i >= n ? n - 1 : i; }

static void fill_bytes(const array *a) {
  for (int64_t i = 0; i < count_of(a); i++)
    for (size_t b = 0; b < tsr_dtype_size(a->dtype); b++)
      at(a, i)[b] = (char)random_u64();
}

/* Indices from -2 to n + 1. */
static void fill_indices(const array *a, int64_t n) {
  for (int64_t i = 0; i < count_of(a); i++)
    set(a, i, (double)(random_below(n + 4) - 2));
}

static void free_all(array *a, int n) {
  for (int i = 0; i < n; i++)
    free_array(&a[i]);
}

/* ---- gather ---- */

/* z[a, i, c] = x[a, index[i], c], layouts mixed */
static void check_take(tsr_dtype d, tsr_dtype index, const int64_t *dims, int64_t n) {
  const int64_t out_dims[] = {dims[0], n, dims[2]}, offsets[] = {0, 2};
  array all[] = {make_array(d, 3, dims, (layout_kind)random_below(LAYOUTS)),
                 make_array(index, 1, &n, (layout_kind)random_below(REPEATED)),
                 make_array(d, 3, out_dims, (layout_kind)random_below(REPEATED))};
  fill_bytes(&all[0]);
  fill_indices(&all[1], dims[1]);
  const tsr_dim sizes[] = {tsr_dim_of(dims[0]), tsr_dim_of(1), tsr_dim_of(dims[2])};
  const tsr_gather_attrs attrs = {
      {offsets, 2},
      AXES(1, 1), AXES(0, 0), AXES(0, 0), AXES(1, 1), 1, {sizes,   3}
  };
  run_op(TSR_OP_GATHER, &attrs, 2, all, &all[2]);
  for (int64_t i = 0; i < count_of(&all[2]); i++) {
    const int64_t c = i % dims[2], k = i / dims[2] % n, a = i / dims[2] / n;
    const int64_t row = clamped((int64_t)creal(get(&all[1], k)), dims[1]);
    assert_memory_equal(at(&all[2], i), at(&all[0], (a * dims[1] + row) * dims[2] + c),
                        tsr_dtype_size(d));
  }
  free_all(all, 3);
}

static void test_runs_of_every_length_are_fetched(void **state) {
  (void)state;
  static const tsr_dtype dtypes[] = {TSR_I8, TSR_BF16, TSR_F32, TSR_F64, TSR_C128};
  static const tsr_dtype indices[] = {TSR_I64, TSR_I32, TSR_I8, TSR_I16};
  static const int64_t runs[] = {1,  2,  3,  4,  5,  7,  8,   9,   16,
                                 17, 31, 33, 63, 64, 65, 127, 129, 2100};
  for (int d = 0; d < 5; d++)
    for (int r = 0; r < 18; r++)
      check_take(dtypes[d], indices[(d + r) % 4], (int64_t[]){1, 9, runs[r]}, 7);
}

static void test_blocks_of_places_end_anywhere(void **state) {
  (void)state;
  static const int64_t counts[] = {0, 1, 4, 5, 6, 511, 512, 513, 1030};
  for (int i = 0; i < 9; i++) {
    check_take(TSR_F32, TSR_I64, (int64_t[]){1, 100, 1}, counts[i]);
    check_take(TSR_F64, TSR_I32, (int64_t[]){3, 11, 1}, counts[i]);
    check_take(TSR_I8, TSR_I64, (int64_t[]){5, 7, 3}, counts[i]);
  }
  check_take(TSR_F32, TSR_I64, (int64_t[]){40, 3, 9}, 2);
  check_take(TSR_I16, TSR_I64, (int64_t[]){2, 3, 150000}, 2); /* windows as large as arrays */
}

/* z[i, j, b] = x[index[i, b], j, b] */
static void test_places_may_follow_a_batch(void **state) {
  (void)state;
  static const int64_t dims[] = {6, 5, 70}, places[] = {9, 70}, out_dims[] = {9, 5, 70};
  array all[] = {make_array(TSR_F64, 3, dims, C_ORDER), make_array(TSR_I64, 2, places, C_ORDER),
                 make_array(TSR_F64, 3, out_dims, C_ORDER)};
  fill_bytes(&all[0]);
  fill_indices(&all[1], 6);
  const tsr_dim sizes[] = {tsr_dim_of(1), tsr_dim_of(5), tsr_dim_of(1)};
  const tsr_gather_attrs attrs = {
      AXES(1, 1), AXES(0, 1), AXES(2, 1), AXES(1, 1), AXES(0, 1), 2, {sizes, 3}
  };
  run_op(TSR_OP_GATHER, &attrs, 2, all, &all[2]);
  for (int64_t i = 0; i < count_of(&all[2]); i++) {
    const int64_t b = i % 70, j = i / 70 % 5, row = i / 350;
    const int64_t from = clamped((int64_t)creal(get(&all[1], row * 70 + b)), 6);
    assert_memory_equal(at(&all[2], i), at(&all[0], (from * 5 + j) * 70 + b), 8);
  }
  free_all(all, 3);
}

/* ---- scatter ---- */

typedef struct scattering {
  tsr_op_id op;
  tsr_dtype dtype;
  int64_t rows, run, updates;
} scattering;

/* z[index[i], c] joined with u[i, c], one after the other. */
static void join_naively(const scattering *s, const array *in, const array *z) {
  for (int64_t i = 0; i < count_of(z); i++)
    set(z, i, get(&in[0], i));
  for (int64_t i = 0; i < s->updates; i++) {
    const int64_t row = (int64_t)creal(get(&in[1], i));
    if (row < 0 || row >= s->rows) continue;
    for (int64_t c = 0; c < s->run; c++) {
      const int64_t place = row * s->run + c;
      const double complex there = get(z, place), u = get(&in[2], i * s->run + c);
      const double x = creal(there), y = creal(u);
      set(z, place,
          s->op == TSR_OP_SCATTER_ADD   ? there + u
          : s->op == TSR_OP_SCATTER_SET ? u
          : s->op == TSR_OP_SCATTER_MUL ? there * u
          : s->op == TSR_OP_SCATTER_MIN ? fmin(x, y)
                                        : fmax(x, y));
    }
  }
}

/* f64 and i64 joined in another order would have other bits. */
static void check_scatter(const scattering *s) {
  const int64_t dims[] = {s->rows, s->run}, update_dims[] = {s->updates, s->run};
  array all[] = {make_array(s->dtype, 2, dims, (layout_kind)random_below(LAYOUTS)),
                 make_array(TSR_I64, 1, &s->updates, C_ORDER),
                 make_array(s->dtype, 2, update_dims, (layout_kind)random_below(REPEATED)),
                 make_array(s->dtype, 2, dims, (layout_kind)random_below(REPEATED)),
                 make_array(s->dtype, 2, dims, C_ORDER)};
  fill_real(&all[0]);
  fill_indices(&all[1], s->rows);
  fill_real(&all[2]);
  join_naively(s, all, &all[4]);
  const tsr_scatter_attrs attrs = {AXES(1, 1), AXES(0, 1), AXES(0, 0), AXES(0, 0), AXES(0, 1), 1};
  for (int32_t threads = 1; threads <= 3; threads++) {
    assert_ok(tsr_cpu_set_threads(harness_device, threads));
    run_op(s->op, &attrs, 3, all, &all[3]);
    assert_same_bits(&all[3], &all[4]);
  }
  free_all(all, 5);
}

static void test_updates_are_joined_in_order_by_any_number_of_threads(void **state) {
  (void)state;
  static const tsr_op_id ops[] = {TSR_OP_SCATTER_ADD, TSR_OP_SCATTER_SET, TSR_OP_SCATTER_MUL,
                                  TSR_OP_SCATTER_MIN, TSR_OP_SCATTER_MAX};
  const int32_t threads = tsr_cpu_threads(harness_device);
  for (int o = 0; o < 5; o++) {
    check_scatter(&(scattering){ops[o], TSR_F64, 50, 1, 40000});
    check_scatter(&(scattering){ops[o], TSR_F64, 40000, 1, 40000});
    check_scatter(&(scattering){ops[o], TSR_F32, 7, 2, 517});
    check_scatter(&(scattering){ops[o], TSR_F64, 60, 33, 3000});
    check_scatter(&(scattering){ops[o], TSR_F64, 3, 40000, 5});
  }
  check_scatter(&(scattering){TSR_OP_SCATTER_ADD, TSR_C128, 300, 3, 40000});
  assert_ok(tsr_cpu_set_threads(harness_device, threads));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_runs_of_every_length_are_fetched),
      cmocka_unit_test(test_blocks_of_places_end_anywhere),
      cmocka_unit_test(test_places_may_follow_a_batch),
      cmocka_unit_test(test_updates_are_joined_in_order_by_any_number_of_threads),
  };
  return cmocka_run_group_tests(tests, open_device, close_device);
}
