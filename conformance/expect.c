/* expect.c - expected results and tolerances.
 *
 * The oracle runs in f64 and c128 whatever the float dtype, and its result is rounded once.
 * So ops that IEEE 754 rounds correctly must agree to the bit, f16 and bf16 are covered, and
 * a sum may be off by a number of eps times the sum of absolute values that grows with the
 * logarithm of the count, and a product by a number of eps that grows with the count. Linear
 * algebra may be off by eps times the condition, which is measured: the oracle runs again on
 * operands moved by a small part of themselves.
 */
#include "expect.h"

#include "residuals.h"

#include <math.h>
#include <string.h>

#include "tsr/spi/graph.h"

/* ---- the oracle ---- */

static bool has_objects(const sample *s) {
  const tsr_attr_class *isa = s->body == NULL ? s->op->attrs : NULL;
  for (int32_t i = 0; isa != NULL && i < isa->n_fields; i++)
    if (isa->fields[i].kind == TSR_ATTR_OBJECT || isa->fields[i].kind == TSR_ATTR_OBJECTS)
      return true;
  return false;
}

/* Do results depend on how numbers lie in memory. */
static bool reads_bits(const sample *s) { return s->op == tsr_op_core(TSR_OP_BITCAST_CONVERT); }

static bool multiplies(const sample *s) {
  return s->op == tsr_op_core(TSR_OP_REDUCE_PROD) || s->op == tsr_op_core(TSR_OP_CUMPROD);
}

/* The dtype in which the oracle computes. A product that overflows on the way does so in the
 * dtype that accumulates it.
 */
static tsr_dtype oracle_dtype(const sample *s, tsr_dtype dtype) {
  if (!multiplies(s) || s->in[0].fill != FILL_EDGES) return dtype_wide(dtype);
  return dtype == TSR_F16 || dtype == TSR_BF16 ? TSR_F32 : dtype;
}

/* The same call with floats as f64 and complex numbers as c128, in dtype attributes too. */
static tsr_status widened(stage *w, const sample *s, sample *out) {
  *out = *s;
  for (int32_t i = 0; i < s->n_in; i++)
    out->in[i].dtype = oracle_dtype(s, s->in[i].dtype);
  if (s->op->attrs == NULL || s->body != NULL) return TSR_OK;
  void *attrs;
  TSR_TRY(tsr_arena_copy(&w->arena, s->attrs, s->op->attrs->size, &attrs));
  for (int32_t i = 0; i < s->op->attrs->n_fields; i++) {
    const tsr_attr_field *f = &s->op->attrs->fields[i];
    tsr_dtype dtype;
    if (f->kind != TSR_ATTR_DTYPE) continue;
    memcpy(&dtype, (char *)attrs + f->offset, sizeof dtype);
    dtype = dtype_wide(dtype);
    memcpy((char *)attrs + f->offset, &dtype, sizeof dtype);
  }
  out->attrs = attrs;
  return TSR_OK;
}

/* What the oracle gets to see. */
typedef enum operands {
  AS_DRAWN,
  ABSOLUTE,
  MOVED /* by MOVE of themselves, this way or that */
} operands;
#define MOVE 0x1p-20

static tsr_status oracle_operand(stage *w, const array *a, tsr_dtype dtype, operands how,
                                 tsr_array *out) {
  uint32_t bits = 1;
  TSR_TRY(tsr_array_make(&w->arena, dtype, a->rank, a->dims, out));
  for (int64_t n = 0; n < a->n; n++) {
    tsr_cell x = array_get(a, n);
    bits = bits * 1664525 + 1013904223; /* Numerical Recipes */
    if (how == ABSOLUTE) x = (tsr_cell){.re = hypot(x.re, x.im), .i = x.i};
    if (how == MOVED) x.re *= bits >> 31 ? 1 + MOVE : 1 - MOVE;
    if (how == MOVED) x.im *= bits >> 30 & 1 ? 1 + MOVE : 1 - MOVE;
    out->at[n] = x;
  }
  return TSR_OK;
}

/* Results as arrays of the wide dtypes. */
static tsr_status ask(stage *w, const sample *s, const array *in, operands how, tsr_array *out) {
  sample wide = *s;
  array typed[SAMPLE_IN];
  tsr_array given[SAMPLE_IN];
  tsr_graph *graph = NULL;
  if (!has_objects(s) && !reads_bits(s)) TSR_TRY(widened(w, s, &wide));
  for (int32_t i = 0; i < s->n_in; i++) {
    typed[i] = in[i];
    typed[i].dtype = wide.in[i].dtype;
    TSR_TRY(oracle_operand(w, &in[i], wide.in[i].dtype, how, &given[i]));
  }
  TSR_TRY(stage_graph(w, &wide, typed, &graph));
  const tsr_status status = tsr_oracle_run(graph, NULL, &w->arena, given, out);
  tsr_graph_release(graph);
  return status;
}

static bool sums(const sample *s) {
  const tsr_op_family f = s->op->family;
  return s->op->lin != TSR_LIN_NONE && s->body == NULL &&
         (f == TSR_FAMILY_REDUCTION || f == TSR_FAMILY_CUMULATIVE || f == TSR_FAMILY_CONTRACTION ||
          s->op == tsr_op_core(TSR_OP_SCATTER_ADD));
}

static bool is_family(const sample *s) { return s->op->family == TSR_FAMILY_EXTENSION; }

/* How far results move for how far operands do. */
static tsr_status measure(stage *w, const sample *s, const array *in, const tsr_array *result,
                          expectation *out) {
  tsr_array moved[SAMPLE_OUT];
  TSR_TRY(ask(w, s, in, MOVED, moved));
  for (int32_t j = 0; j < s->n_out; j++) {
    double largest = 0, distance = 0;
    for (int64_t n = 0; n < result[j].n; n++) {
      const tsr_cell x = result[j].at[n], y = moved[j].at[n];
      out->is_posed = out->is_posed && isfinite(x.re) == isfinite(y.re);
      if (isfinite(x.re)) largest = fmax(largest, hypot(x.re, x.im));
      if (isfinite(x.re)) distance = fmax(distance, hypot(x.re - y.re, x.im - y.im));
    }
    out->reach[j] = largest + distance / MOVE;
    out->is_posed = out->is_posed && distance <= 0x1p-8 * largest;
  }
  return TSR_OK;
}

tsr_status expect(stage *w, const sample *s, const array *in, expectation *out) {
  tsr_array result[SAMPLE_OUT], scale[SAMPLE_OUT];
  *out = (expectation){.n_out = s->n_out, .is_posed = true, .in = in};
  out->is_known = residuals_apply(s);
  if (out->is_known) return TSR_OK;
  const tsr_status status = ask(w, s, in, AS_DRAWN, result);
  if (status == TSR_ERR_UNSUPPORTED) return TSR_OK;
  TSR_TRY(status);
  if (sums(s)) TSR_TRY(ask(w, s, in, ABSOLUTE, scale));
  if (is_family(s)) TSR_TRY(measure(w, s, in, result, out));
  out->is_known = true;
  for (int32_t j = 0; j < s->n_out; j++) {
    out->want[j] = (array){result[j].dtype, result[j].rank, result[j].dims, result[j].n, 0, NULL};
    if (!sums(s)) scale[j] = result[j];
    out->scale[j] = (array){.dtype = dtype_wide(result[j].dtype)};
    void *memory;
    const size_t bytes = (size_t)result[j].n * 16;
    TSR_TRY(tsr_arena_alloc(&w->arena, bytes, &memory));
    out->want[j].data = memory;
    TSR_TRY(tsr_arena_alloc(&w->arena, bytes, &memory));
    out->scale[j].data = memory;
    for (int64_t n = 0; n < result[j].n; n++) {
      array_set(&out->want[j], n, result[j].at[n]);
      array_set(&out->scale[j], n, scale[j].at[n]);
    }
  }
  return TSR_OK;
}

/* ---- tolerances, in eps of the dtype; relative to the modulus for complex numbers ---- */

/* The angle of a complex power is off by an eps of |y log x|. */
static double ulps_of(const sample *s, tsr_dtype dtype) {
  const bool is_complex = tsr_dtype_kind(dtype) == TSR_KIND_COMPLEX ||
                          (s->op->lin == TSR_LIN_NONE && s->n_in > 0 &&
                           tsr_dtype_kind(s->in[0].dtype) == TSR_KIND_COMPLEX);
  if (is_complex && s->op == tsr_op_core(TSR_OP_POW)) return 32;
  switch (s->op->family) {
  case TSR_FAMILY_ANALYTIC:
    return is_complex ? 8 : 4;
  case TSR_FAMILY_ELEMENTWISE:
    return is_complex ? 4 : 0;
  case TSR_FAMILY_INDEXING: /* a rounding for each factor */
    return s->op == tsr_op_core(TSR_OP_SCATTER_MUL) ? 16 : 0;
  case TSR_FAMILY_CONTROL:
    return s->body != NULL ? 64 : 0;
  case TSR_FAMILY_EXTENSION:
    return 16;
  default:
    return 0;
  }
}

/* The dtype in which sums of a dtype are accumulated. */
static double accumulating_eps(tsr_dtype dtype) {
  return dtype == TSR_F16 || dtype == TSR_BF16 ? dtype_eps(TSR_F32) : dtype_eps(dtype);
}

/* Half the distance between numbers next to zero. */
static double tiny(tsr_dtype dtype) { return dtype == TSR_F16 ? 0x1p-24 : 0x1p-126; }

static bool near_sum(const sample *s, const expectation *e, int32_t j, int64_t n, double distance,
                     double size, tsr_dtype dtype) {
  double count = 2;
  for (int32_t i = 0; i < s->n_in; i++)
    for (size_t k = 0; k < s->in[i].dims.n; k++)
      count *= (double)s->in[i].dims.data[k] + 1;
  const double sum = array_get(&e->scale[j], n).re, m = 8 + log2(count);
  const double own = s->op->family == TSR_FAMILY_INDEXING ? dtype_eps(dtype) : 0;
  return distance <= dtype_eps(dtype) * size + (m * accumulating_eps(dtype) + 8 * own) * sum;
}

/* How many numbers an element of a product is made of, at most. */
static double factors(const sample *s) {
  double count = 1;
  if (s->op == tsr_op_core(TSR_OP_CUMPROD)) {
    const tsr_cumulative_attrs *a = s->attrs;
    return (double)s->in[0].dims.data[a->axis];
  }
  const tsr_reduce_attrs *a = s->attrs;
  for (size_t i = 0; i < a->axes.n; i++)
    count *= (double)s->in[0].dims.data[a->axes.data[i]];
  return count;
}

/* Zeros of either sign count as one after sums and approximations. */
static bool same_part(double x, double y, bool signs) {
  if (isnan(y)) return isnan(x);
  return x == y && (!signs || signbit(x) == signbit(y));
}

static tsr_cell operand_of(const expectation *e, int32_t i, int64_t n) {
  return array_get(&e->in[i], n);
}

/* How much a rounding on the way to element n counts: of the angle of a power, of a quotient
 * next to a pole.
 */
static double amplification(const sample *s, const expectation *e, int64_t n, double size,
                            double *angle) {
  *angle = 0;
  if (s->op == tsr_op_core(TSR_OP_LOGISTIC)) return 1 + size;
  if (s->op == tsr_op_core(TSR_OP_EXP2)) {
    *angle = fabs(operand_of(e, 0, n).im);
    return 1;
  }
  if (s->op != tsr_op_core(TSR_OP_POW)) return 1;
  const tsr_cell z = operand_of(e, 0, n), p = operand_of(e, 1, n);
  *angle = hypot(p.re, p.im) * hypot(log(hypot(z.re, z.im)), atan2(z.im, z.re));
  return 1 + *angle;
}

/* An analytic function of complex numbers. Where an angle has no digit left, its modulus; one
 * beyond the largest double has no sine.
 */
static bool near_complex(const sample *s, const expectation *e, int64_t n, tsr_cell x, tsr_cell y,
                         double ulps, tsr_dtype dtype) {
  double angle, distance = hypot(x.re - y.re, x.im - y.im);
  const double size = hypot(y.re, y.im), bound = ulps * amplification(s, e, n, size, &angle);
  if (isinf(angle) && isnan(x.re) && isnan(x.im)) return true;
  if (angle > 0x1p40) distance = fabs(hypot(x.re, x.im) - size);
  return distance <= (angle > 0x1p40 ? ulps : bound) *
                         (dtype_eps(dtype) * size + tiny(dtype) * dtype_eps(dtype));
}

static bool is_near(const sample *s, const expectation *e, int32_t j, int64_t n, tsr_cell x,
                    tsr_cell y, tsr_dtype dtype) {
  const bool is_complex = tsr_dtype_kind(dtype) == TSR_KIND_COMPLEX;
  const double distance = hypot(x.re - y.re, x.im - y.im), size = hypot(y.re, y.im);
  const double ulps = ulps_of(s, dtype);
  if (x.i != y.i) return false;
  const bool signs = ulps == 0 && s->op->family != TSR_FAMILY_REDUCTION && !sums(s);
  if (same_part(x.re, y.re, signs) && same_part(x.im, y.im, signs)) return true;
  if (is_complex && ulps > 0 && !isfinite(size)) return !isfinite(x.re) || !isfinite(x.im);
  if (isnan(size)) return false;
  if (sums(s)) return near_sum(s, e, j, n, distance, size, dtype);
  if (multiplies(s))
    return distance <= (dtype_eps(dtype) + 2 * factors(s) * accumulating_eps(dtype)) * size;
  if (is_family(s)) return distance <= ulps * dtype_eps(dtype) * e->reach[j];
  if (s->op->family == TSR_FAMILY_CONTROL) return distance <= ulps * dtype_eps(dtype) * (size + 10);
  if (is_complex && s->op->family == TSR_FAMILY_ANALYTIC &&
      near_complex(s, e, n, x, y, ulps, dtype))
    return true;
  return distance <= ulps * (dtype_eps(dtype) * size + tiny(dtype) * dtype_eps(dtype)) ||
         (ulps > 0 && isinf(x.re) && size > 0.99 / tiny(dtype) / 4);
}

void expect_check(stage *w, const sample *s, const expectation *e, int32_t j, const array *got,
                  const char *what) {
  array want = e->want[j];
  void *memory;
  w->n_checks++;
  if (!e->is_known) return;
  const bool same_type =
      got->rank == want.rank && got->n == want.n &&
      dtype_wide(got->dtype) == dtype_wide(want.dtype) &&
      (want.rank == 0 || memcmp(got->dims, want.dims, (size_t)want.rank * sizeof *want.dims) == 0);
  if (!same_type) {
    stage_fail(w, "%s, %s: output %d has another type", s->name, what, j);
    return;
  }
  /* round once to the dtype of the output */
  array rounded = *got;
  if (tsr_arena_alloc(&w->arena, got->size, &memory) != TSR_OK) {
    stage_fail(w, "%s: out of memory", s->name);
    return;
  }
  rounded.data = memory;
  for (int64_t n = 0; n < got->n; n++) {
    array_set(&rounded, n, array_get(&want, n));
    const tsr_cell x = array_get(got, n), y = array_get(&rounded, n);
    if (is_near(s, e, j, n, x, y, got->dtype)) continue;
    char a[80], b[80];
    stage_fail(w, "%s, %s: output %d, element %lld is %s, not %s", s->name, what, j, (long long)n,
               array_text(got, n, a, sizeof a), array_text(&rounded, n, b, sizeof b));
    return;
  }
}

void expect_check_all(stage *w, const sample *s, const expectation *e, const array *got,
                      const char *what) {
  if (residuals_apply(s)) {
    residuals_check(w, s, e->in, got, what);
    return;
  }
  for (int32_t j = 0; j < s->n_out; j++)
    expect_check(w, s, e, j, &got[j], what);
}

bool expect_reorders(const sample *s, const array *out) {
  const tsr_op_family f = s->op->family;
  return tsr_dtype_is_active(out->dtype) &&
         (sums(s) || multiplies(s) || f == TSR_FAMILY_EXTENSION) && f != TSR_FAMILY_INDEXING &&
         f != TSR_FAMILY_CUMULATIVE;
}

void expect_agree(stage *w, const sample *s, const array *got, const array *base, int32_t j,
                  const char *what) {
  char a[80], b[80];
  int64_t n;
  w->n_checks++;
  const bool agree = expect_reorders(s, base)
                         ? array_close(got, base, 64 * dtype_eps(base->dtype), 64, &n)
                         : array_same(got, base, &n);
  if (!agree)
    stage_fail(w, "%s, %s: output %d, element %lld is %s, not %s as in C order", s->name, what, j,
               (long long)n, array_text(got, n, a, sizeof a), array_text(base, n, b, sizeof b));
}
