/* test_kernel_sort.c - lines around every size at which sort goes another way, with keys that make
 * it hard, against a comparison sort of the C library.
 */
#include "kernel_harness.h"

static const int64_t lengths[] = {1,  2,  3,  4,  5,   7,   8,   9,   31,   32,   33,
                                  64, 65, 96, 97, 191, 192, 193, 300, 1000, 5000, 70000};
enum {
  N_LENGTHS = sizeof lengths / sizeof *lengths
};

/* What keys are like. */
typedef enum keys {
  RANDOM,
  FEW,
  SORTED,
  FALLING,
  CLUSTERS, /* two values far apart, and noise in the last bits */
  EQUAL,
  SPECIAL, /* NaN, infinities and both zeros */
  KEYS
} keys;

static double key_of(keys kind, int64_t i) {
  static const double special[] = {NAN, INFINITY, -INFINITY, 0.0, -0.0, 1, -1, 0x1p-1074};
  switch (kind) {
  case RANDOM:
    return random_real() * 1e9;
  case FEW:
    return (double)(random_below(5) - 2);
  case SORTED:
    return (double)i;
  case FALLING:
    return (double)-i;
  case CLUSTERS:
    return random_below(2) ? 1 + (double)random_below(1000) * 0x1p-52 : -1e9;
  case EQUAL:
    return 3;
  default:
    return special[random_below(8)];
  }
}

typedef struct element {
  double key[2];
  int64_t place;
} element;

static int relation(double x, double y, bool falling) {
  if (isnan(x) || isnan(y)) return isnan(x) - isnan(y);
  return falling ? (x < y) - (x > y) : (x > y) - (x < y);
}
static int compare(const element *x, const element *y, bool falling) {
  int sign = relation(x->key[0], y->key[0], falling);
  if (sign == 0) sign = relation(x->key[1], y->key[1], falling);
  return sign ? sign : (x->place > y->place) - (x->place < y->place);
}
static int rising_order(const void *x, const void *y) { return compare(x, y, false); }
static int falling_order(const void *x, const void *y) { return compare(x, y, true); }

/* One line by one key alone, by one key with places, and by two keys; all as the C library does. */
static void check(tsr_dtype d, keys kind, int64_t n, tsr_sort_order order, layout_kind layout) {
  array in[] = {make_array(d, 1, &n, layout), make_array(TSR_I8, 1, &n, layout),
                make_array(TSR_I64, 1, &n, C_ORDER)};
  array out[] = {make_array(d, 1, &n, C_ORDER), make_array(TSR_I8, 1, &n, layout),
                 make_array(TSR_I64, 1, &n, C_ORDER)};
  element *e = calloc((size_t)n + 1, sizeof *e);
  const bool falling = order == TSR_DESCENDING;
  for (int64_t i = 0; i < n; i++) {
    set(&in[0], i, key_of(kind, i));
    set(&in[1], i, (double)(random_below(7) - 3));
    set(&in[2], i, (double)i);
  }
  for (int n_keys = 1; n_keys <= 2; n_keys++) {
    for (int64_t i = 0; i < n; i++)
      e[i] = (element){
          {creal(get(&in[0], i)), n_keys == 2 ? creal(get(&in[1], i)) : 0},
          i
      };
    qsort(e, (size_t)n, sizeof *e, falling ? falling_order : rising_order);
    const tsr_sort_attrs attrs = {0, order, n_keys};
    for (int32_t n_in = n_keys == 1 ? 1 : 3; n_in <= 3; n_in += 2) {
      run_rows(TSR_OP_SORT, &attrs, n_in, in, n_in, out, INT32_MAX);
      for (int32_t j = 0; j < n_in; j++)
        for (int64_t i = 0; i < n; i++)
          assert_memory_equal(at(&out[j], i), at(&in[j], e[i].place), tsr_dtype_size(in[j].dtype));
    }
  }
  free(e);
  for (int j = 0; j < 3; j++) {
    free_array(&in[j]);
    free_array(&out[j]);
  }
}

static void check_dtype(tsr_dtype d, int64_t n) {
  const bool real = tsr_dtype_kind(d) == TSR_KIND_REAL;
  for (int kind = RANDOM; kind < KEYS; kind++) {
    if (!real && kind == SPECIAL) continue;
    check(d, (keys)kind, n, kind % 2 ? TSR_DESCENDING : TSR_ASCENDING,
          (layout_kind)random_below(REPEATED));
    if (n < 1000) check(d, (keys)kind, n, kind % 2 ? TSR_ASCENDING : TSR_DESCENDING, SPACED);
  }
}

static void test_lines_of_any_length_and_kind_are_sorted(void **state) {
  (void)state;
  static const tsr_dtype dtypes[] = {TSR_F64, TSR_F32, TSR_I64, TSR_I32};
  const int32_t threads = tsr_cpu_threads(harness_device);
  for (int32_t n = 1; n <= 3; n++) {
    assert_ok(tsr_cpu_set_threads(harness_device, n));
    for (int i = 0; i < N_LENGTHS; i++)
      for (int d = 0; d < (lengths[i] > 1000 ? 2 : 4); d++)
        if (n == 1 || lengths[i] > 1000) check_dtype(dtypes[d], lengths[i]);
  }
  assert_ok(tsr_cpu_set_threads(harness_device, threads));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_lines_of_any_length_and_kind_are_sorted),
  };
  return cmocka_run_group_tests(tests, open_device, close_device);
}
