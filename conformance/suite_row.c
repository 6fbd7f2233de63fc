/* suite_row.c - is everything there that a row promises: rules, samples, reference kernels. */
#include "holes.h"
#include "stage.h"

#include <stdio.h>

#include "tsr/spi/graph.h"
#include "tsr/spi/kernels.h"

static void require(stage *w, const tsr_op *op, bool there, const char *what) {
  w->n_checks++;
  if (!there) stage_fail(w, "%s has no %s", op->name, what);
}

/* A rule that must be there unless a hole explains why not. */
static void require_or_explain(stage *w, const tsr_op *op, bool there, hole_kind kind,
                               const char *what) {
  const char *why = hole_find(kind, op, TSR_F64);
  if (there && why != NULL)
    stage_fail(w, "%s has its %s after all: take its entry out of holes.c", op->name, what);
  else if (why != NULL)
    stage_note(w, "%s has no %s: %s", op->name, what, why);
  else
    require(w, op, there, what);
}

static void check_rules(stage *w, const tsr_op *op) {
  const tsr_rules *rules = tsr_registry_rules(w->registry, tsr_registry_index(w->registry, op));
  require(w, op, op->synopsis != NULL && op->synopsis[0] != 0, "synopsis");
  require(w, op, rules->infer != NULL, "infer rule");
  if (op->n_outputs < 0) require(w, op, rules->count != NULL, "count rule");
  require_or_explain(w, op, op->jvp != TSR_JVP_NONE, HOLE_JVP, "derivative");
  if (op->jvp == TSR_JVP_RULE) require(w, op, rules->jvp != NULL, "jvp rule");
  require_or_explain(w, op, rules->batch != NULL, HOLE_BATCH, "batch rule");
  if (op->lin == TSR_LIN_JOINT || op->lin == TSR_LIN_EACH)
    require(w, op, rules->transpose != NULL, "transpose rule");
  else if (op->lin == TSR_LIN_REGION)
    require_or_explain(w, op, rules->transpose != NULL, HOLE_TRANSPOSE, "transpose rule");
}

/* ---- kernels ---- */

/* The plain row: priority 0, for every layout. */
static const tsr_kernel *reference(stage *w, const tsr_op *op, tsr_dtype key, tsr_dtype out) {
  const tsr_kernel *row;
  for (int32_t i = 0; (row = tsr_runtime_kernel(w->rt, "cpu", op, i)) != NULL; i++)
    if (row->priority == 0 && row->applies == NULL && row->dtypes >> key & 1 &&
        (row->out_dtypes == 0 || row->out_dtypes >> out & 1))
      return row;
  return NULL;
}

/* The output dtypes that samples of the op have. */
static uint32_t outputs_of(stage *w, const sample_list *list, const tsr_op *op) {
  uint32_t outputs = 0;
  for (int32_t i = 0; i < list->n; i++) {
    const sample *s = &list->at[i];
    array in[SAMPLE_IN];
    tsr_graph *graph = NULL;
    tsr_status status = TSR_OK;
    for (int32_t k = 0; k < s->n_in && status == TSR_OK; k++)
      status = array_make(w, s->in[k].dtype, s->in[k].dims, &in[k]);
    if (status == TSR_OK) status = stage_graph(w, s, in, &graph);
    if (!stage_ok(w, status, "%s: tracing", s->name)) break;
    for (int32_t n = 0; n < graph->n_nodes; n++)
      if (graph->nodes[n].op == op)
        outputs |= UINT32_C(1) << graph->types[graph->nodes[n].out[0]].dtype;
    tsr_graph_release(graph);
    tsr_arena_reset(&w->arena);
  }
  if (outputs == 0 && list->n > 0)
    stage_fail(w, "no sample of %s for %s contains it", op->name, tsr_dtype_name(list->key));
  return outputs;
}

static void check_kernels(stage *w, const tsr_op *op, tsr_dtype key) {
  sample_list list;
  const char *why = hole_find(HOLE_KERNEL, op, key);
  if (stage_ok(w, samples_open(w->registry, op, key, &list), "samples")) {
    const uint32_t outputs = outputs_of(w, &list, op);
    for (tsr_dtype out = 0; out < TSR_DTYPE_COUNT; out++) {
      if (!(outputs >> out & 1)) continue;
      const tsr_kernel *row = reference(w, op, op->key == TSR_KEY_OUTPUT ? out : key, out);
      w->n_checks++;
      if (row == NULL && why == NULL)
        stage_fail(w, "%s has no cpu kernel of priority 0 for every layout: key %s, output %s",
                   op->name, tsr_dtype_name(key), tsr_dtype_name(out));
      if (row != NULL && why != NULL)
        stage_fail(w, "%s has a kernel for %s after all: take its entry out of holes.c", op->name,
                   tsr_dtype_name(key));
    }
  }
  samples_close(&list);
}

static void suite(stage *w, const tsr_op *op) {
  const char *last = NULL;
  check_rules(w, op);
  for (tsr_dtype key = 0; key < TSR_DTYPE_COUNT; key++) {
    if (!(op->dtypes >> key & 1)) continue;
    const char *why = hole_find(HOLE_SAMPLES, op, key);
    if (why == NULL) check_kernels(w, op, key);
    if (why == NULL) why = hole_find(HOLE_KERNEL, op, key);
    if (why != NULL && why != last)
      stage_note(w, "%s, from %s: %s", op->name, tsr_dtype_name(key), why);
    last = why;
  }
}

int main(int argc, char **argv) { return stage_main(argc, argv, suite, NULL); }
