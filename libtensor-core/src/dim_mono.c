/* libtensor-core/src/dim_mono.c - products of powers of atoms.
 *
 * Monomials are ordered by degree, then lexicographically with earlier atoms
 * first. The order survives multiplication, which polynomial division needs.
 */
#include "dim_internal.h"

const tsri_mono tsri_mono_one = {TSR_HASH_SEED, 0, 0, NULL};

int tsri_mono_order(const tsri_mono *a, const tsri_mono *b) {
  if (a == b) return 0;
  if (a->degree != b->degree) return a->degree > b->degree ? 1 : -1;
  for (int32_t i = 0; i < a->n && i < b->n; i++) {
    const tsri_power *p = &a->powers[i], *q = &b->powers[i];
    if (p->atom != q->atom) return p->atom->id < q->atom->id ? 1 : -1;
    if (p->exponent != q->exponent) return p->exponent > q->exponent ? 1 : -1;
  }
  return 0; /* not reached: equal monomials are one */
}

/* What becomes of the exponents p and q of one atom; 0 where it is absent. */
typedef tsr_status (*exponent_rule)(int32_t p, int32_t q, int32_t *out);

static tsr_status add_exponents(int32_t p, int32_t q, int32_t *out) {
  return __builtin_add_overflow(p, q, out) ? TSR_ERR_LIMIT : TSR_OK;
}

static tsr_status sub_exponents(int32_t p, int32_t q, int32_t *out) {
  *out = p - q;
  return TSR_OK;
}

static tsr_status least_exponent(int32_t p, int32_t q, int32_t *out) {
  *out = p < q ? p : q;
  return TSR_OK;
}

static tsr_status merge(tsr_dim_space *space, exponent_rule rule, const tsri_mono *a,
                        const tsri_mono *b, const tsri_mono **out) {
  tsri_power *powers;
  int32_t n = 0, i = 0, k = 0;
  TSR_TRY(tsri_scratch_powers(space, a->n + b->n, &powers));
  while (i < a->n || k < b->n) {
    const tsri_power *p = i < a->n ? &a->powers[i] : NULL, *q = k < b->n ? &b->powers[k] : NULL;
    bool use_p = p && (!q || p->atom->id <= q->atom->id);
    bool use_q = q && (!p || q->atom->id <= p->atom->id);
    tsri_power *made = &powers[n];
    made->atom = use_p ? p->atom : q->atom;
    TSR_TRY(rule(use_p ? p->exponent : 0, use_q ? q->exponent : 0, &made->exponent));
    if (made->exponent) n++;
    i += use_p;
    k += use_q;
  }
  return tsri_mono_intern(space, powers, n, out);
}

tsr_status tsri_mono_mul(tsr_dim_space *space, const tsri_mono *a, const tsri_mono *b,
                         const tsri_mono **out) {
  *out = a->n ? a : b;
  if (a->n == 0 || b->n == 0) return TSR_OK;
  return merge(space, add_exponents, a, b, out);
}

tsr_status tsri_mono_gcd(tsr_dim_space *space, const tsri_mono *a, const tsri_mono *b,
                         const tsri_mono **out) {
  *out = a;
  if (a == b) return TSR_OK;
  return merge(space, least_exponent, a, b, out);
}

static int32_t exponent_of(const tsri_mono *mono, const tsri_atom *atom) {
  for (int32_t i = 0; i < mono->n; i++)
    if (mono->powers[i].atom == atom) return mono->powers[i].exponent;
  return 0;
}

tsr_status tsri_mono_div(tsr_dim_space *space, const tsri_mono *a, const tsri_mono *b,
                         const tsri_mono **out) {
  *out = b->n ? NULL : a;
  if (b->n == 0) return TSR_OK;
  for (int32_t i = 0; i < b->n; i++)
    if (exponent_of(a, b->powers[i].atom) < b->powers[i].exponent) return TSR_OK;
  return merge(space, sub_exponents, a, b, out);
}
