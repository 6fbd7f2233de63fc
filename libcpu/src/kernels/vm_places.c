/* vm_places.c - where a program finds its arrays: in place, row by row, or in blocks.
 *
 * What only chains touch needs no block when its rows lie side by side, or are one number each:
 * chains go through rows. A bias that is added to every row of a matrix, or a factor for each, thus
 * costs no copy. Rows of a few elements are gathered instead, so that chains find enough of them
 * side by side; where all rows are the same that is done once.
 */
#include "vm_internal.h"

enum {
  ROW = 128,   /* elements of a row that chains take by itself, at least */
  ALONE = 256, /* of a row that block functions do */
};

/* Do none but chains read or write a slot? */
static bool is_chained(const tsri_vm *vm, int32_t slot) {
  for (int32_t i = 0; i < vm->n_instructions; i += vm->instructions[i].span) {
    const tsri_vm_instruction *k = &vm->instructions[i];
    if (k->chain) continue;
    if (k->out == slot) return false;
    for (int32_t a = 0; a < k->n_args; a++)
      if (k->args[a] == slot) return false;
  }
  for (int32_t i = 0; i < vm->n_reductions; i++)
    if (vm->reductions[i].slot == slot) return false;
  return true;
}

/* Is every row of the array the same? */
static bool has_equal_rows(const tsri_vm *vm, const tsri_vm_array *a) {
  for (int32_t i = 0; i < vm->rank - 1; i++)
    if (a->strides[i] && vm->dims[i] > 1) return false;
  return true;
}

static void place_strided(tsri_vm *vm, tsri_vm_array *a) {
  if (vm->rank < 2) return;
  int64_t stride = a->strides[vm->rank - 1], inner = vm->inner;
  bool in_rows = stride == 1 || stride == 0;
  if (vm->mode == TSRI_VM_MAP && in_rows && inner >= ROW && is_chained(vm, a->slot)) {
    a->kind = TSRI_VM_ROWS;
    vm->by_rows = true;
    if (stride == 0) vm->homes[a->slot] = TSRI_VM_NUMBER;
    vm->rows[a->slot] = a->strides[vm->rank - 2] * (int64_t)a->size;
  } else if (stride == 1 && inner >= ALONE) {
    vm->in_rows = true;
  } else if (has_equal_rows(vm, a)) {
    a->repeats = vm->repeats = true;
  }
}

void tsri_vm_place_arrays(tsri_vm_planner *p) {
  const tsri_vm_source *s = p->s;
  tsri_vm *vm = p->vm;
  for (int32_t i = 0; i < s->n_steps; i++)
    if (vm->homes[i] == TSRI_VM_BLOCK)
      vm->rows[i] = vm->inner * (int64_t)tsr_dtype_size(s->steps[i].dtype);
  for (int32_t i = 0; i < vm->n_in; i++) {
    tsri_vm_array *a = &vm->in[i];
    if (a->kind == TSRI_VM_STRIDED) place_strided(vm, a);
    if (a->kind != TSRI_VM_SCALAR || !is_chained(vm, a->slot)) continue;
    vm->homes[a->slot] = TSRI_VM_NUMBER;
    vm->rows[a->slot] = 0;
  }
  for (int32_t i = 0; i < vm->n_out; i++) {
    tsri_vm_array *a = &vm->out[i];
    if (a->kind == TSRI_VM_STRIDED) place_strided(vm, a);
  }
}
