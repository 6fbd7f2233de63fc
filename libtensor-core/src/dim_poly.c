/* libtensor-core/src/dim_poly.c - arithmetic of integer polynomials, in scratch memory. */
#include "dim_internal.h"

#include <stdlib.h>

bool tsri_poly_is_const(tsri_poly p) { return p.n == 0 || p.terms[0].mono == &tsri_mono_one; }

int64_t tsri_poly_const(tsri_poly p) {
  bool has = p.n > 0 && p.terms[p.n - 1].mono == &tsri_mono_one;
  return has ? p.terms[p.n - 1].coef : 0;
}

int64_t tsri_poly_coef(tsri_poly p, const tsri_mono *mono) {
  for (int32_t i = 0; i < p.n; i++)
    if (p.terms[i].mono == mono) return p.terms[i].coef;
  return 0;
}

static uint64_t gcd(uint64_t a, uint64_t b) {
  while (b) {
    uint64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/* A content of 2^63 is halved: it must stay a positive int64_t. */
int64_t tsri_poly_content(tsri_poly p, tsri_content which) {
  uint64_t common = 0;
  for (int32_t i = 0; i < p.n; i++) {
    if (which == TSRI_BUT_CONSTANT && p.terms[i].mono == &tsri_mono_one) continue;
    int64_t coef = p.terms[i].coef;
    common = gcd(common, coef < 0 ? 0 - (uint64_t)coef : (uint64_t)coef);
  }
  return (int64_t)(common >> (common > INT64_MAX));
}

/* Append a term unless it is zero: the sum of two products j a + k b. */
static tsr_status put(tsri_term *terms, int32_t *n, int64_t j, int64_t a, int64_t k, int64_t b,
                      const tsri_mono *mono) {
  int64_t x, y, sum;
  if (__builtin_mul_overflow(j, a, &x) || __builtin_mul_overflow(k, b, &y) ||
      __builtin_add_overflow(x, y, &sum))
    return TSR_ERR_LIMIT;
  if (sum) terms[(*n)++] = (tsri_term){sum, mono};
  return TSR_OK;
}

tsr_status tsri_poly_combine(tsr_dim_space *space, int64_t j, tsri_poly a, int64_t k, tsri_poly b,
                             tsri_poly *out) {
  tsri_term *terms;
  int32_t n = 0, at = 0, bt = 0;
  TSR_TRY(tsri_scratch_terms(space, a.n + b.n, &terms));
  while (at < a.n || bt < b.n) {
    const tsri_term *s = at < a.n ? &a.terms[at] : NULL, *t = bt < b.n ? &b.terms[bt] : NULL;
    int order = !t ? 1 : !s ? -1 : tsri_mono_order(s->mono, t->mono);
    TSR_TRY(put(terms, &n, j, order >= 0 ? s->coef : 0, k, order <= 0 ? t->coef : 0,
                order >= 0 ? s->mono : t->mono));
    at += order >= 0;
    bt += order <= 0;
  }
  *out = (tsri_poly){terms, n};
  return TSR_OK;
}

tsr_status tsri_poly_add_const(tsr_dim_space *space, tsri_poly p, int64_t c, tsri_poly *out) {
  tsri_term one = {1, &tsri_mono_one};
  return tsri_poly_combine(space, 1, p, c, (tsri_poly){&one, 1}, out);
}

tsr_status tsri_poly_mul_term(tsr_dim_space *space, tsri_poly p, tsri_term by, tsri_poly *out) {
  tsri_term *terms;
  TSR_TRY(tsri_scratch_terms(space, p.n, &terms));
  for (int32_t i = 0; i < p.n; i++) {
    TSR_TRY(tsri_mono_mul(space, p.terms[i].mono, by.mono, &terms[i].mono));
    if (__builtin_mul_overflow(p.terms[i].coef, by.coef, &terms[i].coef)) return TSR_ERR_LIMIT;
  }
  *out = (tsri_poly){terms, p.n};
  return TSR_OK;
}

static int larger_first(const void *a, const void *b) {
  return tsri_mono_order(((const tsri_term *)b)->mono, ((const tsri_term *)a)->mono);
}

/* Terms in order, with those of one monomial summed up. */
static tsr_status normalise(tsri_term *terms, int32_t n, tsri_poly *out) {
  int32_t kept = 0;
  qsort(terms, (size_t)n, sizeof *terms, larger_first);
  for (int32_t i = 0; i < n;) {
    const tsri_mono *mono = terms[i].mono;
    int64_t sum = 0;
    for (; i < n && terms[i].mono == mono; i++)
      if (__builtin_add_overflow(sum, terms[i].coef, &sum)) return TSR_ERR_LIMIT;
    if (sum) terms[kept++] = (tsri_term){sum, mono};
  }
  *out = (tsri_poly){terms, kept};
  return TSR_OK;
}

tsr_status tsri_poly_mul(tsr_dim_space *space, tsri_poly a, tsri_poly b, tsri_poly *out) {
  tsri_term *terms;
  int32_t n = 0;
  *out = (tsri_poly){NULL, 0};
  if (a.n == 0 || b.n == 0) return TSR_OK;
  if (a.n > TSRI_DIM_COST / b.n) return TSR_ERR_LIMIT;
  TSR_TRY(tsri_scratch_terms(space, a.n * b.n, &terms));
  for (int32_t i = 0; i < a.n; i++) {
    tsri_poly row;
    TSR_TRY(tsri_poly_mul_term(space, b, a.terms[i], &row));
    for (int32_t k = 0; k < row.n; k++)
      terms[n++] = row.terms[k];
  }
  return normalise(terms, n, out);
}

tsr_status tsri_poly_div_term(tsr_dim_space *space, tsri_poly p, tsri_term by, tsri_poly *out) {
  tsri_term *terms;
  int32_t n = 0;
  TSR_TRY(tsri_scratch_terms(space, p.n, &terms));
  for (int32_t i = 0; i < p.n; i++) {
    tsri_term made = {tsri_floor_div(p.terms[i].coef, by.coef), NULL};
    TSR_TRY(tsri_mono_div(space, p.terms[i].mono, by.mono, &made.mono));
    if (made.coef) terms[n++] = made;
  }
  *out = (tsri_poly){terms, n};
  return TSR_OK;
}

/* Division gives up beyond this many steps: x^1000 / (x + 1) has a quotient nobody wants. */
enum {
  MAX_STEPS = 64
};

/* a = q b + rest, 0 <= rest < |b| */
static tsr_status euclid(int64_t a, int64_t b, int64_t *q) {
  if (b == -1) return __builtin_sub_overflow(0, a, q) ? TSR_ERR_LIMIT : TSR_OK;
  *q = a / b;
  if (a % b < 0) *q += b > 0 ? -1 : 1;
  return TSR_OK;
}

/* How often does the leading term of b go into t? by.coef is 0 when it does not. */
static tsr_status quotient_term(tsr_dim_space *space, tsri_term t, tsri_poly b, tsri_term *by) {
  *by = (tsri_term){0, NULL};
  TSR_TRY(tsri_mono_div(space, t.mono, b.terms[0].mono, &by->mono));
  return by->mono ? euclid(t.coef, b.terms[0].coef, &by->coef) : TSR_OK;
}

/* Take terms from the top: what the leading term of b goes into leaves for the
 * quotient, the rest for the remainder. Both are then unique, whatever multiple of b
 * has been added to a. */
tsr_status tsri_poly_divide(tsr_dim_space *space, tsri_poly a, tsri_poly b, tsri_poly *q,
                            tsri_poly *r) {
  tsri_poly rest = a, quotient = {NULL, 0}, remainder = {NULL, 0};
  int steps = 0;
  for (; rest.n > 0 && steps < MAX_STEPS; steps++) {
    tsri_term by;
    tsri_poly product, lead = {rest.terms, 1};
    TSR_TRY(quotient_term(space, rest.terms[0], b, &by));
    if (by.coef) {
      tsri_poly one_term = {&by, 1};
      TSR_TRY(tsri_poly_combine(space, 1, quotient, 1, one_term, &quotient));
      TSR_TRY(tsri_poly_mul_term(space, b, by, &product));
      TSR_TRY(tsri_poly_combine(space, 1, rest, -1, product, &rest));
    } else {
      TSR_TRY(tsri_poly_combine(space, 1, remainder, 1, lead, &remainder));
      rest = (tsri_poly){rest.terms + 1, rest.n - 1};
    }
  }
  bool done = rest.n == 0;
  *q = done ? quotient : (tsri_poly){NULL, 0};
  *r = done ? remainder : a;
  return TSR_OK;
}
