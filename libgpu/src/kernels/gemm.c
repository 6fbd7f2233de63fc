/* gemm.c - row of dot_general that runs on cuBLAS, for every float and complex dtype.
 *
 * Each array is a batch of matrices. One that cuBLAS can read as it lies (one of its two
 * strides is 1, and one stride leads from matrix to matrix) is used in place; any other is
 * packed into the workspace first, and the result unpacked from there. cuBLAS is
 * column-major: a result with dense rows is computed as its transpose. f16 and bf16 sum in
 * f32, f32 in f32 and not in TF32. The library's own workspace is part of ours, so that it
 * is planned and two streams never share it: with it, results repeat bit by bit.
 */
#include "abi_internal.h"
#include "copy.h"

#include <limits.h>

enum {
  ALIGNMENT = 256, /* of cuBLAS's workspace */
  SMALL_WORKSPACE = 64 << 10,
  WORKSPACE = 4 << 20,
  HOPPER_WORKSPACE = 32 << 20, /* what NVIDIA advises from architecture 9.0 on */
  DEFAULT_ALGORITHM = -1
};

/* cudaDataType and cublasComputeType_t of a dtype. */
typedef struct blas_type {
  uint8_t data, compute;
} blas_type;
static const blas_type blas_types[TSR_DTYPE_COUNT] = {
    [TSR_F16] = {TSRI_BLAS_F16,  TSRI_BLAS_COMPUTE_F32},
    [TSR_BF16] = {TSRI_BLAS_BF16, TSRI_BLAS_COMPUTE_F32},
    [TSR_F32] = {TSRI_BLAS_F32,  TSRI_BLAS_COMPUTE_F32},
    [TSR_F64] = {TSRI_BLAS_F64,  TSRI_BLAS_COMPUTE_F64},
    [TSR_C64] = {TSRI_BLAS_C64,  TSRI_BLAS_COMPUTE_F32},
    [TSR_C128] = {TSRI_BLAS_C128, TSRI_BLAS_COMPUTE_F64},
};

/* One of x [m, k], y [k, n], z [m, n]: rows and columns of a matrix, per batch. */
typedef struct matrix {
  int64_t rows, cols, row_stride, col_stride, batch_stride;
  bool is_packed;
  size_t at;           /* in the workspace, when packed */
  tsri_cuda_copy copy; /* packing, or unpacking for z */
} matrix;

typedef struct gemm_state {
  tsr_kernel_state state;
  blas_type type;
  int32_t batches;
  size_t blas_at, blas_size; /* cuBLAS's part of the workspace */
  matrix x, y, z;
} gemm_state;

static int64_t at_least_1(int64_t n) { return n > 1 ? n : 1; }

/* The axes of a matrix and their strides in its array. */
typedef struct matrix_axes {
  const tsr_dot_group *group[3]; /* batch, rows, columns */
  const int64_t *strides[3];
} matrix_axes;

static tsr_status plan_packing(matrix *m, tsr_prepare *p, const matrix_axes *a, size_t size,
                               bool is_result) {
  int32_t n = 0, rank = a->group[0]->rank + a->group[1]->rank + a->group[2]->rank;
  tsr_kernel_state *memory;
  TSR_TRY(
      tsr_kernel_state_create(sizeof *memory + 3 * sizeof(int64_t) * (size_t)(rank + 1), &memory));
  int64_t *dims = (int64_t *)(memory + 1), *strides = dims + rank, *dense = strides + rank;
  for (int32_t g = 0; g < 3; g++)
    for (int32_t i = 0; i < a->group[g]->rank; i++, n++) {
      dims[n] = a->group[g]->dims[i];
      strides[n] = a->strides[g][i];
    }
  tsr_layout_c_strides(rank, dims, dense);
  const tsr_status status =
      tsri_cuda_copy_init(&m->copy, p->device, size, rank, dims, is_result ? dense : strides,
                          is_result ? strides : dense);
  tsr_kernel_state_release(memory);
  return status;
}

static tsr_status take_workspace(tsr_prepare *p, size_t size, size_t *at) {
  size_t end;
  *at = (p->workspace + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  if (__builtin_add_overflow(*at, size, &end) || end > (size_t)INT64_MAX - ALIGNMENT)
    return TSR_FAIL(TSR_ERR_LIMIT, "dot_general: packed operands do not fit 63 bits");
  p->workspace = end;
  return TSR_OK;
}

/* Decide between in place and packed. */
static tsr_status plan_matrix(matrix *m, tsr_prepare *p, const matrix_axes *a, bool is_result) {
  const size_t size = tsr_dtype_size(p->out[0].dtype);
  m->rows = a->group[1]->size;
  m->cols = a->group[2]->size;
  if (tsr_dot_group_stride(a->group[1], a->strides[1], &m->row_stride) &&
      tsr_dot_group_stride(a->group[2], a->strides[2], &m->col_stride) &&
      tsr_blas_fits(m->rows, m->cols, &m->row_stride, &m->col_stride) &&
      tsr_dot_group_stride(a->group[0], a->strides[0], &m->batch_stride) && m->batch_stride >= 0)
    return TSR_OK;
  m->is_packed = true;
  m->row_stride = at_least_1(m->cols);
  m->col_stride = 1;
  m->batch_stride = m->rows * m->cols;
  TSR_TRY(take_workspace(p, (size_t)(a->group[0]->size * m->batch_stride) * size, &m->at));
  return plan_packing(m, p, a, size, is_result);
}

static bool applies(const tsr_kernel *self, const tsr_prepare *p) {
  (void)self;
  tsr_dot_sizes d;
  return tsr_dot_sizes_of(p, &d) && d.b <= INT_MAX && d.m <= INT_MAX && d.n <= INT_MAX &&
         d.k <= INT_MAX;
}

static size_t blas_workspace(const tsr_prepare *p, const tsr_dot_plan *d) {
  const double products =
      (double)d->b.size * (double)d->m.size * (double)d->n.size * (double)d->k.size;
  if (products < 1 << 24) return SMALL_WORKSPACE;
  return tsri_cuda_of(p->device)->facts.arch >= 90 ? HOPPER_WORKSPACE : WORKSPACE;
}

static tsr_status plan(gemm_state *s, tsr_prepare *p, tsr_dot_plan *d) {
  const matrix_axes x = {
      {&d->b,  &d->m,  &d->k },
      {d->b.x, d->m.x, d->k.x}
  };
  const matrix_axes y = {
      {&d->b,  &d->k,  &d->n },
      {d->b.y, d->k.y, d->n.y}
  };
  const matrix_axes z = {
      {&d->b,  &d->m,  &d->n },
      {d->b.z, d->m.z, d->n.z}
  };
  s->type = blas_types[p->out[0].dtype];
  s->batches = (int32_t)d->b.size;
  s->blas_size = blas_workspace(p, d);
  TSR_TRY(plan_matrix(&s->x, p, &x, false));
  TSR_TRY(plan_matrix(&s->y, p, &y, false));
  TSR_TRY(plan_matrix(&s->z, p, &z, true));
  /* workspaces are aligned to 64: room to go on to the next multiple */
  return take_workspace(p, s->blas_size + ALIGNMENT, &s->blas_at);
}

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  gemm_state *s;
  tsr_dot_plan *d;
  TSR_TRY(tsri_library_need(&tsri_cuda_of(p->device)->libraries, TSR_GPU_CUBLAS));
  TSR_TRY(tsr_dot_plan_create(p, &d));
  tsr_status status = tsri_cuda_state(p, sizeof *s, &s);
  if (status == TSR_OK) status = tsri_cuda_prepared(p, plan(s, p, d));
  tsr_kernel_state_release(d);
  return status;
}

/* Is the matrix to be transposed, and its leading dimension, for BLAS that wants it as
 * [rows, cols] column-major; with flip as [cols, rows].
 */
static unsigned blas_layout(const matrix *m, bool flip, int *ld) {
  const bool col_major = m->row_stride == 1 && m->col_stride >= at_least_1(m->rows);
  *ld = (int)(col_major ? m->col_stride : m->row_stride);
  return col_major == flip;
}

/* 1 or 0 in the type that cuBLAS computes in. */
static const void *number(unsigned compute, int one) {
  static const float f32[2][2] = {
      {0, 0},
      {1, 0}
  };
  static const double f64[2][2] = {
      {0, 0},
      {1, 0}
  };
  return compute == TSRI_BLAS_COMPUTE_F64 ? (const void *)f64[one] : (const void *)f32[one];
}

static tsr_status multiply(const gemm_state *s, tsr_stream *stream, char *workspace, const void *x,
                           const void *y, void *z) {
  const tsri_libraries *all = &tsri_cuda_of(stream->device)->libraries;
  const matrix *a = &s->x, *b = &s->y, *c = &s->z;
  const unsigned data = s->type.data, compute = s->type.compute;
  struct cublasContext *handle;
  int ld_a, ld_b, ld_c;
  const bool flip = blas_layout(c, false, &ld_c);
  if (flip) { /* z^T = y^T x^T */
    const void *t = x;
    x = y;
    y = t;
    a = &s->y;
    b = &s->x;
  }
  const unsigned op_a = blas_layout(a, flip, &ld_a), op_b = blas_layout(b, flip, &ld_b);
  const int64_t m = flip ? c->cols : c->rows, n = flip ? c->rows : c->cols;
  char *own = workspace + s->blas_at;
  own += (ALIGNMENT - (uintptr_t)own % ALIGNMENT) % ALIGNMENT;
  TSR_TRY(tsri_cuda_cublas(stream, &handle));
  TSR_TRY(TSRI_CALL(all, CUBLAS, cublas, cublasSetWorkspace, handle, own, s->blas_size));
  return TSRI_CALL(all, CUBLAS, cublas, cublasGemmStridedBatchedEx, handle, op_a, op_b, (int)m,
                   (int)n, (int)s->x.cols, number(compute, 1), x, data, ld_a, a->batch_stride, y,
                   data, ld_b, b->batch_stride, number(compute, 0), z, data, ld_c, c->batch_stride,
                   s->batches, compute, DEFAULT_ALGORITHM);
}

/* Where a matrix is read from: as it lies, or packed now. */
static tsr_status pack(const matrix *m, tsr_stream *stream, const void *data, char *workspace,
                       const void **out) {
  *out = m->is_packed ? workspace + m->at : data;
  return m->is_packed ? tsri_cuda_copy_run(&m->copy, stream, data, workspace + m->at) : TSR_OK;
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const gemm_state *s = c->state;
  tsri_cuda_device *device = tsri_cuda_of(stream->device);
  char *workspace = c->workspace;
  const void *x, *y;
  void *z = s->z.is_packed ? workspace + s->z.at : out[0].data;
  struct CUctx_st *before;
  TSR_TRY(pack(&s->x, stream, in[0].data, workspace, &x));
  TSR_TRY(pack(&s->y, stream, in[1].data, workspace, &y));
  TSR_TRY(tsri_cuda_enter(device, &before));
  TSR_TRY(tsri_cuda_leave(device, before, multiply(s, stream, workspace, x, y, z)));
  return s->z.is_packed ? tsri_cuda_copy_run(&s->z.copy, stream, z, out[0].data) : TSR_OK;
}

const tsr_kernel tsri_cuda_gemm_kernels[] = {
    {.op = &tsri_cuda_ops[TSR_OP_DOT_GENERAL],
     .dtypes = TSR_DTYPES_FIELD,
     .priority = 10,
     .name = "cuda.dot_general.cublas",
     .applies = applies,
     .prepare = prepare,
     .run = run}
};
const int32_t tsri_cuda_gemm_kernel_count = TSRI_COUNT_OF(tsri_cuda_gemm_kernels);
