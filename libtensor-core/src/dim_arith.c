/* libtensor-core/src/dim_arith.c - sums, products, quotients and extrema of dims. */
#include "dim_internal.h"

static tsr_status load_both(tsr_dim_space *space, tsr_dim a, tsr_dim b, tsri_poly *p,
                            tsri_poly *q) {
  TSR_TRY(tsri_poly_load(space, a, p));
  return tsri_poly_load(space, b, q);
}

/* a + k b, in a space or without one when both are constants. */
static tsr_status combined(tsr_dim_space *space, tsr_dim a, int64_t k, tsr_dim b, tsr_dim *out) {
  tsri_poly p, q, sum;
  if (!a.expr && !b.expr) {
    int64_t scaled;
    *out = tsr_dim_of(0);
    bool lost =
        __builtin_mul_overflow(k, b.n, &scaled) || __builtin_add_overflow(a.n, scaled, &out->n);
    return lost ? TSR_ERR_LIMIT : TSR_OK;
  }
  TSR_TRY(load_both(space, a, b, &p, &q));
  TSR_TRY(tsri_poly_combine(space, 1, p, k, q, &sum));
  return tsri_poly_store(space, sum, out);
}

tsr_status tsr_dim_add(tsr_dim_space *space, tsr_dim a, tsr_dim b, tsr_dim *out) {
  *out = tsr_dim_of(0);
  TSR_TRY(tsri_dim_check(space, a, b));
  return tsri_dim_finish(space, combined(space, a, 1, b, out), "sum", a, b, out);
}

tsr_status tsr_dim_sub(tsr_dim_space *space, tsr_dim a, tsr_dim b, tsr_dim *out) {
  *out = tsr_dim_of(0);
  TSR_TRY(tsri_dim_check(space, a, b));
  return tsri_dim_finish(space, combined(space, a, -1, b, out), "difference", a, b, out);
}

static tsr_status multiplied(tsr_dim_space *space, tsr_dim a, tsr_dim b, tsr_dim *out) {
  tsri_poly p, q, product;
  *out = tsr_dim_of(0);
  if (!a.expr && !b.expr) return __builtin_mul_overflow(a.n, b.n, &out->n) ? TSR_ERR_LIMIT : TSR_OK;
  TSR_TRY(load_both(space, a, b, &p, &q));
  TSR_TRY(tsri_poly_mul(space, p, q, &product));
  return tsri_poly_store(space, product, out);
}

tsr_status tsr_dim_mul(tsr_dim_space *space, tsr_dim a, tsr_dim b, tsr_dim *out) {
  *out = tsr_dim_of(0);
  TSR_TRY(tsri_dim_check(space, a, b));
  return tsri_dim_finish(space, multiplied(space, a, b, out), "product", a, b, out);
}

/* max(a, b) = rest + g max(p, q), where a - b = g (p - q) with p and q of positive
 * coefficients and no common monomial: the one form for all shifts and multiples. */
static tsr_status split_signs(tsr_dim_space *space, tsri_poly difference, int64_t g, tsri_poly *p,
                              tsri_poly *q) {
  tsri_term *positive, *negative;
  TSR_TRY(tsri_scratch_terms(space, difference.n, &positive));
  TSR_TRY(tsri_scratch_terms(space, difference.n, &negative));
  *p = (tsri_poly){positive, 0};
  *q = (tsri_poly){negative, 0};
  for (int32_t i = 0; i < difference.n; i++) {
    tsri_term t = difference.terms[i];
    if (t.coef == INT64_MIN) return TSR_ERR_LIMIT;
    if (t.coef > 0)
      positive[p->n++] = (tsri_term){t.coef / g, t.mono};
    else
      negative[q->n++] = (tsri_term){-t.coef / g, t.mono};
  }
  return TSR_OK;
}

static tsr_status max_atom(tsr_dim_space *space, tsri_poly p, tsri_poly q, const tsri_mono **out) {
  tsr_dim a, b;
  bool p_nonnegative, q_nonnegative;
  const tsri_atom *atom;
  TSR_TRY(tsri_poly_store(space, p, &a));
  TSR_TRY(tsri_poly_store(space, q, &b));
  TSR_TRY(tsri_poly_nonnegative(space, p, &p_nonnegative));
  TSR_TRY(tsri_poly_nonnegative(space, q, &q_nonnegative));
  TSR_TRY(tsri_atom_intern(space, TSRI_ATOM_MAX, a, b, p_nonnegative || q_nonnegative, &atom));
  tsri_power power = {atom, 1};
  return tsri_mono_intern(space, &power, 1, out);
}

static tsr_status opaque_max(tsr_dim_space *space, tsri_poly a, tsri_poly difference,
                             tsri_poly *out) {
  tsri_poly p, q, rest;
  int64_t g = tsri_poly_content(difference, TSRI_ALL_TERMS);
  TSR_TRY(split_signs(space, difference, g, &p, &q));
  TSR_TRY(tsri_poly_combine(space, 1, a, -g, p, &rest));
  bool p_leads = difference.terms[0].coef > 0; /* max(p, q) and max(q, p) are one atom */
  tsri_term made = {g, NULL};
  TSR_TRY(max_atom(space, p_leads ? p : q, p_leads ? q : p, &made.mono));
  return tsri_poly_combine(space, 1, rest, 1, (tsri_poly){&made, 1}, out);
}

static tsr_status larger(tsr_dim_space *space, tsri_poly a, tsri_poly b, tsri_poly *out) {
  tsri_poly difference, opposite;
  bool known;
  TSR_TRY(tsri_poly_combine(space, 1, a, -1, b, &difference));
  TSR_TRY(tsri_poly_nonnegative(space, difference, &known));
  *out = a;
  if (known) return TSR_OK;
  TSR_TRY(tsri_poly_combine(space, 1, b, -1, a, &opposite));
  TSR_TRY(tsri_poly_nonnegative(space, opposite, &known));
  *out = b;
  return known ? TSR_OK : opaque_max(space, a, difference, out);
}

static tsr_status maximum(tsr_dim_space *space, tsr_dim a, tsr_dim b, tsr_dim *out) {
  tsri_poly p, q, max;
  *out = a.n > b.n ? a : b;
  if (!a.expr && !b.expr) return TSR_OK;
  TSR_TRY(load_both(space, a, b, &p, &q));
  TSR_TRY(larger(space, p, q, &max));
  return tsri_poly_store(space, max, out);
}

static tsr_status minimum(tsr_dim_space *space, tsr_dim a, tsr_dim b, tsr_dim *out) {
  tsri_poly p, q, max, min;
  *out = a.n < b.n ? a : b;
  if (!a.expr && !b.expr) return TSR_OK;
  TSR_TRY(load_both(space, a, b, &p, &q));
  TSR_TRY(larger(space, p, q, &max));
  TSR_TRY(tsri_poly_combine(space, 1, p, 1, q, &min));
  TSR_TRY(tsri_poly_combine(space, 1, min, -1, max, &min));
  return tsri_poly_store(space, min, out);
}

tsr_status tsr_dim_max(tsr_dim_space *space, tsr_dim a, tsr_dim b, tsr_dim *out) {
  *out = tsr_dim_of(0);
  TSR_TRY(tsri_dim_check(space, a, b));
  return tsri_dim_finish(space, maximum(space, a, b, out), "maximum", a, b, out);
}

tsr_status tsr_dim_min(tsr_dim_space *space, tsr_dim a, tsr_dim b, tsr_dim *out) {
  *out = tsr_dim_of(0);
  TSR_TRY(tsri_dim_check(space, a, b));
  return tsri_dim_finish(space, minimum(space, a, b, out), "minimum", a, b, out);
}
