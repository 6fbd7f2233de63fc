/* fused.c - the row that runs fused expressions.
 *
 * Outputs that reduce the same axes share a program; those that reduce nothing join the
 * first. An expression with reductions over different axes becomes several programs,
 * each of which computes what it needs again. One whose steps reduce is a program of rows.
 */
#include "vm.h"
#include "vm_rows.h"

#include <string.h>

typedef struct fused_state {
  tsr_kernel_state state;
  int32_t n;
  tsri_vm *program[];
} fused_state;

static void release(void *state) {
  fused_state *s = state;
  for (int32_t i = 0; i < s->n; i++)
    tsr_kernel_state_release(s->program[i]);
  tsr_kernel_state_release(s);
}

/* Memory for one preparation, in one block. */
typedef struct scratch {
  int64_t *dims;
  int64_t **in_strides;
  int64_t *out_strides;
  tsr_expr_step *steps;
  int32_t *place; /* new number of a step, -1: not needed */
  tsri_vm_out *outs;
  bool *reduced, *needed;
} scratch;

static size_t scratch_bytes(const tsr_expr *e) {
  size_t rank = (size_t)e->rank, n_in = (size_t)e->n_inputs, n_out = (size_t)e->n_outputs;
  size_t per_step = sizeof(tsr_expr_step) + sizeof(int32_t) + sizeof(bool);
  return sizeof(int64_t) * rank * (1 + n_in + n_out) + sizeof(int64_t *) * n_in +
         per_step * (size_t)e->n_steps + sizeof(tsri_vm_out) * n_out + rank + 8 * 16;
}

static void *take(char **memory, size_t bytes) {
  void *result = *memory;
  *memory += tsri_round_up(bytes, 16);
  return result;
}

static scratch scratch_over(const tsr_expr *e, char *memory) {
  size_t rank = (size_t)e->rank, n_in = (size_t)e->n_inputs, n_out = (size_t)e->n_outputs;
  size_t n_steps = (size_t)e->n_steps;
  return (scratch){
      .dims = take(&memory, rank * sizeof(int64_t)),
      .in_strides = take(&memory, n_in * (sizeof(int64_t *) + rank * sizeof(int64_t))),
      .out_strides = take(&memory, n_out * rank * sizeof(int64_t)),
      .steps = take(&memory, n_steps * sizeof(tsr_expr_step)),
      .place = take(&memory, n_steps * sizeof(int32_t)),
      .outs = take(&memory, n_out * sizeof(tsri_vm_out)),
      .reduced = take(&memory, rank),
      .needed = take(&memory, n_steps),
  };
}

/* Loop sizes, and the strides of every input and output along the loop's axes. */
static tsr_status map_strides(const tsr_expr *e, const tsr_prepare *p, scratch *s) {
  for (int32_t a = 0; a < e->rank; a++) {
    s->dims[a] = -1;
    if (tsr_dim_is_const(e->dims[a])) s->dims[a] = e->dims[a].n;
  }
  for (int32_t i = 0; i < e->n_inputs; i++)
    for (int32_t k = 0; k < e->inputs[i].rank; k++) {
      int32_t a = e->inputs[i].axes[k];
      if (tsr_dim_is_const(e->dims[a])) continue;
      /* 1 may be repeated, -1 is unknown; 0 is a size like any other */
      if (s->dims[a] == 1 || s->dims[a] < 0) s->dims[a] = p->in[i].dims[k];
    }
  for (int32_t j = 0; j < e->n_outputs; j++) {
    uint64_t reduced = e->outputs[j].reduced;
    for (int32_t a = 0, k = 0; a < e->rank; a++) {
      bool kept = !(reduced >> a & 1);
      s->out_strides[j * e->rank + a] = kept ? p->out[j].strides[k] : 0;
      if (kept) s->dims[a] = p->out[j].dims[k++];
    }
  }
  int64_t *strides = (int64_t *)(s->in_strides + e->n_inputs);
  for (int32_t i = 0; i < e->n_inputs; i++, strides += e->rank) {
    s->in_strides[i] = strides;
    memset(strides, 0, sizeof *strides * (size_t)e->rank);
    for (int32_t k = 0; k < e->inputs[i].rank; k++)
      if (p->in[i].dims[k] != 1) strides[e->inputs[i].axes[k]] = p->in[i].strides[k];
  }
  for (int32_t a = 0; a < e->rank; a++)
    if (s->dims[a] < 0) return TSR_FAIL(TSR_ERR_STATE, "fused: size of loop axis %d unknown", a);
  return TSR_OK;
}

/* Copy the steps that the chosen outputs need, renumbered, loads first as before. */
static int32_t copy_needed(const tsr_expr *e, scratch *s, int32_t n_outs) {
  memset(s->needed, 0, (size_t)e->n_steps);
  for (int32_t j = 0; j < n_outs; j++)
    s->needed[s->outs[j].step] = true;
  for (int32_t i = e->n_steps - 1; i >= 0; i--)
    for (int32_t k = 0; s->needed[i] && e->steps[i].op && k < 3 && e->steps[i].arg[k] >= 0; k++)
      s->needed[e->steps[i].arg[k]] = true;
  int32_t n = 0;
  for (int32_t i = 0; i < e->n_steps; i++) {
    if (!s->needed[i]) continue;
    tsr_expr_step step = e->steps[i];
    for (int32_t k = 0; step.op && k < 3 && step.arg[k] >= 0; k++)
      step.arg[k] = s->place[step.arg[k]];
    s->place[i] = n;
    s->steps[n++] = step;
  }
  for (int32_t j = 0; j < n_outs; j++)
    s->outs[j].step = s->place[s->outs[j].step];
  return n;
}

static uint64_t reduced_by(const tsr_expr *e, int32_t j) {
  return e->outputs[j].reduce ? e->outputs[j].reduced : 0;
}

/* The program of the outputs that reduce `mask`, with the plain ones when first. */
static tsr_status create_program(const tsr_device *device, const tsr_expr *e, scratch *s,
                                 uint64_t mask, bool first, tsri_vm **out) {
  int32_t n = 0;
  for (int32_t j = 0; j < e->n_outputs; j++) {
    uint64_t reduced = reduced_by(e, j);
    if (reduced ? reduced != mask : !first) continue;
    /* a reduction over no axes is the value itself */
    tsr_op_id reduce = reduced ? tsr_op_core_id(e->outputs[j].reduce) : TSR_OP_CORE_COUNT;
    s->outs[n++] = (tsri_vm_out){e->outputs[j].step, j, reduce, s->out_strides + j * e->rank};
  }
  for (int32_t a = 0; a < e->rank; a++)
    s->reduced[a] = mask >> a & 1;
  tsri_vm_source source = {.device = device,
                           .rank = e->rank,
                           .dims = s->dims,
                           .n_steps = copy_needed(e, s, n),
                           .steps = s->steps,
                           .in_strides = (const int64_t *const *)s->in_strides,
                           .n_outs = n,
                           .outs = s->outs,
                           .reduced = mask ? s->reduced : NULL};
  return tsri_vm_create(&source, out);
}

/* Is any earlier output of the same mask? Then its program covers this one. */
static bool is_covered(const tsr_expr *e, int32_t j) {
  for (int32_t i = 0; i < j; i++)
    if (reduced_by(e, i) == reduced_by(e, j)) return true;
  return false;
}

static tsr_status create_programs(const tsr_expr *e, const tsr_prepare *p, scratch *s,
                                  fused_state *state) {
  TSR_TRY(map_strides(e, p, s));
  bool reduces = false;
  for (int32_t j = 0; j < e->n_outputs; j++)
    reduces |= reduced_by(e, j) != 0;
  for (int32_t j = 0; j < e->n_outputs; j++) {
    uint64_t mask = reduced_by(e, j);
    if (is_covered(e, j) || (reduces && mask == 0)) continue;
    TSR_TRY(create_program(p->device, e, s, mask, state->n == 0, &state->program[state->n]));
    state->n++;
  }
  return TSR_OK;
}

/* Output j may take input i when every read of i comes no later than the write of j,
 * block by block. Only for a single program, where each element is visited once.
 */
static void allow_alias(const tsr_expr *e, const scratch *s, tsr_prepare *p) {
  for (int32_t j = 0; j < e->n_outputs; j++) {
    if (e->outputs[j].reduce || e->steps[e->outputs[j].step].op == NULL) continue;
    size_t size = tsr_dtype_size(p->out[j].dtype);
    for (int32_t i = 0; i < e->n_inputs && p->alias[j] < 0; i++) {
      bool fits = tsr_dtype_size(p->in[i].dtype) == size;
      for (int32_t k = 0; k < e->rank; k++)
        fits &= s->dims[k] == 1 || s->in_strides[i][k] == s->out_strides[j * e->rank + k];
      for (int32_t k = 0; k < e->n_outputs; k++)
        fits &= p->alias[k] != i && (e->steps[e->outputs[k].step].op != NULL) &&
                (k == j || e->outputs[k].step != e->outputs[j].step);
      for (int32_t k = e->outputs[j].step + 1; k < e->n_steps && fits; k++)
        for (int32_t a = 0; e->steps[k].op && a < 3 && e->steps[k].arg[a] >= 0; a++) {
          const tsr_expr_step *arg = &e->steps[e->steps[k].arg[a]];
          fits &= !(arg->op == NULL && arg->arg[0] == i);
        }
      if (fits) p->alias[j] = i;
    }
  }
}

static const tsr_expr *expr_of(const tsr_call *c) {
  return (const tsr_expr *)((const tsr_fused_attrs *)c->attrs)->expr;
}

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  const tsr_expr *e = expr_of(p->call);
  size_t bytes = scratch_bytes(e);
  void *memory;
  fused_state *state;
  TSR_TRY(
      tsr_kernel_state_create(sizeof *state + (size_t)e->n_outputs * sizeof(tsri_vm *), &state));
  tsr_status status = tsr_alloc(bytes, 0, &memory);
  if (status == TSR_OK) {
    scratch s = scratch_over(e, memory);
    status = create_programs(e, p, &s, state);
    if (status == TSR_OK && state->n == 1) allow_alias(e, &s, p);
    tsr_free(memory, bytes, 0);
  }
  if (status != TSR_OK) {
    release(state);
    return status;
  }
  for (int32_t i = 0; i < state->n; i++)
    if (state->program[i]->workspace > p->workspace) p->workspace = state->program[i]->workspace;
  p->state = state;
  p->release = release;
  return TSR_OK;
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const fused_state *s = c->state;
  for (int32_t i = 0; i < s->n; i++)
    TSR_TRY(tsri_vm_run(s->program[i], stream, c, in, out, c->workspace));
  return TSR_OK;
}

/* ---- rows ---- */

static bool has_rows(const tsr_kernel *self, const tsr_prepare *p) {
  (void)self;
  return tsr_expr_rows(expr_of(p->call)) != 0;
}

static void release_rows(void *state) { tsri_rows_release(state); }

static tsr_status prepare_rows(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  const tsr_expr *e = expr_of(p->call);
  const size_t bytes = scratch_bytes(e);
  void *memory;
  tsri_rows *rows = NULL;
  TSR_TRY(tsr_alloc(bytes, 0, &memory));
  scratch s = scratch_over(e, memory);
  tsr_status status = map_strides(e, p, &s);
  const tsri_rows_source source = {p->device, e, s.dims, (const int64_t *const *)s.in_strides,
                                   s.out_strides};
  if (status == TSR_OK) status = tsri_rows_create(&source, &rows);
  tsr_free(memory, bytes, 0);
  TSR_TRY(status);
  p->workspace = rows->workspace;
  p->state = rows;
  p->release = release_rows;
  return TSR_OK;
}

static tsr_status run_rows(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                           const tsr_view *out) {
  return tsri_rows_run(c->state, stream, c, in, out, c->workspace);
}

const tsr_kernel tsri_fused_kernels[] = {
    {.op = &tsri_cpu_ops[TSR_OP_FUSED],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cpu.fused_rows",
     .priority = 1,
     .applies = has_rows,
     .prepare = prepare_rows,
     .run = run_rows},
    {.op = &tsri_cpu_ops[TSR_OP_FUSED],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cpu.fused",
     .prepare = prepare,
     .run = run}
};
const int32_t tsri_fused_kernel_count = TSRI_COUNT_OF(tsri_fused_kernels);
