/* kernel_harness.h - prepare and run kernel rows without a runtime, over arrays with
 * every kind of stride, and read results back by index. Test code: any failure fails
 * the test.
 */
#ifndef TSR_KERNEL_HARNESS_H
#define TSR_KERNEL_HARNESS_H

#include "kernels/kernel.h"
#include "tsr_test.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tsr/cpu.h"

#undef I

enum {
  MAX_RANK = 12
};

/* How an array lies in its buffer. */
typedef enum layout_kind {
  C_ORDER,
  F_ORDER,
  SPACED,
  REVERSED,
  SHUFFLED,
  REPEATED,
  LAYOUTS
} layout_kind;

typedef struct array {
  tsr_dtype dtype;
  int32_t rank;
  int64_t dims[MAX_RANK], strides[MAX_RANK];
  char *buffer, *data;
} array;

extern const tsr_backend tsri_cpu_backend;

static tsr_device *harness_device;

static int open_device(void **state) {
  (void)state;
  return tsri_cpu_backend.open(&tsri_cpu_backend, 0, &harness_device) != TSR_OK;
}
static int close_device(void **state) {
  (void)state;
  tsr_device_release(harness_device);
  return 0;
}

/* A small generator of its own, so that tests do not lean on the code under test. */
static uint64_t seed = 0x9e3779b97f4a7c15u;
static inline uint64_t random_u64(void) {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return seed * 0x2545f4914f6cdd1du;
}
static inline int64_t random_below(int64_t n) { return (int64_t)(random_u64() >> 1) % n; }
static inline double random_real(void) { return (double)(random_u64() >> 11) * 0x1p-52 - 1; }

static inline int64_t count_of(const array *a) {
  int64_t n = 1;
  for (int32_t i = 0; i < a->rank; i++)
    n *= a->dims[i];
  return n;
}

/* Element number i in C order. */
static inline char *at(const array *a, int64_t i) {
  int64_t offset = 0;
  for (int32_t k = a->rank - 1; k >= 0; k--) {
    offset += i % a->dims[k] * a->strides[k];
    i /= a->dims[k];
  }
  return a->data + offset * (int64_t)tsr_dtype_size(a->dtype);
}

static inline array make_array(tsr_dtype dtype, int32_t rank, const int64_t *dims,
                               layout_kind kind) {
  array a = {.dtype = dtype, .rank = rank};
  int32_t order[MAX_RANK];
  int64_t step = kind == SPACED ? 3 : 1, low = 0;
  for (int32_t i = 0; i < rank; i++) {
    a.dims[i] = dims[i];
    order[i] = kind == F_ORDER ? i : rank - 1 - i;
  }
  for (int32_t i = rank - 1; i > 0 && kind == SHUFFLED; i--) {
    int32_t j = (int32_t)random_below(i + 1), t = order[i];
    order[i] = order[j];
    order[j] = t;
  }
  for (int32_t i = 0; i < rank; i++) {
    int64_t n = dims[order[i]];
    bool repeated = kind == REPEATED && (order[i] & 1) == 0;
    bool reversed = kind == REVERSED && (order[i] & 1) == 0;
    a.strides[order[i]] = repeated ? 0 : reversed ? -step : step;
    if (reversed && n > 0) low += (n - 1) * step;
    if (!repeated && n > 0) step = step * n + (kind == SPACED);
  }
  size_t size = tsr_dtype_size(dtype), bytes = (size_t)step * size + size;
  a.buffer = calloc(1, bytes);
  assert_non_null(a.buffer);
  a.data = a.buffer + low * (int64_t)size;
  return a;
}

static inline void free_array(array *a) { free(a->buffer); }

static inline tsr_view view_of(const array *a) {
  tsr_view v = {a->data, a->dims, a->strides, a->rank, a->dtype};
  return v;
}

/* Numbers in and out of elements, for the dtypes that C has. */
static inline void set(const array *a, int64_t i, double complex v) {
  void *p = at(a, i);
  switch (a->dtype) {
  case TSR_BOOL:
    *(uint8_t *)p = creal(v) != 0;
    break;
  case TSR_I8:
    *(int8_t *)p = (int8_t)creal(v);
    break;
  case TSR_I16:
    *(int16_t *)p = (int16_t)creal(v);
    break;
  case TSR_I32:
    *(int32_t *)p = (int32_t)creal(v);
    break;
  case TSR_I64:
    *(int64_t *)p = (int64_t)creal(v);
    break;
  case TSR_U8:
    *(uint8_t *)p = (uint8_t)creal(v);
    break;
  case TSR_U16:
    *(uint16_t *)p = (uint16_t)creal(v);
    break;
  case TSR_U32:
    *(uint32_t *)p = (uint32_t)creal(v);
    break;
  case TSR_U64:
    *(uint64_t *)p = (uint64_t)creal(v);
    break;
  case TSR_F32:
    *(float *)p = (float)creal(v);
    break;
  case TSR_F64:
    *(double *)p = creal(v);
    break;
  case TSR_C64:
    *(float complex *)p = (float complex)v;
    break;
  case TSR_C128:
    *(double complex *)p = v;
    break;
  default:
    fail_msg("no numbers of dtype %d", (int)a->dtype);
  }
}
static inline double complex get(const array *a, int64_t i) {
  const void *p = at(a, i);
  switch (a->dtype) {
  case TSR_BOOL:
    return *(const uint8_t *)p;
  case TSR_I8:
    return *(const int8_t *)p;
  case TSR_I16:
    return *(const int16_t *)p;
  case TSR_I32:
    return *(const int32_t *)p;
  case TSR_I64:
    return (double)*(const int64_t *)p;
  case TSR_U8:
    return *(const uint8_t *)p;
  case TSR_U16:
    return *(const uint16_t *)p;
  case TSR_U32:
    return *(const uint32_t *)p;
  case TSR_U64:
    return (double)*(const uint64_t *)p;
  case TSR_F32:
    return *(const float *)p;
  case TSR_F64:
    return *(const double *)p;
  case TSR_C64:
    return *(const float complex *)p;
  case TSR_C128:
    return *(const double complex *)p;
  default:
    fail_msg("no numbers of dtype %d", (int)a->dtype);
  }
  return 0;
}

/* Small whole numbers, so that sums and products are exact in every dtype. */
static inline void fill_whole(const array *a, int64_t low, int64_t high) {
  for (int64_t i = 0; i < count_of(a); i++) {
    double re = (double)(low + random_below(high - low + 1));
    double im = (double)(low + random_below(high - low + 1));
    set(a, i, CMPLX(re, im));
  }
}
static inline void fill_real(const array *a) {
  for (int64_t i = 0; i < count_of(a); i++)
    set(a, i, CMPLX(random_real(), random_real()));
}

#define TSR_KERNEL_TABLE(file)                                                                     \
  extern const tsr_kernel tsri_##file##_kernels[];                                                 \
  extern const int32_t tsri_##file##_kernel_count;
#include "kernels/tables.def"

/* The row of an op that a runtime would take, at priority max_priority or below. */
static const tsr_kernel *find_row(const tsr_prepare *p, int32_t max_priority) {
  const tsr_kernel *best = NULL;
  const tsr_op *op = p->call->op;
  tsr_dtype key = op->key >= 0 ? p->in[op->key].dtype : p->out[0].dtype;
#define TSR_KERNEL_TABLE(file)                                                                     \
  for (int32_t i = 0; i < tsri_##file##_kernel_count; i++) {                                       \
    const tsr_kernel *k = &tsri_##file##_kernels[i];                                               \
    if (strcmp(k->op->name, op->name) || !(k->dtypes >> key & 1) || k->priority > max_priority)    \
      continue;                                                                                    \
    if (k->out_dtypes && !(k->out_dtypes >> p->out[0].dtype & 1)) continue;                        \
    if (k->applies && !k->applies(k, p)) continue;                                                 \
    if (!best || k->priority > best->priority) best = k;                                           \
  }
#include "kernels/tables.def"
  return best;
}

/* An op made ready over arrays; run it as often as wanted. */
typedef struct prepared {
  tsr_prepare p;
  tsr_call call;
  tsr_view in[8], out[8], planned_in[8], planned_out[8];
  bool wanted[8];
  int32_t alias[8];
  const tsr_kernel *row;
  tsr_numeric numeric;
  void *workspace;
} prepared;

static inline tsr_status try_prepare(prepared *r, tsr_op_id id, const void *attrs, int32_t n_in,
                                     const array *in, int32_t n_out, const array *out,
                                     int32_t max_priority) {
  memset(r, 0, sizeof *r);
  for (int32_t i = 0; i < n_in; i++) {
    r->in[i] = r->planned_in[i] = view_of(&in[i]);
    r->planned_in[i].data = NULL;
  }
  for (int32_t i = 0; i < n_out; i++) {
    r->out[i] = r->planned_out[i] = view_of(&out[i]);
    r->planned_out[i].data = NULL;
    r->wanted[i] = true;
    r->alias[i] = -1;
  }
  r->call = (tsr_call){.op = tsr_op_core(id), .attrs = attrs, .n_in = n_in, .n_out = n_out};
  r->p = (tsr_prepare){.device = harness_device,
                       .call = &r->call,
                       .in = r->planned_in,
                       .out = r->planned_out,
                       .wanted = r->wanted,
                       .alias = r->alias};
  r->row = find_row(&r->p, max_priority);
  if (!r->row) fail_msg("no row for %s", r->call.op->name);
  if (r->row->prepare) TSR_TRY(r->row->prepare(r->row, &r->p));
  r->call.state = r->p.state;
  r->call.numeric = &r->numeric;
  r->workspace = r->p.workspace ? aligned_alloc(64, (r->p.workspace + 63) / 64 * 64) : NULL;
  r->call.workspace = r->workspace;
  return TSR_OK;
}
static inline void prepare_op(prepared *r, tsr_op_id id, const void *attrs, int32_t n_in,
                              const array *in, int32_t n_out, const array *out,
                              int32_t max_priority) {
  assert_ok(try_prepare(r, id, attrs, n_in, in, n_out, out, max_priority));
}
static inline void run_prepared(prepared *r) {
  assert_ok(r->row->run(harness_device->stream, &r->call, r->in, r->out));
}
static inline void release_prepared(prepared *r) {
  if (r->p.release) r->p.release(r->p.state);
  free(r->workspace);
}

/* All at once; gives the code of what was flagged. */
static inline tsr_status run_rows(tsr_op_id id, const void *attrs, int32_t n_in, const array *in,
                                  int32_t n_out, const array *out, int32_t max_priority) {
  prepared r;
  prepare_op(&r, id, attrs, n_in, in, n_out, out, max_priority);
  run_prepared(&r);
  release_prepared(&r);
  return r.numeric.error.code;
}
static inline tsr_status run_op(tsr_op_id id, const void *attrs, int32_t n_in, const array *in,
                                const array *out) {
  return run_rows(id, attrs, n_in, in, 1, out, INT32_MAX);
}

static inline void assert_same_bits(const array *a, const array *b) {
  assert_int_equal(count_of(a), count_of(b));
  for (int64_t i = 0; i < count_of(a); i++)
    if (memcmp(at(a, i), at(b, i), tsr_dtype_size(a->dtype)))
      fail_msg("element %lld differs", (long long)i);
}

/* |a - b| <= tolerance, or both NaN. */
static inline void assert_number(double complex a, double complex b, double tolerance) {
  if (isnan(creal(a)) && isnan(creal(b))) return;
  if (!(a == b || cabs(a - b) <= tolerance))
    fail_msg("%.17g%+.17gi is not %.17g%+.17gi within %g", creal(a), cimag(a), creal(b), cimag(b),
             tolerance);
}

/* The expression of a loop, loads, steps and results that stand in arrays. */
#define EXPR_OF(loop, loads, steps, outs)                                                          \
  {                                                                                                \
    .rank = (int32_t)(sizeof(loop) / sizeof *(loop)), .dims = (loop),                              \
    .n_inputs = (int32_t)(sizeof(loads) / sizeof *(loads)),                                        \
    .n_steps = (int32_t)(sizeof(steps) / sizeof *(steps)),                                         \
    .n_outputs = (int32_t)(sizeof(outs) / sizeof *(outs)), .inputs = (loads), .steps = (steps),    \
    .outputs = (outs)                                                                              \
  }

#endif /* TSR_KERNEL_HARNESS_H */
