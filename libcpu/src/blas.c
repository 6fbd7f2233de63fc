/* blas.c - OpenBLAS behind tables of Fortran entry points, one thread each.
 *
 * gfortran passes the length of every text argument by value after all others; the
 * functions here add them, each text being one letter.
 */
#include "device_internal.h"

void openblas_set_num_threads(int n);
char *openblas_get_corename(void);
char *openblas_get_config(void);

void tsri_blas_open(void) { openblas_set_num_threads(1); }

const char *tsr_cpu_blas_name(void) {
  const char *name = openblas_get_corename();
  return name ? name : "unknown";
}

const char *tsr_cpu_blas_config(void) {
  const char *text = openblas_get_config();
  return text ? text : "unknown";
}

/* One set per element type: its letter, and whether it is complex. */
#define LETTER  s
#define COMPLEX 0
#include "blas_functions.inc"
#define LETTER  d
#define COMPLEX 0
#include "blas_functions.inc"
#define LETTER  c
#define COMPLEX 1
#include "blas_functions.inc"
#define LETTER  z
#define COMPLEX 1
#include "blas_functions.inc"

#define EACH(name)                                                                                 \
  { s##name, d##name, c##name, z##name }

const tsr_cpu_blas tsri_cpu_blas = {.gemm = EACH(gemm), .trsm = EACH(trsm)};

const tsr_cpu_lapack tsri_cpu_lapack = {.getrf = EACH(getrf),
                                        .getrs = EACH(getrs),
                                        .potrf = EACH(potrf),
                                        .gesdd = EACH(gesdd),
                                        .geqrf = EACH(geqrf),
                                        .orgqr = EACH(orgqr),
                                        .syevd = EACH(syevd)};
