/* function.c - a body as a closed graph and the values it is applied to. */
#include "ad_internal.h"

static tsr_status types_of(tsri_function *f, tsr_builder *b, tsr_values in, tsr_type **out) {
  TSR_TRY(TSRI_NEW(&f->arena, in.n, out));
  for (size_t i = 0; i < in.n; i++)
    TSR_TRY_MSG(tsr_value_type(b, in.data[i], &(*out)[i]), "input %zu", i);
  return TSR_OK;
}

tsr_status tsri_function_trace(tsri_function *f, tsr_builder *b, tsr_body body, void *ctx,
                               tsr_values in, const tsr_type *types, int32_t n_out) {
  tsr_type *own;
  tsr_value *captured;
  *f = (tsri_function){.n_out = n_out};
  if (!types) {
    TSR_TRY(tsri_check_entries("derivative", "inputs", in.data, in.n));
    TSR_TRY(types_of(f, b, in, &own));
    types = own;
  }
  TSR_TRY(tsr_trace_body(b, body, ctx, (int32_t)in.n, types, n_out, &f->n_captured, &captured,
                         &f->graph));
  f->n_in = f->n_captured + (int32_t)in.n;
  tsr_status status = TSRI_NEW(&f->arena, f->n_in, &f->in);
  for (int32_t i = 0; status == TSR_OK && i < f->n_in; i++)
    f->in[i] = i < f->n_captured ? captured[i] : in.data[i - f->n_captured];
  tsr_free(captured, (size_t)f->n_captured * sizeof *captured, 0);
  return status;
}

void tsri_function_release(tsri_function *f) {
  tsr_graph_release(f->graph);
  tsr_arena_deinit(&f->arena);
}
