/* control_cond.c - cond and checkpoint: regions that are run at most once.
 *
 * Every region is planned for the very operands and results of the application, so it
 * reads and writes them where they are. The workspace is the largest of their arenas.
 */
#include "region.h"

#include <string.h>

#include "tsr/alloc.h"

/* Prepared regions that take the operands from number `skipped` on. */
typedef struct regions {
  int32_t n, skipped, n_in, n_out;
  tsri_plan *plan[];
} regions;

/* One run's frames of them. */
typedef struct frames {
  const regions *regions;
  tsri_frame *frame[];
} frames;

static size_t regions_size(int32_t n) { return sizeof(regions) + sizeof(tsri_plan *) * (size_t)n; }
static size_t frames_size(int32_t n) { return sizeof(frames) + sizeof(tsri_frame *) * (size_t)n; }

static void release(void *state) {
  regions *r = state;
  for (int32_t k = 0; k < r->n; k++)
    tsr_object_release(r->plan[k]);
  tsr_free(r, regions_size(r->n), 0);
}

static tsr_status plan_all(const tsri_planner *planner, tsr_prepare *p, regions *r,
                           const tsr_object_ref *graphs) {
  const tsr_call *c = p->call;
  tsr_arena arena = {0};
  void *skip = NULL;
  tsr_status status = tsr_arena_alloc(&arena, sizeof(bool) * (size_t)c->n_out, &skip);
  for (int32_t j = 0; status == TSR_OK && j < c->n_out; j++)
    ((bool *)skip)[j] = !p->wanted[j];
  for (int32_t k = 0; status == TSR_OK && k < r->n; k++) {
    tsri_want want = {.in = p->in + r->skipped, .out = p->out, .skip = skip};
    status = tsri_region_plan(planner, p, graphs[k], &want, &r->plan[k]);
    if (status != TSR_OK) {
      status = tsr_annotate(status, "planning region %d of %s", (int)k, c->op->name);
    } else if ((size_t)r->plan[k]->arena_size > p->workspace) {
      p->workspace = (size_t)r->plan[k]->arena_size;
    }
  }
  tsr_arena_deinit(&arena);
  return status;
}

static tsr_status prepare_regions(const tsri_planner *planner, tsr_prepare *p, int32_t n,
                                  const tsr_object_ref *graphs, int32_t skipped) {
  void *made = NULL;
  TSR_TRY(tsr_alloc(regions_size(n), 0, &made));
  memset(made, 0, regions_size(n));
  regions *r = made;
  r->n = n;
  r->skipped = skipped;
  r->n_in = p->call->n_in - skipped;
  r->n_out = p->call->n_out;
  tsr_status status = plan_all(planner, p, r, graphs);
  if (status != TSR_OK) {
    release(r);
    return status;
  }
  p->state = r;
  p->release = release;
  return TSR_OK;
}

static void close_frames(void *frame) {
  frames *f = frame;
  for (int32_t k = 0; k < f->regions->n; k++)
    tsri_frame_destroy(f->frame[k]);
  tsr_free(f, frames_size(f->regions->n), 0);
}

static tsr_status open_frames(void *state, tsr_numeric *numeric, void **out) {
  const regions *r = state;
  void *made = NULL;
  *out = NULL;
  TSR_TRY(tsr_alloc(frames_size(r->n), 0, &made));
  memset(made, 0, frames_size(r->n));
  frames *f = made;
  f->regions = r;
  for (int32_t k = 0; k < r->n; k++) {
    tsr_status status = tsri_frame_create(r->plan[k], numeric, &f->frame[k]);
    if (status != TSR_OK) {
      close_frames(f);
      return status;
    }
  }
  *out = f;
  return TSR_OK;
}

static tsr_status run_region(tsr_stream *stream, const tsr_call *c, int32_t k, const tsr_view *in,
                             const tsr_view *out) {
  const frames *f = c->state;
  const regions *r = f->regions;
  tsri_frame *frame = f->frame[k];
  tsri_frame_bind(frame, TSRI_BASE_ARENA, c->workspace);
  for (int32_t i = 0; i < r->n_in; i++)
    tsri_frame_bind(frame, TSRI_BASE_INPUT(r->plan[k], i), in[r->skipped + i].data);
  for (int32_t j = 0; j < r->n_out; j++)
    tsri_frame_bind(frame, TSRI_BASE_OUTPUT(r->plan[k], j), out[j].data);
  return tsri_frame_run(frame, stream);
}

static tsr_status prepare_cond(const tsri_planner *planner, tsr_prepare *p) {
  const tsr_cond_attrs *a = p->call->attrs;
  return prepare_regions(planner, p, (int32_t)a->branches.n, a->branches.data, 1);
}

/* An index of any integer dtype, or a bool, held into [0, n). */
static int32_t clamp_index(const void *data, tsr_dtype dtype, int32_t n) {
  int64_t index = 0;
  uint64_t bits = 0;
  size_t size = tsr_dtype_size(dtype);
  memcpy(&bits, data, size); /* the low bytes: hosts are little-endian */
  int shift = 64 - 8 * (int)size;
  if (tsr_dtype_kind(dtype) == TSR_KIND_SIGNED) {
    index = (int64_t)(bits << shift) >> shift;
  } else {
    index = bits > (uint64_t)n ? n : (int64_t)bits;
  }
  if (index < 0) index = 0;
  return index >= n ? n - 1 : (int32_t)index;
}

tsr_status tsri_cond_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                         const tsr_view *out) {
  const frames *f = c->state;
  uint64_t word = 0;
  TSR_TRY(tsri_read_now(stream, in[0].data, &word, tsr_dtype_size(in[0].dtype)));
  int32_t k = clamp_index(&word, in[0].dtype, f->regions->n);
  tsr_status status = run_region(stream, c, k, in, out);
  return status == TSR_OK ? status : tsr_annotate(status, "running branch %d of cond", (int)k);
}

static tsr_status prepare_call(const tsri_planner *planner, tsr_prepare *p) {
  const tsr_checkpoint_attrs *a = p->call->attrs;
  return prepare_regions(planner, p, 1, &a->body, 0);
}

tsr_status tsri_call_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                         const tsr_view *out) {
  return run_region(stream, c, 0, in, out);
}

const tsri_control tsri_control_cond = {prepare_cond, open_frames, close_frames};
const tsri_control tsri_control_call = {prepare_call, open_frames, close_frames};
