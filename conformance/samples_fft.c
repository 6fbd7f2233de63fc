/* samples_fft.c - samples of the ops that fft registers. */
#include "sample.h"

#include "tsr/fft.h"
#include "tsr/ops.h"

/* Attributes of fft's ops, private to it as well; words by number. */
typedef struct along_axes {
  tsr_axes axes;
  int32_t direction, scaling;
} along_axes;
typedef struct along_axis {
  int64_t axis;
  tsr_dim n;
  int32_t scaling;
} along_axis;

static tsr_status fft_body(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_fft(b, in[0], TSR_AXES(-1), TSR_FFT_BACKWARD);
  return TSR_OK;
}
static tsr_status ifft_body(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_ifft(b, in[0], TSR_ALL_AXES, TSR_FFT_ORTHO);
  return TSR_OK;
}
static void fft(sample_list *list) {
  for (int32_t k = 0; k < 6; k++) {
    ADD((&(along_axes){TSR_AXES(0, 2), k & 1, k >> 1}), KEY(4, 2, 6));
    ADD((&(along_axes){TSR_AXES(1), k & 1, k >> 1}), KEY(3, 5, 2));
  }
  const sample_operand line[] = {KEY(7)}, plane[] = {KEY(3, 4)}, many[] = {KEY(2, 3, 8)};
  sample_add_body(list, fft_body, 1, 1, line);
  sample_add_body(list, fft_body, 1, 1, plane);
  sample_add_body(list, fft_body, 1, 1, many);
  const sample_operand none = KEY(0, 4), one = KEY(1), wide = KEY(40, 110), prime = KEY(4, 1031);
  sample_add_body(list, ifft_body, 1, 1, plane);
  sample_add_body(list, fft_body, 1, 1, &none);
  sample_add_body(list, fft_body, 1, 1, &one);
  sample_add_body_large(list, ifft_body, 1, 1, &wide);
  sample_add_body_large(list, fft_body, 1, 1, &prime);
}

static tsr_status rfft_body(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_rfft(b, in[0], TSR_AXES(-1), TSR_FFT_BACKWARD);
  return TSR_OK;
}
static tsr_status rfft_columns(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_rfft(b, in[0], TSR_AXES(0), TSR_FFT_ORTHO);
  return TSR_OK;
}
static void r2c(sample_list *list) {
  for (int32_t k = 0; k < 3; k++) {
    ADD((&(along_axis){1, tsr_dim_of(6), k}), KEY(3, 6));
    ADD((&(along_axis){0, tsr_dim_of(5), k}), KEY(5, 2));
  }
  const sample_operand line[] = {KEY(7)}, plane[] = {KEY(3, 4)}, one[] = {KEY(2, 1)};
  sample_add_body(list, rfft_body, 1, 1, line);
  sample_add_body(list, rfft_body, 1, 1, plane);
  sample_add_body(list, rfft_body, 1, 1, one);
  const sample_operand none = KEY(0, 4), single = KEY(1), wide = KEY(40, 110), prime = KEY(5, 1031);
  sample_add_body(list, rfft_columns, 1, 1, plane);
  sample_add_body(list, rfft_body, 1, 1, &none);
  sample_add_body(list, rfft_body, 1, 1, &single);
  sample_add_body_large(list, rfft_columns, 1, 1, &wide);
  sample_add_body_large(list, rfft_body, 1, 1, &prime);
}

static tsr_status irfft_odd(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_irfft(b, in[0], tsr_dim_of(7), TSR_AXES(-1), TSR_FFT_BACKWARD);
  return TSR_OK;
}
static tsr_status irfft_columns(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_irfft(b, in[0], tsr_dim_of(4), TSR_AXES(0), TSR_FFT_ORTHO);
  return TSR_OK;
}
static tsr_status irfft_one(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_irfft(b, in[0], tsr_dim_of(1), TSR_AXES(-1), TSR_FFT_FORWARD);
  return TSR_OK;
}
static tsr_status irfft_long(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_irfft(b, in[0], tsr_dim_of(1031), TSR_AXES(-1), TSR_FFT_BACKWARD);
  return TSR_OK;
}
static void c2r(sample_list *list) {
  for (int32_t k = 0; k < 3; k++) {
    ADD((&(along_axis){1, tsr_dim_of(6), k}), KEY(3, 4));
    ADD((&(along_axis){0, tsr_dim_of(5), k}), KEY(3, 2));
  }
  const sample_operand line[] = {KEY(4)}, plane[] = {KEY(3, 4)};
  sample_add_body(list, irfft_odd, 1, 1, line);
  sample_add_body(list, irfft_odd, 1, 1, plane);
  const sample_operand none = KEY(0, 4), one = KEY(1), prime = KEY(6, 516), wide = KEY(3, 1300);
  sample_add_body(list, irfft_columns, 1, 1, plane);
  sample_add_body(list, irfft_odd, 1, 1, &none);
  sample_add_body(list, irfft_one, 1, 1, &one);
  sample_add_body_large(list, irfft_long, 1, 1, &prime);
  sample_add_body_large(list, irfft_columns, 1, 1, &wide);
}

const sample_entry samples_fft[] = {
    {"tessera.fft.c2c.v1", fft },
    {"tessera.fft.r2c.v1", r2c },
    {"tessera.fft.c2r.v1", c2r },
    {NULL,                 NULL}
};
