/* fold.c - work on constants is done once, when the program is compiled.
 *
 * Small applications whose operands are all constants are gathered in a graph without
 * inputs, which is planned and run on a host device like any program: so a folded value
 * has the bits the program would have computed. Nothing is folded that may fail at run
 * time, that grows (iota, broadcasts: a kernel reads those for free), or when no backend
 * of the runtime computes in host memory.
 */
#include "passes.h"
#include "program.h"

#include "tsr/spi/literal.h"
#include "tsr/spi/replay.h"

enum {
  LARGEST = 64 /* elements of a folded value */
};

/* A pass over one graph; arrays by value number. */
typedef struct fold {
  const tsr_graph *g;
  tsr_arena arena;
  bool *known;          /* computed from constants alone */
  bool *asked;          /* and read by something that is not */
  tsr_object **literal; /* what roots turned out to be */
  int32_t *root;        /* [n_roots] the asked values that nodes other than constants make */
  int32_t n_roots;
  tsri_tables *tables;
} fold;

static bool is_small(const tsr_type *type) {
  int64_t n = 1;
  for (int32_t k = 0; k < type->rank; k++) {
    if (!tsr_dim_is_const(type->dims[k]) || type->dims[k].n > LARGEST) return false;
    n *= type->dims[k].n;
    if (n > LARGEST) return false;
  }
  return true;
}

static bool is_constant(const tsr_node *node) { return node->op == tsr_op_core(TSR_OP_CONSTANT); }

/* May this application be run while compiling, given constant operands? */
static bool may_fold(const tsr_graph *g, const tsr_node *node) {
  const tsr_op *op = node->op;
  if (op->effect != TSR_EFFECT_PURE || node->n_in == 0) return false;
  if (op->family == TSR_FAMILY_CONTROL || op->family == TSR_FAMILY_EXTENSION) return false;
  if (op == tsr_op_core(TSR_OP_BROADCAST_IN_DIM)) return false;
  for (int32_t j = 0; j < node->n_out; j++)
    if (!is_small(&g->types[node->out[j]])) return false;
  return true;
}

static void find_known(fold *f) {
  for (int32_t n = 0; n < f->g->n_nodes; n++) {
    const tsr_node *node = &f->g->nodes[n];
    bool known = is_constant(node) || may_fold(f->g, node);
    for (int32_t i = 0; i < node->n_in; i++)
      known = known && f->known[node->in[i]];
    for (int32_t j = 0; j < node->n_out; j++)
      f->known[node->out[j]] = known;
    for (int32_t i = 0; i < node->n_in && !known; i++)
      f->asked[node->in[i]] = true;
  }
  for (int32_t i = 0; i < f->g->n_outputs; i++)
    f->asked[f->g->outputs[i]] = true;
}

static void find_roots(fold *f) {
  for (int32_t v = 0; v < f->g->n_values; v++) {
    int32_t n = f->g->def[v];
    if (f->known[v] && f->asked[v] && n >= 0 && !is_constant(&f->g->nodes[n]))
      f->root[f->n_roots++] = v;
  }
}

static bool is_known(const fold *f, const tsr_node *node) {
  return node->n_out > 0 && f->known[node->out[0]];
}

static tsr_status visit_known(void *ctx, tsr_replay *r, const tsr_node *node) {
  return is_known(ctx, node) ? tsr_replay_node(r, node, NULL) : TSR_OK;
}

/* The known part as a program without inputs. */
static tsr_status compile_known(fold *f, tsr_program **out) {
  tsr_builder *b;
  tsr_value *outputs;
  TSR_TRY(tsri_plan_array(&f->arena, sizeof *outputs, f->n_roots, &outputs));
  TSR_TRY(tsr_graph_builder_create(f->g->registry, f->g->space, NULL, &b));
  tsr_status status =
      tsr_graph_replay_on(b, f->g, NULL, visit_known, f, f->n_roots, f->root, outputs);
  if (status != TSR_OK) {
    tsr_builder_close(b);
    return status;
  }
  const tsr_compile_options as_it_is = {.keep_all = true};
  const tsr_values list = tsr_values_of(outputs, (size_t)f->n_roots);
  return tsri_compile_program(b, list, &as_it_is, TSRI_FOR_FOLDING, out);
}

static tsr_status keep_literal(tsr_tensor *t, tsr_object **out) {
  _Alignas(16) char bytes[LARGEST * 16];
  size_t size = (size_t)tsr_tensor_count(t) * tsr_dtype_size(tsr_tensor_dtype(t));
  tsr_dims dims = {tsr_tensor_dims(t), (size_t)tsr_tensor_rank(t)};
  tsr_literal *literal;
  TSR_TRY(tsr_tensor_read(t, bytes, size));
  TSR_TRY(tsr_literal_create(tsr_tensor_dtype(t), dims, bytes, &literal));
  *out = &literal->object;
  return TSR_OK;
}

static tsr_status compute(fold *f, tsr_device *device) {
  tsr_program *program = NULL;
  tsr_tensor **out;
  size_t n = (size_t)f->n_roots;
  TSR_TRY(tsri_plan_array(&f->arena, sizeof *out, f->n_roots, &out));
  tsr_status status = compile_known(f, &program);
  const tsr_tensor_list nothing = {NULL, 0};
  if (status == TSR_OK) status = tsr_program_run(program, device, nothing, out, n);
  for (size_t r = 0; r < n && status == TSR_OK; r++)
    status = keep_literal(out[r], &f->literal[f->root[r]]);
  tsr_tensors_release(out, n);
  tsr_program_release(program);
  return status;
}

static void drop_literals(const fold *f) {
  for (int32_t r = 0; r < f->n_roots; r++)
    tsr_object_release(f->literal[f->root[r]]);
}

/* Literals in place of what was computed. */
static tsr_status visit(void *ctx, tsr_replay *r, const tsr_node *node) {
  fold *f = ctx;
  if (!is_known(f, node) || is_constant(node)) return tsr_replay_node(r, node, NULL);
  for (int32_t j = 0; j < node->n_out; j++) {
    const tsr_constant_attrs attrs = {f->literal[node->out[j]]};
    if (attrs.tensor)
      r->value[node->out[j]] =
          tsr_emit1(r->to, tsr_op_core(TSR_OP_CONSTANT), &attrs, TSR_NO_VALUES);
  }
  return TSR_OK;
}

/* A device that computes in host memory; NULL when the runtime has none. */
static tsr_device *host_device(fold *f) {
  tsr_device *device;
  if (tsri_tables_of(f->g->registry, &f->tables) != TSR_OK) return NULL;
  for (const tsri_backend *at = f->tables->first; at; at = at->next)
    if (at->backend->computes_on_host &&
        tsri_tables_device(f->tables, at->backend->name, &device) == TSR_OK)
      return device;
  return NULL;
}

static tsr_status fold_graph(fold *f, tsr_graph **out) {
  const tsr_graph *g = f->g;
  TSR_TRY(tsri_plan_array(&f->arena, sizeof *f->known, g->n_values, &f->known));
  TSR_TRY(tsri_plan_array(&f->arena, sizeof *f->asked, g->n_values, &f->asked));
  TSR_TRY(tsri_plan_array(&f->arena, sizeof(tsr_object *), g->n_values, &f->literal));
  TSR_TRY(tsri_plan_array(&f->arena, sizeof *f->root, g->n_values, &f->root));
  find_known(f);
  find_roots(f);
  tsr_device *device = f->n_roots ? host_device(f) : NULL;
  tsr_status status = device ? compute(f, device) : TSR_ERR_UNSUPPORTED;
  if (status == TSR_ERR_NOMEM) return status;
  if (status == TSR_OK) {
    TSRI_LOG(&f->tables->watch, TSRI_LOG_FOLD, "%d values are computed while compiling",
             (int)f->n_roots);
    return tsr_graph_replay(g, visit, f, out);
  }
  /* nothing to fold, nobody to do it, or it fails: then it shall fail when it is run */
  *out = tsr_graph_retain((tsr_graph *)(uintptr_t)g);
  return TSR_OK;
}

tsr_status tsri_fold(const tsr_graph *graph, tsr_graph **out) {
  *out = NULL;
  fold f = {.g = graph};
  tsr_status status = fold_graph(&f, out);
  drop_literals(&f);
  tsr_arena_deinit(&f.arena);
  return status;
}
