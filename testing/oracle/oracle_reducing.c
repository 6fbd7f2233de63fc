/* oracle_reducing.c - sums, products, extremes, contractions, random bits. */
#include "oracle_internal.h"

#include <math.h>

/* Element n of x in the coordinates of the axes that stay. */
static tsr_cell *kept(const oracle_call *c, tsr_axes axes, int64_t n) {
  const tsr_array *x = &c->in[0];
  int64_t i[TSR_ORACLE_RANK], to[TSR_ORACLE_RANK];
  int32_t rank = 0;
  oracle_unravel(x, n, i);
  for (int32_t k = 0; k < x->rank; k++)
    if (!oracle_has(axes, k)) to[rank++] = i[k];
  return oracle_at(&c->out[0], to);
}

static tsr_status reduce_sum(const oracle_call *c) {
  const tsr_reduce_attrs *a = c->attrs;
  for (int64_t n = 0; n < c->in[0].n; n++) {
    tsr_cell *z = kept(c, a->axes, n);
    *z = oracle_add(c->in[0].dtype, *z, c->in[0].at[n]);
  }
  return TSR_OK;
}

static tsr_status reduce_prod(const oracle_call *c) {
  const tsr_reduce_attrs *a = c->attrs;
  const tsr_cell one = oracle_is_float(c->in[0].dtype) ? (tsr_cell){.re = 1} : (tsr_cell){.i = 1};
  for (int64_t n = 0; n < c->out[0].n; n++)
    c->out[0].at[n] = one;
  for (int64_t n = 0; n < c->in[0].n; n++) {
    tsr_cell *z = kept(c, a->axes, n);
    *z = oracle_mul(c->in[0].dtype, *z, c->in[0].at[n]);
  }
  return TSR_OK;
}

/* The value that no other is below; above. */
static tsr_cell lowest(tsr_dtype dtype) {
  const int bits = (int)tsr_dtype_size(dtype) * 8;
  if (oracle_is_float(dtype)) return (tsr_cell){.re = -INFINITY};
  return (tsr_cell){.i = tsr_dtype_kind(dtype) == TSR_KIND_SIGNED ? INT64_MIN >> (64 - bits) : 0};
}
static tsr_cell greatest(tsr_dtype dtype) {
  const int bits = (int)tsr_dtype_size(dtype) * 8;
  if (oracle_is_float(dtype)) return (tsr_cell){.re = INFINITY};
  if (dtype == TSR_BOOL) return (tsr_cell){.i = 1};
  if (tsr_dtype_kind(dtype) == TSR_KIND_SIGNED) return (tsr_cell){.i = INT64_MAX >> (64 - bits)};
  return (tsr_cell){.i = bits == 64 ? -1 : (INT64_C(1) << bits) - 1};
}

bool oracle_beats(tsr_dtype dtype, bool least, tsr_cell y, tsr_cell best) {
  if (oracle_is_float(dtype) && (isnan(y.re) || isnan(best.re))) return !isnan(best.re);
  return least ? oracle_less(dtype, y, best) : oracle_less(dtype, best, y);
}

static tsr_status reduce_extreme(const oracle_call *c) {
  const tsr_reduce_attrs *a = c->attrs;
  const tsr_dtype dtype = c->in[0].dtype;
  const bool least = tsr_op_core_id(c->op) == TSR_OP_REDUCE_MIN;
  for (int64_t n = 0; n < c->out[0].n; n++)
    c->out[0].at[n] = least ? greatest(dtype) : lowest(dtype);
  for (int64_t n = 0; n < c->in[0].n; n++) {
    tsr_cell *z = kept(c, a->axes, n);
    if (oracle_beats(dtype, least, c->in[0].at[n], *z)) *z = c->in[0].at[n];
  }
  return TSR_OK;
}

static tsr_status reduce_logic(const oracle_call *c) {
  const tsr_reduce_attrs *a = c->attrs;
  const bool both = tsr_op_core_id(c->op) == TSR_OP_REDUCE_AND;
  const tsr_cell ones = oracle_fit(c->in[0].dtype, (tsr_cell){.i = -1});
  for (int64_t n = 0; n < c->out[0].n; n++)
    c->out[0].at[n].i = !both ? 0 : c->in[0].dtype == TSR_BOOL ? 1 : ones.i;
  for (int64_t n = 0; n < c->in[0].n; n++) {
    tsr_cell *z = kept(c, a->axes, n);
    z->i = both ? z->i & c->in[0].at[n].i : z->i | c->in[0].at[n].i;
  }
  return TSR_OK;
}

static tsr_status arg_reduce(const oracle_call *c) {
  const tsr_arg_reduce_attrs *a = c->attrs;
  const tsr_array *x = &c->in[0], *z = &c->out[0];
  const bool least = tsr_op_core_id(c->op) == TSR_OP_ARGMIN;
  int64_t i[TSR_ORACLE_RANK], from[TSR_ORACLE_RANK];
  for (int64_t n = 0; n < z->n; n++) {
    oracle_unravel(z, n, i);
    for (int32_t k = 0; k < x->rank; k++)
      from[k] = k == a->axis ? 0 : i[k - (k > a->axis)];
    tsr_cell best = *oracle_at(x, from);
    for (int64_t at = 1; at < x->dims[a->axis]; at++) {
      from[a->axis] = at;
      if (!oracle_beats(x->dtype, least, *oracle_at(x, from), best)) continue;
      best = *oracle_at(x, from);
      z->at[n].i = at;
    }
  }
  return TSR_OK;
}

/* z's index: batch, free axes of x, free axes of y; then one more index per contracted pair. */
static tsr_status dot_general(const oracle_call *c) {
  const tsr_dot_general_attrs *a = c->attrs;
  const tsr_array *x = &c->in[0], *y = &c->in[1], *z = &c->out[0];
  int64_t sizes[TSR_ORACLE_RANK], k[TSR_ORACLE_RANK];
  tsr_array inner = {.rank = (int32_t)a->lhs_contract.n, .n = 1, .dims = sizes};
  for (size_t j = 0; j < a->lhs_contract.n; j++)
    inner.n *= sizes[j] = x->dims[a->lhs_contract.data[j]];
  for (int64_t n = 0; n < z->n; n++) {
    int64_t i[TSR_ORACLE_RANK], ix[TSR_ORACLE_RANK], iy[TSR_ORACLE_RANK];
    oracle_unravel(z, n, i);
    size_t next = a->lhs_batch.n;
    for (int32_t axis = 0; axis < x->rank; axis++)
      if (!oracle_has(a->lhs_batch, axis) && !oracle_has(a->lhs_contract, axis))
        ix[axis] = i[next++];
    for (int32_t axis = 0; axis < y->rank; axis++)
      if (!oracle_has(a->rhs_batch, axis) && !oracle_has(a->rhs_contract, axis))
        iy[axis] = i[next++];
    for (size_t j = 0; j < a->lhs_batch.n; j++)
      ix[a->lhs_batch.data[j]] = iy[a->rhs_batch.data[j]] = i[j];
    for (int64_t m = 0; m < inner.n; m++) {
      oracle_unravel(&inner, m, k);
      for (size_t j = 0; j < a->lhs_contract.n; j++)
        ix[a->lhs_contract.data[j]] = iy[a->rhs_contract.data[j]] = k[j];
      const tsr_cell product = oracle_mul(z->dtype, *oracle_at(x, ix), *oracle_at(y, iy));
      z->at[n] = oracle_add(z->dtype, z->at[n], product);
    }
  }
  return TSR_OK;
}

/* Philox 4x32-10 as printed in the paper: rounds of two 32 x 32 bit products. */
static void philox(uint64_t key, uint64_t counter, uint32_t word[4]) {
  uint32_t k[2] = {(uint32_t)key, (uint32_t)(key >> 32)};
  word[0] = (uint32_t)counter;
  word[1] = (uint32_t)(counter >> 32);
  word[2] = word[3] = 0;
  for (int round = 0; round < 10; round++) {
    const uint64_t a = UINT64_C(0xD2511F53) * word[0], b = UINT64_C(0xCD9E8D57) * word[2];
    const uint32_t next[4] = {(uint32_t)(b >> 32) ^ word[1] ^ k[0], (uint32_t)b,
                              (uint32_t)(a >> 32) ^ word[3] ^ k[1], (uint32_t)a};
    for (int w = 0; w < 4; w++)
      word[w] = next[w];
    k[0] += UINT32_C(0x9E3779B9);
    k[1] += UINT32_C(0xBB67AE85);
  }
}

/* Words of the blocks counter, counter + 1, .. in order; 64 bits take two, the lower first. */
static tsr_status rng_bit_generator(const oracle_call *c) {
  const tsr_array *bits = &c->out[1];
  const uint64_t key = (uint64_t)c->in[0].at[0].i, counter = (uint64_t)c->in[0].at[1].i;
  const int64_t per = (int64_t)tsr_dtype_size(bits->dtype) / 4;
  for (int64_t n = 0; n < bits->n; n++) {
    uint64_t value = 0;
    for (int64_t w = per; w-- > 0;) {
      uint32_t word[4];
      philox(key, counter + (uint64_t)((n * per + w) / 4), word);
      value = value << 32 | word[(n * per + w) % 4];
    }
    bits->at[n] = oracle_fit(bits->dtype, (tsr_cell){.i = (int64_t)value});
  }
  c->out[0].at[0] = c->in[0].at[0];
  c->out[0].at[1].i = (int64_t)(counter + (uint64_t)((bits->n * per + 3) / 4));
  return TSR_OK;
}

oracle_fn oracle_reducing(tsr_op_id id) {
  static const oracle_fn rows[TSR_OP_CORE_COUNT] = {
      [TSR_OP_REDUCE_SUM] = reduce_sum,     [TSR_OP_REDUCE_PROD] = reduce_prod,
      [TSR_OP_REDUCE_MAX] = reduce_extreme, [TSR_OP_REDUCE_MIN] = reduce_extreme,
      [TSR_OP_REDUCE_AND] = reduce_logic,   [TSR_OP_REDUCE_OR] = reduce_logic,
      [TSR_OP_ARGMAX] = arg_reduce,         [TSR_OP_ARGMIN] = arg_reduce,
      [TSR_OP_DOT_GENERAL] = dot_general,   [TSR_OP_RNG_BIT_GENERATOR] = rng_bit_generator};
  return rows[id];
}
