/* plan_types.c - the first pass: sizes of all symbols, then of all values. */
#include "draft.h"

#include <string.h>

static const char *input_name(const tsr_graph *g, int32_t i) {
  return g->names && g->names[i] ? g->names[i] : "";
}

/* Say what an axis is and what it should be, as far as the latter is known. */
static tsr_status fail_axis(const tsri_draft *d, int32_t i, int32_t k, tsr_status status) {
  const tsr_graph *g = d->graph;
  tsr_dim dim = g->types[g->inputs[i]].dims[k];
  tsr_error first;
  int64_t wanted = 0;
  tsr_error_take(status, &first);
  if (status == TSR_ERR_SHAPE && tsr_dim_eval(dim, d->symbols, &wanted) == TSR_OK) {
    char text[128];
    return TSR_FAIL(TSR_ERR_SHAPE, "axis %d of input %d '%s' has size %lld, should be %s = %lld",
                    (int)k, (int)i, input_name(g, i), (long long)d->want->in[i].dims[k],
                    tsr_dim_format(dim, text, sizeof text), (long long)wanted);
  }
  return tsr_annotate(tsr_error_raise(&first), "fitting axis %d of input %d '%s'", (int)k, (int)i,
                      input_name(g, i));
}

/* Learn what one input tells; progress is set when a symbol was bound. */
static tsr_status bind_input(tsri_draft *d, int32_t i, bool *progress, bool *open) {
  const tsr_graph *g = d->graph;
  const tsr_type *type = &g->types[g->inputs[i]];
  const tsr_view *in = &d->want->in[i];
  if (in->rank != type->rank || in->dtype != type->dtype)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "input %d '%s' is %s of rank %d, should be %s of rank %d",
                    (int)i, input_name(g, i), tsr_dtype_name(in->dtype), (int)in->rank,
                    tsr_dtype_name(type->dtype), (int)type->rank);
  for (int32_t k = 0; k < type->rank; k++) {
    bool bound = false;
    int32_t unknown = 0;
    for (int32_t s = 0; s < d->n_symbols; s++)
      unknown += d->symbols[s] < 0;
    tsr_status status = tsr_dim_bind(g->space, type->dims[k], in->dims[k], d->symbols, &bound);
    if (status != TSR_OK) return fail_axis(d, i, k, status);
    for (int32_t s = 0; s < d->n_symbols; s++)
      unknown -= d->symbols[s] < 0;
    *progress |= unknown > 0;
    *open |= !bound;
  }
  return TSR_OK;
}

static tsr_status bind_symbols(tsri_draft *d) {
  const tsr_graph *g = d->graph;
  d->n_symbols = tsr_dim_symbols(g->space);
  TSR_TRY(tsri_plan_array(&d->arena, sizeof *d->symbols, d->n_symbols, &d->symbols));
  for (int32_t s = 0; s < d->n_symbols; s++)
    d->symbols[s] = d->want->symbols && s < d->want->n_symbols ? d->want->symbols[s] : -1;
  bool progress = true, open = true;
  while (progress && open) {
    progress = open = false;
    for (int32_t i = 0; i < g->n_inputs; i++)
      TSR_TRY(bind_input(d, i, &progress, &open));
  }
  return tsr_dim_check_asserted(g->space, d->symbols);
}

/* Dims of one type as numbers, both ways of writing them. */
static tsr_status resolve(tsri_draft *d, const tsr_type *type, tsri_value *value) {
  int64_t *dims = NULL;
  tsr_dim *constants = NULL;
  TSR_TRY(tsri_plan_array(&d->plan->arena, sizeof *dims, type->rank, &dims));
  TSR_TRY(tsri_plan_array(&d->plan->arena, sizeof *constants, type->rank, &constants));
  for (int32_t k = 0; k < type->rank; k++) {
    TSR_TRY(tsr_dim_eval(type->dims[k], d->symbols, &dims[k]));
    if (dims[k] < 0) {
      char text[128];
      return TSR_FAIL(TSR_ERR_SHAPE, "the size %s comes out as %lld",
                      tsr_dim_format(type->dims[k], text, sizeof text), (long long)dims[k]);
    }
    constants[k] = tsr_dim_of(dims[k]);
  }
  size_t bytes = 0;
  TSR_TRY(tsr_layout_bytes(type->dtype, type->rank, dims, &bytes));
  value->view = (tsr_view){.dims = dims, .rank = type->rank, .dtype = type->dtype};
  value->type = (tsr_type){type->dtype, type->rank, constants};
  value->buffer = value->target = -1;
  return TSR_OK;
}

/* An input's sizes must follow from the symbols, too, where they bound none. */
static tsr_status check_inputs(const tsri_draft *d) {
  const tsr_graph *g = d->graph;
  for (int32_t i = 0; i < g->n_inputs; i++) {
    const tsr_view *is = &d->values[g->inputs[i]].view, *in = &d->want->in[i];
    for (int32_t k = 0; k < in->rank; k++) {
      if (is->dims[k] == in->dims[k]) continue;
      return TSR_FAIL(TSR_ERR_SHAPE, "axis %d of input %d '%s' has size %lld, should have %lld",
                      (int)k, (int)i, input_name(g, i), (long long)in->dims[k],
                      (long long)is->dims[k]);
    }
  }
  return TSR_OK;
}

static void mark_used(tsri_draft *d) {
  const tsr_graph *g = d->graph;
  for (int32_t n = 0; n < g->n_nodes; n++) {
    for (int32_t i = 0; i < g->nodes[n].n_in; i++)
      d->values[g->nodes[n].in[i]].used = true;
  }
  for (int32_t j = 0; j < g->n_outputs; j++) {
    if (!d->want->skip || !d->want->skip[j]) d->values[g->outputs[j]].used = true;
  }
}

tsr_status tsri_draft_types(tsri_draft *d) {
  const tsr_graph *g = d->graph;
  TSR_TRY(bind_symbols(d));
  d->n_values = g->n_values;
  TSR_TRY(tsri_plan_array(&d->arena, sizeof *d->values, (int64_t)g->n_values + g->n_outputs,
                          &d->values));
  for (int32_t v = 0; v < g->n_values; v++)
    TSR_TRY(resolve(d, &g->types[v], &d->values[v]));
  mark_used(d);
  return check_inputs(d);
}
