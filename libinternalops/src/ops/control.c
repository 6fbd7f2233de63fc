/* ops/control.c - what the rules of ops with regions share. */
#include "axes.h"
#include "ops/control_internal.h"

tsr_status tsri_loop_reach(const tsri_loop *loop, tsri_reach how, bool *in, bool *out) {
  for (bool again = true; again;) {
    again = false;
    TSR_TRY(tsri_reach_outputs(loop->body, how, in, out));
    for (int32_t i = 0; i < loop->n_carry; i++) {
      bool *carry = &in[loop->n_consts + i];
      again |= out[i] && !*carry;
      *carry |= out[i];
    }
  }
  for (int32_t i = 0; i < loop->n_carry; i++) /* there may be no rounds */
    out[i] = in[loop->n_consts + i];
  return TSR_OK;
}

tsr_status tsri_loop_reach_back(const tsri_loop *loop, bool *out, bool *in) {
  for (bool again = true; again;) {
    again = false;
    TSR_TRY(tsri_reach_inputs(loop->body, out, in));
    for (int32_t i = 0; i < loop->n_carry; i++) {
      bool read = in[loop->n_consts + i];
      again |= read && !out[i];
      out[i] |= read;
    }
  }
  return TSR_OK;
}

int32_t tsri_interleave(int32_t n_groups, const int32_t *sizes, const bool *active, int32_t *place,
                        int32_t *extra) {
  int32_t n_in = 0, first = 0, at = 0, tangent = 0;
  for (int32_t g = 0; g < n_groups; g++)
    n_in += sizes[g];
  for (int32_t g = 0; g < n_groups; first += sizes[g], g++) {
    int32_t before = tangent;
    for (int32_t i = 0; i < sizes[g]; i++)
      place[first + i] = at++;
    for (int32_t i = 0; i < sizes[g]; i++)
      if (active[first + i]) place[n_in + tangent++] = at++;
    if (extra) extra[g] = tangent - before;
  }
  return at;
}

tsr_status tsri_permute(tsr_arena *arena, const tsr_graph *g, const int32_t *place, int32_t n_out,
                        const int32_t *pick, tsr_graph **out) {
  tsr_type *types;
  *out = NULL;
  TSR_TRY(TSRI_NEW(arena, g->n_inputs, &types));
  for (int32_t i = 0; i < g->n_inputs; i++)
    types[place[i]] = g->types[g->inputs[i]];
  return tsri_rewire(g, g->n_inputs, types, place, n_out, pick, out);
}

tsr_status tsri_input_types(tsr_arena *arena, const tsr_graph *g, tsr_type **out) {
  TSR_TRY(TSRI_NEW(arena, g->n_inputs, out));
  for (int32_t i = 0; i < g->n_inputs; i++)
    (*out)[i] = g->types[g->inputs[i]];
  return TSR_OK;
}

tsr_status tsri_region(const tsr_call *c, const char *what, tsr_object_ref object,
                       const tsr_graph **out) {
  *out = tsr_object_as_graph(object);
  if (*out) return TSR_OK;
  return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: %s is not a graph", c->op->name, what);
}

tsr_status tsri_check_region_type(const tsr_call *c, const char *what, int32_t index,
                                  const tsr_type *have, const tsr_type *want) {
  if (tsr_type_same(c->context->space, have, want)) return TSR_OK;
  char got[128], expected[128];
  return TSR_FAIL(have->dtype == want->dtype ? TSR_ERR_SHAPE : TSR_ERR_DTYPE,
                  "%s: %s %d is %s, must be %s", c->op->name, what, (int)index,
                  tsr_type_format(have, got, sizeof got),
                  tsr_type_format(want, expected, sizeof expected));
}

tsr_status tsri_check_region(const tsr_call *c, const char *what, const tsr_graph *region,
                             int32_t n_in, const tsr_type *in_type) {
  if (region->n_inputs != n_in)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: %s takes %d values, %d are given", c->op->name, what,
                    (int)region->n_inputs, (int)n_in);
  char text[64];
  snprintf(text, sizeof text, "%s: input", what);
  for (int32_t i = 0; i < n_in; i++)
    TSR_TRY(tsri_check_region_type(c, text, i, &region->types[region->inputs[i]], &in_type[i]));
  return TSR_OK;
}

tsr_status tsri_types_of(tsr_builder *b, const char *op, tsr_arena *arena, tsr_values values,
                         tsr_type *out) {
  TSR_TRY(tsri_check_list(op, "values", values.data, values.n));
  for (size_t i = 0; i < values.n; i++) {
    TSR_TRY(tsr_value_type(b, values.data[i], &out[i]));
    void *dims; /* of an outer builder perhaps, which records on */
    TSR_TRY(tsr_arena_copy(arena, out[i].dims, (size_t)out[i].rank * sizeof(tsr_dim), &dims));
    out[i].dims = dims;
  }
  return TSR_OK;
}

tsr_status tsri_inline_and_release(tsr_builder *b, tsr_graph *g, const tsr_value *in,
                                   tsr_value *out) {
  tsr_status status = tsr_graph_inline(b, g, in, out);
  tsr_graph_release(g);
  return status;
}

bool tsri_graph_is_checked(const tsr_graph *g) {
  for (int32_t n = 0; n < g->n_nodes; n++) {
    const tsr_node *node = &g->nodes[n];
    if (node->n_out > 0 && tsr_op_is_checked(node->op, g->types[node->out[0]].dtype)) return true;
    const tsr_graph *region;
    for (int32_t i = 0; (region = tsr_attr_graph(node->op->attrs, node->attrs, i)); i++)
      if (tsri_graph_is_checked(region)) return true;
  }
  return false;
}
