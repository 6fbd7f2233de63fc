/* gather.c - row of gather: windows fetched from clamped starts.
 *
 * The offsets of a block of index vectors are worked out first (index.h); then every run of the
 * window, a piece without gaps on both sides, is fetched for all of them. Where runs of one window
 * lie farther apart in the result than windows do, the loop over runs goes outside: what is read
 * then stays within the reach of the indices for as long as possible. Windows as large as whole
 * arrays are copied one after the other by all threads.
 */
#include "index.h"
#include "move.h"
#include "variants/variants.h"

enum {
#ifdef TSR_STRESS
  WIDE = 11, /* elements of a window that all threads copy together */
  UNIT = 64,
#else
  WIDE = 8 * TSRI_GRAIN,
  UNIT = 32 * 1024, /* bytes fetched with one set of offsets */
#endif
  GRAIN = 64 * 1024 /* bytes, or work that takes as long, of one task */
};

typedef struct gather_state {
  tsr_kernel_state state;
  tsr_window_plan *window;
  tsri_walk walk;
  tsri_window_rows rows;
  tsri_collect collect;
  int64_t run;           /* bytes */
  int64_t piece, pieces; /* rows of a unit; units of all rows */
  bool rows_outside;
  tsri_copy copy; /* of one wide window */
} gather_state;

static void release(void *state) {
  tsr_kernel_state_release(((gather_state *)state)->window);
  tsr_kernel_state_release(state);
}

static tsri_collect collect_of(int64_t run) {
  const tsri_collect *all = tsri_variant_chosen()->indexing->collect;
  const bool power = run >= 1 && run <= 64 && (run & (run - 1)) == 0;
  return all[power ? __builtin_ctzll((uint64_t)run) : 7];
}

/* A unit is a block of positions and some rows of runs. */
static void plan_units(gather_state *s) {
  const tsri_window_rows *r = &s->rows;
  const int64_t row = tsri_max(1, s->walk.places * s->run);
  s->piece = tsri_max(1, tsri_min(r->rows, UNIT / row));
  s->pieces = r->outer * tsri_ceil_div(r->rows, s->piece);
  s->rows_outside = (r->values_row < 0 ? -r->values_row : r->values_row) >
                    (s->walk.step < 0 ? -s->walk.step : s->walk.step);
}

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  const tsr_window_spec spec = tsr_window_spec_of_gather(p);
  tsr_window_plan *w;
  TSR_TRY(tsr_window_plan_create(&spec, &w));
  gather_state *s;
  tsr_status status =
      tsr_kernel_state_create(sizeof *s + tsri_copy_bytes(w->window_rank, w->window_dims), &s);
  if (status != TSR_OK) {
    tsr_kernel_state_release(w);
    return status;
  }
  const size_t size = tsr_dtype_size(p->out[0].dtype);
  s->window = w;
  tsri_copy_init(&s->copy, s + 1, p->device, size, w->window_rank, w->window_dims,
                 w->window_operand, w->window_values);
  tsri_walk_init(&s->walk, w, size, TSRI_WALK_CLAMPING, tsri_variant_chosen()->indexing);
  tsri_window_rows_init(&s->rows, w, size);
  s->run = s->rows.run * (int64_t)size;
  s->collect = collect_of(s->run);
  plan_units(s);
  p->state = s;
  p->release = release;
  return TSR_OK;
}

typedef struct gather_job {
  const gather_state *state;
  const char *operand, *indices;
  char *out;
} gather_job;

static void run_unit(const gather_job *job, int64_t piece, int64_t n, const int64_t *at,
                     int64_t values) {
  const gather_state *s = job->state;
  const tsri_window_rows *r = &s->rows;
  const int64_t of_row = s->pieces / r->outer;
  const int64_t outer = piece / of_row, first = piece % of_row * s->piece;
  const tsr_window_plan *w = s->window;
  const int64_t from = tsri_offset(r->rank, w->window_dims, w->window_operand, outer);
  const int64_t to = tsri_offset(r->rank, w->window_dims, w->window_values, outer);
  s->collect(tsri_min(s->piece, r->rows - first), n, s->run,
             job->operand + from + first * r->operand_row, at, r->operand_row,
             job->out + values + to + first * r->values_row, r->values_row, s->walk.step);
}

static tsr_status run_range(void *ctx, int64_t begin, int64_t end) {
  const gather_job *job = ctx;
  const gather_state *s = job->state;
  const int64_t blocks = s->walk.blocks;
  int64_t at[TSRI_PLACES], n = 0, values = 0, resolved = -1;
  for (int64_t unit = begin; unit < end; unit++) {
    const int64_t block = s->rows_outside ? unit % blocks : unit / s->pieces;
    const int64_t piece = s->rows_outside ? unit / blocks : unit % s->pieces;
    if (block != resolved) n = tsri_walk_block(&s->walk, job->indices, block, at, &values);
    resolved = block;
    run_unit(job, piece, n, at, values);
  }
  return TSR_OK;
}

/* Window after window, each by all threads. */
static tsr_status run_wide(tsr_stream *stream, const gather_job *job) {
  const gather_state *s = job->state;
  int64_t at[TSRI_PLACES], values;
  for (int64_t b = 0; b < s->walk.blocks; b++) {
    const int64_t n = tsri_walk_block(&s->walk, job->indices, b, at, &values);
    for (int64_t i = 0; i < n; i++)
      TSR_TRY(tsri_copy_run(&s->copy, stream, job->operand + at[i],
                            job->out + values + i * s->walk.step));
  }
  return TSR_OK;
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const gather_state *s = c->state;
  gather_job job = {s, in[0].data, in[1].data, out[0].data};
  if (s->window->window == 0) return TSR_OK;
  if (s->window->window >= WIDE) return run_wide(stream, &job);
  const int64_t work = s->piece * s->walk.places * tsri_max(16, s->run);
  return tsri_parallel_ranges(stream, s->walk.blocks * s->pieces,
                              tsri_max(1, GRAIN / tsri_max(1, work)), run_range, &job);
}

const tsr_kernel tsri_gather_kernels[] = {
    {.op = &tsri_cpu_ops[TSR_OP_GATHER],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cpu.gather",
     .prepare = prepare,
     .run = run}
};
const int32_t tsri_gather_kernel_count = TSRI_COUNT_OF(tsri_gather_kernels);
