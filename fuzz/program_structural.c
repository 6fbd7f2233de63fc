/* program_structural.c - shapes, reductions, contractions. */
#include "program.h"

#include <string.h>

/* ---- lists of axes ---- */

static void permutation(grower *g, int32_t n, int64_t *out) {
  for (int32_t k = 0; k < n; k++)
    out[k] = k;
  for (int32_t k = n - 1; k > 0; k--) {
    const int64_t other = roll(g, k + 1), kept = out[k];
    out[k] = out[other];
    out[other] = kept;
  }
}

/* A random subset in random order; some count from the last. */
static tsr_axes some_axes(grower *g, int32_t rank, int64_t *out) {
  permutation(g, rank, out);
  const size_t n = (size_t)roll(g, rank + 1);
  for (size_t k = 0; k < n; k++)
    if (!roll(g, 3)) out[k] -= rank;
  return (tsr_axes){out, n};
}

/* ---- shapes ---- */

static bool transpose(grower *g, item *out) {
  int64_t axes[LAB_RANK];
  shape t;
  if (!pick(g, IN_ANY, 0, out, &t)) return false;
  permutation(g, t.rank, axes);
  out->v =
      tsr_transpose(g->b, out->v, roll(g, 4) ? (tsr_axes){axes, (size_t)t.rank} : TSR_ALL_AXES);
  return true;
}

static bool reverse(grower *g, item *out) {
  int64_t axes[LAB_RANK];
  shape t;
  if (!pick(g, IN_ANY, 0, out, &t)) return false;
  permutation(g, t.rank, axes);
  out->v = tsr_reverse(g->b, out->v, (tsr_axes){axes, (size_t)roll(g, t.rank + 1)});
  return true;
}

/* Neighbours joined, or an axis split by a divisor; flat at times. */
static bool reshape(grower *g, item *out) {
  shape t;
  tsr_dim dims[LAB_RANK];
  size_t n = 0;
  if (!pick(g, IN_ANY, 0, out, &t)) return false;
  if (!roll(g, 4)) {
    if (t.count == 0) return false;
    out->v = tsr_reshape(g->b, out->v, TSR_SHAPE({-1}));
    return true;
  }
  const int32_t at = t.rank ? (int32_t)roll(g, t.rank) : 0;
  const int64_t divisor = 2 + roll(g, 2);
  const bool is_const = !g->r->symbolic, joins = roll(g, 2), adds_one = roll(g, 3) == 0;
  for (int32_t k = 0; k < t.rank; k++) {
    if (k == at && joins && k + 1 < t.rank && is_const) {
      dims[n++] = tsr_dim_of(t.n[k] * t.n[k + 1]);
      k++;
    } else if (k == at && is_const && t.n[k] % divisor == 0) {
      dims[n++] = tsr_dim_of(divisor);
      dims[n++] = tsr_dim_of(t.n[k] / divisor);
    } else {
      dims[n++] = t.dim[k];
    }
  }
  if (adds_one) dims[n++] = tsr_dim_of(1);
  out->v = tsr_reshape(g->b, out->v, (tsr_shape){dims, n});
  return true;
}

static bool slice(grower *g, item *out) {
  shape t;
  tsr_dim start[LAB_RANK], limit[LAB_RANK];
  int64_t steps[LAB_RANK];
  if (!pick(g, IN_ANY, 1, out, &t)) return false;
  for (int32_t k = 0; k < t.rank; k++) {
    const int64_t first = roll(g, (t.n[k] < 2 ? t.n[k] : 2) + 1);
    start[k] = tsr_dim_of(roll(g, 2) ? 0 : first);
    limit[k] = t.dim[k];
    if (!roll(g, 3)) limit[k] = tsr_dim_of(first + roll(g, t.n[k] - first + 1));
    steps[k] = 1 + roll(g, 3);
  }
  const size_t n = (size_t)t.rank;
  out->v = tsr_slice(g->b, out->v, (tsr_shape){start, n}, (tsr_shape){limit, n},
                     roll(g, 2) ? TSR_NO_AXES : (tsr_axes){steps, n});
  return true;
}

/* Negative padding cuts, as far as there is something to cut. */
static bool pad(grower *g, item *out) {
  shape t, scalar = {.rank = 0, .count = 1};
  item value;
  tsr_dim low[LAB_RANK], high[LAB_RANK];
  int64_t interior[LAB_RANK];
  if (!pick(g, IN_ANY, 1, out, &t)) return false;
  scalar.dtype = t.dtype;
  if (!partner(g, &scalar, &value)) return false;
  const bool spread = roll(g, 3);
  for (int32_t k = 0; k < t.rank; k++) {
    interior[k] = spread && roll(g, 2) ? roll(g, 3) : 0;
    int64_t size = t.n[k] ? t.n[k] + (t.n[k] - 1) * interior[k] : 0;
    const int64_t first = roll(g, 5) - 2, last = roll(g, 5) - 2;
    low[k] = tsr_dim_of(first + size >= 0 ? first : -size);
    size += low[k].n;
    high[k] = tsr_dim_of(last + size >= 0 ? last : -size);
  }
  const size_t n = (size_t)t.rank;
  out->v = tsr_pad(g->b, out->v, value.v, (tsr_shape){low, n}, (tsr_shape){high, n},
                   spread ? (tsr_axes){interior, n} : TSR_NO_AXES);
  out->exact = out->exact && value.exact;
  if (value.bound > out->bound) out->bound = value.bound;
  return true;
}

static bool concatenate(grower *g, item *out) {
  shape t;
  item x, y;
  if (!pick(g, IN_ANY, 1, &x, &t) || !partner(g, &t, &y) || !fill(g, &y, &t)) return false;
  const int64_t axis = roll(g, 2 * t.rank) - t.rank;
  if (roll(g, 3)) {
    out->v = tsr_concatenate(g->b, TSR_VALUES(x.v, y.v), axis);
  } else {
    out->v = tsr_concatenate(g->b, TSR_VALUES(y.v, x.v, y.v), axis);
  }
  out->exact = x.exact && y.exact;
  out->bound = x.bound > y.bound ? x.bound : y.bound;
  return true;
}

/* Axes of the operand spread over those of a larger result. */
static bool broadcast(grower *g, item *out) {
  shape t;
  tsr_dim dims[LAB_RANK];
  int64_t axes[LAB_RANK];
  int32_t n = 0;
  if (!pick(g, IN_ANY, 0, out, &t)) return false;
  for (int32_t k = 0; k < t.rank; k++) {
    while (!roll(g, 3) && n < 4)
      dims[n++] = tsr_dim_of(roll(g, 3) ? 1 + roll(g, 3) : 0);
    axes[k] = n;
    dims[n++] = t.n[k] == 1 && !g->r->symbolic ? tsr_dim_of(1 + roll(g, 3)) : t.dim[k];
  }
  while (!roll(g, 2) && n < 5)
    dims[n++] = tsr_dim_of(1 + roll(g, 3));
  out->v = tsr_broadcast_in_dim(g->b, out->v, (tsr_shape){dims, (size_t)n},
                                (tsr_axes){axes, (size_t)t.rank});
  return true;
}

static bool ones(grower *g, item *out) {
  shape t;
  int64_t axes[LAB_RANK];
  size_t n = 0;
  if (!pick(g, IN_ANY, 0, out, &t)) return false;
  if (g->r->symbolic || roll(g, 2)) {
    const int64_t axis = roll(g, t.rank + 1);
    out->v = tsr_expand_dims(g->b, out->v, TSR_AXES(axis));
    return true;
  }
  for (int32_t k = 0; k < t.rank; k++)
    if (t.n[k] == 1) axes[n++] = k;
  out->v = tsr_squeeze(g->b, out->v, (tsr_axes){axes, n});
  return true;
}

static bool created(grower *g, item *out) {
  shape t;
  if (!pick(g, IN_ANY, 1, out, &t)) return false;
  if (roll(g, 2)) {
    const int64_t axis = roll(g, t.rank);
    *out = (item){tsr_iota(g->b, roll(g, 2) ? TSR_I64 : TSR_F64, dims_of(&t), axis), true,
                  (double)MAX_COUNT};
  } else {
    *out = (item){tsr_dim_value(g->b, t.dim[roll(g, t.rank)], TSR_I64), true, 0};
  }
  return true;
}

/* ---- reductions ---- */

static bool sum(grower *g, item *out) {
  shape t;
  int64_t axes[LAB_RANK];
  if (!pick(g, IN_NUMBERS, 0, out, &t)) return false;
  out->v = tsr_reduce_sum(g->b, out->v, some_axes(g, t.rank, axes));
  out->exact = out->exact && t.dtype == TSR_I64;
  const int64_t left = shape_of(g, out->v).count;
  out->bound *= left ? (double)t.count / (double)left : 1;
  return true;
}

static bool mean(grower *g, item *out) {
  shape t;
  int64_t axes[LAB_RANK];
  if (!pick(g, IN_FLOATS, 0, out, &t) || t.count == 0) return false;
  out->v = tsr_mean(g->b, out->v, some_axes(g, t.rank, axes));
  out->exact = false;
  return true;
}

static bool largest(grower *g, item *out) {
  shape t;
  int64_t axes[LAB_RANK];
  if (!pick(g, IN_ANY & ~TSR_BIT(C128), 0, out, &t)) return false;
  if (t.dtype == TSR_F64 && t.count == 0) return false;
  out->v = tsr_reduce_max(g->b, out->v, some_axes(g, t.rank, axes));
  return true;
}

static bool smallest(grower *g, item *out) {
  shape t;
  int64_t axes[LAB_RANK];
  if (!pick(g, IN_ANY & ~TSR_BIT(C128), 0, out, &t)) return false;
  if (t.dtype == TSR_F64 && t.count == 0) return false;
  out->v = tsr_reduce_min(g->b, out->v, some_axes(g, t.rank, axes));
  return true;
}

static bool running(grower *g, item *out) {
  shape t;
  if (!pick(g, IN_NUMBERS, 1, out, &t)) return false;
  const int64_t axis = roll(g, t.rank);
  out->v = tsr_cumsum(g->b, out->v, axis, roll(g, 2) ? TSR_SCAN_REVERSE : TSR_SCAN_FORWARD);
  out->exact = out->exact && t.dtype == TSR_I64;
  out->bound *= (double)(t.n[axis] ? t.n[axis] : 1);
  return true;
}

static bool ordered(grower *g, item *out) {
  shape t;
  if (!pick(g, IN_ANY & ~TSR_BIT(C128), 1, out, &t)) return false;
  const tsr_sort_order order = roll(g, 2) ? TSR_DESCENDING : TSR_ASCENDING;
  out->v = tsr_sort(g->b, out->v, roll(g, t.rank), order);
  return true;
}

static bool argmax(grower *g, item *out) {
  shape t;
  if (!pick(g, IN_ANY & ~TSR_BIT(C128), 1, out, &t) || !out->exact) return false;
  const int64_t axis = roll(g, t.rank);
  if (t.n[axis] == 0) return false;
  *out = (item){tsr_argmax(g->b, out->v, axis - (roll(g, 2) ? t.rank : 0)), true, 0};
  return true;
}

/* x less its largest, as in softmax */
static bool centred(grower *g, item *out) {
  shape t;
  if (!pick(g, TSR_BIT(F64), 1, out, &t) || t.count == 0) return false;
  const int64_t axis[] = {roll(g, t.rank)};
  const tsr_axes axes = {axis, 1};
  const tsr_value top = tsr_expand_dims(g->b, tsr_reduce_max(g->b, out->v, axes), axes);
  const tsr_value e = tsr_exp(g->b, tsr_sub(g->b, out->v, top));
  const tsr_value z = tsr_expand_dims(g->b, tsr_reduce_sum(g->b, e, axes), axes);
  *out = (item){tsr_div(g->b, e, z), false, 1};
  return true;
}

/* ---- contractions ---- */

/* x with some axes paired with those of x permuted: batch, contracted and free ones. */
static bool dot(grower *g, item *out) {
  shape t, u;
  item x, y;
  int64_t order[LAB_RANK], lists[4][LAB_RANK];
  size_t n_batch = 0, n_contract = 0;
  double terms = 1;
  if (!pick(g, IN_NUMBERS, 0, &x, &t) || !partner(g, &t, &y) || !fill(g, &y, &t)) return false;
  u = t;
  permutation(g, t.rank, order);
  y.v = tsr_transpose(g->b, y.v, (tsr_axes){order, (size_t)t.rank});
  for (int32_t k = 0; k < u.rank; k++) {
    const int64_t what = roll(g, 3);
    if (what == 0) {
      lists[0][n_batch] = order[k];
      lists[1][n_batch++] = k;
    } else if (what == 1) {
      lists[2][n_contract] = order[k];
      lists[3][n_contract++] = k;
      terms *= (double)t.n[order[k]];
    }
  }
  const tsr_dot_general_attrs attrs = {
      {lists[0], n_batch   },
      {lists[1], n_batch   },
      {lists[2], n_contract},
      {lists[3], n_contract}
  };
  out->v = tsr_dot_general(g->b, x.v, y.v, &attrs);
  out->exact = x.exact && y.exact && t.dtype == TSR_I64;
  out->bound = x.bound * y.bound * terms;
  return true;
}

static bool matmul(grower *g, item *out) {
  shape t;
  if (!pick(g, IN_NUMBERS, 2, out, &t)) return false;
  int64_t axes[LAB_RANK];
  for (int32_t k = 0; k < t.rank; k++)
    axes[k] = k < t.rank - 2 ? k : 2 * t.rank - 3 - k;
  const tsr_value turned = tsr_transpose(g->b, out->v, (tsr_axes){axes, (size_t)t.rank});
  out->v = roll(g, 2) ? tsr_matmul(g->b, out->v, turned) : tsr_matmul(g->b, turned, out->v);
  out->exact = out->exact && t.dtype == TSR_I64;
  out->bound *= out->bound * (double)(t.n[t.rank - 1] + t.n[t.rank - 2]);
  return true;
}

static const step steps[] = {transpose, reverse, reshape, slice, pad,     concatenate, broadcast,
                             ones,      created, sum,     mean,  largest, smallest,    running,
                             ordered,   argmax,  centred, dot,   matmul};
const step_table structural_steps = {steps, sizeof steps / sizeof *steps};
