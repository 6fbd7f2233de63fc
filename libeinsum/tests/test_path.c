/* test_path.c - many operands: orders of contraction, and gradients through the tree. */
#include "einsum_internal.h"
#include "naive.h"

#include <math.h>
#include <stdio.h>

/* Term i has labels i and i + 1; the output has the first and the last. */
enum {
  CHAIN = 200,
  SIDE = 3
};
static int64_t chain_labels[1000][2];
static tsr_axes chain_axes[1000];

static void make_chain(int n) {
  for (int i = 0; i < n; i++) {
    chain_labels[i][0] = i;
    chain_labels[i][1] = i + 1;
    chain_axes[i] = (tsr_axes){chain_labels[i], 2};
  }
}

/* The product of matrices A_i = 1 + small, and d(sum)/dA_100 = (left^T 1)(1^T right^T). */
static void matrix(int i, double *out) {
  uint64_t seed = (uint64_t)i + 1;
  for (int k = 0; k < SIDE * SIDE; k++)
    out[k] = (k % (SIDE + 1) == 0) + 0.1 * random_part(&seed);
}

static void multiply(const double *x, const double *y, double *out) {
  double z[SIDE * SIDE];
  for (int i = 0; i < SIDE; i++)
    for (int j = 0; j < SIDE; j++) {
      z[i * SIDE + j] = 0;
      for (int k = 0; k < SIDE; k++)
        z[i * SIDE + j] += x[i * SIDE + k] * y[k * SIDE + j];
    }
  memcpy(out, z, sizeof z);
}

static void expected_chain(int from, int to, double *out) {
  double a[SIDE * SIDE];
  for (int k = 0; k < SIDE * SIDE; k++)
    out[k] = k % (SIDE + 1) == 0;
  for (int i = from; i < to; i++) {
    matrix(i, a);
    multiply(out, a, out);
  }
}

static void test_chain_of_200_and_its_gradient(void **state) {
  (void)state;
  tsr_builder *b;
  tsr_program *p = NULL;
  tsr_value in[CHAIN], dx;
  tsr_tensor *tensors[CHAIN], *out[2];
  double a[SIDE * SIDE], want[SIDE * SIDE], left[SIDE * SIDE], right[SIDE * SIDE];
  make_chain(CHAIN);
  assert_ok(tsr_trace_open(rt, &b));
  for (int i = 0; i < CHAIN; i++) {
    in[i] = tsr_input(b, NULL, TSR_F64, TSR_SHAPE(tsr_dim_of(SIDE), tsr_dim_of(SIDE)));
    matrix(i, a);
    assert_ok(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(SIDE, SIDE), a, &tensors[i]));
  }
  tsr_value z = tsr_einsum_numbered(b, tsr_values_of(in, CHAIN), chain_axes, TSR_AXES(0, CHAIN));
  dx = tsr_grad(b, tsr_sum(b, z, TSR_ALL_AXES), in[100]);
  assert_ok(tsr_compile(b, TSR_VALUES(z, dx), &p));
  assert_ok(tsr_program_run(p, cpu, (tsr_tensor_list){tensors, CHAIN}, out, 2));
  double got[SIDE * SIDE];
  assert_ok(tsr_tensor_read(out[0], got, sizeof got));
  expected_chain(0, CHAIN, want);
  assert_close(got, want, SIDE * SIDE, 1e-10, 1e-10);
  expected_chain(0, 100, left);
  expected_chain(101, CHAIN, right);
  assert_ok(tsr_tensor_read(out[1], got, sizeof got));
  for (int i = 0; i < SIDE; i++)
    for (int j = 0; j < SIDE; j++) {
      double column = 0, row = 0;
      for (int k = 0; k < SIDE; k++)
        column += left[k * SIDE + i], row += right[j * SIDE + k];
      want[i * SIDE + j] = column * row;
    }
  assert_close(got, want, SIDE * SIDE, 1e-10, 1e-10);
  /* one contraction less than operands, and a gradient in one of them adds a few more */
  assert_true(tsr_program_count(p, "dot_general") <= CHAIN - 1 + 30);
  tsr_tensors_release(out, 2);
  tsr_tensors_release(tensors, CHAIN);
  tsr_program_release(p);
}

/* 40 letters: a ring with legs, against the same contraction done by transfer matrices. */
static void test_40_operands_with_letters(void **state) {
  (void)state;
  enum {
    N = 40
  };
  tsr_builder *b;
  char formula[4 * N];
  tsr_value in[N];
  double a[SIDE * SIDE], want[SIDE * SIDE], got, trace = 0;
  int at = 0;
  const char *letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN";
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  for (int i = 0; i < N; i++) {
    matrix(i, a);
    in[i] = tsr_from_data(b, TSR_F64, TSR_DIMS(SIDE, SIDE), a);
    at += snprintf(formula + at, sizeof formula - (size_t)at, "%s%c%c", i ? "," : "", letters[i],
                   letters[(i + 1) % N]);
  }
  snprintf(formula + at, sizeof formula - (size_t)at, "->");
  assert_ok(tsr_read(b, tsr_einsum(b, formula, tsr_values_of(in, N)), &got, sizeof got));
  expected_chain(0, N, want);
  for (int i = 0; i < SIDE; i++)
    trace += want[i * (SIDE + 1)];
  assert_near(got, trace, 1e-11, 0.0);
  tsr_builder_close(b);
}

/* 500 operands that all share one label, and no two another one. */
static void test_500_operands_on_one_label(void **state) {
  (void)state;
  enum {
    N = 500
  };
  tsr_builder *b;
  static tsr_value in[N];
  static int64_t label[N];
  static tsr_axes axes[N];
  const double x[] = {1, 2};
  double got[2];
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = tsr_from_data(b, TSR_F64, TSR_DIMS(2), x);
  tsr_value one = tsr_ones(b, TSR_F64, TSR_SHAPE(tsr_dim_of(2)));
  for (int i = 0; i < N; i++) {
    in[i] = i < 10 ? v : one;
    axes[i] = (tsr_axes){&label[i], 1};
  }
  tsr_value z = tsr_einsum_numbered(b, tsr_values_of(in, N), axes, TSR_AXES(0));
  assert_ok(tsr_read(b, z, got, sizeof got));
  assert_true(got[0] == 1 && got[1] == 1024);
  tsr_builder_close(b);
}

/* Flops of a path, and how often each operand is used. */
static double cost_of(const tsri_formula *f, const double *sizes, const tsri_pair *pairs) {
  static bool has[2000][1100];
  static bool used[2000];
  double flops = 0;
  memset(has, 0, sizeof has);
  memset(used, 0, sizeof used);
  for (int32_t i = 0; i < f->n_terms; i++)
    for (int32_t k = 0; k < f->terms[i].n; k++)
      has[i][f->terms[i].labels[k]] = true;
  for (int32_t s = 0; s < f->n_terms - 1; s++) {
    int32_t i = pairs[s].lhs, j = pairs[s].rhs, made = f->n_terms + s;
    assert_true(i < j && j < made && !used[i] && !used[j]);
    used[i] = used[j] = true;
    double step = 1;
    for (int32_t l = 0; l < f->n_names; l++) {
      if (!has[i][l] && !has[j][l]) continue;
      step *= sizes[l];
      bool needed = tsri_term_find(&f->output, l) >= 0;
      for (int32_t o = 0; o < made; o++)
        needed |= !used[o] && has[o][l];
      has[made][l] = needed;
    }
    flops += step;
  }
  return flops;
}

static void test_path_starts_where_it_saves_most(void **state) {
  (void)state;
  tsr_arena arena = {0};
  tsri_formula f;
  tsri_pair *pairs;
  const double sizes[] = {1000, 2, 1000, 2}; /* a b c d */
  assert_ok(tsri_formula_parse("ab,bc,cd->ad", &arena, &f));
  assert_ok(tsri_greedy(f.n_terms, f.terms, &f.output, f.n_names, sizes, &arena, &pairs));
  assert_true(pairs[0].lhs == 1 && pairs[0].rhs == 2);
  assert_true(cost_of(&f, sizes, pairs) == 2 * 1000 * 2 + 1000 * 2 * 2);
  tsr_arena_deinit(&arena);
}

static void test_path_of_a_chain_never_grows_a_term(void **state) {
  (void)state;
  enum {
    N = 1000
  };
  tsr_arena arena = {0};
  tsri_formula f;
  tsri_pair *pairs;
  double sizes[N + 1];
  make_chain(N);
  for (int i = 0; i <= N; i++)
    sizes[i] = 4;
  assert_ok(tsri_formula_number(N, chain_axes, TSR_AXES(0, N), &arena, &f));
  assert_ok(tsri_greedy(f.n_terms, f.terms, &f.output, f.n_names, sizes, &arena, &pairs));
  assert_true(cost_of(&f, sizes, pairs) == (N - 1) * 64);
  tsr_arena_deinit(&arena);
}

static void test_strangers_are_joined_last_and_smallest_first(void **state) {
  (void)state;
  tsr_arena arena = {0};
  tsri_formula f;
  tsri_pair *pairs;
  const double sizes[] = {100, 2, 50, 3};
  assert_ok(tsri_formula_parse("a,b,c,d->abcd", &arena, &f));
  assert_ok(tsri_greedy(f.n_terms, f.terms, &f.output, f.n_names, sizes, &arena, &pairs));
  assert_true(pairs[0].lhs == 1 && pairs[0].rhs == 3);
  assert_true(pairs[1].lhs == 2 && pairs[1].rhs == 4);
  assert_true(pairs[2].lhs == 0 && pairs[2].rhs == 5);
  tsr_arena_deinit(&arena);
}

/* ---- paths as objects ---- */

static void test_path_object_tells_order_and_cost(void **state) {
  (void)state;
  tsr_einsum_path *path;
  const tsr_dims shapes[] = {TSR_DIMS(1000, 2), TSR_DIMS(2, 1000), TSR_DIMS(1000, 2)};
  assert_ok(tsr_einsum_path_create("ab,bc,cd->ad", TSR_F32, shapes, 3, &path));
  assert_int_equal(tsr_einsum_path_steps(path), 2);
  tsr_einsum_step first = tsr_einsum_path_step(path, 0), last = tsr_einsum_path_step(path, 1);
  assert_true(first.lhs == 1 && first.rhs == 2 && first.size == 4);
  assert_true(first.flops == 2 * 2 * 1000 * 2);
  assert_true(last.lhs == 0 && last.rhs == 3 && last.size == 2000 && last.flops == 2 * 1000 * 4);
  tsr_einsum_cost cost = tsr_einsum_path_cost(path);
  assert_true(cost.flops == 16000 && cost.naive == 3.0 * 1000 * 2 * 1000 * 2);
  assert_true(cost.largest == 2000 && cost.peak == 4 * 2004);
  tsr_einsum_path_release(path);
}

static void test_parentheses_set_the_order(void **state) {
  (void)state;
  tsr_einsum_path *path;
  const tsr_dims shapes[] = {TSR_DIMS(1000, 2), TSR_DIMS(2, 1000), TSR_DIMS(1000, 2)};
  assert_ok(tsr_einsum_path_create("(ab,bc),cd->ad", TSR_F64, shapes, 3, &path));
  tsr_einsum_step first = tsr_einsum_path_step(path, 0), last = tsr_einsum_path_step(path, 1);
  assert_true(first.lhs == 0 && first.rhs == 1 && first.size == 1e6);
  assert_true(last.lhs == 3 || last.rhs == 3);
  assert_true(tsr_einsum_path_cost(path).peak == 8 * (1e6 + 2000));
  tsr_einsum_path_release(path);
}

/* Sums within an operand, diagonals and repeated sizes of 1 cost what they read. */
static void test_path_counts_what_happens_within_operands(void **state) {
  (void)state;
  tsr_einsum_path *path;
  const tsr_dims shapes[] = {TSR_DIMS(5, 5, 7), TSR_DIMS(1, 3)};
  assert_ok(tsr_einsum_path_create("iij,ik->ik", TSR_F64, shapes, 2, &path));
  tsr_einsum_cost cost = tsr_einsum_path_cost(path);
  assert_true(cost.flops == 5 * 7 + 5 * 3); /* sum over j of the diagonal; outer product */
  tsr_einsum_path_release(path);
}

static void test_peak_counts_a_written_diagonal(void **state) {
  (void)state;
  tsr_einsum_path *path;
  const tsr_dims shapes[] = {TSR_DIMS(5), TSR_DIMS(5)};
  assert_ok(tsr_einsum_path_create("i,i->ii", TSR_F64, shapes, 2, &path));
  assert_true(tsr_einsum_path_cost(path).peak == 8 * (5 + 25));
  assert_true(tsr_einsum_path_cost(path).largest == 25);
  tsr_einsum_path_release(path);
  assert_ok(tsr_einsum_path_create("i->", TSR_F64, shapes, 1, &path));
  assert_true(tsr_einsum_path_cost(path).peak == 8);
  tsr_einsum_path_release(path);
}

static void test_path_prints_as_a_table(void **state) {
  (void)state;
  tsr_einsum_path *path;
  const tsr_dims shapes[] = {TSR_DIMS(9, 2, 3), TSR_DIMS(3, 4), TSR_DIMS(4, 5)};
  char text[1000], cut[20];
  assert_ok(tsr_einsum_path_create("...iα,(αk,kl)->...il", TSR_F64, shapes, 3, &path));
  size_t n = tsr_einsum_path_format(path, text, sizeof text);
  assert_int_equal(n, strlen(text));
  assert_non_null(strstr(text, "3 operands of f64, 2 steps"));
  assert_non_null(strstr(text, "αk,kl->αl"));
  assert_non_null(strstr(text, "[-1]iα,αl->[-1]il"));
  assert_int_equal(tsr_einsum_path_format(path, NULL, 0), n);
  assert_int_equal(tsr_einsum_path_format(path, cut, sizeof cut), n);
  assert_int_equal(strlen(cut), sizeof cut - 1);
  assert_memory_equal(cut, text, sizeof cut - 1);
  tsr_einsum_path_release(path);
}

static void test_a_path_is_followed_at_other_sizes(void **state) {
  (void)state;
  tsr_einsum_path *path;
  tsr_builder *b;
  const tsr_dims shapes[] = {TSR_DIMS(1000, 2), TSR_DIMS(2, 1000), TSR_DIMS(1000, 2)};
  const double x[] = {1, 2, 3, 4};
  double got[4], want[4];
  assert_ok(tsr_einsum_path_create("ab,bc,cd->da", TSR_F64, shapes, 3, &path));
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 2), x);
  assert_ok(tsr_read(b, tsr_einsum_along(b, path, TSR_VALUES(v, v, v)), got, sizeof got));
  /* [[1, 2], [3, 4]]^3 = [[37, 54], [81, 118]] */
  want[0] = 37, want[1] = 81, want[2] = 54, want[3] = 118;
  assert_memory_equal(got, want, sizeof got);
  (void)tsr_einsum_along(b, NULL, TSR_VALUES(v));
  assert_error_says(tsr_builder_status(b), TSR_ERR_ARGUMENT, "NULL");
  tsr_builder_close(b);
  tsr_einsum_path_release(path);
}

static void test_path_refuses_what_einsum_refuses(void **state) {
  (void)state;
  tsr_einsum_path *path;
  const tsr_dims shapes[] = {
      TSR_DIMS(2, 3), TSR_DIMS(2, 3), TSR_DIMS(-1, 3), {NULL, 2}
  };
  assert_error_says(tsr_einsum_path_create("ij,jk", TSR_F64, shapes, 2, &path), TSR_ERR_SHAPE,
                    "label 'j'", "3", "2");
  assert_null(path);
  assert_error_says(tsr_einsum_path_create("ij,jk", TSR_F64, shapes, 1, &path), TSR_ERR_ARGUMENT,
                    "2 terms", "1 shapes");
  assert_error_says(tsr_einsum_path_create("ij", TSR_F64, shapes + 2, 1, &path), TSR_ERR_SHAPE,
                    "operand 0", "size -1");
  assert_error_says(tsr_einsum_path_create("ij", TSR_F64, shapes + 3, 1, &path), TSR_ERR_ARGUMENT,
                    "operand 0", "no list");
  assert_error_says(tsr_einsum_path_create("ij", TSR_F64, NULL, 1, &path), TSR_ERR_ARGUMENT,
                    "0 shapes");
  assert_error_says(tsr_einsum_path_create("ij", TSR_BOOL, shapes, 1, &path), TSR_ERR_DTYPE,
                    "bool");
  assert_error_says(tsr_einsum_path_create(NULL, TSR_F64, shapes, 1, &path), TSR_ERR_ARGUMENT,
                    "NULL");
}

static tsr_status make_path(void *arg) {
  (void)arg;
  tsr_einsum_path *path;
  const tsr_dims shapes[] = {TSR_DIMS(4, 4, 2), TSR_DIMS(2, 3), TSR_DIMS(3, 5)};
  TSR_TRY(tsr_einsum_path_create("iij,(jk,kl)->il", TSR_F64, shapes, 3, &path));
  assert_true(tsr_einsum_path_step(path, 0).lhs == 1);
  tsr_einsum_path_release(path);
  return TSR_OK;
}

static void test_path_runs_out_of_memory_cleanly(void **state) {
  (void)state;
  tsr_test_oom(make_path, NULL);
}

static tsr_status vmapped(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_einsum(b, "ij,jk,kk->i", TSR_VALUES(in[0], in[1], in[1]));
  return tsr_builder_status(b);
}

static void test_vmap_sees_the_tree(void **state) {
  (void)state;
  tsr_builder *b;
  double x[2 * 2 * 3], y[2 * 3 * 3], got[4], want[4];
  uint64_t seed = 3;
  for (int i = 0; i < 12; i++)
    x[i] = random_part(&seed);
  for (int i = 0; i < 18; i++)
    y[i] = random_part(&seed);
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value vx = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 2, 3), x);
  tsr_value vy = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 3, 3), y), z;
  assert_ok(tsr_vmap(b, vmapped, NULL, TSR_VALUES(vx, vy), TSR_NO_AXES, 1, TSR_NO_AXES, &z));
  assert_ok(tsr_read(b, z, got, sizeof got));
  for (int s = 0; s < 2; s++)
    for (int i = 0; i < 2; i++) {
      want[s * 2 + i] = 0;
      for (int j = 0; j < 3; j++)
        for (int k = 0; k < 3; k++)
          want[s * 2 + i] += x[s * 6 + i * 3 + j] * y[s * 9 + j * 3 + k] * y[s * 9 + k * 4];
    }
  assert_close(got, want, 4, 1e-13, 1e-14);
  tsr_builder_close(b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_chain_of_200_and_its_gradient),
      cmocka_unit_test(test_40_operands_with_letters),
      cmocka_unit_test(test_500_operands_on_one_label),
      cmocka_unit_test(test_path_starts_where_it_saves_most),
      cmocka_unit_test(test_path_of_a_chain_never_grows_a_term),
      cmocka_unit_test(test_strangers_are_joined_last_and_smallest_first),
      cmocka_unit_test(test_path_object_tells_order_and_cost),
      cmocka_unit_test(test_parentheses_set_the_order),
      cmocka_unit_test(test_path_counts_what_happens_within_operands),
      cmocka_unit_test(test_peak_counts_a_written_diagonal),
      cmocka_unit_test(test_path_prints_as_a_table),
      cmocka_unit_test(test_a_path_is_followed_at_other_sizes),
      cmocka_unit_test(test_path_refuses_what_einsum_refuses),
      cmocka_unit_test(test_path_runs_out_of_memory_cleanly),
      cmocka_unit_test(test_vmap_sees_the_tree),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
