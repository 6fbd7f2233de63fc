/* own.c - kernels on our own engine: one pass over the array for each axis.
 *
 * Lines along the axis are taken a few at a time, neighbours in memory together, into
 * planes of scratch, transformed there, and put down in the result. The first pass reads
 * the operand, later ones the result itself.
 */
#include "geometry.h"
#include "line.h"

#include <string.h>

#include "tsr/alloc.h"
#include "tsr/layout.h"

/* One axis. */
typedef struct pass {
  tsri_fft_dim axis;
  tsri_fft_dim *others; /* [n_others] the last is the one whose lines go side by side */
  int32_t n_others;
  tsri_fft_line line;
  int64_t lanes;  /* lines at once */
  int64_t blocks; /* of so many lines in the whole array */
  int64_t chunks;
  size_t scratch; /* bytes for each chunk */
} pass;

typedef struct own_state {
  tsr_arena arena; /* owns all but itself and the tables of the lines */
  tsri_fft_geometry g;
  pass *passes; /* [n_axes] */
  bool dense_copy;
} own_state;

static void release(void *state) {
  own_state *s = state;
  for (int32_t i = 0; s->passes && i < s->g.n_axes; i++)
    tsri_fft_line_deinit(&s->passes[i].line);
  tsr_arena_deinit(&s->arena);
  tsr_free(s, sizeof *s, 0);
}

/* ---- prepare ---- */

static int64_t distance(const tsri_fft_dim *d) {
  int64_t a = d->in < 0 ? -d->in : d->in;
  return a ? a : INT64_MAX; /* equal lines are no neighbours */
}

/* All loops but the one along axis i; the shortest stride last. */
static tsr_status set_others(own_state *s, int32_t i) {
  pass *p = &s->passes[i];
  void *memory;
  size_t room = (size_t)s->g.n_axes + (size_t)s->g.n_others;
  TSR_TRY(tsr_arena_alloc(&s->arena, room * sizeof *p->others, &memory));
  p->others = memory;
  for (int32_t k = 0; k < s->g.n_others; k++)
    p->others[p->n_others++] = s->g.others[k];
  for (int32_t k = 0; k < s->g.n_axes; k++)
    if (k != i) p->others[p->n_others++] = s->g.axes[k];
  int32_t nearest = p->n_others - 1;
  for (int32_t k = 0; k < p->n_others; k++) {
    if (i > 0) p->others[k].in = p->others[k].out; /* in place from the second pass on */
    if (distance(&p->others[k]) < distance(&p->others[nearest])) nearest = k;
  }
  if (nearest < 0) return TSR_OK;
  tsri_fft_dim last = p->others[nearest];
  p->others[nearest] = p->others[p->n_others - 1];
  p->others[p->n_others - 1] = last;
  return TSR_OK;
}

/* As many lines at once as fit a second-level cache, 16 at most. */
static int64_t choose_lanes(const pass *p) {
  enum {
    MOST = 16,
    CACHE = 512 * 1024
  };
  int64_t neighbours = p->n_others > 0 ? p->others[p->n_others - 1].n : 1;
  int64_t lanes = MOST;
  while (lanes > 1 && (lanes / 2 >= neighbours || tsri_fft_line_room(&p->line, lanes) > CACHE))
    lanes /= 2;
  return lanes;
}

static tsr_status make_pass(own_state *s, const tsr_prepare *prep, int32_t i) {
  pass *p = &s->passes[i];
  p->axis = s->g.axes[i];
  if (i > 0) p->axis.in = p->axis.out;
  TSR_TRY(set_others(s, i));
  TSR_TRY(tsri_fft_line_init(&p->line, p->axis.n, prep->in[0].dtype));
  p->lanes = choose_lanes(p);
  p->blocks = s->g.count > 0;
  for (int32_t k = 0; k < p->n_others; k++) {
    bool last = k == p->n_others - 1;
    p->blocks *= last ? (p->others[k].n + p->lanes - 1) / p->lanes : p->others[k].n;
  }
  double work = tsri_fft_work(s->g.count, p->line.length) * (p->line.chirp ? 4 : 1);
  p->chunks = tsri_fft_chunks(prep->device, work, p->blocks);
  p->scratch = (tsri_fft_line_room(&p->line, p->lanes) + 63) / 64 * 64;
  return TSR_OK;
}

static tsr_status fill_state(own_state *s, tsr_prepare *p) {
  void *memory;
  TSR_TRY(tsri_fft_geometry_make(p, &s->arena, &s->g));
  TSR_TRY(tsr_arena_alloc(&s->arena, (size_t)s->g.n_axes * sizeof *s->passes, &memory));
  s->passes = memory;
  for (int32_t i = 0; i < s->g.n_axes; i++) {
    TSR_TRY(make_pass(s, p, i));
    size_t bytes = (size_t)s->passes[i].chunks * s->passes[i].scratch;
    if (bytes > p->workspace) p->workspace = bytes;
  }
  return TSR_OK;
}

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  void *memory;
  TSR_TRY(tsr_alloc(sizeof(own_state), 0, &memory));
  memset(memory, 0, sizeof(own_state));
  tsr_status status = fill_state(memory, p);
  if (status == TSR_OK) {
    p->state = memory;
    p->release = release;
  } else {
    release(memory);
  }
  return status;
}

/* ---- run ---- */

typedef struct pass_job {
  const pass *pass;
  const void *in;
  void *out;
  char *workspace;
  double scale;
  bool backward;
  void (*block)(const struct pass_job *job, int64_t in, int64_t out, int64_t lanes, char *scratch);
} pass_job;

#define REAL   float
#define SUFFIX f32
#include "own.inc"
#define REAL   double
#define SUFFIX f64
#include "own.inc"

/* Where a block starts, and how many lines it has. */
static void find_block(const pass *p, int64_t block, int64_t *in, int64_t *out, int64_t *lanes) {
  *in = *out = 0, *lanes = 1;
  for (int32_t k = p->n_others - 1; k >= 0; k--) {
    const bool last = k == p->n_others - 1;
    const tsri_fft_dim *d = &p->others[k];
    const int64_t n = last ? (d->n + p->lanes - 1) / p->lanes : d->n;
    const int64_t at = block % n * (last ? p->lanes : 1);
    block /= n;
    if (last) *lanes = d->n - at < p->lanes ? d->n - at : p->lanes;
    *in += at * d->in;
    *out += at * d->out;
  }
}

static tsr_status run_chunk(void *ctx, int64_t chunk) {
  const pass_job *job = ctx;
  const pass *p = job->pass;
  const int64_t each = p->blocks / p->chunks, more = p->blocks % p->chunks;
  const int64_t begin = chunk * each + (chunk < more ? chunk : more);
  const int64_t end = begin + each + (chunk < more);
  char *scratch = job->workspace + (size_t)chunk * p->scratch;
  for (int64_t block = begin; block < end; block++) {
    int64_t in, out, lanes;
    find_block(p, block, &in, &out, &lanes);
    job->block(job, in, out, lanes, scratch);
  }
  return TSR_OK;
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const own_state *s = c->state;
  const tsr_cpu_spi *cpu = stream->device->backend->spi;
  if (s->g.n_axes == 0) return tsr_view_copy(&in[0], &out[0]); /* all lengths are 1 */
  for (int32_t i = 0; i < s->g.n_axes; i++) {
    const pass *p = &s->passes[i];
    pass_job job = {.pass = p,
                    .in = i == 0 ? in[0].data : out[0].data,
                    .out = out[0].data,
                    .workspace = c->workspace,
                    .scale = i == s->g.n_axes - 1 ? s->g.scale : 1,
                    .backward = s->g.backward,
                    .block = in[0].dtype == TSR_C64 ? block_f32 : block_f64};
    if (p->blocks > 0) TSR_TRY(cpu->parallel(stream, p->chunks, run_chunk, &job));
  }
  return TSR_OK;
}

const tsr_kernel tsri_fft_own_kernels[] = {
    {.op = &tsri_fft_op,
     .dtypes = TSR_DTYPES_COMPLEX,
     .name = "cpu.fft.own",
     .prepare = prepare,
     .run = run}
};
const int32_t tsri_fft_own_kernel_count = 1;
