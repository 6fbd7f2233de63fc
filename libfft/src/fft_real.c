/* fft_real.c - transforms of real numbers, and to real numbers.
 *
 * The last axis named is the one with half a spectrum; the others are complex transforms.
 */
#include "fft_internal.h"

#include "tsr/layout.h"
#include "tsr/ops.h"
#include "tsr/spi/builder.h"

/* What all of them start with. */
typedef struct request {
  const char *name;
  tsr_type type;
  int64_t *axes;
  size_t n;
  int32_t scaling;
} request;

static tsr_status read_request(tsr_builder *b, tsr_arena *arena, tsri_fft_direction direction,
                               tsr_value x, tsr_axes axes, tsr_fft_norm norm, request *r) {
  TSR_TRY(tsri_fft_scaling_of(r->name, direction, norm, &r->scaling));
  TSR_TRY(tsr_value_type(b, x, &r->type));
  TSR_TRY(tsri_fft_axes(arena, r->name, axes, r->type.rank, &r->axes, &r->n));
  if (r->n == 0)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: no axes, and one has half a spectrum", r->name);
  return TSR_OK;
}

/* ---- rfft ---- */

static tsr_status to_half(tsr_builder *b, tsr_arena *arena, request *r, tsr_value x,
                          tsr_value *out) {
  const tsr_dtype dtype = r->type.dtype;
  const size_t others = r->n - 1;
  if (dtype != TSR_F32 && dtype != TSR_F64)
    return TSR_FAIL(TSR_ERR_DTYPE, "%s: an operand of %s, wanted is f32 or f64; %s", r->name,
                    tsr_dtype_name(dtype),
                    tsr_dtype_kind(dtype) == TSR_KIND_COMPLEX ? "use tsr_fft" : "convert it first");
  const int64_t axis = r->axes[others];
  const tsri_fft_real_attrs attrs = {axis, r->type.dims[axis], r->scaling};
  TSR_TRY(tsr_emit(b, &tsri_fft_r2c_op, &attrs, TSR_VALUES(x), out));
  if (others == 0) return TSR_OK;
  return tsri_fft_emit(b, arena, TSRI_FFT_FORWARD, r->scaling, r->axes, others, *out, out);
}

static tsr_value rfft(tsr_builder *b, const char *name, tsr_value x, tsr_axes axes,
                      tsr_fft_norm norm) {
  tsr_arena arena = {0};
  tsr_value out = TSR_NO_VALUE;
  request r = {.name = name};
  if (tsr_builder_status(b) != TSR_OK) return out;
  if (tsr_value_is_zero(x)) return x;
  tsr_status status = read_request(b, &arena, TSRI_FFT_FORWARD, x, axes, norm, &r);
  if (status == TSR_OK) status = to_half(b, &arena, &r, x, &out);
  return tsri_fft_done(b, &arena, status, out);
}

tsr_value tsr_rfft(tsr_builder *b, tsr_value x, tsr_axes axes, tsr_fft_norm norm) {
  return rfft(b, "rfft", x, axes, norm);
}

/* ---- irfft ---- */

static tsr_status from_half(tsr_builder *b, tsr_arena *arena, request *r, tsr_dim n, tsr_value x,
                            tsr_value *out) {
  tsr_dim half;
  tsr_dtype dtype;
  const size_t others = r->n - 1;
  const int64_t axis = r->axes[others];
  TSR_TRY_MSG(tsr_dtype_complex(r->type.dtype, &dtype), "building %s: convert the operand first",
              r->name);
  if (tsr_dim_is_const(n) && n.n < 1)
    return TSR_FAIL(TSR_ERR_SHAPE, "%s: length %lld, wanted is 1 or more", r->name, (long long)n.n);
  TSR_TRY(tsri_fft_half(b->space, n, &half));
  if (dtype != r->type.dtype) x = tsr_convert(b, x, dtype);
  x = tsr_fft_fit(b, x, TSR_AXES(axis), TSR_SHAPE(half));
  TSR_TRY(tsr_builder_status(b));
  if (others > 0)
    TSR_TRY(tsri_fft_emit(b, arena, TSRI_FFT_BACKWARD, r->scaling, r->axes, others, x, &x));
  const tsri_fft_real_attrs attrs = {axis, n, r->scaling};
  return tsr_emit(b, &tsri_fft_c2r_op, &attrs, TSR_VALUES(x), out);
}

static tsr_value irfft(tsr_builder *b, const char *name, tsr_value x, tsr_dim n, tsr_axes axes,
                       tsr_fft_norm norm) {
  tsr_arena arena = {0};
  tsr_value out = TSR_NO_VALUE;
  request r = {.name = name};
  if (tsr_builder_status(b) != TSR_OK) return out;
  if (tsr_value_is_zero(x)) return x;
  tsr_status status = read_request(b, &arena, TSRI_FFT_BACKWARD, x, axes, norm, &r);
  if (status == TSR_OK) status = from_half(b, &arena, &r, n, x, &out);
  return tsri_fft_done(b, &arena, status, out);
}

tsr_value tsr_irfft(tsr_builder *b, tsr_value x, tsr_dim n, tsr_axes axes, tsr_fft_norm norm) {
  return irfft(b, "irfft", x, n, axes, norm);
}

/* ---- the other way round ---- */

/* Forwards and backwards differ by a conjugate, and by which of them is scaled. */
static tsr_fft_norm opposite(tsr_fft_norm norm) {
  if (norm == TSR_FFT_BACKWARD) return TSR_FFT_FORWARD;
  return norm == TSR_FFT_FORWARD ? TSR_FFT_BACKWARD : norm;
}

static tsr_value conjugate(tsr_builder *b, tsr_value x) {
  tsr_type type;
  if (tsr_value_is_zero(x) || tsr_value_type(b, x, &type) != TSR_OK) return x;
  return tsr_dtype_kind(type.dtype) == TSR_KIND_COMPLEX ? tsr_conj(b, x) : x;
}

tsr_value tsr_hfft(tsr_builder *b, tsr_value x, tsr_dim n, int64_t axis, tsr_fft_norm norm) {
  if (tsr_builder_status(b) != TSR_OK) return TSR_NO_VALUE;
  return irfft(b, "hfft", conjugate(b, x), n, TSR_AXES(axis), opposite(norm));
}

tsr_value tsr_ihfft(tsr_builder *b, tsr_value x, int64_t axis, tsr_fft_norm norm) {
  return conjugate(b, rfft(b, "ihfft", x, TSR_AXES(axis), opposite(norm)));
}
