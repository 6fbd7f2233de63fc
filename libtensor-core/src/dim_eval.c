/* libtensor-core/src/dim_eval.c - dims with numbers in place of symbols, and back. */
#include "dim_internal.h"

/* Terms may be far larger than their sum, so they are added in 128 bits. */
__extension__ typedef __int128 wide;

static tsr_status value_of_dim(tsr_dim dim, const int64_t *values, int64_t *out,
                               const tsri_atom **unbound);

static tsr_status value_of_atom(const tsri_atom *atom, const int64_t *values, int64_t *out,
                                const tsri_atom **unbound) {
  int64_t a, b;
  if (atom->kind == TSRI_ATOM_SYMBOL) {
    bool bound = values && values[atom->symbol] >= 0;
    *unbound = bound ? NULL : atom;
    *out = bound ? values[atom->symbol] : 0;
    return bound ? TSR_OK : TSR_ERR_STATE;
  }
  TSR_TRY(value_of_dim(atom->a, values, &a, unbound));
  TSR_TRY(value_of_dim(atom->b, values, &b, unbound));
  if (atom->kind == TSRI_ATOM_MAX)
    *out = a > b ? a : b;
  else if (b <= 0)
    return TSR_ERR_ARGUMENT;
  else
    *out = tsri_floor_div(a, b);
  return TSR_OK;
}

/* product *= base ^ exponent by repeated squaring: 1^(2^31) must not take forever */
static tsr_status mul_power(wide base, int32_t exponent, wide *product) {
  for (;;) {
    if (exponent & 1 && __builtin_mul_overflow(*product, base, product)) return TSR_ERR_LIMIT;
    exponent >>= 1;
    if (exponent == 0) return TSR_OK;
    if (__builtin_mul_overflow(base, base, &base)) return TSR_ERR_LIMIT;
  }
}

/* A term without the symbol `but`, which may be NULL. */
static tsr_status value_of_term(const tsri_term *t, const tsri_atom *but, const int64_t *values,
                                wide *out, const tsri_atom **unbound) {
  wide product = t->coef;
  bool zero = false, large = false;
  for (int32_t i = 0; i < t->mono->n; i++) {
    const tsri_power *p = &t->mono->powers[i];
    int64_t value;
    if (p->atom == but) continue;
    TSR_TRY(value_of_atom(p->atom, values, &value, unbound));
    zero |= value == 0;
    large = large || mul_power(value, p->exponent, &product) != TSR_OK;
  }
  *out = zero ? 0 : product; /* a factor 0 excuses the size of the others */
  return large && !zero ? TSR_ERR_LIMIT : TSR_OK;
}

static tsr_status value_of_dim(tsr_dim dim, const int64_t *values, int64_t *out,
                               const tsri_atom **unbound) {
  *out = dim.n;
  if (dim.expr == NULL) return TSR_OK;
  wide sum = 0, term;
  for (int32_t i = 0; i < dim.expr->poly.n; i++) {
    TSR_TRY(value_of_term(&dim.expr->poly.terms[i], NULL, values, &term, unbound));
    if (__builtin_add_overflow(sum, term, &sum)) return TSR_ERR_LIMIT;
  }
  if (sum < INT64_MIN || sum > INT64_MAX) return TSR_ERR_LIMIT;
  *out = (int64_t)sum;
  return TSR_OK;
}

tsr_status tsri_dim_eval(tsr_dim dim, const int64_t *values, int64_t *out,
                         const tsri_atom **unbound) {
  *unbound = NULL;
  tsr_status status = value_of_dim(dim, values, out, unbound);
  if (status != TSR_OK) *out = 0;
  return status;
}

/* Words for what tsri_dim_eval returned. */
static tsr_status explain(tsr_status status, tsr_dim dim, const tsri_atom *unbound) {
  char text[256];
  if (status == TSR_OK) return TSR_OK;
  tsr_dim_format(dim, text, sizeof text);
  if (status == TSR_ERR_STATE)
    return TSR_FAIL(status, "size %s needs a value of %s", text, unbound->name);
  if (status == TSR_ERR_ARGUMENT)
    return TSR_FAIL(status, "size %s divides by a number that is not positive", text);
  return TSR_FAIL(status, "the value of size %s does not fit 64 bits", text);
}

tsr_status tsr_dim_eval(tsr_dim dim, const int64_t *values, int64_t *out) {
  const tsri_atom *unbound;
  tsr_status status = tsri_dim_eval(dim, values, out, &unbound);
  return explain(status, dim, unbound);
}

/* dim = slope * symbol + rest, with everything else bound. */
typedef struct line {
  const tsri_atom *symbol; /* NULL: no unknown */
  wide slope;
  wide rest;
} line;

/* The unbound symbol that a term has as a factor, or NULL. */
static const tsri_power *unknown_factor(const tsri_term *t, const int64_t *values) {
  for (int32_t i = 0; i < t->mono->n; i++) {
    const tsri_atom *atom = t->mono->powers[i].atom;
    if (atom->kind == TSRI_ATOM_SYMBOL && values[atom->symbol] < 0) return &t->mono->powers[i];
  }
  return NULL;
}

/* STATE when dim is no line, because of several unknowns, powers or opaque forms. */
static tsr_status as_line(tsri_poly p, const int64_t *values, line *out) {
  *out = (line){NULL, 0, 0};
  for (int32_t i = 0; i < p.n; i++) {
    const tsri_atom *unbound;
    const tsri_power *unknown = unknown_factor(&p.terms[i], values);
    wide value, *sum = unknown ? &out->slope : &out->rest;
    if (unknown && unknown->exponent != 1) return TSR_ERR_STATE;
    if (unknown && out->symbol && out->symbol != unknown->atom) return TSR_ERR_STATE;
    if (unknown) out->symbol = unknown->atom;
    TSR_TRY(value_of_term(&p.terms[i], unknown ? unknown->atom : NULL, values, &value, &unbound));
    if (__builtin_add_overflow(*sum, value, sum)) return TSR_ERR_LIMIT;
  }
  return TSR_OK;
}

static tsr_status refuse(tsr_dim dim, int64_t size) {
  char text[256];
  return TSR_FAIL(TSR_ERR_SHAPE, "size %s cannot be %lld", tsr_dim_format(dim, text, sizeof text),
                  (long long)size);
}

static tsr_status bind_line(const line *l, tsr_dim dim, int64_t size, int64_t *values,
                            bool *bound) {
  wide missing;
  if (__builtin_sub_overflow((wide)size, l->rest, &missing)) return refuse(dim, size);
  if (l->slope == 0) { /* nothing to learn, only to check */
    *bound = l->symbol == NULL && missing == 0;
    return missing == 0 ? TSR_OK : refuse(dim, size);
  }
  /* slope -1 is kept from the most negative number by the bound on |missing| */
  if (missing % l->slope != 0) return refuse(dim, size);
  wide value = missing / l->slope;
  if (value < 0 || value > INT64_MAX) return refuse(dim, size);
  values[l->symbol->symbol] = (int64_t)value;
  *bound = true;
  return TSR_OK;
}

tsr_status tsr_dim_bind(const tsr_dim_space *space, tsr_dim dim, int64_t size, int64_t *values,
                        bool *bound) {
  *bound = false;
  TSR_TRY(tsri_dim_check(space, dim, dim));
  if (size < 0) return TSR_FAIL(TSR_ERR_ARGUMENT, "size %lld is negative", (long long)size);
  line l = {NULL, 0, dim.n};
  tsr_status status = dim.expr ? as_line(dim.expr->poly, values, &l) : TSR_OK;
  if (status == TSR_ERR_STATE) return TSR_OK; /* try again later */
  TSR_TRY(explain(status, dim, NULL));
  return bind_line(&l, dim, size, values, bound);
}
