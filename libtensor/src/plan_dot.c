/* plan_dot.c - the axes of dot_general in groups, and their arrays as matrices of BLAS. */
#include <limits.h>

#include "tsr/layout.h"
#include "tsr/spi/plan.h"

static int64_t *take(int64_t **memory, size_t n) {
  int64_t *result = *memory;
  *memory += n;
  return result;
}

static void append(tsr_dot_group *g, int64_t size, int64_t x, int64_t y, int64_t z) {
  g->size *= size;
  if (size == 1) return;
  const int32_t i = g->rank++;
  g->dims[i] = size;
  g->x[i] = x;
  g->y[i] = y;
  g->z[i] = z;
}

/* Neither batch nor contracted. */
static bool is_own(tsr_axes batch, tsr_axes contract, int64_t axis) {
  return tsr_axes_find(batch, axis) < 0 && tsr_axes_find(contract, axis) < 0;
}

tsr_status tsr_dot_plan_create(const tsr_prepare *p, tsr_dot_plan **out) {
  const tsr_dot_general_attrs *a = p->call->attrs;
  const tsr_view *x = &p->in[0], *y = &p->in[1], *z = &p->out[0];
  const size_t rank = (size_t)x->rank + (size_t)y->rank;
  tsr_dot_plan *d;
  TSR_TRY(tsr_kernel_state_create(sizeof *d + 16 * sizeof(int64_t) * rank, &d));
  int64_t *memory = (int64_t *)(d + 1);
  tsr_dot_group *const groups[] = {&d->b, &d->m, &d->n, &d->k};
  for (int32_t g = 0; g < 4; g++)
    *groups[g] = (tsr_dot_group){.size = 1,
                                 .dims = take(&memory, rank),
                                 .x = take(&memory, rank),
                                 .y = take(&memory, rank),
                                 .z = take(&memory, rank)};
  int32_t at = 0;
  for (size_t i = 0; i < a->lhs_batch.n; i++, at++) {
    const int64_t u = a->lhs_batch.data[i], v = a->rhs_batch.data[i];
    append(&d->b, x->dims[u], x->strides[u], y->strides[v], z->strides[at]);
  }
  for (int32_t i = 0; i < x->rank; i++)
    if (is_own(a->lhs_batch, a->lhs_contract, i))
      append(&d->m, x->dims[i], x->strides[i], 0, z->strides[at++]);
  for (int32_t i = 0; i < y->rank; i++)
    if (is_own(a->rhs_batch, a->rhs_contract, i))
      append(&d->n, y->dims[i], 0, y->strides[i], z->strides[at++]);
  for (size_t i = 0; i < a->lhs_contract.n; i++) {
    const int64_t u = a->lhs_contract.data[i], v = a->rhs_contract.data[i];
    append(&d->k, x->dims[u], x->strides[u], y->strides[v], 0);
  }
  *out = d;
  return TSR_OK;
}

void tsr_dot_plan_fuse(tsr_dot_plan *d) {
  tsr_dot_group *const groups[] = {&d->b, &d->m, &d->n, &d->k};
  for (int32_t g = 0; g < 4; g++) {
    int64_t *const strides[] = {groups[g]->x, groups[g]->y, groups[g]->z};
    groups[g]->rank = tsr_layout_fuse(3, groups[g]->rank, groups[g]->dims, strides);
  }
}

bool tsr_dot_group_stride(const tsr_dot_group *g, const int64_t *strides, int64_t *stride) {
  int64_t size = 1;
  *stride = 1;
  for (int32_t i = g->rank - 1; i >= 0; i--) {
    if (size == 1)
      *stride = strides[i];
    else if (strides[i] != *stride * size)
      return false;
    size *= g->dims[i];
  }
  return true;
}

bool tsr_dot_sizes_of(const tsr_prepare *p, tsr_dot_sizes *out) {
  const tsr_dot_general_attrs *a = p->call->attrs;
  const int64_t x = tsr_view_count(&p->in[0]), y = tsr_view_count(&p->in[1]);
  int64_t k = 1, b = 1;
  if (x == 0 || y == 0) return false;
  for (size_t i = 0; i < a->lhs_contract.n; i++)
    k *= p->in[0].dims[a->lhs_contract.data[i]];
  for (size_t i = 0; i < a->lhs_batch.n; i++)
    b *= p->in[0].dims[a->lhs_batch.data[i]];
  *out = (tsr_dot_sizes){.b = b, .m = x / b / k, .n = y / b / k, .k = k};
  return true;
}

static int64_t at_least_1(int64_t n) { return n > 1 ? n : 1; }

bool tsr_blas_fits(int64_t rows, int64_t cols, int64_t *row_stride, int64_t *col_stride) {
  if (cols == 1) *col_stride = *row_stride == 1 ? at_least_1(rows) : 1;
  if (rows == 1) *row_stride = *col_stride == 1 ? at_least_1(cols) : 1;
  const bool row_major = *col_stride == 1 && *row_stride >= at_least_1(cols);
  const bool col_major = *row_stride == 1 && *col_stride >= at_least_1(rows);
  return (row_major && *row_stride <= INT_MAX) || (col_major && *col_stride <= INT_MAX);
}
