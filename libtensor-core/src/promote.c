/* libtensor-core/src/promote.c - the common dtype of two operands, as one table.
 *
 * The rules are those of the Python Array API; f16 with bf16, which it does not
 * know, gives f32, the smallest type that holds both.
 */
#include "tsr/dtype.h"

enum {
  REFUSED = TSR_DTYPE_COUNT
};

/* Short names so that a row fits a line; __ means refused. */
enum {
  __ = REFUSED,
  bo = TSR_BOOL,
  i1 = TSR_I8,
  i2 = TSR_I16,
  i4 = TSR_I32,
  i8 = TSR_I64,
  u1 = TSR_U8,
  u2 = TSR_U16,
  u4 = TSR_U32,
  u8 = TSR_U64,
  h2 = TSR_F16,
  b2 = TSR_BF16,
  f4 = TSR_F32,
  f8 = TSR_F64,
  c4 = TSR_C64,
  c8 = TSR_C128
};

/* clang-format off */
static const uint8_t promoted[TSR_DTYPE_COUNT][TSR_DTYPE_COUNT] = {
    /*            bo  i1  i2  i4  i8  u1  u2  u4  u8  h2  b2  f4  f8  c4  c8 */
    [TSR_BOOL] = {bo, __, __, __, __, __, __, __, __, __, __, __, __, __, __},
    [TSR_I8]   = {__, i1, i2, i4, i8, i2, i4, i8, __, __, __, __, __, __, __},
    [TSR_I16]  = {__, i2, i2, i4, i8, i2, i4, i8, __, __, __, __, __, __, __},
    [TSR_I32]  = {__, i4, i4, i4, i8, i4, i4, i8, __, __, __, __, __, __, __},
    [TSR_I64]  = {__, i8, i8, i8, i8, i8, i8, i8, __, __, __, __, __, __, __},
    [TSR_U8]   = {__, i2, i2, i4, i8, u1, u2, u4, u8, __, __, __, __, __, __},
    [TSR_U16]  = {__, i4, i4, i4, i8, u2, u2, u4, u8, __, __, __, __, __, __},
    [TSR_U32]  = {__, i8, i8, i8, i8, u4, u4, u4, u8, __, __, __, __, __, __},
    [TSR_U64]  = {__, __, __, __, __, u8, u8, u8, u8, __, __, __, __, __, __},
    [TSR_F16]  = {__, __, __, __, __, __, __, __, __, h2, f4, f4, f8, c4, c8},
    [TSR_BF16] = {__, __, __, __, __, __, __, __, __, f4, b2, f4, f8, c4, c8},
    [TSR_F32]  = {__, __, __, __, __, __, __, __, __, f4, f4, f4, f8, c4, c8},
    [TSR_F64]  = {__, __, __, __, __, __, __, __, __, f8, f8, f8, f8, c8, c8},
    [TSR_C64]  = {__, __, __, __, __, __, __, __, __, c4, c4, c4, c8, c4, c8},
    [TSR_C128] = {__, __, __, __, __, __, __, __, __, c8, c8, c8, c8, c8, c8},
};
/* clang-format on */

tsr_status tsr_dtype_promote(tsr_dtype a, tsr_dtype b, tsr_dtype *out) {
  *out = (tsr_dtype)0;
  if ((size_t)a >= TSR_DTYPE_COUNT || (size_t)b >= TSR_DTYPE_COUNT)
    return TSR_FAIL(TSR_ERR_DTYPE, "%d and %d are not both dtypes", (int)a, (int)b);
  if (promoted[a][b] == REFUSED)
    return TSR_FAIL(TSR_ERR_DTYPE, "%s and %s have no common type: convert one of them",
                    tsr_dtype_name(a), tsr_dtype_name(b));
  *out = (tsr_dtype)promoted[a][b];
  return TSR_OK;
}
