/* regions.c - replace the graphs that attributes hold. */
#include "tsr/spi/graph.h"

static tsr_status map_object(tsr_object_ref *slot, tsr_graph_map map, void *ctx) {
  const tsr_graph *old = tsr_object_as_graph(*slot);
  if (!old) return TSR_OK;
  tsr_graph *made;
  TSR_TRY(map(ctx, old, &made));
  *slot = &made->object;
  tsr_object_release((void *)(uintptr_t)old);
  return TSR_OK;
}

static tsr_status map_field(const tsr_attr_field *field, void *at, tsr_graph_map map, void *ctx) {
  if (field->kind == TSR_ATTR_OBJECT) return map_object(at, map, ctx);
  if (field->kind != TSR_ATTR_OBJECTS) return TSR_OK;
  const tsr_object_list *list = at;
  tsr_object_ref *items = (tsr_object_ref *)(uintptr_t)list->data; /* ours: a fresh copy */
  for (size_t i = 0; i < list->n; i++)
    TSR_TRY(map_object(&items[i], map, ctx));
  return TSR_OK;
}

tsr_status tsr_attr_map_graphs(const tsr_attr_class *isa, const void *attrs, tsr_graph_map map,
                               void *ctx, tsr_arena *arena, void **out) {
  TSR_TRY(tsr_attr_copy(isa, attrs, arena, out));
  tsr_status status = TSR_OK;
  for (int32_t f = 0; isa && f < isa->n_fields && status == TSR_OK; f++)
    status = map_field(&isa->fields[f], (char *)*out + isa->fields[f].offset, map, ctx);
  if (status != TSR_OK) {
    tsr_attr_release(isa, *out);
    *out = NULL;
  }
  return status;
}
