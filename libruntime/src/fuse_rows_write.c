/* fuse_rows_write.c - a region of rows written down as one application of "fused". */
#include "fuse_rows.h"

#include <stdio.h>

#include "tsr/spi/expr.h"

typedef struct writer {
  const tsr_graph *g;
  const tsri_fuse_groups *groups;
  tsri_rows_loop loop;
  int32_t seed, n_nodes;
  const int32_t *nodes; /* [n_nodes] of the region, in order */
  bool *seen;           /* [n_values] used by others than the region and glue */
  int32_t n_loads, n_steps, n_outs;
  tsr_value *operands; /* [n_loads] */
  tsr_expr_load *loads;
  tsr_expr_step *steps;
  tsr_expr_out *outs;
  int32_t *results; /* [n_outs] values of the graph */
  tsr_replay *to;
} writer;

static bool is_member(const writer *w, int32_t node) {
  return node >= 0 && w->groups->region[node] == w->seed;
}

/* The member's value that glue hands on; otherwise v itself. */
static int32_t behind_glue(const writer *w, int32_t v) {
  int32_t x = v;
  while (w->g->def[x] >= 0 && !is_member(w, w->g->def[x]) &&
         tsri_rows_is_glue(&w->loop, &w->g->nodes[w->g->def[x]]))
    x = w->g->nodes[w->g->def[x]].in[0];
  return is_member(w, w->g->def[x]) ? x : v;
}

/* ---- operands ---- */

/* The loop axis along which axis k of a value lies; -1: it has size 1 where rows are made. */
static int32_t loop_axis(const tsri_rows_loop *loop, tsri_rows_class as, int32_t k) {
  if (as == TSRI_CLASS_FULL) return k;
  if (as == TSRI_CLASS_ROW1) return loop->reduced >> k & 1 ? -1 : k;
  for (int32_t a = 0, n = 0; a < loop->type->rank; a++)
    if (!(loop->reduced >> a & 1) && n++ == k) return a;
  return -1;
}

/* A row's operand without the axes of size 1 that the loop has not for it. */
static tsr_status squeeze(writer *w, int32_t source, const int32_t *along, tsr_value *out) {
  const tsr_type *type = &w->g->types[source];
  tsr_dim *dims;
  size_t rank = 0;
  *out = w->to->value[source];
  TSR_TRY(tsr_arena_alloc(&w->to->scratch, (size_t)type->rank * sizeof *dims, (void **)&dims));
  for (int32_t k = 0; k < type->rank; k++)
    if (along[k] >= 0) dims[rank++] = type->dims[k];
  if (rank == (size_t)type->rank) return TSR_OK;
  const tsr_reshape_attrs attrs = {
      .shape = {dims, rank}
  };
  return tsr_emit(w->to->to, tsr_op_core(TSR_OP_RESHAPE), &attrs, tsr_values_of(out, 1), out);
}

/* An operand from outside: load it, through its broadcast if it has one. */
static tsr_status add_load(writer *w, int32_t value) {
  const tsri_rows_class as = tsri_rows_classify(&w->loop, value);
  const int32_t maker = w->g->def[value];
  const bool broadcast =
      maker >= 0 && w->g->nodes[maker].op == tsr_op_core(TSR_OP_BROADCAST_IN_DIM);
  const tsr_node *node = broadcast ? &w->g->nodes[maker] : NULL;
  const int32_t source = node ? node->in[0] : value, i = w->n_loads++;
  const tsr_type *type = &w->g->types[source];
  int32_t *along, rank = 0;
  TSR_TRY(tsr_arena_alloc(&w->to->scratch, (size_t)type->rank * sizeof *along, (void **)&along));
  for (int32_t k = 0; k < type->rank; k++) {
    const tsr_broadcast_attrs *attrs = node ? node->attrs : NULL;
    along[k] = loop_axis(&w->loop, as, attrs ? (int32_t)attrs->axes.data[k] : k);
  }
  TSR_TRY(squeeze(w, source, along, &w->operands[i]));
  for (int32_t k = 0; k < type->rank; k++)
    if (along[k] >= 0) along[rank++] = along[k];
  w->loads[i] = (tsr_expr_load){.dtype = type->dtype, .rank = rank, .axes = along};
  w->steps[i] = (tsr_expr_step){
      .dtype = type->dtype, .arg = {i, -1, -1}
  };
  w->groups->step_of[value] = i;
  return TSR_OK;
}

static tsr_status add_loads(writer *w) {
  for (int32_t i = 0; i < w->n_nodes; i++) {
    const tsr_node *node = &w->g->nodes[w->nodes[i]];
    for (int32_t k = 0; k < node->n_in; k++) {
      const int32_t v = behind_glue(w, node->in[k]);
      if (!is_member(w, w->g->def[v]) && w->groups->step_of[v] < 0) TSR_TRY(add_load(w, v));
    }
  }
  w->n_steps = w->n_loads;
  return TSR_OK;
}

/* ---- steps and results ---- */

static void add_steps(writer *w) {
  for (int32_t i = 0; i < w->n_nodes; i++) {
    const tsr_node *node = &w->g->nodes[w->nodes[i]];
    tsr_expr_step step = {
        .op = node->op,
        .attrs = node->attrs,
        .dtype = w->g->types[node->out[0]].dtype,
        .arg = {-1, -1, -1}
    };
    for (int32_t k = 0; k < node->n_in; k++)
      step.arg[k] = w->groups->step_of[behind_glue(w, node->in[k])];
    w->groups->step_of[node->out[0]] = w->n_steps;
    w->steps[w->n_steps++] = step;
  }
}

/* Which values somebody outside of the region sees, looking through glue. */
static void find_seen(const writer *w) {
  const tsr_graph *g = w->g;
  for (int32_t i = 0; i < g->n_outputs; i++)
    w->seen[g->outputs[i]] = true;
  for (int32_t at = g->n_nodes; at-- > 0;) {
    const int32_t n = w->groups->order[at];
    const tsr_node *node = &g->nodes[n];
    if (is_member(w, n)) continue;
    const bool glue = tsri_rows_is_glue(&w->loop, node);
    for (int32_t k = 0; k < node->n_in; k++)
      w->seen[node->in[k]] |= !glue || w->seen[node->out[0]];
  }
}

static void add_results(writer *w) {
  for (int32_t i = 0; i < w->n_nodes; i++) {
    const int32_t v = w->g->nodes[w->nodes[i]].out[0];
    if (!w->seen[v]) continue;
    const bool full = tsri_rows_classify(&w->loop, v) == TSRI_CLASS_FULL;
    w->results[w->n_outs] = v;
    w->outs[w->n_outs++] =
        (tsr_expr_out){.step = w->groups->step_of[v], .reduced = full ? 0 : w->loop.reduced};
  }
}

/* Leave step_of as it was found: all -1. */
static void forget_steps(const writer *w) {
  for (int32_t i = 0; i < w->n_nodes; i++) {
    const tsr_node *node = &w->g->nodes[w->nodes[i]];
    w->groups->step_of[node->out[0]] = -1;
    for (int32_t k = 0; k < node->n_in; k++)
      w->groups->step_of[behind_glue(w, node->in[k])] = -1;
  }
}

/* ---- the application ---- */

static tsr_status emit(writer *w, const tsr_expr *expr) {
  tsr_value *made;
  TSR_TRY(tsr_arena_alloc(&w->to->scratch, (size_t)w->n_outs * sizeof *made, (void **)&made));
  const tsr_fused_attrs attrs = {.expr = &expr->object};
  const tsr_values list = tsr_values_of(w->operands, (size_t)w->n_loads);
  TSR_TRY(tsr_emit(w->to->to, tsr_op_core(TSR_OP_FUSED), &attrs, list, made));
  for (int32_t j = 0; j < w->n_outs; j++) {
    const int32_t v = w->results[j];
    const tsr_type *type = &w->g->types[v];
    if (tsri_rows_classify(&w->loop, v) == TSRI_CLASS_ROW1) {
      const tsr_reshape_attrs shape = {
          .shape = {type->dims, (size_t)type->rank}
      };
      TSR_TRY(tsr_emit(w->to->to, tsr_op_core(TSR_OP_RESHAPE), &shape, tsr_values_of(&made[j], 1),
                       &made[j]));
    }
    w->to->value[v] = made[j];
  }
  return TSR_OK;
}

/* "rows of f64[n, 8] over 1 axes: reduce_max, sub, exp" */
static TSR_COLD void log_region(const writer *w) {
  char type[160], names[1024] = "";
  size_t used = 0;
  for (int32_t i = 0; i < w->n_nodes && used < sizeof names; i++) {
    const int k = snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "",
                           w->g->nodes[w->nodes[i]].op->name);
    used += k > 0 ? (size_t)k : 0;
  }
  tsri_log_write(w->groups->watch, TSRI_LOG_FUSE, "rows of %s, %d operands, %d results: %s",
                 tsr_type_format(w->loop.type, type, sizeof type), (int)w->n_loads, (int)w->n_outs,
                 names);
}

static tsr_status allocate(writer *w) {
  tsr_arena *arena = &w->to->scratch;
  const size_t nodes = (size_t)w->n_nodes, most = nodes * 4; /* at most three operands each */
  TSR_TRY(tsr_arena_alloc(arena, (size_t)w->g->n_values, (void **)&w->seen));
  TSR_TRY(tsr_arena_alloc(arena, most * sizeof *w->operands, (void **)&w->operands));
  TSR_TRY(tsr_arena_alloc(arena, most * sizeof *w->loads, (void **)&w->loads));
  TSR_TRY(tsr_arena_alloc(arena, most * sizeof *w->steps, (void **)&w->steps));
  TSR_TRY(tsr_arena_alloc(arena, nodes * sizeof *w->outs, (void **)&w->outs));
  return tsr_arena_alloc(arena, nodes * sizeof *w->results, (void **)&w->results);
}

/* Its nodes lie together: n of them in front of and with the last one. */
static void find_nodes(writer *w) {
  const int32_t *order = w->groups->order, last = w->groups->last[w->seed];
  int32_t end = 0;
  while (order[end] != last)
    end++;
  int32_t begin = end;
  while (begin > 0 && is_member(w, order[begin - 1]))
    begin--;
  w->nodes = order + begin;
  w->n_nodes = end + 1 - begin;
}

tsr_status tsri_fuse_emit_rows(const tsri_fuse_groups *groups, int32_t seed, tsr_replay *to) {
  writer w = {.g = to->graph,
              .groups = groups,
              .loop = tsri_rows_loop_of(to->graph, seed),
              .seed = seed,
              .to = to};
  find_nodes(&w);
  TSR_TRY(allocate(&w));
  TSR_TRY(add_loads(&w));
  add_steps(&w);
  find_seen(&w);
  add_results(&w);
  forget_steps(&w);
  if (groups->watch->topics & TSRI_LOG_FUSE) log_region(&w);
  const tsr_expr form = {.rank = w.loop.type->rank,
                         .dims = w.loop.type->dims,
                         .n_inputs = w.n_loads,
                         .n_steps = w.n_steps,
                         .n_outputs = w.n_outs,
                         .inputs = w.loads,
                         .steps = w.steps,
                         .outputs = w.outs};
  tsr_expr *expr;
  TSR_TRY(tsr_expr_create(&form, w.g->space, &expr));
  tsr_status status = emit(&w, expr);
  tsr_expr_release(expr);
  return status;
}
