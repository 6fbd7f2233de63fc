/* vmap.c - a function over one more axis. */
#include "ad_internal.h"

typedef struct mapped {
  tsri_function f;
  tsr_arena arena;
  tsr_type *types; /* [in.n] as the body sees them */
  int32_t *axis;   /* [in.n] counted from 0; -1: not mapped */
  tsr_dim size;
  bool has_size;
} mapped;

/* An axis as the user gave it, of a value of that rank. */
static tsr_status resolve(const char *what, size_t index, int64_t axis, int32_t rank,
                          int32_t *out) {
  *out = -1;
  if (axis == TSR_NOT_MAPPED) return TSR_OK;
  if (axis < -rank || axis >= rank)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "vmap: axis %lld of %s %zu, which has rank %d",
                    (long long)axis, what, index, (int)rank);
  *out = (int32_t)(axis < 0 ? axis + rank : axis);
  return TSR_OK;
}

static tsr_status check_count(const char *what, tsr_axes axes, size_t n) {
  if (axes.n == 0 || axes.n == n) return tsri_check_entries("vmap", "axes", axes.data, axes.n);
  return TSR_FAIL(TSR_ERR_ARGUMENT, "vmap: %zu axes for %zu %s", axes.n, n, what);
}

static tsr_status take_size(mapped *m, const tsr_builder *b, size_t index, tsr_dim size) {
  char have[64], other[64];
  if (m->has_size && !tsr_dim_same(b->space, m->size, size))
    return TSR_FAIL(TSR_ERR_SHAPE, "vmap: the mapped axis of input %zu has size %s, others %s",
                    index, tsr_dim_format(size, other, sizeof other),
                    tsr_dim_format(m->size, have, sizeof have));
  m->size = size;
  m->has_size = true;
  return TSR_OK;
}

static tsr_status look_at_inputs(mapped *m, tsr_builder *b, tsr_values in, tsr_axes in_axes) {
  TSR_TRY(check_count("inputs", in_axes, in.n));
  TSR_TRY(tsri_check_entries("vmap", "inputs", in.data, in.n));
  TSR_TRY(TSRI_NEW(&m->arena, in.n, &m->types));
  TSR_TRY(TSRI_NEW(&m->arena, in.n, &m->axis));
  for (size_t i = 0; i < in.n; i++) {
    tsr_type *type = &m->types[i];
    tsr_dim *dims;
    TSR_TRY_MSG(tsr_value_type(b, in.data[i], type), "vmap: input %zu", i);
    TSR_TRY(resolve("input", i, in_axes.n ? in_axes.data[i] : 0, type->rank, &m->axis[i]));
    if (m->axis[i] < 0) continue;
    TSR_TRY(take_size(m, b, i, type->dims[m->axis[i]]));
    TSR_TRY(TSRI_NEW(&m->arena, type->rank, &dims));
    for (int32_t k = 0, n = 0; k < type->rank; k++)
      if (k != m->axis[i]) dims[n++] = type->dims[k];
    *type = (tsr_type){type->dtype, type->rank - 1, dims};
  }
  if (m->has_size) return TSR_OK;
  return TSR_FAIL(TSR_ERR_ARGUMENT, "vmap: no input is mapped");
}

static tsr_status map(mapped *m, tsr_builder *b, int32_t n_out, tsr_axes out_axes, tsr_value *out) {
  tsri_function *f = &m->f;
  int32_t *axis, *out_axis;
  tsr_graph *batched;
  TSR_TRY(check_count("outputs", out_axes, (size_t)n_out));
  TSR_TRY(TSRI_NEW(&m->arena, f->n_in, &axis));
  TSR_TRY(TSRI_NEW(&m->arena, n_out, &out_axis));
  for (int32_t i = 0; i < f->n_in; i++)
    axis[i] = i < f->n_captured ? -1 : m->axis[i - f->n_captured];
  for (int32_t j = 0; j < n_out; j++)
    TSR_TRY(resolve("output", (size_t)j, out_axes.n ? out_axes.data[j] : 0,
                    f->graph->types[f->graph->outputs[j]].rank + 1, &out_axis[j]));
  TSR_TRY(tsr_graph_batch(f->graph, m->size, axis, out_axis, &batched));
  tsr_status status = TSR_OK;
  for (int32_t j = 0; status == TSR_OK && j < n_out; j++)
    if (out_axes.n && out_axes.data[j] == TSR_NOT_MAPPED && out_axis[j] >= 0)
      status = TSR_FAIL(TSR_ERR_ARGUMENT, "vmap: output %d depends on mapped inputs: give its axis",
                        (int)j);
  if (status == TSR_OK) status = tsr_graph_inline(b, batched, f->in, out);
  tsr_graph_release(batched);
  return status;
}

tsr_status tsr_vmap(tsr_builder *b, tsr_body f, void *ctx, tsr_values in, tsr_axes in_axes,
                    int32_t n_out, tsr_axes out_axes, tsr_value *out) {
  mapped m = {0};
  tsri_none(out, n_out);
  TSR_TRY(tsr_builder_status(b));
  tsr_status status = look_at_inputs(&m, b, in, in_axes);
  if (status == TSR_OK) status = tsri_function_trace(&m.f, b, f, ctx, in, m.types, n_out);
  if (status == TSR_OK) status = map(&m, b, n_out, out_axes, out);
  tsri_function_release(&m.f);
  tsr_arena_deinit(&m.arena);
  return tsr_builder_fail(b, status);
}
