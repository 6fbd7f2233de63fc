/* linalg_internal.h - rows, rules and kernels of this library, and what rules share. */
#ifndef TSRI_LINALG_INTERNAL_H
#define TSRI_LINALG_INTERNAL_H

#include "systems_internal.h"

#include "tsr/linalg.h"
#include "tsr/spi/backend.h"
#include "tsr/spi/rule.h"

/* What LAPACK computes in. */
#define TSRI_LAPACK_DTYPES (TSR_BIT(F32) | TSR_BIT(F64) | TSR_BIT(C64) | TSR_BIT(C128))

/* (u, s, vt) of a; kind is TSR_SVD_REDUCED or TSR_SVD_FULL */
typedef struct tsri_svd_attrs {
  int32_t kind;
} tsri_svd_attrs;

/* x with a x = rhs, or a^H x = rhs */
typedef enum tsri_form {
  TSRI_PLAIN,
  TSRI_ADJOINT
} tsri_form;
typedef struct tsri_solve_attrs {
  int32_t form;
} tsri_solve_attrs;

extern const tsr_op tsri_svd_op, tsri_svd_values_op, tsri_solve_op;
extern const tsr_rules tsri_svd_rules, tsri_svd_values_rules, tsri_solve_rules;

/* svd_jvp.c */
tsr_status tsri_svd_jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t);
tsr_status tsri_svd_values_jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t,
                               tsr_value *out_t);

/* matrix.c: the last two axes of values. Operations latch. */
tsr_value tsri_linalg_adjoint(tsr_builder *b, tsr_value a);   /* [.., n, m] conjugated */
tsr_value tsri_linalg_as_row(tsr_builder *b, tsr_value v);    /* [.., k] as [.., 1, k] */
tsr_value tsri_linalg_as_column(tsr_builder *b, tsr_value v); /* [.., k] as [.., k, 1] */
tsr_value tsri_linalg_columns(tsr_builder *b, tsr_value a, tsr_dim from,
                              tsr_dim to); /* a[.., from:to] */
tsr_value tsri_linalg_rows(tsr_builder *b, tsr_value a, tsr_dim from, tsr_dim to);
tsr_status tsri_require_lapack_size(const tsr_call *c, int32_t i); /* sizes that fit an int */

/* cpu/rows.c */
extern const tsr_kernel tsri_linalg_cpu_kernels[];
extern const int32_t tsri_linalg_cpu_kernel_count;

#include "orthogonal_internal.h"

#endif /* TSRI_LINALG_INTERNAL_H */
