/* ops/control_regions.c - several traced bodies made into regions with the same inputs. */
#include "graph/grow_internal.h"
#include "ops/control_internal.h"

/* Number the captured values of all regions, each value once. */
static tsr_status number_captures(tsr_arena *arena, const tsri_traced *regions, int32_t n_regions,
                                  tsri_map *numbers, tsr_value **united) {
  int32_t n = 0;
  for (int32_t r = 0; r < n_regions; r++)
    n += regions[r].n_captured;
  TSR_TRY(TSRI_NEW(arena, n, united));
  TSR_TRY(tsri_map_reserve(numbers, n));
  for (int32_t r = 0; r < n_regions; r++)
    for (int32_t i = 0; i < regions[r].n_captured; i++) {
      tsr_value v = regions[r].captured[i];
      if (tsri_map_find(numbers, v.id) >= 0) continue;
      (*united)[numbers->n] = v;
      tsri_map_put(numbers, v.id, numbers->n);
    }
  return TSR_OK;
}

static tsr_status rewire_all(tsr_arena *arena, tsri_traced *regions, int32_t n_regions,
                             int32_t n_declared, const tsr_type *declared,
                             const tsri_map *numbers) {
  int32_t n_in = numbers->n + n_declared;
  tsr_type *types;
  TSR_TRY(TSRI_NEW(arena, n_in, &types));
  for (int32_t r = 0; r < n_regions; r++)
    for (int32_t i = 0; i < regions[r].n_captured; i++) {
      const tsr_graph *g = regions[r].graph;
      types[tsri_map_find(numbers, regions[r].captured[i].id)] = g->types[g->inputs[i]];
    }
  for (int32_t i = 0; i < n_declared; i++)
    types[numbers->n + i] = declared[i];
  tsr_graph **made;
  TSR_TRY(TSRI_NEW(arena, n_regions, &made));
  tsr_status status = TSR_OK;
  for (int32_t r = 0; r < n_regions && status == TSR_OK; r++) {
    const tsri_traced *region = &regions[r];
    int32_t *from;
    status = TSRI_NEW(arena, region->graph->n_inputs, &from);
    for (int32_t i = 0; status == TSR_OK && i < region->graph->n_inputs; i++)
      from[i] = i < region->n_captured ? tsri_map_find(numbers, region->captured[i].id)
                                       : numbers->n + i - region->n_captured;
    if (status == TSR_OK)
      status =
          tsri_rewire(region->graph, n_in, types, from, region->graph->n_outputs, NULL, &made[r]);
  }
  for (int32_t r = 0; r < n_regions; r++) { /* types are those of the old graphs till here */
    if (!made[r]) continue;
    tsr_graph_release(regions[r].graph);
    regions[r].graph = made[r];
  }
  return status;
}

tsr_status tsri_unite(tsr_arena *arena, tsri_traced *regions, int32_t n_regions, int32_t n_declared,
                      const tsr_type *declared, tsr_value **united, int32_t *n_united) {
  tsri_map numbers = {0};
  tsr_status status = number_captures(arena, regions, n_regions, &numbers, united);
  if (status == TSR_OK)
    status = rewire_all(arena, regions, n_regions, n_declared, declared, &numbers);
  *n_united = numbers.n;
  tsri_map_deinit(&numbers);
  return status;
}

void tsri_traced_release(tsri_traced *regions, int32_t n_regions) {
  for (int32_t r = 0; r < n_regions; r++) {
    tsr_free(regions[r].captured, (size_t)regions[r].n_captured * sizeof(tsr_value), 0);
    tsr_graph_release(regions[r].graph);
  }
}
