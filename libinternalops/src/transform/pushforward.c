/* transform/pushforward.c - tangents along a trace.
 *
 * Mark what lies between wrt and outputs, then replay the jvp rules over those nodes. All
 * arrays are indexed by value number, so the work is proportional to the nodes between.
 */
#include "axes.h"
#include "transform/transform_internal.h"

typedef struct push {
  tsr_builder *b;
  tsri_mode mode;
  tsr_arena arena;    /* as long as the transform */
  tsr_arena in_hand;  /* as long as one application */
  int32_t low, high;  /* nodes low .. high - 1 may matter */
  uint8_t *mark;      /* [values] */
  tsr_value *tangent; /* [values] "no value" stands for zero */
} push;

static bool is_active(const tsri_view *view, int32_t v) {
  return tsr_dtype_is_active(view->types[v].dtype);
}

static tsr_status seed_one(push *p, const tsri_view *view, tsr_value w, tsr_value t) {
  int32_t v = tsri_number_of(p->b, w);
  if (v < 0) return TSR_OK; /* never used here: nothing depends on it */
  bool again = p->mark[v] & TSRI_CUT;
  p->mark[v] |= TSRI_CUT;
  if (tsr_value_is_zero(t) || (again && p->tangent[v].id == t.id)) return TSR_OK;
  if (again) return TSR_FAIL(TSR_ERR_ARGUMENT, "derivative: the same value is given twice in wrt");
  if (!is_active(view, v)) {
    char text[128];
    return TSR_FAIL(TSR_ERR_DTYPE, "derivative: %s has no tangents; only float and complex do",
                    tsr_type_format(&view->types[v], text, sizeof text));
  }
  p->mark[v] |= TSRI_DEPENDS;
  p->tangent[v] = t;
  if (view->def[v] + 1 < p->low) p->low = view->def[v] + 1;
  return TSR_OK;
}

static tsr_status run_node(push *p, const tsr_node *node) {
  tsr_arena_reset(&p->in_hand);
  tsr_call_context context = {&p->in_hand, p->b->space};
  tsr_call c;
  tsr_value *t, *out_t;
  TSR_TRY(tsri_call_of(p->b, node, &context, &c));
  TSR_TRY(TSRI_NEW(&p->in_hand, c.n_in, &t));
  TSR_TRY(TSRI_NEW(&p->in_hand, c.n_out, &out_t));
  bool any = false;
  for (int32_t i = 0; i < c.n_in; i++) {
    t[i] = p->tangent[node->in[i]];
    if (tsr_value_is_none(t[i])) t[i] = TSR_ZERO_VALUE;
    any |= !tsr_value_is_zero(t[i]);
  }
  if (!any) return TSR_OK;
  int32_t *number;
  TSR_TRY(TSRI_NEW(&p->in_hand, c.n_out, &number));
  for (int32_t j = 0; j < c.n_out; j++) {
    number[j] = node->out[j];
    out_t[j] = tsri_is_wanted(p->mark[number[j]]) ? TSR_NO_VALUE : TSR_ZERO_VALUE;
  }
  TSR_TRY(tsri_jvp(p->b, node->rules, &c, t, p->mode, out_t));
  for (int32_t j = 0; j < c.n_out; j++)
    if (!(p->mark[number[j]] & TSRI_CUT) && !tsr_value_is_zero(out_t[j]))
      p->tangent[number[j]] = out_t[j];
  return TSR_OK;
}

static tsr_status run(push *p, tsr_values outputs, tsr_values wrt, tsr_values tangents,
                      tsr_value *out) {
  tsri_view view;
  tsri_trace_view(p->b, &view);
  TSR_TRY(TSRI_NEW(&p->arena, view.n_values, &p->mark));
  TSR_TRY(TSRI_NEW(&p->arena, view.n_values, &p->tangent));
  p->low = view.n_nodes;
  for (size_t i = 0; i < wrt.n; i++) {
    TSR_TRY(tsri_require_partner(p->b, "derivative: tangent", i, tangents.data[i], wrt.data[i]));
    TSR_TRY(seed_one(p, &view, wrt.data[i], tangents.data[i]));
  }
  int32_t *number;
  TSR_TRY(TSRI_NEW(&p->arena, outputs.n, &number));
  for (size_t j = 0; j < outputs.n; j++) {
    number[j] = tsri_number_of(p->b, outputs.data[j]);
    if (number[j] < 0) continue;
    p->mark[number[j]] |= TSRI_NEEDED;
    if (view.def[number[j]] + 1 > p->high) p->high = view.def[number[j]] + 1;
  }
  tsri_mark(&view, p->low, p->high, p->mark);
  for (int32_t k = p->low; k < p->high; k++) {
    tsri_trace_view(p->b, &view); /* rules record */
    tsr_node node = view.nodes[k];
    if (tsri_must_differentiate(&node, p->mark)) TSR_TRY(run_node(p, &node));
  }
  for (size_t j = 0; j < outputs.n; j++) {
    bool zero = number[j] < 0 || tsr_value_is_none(p->tangent[number[j]]);
    out[j] = zero ? TSR_ZERO_VALUE : p->tangent[number[j]];
  }
  return TSR_OK;
}

tsr_status tsri_push(tsr_builder *b, tsri_mode mode, tsr_values outputs, tsr_values wrt,
                     tsr_values tangents, tsr_value *out) {
  push p = {.b = b, .mode = mode};
  tsr_status status = run(&p, outputs, wrt, tangents, out);
  tsr_arena_deinit(&p.in_hand);
  tsr_arena_deinit(&p.arena);
  for (size_t j = 0; status != TSR_OK && j < outputs.n; j++)
    out[j] = TSR_NO_VALUE;
  return tsr_builder_fail(b, status);
}

tsr_status tsr_pushforward(tsr_builder *b, tsr_values outputs, tsr_values wrt, tsr_values tangents,
                           tsr_value *out) {
  for (size_t j = 0; j < outputs.n; j++)
    out[j] = TSR_NO_VALUE;
  TSR_TRY(tsr_builder_status(b));
  tsr_status status = tsri_require_trace(b, "pushforward", outputs);
  if (status == TSR_OK) status = tsri_require_trace(b, "pushforward", wrt);
  if (status == TSR_OK && wrt.n != tangents.n)
    status =
        TSR_FAIL(TSR_ERR_ARGUMENT, "pushforward: %zu values but %zu tangents", wrt.n, tangents.n);
  if (status == TSR_OK)
    status = tsri_check_list("pushforward", "tangents", tangents.data, tangents.n);
  if (status != TSR_OK) return tsr_builder_fail(b, status);
  return tsri_push(b, TSRI_FORWARD, outputs, wrt, tangents, out);
}
