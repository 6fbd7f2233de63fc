/* test_forms.c - everything a formula may hold besides labels: ellipses, groups, sizes of 1,
 * labels repeated in the output. Each equals a plain formula on the same numbers.
 */
#include "naive.h"

/* ones: axes of size 1 to insert, as digits, operand by operand: "1,02" is axis 1 of the
 * first, axes 0 and 2 of the second.
 */
typedef struct form {
  const char *formula, *plain, *ones;
} form;

static const form forms[] = {
    {"...ij,...jk->...ik",       "abij,abjk->abik",    ""    },
    {"...ij,jk->...ik",          "abij,jk->abik",      ""    },
    {"ij...,j->i...",            "ijab,j->iab",        ""    },
    {"...,...->...",             "ab,b->ab",           ""    },
    {"...,...->...",             "ab,ab->ab",          ""    },
    {"i...,...k->...ik",         "iab,bk->abik",       ""    },
    {"...i->i...",               "abi->iab",           ""    },
    {"i...i->...",               "iabi->ab",           ""    },
    {"...",                      "abc->abc",           ""    },
    {"...",                      "->",                 ""    },
    {"k...j,...j",               "kabj,bj->abk",       ""    },
    {"b...,a...",                "bx,ax->xab",         ""    },
    {"i...->...i",               "i->i",               ""    },
    {"...,ij",                   ",ij->ij",            ""    },
    {"...,...->...",             "a,b->ab",            "1,0" },
    {"...i,...i->...",           "abi,ai->ab",         ",1"  },
    {"...i,...i->...",           "abi,i->ab",          ",01" },
    {"(ij,jk),kl->il",           "ij,jk,kl->il",       ""    },
    {"ij,(jk,kl)->il",           "ij,jk,kl->il",       ""    },
    {"((ab,bc),cd),(de,ef)->af", "ab,bc,cd,de,ef->af", ""    },
    {"(ab,bc,cd),ad->",          "ab,bc,cd,ad->",      ""    },
    {"((((ij))))->ji",           "ij->ji",             ""    },
    {" ( ij , jk ) , ik ",       "ij,jk,ik->",         ""    },
    {"(...i,...j),ij->...",      "abi,bj,ij->ab",      ""    },
    {"(ia,ib),(ic,id)->iabcd",   "ia,ib,ic,id->iabcd", ""    },
    {"ij,jk->ik",                "i,jk->ik",           "1"   },
    {"ij,jk->ik",                "ij,k->ik",           ",0"  },
    {"ij,jk->ik",                "i,k->ik",            "1,0" },
    {"ij,ij,ij->ij",             "i,j,ij->ij",         "1,0,"},
    {"ij,ij->",                  "i,ij->",             "1"   },
    {"iij,ij->j",                "iij,j->j",           ",0"  },
    {"i->ii",                    "i->ii",              ""    },
    {"ij->jij",                  "ij->jij",            ""    },
    {"ii->ii",                   "ii->ii",             ""    },
    {"ij,jk->kiik",              "ij,jk->kiik",        ""    },
    {"i->iii",                   "i->iii",             ""    },
    {"...i->i...i",              "abi->iabi",          ""    },
};

/* An operand with the axes of size 1 that the form asks for; at: its part of `ones`. */
static tsr_value stretched(tsr_builder *b, const run *r, int i, tsr_dtype dtype, const char **at) {
  int64_t axes[4];
  size_t n = 0;
  for (; **at && **at != ','; ++*at)
    axes[n++] = **at - '0';
  *at += **at == ',';
  tsr_value x = operand(b, r, i, dtype);
  return n ? tsr_expand_dims(b, x, (tsr_axes){axes, n}) : x;
}

static void check_form(const form *f, tsr_dtype dtype) {
  tsr_builder *b;
  run r;
  tsr_value in[MOST_TERMS];
  const char *ones = f->ones;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  make_run(f->plain, is_complex(dtype), &r);
  for (int i = 0; i < r.f.n; i++)
    in[i] = stretched(b, &r, i, dtype, &ones);
  compare(b, f->formula, &r, tsr_einsum(b, f->formula, tsr_values_of(in, (size_t)r.f.n)), 1e-12);
  drop_run(&r);
  tsr_builder_close(b);
}

static void test_each_form_is_its_plain_formula(void **state) {
  (void)state;
  for (size_t k = 0; k < sizeof forms / sizeof *forms; k++) {
    check_form(&forms[k], TSR_F64);
    check_form(&forms[k], TSR_C128);
  }
}

static void test_numbers_have_an_ellipsis_too(void **state) {
  (void)state;
  tsr_builder *b;
  double x[24], got[8], want[8] = {0};
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  for (int i = 0; i < 24; i++)
    x[i] = i * i;
  tsr_value v = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 3, 4), x);
  const tsr_axes labels[] = {TSR_AXES(TSR_EINSUM_ELLIPSIS, 5, 3)};
  tsr_value z = tsr_einsum_numbered(b, TSR_VALUES(v), labels, TSR_AXES(3, TSR_EINSUM_ELLIPSIS));
  assert_ok(tsr_read(b, z, got, sizeof got)); /* z[k, i] = sum_j x[i, j, k] */
  for (int n = 0; n < 24; n++)
    want[n % 4 * 2 + n / 12] += x[n];
  assert_memory_equal(got, want, sizeof got);
  tsr_builder_close(b);
}

/* d/dx of sum(w * embed(x)) is the diagonal of w. */
static void test_gradient_of_a_written_diagonal_reads_it(void **state) {
  (void)state;
  tsr_builder *b;
  tsr_program *p = NULL;
  tsr_tensor *x = NULL, *w = NULL, *out[1];
  const double numbers[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  double got[3];
  assert_ok(tsr_trace_open(rt, &b));
  tsr_dim n = tsr_dim_symbol(b, "n");
  tsr_value vx = tsr_input(b, "x", TSR_F64, TSR_SHAPE(n));
  tsr_value vw = tsr_input(b, "w", TSR_F64, TSR_SHAPE(n, n));
  tsr_value z = tsr_mul(b, vw, tsr_einsum(b, "i->ii", TSR_VALUES(vx)));
  assert_ok(tsr_compile(b, TSR_VALUES(tsr_grad(b, tsr_sum(b, z, TSR_ALL_AXES), vx)), &p));
  assert_ok(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(3), numbers, &x));
  assert_ok(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(3, 3), numbers, &w));
  assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(x, w), out, 1));
  assert_ok(tsr_tensor_read(out[0], got, sizeof got));
  assert_true(got[0] == 1 && got[1] == 5 && got[2] == 9);
  tsr_tensors_release(out, 1);
  tsr_tensor_release(x);
  tsr_tensor_release(w);
  tsr_program_release(p);
}

/* A symbolic size meets a constant 1: the 1 is repeated. */
static void test_one_fits_a_symbolic_size(void **state) {
  (void)state;
  tsr_builder *b;
  tsr_program *p = NULL;
  tsr_tensor *x = NULL, *y = NULL, *out[1];
  double got;
  assert_ok(tsr_trace_open(rt, &b));
  tsr_value vx = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_of(1)));
  tsr_value vy = tsr_input(b, "y", TSR_F64, TSR_SHAPE(tsr_dim_symbol(b, "n")));
  assert_ok(tsr_compile(b, TSR_VALUES(tsr_einsum(b, "i,i->", TSR_VALUES(vx, vy))), &p));
  assert_ok(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(1), (double[]){10}, &x));
  assert_ok(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(3), (double[]){1, 2, 3}, &y));
  assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(x, y), out, 1));
  assert_ok(tsr_tensor_read(out[0], &got, sizeof got));
  assert_true(got == 60);
  tsr_tensors_release(out, 1);
  tsr_tensor_release(x);
  tsr_tensor_release(y);
  tsr_program_release(p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_each_form_is_its_plain_formula),
      cmocka_unit_test(test_numbers_have_an_ellipsis_too),
      cmocka_unit_test(test_gradient_of_a_written_diagonal_reads_it),
      cmocka_unit_test(test_one_fits_a_symbolic_size),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
