/* surface/contraction.c - dot_general, and matmul in terms of it. */
#include "axes.h"

tsr_value tsr_dot_general(tsr_builder *b, tsr_value x, tsr_value y,
                          const tsr_dot_general_attrs *axes) {
  tsr_type tx, ty;
  if (tsr_value_is_zero(x) || tsr_value_is_zero(y)) return TSR_ZERO_VALUE;
  if (!axes) { /* as tsr_emit says it */
    (void)tsr_builder_fail(b, TSR_FAIL(TSR_ERR_ARGUMENT, "dot_general: attributes are missing"));
    return TSR_NO_VALUE;
  }
  if (!tsri_type(b, "dot_general", x, &tx) || !tsri_type(b, "dot_general", y, &ty))
    return TSR_NO_VALUE;
  tsr_value out = TSR_NO_VALUE;
  tsri_room room;
  tsri_room_enter(&room, b);
  tsr_dot_general_attrs attrs;
  const char *op = "dot_general";
  if (tsri_axes_from(&room, op, axes->lhs_batch, tx.rank, &attrs.lhs_batch) &&
      tsri_axes_from(&room, op, axes->rhs_batch, ty.rank, &attrs.rhs_batch) &&
      tsri_axes_from(&room, op, axes->lhs_contract, tx.rank, &attrs.lhs_contract) &&
      tsri_axes_from(&room, op, axes->rhs_contract, ty.rank, &attrs.rhs_contract))
    out = tsri_emit(b, TSR_OP_DOT_GENERAL, &attrs, TSR_VALUES(x, y));
  (void)tsri_room_leave(&room);
  return out;
}

/* ---- matmul ---- */

/* One operand of a matrix product. A leading axis that broadcasts against the other operand
 * is dropped when it has size 1, and a free axis of the contraction otherwise: nothing is
 * repeated. place tells where each axis of the result comes out.
 */
typedef struct factor {
  tsr_value v;
  tsr_type type;
  int64_t lead;   /* leading axes */
  tsr_dim *dims;  /* of what is contracted */
  int64_t *batch; /* its batch axes */
  int64_t *free;  /* result axis of each free axis */
  size_t rank, n_batch, n_free;
} factor;

static bool factor_of(tsri_room *room, tsr_value v, factor *f) {
  *f = (factor){.v = v};
  if (!tsri_type(room->b, "matmul", v, &f->type)) return false;
  const size_t rank = (size_t)f->type.rank;
  if (rank == 0) {
    tsr_builder_fail(room->b,
                     TSR_FAIL(TSR_ERR_SHAPE, "matmul: an operand has rank 0, not 1 or more"));
    return false;
  }
  f->lead = rank > 2 ? (int64_t)rank - 2 : 0;
  f->dims = tsri_room_dims(room, rank);
  f->batch = tsri_room_axes(room, rank);
  f->free = tsri_room_axes(room, rank);
  return !room->failed;
}

static tsr_dim lead_dim(const factor *f, int64_t k, int64_t lead) {
  const int64_t i = k - (lead - f->lead);
  return i < 0 ? tsr_dim_of(1) : f->type.dims[i];
}

static void add_free(factor *f, tsr_dim dim, int64_t place) {
  f->free[f->n_free++] = place;
  f->dims[f->rank++] = dim;
}

/* Leading axis k of the result: batch when both have it, else free where it is. */
static tsr_status add_lead(const tsr_dim_space *space, factor f[2], int64_t k, int64_t lead,
                           int64_t *batch, size_t *n_batch) {
  const tsr_dim d[2] = {lead_dim(&f[0], k, lead), lead_dim(&f[1], k, lead)};
  if (tsr_dim_is(d[1], 1) && k >= lead - f[0].lead) {
    add_free(&f[0], d[0], k);
  } else if (tsr_dim_is(d[0], 1) && k >= lead - f[1].lead) {
    add_free(&f[1], d[1], k);
  } else if (tsr_dim_same(space, d[0], d[1])) {
    for (int i = 0; i < 2; i++) {
      f[i].batch[f[i].n_batch++] = (int64_t)f[i].rank;
      f[i].dims[f[i].rank++] = d[i];
    }
    batch[(*n_batch)++] = k;
  } else {
    char text[2][TSRI_DIM_TEXT];
    return TSR_FAIL(TSR_ERR_SHAPE, "matmul: leading sizes %s and %s do not broadcast",
                    tsr_dim_format(d[0], text[0], sizeof text[0]),
                    tsr_dim_format(d[1], text[1], sizeof text[1]));
  }
  return TSR_OK;
}

static tsr_status check_inner(const tsr_dim_space *space, tsr_dim x, tsr_dim y) {
  if (tsr_dim_same(space, x, y)) return TSR_OK;
  char text[2][TSRI_DIM_TEXT];
  return TSR_FAIL(TSR_ERR_SHAPE, "matmul: inner sizes differ: %s and %s",
                  tsr_dim_format(x, text[0], sizeof text[0]),
                  tsr_dim_format(y, text[1], sizeof text[1]));
}

static tsr_value multiply(tsri_room *room, factor f[2]) {
  tsr_builder *b = room->b;
  const int64_t lead = f[0].lead > f[1].lead ? f[0].lead : f[1].lead;
  const size_t most = (size_t)lead + 2;
  int64_t *order = tsri_room_axes(room, most);
  int64_t *places = tsri_room_axes(room, most);
  if (room->failed) return TSR_NO_VALUE;
  const int64_t rank_x = f[0].type.rank, rank_y = f[1].type.rank;
  const tsr_dim k_x = f[0].type.dims[rank_x - 1];
  const tsr_dim k_y = f[1].type.dims[rank_y == 1 ? 0 : rank_y - 2];
  size_t n = 0;
  if (tsr_builder_fail(b, check_inner(b->space, k_x, k_y)) != TSR_OK) return TSR_NO_VALUE;
  for (int64_t k = 0; k < lead; k++)
    if (tsr_builder_fail(b, add_lead(b->space, f, k, lead, places, &n)) != TSR_OK)
      return TSR_NO_VALUE;
  if (rank_x > 1) add_free(&f[0], f[0].type.dims[rank_x - 2], lead);
  const int64_t contract_x = (int64_t)f[0].rank, contract_y = (int64_t)f[1].rank;
  f[0].dims[f[0].rank++] = k_x;
  f[1].dims[f[1].rank++] = k_y;
  if (rank_y > 1) add_free(&f[1], f[1].type.dims[rank_y - 1], lead + (rank_x > 1));
  for (int i = 0; i < 2; i++)
    for (size_t k = 0; k < f[i].n_free; k++)
      places[n++] = f[i].free[k];
  for (size_t k = 0; k < n; k++)
    order[places[k]] = (int64_t)k;
  const tsr_dot_general_attrs attrs = {tsri_axes_of(f[0].batch, f[0].n_batch),
                                       tsri_axes_of(f[1].batch, f[1].n_batch), TSR_AXES(contract_x),
                                       TSR_AXES(contract_y)};
  const tsr_value x = tsr_reshape(b, f[0].v, tsri_shape_of(f[0].dims, f[0].rank));
  const tsr_value y = tsr_reshape(b, f[1].v, tsri_shape_of(f[1].dims, f[1].rank));
  return tsr_transpose(b, tsr_dot_general(b, x, y, &attrs), tsri_axes_of(order, n));
}

static bool promote(tsr_builder *b, factor f[2]) {
  tsr_dtype dtype;
  if (tsr_builder_fail(b, tsr_dtype_promote(f[0].type.dtype, f[1].type.dtype, &dtype)) != TSR_OK)
    return false;
  for (int i = 0; i < 2; i++)
    f[i].v = tsr_convert(b, f[i].v, dtype);
  return true;
}

tsr_value tsr_matmul(tsr_builder *b, tsr_value x, tsr_value y) {
  if (tsr_value_is_zero(x) || tsr_value_is_zero(y)) return TSR_ZERO_VALUE;
  tsr_value out = TSR_NO_VALUE;
  tsri_room room;
  tsri_room_enter(&room, b);
  factor f[2];
  if (factor_of(&room, x, &f[0]) && factor_of(&room, y, &f[1]) && promote(b, f))
    out = multiply(&room, f);
  (void)tsri_room_leave(&room);
  return out;
}
