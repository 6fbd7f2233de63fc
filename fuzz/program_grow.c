/* program_grow.c - following a recipe, and what its steps share. */
#include "program.h"

#include <math.h>
#include <string.h>

int64_t roll(grower *g, int64_t n) { return source_below(&g->dice, n); }

/* ---- types ---- */

shape shape_of(grower *g, tsr_value v) {
  tsr_type type;
  shape t = {.count = 1};
  t.dtype = TSR_F64;
  if (tsr_builder_status(g->b) != TSR_OK) return t; /* reported when the step is over */
  lab_ok(tsr_value_type(g->b, v, &type), "asking for a type");
  if (type.rank > LAB_RANK) FUZZ_FAIL("a value of rank %d", type.rank);
  t.dtype = type.dtype;
  t.rank = type.rank;
  for (int32_t k = 0; k < type.rank; k++) {
    t.dim[k] = type.dims[k];
    lab_ok(tsr_dim_eval(type.dims[k], g->r->symbols, &t.n[k]), "evaluating a size");
    t.count *= t.n[k];
  }
  return t;
}

tsr_shape dims_of(const shape *t) { return (tsr_shape){t->dim, (size_t)t->rank}; }

/* ---- values for a step ---- */

bool pick(grower *g, uint32_t dtypes, int32_t rank, item *out, shape *t) {
  const int first = roll(g, 3) ? (int)roll(g, g->n) : g->n - 1;
  for (int k = 0; k < g->n; k++) {
    *out = g->pool[(first + k) % g->n];
    *t = shape_of(g, out->v);
    if (dtypes >> t->dtype & 1 && t->rank >= rank) return true;
  }
  return false;
}

bool as_dtype(grower *g, item *x, tsr_dtype dtype) {
  const tsr_dtype from = shape_of(g, x->v).dtype;
  const bool to_float = IN_FLOATS >> dtype & 1, from_float = IN_FLOATS >> from & 1;
  if (from == dtype) return true;
  if (!to_float && !x->exact) return false;
  if (from == TSR_C128 && dtype != TSR_BOOL) x->v = tsr_real(g->b, x->v);
  x->v = tsr_convert(g->b, x->v, dtype);
  if (!to_float) x->bound = 0;
  if (to_float && !from_float) {
    x->bound = from == TSR_BOOL ? 1 : 2;
    if (from == TSR_I64) x->v = tsr_mul(g->b, x->v, tsr_scalar(g->b, 0x1p-62)); /* exact */
  }
  return true;
}

/* One number for all of them. */
static void collapse(grower *g, item *x, const shape *t) {
  if (t->dtype == TSR_BOOL) {
    x->v = tsr_reduce_max(g->b, x->v, TSR_ALL_AXES);
  } else if (t->dtype == TSR_F64 && t->count > 0 && roll(g, 2)) {
    x->v = tsr_reduce_max(g->b, x->v, TSR_ALL_AXES);
  } else {
    x->v = tsr_reduce_sum(g->b, x->v, TSR_ALL_AXES);
    x->exact = x->exact && t->dtype == TSR_I64;
    x->bound *= (double)t->count;
    tame(g, x);
  }
}

/* By concrete sizes; what a trace cannot know it will refuse. */
static bool broadcasts(const shape *from, const shape *to) {
  if (from->rank > to->rank) return false;
  for (int32_t k = 1; k <= from->rank; k++) {
    const int64_t n = from->n[from->rank - k];
    if (n != to->n[to->rank - k] && n != 1) return false;
  }
  return true;
}

bool adapt(grower *g, item *x, const shape *like) {
  const shape t = shape_of(g, x->v);
  if (!broadcasts(&t, like)) collapse(g, x, &t);
  return as_dtype(g, x, like->dtype);
}

bool fill(grower *g, item *x, const shape *like) {
  if (!adapt(g, x, like)) return false;
  x->v = tsr_broadcast_to(g->b, x->v, dims_of(like));
  return true;
}

bool partner(grower *g, const shape *like, item *out) {
  shape t;
  const uint32_t dtypes =
      like->dtype == TSR_BOOL || like->dtype == TSR_I64 ? TSR_BIT(BOOL) | TSR_BIT(I64) : IN_ANY;
  return pick(g, dtypes, 0, out, &t) && adapt(g, out, like);
}

void tame(grower *g, item *x) {
  const tsr_dtype dtype = shape_of(g, x->v).dtype;
  if (dtype == TSR_F64 && !(x->bound <= 4)) {
    x->v = tsr_sin(g->b, x->v);
    *x = (item){x->v, false, 1};
  } else if (dtype == TSR_C128 && !(x->bound <= 4)) {
    x->v = tsr_mul(g->b, x->v, tsr_scalar(g->b, 2 / x->bound));
    *x = (item){x->v, false, 2};
  }
}

tsr_value constant(grower *g, const tsr_array *a) {
  tsr_tensor *t = lab_dense(g->l, a);
  const tsr_value v = tsr_constant(g->b, t);
  tsr_tensor_release(t);
  return v;
}

/* ---- following ---- */

static const step_table *const tables[] = {&elementwise_steps, &structural_steps, &indexing_steps,
                                           &control_steps};

static step find_step(uint8_t what) {
  size_t total = 0, at;
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
    total += tables[i]->n;
  at = what % total;
  for (size_t i = 0;; i++) {
    if (at < tables[i]->n) return tables[i]->steps[at];
    at -= tables[i]->n;
  }
}

/* Is it a result to go on with? Sizes may be refused where they are symbolic. */
static bool accept(grower *g, const item *x, bool applies, int which) {
  char what[32];
  snprintf(what, sizeof what, "step %d, what %d", which, g->r->steps[which].what);
  const tsr_status status = tsr_builder_status(g->b);
  if (status != TSR_OK) {
    (void)lab_refused(status, what);
    if (!g->r->symbolic || status == TSR_ERR_ARGUMENT || status == TSR_ERR_DTYPE)
      lab_ok(status, what);
    tsr_builder_clear(g->b);
    return false;
  }
  if (!applies) return false;
  const shape t = shape_of(g, x->v);
  return t.rank <= MAX_RANK && t.count <= MAX_COUNT;
}

void program_grow(grower *g, recipe *r, lab *l, tsr_builder *b, const tsr_value *in, bool first) {
  *g = (grower){.r = r, .b = b, .l = l, .n = N_INPUTS};
  for (int i = 0; i < N_INPUTS; i++)
    g->pool[i] = (item){in[i], true, 4};
  for (int k = 0; k < N_STEPS; k++) {
    item out = {TSR_NO_VALUE, true, 0};
    if (r->steps[k].dropped) continue;
    g->dice = source_seeded(r->steps[k].dice);
    const bool applies = find_step(r->steps[k].what)(g, &out);
    if (applies) tame(g, &out);
    const bool accepted = accept(g, &out, applies, k);
    if (!accepted && !first) FUZZ_FAIL("step %d applied once, and now does not", k);
    r->steps[k].dropped = !accepted;
    if (accepted) g->pool[g->n++] = out;
  }
}

void program_outputs(const grower *g, item *out) {
  source dice = source_seeded(g->r->dice);
  for (int j = 0; j < N_OUTPUTS; j++)
    out[j] = g->pool[j < 2 ? g->n - 1 - j : source_below(&dice, g->n)];
}
