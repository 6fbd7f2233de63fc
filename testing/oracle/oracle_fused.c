/* oracle_fused.c - an expression, one instruction after the other over the whole loop. */
#include "oracle_internal.h"

#include <string.h>

#include "tsr/spi/expr.h"

/* An expression in hand. Steps that do not vary along the axes which steps reduce (they
 * are of rows then) have size 1 there: so a sum of nothing has a place.
 */
typedef struct region {
  const oracle_call *c;
  const tsr_expr *expr;
  uint64_t rows; /* axes that steps reduce */
  int64_t dims[TSR_ORACLE_RANK], row_dims[TSR_ORACLE_RANK];
  tsr_array *steps; /* [n_steps] over the loop, or over row_dims */
  bool *is_row;     /* [n_steps] */
} region;

/* An input's element for every index of the loop. */
static void load(const region *r, const tsr_expr_step *step, tsr_array *z) {
  const tsr_expr_load *from = &r->expr->inputs[step->arg[0]];
  const tsr_array *x = &r->c->in[step->arg[0]];
  int64_t i[TSR_ORACLE_RANK], at[TSR_ORACLE_RANK];
  for (int64_t n = 0; n < z->n; n++) {
    oracle_unravel(z, n, i);
    for (int32_t k = 0; k < x->rank; k++)
      at[k] = x->dims[k] == 1 ? 0 : i[from->axes[k]];
    z->at[n] = *oracle_at(x, at);
  }
}

static tsr_status apply(const region *r, const tsr_op *op, const void *attrs, int32_t n_in,
                        const tsr_array *in, tsr_array *out) {
  const oracle_fn run = oracle_formula(tsr_op_core_id(op));
  const oracle_call call = {op, attrs, n_in, 1, in, out, r->c->symbols, r->c->arena};
  if (run == NULL) return TSR_FAIL(TSR_ERR_UNSUPPORTED, "the oracle does not know %s", op->name);
  return run(&call);
}

/* A step over the whole loop. */
static tsr_status whole(const region *r, int32_t s, tsr_array *z) {
  int64_t i[TSR_ORACLE_RANK];
  *z = r->steps[s];
  if (!r->is_row[s]) return TSR_OK;
  TSR_TRY(tsr_array_make(r->c->arena, z->dtype, r->expr->rank, r->dims, z));
  for (int64_t n = 0; n < z->n; n++) {
    oracle_unravel(z, n, i);
    for (int32_t a = 0; a < r->expr->rank; a++)
      if (r->rows >> a & 1) i[a] = 0;
    z->at[n] = *oracle_at(&r->steps[s], i);
  }
  return TSR_OK;
}

/* Does step s, or one that it needs outside of reductions, read along the axes of rows? */
static bool varies(const region *r, int32_t s) {
  const tsr_expr_step *step = &r->expr->steps[s];
  bool found = false;
  if (step->op == NULL) {
    const tsr_expr_load *from = &r->expr->inputs[step->arg[0]];
    for (int32_t k = 0; k < from->rank; k++)
      found = found || r->rows >> from->axes[k] & 1;
    return found || r->rows == 0;
  }
  if (tsr_expr_reduces(step->op)) return false;
  for (int32_t k = 0; k < 3 && step->arg[k] >= 0; k++)
    found = found || !r->is_row[step->arg[k]];
  return found;
}

static tsr_status compute(const region *r, int32_t s) {
  const tsr_expr_step *step = &r->expr->steps[s];
  const bool reduces = step->op != NULL && tsr_expr_reduces(step->op);
  tsr_array *z = &r->steps[s], in[3];
  int32_t n_in = 0;
  r->is_row[s] = !varies(r, s);
  TSR_TRY(tsr_array_make(r->c->arena, step->dtype, r->expr->rank,
                         r->is_row[s] ? r->row_dims : r->dims, z));
  if (step->op == NULL) {
    load(r, step, z);
    return TSR_OK;
  }
  for (; n_in < 3 && step->arg[n_in] >= 0; n_in++) {
    in[n_in] = r->steps[step->arg[n_in]];
    if (reduces || !r->is_row[s]) TSR_TRY(whole(r, step->arg[n_in], &in[n_in]));
  }
  if (!reduces) return apply(r, step->op, step->attrs, n_in, in, z);
  tsr_array reduced;
  TSR_TRY(apply(r, step->op, step->attrs, 1, in, &reduced));
  memcpy(z->at, reduced.at, (size_t)z->n * sizeof *z->at); /* the same but for axes of size 1 */
  return TSR_OK;
}

/* A step without the axes of rows. */
static tsr_status leave_out(const region *r, const tsr_expr_out *from, tsr_array *out) {
  const tsr_array *x = &r->steps[from->step];
  int64_t dims[TSR_ORACLE_RANK];
  int32_t rank = 0;
  for (int32_t a = 0; a < r->expr->rank; a++)
    if (!(from->reduced >> a & 1)) dims[rank++] = r->dims[a];
  if (!r->is_row[from->step] || from->reduced != r->rows)
    return TSR_FAIL(TSR_ERR_UNSUPPORTED, "the oracle does not know an output without these axes");
  TSR_TRY(tsr_array_make(r->c->arena, x->dtype, rank, dims, out));
  memcpy(out->at, x->at, (size_t)out->n * sizeof *out->at);
  return TSR_OK;
}

static tsr_status give(const region *r, const tsr_expr_out *from, tsr_array *out) {
  tsr_array x;
  int64_t axes[TSR_ORACLE_RANK];
  size_t n = 0;
  if (from->reduce == NULL && from->reduced) return leave_out(r, from, out);
  TSR_TRY(whole(r, from->step, &x));
  if (from->reduce == NULL) {
    *out = x;
    return TSR_OK;
  }
  for (int32_t a = 0; a < r->expr->rank; a++)
    if (from->reduced >> a & 1) axes[n++] = a;
  const tsr_reduce_attrs attrs = {
      {axes, n}
  };
  return apply(r, from->reduce, &attrs, 1, &x, out);
}

tsr_status oracle_fused(const oracle_call *c) {
  const tsr_fused_attrs *a = c->attrs;
  region r = {.c = c, .expr = tsr_expr_cast(a->expr)};
  r.rows = tsr_expr_rows(r.expr);
  void *memory;
  if (r.expr->rank > TSR_ORACLE_RANK)
    return TSR_FAIL(TSR_ERR_UNSUPPORTED, "the oracle does not know rank %d", r.expr->rank);
  for (int32_t k = 0; k < r.expr->rank; k++) {
    TSR_TRY(tsr_dim_eval(r.expr->dims[k], c->symbols, &r.dims[k]));
    r.row_dims[k] = r.rows >> k & 1 ? 1 : r.dims[k];
  }
  TSR_TRY(tsr_arena_alloc(c->arena, (size_t)r.expr->n_steps * sizeof(tsr_array), &memory));
  r.steps = memory;
  TSR_TRY(tsr_arena_alloc(c->arena, (size_t)r.expr->n_steps, &memory));
  r.is_row = memory;
  for (int32_t s = 0; s < r.expr->n_steps; s++)
    TSR_TRY(compute(&r, s));
  for (int32_t j = 0; j < c->n_out; j++)
    TSR_TRY(give(&r, &r.expr->outputs[j], &c->out[j]));
  return TSR_OK;
}
