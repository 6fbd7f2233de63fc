/* libtensor-core/src/dim_promise.c - equalities that hold because somebody said so.
 *
 * Each promise a = b says that the polynomial a - b is 0. These are kept in reduced
 * echelon form over their monomials, so that "does a = b follow" is linear algebra.
 */
#include "dim_internal.h"

/* Enough digits for products of two coefficients. */
__extension__ typedef __int128 wide;

static tsri_poly fact_at(const tsr_dim_space *space, int32_t i) {
  return ((const tsr_dim_expr *)space->facts.items[i])->poly;
}

/* j p + k q with the common factor of all coefficients taken out */
static tsr_status reduced(tsr_dim_space *space, int64_t j, tsri_poly p, int64_t k, tsri_poly q,
                          tsri_poly *out) {
  if (k == INT64_MIN) return TSR_ERR_LIMIT;
  TSR_TRY(tsri_poly_combine(space, j, p, -k, q, out));
  int64_t content = tsri_poly_content(*out, TSRI_ALL_TERMS);
  tsri_term factor = {content, &tsri_mono_one};
  return content > 1 ? tsri_poly_div_term(space, *out, factor, out) : TSR_OK;
}

/* p without the leading monomial of fact. */
static tsr_status eliminate(tsr_dim_space *space, tsri_poly fact, tsri_poly *p) {
  int64_t coef = tsri_poly_coef(*p, fact.terms[0].mono);
  return coef ? reduced(space, fact.terms[0].coef, *p, coef, fact, p) : TSR_OK;
}

/* The polynomial that a new promise adds to the facts, with a positive lead. */
static tsr_status news(tsr_dim_space *space, tsr_dim a, tsr_dim b, tsri_poly *out) {
  tsri_poly p, q, none = {NULL, 0};
  TSR_TRY(tsri_poly_load(space, a, &p));
  TSR_TRY(tsri_poly_load(space, b, &q));
  TSR_TRY(reduced(space, 1, p, 1, q, out));
  for (int32_t i = 0; i < space->facts.n; i++)
    TSR_TRY(eliminate(space, fact_at(space, i), out));
  if (out->n && out->terms[0].coef < 0) return reduced(space, -1, *out, 0, none, out);
  return TSR_OK;
}

static tsr_status is_positive(tsr_dim_space *space, tsri_poly p, int64_t sign, bool *out) {
  tsri_poly q, none = {NULL, 0};
  TSR_TRY(tsri_poly_combine(space, sign, p, 0, none, &q));
  TSR_TRY(tsri_poly_add_const(space, q, -1, &q));
  return tsri_poly_nonnegative(space, q, out);
}

/* p = 0 is impossible when p > 0 or -p > 0 for all symbols. */
static tsr_status check_possible(tsr_dim_space *space, tsri_poly p, tsr_dim a, tsr_dim b) {
  bool above, below;
  TSR_TRY(is_positive(space, p, 1, &above));
  TSR_TRY(is_positive(space, p, -1, &below));
  if (!above && !below) return TSR_OK;
  char text_a[128], text_b[128];
  return TSR_FAIL(TSR_ERR_SHAPE, "sizes %s and %s cannot be equal",
                  tsr_dim_format(a, text_a, sizeof text_a),
                  tsr_dim_format(b, text_b, sizeof text_b));
}

/* All facts without the new leading monomial, then the new one; all or nothing. */
static tsr_status add_fact(tsr_dim_space *space, tsri_poly fresh) {
  int32_t n = space->facts.n;
  void *memory;
  tsr_dim dim;
  TSR_TRY(tsri_list_reserve(&space->facts, 1));
  TSR_TRY(tsr_arena_alloc(&space->scratch, ((size_t)n + 1) * sizeof(void *), &memory));
  void **updated = memory;
  for (int32_t i = 0; i <= n; i++) {
    tsri_poly p = i < n ? fact_at(space, i) : fresh;
    if (i < n) TSR_TRY(eliminate(space, fresh, &p));
    TSR_TRY(tsri_poly_store(space, p, &dim));
    updated[i] = (void *)dim.expr;
  }
  for (int32_t i = 0; i <= n; i++)
    space->facts.items[i] = updated[i];
  space->facts.n = n + 1;
  return TSR_OK;
}

static tsr_status promise(tsr_dim_space *space, tsr_dim a, tsr_dim b) {
  tsri_poly fresh;
  tsri_promise made = {a, b};
  void *kept;
  TSR_TRY(news(space, a, b, &fresh));
  if (fresh.n == 0) return TSR_OK; /* known already */
  TSR_TRY(check_possible(space, fresh, a, b));
  TSR_TRY(tsri_list_reserve(&space->promises, 1));
  TSR_TRY(tsr_arena_copy(&space->arena, &made, sizeof made, &kept));
  TSR_TRY(add_fact(space, fresh));
  space->promises.items[space->promises.n++] = kept;
  return TSR_OK;
}

tsr_status tsr_dim_space_assert(tsr_dim_space *space, tsr_dim a, tsr_dim b) {
  TSR_TRY(tsri_dim_check(space, a, b));
  if (a.expr == b.expr && a.n == b.n) return TSR_OK;
  if (!a.expr && !b.expr)
    return TSR_FAIL(TSR_ERR_SHAPE, "sizes %lld and %lld differ", (long long)a.n, (long long)b.n);
  return tsri_dim_finish(space, promise(space, a, b), "equality", a, b, NULL);
}

static int64_t coef_in(tsr_dim dim, const tsri_mono *mono) {
  if (dim.expr) return tsri_poly_coef(dim.expr->poly, mono);
  return mono == &tsri_mono_one ? dim.n : 0;
}

/* x = a - b lies in the span of the facts iff x = sum_i x[lead_i] / coef_i * fact_i: in
 * echelon form the leads fix the weights. Here: does that hold at one monomial? */
static bool agrees_at(const tsr_dim_space *space, tsr_dim a, tsr_dim b, const tsri_mono *mono) {
  wide top = (wide)coef_in(a, mono) - coef_in(b, mono), bottom = 1;
  for (int32_t i = 0; i < space->facts.n; i++) {
    tsri_poly fact = fact_at(space, i);
    const tsri_mono *lead = fact.terms[0].mono;
    wide weight = (wide)coef_in(a, lead) - coef_in(b, lead), part, coef = fact.terms[0].coef;
    int64_t here = tsri_poly_coef(fact, mono);
    if (weight == 0 || here == 0) continue;
    /* top / bottom - weight * here / coef */
    if (__builtin_mul_overflow(weight, (wide)here, &part) ||
        __builtin_mul_overflow(part, bottom, &part) || __builtin_mul_overflow(top, coef, &top) ||
        __builtin_sub_overflow(top, part, &top) || __builtin_mul_overflow(bottom, coef, &bottom))
      return false; /* too large to tell: not known */
  }
  return top == 0;
}

static bool agrees_on(const tsr_dim_space *space, tsr_dim a, tsr_dim b, tsri_poly monomials) {
  for (int32_t i = 0; i < monomials.n; i++)
    if (!agrees_at(space, a, b, monomials.terms[i].mono)) return false;
  return true;
}

bool tsr_dim_same(const tsr_dim_space *space, tsr_dim a, tsr_dim b) {
  if (a.expr == b.expr) return a.n == b.n;
  if (space == NULL || space->facts.n == 0) return false;
  if (!tsri_dim_owned(space, a) || !tsri_dim_owned(space, b)) return false;
  if (!agrees_at(space, a, b, &tsri_mono_one)) return false;
  if (a.expr && !agrees_on(space, a, b, a.expr->poly)) return false;
  if (b.expr && !agrees_on(space, a, b, b.expr->poly)) return false;
  for (int32_t i = 0; i < space->facts.n; i++)
    if (!agrees_on(space, a, b, fact_at(space, i))) return false;
  return true;
}

static tsr_status check_promise(const tsri_promise *p, const int64_t *values) {
  int64_t a = 0, b = 0;
  const tsri_atom *unbound;
  char text_a[128], text_b[128];
  tsr_status status = tsri_dim_eval(p->a, values, &a, &unbound);
  if (status == TSR_OK) status = tsri_dim_eval(p->b, values, &b, &unbound);
  if (status == TSR_ERR_STATE || (status == TSR_OK && a == b)) return TSR_OK;
  tsr_dim_format(p->a, text_a, sizeof text_a);
  tsr_dim_format(p->b, text_b, sizeof text_b);
  if (status != TSR_OK) return TSR_FAIL(status, "sizes %s and %s have no value", text_a, text_b);
  return TSR_FAIL(TSR_ERR_SHAPE, "sizes %s = %lld and %s = %lld should be equal", text_a,
                  (long long)a, text_b, (long long)b);
}

tsr_status tsr_dim_check_asserted(const tsr_dim_space *space, const int64_t *values) {
  for (int32_t i = 0; i < space->promises.n; i++)
    TSR_TRY(check_promise(space->promises.items[i], values));
  return TSR_OK;
}
