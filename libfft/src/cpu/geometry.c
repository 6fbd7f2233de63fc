/* geometry.c - axes sorted into transformed ones and loops around them. */
#include "geometry.h"

#include <math.h>

#include "tsr/layout.h"

static tsr_status new_dims(tsr_arena *arena, int32_t n, size_t size, void **out) {
  return tsr_arena_alloc(arena, (size_t)n * size, out);
}

static bool is_transformed(const tsri_fft_attrs *attrs, int32_t axis) {
  for (size_t i = 0; i < attrs->axes.n; i++)
    if (attrs->axes.data[i] == axis) return true;
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

static double scale_of(const tsri_fft_attrs *attrs, double n) {
  if (attrs->scaling == TSRI_FFT_PLAIN) return 1;
  return attrs->scaling == TSRI_FFT_SQRT ? 1 / sqrt(n) : 1 / n;
}

tsr_status tsri_fft_geometry_make(const tsr_prepare *p, tsr_arena *arena, tsri_fft_geometry *out) {
  const tsri_fft_attrs *attrs = p->call->attrs;
  const tsr_view *x = &p->in[0], *z = &p->out[0];
  void *memory;
  *out = (tsri_fft_geometry){.backward = attrs->direction == TSRI_FFT_BACKWARD};
  TSR_TRY(tsr_layout_count(x->rank, x->dims, &out->count));
  TSR_TRY(new_dims(arena, x->rank, sizeof *out->axes, &memory));
  out->axes = memory;
  TSR_TRY(new_dims(arena, x->rank, sizeof *out->others, &memory));
  out->others = memory;
  double n = 1;
  for (int32_t i = 0; i < x->rank; i++) {
    const tsri_fft_dim dim = {x->dims[i], x->strides[i], z->strides[i]};
    const bool transformed = is_transformed(attrs, i);
    if (transformed && dim.n == 0)
      return TSR_FAIL(TSR_ERR_SHAPE, "%s: axis %d has size 0, wanted is 1 or more",
                      p->call->op->name, (int)i);
    if (transformed) n *= (double)dim.n;
    if (dim.n == 1) continue;
    if (transformed)
      out->axes[out->n_axes++] = dim;
    else
      out->others[out->n_others++] = dim;
  }
  out->scale = scale_of(attrs, n);
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
