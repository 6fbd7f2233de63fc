/* arg.c - the pieces of argmax and argmin. */
#include "kernels/arg.h"

#include "blocks_tables.h"
#include "half_vector.h"

#include <math.h>
#include <string.h>

typedef uint64_t words __attribute__((vector_size(TSRI_VECTOR)));

#define AS_STORED(x) (*(const OF(stored) *)(x))

#define ID        F16
#define S         uint16_t
#define R         float
#define BITS      32
#define LOAD(x)   tsri_f32_of_f16(x)
#define FETCH(x)  tsri_f32_of_f16_vector(x)
#define IS_NAN(v) ((v) != (v))
#define LOWEST    (-(R)INFINITY)
#define GREATEST  ((R)INFINITY)
#include "blocks_arg_both.inc"
#define ID        BF16
#define S         uint16_t
#define R         float
#define BITS      32
#define LOAD(x)   tsri_f32_of_bf16(x)
#define FETCH(x)  tsri_f32_of_bf16_vector(x)
#define IS_NAN(v) ((v) != (v))
#define LOWEST    (-(R)INFINITY)
#define GREATEST  ((R)INFINITY)
#include "blocks_arg_both.inc"
#define ID        F32
#define S         float
#define R         float
#define BITS      32
#define LOAD(x)   (x)
#define FETCH(x)  AS_STORED(x)
#define IS_NAN(v) ((v) != (v))
#define LOWEST    (-(R)INFINITY)
#define GREATEST  ((R)INFINITY)
#include "blocks_arg_both.inc"
#define ID        F64
#define S         double
#define R         double
#define BITS      64
#define LOAD(x)   (x)
#define FETCH(x)  AS_STORED(x)
#define IS_NAN(v) ((v) != (v))
#define LOWEST    (-(R)INFINITY)
#define GREATEST  ((R)INFINITY)
#include "blocks_arg_both.inc"
#define ID        I8
#define S         int8_t
#define R         int8_t
#define BITS      8
#define LOAD(x)   (x)
#define FETCH(x)  AS_STORED(x)
#define IS_NAN(v) 0
#define LOWEST    INT8_MIN
#define GREATEST  INT8_MAX
#include "blocks_arg_both.inc"
#define ID        I16
#define S         int16_t
#define R         int16_t
#define BITS      16
#define LOAD(x)   (x)
#define FETCH(x)  AS_STORED(x)
#define IS_NAN(v) 0
#define LOWEST    INT16_MIN
#define GREATEST  INT16_MAX
#include "blocks_arg_both.inc"
#define ID        I32
#define S         int32_t
#define R         int32_t
#define BITS      32
#define LOAD(x)   (x)
#define FETCH(x)  AS_STORED(x)
#define IS_NAN(v) 0
#define LOWEST    INT32_MIN
#define GREATEST  INT32_MAX
#include "blocks_arg_both.inc"
#define ID        I64
#define S         int64_t
#define R         int64_t
#define BITS      64
#define LOAD(x)   (x)
#define FETCH(x)  AS_STORED(x)
#define IS_NAN(v) 0
#define LOWEST    INT64_MIN
#define GREATEST  INT64_MAX
#include "blocks_arg_both.inc"
#define ID        U8
#define S         uint8_t
#define R         uint8_t
#define BITS      8
#define LOAD(x)   (x)
#define FETCH(x)  AS_STORED(x)
#define IS_NAN(v) 0
#define LOWEST    0
#define GREATEST  UINT8_MAX
#include "blocks_arg_both.inc"
#define ID        U16
#define S         uint16_t
#define R         uint16_t
#define BITS      16
#define LOAD(x)   (x)
#define FETCH(x)  AS_STORED(x)
#define IS_NAN(v) 0
#define LOWEST    0
#define GREATEST  UINT16_MAX
#include "blocks_arg_both.inc"
#define ID        U32
#define S         uint32_t
#define R         uint32_t
#define BITS      32
#define LOAD(x)   (x)
#define FETCH(x)  AS_STORED(x)
#define IS_NAN(v) 0
#define LOWEST    0
#define GREATEST  UINT32_MAX
#include "blocks_arg_both.inc"
#define ID        U64
#define S         uint64_t
#define R         uint64_t
#define BITS      64
#define LOAD(x)   (x)
#define FETCH(x)  AS_STORED(x)
#define IS_NAN(v) 0
#define LOWEST    0
#define GREATEST  UINT64_MAX
#include "blocks_arg_both.inc"

#define ARG(kind, ID)                                                                              \
  { kind##_clear_##ID, kind##_across_##ID, arg_find_##ID, kind##_join_##ID }
#define OF(kind, ID) [TSR_##ID] = ARG(kind, ID)
#define ALL(kind)                                                                                  \
  {                                                                                                \
    OF(kind, F16), OF(kind, BF16), OF(kind, F32), OF(kind, F64), OF(kind, I8), OF(kind, I16),      \
        OF(kind, I32), OF(kind, I64), OF(kind, U8), OF(kind, U16), OF(kind, U32),                  \
        OF(kind, U64), [TSR_BOOL] = ARG(kind, U8)                                                  \
  }
const tsri_arg_reducer TSRI_OF_VARIANT(tsri_arg_reducers)[2][TSR_DTYPE_COUNT] = {ALL(argmax),
                                                                                 ALL(argmin)};
