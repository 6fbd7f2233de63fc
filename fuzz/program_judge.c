/* program_judge.c - the oracle, compiled programs of every kind and an eager scope agree. */
#include "program.h"

#include <string.h>

#include "tsr/spi/graph.h"

void draw_inputs(lab *l, source *s, const recipe *r, bool is_round, tsr_array *out) {
  for (int i = 0; i < N_INPUTS; i++)
    out[i] = lab_array(l, s, r->in[i].dtype, r->in[i].rank, r->in[i].dims, is_round,
                       is_round && source_once_in(s, 4));
}

tsr_value declare(tsr_builder *b, const declared *d, bool symbolic, const char *const *names) {
  tsr_dim dims[MAX_RANK];
  for (int32_t k = 0; k < d->rank; k++)
    dims[k] = symbolic && d->symbol[k] >= 0 ? tsr_dim_symbol(b, names[d->symbol[k]])
                                            : tsr_dim_of(d->dims[k]);
  return tsr_input(b, NULL, d->dtype, (tsr_shape){dims, (size_t)d->rank});
}

typedef struct traced {
  tsr_builder *b;
  tsr_value out[N_OUTPUTS];
  bool exact[N_OUTPUTS];
} traced;

static traced trace(lab *l, recipe *r, bool symbolic, bool first) {
  traced t;
  grower g;
  tsr_value in[N_INPUTS];
  item out[N_OUTPUTS];
  lab_ok(tsr_trace_open(l->rt, &t.b), "opening a trace");
  for (int k = 0; symbolic && k < N_SYMBOLS; k++) /* numbers them as the recipe does */
    (void)tsr_dim_symbol(t.b, symbol_names[k]);
  for (int i = 0; i < N_INPUTS; i++)
    in[i] = declare(t.b, &r->in[i], symbolic, symbol_names);
  program_grow(&g, r, l, t.b, in, first);
  program_outputs(&g, out);
  for (int j = 0; j < N_OUTPUTS; j++) {
    t.out[j] = out[j].v;
    t.exact[j] = out[j].exact;
  }
  return t;
}

static void print_text(const tsr_graph *graph) {
  char *text;
  size_t size;
  lab_ok(tsr_graph_text(graph, &text, &size), "printing a program");
  fprintf(stderr, "%s\n", text);
  tsr_free(text, size, 0);
}

static void by_oracle(lab *l, recipe *r, bool symbolic, const tsr_array *in, tsr_array *out,
                      bool *exact) {
  tsr_graph *graph;
  traced t = trace(l, r, symbolic, true);
  memcpy(exact, t.exact, sizeof t.exact);
  lab_ok(tsr_graph_builder_finish(t.b, tsr_values_of(t.out, N_OUTPUTS), NULL, NULL, &graph),
         "closing the graph");
  if (getenv("FUZZ_TRACE") != NULL) print_text(graph);
  lab_ok(tsr_oracle_run(graph, r->symbols, &l->arena, in, out), "the oracle");
  tsr_graph_release(graph);
}

static void compare_all(lab *l, const char *what, tsr_tensor **got, const tsr_array *want,
                        const bool *exact) {
  for (int j = 0; j < N_OUTPUTS; j++) {
    const tsr_array a = lab_read(l, got[j]);
    lab_compare(what, j, &a, &want[j], exact[j] ? 0 : TOLERANCE);
  }
}

/* ---- compiled ---- */

static void run_into(lab *l, source *s, const tsr_program *p, tsr_tensor **in,
                     const tsr_array *want, const bool *exact, const char *what) {
  lab_target targets[N_OUTPUTS];
  tsr_tensor *out[N_OUTPUTS];
  for (int j = 0; j < N_OUTPUTS; j++) {
    targets[j] = lab_target_open(l, s, want[j].dtype, want[j].rank, want[j].dims);
    out[j] = targets[j].tensor;
  }
  lab_ok(tsr_program_run_into(p, l->cpu, (tsr_tensor_list){in, N_INPUTS},
                              (tsr_tensor_list){out, N_OUTPUTS}),
         what);
  for (int j = 0; j < N_OUTPUTS; j++) {
    const tsr_array a = lab_target_close(l, &targets[j]);
    lab_compare(what, j, &a, &want[j], exact[j] ? 0 : TOLERANCE);
  }
}

static void run(lab *l, const tsr_program *p, tsr_tensor **in, const tsr_array *want,
                const bool *exact, const char *what) {
  tsr_tensor *out[N_OUTPUTS];
  const tsr_tensor_list list = {in, N_INPUTS};
  int64_t peak, before, live, high, reserved;
  lab_ok(tsr_program_peak(p, l->cpu, list, &peak), what);
  tsr_device_memory(l->cpu, &before, &high, &reserved);
  tsr_device_memory_reset(l->cpu);
  lab_ok(tsr_program_run(p, l->cpu, list, out, N_OUTPUTS), what);
  tsr_device_memory(l->cpu, &live, &high, &reserved);
  if (high - before != peak)
    FUZZ_FAIL("%s: the peak is %lld, not %lld", what, (long long)(high - before), (long long)peak);
  compare_all(l, what, out, want, exact);
  tsr_tensors_release(out, N_OUTPUTS);
}

static void compiled(lab *l, source *s, recipe *r, bool symbolic, const tsr_array *in,
                     const tsr_array *want, const tsr_compile_options *options, const char *what) {
  tsr_program *p;
  tsr_tensor *x[N_INPUTS];
  traced t = trace(l, r, symbolic, false);
  lab_ok(tsr_compile_with(t.b, tsr_values_of(t.out, N_OUTPUTS), options, &p), what);
  for (int twice = 0; twice < 2; twice++) {
    for (int i = 0; i < N_INPUTS; i++)
      x[i] =
          options->donated.n == 0 && twice == 0 ? lab_upload(l, s, &in[i]) : lab_dense(l, &in[i]);
    run(l, p, x, want, t.exact, what);
    if (options->donated.n == 0) run_into(l, s, p, x, want, t.exact, what);
    tsr_tensors_release(x, N_INPUTS);
  }
  tsr_program_release(p);
}

/* ---- eager ---- */

static void eagerly(lab *l, source *s, recipe *r, const tsr_array *in, const tsr_array *want) {
  grower g;
  tsr_builder *b;
  tsr_value v[N_INPUTS];
  tsr_tensor *x, *results[N_OUTPUTS];
  item out[N_OUTPUTS];
  bool exact[N_OUTPUTS];
  lab_ok(tsr_eager_open(l->rt, "cpu", &b), "opening a scope");
  for (int i = 0; i < N_INPUTS; i++) {
    x = lab_upload(l, s, &in[i]);
    v[i] = tsr_from_tensor(b, x);
    tsr_tensor_release(x);
  }
  program_grow(&g, r, l, b, v, false);
  program_outputs(&g, out);
  for (int j = 0; j < N_OUTPUTS; j++) {
    lab_ok(tsr_to_tensor(b, out[j].v, &results[j]), "eager");
    exact[j] = out[j].exact;
  }
  tsr_builder_close(b);
  compare_all(l, "eager", results, want, exact);
  tsr_tensors_release(results, N_OUTPUTS);
}

void judge(lab *l, source *s, recipe *r) {
  const struct {
    tsr_compile_options options;
    const char *name;
  } ways[] = {
      {{.keep_all = true},                  "as recorded"          },
      {{.no_fusion = true},                 "without fusion"       },
      {{0},                                 "fused"                },
      {{.donated = TSR_INPUTS(0, 1, 2, 3)}, "fused, inputs donated"}
  };
  tsr_array in[N_INPUTS], want[N_OUTPUTS];
  bool exact[N_OUTPUTS];
  draw_inputs(l, s, r, true, in);
  by_oracle(l, r, r->symbolic, in, want, exact);
  for (size_t k = 0; k < sizeof ways / sizeof *ways; k++)
    compiled(l, s, r, r->symbolic, in, want, &ways[k].options, ways[k].name);
  if (r->symbolic) compiled(l, s, r, false, in, want, &ways[2].options, "fused, sizes known");
  eagerly(l, s, r, in, want);
}
