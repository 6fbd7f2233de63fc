/* ops/control_scan_jvp.c - scan in forward mode: one scan over primals and tangents.
 *
 * Nothing is stacked but the tangents asked for. Which carries have tangents is a fixpoint:
 * a carry is active when its initial value is, or when an active value reaches it in any
 * round. Counters are integers and hence never active.
 */
#include "ops/control_scan_internal.h"

typedef struct forward {
  tsri_loop l;
  bool *active, *active_out;
  int32_t *place, *pick;
  int32_t extra[3]; /* tangents among consts, carries, xs */
  tsr_value *in, *out;
} forward;

static tsr_status prepare(forward *f, tsr_arena *arena, const tsr_call *c, const tsr_value *t) {
  f->l = tsri_scan_loop(c);
  TSR_TRY(TSRI_NEW(arena, c->n_in, &f->active));
  TSR_TRY(TSRI_NEW(arena, c->n_out, &f->active_out));
  TSR_TRY(TSRI_NEW(arena, 2 * c->n_in, &f->place));
  TSR_TRY(TSRI_NEW(arena, 2 * c->n_out, &f->pick));
  TSR_TRY(TSRI_NEW(arena, 2 * c->n_in, &f->in));
  TSR_TRY(TSRI_NEW(arena, 2 * c->n_out, &f->out));
  for (int32_t i = 0; i < c->n_in; i++)
    f->active[i] = !tsr_value_is_zero(t[i]);
  return tsri_loop_reach(&f->l, TSRI_REACH_TANGENT, f->active, f->active_out);
}

/* Pick tangents of outputs from..to; `at` is where the next one stands. */
static int32_t pick_tangents(forward *f, const bool *given, int32_t from, int32_t to, int32_t at,
                             int32_t *n) {
  for (int32_t j = from; j < to; j++) {
    if (f->active_out[j]) f->pick[(*n)++] = at;
    at += given[j]; /* unwanted ones are there as well */
  }
  return at;
}

/* (consts, tangents | carry, tangents | xs, tangents) -> (carry, tangents | ys, tangents) */
static tsr_status body_of(forward *f, tsr_arena *arena, const tsr_value *wanted, bool with_ys,
                          tsr_graph **out) {
  tsr_graph *doubled;
  for (int32_t j = f->l.n_carry; j < f->l.n_out; j++)
    f->active_out[j] &= !tsr_value_is_zero(wanted[j]);
  bool *given;
  TSR_TRY(TSRI_NEW(arena, f->l.n_out, &given));
  for (int32_t j = 0; j < f->l.n_out; j++)
    given[j] = f->active_out[j];
  TSR_TRY(tsr_graph_jvp(f->l.body, f->active, given, &doubled));
  int32_t n = 0, tangent = f->l.n_out;
  for (int32_t j = 0; j < f->l.n_carry; j++)
    f->pick[n++] = j;
  tangent = pick_tangents(f, given, 0, f->l.n_carry, tangent, &n);
  for (int32_t j = f->l.n_carry; with_ys && j < f->l.n_out; j++)
    f->pick[n++] = j;
  pick_tangents(f, given, f->l.n_carry, f->l.n_out, tangent, &n);
  tsr_status status = tsri_permute(arena, doubled, f->place, n, f->pick, out);
  tsr_graph_release(doubled);
  return status;
}

/* out may be NULL: then primal ys are left out. */
static tsr_status run(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out,
                      tsr_value *out_t) {
  forward f;
  tsr_arena *arena = c->context->arena;
  TSR_TRY(prepare(&f, arena, c, t));
  const int32_t sizes[3] = {f.l.n_consts, f.l.n_carry, f.l.n_xs};
  tsri_interleave(3, sizes, f.active, f.place, f.extra);
  tsr_graph *body;
  TSR_TRY(body_of(&f, arena, out_t, out != NULL, &body));
  for (int32_t i = 0, k = 0; i < c->n_in; i++) {
    f.in[f.place[i]] = c->in[i];
    if (f.active[i]) f.in[f.place[c->n_in + k++]] = tsri_materialise(b, t[i], &c->in_type[i]);
  }
  bool reverse = ((const tsr_scan_attrs *)c->attrs)->reverse;
  TSR_TRY(tsri_scan_emit(b, c, body, f.l.n_consts + f.extra[0], f.l.n_carry + f.extra[1], reverse,
                         f.in, f.out));
  int32_t n = f.l.n_carry;
  for (int32_t j = 0; j < c->n_out; j++) {
    if (j == f.l.n_carry)
      for (int32_t y = j; out && y < c->n_out; y++)
        out[y] = f.out[n++];
    if (j < f.l.n_carry && out) out[j] = f.out[j];
    out_t[j] = f.active_out[j] ? f.out[n++] : TSR_ZERO_VALUE;
  }
  return TSR_OK;
}

tsr_status tsri_scan_jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  return run(b, c, t, NULL, out_t);
}

tsr_status tsri_scan_both(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out,
                          tsr_value *out_t) {
  return run(b, c, t, out, out_t);
}
