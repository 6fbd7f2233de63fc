/* literal.c - small host constants, by value.
 *
 * Numbers are encoded and decoded by one row of functions per dtype. f16 and bf16 are
 * rounded straight from double (going through float would round twice).
 */
#include "tsr/spi/literal.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "tsr/alloc.h"
#include "tsr/hash.h"
#include "tsr/layout.h"

/* ---- object ---- */

/* dims and data share one block, sizes first; a single number lies in the object. */
static size_t block_size(const tsr_literal *l) {
  size_t dims = (size_t)l->rank * sizeof *l->dims;
  return dims + (l->size > sizeof l->inline_data ? l->size : 0);
}

static void literal_deinit(void *self) {
  tsr_literal *l = self;
  void *block = l->rank ? (void *)(uintptr_t)l->dims : NULL;
  if (block) tsr_free(block, block_size(l), 0);
}

static bool literal_equal(const void *self, const void *other) {
  const tsr_literal *a = self, *b = other;
  return a->dtype == b->dtype && a->rank == b->rank && a->size == b->size &&
         (a->rank == 0 || memcmp(a->dims, b->dims, (size_t)a->rank * sizeof *a->dims) == 0) &&
         (a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

static uint64_t literal_hash(const void *self) {
  const tsr_literal *l = self;
  uint64_t h = tsr_hash_u64(TSR_HASH_SEED, (uint64_t)l->dtype);
  h = tsr_hash_bytes(h, l->dims, (size_t)l->rank * sizeof *l->dims);
  return tsr_hash_bytes(h, l->data, l->size);
}

static const tsr_class literal_class = {
    .name = "literal",
    .size = sizeof(tsr_literal),
    .deinit = literal_deinit,
    .equal = literal_equal,
    .hash = literal_hash,
};

TSR_OBJECT_DEFINE(tsr_literal)

const tsr_literal *tsr_literal_cast(const tsr_object *object) {
  return object && object->isa == &literal_class ? (const tsr_literal *)(const void *)object : NULL;
}

tsr_status tsr_literal_create(tsr_dtype dtype, tsr_dims dims, const void *data, tsr_literal **out) {
  *out = NULL;
  if ((size_t)dtype >= TSR_DTYPE_COUNT)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "literal: %d is no dtype", (int)dtype);
  if (dims.n > INT32_MAX) return TSR_FAIL(TSR_ERR_LIMIT, "literal: rank %zu is too large", dims.n);
  size_t size;
  TSR_TRY(tsr_layout_bytes(dtype, (int32_t)dims.n, dims.data, &size));
  if (size && !data)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "literal: %zu bytes wanted, data is NULL", size);
  void *object;
  TSR_TRY(tsr_object_create(&literal_class, &object));
  tsr_literal *l = object;
  l->dtype = dtype;
  l->size = size;
  l->data = l->inline_data;
  if (dims.n) {
    l->rank = (int32_t)dims.n;
    size_t dims_size = dims.n * sizeof *dims.data;
    void *block;
    tsr_status status = tsr_alloc(block_size(l), 0, &block);
    if (status != TSR_OK) {
      l->rank = 0;
      tsr_literal_release(l);
      return status;
    }
    l->dims = memcpy(block, dims.data, dims_size);
    if (size > sizeof l->inline_data) l->data = (char *)block + dims_size;
  }
  if (size) memcpy((void *)(uintptr_t)l->data, data, size);
  *out = l;
  return TSR_OK;
}

/* ---- numbers ---- */

/* Round a double to a float format of man_bits stored mantissa bits, ties to even. */
static uint16_t encode_short(double value, int man_bits, int exp_bits) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  uint16_t sign = (uint16_t)(bits >> 48 & 0x8000);
  uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
  int exponent = (int)(bits >> 52 & 0x7ff) - 1023, bias = (1 << (exp_bits - 1)) - 1;
  uint16_t infinity = (uint16_t)(((1 << exp_bits) - 1) << man_bits);
  if (exponent == 1024) return (uint16_t)(sign | infinity | (fraction ? 1 << (man_bits - 1) : 0));
  if (exponent < -1000) return sign; /* zero, or far below the smallest subnormal */
  /* In units of the last place: subnormals share the exponent 1 - bias. */
  int drop = 52 - man_bits;
  bool subnormal = exponent < 1 - bias;
  if (subnormal) drop += 1 - bias - exponent;
  if (drop > 63) return sign;
  uint64_t mantissa = fraction | UINT64_C(1) << 52;
  uint64_t half = UINT64_C(1) << (drop - 1), rest = mantissa & ((half << 1) - 1);
  uint64_t rounded = mantissa >> drop;
  rounded += rest > half || (rest == half && (rounded & 1));
  /* A carry out of the mantissa runs into the exponent, which is what it should do. */
  uint64_t magnitude =
      subnormal ? rounded : rounded + ((uint64_t)(exponent + bias - 1) << man_bits);
  return (uint16_t)(sign | (magnitude < infinity ? magnitude : infinity));
}

static double decode_short(uint16_t bits, int man_bits, int exp_bits) {
  int exponent = bits >> man_bits & ((1 << exp_bits) - 1), bias = (1 << (exp_bits - 1)) - 1;
  int fraction = bits & ((1 << man_bits) - 1);
  double value;
  if (exponent == (1 << exp_bits) - 1)
    value = fraction ? (double)NAN : (double)INFINITY;
  else if (exponent == 0)
    value = ldexp(fraction, 1 - bias - man_bits);
  else
    value = ldexp(fraction | 1 << man_bits, exponent - bias - man_bits);
  return bits & 0x8000 ? -value : value;
}

static tsr_status loses(const tsr_number *n, tsr_dtype dtype) {
  const char *name = tsr_dtype_name(dtype);
  if (n->dtype == TSR_I64)
    return TSR_FAIL(TSR_ERR_DTYPE, "the number %" PRId64 " is no %s", n->i, name);
  if (n->im != 0)
    return TSR_FAIL(TSR_ERR_DTYPE, "the number %.17g + %.17gi is no %s", n->re, n->im, name);
  return TSR_FAIL(TSR_ERR_DTYPE, "the number %.17g is no %s", n->re, name);
}

/* The number as an integer in [low, high]; u64 goes by its own way. */
static bool whole(const tsr_number *n, int64_t low, int64_t high, int64_t *out) {
  if (n->dtype == TSR_I64) {
    *out = n->i;
  } else {
    /* 2^63 is the first double above the range; -2^63 is in it. */
    if (n->im != 0 || !(n->re >= -0x1p63 && n->re < 0x1p63)) return false;
    *out = (int64_t)n->re;
    if ((double)*out != n->re) return false;
  }
  return *out >= low && *out <= high;
}

static const struct {
  int64_t low, high;
} ranges[TSR_DTYPE_COUNT] = {
    [TSR_BOOL] = {0,         1         },
    [TSR_I8] = {INT8_MIN,  INT8_MAX  },
    [TSR_I16] = {INT16_MIN, INT16_MAX },
    [TSR_I32] = {INT32_MIN, INT32_MAX },
    [TSR_I64] = {INT64_MIN, INT64_MAX },
    [TSR_U8] = {0,         UINT8_MAX },
    [TSR_U16] = {0,         UINT16_MAX},
    [TSR_U32] = {0,         UINT32_MAX},
    [TSR_U64] = {0,         INT64_MAX },
};

/* C types of a dtype differ only in width once the sign is settled. */
static tsr_status encode_whole(const tsr_number *n, tsr_dtype dtype, void *out) {
  int64_t v;
  if (!whole(n, ranges[dtype].low, ranges[dtype].high, &v)) {
    /* u64 above 2^63 can still come from a double. */
    if (dtype != TSR_U64 || n->dtype == TSR_I64 || n->im != 0) return loses(n, dtype);
    if (!(n->re >= 0x1p63 && n->re < 0x1p64)) return loses(n, dtype);
    uint64_t u = (uint64_t)n->re; /* such doubles are whole */
    memcpy(out, &u, sizeof u);
    return TSR_OK;
  }
  switch (tsr_dtype_size(dtype)) { /* over widths */
  case 1:
    memcpy(out, &(uint8_t){(uint8_t)v}, 1);
    break;
  case 2:
    memcpy(out, &(uint16_t){(uint16_t)v}, 2);
    break;
  case 4:
    memcpy(out, &(uint32_t){(uint32_t)v}, 4);
    break;
  default:
    memcpy(out, &v, 8);
    break;
  }
  return TSR_OK;
}

static tsr_status encode_float(const tsr_number *n, tsr_dtype dtype, void *out) {
  bool is_complex = tsr_dtype_kind(dtype) == TSR_KIND_COMPLEX;
  double part[2] = {n->dtype == TSR_I64 ? (double)n->i : n->re, n->im};
  if (n->im != 0 && !is_complex) return loses(n, dtype);
  if (dtype == TSR_F16 || dtype == TSR_BF16) {
    uint16_t h = dtype == TSR_F16 ? encode_short(part[0], 10, 5) : encode_short(part[0], 7, 8);
    memcpy(out, &h, sizeof h);
  } else if (tsr_dtype_real(dtype) == TSR_F32) {
    float f[2] = {(float)part[0], (float)part[1]};
    memcpy(out, f, tsr_dtype_size(dtype));
  } else {
    memcpy(out, part, tsr_dtype_size(dtype));
  }
  return TSR_OK;
}

tsr_status tsr_literal_of_number(const tsr_number *number, tsr_dtype dtype, tsr_literal **out) {
  *out = NULL;
  uint64_t bytes[2] = {0, 0};
  tsr_number n = *number;
  if (n.dtype != TSR_C128) n.im = 0;
  if ((size_t)dtype >= TSR_DTYPE_COUNT)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "literal: %d is no dtype", (int)dtype);
  if (tsr_dtype_is_active(dtype)) {
    TSR_TRY(encode_float(&n, dtype, bytes));
  } else {
    TSR_TRY(encode_whole(&n, dtype, bytes));
  }
  return tsr_literal_create(dtype, TSR_NO_DIMS, bytes, out);
}

static void decode(const void *bytes, tsr_dtype dtype, tsr_number *out) {
  *out = (tsr_number){.dtype = TSR_F64};
  size_t size = tsr_dtype_size(dtype);
  if (!tsr_dtype_is_active(dtype)) {
    uint64_t u = 0;
    memcpy(&u, bytes, size); /* little endian */
    int unused = (int)(64 - 8 * size);
    out->dtype = TSR_I64;
    out->i =
        tsr_dtype_kind(dtype) == TSR_KIND_SIGNED ? (int64_t)(u << unused) >> unused : (int64_t)u;
    if (dtype == TSR_U64 && out->i < 0) *out = (tsr_number){.dtype = TSR_F64, .re = (double)u};
    return;
  }
  if (dtype == TSR_F16 || dtype == TSR_BF16) {
    uint16_t h;
    memcpy(&h, bytes, sizeof h);
    out->re = dtype == TSR_F16 ? decode_short(h, 10, 5) : decode_short(h, 7, 8);
  } else if (tsr_dtype_real(dtype) == TSR_F32) {
    float f[2] = {0, 0};
    memcpy(f, bytes, size);
    out->re = (double)f[0], out->im = (double)f[1];
  } else {
    double f[2] = {0, 0};
    memcpy(f, bytes, size);
    out->re = f[0], out->im = f[1];
  }
  if (tsr_dtype_kind(dtype) == TSR_KIND_COMPLEX) out->dtype = TSR_C128;
}

bool tsr_literal_splat(const tsr_literal *literal, tsr_number *out) {
  size_t element = tsr_dtype_size(literal->dtype);
  *out = (tsr_number){.dtype = TSR_I64};
  if (literal->size == 0) return false;
  /* Equal to itself shifted by one element: all elements are equal. */
  if (memcmp(literal->data, (const char *)literal->data + element, literal->size - element) != 0)
    return false;
  decode(literal->data, literal->dtype, out);
  return true;
}
