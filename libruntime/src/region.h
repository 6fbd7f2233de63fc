/* region.h - plans and frames of graphs that stand in attributes, and copies around them. */
#ifndef TSRI_REGION_H
#define TSRI_REGION_H

#include "frame.h"

/* Plan a region. want holds layouts and uses; the rest comes from planner and p. */
tsr_status tsri_region_plan(const tsri_planner *planner, const tsr_prepare *p,
                            const tsr_object *graph, tsri_want *want, tsri_plan **out);

/* A prepared copy from one layout to another. */
typedef struct tsri_copier {
  const tsr_kernel *kernel;
  tsr_call call;
  tsr_view from, to;
  void (*release)(void *state);
  size_t workspace;
  tsr_type type;
} tsri_copier;

tsr_status tsri_copier_init(tsri_copier *copier, const tsri_planner *planner, tsr_device *device,
                            tsr_arena *arena, const tsr_view *from, const tsr_view *to);
void tsri_copier_deinit(tsri_copier *copier);
tsr_status tsri_copier_run(const tsri_copier *copier, tsr_stream *stream, tsr_numeric *numeric,
                           void *workspace, void *from, void *to);

/* Read size bytes of device memory now, waiting for the work that writes them. */
tsr_status tsri_read_now(tsr_stream *stream, const void *data, void *out, size_t size);

/* Multiples of 64, without passing INT64_MAX, which no arena holds. */
static inline int64_t tsri_round_up(int64_t size) {
  return size > INT64_MAX - 63 ? INT64_MAX : (size + 63) & ~INT64_C(63);
}

#endif /* TSRI_REGION_H */
