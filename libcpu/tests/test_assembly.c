/* test_assembly.c - arrays made of boxes, so large that they are put together piece by piece, against
 * index formulas; within the caches and past them.
 */
#include "device_internal.h"
#include "kernel_harness.h"

enum {
  RANK = 4
};

static void fill_randomly(const array *a) {
  const size_t size = tsr_dtype_size(a->dtype);
  for (int64_t i = 0; i < count_of(a); i++) {
    const uint64_t v[2] = {random_u64(), random_u64()};
    memcpy(at(a, i), v, size);
  }
}

static void assert_element(const array *z, int64_t i, const array *x, int64_t j) {
  if (memcmp(at(z, i), at(x, j), tsr_dtype_size(z->dtype)))
    fail_msg("element %lld is not element %lld of the input", (long long)i, (long long)j);
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

static layout_kind often(layout_kind usual, layout_kind kinds) {
  return random_below(3) ? usual : (layout_kind)random_below(kinds);
}

/* Every second array exceeds the last cache. */
static void any_cache(void) {
  ((tsri_cpu_device *)(void *)harness_device)->cache = random_below(2) ? SIZE_MAX : 4096;
}

/* About 20 k elements; one axis, or the first, is longer than others. */
static void any_dims(int32_t rank, int64_t *dims) {
  int64_t room = 20000;
  for (int32_t k = rank - 1; k >= 0; k--) {
    dims[k] = k == 0 ? 1 + random_below(room) : 1 + random_below(random_below(3) ? 20 : room);
    room = tsri_max(1, room / dims[k]);
  }
}

static tsr_dtype any_dtype(void) { return (tsr_dtype)random_below(TSR_DTYPE_COUNT); }

static void test_pads_of_any_axes(void **state) {
  (void)state;
  for (int trial = 0; trial < 50; trial++) {
    const int32_t rank = 1 + (int32_t)random_below(RANK);
    const tsr_dtype dtype = any_dtype();
    int64_t dims[RANK], out_dims[RANK], between[RANK] = {0};
    tsr_dim low[RANK], high[RANK];
    any_dims(rank, dims);
    for (int32_t k = 0; k < rank; k++) {
      low[k] = tsr_dim_of(random_below(2) ? 0 : random_below(6) - 1);
      high[k] = tsr_dim_of(random_below(2) ? 0 : random_below(6) - 1);
      if (random_below(12) == 0) between[k] = random_below(3);
      out_dims[k] = tsri_max(0, low[k].n + high[k].n + dims[k] + (dims[k] - 1) * between[k]);
      high[k].n = out_dims[k] - low[k].n - dims[k] - (dims[k] - 1) * between[k];
    }
    const tsr_pad_attrs attrs = {
        {low,     (size_t)rank},
        {high,    (size_t)rank},
        {between, (size_t)rank}
    };
    array in[2] = {make_array(dtype, rank, dims, often(C_ORDER, LAYOUTS)),
                   make_array(dtype, 0, NULL, C_ORDER)};
    array z = make_array(dtype, rank, out_dims, often(C_ORDER, REPEATED));
    fill_randomly(&in[0]);
    fill_randomly(&in[1]);
    any_cache();
    run_op(TSR_OP_PAD, &attrs, 2, in, &z);
    for (int64_t i = 0; i < count_of(&z); i++) {
      int64_t index[RANK];
      bool inside = true;
      split(&z, i, index);
      for (int32_t k = 0; k < rank; k++) {
        const int64_t place = index[k] - low[k].n, step = 1 + between[k];
        inside &= place >= 0 && place % step == 0 && place / step < dims[k];
        index[k] = place / step;
      }
      assert_element(&z, i, &in[!inside], inside ? number(&in[0], index) : 0);
    }
    free_array(&in[0]);
    free_array(&in[1]);
    free_array(&z);
  }
}

static void test_arrays_side_by_side(void **state) {
  (void)state;
  for (int trial = 0; trial < 50; trial++) {
    const int32_t rank = 1 + (int32_t)random_below(RANK), axis = (int32_t)random_below(rank);
    const tsr_dtype dtype = any_dtype();
    const int n = 1 + (int)random_below(4);
    int64_t dims[RANK], sizes[4], total = 0;
    array in[4];
    any_dims(rank, dims);
    for (int i = 0; i < n; i++) {
      total += sizes[i] = random_below(5) ? 1 + dims[axis] / (1 + random_below(6)) : 0;
      int64_t one[RANK];
      memcpy(one, dims, sizeof one);
      one[axis] = sizes[i];
      in[i] = make_array(dtype, rank, one, often(C_ORDER, LAYOUTS));
      fill_randomly(&in[i]);
    }
    dims[axis] = total;
    array z = make_array(dtype, rank, dims, often(C_ORDER, REPEATED));
    const tsr_concatenate_attrs attrs = {axis};
    any_cache();
    run_op(TSR_OP_CONCATENATE, &attrs, n, in, &z);
    for (int64_t i = 0; i < count_of(&z); i++) {
      int64_t index[RANK];
      int which = 0;
      split(&z, i, index);
      while (index[axis] >= sizes[which])
        index[axis] -= sizes[which++];
      assert_element(&z, i, &in[which], number(&in[which], index));
    }
    for (int i = 0; i < n; i++)
      free_array(&in[i]);
    free_array(&z);
  }
}

/* A window, and the operand around it. */
static void test_updates_of_any_window(void **state) {
  (void)state;
  for (int trial = 0; trial < 40; trial++) {
    const int32_t rank = 1 + (int32_t)random_below(3);
    const int64_t n_starts[] = {rank};
    const tsr_dtype dtype = any_dtype();
    int64_t dims[RANK], window[RANK], first[RANK];
    any_dims(rank, dims);
    array starts = make_array(TSR_I64, 1, n_starts, C_ORDER);
    for (int32_t k = 0; k < rank; k++) {
      window[k] = random_below(2) ? dims[k] : 1 + random_below(dims[k]);
      const int64_t start = random_below(dims[k] + 4) - 2;
      first[k] = tsri_max(0, tsri_min(start, dims[k] - window[k]));
      memcpy(at(&starts, k), &start, sizeof start);
    }
    array in[3] = {make_array(dtype, rank, dims, often(C_ORDER, LAYOUTS)),
                   make_array(dtype, rank, window, often(C_ORDER, LAYOUTS)), starts};
    array z = make_array(dtype, rank, dims, often(C_ORDER, REPEATED));
    fill_randomly(&in[0]);
    fill_randomly(&in[1]);
    any_cache();
    run_op(TSR_OP_DYNAMIC_UPDATE_SLICE, NULL, 3, in, &z);
    for (int64_t i = 0; i < count_of(&z); i++) {
      int64_t index[RANK];
      bool inside = true;
      split(&z, i, index);
      for (int32_t k = 0; k < rank; k++) {
        index[k] -= first[k];
        inside &= index[k] >= 0 && index[k] < window[k];
      }
      assert_element(&z, i, &in[inside], inside ? number(&in[1], index) : i);
    }
    for (int i = 0; i < 3; i++)
      free_array(&in[i]);
    free_array(&z);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_pads_of_any_axes),
      cmocka_unit_test(test_arrays_side_by_side),
      cmocka_unit_test(test_updates_of_any_window),
  };
  return cmocka_run_group_tests(tests, open_device, close_device);
}
