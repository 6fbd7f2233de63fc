/* plan_dot.c - sorting the axes of dot_general into groups. */
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
