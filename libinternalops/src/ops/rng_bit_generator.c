/* rng_bit_generator.c - (state', bits) = Philox 4x32-10 from state = (key, counter).
 *
 * Block i of the stream is the cipher of counter + i, high half 0, under key: four words of
 * 32 bits. They fill the result in C order, elements of 64 bits take two, the lower first;
 * the counter moves on by the blocks begun.
 *
 * An instance of a batch draws exactly what it would draw alone with its own state, so a
 * batch is a scan over states. Independent streams come from distinct keys.
 */
#include "axes.h"

static tsr_status infer(const tsr_call *c, tsr_type *out) {
  const tsr_rng_attrs *a = c->attrs;
  const tsr_type *state = &c->in_type[0];
  const uint32_t words = TSR_BIT(I32) | TSR_BIT(U32) | TSR_BIT(I64) | TSR_BIT(U64);
  char text[2 * TSRI_DIM_TEXT];
  TSR_TRY(tsr_require_dtype(c, 0, TSR_BIT(U64)));
  if (state->rank != 1 || !tsr_dim_is(state->dims[0], 2))
    return TSR_FAIL(TSR_ERR_SHAPE, "%s: the state must be u64[2], not %s", c->op->name,
                    tsr_type_format(state, text, sizeof text));
  if ((unsigned)a->dtype >= TSR_DTYPE_COUNT || !(words >> a->dtype & 1))
    return TSR_FAIL(TSR_ERR_DTYPE, "%s: bits are i32, u32, i64 or u64, not %s", c->op->name,
                    tsr_dtype_name(a->dtype));
  TSR_TRY(tsr_type_make(c, TSR_U64, 1, state->dims, &out[0]));
  return tsri_infer_shape(c, a->dtype, a->shape, &out[1]);
}

static tsr_status draw(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  const tsr_rng_attrs *a = *(const tsr_rng_attrs *const *)ctx;
  return tsr_rng_bit_generator(b, in[0], a->dtype, a->shape, out);
}

static tsr_status batch(tsr_builder *b, const tsr_call *c, const tsr_batch *map, tsr_value *out,
                        int32_t *out_axis) {
  const tsr_rng_attrs *a = c->attrs;
  const tsr_value states = tsr_batch_front(b, c->in[0], map->axis[0], map->size);
  out_axis[0] = out_axis[1] = 0;
  return tsr_scan(b, draw, &a, TSR_NO_VALUES, TSR_VALUES(states), map->size, TSR_SCAN_FORWARD, 2,
                  out);
}

/* ceil(words / 4) */
static tsr_status blocks(tsr_dim_space *space, const tsr_rng_attrs *a, tsr_dim *out) {
  const int64_t words = (int64_t)tsr_dtype_size(a->dtype) / 4;
  TSR_TRY(tsri_count(space, a->shape, out));
  TSR_TRY(tsr_dim_mul(space, *out, tsr_dim_of(words), out));
  TSR_TRY(tsr_dim_add(space, *out, tsr_dim_of(3), out));
  return tsr_dim_div(space, *out, tsr_dim_of(4), out);
}

/* Bits nobody reads: the counter moves on all the same. */
static tsr_status prune(tsr_builder *b, const tsr_call *c, const bool *live, tsr_value *out) {
  tsr_dim n = tsr_dim_of(0);
  if (live[1]) return TSR_OK;
  tsr_builder_fail(b, blocks(b->space, c->attrs, &n));
  const tsr_value one = tsr_expand_dims(b, tsr_dim_value(b, n, TSR_U64), TSR_AXES(0));
  const tsr_value zero = tsr_zeros(b, TSR_U64, TSR_SHAPE(tsr_dim_of(1)));
  out[0] = tsr_add(b, c->in[0], tsr_concatenate(b, TSR_VALUES(zero, one), 0));
  return tsr_builder_status(b);
}

const tsr_rules tsri_rng_bit_generator_rules = {.infer = infer, .batch = batch, .prune = prune};
