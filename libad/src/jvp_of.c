/* jvp_of.c - forward mode of a function: values and tangents in one sweep. */
#include "ad_internal.h"

static tsr_status forward(tsri_function *f, tsr_builder *b, tsr_body body, void *ctx, tsr_values in,
                          tsr_values tangents, int32_t n_out, tsr_value *out, tsr_value *out_t) {
  if (tangents.n != in.n)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "jvp_of: %zu inputs but %zu tangents", in.n, tangents.n);
  TSR_TRY(tsri_check_entries("jvp_of", "tangents", tangents.data, tangents.n));
  TSR_TRY(tsri_function_trace(f, b, body, ctx, in, NULL, n_out));
  bool *active, *active_out;
  tsr_value *given, *made;
  tsr_graph *both;
  TSR_TRY(TSRI_NEW(&f->arena, f->n_in, &active));
  TSR_TRY(TSRI_NEW(&f->arena, n_out, &active_out));
  TSR_TRY(TSRI_NEW(&f->arena, (size_t)f->n_in + in.n, &given));
  TSR_TRY(TSRI_NEW(&f->arena, 2 * n_out, &made));
  int32_t n = f->n_in;
  for (int32_t i = 0; i < f->n_in; i++)
    given[i] = f->in[i];
  for (size_t i = 0; i < in.n; i++) {
    const tsr_type *type = &f->graph->types[f->graph->inputs[f->n_captured + (int32_t)i]];
    tsr_value t = tangents.data[i];
    TSR_TRY(tsri_check_partner(b, "jvp_of", "tangent", i, t, type));
    if (tsr_value_is_zero(t)) continue;
    TSR_TRY(tsri_check_active("jvp_of", i, type));
    active[f->n_captured + (int32_t)i] = true;
    given[n++] = t;
  }
  TSR_TRY(tsr_graph_jvp(f->graph, active, active_out, &both));
  tsr_status status = tsr_graph_inline(b, both, given, made);
  tsr_graph_release(both);
  TSR_TRY(status);
  for (int32_t j = 0, m = n_out; j < n_out; j++) {
    out[j] = made[j];
    out_t[j] = active_out[j] ? made[m++] : TSR_ZERO_VALUE;
    out_t[j] = tsri_or_zeros(b, out_t[j], &f->graph->types[f->graph->outputs[j]]);
  }
  return tsr_builder_status(b);
}

tsr_status tsr_jvp_of(tsr_builder *b, tsr_body f, void *ctx, tsr_values in, tsr_values tangents,
                      int32_t n_out, tsr_value *out, tsr_value *out_t) {
  tsri_function function = {0};
  tsri_none(out, n_out);
  tsri_none(out_t, n_out);
  TSR_TRY(tsr_builder_status(b));
  tsr_status status = forward(&function, b, f, ctx, in, tangents, n_out, out, out_t);
  tsri_function_release(&function);
  return tsr_builder_fail(b, status);
}
