/* kernels.c - every kernel row of an op on a backend by itself, not just the one that is chosen.
 *
 * The reference row and all rows above it run on the same operands, in several layouts of
 * operands and results, and are compared with the oracle: so a plain row that a tuned one
 * hides, or that the runtime replaces by a view, is tested as well.
 */
#include "kernels.h"

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

/* ---- operands and results where the device sees them ---- */

/* A view in memory of the device: the bytes between its first and its last element. */
typedef struct mirror {
  tsr_view view;
  char *host;
  void *data;
  size_t size;
} mirror;

static tsr_status mirror_open(stage *w, const tsr_view *view, mirror *m) {
  const tsr_backend *backend = w->device->backend;
  const int64_t element = (int64_t)tsr_dtype_size(view->dtype);
  int64_t low = 0, high = 0;
  *m = (mirror){.view = *view};
  if (w->device->is_host || tsr_view_count(view) == 0) return TSR_OK;
  TSR_TRY(tsr_layout_extent(view->rank, view->dims, view->strides, &low, &high));
  m->host = (char *)view->data + low * element;
  m->size = (size_t)((high - low + 1) * element);
  TSR_TRY(backend->alloc(w->device->stream, m->size, &m->data));
  m->view.data = (char *)m->data - low * element;
  return backend->upload(w->device->stream, m->data, m->host, m->size);
}

static tsr_status mirror_read(stage *w, const mirror *m) {
  if (!m->data) return TSR_OK;
  return w->device->backend->download(w->device->stream, m->host, m->data, m->size);
}

static void mirror_close(stage *w, const mirror *m) {
  if (m->data) w->device->backend->free(w->device->stream, m->data, m->size);
}

/* Workspace of the device, or of the arena. */
static tsr_status workspace_open(stage *w, size_t size, void **out) {
  if (!w->device->is_host) return w->device->backend->alloc(w->device->stream, size + 64, out);
  void *made = NULL;
  TSR_TRY(tsr_arena_alloc(&w->arena, size + 64, &made));
  *out = (void *)(((uintptr_t)made + 63) & ~(uintptr_t)63);
  return TSR_OK;
}

static void workspace_close(stage *w, void *data, size_t size) {
  if (data && !w->device->is_host) w->device->backend->free(w->device->stream, data, size + 64);
}

static tsr_status run_on_mirrors(stage *w, const tsr_kernel *row, const tsr_call *call,
                                 const mirror *m) {
  tsr_view in[SAMPLE_IN], out[SAMPLE_OUT];
  for (int32_t i = 0; i < call->n_in; i++)
    in[i] = m[i].view;
  for (int32_t j = 0; j < call->n_out; j++)
    out[j] = m[call->n_in + j].view;
  TSR_TRY(row->run(w->device->stream, call, in, out));
  for (int32_t j = 0; j < call->n_out; j++)
    TSR_TRY(mirror_read(w, &m[call->n_in + j]));
  return w->device->is_host ? TSR_OK : tsr_stream_wait(w->device->stream);
}

static tsr_status run(stage *w, const tsr_kernel *row, tsr_prepare *p, job *k, bool *numeric) {
  tsr_numeric found = {.batch = -1};
  tsr_call call = *p->call;
  mirror m[SAMPLE_IN + SAMPLE_OUT] = {{.data = NULL}};
  tsr_status status = workspace_open(w, p->workspace, &call.workspace);
  call.state = p->state;
  call.numeric = &found;
  for (int32_t i = 0; i < call.n_in && status == TSR_OK; i++)
    status = mirror_open(w, &k->in_view[i], &m[i]);
  for (int32_t j = 0; j < call.n_out && status == TSR_OK; j++)
    status = mirror_open(w, &k->out_view[j], &m[call.n_in + j]);
  if (status == TSR_OK) status = run_on_mirrors(w, row, &call, m);
  for (int32_t i = 0; i < call.n_in + call.n_out; i++)
    mirror_close(w, &m[i]);
  workspace_close(w, call.workspace, p->workspace);
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
    for (int32_t j = 0; j < k->s->n_out; j++)
      array_collect(&k->out[j], &k->out_view[j]);
    expect_check_all(w, k->s, e, k->out, what);
  }
}

static tsr_status check_sample(stage *w, const char *backend, const sample *s, int32_t *n_rows) {
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
  for (int32_t i = 0; status == TSR_OK && (row = tsr_runtime_kernel(w->rt, backend, s->op, i)); i++)
    if (row->dtypes >> key & 1 && (row->out_dtypes == 0 || row->out_dtypes >> out & 1)) {
      check_row(w, row, &k, &e);
      ++*n_rows;
    }
  tsr_graph_release(graph);
  return status;
}

/* What is large takes long on an emulated device: one dtype of every size there. */
static bool takes_large(const stage *w, tsr_dtype key) {
  const uint32_t some =
      TSR_BIT(I8) | TSR_BIT(BF16) | TSR_BIT(F32) | TSR_BIT(I64) | TSR_BIT(F64) | TSR_BIT(C128);
  return !STAGE_SMALL && (w->device->is_host || some >> key & 1);
}

void kernels_check(stage *w, const tsr_op *op, const char *backend, uint32_t dtypes) {
  int32_t n_rows = 0;
  for (tsr_dtype key = 0; key < TSR_DTYPE_COUNT; key++) {
    sample_list list;
    if (!(op->dtypes & dtypes & UINT32_C(1) << key) || hole_find(HOLE_SAMPLES, op, key) != NULL)
      continue;
    if (stage_ok(w, samples_open(w->registry, op, key, &list), "samples"))
      for (int32_t i = 0; i < list.n; i++) {
        if (list.at[i].body != NULL || (list.at[i].is_large && !takes_large(w, key))) continue;
        stage_ok(w, check_sample(w, backend, &list.at[i], &n_rows), "%s", list.at[i].name);
        tsr_arena_reset(&w->arena);
      }
    samples_close(&list);
  }
  const char *why = hole_find(HOLE_ROWS, op, TSR_F64);
  if (n_rows > 0 && why != NULL)
    stage_fail(w, "rows of %s were run after all: take its entry out of holes.c", op->name);
  if (n_rows == 0 && why == NULL && w->device->is_host)
    stage_fail(w, "no row of %s was run: add a sample, or an entry to holes.c", op->name);
  if (n_rows == 0 && why != NULL) printf("* %s: %s\n", op->name, why);
}
