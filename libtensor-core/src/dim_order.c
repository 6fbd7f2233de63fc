/* libtensor-core/src/dim_order.c - what is known about the sign of a polynomial.
 *
 * Symbols are >= 0, so nonnegative coefficients over nonnegative atoms suffice. An
 * opaque atom that spoils it is replaced by an operand that bounds it:
 *
 *   p, q <= max(p, q) <= p + q      for p, q >= 0
 *   floor(p / b) <= p / b           for b > 0
 */
#include "dim_internal.h"

/* A bound here, a bound there: give up soon, sizes are simple things. */
enum {
  FUEL = 24
};

static bool is_nonnegative_mono(const tsri_mono *mono) {
  for (int32_t i = 0; i < mono->n; i++)
    if (!mono->powers[i].atom->nonnegative && mono->powers[i].exponent % 2) return false;
  return true;
}

static bool is_plainly_nonnegative(tsri_poly p) {
  for (int32_t i = 0; i < p.n; i++)
    if (p.terms[i].coef < 0 || !is_nonnegative_mono(p.terms[i].mono)) return false;
  return true;
}

/* The atom of a term c * atom with an opaque atom, or NULL. */
static const tsri_atom *opaque_atom(const tsri_term *t) {
  if (t->mono->n != 1 || t->mono->degree != 1) return NULL;
  const tsri_atom *atom = t->mono->powers[0].atom;
  return atom->kind == TSRI_ATOM_SYMBOL ? NULL : atom;
}

static tsr_status search(tsr_dim_space *space, tsri_poly p, int *fuel, bool *out);

/* Go on with p - scale * (term i) + scale * c * bound. */
static tsr_status replace(tsr_dim_space *space, tsri_poly p, int32_t i, tsri_poly bound,
                          int64_t divisor, int *fuel, bool *out) {
  tsri_poly one = {&p.terms[i], 1}, q;
  tsr_status status = tsri_poly_combine(space, 1, p, -1, one, &q);
  if (status == TSR_OK)
    status = tsri_poly_combine(space, 1, q, p.terms[i].coef / divisor, bound, &q);
  if (status == TSR_ERR_LIMIT) return TSR_OK; /* this way is closed, no more */
  TSR_TRY(status);
  return search(space, q, fuel, out);
}

static tsr_status bound_max(tsr_dim_space *space, tsri_poly p, int32_t i, const tsri_atom *atom,
                            int *fuel, bool *out) {
  tsri_poly a, b, sum;
  TSR_TRY(tsri_poly_load(space, atom->a, &a));
  TSR_TRY(tsri_poly_load(space, atom->b, &b));
  if (p.terms[i].coef > 0) {
    TSR_TRY(replace(space, p, i, a, 1, fuel, out));
    return *out ? TSR_OK : replace(space, p, i, b, 1, fuel, out);
  }
  if (!is_plainly_nonnegative(a) || !is_plainly_nonnegative(b)) return TSR_OK;
  tsr_status status = tsri_poly_combine(space, 1, a, 1, b, &sum);
  if (status == TSR_ERR_LIMIT) return TSR_OK;
  TSR_TRY(status);
  return replace(space, p, i, sum, 1, fuel, out);
}

static tsr_status bound_div(tsr_dim_space *space, tsri_poly p, int32_t i, const tsri_atom *atom,
                            int *fuel, bool *out) {
  int64_t coef = p.terms[i].coef;
  if (coef > 0) return TSR_OK;
  tsri_poly a;
  TSR_TRY(tsri_poly_load(space, atom->a, &a));
  if (atom->b.expr == NULL && coef % atom->b.n == 0)
    return replace(space, p, i, a, atom->b.n, fuel, out);
  return is_plainly_nonnegative(a) ? replace(space, p, i, a, 1, fuel, out) : TSR_OK;
}

static tsr_status search(tsr_dim_space *space, tsri_poly p, int *fuel, bool *out) {
  *out = is_plainly_nonnegative(p);
  if (*out || --*fuel < 0) return TSR_OK;
  for (int32_t i = 0; i < p.n && !*out; i++) {
    const tsri_atom *atom = opaque_atom(&p.terms[i]);
    if (atom == NULL) continue;
    TSR_TRY(atom->kind == TSRI_ATOM_MAX ? bound_max(space, p, i, atom, fuel, out)
                                        : bound_div(space, p, i, atom, fuel, out));
  }
  return TSR_OK;
}

tsr_status tsri_poly_nonnegative(tsr_dim_space *space, tsri_poly p, bool *out) {
  int fuel = FUEL;
  return search(space, p, &fuel, out);
}
