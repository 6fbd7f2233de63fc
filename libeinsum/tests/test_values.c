/* test_values.c - einsum against sums over all labels. */
#include "naive.h"

static const char *const formulas[] = {
    "ij,jk->ik",
    "ij,kj->ik",
    "ij,kj->ki",
    "ji,jk->ki",
    "bij,bjk->bik",
    "ibj,jkb->kbi",
    "ij,j->i",
    "i,ij->j",
    "i,i->",
    "i,j->ij",
    "i,j->ji",
    "ij,ij->ij",
    "ij,ji->ij",
    "ij,ij->",
    "ij,ij->i",
    "ij->ji",
    "ij->",
    "ij->i",
    "ij->j",
    "ijk->kij",
    "ii->i",
    "ii->",
    "iji->j",
    "ijij->ij",
    "iij,jkk->ik",
    "iii->i",
    "bii->bi",
    "ijk,k->ji",
    "ij,k->ki",
    ",i->i",
    ",->",
    "->",
    "i,,j->ji",
    "a,ab,abc->abc",
    "ab,bc,cd->ad",
    "ab,bc,cd,de->",
    "ab,ab,ab->ab",
    "ij,jk,ki->",
    "ia,ja,ka->ijk",
    "abc,cde,eaf->bdf",
    "ijkl,kl->ij",
    "ijkl,klmn->ijmn",
    "xab,xcb,x->ac",
    "aab,bcc,cdd->d",
    "ab,cd->dacb",
    "i,i,i,i,i->i",
    "abcd,abdc->cab",
    "Ab,bA->A",
};

/* Operands are below 1 in each part; the longest sum has a few hundred terms. */
static void check_all(tsr_dtype dtype, double eps) {
  for (size_t k = 0; k < sizeof formulas / sizeof *formulas; k++) {
    tsr_builder *b;
    run r;
    tsr_value in[MOST_TERMS];
    assert_ok(tsr_eager_open(rt, "cpu", &b));
    make_run(formulas[k], tsr_dtype_kind(dtype) == TSR_KIND_COMPLEX, &r);
    for (int i = 0; i < r.f.n; i++)
      in[i] = operand(b, &r, i, dtype);
    compare(b, formulas[k], &r, tsr_einsum(b, formulas[k], tsr_values_of(in, (size_t)r.f.n)),
            1000 * eps);
    drop_run(&r);
    tsr_builder_close(b);
  }
}

static void test_real_formulas_are_their_sums(void **state) {
  (void)state;
  check_all(TSR_F64, 2.3e-16);
  check_all(TSR_F32, 1.2e-7);
}

static void test_complex_formulas_are_their_sums(void **state) {
  (void)state;
  check_all(TSR_C128, 2.3e-16);
  check_all(TSR_C64, 1.2e-7);
}

static void test_implicit_output_is_what_occurs_once_in_order(void **state) {
  (void)state;
  static const char *const pairs[][2] = {
      {"ij,jk",           "ij,jk->ik"  },
      {"ba",              "ba->ab"     },
      {"ii",              "ii->"       },
      {" b i j , b j k ", "bij,bjk->ik"},
      {"bA",              "bA->Ab"     },
      {"i,i,k",           "i,i,k->k"   }
  };
  for (size_t k = 0; k < sizeof pairs / sizeof *pairs; k++) {
    tsr_builder *b;
    run r;
    tsr_value in[MOST_TERMS];
    assert_ok(tsr_eager_open(rt, "cpu", &b));
    make_run(pairs[k][1], false, &r);
    for (int i = 0; i < r.f.n; i++)
      in[i] = operand(b, &r, i, TSR_F64);
    compare(b, pairs[k][0], &r, tsr_einsum(b, pairs[k][0], tsr_values_of(in, (size_t)r.f.n)),
            1e-12);
    drop_run(&r);
    tsr_builder_close(b);
  }
}

static void test_integers_are_exact_and_keep_their_dtype(void **state) {
  (void)state;
  tsr_builder *b;
  const int32_t x[] = {1, 2, 3, 4, 5, 6};
  int32_t got[4];
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = tsr_from_data(b, TSR_I32, TSR_DIMS(2, 3), x);
  assert_ok(tsr_read(b, tsr_einsum(b, "ij,kj->ik", TSR_VALUES(v, v)), got, sizeof got));
  const int32_t want[] = {14, 32, 32, 77};
  assert_memory_equal(got, want, sizeof got);
  tsr_builder_close(b);
}

static void test_labels_beyond_ascii_and_numbers_mean_the_same(void **state) {
  (void)state;
  tsr_builder *b;
  const double x[] = {1, 2, 3, 4, 5, 6};
  double letters[4], greek[4], numbers[4];
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 3), x);
  const tsr_axes labels[] = {TSR_AXES(-7, 1000), TSR_AXES(5, 1000)};
  assert_ok(tsr_read(b, tsr_einsum(b, "ij,kj->ki", TSR_VALUES(v, v)), letters, sizeof letters));
  assert_ok(tsr_read(b, tsr_einsum(b, "αβ,γβ->γα", TSR_VALUES(v, v)), greek, sizeof greek));
  assert_ok(tsr_read(b, tsr_einsum_numbered(b, TSR_VALUES(v, v), labels, TSR_AXES(5, -7)), numbers,
                     sizeof numbers));
  assert_memory_equal(letters, greek, sizeof greek);
  assert_memory_equal(letters, numbers, sizeof numbers);
  tsr_builder_close(b);
}

/* The diagonal of a symbolic size is gathered, that of a constant one sliced. */
static void test_symbolic_sizes_give_the_same_numbers(void **state) {
  (void)state;
  tsr_builder *b;
  tsr_program *p = NULL;
  double x[5 * 5 * 2], got[10], dx[50], trace = 0;
  assert_ok(tsr_trace_open(rt, &b));
  tsr_dim n = tsr_dim_symbol(b, "n"), m = tsr_dim_symbol(b, "m");
  tsr_value v = tsr_input(b, "x", TSR_F64, TSR_SHAPE(n, m, n));
  tsr_value z = tsr_einsum(b, "imi->im", TSR_VALUES(v));
  tsr_value t = tsr_einsum(b, "imi,imi->", TSR_VALUES(v, v));
  tsr_value d = tsr_grad(b, t, v);
  assert_ok(tsr_compile(b, TSR_VALUES(z, t, d), &p));
  for (int i = 0; i < 50; i++)
    x[i] = i;
  tsr_tensor *in = NULL, *out[3];
  assert_ok(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(5, 2, 5), x, &in));
  assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(in), out, 3));
  assert_ok(tsr_tensor_read(out[0], got, sizeof got));
  assert_ok(tsr_tensor_read(out[2], dx, sizeof dx));
  for (int i = 0; i < 5; i++)
    for (int k = 0; k < 2; k++) {
      double at = x[i * 10 + k * 5 + i];
      assert_true(got[i * 2 + k] == at);
      trace += at * at;
    }
  for (int i = 0; i < 50; i++)
    assert_true(dx[i] == (i / 10 == i % 5 ? 2 * x[i] : 0));
  assert_ok(tsr_tensor_read(out[1], got, sizeof *got));
  assert_true(got[0] == trace);
  tsr_tensors_release(out, 3);
  tsr_tensor_release(in);
  tsr_program_release(p);
}

static void test_empty_sizes_sum_to_zero(void **state) {
  (void)state;
  tsr_builder *b;
  double got[6] = {1, 1, 1, 1, 1, 1};
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value x = tsr_zeros(b, TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(0)));
  tsr_value y = tsr_zeros(b, TSR_F64, TSR_SHAPE(tsr_dim_of(0), tsr_dim_of(3)));
  assert_ok(tsr_read(b, tsr_einsum(b, "ij,jk->ik", TSR_VALUES(x, y)), got, sizeof got));
  for (int i = 0; i < 6; i++)
    assert_true(got[i] == 0);
  tsr_value none = tsr_zeros(b, TSR_F64, TSR_SHAPE(tsr_dim_of(0), tsr_dim_of(0)));
  assert_ok(tsr_read(b, tsr_einsum(b, "ii->i", TSR_VALUES(none)), got, 0));
  tsr_builder_close(b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_real_formulas_are_their_sums),
      cmocka_unit_test(test_complex_formulas_are_their_sums),
      cmocka_unit_test(test_implicit_output_is_what_occurs_once_in_order),
      cmocka_unit_test(test_integers_are_exact_and_keep_their_dtype),
      cmocka_unit_test(test_labels_beyond_ascii_and_numbers_mean_the_same),
      cmocka_unit_test(test_symbolic_sizes_give_the_same_numbers),
      cmocka_unit_test(test_empty_sizes_sum_to_zero),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
