/* require.c - the first checks of infer rules; each failure names the op and both values. */
#include "text_internal.h"

#include <inttypes.h>

#include "tsr/spi/call.h"

#define TYPE_TEXT 256

tsr_status tsr_type_make(const tsr_call *c, tsr_dtype dtype, int32_t rank, const tsr_dim *dims,
                         tsr_type *out) {
  *out = (tsr_type){0};
  for (int32_t i = 0; i < rank; i++)
    if (tsr_dim_is_const(dims[i]) && dims[i].n < 0)
      return TSR_FAIL(TSR_ERR_SHAPE, "%s: axis %" PRId32 " of the result would have size %" PRId64,
                      c->op->name, i, dims[i].n);
  void *copy;
  TSR_TRY(tsr_arena_copy(c->context->arena, dims, (size_t)rank * sizeof *dims, &copy));
  *out = (tsr_type){dtype, rank, copy};
  return TSR_OK;
}

static tsr_status bad_rank(const tsr_call *c, int32_t i, const char *wanted, int32_t rank) {
  char text[TYPE_TEXT];
  return TSR_FAIL(TSR_ERR_SHAPE,
                  "%s: operand %" PRId32 " is %s of rank %" PRId32 ", wanted is rank %" PRId32 "%s",
                  c->op->name, i, tsr_type_format(&c->in_type[i], text, sizeof text),
                  c->in_type[i].rank, rank, wanted);
}

tsr_status tsr_require_rank(const tsr_call *c, int32_t i, int32_t rank) {
  return c->in_type[i].rank == rank ? TSR_OK : bad_rank(c, i, "", rank);
}

tsr_status tsr_require_min_rank(const tsr_call *c, int32_t i, int32_t rank) {
  return c->in_type[i].rank >= rank ? TSR_OK : bad_rank(c, i, " or more", rank);
}

tsr_status tsr_require_dtype(const tsr_call *c, int32_t i, uint32_t dtypes) {
  tsr_dtype dtype = c->in_type[i].dtype;
  if ((size_t)dtype < TSR_DTYPE_COUNT && (dtypes >> dtype & 1) != 0) return TSR_OK;
  char list[TYPE_TEXT];
  tsri_attr_text text = tsri_attr_text_into(list, sizeof list);
  for (int d = 0; d < TSR_DTYPE_COUNT; d++)
    if (dtypes >> d & 1) tsri_attr_text_add(&text, " %s", tsr_dtype_name((tsr_dtype)d));
  return TSR_FAIL(TSR_ERR_DTYPE, "%s: operand %" PRId32 " is %s, accepted are%s", c->op->name, i,
                  tsr_dtype_name(dtype), list);
}

tsr_status tsr_require_same_dtype(const tsr_call *c, int32_t i, int32_t j) {
  if (c->in_type[i].dtype == c->in_type[j].dtype) return TSR_OK;
  return TSR_FAIL(
      TSR_ERR_DTYPE, "%s: operands %" PRId32 " and %" PRId32 " have different dtypes: %s and %s",
      c->op->name, i, j, tsr_dtype_name(c->in_type[i].dtype), tsr_dtype_name(c->in_type[j].dtype));
}

tsr_status tsr_require_same_dim(const tsr_call *c, int32_t i, int32_t axis_i, int32_t j,
                                int32_t axis_j) {
  const tsr_type *a = &c->in_type[i], *b = &c->in_type[j];
  if (axis_i >= a->rank) return bad_rank(c, i, " or more", axis_i + 1);
  if (axis_j >= b->rank) return bad_rank(c, j, " or more", axis_j + 1);
  tsr_dim m = a->dims[axis_i], n = b->dims[axis_j];
  if (tsr_dim_same(c->context->space, m, n)) return TSR_OK;
  char text_m[TYPE_TEXT], text_n[TYPE_TEXT];
  return TSR_FAIL(TSR_ERR_SHAPE,
                  "%s: axis %" PRId32 " of operand %" PRId32 " and axis %" PRId32
                  " of operand %" PRId32 " %s: %s and %s",
                  c->op->name, axis_i, i, axis_j, j,
                  tsr_dim_is_const(m) && tsr_dim_is_const(n) ? "differ in size"
                                                             : "are not known to agree in size",
                  tsr_dim_format(m, text_m, sizeof text_m),
                  tsr_dim_format(n, text_n, sizeof text_n));
}

tsr_status tsr_require_same_type(const tsr_call *c, int32_t i, int32_t j) {
  const tsr_type *a = &c->in_type[i], *b = &c->in_type[j];
  if (tsr_type_same(c->context->space, a, b)) return TSR_OK;
  TSR_TRY(tsr_require_same_dtype(c, i, j));
  char text_a[TYPE_TEXT], text_b[TYPE_TEXT];
  return TSR_FAIL(TSR_ERR_SHAPE,
                  "%s: operands %" PRId32 " and %" PRId32 " have different shapes: %s and %s",
                  c->op->name, i, j, tsr_type_format(a, text_a, sizeof text_a),
                  tsr_type_format(b, text_b, sizeof text_b));
}
