/* matrices.c - running one function over a batch of matrices, and getting at each. */
#include "matrices.h"

#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
  MAX_CHUNKS = 32
};

int32_t tsri_lapack_index(tsr_dtype dtype) {
  return dtype == TSR_F32 ? 0 : dtype == TSR_F64 ? 1 : dtype == TSR_C64 ? 2 : 3;
}

tsr_status tsri_linalg_add_bytes(size_t *sum, int64_t n, size_t item) {
  size_t bytes, total;
  if (__builtin_mul_overflow((size_t)n, item, &bytes) ||
      __builtin_add_overflow(*sum, bytes, &total) || total > SIZE_MAX / 4)
    return TSR_FAIL(TSR_ERR_LIMIT, "linalg: workspace beyond all memory");
  *sum = (total + 63) / 64 * 64;
  return TSR_OK;
}

tsr_status tsri_linalg_add_matrix(size_t *sum, const tsr_view *v, int32_t inner) {
  int64_t count;
  TSR_TRY(tsr_layout_count(inner, v->dims + v->rank - inner, &count));
  return tsri_linalg_add_bytes(sum, count, tsr_dtype_size(v->dtype));
}

/* ---- plans ---- */

/* Lowest finding of each chunk. */
typedef struct finding {
  int64_t matrix;
  int what;
} finding;

tsr_status tsri_linalg_plan_make(const tsr_prepare *p, int32_t rank, const int64_t *dims,
                                 double work, size_t scratch, tsri_plan *out) {
  const tsr_cpu_spi *cpu = p->device->backend->spi;
  const size_t much = (size_t)256 << 20; /* more scratch than this is not worth a thread */
  *out = (tsri_plan){0};
  TSR_TRY(tsr_layout_count(rank, dims, &out->n));
  double worth = work * (double)out->n / (double)cpu->parallel_threshold;
  int64_t chunks = worth < MAX_CHUNKS ? (int64_t)worth : MAX_CHUNKS;
  if (scratch > 0 && chunks > (int64_t)(much / scratch)) chunks = (int64_t)(much / scratch);
  if (chunks > out->n) chunks = out->n;
  out->chunks = chunks < 1 ? 1 : chunks;
  out->scratch = (scratch + 63) / 64 * 64;
  TSR_TRY(tsri_linalg_add_bytes(&out->head, out->chunks, sizeof(finding)));
  size_t total = out->head;
  return tsri_linalg_add_bytes(&total, out->chunks, out->scratch);
}

size_t tsri_linalg_plan_bytes(const tsri_plan *plan) {
  return plan->head + (size_t)plan->chunks * plan->scratch;
}

/* ---- running ---- */

static finding *finding_of(const tsri_job *job, int64_t chunk) {
  return (finding *)job->call->workspace + chunk;
}

static tsr_status run_chunk(void *ctx, int64_t chunk) {
  const tsri_job *job = ctx;
  const tsri_plan *plan = job->plan;
  int64_t each = plan->n / plan->chunks, more = plan->n % plan->chunks;
  int64_t begin = chunk * each + (chunk < more ? chunk : more);
  int64_t end = begin + each + (chunk < more);
  char *scratch = (char *)job->call->workspace + plan->head + (size_t)chunk * plan->scratch;
  finding *f = finding_of(job, chunk);
  *f = (finding){-1, TSRI_FINE};
  for (int64_t i = begin; i < end; i++) {
    int what = job->one(job, i, scratch);
    if (what != TSRI_FINE && f->matrix < 0) *f = (finding){i, what};
  }
  return TSR_OK;
}

tsri_job tsri_linalg_job_of(tsr_stream *stream, const tsr_call *call, const tsri_plan *plan,
                            const tsr_view *matrices, tsri_linalg_one one,
                            tsri_linalg_describe describe) {
  return (tsri_job){.plan = plan,
                    .call = call,
                    .cpu = stream->device->backend->spi,
                    .rank = matrices->rank - 2,
                    .dims = matrices->dims,
                    .one = one,
                    .describe = describe};
}

tsr_status tsri_linalg_job_run(tsr_stream *stream, const tsri_job *job) {
  if (job->plan->n == 0) return TSR_OK;
  TSR_TRY(job->cpu->parallel(stream, job->plan->chunks, run_chunk, (void *)(uintptr_t)job));
  for (int64_t chunk = 0; chunk < job->plan->chunks; chunk++) {
    const finding *f = finding_of(job, chunk);
    if (f->matrix < 0 || !job->describe) continue;
    char text[96];
    job->describe(f->what, text, sizeof text);
    tsr_numeric_flag(job->call, job->rank > 0 ? f->matrix : -1, text);
    return TSR_OK;
  }
  return TSR_OK;
}

/* ---- one matrix ---- */

tsr_view tsri_linalg_matrix(const tsr_view *v, int32_t inner, const tsri_job *job, int64_t i) {
  int64_t offset = 0;
  int32_t own = v->rank - inner; /* leading axes of v, aligned at the last of the job's */
  for (int32_t k = job->rank - 1; k >= 0 && i > 0; k--) {
    const int64_t at = k > 0 ? i % job->dims[k] : i; /* dividing takes a while */
    const int32_t axis = k - (job->rank - own);
    if (k > 0) i /= job->dims[k];
    if (axis >= 0 && v->dims[axis] != 1) offset += at * v->strides[axis];
  }
  tsr_view m = {(char *)v->data + offset * (int64_t)tsr_dtype_size(v->dtype), v->dims + own,
                v->strides + own, inner, v->dtype};
  return m;
}

/* Are runs of `length` elements `next` apart, of which there are n, dense `down` apart. */
static bool is_dense(int64_t n, int64_t down, int64_t length, int64_t next) {
  if (length > 1 && next != 1) return false;
  return n <= 1 || (down >= length && down >= 1 && down <= INT_MAX);
}

tsri_layout tsri_linalg_layout(const tsr_view *v) {
  const int64_t rows = v->dims[v->rank - 2], columns = v->dims[v->rank - 1];
  const int64_t down = v->strides[v->rank - 2], across = v->strides[v->rank - 1];
  if (is_dense(rows, down, columns, across)) return TSRI_ROWS;
  return is_dense(columns, across, rows, down) ? TSRI_COLUMNS : TSRI_STRIDED;
}

int tsri_linalg_leading_of(const tsr_view *matrix, tsri_layout layout) {
  const int32_t far = layout == TSRI_COLUMNS;
  const int64_t n = matrix->dims[far] > 1 ? matrix->strides[far] : matrix->dims[!far];
  return n < 1 ? 1 : (int)n;
}

bool tsri_linalg_is_direct(const tsr_view *v) { return tsri_linalg_layout(v) == TSRI_ROWS; }
int tsri_linalg_leading(const tsr_view *matrix) {
  return tsri_linalg_leading_of(matrix, TSRI_ROWS);
}

void tsri_linalg_dense_like(tsri_dense *out, const tsr_view *v, void *memory) {
  out->view = tsr_view_c(memory, v->dtype, v->rank, v->dims, out->strides);
}

void tsri_linalg_turn(tsri_dense *matrix) {
  matrix->strides[0] = 1;
  matrix->strides[1] = matrix->view.dims[0];
}

/* Small matrices are many: dense rows are copied without any planning. */
void tsri_linalg_copy_view(const tsr_view *from, const tsr_view *to) {
  if (from->rank == 2 && from->strides[1] == 1 && to->strides[1] == 1) {
    const int64_t size = (int64_t)tsr_dtype_size(from->dtype);
    const int64_t down_from = from->strides[0] * size, down_to = to->strides[0] * size;
    for (int64_t i = 0; i < from->dims[0]; i++)
      memcpy((char *)to->data + i * down_to, (const char *)from->data + i * down_from,
             (size_t)(from->dims[1] * size));
    return;
  }
  tsr_status same = tsr_view_copy(from, to); /* dims and dtype were checked by infer */
  (void)same;
}

/* Numbers per element, and the size of each. */
static int32_t parts_of(tsr_dtype dtype) {
  return tsr_dtype_kind(dtype) == TSR_KIND_COMPLEX ? 2 : 1;
}

static void fill_nan(tsr_dtype dtype, void *element) {
  for (int32_t k = 0; k < parts_of(dtype); k++) {
    if (tsr_dtype_real(dtype) == TSR_F32)
      ((float *)element)[k] = NAN;
    else
      ((double *)element)[k] = NAN;
  }
}

void tsri_linalg_fill_nan(const tsr_view *v) {
  int64_t rows = v->rank == 2 ? v->dims[0] : 1, columns = v->dims[v->rank - 1];
  int64_t down = v->rank == 2 ? v->strides[0] : 0, across = v->strides[v->rank - 1];
  int64_t size = (int64_t)tsr_dtype_size(v->dtype);
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++)
      fill_nan(v->dtype, (char *)v->data + (i * down + j * across) * size);
}

bool tsri_linalg_all_finite(const void *data, tsr_dtype dtype, int64_t n) {
  bool fine = true;
  n *= parts_of(dtype);
  if (tsr_dtype_real(dtype) == TSR_F32) {
    const float *x = data;
    for (int64_t i = 0; i < n; i++)
      fine &= fabsf(x[i]) <= FLT_MAX;
  } else {
    const double *x = data;
    for (int64_t i = 0; i < n; i++)
      fine &= fabs(x[i]) <= DBL_MAX;
  }
  return fine;
}
