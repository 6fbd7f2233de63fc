/* numbers.c - arrays on the host, element by element; where random operands come from. */
#include "stage.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* ---- elements ---- */

static tsr_array one_of(const array *a, tsr_cell *x) {
  return (tsr_array){.dtype = a->dtype, .n = 1, .at = x};
}
tsr_cell array_get(const array *a, int64_t n) {
  const char *from = a->data + (size_t)n * tsr_dtype_size(a->dtype);
  tsr_cell x = {0};
  tsr_array one = one_of(a, &x);
  tsr_array_read(&one, from);
  return x;
}
void array_set(array *a, int64_t n, tsr_cell x) {
  char *to = a->data + (size_t)n * tsr_dtype_size(a->dtype);
  const tsr_array one = one_of(a, &x);
  tsr_array_write(&one, to);
}

double dtype_eps(tsr_dtype dtype) {
  static const double eps[TSR_DTYPE_COUNT] = {
      [TSR_F16] = 0x1p-10,     [TSR_BF16] = 0x1p-7,     [TSR_F32] = FLT_EPSILON,
      [TSR_F64] = DBL_EPSILON, [TSR_C64] = FLT_EPSILON, [TSR_C128] = DBL_EPSILON};
  return eps[dtype];
}

tsr_dtype dtype_wide(tsr_dtype dtype) {
  const tsr_kind kind = tsr_dtype_kind(dtype);
  return kind == TSR_KIND_REAL ? TSR_F64 : kind == TSR_KIND_COMPLEX ? TSR_C128 : dtype;
}

tsr_status array_make(stage *w, tsr_dtype dtype, tsr_dims dims, array *out) {
  void *memory;
  *out = (array){.dtype = dtype, .rank = (int32_t)dims.n};
  TSR_TRY(tsr_layout_count(out->rank, dims.data, &out->n));
  TSR_TRY(tsr_arena_copy(&w->arena, dims.data, dims.n * sizeof *dims.data, &memory));
  out->dims = memory;
  out->size = (size_t)out->n * tsr_dtype_size(dtype);
  TSR_TRY(tsr_arena_alloc(&w->arena, out->size, &memory));
  out->data = memory;
  return TSR_OK;
}

void array_repeat(array *a) {
  if (a->rank == 0 || a->n == 0) return;
  const size_t slice = a->size / (size_t)a->dims[0];
  for (int64_t i = 1; i < a->dims[0]; i++)
    memcpy(a->data + (size_t)i * slice, a->data, slice);
}

/* ---- random operands ---- */

/* splitmix64 (Steele, Lea, Flood, 2014) */
uint64_t draw(stage *w) {
  uint64_t z = w->random += UINT64_C(0x9E3779B97F4A7C15);
  z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
  return z ^ z >> 31;
}

static double draw_float(stage *w, domain d) {
  const double x = d.from + (d.to - d.from) * (double)(draw(w) >> 11) * 0x1p-53;
  return d.signs && draw(w) & 1 ? -x : x;
}

static int64_t from_bits(uint64_t bits) {
  int64_t i;
  memcpy(&i, &bits, sizeof i);
  return i;
}

static tsr_cell draw_factor(stage *w, tsr_dtype dtype) {
  const double modulus = draw_float(w, (domain){0.97, 1.03, true});
  const bool is_complex = tsr_dtype_kind(dtype) == TSR_KIND_COMPLEX;
  const double angle = is_complex ? draw_float(w, (domain){0, 3, true}) : 0;
  return (tsr_cell){.re = modulus * cos(angle), .im = modulus * sin(angle)};
}

static tsr_cell draw_cell(stage *w, tsr_dtype dtype, int64_t low, int64_t high, domain d) {
  tsr_cell x = {.re = draw_float(w, d), .im = draw_float(w, d)};
  x.i = from_bits(draw(w));
  if (low < high) x.i = low + (int64_t)(draw(w) % (uint64_t)(high - low + 1));
  if (dtype == TSR_BOOL) x.i &= 1;
  return x;
}

/* ---- edge values ---- */

static const double reals[] = {0.0,     -0.0,     1,         -1,  0.5, -3,      1e-3,     0x1p-1074,
                               DBL_MAX, INFINITY, -INFINITY, NAN, 2.5, 0x1p-14, -DBL_MAX, 100};
static const double complexes[][2] = {
    {0,         0        },
    {0,         -0.0     },
    {1,         0        },
    {0,         1        },
    {-1,        0        },
    {-1,        -0.0     },
    {0.5,       -2       },
    {-3,        4        },
    {1e-3,      1e3      },
    {-2,        0.25     },
    {NAN,       1        },
    {INFINITY,  0        },
    {2,         -INFINITY},
    {0x1p-1074, -0.0     },
    {DBL_MAX,   1        },
    {-0.0,      -DBL_MAX }
};
/* Of n bits: as they come, shifted down from 64, or with all bits but one. */
static const uint64_t integers[] = {
    0, 1, 2, 3, 7, 100, UINT64_MAX, UINT64_MAX - 1, UINT64_C(1) << 63, UINT64_MAX >> 1, 5, 8};
#define COUNT(table) (sizeof(table) / sizeof(table)[0])

/* 2^-1074 and the largest double stand for the smallest and largest number of any dtype. */
static double limited(tsr_dtype dtype, double x) {
  static const double largest[TSR_DTYPE_COUNT] = {
      [TSR_F16] = 65504, [TSR_BF16] = 0x1.FEp127, [TSR_F32] = FLT_MAX, [TSR_F64] = DBL_MAX};
  static const double smallest[TSR_DTYPE_COUNT] = {
      [TSR_F16] = 0x1p-24, [TSR_BF16] = 0x1p-133, [TSR_F32] = 0x1p-149, [TSR_F64] = 0x1p-1074};
  if (fabs(x) == DBL_MAX) return copysign(largest[dtype], x);
  return x == 0x1p-1074 ? smallest[dtype] : x;
}

static tsr_cell edge(tsr_dtype dtype, uint64_t n) {
  const tsr_kind kind = tsr_dtype_kind(dtype);
  const int bits = (int)tsr_dtype_size(dtype) * 8;
  if (dtype == TSR_BOOL) return (tsr_cell){.i = (int64_t)(n & 1)};
  if (kind == TSR_KIND_REAL) return (tsr_cell){.re = limited(dtype, reals[n % COUNT(reals)])};
  if (kind == TSR_KIND_COMPLEX) {
    const double *z = complexes[n % COUNT(complexes)];
    const tsr_dtype part = tsr_dtype_real(dtype);
    return (tsr_cell){.re = limited(part, z[0]), .im = limited(part, z[1])};
  }
  const uint64_t i = integers[n % COUNT(integers)];
  return (tsr_cell){
      .i = from_bits(i >= UINT64_MAX >> 1 && i < UINT64_MAX - 1 ? i >> (64 - bits) : i)};
}

/* An integer outside of the range of an operand, brought into it. */
static tsr_cell into_range(const sample_operand *o, tsr_cell x) {
  if (o->low < o->high && (x.i < o->low || x.i > o->high))
    x.i = o->low + (int64_t)((uint64_t)x.i % (uint64_t)(o->high - o->low + 1));
  return x;
}

/* Operand i runs through its edge values while the later ones stand still. */
static void fill_edges(array *a, const sample_operand *o, int32_t i, int32_t n_in) {
  int64_t each = 1;
  while (n_in > 0 && each < a->n) { /* the n_in-th root of the count */
    int64_t power = 1;
    for (int32_t k = 0; k < n_in; k++)
      power *= each + 1;
    if (power > a->n) break;
    each++;
  }
  int64_t period = 1;
  for (int32_t k = 0; k < i; k++)
    period *= each;
  for (int64_t n = 0; n < a->n; n++)
    array_set(a, n, into_range(o, edge(a->dtype, (uint64_t)(n / period % each))));
}

tsr_status array_draw(stage *w, const sample *s, int32_t i, domain floats, bool tame, array *out) {
  const sample_operand *o = &s->in[i];
  const bool ranged = o->low < o->high;
  TSR_TRY(array_make(w, o->dtype, o->dims, out));
  if (o->fill == FILL_EDGES) fill_edges(out, o, i, s->n_in);
  for (int64_t n = 0; n < out->n; n++) {
    if (o->fill == FILL_FACTORS && tsr_dtype_is_active(o->dtype))
      array_set(out, n, draw_factor(w, o->dtype));
    else if (o->fill != FILL_EDGES)
      array_set(out, n,
                draw_cell(w, o->dtype, ranged || !tame ? o->low : 1, ranged || !tame ? o->high : 4,
                          floats));
    else if (tame && !ranged && !tsr_dtype_is_active(o->dtype) && array_get(out, n).i == 0)
      array_set(out, n, (tsr_cell){.i = 1});
  }
  return TSR_OK;
}
