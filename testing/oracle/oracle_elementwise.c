/* oracle_elementwise.c - one element of each operand gives one of the result. */
#include "oracle_internal.h"

#include <complex.h>
#include <math.h>

static double complex number(tsr_cell x) { return CMPLX(x.re, x.im); }
static tsr_cell cell(double complex z) { return (tsr_cell){.re = creal(z), .im = cimag(z)}; }
static bool is_complex(tsr_dtype dtype) { return tsr_dtype_kind(dtype) == TSR_KIND_COMPLEX; }
static bool is_unsigned(tsr_dtype dtype) { return tsr_dtype_kind(dtype) == TSR_KIND_UNSIGNED; }
static int64_t wrapped(uint64_t bits) {
  return bits > INT64_MAX ? -(int64_t)(UINT64_MAX - bits) - 1 : (int64_t)bits;
}

tsr_cell oracle_add(tsr_dtype dtype, tsr_cell x, tsr_cell y) {
  const int64_t i = wrapped((uint64_t)x.i + (uint64_t)y.i);
  return oracle_fit(dtype, (tsr_cell){x.re + y.re, x.im + y.im, i});
}

tsr_cell oracle_mul(tsr_dtype dtype, tsr_cell x, tsr_cell y) {
  tsr_cell z = {x.re * y.re, 0, wrapped((uint64_t)x.i * (uint64_t)y.i)};
  if (is_complex(dtype)) {
    z.re = x.re * y.re - x.im * y.im;
    z.im = x.re * y.im + x.im * y.re;
  }
  return oracle_fit(dtype, z);
}

bool oracle_less(tsr_dtype dtype, tsr_cell x, tsr_cell y) {
  if (oracle_is_float(dtype)) return x.re < y.re;
  return is_unsigned(dtype) ? (uint64_t)x.i < (uint64_t)y.i : x.i < y.i;
}

static tsr_cell add(tsr_dtype d, const tsr_cell *x) { return oracle_add(d, x[0], x[1]); }
static tsr_cell mul(tsr_dtype d, const tsr_cell *x) { return oracle_mul(d, x[0], x[1]); }
static tsr_cell neg(tsr_dtype d, const tsr_cell *x) {
  return oracle_fit(d, (tsr_cell){-x[0].re, -x[0].im, wrapped(0 - (uint64_t)x[0].i)});
}
static tsr_cell sub(tsr_dtype d, const tsr_cell *x) { return oracle_add(d, x[0], neg(d, &x[1])); }

/* A zero divisor was refused before. */
static tsr_cell div_(tsr_dtype d, const tsr_cell *x) {
  if (is_complex(d)) return oracle_fit(d, cell(number(x[0]) / number(x[1])));
  if (oracle_is_float(d)) return oracle_fit(d, (tsr_cell){.re = x[0].re / x[1].re});
  if (is_unsigned(d)) return (tsr_cell){.i = wrapped((uint64_t)x[0].i / (uint64_t)x[1].i)};
  return x[1].i == -1 ? neg(d, x) : (tsr_cell){.i = x[0].i / x[1].i};
}

static tsr_cell select_(tsr_dtype d, const tsr_cell *x) {
  (void)d;
  return x[0].i ? x[1] : x[2];
}

static tsr_cell real_(tsr_dtype d, const tsr_cell *x) {
  (void)d;
  return (tsr_cell){.re = x->re};
}
static tsr_cell imag_(tsr_dtype d, const tsr_cell *x) {
  (void)d;
  return (tsr_cell){.re = x->im};
}
static tsr_cell conj_(tsr_dtype d, const tsr_cell *x) {
  (void)d;
  return (tsr_cell){.re = x->re, .im = -x->im};
}
static tsr_cell complex_(tsr_dtype d, const tsr_cell *x) {
  (void)d;
  return (tsr_cell){.re = x[0].re, .im = x[1].re};
}

static const oracle_cell_fn cells[TSR_OP_CORE_COUNT] = {
    [TSR_OP_ADD] = add,    [TSR_OP_SUB] = sub,         [TSR_OP_MUL] = mul,    [TSR_OP_DIV] = div_,
    [TSR_OP_NEG] = neg,    [TSR_OP_SELECT] = select_,  [TSR_OP_REAL] = real_, [TSR_OP_IMAG] = imag_,
    [TSR_OP_CONJ] = conj_, [TSR_OP_COMPLEX] = complex_};

static oracle_cell_fn cell_of(tsr_op_id id) {
  if (cells[id] != NULL) return cells[id];
  return oracle_analytic(id) != NULL ? oracle_analytic(id) : oracle_order(id);
}

/* Integers divided by zero, or raised to a negative power. */
static tsr_status check_integers(tsr_op_id id, tsr_dtype dtype, const tsr_cell *x) {
  if (oracle_is_float(dtype)) return TSR_OK;
  if ((id == TSR_OP_DIV || id == TSR_OP_REM) && x[1].i == 0)
    return TSR_FAIL(TSR_ERR_NUMERIC, "integer division by zero");
  if (id == TSR_OP_POW && !is_unsigned(dtype) && x[1].i < 0)
    return TSR_FAIL(TSR_ERR_NUMERIC, "an integer to a negative power");
  return TSR_OK;
}

static tsr_status run_cells(const oracle_call *c) {
  const tsr_op_id id = tsr_op_core_id(c->op);
  const tsr_array *z = &c->out[0];
  for (int64_t n = 0; n < z->n; n++) {
    tsr_cell x[3];
    for (int32_t i = 0; i < c->n_in; i++)
      x[i] = c->in[i].at[n];
    TSR_TRY(check_integers(id, z->dtype, x));
    z->at[n] = cell_of(id)(z->dtype, x);
  }
  return TSR_OK;
}

/* ---- comparison ---- */

static tsr_status compare(const oracle_call *c) {
  const tsr_direction direction = (tsr_direction)((const tsr_compare_attrs *)c->attrs)->direction;
  const tsr_dtype d = c->in[0].dtype;
  for (int64_t n = 0; n < c->out[0].n; n++) {
    const tsr_cell x = c->in[0].at[n], y = c->in[1].at[n];
    const bool eq = x.re == y.re && x.im == y.im && x.i == y.i;
    const bool lt = oracle_less(d, x, y), gt = oracle_less(d, y, x);
    const bool truth[] = {[TSR_EQ] = eq,       [TSR_NE] = !eq, [TSR_LT] = lt,
                          [TSR_LE] = lt || eq, [TSR_GT] = gt,  [TSR_GE] = gt || eq};
    c->out[0].at[n].i = truth[direction];
  }
  return TSR_OK;
}

/* ---- conversion ---- */

/* Towards zero, into [low, high]; NaN is 0. */
static tsr_cell to_integer(tsr_dtype to, double x) {
  const int bits = (int)tsr_dtype_size(to) * 8;
  const double low = is_unsigned(to) ? 0.0 : -ldexp(1.0, bits - 1);
  const double high = ldexp(1.0, is_unsigned(to) ? bits : bits - 1); /* one too many */
  if (isnan(x)) return (tsr_cell){0};
  x = trunc(x);
  if (x < low) x = low;
  const uint64_t top = is_unsigned(to) ? UINT64_MAX : (uint64_t)INT64_MAX;
  if (x >= high) return (tsr_cell){.i = wrapped(top >> (64 - bits))};
  return (tsr_cell){.i = x < 0 ? (int64_t)x : wrapped((uint64_t)x)};
}

static tsr_cell converted(tsr_dtype from, tsr_dtype to, tsr_cell x) {
  if (to == TSR_BOOL) return (tsr_cell){.i = x.re != 0 || x.im != 0 || x.i != 0};
  if (oracle_is_float(from) && !oracle_is_float(to)) return to_integer(to, x.re);
  if (!oracle_is_float(from) && oracle_is_float(to))
    x = (tsr_cell){.re = is_unsigned(from) ? (double)(uint64_t)x.i : (double)x.i};
  return oracle_fit(to, x);
}

static tsr_status convert(const oracle_call *c) {
  for (int64_t n = 0; n < c->out[0].n; n++)
    c->out[0].at[n] = converted(c->in[0].dtype, c->out[0].dtype, c->in[0].at[n]);
  return TSR_OK;
}

/* ---- creation ---- */

static tsr_cell counted(tsr_dtype dtype, int64_t i) {
  return converted(TSR_I64, dtype, (tsr_cell){.i = i});
}

static tsr_status iota(const oracle_call *c) {
  const tsr_iota_attrs *a = c->attrs;
  int64_t index[TSR_ORACLE_RANK];
  for (int64_t n = 0; n < c->out[0].n; n++) {
    oracle_unravel(&c->out[0], n, index);
    c->out[0].at[n] = counted(c->out[0].dtype, index[a->axis]);
  }
  return TSR_OK;
}

static tsr_status dim_size(const oracle_call *c) {
  const tsr_dim_size_attrs *a = c->attrs;
  c->out[0].at[0] = counted(c->out[0].dtype, a->dim.n);
  return TSR_OK;
}

static tsr_status barrier(const oracle_call *c) {
  for (int32_t i = 0; i < c->n_out; i++)
    c->out[i] = c->in[i];
  return TSR_OK;
}

oracle_fn oracle_elementwise(tsr_op_id id) {
  static const oracle_fn others[TSR_OP_CORE_COUNT] = {[TSR_OP_COMPARE] = compare,
                                                      [TSR_OP_CONVERT] = convert,
                                                      [TSR_OP_IOTA] = iota,
                                                      [TSR_OP_DIM_SIZE] = dim_size,
                                                      [TSR_OP_BARRIER] = barrier};
  return cell_of(id) != NULL ? run_cells : others[id];
}
