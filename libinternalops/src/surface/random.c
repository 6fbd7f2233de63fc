/* surface/random.c - random bits and their state. */
#include "axes.h"

tsr_status tsr_rng_bit_generator(tsr_builder *b, tsr_value state, tsr_dtype dtype, tsr_shape shape,
                                 tsr_value *out) {
  const tsr_rng_attrs attrs = {dtype, shape};
  return tsr_emit(b, tsr_op_core(TSR_OP_RNG_BIT_GENERATOR), &attrs, TSR_VALUES(state), out);
}

/* u64[2]: the seed, and counter 0. Its 64 bits pass through i64 unchanged. */
tsr_value tsr_rng_state(tsr_builder *b, uint64_t seed) {
  const int64_t bits = seed > INT64_MAX ? -(int64_t)(UINT64_MAX - seed) - 1 : (int64_t)seed;
  const tsr_value key = tsr_convert(b, tsr_scalar_int(b, bits), TSR_U64);
  const tsr_shape one = TSR_SHAPE(tsr_dim_of(1));
  return tsr_concatenate(b, TSR_VALUES(tsr_reshape(b, key, one), tsr_zeros(b, TSR_U64, one)), 0);
}
