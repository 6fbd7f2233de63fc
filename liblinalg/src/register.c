/* register.c - the ops of the library, and their kernels where there is a backend for them. */
#include "linalg_internal.h"

#include "tsr/spi/cpu.h"

tsr_status tsr_linalg_register(tsr_runtime *rt) {
  if (!rt) return TSR_FAIL(TSR_ERR_ARGUMENT, "linalg: runtime is NULL");
  TSR_TRY(tsr_runtime_add_op(rt, &tsri_svd_op, &tsri_svd_rules));
  TSR_TRY(tsr_runtime_add_op(rt, &tsri_svd_values_op, &tsri_svd_values_rules));
  TSR_TRY(tsr_runtime_add_op(rt, &tsri_qr_op, &tsri_qr_rules));
  TSR_TRY(tsr_runtime_add_op(rt, &tsri_eigh_op, &tsri_eigh_rules));
  TSR_TRY(tsr_runtime_add_op(rt, &tsri_eigh_values_op, &tsri_eigh_values_rules));
  TSR_TRY(tsr_runtime_add_op(rt, &tsri_pinv_op, &tsri_pinv_rules));
  TSR_TRY(tsr_runtime_add_op(rt, &tsri_lu_op, &tsri_lu_rules));
  TSR_TRY(tsr_runtime_add_op(rt, &tsri_solve_op, &tsri_solve_rules));
  TSR_TRY(tsr_runtime_add_op(rt, &tsri_lu_factor_op, &tsri_lu_factor_rules));
  TSR_TRY(tsr_runtime_add_op(rt, &tsri_cholesky_op, &tsri_cholesky_rules));
  TSR_TRY(tsr_runtime_add_op(rt, &tsri_triangular_solve_op, &tsri_triangular_solve_rules));
  TSR_TRY(tsr_runtime_add_op(rt, &tsri_det_op, &tsri_det_rules));
  TSR_TRY(tsr_runtime_add_op(rt, &tsri_slogdet_op, &tsri_slogdet_rules));
  TSR_TRY(tsr_runtime_add_op(rt, &tsri_cofactor_op, &tsri_cofactor_rules));
  const tsr_cpu_spi *cpu = tsr_runtime_backend_spi(rt, "cpu");
  if (!cpu || !cpu->lapack->getrf[0]) return TSR_OK;
  return tsr_runtime_add_kernels(rt, "cpu", tsri_linalg_cpu_kernels, tsri_linalg_cpu_kernel_count);
}
