/* suite_generated.c - the C and CUDA C text of every op and dtype, compiled for the host, gives
 * what the oracle says; and NVRTC makes machine code of it, where it is installed.
 */
#include "cuda_internal.h"
#include "expect.h"
#include "generated.h"
#include "holes.h"

#include <string.h>

#include "tsr/spi/graph.h"

#define COUNT(array) (int32_t)(sizeof(array) / sizeof(array)[0])

/* A sample with its expression. */
typedef struct probe {
  sample s;
  tsr_expr *expr;
  array in[SAMPLE_IN], out;
  expectation e;
} probe;

enum {
  PROBES = 2048
};

typedef struct run {
  stage *w;
  generated text, machine; /* all of it; and a part, as CUDA for NVRTC */
  probe *at;               /* [n] */
  int32_t n;
  sample_list lists[TSR_DTYPE_COUNT];
  bool opened[TSR_DTYPE_COUNT];
} run;

/* ---- expressions ---- */

static tsr_status output_of(stage *w, const sample *s, const array *in, array *out) {
  tsr_graph *graph = NULL;
  int64_t dims[16];
  TSR_TRY(stage_graph(w, s, in, &graph));
  const tsr_type *type = &graph->types[graph->nodes[0].out[0]];
  tsr_status status = TSR_OK;
  for (int32_t d = 0; d < type->rank && status == TSR_OK; d++)
    status = tsr_dim_eval(type->dims[d], NULL, &dims[d]);
  if (status == TSR_OK)
    status = array_make(w, type->dtype, (tsr_dims){dims, (size_t)type->rank}, out);
  tsr_graph_release(graph);
  return status;
}

/* The sample as an expression over the axes of its operands. */
static tsr_status express(const sample *s, const array *in, tsr_dtype dtype, tsr_expr **out) {
  tsr_dim dims[16];
  int32_t axes[16];
  tsr_expr_load loads[SAMPLE_IN];
  tsr_expr_step steps[SAMPLE_IN + 1];
  tsr_expr_out result = {s->n_in, NULL, 0};
  for (int32_t a = 0; a < in[0].rank; a++) {
    dims[a] = tsr_dim_of(in[0].dims[a]);
    axes[a] = a;
  }
  for (int32_t i = 0; i < s->n_in; i++) {
    loads[i] = (tsr_expr_load){in[i].dtype, in[i].rank, axes};
    steps[i] = (tsr_expr_step){
        NULL, NULL, in[i].dtype, {i, -1, -1}
    };
  }
  const bool reduces = s->op->family == TSR_FAMILY_REDUCTION;
  steps[s->n_in] = (tsr_expr_step){
      s->op, s->attrs, dtype, {0, s->n_in > 1 ? 1 : -1, s->n_in > 2 ? 2 : -1}
  };
  if (reduces) {
    const tsr_reduce_attrs *attrs = s->attrs;
    result = (tsr_expr_out){0, s->op, 0};
    for (size_t i = 0; i < attrs->axes.n; i++)
      result.reduced |= UINT64_C(1) << attrs->axes.data[i];
  }
  const tsr_expr form = {.rank = in[0].rank,
                         .dims = dims,
                         .n_inputs = s->n_in,
                         .inputs = loads,
                         .n_steps = s->n_in + !reduces,
                         .steps = steps,
                         .n_outputs = 1,
                         .outputs = &result};
  return tsr_expr_create(&form, NULL, out);
}

/* Indices are 32 and 64 bits wide in turn. */
static int32_t bits_of(int32_t number) { return number % 2 ? 64 : 32; }

static tsr_status add_probe(run *r, const sample *s, bool for_machine) {
  stage *w = r->w;
  probe *p = &r->at[r->n];
  *p = (probe){.s = *s};
  for (int32_t i = 0; i < s->n_in; i++)
    TSR_TRY(array_draw(w, s, i, (domain){0.1, 3, true}, true, &p->in[i]));
  TSR_TRY(output_of(w, s, p->in, &p->out));
  TSR_TRY(express(s, p->in, p->out.dtype, &p->expr));
  const int32_t number = r->n++;
  for (dialect d = 0; d < DIALECTS; d++)
    TSR_TRY(generated_add(&r->text, d, p->expr, number, bits_of(number)));
  if (for_machine)
    TSR_TRY(generated_add(&r->machine, DIALECT_CUDA, p->expr, number, bits_of(number)));
  const tsr_status status = expect(w, &p->s, p->in, &p->e);
  return status == TSR_ERR_NUMERIC ? TSR_OK : status; /* edge values divide by zero */
}

static void add_dtype(run *r, const tsr_op *op, tsr_dtype key) {
  sample_list *list = &r->lists[key];
  if (!(op->dtypes >> key & 1) || hole_find(HOLE_SAMPLES, op, key) != NULL) return;
  r->opened[key] = stage_ok(r->w, samples_open(r->w->registry, op, key, list), "samples");
  for (int32_t i = 0; r->opened[key] && i < list->n && r->n < PROBES; i++) {
    const sample *s = &list->at[i];
    const bool edges = s->in[0].fill == FILL_EDGES, reduces = op->family == TSR_FAMILY_REDUCTION;
    if (s->is_large || (!reduces && !edges && i > 1)) continue;
    stage_ok(r->w, add_probe(r, s, reduces ? i == 0 : edges), "%s of %s", s->name,
             tsr_dtype_name(key));
  }
}

/* ---- running ---- */

static const cut cuts[] = {
    {0, 1, 1, 0},
    {5, 0, 1, 0},
    {8, 0, 1, 0},
    {2, 1, 3, 5},
    {0, 0, 2, 0},
};

static const placing places[][2] = {
    {PLACE_C,        PLACE_C       },
    {PLACE_REVERSED, PLACE_PERMUTED},
    {PLACE_SPACED,   PLACE_REVERSED}
};

static tsr_status check_one(run *r, int32_t number, dialect d, const placing *place, cut how) {
  stage *w = r->w;
  probe *p = &r->at[number];
  tsr_view in[SAMPLE_IN], out;
  bool finding;
  for (int32_t i = 0; i < p->s.n_in; i++)
    TSR_TRY(array_place(w, &p->in[i], place[0], &in[i]));
  memset(p->out.data, 0xA5, p->out.size); /* so that nothing is right by chance */
  TSR_TRY(array_place(w, &p->out, place[1], &out));
  TSR_TRY(generated_run(w, &r->text, d, p->expr, number, bits_of(number), how, in, &out, &finding));
  if (d == DIALECT_CUDA) {
    w->n_checks++;
    if (finding != (p->e.n_out == 0))
      stage_fail(w, "%s of %s: %s", p->s.name, tsr_dtype_name(p->in[0].dtype),
                 finding ? "a finding where there is none" : "a missing finding");
  }
  if (p->e.n_out == 0) return TSR_OK;
  array_collect(&p->out, &out);
  expect_check(w, &p->s, &p->e, 0, &p->out, dialect_names[d]);
  return TSR_OK;
}

static void check_probe(run *r, int32_t number) {
  const probe *p = &r->at[number];
  const bool reduces = p->s.op->family == TSR_FAMILY_REDUCTION;
  for (dialect d = 0; d < DIALECTS; d++)
    for (int32_t l = 0; l < COUNT(places); l++)
      for (int32_t c = 0; c < (d == DIALECT_CUDA && reduces ? COUNT(cuts) : 1); c++)
        stage_ok(r->w, check_one(r, number, d, places[l], cuts[c]), "%s", p->s.name);
}

static void check_nvrtc(run *r, const tsr_op *op) {
  tsri_libraries all;
  tsr_gpu_image image;
  tsri_libraries_init(&all, &tsri_system_loader);
  if (tsri_library_need(&all, TSR_GPU_NVRTC) != TSR_OK) {
    stage_note(r->w, "NVRTC is not installed: %s", tsr_error_message());
  } else {
    r->machine.text[DIALECT_CUDA][r->machine.used[DIALECT_CUDA]] = 0;
    static const char *const options[] = {"-w"};
    const tsr_gpu_source source = {op->name, r->machine.text[DIALECT_CUDA], options, 1};
    if (stage_ok(r->w, tsri_compile(&all, 90, &source, &image), "NVRTC")) tsri_image_free(&image);
  }
  tsri_libraries_close(&all);
}

static void suite(stage *w, const tsr_op *op) {
  static probe probes[PROBES];
  run r = {.w = w, .at = probes};
  for (tsr_dtype key = 0; key < TSR_DTYPE_COUNT; key++)
    add_dtype(&r, op, key);
  if (w->n_failures == 0 && r.n > 0 && generated_build(w, &r.text, op->name)) {
    for (int32_t i = 0; i < r.n; i++)
      check_probe(&r, i);
    check_nvrtc(&r, op);
  }
  for (int32_t i = 0; i < r.n; i++)
    tsr_expr_release(r.at[i].expr);
  for (tsr_dtype key = 0; key < TSR_DTYPE_COUNT; key++)
    if (r.opened[key]) samples_close(&r.lists[key]);
  generated_close(&r.text);
  generated_close(&r.machine);
}

int main(int argc, char **argv) { return stage_main(argc, argv, suite, NULL); }
