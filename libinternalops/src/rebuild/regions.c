/* regions.c - find and replace the graphs that attributes hold. */
#include "tsr/spi/graph.h"

/* The objects of a field: none, one, or a list. */
static tsr_object_list objects_of(const tsr_attr_field *field, const void *attrs) {
  const void *at = (const char *)attrs + field->offset;
  if (field->kind == TSR_ATTR_OBJECTS) return *(const tsr_object_list *)at;
  if (field->kind == TSR_ATTR_OBJECT) return (tsr_object_list){at, 1};
  return (tsr_object_list){NULL, 0};
}

const tsr_graph *tsr_attr_graph(const tsr_attr_class *isa, const void *attrs, int32_t i) {
  for (int32_t f = 0; isa && attrs && f < isa->n_fields; f++) {
    const tsr_object_list list = objects_of(&isa->fields[f], attrs);
    for (size_t k = 0; k < list.n; k++) {
      const tsr_graph *g = tsr_object_as_graph(list.data[k]);
      if (g && i-- == 0) return g;
    }
  }
  return NULL;
}

static tsr_status map_object(tsr_object_ref *slot, tsr_graph_map map, void *ctx) {
  const tsr_graph *old = tsr_object_as_graph(*slot);
  if (!old) return TSR_OK;
  tsr_graph *made;
  TSR_TRY(map(ctx, old, &made));
  *slot = &made->object;
  tsr_object_release((void *)(uintptr_t)old);
  return TSR_OK;
}

static tsr_status map_field(const tsr_attr_field *field, void *attrs, tsr_graph_map map,
                            void *ctx) {
  const tsr_object_list list = objects_of(field, attrs);
  tsr_object_ref *items = (tsr_object_ref *)(uintptr_t)list.data; /* ours: a fresh copy */
  for (size_t i = 0; i < list.n; i++)
    TSR_TRY(map_object(&items[i], map, ctx));
  return TSR_OK;
}

tsr_status tsr_attr_map_graphs(const tsr_attr_class *isa, const void *attrs, tsr_graph_map map,
                               void *ctx, tsr_arena *arena, void **out) {
  TSR_TRY(tsr_attr_copy(isa, attrs, arena, out));
  tsr_status status = TSR_OK;
  for (int32_t f = 0; isa && f < isa->n_fields && status == TSR_OK; f++)
    status = map_field(&isa->fields[f], *out, map, ctx);
  if (status != TSR_OK) {
    tsr_attr_release(isa, *out);
    *out = NULL;
  }
  return status;
}
