/* sort_key.c - keys to sort by, for every ordered dtype. */
#include "sort_key.h"

#include <string.h>

#define TSRI_CAT_(a, b) a##_##b
#define TSRI_CAT(a, b)  TSRI_CAT_(a, b)

/* Bits of a float in the order of the numbers: both zeros are the same. */
#define FLOAT(u, sign)                                                                             \
  (((u) & ~(sign)) == 0 ? (uint64_t)(sign)                                                         \
   : (u) & (sign)       ? (uint64_t)((sign) | ((sign)-1)) ^ (u)                                    \
                        : (u) | (sign))
#define NUMBER(r, sign) ((r) & (sign) ? (r) ^ (sign) : (uint64_t)((sign) | ((sign)-1)) ^ (r))
#define NEVER(u)        false
#define SAME(u)         ((uint64_t)(u))
#define SIGN            (UINT64_C(1) << (8 * sizeof(T) - 1))
#define SIGNED(u)       (((uint64_t)(int64_t)(u) ^ SIGN) & KEY_MAX)
#define UNSIGNED(r)     ((r) ^ SIGN)

#define ID        F16
#define T         uint16_t
#define KEY_MAX   UINT64_C(0xffff)
#define IS_NAN(u) (((u)&0x7fffu) > 0x7c00u)
#define RANK(u)   FLOAT(u, UINT64_C(0x8000))
#define UNRANK(r) NUMBER(r, UINT64_C(0x8000))
#include "sort_key.inc"
#define ID        BF16
#define T         uint16_t
#define KEY_MAX   UINT64_C(0xffff)
#define IS_NAN(u) (((u)&0x7fffu) > 0x7f80u)
#define RANK(u)   FLOAT(u, UINT64_C(0x8000))
#define UNRANK(r) NUMBER(r, UINT64_C(0x8000))
#include "sort_key.inc"
#define ID        F32
#define T         uint32_t
#define KEY_MAX   UINT64_C(0xffffffff)
#define IS_NAN(u) (((u)&0x7fffffffu) > 0x7f800000u)
#define RANK(u)   FLOAT(u, UINT64_C(0x80000000))
#define UNRANK(r) NUMBER(r, UINT64_C(0x80000000))
#include "sort_key.inc"
#define ID        F64
#define T         uint64_t
#define KEY_MAX   UINT64_MAX
#define IS_NAN(u) (((u) & ~(UINT64_C(1) << 63)) > UINT64_C(0x7ff0000000000000))
#define RANK(u)   FLOAT(u, UINT64_C(1) << 63)
#define UNRANK(r) NUMBER(r, UINT64_C(1) << 63)
#include "sort_key.inc"
#define ID      I8
#define T       int8_t
#define KEY_MAX UINT64_C(0xff)
#define IS_NAN  NEVER
#define RANK    SIGNED
#define UNRANK  UNSIGNED
#include "sort_key.inc"
#define ID      I16
#define T       int16_t
#define KEY_MAX UINT64_C(0xffff)
#define IS_NAN  NEVER
#define RANK    SIGNED
#define UNRANK  UNSIGNED
#include "sort_key.inc"
#define ID      I32
#define T       int32_t
#define KEY_MAX UINT64_C(0xffffffff)
#define IS_NAN  NEVER
#define RANK    SIGNED
#define UNRANK  UNSIGNED
#include "sort_key.inc"
#define ID      I64
#define T       int64_t
#define KEY_MAX UINT64_MAX
#define IS_NAN  NEVER
#define RANK    SIGNED
#define UNRANK  UNSIGNED
#include "sort_key.inc"
#define ID      U8
#define T       uint8_t
#define KEY_MAX UINT64_C(0xff)
#define IS_NAN  NEVER
#define RANK    SAME
#define UNRANK  SAME
#include "sort_key.inc"
#define ID      U16
#define T       uint16_t
#define KEY_MAX UINT64_C(0xffff)
#define IS_NAN  NEVER
#define RANK    SAME
#define UNRANK  SAME
#include "sort_key.inc"
#define ID      U32
#define T       uint32_t
#define KEY_MAX UINT64_C(0xffffffff)
#define IS_NAN  NEVER
#define RANK    SAME
#define UNRANK  SAME
#include "sort_key.inc"
#define ID      U64
#define T       uint64_t
#define KEY_MAX UINT64_MAX
#define IS_NAN  NEVER
#define RANK    SAME
#define UNRANK  SAME
#include "sort_key.inc"

#define ROW(ID, of, bits) [TSR_##ID] = {bits, differ_##of, pack_##of, read_##of, write_##of}
const tsri_sort_key tsri_sort_keys[TSR_DTYPE_COUNT] = {
    ROW(BOOL, U8, 8),    ROW(I8, I8, 8),    ROW(I16, I16, 16), ROW(I32, I32, 32), ROW(I64, I64, 64),
    ROW(U8, U8, 8),      ROW(U16, U16, 16), ROW(U32, U32, 32), ROW(U64, U64, 64), ROW(F16, F16, 16),
    ROW(BF16, BF16, 16), ROW(F32, F32, 32), ROW(F64, F64, 64)};
