/* oracle_indexing.c - gather, scatter and windows, step by step as StableHLO specifies them. */
#include "oracle_internal.h"

typedef struct numbers {
  tsr_axes window, dropped, batching, indices_batching, map;
  int64_t vector_dim;
} numbers;

/* Split an index of z (gather) or updates (scatter) into its parts. */
static void split(const numbers *s, int32_t rank, const int64_t *i, int64_t *batch,
                  int64_t *window) {
  for (int32_t k = 0; k < rank; k++) {
    if (oracle_has(s->window, k))
      *window++ = i[k];
    else
      *batch++ = i[k];
  }
}

/* Component d of the index vector at a batch index; u64 beyond i64 is as large as can be. */
static int64_t component(const numbers *s, const tsr_array *indices, const int64_t *batch,
                         int64_t d) {
  int64_t at[TSR_ORACLE_RANK];
  for (int32_t k = 0; k < indices->rank; k++)
    at[k] = k == s->vector_dim ? d : *batch++;
  const int64_t i = oracle_at(indices, at)->i;
  return indices->dtype == TSR_U64 && i < 0 ? INT64_MAX : i;
}

/* The start of a window in the operand, axis by axis, with batching axes filled in. */
static void start_of(const numbers *s, const tsr_array *operand, const tsr_array *indices,
                     const int64_t *batch, int64_t *start) {
  for (int32_t k = 0; k < operand->rank; k++)
    start[k] = 0;
  for (size_t d = 0; d < s->map.n; d++)
    start[s->map.data[d]] = component(s, indices, batch, (int64_t)d);
  for (size_t j = 0; j < s->batching.n; j++) {
    const int64_t k = s->indices_batching.data[j];
    start[s->batching.data[j]] = batch[k - (s->vector_dim < k)];
  }
}

/* Operand index = start + offset, the offsets of dropped and batching axes being 0. */
static void add_window(const numbers *s, int32_t rank, const int64_t *window, int64_t *start) {
  for (int32_t k = 0; k < rank; k++)
    if (!oracle_has(s->dropped, k) && !oracle_has(s->batching, k)) start[k] += *window++;
}

static tsr_status gather(const oracle_call *c) {
  const tsr_gather_attrs *a = c->attrs;
  const numbers s = {a->offset_dims,           a->collapsed_slice_dims,
                     a->operand_batching_dims, a->start_indices_batching_dims,
                     a->start_index_map,       a->index_vector_dim};
  const tsr_array *x = &c->in[0], *z = &c->out[0];
  int64_t i[TSR_ORACLE_RANK], batch[TSR_ORACLE_RANK], window[TSR_ORACLE_RANK];
  int64_t from[TSR_ORACLE_RANK];
  for (int64_t n = 0; n < z->n; n++) {
    oracle_unravel(z, n, i);
    split(&s, z->rank, i, batch, window);
    start_of(&s, x, &c->in[1], batch, from);
    for (size_t d = 0; d < s.map.n; d++) {
      const int64_t k = s.map.data[d], last = x->dims[k] - a->slice_sizes.data[k].n;
      from[k] = from[k] < 0 ? 0 : from[k] > last ? last : from[k];
    }
    add_window(&s, x->rank, window, from);
    z->at[n] = *oracle_at(x, from);
  }
  return TSR_OK;
}

/* Window sizes of the operand's axes. */
static void sizes_of(const numbers *s, const tsr_array *operand, const tsr_array *updates,
                     int64_t *sizes) {
  size_t next = 0;
  for (int32_t k = 0; k < operand->rank; k++)
    sizes[k] = oracle_has(s->dropped, k) || oracle_has(s->batching, k)
                   ? 1
                   : updates->dims[s->window.data[next++]];
}

/* Index of the n-th update in C order of the indices, and within a window in C order of it. */
static void unravel_by_windows(const numbers *s, const tsr_array *updates, int64_t n, int64_t *i) {
  for (int pass = 0; pass < 2; pass++)
    for (int32_t k = updates->rank; k-- > 0;) {
      if (oracle_has(s->window, k) != (pass == 0)) continue;
      i[k] = n % updates->dims[k];
      n /= updates->dims[k];
    }
}

typedef tsr_cell (*join_fn)(tsr_dtype dtype, tsr_cell there, tsr_cell update);

static tsr_status scatter(const oracle_call *c, join_fn join) {
  const tsr_scatter_attrs *a = c->attrs;
  const numbers s = {a->update_window_dims,           a->inserted_window_dims,
                     a->input_batching_dims,          a->scatter_indices_batching_dims,
                     a->scatter_dims_to_operand_dims, a->index_vector_dim};
  const tsr_array *x = &c->in[0], *updates = &c->in[2], *z = &c->out[0];
  int64_t i[TSR_ORACLE_RANK], batch[TSR_ORACLE_RANK], window[TSR_ORACLE_RANK];
  int64_t to[TSR_ORACLE_RANK], sizes[TSR_ORACLE_RANK];
  sizes_of(&s, x, updates, sizes);
  for (int64_t n = 0; n < x->n; n++)
    z->at[n] = x->at[n];
  for (int64_t n = 0; n < updates->n; n++) {
    bool fits = true;
    unravel_by_windows(&s, updates, n, i);
    split(&s, updates->rank, i, batch, window);
    start_of(&s, x, &c->in[1], batch, to);
    for (int32_t k = 0; k < x->rank; k++)
      fits = fits && to[k] >= 0 && to[k] <= x->dims[k] - sizes[k];
    if (!fits) continue;
    add_window(&s, x->rank, window, to);
    tsr_cell *at = oracle_at(z, to);
    *at = join(z->dtype, *at, *oracle_at(updates, i));
  }
  return TSR_OK;
}

static tsr_cell last(tsr_dtype dtype, tsr_cell there, tsr_cell update) {
  (void)dtype, (void)there;
  return update;
}
static tsr_cell extreme(tsr_op_id id, tsr_dtype dtype, tsr_cell there, tsr_cell update) {
  const tsr_cell both[2] = {there, update};
  return oracle_order(id)(dtype, both);
}
static tsr_cell smallest(tsr_dtype dtype, tsr_cell there, tsr_cell update) {
  return extreme(TSR_OP_MIN, dtype, there, update);
}
static tsr_cell largest(tsr_dtype dtype, tsr_cell there, tsr_cell update) {
  return extreme(TSR_OP_MAX, dtype, there, update);
}
static tsr_status scatter_add(const oracle_call *c) { return scatter(c, oracle_add); }
static tsr_status scatter_set(const oracle_call *c) { return scatter(c, last); }
static tsr_status scatter_mul(const oracle_call *c) { return scatter(c, oracle_mul); }
static tsr_status scatter_min(const oracle_call *c) { return scatter(c, smallest); }
static tsr_status scatter_max(const oracle_call *c) { return scatter(c, largest); }

/* ---- windows at one start ---- */

/* Where element i of a window of x lies, the start clamped. */
static const int64_t *inside(const tsr_array *x, const tsr_array *starts, const tsr_array *window,
                             int64_t n, int64_t *at) {
  oracle_unravel(window, n, at);
  for (int32_t k = 0; k < x->rank; k++) {
    const int64_t i = starts->at[k].i, last_start = x->dims[k] - window->dims[k];
    const bool is_huge = starts->dtype == TSR_U64 && i < 0;
    at[k] += is_huge || i > last_start ? last_start : i < 0 ? 0 : i;
  }
  return at;
}

static tsr_status dynamic_slice(const oracle_call *c) {
  int64_t at[TSR_ORACLE_RANK];
  for (int64_t n = 0; n < c->out[0].n; n++)
    c->out[0].at[n] = *oracle_at(&c->in[0], inside(&c->in[0], &c->in[1], &c->out[0], n, at));
  return TSR_OK;
}

static tsr_status dynamic_update_slice(const oracle_call *c) {
  int64_t at[TSR_ORACLE_RANK];
  for (int64_t n = 0; n < c->in[0].n; n++)
    c->out[0].at[n] = c->in[0].at[n];
  for (int64_t n = 0; n < c->in[1].n; n++)
    *oracle_at(&c->out[0], inside(&c->in[0], &c->in[2], &c->in[1], n, at)) = c->in[1].at[n];
  return TSR_OK;
}

oracle_fn oracle_indexing(tsr_op_id id) {
  static const oracle_fn rows[TSR_OP_CORE_COUNT] = {[TSR_OP_GATHER] = gather,
                                                    [TSR_OP_SCATTER_ADD] = scatter_add,
                                                    [TSR_OP_SCATTER_SET] = scatter_set,
                                                    [TSR_OP_SCATTER_MUL] = scatter_mul,
                                                    [TSR_OP_SCATTER_MIN] = scatter_min,
                                                    [TSR_OP_SCATTER_MAX] = scatter_max,
                                                    [TSR_OP_DYNAMIC_SLICE] = dynamic_slice,
                                                    [TSR_OP_DYNAMIC_UPDATE_SLICE] =
                                                        dynamic_update_slice};
  return rows[id];
}
