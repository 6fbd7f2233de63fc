/* region.c - plans of graphs that stand in attributes, and copies around them. */
#include "region.h"

#include "draft.h"
#include "prepare.h"

#include <string.h>

tsr_status tsri_region_plan(const tsri_planner *planner, const tsr_prepare *p,
                            const tsr_object *graph, tsri_want *want, tsri_plan **out) {
  want->tables = planner->tables;
  want->device = p->device;
  want->graph = (const tsr_graph *)(const void *)graph;
  want->symbols = planner->symbols;
  want->n_symbols = planner->n_symbols;
  return tsri_plan_create(want, out);
}

tsr_status tsri_copier_init(tsri_copier *copier, const tsri_planner *planner, tsr_device *device,
                            tsr_arena *arena, const tsr_view *from, const tsr_view *to) {
  int64_t *axes = NULL;
  tsr_dim *dims = NULL;
  tsr_transpose_attrs *attrs = NULL;
  TSR_TRY(tsri_plan_array(arena, sizeof *axes, from->rank, &axes));
  TSR_TRY(tsri_plan_array(arena, sizeof *dims, from->rank, &dims));
  TSR_TRY(tsri_plan_array(arena, sizeof *attrs, 1, &attrs));
  for (int32_t k = 0; k < from->rank; k++) {
    axes[k] = k;
    dims[k] = tsr_dim_of(from->dims[k]);
  }
  attrs->axes = (tsr_axes){axes, (size_t)from->rank};
  copier->from = *from;
  copier->to = *to;
  copier->from.data = copier->to.data = NULL;
  copier->type = (tsr_type){from->dtype, from->rank, dims};
  copier->call = (tsr_call){.op = tsr_op_core(TSR_OP_TRANSPOSE),
                            .attrs = attrs,
                            .n_in = 1,
                            .n_out = 1,
                            .in_type = &copier->type,
                            .out_type = &copier->type};
  bool wanted = true;
  int32_t alias = -1;
  tsr_prepare p = {.device = device,
                   .call = &copier->call,
                   .in = &copier->from,
                   .out = &copier->to,
                   .wanted = &wanted,
                   .alias = &alias};
  const tsr_kernel *kernel = NULL;
  TSR_TRY(tsri_prepare(planner, &p, &kernel));
  copier->kernel = kernel;
  copier->call.state = p.state;
  copier->release = p.release;
  copier->workspace = p.workspace;
  return TSR_OK;
}

void tsri_copier_deinit(tsri_copier *copier) {
  if (copier->release) copier->release(copier->call.state);
}

tsr_status tsri_copier_run(const tsri_copier *copier, tsr_stream *stream, tsr_numeric *numeric,
                           void *workspace, void *from, void *to) {
  tsr_call call = copier->call;
  tsr_view in = copier->from, out = copier->to;
  call.numeric = numeric;
  call.workspace = workspace;
  in.data = from;
  out.data = to;
  return copier->kernel->run(stream, &call, &in, &out);
}

tsr_status tsri_read_now(tsr_stream *stream, const void *data, void *out, size_t size) {
  tsr_device *device = stream->device;
  if (device->is_host) {
    memcpy(out, data, size);
    return TSR_OK;
  }
  TSR_TRY(device->backend->download(stream, out, data, size));
  return tsr_stream_wait(stream);
}
