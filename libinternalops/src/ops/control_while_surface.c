/* ops/control_while_surface.c - tsr_while: trace test and body, then apply the op. */
#include "ops/control_while_internal.h"

static tsr_status record(tsr_arena *arena, tsri_traced *regions, tsr_builder *b, tsr_body test,
                         tsr_body body, void *ctx, tsr_values init, tsr_value *out) {
  int32_t n = (int32_t)init.n, n_consts;
  tsr_type *types;
  tsr_value *consts, *in;
  TSR_TRY(TSRI_NEW(arena, n, &types));
  TSR_TRY(tsri_types_of(b, "while", arena, init, types));
  TSR_TRY_MSG(tsr_trace_body(b, test, ctx, n, types, 1, &regions[0].n_captured,
                             &regions[0].captured, &regions[0].graph),
              "while: test");
  TSR_TRY_MSG(tsr_trace_body(b, body, ctx, n, types, n, &regions[1].n_captured,
                             &regions[1].captured, &regions[1].graph),
              "while: body");
  TSR_TRY(tsri_unite(arena, regions, 2, n, types, &consts, &n_consts));
  TSR_TRY(TSRI_NEW(arena, n_consts + n, &in));
  for (int32_t i = 0; i < n_consts + n; i++)
    in[i] = i < n_consts ? consts[i] : init.data[i - n_consts];
  tsr_graph *given[2] = {regions[0].graph, regions[1].graph};
  regions[0].graph = regions[1].graph = NULL;
  return tsri_while_emit(b, given[0], given[1], n_consts, in, out);
}

tsr_status tsr_while(tsr_builder *b, tsr_body test, tsr_body body, void *ctx, tsr_values init,
                     tsr_value *out) {
  for (size_t j = 0; j < init.n; j++)
    out[j] = TSR_NO_VALUE;
  TSR_TRY(tsr_builder_status(b));
  tsr_arena arena = {0};
  tsri_traced regions[2] = {{0}, {0}};
  tsr_status status = record(&arena, regions, b, test, body, ctx, init, out);
  tsri_traced_release(regions, 2);
  tsr_arena_deinit(&arena);
  return tsr_builder_fail(b, status);
}
