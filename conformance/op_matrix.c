/* op_matrix.c - the table of all ops, as `tsr ops --matrix` prints it; every gap in it explained.
 *
 * usage: op_matrix
 */
#include "matrix.h"
#include "stage.h"

#include <stdio.h>

#if CONFORMANCE_GPU
#include "tsr/gpu.h"
#endif

int main(void) {
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
  const int32_t unexplained = matrix_print(rt, stdout);
  tsr_runtime_release(rt);
  return unexplained > 0;
}
