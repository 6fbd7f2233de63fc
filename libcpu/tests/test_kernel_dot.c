/* test_kernel_dot.c - dot_general against the sum that defines it. */
#include "kernel_harness.h"

static const int64_t ax[] = {0, 1, 2, 3, 0};
#define AXES(from, count)                                                                          \
  { ax + (from), (count) }

static const struct {
  tsr_dot_general_attrs attrs;
  int32_t x_rank, y_rank, z_rank;
  int64_t x[4], y[4], z[5];
} cases[] = {
    {{{0}, {0}, AXES(1, 1), AXES(0, 1)},               2, 2, 2, {3, 4},       {4, 5},     {3, 5}    },
    {{{0}, {0}, AXES(1, 1), AXES(0, 1)},               2, 2, 2, {30, 41},     {41, 50},   {30, 50}  },
    {{{0}, {0}, AXES(0, 1), AXES(1, 1)},               2, 2, 2, {41, 30},     {50, 41},   {30, 50}  },
    {{{0}, {0}, AXES(0, 1), AXES(0, 1)},               1, 1, 0, {100},        {100},      {0}       },
    {{{0}, {0}, AXES(1, 1), AXES(0, 1)},               2, 1, 1, {40, 20},     {20},       {40}      },
    {{{0}, {0}, AXES(0, 1), AXES(0, 1)},               1, 2, 1, {20},         {20, 40},   {40}      },
    {{{0}, {0}, {0}, {0}},                             1, 2, 3, {20},         {3, 4},     {20, 3, 4}},
    {{{0}, {0}, {0}, {0}},                             0, 0, 0, {0},          {0},        {0}       },
    {{AXES(0, 1), AXES(0, 1), AXES(2, 1), AXES(1, 1)}, 3, 3, 3, {6, 3, 4},    {6, 4, 5},  {6, 3, 5} },
    {{AXES(0, 1), AXES(0, 1), AXES(2, 1), AXES(1, 1)},
     3,                                                   3,
     3,                                                         {6, 13, 14},
     {6, 14, 15},
     {6, 13, 15}                                                                                    },
 /* batch axis last on the right, two contracted axes in another order */
    {{AXES(0, 1), AXES(2, 1), AXES(1, 2), AXES(0, 2)}, 4, 3, 2, {5, 6, 7, 8}, {6, 7, 5},  {5, 8}    },
    {{AXES(1, 1), AXES(3, 1), AXES(3, 2), AXES(1, 2)},
     4,                                                   4,
     4,                                                         {7, 2, 9, 6},
     {10, 6, 7, 2},
     {2, 9, 10, 1}                                                                                  },
    {{{0}, {0}, AXES(1, 1), AXES(0, 1)},               2, 2, 2, {3, 0},       {0, 5},     {3, 5}    },
    {{{0}, {0}, AXES(1, 1), AXES(0, 1)},               2, 2, 2, {0, 4},       {4, 5},     {0, 5}    },
    {{{0}, {0}, AXES(1, 1), AXES(0, 1)},               2, 2, 2, {520, 530},   {530, 540}, {520, 540}},
};
enum {
  N_CASES = sizeof cases / sizeof cases[0]
};

static bool has(tsr_axes axes, int64_t a) {
  for (size_t i = 0; i < axes.n; i++)
    if (axes.data[i] == a) return true;
  return false;
}

static void split(const array *a, int64_t i, int64_t *index) {
  for (int32_t k = a->rank - 1; k >= 0; k--) {
    index[k] = i % a->dims[k];
    i /= a->dims[k];
  }
}
static int64_t number(const array *a, const int64_t *index) {
  int64_t i = 0;
  for (int32_t k = 0; k < a->rank; k++)
    i = i * a->dims[k] + index[k];
  return i;
}

/* Element i of the result, by the definition. */
static double complex define(const tsr_dot_general_attrs *d, const array *x, const array *y,
                             const array *z, int64_t i) {
  int64_t index[5], xi[4] = {0}, yi[4] = {0}, n_k = 1;
  split(z, i, index);
  int32_t at_z = 0;
  for (size_t k = 0; k < d->lhs_batch.n; k++, at_z++)
    xi[d->lhs_batch.data[k]] = yi[d->rhs_batch.data[k]] = index[at_z];
  for (int32_t a = 0; a < x->rank; a++)
    if (!has(d->lhs_batch, a) && !has(d->lhs_contract, a)) xi[a] = index[at_z++];
  for (int32_t a = 0; a < y->rank; a++)
    if (!has(d->rhs_batch, a) && !has(d->rhs_contract, a)) yi[a] = index[at_z++];
  for (size_t k = 0; k < d->lhs_contract.n; k++)
    n_k *= x->dims[d->lhs_contract.data[k]];
  double complex sum = 0;
  for (int64_t k = 0; k < n_k; k++) {
    int64_t rest = k;
    for (size_t a = d->lhs_contract.n; a-- > 0;) {
      int64_t size = x->dims[d->lhs_contract.data[a]];
      xi[d->lhs_contract.data[a]] = yi[d->rhs_contract.data[a]] = rest % size;
      rest /= size;
    }
    sum += get(x, number(x, xi)) * get(y, number(y, yi));
  }
  return sum;
}

static void check(int c, tsr_dtype d, int32_t max_priority, layout_kind kx, layout_kind ky,
                  layout_kind kz) {
  array in[2] = {make_array(d, cases[c].x_rank, cases[c].x, kx),
                 make_array(d, cases[c].y_rank, cases[c].y, ky)};
  array z = make_array(d, cases[c].z_rank, cases[c].z, kz);
  bool small = d == TSR_I8 || d == TSR_U8 || d == TSR_I16 || d == TSR_U16;
  fill_whole(&in[0], 0, 2);
  fill_whole(&in[1], 0, 2);
  run_rows(TSR_OP_DOT_GENERAL, &cases[c].attrs, 2, in, 1, &z, max_priority);
  int64_t step = count_of(&z) > 20000 ? 997 : 1;
  for (int64_t i = 0; i < count_of(&z); i += step) {
    double complex e = define(&cases[c].attrs, &in[0], &in[1], &z, i);
    size_t bits = 8 * tsr_dtype_size(d);
    if (small && tsr_dtype_kind(d) == TSR_KIND_UNSIGNED)
      e = (double)((uint64_t)creal(e) & UINT64_MAX >> (64 - bits));
    else if (small)
      e = (double)((int64_t)((uint64_t)creal(e) << (64 - bits)) >> (64 - bits));
    assert_number(get(&z, i), e, 0);
  }
  free_array(&in[0]);
  free_array(&in[1]);
  free_array(&z);
}

static void test_every_dtype_in_the_plain_row(void **state) {
  (void)state;
  static const tsr_dtype dtypes[] = {TSR_F32, TSR_F64, TSR_C64, TSR_C128, TSR_I8,  TSR_I16,
                                     TSR_I32, TSR_I64, TSR_U8,  TSR_U16,  TSR_U32, TSR_U64};
  for (int c = 0; c < N_CASES - 1; c++)
    for (int i = 0; i < 12; i++)
      check(c, dtypes[i], 0, (layout_kind)random_below(LAYOUTS), (layout_kind)random_below(LAYOUTS),
            (layout_kind)random_below(REPEATED));
}

static void test_every_layout_through_blas(void **state) {
  (void)state;
  static const tsr_dtype dtypes[] = {TSR_F32, TSR_F64, TSR_C64, TSR_C128};
  for (int c = 0; c < N_CASES - 1; c++)
    for (int i = 0; i < 4; i++)
      for (layout_kind kx = C_ORDER; kx < LAYOUTS; kx++)
        for (layout_kind ky = C_ORDER; ky < LAYOUTS; ky++)
          check(c, dtypes[i], INT32_MAX, kx, ky, (layout_kind)random_below(REPEATED));
  check(N_CASES - 1, TSR_F64, INT32_MAX, C_ORDER, F_ORDER, C_ORDER); /* several tiles */
  check(N_CASES - 1, TSR_C64, INT32_MAX, F_ORDER, C_ORDER, F_ORDER);
  check(N_CASES - 1, TSR_F32, INT32_MAX, SPACED, C_ORDER, SPACED);
}

static void test_strided_matrices_are_not_packed(void **state) {
  (void)state;
  array in[2] = {make_array(TSR_F64, 3, cases[9].x, C_ORDER),
                 make_array(TSR_F64, 3, cases[9].y, C_ORDER)};
  array z = make_array(TSR_F64, 3, cases[9].z, C_ORDER);
  prepared r;
  prepare_op(&r, TSR_OP_DOT_GENERAL, &cases[9].attrs, 2, in, 1, &z, INT32_MAX);
  assert_string_equal(r.row->name, "cpu.dot_general.gemm");
  assert_int_equal(r.p.workspace, 0);
  release_prepared(&r);
  for (int i = 0; i < 2; i++)
    free_array(&in[i]);
  free_array(&z);
}

static void test_threads_change_no_bit(void **state) {
  (void)state;
  int c = N_CASES - 1;
  array in[2] = {make_array(TSR_F32, 2, cases[c].x, C_ORDER),
                 make_array(TSR_F32, 2, cases[c].y, F_ORDER)};
  array a = make_array(TSR_F32, 2, cases[c].z, C_ORDER),
        b = make_array(TSR_F32, 2, cases[c].z, C_ORDER);
  fill_real(&in[0]);
  fill_real(&in[1]);
  int32_t threads = tsr_cpu_threads(harness_device);
  assert_ok(tsr_cpu_set_threads(harness_device, 1));
  run_op(TSR_OP_DOT_GENERAL, &cases[c].attrs, 2, in, &a);
  assert_ok(tsr_cpu_set_threads(harness_device, 4));
  run_op(TSR_OP_DOT_GENERAL, &cases[c].attrs, 2, in, &b);
  assert_ok(tsr_cpu_set_threads(harness_device, threads));
  assert_same_bits(&a, &b);
  array all[] = {in[0], in[1], a, b};
  for (int k = 0; k < 4; k++)
    free_array(&all[k]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_dtype_in_the_plain_row),
      cmocka_unit_test(test_every_layout_through_blas),
      cmocka_unit_test(test_strided_matrices_are_not_packed),
      cmocka_unit_test(test_threads_change_no_bit),
  };
  return cmocka_run_group_tests(tests, open_device, close_device);
}
