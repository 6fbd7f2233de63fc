/* statistics.c - variance, norms, layers, and sums of exponentials, in forms that do not overflow.
 *
 * The number that everything is scaled or shifted by follows from the largest element by way
 * of floor, which is locally constant: derivatives see a constant, as they should, for the
 * result does not depend on it. Half precision is computed in single.
 */
#include "surface/reduction.h"

/* x with axes resolved and a dtype to compute in. */
typedef struct problem {
  tsr_builder *b;
  tsr_type type;
  tsr_value x;
  tsr_axes axes;
} problem;

typedef tsr_value (*method)(const problem *p, double parameter);

static tsr_value solve(tsr_builder *b, const char *name, uint32_t dtypes, tsr_value x,
                       tsr_axes axes, method run, double parameter) {
  problem p = {.b = b};
  tsri_room room;
  tsr_value out = TSR_NO_VALUE;
  const char *wanted = dtypes == TSR_DTYPES_REAL ? "float" : "float or complex";
  if (!tsri_type(b, name, x, &p.type) ||
      !tsri_require_dtypes(b, name, p.type.dtype, dtypes, wanted))
    return TSR_NO_VALUE;
  tsri_room_enter(&room, b);
  if (tsri_axes_from(&room, name, axes, p.type.rank, &p.axes)) {
    p.x = tsr_convert(b, x, tsri_wide(p.type.dtype));
    out = run(&p, parameter);
    const bool is_real = tsr_dtype_kind(p.type.dtype) == TSR_KIND_REAL;
    if (is_real) out = tsr_convert(b, out, p.type.dtype);
  }
  (void)tsri_room_leave(&room);
  return tsri_latched(b) ? TSR_NO_VALUE : out;
}

/* A reduced value back over the axes, of size 1 there. */
static tsr_value kept(const problem *p, tsr_value reduced) {
  return tsr_expand_dims(p->b, reduced, p->axes);
}

/* ---- variance, norm ---- */

static tsr_value sum_of_squares(const problem *p, tsr_value x) {
  return tsr_reduce_sum(p->b, tsr_real(p->b, tsr_mul(p->b, x, tsr_conj(p->b, x))), p->axes);
}

/* The root of a sum of squares, of derivative 0 at 0. */
static tsr_value root(tsr_builder *b, tsr_value x) {
  const tsr_value is_zero = tsr_eq(b, x, tsr_scalar(b, 0));
  const tsr_value safe = tsr_sqrt(b, tsr_select(b, is_zero, tsr_scalar(b, 1), x));
  return tsr_select(b, is_zero, TSR_ZERO_VALUE, safe);
}

static tsr_value variance(const problem *p, double correction) {
  tsr_builder *b = p->b;
  const tsr_value distance = tsr_sub(b, p->x, kept(p, tsr_mean(b, p->x, p->axes)));
  const tsr_dtype wide = tsr_dtype_real(tsri_wide(p->type.dtype));
  const tsr_value n = tsri_count_less(b, &p->type, p->axes, correction, wide);
  return tsr_div(b, sum_of_squares(p, distance), n);
}
static tsr_value deviation(const problem *p, double correction) {
  return root(p->b, variance(p, correction));
}

tsr_value tsr_var(tsr_builder *b, tsr_value x, tsr_axes axes, double correction) {
  return solve(b, "var", TSR_DTYPES_FIELD, x, axes, variance, correction);
}
tsr_value tsr_std(tsr_builder *b, tsr_value x, tsr_axes axes, double correction) {
  return solve(b, "std", TSR_DTYPES_FIELD, x, axes, deviation, correction);
}

/* A power of two next to the largest modulus; so far within the range of the dtype that
 * squares of subnormal numbers over it, and its own cotangents, are normal.
 */
static tsr_value scale_of(const problem *p) {
  tsr_builder *b = p->b;
  const bool is_single = tsr_dtype_real(tsri_wide(p->type.dtype)) == TSR_F32;
  const tsr_value zero = tsr_scalar(b, 0);
  const tsr_value largest = tsr_max(b, tsr_reduce_max(b, tsr_abs(b, p->x), p->axes), zero);
  const tsr_value exponent = tsr_floor(b, tsr_log2(b, largest));
  return tsr_exp2(b, tsr_clamp(b, tsr_scalar(b, is_single ? -90 : -900), exponent,
                               tsr_scalar(b, is_single ? 127 : 1023)));
}
static tsr_value norm(const problem *p, double unused) {
  (void)unused;
  const tsr_value scale = scale_of(p), scaled = tsr_div(p->b, p->x, kept(p, scale));
  return tsr_mul(p->b, scale, root(p->b, sum_of_squares(p, scaled)));
}

tsr_value tsr_norm2(tsr_builder *b, tsr_value x, tsr_axes axes) {
  return solve(b, "norm2", TSR_DTYPES_FIELD, x, axes, norm, 0);
}

/* ---- normalised layers ---- */

static tsr_value over_root(const problem *p, tsr_value x, double epsilon) {
  tsr_builder *b = p->b;
  const tsr_value mean = tsr_mean(b, tsr_mul(b, x, x), p->axes);
  return tsr_mul(b, x, kept(p, tsr_rsqrt(b, tsr_add(b, mean, tsr_scalar(b, epsilon)))));
}
static tsr_value layer(const problem *p, double epsilon) {
  return over_root(p, tsr_sub(p->b, p->x, kept(p, tsr_mean(p->b, p->x, p->axes))), epsilon);
}
static tsr_value root_mean_square(const problem *p, double epsilon) {
  return over_root(p, p->x, epsilon);
}

tsr_value tsr_layer_norm(tsr_builder *b, tsr_value x, tsr_axes axes, double epsilon) {
  return solve(b, "layer_norm", TSR_DTYPES_REAL, x, axes, layer, epsilon);
}
tsr_value tsr_rms_norm(tsr_builder *b, tsr_value x, tsr_axes axes, double epsilon) {
  return solve(b, "rms_norm", TSR_DTYPES_REAL, x, axes, root_mean_square, epsilon);
}

/* ---- sums of exponentials ---- */

/* The largest element without its fraction; 0 where that is infinite or NaN. */
static tsr_value shift_of(const problem *p) {
  const tsr_value largest = tsr_reduce_max(p->b, p->x, p->axes);
  const tsr_value finite = tsr_is_finite(p->b, largest);
  return tsr_select(p->b, finite, tsr_floor(p->b, largest), tsr_scalar(p->b, 0));
}

static tsr_value log_sum(const problem *p, double unused) {
  (void)unused;
  tsr_builder *b = p->b;
  const tsr_value shift = shift_of(p), powers = tsr_exp(b, tsr_sub(b, p->x, kept(p, shift)));
  return tsr_add(b, tsr_log(b, tsr_reduce_sum(b, powers, p->axes)), shift);
}

static tsr_value soft(const problem *p, double unused) {
  (void)unused;
  tsr_builder *b = p->b;
  const tsr_value powers = tsr_exp(b, tsr_sub(b, p->x, kept(p, shift_of(p))));
  return tsr_div(b, powers, kept(p, tsr_reduce_sum(b, powers, p->axes)));
}

static tsr_value log_soft(const problem *p, double unused) {
  (void)unused;
  tsr_builder *b = p->b;
  const tsr_value rest = tsr_sub(b, p->x, kept(p, shift_of(p)));
  const tsr_value sum = tsr_reduce_sum(b, tsr_exp(b, rest), p->axes);
  return tsr_sub(b, rest, kept(p, tsr_log(b, sum)));
}

tsr_value tsr_logsumexp(tsr_builder *b, tsr_value x, tsr_axes axes) {
  return solve(b, "logsumexp", TSR_DTYPES_REAL, x, axes, log_sum, 0);
}
tsr_value tsr_softmax(tsr_builder *b, tsr_value x, tsr_axes axes) {
  return solve(b, "softmax", TSR_DTYPES_REAL, x, axes, soft, 0);
}
tsr_value tsr_log_softmax(tsr_builder *b, tsr_value x, tsr_axes axes) {
  return solve(b, "log_softmax", TSR_DTYPES_REAL, x, axes, log_soft, 0);
}
