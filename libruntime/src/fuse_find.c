/* fuse_find.c - which elementwise applications share one loop.
 *
 * Nodes are met from the last to the first. A node whose every reader already belongs to
 * one region, over the same index space, joins that region; any other fusible node starts
 * one as its root. A region therefore has one result, is convex by construction, and
 * nothing is computed twice. A reduction may be a root: its region loops over the shape
 * before the reduction.
 */
#include "fuse_internal.h"

#include <string.h>

#include "tsr/spi/expr.h"

enum {
  MAX_RANK = 64
}; /* reduced axes are a 64-bit mask in tsr_expr_out */

bool tsri_fuse_is_elementwise(const tsr_graph *g, const tsr_node *node) {
  const tsr_op *op = node->op;
  bool family = op->family == TSR_FAMILY_ELEMENTWISE || op->family == TSR_FAMILY_ANALYTIC ||
                op->family == TSR_FAMILY_TYPE;
  if (!family || op->effect != TSR_EFFECT_PURE || node->n_out != 1 || node->n_in > 3) return false;
  if (op == tsr_op_core(TSR_OP_FUSED)) return false;
  /* a zero divisor of integers is reported by place, which a region cannot */
  if (tsr_op_is_checked(op, g->types[node->out[0]].dtype)) return false;
  return g->types[node->out[0]].rank <= MAX_RANK;
}

bool tsri_fuse_is_reduction(const tsr_graph *g, const tsr_node *node) {
  return tsr_expr_reduces(node->op) && g->types[node->in[0]].rank <= MAX_RANK;
}

/* The shape a region with this root loops over. */
static const tsr_type *loop_type(const tsr_graph *g, int32_t root) {
  const tsr_node *node = &g->nodes[root];
  return &g->types[tsri_fuse_is_reduction(g, node) ? node->in[0] : node->out[0]];
}

bool tsri_fuse_same_shape(const tsr_graph *g, const tsr_type *a, const tsr_type *b) {
  if (a->rank != b->rank) return false;
  for (int32_t k = 0; k < a->rank; k++)
    if (!tsr_dim_same(g->space, a->dims[k], b->dims[k])) return false;
  return true;
}

/* Readers of each value, folded as they are met: the one region they all belong to. */
enum {
  NOT_READ = -2,
  SEVERAL = -1
};

/* Why a node does not join the region of its readers; NULL: it does. */
static const char *why_not(const tsr_graph *g, const tsri_fuse_groups *groups, int32_t join,
                           const tsr_node *node) {
  if (join == NOT_READ) return "nobody reads it";
  if (join == SEVERAL) return "it is an output, or not all who read it are in one region";
  if (groups->members[join] >= TSRI_FUSE_MAX_STEPS) return "the region that reads it is full";
  if (!tsri_fuse_same_shape(g, loop_type(g, join), &g->types[node->out[0]]))
    return "the region that reads it runs over another shape";
  return NULL;
}

static void note_reader(int32_t *reader, int32_t value, int32_t group) {
  if (reader[value] == NOT_READ)
    reader[value] = group;
  else if (reader[value] != group)
    reader[value] = SEVERAL;
}

tsr_status tsri_fuse_find(const tsr_graph *g, tsr_arena *arena, tsri_fuse_groups *out) {
  size_t n = (size_t)g->n_nodes;
  int32_t *reader;
  TSR_TRY(tsr_arena_alloc(arena, n * sizeof *out->group, (void **)&out->group));
  TSR_TRY(tsr_arena_alloc(arena, n * sizeof *out->members, (void **)&out->members));
  TSR_TRY(tsr_arena_alloc(arena, n * sizeof *out->first, (void **)&out->first));
  n = (size_t)g->n_values;
  TSR_TRY(tsr_arena_alloc(arena, n * sizeof *out->step_of, (void **)&out->step_of));
  TSR_TRY(tsr_arena_alloc(arena, n * sizeof *reader, (void **)&reader));
  for (int32_t v = 0; v < g->n_values; v++) {
    reader[v] = NOT_READ;
    out->step_of[v] = -1;
  }
  for (int32_t i = 0; i < g->n_outputs; i++)
    reader[g->outputs[i]] = SEVERAL;

  for (int32_t at = g->n_nodes; at-- > 0;) {
    const int32_t k = out->order[at];
    const tsr_node *node = &g->nodes[k];
    bool elementwise = tsri_fuse_is_elementwise(g, node);
    out->group[k] = TSRI_FUSE_NONE;
    if (out->region[k] == TSRI_FUSE_NONE && (elementwise || tsri_fuse_is_reduction(g, node))) {
      int32_t join = reader[node->out[0]];
      const char *why = elementwise ? why_not(g, out, join, node) : "a reduction ends its region";
      out->group[k] = why ? k : join;
      if (why)
        TSRI_LOG(out->watch, TSRI_LOG_FUSE, "node %d, %s, is fused no further: %s", (int)k,
                 node->op->name, why);
      int32_t root = out->group[k];
      if (!out->members[root]++ || k < out->first[root]) out->first[root] = k;
    }
    for (int32_t i = 0; i < node->n_in; i++)
      note_reader(reader, node->in[i], out->group[k] >= 0 ? out->group[k] : SEVERAL);
  }
  return TSR_OK;
}
