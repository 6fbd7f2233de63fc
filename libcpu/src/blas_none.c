/* blas_none.c - a build without BLAS and LAPACK: their tables are empty. */
#include "device_internal.h"

void tsri_blas_open(void) {}

const char *tsr_cpu_blas_name(void) { return "none"; }

const char *tsr_cpu_blas_config(void) { return "built without BLAS (TSR_BLAS=OFF)"; }

const tsr_cpu_blas tsri_cpu_blas = {0};
const tsr_cpu_lapack tsri_cpu_lapack = {0};
