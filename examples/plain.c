/* plain.c - plain tensors on the CPU: no graph in sight. */
#include <stdio.h>
#include <tsr/cpu.h>
#include <tsr/eager.h>
#include <tsr/einsum.h>
#include <tsr/linalg.h>
#include <tsr/runtime.h>

static tsr_status run(tsr_runtime *rt) {
  tsr_builder *b; /* an eager scope: every value made in it dies with it */
  TSR_TRY(tsr_eager_open(rt, "cpu", &b));

  tsr_value a = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 3), (double[]){1, 2, 3, 4, 5, 6});
  tsr_value g = tsr_einsum(b, "ij,kj->ik", TSR_VALUES(a, a));
  tsr_svd_result d = tsr_svd(b, tsr_add(b, g, tsr_scalar(b, 0.5)), TSR_SVD_REDUCED);

  tsr_status status =
      tsr_print(b, d.s, stdout); /* the first error of the chain, with op and shapes */
  tsr_builder_close(b);
  return status;
}

int main(void) {
  tsr_runtime *rt = NULL;
  tsr_status status =
      tsr_runtime_create(TSR_WITH(tsr_cpu_register, tsr_einsum_register, tsr_linalg_register), &rt);
  if (status == TSR_OK) status = run(rt);
  if (status != TSR_OK) fprintf(stderr, "%s\n", tsr_error_message());
  tsr_runtime_release(rt);
  return status != TSR_OK;
}
