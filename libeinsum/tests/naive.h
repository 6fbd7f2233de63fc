/* naive.h - the second opinion: sums over all labels, one term at a time.
 *
 * Formulas of letters only, with "->"; sizes by letter. Numbers are complex long doubles.
 */
#ifndef NAIVE_H
#define NAIVE_H

#include "tsr_numbers.h"

#include <stdlib.h>
#include <string.h>

#include "tsr/ad.h"
#include "tsr/cpu.h"
#include "tsr/einsum.h"

static inline int setup(void **state) {
  (void)state;
  return session_open(TSR_WITH(tsr_cpu_register, tsr_einsum_register), "cpu");
}

enum {
  MOST_TERMS = 8,
  MOST_LABELS = 16
};

/* All labels have different sizes, so that a mix-up shows. */
static inline int64_t naive_size(char label) {
  static const int64_t sizes[] = {2, 3, 4, 5, 3, 2, 4, 3, 2, 3, 5, 2, 4,
                                  2, 3, 2, 5, 3, 2, 4, 3, 2, 5, 2, 3, 4};
  return sizes[(label | 32) - 'a'];
}

typedef struct naive {
  const char *terms[MOST_TERMS + 1]; /* the last is the output */
  size_t lengths[MOST_TERMS + 1];
  int n;
  char labels[MOST_LABELS + 1]; /* all, output's first */
} naive;

static inline void naive_parse(const char *formula, naive *out) {
  *out = (naive){.n = 0};
  const char *at = formula;
  for (;;) {
    size_t length = strcspn(at, ",-");
    out->terms[out->n] = at;
    out->lengths[out->n++] = length;
    at += length;
    if (*at == '-') break;
    at++;
  }
  out->terms[out->n] = at + 2;
  out->lengths[out->n] = strlen(at + 2);
  for (int i = out->n; i >= 0; i = i == out->n ? 0 : i + 1) {
    for (size_t k = 0; k < out->lengths[i]; k++)
      if (!strchr(out->labels, out->terms[i][k]))
        out->labels[strlen(out->labels)] = out->terms[i][k];
    if (i == out->n - 1) break;
  }
}

static inline int64_t naive_count(const naive *f, int term) {
  int64_t n = 1;
  for (size_t k = 0; k < f->lengths[term]; k++)
    n *= naive_size(f->terms[term][k]);
  return n;
}

/* Where the indices of the labels stand in a term, in C order. */
static inline int64_t naive_offset(const naive *f, int term, const int64_t *index) {
  int64_t at = 0;
  for (size_t k = 0; k < f->lengths[term]; k++) {
    char label = f->terms[term][k];
    at = at * naive_size(label) + index[strchr(f->labels, label) - f->labels];
  }
  return at;
}

/* z += for every index of every label */
static inline void naive_sum(const naive *f, double complex *const *in, long double complex *out) {
  int64_t index[MOST_LABELS] = {0};
  const int64_t rank = (int64_t)strlen(f->labels);
  for (;;) {
    long double complex product = 1;
    for (int i = 0; i < f->n; i++)
      product *= in[i][naive_offset(f, i, index)];
    out[naive_offset(f, f->n, index)] += product;
    int64_t k = rank - 1;
    while (k >= 0 && ++index[k] == naive_size(f->labels[k]))
      index[k--] = 0;
    if (k < 0) return;
  }
}

/* ---- a formula with operands, and what their sum is ---- */

typedef struct run {
  naive f;
  double complex *in[MOST_TERMS];
  long double complex *want;
} run;

static inline void make_run(const char *formula, bool is_complex, run *r) {
  uint64_t seed = 1;
  naive_parse(formula, &r->f);
  for (int i = 0; i < r->f.n; i++) {
    int64_t n = naive_count(&r->f, i);
    r->in[i] = malloc((size_t)n * sizeof *r->in[i]);
    for (int64_t k = 0; k < n; k++) {
      double re = random_part(&seed), im = random_part(&seed);
      r->in[i][k] = re + (is_complex ? im : 0) * I;
    }
  }
  r->want = calloc((size_t)naive_count(&r->f, r->f.n), sizeof *r->want);
  naive_sum(&r->f, r->in, r->want);
}

static inline void drop_run(run *r) {
  for (int i = 0; i < r->f.n; i++)
    free(r->in[i]);
  free(r->want);
}

static inline tsr_value operand(tsr_builder *b, const run *r, int i, tsr_dtype dtype) {
  int64_t dims[8], n = naive_count(&r->f, i);
  for (size_t k = 0; k < r->f.lengths[i]; k++)
    dims[k] = naive_size(r->f.terms[i][k]);
  tsr_value v = tsr_from_data(b, TSR_C128, (tsr_dims){dims, r->f.lengths[i]}, n ? r->in[i] : NULL);
  return tsr_convert(b, is_complex(dtype) ? v : tsr_real(b, v), dtype);
}

static inline void compare(tsr_builder *b, const char *formula, const run *r, tsr_value z,
                           double tol) {
  const int64_t n = naive_count(&r->f, r->f.n);
  double complex *got = malloc((size_t)n * sizeof *got);
  tsr_type type;
  assert_ok(tsr_value_type(b, z, &type));
  assert_int_equal(type.rank, r->f.lengths[r->f.n]);
  for (int32_t k = 0; k < type.rank; k++)
    assert_true(tsr_dim_is(type.dims[k], naive_size(r->f.terms[r->f.n][k])));
  assert_ok(tsr_read(b, tsr_convert(b, z, TSR_C128), got, (size_t)n * sizeof *got));
  for (int64_t i = 0; i < n; i++)
    if (!(cabsl(got[i] - r->want[i]) <= (long double)tol))
      fail_msg("%s: element %d is off by %Lg", formula, (int)i, cabsl(got[i] - r->want[i]));
  free(got);
}

#endif /* NAIVE_H */
