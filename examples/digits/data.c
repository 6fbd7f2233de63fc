/* data.c - handwritten digits, read from a file, shuffled and cut in two. */
#include "data.h"

#include <stdlib.h>
#include <tsr/eager.h>
#include <tsr/npy.h>
#include <tsr/ops.h>

/* ---- the file ---- */

static tsr_status check_table(const char *path, tsr_tensor *table) {
  const int64_t *dims = tsr_tensor_dims(table);
  if (tsr_tensor_rank(table) == 2 && dims[1] == PIXELS + 1 && dims[0] >= 10 &&
      tsr_tensor_dtype(table) == TSR_U8)
    return TSR_OK;
  return TSR_FAIL(TSR_ERR_SHAPE, "%s holds %s of rank %d; expected u8 [n, %d], n >= 10", path,
                  tsr_dtype_name(tsr_tensor_dtype(table)), (int)tsr_tensor_rank(table), PIXELS + 1);
}

/* The last column is the label. Both views share the memory of the table. */
static tsr_status cut_columns(tsr_tensor *table, digits *out) {
  const int64_t n = out->n = tsr_tensor_dims(table)[0];
  TSR_TRY(tsr_tensor_slice(table, TSR_DIMS(0, 0), TSR_DIMS(n, PIXELS), TSR_NO_DIMS, &out->images));
  return tsr_tensor_slice(table, TSR_DIMS(0, PIXELS), TSR_DIMS(n, PIXELS + 1), TSR_NO_DIMS,
                          &out->labels);
}

tsr_status digits_read(tsr_device *device, const char *path, digits *out) {
  *out = (digits){0};
  tsr_tensor *table;
  TSR_TRY(tsr_npy_read(device, path, &table));
  tsr_status status = check_table(path, table);
  if (status == TSR_OK) status = cut_columns(table, out);
  if (status != TSR_OK) digits_release(out);
  tsr_tensor_release(table);
  return status;
}

void digits_release(digits *d) {
  tsr_tensor_release(d->images);
  tsr_tensor_release(d->labels);
  *d = (digits){0};
}

/* ---- order ---- */

/* [n] random bits: a function of seed, stream and n alone, on any machine. */
static tsr_status random_bits(tsr_runtime *rt, uint64_t seed, uint64_t stream, int64_t n,
                              uint64_t *out) {
  const uint64_t key[2] = {seed, stream << 32}; /* Philox: a key and a counter */
  tsr_value made[2];
  tsr_builder *b;
  TSR_TRY(tsr_eager_open(rt, "cpu", &b));
  tsr_value state = tsr_from_data(b, TSR_U64, TSR_DIMS(2), key);
  tsr_status status = tsr_rng_bit_generator(b, state, TSR_U64, TSR_SHAPE(tsr_dim_of(n)), made);
  if (status == TSR_OK) status = tsr_read(b, made[1], out, (size_t)n * sizeof *out);
  tsr_builder_close(b);
  return status;
}

/* Fisher and Yates: swap each place with one of those not yet decided. */
static void shuffle(const uint64_t *bits, int64_t n, int64_t *out) {
  for (int64_t i = 0; i < n; i++)
    out[i] = i;
  for (int64_t i = n - 1; i > 0; i--) {
    const int64_t j = (int64_t)(bits[i] % (uint64_t)(i + 1)), kept = out[i];
    out[i] = out[j];
    out[j] = kept;
  }
}

tsr_status permutation(tsr_runtime *rt, uint64_t seed, uint64_t stream, int64_t n, int64_t *out) {
  uint64_t *bits = malloc((size_t)n * sizeof *bits);
  if (!bits) return TSR_FAIL(TSR_ERR_NOMEM, "no memory for %lld numbers", (long long)n);
  tsr_status status = random_bits(rt, seed, stream, n, bits);
  if (status == TSR_OK) shuffle(bits, n, out);
  free(bits);
  return status;
}

/* ---- two parts ---- */

/* x = images[rows] / 16, y = labels[rows] */
static tsr_status take_part(tsr_runtime *rt, const digits *d, const int64_t *rows, int64_t n,
                            part *out) {
  tsr_builder *b;
  TSR_TRY(tsr_eager_open(rt, "cpu", &b));
  tsr_value which = tsr_from_data(b, TSR_I64, TSR_DIMS(n), rows);
  tsr_value x = tsr_convert(b, tsr_take(b, tsr_from_tensor(b, d->images), which, 0), TSR_F32);
  tsr_value y = tsr_convert(b, tsr_take(b, tsr_from_tensor(b, d->labels), which, 0), TSR_I32);
  tsr_status status = tsr_to_tensor(b, tsr_div(b, x, tsr_scalar(b, 16)), &out->x);
  if (status == TSR_OK) status = tsr_to_tensor(b, y, &out->y);
  tsr_builder_close(b);
  out->n = n;
  return status;
}

tsr_status digits_split(tsr_runtime *rt, const digits *d, uint64_t seed, split *out) {
  *out = (split){.n = d->n};
  const int64_t held_out = d->n / 5, learnt = d->n - held_out;
  out->order = malloc((size_t)d->n * sizeof *out->order);
  tsr_status status = out->order ? permutation(rt, seed, 0, d->n, out->order)
                                 : TSR_FAIL(TSR_ERR_NOMEM, "no memory for the order");
  if (status == TSR_OK) status = take_part(rt, d, out->order, learnt, &out->train);
  if (status == TSR_OK) status = take_part(rt, d, out->order + learnt, held_out, &out->test);
  if (status != TSR_OK) split_release(out);
  return status;
}

void split_release(split *s) {
  tsr_tensors_release((tsr_tensor *[]){s->train.x, s->train.y, s->test.x, s->test.y}, 4);
  free(s->order);
  *s = (split){0};
}
