/* fuse_rows.c - which nodes form regions of rows: softmax, norms, their gradients.
 *
 * From a reduction a region grows along values of the loop's shape, and of that shape without
 * the reduced axes: elementwise nodes, reductions over the same axes, and through the reshapes
 * and broadcasts between the two ("glue"), which become the way a value is read. It then loses
 * what would make it wait for itself: a node that needs something outside that needs the
 * region. What is left is worth a region if a reduced value is used in the loop again. The
 * nodes of a region are brought together in the order of the graph. A region may have several
 * results, and nothing is computed twice.
 */
#include "fuse_rows.h"

#include <string.h>

#include "tsr/spi/expr.h"

enum {
  MAX_OPERANDS = 24
};

/* ---- how values lie in the loop ---- */

static uint64_t axes_of(const tsr_node *reduction) {
  const tsr_axes axes = ((const tsr_reduce_attrs *)reduction->attrs)->axes;
  uint64_t mask = 0;
  for (size_t i = 0; i < axes.n; i++)
    mask |= UINT64_C(1) << axes.data[i];
  return mask;
}

tsri_rows_loop tsri_rows_loop_of(const tsr_graph *g, int32_t reduction) {
  const tsr_node *node = &g->nodes[reduction];
  return (tsri_rows_loop){g, &g->types[node->in[0]], axes_of(node)};
}

static bool is_row(const tsri_rows_loop *loop, const tsr_type *type) {
  int32_t k = 0;
  for (int32_t a = 0; a < loop->type->rank; a++) {
    if (loop->reduced >> a & 1) continue;
    if (k == type->rank || !tsr_dim_same(loop->graph->space, type->dims[k], loop->type->dims[a]))
      return false;
    k++;
  }
  return k == type->rank;
}

static bool is_row1(const tsri_rows_loop *loop, const tsr_type *type) {
  if (type->rank != loop->type->rank) return false;
  for (int32_t a = 0; a < type->rank; a++) {
    const bool one = loop->reduced >> a & 1;
    if (one ? !tsr_dim_is(type->dims[a], 1)
            : !tsr_dim_same(loop->graph->space, type->dims[a], loop->type->dims[a]))
      return false;
  }
  return true;
}

tsri_rows_class tsri_rows_classify(const tsri_rows_loop *loop, int32_t value) {
  const tsr_type *type = &loop->graph->types[value];
  if (tsri_fuse_same_shape(loop->graph, loop->type, type)) return TSRI_CLASS_FULL;
  if (is_row(loop, type)) return TSRI_CLASS_ROW;
  return is_row1(loop, type) ? TSRI_CLASS_ROW1 : TSRI_CLASS_NONE;
}

/* Do the axes of x go where a row has them in the loop? */
static bool goes_along(const tsri_rows_loop *loop, const tsr_node *broadcast, bool has_ones) {
  const tsr_axes axes = ((const tsr_broadcast_attrs *)broadcast->attrs)->axes;
  size_t k = 0;
  for (int32_t a = 0; a < loop->type->rank; a++) {
    if (!has_ones && loop->reduced >> a & 1) continue;
    if (k == axes.n || axes.data[k++] != a) return false;
  }
  return k == axes.n;
}

bool tsri_rows_is_glue(const tsri_rows_loop *loop, const tsr_node *node) {
  const bool broadcast = node->op == tsr_op_core(TSR_OP_BROADCAST_IN_DIM);
  if (!broadcast && node->op != tsr_op_core(TSR_OP_RESHAPE)) return false;
  const tsri_rows_class from = tsri_rows_classify(loop, node->in[0]);
  const tsri_rows_class to = tsri_rows_classify(loop, node->out[0]);
  if (from != TSRI_CLASS_ROW && from != TSRI_CLASS_ROW1) return false;
  if (!broadcast) return to == TSRI_CLASS_ROW || to == TSRI_CLASS_ROW1;
  if (to == TSRI_CLASS_ROW || to == TSRI_CLASS_NONE) return false;
  return goes_along(loop, node, from == TSRI_CLASS_ROW1);
}

/* ---- growing ---- */

/* A region in the making; arrays by node. */
typedef struct finder {
  const tsr_graph *g;
  tsri_fuse_groups *out;
  tsri_rows_loop loop;
  const int32_t *first_reader, *readers; /* of a value: readers[first_reader[v]...] */
  int32_t *queue, n;                     /* nodes found */
  bool *found, *member, *waits;
  int32_t *room; /* for a new order */
} finder;

static tsr_status list_readers(const tsr_graph *g, tsr_arena *arena, finder *f) {
  int32_t *first, *readers, n = 0;
  for (int32_t i = 0; i < g->n_nodes; i++)
    n += g->nodes[i].n_in;
  TSR_TRY(tsr_arena_alloc(arena, ((size_t)g->n_values + 2) * sizeof *first, (void **)&first));
  TSR_TRY(tsr_arena_alloc(arena, (size_t)n * sizeof *readers, (void **)&readers));
  for (int32_t i = 0; i < g->n_nodes; i++)
    for (int32_t k = 0; k < g->nodes[i].n_in; k++)
      first[g->nodes[i].in[k] + 2]++;
  for (int32_t v = 0; v < g->n_values; v++)
    first[v + 2] += first[v + 1];
  for (int32_t i = 0; i < g->n_nodes; i++)
    for (int32_t k = 0; k < g->nodes[i].n_in; k++)
      readers[first[g->nodes[i].in[k] + 1]++] = i;
  f->first_reader = first;
  f->readers = readers;
  return TSR_OK;
}

static bool is_candidate(const finder *f, int32_t n) {
  const tsr_node *node = &f->g->nodes[n];
  if (f->out->region[n] != TSRI_FUSE_NONE) return false;
  if (tsri_fuse_is_reduction(f->g, node))
    return axes_of(node) == f->loop.reduced &&
           tsri_rows_classify(&f->loop, node->in[0]) == TSRI_CLASS_FULL;
  return tsri_fuse_is_elementwise(f->g, node) &&
         tsri_rows_classify(&f->loop, node->out[0]) != TSRI_CLASS_NONE;
}

/* A node next to one that was found: itself, or what lies behind it if it is glue. */
static void reach(finder *f, int32_t n) {
  if (n < 0 || f->found[n] || f->n == TSRI_FUSE_MAX_NODES) return;
  if (!is_candidate(f, n) && !tsri_rows_is_glue(&f->loop, &f->g->nodes[n])) return;
  f->found[n] = true;
  f->queue[f->n++] = n;
}

/* Nearest first, along operands and readers; within says which nodes to stay among. */
static void grow(finder *f, int32_t seed) {
  f->n = 0;
  reach(f, seed);
  for (int32_t i = 0; i < f->n; i++) {
    const tsr_node *node = &f->g->nodes[f->queue[i]];
    for (int32_t k = 0; k < node->n_in; k++)
      reach(f, f->g->def[node->in[k]]);
    const int32_t v = node->out[0];
    for (int32_t k = f->first_reader[v]; k < f->first_reader[v + 1]; k++)
      reach(f, f->readers[k]);
  }
}

/* The value that glue made of members hands on; otherwise v itself. */
static int32_t behind_glue(const finder *f, int32_t v) {
  int32_t x = v;
  while (f->g->def[x] >= 0 && tsri_rows_is_glue(&f->loop, &f->g->nodes[f->g->def[x]]))
    x = f->g->nodes[f->g->def[x]].in[0];
  return f->g->def[x] >= 0 && f->member[f->g->def[x]] ? x : v;
}

static bool is_late(const finder *f, int32_t value) {
  const int32_t n = f->g->def[value];
  return n >= 0 && (f->member[n] || f->waits[n]);
}

/* May a node found be computed in the region, at the place where it comes in the order? */
static bool may_join(const finder *f, const tsr_node *node) {
  for (int32_t k = 0; k < node->n_in; k++) {
    const int32_t v = behind_glue(f, node->in[k]), n = f->g->def[v];
    if (n >= 0 && f->waits[n]) return false;
  }
  return true;
}

/* Go through the nodes in order. Those of an earlier region wait together, and effects in
 * their order.
 */
static void settle(finder *f) {
  const int32_t *order = f->out->order, *region = f->out->region;
  bool effects_wait = false;
  for (int32_t at = 0; at < f->g->n_nodes;) {
    const int32_t of = region[order[at]];
    int32_t end = at + 1;
    bool waits = false;
    while (of != TSRI_FUSE_NONE && end < f->g->n_nodes && region[order[end]] == of)
      end++;
    for (int32_t i = at; i < end; i++) {
      const tsr_node *node = &f->g->nodes[order[i]];
      for (int32_t k = 0; k < node->n_in; k++)
        waits |= is_late(f, node->in[k]);
      waits |= effects_wait && node->op->effect != TSR_EFFECT_PURE;
    }
    for (int32_t i = at; i < end; i++) {
      const int32_t n = order[i];
      const tsr_node *node = &f->g->nodes[n];
      f->member[n] = f->found[n] && is_candidate(f, n) && may_join(f, node);
      f->waits[n] = !f->member[n] && waits;
      effects_wait |= f->waits[n] && node->op->effect != TSR_EFFECT_PURE;
    }
    at = end;
  }
}

/* ---- worth it? ---- */

/* Is a reduced value used in the loop again? */
static bool has_rows(const finder *f) {
  for (int32_t i = 0; i < f->n; i++) {
    const tsr_node *node = &f->g->nodes[f->queue[i]];
    if (!f->member[f->queue[i]]) continue;
    for (int32_t k = 0; k < node->n_in; k++)
      if (tsri_rows_classify(&f->loop, node->in[k]) == TSRI_CLASS_FULL &&
          behind_glue(f, node->in[k]) != node->in[k])
        return true;
  }
  return false;
}

/* Sizes along which rows are made must be constants, or those of a member's operand. */
static bool knows_sizes(const finder *f) {
  for (int32_t a = 0; a < f->loop.type->rank; a++) {
    bool known = !(f->loop.reduced >> a & 1) || tsr_dim_is_const(f->loop.type->dims[a]);
    for (int32_t i = 0; i < f->n && !known; i++) {
      const tsr_node *node = &f->g->nodes[f->queue[i]];
      for (int32_t k = 0; k < node->n_in && !known && f->member[f->queue[i]]; k++) {
        const int32_t maker = f->g->def[node->in[k]];
        const bool broadcast =
            maker >= 0 && f->g->nodes[maker].op == tsr_op_core(TSR_OP_BROADCAST_IN_DIM);
        known = !broadcast && (maker < 0 || !f->member[maker]) &&
                tsri_rows_classify(&f->loop, node->in[k]) == TSRI_CLASS_FULL;
      }
    }
    if (!known) return false;
  }
  return true;
}

static int32_t count_operands(const finder *f) {
  int32_t n = 0;
  for (int32_t i = 0; i < f->n; i++) {
    const tsr_node *node = &f->g->nodes[f->queue[i]];
    for (int32_t k = 0; k < node->n_in && f->member[f->queue[i]]; k++) {
      const int32_t v = behind_glue(f, node->in[k]), maker = f->g->def[v];
      n += maker < 0 || !f->member[maker];
    }
  }
  return n;
}

/* ---- a region ---- */

/* Before the members comes what does not wait for them, behind them what does. */
static void bring_together(finder *f, int32_t seed) {
  int32_t *order = f->out->order, to = 0;
  for (int32_t part = 0; part < 3; part++)
    for (int32_t at = 0; at < f->g->n_nodes; at++) {
      const int32_t n = order[at];
      if ((f->member[n] ? 1 : f->waits[n] ? 2 : 0) != part) continue;
      f->room[to++] = n;
      if (part == 1) {
        f->out->region[n] = seed;
        f->out->last[seed] = n;
      }
    }
  memcpy(order, f->room, (size_t)f->g->n_nodes * sizeof *order);
}

static void try_seed(finder *f, int32_t seed) {
  const size_t n = (size_t)f->g->n_nodes;
  f->loop = tsri_rows_loop_of(f->g, seed);
  if (f->loop.reduced == 0) return;
  memset(f->found, 0, n);
  memset(f->member, 0, n);
  memset(f->waits, 0, n);
  grow(f, seed);
  settle(f);
  const char *why = !f->member[seed]                   ? "it would wait for itself"
                    : !has_rows(f)                     ? "no reduced value is used in the loop"
                    : !knows_sizes(f)                  ? "a size of its rows is in no operand"
                    : count_operands(f) > MAX_OPERANDS ? "it has too many operands"
                                                       : NULL;
  if (!why) bring_together(f, seed);
  if (why)
    TSRI_LOG(f->out->watch, TSRI_LOG_FUSE, "node %d, %s, makes no region of rows: %s", (int)seed,
             f->g->nodes[seed].op->name, why);
}

static tsr_status allocate(const tsr_graph *g, tsr_arena *arena, finder *f) {
  const size_t n = (size_t)g->n_nodes;
  TSR_TRY(tsr_arena_alloc(arena, n, (void **)&f->found));
  TSR_TRY(tsr_arena_alloc(arena, n, (void **)&f->member));
  TSR_TRY(tsr_arena_alloc(arena, n, (void **)&f->waits));
  TSR_TRY(tsr_arena_alloc(arena, n * sizeof *f->room, (void **)&f->room));
  TSR_TRY(tsr_arena_alloc(arena, TSRI_FUSE_MAX_NODES * sizeof *f->queue, (void **)&f->queue));
  return list_readers(g, arena, f);
}

tsr_status tsri_fuse_find_rows(const tsr_graph *g, tsr_arena *arena, tsri_fuse_groups *out) {
  const size_t n = (size_t)g->n_nodes;
  finder f = {.g = g, .out = out};
  bool any = false;
  TSR_TRY(tsr_arena_alloc(arena, n * sizeof *out->region, (void **)&out->region));
  TSR_TRY(tsr_arena_alloc(arena, n * sizeof *out->order, (void **)&out->order));
  TSR_TRY(tsr_arena_alloc(arena, n * sizeof *out->last, (void **)&out->last));
  for (int32_t i = 0; i < g->n_nodes; i++) {
    out->region[i] = TSRI_FUSE_NONE;
    out->order[i] = i;
    any |= tsri_fuse_is_reduction(g, &g->nodes[i]);
  }
  if (!any || out->ends_only) return TSR_OK;
  TSR_TRY(allocate(g, arena, &f));
  for (int32_t i = 0; i < g->n_nodes; i++)
    if (out->region[i] == TSRI_FUSE_NONE && tsri_fuse_is_reduction(g, &g->nodes[i]))
      try_seed(&f, i);
  return TSR_OK;
}
