/* surface.c - what operation functions share: operands, promotion, broadcasting. */
#include "surface/surface_internal.h"

#include <inttypes.h>

#define TYPE_TEXT 256

bool tsri_type_of_any(tsr_builder *b, const char *name, tsr_value v, tsr_type *out) {
  if (tsri_latched(b)) return false;
  tsr_status status = tsr_value_type(b, v, out);
  if (status == TSR_OK) return true;
  tsr_builder_fail(b, tsr_annotate(status, "building %s", name));
  return false;
}

bool tsri_is_all_zero(const tsr_value *v, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (!tsr_value_is_zero(v[i])) return false;
  return true;
}

/* ---- dtypes ---- */

static tsr_value convert(tsr_builder *b, tsr_value v, tsr_dtype from, tsr_dtype to) {
  tsr_convert_attrs attrs = {to};
  if (from == to) return v;
  return tsr_emit1(b, tsr_op_core(TSR_OP_CONVERT), &attrs, TSR_VALUES(v));
}

/* A fresh constant in place of a weak number. */
static bool adopt(tsr_builder *b, const char *name, tsr_value *v, const tsr_number *number,
                  tsr_dtype dtype) {
  tsr_literal *literal = NULL;
  tsr_status status = TSR_OK;
  if (dtype == TSR_BOOL)
    status = TSR_FAIL(TSR_ERR_DTYPE, "%s: a bool and a number: convert one of them", name);
  if (status == TSR_OK) status = tsr_literal_of_number(number, dtype, &literal);
  if (status != TSR_OK) {
    tsr_builder_fail(b, tsr_annotate(status, "building %s with a partner of dtype %s", name,
                                     tsr_dtype_name(dtype)));
    return false;
  }
  tsr_constant_attrs attrs = {&literal->object};
  *v = tsr_emit1(b, tsr_op_core(TSR_OP_CONSTANT), &attrs, TSR_NO_VALUES);
  tsr_literal_release(literal);
  return !tsr_value_is_none(*v);
}

bool tsri_promote2(tsr_builder *b, const char *name, tsr_value *x, tsr_value *y) {
  tsr_type tx, ty;
  if (!tsri_type(b, name, *x, &tx) || !tsri_type(b, name, *y, &ty)) return false;
  if (tx.dtype == ty.dtype) return true;
  const tsr_number *wx = tsri_weak_find(b, *x), *wy = tsri_weak_find(b, *y);
  /* Of two weak numbers the narrower (i64 < f64 < c128) adopts. */
  if (wx && wy) *(tx.dtype < ty.dtype ? &wy : &wx) = NULL;
  if (wx) return adopt(b, name, x, &(tsr_number){wx->dtype, wx->i, wx->re, wx->im}, ty.dtype);
  if (wy) return adopt(b, name, y, &(tsr_number){wy->dtype, wy->i, wy->re, wy->im}, tx.dtype);
  tsr_dtype dtype;
  tsr_status status = tsr_dtype_promote(tx.dtype, ty.dtype, &dtype);
  if (status != TSR_OK) {
    tsr_builder_fail(b, tsr_annotate(status, "building %s", name));
    return false;
  }
  *x = convert(b, *x, tx.dtype, dtype);
  *y = convert(b, *y, ty.dtype, dtype);
  return !tsri_latched(b);
}

/* ---- shapes ---- */

tsr_value tsri_broadcast_value(tsr_builder *b, tsr_value v, int32_t rank, const tsr_dim *dims) {
  tsr_type type;
  if (!tsri_type(b, "broadcast", v, &type)) return TSR_NO_VALUE;
  if (type.rank > rank)
    return tsri_refuse(b,
                       TSR_FAIL(TSR_ERR_SHAPE,
                                "broadcast: rank %" PRId32 " does not broadcast to rank %" PRId32,
                                type.rank, rank));
  tsr_type wanted = {type.dtype, rank, dims};
  if (tsr_type_same(b->space, &type, &wanted)) return v;
  tsri_room room;
  tsri_room_enter(&room, b);
  tsr_value out = TSR_NO_VALUE;
  int64_t *axes = tsri_room_axes(&room, (size_t)type.rank);
  if (axes) {
    for (int32_t i = 0; i < type.rank; i++)
      axes[i] = rank - type.rank + i;
    tsr_broadcast_attrs attrs = {
        {dims, (size_t)rank     },
        {axes, (size_t)type.rank}
    };
    out = tsr_emit1(b, tsr_op_core(TSR_OP_BROADCAST_IN_DIM), &attrs, TSR_VALUES(v));
  }
  (void)tsri_room_leave(&room);
  return out;
}

/* Join a shape into dims[rank], aligned at the last axis. */
static bool join(const tsr_dim_space *space, const tsr_type *type, int32_t rank, tsr_dim *dims) {
  for (int32_t i = 0; i < type->rank; i++) {
    tsr_dim *to = &dims[rank - type->rank + i], from = type->dims[i];
    if (tsr_dim_is(from, 1) || tsr_dim_same(space, *to, from)) continue;
    if (!tsr_dim_is(*to, 1)) return false;
    *to = from;
  }
  return true;
}

static void refuse_shapes(tsr_builder *b, const char *name, int32_t n, const tsr_type *types) {
  char text[3][TYPE_TEXT] = {"", "", ""};
  for (int32_t i = 0; i < n && i < 3; i++)
    tsr_type_format(&types[i], text[i], sizeof text[i]);
  tsr_builder_fail(b, TSR_FAIL(TSR_ERR_SHAPE,
                               "%s: shapes do not broadcast, or are not known to: %s and %s%s%s",
                               name, text[0], text[1], n > 2 ? " and " : "", text[2]));
}

bool tsri_broadcast(tsr_builder *b, const char *name, int32_t n, tsr_value *v) {
  tsr_type types[3];
  int32_t rank = 0;
  bool same = true;
  for (int32_t i = 0; i < n; i++) {
    if (!tsri_type(b, name, v[i], &types[i])) return false;
    rank = types[i].rank > rank ? types[i].rank : rank;
    tsr_type shape = {types[0].dtype, types[i].rank, types[i].dims};
    same = same && tsri_same_at_a_glance(&types[0], &shape);
  }
  if (same) return true;
  tsri_room room;
  tsri_room_enter(&room, b);
  tsr_dim *dims = tsri_room_dims(&room, (size_t)rank);
  for (int32_t i = 0; dims && i < rank; i++)
    dims[i] = tsr_dim_of(1);
  for (int32_t i = 0; dims && i < n; i++)
    if (!join(b->space, &types[i], rank, dims)) {
      refuse_shapes(b, name, n, types);
      dims = NULL;
    }
  for (int32_t i = 0; dims && i < n; i++)
    v[i] = tsri_broadcast_value(b, v[i], rank, dims);
  return tsri_room_leave(&room) == TSR_OK;
}
