/* surface/random.c - random bits and their state. */
#include "axes.h"

tsr_status tsr_rng_bit_generator(tsr_builder *b, tsr_value state, tsr_dtype dtype, tsr_shape shape,
                                 tsr_value *out) {
  const tsr_rng_attrs attrs = {dtype, shape};
  return tsr_emit(b, tsr_op_core(TSR_OP_RNG_BIT_GENERATOR), &attrs, TSR_VALUES(state), out);
}

/* u64[2]: the seed, and counter 0. */
tsr_value tsr_rng_state(tsr_builder *b, uint64_t seed) {
  const uint64_t state[2] = {seed, 0};
  tsr_literal *literal;
  if (tsri_latched(b)) return TSR_NO_VALUE;
  const tsr_status status = tsr_literal_create(TSR_U64, TSR_DIMS(2), state, &literal);
  if (status != TSR_OK) return tsri_refuse(b, status);
  const tsr_constant_attrs attrs = {&literal->object};
  const tsr_value out = tsri_emit(b, TSR_OP_CONSTANT, &attrs, TSR_NO_VALUES);
  tsr_literal_release(literal);
  return out;
}
