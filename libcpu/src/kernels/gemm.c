/* gemm.c - row of dot_general that runs on BLAS, for f32 f64 c64 c128.
 *
 * Each array is a batch of matrices. One that BLAS can read as it lies (one of its two
 * strides is 1) is used in place; any other is packed into the workspace first, and the
 * result unpacked from there. BLAS is column-major: a result with dense rows is computed
 * as its transpose. Large products are cut into tiles by shape.
 */
#include "move.h"

#include <limits.h>

/* One of x [m, k], y [k, n], z [m, n]: rows and columns of a matrix, per batch. */
typedef struct matrix {
  int64_t rows, cols, row_stride, col_stride;
  int64_t *batch_strides; /* NULL: packed, rows * cols apart */
  size_t packed_at;       /* in the workspace */
  tsri_copy copy;         /* packing, or unpacking for z */
} matrix;

typedef struct gemm_state {
  tsr_kernel_state state;
  tsr_dot_plan *dot;
  size_t size;
  int32_t type; /* index into the BLAS table */
  matrix x, y, z;
  int64_t tile, tiles_m, tiles_n;
} gemm_state;

enum {
  MAX_TILE = 512
};

static int32_t blas_type(tsr_dtype dtype) {
  static const int8_t types[TSR_DTYPE_COUNT] = {
      [TSR_F32] = 0, [TSR_F64] = 1, [TSR_C64] = 2, [TSR_C128] = 3};
  return types[dtype];
}

static void release(void *state) {
  tsr_kernel_state_release(((gemm_state *)state)->dot);
  tsr_kernel_state_release(state);
}

typedef struct matrix_axes {
  const tsr_dot_group *rows, *cols;
  const int64_t *row_strides, *col_strides, *batch_strides;
} matrix_axes;

/* Decide between in place and packed; `memory` holds the packing copy. */
static void plan_matrix(gemm_state *s, matrix *m, const matrix_axes *a, bool is_result,
                        int64_t *memory, tsr_prepare *p) {
  const tsr_dot_group *b = &s->dot->b;
  m->rows = a->rows->size;
  m->cols = a->cols->size;
  m->batch_strides = (int64_t *)(uintptr_t)a->batch_strides;
  if (tsr_dot_group_stride(a->rows, a->row_strides, &m->row_stride) &&
      tsr_dot_group_stride(a->cols, a->col_strides, &m->col_stride) &&
      tsr_blas_fits(m->rows, m->cols, &m->row_stride, &m->col_stride))
    return;
  int32_t rank = b->rank + a->rows->rank + a->cols->rank, n = 0;
  int64_t *dims = memory, *strides = dims + rank, *dense = strides + rank;
  const tsr_dot_group *groups[] = {b, a->rows, a->cols};
  const int64_t *from[] = {a->batch_strides, a->row_strides, a->col_strides};
  for (int32_t g = 0; g < 3; g++)
    for (int32_t i = 0; i < groups[g]->rank; i++, n++) {
      dims[n] = groups[g]->dims[i];
      strides[n] = from[g][i];
    }
  tsr_layout_c_strides(rank, dims, dense);
  tsri_copy_init(&m->copy, dense + rank, p->device, s->size, rank, dims,
                 is_result ? dense : strides, is_result ? strides : dense);
  m->batch_strides = NULL;
  m->row_stride = tsri_max(1, m->cols);
  m->col_stride = 1;
  m->packed_at = p->workspace;
  size_t size = tsri_round_up((size_t)(b->size * m->rows * m->cols) * s->size, 64);
  if (__builtin_add_overflow(p->workspace, size, &p->workspace)) p->workspace = SIZE_MAX;
}

static bool applies(const tsr_kernel *self, const tsr_prepare *p) {
  (void)self;
  tsr_dot_sizes d;
  if (!tsr_dot_sizes_of(p, &d)) return false;
  const bool small = d.m <= 8 && d.n <= 8 && d.k <= 8;
  return tsri_cpu_blas.gemm[0] && !small && d.m <= INT_MAX && d.n <= INT_MAX && d.k <= INT_MAX;
}

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  tsr_dot_plan *d;
  TSR_TRY(tsr_dot_plan_create(p, &d));
  int32_t rank = p->in[0].rank + p->in[1].rank;
  size_t one = sizeof(int64_t) * 3 * (size_t)rank + tsri_copy_bytes(rank, NULL);
  gemm_state *s;
  tsr_status status = tsr_kernel_state_create(sizeof *s + 3 * one, &s);
  if (status != TSR_OK) {
    tsr_kernel_state_release(d);
    return status;
  }
  s->dot = d;
  s->size = tsr_dtype_size(p->out[0].dtype);
  s->type = blas_type(p->out[0].dtype);
  matrix_axes x = {&d->m, &d->k, d->m.x, d->k.x, d->b.x};
  matrix_axes y = {&d->k, &d->n, d->k.y, d->n.y, d->b.y};
  matrix_axes z = {&d->m, &d->n, d->m.z, d->n.z, d->b.z};
  char *memory = (char *)(s + 1);
  plan_matrix(s, &s->x, &x, false, (int64_t *)(void *)memory, p);
  plan_matrix(s, &s->y, &y, false, (int64_t *)(void *)(memory + one), p);
  plan_matrix(s, &s->z, &z, true, (int64_t *)(void *)(memory + 2 * one), p);
  bool large = (double)d->m.size * (double)d->n.size * (double)d->k.size > 1 << 26;
  s->tile = large ? MAX_TILE : INT_MAX;
  s->tiles_m = tsri_ceil_div(d->m.size, s->tile);
  s->tiles_n = tsri_ceil_div(d->n.size, s->tile);
  p->state = s;
  p->release = release;
  return TSR_OK;
}

typedef struct gemm_job {
  const gemm_state *state;
  char *x, *y, *z; /* the arrays, or their packed forms */
} gemm_job;

static char *matrix_of(const gemm_state *s, const matrix *m, char *data, int64_t batch, int64_t row,
                       int64_t col) {
  const tsr_dot_group *b = &s->dot->b;
  int64_t at = m->batch_strides ? tsri_offset(b->rank, b->dims, m->batch_strides, batch)
                                : batch * m->rows * m->cols;
  return data + (at + row * m->row_stride + col * m->col_stride) * (int64_t)s->size;
}

/* trans and leading dimension of a matrix, for BLAS that wants it as [rows, cols]
 * column-major; with `flip` as [cols, rows].
 */
static char blas_layout(const matrix *m, bool flip, int *ld) {
  bool col_major = m->row_stride == 1 && m->col_stride >= tsri_max(1, m->rows);
  *ld = (int)(col_major ? m->col_stride : m->row_stride);
  return col_major != flip ? 'N' : 'T';
}

/* One tile of one product. */
static tsr_status run_item(void *ctx, int64_t item) {
  const gemm_job *job = ctx;
  const gemm_state *s = job->state;
  static const double complex_one[2] = {1, 0}, zero[2] = {0, 0};
  static const float complex_one_f32[2] = {1, 0};
  const void *one = s->type & 1 ? (const void *)complex_one : (const void *)complex_one_f32;
  int64_t j = item % s->tiles_n, i = item / s->tiles_n % s->tiles_m;
  int64_t batch = item / s->tiles_n / s->tiles_m, row = i * s->tile, col = j * s->tile;
  int m = (int)tsri_min(s->tile, s->z.rows - row), n = (int)tsri_min(s->tile, s->z.cols - col);
  int k = (int)s->x.cols, ld_x, ld_y, ld_z;
  bool flip = blas_layout(&s->z, false, &ld_z) == 'T';
  char tx = blas_layout(&s->x, flip, &ld_x), ty = blas_layout(&s->y, flip, &ld_y);
  const char *x = matrix_of(s, &s->x, job->x, batch, row, 0);
  const char *y = matrix_of(s, &s->y, job->y, batch, 0, col);
  char *z = matrix_of(s, &s->z, job->z, batch, row, col);
  if (flip)
    tsri_cpu_blas.gemm[s->type](&ty, &tx, &n, &m, &k, one, y, &ld_y, x, &ld_x, zero, z, &ld_z);
  else
    tsri_cpu_blas.gemm[s->type](&tx, &ty, &m, &n, &k, one, x, &ld_x, y, &ld_y, zero, z, &ld_z);
  return TSR_OK;
}

static tsr_status run_range(void *ctx, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; i++)
    TSR_TRY(run_item(ctx, i));
  return TSR_OK;
}

/* Where a matrix is read from: as it lies, or packed now. */
static tsr_status pack(const gemm_state *s, const matrix *m, tsr_stream *stream, void *data,
                       char *workspace, char **out) {
  (void)s;
  *out = m->batch_strides ? data : workspace + m->packed_at;
  return m->batch_strides ? TSR_OK : tsri_copy_run(&m->copy, stream, data, *out);
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const gemm_state *s = c->state;
  gemm_job job = {.state = s};
  TSR_TRY(pack(s, &s->x, stream, in[0].data, c->workspace, &job.x));
  TSR_TRY(pack(s, &s->y, stream, in[1].data, c->workspace, &job.y));
  job.z = s->z.batch_strides ? out[0].data : (char *)c->workspace + s->z.packed_at;
  int64_t items = s->dot->b.size * s->tiles_m * s->tiles_n;
  int64_t work = tsri_min(s->tile, s->z.rows) * tsri_min(s->tile, s->z.cols) * s->x.cols;
  TSR_TRY(tsri_parallel_ranges(stream, items, tsri_max(1, 8 * TSRI_GRAIN / work), run_range, &job));
  return s->z.batch_strides ? TSR_OK : tsri_copy_run(&s->z.copy, stream, job.z, out[0].data);
}

const tsr_kernel tsri_gemm_kernels[] = {
    {.op = &tsri_cpu_ops[TSR_OP_DOT_GENERAL],
     .dtypes = TSR_BIT(F32) | TSR_BIT(F64) | TSR_DTYPES_COMPLEX,
     .priority = 10,
     .name = "cpu.dot_general.gemm",
     .applies = applies,
     .prepare = prepare,
     .run = run}
};
const int32_t tsri_gemm_kernel_count = TSRI_COUNT_OF(tsri_gemm_kernels);
