/* program_elementwise.c - arithmetic, comparisons, conversions. */
#include "program.h"

typedef tsr_value (*unary)(tsr_builder *, tsr_value);
typedef tsr_value (*binary)(tsr_builder *, tsr_value, tsr_value);

static bool is_float(tsr_dtype dtype) { return IN_FLOATS >> dtype & 1; }

static bool add(grower *g, item *out) {
  static const binary ops[] = {tsr_add, tsr_sub};
  item x, y;
  shape t;
  if (!pick(g, IN_NUMBERS, 0, &x, &t) || !partner(g, &t, &y)) return false;
  const binary op = ops[roll(g, 2)];
  out->v = roll(g, 2) ? op(g->b, x.v, y.v) : op(g->b, y.v, x.v);
  out->exact = x.exact && y.exact;
  out->bound = x.bound + y.bound;
  return true;
}

/* Rounding of a complex product may differ; a fraction of it is not an exact one. */
static bool mul(grower *g, item *out) {
  item x, y;
  shape t;
  if (!pick(g, IN_NUMBERS, 0, &x, &t) || !partner(g, &t, &y)) return false;
  out->v = roll(g, 2) ? tsr_mul(g->b, x.v, y.v) : tsr_mul(g->b, y.v, x.v);
  out->exact = x.exact && y.exact && t.dtype != TSR_C128;
  out->bound = x.bound * y.bound;
  return true;
}

/* By something that is never zero. */
static bool quotient(grower *g, item *out) {
  item x, y;
  shape t;
  if (!pick(g, IN_NUMBERS, 0, &x, &t) || !partner(g, &t, &y)) return false;
  out->exact = x.exact && y.exact && t.dtype != TSR_C128;
  out->bound = x.bound;
  if (t.dtype == TSR_I64) {
    const tsr_value is_zero = tsr_eq(g->b, y.v, tsr_scalar_int(g->b, 0));
    out->v = tsr_div(g->b, x.v, tsr_select(g->b, is_zero, tsr_scalar_int(g->b, 3), y.v));
  } else if (t.dtype == TSR_F64) {
    out->v = tsr_div(g->b, x.v, tsr_add(g->b, tsr_mul(g->b, y.v, y.v), tsr_scalar(g->b, 1.5)));
  } else { /* |y + 2 bound| >= bound */
    out->v = tsr_div(g->b, x.v, tsr_add(g->b, y.v, tsr_scalar(g->b, 2 * y.bound + 1)));
  }
  return true;
}

static bool negative(grower *g, item *out) {
  shape t;
  if (!pick(g, IN_NUMBERS, 0, out, &t)) return false;
  out->v = tsr_neg(g->b, out->v);
  return true;
}

static bool analytic(grower *g, item *out) {
  static const unary ops[] = {tsr_exp, tsr_sin, tsr_cos};
  item x;
  shape t;
  if (!pick(g, IN_FLOATS, 0, &x, &t)) return false;
  const int64_t k = roll(g, 3);
  if (t.dtype == TSR_C128 || k == 0) x.v = tsr_mul(g->b, x.v, tsr_scalar(g->b, 0.25));
  *out = (item){ops[k](g->b, x.v), false, t.dtype == TSR_C128 || k == 0 ? 2.75 : 1};
  return true;
}

static bool compare(grower *g, item *out) {
  item x, y;
  shape t;
  if (!pick(g, IN_ANY, 0, &x, &t) || !partner(g, &t, &y) || !x.exact || !y.exact) return false;
  const int64_t k = roll(g, t.dtype == TSR_C128 ? 2 : 6);
  out->v = tsr_compare(g->b, x.v, y.v, (tsr_direction)k);
  return true;
}

static bool select(grower *g, item *out) {
  item x, y, p;
  shape t, u;
  if (!pick(g, IN_ANY, 0, &x, &t) || !partner(g, &t, &y)) return false;
  u = t;
  u.dtype = TSR_BOOL;
  if (!partner(g, &u, &p)) return false;
  out->v = roll(g, 2) ? tsr_select(g->b, p.v, x.v, y.v) : tsr_select(g->b, p.v, y.v, x.v);
  out->exact = x.exact && y.exact;
  out->bound = x.bound > y.bound ? x.bound : y.bound;
  return true;
}

/* max(x, y), min(x, y) as one writes them; kinks of exact values only */
static bool larger(grower *g, item *out) {
  item x, y;
  shape t;
  if (!pick(g, TSR_BIT(F64) | TSR_BIT(I64), 0, &x, &t) || !partner(g, &t, &y)) return false;
  if (!x.exact || !y.exact) return false;
  const tsr_value p = roll(g, 2) ? tsr_lt(g->b, x.v, y.v) : tsr_ge(g->b, x.v, y.v);
  *out = (item){tsr_select(g->b, p, y.v, x.v), true, x.bound > y.bound ? x.bound : y.bound};
  return true;
}

static bool convert(grower *g, item *out) {
  static const tsr_dtype dtypes[] = {TSR_F64, TSR_I64, TSR_C128, TSR_BOOL};
  shape t;
  return pick(g, IN_ANY, 0, out, &t) && as_dtype(g, out, dtypes[roll(g, 4)]);
}

/* 32 bits and back again */
static bool narrow(grower *g, item *out) {
  shape t;
  if (!pick(g, TSR_BIT(I64), 0, out, &t)) return false;
  out->v = tsr_convert(g->b, tsr_convert(g->b, out->v, roll(g, 2) ? TSR_I32 : TSR_U8), TSR_I64);
  return true;
}

static bool parts(grower *g, item *out) {
  static const unary ops[] = {tsr_real, tsr_imag, tsr_conj};
  shape t;
  if (!pick(g, IN_FLOATS, 0, out, &t)) return false;
  out->v = ops[roll(g, 3)](g->b, out->v);
  return true;
}

static bool complex_of(grower *g, item *out) {
  item x, y;
  shape t;
  if (!pick(g, TSR_BIT(F64), 0, &x, &t) || !partner(g, &t, &y)) return false;
  *out = (item){tsr_complex(g->b, x.v, y.v), x.exact && y.exact, x.bound + y.bound};
  return true;
}

/* x + 0, 1 x, x - x, -(-x), x / 1: what algebra may simplify */
static bool neutral(grower *g, item *out) {
  shape t;
  if (!pick(g, IN_NUMBERS, 0, out, &t)) return false;
  const tsr_value one = tsr_scalar_int(g->b, 1), zero = tsr_scalar_int(g->b, 0), x = out->v;
  switch (roll(g, 6)) {
  case 0:
    out->v = tsr_add(g->b, x, zero);
    return true;
  case 1:
    out->v = tsr_mul(g->b, one, x);
    return true;
  case 2:
    out->v = tsr_sub(g->b, x, x);
    return true;
  case 3:
    out->v = tsr_neg(g->b, tsr_neg(g->b, x));
    return true;
  case 4:
    out->v = tsr_div(g->b, x, one);
    return true;
  default:
    out->v = tsr_mul(g->b, tsr_full(g->b, t.dtype, dims_of(&t), 0), x);
    return true;
  }
}

item combine(grower *g, item x, item y) {
  const shape t = shape_of(g, x.v);
  item z = {x.v, x.exact && y.exact, x.bound + y.bound};
  const int64_t k = roll(g, 4);
  if (t.dtype == TSR_BOOL) {
    z.v = tsr_compare(g->b, x.v, y.v, (tsr_direction)roll(g, 6));
  } else if (k == 0) {
    z.v = tsr_sub(g->b, x.v, y.v);
  } else if (k == 1) {
    z.v = tsr_mul(g->b, x.v, y.v);
    z.bound = x.bound * y.bound;
    z.exact = z.exact && t.dtype != TSR_C128;
  } else {
    z.v = tsr_add(g->b, x.v, y.v);
  }
  if (is_float(t.dtype)) tame(g, &z);
  return z;
}

static bool combined(grower *g, item *out) {
  item x, y;
  shape t;
  if (!pick(g, IN_ANY, 0, &x, &t) || !partner(g, &t, &y)) return false;
  *out = combine(g, x, y);
  return true;
}

static const step steps[] = {add,     mul,    quotient, negative,   analytic, compare, select,
                             convert, narrow, parts,    complex_of, neutral,  larger,  combined};
const step_table elementwise_steps = {steps, sizeof steps / sizeof *steps};
