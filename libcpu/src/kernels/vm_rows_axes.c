/* vm_rows_axes.c - the loop of a program of rows: the order of its axes, fused.
 *
 * Axes are kept outside, reduced, or kept as columns inside of the reduced ones: those along
 * which the leading operand is denser than along any reduced axis. Reduced axes keep their
 * logical order, so that sums have one order whatever the strides; the others go by stride.
 */
#include "vm_rows_internal.h"

#include <string.h>

enum {
  OUTER,
  REDUCED,
  COLUMN,
  SHORT = 48 /* rows of fewer elements are taken side by side */
};

static int64_t magnitude(int64_t stride) { return stride < 0 ? -stride : stride; }

static bool is_reduced(const tsri_rows_planner *p, int32_t a) { return p->reduced >> a & 1; }

/* The operand whose strides decide: the first that varies along rows, or the first result. */
static const int64_t *leading_strides(const tsri_rows_planner *p) {
  const tsr_expr *e = p->s->expr;
  for (int32_t i = 0; i < e->n_inputs; i++)
    for (int32_t a = 0; a < e->rank; a++)
      if (is_reduced(p, a) && p->s->dims[a] > 1 && p->s->in_strides[i][a])
        return p->s->in_strides[i];
  return p->s->out_strides;
}

static void group_axes(const tsri_rows_planner *p, const int64_t *lead, int8_t *group) {
  const int64_t *dims = p->s->dims;
  const int32_t rank = p->s->expr->rank;
  int64_t nearest = INT64_MAX, count = 1, columns = 1;
  for (int32_t a = 0; a < rank; a++)
    if (is_reduced(p, a)) {
      if (__builtin_mul_overflow(count, dims[a], &count)) count = INT64_MAX;
      if (dims[a] > 1 && lead[a]) nearest = tsri_min(nearest, magnitude(lead[a]));
    }
  for (int32_t a = 0; a < rank; a++) {
    bool column = !is_reduced(p, a) && dims[a] > 1 && lead[a] && magnitude(lead[a]) < nearest &&
                  nearest != INT64_MAX;
    group[a] = is_reduced(p, a) ? REDUCED : column ? COLUMN : OUTER;
    if (column) columns = dims[a];
  }
  if (columns > 1 || count >= SHORT) return;
  for (int32_t a = 0; a < rank; a++)
    if (group[a] == OUTER) group[a] = COLUMN;
}

/* Append the axes of one group; kept axes by falling stride. */
static int32_t append(const tsri_rows_planner *p, int8_t which, const int8_t *group,
                      const int64_t *lead, int32_t *order, int32_t n) {
  const int32_t first = n;
  for (int32_t a = 0; a < p->s->expr->rank; a++) {
    if (group[a] != which) continue;
    int32_t at = n++;
    for (; which != REDUCED && at > first && magnitude(lead[order[at - 1]]) < magnitude(lead[a]);
         at--)
      order[at] = order[at - 1];
    order[at] = a;
  }
  return n - first;
}

/* Fuse axes [from, from + n) and move them to place `to`; how many are left. */
static int32_t fuse(tsri_rows_planner *p, int32_t from, int32_t n, int32_t to, int64_t **part) {
  const int32_t n_arrays = p->s->expr->n_inputs + p->s->expr->n_outputs;
  int64_t *dims = p->rows->dims;
  const size_t bytes = sizeof *dims * (size_t)n;
  memmove(dims + to, dims + from, bytes);
  for (int32_t i = 0; i < n_arrays; i++) {
    part[i] = p->strides[i] + to;
    memmove(part[i], p->strides[i] + from, bytes);
  }
  return n ? tsr_layout_fuse(n_arrays, n, dims + to, part) : 0;
}

/* Beside a size of 0 the others may be anything. */
static int64_t product_of(int32_t n, const int64_t *dims) {
  for (int32_t a = 0; a < n; a++)
    if (dims[a] == 0) return 0;
  return tsri_product(n, dims);
}

static void fuse_groups(tsri_rows_planner *p, const int32_t *groups, int64_t **part) {
  tsri_rows *r = p->rows;
  int64_t product[3];
  int32_t fused[3], to = 0;
  for (int32_t g = 0, from = 0; g < 3; g++) {
    product[g] = product_of(groups[g], r->dims + from);
    fused[g] = fuse(p, from, groups[g], to, part);
    from += groups[g];
    to += fused[g];
  }
  r->rank = to;
  r->outer_rank = fused[OUTER];
  r->reduced_rank = fused[REDUCED];
  r->kept_rank = fused[OUTER] + fused[COLUMN];
  r->is_across = groups[COLUMN] > 0;
  r->kept = product[OUTER];
  r->count = product[REDUCED];
  r->columns = product[COLUMN];
  for (int32_t a = 0; a < r->kept_rank; a++)
    r->kept_dims[a] = r->dims[a < r->outer_rank ? a : a + r->reduced_rank];
}

tsr_status tsri_rows_plan_axes(tsri_rows_planner *p) {
  const tsr_expr *e = p->s->expr;
  const int32_t n_arrays = e->n_inputs + e->n_outputs;
  const int64_t *lead = leading_strides(p);
  int8_t *group;
  int32_t *order, groups[3], n = 0;
  int64_t **part;
  TSR_TRY(tsri_rows_alloc(&p->scratch, e->rank, sizeof *group, &group));
  TSR_TRY(tsri_rows_alloc(&p->scratch, e->rank, sizeof *order, &order));
  TSR_TRY(tsri_rows_alloc(&p->scratch, n_arrays, sizeof *part, &part));
  TSR_TRY(tsri_rows_alloc(&p->scratch, n_arrays, sizeof *p->strides, &p->strides));
  TSR_TRY(tsri_rows_alloc(&p->rows->arena, e->rank, sizeof(int64_t), &p->rows->dims));
  TSR_TRY(tsri_rows_alloc(&p->rows->arena, e->rank, sizeof(int64_t), &p->rows->kept_dims));
  group_axes(p, lead, group);
  for (int8_t g = 0; g < 3; g++)
    n += groups[g] = append(p, g, group, lead, order, n);
  for (int32_t a = 0; a < e->rank; a++)
    p->rows->dims[a] = p->s->dims[order[a]];
  for (int32_t i = 0; i < n_arrays; i++) {
    const int64_t *from = i < e->n_inputs
                              ? p->s->in_strides[i]
                              : p->s->out_strides + (int64_t)(i - e->n_inputs) * e->rank;
    TSR_TRY(tsri_rows_alloc(&p->rows->arena, e->rank, sizeof(int64_t), &p->strides[i]));
    for (int32_t a = 0; a < e->rank; a++)
      p->strides[i][a] = from[order[a]];
  }
  fuse_groups(p, groups, part);
  return TSR_OK;
}
