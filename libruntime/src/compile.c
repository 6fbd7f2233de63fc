/* compile.c - from a trace to a program: the list of passes. */
#include "passes.h"
#include "program.h"

#include <stdio.h>
#include <string.h>

#include "tsr/spi/expr.h"

enum {
  NO_STAGE = -1
};

typedef struct pass {
  const char *name; /* of its dumps and its event in a profile */
  tsr_status (*run)(const tsr_graph *graph, tsr_graph **out);
  int stage;          /* what its result is shown as, or NO_STAGE */
  bool after_changes; /* there is nothing to do when the pass before changed nothing */
} pass;

static tsr_status rebuild(const tsr_graph *graph, tsr_graph **out) {
  return tsr_graph_rebuild(graph, TSR_REBUILD_ALL, out);
}

/* In order; each takes what the one before gave. Folding opens the way to simplify again. */
static const pass passes[] = {
    {"simplified", rebuild,   NO_STAGE,            false},
    {"folded",     tsri_fold, NO_STAGE,            false},
    {"optimised",  rebuild,   TSR_STAGE_OPTIMISED, true },
    {"fused",      tsri_fuse, TSR_STAGE_FUSED,     false},
};

static bool is_wanted(const tsr_compile_options *options, const pass *p, bool changed) {
  if (options->keep_all || (p->after_changes && !changed)) return false;
  return p->stage != TSR_STAGE_FUSED || !options->no_fusion;
}

static tsr_status run_pass(const tsr_program *program, const pass *p, const tsr_graph *graph,
                           tsr_graph **out) {
  tsri_watch *watch = &program->tables->watch;
  int64_t begin = watch->profile ? tsri_profile_now() : 0;
  TSR_TRY(p->run(graph, out));
  if (watch->profile) {
    char args[128];
    snprintf(args, sizeof args, "\"program\": %d, \"nodes\": %d, \"nodes_before\": %d",
             (int)program->number, (int)(*out)->n_nodes, (int)graph->n_nodes);
    tsri_profile_add(watch->profile, "compile", p->name, begin, args);
  }
  if (program->number) tsri_dump_graph(watch, program->number, p->name, *out);
  return TSR_OK;
}

static void keep_stage(tsr_program *program, int stage, tsr_graph *graph) {
  if (stage == NO_STAGE) return;
  tsr_graph_release(program->stage[stage]);
  program->stage[stage] = tsr_graph_retain(graph);
}

/* Stage 0 is there; fill in the others. */
static tsr_status run_passes(tsr_program *program) {
  tsr_graph *now = tsr_graph_retain(program->stage[TSR_STAGE_TRACED]);
  bool changed = false;
  for (size_t i = 0; i < sizeof passes / sizeof *passes; i++) {
    tsr_graph *next = NULL;
    if (is_wanted(&program->options, &passes[i], changed)) {
      tsr_status status = run_pass(program, &passes[i], now, &next);
      if (status != TSR_OK) {
        tsr_graph_release(now);
        return status;
      }
    } else {
      next = tsr_graph_retain(now);
    }
    changed = next != now;
    tsr_graph_release(now);
    now = next;
    keep_stage(program, passes[i].stage, now);
  }
  tsr_graph_release(now);
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
                       const tsr_compile_options *options, tsri_compile_for whom) {
  if (options) program->options = *options;
  TSR_TRY(tsr_graph_builder_finish(b, outputs, NULL, NULL, &program->stage[TSR_STAGE_TRACED]));
  TSR_TRY(mark_donated(program, program->options.donated));
  TSR_TRY(tsri_tables_of(program->stage[TSR_STAGE_TRACED]->registry, &program->tables));
  TSR_TRY(tsri_plan_cache_init(&program->cache, program->options.max_plans));
  program->has_cache = true;
  tsri_watch *watch = &program->tables->watch;
  if (whom == TSRI_FOR_USER) {
    program->number = tsri_dump_number(watch);
    tsri_dump_graph(watch, program->number, "traced", program->stage[TSR_STAGE_TRACED]);
  }
  return run_passes(program);
}

tsr_status tsri_compile_program(tsr_builder *b, tsr_values outputs,
                                const tsr_compile_options *options, tsri_compile_for whom,
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
  status = fill(made, b, outputs, options, whom);
  if (status != TSR_OK) {
    tsr_object_release(made);
    return status;
  }
  *out = made;
  return TSR_OK;
}

tsr_status tsr_compile_with(tsr_builder *b, tsr_values outputs, const tsr_compile_options *options,
                            tsr_program **out) {
  return tsri_compile_program(b, outputs, options, TSRI_FOR_USER, out);
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
