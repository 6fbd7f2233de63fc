/* generated.c - running an expression by kernels printed for it. */
#include "generated.h"

#include <string.h>

#include "tsr/alloc.h"

/* ---- the loop of a call ---- */

/* Sizes that are not constants in the expression are those of what walks the axis: 1 may be
 * repeated, -1 is unknown.
 */
static tsr_status measure(const tsr_prepare *p, tsri_cuda_loop *l) {
  const tsr_expr *e = l->expr;
  for (int32_t a = 0; a < e->rank; a++)
    l->dims[a] = tsr_dim_is_const(e->dims[a]) ? e->dims[a].n : -1;
  for (int32_t i = 0; i < e->n_inputs; i++)
    for (int32_t k = 0; k < e->inputs[i].rank; k++) {
      const int32_t a = e->inputs[i].axes[k];
      const bool is_open = !tsr_dim_is_const(e->dims[a]) && (l->dims[a] == 1 || l->dims[a] < 0);
      if (is_open) l->dims[a] = p->in[i].dims[k];
    }
  for (int32_t j = 0; j < e->n_outputs; j++)
    for (int32_t a = 0, k = 0; a < e->rank; a++)
      if (!tsri_cuda_has_axis(tsri_cuda_reduced_by(e, j), a)) l->dims[a] = p->out[j].dims[k++];
  for (int32_t a = 0; a < e->rank; a++)
    if (l->dims[a] < 0) return TSR_FAIL(TSR_ERR_STATE, "fused: size of loop axis %d unknown", a);
  return TSR_OK;
}

static void lay_out(const tsr_prepare *p, tsri_cuda_loop *l) {
  const tsr_expr *e = l->expr;
  for (int32_t i = 0; i < e->n_inputs; i++)
    for (int32_t k = 0; k < e->inputs[i].rank; k++)
      if (p->in[i].dims[k] != 1) l->strides[i][e->inputs[i].axes[k]] = p->in[i].strides[k];
  for (int32_t j = 0; j < e->n_outputs; j++)
    for (int32_t a = 0, k = 0; a < e->rank; a++)
      if (!tsri_cuda_has_axis(tsri_cuda_reduced_by(e, j), a))
        l->strides[e->n_inputs + j][a] = p->out[j].strides[k++];
}

/* Memory of a loop: sizes twice, and for every array its strides twice and pointers to them. */
static size_t loop_bytes(const tsr_expr *e) {
  const size_t rank = (size_t)e->rank + TSRI_CUDA_PADDING,
               n = (size_t)e->n_inputs + (size_t)e->n_outputs;
  return (2 + 2 * n) * rank * sizeof(int64_t) + 3 * n * sizeof(int64_t *) + rank * sizeof(int32_t);
}

static tsri_cuda_loop loop_over(const tsr_expr *e, void *memory) {
  const size_t rank = (size_t)e->rank + TSRI_CUDA_PADDING,
               n = (size_t)e->n_inputs + (size_t)e->n_outputs;
  tsri_cuda_loop l = {.expr = e, .dims = memory};
  int64_t *row = l.dims + 2 * rank;
  l.strides = (int64_t **)(row + 2 * n * rank);
  l.part = l.strides + n;
  l.order = (int32_t *)(l.part + 2 * n);
  for (size_t i = 0; i < n; i++) {
    l.strides[i] = row + i * rank;
    l.part[i] = row + (n + i) * rank;
  }
  return l;
}

/* ---- preparing ---- */

static void release(void *state) {
  tsri_cuda_generated *g = state;
  for (int32_t i = 0; i < g->n_nests; i++)
    tsri_cuda_code_release(g->device, g->nests[i].code);
  tsr_expr_release(g->expr);
  tsr_kernel_state_release(g);
}

static tsr_status find_code(tsr_device *device, const tsr_expr *e, tsri_cuda_nest *nest) {
  static const char *const names[] = {"tsr_fused", "tsr_fused_finish"}, *const map_names[] = {
                                                                            "tsr_fused", NULL};
  char *text;
  size_t size;
  TSR_TRY(tsr_expr_format_cuda(e, &nest->text, "tsr_fused", &text, &size));
  const tsr_status status =
      tsri_cuda_code_find(device, text, size, nest->text.reduced ? names : map_names, &nest->code);
  tsr_free(text, size, 0);
  return status;
}

static bool opens_nest(const tsr_expr *e, int32_t j) {
  for (int32_t i = 0; i < j; i++)
    if (tsri_cuda_reduced_by(e, i) == tsri_cuda_reduced_by(e, j)) return false;
  return true;
}

static tsr_status add_nests(const tsri_cuda_loop *l, tsr_prepare *p, tsri_cuda_generated *g) {
  const tsr_expr *e = l->expr;
  for (int32_t j = 0; j < e->n_outputs; j++) {
    if (!opens_nest(e, j)) continue;
    tsri_cuda_nest *nest = &g->nests[g->n_nests++];
    nest->text.reduced = tsri_cuda_reduced_by(e, j);
    TSR_TRY(tsri_cuda_nest_plan(l, nest));
    if (nest->kept == 0) continue;
    TSR_TRY(find_code(p->device, e, nest));
    const size_t workspace = nest->part_size * (size_t)nest->n_outputs;
    if (workspace > p->workspace) p->workspace = workspace;
  }
  return TSR_OK;
}

/* An output may take an input that lies the same way: a thread reads all that it needs of an
 * element before it writes there. Not where a second kernel reads the inputs again.
 */
static void allow_alias(const tsri_cuda_loop *l, tsr_prepare *p) {
  const tsr_expr *e = l->expr;
  for (int32_t j = 0; j < e->n_outputs; j++)
    for (int32_t i = 0; i < e->n_inputs && p->alias[j] < 0; i++) {
      bool fits = tsr_dtype_size(p->in[i].dtype) == tsr_dtype_size(p->out[j].dtype);
      for (int32_t a = 0; a < e->rank; a++)
        fits &= l->dims[a] == 1 || l->strides[i][a] == l->strides[e->n_inputs + j][a];
      for (int32_t k = 0; k < e->n_outputs; k++)
        fits &= p->alias[k] != i;
      if (fits) p->alias[j] = i;
    }
}

static tsr_status fill(const tsr_expr *e, tsr_prepare *p, tsri_cuda_generated *g) {
  const size_t bytes = loop_bytes(e);
  void *memory;
  TSR_TRY(tsr_alloc(bytes, 0, &memory));
  memset(memory, 0, bytes);
  tsri_cuda_loop l = loop_over(e, memory);
  tsr_status status = measure(p, &l);
  if (status == TSR_OK) lay_out(p, &l);
  if (status == TSR_OK) status = add_nests(&l, p, g);
  if (status == TSR_OK && g->n_nests == 1 && !g->nests[0].text.reduced) allow_alias(&l, p);
  tsr_free(memory, bytes, 0);
  if (status == TSR_OK && tsr_expr_has_finding(e)) status = tsri_cuda_findings_open(p->device);
  return status;
}

tsr_status tsri_cuda_generated_prepare(tsr_expr *expr, tsr_prepare *p) {
  tsri_cuda_generated *g;
  TSR_TRY(
      tsr_kernel_state_create(sizeof *g + (size_t)expr->n_outputs * sizeof(tsri_cuda_nest), &g));
  g->device = p->device;
  g->expr = tsr_expr_retain(expr);
  const tsr_status status = fill(expr, p, g);
  if (status != TSR_OK) {
    release(g);
    p->workspace = 0;
    return status;
  }
  p->state = g;
  p->release = release;
  return TSR_OK;
}

/* ---- running ---- */

static void put_addresses(tsr_stream *stream, const tsri_cuda_generated *g,
                          const tsri_cuda_nest *nest, const tsr_call *c, const tsr_view *in,
                          const tsr_view *out, void **arguments) {
  const tsr_expr *e = g->expr;
  char *part = c->workspace;
  for (int32_t i = 0; i < e->n_inputs; i++)
    *arguments++ = in[i].data;
  for (int32_t j = 0; j < e->n_outputs; j++)
    if (tsri_cuda_nest_has(nest, e, j)) *arguments++ = out[j].data;
  for (int32_t j = 0; nest->text.reduced && j < nest->n_outputs; j++)
    *arguments++ = part ? part + (size_t)j * nest->part_size : NULL;
  if (!nest->text.reduced && tsr_expr_has_finding(e))
    *arguments = tsri_cuda_findings_expect(stream);
}

static tsr_status launch(tsr_stream *stream, const tsri_cuda_generated *g,
                         const tsri_cuda_nest *nest, const tsr_call *c, const tsr_view *in,
                         const tsr_view *out) {
  union {
    uint64_t bytes[TSRI_CUDA_ARGUMENTS / 8];
    void *addresses[TSRI_CUDA_ARGUMENTS / sizeof(void *)];
  } arguments;
  void *only = &arguments;
  struct CUfunc_st *const *function = nest->code->function;
  memcpy(&arguments, nest->arguments, nest->used);
  put_addresses(stream, g, nest, c, in, out, arguments.addresses);
  if (!nest->text.reduced)
    return tsri_cuda_launch_threads(stream, function[0], nest->kept, &arguments);
  TSR_TRY(tsri_cuda_launch(stream, function[0], &nest->grid, &only));
  if (nest->chunks == 1) return TSR_OK;
  return tsri_cuda_launch(stream, function[1], &nest->finish, &only);
}

tsr_status tsri_cuda_generated_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                                   const tsr_view *out) {
  const tsri_cuda_generated *g = c->state;
  for (int32_t i = 0; i < g->n_nests; i++)
    if (g->nests[i].kept > 0) TSR_TRY(launch(stream, g, &g->nests[i], c, in, out));
  return TSR_OK;
}
