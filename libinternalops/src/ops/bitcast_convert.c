/* bitcast_convert.c - z = the bits of x as another dtype (StableHLO bitcast_convert).
 *
 * A narrower dtype gives a last axis that counts the parts of an element, the lowest bits
 * first; a wider one takes such an axis away. Bits of numbers are no function that could be
 * differentiated: integers carry no tangents, and from floats to other floats there is no
 * rule, rather than a zero.
 */
#include "axes.h"

#include <inttypes.h>

static tsr_dtype target(const tsr_call *c) { return ((const tsr_convert_attrs *)c->attrs)->dtype; }

/* Bool has one bit, and complex numbers are pairs: both keep to themselves. */
static bool is_alike(tsr_dtype from, tsr_dtype to) {
  const bool is_complex = tsr_dtype_kind(from) == TSR_KIND_COMPLEX;
  return (from == TSR_BOOL) == (to == TSR_BOOL) &&
         is_complex == (tsr_dtype_kind(to) == TSR_KIND_COMPLEX);
}

static tsr_status check_dtypes(const tsr_call *c) {
  const tsr_dtype from = c->in_type[0].dtype, to = target(c);
  if ((size_t)to >= TSR_DTYPE_COUNT)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "bitcast_convert: %d is no dtype", (int)to);
  if (is_alike(from, to)) return TSR_OK;
  return TSR_FAIL(TSR_ERR_DTYPE,
                  "bitcast_convert: %s to %s: bool goes to bool only, and complex to complex",
                  tsr_dtype_name(from), tsr_dtype_name(to));
}

/* The last axis holds the n parts of an element of the target. */
static tsr_status check_parts(const tsr_call *c, int64_t n) {
  const tsr_type *x = &c->in_type[0];
  char text[128];
  if (x->rank > 0 && tsr_dim_is(x->dims[x->rank - 1], n)) return TSR_OK;
  return TSR_FAIL(TSR_ERR_SHAPE, "bitcast_convert: %s to %s: the last axis must have size %" PRId64,
                  tsr_type_format(x, text, sizeof text), tsr_dtype_name(target(c)), n);
}

static tsr_status infer(const tsr_call *c, tsr_type *out) {
  const tsr_type *x = &c->in_type[0];
  TSR_TRY(check_dtypes(c));
  const int64_t from = (int64_t)tsr_dtype_size(x->dtype), to = (int64_t)tsr_dtype_size(target(c));
  out[0] = *x;
  out[0].dtype = target(c);
  if (to > from) {
    TSR_TRY(check_parts(c, to / from));
    out[0].rank--;
  } else if (to < from) {
    tsr_dim *dims;
    TSR_TRY(tsri_infer_dims(c, (size_t)x->rank + 1, &dims));
    for (int32_t k = 0; k < x->rank; k++)
      dims[k] = x->dims[k];
    dims[x->rank] = tsr_dim_of(from / to);
    out[0] = (tsr_type){target(c), x->rank + 1, dims};
  }
  return TSR_OK;
}

static tsr_status jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  const tsr_dtype from = c->in_type[0].dtype, to = target(c);
  out_t[0] = from == to ? t[0] : TSR_ZERO_VALUE;
  if (from == to || tsr_value_is_zero(t[0]) || !tsr_dtype_is_active(to))
    return tsr_builder_status(b);
  return TSR_FAIL(TSR_ERR_NO_RULE, "bitcast_convert: no derivative from %s to %s",
                  tsr_dtype_name(from), tsr_dtype_name(to));
}

/* The mapped axis stays where it is, but before the axis of parts. */
static tsr_status batch(tsr_builder *b, const tsr_call *c, const tsr_batch *map, tsr_value *out,
                        int32_t *out_axis) {
  const bool is_last = map->axis[0] == c->in_type[0].rank - 1;
  const tsr_value x = is_last ? tsr_batch_front(b, c->in[0], map->axis[0], map->size) : c->in[0];
  out[0] = tsr_bitcast_convert(b, x, target(c));
  out_axis[0] = is_last ? 0 : map->axis[0];
  return tsr_builder_status(b);
}

/* x itself; there and back is x. */
static tsr_status simplify(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  tsr_call inner;
  if (c->in_type[0].dtype == target(c)) {
    out[0] = c->in[0];
  } else if (tsri_producer(b, c->in[0], TSR_OP_BITCAST_CONVERT, &inner)) {
    if (inner.in_type[0].dtype == target(c)) out[0] = inner.in[0];
  }
  return tsr_builder_status(b);
}

const tsr_rules tsri_bitcast_convert_rules = {
    .infer = infer, .jvp = jvp, .batch = batch, .simplify = simplify};
