/* tsr/value.h - handles of values, and the type every value has. */
#ifndef TSR_VALUE_H
#define TSR_VALUE_H

#include "tsr/dim.h"
#include "tsr/dtype.h"

TSR_BEGIN

/* A value of some builder: its generation in the upper half, an index in the lower.
 * {0} is "no value", the result of a call that failed. A value is checked wherever it
 * is used; one that belongs to no open builder in sight is ERR_ARGUMENT.
 */
typedef struct tsr_value {
  uint64_t id;
} tsr_value;

static inline tsr_value tsr_value_of_id(uint64_t id) {
  tsr_value value = {id};
  return value;
}
#define TSR_NO_VALUE tsr_value_of_id(0)
/* A tangent or cotangent known to be zero, of whatever shape its place asks for. */
#define TSR_ZERO_VALUE tsr_value_of_id(UINT64_MAX)

static inline bool tsr_value_is_none(tsr_value v) { return v.id == 0; }
static inline bool tsr_value_is_zero(tsr_value v) { return v.id == UINT64_MAX; }

TSR_LIST_TYPE(tsr_value, tsr_values);
#define TSR_VALUES(...) TSR_MAKE_LIST(tsr_values, tsr_value, __VA_ARGS__)
static inline tsr_values tsr_values_none(void) {
  tsr_values none = {NULL, 0};
  return none;
}
#define TSR_NO_VALUES tsr_values_none()
/* A list of n values that already stand in an array. */
static inline tsr_values tsr_values_of(const tsr_value *data, size_t n) {
  tsr_values list = {data, n};
  return list;
}

/* Element type and shape; dims are owned by whoever lends the type. */
typedef struct tsr_type {
  tsr_dtype dtype;
  int32_t rank;
  const tsr_dim *dims; /* [rank] */
} tsr_type;

/* tsr_type_same - equal dtype, rank and (as far as space knows) dims. */
TSR_API bool tsr_type_same(const tsr_dim_space *space, const tsr_type *a, const tsr_type *b);

/* tsr_type_format - text such as "f64[n, 3]", cut to size bytes; gives buffer.
 *
 * in   type          a type
 *      buffer, size  size > 0 bytes
 */
TSR_API const char *tsr_type_format(const tsr_type *type, char *buffer, size_t size);

TSR_END

#endif /* TSR_VALUE_H */
