/* dot_plan.c - sorting the axes of dot_general into groups. */
#include "dot.h"

static bool contains(tsr_axes axes, int64_t axis) {
  for (size_t i = 0; i < axes.n; i++)
    if (axes.data[i] == axis) return true;
  return false;
}

static int64_t *take(int64_t **memory, size_t n) {
  int64_t *result = *memory;
  *memory += n;
  return result;
}

static void append(tsri_dot_group *g, int64_t size, int64_t x, int64_t y, int64_t z) {
  int32_t i = g->rank++;
  g->dims[i] = size;
  g->x[i] = x;
  g->y[i] = y;
  g->z[i] = z;
  g->size *= size;
}

tsr_status tsri_dot_create(const tsr_prepare *p, tsri_dot **out) {
  const tsr_dot_general_attrs *a = p->call->attrs;
  const tsr_view *x = &p->in[0], *y = &p->in[1], *z = &p->out[0];
  size_t rank = (size_t)x->rank + (size_t)y->rank;
  tsri_dot *d;
  TSR_TRY(tsri_state_create(sizeof *d + 16 * sizeof(int64_t) * rank, &d));
  int64_t *memory = (int64_t *)(d + 1);
  tsri_dot_group *groups[] = {&d->b, &d->m, &d->n, &d->k};
  for (int32_t g = 0; g < 4; g++)
    *groups[g] = (tsri_dot_group){.size = 1,
                                  .dims = take(&memory, rank),
                                  .x = take(&memory, rank),
                                  .y = take(&memory, rank),
                                  .z = take(&memory, rank)};
  int32_t at = 0;
  for (size_t i = 0; i < a->lhs_batch.n; i++, at++) {
    int64_t u = a->lhs_batch.data[i], v = a->rhs_batch.data[i];
    append(&d->b, x->dims[u], x->strides[u], y->strides[v], z->strides[at]);
  }
  for (int32_t i = 0; i < x->rank; i++)
    if (!contains(a->lhs_batch, i) && !contains(a->lhs_contract, i))
      append(&d->m, x->dims[i], x->strides[i], 0, z->strides[at++]);
  for (int32_t i = 0; i < y->rank; i++)
    if (!contains(a->rhs_batch, i) && !contains(a->rhs_contract, i))
      append(&d->n, y->dims[i], 0, y->strides[i], z->strides[at++]);
  for (size_t i = 0; i < a->lhs_contract.n; i++) {
    int64_t u = a->lhs_contract.data[i], v = a->rhs_contract.data[i];
    append(&d->k, x->dims[u], x->strides[u], y->strides[v], 0);
  }
  *out = d;
  return TSR_OK;
}

void tsri_dot_fuse(tsri_dot *d) {
  tsri_dot_group *groups[] = {&d->b, &d->m, &d->n, &d->k};
  for (int32_t g = 0; g < 4; g++) {
    int64_t *strides[] = {groups[g]->x, groups[g]->y, groups[g]->z};
    groups[g]->rank = tsr_layout_fuse(3, groups[g]->rank, groups[g]->dims, strides);
  }
}
