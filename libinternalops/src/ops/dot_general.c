/* dot_general.c - z[batch, m, n] = sum_k x[batch, m, k] y[batch, n, k].
 *
 * m stands for the axes of x that are neither batch nor contracted, in order, n likewise
 * for y. Either cotangent is a contraction of ct with the conjugate of the other operand:
 *
 *   x_ct[batch, m, k] = sum_n ct[batch, m, n] conj(y[batch, n, k])
 */
#include "axes.h"

#include <inttypes.h>

/* One operand's view of the attributes. */
typedef struct side {
  const tsr_type *type;
  tsr_axes batch, contract;
} side;

static void sides(const tsr_call *c, side s[2]) {
  const tsr_dot_general_attrs *a = c->attrs;
  s[0] = (side){&c->in_type[0], a->lhs_batch, a->lhs_contract};
  s[1] = (side){&c->in_type[1], a->rhs_batch, a->rhs_contract};
}

static bool is_free(const side *s, int64_t axis) {
  return !tsri_axes_has(s->batch, axis) && !tsri_axes_has(s->contract, axis);
}

static size_t n_free(const side *s) { return (size_t)s->type->rank - s->batch.n - s->contract.n; }

static void free_axes(const side *s, int64_t *out) {
  for (int64_t k = 0; k < s->type->rank; k++)
    if (is_free(s, k)) *out++ = k;
}

static tsr_value contract(tsr_builder *b, tsr_value x, const side *sx, tsr_value y,
                          const side *sy) {
  const tsr_dot_general_attrs attrs = {sx->batch, sy->batch, sx->contract, sy->contract};
  return tsr_dot_general(b, x, y, &attrs);
}

/* ---- types ---- */

static tsr_status check_side(const tsr_call *c, const side *s, const char *batch,
                             const char *contract) {
  const char *op = c->op->name;
  TSR_TRY(tsri_check_axes(op, batch, s->batch, s->type->rank, TSRI_DISTINCT));
  TSR_TRY(tsri_check_axes(op, contract, s->contract, s->type->rank, TSRI_DISTINCT));
  return tsri_check_disjoint(op, batch, s->batch, contract, s->contract);
}

static tsr_status check_pairs(const tsr_call *c, const char *what, tsr_axes lhs, tsr_axes rhs) {
  if (lhs.n != rhs.n)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: lhs_%s has %zu entries, rhs_%s has %zu", c->op->name,
                    what, lhs.n, what, rhs.n);
  return TSR_OK;
}

static tsr_status check_sizes(const tsr_call *c, tsr_axes lhs, tsr_axes rhs) {
  for (size_t i = 0; i < lhs.n; i++)
    TSR_TRY(tsr_require_same_dim(c, 0, (int32_t)lhs.data[i], 1, (int32_t)rhs.data[i]));
  return TSR_OK;
}

static tsr_status infer(const tsr_call *c, tsr_type *out) {
  side s[2];
  tsr_dim *dims;
  sides(c, s);
  TSR_TRY(tsr_require_same_dtype(c, 0, 1));
  TSR_TRY(check_pairs(c, "batch", s[0].batch, s[1].batch));
  TSR_TRY(check_pairs(c, "contract", s[0].contract, s[1].contract));
  TSR_TRY(check_side(c, &s[0], "lhs_batch", "lhs_contract"));
  TSR_TRY(check_side(c, &s[1], "rhs_batch", "rhs_contract"));
  TSR_TRY(check_sizes(c, s[0].batch, s[1].batch));
  TSR_TRY(check_sizes(c, s[0].contract, s[1].contract));
  const size_t rank = s[0].batch.n + n_free(&s[0]) + n_free(&s[1]);
  TSR_TRY(tsri_infer_dims(c, rank, &dims));
  size_t next = 0;
  for (size_t i = 0; i < s[0].batch.n; i++)
    dims[next++] = s[0].type->dims[s[0].batch.data[i]];
  for (int i = 0; i < 2; i++)
    for (int32_t k = 0; k < s[i].type->rank; k++)
      if (is_free(&s[i], k)) dims[next++] = s[i].type->dims[k];
  *out = (tsr_type){s[0].type->dtype, (int32_t)rank, dims};
  return TSR_OK;
}

/* ---- transpose ---- */

typedef enum place {
  CT_FIRST, /* dot(ct, conj(other)): batch, own free axes, contracted axes */
  CT_LAST   /* dot(conj(other), ct): batch, contracted axes, own free axes */
} place;

/* Where each axis of the operand comes out of the contraction. The contracted ones stand
 * in the order the other operand has them.
 */
static void origins(const side *own, const side *other, place where, int64_t *axes) {
  const size_t free = n_free(own);
  int64_t at = (int64_t)own->batch.n;
  for (size_t i = 0; i < own->batch.n; i++)
    axes[own->batch.data[i]] = (int64_t)i;
  int64_t own_at = where == CT_FIRST ? at : at + (int64_t)own->contract.n;
  int64_t other_at = where == CT_FIRST ? at + (int64_t)free : at;
  for (int64_t k = 0; k < own->type->rank; k++)
    if (is_free(own, k)) axes[k] = own_at++;
  for (size_t i = 0; i < other->contract.n; i++) {
    int64_t before = 0;
    for (size_t j = 0; j < other->contract.n; j++)
      before += other->contract.data[j] < other->contract.data[i];
    axes[own->contract.data[i]] = other_at + before;
  }
}

/* The order of operands that needs no transpose afterwards, if either does. */
static place choose(const side *own, const side *other, int64_t *axes) {
  static const place tried[] = {CT_FIRST, CT_LAST, CT_FIRST};
  const size_t rank = (size_t)own->type->rank;
  size_t i = 0;
  for (;; i++) {
    origins(own, other, tried[i], axes);
    if (i == 2 || tsri_axes_is_identity(tsri_axes_of(axes, rank))) return tried[i];
  }
}

static tsr_value cotangent(tsri_room *room, const tsr_call *c, int32_t i, tsr_value ct) {
  side s[2];
  sides(c, s);
  const side *own = &s[i], *other = &s[1 - i];
  const size_t rank = (size_t)own->type->rank, n = n_free(other), n_batch = own->batch.n;
  tsr_builder *b = room->b;
  int64_t *axes = tsri_room_axes(room, rank);
  int64_t *batch = tsri_room_axes(room, n_batch);
  int64_t *from_other = tsri_room_axes(room, n);
  int64_t *its_own = tsri_room_axes(room, n);
  if (room->failed) return TSR_NO_VALUE;
  for (size_t k = 0; k < n_batch; k++)
    batch[k] = (int64_t)k;
  for (size_t k = 0; k < n; k++)
    from_other[k] = (int64_t)(n_batch + k + (i == 0 ? n_free(own) : 0));
  free_axes(other, its_own);
  const side of_ct = {&c->out_type[0], tsri_axes_of(batch, n_batch), tsri_axes_of(from_other, n)};
  const side of_y = {other->type, other->batch, tsri_axes_of(its_own, n)};
  const tsr_value y = tsr_conj(b, c->in[1 - i]);
  const tsr_value z = choose(own, other, axes) == CT_FIRST ? contract(b, ct, &of_ct, y, &of_y)
                                                           : contract(b, y, &of_y, ct, &of_ct);
  return tsr_transpose(b, z, tsri_axes_of(axes, rank));
}

static tsr_status transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                            const tsr_value *ct, tsr_value *in_ct) {
  tsri_room room;
  tsri_room_enter(&room, b);
  for (int32_t i = 0; i < 2; i++)
    if (linear[i]) in_ct[i] = tsr_value_is_zero(ct[0]) ? ct[0] : cotangent(&room, c, i, ct[0]);
  return tsri_room_leave(&room);
}

/* ---- batch ---- */

/* Axes of one instance in the stacked operand; the mapped axis first when it is a batch axis. */
static bool shift(tsri_room *room, tsr_axes axes, int32_t m, bool lead, tsr_axes *out) {
  int64_t *list = tsri_room_axes(room, axes.n + lead);
  if (list == NULL) return false;
  if (lead) list[0] = m;
  for (size_t i = 0; i < axes.n; i++)
    list[i + lead] = tsri_batch_shift(axes.data[i], m);
  *out = tsri_axes_of(list, axes.n + lead);
  return true;
}

/* Where the mapped axis of one operand comes out when it is one more free axis of it. */
static int32_t free_place(const tsr_call *c, const tsr_dot_general_attrs *a, int32_t i, int64_t m) {
  const side s[2] = {
      {&c->in_type[0], a->lhs_batch, a->lhs_contract},
      {&c->in_type[1], a->rhs_batch, a->rhs_contract}
  };
  size_t at = s[0].batch.n + (i == 1 ? n_free(&s[0]) : 0);
  for (int64_t k = 0; k < m; k++)
    at += is_free(&s[i], k);
  return (int32_t)at;
}

/* Both mapped: one more batch axis. One mapped: one more free axis of it, wherever it is. */
static tsr_status batch(tsr_builder *b, const tsr_call *c, const tsr_batch *map, tsr_value *out,
                        int32_t *out_axis) {
  const tsr_dot_general_attrs *a = c->attrs;
  const int32_t x = map->axis[0], y = map->axis[1];
  const bool both = x >= 0 && y >= 0;
  tsr_dot_general_attrs stacked;
  tsri_room room;
  tsri_room_enter(&room, b);
  if (shift(&room, a->lhs_batch, x, both, &stacked.lhs_batch) &&
      shift(&room, a->rhs_batch, y, both, &stacked.rhs_batch) &&
      shift(&room, a->lhs_contract, x, false, &stacked.lhs_contract) &&
      shift(&room, a->rhs_contract, y, false, &stacked.rhs_contract)) {
    out[0] = tsr_dot_general(b, c->in[0], c->in[1], &stacked);
    out_axis[0] = both ? 0 : free_place(c, &stacked, x >= 0 ? 0 : 1, x >= 0 ? x : y);
  }
  return tsri_room_leave(&room);
}

/* ---- simplify ---- */

/* Read an operand before its transpose, if its free axes have the same order there. */
static bool fold(tsri_room *room, side *s, tsr_value *v) {
  tsr_call inner;
  if (!tsri_producer(room->b, *v, TSR_OP_TRANSPOSE, &inner)) return false;
  const tsr_axes perm = ((const tsr_transpose_attrs *)inner.attrs)->axes;
  int64_t last = -1;
  for (int64_t k = 0; k < s->type->rank; k++) {
    if (!is_free(s, k)) continue;
    if (perm.data[k] < last) return false;
    last = perm.data[k];
  }
  int64_t *batch = tsri_room_axes(room, s->batch.n);
  int64_t *contract = tsri_room_axes(room, s->contract.n);
  if (room->failed) return false;
  for (size_t i = 0; i < s->batch.n; i++)
    batch[i] = perm.data[s->batch.data[i]];
  for (size_t i = 0; i < s->contract.n; i++)
    contract[i] = perm.data[s->contract.data[i]];
  s->batch = tsri_axes_of(batch, s->batch.n);
  s->contract = tsri_axes_of(contract, s->contract.n);
  *v = inner.in[0];
  return true;
}

static tsr_status simplify(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  side s[2];
  sides(c, s);
  tsr_value x = c->in[0], y = c->in[1];
  tsri_room room;
  tsri_room_enter(&room, b);
  const bool folded_x = fold(&room, &s[0], &x);
  const bool folded_y = fold(&room, &s[1], &y);
  if (folded_x || folded_y) out[0] = contract(b, x, &s[0], y, &s[1]);
  return tsri_room_leave(&room);
}

const tsr_rules tsri_dot_general_rules = {
    .infer = infer, .transpose = transpose, .batch = batch, .simplify = simplify};
