/* contract.c - one step: two operands become one.
 *
 *   z[batch, x only, y only] = sum over contracted of x[..] y[..]
 *
 * A label of both is contracted when nobody needs it any more, else it is a batch label.
 * With something to contract this is one dot_general; without, a product with broadcasts.
 * Labels of one operand that nobody needs were summed out before.
 */
#include "einsum_internal.h"

#include "tsr/ops.h"

typedef struct axes_list {
  int64_t *data;
  size_t n;
} axes_list;

static tsr_status new_axes(tsr_arena *arena, size_t room, axes_list *out) {
  void *memory;
  TSR_TRY(tsr_arena_alloc(arena, room * sizeof *out->data, &memory));
  *out = (axes_list){memory, 0};
  return TSR_OK;
}
static tsr_axes axes_of(const axes_list *l) { return (tsr_axes){l->data, l->n}; }

static tsr_status new_term(tsr_arena *arena, int32_t room, tsri_term *out) {
  void *memory;
  TSR_TRY(tsr_arena_alloc(arena, (size_t)room * sizeof *out->labels, &memory));
  *out = (tsri_term){0, memory};
  return TSR_OK;
}
static void append(tsri_term *t, int32_t label) { t->labels[t->n++] = label; }

static bool same_term(const tsri_term *a, const tsri_term *b) {
  if (a->n != b->n) return false;
  for (int32_t i = 0; i < a->n; i++)
    if (a->labels[i] != b->labels[i]) return false;
  return true;
}

tsr_status tsri_einsum_sum_out(tsr_builder *b, tsr_arena *arena, const bool *keep,
                               tsri_operand *x) {
  axes_list gone;
  TSR_TRY(new_axes(arena, (size_t)x->term.n, &gone));
  int32_t n = 0;
  for (int32_t k = 0; k < x->term.n; k++) {
    if (keep[x->term.labels[k]])
      x->term.labels[n++] = x->term.labels[k];
    else
      gone.data[gone.n++] = k;
  }
  x->term.n = n;
  if (gone.n > 0) x->value = tsr_reduce_sum(b, x->value, axes_of(&gone));
  return tsr_builder_status(b);
}

tsr_status tsri_einsum_permute(tsr_builder *b, tsr_arena *arena, const tsri_term *order,
                               tsri_operand *x) {
  if (same_term(order, &x->term)) return TSR_OK;
  axes_list axes;
  TSR_TRY(new_axes(arena, (size_t)order->n, &axes));
  for (int32_t k = 0; k < order->n; k++)
    axes.data[axes.n++] = tsri_term_find(&x->term, order->labels[k]);
  x->value = tsr_transpose(b, x->value, axes_of(&axes));
  x->term = *order;
  return tsr_builder_status(b);
}

/* ---- products without a sum ---- */

/* x with its axes in an order that names more labels: size 1 stands for those. */
static tsr_status align(tsr_builder *b, tsr_arena *arena, const tsri_term *order,
                        const tsri_operand *x, tsr_value *out) {
  tsri_operand y = *x;
  tsri_term own;
  axes_list missing;
  TSR_TRY(new_term(arena, x->term.n, &own));
  TSR_TRY(new_axes(arena, (size_t)order->n, &missing));
  for (int32_t k = 0; k < order->n; k++) {
    if (tsri_term_find(&x->term, order->labels[k]) >= 0)
      append(&own, order->labels[k]);
    else
      missing.data[missing.n++] = k;
  }
  TSR_TRY(tsri_einsum_permute(b, arena, &own, &y));
  *out = missing.n ? tsr_expand_dims(b, y.value, axes_of(&missing)) : y.value;
  return tsr_builder_status(b);
}

static tsr_status multiply(tsr_builder *b, tsr_arena *arena, const tsri_operand *x,
                           const tsri_operand *y, const tsri_term *order, tsri_operand *out) {
  tsri_term joined;
  TSR_TRY(new_term(arena, x->term.n + y->term.n, &joined));
  for (int32_t k = 0; k < x->term.n; k++)
    append(&joined, x->term.labels[k]);
  for (int32_t k = 0; k < y->term.n; k++)
    if (tsri_term_find(&x->term, y->term.labels[k]) < 0) append(&joined, y->term.labels[k]);
  if (order) joined = *order;
  tsr_value p, q;
  TSR_TRY(align(b, arena, &joined, x, &p));
  TSR_TRY(align(b, arena, &joined, y, &q));
  *out = (tsri_operand){tsr_mul(b, p, q), joined};
  return tsr_builder_status(b);
}

/* ---- products with a sum ---- */

typedef struct dot {
  axes_list lhs_batch, rhs_batch, lhs_contract, rhs_contract;
  tsri_term result;
} dot;

/* Axes of both operands, batch labels in the order of `leading`, and the result's labels. */
static tsr_status plan_dot(tsr_arena *arena, const tsri_term *x, const tsri_term *y,
                           const bool *keep, const tsri_term *leading, dot *d) {
  size_t rank = (size_t)(x->n < y->n ? x->n : y->n);
  TSR_TRY(new_axes(arena, rank, &d->lhs_batch));
  TSR_TRY(new_axes(arena, rank, &d->rhs_batch));
  TSR_TRY(new_axes(arena, rank, &d->lhs_contract));
  TSR_TRY(new_axes(arena, rank, &d->rhs_contract));
  TSR_TRY(new_term(arena, x->n + y->n, &d->result));
  for (int32_t k = 0; k < leading->n; k++) {
    int32_t label = leading->labels[k];
    int32_t i = tsri_term_find(x, label), j = tsri_term_find(y, label);
    if (i < 0 || j < 0 || !keep[label]) continue;
    d->lhs_batch.data[d->lhs_batch.n++] = i;
    d->rhs_batch.data[d->rhs_batch.n++] = j;
    append(&d->result, label);
  }
  for (int32_t i = 0; i < x->n; i++) {
    int32_t j = tsri_term_find(y, x->labels[i]);
    if (j < 0) append(&d->result, x->labels[i]);
    if (j < 0 || keep[x->labels[i]]) continue;
    d->lhs_contract.data[d->lhs_contract.n++] = i;
    d->rhs_contract.data[d->rhs_contract.n++] = j;
  }
  for (int32_t j = 0; j < y->n; j++)
    if (tsri_term_find(x, y->labels[j]) < 0) append(&d->result, y->labels[j]);
  return TSR_OK;
}

static bool any_contracted(const tsri_operand *x, const tsri_operand *y, const bool *keep) {
  for (int32_t i = 0; i < x->term.n; i++) {
    int32_t label = x->term.labels[i];
    if (!keep[label] && tsri_term_find(&y->term, label) >= 0) return true;
  }
  return false;
}

tsr_status tsri_einsum_contract(tsr_builder *b, tsr_arena *arena, const tsri_operand *x,
                                const tsri_operand *y, const bool *keep, const tsri_term *order,
                                tsri_operand *out) {
  if (!any_contracted(x, y, keep)) return multiply(b, arena, x, y, order, out);
  dot d;
  TSR_TRY(plan_dot(arena, &x->term, &y->term, keep, order ? order : &x->term, &d));
  if (order && !same_term(&d.result, order)) { /* perhaps the other way round needs no transpose */
    dot e;
    TSR_TRY(plan_dot(arena, &y->term, &x->term, keep, order, &e));
    if (same_term(&e.result, order)) {
      const tsri_operand *z = x;
      x = y, y = z, d = e;
    }
  }
  const tsr_dot_general_attrs axes = {
      .lhs_batch = axes_of(&d.lhs_batch),
      .rhs_batch = axes_of(&d.rhs_batch),
      .lhs_contract = axes_of(&d.lhs_contract),
      .rhs_contract = axes_of(&d.rhs_contract),
  };
  *out = (tsri_operand){tsr_dot_general(b, x->value, y->value, &axes), d.result};
  TSR_TRY(tsr_builder_status(b));
  return order ? tsri_einsum_permute(b, arena, order, out) : TSR_OK;
}
