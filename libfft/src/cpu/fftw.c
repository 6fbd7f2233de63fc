/* fftw.c - kernels on FFTW, for lengths whose prime factors are 13 or less.
 *
 * A transform is one stage, or one stage per axis when that is the only way to share it
 * out among threads. A stage is cut along one loop into chunks of equal size and a
 * shorter last one; each kind of chunk has a plan, made when the kernel is prepared: one
 * for data as aligned as our allocators make it, and one for any other.
 */
#include "planner.h"

#if TSR_FFTW

#include <string.h>

#include "tsr/alloc.h"
#include "tsr/layout.h"

enum {
  WHOLE,
  REST
};

typedef struct stage {
  tsri_fft_dim *dims, *loops; /* transformed, and repeated */
  int32_t n_dims, n_loops;
  int32_t split;      /* the loop that is cut; -1: none */
  int64_t unit, rest; /* its size in a chunk, and in the last one (0: the same) */
  int64_t chunks;
  tsri_fft_dim *walk; /* [n_dims + n_loops] all loops, longest stride of the result first */
  int32_t split_walk; /* where split went */
  void *plans[2][2];  /* [WHOLE, REST][any alignment] */
} stage;

typedef struct fftw_state {
  tsr_arena arena; /* owns all but itself and the plans */
  tsri_fft_geometry g;
  stage *stages;
  int32_t n_stages;
  bool f32;
} fftw_state;

static void release(void *state) {
  fftw_state *s = state;
  for (int32_t i = 0; s->stages && i < s->n_stages; i++)
    for (int32_t k = 0; k < 4; k++)
      tsri_fft_planner_destroy(s->f32, s->stages[i].plans[k / 2][k % 2]);
  tsr_arena_deinit(&s->arena);
  tsr_free(s, sizeof *s, 0);
}

/* ---- stages ---- */

static bool is_easy(int64_t n) {
  static const int32_t primes[] = {2, 3, 5, 7, 11, 13};
  for (size_t i = 0; i < sizeof primes / sizeof *primes; i++)
    while (n > 1 && n % primes[i] == 0)
      n /= primes[i];
  return n <= 1;
}

static bool applies(const tsr_kernel *self, const tsr_prepare *p) {
  (void)self;
  const tsri_fft_attrs *attrs = p->call->attrs;
  for (size_t i = 0; i < attrs->axes.n; i++)
    if (!is_easy(p->in[0].dims[attrs->axes.data[i]])) return false;
  return true;
}

/* The largest of n loops, -1 if there is none. */
static int32_t largest(const tsri_fft_dim *loops, int32_t n) {
  int32_t best = -1;
  for (int32_t i = 0; i < n; i++)
    if (best < 0 || loops[i].n > loops[best].n) best = i;
  return best;
}

static int64_t span(const tsri_fft_dim *d) { return d->out < 0 ? -d->out : d->out; }

/* All loops for scaling the result, in an order that walks through memory. */
static void sort_walk(stage *st) {
  st->split_walk = -1;
  for (int32_t i = 0; i < st->n_dims + st->n_loops; i++) {
    const tsri_fft_dim d = i < st->n_dims ? st->dims[i] : st->loops[i - st->n_dims];
    int32_t at = i;
    for (; at > 0 && span(&st->walk[at - 1]) < span(&d); at--)
      st->walk[at] = st->walk[at - 1];
    if (st->split_walk >= at) st->split_walk++;
    if (i >= st->n_dims && i - st->n_dims == st->split) st->split_walk = at;
    st->walk[at] = d;
  }
}

static tsr_status new_dims(fftw_state *s, tsri_fft_dim **out) {
  void *memory;
  size_t room = (size_t)s->g.n_axes + (size_t)s->g.n_others;
  TSR_TRY(tsr_arena_alloc(&s->arena, room * sizeof **out, &memory));
  *out = memory;
  return TSR_OK;
}

static tsr_status plan_chunk(fftw_state *s, const stage *st, bool in_place, int64_t size,
                             void *plans[2]) {
  if (st->split >= 0) st->loops[st->split].n = size;
  for (int32_t any = 0; any < 2; any++) {
    const tsri_fft_problem problem = {.f32 = s->f32,
                                      .in_place = in_place,
                                      .backward = s->g.backward,
                                      .any_alignment = any,
                                      .n_dims = st->n_dims,
                                      .n_loops = st->n_loops,
                                      .dims = st->dims,
                                      .loops = st->loops};
    TSR_TRY(tsri_fft_planner_make(&problem, &plans[any]));
  }
  return TSR_OK;
}

/* Chunks of c64 hold an even number of lines, so that each is as aligned as the first. */
static tsr_status cut(fftw_state *s, const tsr_prepare *p, stage *st, bool in_place) {
  st->split = largest(st->loops, st->n_loops);
  int64_t n = st->split < 0 ? 1 : st->loops[st->split].n, length = 1;
  for (int32_t i = 0; i < st->n_dims; i++)
    length *= st->dims[i].n;
  int64_t chunks = tsri_fft_chunks(p->device, tsri_fft_work(s->g.count, length), n);
  st->unit = (n + chunks - 1) / chunks;
  if (chunks > 1) st->unit += st->unit % 2;
  st->chunks = (n + st->unit - 1) / st->unit;
  st->rest = n % st->unit;
  TSR_TRY(new_dims(s, &st->walk));
  sort_walk(st);
  TSR_TRY(plan_chunk(s, st, in_place, st->unit, st->plans[WHOLE]));
  return st->rest ? plan_chunk(s, st, in_place, st->rest, st->plans[REST]) : TSR_OK;
}

/* One stage when it is small, or repeated often enough to be shared out; else one per axis. */
static bool is_one_stage(const fftw_state *s, const tsr_prepare *p) {
  enum {
    ENOUGH = 16
  };
  int32_t most = largest(s->g.others, s->g.n_others);
  int64_t length = 1;
  for (int32_t i = 0; i < s->g.n_axes; i++)
    length *= s->g.axes[i].n;
  int64_t chunks = tsri_fft_chunks(p->device, tsri_fft_work(s->g.count, length), ENOUGH);
  return s->g.n_axes <= 1 || chunks <= 2 || (most >= 0 && s->g.others[most].n >= ENOUGH);
}

static tsr_status make_stage(fftw_state *s, const tsr_prepare *p, int32_t i) {
  stage *st = &s->stages[i];
  TSR_TRY(new_dims(s, &st->dims));
  TSR_TRY(new_dims(s, &st->loops));
  for (int32_t k = 0; k < s->g.n_axes; k++) {
    tsri_fft_dim d = s->g.axes[k];
    if (i > 0) d.in = d.out; /* in place from the second stage on */
    if (s->n_stages == 1 || k == i)
      st->dims[st->n_dims++] = d;
    else
      st->loops[st->n_loops++] = d;
  }
  for (int32_t k = 0; k < s->g.n_others; k++) {
    tsri_fft_dim d = s->g.others[k];
    if (i > 0) d.in = d.out;
    st->loops[st->n_loops++] = d;
  }
  return cut(s, p, st, i > 0);
}

static tsr_status fill_state(fftw_state *s, const tsr_prepare *p) {
  void *memory;
  TSR_TRY(tsri_fft_geometry_make(p, &s->arena, &s->g));
  if (s->g.count == 0 || s->g.n_axes == 0) return TSR_OK;
  int32_t n = is_one_stage(s, p) ? 1 : s->g.n_axes;
  TSR_TRY(tsr_arena_alloc(&s->arena, (size_t)n * sizeof *s->stages, &memory));
  s->stages = memory;
  s->n_stages = n;
  for (int32_t i = 0; i < n; i++)
    TSR_TRY(make_stage(s, p, i));
  return TSR_OK;
}

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  void *memory;
  TSR_TRY(tsr_alloc(sizeof(fftw_state), 0, &memory));
  memset(memory, 0, sizeof(fftw_state));
  fftw_state *s = memory;
  s->f32 = p->in[0].dtype == TSR_C64;
  tsr_status status = fill_state(s, p);
  if (status == TSR_OK) {
    p->state = s;
    p->release = release;
  } else {
    release(s);
  }
  return status;
}

/* ---- run ---- */

typedef struct stage_job {
  const fftw_state *state;
  const stage *stage;
  char *in, *out;
  int64_t in_step, out_step; /* bytes from chunk to chunk */
  double scale;
} stage_job;

#define REAL  float
#define SCALE scale_f32
#include "scale.inc"
#define REAL  double
#define SCALE scale_f64
#include "scale.inc"

static tsr_status run_chunk(void *ctx, int64_t chunk) {
  const stage_job *job = ctx;
  const stage *st = job->stage;
  const bool f32 = job->state->f32;
  char *in = job->in + chunk * job->in_step, *out = job->out + chunk * job->out_step;
  const bool rest = st->rest && chunk == st->chunks - 1;
  const bool aligned =
      tsri_fft_planner_is_aligned(f32, in) && tsri_fft_planner_is_aligned(f32, out);
  tsri_fft_planner_execute(f32, st->plans[rest ? REST : WHOLE][aligned ? 0 : 1], in, out);
  const int64_t size = rest ? st->rest : st->unit;
  const int32_t n = st->n_dims + st->n_loops;
  if (job->scale == 1) return TSR_OK;
  if (f32)
    scale_f32(st->walk, n, st->split_walk, size, (float *)(void *)out, (float)job->scale);
  else
    scale_f64(st->walk, n, st->split_walk, size, (double *)(void *)out, job->scale);
  return TSR_OK;
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const fftw_state *s = c->state;
  const tsr_cpu_spi *cpu = stream->device->backend->spi;
  const int64_t size = s->f32 ? 8 : 16;
  if (s->g.n_axes == 0) return tsr_view_copy(&in[0], &out[0]); /* all lengths are 1 */
  for (int32_t i = 0; i < s->n_stages; i++) {
    const stage *st = &s->stages[i];
    const tsri_fft_dim cut_loop = st->split < 0 ? (tsri_fft_dim){0} : st->loops[st->split];
    stage_job job = {.state = s,
                     .stage = st,
                     .in = i == 0 ? in[0].data : out[0].data,
                     .out = out[0].data,
                     .in_step = cut_loop.in * st->unit * size,
                     .out_step = cut_loop.out * st->unit * size,
                     .scale = i == s->n_stages - 1 ? s->g.scale : 1};
    TSR_TRY(cpu->parallel(stream, st->chunks, run_chunk, &job));
  }
  return TSR_OK;
}

const tsr_kernel tsri_fft_fftw_kernels[] = {
    {.op = &tsri_fft_op,
     .dtypes = TSR_DTYPES_COMPLEX,
     .priority = 10,
     .name = "cpu.fft.fftw",
     .applies = applies,
     .prepare = prepare,
     .run = run}
};
const int32_t tsri_fft_fftw_kernel_count = 1;

#endif /* TSR_FFTW */
