/* plan_check.c - what symbolic sizes left open is checked once they are numbers.
 *
 * Inference accepts a window of 5 into an axis of size n, for n may be enough. Here n is known,
 * and the same rule decides again; kernels and views rely on it. Regions are planned, hence
 * checked, by their own plans.
 */
#include "draft.h"

#include <string.h>

static bool is_open(const tsr_type *type) {
  for (int32_t k = 0; k < type->rank; k++)
    if (!tsr_dim_is_const(type->dims[k])) return true;
  return false;
}

static bool has_open_types(const tsr_graph *g, const tsr_node *node) {
  for (int32_t i = 0; i < node->n_in; i++)
    if (is_open(&g->types[node->in[i]])) return true;
  for (int32_t j = 0; j < node->n_out; j++)
    if (is_open(&g->types[node->out[j]])) return true;
  return false;
}

/* Attributes that are objects (constants, regions, expressions) hold sizes of their own. */
static bool holds_objects(const tsr_attr_class *isa) {
  for (int32_t i = 0; isa && i < isa->n_fields; i++)
    if (isa->fields[i].kind == TSR_ATTR_OBJECT || isa->fields[i].kind == TSR_ATTR_OBJECTS)
      return true;
  return false;
}

/* The infer rule on sizes that are numbers. */
static tsr_status infer_again(tsri_draft *d, const tsr_node *node, tsr_dim_space *space,
                              const void *attrs) {
  void *made = NULL;
  tsr_call_context context = {&d->arena, space};
  const size_t n = (size_t)node->n_in + (size_t)node->n_out;
  TSR_TRY(tsr_arena_alloc(&d->arena, n * sizeof(tsr_type), &made));
  tsr_type *types = made;
  memset(types, 0, n * sizeof *types);
  for (int32_t i = 0; i < node->n_in; i++)
    types[i] = d->values[node->in[i]].type;
  const tsr_call call = {.op = node->op,
                         .attrs = attrs,
                         .n_in = node->n_in,
                         .n_out = node->n_out,
                         .in_type = types,
                         .context = &context};
  return node->rules->infer(&call, types + node->n_in);
}

static tsr_status check_node(tsri_draft *d, const tsr_node *node, tsr_dim_space *space) {
  void *attrs = NULL;
  TSR_TRY(tsr_attr_resolve(node->op->attrs, node->attrs, d->symbols, &d->arena, &attrs));
  const tsr_status status = infer_again(d, node, space, attrs);
  tsr_attr_release(node->op->attrs, attrs);
  return tsr_annotate(status, "at the sizes of the inputs");
}

tsr_status tsri_draft_check(tsri_draft *d) {
  const tsr_graph *g = d->graph;
  tsr_dim_space *space = NULL; /* the graph's own is shared between threads */
  tsr_status status = TSR_OK;
  for (int32_t n = 0; n < g->n_nodes && status == TSR_OK; n++) {
    const tsr_node *node = &g->nodes[n];
    if (!node->rules || !has_open_types(g, node) || holds_objects(node->op->attrs)) continue;
    if (!space) status = tsr_dim_space_create(&space);
    if (status == TSR_OK) status = check_node(d, node, space);
  }
  tsr_dim_space_release(space);
  return status;
}
