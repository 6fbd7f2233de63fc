/* compile.c - from a trace to a program: the list of passes. */
#include "passes.h"
#include "program.h"

#include <string.h>

#include "tsr/spi/expr.h"

typedef struct pass {
  tsr_stage stage; /* what its result is shown as */
  tsr_status (*run)(const tsr_graph *graph, tsr_graph **out);
} pass;

static tsr_status rebuild(const tsr_graph *graph, tsr_graph **out) {
  return tsr_graph_rebuild(graph, TSR_REBUILD_ALL, out);
}

/* Folding opens the way to further simplification. */
static tsr_status optimise(const tsr_graph *graph, tsr_graph **out) {
  *out = NULL;
  tsr_graph *rebuilt, *folded;
  TSR_TRY(rebuild(graph, &rebuilt));
  tsr_status status = tsri_fold(rebuilt, &folded);
  tsr_graph_release(rebuilt);
  TSR_TRY(status);
  if (folded == rebuilt) {
    *out = folded;
    return TSR_OK;
  }
  status = rebuild(folded, out);
  tsr_graph_release(folded);
  return status;
}

/* In order; each takes what the one before gave. */
static const pass passes[] = {
    {TSR_STAGE_OPTIMISED, optimise },
    {TSR_STAGE_FUSED,     tsri_fuse},
};

static bool is_wanted(const tsr_compile_options *options, tsr_stage stage) {
  if (options->keep_all) return false;
  return stage != TSR_STAGE_FUSED || !options->no_fusion;
}

/* Stage 0 is there; fill in the others. */
static tsr_status run_passes(tsr_program *program) {
  tsr_graph *now = program->stage[TSR_STAGE_TRACED];
  for (size_t i = 0; i < sizeof passes / sizeof *passes; i++) {
    tsr_graph *next = NULL;
    if (is_wanted(&program->options, passes[i].stage)) {
      TSR_TRY(passes[i].run(now, &next));
    } else {
      next = tsr_graph_retain(now);
    }
    tsr_graph_release(program->stage[passes[i].stage]);
    program->stage[passes[i].stage] = next;
    now = next;
  }
  return TSR_OK;
}

static void program_deinit(void *self) {
  tsr_program *program = self;
  if (program->has_cache) tsri_plan_cache_deinit(&program->cache);
  if (program->donated)
    tsr_free(program->donated, (size_t)tsr_program_inputs(program) * sizeof(bool), 0);
  for (int i = 0; i < 3; i++)
    tsr_graph_release(program->stage[i]);
}

static const tsr_class program_class = {"program", sizeof(tsr_program), program_deinit, NULL, NULL};

TSR_OBJECT_DEFINE(tsr_program)

/* The list as marks on the inputs. */
static tsr_status mark_donated(tsr_program *program, tsr_input_list list) {
  int32_t n = tsr_program_inputs(program);
  program->options.donated = (tsr_input_list){NULL, 0};
  if (!list.n) return TSR_OK;
  if (!list.data)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "compile: %zu donated inputs, but no list", list.n);
  for (size_t i = 0; i < list.n; i++)
    if (list.data[i] < 0 || list.data[i] >= n)
      return TSR_FAIL(TSR_ERR_ARGUMENT, "compile: input %d is donated, the program has %d",
                      (int)list.data[i], (int)n);
  void *made;
  TSR_TRY(tsr_alloc((size_t)n * sizeof(bool), 0, &made));
  program->donated = memset(made, 0, (size_t)n * sizeof(bool));
  for (size_t i = 0; i < list.n; i++)
    program->donated[list.data[i]] = true;
  return TSR_OK;
}

static tsr_status fill(tsr_program *program, tsr_builder *b, tsr_values outputs,
                       const tsr_compile_options *options) {
  if (options) program->options = *options;
  TSR_TRY(tsr_graph_builder_finish(b, outputs, NULL, NULL, &program->stage[TSR_STAGE_TRACED]));
  TSR_TRY(mark_donated(program, program->options.donated));
  TSR_TRY(tsri_tables_of(program->stage[TSR_STAGE_TRACED]->registry, &program->tables));
  TSR_TRY(tsri_plan_cache_init(&program->cache, program->options.max_plans));
  program->has_cache = true;
  return run_passes(program);
}

tsr_status tsr_compile_with(tsr_builder *b, tsr_values outputs, const tsr_compile_options *options,
                            tsr_program **out) {
  *out = NULL;
  if (!b) return TSR_FAIL(TSR_ERR_ARGUMENT, "compile: builder is NULL");
  if (!tsr_builder_is_trace(b)) {
    tsr_builder_close(b);
    return TSR_FAIL(TSR_ERR_ARGUMENT, "compile: an eager builder records nothing to compile");
  }
  void *made = NULL;
  tsr_status status = tsr_object_create(&program_class, &made);
  if (status != TSR_OK) {
    tsr_builder_close(b);
    return status;
  }
  status = fill(made, b, outputs, options);
  if (status != TSR_OK) {
    tsr_object_release(made);
    return status;
  }
  *out = made;
  return TSR_OK;
}

tsr_status tsr_compile(tsr_builder *b, tsr_values outputs, tsr_program **out) {
  return tsr_compile_with(b, outputs, NULL, out);
}

int32_t tsr_program_inputs(const tsr_program *program) {
  return program ? program->stage[TSR_STAGE_TRACED]->n_inputs : 0;
}
int32_t tsr_program_outputs(const tsr_program *program) {
  return program ? program->stage[TSR_STAGE_TRACED]->n_outputs : 0;
}

static int32_t count_fused(const tsr_node *node, const char *op) {
  if (node->op != tsr_op_core(TSR_OP_FUSED)) return 0;
  const tsr_fused_attrs *a = node->attrs;
  const tsr_expr *e = (const tsr_expr *)(const void *)a->expr;
  int32_t n = 0;
  for (int32_t s = 0; s < e->n_steps; s++)
    n += e->steps[s].op && !strcmp(e->steps[s].op->name, op);
  for (int32_t j = 0; j < e->n_outputs; j++)
    n += e->outputs[j].reduce && !strcmp(e->outputs[j].reduce->name, op);
  return n;
}

static int32_t count_graph(const tsr_graph *g, const char *op) {
  int32_t n = 0;
  for (int32_t i = 0; i < g->n_nodes; i++) {
    const tsr_node *node = &g->nodes[i];
    const tsr_graph *region;
    n += !strcmp(node->op->name, op) + count_fused(node, op);
    for (int32_t k = 0; (region = tsr_attr_graph(node->op->attrs, node->attrs, k)); k++)
      n += count_graph(region, op);
  }
  return n;
}

int32_t tsr_program_count(const tsr_program *program, const char *op) {
  return program && op ? count_graph(program->stage[TSR_STAGE_FUSED], op) : 0;
}

static tsr_status stage_of(const tsr_program *program, tsr_stage stage, const tsr_graph **out) {
  *out = NULL;
  if (!program) return TSR_FAIL(TSR_ERR_ARGUMENT, "program: it is NULL");
  if ((unsigned)stage > TSR_STAGE_FUSED)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "program: %d is no stage", (int)stage);
  *out = program->stage[stage];
  return TSR_OK;
}

tsr_status tsr_program_text(const tsr_program *program, tsr_stage stage, char **out, size_t *size) {
  *out = NULL;
  *size = 0;
  const tsr_graph *g = NULL;
  TSR_TRY(stage_of(program, stage, &g));
  return tsr_graph_text(g, out, size);
}

tsr_status tsr_program_dot(const tsr_program *program, tsr_stage stage, char **out, size_t *size) {
  *out = NULL;
  *size = 0;
  const tsr_graph *g = NULL;
  TSR_TRY(stage_of(program, stage, &g));
  return tsr_graph_dot(g, out, size);
}

tsr_status tsr_program_svg(const tsr_program *program, tsr_stage stage, char **out, size_t *size) {
  *out = NULL;
  *size = 0;
  const tsr_graph *g = NULL;
  TSR_TRY(stage_of(program, stage, &g));
  return tsr_graph_svg(g, out, size);
}
