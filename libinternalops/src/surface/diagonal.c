/* surface/diagonal.c - diagonals and triangles of matrices, over the last two axes.
 *
 * A diagonal of a matrix with n columns is every (n + 1)-th of its elements: a slice with a
 * step, which needs no copy and whose transpose is a pad. A symbolic n cannot be a step; there
 * the elements are gathered. A diagonal is built the same way, by a pad with n zeros between its
 * elements; for a symbolic n, rows of one element and k zeros, one after the other, are a matrix of k
 * columns with that diagonal.
 */
#include "axes.h"

/* A matrix with everything that its diagonal needs. */
typedef struct matrix {
  tsr_builder *b;
  tsri_room *room;
  tsr_dtype dtype;
  size_t lead;            /* axes before those of the matrix */
  const tsr_dim *dims;    /* [lead] */
  tsr_dim m, n;           /* rows, columns */
  tsr_dim row, column, k; /* where the diagonal starts, and its length */
} matrix;

static bool matrix_of(tsri_room *room, const char *name, tsr_value x, tsr_type *type) {
  if (!tsri_type(room->b, name, x, type)) return false;
  if (type->rank >= 2) return true;
  tsr_builder_fail(room->b, TSR_FAIL(TSR_ERR_SHAPE, "%s: rank %d is below 2", name, type->rank));
  return false;
}

/* min(by, size), 0 for what goes the other way. */
static tsr_dim inside(tsr_builder *b, tsr_dim by, tsr_dim size) {
  tsr_dim out = tsr_dim_of(0);
  if (by.n > 0) tsr_builder_fail(b, tsr_dim_min(b->space, by, size, &out));
  return out;
}

static void place_diagonal(matrix *x, int64_t offset) {
  tsr_builder *b = x->b;
  x->column = inside(b, tsr_dim_of(offset), x->n);
  x->row = offset < 0 ? inside(b, tsri_dim_neg(b, tsr_dim_of(offset)), x->m) : tsr_dim_of(0);
  tsr_builder_fail(b, tsr_dim_min(b->space, tsri_dim_sub(b, x->m, x->row),
                                  tsri_dim_sub(b, x->n, x->column), &x->k));
}

/* Leading dims, then more. */
static tsr_shape lead_and(const matrix *x, size_t n, const tsr_dim *more) {
  tsr_dim *dims = tsri_room_dims(x->room, x->lead + n);
  for (size_t k = 0; dims != NULL && k < x->lead + n; k++)
    dims[k] = k < x->lead ? x->dims[k] : more[k - x->lead];
  return tsri_shape_of(dims, dims != NULL ? x->lead + n : 0);
}

/* [.., start:limit:step] of the last axis, or the last two of them. */
static tsr_value slice_last(const matrix *x, tsr_value v, size_t n, const tsr_dim *start,
                            const tsr_dim *limit, int64_t step) {
  const tsr_shape limits = lead_and(x, n, limit);
  tsr_dim *starts = tsri_room_dims(x->room, limits.n);
  int64_t *steps = tsri_room_axes(x->room, limits.n);
  if (x->room->failed) return TSR_NO_VALUE;
  for (size_t k = 0; k < limits.n; k++) {
    starts[k] = k < x->lead ? tsr_dim_of(0) : start[k - x->lead];
    steps[k] = k < x->lead ? 1 : step;
  }
  return tsr_slice(x->b, v, tsri_shape_of(starts, limits.n), limits, tsri_axes_of(steps, limits.n));
}

static tsr_dim times(tsr_builder *b, tsr_dim x, tsr_dim y) {
  tsr_dim out = tsr_dim_of(0);
  tsr_builder_fail(b, tsr_dim_mul(b->space, x, y, &out));
  return out;
}

/* ---- out of a matrix ---- */

static tsr_value by_step(const matrix *x, tsr_value v) {
  tsr_builder *b = x->b;
  const tsr_dim all = times(b, x->m, x->n);
  const tsr_dim start = tsri_dim_add(b, times(b, x->row, x->n), x->column);
  if (tsri_latched(b)) return TSR_NO_VALUE; /* so that what follows does not overflow */
  const int64_t step = x->k.n > 1 ? x->n.n + 1 : 1;
  const tsr_dim limit = tsr_dim_of(x->k.n > 0 ? start.n + (x->k.n - 1) * step + 1 : start.n);
  return slice_last(x, tsr_reshape(b, v, lead_and(x, 1, &all)), 1, &start, &limit, step);
}

static tsr_value by_gather(const matrix *x, tsr_value v) {
  tsr_builder *b = x->b;
  const tsr_dim start[] = {x->row, x->column}, one[] = {tsr_dim_of(1), tsr_dim_of(1)};
  const tsr_dim limit[] = {tsri_dim_add(b, x->row, x->k), tsri_dim_add(b, x->column, x->k)};
  const tsr_value square = slice_last(x, v, 2, start, limit, 1);
  const tsr_shape sizes = lead_and(x, 2, one);
  int64_t *axes = tsri_room_axes(x->room, x->lead + 2);
  if (x->room->failed) return TSR_NO_VALUE;
  for (size_t k = 0; k < x->lead + 2; k++)
    axes[k] = (int64_t)k;
  const tsr_gather_attrs numbers = {.offset_dims = tsri_axes_of(axes, x->lead),
                                    .collapsed_slice_dims = tsri_axes_of(axes + x->lead, 2),
                                    .start_index_map = tsri_axes_of(axes + x->lead, 2),
                                    .index_vector_dim = 1,
                                    .slice_sizes = sizes};
  const tsr_value at = tsr_iota(b, TSR_I64, TSR_SHAPE(x->k, tsr_dim_of(2)), 0);
  return tsr_gather(b, square, at, &numbers);
}

tsr_value tsr_diagonal(tsr_builder *b, tsr_value v, int64_t offset) {
  tsr_type type;
  tsr_value out = TSR_NO_VALUE;
  tsri_room room;
  if (tsr_value_is_zero(v)) return v;
  tsri_room_enter(&room, b);
  if (matrix_of(&room, "diagonal", v, &type)) {
    const tsr_dim *last = type.dims + type.rank - 2;
    matrix x = {.b = b,
                .room = &room,
                .dtype = type.dtype,
                .lead = (size_t)type.rank - 2,
                .dims = type.dims,
                .m = last[0],
                .n = last[1]};
    place_diagonal(&x, offset);
    const bool known = tsr_dim_is_const(x.m) && tsr_dim_is_const(x.n);
    if (!tsri_latched(b)) out = known ? by_step(&x, v) : by_gather(&x, v);
  }
  return tsri_room_leave(&room) == TSR_OK ? out : TSR_NO_VALUE;
}

tsr_value tsr_trace(tsr_builder *b, tsr_value x, int64_t offset) {
  return tsr_sum(b, tsr_diagonal(b, x, offset), TSR_AXES(-1));
}

/* ---- into a matrix ---- */

/* Zeros before, after and between the last n axes. */
static tsr_value pad_last(const matrix *x, tsr_value v, size_t n, const tsr_dim *low,
                          const tsr_dim *high, int64_t between) {
  const tsr_value zero = tsri_zero_scalar(x->b, x->dtype);
  tsr_dim *none = tsri_room_dims(x->room, x->lead);
  int64_t *interior = tsri_room_axes(x->room, x->lead + n);
  if (x->room->failed) return TSR_NO_VALUE;
  for (size_t k = 0; k < x->lead; k++)
    none[k] = tsr_dim_of(0);
  for (size_t k = 0; k < x->lead + n; k++)
    interior[k] = k < x->lead ? 0 : between;
  matrix padded = *x;
  padded.dims = none;
  return tsr_pad(x->b, v, zero, lead_and(&padded, n, low), lead_and(&padded, n, high),
                 tsri_axes_of(interior, x->lead + n));
}

/* k numbers, n = k + |offset| zeros between neighbours: from the first on, n^2 in all. */
static tsr_value spread(const matrix *x, tsr_value v, int64_t offset) {
  tsr_builder *b = x->b;
  const tsr_dim size = tsr_dim_of(offset);
  const tsr_dim n = tsri_dim_add(b, x->k, offset < 0 ? tsri_dim_neg(b, size) : size);
  const tsr_dim all = times(b, n, n), square[] = {n, n};
  const tsr_dim low = offset < 0 ? times(b, tsri_dim_neg(b, size), n) : size;
  if (tsri_latched(b)) return TSR_NO_VALUE; /* so that what follows does not overflow */
  const int64_t extent = x->k.n > 0 ? (x->k.n - 1) * (n.n + 1) + 1 : 0;
  const tsr_dim high = tsr_dim_of(all.n - low.n - extent);
  v = pad_last(x, v, 1, &low, &high, n.n);
  return tsr_reshape(b, v, lead_and(x, 2, square));
}

/* The same for a symbolic k, which cannot be a number of zeros between. */
static tsr_value shear(const matrix *x, tsr_value v, int64_t offset) {
  tsr_builder *b = x->b;
  const tsr_dim k = x->k, zero = tsr_dim_of(0), size = tsr_dim_of(offset);
  const tsr_dim none[] = {zero, zero}, wide[] = {zero, k}, square[] = {k, k};
  const tsr_dim above = offset > 0 ? size : zero;
  const tsr_dim below = offset < 0 ? tsri_dim_neg(b, size) : zero;
  const tsr_dim low[] = {below, above}, high[] = {above, below};
  const tsr_dim all = times(b, k, tsri_dim_add(b, k, tsr_dim_of(1))), kept = times(b, k, k);
  v = pad_last(x, tsr_expand_dims(b, v, TSR_AXES(-1)), 2, none, wide, 0);
  v = tsr_reshape(b, v, lead_and(x, 1, &all));
  v = slice_last(x, v, 1, &zero, &kept, 1);
  v = tsr_reshape(b, v, lead_and(x, 2, square));
  return pad_last(x, v, 2, low, high, 0);
}

tsr_value tsr_diag(tsr_builder *b, tsr_value v, int64_t offset) {
  tsr_type type;
  if (tsr_value_is_zero(v)) return v;
  if (!tsri_type(b, "diag", v, &type)) return TSR_NO_VALUE;
  if (type.rank == 0) return tsri_refuse(b, TSR_FAIL(TSR_ERR_SHAPE, "diag: rank 0 is below 1"));
  tsri_room room;
  tsri_room_enter(&room, b);
  matrix x = {.b = b,
              .room = &room,
              .dtype = type.dtype,
              .lead = (size_t)type.rank - 1,
              .dims = type.dims,
              .k = type.dims[type.rank - 1]};
  const bool known = tsr_dim_is_const(x.k);
  const tsr_value out = known ? spread(&x, v, offset) : shear(&x, v, offset);
  return tsri_room_leave(&room) == TSR_OK ? out : TSR_NO_VALUE;
}

/* ---- triangles ---- */

/* Whether half the bytes do for the numbers of rows and columns. */
static bool in_32_bits(tsr_dim m, tsr_dim n, int64_t offset) {
  return tsr_dim_is_const(m) && tsr_dim_is_const(n) && m.n <= INT32_MAX && n.n <= INT32_MAX &&
         offset >= INT32_MIN && offset <= INT32_MAX;
}

/* x where column - row <relation> offset, else 0. */
static tsr_value triangle(tsr_builder *b, const char *name, tsr_value x, int64_t offset,
                          tsr_direction relation) {
  tsr_type type;
  tsr_value out = TSR_NO_VALUE;
  tsri_room room;
  if (tsr_value_is_zero(x)) return x;
  tsri_room_enter(&room, b);
  if (matrix_of(&room, name, x, &type)) {
    const tsr_dim m = type.dims[type.rank - 2], n = type.dims[type.rank - 1];
    const tsr_dtype number = in_32_bits(m, n, offset) ? TSR_I32 : TSR_I64;
    const tsr_value row = tsr_iota(b, number, TSR_SHAPE(m, tsr_dim_of(1)), 0);
    const tsr_value above = tsr_sub(b, tsr_iota(b, number, TSR_SHAPE(n), 0), row);
    const tsr_value inside_it = tsr_compare(b, above, tsr_scalar_int(b, offset), relation);
    out = tsr_select(b, inside_it, x, tsri_zero_scalar(b, type.dtype));
  }
  (void)tsri_room_leave(&room);
  return out;
}

tsr_value tsr_tril(tsr_builder *b, tsr_value x, int64_t offset) {
  return triangle(b, "tril", x, offset, TSR_LE);
}
tsr_value tsr_triu(tsr_builder *b, tsr_value x, int64_t offset) {
  return triangle(b, "triu", x, offset, TSR_GE);
}
