/* libtensor-core/src/dim_div.c - floor division of dims, exact where it can be.
 *
 *   floor((q b + r) / b)        = q + floor(r / b)
 *   floor((g a + c) / (g b))    = floor((a + floor(c / g)) / b)
 *   floor((floor(x / y) + p)/b) = floor((x + p y) / (y b))
 *
 * for divisors > 0. These are applied to the end, so that every form of one
 * quotient comes out the same.
 */
#include "dim_internal.h"

static tsr_status floor_div(tsr_dim_space *space, tsri_poly a, tsri_poly b, tsri_poly *out);

/* The largest term that divides all of b and all of a but its constant. */
static tsr_status common_factor(tsr_dim_space *space, tsri_poly a, tsri_poly b, tsri_term *out) {
  int64_t x = tsri_poly_content(a, TSRI_BUT_CONSTANT), y = tsri_poly_content(b, TSRI_ALL_TERMS);
  tsri_term pair[] = {
      {x, &tsri_mono_one},
      {y, &tsri_mono_one}
  };
  out->coef = tsri_poly_content((tsri_poly){pair, 2}, TSRI_ALL_TERMS);
  out->mono = b.terms[0].mono;
  for (int32_t i = 0; i < b.n; i++)
    TSR_TRY(tsri_mono_gcd(space, out->mono, b.terms[i].mono, &out->mono));
  for (int32_t i = 0; i < a.n; i++)
    TSR_TRY(tsri_mono_gcd(space, out->mono, a.terms[i].mono, &out->mono));
  return TSR_OK;
}

/* The coefficient first: it may round the constant of a away, and free a monomial. */
static tsr_status cancel(tsr_dim_space *space, tsri_poly *a, tsri_poly *b) {
  tsri_term common;
  TSR_TRY(common_factor(space, *a, *b, &common));
  tsri_term number = {common.coef, &tsri_mono_one};
  TSR_TRY(tsri_poly_div_term(space, *a, number, a));
  TSR_TRY(tsri_poly_div_term(space, *b, number, b));
  TSR_TRY(common_factor(space, *a, *b, &common));
  common.coef = 1;
  TSR_TRY(tsri_poly_div_term(space, *a, common, a));
  return tsri_poly_div_term(space, *b, common, b);
}

/* Is 0 <= r < b? */
static tsr_status is_remainder(tsr_dim_space *space, tsri_poly r, tsri_poly b, bool *out) {
  tsri_poly room;
  TSR_TRY(tsri_poly_nonnegative(space, r, out));
  if (!*out) return TSR_OK;
  TSR_TRY(tsri_poly_combine(space, 1, b, -1, r, &room));
  TSR_TRY(tsri_poly_add_const(space, room, -1, &room));
  return tsri_poly_nonnegative(space, room, out);
}

/* floor(r / b) where it is known to be 0 or -1. */
static tsr_status small_quotient(tsr_dim_space *space, tsri_poly r, tsri_poly b, int64_t *value,
                                 bool *known) {
  tsri_poly above;
  *value = 0;
  TSR_TRY(is_remainder(space, r, b, known));
  if (*known) return TSR_OK;
  *value = -1;
  TSR_TRY(tsri_poly_combine(space, 1, r, 1, b, &above));
  return is_remainder(space, above, b, known);
}

/* The atom of the first term floor(x / y), else NULL. */
static const tsri_atom *inner_quotient(tsri_poly p) {
  for (int32_t i = 0; i < p.n; i++) {
    if (p.terms[i].coef != 1 || p.terms[i].mono->degree != 1) continue;
    const tsri_atom *atom = p.terms[i].mono->powers[0].atom;
    if (atom->kind == TSRI_ATOM_DIV) return atom;
  }
  return NULL;
}

/* floor((floor(x / y) + p) / b) = floor((x + p y) / (y b)) */
static tsr_status flattened(tsr_dim_space *space, tsri_poly r, tsri_poly b, const tsri_atom *inner,
                            tsri_poly *out) {
  tsri_poly x, y, p, divisor;
  tsri_power power = {inner, 1};
  tsri_term quotient = {1, NULL};
  TSR_TRY(tsri_mono_intern(space, &power, 1, &quotient.mono));
  TSR_TRY(tsri_poly_combine(space, 1, r, -1, (tsri_poly){&quotient, 1}, &p));
  TSR_TRY(tsri_poly_load(space, inner->a, &x));
  TSR_TRY(tsri_poly_load(space, inner->b, &y));
  TSR_TRY(tsri_poly_mul(space, p, y, &p));
  TSR_TRY(tsri_poly_combine(space, 1, x, 1, p, &x));
  TSR_TRY(tsri_poly_mul(space, y, b, &divisor));
  return floor_div(space, x, divisor, out);
}

/* floor(a / (g b)) = floor(floor(a / b) / g) shows more when floor(a / b) is known. */
static tsr_status by_steps(tsr_dim_space *space, tsri_poly a, tsri_poly b, tsri_poly *out,
                           bool *known) {
  tsri_term g = {tsri_poly_content(b, TSRI_ALL_TERMS), &tsri_mono_one};
  tsri_poly primitive, q, r;
  int64_t small;
  *known = false;
  if (g.coef == 1 || tsri_poly_is_const(b)) return TSR_OK;
  TSR_TRY(tsri_poly_div_term(space, b, g, &primitive));
  TSR_TRY(tsri_poly_divide(space, a, primitive, &q, &r));
  TSR_TRY(small_quotient(space, r, primitive, &small, known));
  if (!*known) return TSR_OK;
  TSR_TRY(tsri_poly_add_const(space, q, small, &q));
  return floor_div(space, q, (tsri_poly){&g, 1}, out);
}

static tsr_status opaque_div(tsr_dim_space *space, tsri_poly r, tsri_poly b, tsri_poly *out) {
  tsr_dim x, y;
  bool nonnegative;
  const tsri_atom *atom;
  tsri_term *made;
  TSR_TRY(tsri_poly_store(space, r, &x));
  TSR_TRY(tsri_poly_store(space, b, &y));
  TSR_TRY(tsri_poly_nonnegative(space, r, &nonnegative));
  TSR_TRY(tsri_atom_intern(space, TSRI_ATOM_DIV, x, y, nonnegative, &atom));
  TSR_TRY(tsri_scratch_terms(space, 1, &made));
  made->coef = 1;
  *out = (tsri_poly){made, 1};
  tsri_power power = {atom, 1};
  return tsri_mono_intern(space, &power, 1, &made->mono);
}

static tsr_status floor_div(tsr_dim_space *space, tsri_poly a, tsri_poly b, tsri_poly *out) {
  tsri_poly q, r, tail;
  int64_t small;
  bool known;
  TSR_TRY(cancel(space, &a, &b));
  TSR_TRY(tsri_poly_divide(space, a, b, &q, &r));
  TSR_TRY(small_quotient(space, r, b, &small, &known));
  if (known) return tsri_poly_add_const(space, q, small, out);
  TSR_TRY(by_steps(space, a, b, out, &known));
  if (known) return TSR_OK;
  const tsri_atom *inner = inner_quotient(r);
  TSR_TRY(inner ? flattened(space, r, b, inner, &tail) : opaque_div(space, r, b, &tail));
  return tsri_poly_combine(space, 1, q, 1, tail, out);
}

static tsr_status divided(tsr_dim_space *space, tsr_dim a, tsr_dim b, tsr_dim *out) {
  tsri_poly p, q, quotient;
  *out = tsr_dim_of(0);
  if (!a.expr && !b.expr) {
    out->n = tsri_floor_div(a.n, b.n);
    return TSR_OK;
  }
  TSR_TRY(tsri_poly_load(space, a, &p));
  TSR_TRY(tsri_poly_load(space, b, &q));
  TSR_TRY(floor_div(space, p, q, &quotient));
  return tsri_poly_store(space, quotient, out);
}

tsr_status tsr_dim_div(tsr_dim_space *space, tsr_dim a, tsr_dim b, tsr_dim *out) {
  *out = tsr_dim_of(0);
  TSR_TRY(tsri_dim_check(space, a, b));
  if (b.expr == NULL && b.n <= 0) {
    char text[128];
    return TSR_FAIL(TSR_ERR_ARGUMENT, "size %s is divided by %lld",
                    tsr_dim_format(a, text, sizeof text), (long long)b.n);
  }
  return tsri_dim_finish(space, divided(space, a, b, out), "quotient", a, b, out);
}
