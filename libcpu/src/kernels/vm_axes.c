/* vm_axes.c - the loop of a program: the order of its axes, fused and cut.
 *
 * Kept axes may go anywhere; reduced ones keep their logical order, so that sums have
 * one order whatever the strides.
 */
#include "vm_internal.h"

#include <string.h>

static int64_t magnitude(int64_t stride) { return stride < 0 ? -stride : stride; }

static bool is_reduced(const tsri_vm_planner *p, int32_t axis) {
  return p->s->reduced && p->s->reduced[axis];
}

/* The array whose strides decide the order: the first that the reduced axes walk, or
 * the first output.
 */
static const int64_t *leading_strides(const tsri_vm_planner *p) {
  const tsri_vm_source *s = p->s;
  if (!s->reduced) return s->outs[0].strides;
  for (int32_t i = 0; i < s->n_steps && tsri_vm_is_load(&s->steps[i]); i++)
    for (int32_t a = 0; a < s->rank; a++)
      if (is_reduced(p, a) && s->dims[a] > 1 && s->in_strides[s->steps[i].arg[0]][a])
        return s->in_strides[s->steps[i].arg[0]];
  return s->outs[0].strides;
}

/* Append the axes of one group to the order; kept axes by falling stride. */
static void append_group(tsri_vm_planner *p, int32_t group, const int8_t *group_of,
                         const int64_t *lead, int32_t *n) {
  int32_t first = *n;
  for (int32_t a = 0; a < p->s->rank; a++) {
    if (group_of[a] != group) continue;
    int32_t at = (*n)++;
    for (; group != 1 && at > first && magnitude(lead[p->order[at - 1]]) < magnitude(lead[a]); at--)
      p->order[at] = p->order[at - 1];
    p->order[at] = a;
  }
  p->group[group] = *n - first;
}

/* x y; INT64_MAX when it does not fit, as the sizes of an empty array need not. */
static int64_t saturated(int64_t x, int64_t y) {
  return __builtin_mul_overflow(x, y, &x) ? INT64_MAX : x;
}

static void order_axes(tsri_vm_planner *p, int8_t *group_of) {
  const tsri_vm_source *s = p->s;
  tsri_vm *vm = p->vm;
  const int64_t *lead = leading_strides(p);
  int64_t nearest = INT64_MAX, count = 1, columns = 1;
  for (int32_t a = 0; a < s->rank; a++)
    if (is_reduced(p, a)) {
      count = saturated(count, s->dims[a]);
      if (s->dims[a] > 1 && lead[a]) nearest = tsri_min(nearest, magnitude(lead[a]));
    }
  for (int32_t a = 0; a < s->rank; a++) {
    bool column = s->reduced && !is_reduced(p, a) && s->dims[a] > 1 && lead[a] != 0 &&
                  magnitude(lead[a]) < nearest && nearest != INT64_MAX;
    group_of[a] = is_reduced(p, a) ? 1 : column ? 2 : 0;
    if (column) columns = saturated(columns, s->dims[a]);
  }
  vm->mode = !s->reduced ? TSRI_VM_MAP : columns > 1 ? TSRI_VM_ACROSS : TSRI_VM_DOWN;
  /* A few short columns are not worth a task of their own. */
  if (vm->mode == TSRI_VM_ACROSS && saturated(count, columns) < 64) {
    vm->mode = TSRI_VM_DOWN;
    for (int32_t a = 0; a < s->rank; a++)
      if (group_of[a] == 2) group_of[a] = 0;
  }
  int32_t n = 0;
  append_group(p, 0, group_of, lead, &n);
  append_group(p, 1, group_of, lead, &n);
  append_group(p, 2, group_of, lead, &n);
}

static const int64_t *strides_of_array(const tsri_vm_planner *p, int32_t i) {
  const tsri_vm_source *s = p->s;
  int32_t n_loads = p->n_arrays - s->n_outs;
  return i < n_loads ? s->in_strides[s->steps[i].arg[0]] : s->outs[i - n_loads].strides;
}

/* Fuse inside each group; gives the sizes kept outside, reduced and in columns. */
static void fuse_axes(tsri_vm_planner *p) {
  const tsri_vm_source *s = p->s;
  tsri_vm *vm = p->vm;
  int64_t product[3] = {1, 1, 1};
  int64_t **part = tsri_vm_take(p, sizeof *part * (size_t)p->n_arrays);
  for (int32_t i = 0; i < p->n_arrays; i++) {
    const int64_t *strides = strides_of_array(p, i);
    for (int32_t a = 0; a < s->rank; a++)
      p->strides[i][a] = strides[p->order[a]];
  }
  for (int32_t a = 0; a < s->rank; a++)
    vm->dims[a] = s->dims[p->order[a]];
  vm->total = tsri_product(s->rank, vm->dims);
  int32_t from = 0, to = 0;
  for (int32_t g = 0; g < 3; g++) {
    int32_t n = p->group[g];
    product[g] = tsri_product(n, vm->dims + from);
    memmove(vm->dims + to, vm->dims + from, sizeof *vm->dims * (size_t)n);
    for (int32_t i = 0; i < p->n_arrays; i++) {
      part[i] = p->strides[i] + to;
      memmove(part[i], p->strides[i] + from, sizeof **part * (size_t)n);
    }
    from += n;
    p->group[g] = n ? tsr_layout_fuse(p->n_arrays, n, vm->dims + to, part) : 0;
    to += p->group[g];
  }
  vm->rank = to;
  vm->kept = product[0];
  vm->count = product[1];
  vm->columns = product[2];
  vm->inner = to ? vm->dims[to - 1] : 1;
  vm->kept_rank = p->group[0] + p->group[2];
  for (int32_t a = 0; a < vm->kept_rank; a++)
    vm->kept_dims[a] = vm->dims[a < p->group[0] ? a : a + p->group[1]];
}

/* The largest divisor of n from 8 to 32, or 0. */
static int64_t tile_of(int64_t n) {
  for (int64_t t = 32; t >= 8; t--)
    if (n % t == 0) return t;
  return 0;
}

/* When an input runs across the others, like the transpose in x + x^T, the loop is cut
 * into small squares: two more axes, of which one block covers the last two.
 */
static void tile_axes(tsri_vm_planner *p) {
  tsri_vm *vm = p->vm;
  int32_t last = vm->rank - 1, across = -1;
  int32_t n_loads = p->n_arrays - p->s->n_outs;
  for (int32_t i = 0; i < n_loads; i++)
    for (int32_t a = 0; a < last; a++) {
      int64_t here = magnitude(p->strides[i][a]), inner = magnitude(p->strides[i][last]);
      if (here && inner > 8 && here < inner && (across < 0 || here == 1)) across = a;
    }
  if (across < 0) return;
  int64_t rows = tile_of(vm->dims[across]), cols = tile_of(vm->dims[last]);
  if (!rows || !cols) return;
  vm->square = rows * cols;
  vm->dims[across] /= rows;
  vm->dims[last] /= cols;
  vm->dims[last + 1] = rows;
  vm->dims[last + 2] = vm->inner = cols;
  for (int32_t i = 0; i < p->n_arrays; i++) {
    int64_t *strides = p->strides[i];
    strides[last + 1] = strides[across];
    strides[last + 2] = strides[last];
    strides[across] *= rows;
    strides[last] *= cols;
  }
  vm->rank += 2;
}

void tsri_vm_plan_axes(tsri_vm_planner *p) {
  order_axes(p, tsri_vm_take(p, (size_t)p->s->rank));
  fuse_axes(p);
  if (p->vm->mode == TSRI_VM_MAP) tile_axes(p);
}
