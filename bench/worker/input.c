/* input.c - inputs of a case: their text, the formula of their elements, files that hold them. */
#include "worker.h"

#include <stdlib.h>
#include <string.h>

/* ---- text ---- */

#define INPUT_FORM "name=2x3[@strides][+][%%bound or ^bound]"

/* Numbers with a separator between them; the place after the last. */
static const char *read_numbers(const char *p, char separator, int64_t *out, int *n) {
  *n = 0;
  for (;;) {
    char *end;
    int64_t value = strtoll(p, &end, 10);
    if (end == p || *n == MAX_AXES) return NULL;
    out[(*n)++] = value;
    p = end;
    if (*p != separator) return p;
    p++;
  }
}

static void dense_strides(input *in) {
  int64_t stride = 1;
  for (int i = in->rank - 1; i >= 0; i--) {
    in->strides[i] = stride;
    stride *= in->dims[i];
  }
}

tsr_status input_parse(const char *text, tsr_dtype dtype, input *out) {
  const char *p = strchr(text, '=');
  int n = 0;
  *out = (input){.dtype = dtype, .base = 1};
  if (!p || (size_t)(p - text) >= sizeof out->name)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "input \"%s\" has no name or a long one", text);
  memcpy(out->name, text, (size_t)(p - text));
  p++;
  if (*p == '-') { /* rank 0 */
    p++;
  } else {
    p = read_numbers(p, 'x', out->dims, &out->rank);
  }
  if (p) dense_strides(out);
  if (p && *p == '@') p = read_numbers(p + 1, ',', out->strides, &n);
  if (p && *p == '+') out->positive = true, p++;
  if (p && (*p == '%' || *p == '^')) {
    char *end;
    out->spread = *p == '^';
    out->bound = strtoll(p + 1, &end, 10);
    out->dtype = TSR_I64;
    p = end;
  }
  if (!p || *p || (n && n != out->rank) || out->bound < (out->dtype == TSR_I64))
    return TSR_FAIL(TSR_ERR_ARGUMENT, "input \"%s\" is not " INPUT_FORM, text);
  for (int i = 0; i < out->rank; i++)
    out->base += (out->dims[i] - 1) * out->strides[i];
  return TSR_OK;
}

/* ---- elements ---- */

/* 64 well mixed bits of element i (the output function of SplitMix64). */
static uint64_t mixed(uint64_t seed, int64_t i) {
  uint64_t z = (uint64_t)i * UINT64_C(0x9E3779B97F4A7C15) + seed * UINT64_C(0xD1B54A32D192ED03);
  z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  return z ^ (z >> 31);
}

/* An odd multiple of 2^-23 in (-1, 1): no zeros, and exact in f32. */
static double number(const input *in, uint64_t seed, int64_t i) {
  double v = (double)(int64_t)(mixed(seed, i) >> 40 | 1) / 8388608.0 - 1;
  return in->positive ? 0.25 + (v < 0 ? -v : v) : v;
}

/* Random, or each once when the bound is no multiple of 37. */
static int64_t index_of(const input *in, uint64_t seed, int64_t i) {
  if (in->spread) return (37 * i + 11) % in->bound;
  return (int64_t)(mixed(seed, i) >> 1) % in->bound;
}

/* Rounded to nearest; there are no NaNs here. */
static uint16_t to_bf16(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static tsr_status fill(const input *in, uint64_t seed, void *data, int64_t n) {
  if (tsr_dtype_kind(in->dtype) == TSR_KIND_COMPLEX) n *= 2;
  switch (tsr_dtype_real(in->dtype)) {
  case TSR_F64:
    for (int64_t i = 0; i < n; i++)
      ((double *)data)[i] = number(in, seed, i);
    return TSR_OK;
  case TSR_F32:
    for (int64_t i = 0; i < n; i++)
      ((float *)data)[i] = (float)number(in, seed, i);
    return TSR_OK;
  case TSR_BF16:
    for (int64_t i = 0; i < n; i++)
      ((uint16_t *)data)[i] = to_bf16((float)number(in, seed, i));
    return TSR_OK;
  case TSR_I64:
    for (int64_t i = 0; i < n; i++)
      ((int64_t *)data)[i] = index_of(in, seed, i);
    return TSR_OK;
  default:
    return TSR_FAIL(TSR_ERR_DTYPE, "there is no formula for %s", tsr_dtype_name(in->dtype));
  }
}

/* ---- files ---- */

tsr_status input_write(const input *in, uint64_t seed, const char *path) {
  size_t size = (size_t)in->base * tsr_dtype_size(in->dtype);
  void *data = malloc(size);
  FILE *file = fopen(path, "wb");
  tsr_status status = data ? fill(in, seed, data, in->base) : TSR_ERR_NOMEM;
  if (status == TSR_OK && (!file || fwrite(data, 1, size, file) != size))
    status = TSR_FAIL(TSR_ERR_IO, "cannot write %s", path);
  if (file && fclose(file) && status == TSR_OK)
    status = TSR_FAIL(TSR_ERR_IO, "cannot write %s", path);
  free(data);
  return status;
}

static tsr_status read_base(FILE *file, const char *path, size_t size, tsr_tensor *base) {
  tsr_view view;
  TSR_TRY(tsr_tensor_host_view(base, &view));
  if (fread(view.data, 1, size, file) != size) return TSR_FAIL(TSR_ERR_IO, "%s is short", path);
  return TSR_OK;
}

tsr_status input_read(const input *in, const char *path, tsr_device *device, tsr_tensor **out) {
  tsr_tensor *base;
  FILE *file = fopen(path, "rb");
  if (!file) return TSR_FAIL(TSR_ERR_IO, "cannot read %s", path);
  tsr_status status = tsr_tensor_create(device, in->dtype, TSR_DIMS(in->base), &base);
  if (status == TSR_OK) {
    status = read_base(file, path, (size_t)in->base * tsr_dtype_size(in->dtype), base);
    if (status == TSR_OK)
      status = tsr_tensor_view(base, 0, (tsr_dims){in->dims, (size_t)in->rank}, in->strides, out);
    tsr_tensor_release(base);
  }
  fclose(file);
  return status;
}
