/* test_move.c - strided copies against a loop over every index, for every instruction set. */
#include "kernel_harness.h"
#include "kernels/move.h"
#include "variants/variants.h"

#include <stdio.h>

enum {
  AXES = 24,
  GUARD = 128 /* bytes that nobody may touch, on both ends */
};

/* One copy: a shape, and where its elements are on either side, in elements. */
typedef struct shape {
  size_t size;
  int32_t rank;
  int64_t dims[AXES], x[AXES], z[AXES];
} shape;

static int64_t elements(const shape *s) {
  int64_t n = 1;
  for (int32_t i = 0; i < s->rank; i++)
    n *= s->dims[i];
  return n;
}

/* The lowest and the highest offset of a side. */
static void extent(const shape *s, const int64_t *strides, int64_t *low, int64_t *high) {
  *low = *high = 0;
  for (int32_t i = 0; i < s->rank; i++) {
    const int64_t reach = (s->dims[i] - 1) * strides[i];
    *(reach < 0 ? low : high) += reach;
  }
}

typedef struct side {
  char *buffer, *first; /* the element at index 0 */
  size_t bytes;
} side;

/* shift: bytes from an aligned address to the lowest element. */
static side make_side(const shape *s, const int64_t *strides, size_t shift) {
  int64_t low, high;
  extent(s, strides, &low, &high);
  side a;
  a.bytes = ((size_t)(high - low + 1) * s->size + shift + 2 * GUARD + 63) / 64 * 64;
  a.buffer = aligned_alloc(64, a.bytes);
  assert_non_null(a.buffer);
  for (size_t i = 0; i < a.bytes; i++)
    a.buffer[i] = (char)(random_u64() >> 32);
  a.first = a.buffer + GUARD + shift - low * (int64_t)s->size;
  return a;
}

/* One element after the other. */
static void copy_plainly(const shape *s, const char *x, char *z) {
  int64_t index[AXES] = {0};
  for (int64_t n = elements(s); n > 0; n--) {
    int64_t from = 0, to = 0;
    for (int32_t i = 0; i < s->rank; i++) {
      from += index[i] * s->x[i];
      to += index[i] * s->z[i];
    }
    memcpy(z + to * (int64_t)s->size, x + from * (int64_t)s->size, s->size);
    for (int32_t i = s->rank - 1; i >= 0 && ++index[i] == s->dims[i]; i--)
      index[i] = 0;
  }
}

static void assert_same(const shape *s, const side *z, const char *wanted, const char *how) {
  if (!memcmp(z->buffer, wanted, z->bytes)) return;
  size_t i = 0;
  while (z->buffer[i] == wanted[i])
    i++;
  char text[512];
  int used = snprintf(text, sizeof text, "%s, %zu bytes each: byte %td is wrong;", how, s->size,
                      z->buffer + i - z->first);
  for (int32_t k = 0; k < s->rank && used < 400; k++)
    used += snprintf(text + used, sizeof text - (size_t)used, " %lld (%lld -> %lld)",
                     (long long)s->dims[k], (long long)s->x[k], (long long)s->z[k]);
  fail_msg("%s", text);
}

/* Blocks in an order and in pieces that no thread would take. */
static void run_in_pieces(const tsri_copy *c, const char *x, char *z) {
  int64_t end = c->blocks;
  while (end > 0) {
    const int64_t n = 1 + random_below(end);
    tsri_copy_blocks(c, x, z, end - n, end);
    end -= n;
  }
}

static void check_with(const shape *s, const tsri_mover_table *table, tsri_copy_stores stores,
                       const char *name) {
  side x = make_side(s, s->x, (size_t)random_below(64)),
       z = make_side(s, s->z, random_below(2) ? 0 : (size_t)random_below(64));
  char *before = malloc(z.bytes), *wanted = malloc(z.bytes);
  void *memory = calloc(1, tsri_copy_bytes(s->rank, s->dims));
  assert_true(before && wanted && memory);
  memcpy(before, z.buffer, z.bytes);
  copy_plainly(s, x.first, z.first);
  memcpy(wanted, z.buffer, z.bytes);
  memcpy(z.buffer, before, z.bytes);
  tsri_copy c;
  tsri_copy_init_with(&c, memory, s->size, s->rank, s->dims, s->x, s->z, table, stores);
  assert_ok(tsri_copy_run(&c, harness_device->stream, x.first, z.first));
  assert_same(s, &z, wanted, name);
  memcpy(z.buffer, before, z.bytes);
  run_in_pieces(&c, x.first, z.first);
  assert_same(s, &z, wanted, name);
  free(memory);
  free(before);
  free(wanted);
  free(x.buffer);
  free(z.buffer);
}

/* With every instruction set, within the caches and past them. */
static void check(const shape *s) {
  for (int32_t i = 0; tsri_variant_at(i); i++) {
    const tsri_variant *v = tsri_variant_at(i);
    check_with(s, v->movers, TSRI_COPY_CACHED, v->name);
    check_with(s, v->movers, TSRI_COPY_PAST, v->name);
  }
}

/* With one of them, for shapes that come in thousands. */
static void check_one(const shape *s) {
  int32_t n = 0;
  while (tsri_variant_at(n))
    n++;
  const tsri_variant *v = tsri_variant_at((int32_t)random_below(n));
  check_with(s, v->movers, random_below(2) ? TSRI_COPY_PAST : TSRI_COPY_CACHED, v->name);
}

/* Dense strides of axes in an order, the last innermost; gap: elements left out after an axis
 * of a random kind; signs: some axes run backwards.
 */
static void set_strides(const shape *s, const int32_t *order, int64_t gap, bool signs,
                        int64_t *strides) {
  int64_t step = gap ? 1 + random_below(gap + 1) : 1;
  for (int32_t i = s->rank - 1; i >= 0; i--) {
    const int32_t a = order[i];
    strides[a] = signs && random_below(3) == 0 ? -step : step;
    step = step * s->dims[a] + (gap ? random_below(gap + 1) : 0);
  }
}

static void shuffle(int32_t n, int32_t *order) {
  for (int32_t i = 0; i < n; i++)
    order[i] = i;
  for (int32_t i = n - 1; i > 0; i--) {
    const int32_t k = (int32_t)random_below(i + 1), t = order[i];
    order[i] = order[k];
    order[k] = t;
  }
}

static bool next_permutation(int32_t n, int32_t *p) {
  int32_t i = n - 2, k = n - 1;
  while (i >= 0 && p[i] > p[i + 1])
    i--;
  if (i < 0) return false;
  while (p[k] < p[i])
    k--;
  int32_t t = p[i];
  p[i] = p[k];
  p[k] = t;
  for (i++, k = n - 1; i < k; i++, k--) {
    t = p[i];
    p[i] = p[k];
    p[k] = t;
  }
  return true;
}

static void test_every_permutation_up_to_rank_six(void **state) {
  (void)state;
  static const int64_t sizes[6][6] = {
      {331, 1,  1,  1, 1, 1},
      {37,  70, 1,  1, 1, 1},
      {17,  9,  33, 1, 1, 1},
      {9,   5,  16, 3, 1, 1},
      {3,   8,  2,  5, 7, 1},
      {2,   3,  4,  3, 2, 5}
  };
  for (int32_t rank = 1; rank <= 6; rank++) {
    int32_t natural[6] = {0, 1, 2, 3, 4, 5}, order[6] = {0, 1, 2, 3, 4, 5};
    do
      for (size_t size = 1; size <= 16; size *= 2) {
        shape s = {.size = size, .rank = rank};
        memcpy(s.dims, sizes[rank - 1], sizeof *s.dims * (size_t)rank);
        set_strides(&s, order, 0, false, s.x);
        set_strides(&s, natural, 0, false, s.z);
        if (rank < 5)
          check(&s);
        else
          check_one(&s);
      }
    while (next_permutation(rank, order));
  }
}

/* Any shape of up to 12 axes, with gaps, backwards, and repeated in the source. */
static void test_random_strides(void **state) {
  (void)state;
  for (int trial = 0; trial < 4000; trial++) {
    shape s = {.size = (size_t)1 << random_below(5), .rank = (int32_t)random_below(13)};
    int64_t room = INT64_C(1) << random_below(14);
    int32_t order[12];
    for (int32_t i = 0; i < s.rank; i++) {
      const int64_t most = tsri_min(room, random_below(3) ? 4 : 200);
      s.dims[i] = 1 + random_below(most);
      room /= s.dims[i];
    }
    shuffle(s.rank, order);
    set_strides(&s, order, random_below(3), random_below(2), s.x);
    if (random_below(2)) shuffle(s.rank, order);
    set_strides(&s, order, random_below(3) ? 0 : 3, random_below(4) == 0, s.z);
    for (int32_t i = 0; i < s.rank; i++)
      if (random_below(8) == 0) s.x[i] = 0;
    check_one(&s);
  }
}

static void test_many_axes_of_two_and_three(void **state) {
  (void)state;
  static const int32_t counts[] = {20, 12};
  for (int32_t k = 0; k < 2; k++)
    for (size_t size = 1; size <= 16; size *= 2) {
      shape s = {.size = size, .rank = counts[k] - (k == 0 && size > 4 ? 2 : 0)};
      int32_t order[AXES], back[AXES];
      for (int32_t i = 0; i < s.rank; i++) {
        s.dims[i] = 2 + k;
        back[i] = s.rank - 1 - i;
        order[i] = i;
      }
      set_strides(&s, back, 0, false, s.x);
      set_strides(&s, order, 0, false, s.z);
      check_one(&s);
      shuffle(s.rank, back);
      set_strides(&s, back, 0, false, s.x);
      check_one(&s);
    }
}

/* Short runs, steps, repeats and elements in turn, of any length. */
static void test_one_and_two_axes(void **state) {
  (void)state;
  static const int64_t lengths[] = {1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65, 100, 1025};
  for (size_t size = 1; size <= 16; size *= 2)
    for (int i = 0; i < 16; i++)
      for (int64_t step = -3; step <= 9; step++) {
        const int64_t n = lengths[i], far = 9 * n + 9;
        check_one(&(shape){size, 1, {n}, {step}, {1}});
        check_one(&(shape){size, 1, {n}, {1}, {step ? step : 1}});
        check_one(&(shape){
            size, 2, {13,  n   },
              {far, step},
              {n,   1   }
        });
        check_one(&(shape){
            size, 2, {n, 3},
              {1, n},
              {3, 1}
        });
        check_one(&(shape){
            size, 2, {3, n},
              {1, 3},
              {n, 1}
        });
        check_one(&(shape){
            size, 2, {n,               5},
              {5 + step * step, 1},
              {5,               1}
        });
      }
}

static void test_large_copies(void **state) {
  (void)state;
  check_one(&(shape){
      8, 2, {1500, 1024},
        {1,    1500},
        {1024, 1   }
  });
  check_one(&(shape){
      4, 2, {1999, 1501},
        {1,    1999},
        {1501, 1   }
  });
  check_one(&(shape){
      2, 2, {2048, 2048},
        {1,    2048},
        {2048, 1   }
  });
  check_one(&(shape){
      1, 2, {2047, 3000},
        {1,    2047},
        {3000, 1   }
  });
  check_one(&(shape){
      16, 3, {50,    40,    300},
        {300,   15000, 1  },
        {12000, 300,   1  }
  });
  check_one(&(shape){8, 1, {1000003}, {1}, {1}});
  check_one(&(shape){4, 1, {1000003}, {0}, {1}});
  check_one(&(shape){4, 1, {1000003}, {-1}, {1}});
}

static void test_nothing_is_copied_where_a_size_is_zero(void **state) {
  (void)state;
  char memory[1 << 16];
  const int64_t dims[] = {3, 0, 5}, strides[] = {5, 5, 1};
  assert_true(tsri_copy_bytes(3, dims) <= sizeof memory);
  tsri_copy c;
  tsri_copy_init(&c, memory, harness_device, 4, 3, dims, strides, strides);
  assert_int_equal(c.blocks, 0);
  assert_ok(tsri_copy_run(&c, harness_device->stream, NULL, NULL));
}

/* The movers of matrices that the vector machine calls. */
static void test_strided_matrices(void **state) {
  (void)state;
  static const int64_t steps[] = {1, 2, 3, 40, -1, -2, 0};
  for (int trial = 0; trial < 4000; trial++) {
    shape s = {.size = (size_t)1 << random_below(5), .rank = 2};
    s.dims[0] = 1 + random_below(random_below(2) ? 5 : 150);
    s.dims[1] = 1 + random_below(random_below(2) ? 5 : 150);
    const int32_t inner = (int32_t)random_below(2);
    s.z[inner] = random_below(4) ? 1 : 3;
    s.z[1 - inner] = 3 * s.dims[inner];
    s.x[0] = steps[random_below(7)];
    s.x[1] = random_below(2) ? 1 : steps[random_below(7)] * s.dims[0];
    side x = make_side(&s, s.x, (size_t)random_below(64)),
         z = make_side(&s, s.z, (size_t)random_below(64));
    char *before = malloc(z.bytes), *wanted = malloc(z.bytes);
    assert_true(before && wanted);
    memcpy(before, z.buffer, z.bytes);
    copy_plainly(&s, x.first, z.first);
    memcpy(wanted, z.buffer, z.bytes);
    for (int32_t i = 0; tsri_variant_at(i); i++) {
      memcpy(z.buffer, before, z.bytes);
      tsri_variant_at(i)->movers->sizes[__builtin_ctzll(s.size)].strided(
          s.dims[0], s.dims[1], x.first, s.x[0], s.x[1], z.first, s.z[0], s.z[1]);
      assert_same(&s, &z, wanted, tsri_variant_at(i)->name);
    }
    free(before);
    free(wanted);
    free(x.buffer);
    free(z.buffer);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_permutation_up_to_rank_six),
      cmocka_unit_test(test_random_strides),
      cmocka_unit_test(test_many_axes_of_two_and_three),
      cmocka_unit_test(test_one_and_two_axes),
      cmocka_unit_test(test_large_copies),
      cmocka_unit_test(test_nothing_is_copied_where_a_size_is_zero),
      cmocka_unit_test(test_strided_matrices),
  };
  return cmocka_run_group_tests(tests, open_device, close_device);
}
