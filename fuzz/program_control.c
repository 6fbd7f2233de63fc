/* program_control.c - cond, scan, while, checkpoint and barriers around random bodies.
 *
 * A body makes of its first input another value of the same type, out of a second input, of
 * what it captures, and perhaps of a body inside it.
 */
#include "program.h"

#include "tsr/ad.h"

typedef struct body {
  grower *g;
  source dice;
  item x, y, captured; /* types of the inputs, and a value from outside; y adapts to x */
} body;

/* Choices in a body are those of its own dice, however often it is traced. */
static grower inside(const body *f, tsr_builder *b) {
  grower g = *f->g;
  g.b = b;
  g.dice = f->dice;
  g.depth++;
  return g;
}

static item cond_of(grower *g, item x, item y);
static item scan_of(grower *g, item x, item y, bool reverse, tsr_value *ys);
static item checkpoint_of(grower *g, item x, item y);

static item nested(grower *g, item x, item y) {
  const int64_t k = roll(g, 8);
  tsr_value ys;
  if (g->depth < 3 && k == 0) return cond_of(g, x, y);
  if (g->depth < 3 && k == 1) return scan_of(g, x, y, roll(g, 2), &ys);
  if (g->depth < 3 && k == 2) return checkpoint_of(g, x, y);
  return combine(g, x, y);
}

static tsr_status follow(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  const body *f = ctx;
  grower g = inside(f, b);
  item x = f->x, y = f->y;
  x.v = in[0];
  y.v = in[1];
  x = nested(&g, x, roll(&g, 2) ? y : f->captured);
  if (roll(&g, 2)) x = nested(&g, x, roll(&g, 2) ? f->captured : y);
  out[0] = x.v;
  return TSR_OK;
}

static tsr_status follow_other(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  body other = *(const body *)ctx;
  (void)source_mix(&other.dice.state);
  return follow(b, &other, in, out);
}

/* A value from around that broadcasts to x. */
static body body_of(grower *g, item x, item y) {
  body f = {.g = g, .x = x, .y = y, .captured = y};
  const shape t = shape_of(g, x.v);
  item captured;
  if (g->depth == 0 && partner(g, &t, &captured)) f.captured = captured;
  f.dice = source_seeded((uint64_t)roll(g, INT64_C(1) << 40));
  return f;
}

static tsr_value to_bool(grower *g, item x) {
  item p = x;
  if (!p.exact) { /* of its type alone */
    return tsr_lt(g->b, tsr_dim_value(g->b, tsr_dim_of(roll(g, 2)), TSR_I64),
                  tsr_scalar_int(g->b, 1));
  }
  if (shape_of(g, p.v).dtype != TSR_BOOL) p.v = tsr_convert(g->b, p.v, TSR_BOOL);
  return tsr_reduce_max(g->b, p.v, TSR_ALL_AXES);
}

/* What bodies give is exact for integers and bools, however it is computed. */
static item described(grower *g, tsr_value v) {
  const tsr_dtype dtype = shape_of(g, v).dtype;
  return (item){v, dtype == TSR_I64 || dtype == TSR_BOOL, 4};
}

static item cond_of(grower *g, item x, item y) {
  body f = body_of(g, x, y);
  tsr_value v;
  const tsr_value p = to_bool(g, roll(g, 2) ? x : y);
  (void)tsr_cond(g->b, p, follow, follow_other, &f, TSR_VALUES(x.v, y.v), 1, &v);
  return tsr_value_is_none(v) ? x : described(g, v);
}

static item checkpoint_of(grower *g, item x, item y) {
  body f = body_of(g, x, y);
  tsr_value v;
  (void)tsr_checkpoint(g->b, follow, &f, TSR_VALUES(x.v, y.v), 1, &v);
  return tsr_value_is_none(v) ? x : described(g, v);
}

/* carry = f(carry, y), ys = f'(carry, y): y is carried along unchanged */
static tsr_status turn(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  const tsr_status status = follow(b, ctx, in, &out[0]);
  out[1] = in[1];
  return status == TSR_OK ? follow_other(b, ctx, in, &out[2]) : status;
}

static item scan_of(grower *g, item x, item y, bool reverse, tsr_value *ys) {
  body f = body_of(g, x, y);
  tsr_value r[3];
  const int64_t length = roll(g, 4);
  (void)tsr_scan(g->b, turn, &f, TSR_VALUES(x.v, y.v), TSR_NO_VALUES, tsr_dim_of(length),
                 reverse ? TSR_SCAN_REVERSE : TSR_SCAN_FORWARD, 1, r);
  *ys = r[2];
  return tsr_value_is_none(r[0]) ? x : described(g, r[0]);
}

/* ---- steps ---- */

static bool pair(grower *g, item *x, item *y, shape *t) {
  return pick(g, IN_ANY, 0, x, t) && partner(g, t, y);
}

static bool cond(grower *g, item *out) {
  item x, y;
  shape t;
  if (!pair(g, &x, &y, &t)) return false;
  *out = cond_of(g, x, y);
  return true;
}

static bool checkpoint(grower *g, item *out) {
  item x, y;
  shape t;
  if (!pair(g, &x, &y, &t)) return false;
  *out = checkpoint_of(g, x, y);
  return true;
}

static bool scan(grower *g, item *out) {
  item x, y;
  shape t;
  tsr_value ys;
  if (!pair(g, &x, &y, &t)) return false;
  *out = scan_of(g, x, y, roll(g, 2), &ys);
  if (roll(g, 2) && !tsr_value_is_none(ys)) *out = described(g, ys);
  return true;
}

/* carry of one type, slices of another value along its first axis */
static tsr_status turn_slices(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  const body *f = ctx;
  grower g = inside(f, b);
  item carry = f->x, slice = f->y;
  carry.v = in[0];
  slice.v = in[1];
  const shape t = shape_of(&g, carry.v);
  item seen = slice;
  if (!adapt(&g, &seen, &t)) seen = f->captured;
  const item next = nested(&g, carry, seen);
  out[0] = next.v;
  out[1] = combine(&g, slice, slice).v;
  out[2] = combine(&g, next, carry).v;
  return TSR_OK;
}

static bool scan_slices(grower *g, item *out) {
  item x, xs;
  shape t, u;
  tsr_value r[3];
  if (!pick(g, IN_ANY, 0, &x, &t) || !pick(g, IN_ANY, 1, &xs, &u)) return false;
  body f = body_of(g, x, x);
  f.y = xs;
  (void)tsr_scan(g->b, turn_slices, &f, TSR_VALUES(x.v), TSR_VALUES(xs.v), u.dim[0],
                 roll(g, 2) ? TSR_SCAN_REVERSE : TSR_SCAN_FORWARD, 2, r);
  const tsr_value v = r[roll(g, 3)];
  if (!tsr_value_is_none(v)) *out = described(g, v);
  return !tsr_value_is_none(v);
}

static bool barrier(grower *g, item *out) {
  item x, y;
  shape t;
  tsr_value r[2];
  if (!pair(g, &x, &y, &t)) return false;
  (void)tsr_barrier(g->b, TSR_VALUES(x.v, y.v), r);
  *out = x;
  out->v = r[0];
  return true;
}

static const step steps[] = {cond, scan, checkpoint, scan_slices, barrier};
const step_table control_steps = {steps, sizeof steps / sizeof *steps};
