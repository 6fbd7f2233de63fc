/* ops/control_cond_surface.c - tsr_cond: trace both bodies, then apply the op. */
#include "ops/control_cond_internal.h"

static tsr_status record(tsr_arena *arena, tsri_traced *regions, tsr_builder *b, tsr_value p,
                         const tsr_body *body, void *ctx, tsr_values in, int32_t n_out,
                         tsr_value *out) {
  static const char *const names[2] = {"else", "then"};
  int32_t n = (int32_t)in.n, n_captured;
  tsr_type *types, flag;
  tsr_value *captured, *operands;
  TSR_TRY(tsr_value_type(b, p, &flag));
  if (flag.dtype != TSR_BOOL || flag.rank != 0) {
    char text[128];
    return TSR_FAIL(flag.dtype == TSR_BOOL ? TSR_ERR_SHAPE : TSR_ERR_DTYPE,
                    "cond: the condition is %s, must be bool[]",
                    tsr_type_format(&flag, text, sizeof text));
  }
  TSR_TRY(TSRI_NEW(arena, n, &types));
  TSR_TRY(tsri_types_of(b, "cond", arena, in, types));
  for (int32_t k = 0; k < 2; k++)
    TSR_TRY_MSG(tsr_trace_body(b, body[k], ctx, n, types, n_out, &regions[k].n_captured,
                               &regions[k].captured, &regions[k].graph),
                "cond: %s body", names[k]);
  TSR_TRY(tsri_unite(arena, regions, 2, n, types, &captured, &n_captured));
  TSR_TRY(TSRI_NEW(arena, 1 + n_captured + n, &operands));
  operands[0] = p;
  for (int32_t i = 0; i < n_captured + n; i++)
    operands[1 + i] = i < n_captured ? captured[i] : in.data[i - n_captured];
  tsr_graph *graph[2] = {regions[0].graph, regions[1].graph};
  tsri_cases cases = {2, graph};
  return tsri_cond_emit(b, arena, &cases, tsr_values_of(operands, (size_t)(1 + n_captured + n)),
                        out);
}

tsr_status tsr_cond(tsr_builder *b, tsr_value p, tsr_body then_body, tsr_body else_body, void *ctx,
                    tsr_values in, int32_t n_out, tsr_value *out) {
  for (int32_t j = 0; j < n_out; j++)
    out[j] = TSR_NO_VALUE;
  TSR_TRY(tsr_builder_status(b));
  tsr_arena arena = {0};
  tsri_traced regions[2] = {{0}, {0}};
  const tsr_body bodies[2] = {else_body, then_body};
  tsr_status status = record(&arena, regions, b, p, bodies, ctx, in, n_out, out);
  tsri_traced_release(regions, 2);
  tsr_arena_deinit(&arena);
  return tsr_builder_fail(b, status);
}
