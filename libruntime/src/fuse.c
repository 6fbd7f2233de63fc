/* fuse.c - the fusion pass: chains of elementwise work become single applications.
 *
 * fuse_rows.c decides which nodes work on rows, and fuse_find.c what belongs together among the
 * others; here each region of the latter kind is written down as an
 * expression (<tsr/spi/expr.h>) and the graph is replayed with one "fused" application in
 * its place. A broadcast in front of a region becomes the way its input is loaded.
 */
#include "fuse_rows.h"
#include "passes.h"
#include "tables.h"

#include <stdio.h>

#include "tsr/spi/expr.h"
#include "tsr/spi/replay.h"

/* A region being written down. */
typedef struct region {
  const tsr_graph *g;
  const int32_t *group;
  int32_t first, root; /* its members lie between, both included */
  bool as_they_are;    /* broadcasts are not looked through */
  int32_t *step_of;    /* [n_values] the step that holds a value, or -1 */
  int32_t n_loads, n_steps;
  int32_t *loaded; /* [loads] the graph value behind each load */
  tsr_expr_load *loads;
  tsr_expr_step *steps;
  tsr_arena *arena;
} region;

static int32_t maker(const region *r, int32_t value) { return r->g->def[value]; }

static bool is_inside(const region *r, int32_t value) {
  int32_t node = maker(r, value);
  return node >= 0 && r->group[node] == r->root;
}

static bool is_broadcast(const region *r, int32_t value) {
  int32_t node = maker(r, value);
  return node >= 0 && r->g->nodes[node].op == tsr_op_core(TSR_OP_BROADCAST_IN_DIM);
}

/* An operand from outside: load it, through its broadcast if it has one. */
static tsr_status add_load(region *r, int32_t value) {
  int32_t source = value;
  const int64_t *axes = NULL;
  if (is_broadcast(r, value) && !r->as_they_are) {
    const tsr_node *node = &r->g->nodes[maker(r, value)];
    source = node->in[0];
    axes = ((const tsr_broadcast_attrs *)node->attrs)->axes.data;
  }
  const tsr_type *type = &r->g->types[source];
  int32_t *along;
  TSR_TRY(tsr_arena_alloc(r->arena, (size_t)type->rank * sizeof *along, (void **)&along));
  for (int32_t k = 0; k < type->rank; k++)
    along[k] = axes ? (int32_t)axes[k] : k;
  int32_t i = r->n_loads++;
  r->loaded[i] = source;
  r->loads[i] = (tsr_expr_load){.dtype = type->dtype, .rank = type->rank, .axes = along};
  r->steps[i] = (tsr_expr_step){
      .dtype = type->dtype, .arg = {i, -1, -1}
  };
  r->step_of[value] = i;
  return TSR_OK;
}

static bool is_member(const region *r, int32_t node) { return r->group[node] == r->root; }

static bool is_reduce(const tsr_node *node) { return node->op->family == TSR_FAMILY_REDUCTION; }

/* Loads of all operands from outside, in the order of first use. */
static tsr_status add_loads(region *r) {
  for (int32_t n = r->first; n <= r->root; n++) {
    if (!is_member(r, n)) continue;
    const tsr_node *node = &r->g->nodes[n];
    for (int32_t i = 0; i < node->n_in; i++) {
      int32_t value = node->in[i];
      if (r->step_of[value] < 0 && !is_inside(r, value)) TSR_TRY(add_load(r, value));
    }
  }
  return TSR_OK;
}

/* Leave step_of as it was found: all -1. */
static void forget_steps(const region *r) {
  for (int32_t n = r->first; n <= r->root; n++) {
    if (!is_member(r, n)) continue;
    const tsr_node *node = &r->g->nodes[n];
    r->step_of[node->out[0]] = -1;
    for (int32_t i = 0; i < node->n_in; i++)
      r->step_of[node->in[i]] = -1;
  }
}

/* Does some load run along a loop axis, as long as it is? */
static bool has_load_along(const region *r, int32_t axis) {
  for (int32_t i = 0; i < r->n_loads; i++) {
    const tsr_dim *dims = r->g->types[r->loaded[i]].dims;
    for (int32_t k = 0; k < r->loads[i].rank; k++)
      if (r->loads[i].axes[k] == axis && !tsr_dim_is(dims[k], 1)) return true;
  }
  return false;
}

/* The size of a reduced axis is not in the result: it must be a constant or in a load. */
static bool knows_sizes(const region *r) {
  const tsr_node *root = &r->g->nodes[r->root];
  if (!is_reduce(root)) return true;
  const tsr_axes axes = ((const tsr_reduce_attrs *)root->attrs)->axes;
  const tsr_dim *dims = r->g->types[root->in[0]].dims;
  for (size_t i = 0; i < axes.n; i++)
    if (!tsr_dim_is_const(dims[axes.data[i]]) && !has_load_along(r, (int32_t)axes.data[i]))
      return false;
  return true;
}

static tsr_status collect_loads(region *r) {
  TSR_TRY(add_loads(r));
  if (!knows_sizes(r)) { /* all were broadcast along a symbolic axis */
    forget_steps(r);
    r->n_loads = 0;
    r->as_they_are = true;
    TSR_TRY(add_loads(r));
  }
  r->n_steps = r->n_loads;
  return TSR_OK;
}

static void collect_steps(region *r) {
  for (int32_t n = r->first; n <= r->root; n++) {
    const tsr_node *node = &r->g->nodes[n];
    if (!is_member(r, n) || is_reduce(node)) continue;
    tsr_expr_step step = {
        .op = node->op,
        .attrs = node->attrs,
        .dtype = r->g->types[node->out[0]].dtype,
        .arg = {-1, -1, -1}
    };
    for (int32_t i = 0; i < node->n_in; i++)
      step.arg[i] = r->step_of[node->in[i]];
    r->step_of[node->out[0]] = r->n_steps;
    r->steps[r->n_steps++] = step;
  }
}

static tsr_expr_out result_of(const region *r) {
  const tsr_node *root = &r->g->nodes[r->root];
  if (!is_reduce(root)) return (tsr_expr_out){.step = r->step_of[root->out[0]]};
  const tsr_reduce_attrs *attrs = root->attrs;
  tsr_expr_out out = {.step = r->step_of[root->in[0]], .reduce = root->op};
  for (size_t i = 0; i < attrs->axes.n; i++)
    out.reduced |= UINT64_C(1) << attrs->axes.data[i];
  return out;
}

static tsr_status allocate(region *r, int32_t members) {
  size_t most = (size_t)members * 4; /* each member reads at most three values */
  TSR_TRY(tsr_arena_alloc(r->arena, most * sizeof *r->loads, (void **)&r->loads));
  TSR_TRY(tsr_arena_alloc(r->arena, most * sizeof *r->steps, (void **)&r->steps));
  TSR_TRY(tsr_arena_alloc(r->arena, most * sizeof *r->loaded, (void **)&r->loaded));
  return TSR_OK;
}

static tsr_status emit(const region *r, const tsr_expr *expr, tsr_replay *to) {
  tsr_value *in;
  TSR_TRY(tsr_arena_alloc(r->arena, (size_t)r->n_loads * sizeof *in, (void **)&in));
  for (int32_t i = 0; i < r->n_loads; i++)
    in[i] = to->value[r->loaded[i]];
  const tsr_fused_attrs attrs = {.expr = &expr->object};
  tsr_value *out = &to->value[r->g->nodes[r->root].out[0]];
  const tsr_values list = tsr_values_of(in, (size_t)r->n_loads);
  return tsr_emit(to->to, tsr_op_core(TSR_OP_FUSED), &attrs, list, out);
}

/* "over f64[n]: mul, add, reduce_sum" */
static TSR_COLD void log_region(const tsri_fuse_groups *groups, const region *r,
                                const tsr_type *loop) {
  char type[160], names[1024] = "";
  size_t used = 0;
  for (int32_t n = r->first; n <= r->root && used < sizeof names; n++) {
    if (!is_member(r, n)) continue;
    int k = snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "",
                     r->g->nodes[n].op->name);
    used += k > 0 ? (size_t)k : 0;
  }
  tsri_log_write(groups->watch, TSRI_LOG_FUSE, "one loop over %s, %d operands: %s",
                 tsr_type_format(loop, type, sizeof type), (int)r->n_loads, names);
}

static tsr_status emit_region(const tsri_fuse_groups *groups, int32_t root, tsr_replay *to) {
  const tsr_graph *g = to->graph;
  region r = {.g = g,
              .group = groups->group,
              .first = groups->first[root],
              .root = root,
              .step_of = groups->step_of,
              .arena = &to->scratch};
  TSR_TRY(allocate(&r, groups->members[root]));
  TSR_TRY(collect_loads(&r));
  collect_steps(&r);
  const tsr_node *node = &g->nodes[root];
  const tsr_type *loop = &g->types[is_reduce(node) ? node->in[0] : node->out[0]];
  const tsr_expr_out out = result_of(&r);
  if (groups->watch->topics & TSRI_LOG_FUSE) log_region(groups, &r, loop);
  forget_steps(&r);
  const tsr_expr form = {.rank = loop->rank,
                         .dims = loop->dims,
                         .n_inputs = r.n_loads,
                         .n_steps = r.n_steps,
                         .n_outputs = 1,
                         .inputs = r.loads,
                         .steps = r.steps,
                         .outputs = &out};
  tsr_expr *expr;
  TSR_TRY(tsr_expr_create(&form, g->space, &expr));
  tsr_status status = emit(&r, expr, to);
  tsr_expr_release(expr);
  return status;
}

static tsr_status fuse_with(const tsr_graph *g, bool ends_only, tsr_graph **out);

static tsr_status fuse_region_graph(void *ctx, const tsr_graph *graph, tsr_graph **out) {
  const tsri_fuse_groups *groups = ctx;
  return fuse_with(graph, groups->ends_only, out);
}

static tsr_status keep_region_graph(void *ctx, const tsr_graph *graph, tsr_graph **out) {
  (void)ctx;
  *out = tsr_graph_retain((tsr_graph *)(uintptr_t)graph);
  return TSR_OK;
}

/* The regions of an op that may yet be lowered stay plain: lowering may differentiate them. */
static tsr_status copy_node(tsri_fuse_groups *groups, tsr_replay *r, const tsr_node *node) {
  void *attrs;
  tsr_graph_map map = node->rules->lower ? keep_region_graph : fuse_region_graph;
  TSR_TRY(tsr_attr_map_graphs(node->op->attrs, node->attrs, map, groups, &r->scratch, &attrs));
  tsr_status status = tsr_replay_node(r, node, attrs);
  tsr_attr_release(node->op->attrs, attrs);
  return status;
}

/* Glue whose operand stayed inside of a region of rows: nobody needs it. */
static bool is_dead(const tsr_replay *r, const tsr_node *node) {
  for (int32_t i = 0; i < node->n_in; i++)
    if (r->value[node->in[i]].id == TSR_NO_VALUE.id) return true;
  return false;
}

/* Nodes are taken in the order of the groups. */
static tsr_status visit(void *ctx, tsr_replay *r, const tsr_node *at) {
  tsri_fuse_groups *groups = ctx;
  int32_t n = groups->order[at - r->graph->nodes], root = groups->group[n];
  const tsr_node *node = &r->graph->nodes[n];
  int32_t seed = groups->region[n];
  if (seed >= 0) return groups->last[seed] == n ? tsri_fuse_emit_rows(groups, seed, r) : TSR_OK;
  if (root >= 0 && groups->members[root] > 1)
    return root == n ? emit_region(groups, root, r) : TSR_OK;
  return is_dead(r, node) ? TSR_OK : copy_node(groups, r, node);
}

/* Broadcasts that were taken into loads are left without readers. */
static tsr_status drop_dead(tsr_graph *graph, tsr_graph **out) {
  tsr_status status = tsr_graph_rebuild(graph, 0, out);
  tsr_graph_release(graph);
  return status;
}

static tsr_status fuse_with(const tsr_graph *g, bool ends_only, tsr_graph **out) {
  *out = NULL;
  tsr_arena keep = {0};
  tsri_tables *tables;
  TSR_TRY(tsri_tables_of(g->registry, &tables));
  tsri_fuse_groups groups = {.watch = &tables->watch, .ends_only = ends_only};
  tsr_graph *made = NULL;
  tsr_status status = tsri_fuse_find_rows(g, &keep, &groups);
  if (status == TSR_OK) status = tsri_fuse_find(g, &keep, &groups);
  if (status == TSR_OK) status = tsr_graph_replay(g, visit, &groups, &made);
  tsr_arena_deinit(&keep);
  return status == TSR_OK ? drop_dead(made, out) : status;
}

tsr_status tsri_fuse(const tsr_graph *g, tsr_graph **out) { return fuse_with(g, false, out); }

tsr_status tsri_fuse_ends(const tsr_graph *g, tsr_graph **out) { return fuse_with(g, true, out); }
