/* op_matrix.c - print which kernel computes which op, dtype by dtype, as a markdown table.
 *
 * usage: op_matrix
 * A cell has the number of rows the backend tries for the dtype, 1 being the plain one;
 * "-" means that the op does not take the dtype, "*" that it needs none, as said below.
 */
#include "holes.h"
#include "stage.h"

#include <stdio.h>

#if CONFORMANCE_GPU
#include "tsr/gpu.h"
#endif
#include "tsr/spi/kernels.h"

static int rows(tsr_runtime *rt, const char *backend, const tsr_op *op, tsr_dtype key) {
  const tsr_kernel *row;
  int n = 0;
  for (int32_t i = 0; (row = tsr_runtime_kernel(rt, backend, op, i)) != NULL; i++)
    n += row->dtypes >> key & 1;
  return n;
}

static void print_cell(tsr_runtime *rt, const char *backend, const tsr_op *op, tsr_dtype key) {
  const int n = rows(rt, backend, op, key);
  if (!(op->dtypes >> key & 1))
    printf(" - |");
  else if (n > 0)
    printf(" %d |", n);
  else
    printf(" %s |", hole_find(HOLE_SAMPLES, op, key)  ? "-"
                    : hole_find(HOLE_KERNEL, op, key) ? "*"
                                                      : "missing");
}

static void print_table(tsr_runtime *rt, const char *backend) {
  const tsr_registry *registry = tsr_runtime_registry(rt);
  printf("## %s\n\n| op |", backend);
  for (tsr_dtype d = 0; d < TSR_DTYPE_COUNT; d++)
    printf(" %s |", tsr_dtype_name(d));
  printf("\n|---|");
  for (tsr_dtype d = 0; d < TSR_DTYPE_COUNT; d++)
    printf("--:|");
  for (int32_t i = 0; i < tsr_registry_count(registry); i++) {
    const tsr_op *op = tsr_registry_op(registry, i);
    printf("\n| %s |", op->name);
    for (tsr_dtype d = 0; d < TSR_DTYPE_COUNT; d++)
      print_cell(rt, backend, op, d);
  }
  printf("\n\n");
}

static void print_holes(tsr_runtime *rt) {
  const tsr_registry *registry = tsr_runtime_registry(rt);
  for (int32_t i = 0; i < tsr_registry_count(registry); i++) {
    const tsr_op *op = tsr_registry_op(registry, i);
    const char *why = hole_find(HOLE_KERNEL, op, TSR_F64);
    if (why != NULL) printf("`*` %s: %s.\n", op->name, why);
  }
}

int main(void) {
  static const char *const backends[] = {"cpu", "cuda"};
  tsr_runtime *rt = NULL;
#if CONFORMANCE_GPU
  const tsr_register more = tsr_gpu_register; /* rows are there with or without a device */
#else
  const tsr_register more = NULL;
#endif
  if (stage_runtime(more, &rt) != TSR_OK) {
    fprintf(stderr, "op_matrix: %s\n", tsr_error_message());
    return 1;
  }
  printf("# Kernels by op and dtype\n\nHow many rows a backend has for the dtype of an op's key "
         "operand; `-`: not accepted.\n\n");
  for (size_t i = 0; i < sizeof backends / sizeof *backends; i++)
    if (tsr_runtime_kernel(rt, backends[i], tsr_op_core(TSR_OP_ADD), 0) != NULL)
      print_table(rt, backends[i]);
  print_holes(rt);
  tsr_runtime_release(rt);
  return 0;
}
