/* suite_gradient.c - every op's derivatives: against differences, and against each other.
 *
 * For a sample f of active operands x, along random tangents t and u and cotangents w:
 *   jvp(f; t)            equals a difference of fourth order of f along t,
 *   <w, jvp(f; t)>       equals <vjp(f; w), t>, in the pairing Re(conj(a) b),
 *   jvp(jvp(f; t); u)    equals a difference of jvp(f; t) along u,
 *   <w, that>            equals <vjp(jvp(f; t); w), u>.
 * In the narrower dtypes the first and the third are compared with f64 and c128. A row that is
 * ZERO must give symbolic zeros, one that is NONE must be refused by name.
 */
#include "coverage.h"
#include "holes.h"

#include <math.h>
#include <string.h>

#include "tsr/ad.h"
#include "tsr/spi/transform.h"

/* Operands in the order in which programs take them. */
typedef struct problem {
  const sample *s;
  bool smooth;            /* f is finite, and f64 or c128 throughout: differences mean something */
  double eps;             /* of the coarsest dtype */
  bool reverse;           /* is there a reverse mode */
  int32_t n_in, n_x, n_y; /* operands, active operands, active outputs */
  int32_t x[SAMPLE_IN], y[SAMPLE_OUT];  /* which */
  array in[3 * SAMPLE_IN + SAMPLE_OUT]; /* operands, t, u, w */
} problem;

static int32_t t_at(const problem *p, int32_t i) { return p->s->n_in + i; }
static int32_t u_at(const problem *p, int32_t i) { return p->s->n_in + p->n_x + i; }
static int32_t w_at(const problem *p, int32_t j) { return p->s->n_in + 2 * p->n_x + j; }

/* ---- programs ---- */

typedef struct traced {
  tsr_value x[SAMPLE_IN], z[SAMPLE_OUT], y[SAMPLE_OUT], dy[SAMPLE_OUT];
} traced;

static tsr_values list(const tsr_value *v, int32_t n) { return tsr_values_of(v, (size_t)n); }

/* f and jvp(f; t), operands as in p->in. */
static tsr_status first_order(tsr_builder *b, const problem *p, const tsr_value *in, traced *out) {
  TSR_TRY(sample_emit(b, p->s, in, out->z));
  for (int32_t i = 0; i < p->n_x; i++)
    out->x[i] = in[p->x[i]];
  for (int32_t j = 0; j < p->n_y; j++)
    out->y[j] = out->z[p->y[j]];
  return tsr_jvp(b, list(out->y, p->n_y), list(out->x, p->n_x), list(&in[t_at(p, 0)], p->n_x),
                 out->dy);
}

/* jvp(f; t) alone, to be differenced along u. */
static tsr_status jvp_alone(tsr_builder *b, const void *ctx, const tsr_value *in, tsr_value *out) {
  traced v;
  const problem *p = ctx;
  TSR_TRY(first_order(b, p, in, &v));
  memcpy(out, v.dy, (size_t)p->n_y * sizeof *out);
  return tsr_builder_status(b);
}

/* The active outputs of f. */
static tsr_status f_alone(tsr_builder *b, const void *ctx, const tsr_value *in, tsr_value *out) {
  tsr_value z[SAMPLE_OUT];
  const problem *p = ctx;
  TSR_TRY(sample_emit(b, p->s, in, z));
  for (int32_t j = 0; j < p->n_y; j++)
    out[j] = z[p->y[j]];
  return tsr_builder_status(b);
}

/* dy, ddy; and with reverse mode vjp(f; w), vjp(dy; w). */
static tsr_status all(tsr_builder *b, const void *ctx, const tsr_value *in, tsr_value *out) {
  traced v;
  const problem *p = ctx;
  const int32_t m = p->n_y, n = p->n_x;
  TSR_TRY(first_order(b, p, in, &v));
  memcpy(out, v.dy, (size_t)m * sizeof *out);
  const tsr_values x = list(v.x, n), w = list(&in[w_at(p, 0)], m), dy = list(v.dy, m);
  TSR_TRY(tsr_jvp(b, dy, x, list(&in[u_at(p, 0)], n), out + m));
  if (!p->reverse) return tsr_builder_status(b);
  TSR_TRY(tsr_vjp(b, list(v.y, m), w, x, out + 2 * m));
  return tsr_vjp(b, dy, w, x, out + 2 * m + n);
}

/* ---- operands ---- */

#define STEP 1e-3 /* of differences */

static const domain domains[] = {
    {0.2, 0.9, true },
    {0.2, 0.9, false},
    {1.2, 2.5, false}
};

static tsr_status like(stage *w, const array *a, domain d, array *out) {
  const sample s = {.n_in = 1, .in = {{.dtype = a->dtype, .dims = {a->dims, (size_t)a->rank}}}};
  return array_draw(w, &s, 0, d, false, out);
}

static bool is_finite(const array *a) {
  for (int64_t n = 0; n < a->n; n++)
    if (!isfinite(array_get(a, n).re) || !isfinite(array_get(a, n).im)) return false;
  return true;
}

/* Which operands and outputs carry derivatives. */
static tsr_status classify(stage *w, problem *p) {
  tsr_graph *graph = NULL;
  p->n_x = p->n_y = 0;
  for (int32_t i = 0; i < p->s->n_in; i++)
    if (tsr_dtype_is_active(p->s->in[i].dtype)) p->x[p->n_x++] = i;
  p->eps = 0;
  for (int32_t i = 0; i < p->s->n_in; i++)
    p->eps = fmax(p->eps, dtype_eps(p->s->in[i].dtype));
  TSR_TRY(stage_graph(w, p->s, p->in, &graph));
  for (int32_t j = 0; j < p->s->n_out; j++) {
    const tsr_dtype dtype = graph->types[graph->outputs[j]].dtype;
    if (tsr_dtype_is_active(dtype)) p->y[p->n_y++] = j;
    p->eps = fmax(p->eps, dtype_eps(dtype));
  }
  tsr_graph_release(graph);
  return TSR_OK;
}

/* (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12 h along the operands from tangents on. */
static tsr_status difference(stage *w, const problem *p, stage_body f, int32_t tangents,
                             int32_t n_in, double h, array *out) {
  static const double steps[] = {-2, -1, 1, 2}, weights[] = {1, -8, 8, -1};
  array moved[3 * SAMPLE_IN + SAMPLE_OUT], y[SAMPLE_OUT];
  memcpy(moved, p->in, (size_t)n_in * sizeof *moved);
  for (int k = 0; k < 4; k++) {
    for (int32_t i = 0; i < p->n_x; i++) {
      const array *x = &p->in[p->x[i]], *t = &p->in[tangents + i];
      array *to = &moved[p->x[i]];
      TSR_TRY(array_make(w, x->dtype, (tsr_dims){x->dims, (size_t)x->rank}, to));
      for (int64_t n = 0; n < x->n; n++) {
        const tsr_cell a = array_get(x, n), b = array_get(t, n);
        array_set(to, n, (tsr_cell){a.re + steps[k] * h * b.re, a.im + steps[k] * h * b.im, 0});
      }
    }
    TSR_TRY(stage_compute(w, f, p, n_in, moved, p->n_y, y));
    for (int32_t j = 0; j < p->n_y; j++) {
      if (k == 0)
        TSR_TRY(array_make(w, y[j].dtype, (tsr_dims){y[j].dims, (size_t)y[j].rank}, &out[j]));
      for (int64_t n = 0; n < y[j].n; n++) {
        tsr_cell sum = array_get(&out[j], n);
        const tsr_cell v = array_get(&y[j], n);
        sum.re += weights[k] * v.re / (12 * h);
        sum.im += weights[k] * v.im / (12 * h);
        array_set(&out[j], n, sum);
      }
    }
  }
  return TSR_OK;
}

/* Functions made of pieces: an element within reach of a place where two pieces meet has
 * differences that depend on the step. Of elementwise functions such elements are drawn anew;
 * of those that compare elements with each other, all are.
 */
static bool has_pieces(const problem *p) {
  const tsr_op_family f = p->s->op->family;
  if (f == TSR_FAMILY_ELEMENTWISE) return p->n_y == 1 && p->n_x == p->s->n_in;
  return p->s->op->jvp == TSR_JVP_RULE &&
         (f == TSR_FAMILY_REDUCTION || f == TSR_FAMILY_CUMULATIVE || f == TSR_FAMILY_ORDERING);
}

/* Take element n from what was drawn anew; of functions that compare elements, all. */
static void replace(problem *p, const array *anew, int64_t n) {
  const bool one = p->s->op->family == TSR_FAMILY_ELEMENTWISE;
  for (int32_t k = 0; k < p->n_x; k++)
    for (int64_t i = one ? n : 0; i < (one ? n + 1 : anew[k].n); i++)
      array_set(&p->in[p->x[k]], i, array_get(&anew[k], i));
}

static tsr_status leave_kinks(stage *w, problem *p, domain d) {
  array coarse[SAMPLE_OUT], fine[SAMPLE_OUT], anew[SAMPLE_IN];
  bool found = has_pieces(p);
  for (int round = 0; found && round < 40; round++) {
    found = false;
    for (int32_t i = 0; i < 2; i++) { /* f moves along t, then its derivative along u */
      const int32_t along = i == 0 ? t_at(p, 0) : u_at(p, 0);
      TSR_TRY(difference(w, p, f_alone, along, p->s->n_in, STEP, coarse));
      TSR_TRY(difference(w, p, f_alone, along, p->s->n_in, STEP / 4, fine));
      for (int32_t k = 0; k < p->n_x; k++)
        TSR_TRY(array_draw(w, p->s, p->x[k], d, false, &anew[k]));
      for (int32_t j = 0; j < p->n_y; j++)
        for (int64_t n = 0; n < coarse[j].n; n++) {
          const tsr_cell a = array_get(&coarse[j], n), b = array_get(&fine[j], n);
          if (hypot(a.re - b.re, a.im - b.im) <= 1e-8 * (1 + hypot(b.re, b.im))) continue;
          found = true;
          replace(p, anew, n);
        }
    }
  }
  return TSR_OK;
}

/* Operands in the first domain where f is finite; then tangents and cotangents. */
static tsr_status draw_all(stage *w, problem *p) {
  const domain around_one = {0.3, 1, true};
  array y[SAMPLE_OUT];
  bool found = false;
  domain chosen = domains[0];
  for (size_t d = 0; d < sizeof domains / sizeof *domains && !found; d++) {
    chosen = domains[d];
    for (int32_t i = 0; i < p->s->n_in; i++)
      TSR_TRY(array_draw(w, p->s, i, chosen, false, &p->in[i]));
    if (d == 0) TSR_TRY(classify(w, p));
    TSR_TRY(stage_compute(w, f_alone, p, p->s->n_in, p->in, p->n_y, y));
    found = true;
    for (int32_t j = 0; j < p->n_y; j++)
      found = found && is_finite(&y[j]);
  }
  p->smooth = found && p->eps <= dtype_eps(TSR_F64);
  for (int32_t i = 0; i < p->n_x; i++) {
    TSR_TRY(like(w, &p->in[p->x[i]], around_one, &p->in[t_at(p, i)]));
    TSR_TRY(like(w, &p->in[p->x[i]], around_one, &p->in[u_at(p, i)]));
  }
  for (int32_t j = 0; j < p->n_y; j++)
    TSR_TRY(like(w, &y[j], around_one, &p->in[w_at(p, j)]));
  p->n_in = p->s->n_in + 2 * p->n_x + p->n_y;
  if (p->smooth) TSR_TRY(leave_kinks(w, p, chosen));
  return TSR_OK;
}

/* ---- checks ---- */

static void check_near(stage *w, const problem *p, const array *got, const array *want,
                       double tolerance, coverage_kind kind, const char *what) {
  for (int32_t j = 0; j < p->n_y; j++) {
    char a[80], b[80];
    int64_t n;
    w->n_checks++;
    if (got[j].n > 0) cover(w, kind);
    if (!array_close(&got[j], &want[j], tolerance, 1, &n))
      stage_fail(w, "%s, %s: output %d, element %lld is %s, not %s", p->s->name, what, p->y[j],
                 (long long)n, array_text(&got[j], n, a, sizeof a),
                 array_text(&want[j], n, b, sizeof b));
  }
}

/* sum of Re(conj(a) b) over n arrays, and of |a| |b| */
static double inner(int32_t n, const array *a, const array *b, double *size) {
  double sum = 0;
  for (int32_t i = 0; i < n; i++)
    for (int64_t k = 0; k < a[i].n; k++) {
      const tsr_cell x = array_get(&a[i], k), y = array_get(&b[i], k);
      sum += x.re * y.re + x.im * y.im;
      *size += hypot(x.re, x.im) * hypot(y.re, y.im);
    }
  return sum;
}

static void check_adjoint(stage *w, const problem *p, const array *dy, const array *back,
                          int32_t tangents, coverage_kind kind, const char *what) {
  double size = 1e-300;
  for (int32_t i = 0; i < p->n_x; i++)
    if (!array_same_type(&back[i], &p->in[p->x[i]])) {
      stage_fail(w, "%s, %s: the cotangent of operand %d has another type", p->s->name, what,
                 p->x[i]);
      return;
    }
  const double left = inner(p->n_y, &p->in[w_at(p, 0)], dy, &size);
  const double right = inner(p->n_x, back, &p->in[tangents], &size);
  w->n_checks++;
  if (p->in[w_at(p, 0)].n > 0) cover(w, kind);
  if (!(fabs(left - right) <= 32 * p->eps * size))
    stage_fail(w, "%s, %s: <w, J t> is %.17g, <J' w, t> is %.17g", p->s->name, what, left, right);
}

/* Does reverse mode name the op that has none? */
static void check_refused(stage *w, const problem *p) {
  problem q = *p;
  tsr_program *program = NULL;
  q.reverse = true;
  const tsr_status status =
      stage_compile(w, all, &q, p->n_in, p->in, 2 * (p->n_y + p->n_x), NULL, &program);
  w->n_checks++;
  if (status != TSR_ERR_NO_RULE || strstr(tsr_error_message(), p->s->op->name) == NULL)
    stage_fail(w, "%s: reverse mode should be ERR_NO_RULE with its name, not %s: %s", p->s->name,
               tsr_status_name(status), status == TSR_OK ? "" : tsr_error_message());
  tsr_program_release(program);
}

static void check_double(stage *w, problem *p) {
  array out[2 * (SAMPLE_IN + SAMPLE_OUT)], want[SAMPLE_OUT];
  const int32_t m = p->n_y, n = p->n_x, n_out = 2 * m + (p->reverse ? 2 * n : 0);
  if (!stage_ok(w, stage_compute(w, all, p, p->n_in, p->in, n_out, out), "%s", p->s->name)) return;
  if (p->smooth &&
      stage_ok(w, difference(w, p, f_alone, t_at(p, 0), p->s->n_in, STEP, want), "%s", p->s->name))
    check_near(w, p, out, want, 1e-7, COVER_JVP, "jvp against differences");
  if (p->smooth &&
      stage_ok(w, difference(w, p, jvp_alone, u_at(p, 0), p->s->n_in + p->n_x, STEP, want), "%s",
               p->s->name))
    check_near(w, p, out + m, want, 1e-6, COVER_SECOND, "jvp of jvp against differences");
  if (!p->reverse) {
    check_refused(w, p);
    return;
  }
  check_adjoint(w, p, out, out + 2 * m, t_at(p, 0), COVER_ADJOINT, "vjp");
  check_adjoint(w, p, out + m, out + 2 * m + n, u_at(p, 0), COVER_SECOND_ADJOINT, "vjp of jvp");
}

/* The same operands in f64 or c128. */
static tsr_status rounded_up(stage *w, const array *a, array *out) {
  TSR_TRY(array_make(w, dtype_wide(a->dtype), (tsr_dims){a->dims, (size_t)a->rank}, out));
  for (int64_t n = 0; n < a->n; n++)
    array_set(out, n, array_get(a, n));
  return TSR_OK;
}

/* What is narrower than f64 and c128: the jvp and its jvp against those, and the adjoints. */
static void check_narrow(stage *w, problem *p, const sample *wide) {
  problem q = *p;
  array out[2 * (SAMPLE_IN + SAMPLE_OUT)], of_wide[2 * SAMPLE_OUT];
  array want[2 * SAMPLE_OUT], got[2 * SAMPLE_OUT];
  const int32_t m = p->n_y, n = p->n_x, n_out = 2 * m + (p->reverse ? 2 * n : 0);
  tsr_status status = stage_compute(w, all, p, p->n_in, p->in, n_out, out);
  q.s = wide;
  q.reverse = false; /* its cotangents may have another dtype */
  for (int32_t i = 0; i < p->n_in && status == TSR_OK; i++)
    status = rounded_up(w, &p->in[i], &q.in[i]);
  if (status == TSR_OK) status = stage_compute(w, all, &q, p->n_in, q.in, 2 * m, of_wide);
  for (int32_t j = 0; j < 2 * m && status == TSR_OK; j++)
    status = rounded_up(w, &out[j], &got[j]);
  for (int32_t j = 0; j < 2 * m && status == TSR_OK; j++)
    status = rounded_up(w, &of_wide[j], &want[j]); /* an attribute may fix the dtype */
  if (!stage_ok(w, status, "%s", p->s->name)) return;
  check_near(w, p, got, want, 64 * p->eps, COVER_JVP, "jvp against f64");
  check_near(w, p, got + m, want + m, 256 * p->eps, COVER_SECOND, "jvp of jvp against f64");
  if (!p->reverse) return;
  check_adjoint(w, p, out, out + 2 * m, t_at(p, 0), COVER_ADJOINT, "vjp");
  check_adjoint(w, p, out + m, out + 2 * m + n, u_at(p, 0), COVER_SECOND_ADJOINT, "vjp of jvp");
}

static void check_sample(stage *w, const sample *s, const sample *wide) {
  problem p = {.s = s, .reverse = hole_find(HOLE_REVERSE, s->op, TSR_F64) == NULL};
  if (stage_ok(w, draw_all(w, &p), "%s", s->name) && p.n_x > 0 && p.n_y > 0) {
    if (wide == NULL)
      check_double(w, &p);
    else
      check_narrow(w, &p, wide);
  }
  tsr_arena_reset(&w->arena);
}

/* ---- rows without a derivative ---- */

/* Tangents of all outputs along all operands (or along a number, when there are none). */
static tsr_status push(tsr_builder *b, const sample *s, const tsr_value *in, tsr_value *out_t) {
  tsr_value z[SAMPLE_OUT], wrt[SAMPLE_IN], t[SAMPLE_IN];
  int32_t n = 0;
  for (int32_t i = 0; i < s->n_in; i++) {
    if (!tsr_dtype_is_active(s->in[i].dtype)) continue;
    wrt[n] = in[i];
    t[n++] = tsr_ones_like(b, in[i]);
  }
  if (n == 0) {
    wrt[0] = tsr_input(b, "alpha", TSR_F64, TSR_NO_SHAPE);
    t[n++] = tsr_ones_like(b, wrt[0]);
  }
  TSR_TRY(sample_emit(b, s, in, z));
  return tsr_pushforward(b, list(z, s->n_out), list(wrt, n), list(t, n), out_t);
}

static void check_without(stage *w, const sample *s) {
  tsr_builder *b;
  tsr_value in[SAMPLE_IN], out_t[SAMPLE_OUT];
  if (!stage_ok(w, tsr_trace_open(w->rt, &b), "%s", s->name)) return;
  for (int32_t i = 0; i < s->n_in; i++) {
    tsr_dim dims[16];
    for (size_t k = 0; k < s->in[i].dims.n; k++)
      dims[k] = tsr_dim_of(s->in[i].dims.data[k]);
    in[i] = tsr_input(b, NULL, s->in[i].dtype, (tsr_shape){dims, s->in[i].dims.n});
  }
  const tsr_status status = push(b, s, in, out_t);
  if (s->op->jvp == TSR_JVP_NONE && tsr_dtype_is_active(s->in[0].dtype)) {
    w->n_checks++;
    if (status != TSR_ERR_NO_RULE || strstr(tsr_error_message(), s->op->name) == NULL)
      stage_fail(w,
                 "%s: its row has no derivative, so it should be ERR_NO_RULE with its name, not %s",
                 s->name, tsr_status_name(status));
  } else if (stage_ok(w, status, "%s", s->name) && s->op->jvp == TSR_JVP_ZERO) {
    for (int32_t j = 0; j < s->n_out; j++)
      if (!tsr_value_is_zero(out_t[j]))
        stage_fail(w,
                   "%s: its row is locally constant, but the tangent of output %d is not "
                   "symbolic zero",
                   s->name, j);
  }
  tsr_builder_close(b);
}

/* ---- the suite ---- */

static bool has_derivative(const tsr_op *op) {
  return op->jvp == TSR_JVP_DERIVED || op->jvp == TSR_JVP_RULE;
}

static void check_dtype(stage *w, const tsr_op *op, tsr_dtype key, tsr_dtype wide_key) {
  sample_list samples, wide = {0};
  bool ok = stage_ok(w, samples_open(w->registry, op, key, &samples), "samples");
  if (wide_key != key)
    ok = stage_ok(w, samples_open(w->registry, op, wide_key, &wide), "samples") && ok;
  for (int32_t i = 0; ok && i < samples.n; i++) {
    const sample *s = &samples.at[i];
    if (s->is_large || s->is_choice || (s->n_in > 0 && s->in[0].fill == FILL_EDGES)) continue;
    if (!has_derivative(op))
      check_without(w, s);
    else if (wide_key == key)
      check_sample(w, s, NULL);
    else if (i < wide.n)
      check_sample(w, s, &wide.at[i]);
  }
  samples_close(&samples);
  if (wide_key != key) samples_close(&wide);
}

static void suite(stage *w, const tsr_op *op) {
  static const tsr_dtype dtypes[][2] = {
      {TSR_F64,  TSR_F64 },
      {TSR_C128, TSR_C128},
      {TSR_F32,  TSR_F64 },
      {TSR_C64,  TSR_C128},
      {TSR_F16,  TSR_F64 },
      {TSR_BF16, TSR_F64 },
      {TSR_I64,  TSR_I64 },
      {TSR_U64,  TSR_U64 },
      {TSR_BOOL, TSR_BOOL}
  };
  const int n = STAGE_SMALL ? 2 : 9;
  uint32_t tested = 0;
  for (int i = 0; i < n; i++) {
    w->key = dtypes[i][0];
    if (!(op->dtypes >> w->key & 1) || hole_find(HOLE_SAMPLES, op, w->key) != NULL) continue;
    check_dtype(w, op, w->key, dtypes[i][1]);
    if (has_derivative(op) && tsr_dtype_is_active(w->key)) tested |= UINT32_C(1) << w->key;
  }
  coverage_report(w, op, COVER_JVP, COVER_SECOND_ADJOINT, tested);
}

int main(int argc, char **argv) { return stage_main(argc, argv, suite, NULL); }
