/* transform/trace_view.c - a trace seen from outside while it records. */
#include "axes.h"
#include "graph/trace_internal.h"
#include "transform/transform_internal.h"

void tsri_trace_view(tsr_builder *b, tsri_view *out) {
  const tsri_trace *t = tsri_trace_of(b);
  *out = (tsri_view){t->n_values, t->n_nodes, t->types, t->def, t->nodes};
}

tsri_view tsri_graph_view(const tsr_graph *g) {
  return (tsri_view){g->n_values, g->n_nodes, g->types, g->def, g->nodes};
}

int32_t tsri_number_of(tsr_builder *b, tsr_value v) {
  const tsri_trace *t = tsri_trace_of(b);
  if (TSR_VALUE_SERIAL(v) == b->serial) return TSR_VALUE_INDEX(v);
  return tsri_map_find(&t->captured, v.id);
}

tsr_status tsri_require_trace(tsr_builder *b, const char *who, tsr_values values) {
  if (!tsr_builder_is_trace(b))
    return TSR_FAIL(TSR_ERR_STATE,
                    "%s: this builder runs operations at once and keeps no record to "
                    "differentiate; trace the function, or use the form that takes a body",
                    who);
  TSR_TRY(tsri_check_list(who, "values", values.data, values.n));
  for (size_t i = 0; i < values.n; i++) {
    tsr_type type;
    TSR_TRY_MSG(tsr_value_type(b, values.data[i], &type), "%s: value %zu", who, i);
  }
  return TSR_OK;
}

tsr_status tsri_require_partner(tsr_builder *b, const char *what, size_t index, tsr_value v,
                                tsr_value value) {
  tsr_type have, want;
  if (tsr_value_is_zero(v)) return TSR_OK;
  TSR_TRY(tsr_value_type(b, v, &have));
  TSR_TRY(tsr_value_type(b, value, &want));
  if (tsr_type_same(b->space, &have, &want)) return TSR_OK;
  char have_text[128], want_text[128];
  return TSR_FAIL(have.dtype == want.dtype ? TSR_ERR_SHAPE : TSR_ERR_DTYPE,
                  "%s %zu is %s, its value is %s", what, index,
                  tsr_type_format(&have, have_text, sizeof have_text),
                  tsr_type_format(&want, want_text, sizeof want_text));
}

static tsr_status gather(const tsr_builder *b, const tsri_view *view, tsr_arena *arena, int32_t n,
                         const int32_t *numbers, const tsr_value **values, const tsr_type **types) {
  tsr_value *v;
  tsr_type *t;
  TSR_TRY(TSRI_NEW(arena, n, &v));
  TSR_TRY(TSRI_NEW(arena, n, &t));
  for (int32_t i = 0; i < n; i++) {
    v[i] = tsr_value_make(b->serial, numbers[i]);
    t[i] = view->types[numbers[i]];
  }
  *values = v;
  *types = t;
  return TSR_OK;
}

tsr_status tsri_call_of(tsr_builder *b, const tsr_node *node, tsr_call_context *context,
                        tsr_call *out) {
  tsri_view view;
  tsri_trace_view(b, &view);
  tsr_call c = {.op = node->op,
                .attrs = node->attrs,
                .n_in = node->n_in,
                .n_out = node->n_out,
                .context = context};
  TSR_TRY(gather(b, &view, context->arena, c.n_in, node->in, &c.in, &c.in_type));
  TSR_TRY(gather(b, &view, context->arena, c.n_out, node->out, &c.out, &c.out_type));
  *out = c;
  return TSR_OK;
}
