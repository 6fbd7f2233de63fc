/* program_indexing.c - gather and scatter with random dimension numbers, windows, take, bits. */
#include "program.h"

#include <string.h>

/* Dimension numbers of an operand, as gather and scatter share them. */
typedef struct numbers {
  int64_t window[LAB_RANK], dropped[LAB_RANK], batching[LAB_RANK], indices_batching[LAB_RANK],
      map[LAB_RANK];
  size_t n_window, n_dropped, n_batching, n_map;
  int64_t vector_dim;
  int32_t indices_rank;
  int64_t indices_dims[LAB_RANK];
  int64_t sizes[LAB_RANK]; /* of the window along each axis of the operand */
  int32_t rank;            /* of the result of gather, of updates */
} numbers;

static void shuffle(grower *g, int64_t *list, size_t n) {
  for (size_t k = n; k > 1; k--) {
    const size_t other = (size_t)roll(g, (int64_t)k);
    const int64_t kept = list[k - 1];
    list[k - 1] = list[other];
    list[other] = kept;
  }
}

/* Each axis is batching, dropped or in the window, and may have a component of the index. */
static void divide_axes(grower *g, const shape *t, numbers *out) {
  for (int32_t k = 0; k < t->rank; k++) {
    const int64_t what = roll(g, 4);
    const bool is_const = !g->r->symbolic;
    out->sizes[k] = 1;
    if (what == 0 && is_const) {
      out->batching[out->n_batching++] = k;
      continue;
    }
    if (what == 1 && t->n[k] > 0) {
      out->dropped[out->n_dropped++] = k;
    } else {
      out->n_window++;
      out->sizes[k] = is_const ? roll(g, t->n[k] + 1) : t->n[k] ? 1 : 0;
    }
    if (roll(g, 3)) out->map[out->n_map++] = k;
  }
  shuffle(g, out->map, out->n_map);
}

/* Indices: batch axes, some of them those of the operand, and the index vector somewhere. */
static void shape_indices(grower *g, const shape *t, numbers *out) {
  int64_t place[LAB_RANK];
  const int32_t free_axes = (int32_t)roll(g, 3), n = free_axes + (int32_t)out->n_batching;
  const bool implicit = out->n_map == 1 && roll(g, 2);
  for (int32_t k = 0; k < n; k++)
    place[k] = k;
  shuffle(g, place, (size_t)n);
  out->indices_rank = n + !implicit;
  out->vector_dim = implicit ? n : roll(g, n + 1);
  for (int32_t k = 0; k < n; k++)
    out->indices_dims[k + (k >= out->vector_dim)] = roll(g, 8) ? 1 + roll(g, 3) : 0;
  if (!implicit) out->indices_dims[out->vector_dim] = (int64_t)out->n_map;
  for (size_t i = 0; i < out->n_batching; i++) {
    out->indices_batching[i] = place[i] + (place[i] >= out->vector_dim);
    out->indices_dims[out->indices_batching[i]] = t->n[out->batching[i]];
  }
  out->rank = n + (int32_t)out->n_window;
}

static void place_window(grower *g, numbers *out) {
  int64_t all[LAB_RANK];
  bool chosen[LAB_RANK] = {false};
  size_t n = 0;
  for (int32_t k = 0; k < out->rank; k++)
    all[k] = k;
  shuffle(g, all, (size_t)out->rank);
  for (size_t k = 0; k < out->n_window; k++)
    chosen[all[k]] = true;
  for (int32_t k = 0; k < out->rank; k++)
    if (chosen[k]) out->window[n++] = k;
}

static bool draw_numbers(grower *g, const shape *t, numbers *out) {
  memset(out, 0, sizeof *out);
  divide_axes(g, t, out);
  shape_indices(g, t, out);
  if (out->rank > MAX_RANK) return false;
  place_window(g, out);
  return true;
}

/* Numbers around the valid ones; at times something computed is added. */
static tsr_value draw_indices(grower *g, const shape *t, const numbers *n) {
  const shape scalar = {.dtype = TSR_I64, .count = 1};
  tsr_array a;
  item x;
  lab_ok(tsr_array_make(&g->l->arena, TSR_I64, n->indices_rank, n->indices_dims, &a), "indices");
  for (int64_t i = 0; i < a.n; i++)
    a.at[i].i = roll(g, t->rank ? t->n[roll(g, t->rank)] + 3 : 1) - 1;
  const tsr_value v = constant(g, &a);
  if (roll(g, 2) || !partner(g, &scalar, &x)) return v;
  return tsr_add(g->b, v, x.v);
}

static bool gather(grower *g, item *out) {
  shape t;
  numbers n;
  tsr_dim sizes[LAB_RANK];
  if (!pick(g, IN_ANY, 0, out, &t) || !draw_numbers(g, &t, &n)) return false;
  for (int32_t k = 0; k < t.rank; k++)
    sizes[k] = tsr_dim_of(n.sizes[k]);
  for (size_t i = 0; i < n.n_batching; i++)
    if (t.n[n.batching[i]] == 0) return false;
  const tsr_gather_attrs attrs = {
      {n.window,           n.n_window    },
      {n.dropped,          n.n_dropped   },
      {n.batching,         n.n_batching  },
      {n.indices_batching, n.n_batching  },
      {n.map,              n.n_map       },
      n.vector_dim,
      {sizes,              (size_t)t.rank}
  };
  out->v = tsr_gather(g->b, out->v, draw_indices(g, &t, &n), &attrs);
  return true;
}

static bool scatter(grower *g, item *out) {
  shape t, u = {.count = 1};
  numbers n;
  item updates;
  if (!pick(g, IN_NUMBERS, 0, out, &t) || !draw_numbers(g, &t, &n)) return false;
  size_t next = 0;
  int32_t axis = 0, along = 0;
  u.dtype = t.dtype;
  for (u.rank = 0; u.rank < n.rank; u.rank++) {
    int64_t size;
    if (next < n.n_window && n.window[next] == u.rank) {
      for (bool skip = true; skip;) {
        skip = false;
        for (size_t i = 0; i < n.n_dropped; i++)
          skip = skip || n.dropped[i] == axis;
        for (size_t i = 0; i < n.n_batching; i++)
          skip = skip || n.batching[i] == axis;
        axis += skip;
      }
      size = n.sizes[axis++];
      next++;
    } else {
      along += along == n.vector_dim;
      size = n.indices_dims[along++];
    }
    u.n[u.rank] = size;
    u.dim[u.rank] = tsr_dim_of(size);
    u.count *= size;
  }
  if (u.count > MAX_COUNT || !partner(g, &u, &updates) || !fill(g, &updates, &u)) return false;
  const tsr_scatter_attrs attrs = {
      {n.window,           n.n_window  },
      {n.dropped,          n.n_dropped },
      {n.batching,         n.n_batching},
      {n.indices_batching, n.n_batching},
      {n.map,              n.n_map     },
      n.vector_dim
  };
  const tsr_value indices = draw_indices(g, &t, &n);
  if (roll(g, 2)) {
    out->v = tsr_scatter_set(g->b, out->v, indices, updates.v, &attrs);
    out->exact = out->exact && updates.exact;
    out->bound += updates.bound;
    return true;
  }
  out->v = tsr_scatter_add(g->b, out->v, indices, updates.v, &attrs);
  out->exact = out->exact && updates.exact && t.dtype == TSR_I64;
  out->bound += updates.bound * (double)(u.count + 1);
  return true;
}

static bool take(grower *g, item *out) {
  shape t, like;
  item x;
  if (!pick(g, IN_ANY, 1, out, &t)) return false;
  const int64_t axis = roll(g, t.rank);
  if (t.n[axis] == 0) return false;
  like = t;
  like.dtype = TSR_I64;
  if (!partner(g, &like, &x)) return false;
  if (roll(g, 2)) {
    out->v = tsr_take(g->b, out->v, x.v, axis);
    return true;
  }
  if (!fill(g, &x, &like)) return false;
  out->v = tsr_take_along_axis(g->b, out->v, x.v, axis - t.rank);
  return true;
}

/* A window at a random start, read or overwritten with what is read at another. */
static bool window(grower *g, item *out) {
  shape t;
  tsr_dim sizes[LAB_RANK];
  tsr_array starts[2];
  if (!pick(g, IN_ANY, 0, out, &t)) return false;
  const int64_t rank = t.rank;
  for (int32_t k = 0; k < t.rank; k++)
    sizes[k] = g->r->symbolic ? t.dim[k] : tsr_dim_of(roll(g, t.n[k] + 1));
  for (int i = 0; i < 2; i++) {
    lab_ok(tsr_array_make(&g->l->arena, TSR_I64, 1, &rank, &starts[i]), "starts");
    for (int32_t k = 0; k < t.rank; k++)
      starts[i].at[k].i = roll(g, t.n[k] + 3) - 1;
  }
  const tsr_shape extent = {sizes, (size_t)rank};
  const tsr_value part = tsr_dynamic_slice(g->b, out->v, constant(g, &starts[0]), extent);
  out->v =
      roll(g, 2) ? part : tsr_dynamic_update_slice(g->b, out->v, part, constant(g, &starts[1]));
  return true;
}

static bool bits(grower *g, item *out) {
  shape t;
  tsr_value r[2];
  if (!pick(g, IN_ANY, 0, out, &t)) return false;
  (void)tsr_rng_bit_generator(g->b, tsr_rng_state(g->b, (uint64_t)roll(g, 1000)), TSR_I64,
                              dims_of(&t), r);
  *out = (item){r[1], true, 0};
  return true;
}

static const step steps[] = {gather, scatter, take, window, scatter, bits};
const step_table indexing_steps = {steps, sizeof steps / sizeof *steps};
