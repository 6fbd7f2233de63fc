/* inverse.c - inverses and powers of matrices, by solves and products. */
#include "linalg_internal.h"

#include "tsr/arena.h"
#include "tsr/ops.h"
#include "tsr/spi/builder.h"

/* The identity for every matrix of a, which is square. */
static tsr_status identity_like(tsr_builder *b, const char *name, tsr_value a, tsr_value *out) {
  tsr_type type;
  char text[128];
  TSR_TRY(tsr_value_type(b, a, &type));
  const tsr_dim *last = type.dims + type.rank - 2;
  const bool is_square = type.rank >= 2 && (!tsr_dim_is_const(last[0]) ||
                                            !tsr_dim_is_const(last[1]) || last[0].n == last[1].n);
  if (!is_square)
    return TSR_FAIL(TSR_ERR_SHAPE, "%s: a is %s, wanted is a square matrix [.., n, n]", name,
                    tsr_type_format(&type, text, sizeof text));
  const tsr_value eye = tsr_eye(b, type.dtype, last[0], last[0], 0);
  *out = tsr_broadcast_to(b, eye, (tsr_shape){type.dims, (size_t)type.rank});
  return tsr_builder_status(b);
}

static tsr_value inverse(tsr_builder *b, const char *name, tsr_value a, tsr_value *info) {
  tsr_value eye;
  if (tsr_builder_status(b) != TSR_OK ||
      tsr_builder_fail(b, identity_like(b, name, a, &eye)) != TSR_OK)
    return TSR_NO_VALUE;
  return tsri_linalg_solve(b, a, eye, info);
}

tsr_value tsr_inv(tsr_builder *b, tsr_value a) { return inverse(b, "inv", a, NULL); }

tsr_solve_result tsr_inv_ex(tsr_builder *b, tsr_value a) {
  tsr_solve_result out = {TSR_NO_VALUE, TSR_NO_VALUE};
  out.x = inverse(b, "inv", a, &out.info);
  if (tsr_value_is_none(out.x)) out.info = TSR_NO_VALUE;
  return out;
}

/* From the lowest bit of n up: out collects the squares a, a^2, a^4 .. that n asks for. */
tsr_value tsr_matrix_power(tsr_builder *b, tsr_value a, int64_t n) {
  uint64_t bits = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
  tsr_value out;
  if (tsr_builder_status(b) != TSR_OK ||
      tsr_builder_fail(b, identity_like(b, "matrix_power", a, &out)) != TSR_OK)
    return TSR_NO_VALUE;
  if (n < 0) a = inverse(b, "matrix_power", a, NULL);
  for (bool first = true; bits > 0; bits >>= 1) {
    if (bits & 1) {
      out = first ? a : tsr_matmul(b, out, a);
      first = false;
    }
    if (bits > 1) a = tsr_matmul(b, a, a);
  }
  return out;
}
