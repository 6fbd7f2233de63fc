/* geometry.c - axes sorted into transformed ones and loops around them. */
#include "geometry.h"

#include <math.h>

#include "tsr/layout.h"

static tsr_status new_dims(tsr_arena *arena, int32_t n, size_t size, void **out) {
  return tsr_arena_alloc(arena, (size_t)n * size, out);
}

/* What is transformed, whichever op it is. */
typedef struct request {
  tsr_axes axes;
  int32_t scaling;
  bool backward;
} request;

static request read_attrs(tsri_fft_kind kind, const void *attrs) {
  if (kind == TSRI_FFT_C2C) {
    const tsri_fft_attrs *a = attrs;
    return (request){a->axes, a->scaling, a->direction == TSRI_FFT_BACKWARD};
  }
  const tsri_fft_real_attrs *a = attrs;
  return (request){
      {&a->axis, 1},
      a->scaling, kind == TSRI_FFT_C2R
  };
}

static bool is_transformed(const request *r, int32_t axis) {
  for (size_t i = 0; i < r->axes.n; i++)
    if (r->axes.data[i] == axis) return true;
  return false;
}

/* Fuse the loops that are not transformed. */
static tsr_status fuse(tsr_arena *arena, tsri_fft_geometry *g) {
  void *memory;
  TSR_TRY(new_dims(arena, 3 * g->n_others, sizeof(int64_t), &memory));
  int64_t *dims = memory, *in = dims + g->n_others, *out = in + g->n_others;
  for (int32_t i = 0; i < g->n_others; i++) {
    dims[i] = g->others[i].n;
    in[i] = g->others[i].in;
    out[i] = g->others[i].out;
  }
  int64_t *const strides[] = {in, out};
  g->n_others = tsr_layout_fuse(2, g->n_others, dims, strides);
  for (int32_t i = 0; i < g->n_others; i++)
    g->others[i] = (tsri_fft_dim){dims[i], in[i], out[i]};
  return TSR_OK;
}

static double scale_of(int32_t scaling, double n) {
  if (scaling == TSRI_FFT_PLAIN) return 1;
  return scaling == TSRI_FFT_SQRT ? 1 / sqrt(n) : 1 / n;
}

tsr_status tsri_fft_geometry_make(tsri_fft_kind kind, const tsr_prepare *p, tsr_arena *arena,
                                  tsri_fft_geometry *out) {
  const request r = read_attrs(kind, p->call->attrs);
  const tsr_view *x = &p->in[0], *z = &p->out[0];
  const tsr_view *whole = kind == TSRI_FFT_C2R ? z : x; /* the one with n elements to a line */
  void *memory;
  *out = (tsri_fft_geometry){.kind = kind, .backward = r.backward};
  TSR_TRY(tsr_layout_count(whole->rank, whole->dims, &out->count));
  TSR_TRY(new_dims(arena, x->rank, sizeof *out->axes, &memory));
  out->axes = memory;
  TSR_TRY(new_dims(arena, x->rank, sizeof *out->others, &memory));
  out->others = memory;
  double n = 1;
  for (int32_t i = 0; i < x->rank; i++) {
    const tsri_fft_dim dim = {whole->dims[i], x->strides[i], z->strides[i]};
    const bool transformed = is_transformed(&r, i);
    if (transformed && dim.n == 0)
      return TSR_FAIL(TSR_ERR_SHAPE, "%s: axis %d has size 0, wanted is 1 or more",
                      p->call->op->name, (int)i);
    if (transformed) n *= (double)dim.n;
    if (dim.n == 1 && !(transformed && kind != TSRI_FFT_C2C)) continue;
    if (transformed)
      out->axes[out->n_axes++] = dim;
    else
      out->others[out->n_others++] = dim;
  }
  out->scale = scale_of(r.scaling, n);
  return fuse(arena, out);
}

double tsri_fft_work(int64_t count, int64_t n) {
  return 5 * (double)count * log2(n > 1 ? (double)n : 2);
}

int64_t tsri_fft_chunks(const tsr_device *device, double work, int64_t n) {
  enum {
    MOST = 64
  };
  const tsr_cpu_spi *cpu = device->backend->spi;
  double worth = work / (double)cpu->parallel_threshold;
  int64_t chunks = worth < MOST ? (int64_t)worth : MOST;
  if (chunks > n) chunks = n;
  return chunks < 1 ? 1 : chunks;
}
