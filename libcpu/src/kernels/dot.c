/* dot.c - the plain row of dot_general, for every numeric dtype; f16 and bf16 sum in f32,
 * integers wrap. Small products are fastest here.
 */
#include "half.h"
#include "kernel.h"

#include <complex.h>

#define TSRI_CAT_(a, b) a##_##b
#define TSRI_CAT(a, b)  TSRI_CAT_(a, b)

/* Columns of the result summed together. */
#define COLUMNS INT64_C(16)

/* Products without C's second look at infinities, as in mul. */
static inline float _Complex multiply_c64(float _Complex p, float _Complex q) {
  float a = crealf(p), b = cimagf(p), c = crealf(q), d = cimagf(q);
  return __builtin_complex(a * c - b * d, a * d + b * c);
}
static inline double _Complex multiply_c128(double _Complex p, double _Complex q) {
  double a = creal(p), b = cimag(p), c = creal(q), d = cimag(q);
  return __builtin_complex(a * c - b * d, a * d + b * c);
}

#define ID        F16
#define T         uint16_t
#define A         float
#define LOAD(x)   tsri_f32_of_f16(x)
#define STORE(a)  tsri_f16_of_f32(a)
#define MUL(p, q) ((p) * (q))
#include "dot.inc"
#define ID        BF16
#define T         uint16_t
#define A         float
#define LOAD(x)   tsri_f32_of_bf16(x)
#define STORE(a)  tsri_bf16_of_f32(a)
#define MUL(p, q) ((p) * (q))
#include "dot.inc"
#define ID        F32
#define T         float
#define A         float
#define LOAD(x)   (x)
#define STORE(a)  (a)
#define MUL(p, q) ((p) * (q))
#include "dot.inc"
#define ID        F64
#define T         double
#define A         double
#define LOAD(x)   (x)
#define STORE(a)  (a)
#define MUL(p, q) ((p) * (q))
#include "dot.inc"
#define ID        C64
#define T         float _Complex
#define A         float _Complex
#define LOAD(x)   (x)
#define STORE(a)  (a)
#define MUL(p, q) multiply_c64(p, q)
#include "dot.inc"
#define ID        C128
#define T         double _Complex
#define A         double _Complex
#define LOAD(x)   (x)
#define STORE(a)  (a)
#define MUL(p, q) multiply_c128(p, q)
#include "dot.inc"
#define ID        I8
#define T         int8_t
#define A         uint32_t
#define LOAD(x)   (uint32_t)(x)
#define STORE(a)  (int8_t)(a)
#define MUL(p, q) ((p) * (q))
#include "dot.inc"
#define ID        U8
#define T         uint8_t
#define A         uint32_t
#define LOAD(x)   (uint32_t)(x)
#define STORE(a)  (uint8_t)(a)
#define MUL(p, q) ((p) * (q))
#include "dot.inc"
#define ID        I16
#define T         int16_t
#define A         uint32_t
#define LOAD(x)   (uint32_t)(x)
#define STORE(a)  (int16_t)(a)
#define MUL(p, q) ((p) * (q))
#include "dot.inc"
#define ID        U16
#define T         uint16_t
#define A         uint32_t
#define LOAD(x)   (uint32_t)(x)
#define STORE(a)  (uint16_t)(a)
#define MUL(p, q) ((p) * (q))
#include "dot.inc"
#define ID        I32
#define T         int32_t
#define A         uint32_t
#define LOAD(x)   (uint32_t)(x)
#define STORE(a)  (int32_t)(a)
#define MUL(p, q) ((p) * (q))
#include "dot.inc"
#define ID        U32
#define T         uint32_t
#define A         uint32_t
#define LOAD(x)   (uint32_t)(x)
#define STORE(a)  (uint32_t)(a)
#define MUL(p, q) ((p) * (q))
#include "dot.inc"
#define ID        I64
#define T         int64_t
#define A         uint64_t
#define LOAD(x)   (uint64_t)(x)
#define STORE(a)  (int64_t)(a)
#define MUL(p, q) ((p) * (q))
#include "dot.inc"
#define ID        U64
#define T         uint64_t
#define A         uint64_t
#define LOAD(x)   (uint64_t)(x)
#define STORE(a)  (uint64_t)(a)
#define MUL(p, q) ((p) * (q))
#include "dot.inc"

typedef void (*dot_rows)(const tsr_dot_plan *d, const void *x, const void *y, void *z,
                         int64_t begin, int64_t end);
#define AT(ID) [TSR_##ID] = dot_##ID
static const dot_rows by_dtype[TSR_DTYPE_COUNT] = {
    AT(I8),  AT(I16), AT(I32),  AT(I64), AT(U8),  AT(U16), AT(U32),
    AT(U64), AT(F16), AT(BF16), AT(F32), AT(F64), AT(C64), AT(C128),
};
#undef AT

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  tsr_dot_plan *d;
  TSR_TRY(tsr_dot_plan_create(p, &d));
  tsr_dot_plan_fuse(d);
  p->state = d;
  p->release = tsr_kernel_state_release;
  return TSR_OK;
}

typedef struct dot_job {
  const tsr_dot_plan *dot;
  dot_rows rows;
  const void *x, *y;
  void *z;
} dot_job;

static tsr_status run_range(void *ctx, int64_t begin, int64_t end) {
  const dot_job *job = ctx;
  job->rows(job->dot, job->x, job->y, job->z, begin, end);
  return TSR_OK;
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const tsr_dot_plan *d = c->state;
  dot_job job = {d, by_dtype[out[0].dtype], in[0].data, in[1].data, out[0].data};
  int64_t work = tsri_max(1, d->n.size) * tsri_max(1, d->k.size);
  return tsri_parallel_ranges(stream, d->b.size * d->m.size, tsri_max(1, TSRI_GRAIN / work),
                              run_range, &job);
}

const tsr_kernel tsri_dot_kernels[] = {
    {.op = &tsri_cpu_ops[TSR_OP_DOT_GENERAL],
     .dtypes = TSR_DTYPES_NUMERIC,
     .name = "cpu.dot_general",
     .prepare = prepare,
     .run = run}
};
const int32_t tsri_dot_kernel_count = TSRI_COUNT_OF(tsri_dot_kernels);
