/* suite_kernels.c - every kernel row of an op by itself, not just the one that is chosen.
 *
 * The reference row and all rows above it run on the same operands, in several layouts of
 * operands and results, and are compared with the oracle: so a plain row that a tuned one
 * hides, or that the runtime replaces by a view, is tested as well.
 */
#include "expect.h"
#include "holes.h"

#include <stdio.h>
#include <string.h>

#include "tsr/spi/graph.h"
#include "tsr/spi/kernels.h"

/* One application at constant sizes. */
typedef struct job {
  const sample *s;
  const tsr_node *node;
  array in[SAMPLE_IN], out[SAMPLE_OUT];
  tsr_type in_type[SAMPLE_IN], out_type[SAMPLE_OUT];
  tsr_view in_view[SAMPLE_IN], out_view[SAMPLE_OUT];
  array base[SAMPLE_OUT]; /* what the first row gave; judges ops the oracle does not know */
  bool has_base;
} job;

static tsr_status types_of(stage *w, const tsr_graph *graph, job *k) {
  for (int32_t i = 0; i < k->node->n_in; i++)
    k->in_type[i] = graph->types[k->node->in[i]];
  for (int32_t j = 0; j < k->node->n_out; j++) {
    const tsr_type *type = &graph->types[k->node->out[j]];
    int64_t dims[32];
    k->out_type[j] = *type;
    for (int32_t d = 0; d < type->rank; d++)
      TSR_TRY(tsr_dim_eval(type->dims[d], NULL, &dims[d]));
    TSR_TRY(array_make(w, type->dtype, (tsr_dims){dims, (size_t)type->rank}, &k->out[j]));
  }
  return TSR_OK;
}

/* Layouts of operands, and those of results to go with them. */
static const placing places[][2] = {
    {PLACE_C,        PLACE_C       },
    {PLACE_REVERSED, PLACE_PERMUTED},
    {PLACE_PERMUTED, PLACE_SPACED  },
    {PLACE_SPACED,   PLACE_REVERSED}
};

static tsr_status place_all(stage *w, job *k, size_t p) {
  for (int32_t i = 0; i < k->s->n_in; i++)
    TSR_TRY(array_place(w, &k->in[i], places[p][0], &k->in_view[i]));
  for (int32_t j = 0; j < k->s->n_out; j++) {
    memset(k->out[j].data, 0xA5, k->out[j].size); /* so that nothing is right by chance */
    TSR_TRY(array_place(w, &k->out[j], places[p][1], &k->out_view[j]));
  }
  return TSR_OK;
}

static tsr_status run(stage *w, const tsr_kernel *row, tsr_prepare *p, job *k, bool *numeric) {
  tsr_numeric found = {.batch = -1};
  tsr_call call = *p->call;
  void *made = NULL;
  TSR_TRY(tsr_arena_alloc(&w->arena, p->workspace + 64, &made));
  call.workspace = (void *)(((uintptr_t)made + 63) & ~(uintptr_t)63);
  call.state = p->state;
  call.numeric = &found;
  const tsr_status status = row->run(w->device->stream, &call, k->in_view, k->out_view);
  *numeric = found.error.code != TSR_OK;
  return status;
}

/* One row on one layout; false: it does not apply. */
static bool run_row(stage *w, const tsr_kernel *row, job *k, tsr_status *status, bool *numeric) {
  bool wanted[SAMPLE_OUT];
  int32_t alias[SAMPLE_OUT];
  tsr_view in[SAMPLE_IN], out[SAMPLE_OUT];
  const tsr_call call = {.op = k->s->op,
                         .attrs = k->node->attrs,
                         .n_in = k->s->n_in,
                         .n_out = k->s->n_out,
                         .in_type = k->in_type,
                         .out_type = k->out_type};
  for (int32_t i = 0; i < k->s->n_in; i++) {
    in[i] = k->in_view[i];
    in[i].data = NULL;
  }
  for (int32_t j = 0; j < k->s->n_out; j++) {
    out[j] = k->out_view[j];
    out[j].data = NULL;
    wanted[j] = true;
    alias[j] = -1;
  }
  tsr_prepare p = {
      .device = w->device, .call = &call, .in = in, .out = out, .wanted = wanted, .alias = alias};
  if (row->applies != NULL && !row->applies(row, &p)) return false;
  *status = row->prepare != NULL ? row->prepare(row, &p) : TSR_OK;
  if (*status == TSR_OK) *status = run(w, row, &p, k, numeric);
  if (p.release != NULL) p.release(p.state);
  return true;
}

static bool keep_base(stage *w, job *k) {
  for (int32_t j = 0; j < k->s->n_out; j++) {
    void *data;
    k->base[j] = k->out[j];
    if (!stage_ok(w, tsr_arena_copy(&w->arena, k->out[j].data, k->out[j].size, &data), "%s",
                  k->s->name))
      return false;
    k->base[j].data = data;
  }
  return true;
}

static void check_row(stage *w, const tsr_kernel *row, job *k, const expectation *e) {
  const size_t n = k->s->is_large ? 2 : sizeof places / sizeof *places;
  for (size_t p = 0; p < n; p++) {
    tsr_status status = place_all(w, k, p);
    bool numeric = false;
    char what[160];
    snprintf(what, sizeof what, "%s, operands %s, results %s", row->name,
             placing_names[places[p][0]], placing_names[places[p][1]]);
    if (status == TSR_OK && !run_row(w, row, k, &status, &numeric)) continue;
    if (!stage_ok(w, status, "%s, %s", k->s->name, what) || numeric) continue;
    for (int32_t j = 0; j < k->s->n_out; j++) {
      array_collect(&k->out[j], &k->out_view[j]);
      expect_check(w, k->s, e, j, &k->out[j], what);
      if (k->has_base) expect_agree(w, k->s, &k->out[j], &k->base[j], j, what);
    }
    if (!k->has_base && !e->is_known) k->has_base = keep_base(w, k);
  }
}

static tsr_status check_sample(stage *w, const sample *s, int32_t *n_rows) {
  job k = {.s = s};
  expectation e;
  tsr_graph *graph = NULL;
  const domain floats = {0.1, 3, true};
  for (int32_t i = 0; i < s->n_in; i++)
    TSR_TRY(array_draw(w, s, i, floats, true, &k.in[i]));
  TSR_TRY(expect(w, s, k.in, &e));
  TSR_TRY(stage_graph(w, s, k.in, &graph));
  k.node = &graph->nodes[0];
  const tsr_status status = types_of(w, graph, &k);
  const tsr_dtype out = graph->types[k.node->out[0]].dtype;
  const tsr_dtype key = s->op->key == TSR_KEY_OUTPUT ? out : s->in[s->op->key].dtype;
  const tsr_kernel *row;
  for (int32_t i = 0; status == TSR_OK && (row = tsr_runtime_kernel(w->rt, "cpu", s->op, i)); i++)
    if (row->dtypes >> key & 1 && (row->out_dtypes == 0 || row->out_dtypes >> out & 1)) {
      check_row(w, row, &k, &e);
      ++*n_rows;
    }
  tsr_graph_release(graph);
  return status;
}

static void suite(stage *w, const tsr_op *op) {
  int32_t n_rows = 0;
  for (tsr_dtype key = 0; key < TSR_DTYPE_COUNT; key++) {
    sample_list list;
    if (!(op->dtypes >> key & 1) || hole_find(HOLE_SAMPLES, op, key) != NULL) continue;
    if (stage_ok(w, samples_open(w->registry, op, key, &list), "samples"))
      for (int32_t i = 0; i < list.n; i++) {
        if (list.at[i].body != NULL || (STAGE_SMALL && list.at[i].is_large)) continue;
        stage_ok(w, check_sample(w, &list.at[i], &n_rows), "%s", list.at[i].name);
        tsr_arena_reset(&w->arena);
      }
    samples_close(&list);
  }
  if (n_rows == 0)
    stage_note(w, "the rows of %s run regions and are tested by suite values", op->name);
}

int main(int argc, char **argv) { return stage_main(argc, argv, suite, NULL); }
