/* ops/control_while.c - while (test(x)) x = body(x): types, forward mode, and the surface. */
#include "ops/control_while_internal.h"

static tsr_status count(const tsr_call *c, int32_t *out_n) {
  const tsr_while_attrs *a = c->attrs;
  if (a->n_consts < 0 || a->n_consts > c->n_in)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "while: %d consts of %d operands", (int)a->n_consts,
                    (int)c->n_in);
  *out_n = c->n_in - (int32_t)a->n_consts;
  return TSR_OK;
}

static tsr_status infer(const tsr_call *c, tsr_type *out) {
  const tsr_while_attrs *a = c->attrs;
  const tsr_graph *test, *body;
  TSR_TRY(tsri_region(c, "test", a->test, &test));
  TSR_TRY(tsri_region(c, "body", a->body, &body));
  TSR_TRY(tsri_check_region(c, "test", test, c->n_in, c->in_type));
  TSR_TRY(tsri_check_region(c, "body", body, c->n_in, c->in_type));
  tsr_type flag = {TSR_BOOL, 0, NULL};
  if (test->n_outputs != 1)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "while: test gives %d values, must give 1",
                    (int)test->n_outputs);
  TSR_TRY(tsri_check_region_type(c, "output of test", 0, &test->types[test->outputs[0]], &flag));
  if (body->n_outputs != c->n_out)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "while: body gives %d values for %d carries",
                    (int)body->n_outputs, (int)c->n_out);
  for (int32_t j = 0; j < c->n_out; j++) {
    out[j] = c->in_type[a->n_consts + j];
    TSR_TRY(
        tsri_check_region_type(c, "carry out of body", j, &body->types[body->outputs[j]], &out[j]));
  }
  return TSR_OK;
}

tsri_loop tsri_while_loop(const tsr_call *c) {
  const tsr_while_attrs *a = c->attrs;
  int32_t n_consts = (int32_t)a->n_consts, n_carry = c->n_in - n_consts;
  return (tsri_loop){.body = tsr_object_as_graph(a->body),
                     .n_consts = n_consts,
                     .n_carry = n_carry,
                     .n_in = c->n_in,
                     .n_out = n_carry};
}

const tsr_graph *tsri_while_test(const tsr_call *c) {
  return tsr_object_as_graph(((const tsr_while_attrs *)c->attrs)->test);
}

tsr_status tsri_while_emit(tsr_builder *b, tsr_graph *test, tsr_graph *body, int32_t n_consts,
                           const tsr_value *in, tsr_value *out) {
  tsr_while_attrs attrs = {.test = &test->object, .body = &body->object, .n_consts = n_consts};
  tsr_status status = tsr_emit(b, tsr_op_core(TSR_OP_WHILE), &attrs,
                               tsr_values_of(in, (size_t)body->n_inputs), out);
  tsr_graph_release(test);
  tsr_graph_release(body);
  return status;
}

/* ---- derivatives ---- */

typedef struct forward {
  tsri_loop l;
  bool *active, *active_out;
  int32_t *place, *pick;
  int32_t extra[2], total;
  tsr_value *in, *out;
} forward;

static tsr_status prepare(forward *f, const tsr_call *c, const tsr_value *t) {
  tsr_arena *arena = c->context->arena;
  f->l = tsri_while_loop(c);
  TSR_TRY(TSRI_NEW(arena, c->n_in, &f->active));
  TSR_TRY(TSRI_NEW(arena, c->n_out, &f->active_out));
  TSR_TRY(TSRI_NEW(arena, 2 * c->n_in, &f->place));
  TSR_TRY(TSRI_NEW(arena, 2 * c->n_out, &f->pick));
  TSR_TRY(TSRI_NEW(arena, 2 * c->n_in, &f->in));
  TSR_TRY(TSRI_NEW(arena, 2 * c->n_out, &f->out));
  for (int32_t i = 0; i < c->n_in; i++)
    f->active[i] = !tsr_value_is_zero(t[i]);
  TSR_TRY(tsri_loop_reach(&f->l, TSRI_REACH_TANGENT, f->active, f->active_out));
  const int32_t sizes[2] = {f->l.n_consts, f->l.n_carry};
  f->total = tsri_interleave(2, sizes, f->active, f->place, f->extra);
  return TSR_OK;
}

/* Both regions take (consts, tangents | carry, tangents); the test looks at primals only. */
static tsr_status regions(forward *f, const tsr_call *c, tsr_graph **test, tsr_graph **body) {
  tsr_arena *arena = c->context->arena;
  tsr_graph *doubled;
  tsr_type *types;
  TSR_TRY(tsr_graph_jvp(f->l.body, f->active, f->active_out, &doubled));
  tsr_status status = tsri_permute(arena, doubled, f->place, doubled->n_outputs, NULL, body);
  tsr_graph_release(doubled);
  TSR_TRY(status);
  status = tsri_input_types(arena, *body, &types);
  if (status == TSR_OK)
    status = tsri_rewire(tsri_while_test(c), f->total, types, f->place, 1, NULL, test);
  if (status != TSR_OK) tsr_graph_release(*body);
  return status;
}

tsr_status tsri_while_both(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out,
                           tsr_value *out_t) {
  forward f;
  tsr_graph *test, *body;
  TSR_TRY(prepare(&f, c, t));
  TSR_TRY(regions(&f, c, &test, &body));
  for (int32_t i = 0, k = 0; i < c->n_in; i++) {
    f.in[f.place[i]] = c->in[i];
    if (f.active[i]) f.in[f.place[c->n_in + k++]] = tsri_materialise(b, t[i], &c->in_type[i]);
  }
  TSR_TRY(tsri_while_emit(b, test, body, f.l.n_consts + f.extra[0], f.in, f.out));
  for (int32_t j = 0, n = c->n_out; j < c->n_out; j++) {
    out[j] = f.out[j];
    out_t[j] = f.active_out[j] ? f.out[n++] : TSR_ZERO_VALUE;
  }
  return TSR_OK;
}

static tsr_status jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  tsr_value *out;
  TSR_TRY(TSRI_NEW(c->context->arena, c->n_out, &out));
  return tsri_while_both(b, c, t, out, out_t);
}

static tsr_status refuse_reverse(void) {
  return TSR_FAIL(TSR_ERR_NO_RULE,
                  "while: reverse mode needs the number of rounds, which is not known before it "
                  "runs; use scan with a fixed length, or forward mode");
}

static tsr_status linearize(tsr_builder *b, const tsr_call *c, const tsr_value *t,
                            tsr_value *out_t) {
  forward f;
  (void)b;
  TSR_TRY(prepare(&f, c, t));
  for (int32_t j = 0; j < c->n_out; j++) {
    if (f.active_out[j] && !tsr_value_is_zero(out_t[j])) return refuse_reverse();
    out_t[j] = TSR_ZERO_VALUE;
  }
  return TSR_OK;
}

static tsr_status transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                            const tsr_value *ct, tsr_value *in_ct) {
  (void)b, (void)c, (void)linear, (void)ct, (void)in_ct;
  return refuse_reverse();
}

/* Carries neither read afterwards nor needed by test or body go. */
static tsr_status prune(tsr_builder *b, const tsr_call *c, const bool *live, tsr_value *out) {
  tsri_loop l = tsri_while_loop(c);
  const tsr_graph *test = tsri_while_test(c);
  tsr_arena *arena = c->context->arena;
  bool *keep_out, *keep_in, *tested, yes = true;
  int32_t *in, *test_in, *outputs, n_in = 0, n_out = 0, n_consts = 0;
  tsr_value *operands, *made;
  TSR_TRY(TSRI_NEW(arena, l.n_out, &keep_out));
  TSR_TRY(TSRI_NEW(arena, l.n_in, &keep_in));
  TSR_TRY(TSRI_NEW(arena, l.n_in, &tested));
  TSR_TRY(TSRI_NEW(arena, l.n_in, &in));
  TSR_TRY(TSRI_NEW(arena, l.n_in, &test_in));
  TSR_TRY(TSRI_NEW(arena, l.n_in, &operands));
  TSR_TRY(TSRI_NEW(arena, l.n_out, &outputs));
  TSR_TRY(TSRI_NEW(arena, l.n_out, &made));
  TSR_TRY(tsri_reach_inputs(test, &yes, tested));
  for (int32_t j = 0; j < l.n_out; j++)
    keep_out[j] = live[j] || tested[l.n_consts + j];
  TSR_TRY(tsri_loop_reach_back(&l, keep_out, keep_in));
  for (int32_t i = 0; i < l.n_in; i++) {
    if (!(i < l.n_consts ? keep_in[i] || tested[i] : keep_out[i - l.n_consts])) continue;
    if (i < l.n_consts)
      n_consts++;
    else
      outputs[n_out++] = l.body->outputs[i - l.n_consts];
    operands[n_in] = c->in[i];
    test_in[n_in] = test->inputs[i];
    in[n_in++] = l.body->inputs[i];
  }
  if (n_in == l.n_in) return TSR_OK;
  tsr_graph *small_test, *small_body;
  TSR_TRY(tsri_extract(test, n_in, test_in, 1, test->outputs, &small_test));
  tsr_status status = tsri_extract(l.body, n_in, in, n_out, outputs, &small_body);
  if (status != TSR_OK) return tsr_graph_release(small_test), status;
  TSR_TRY(tsri_while_emit(b, small_test, small_body, n_consts, operands, made));
  for (int32_t j = 0, n = 0; j < l.n_out; j++)
    if (keep_out[j]) out[j] = made[n++];
  return TSR_OK;
}

const tsr_rules tsri_while_rules = {.infer = infer,
                                    .count = count,
                                    .jvp = jvp,
                                    .linearize = linearize,
                                    .transpose = transpose,
                                    .batch = tsri_while_batch,
                                    .prune = prune};
