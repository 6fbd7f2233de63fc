/* rule_check.c - hold derivative rules against formulas, on random operands. */
#include "rule_bench.h"
#include "tsr_test.h"

#include <math.h>
#include <string.h>

#include "tsr/ops.h"

/* ---- transpose ---- */

static double inner(const tsr_array *x, const tsr_array *y) {
  double sum = 0;
  assert_int_equal(x->n, y->n);
  for (int64_t n = 0; n < x->n; n++)
    sum += x->at[n].re * y->at[n].re + x->at[n].im * y->at[n].im;
  return sum;
}

/* The transpose rule as a graph: all operands and ct in, one cotangent per linear input out. */
static tsr_graph *transposed(tsr_bench *w, const tsr_case *c, const tsr_array *x,
                             const tsr_array *ct, const bool *linear) {
  tsr_value v[MAX_OPERANDS], own[MAX_OPERANDS], in_ct[MAX_OPERANDS], out[MAX_OPERANDS];
  tsr_type types[MAX_OPERANDS];
  int32_t n = 0;
  tsr_bench_trace(w);
  for (int32_t i = 0; i < c->n_in; i++) {
    own[i] = tsr_bench_input(w, &x[i]);
    types[i] = tsr_bench_type(w, x[i].dtype, x[i].rank, x[i].dims);
    v[i] = linear[i] ? TSR_NO_VALUE : own[i];
    in_ct[i] = TSR_NO_VALUE;
  }
  const tsr_value ct_value = tsr_bench_input(w, ct);
  tsr_call call = tsr_bench_call(w, c, types);
  call.in = v;
  const tsr_status status = tsr_bench_rules(w, c)->transpose(w->b, &call, linear, &ct_value, in_ct);
  if (status != TSR_OK) fail_msg("%s: %s", c->name, tsr_error_message());
  for (int32_t i = 0; i < c->n_in; i++)
    if (linear[i]) out[n++] = tsr_value_is_zero(in_ct[i]) ? tsr_zeros_like(w->b, own[i]) : in_ct[i];
  return tsr_bench_finish(w, c->name, out, n);
}

static void check_subset(tsr_bench *w, const tsr_case *c, const bool *linear) {
  const tsr_op *op = tsr_op_core(c->op);
  tsr_array x[MAX_OPERANDS + 1], y, back[MAX_OPERANDS];
  for (int32_t i = 0; i < c->n_in; i++) {
    x[i] = tsr_bench_operand(w, &c->in[i]);
    const bool held = op->lin == TSR_LIN_EACH || !tsr_op_is_linear_in(op, i);
    if (!linear[i] && !held) x[i] = tsr_bench_zeros(w, &x[i]);
  }
  tsr_bench_run(w, c, x, &y);
  const tsr_array ct = tsr_bench_array(w, y.dtype, y.rank, y.dims, 0, 0);
  tsr_graph *graph = transposed(w, c, x, &ct, linear);
  x[c->n_in] = ct;
  assert_ok(tsr_oracle_run(graph, NULL, &w->arena, x, back));
  tsr_graph_release(graph);
  double right = 0, scale = 1e-300;
  for (int32_t i = 0, n = 0; i < c->n_in; i++) {
    if (!linear[i]) continue;
    if (back[n].rank != x[i].rank || back[n].dtype != x[i].dtype ||
        memcmp(back[n].dims, x[i].dims, (size_t)x[i].rank * sizeof *x[i].dims) != 0)
      fail_msg("%s: the cotangent of input %d has another type", c->name, i);
    right += inner(&back[n], &x[i]);
    scale += sqrt(inner(&back[n], &back[n]) * inner(&x[i], &x[i]));
    n++;
  }
  const double left = inner(&ct, &y);
  if (!(fabs(left - right) <= 1e-12 * scale))
    fail_msg("%s: <w, A x> = %.17g, but <A^T w, x> = %.17g", c->name, left, right);
}

void tsr_check_transpose(const tsr_case *c) {
  const tsr_op *op = tsr_op_core(c->op);
  tsr_bench w;
  tsr_bench_open(&w);
  for (uint32_t mask = 1; mask < UINT32_C(1) << c->n_in; mask++) {
    bool linear[MAX_OPERANDS];
    bool stated = op->lin == TSR_LIN_JOINT || (mask & (mask - 1)) == 0;
    for (int32_t i = 0; i < c->n_in; i++) {
      linear[i] = mask >> i & 1;
      stated = stated && (!linear[i] || tsr_op_is_linear_in(op, i));
    }
    if (stated) check_subset(&w, c, linear);
  }
  tsr_bench_close(&w);
}

/* ---- jvp ---- */

void tsr_check_jvp(const tsr_case *c) {
  const double h = 1e-6;
  tsr_bench w;
  tsr_value v[MAX_OPERANDS], t[MAX_OPERANDS], z[2], out_t[2] = {TSR_NO_VALUE, TSR_NO_VALUE};
  tsr_type types[MAX_OPERANDS];
  tsr_array x[2 * MAX_OPERANDS], moved[MAX_OPERANDS], dz[2], z1[2], z2[2];
  tsr_bench_open(&w);
  tsr_bench_trace(&w);
  for (int32_t i = 0; i < c->n_in; i++) {
    x[i] = tsr_bench_operand(&w, &c->in[i]);
    v[i] = tsr_bench_input(&w, &x[i]);
    types[i] = tsr_bench_type(&w, x[i].dtype, x[i].rank, x[i].dims);
  }
  for (int32_t i = 0; i < c->n_in; i++) {
    x[c->n_in + i] = tsr_bench_operand(&w, &c->in[i]);
    t[i] = tsr_bench_input(&w, &x[i]);
  }
  tsr_call call = tsr_bench_call(&w, c, types);
  assert_ok(tsr_emit(w.b, call.op, c->attrs, tsr_values_of(v, (size_t)c->n_in), z));
  call.in = v;
  call.out = z;
  if (tsr_bench_rules(&w, c)->jvp(w.b, &call, t, out_t) != TSR_OK)
    fail_msg("%s: %s", c->name, tsr_error_message());
  tsr_graph *graph = tsr_bench_finish(&w, c->name, out_t, call.n_out);
  assert_ok(tsr_oracle_run(graph, NULL, &w.arena, x, dz));
  tsr_graph_release(graph);
  for (int side = -1; side <= 1; side += 2) {
    for (int32_t i = 0; i < c->n_in; i++) {
      moved[i] = tsr_bench_zeros(&w, &x[i]);
      for (int64_t n = 0; n < x[i].n; n++) { /* integers stay */
        moved[i].at[n] = x[i].at[n];
        moved[i].at[n].re += side * h * x[c->n_in + i].at[n].re;
      }
    }
    tsr_bench_run(&w, c, moved, side < 0 ? z1 : z2);
  }
  for (int32_t j = 0; j < call.n_out; j++)
    for (int64_t n = 0; n < dz[j].n; n++) {
      const double quotient = (z2[j].at[n].re - z1[j].at[n].re) / (2 * h);
      if (!(fabs(dz[j].at[n].re - quotient) <= 1e-8))
        fail_msg("%s: dz[%lld] = %g, difference quotient %g", c->name, (long long)n, dz[j].at[n].re,
                 quotient);
    }
  tsr_bench_close(&w);
}
