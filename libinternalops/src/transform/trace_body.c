/* transform/trace_body.c - a body traced on a builder of its own. */
#include "transform/transform_internal.h"

static tsr_status run(tsr_builder *inner, tsr_arena *arena, tsr_body body, void *ctx, int32_t n_in,
                      const tsr_type *in_type, int32_t n_out, tsr_value **out) {
  tsr_value *in;
  TSR_TRY(TSRI_NEW(arena, n_in, &in));
  TSR_TRY(TSRI_NEW(arena, n_out, out));
  for (int32_t i = 0; i < n_in; i++)
    in[i] = tsr_graph_builder_input(inner, NULL, &in_type[i]);
  TSR_TRY(tsr_builder_status(inner));
  TSR_TRY(body(inner, ctx, in, *out));
  return tsr_builder_status(inner);
}

tsr_status tsr_trace_body(tsr_builder *b, tsr_body body, void *ctx, int32_t n_in,
                          const tsr_type *in_type, int32_t n_out, int32_t *n_captured,
                          tsr_value **captured, tsr_graph **out) {
  *n_captured = 0;
  *captured = NULL;
  *out = NULL;
  if (!body) return TSR_FAIL(TSR_ERR_ARGUMENT, "the body is NULL");
  if (n_out < 0) return TSR_FAIL(TSR_ERR_ARGUMENT, "a body cannot have %d outputs", (int)n_out);
  tsr_builder *inner;
  TSR_TRY(tsr_graph_builder_create(b->registry, NULL, b, &inner));
  tsr_arena arena = {0};
  tsr_value *outputs = NULL;
  tsr_status status = run(inner, &arena, body, ctx, n_in, in_type, n_out, &outputs);
  if (status != TSR_OK)
    tsr_builder_close(inner);
  else
    status = tsr_graph_builder_finish(inner, tsr_values_of(outputs, (size_t)n_out), n_captured,
                                      captured, out);
  tsr_arena_deinit(&arena);
  if (status != TSR_OK) return status;
  if ((*out)->n_inputs == *n_captured + n_in)
    status = tsri_trim(out);
  else
    status = TSR_FAIL(TSR_ERR_ARGUMENT, "the body declares inputs of its own: it has those it is "
                                        "given, and what it captures");
  if (status == TSR_OK) return TSR_OK;
  tsr_graph_release(*out);
  *out = NULL;
  tsr_free(*captured, (size_t)*n_captured * sizeof **captured, 0);
  *captured = NULL;
  *n_captured = 0;
  return status;
}
