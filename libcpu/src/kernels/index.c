/* index.c - index vectors of any integer type read as i64. */
#include "index.h"

#define LOAD(ID, T)                                                                                \
  static int64_t load_##ID(const void *data, int64_t i) { return (int64_t)((const T *)data)[i]; }
LOAD(BOOL, uint8_t)
LOAD(I8, int8_t)
LOAD(I16, int16_t)
LOAD(I32, int32_t)
LOAD(I64, int64_t)
LOAD(U8, uint8_t)
LOAD(U16, uint16_t)
LOAD(U32, uint32_t)
#undef LOAD
static int64_t load_U64(const void *data, int64_t i) {
  uint64_t v = ((const uint64_t *)data)[i];
  return v > INT64_MAX ? INT64_MAX : (int64_t)v;
}

static int64_t (*const loads[TSR_DTYPE_COUNT])(const void *, int64_t) = {
    [TSR_BOOL] = load_BOOL, [TSR_I8] = load_I8,   [TSR_I16] = load_I16,
    [TSR_I32] = load_I32,   [TSR_I64] = load_I64, [TSR_U8] = load_U8,
    [TSR_U16] = load_U16,   [TSR_U32] = load_U32, [TSR_U64] = load_U64,
};

int64_t tsri_index_at(tsr_dtype dtype, const void *data, int64_t i) {
  return loads[dtype](data, i);
}
