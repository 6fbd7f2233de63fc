/* rebuild.c - an equal graph without dead nodes: merged, simplified, pruned.
 *
 * One round walks the live nodes in order and replays each on a fresh trace builder: rewrite
 * rules of the op first (prune for dead outputs, simplify), then a look into the table of
 * applications recorded so far, so that equal ones become one value. What rules emit is met
 * again by the next round; rounds repeat until one changes nothing.
 */
#include "rebuild/rebuild_internal.h"

#include <string.h>

#include "tsr/alloc.h"

enum {
  MAX_ROUNDS = 16
}; /* each round shrinks the graph or is the last; a backstop */

/* What one round works with. */
typedef struct round_state {
  uint32_t what;
  bool *live; /* [n_values] read by somebody who stays */
  tsri_merge_table merged;
  bool changed;
} round_state;

static bool node_is_live(const tsr_node *node, const bool *live) {
  if (node->op->effect == TSR_EFFECT_ORDERED) return true;
  for (int32_t j = 0; j < node->n_out; j++)
    if (live[node->out[j]]) return true;
  return false;
}

static void mark_live(const tsr_graph *g, bool *live) {
  for (int32_t i = 0; i < g->n_outputs; i++)
    live[g->outputs[i]] = true;
  for (int32_t n = g->n_nodes; n-- > 0;) {
    const tsr_node *node = &g->nodes[n];
    if (!node_is_live(node, live)) continue;
    for (int32_t i = 0; i < node->n_in; i++)
      live[node->in[i]] = true;
  }
}

/* Try a rewrite rule. done: all live outputs got a value. */
static tsr_status take_rewrite(round_state *s, tsr_replay *r, const tsr_node *node,
                               const tsr_value *out, bool *done) {
  *done = false;
  for (int32_t j = 0; j < node->n_out; j++)
    if (s->live[node->out[j]] && tsr_value_is_none(out[j])) return TSR_OK;
  for (int32_t j = 0; j < node->n_out; j++)
    r->value[node->out[j]] = out[j];
  *done = s->changed = true;
  return TSR_OK;
}

static tsr_status rewrite(round_state *s, tsr_replay *r, const tsr_node *node, const tsr_call *c,
                          bool *done) {
  tsr_value *out = (tsr_value *)(uintptr_t)c->out;
  bool all_live = true;
  bool *live;
  TSR_TRY(tsr_arena_alloc(&r->scratch, (size_t)node->n_out, (void **)&live));
  for (int32_t j = 0; j < node->n_out; j++)
    all_live &= live[j] = s->live[node->out[j]];

  tsr_call plain = *c;
  plain.out = NULL;
  *done = false;
  if (!all_live && (s->what & TSR_REBUILD_PRUNE) && node->rules->prune) {
    TSR_TRY(node->rules->prune(r->to, &plain, live, out));
    TSR_TRY(tsr_builder_status(r->to));
    TSR_TRY(take_rewrite(s, r, node, out, done));
  }
  if (!*done && (s->what & TSR_REBUILD_SIMPLIFY) && node->rules->simplify) {
    memset(out, 0, (size_t)node->n_out * sizeof *out);
    TSR_TRY(node->rules->simplify(r->to, &plain, out));
    TSR_TRY(tsr_builder_status(r->to));
    TSR_TRY(take_rewrite(s, r, node, out, done));
  }
  return TSR_OK;
}

static bool may_merge(const tsr_op *op) {
  return op->effect == TSR_EFFECT_PURE || op->effect == TSR_EFFECT_CHECKED;
}

static tsr_status rebuild(const tsr_graph *graph, uint32_t what, bool *improved, tsr_graph **out);

/* An unchanged region stays the same object: merging goes by its identity. */
static tsr_status rebuild_region(void *ctx, const tsr_graph *graph, tsr_graph **out) {
  round_state *s = ctx;
  bool improved;
  tsr_graph *made;
  TSR_TRY(rebuild(graph, s->what, &improved, &made));
  if (improved) {
    *out = made;
    s->changed = true;
  } else {
    tsr_graph_release(made);
    *out = tsr_graph_retain((tsr_graph *)(uintptr_t)graph);
  }
  return TSR_OK;
}

/* The application on its new operands, or an equal one that is there already. */
static tsr_status keep(round_state *s, tsr_replay *r, const tsr_node *node, tsr_call *c) {
  void *attrs;
  TSR_TRY(
      tsr_attr_map_graphs(node->op->attrs, node->attrs, rebuild_region, s, &r->scratch, &attrs));
  tsr_value *out = (tsr_value *)(uintptr_t)c->out;
  memset(out, 0, (size_t)node->n_out * sizeof *out);
  const tsr_value *found = NULL;
  tsr_status status = TSR_OK;
  uint64_t hash = 0;
  bool merge = (s->what & TSR_REBUILD_MERGE) && may_merge(node->op);
  if (merge) {
    hash = tsri_merge_hash(node->op, attrs, c->n_in, c->in);
    found = tsri_merge_find(&s->merged, hash, node->op, attrs, c->n_in, c->in);
  }
  if (found) {
    memcpy(out, found, (size_t)node->n_out * sizeof *out);
    s->changed = true;
  } else {
    status = tsr_emit(r->to, node->op, attrs, tsr_values_of(c->in, (size_t)c->n_in), out);
    if (status == TSR_OK && merge)
      status = tsri_merge_add(&s->merged, hash, r->to, out, node->n_out);
  }
  tsr_attr_release(node->op->attrs, attrs);
  for (int32_t j = 0; j < node->n_out; j++)
    r->value[node->out[j]] = out[j];
  return status;
}

static tsr_status visit(void *ctx, tsr_replay *r, const tsr_node *node) {
  round_state *s = ctx;
  tsr_call_context context;
  tsr_call c;
  bool done;
  if (!node_is_live(node, s->live)) {
    s->changed = true;
    return TSR_OK;
  }
  TSR_TRY(tsr_replay_call(r, node, &context, &c));
  TSR_TRY(rewrite(s, r, node, &c, &done));
  return done ? TSR_OK : keep(s, r, node, &c);
}

static tsr_status one_round(const tsr_graph *from, uint32_t what, bool *changed, tsr_graph **out) {
  round_state s = {.what = what};
  tsr_arena arena = {0};
  tsr_status status = tsr_arena_alloc(&arena, (size_t)from->n_values, (void **)&s.live);
  if (status == TSR_OK) {
    mark_live(from, s.live);
    status = tsr_graph_replay(from, visit, &s, out);
  }
  tsri_merge_deinit(&s.merged);
  tsr_arena_deinit(&arena);
  *changed = s.changed;
  return status;
}

static tsr_status rebuild(const tsr_graph *graph, uint32_t what, bool *improved, tsr_graph **out) {
  *out = NULL;
  *improved = false;
  bool changed = true;
  tsr_graph *now = NULL;
  for (int i = 0; i < MAX_ROUNDS && changed; i++) {
    tsr_graph *next = NULL;
    tsr_status status = one_round(now ? now : graph, what, &changed, &next);
    tsr_graph_release(now);
    if (status != TSR_OK) return status;
    now = next;
    *improved |= changed;
  }
  *out = now;
  return TSR_OK;
}

tsr_status tsr_graph_rebuild(const tsr_graph *graph, uint32_t what, tsr_graph **out) {
  bool improved;
  return rebuild(graph, what, &improved, out);
}
