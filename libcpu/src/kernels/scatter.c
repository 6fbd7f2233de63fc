/* scatter.c - rows of the scatters: the input copied, then updates joined to it in C order of the
 * index vectors, so that results have one order. A window that does not fit is dropped as a whole.
 *
 * Only updates of one place must keep their order. Where no two positions of a window can meet,
 * because windows have size 1 along the axes that indices choose, rows of the window are tasks.
 * If there is but one, every task takes the places of one part of the output: it reads all index
 * vectors, keeps those of its part, in order, and joins these. Either way every place sees the same
 * updates in the same order, so the number of tasks may follow the number of threads.
 */
#include "index.h"
#include "move.h"
#include "variants/variants.h"

#include "tsr/cpu.h"

enum {
#ifdef TSR_STRESS
  CUT = 3,   /* elements of a run that a task joins */
  UNIT = 64, /* bytes of a block joined with one set of offsets */
  GRAIN = 64,
  NEAR = 64,
  FAR = 0,
#else
  CUT = 16 * 1024,
  UNIT = 32 * 1024,
  GRAIN = 32 * 1024,     /* updates that a second thread repays */
  NEAR = 256 * 1024,     /* bytes of an output that needs no places asked for ahead */
  FAR = 4 * 1024 * 1024, /* of one where an update takes longer than passing over it */
#endif
  TASKS = 16 /* most parts of an output */
};

typedef struct scatter_state {
  tsr_kernel_state state;
  tsr_window_plan *window;
  size_t size;
  tsri_walk walk;
  tsri_window_rows rows;
  tsri_join join;
  bool separate;         /* no two positions of a window can meet */
  int64_t piece, pieces; /* rows of a task; tasks of all rows */
  int64_t cuts;          /* tasks of a run */
  int64_t low, extent;   /* offsets of windows: the first, and bytes from it to the last */
  bool far;              /* places are asked for before their turn */
  tsri_copy copy;
} scatter_state;

static void release(void *state) {
  tsr_kernel_state_release(((scatter_state *)state)->window);
  tsr_kernel_state_release(state);
}

/* ---- planning ---- */

/* Complex products are only built without fused multiply-add; see blocks_product.h. */
static tsri_join join_of(tsri_joint joint, tsr_dtype dtype) {
  const tsri_join join = tsri_variant_chosen()->indexing->join[joint][dtype];
  return join ? join : tsri_variant_at(0)->indexing->join[joint][dtype];
}

static bool is_separate(const tsr_window_plan *w, const tsr_view *out, tsr_axes start_axes) {
  for (int32_t k = 0; k < w->index_size; k++)
    if (w->start_limit[k] != out->dims[start_axes.data[k]] - 1) return false;
  return true;
}

static void reach(scatter_state *s, int64_t last, int64_t stride) {
  s->low += tsri_min(0, last * stride);
  s->extent += last * (stride < 0 ? -stride : stride);
}

/* Where windows may begin. */
static void plan_reach(scatter_state *s) {
  const tsr_window_plan *w = s->window;
  for (int32_t k = 0; k < w->index_size; k++)
    reach(s, tsri_max(0, w->start_limit[k]), w->start_stride[k]);
  for (int32_t k = 0; k < w->batch_rank; k++)
    reach(s, tsri_max(1, w->batch_dims[k]) - 1, w->batch_operand[k]);
  s->far = s->extent > NEAR;
}

static void plan_tasks(scatter_state *s) {
  const tsri_window_rows *r = &s->rows;
  const int64_t row = s->walk.places * r->run * (int64_t)s->size;
  s->piece = s->separate ? tsri_max(1, tsri_min(r->rows, UNIT / tsri_max(1, row))) : r->rows;
  s->pieces = r->outer * tsri_ceil_div(r->rows, tsri_max(1, s->piece));
  s->cuts = s->separate ? tsri_ceil_div(r->run, CUT) : 1;
}

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  const tsr_scatter_attrs *a = p->call->attrs;
  const tsr_view *in = &p->in[0], *out = &p->out[0];
  tsr_window_spec spec = {.operand = out,
                          .indices = &p->in[1],
                          .values = &p->in[2],
                          .window_axes = a->update_window_dims,
                          .collapsed = a->inserted_window_dims,
                          .operand_batching = a->input_batching_dims,
                          .indices_batching = a->scatter_indices_batching_dims,
                          .start_axes = a->scatter_dims_to_operand_dims,
                          .index_vector_dim = a->index_vector_dim};
  scatter_state *s;
  TSR_TRY(tsr_kernel_state_create(sizeof *s + tsri_copy_bytes(out->rank, out->dims), &s));
  tsr_status status = tsr_window_plan_create(&spec, &s->window);
  if (status != TSR_OK) {
    tsr_kernel_state_release(s);
    return status;
  }
  s->size = tsr_dtype_size(out->dtype);
  s->join = join_of(*(const tsri_joint *)self->data, out->dtype);
  s->separate = is_separate(s->window, out, a->scatter_dims_to_operand_dims);
  tsri_walk_init(&s->walk, s->window, s->size, TSRI_WALK_DROPPING, tsri_variant_chosen()->indexing);
  tsri_window_rows_init(&s->rows, s->window, s->size);
  plan_reach(s);
  plan_tasks(s);
  tsri_copy_init(&s->copy, s + 1, p->device, s->size, out->rank, out->dims, in->strides,
                 out->strides);
  if (tsr_view_same_layout(in, out)) p->alias[0] = 0;
  p->state = s;
  p->release = release;
  return TSR_OK;
}

/* ---- running ---- */

typedef struct scatter_job {
  const scatter_state *state;
  const char *indices, *updates;
  char *out;
  int64_t parts; /* of the output */
} scatter_job;

/* One row of runs, or some rows, of all windows of a block. */
static void join_rows(const scatter_job *job, int64_t piece, tsri_join_part *part, int64_t values) {
  const scatter_state *s = job->state;
  const tsri_window_rows *r = &s->rows;
  const tsr_window_plan *w = s->window;
  const int64_t of_row = s->pieces / r->outer;
  const int64_t outer = piece / of_row, first = piece % of_row * s->piece;
  part->rows = tsri_min(s->piece, r->rows - first);
  part->x = job->updates + values + first * r->values_row +
            tsri_offset(r->rank, w->window_dims, w->window_values, outer);
  part->z = job->out + first * r->operand_row +
            tsri_offset(r->rank, w->window_dims, w->window_operand, outer);
  s->join(part);
}

static tsri_join_part part_of(const scatter_state *s, int64_t n, const int64_t *at) {
  return (tsri_join_part){.n = n,
                          .run = s->rows.run,
                          .x_row = s->rows.values_row,
                          .x_step = s->walk.step,
                          .at = at,
                          .z_row = s->rows.operand_row,
                          .far = s->far};
}

/* A cut of the runs of a piece, block by block. */
static tsr_status run_piece(void *ctx, int64_t task) {
  const scatter_job *job = ctx;
  const scatter_state *s = job->state;
  const int64_t first = task % s->cuts * CUT, skip = first * (int64_t)s->size;
  int64_t at[TSRI_PLACES + TSRI_AHEAD] = {0}, values;
  scatter_job cut = *job;
  cut.out += skip;
  cut.updates += skip;
  for (int64_t b = 0; b < s->walk.blocks; b++) {
    const int64_t n = tsri_walk_block(&s->walk, job->indices, b, at, &values);
    tsri_join_part part = part_of(s, n, at);
    if (s->cuts > 1) part.run = tsri_min(CUT, s->rows.run - first);
    join_rows(&cut, task / s->cuts, &part, values);
  }
  return TSR_OK;
}

static tsr_status run_pieces(void *ctx, int64_t begin, int64_t end) {
  for (int64_t task = begin; task < end; task++)
    TSR_TRY(run_piece(ctx, task));
  return TSR_OK;
}

/* Keep the places in [low, low + width), and their numbers; at may be where. */
static int64_t keep(int64_t n, const int64_t *at, int64_t low, uint64_t width, int64_t *where,
                    int64_t *number) {
  int64_t kept = 0;
  for (int64_t i = 0; i < n; i++) {
    const int64_t place = at[i];
    where[kept] = place;
    number[kept] = i;
    kept += (uint64_t)place - (uint64_t)low < width;
  }
  return kept;
}

/* Updates of one part of the output. */
static tsr_status run_part(void *ctx, int64_t task) {
  const scatter_job *job = ctx;
  const scatter_state *s = job->state;
  const int64_t width = s->extent / job->parts + 1;
  int64_t at[TSRI_PLACES + TSRI_AHEAD] = {0}, number[TSRI_PLACES], values;
  for (int64_t b = 0; b < s->walk.blocks; b++) {
    int64_t n = tsri_walk_block(&s->walk, job->indices, b, at, &values);
    n = keep(n, at, s->low + task * width, (uint64_t)width, at, number);
    tsri_join_part part = part_of(s, n, at);
    part.number = number;
    for (int64_t piece = 0; piece < s->pieces; piece++)
      join_rows(job, piece, &part, values);
  }
  return TSR_OK;
}

/* Windows that overlap: one whole window after the other. */
static void run_windows(const scatter_job *job) {
  const scatter_state *s = job->state;
  int64_t at[TSRI_PLACES + TSRI_AHEAD] = {0}, values;
  for (int64_t b = 0; b < s->walk.blocks; b++) {
    const int64_t n = tsri_walk_block(&s->walk, job->indices, b, at, &values);
    for (int64_t i = 0; i < n; i++) {
      tsri_join_part part = part_of(s, 1, at + i);
      part.far = false;
      for (int64_t piece = 0; piece < s->pieces; piece++)
        join_rows(job, piece, &part, values + i * s->walk.step);
    }
  }
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const scatter_state *s = c->state;
  const tsr_window_plan *w = s->window;
  if (in[0].data != out[0].data) TSR_TRY(tsri_copy_run(&s->copy, stream, in[0].data, out[0].data));
  scatter_job job = {s, in[1].data, in[2].data, out[0].data, 1};
  if (w->batches == 0 || w->window == 0) return TSR_OK;
  if (!s->separate) {
    run_windows(&job);
    return TSR_OK;
  }
  const int64_t tasks = s->pieces * s->cuts;
  const int64_t work = w->batches * tsri_max(1, w->window * (int64_t)s->size / 64);
  const int64_t threads = work < GRAIN ? 1 : tsri_min(TASKS, tsr_cpu_threads(stream->device));
  const bool slow = s->extent >= FAR || s->rows.run * (int64_t)s->size >= 64;
  if (threads == 1 || tasks >= threads || !slow)
    return tsri_parallel_ranges(stream, tasks, threads == 1 ? tasks : 1, run_pieces, &job);
  job.parts = threads;
  return tsri_cpu_parallel(stream, job.parts, run_part, &job);
}

static const tsri_joint set = TSRI_JOINT_SET, add = TSRI_JOINT_ADD, mul = TSRI_JOINT_MUL,
                        min = TSRI_JOINT_MIN, max = TSRI_JOINT_MAX;

#define ROW(ID, op_name, accepted, joint)                                                          \
  {                                                                                                \
    .op = &tsri_cpu_ops[TSR_OP_##ID], .dtypes = accepted, .name = "cpu." #op_name,                 \
    .prepare = prepare, .run = run, .data = joint                                                  \
  }
const tsr_kernel tsri_scatter_kernels[] = {
    ROW(SCATTER_ADD, scatter_add, TSR_DTYPES_NUMERIC, &add),
    ROW(SCATTER_SET, scatter_set, TSR_DTYPES_ANY, &set),
    ROW(SCATTER_MUL, scatter_mul, TSR_DTYPES_NUMERIC, &mul),
    ROW(SCATTER_MIN, scatter_min, TSR_DTYPES_ORDERED | TSR_BIT(BOOL), &min),
    ROW(SCATTER_MAX, scatter_max, TSR_DTYPES_ORDERED | TSR_BIT(BOOL), &max),
};
#undef ROW
const int32_t tsri_scatter_kernel_count = TSRI_COUNT_OF(tsri_scatter_kernels);
