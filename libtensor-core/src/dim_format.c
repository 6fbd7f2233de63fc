/* libtensor-core/src/dim_format.c - dims as text, such as "2*n + 1". */
#include "dim_internal.h"
#include "text.h"

static void put_dim(tsri_text *text, tsr_dim dim);

static void put_atom(tsri_text *text, const tsri_atom *atom) {
  if (atom->kind == TSRI_ATOM_SYMBOL) {
    tsri_text_put(text, "%s", atom->name);
    return;
  }
  tsri_text_put(text, atom->kind == TSRI_ATOM_DIV ? "div(" : "max(");
  put_dim(text, atom->a);
  tsri_text_put(text, ", ");
  put_dim(text, atom->b);
  tsri_text_put(text, ")");
}

static void put_mono(tsri_text *text, const tsri_mono *mono) {
  for (int32_t i = 0; i < mono->n; i++) {
    if (i) tsri_text_put(text, "*");
    put_atom(text, mono->powers[i].atom);
    if (mono->powers[i].exponent > 1) tsri_text_put(text, "^%d", (int)mono->powers[i].exponent);
  }
}

/* The sign, and the coefficient when it is not one: "n", " + 2*n", " - 3". */
static void put_coef(tsri_text *text, int64_t coef, const tsri_mono *mono, bool first) {
  uint64_t size = coef < 0 ? 0 - (uint64_t)coef : (uint64_t)coef;
  if (first)
    tsri_text_put(text, coef < 0 ? "-" : "");
  else
    tsri_text_put(text, coef < 0 ? " - " : " + ");
  if (mono->n == 0 || size != 1) tsri_text_put(text, "%llu", (unsigned long long)size);
  if (mono->n && size != 1) tsri_text_put(text, "*");
}

/* A minimum is held as p + q - max(p, q), c times. */
typedef struct minimum {
  const tsri_term *term; /* -c max(p, q), or NULL */
  int64_t times;         /* c > 0 */
  const tsri_atom *max;
} minimum;

static int64_t operand_coef(tsr_dim dim, const tsri_mono *mono) {
  if (dim.expr) return tsri_poly_coef(dim.expr->poly, mono);
  return mono == &tsri_mono_one ? dim.n : 0;
}

/* What the minimum needs of a monomial; 0 when that cannot be counted. */
static int64_t share(const minimum *m, const tsri_mono *mono) {
  int64_t sum, product;
  if (__builtin_add_overflow(operand_coef(m->max->a, mono), operand_coef(m->max->b, mono), &sum) ||
      __builtin_mul_overflow(sum, m->times, &product))
    return 0;
  return product;
}

/* Are all of c p and c q among the terms? The constant may come out negative. */
static bool is_covered(const minimum *m, tsri_poly p, tsr_dim operand) {
  for (int32_t i = 0; operand.expr && i < operand.expr->poly.n; i++) {
    const tsri_mono *mono = operand.expr->poly.terms[i].mono;
    int64_t needed = share(m, mono);
    if (mono != &tsri_mono_one && (needed <= 0 || tsri_poly_coef(p, mono) < needed)) return false;
  }
  return true;
}

/* The constant beside a minimum. */
static bool constant_beside(const minimum *m, tsri_poly p, int64_t *out) {
  return !__builtin_sub_overflow(tsri_poly_const(p), share(m, &tsri_mono_one), out);
}

static minimum find_minimum(tsri_poly p) {
  int64_t constant;
  for (int32_t i = 0; i < p.n; i++) {
    const tsri_term *t = &p.terms[i];
    if (t->coef >= 0 || t->coef == INT64_MIN || t->mono->degree != 1) continue;
    minimum m = {t, -t->coef, t->mono->powers[0].atom};
    if (m.max->kind == TSRI_ATOM_MAX && is_covered(&m, p, m.max->a) &&
        is_covered(&m, p, m.max->b) && constant_beside(&m, p, &constant))
      return m;
  }
  return (minimum){NULL, 0, NULL};
}

static void put_minimum(tsri_text *text, const minimum *m, bool first) {
  put_coef(text, m->times, m->term->mono, first);
  tsri_text_put(text, "min(");
  put_dim(text, m->max->a);
  tsri_text_put(text, ", ");
  put_dim(text, m->max->b);
  tsri_text_put(text, ")");
}

static void put_poly(tsri_text *text, tsri_poly p) {
  minimum m = find_minimum(p);
  bool first = true;
  for (int32_t i = 0; i < p.n && !tsri_text_is_full(text); i++) {
    const tsri_term *t = &p.terms[i];
    int64_t coef = m.term ? t->coef - share(&m, t->mono) : t->coef;
    if (t->mono == &tsri_mono_one || coef == 0) continue;
    if (t == m.term) {
      put_minimum(text, &m, first);
    } else {
      put_coef(text, coef, t->mono, first);
      put_mono(text, t->mono);
    }
    first = false;
  }
  int64_t constant = tsri_poly_const(p);
  if (m.term) constant_beside(&m, p, &constant);
  if (constant) put_coef(text, constant, &tsri_mono_one, first);
}

static void put_dim(tsri_text *text, tsr_dim dim) {
  if (tsri_text_is_full(text)) return;
  if (dim.expr)
    put_poly(text, dim.expr->poly);
  else
    tsri_text_put(text, "%lld", (long long)dim.n);
}

const char *tsr_dim_format(tsr_dim dim, char *buffer, size_t size) {
  tsri_text text = tsri_text_in(buffer, size);
  put_dim(&text, dim);
  return buffer;
}
