/* test_indexing_rules.c - gather and scatters, over random dimension numbers. */
#include "rule_check.h"
#include "trace_test.h"

#include <stdio.h>

/* ---- random dimension numbers ---- */

typedef struct numbers {
  int64_t window[8], dropped[4], batching[4], paired[4], map[4], vector_dim;
  size_t n_window, n_dropped, n_batching, n_map;
  int64_t operand[4], indices[8], result[8]; /* sizes */
  size_t rank, indices_rank, result_rank;
  tsr_dim slices[4];
} numbers;

static uint32_t seed = 1;
/* 0 .. n - 1 (Park, Miller, 1988) */
static int64_t draw(int64_t n) {
  seed = (uint32_t)((uint64_t)seed * 48271 % 2147483647);
  return (int64_t)(seed >> 7) % n;
}

/* Every operand axis gets a role; every axis that is not batching may be indexed. */
static void draw_operand(numbers *s) {
  s->rank = 1 + (size_t)draw(4);
  for (size_t k = 0; k < s->rank; k++) {
    const int64_t role = draw(4), size = s->operand[k] = 1 + draw(4);
    s->slices[k] = tsr_dim_of(role >= 2 ? 1 + draw(size) : 1);
    if (role == 0) s->batching[s->n_batching++] = (int64_t)k;
    if (role == 1) s->dropped[s->n_dropped++] = (int64_t)k;
    if (role >= 2) s->n_window++;
    if (role == 0 || draw(3) == 0) continue;
    const size_t at = (size_t)draw((int64_t)s->n_map + 1);
    memmove(&s->map[at + 1], &s->map[at], (s->n_map++ - at) * sizeof *s->map);
    s->map[at] = (int64_t)k;
  }
}

/* Axes of indices: those paired with batching ones in any order, up to two more, and the
 * components unless there is one and it is left out.
 */
static void draw_indices(numbers *s) {
  const size_t n_free = (size_t)draw(3), n = n_free + s->n_batching;
  const bool implicit = s->n_map == 1 && draw(2) == 0;
  s->indices_rank = n + !implicit;
  s->vector_dim = implicit ? (int64_t)n : draw((int64_t)n + 1);
  for (size_t k = 0; k < s->indices_rank; k++)
    s->indices[k] = (int64_t)k == s->vector_dim ? (int64_t)s->n_map : 1 + draw(3);
  for (size_t j = 0; j < s->n_batching; j++) {
    bool taken;
    do {
      taken = (s->paired[j] = draw((int64_t)s->indices_rank)) == s->vector_dim;
      for (size_t i = 0; i < j; i++)
        taken = taken || s->paired[i] == s->paired[j];
    } while (taken);
    s->indices[s->paired[j]] = s->operand[s->batching[j]];
  }
  s->result_rank = n + s->n_window;
}

/* Window axes stand anywhere among the others. */
static void draw_result(numbers *s) {
  size_t left = s->n_window, w = 0, k = 0, q = 0;
  for (size_t i = 0; i < s->result_rank; i++) {
    const bool window = draw((int64_t)(s->result_rank - i)) < (int64_t)left;
    if (!window) {
      if ((int64_t)q == s->vector_dim) q++;
      s->result[i] = s->indices[q++];
      continue;
    }
    for (bool other = true; other; k += other) {
      other = false;
      for (size_t j = 0; j < s->n_dropped; j++)
        other = other || s->dropped[j] == (int64_t)k;
      for (size_t j = 0; j < s->n_batching; j++)
        other = other || s->batching[j] == (int64_t)k;
    }
    s->window[w++] = (int64_t)i;
    s->result[i] = s->slices[k++].n;
    left--;
  }
}

static void each_gather(void (*check)(const tsr_case *), int n) {
  for (int i = 0; i < n; i++) {
    numbers s = {0};
    draw_operand(&s);
    draw_indices(&s);
    draw_result(&s);
    const tsr_gather_attrs attrs = {
        {s.window,   s.n_window  },
        {s.dropped,  s.n_dropped },
        {s.batching, s.n_batching},
        {s.paired,   s.n_batching},
        {s.map,      s.n_map     },
        s.vector_dim,
        {s.slices,   s.rank      }
    };
    char name[32];
    snprintf(name, sizeof name, "gather %d", i);
    const tsr_case c = {
        name,
        TSR_OP_GATHER,
        &attrs,
        2,
        {{i % 3 ? TSR_F64 : TSR_C128, {s.operand, s.rank}, 0, 0},
          {i % 4 ? TSR_I64 : TSR_I32, {s.indices, s.indices_rank}, -2, 5}}
    };
    check(&c);
  }
}

static void each_scatter(tsr_op_id op, void (*check)(const tsr_case *), int n) {
  for (int i = 0; i < n; i++) {
    numbers s = {0};
    draw_operand(&s);
    draw_indices(&s);
    draw_result(&s);
    const tsr_scatter_attrs attrs = {
        {s.window,   s.n_window  },
        {s.dropped,  s.n_dropped },
        {s.batching, s.n_batching},
        {s.paired,   s.n_batching},
        {s.map,      s.n_map     },
        s.vector_dim
    };
    char name[32];
    snprintf(name, sizeof name, "%s %d", tsr_op_core(op)->name, i);
    const bool is_real = i % 3 || !(tsr_op_core(op)->dtypes >> TSR_C128 & 1);
    const tsr_dtype dtype = is_real || check == tsr_check_jvp ? TSR_F64 : TSR_C128;
    const tsr_case c = {
        name,
        op,
        &attrs,
        3,
        {{dtype, {s.operand, s.rank}, 0, 0},
          {i % 4 ? TSR_I64 : TSR_U8, {s.indices, s.indices_rank}, i % 4 ? -2 : 0, 5},
          {dtype, {s.result, s.result_rank}, 0, 0}}
    };
    check(&c);
  }
}

static void transpose_of_gather_is_adjoint(void **state) {
  (void)state;
  each_gather(tsr_check_transpose, 300);
}
static void transposes_of_scatters_are_adjoint(void **state) {
  (void)state;
  each_scatter(TSR_OP_SCATTER_ADD, tsr_check_transpose, 200);
  each_scatter(TSR_OP_SCATTER_SET, tsr_check_transpose, 200);
  each_scatter(TSR_OP_SCATTER_MUL, tsr_check_transpose, 100);
}
static void tangents_of_scatters_are_differences(void **state) {
  (void)state;
  each_scatter(TSR_OP_SCATTER_MUL, tsr_check_jvp, 60);
  each_scatter(TSR_OP_SCATTER_MIN, tsr_check_jvp, 40);
  each_scatter(TSR_OP_SCATTER_MAX, tsr_check_jvp, 40);
}
static void batch_of_gather_is_a_loop(void **state) {
  (void)state;
  each_gather(tsr_check_batch, 25);
}
static void batches_of_scatters_are_loops(void **state) {
  (void)state;
  each_scatter(TSR_OP_SCATTER_ADD, tsr_check_batch, 4);
  each_scatter(TSR_OP_SCATTER_SET, tsr_check_batch, 4);
  each_scatter(TSR_OP_SCATTER_MUL, tsr_check_batch, 2);
  each_scatter(TSR_OP_SCATTER_MAX, tsr_check_batch, 2);
}

/* ---- one window ---- */

static void each_window(void (*check)(const tsr_case *)) {
  const tsr_dynamic_slice_attrs some = {TSR_SHAPE({2}, {3})}, none = {TSR_SHAPE({0}, {3})};
  const tsr_dynamic_slice_attrs number = {TSR_NO_SHAPE};
  const tsr_operand starts = TSR_I64_OF(-2, 5, 2), matrix = TSR_F64_OF(4, 5);
  const tsr_operand no_starts = TSR_I64_OF(0, 1, 0), pair = TSR_C128_OF(4, 5);
  const tsr_case cases[] = {
      {"slice",              TSR_OP_DYNAMIC_SLICE,        &some,   2, {matrix, starts}                   },
      {"slice: complex",     TSR_OP_DYNAMIC_SLICE,        &some,   2, {pair, starts}                     },
      {"slice: of nothing",  TSR_OP_DYNAMIC_SLICE,        &none,   2, {matrix, starts}                   },
      {"slice: a number",    TSR_OP_DYNAMIC_SLICE,        &number, 2, {TSR_NUMBER_OF(TSR_F64), no_starts}},
      {"update",             TSR_OP_DYNAMIC_UPDATE_SLICE, NULL,    3, {matrix, TSR_F64_OF(2, 3), starts} },
      {"update: complex",    TSR_OP_DYNAMIC_UPDATE_SLICE, NULL,    3, {pair, TSR_C128_OF(4, 1), starts}  },
      {"update: by nothing",
       TSR_OP_DYNAMIC_UPDATE_SLICE,                       NULL,
       3,                                                             {matrix, TSR_F64_OF(2, 0), starts} },
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    check(&cases[i]);
}

static void transposes_of_windows_are_adjoint(void **state) {
  (void)state;
  each_window(tsr_check_transpose);
}
static void batches_of_windows_are_loops(void **state) {
  (void)state;
  each_window(tsr_check_batch);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(transpose_of_gather_is_adjoint),
      cmocka_unit_test(transposes_of_scatters_are_adjoint),
      cmocka_unit_test(tangents_of_scatters_are_differences),
      cmocka_unit_test(batch_of_gather_is_a_loop),
      cmocka_unit_test(batches_of_scatters_are_loops),
      cmocka_unit_test(transposes_of_windows_are_adjoint),
      cmocka_unit_test(batches_of_windows_are_loops),
  };
  return cmocka_run_group_tests_name("internalops/indexing_rules", tests, NULL, NULL);
}
