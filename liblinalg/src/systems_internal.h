/* systems_internal.h - factorizations, systems and determinants: rows, rules, what they share. */
#ifndef TSRI_SYSTEMS_INTERNAL_H
#define TSRI_SYSTEMS_INTERNAL_H

#include "tsr/linalg.h"
#include "tsr/spi/rule.h"

/* What becomes of a matrix that cannot be factored: its results are NaN either way, and the
 * output `info`, [..] i32, says where it stopped, counted from 1 as LAPACK does; 0 is fine.
 */
typedef enum tsri_failure {
  TSRI_RAISE, /* the run ends in ERR_NUMERIC as well */
  TSRI_REPORT
} tsri_failure;
extern const char *const tsri_failure_words[];
tsr_status tsri_linalg_require_word(const tsr_call *c, const char *what, int32_t value,
                                    const char *const *words);

/* (lu, pivots, info) */
typedef struct tsri_lu_attrs {
  int32_t failure; /* tsri_failure */
} tsri_lu_attrs;

/* (factor, info) */
typedef struct tsri_cholesky_attrs {
  int32_t uplo;    /* tsr_uplo */
  int32_t failure; /* tsri_failure */
} tsri_cholesky_attrs;

/* x from (a, rhs) */
typedef struct tsri_triangular_attrs {
  int32_t side, uplo, trans, diag; /* as in tsr_triangular_options */
} tsri_triangular_attrs;

extern const tsr_op tsri_lu_op, tsri_lu_factor_op, tsri_cholesky_op, tsri_triangular_solve_op;
extern const tsr_op tsri_det_op, tsri_slogdet_op, tsri_cofactor_op;
extern const tsr_rules tsri_lu_rules, tsri_lu_factor_rules, tsri_cholesky_rules,
    tsri_triangular_solve_rules;
extern const tsr_rules tsri_det_rules, tsri_slogdet_rules, tsri_cofactor_rules;

/* ---- values; operations latch ---- */

/* batching.c: x from operands of which the last is rhs. Leading axes broadcast against its own;
 * operand i has own[i] axes besides those. Where only rhs is mapped, instances become more of its
 * columns, or of its rows when a stands on the right.
 */
tsr_status tsri_linalg_batch_solve(tsr_builder *b, const tsr_call *c, const tsr_batch *batch,
                                   const int32_t *own, tsr_side side, tsr_value *out,
                                   int32_t *out_axis);
/* Infer: leading axes of operand i, but for its own last ones, broadcast against those of rhs. */
tsr_status tsri_linalg_require_leading(const tsr_call *c, int32_t i, int32_t own, int32_t rhs);

/* pair.c: two operands of a surface function, made fit for an op: one dtype, rhs a matrix, and
 * with spread it has all leading axes of both.
 */
typedef struct tsri_pair {
  tsr_value a, rhs;
  tsr_type a_type, rhs_type; /* rhs_type before leading axes were added */
  bool is_vector;
} tsri_pair;
/* One dtype, and rhs a matrix; pair also checks that the sizes of a square a and rhs fit. */
tsr_status tsri_linalg_operands(tsr_builder *b, const char *name, tsr_side side, tsri_pair *pair);
tsr_status tsri_linalg_pair(tsr_builder *b, const char *name, tsr_side side, tsri_pair *pair);
tsr_status tsri_linalg_spread(tsr_builder *b, tsri_pair *pair);
/* The result, of the rank that rhs had. */
tsr_value tsri_linalg_pair_result(tsr_builder *b, const tsri_pair *pair, tsr_side side,
                                  tsr_value x);

/* triangle.c */
typedef enum tsri_part {
  TSRI_WITH_DIAGONAL, /* the numbers count diagonals that are left out */
  TSRI_STRICT
} tsri_part;
tsr_value tsri_linalg_transposed(tsr_builder *b, tsr_value a); /* [.., n, m] */
tsr_value tsri_linalg_triangle(tsr_builder *b, tsr_value a, tsr_uplo uplo, tsri_part part);
/* a with zeros around it until it is [.., m, n], starting at (row, column). */
tsr_value tsri_linalg_placed(tsr_builder *b, tsr_value a, tsr_dim row, tsr_dim column, tsr_dim m,
                             tsr_dim n);

/* solve_surface.c: a^-1 rhs for matrices with the same leading axes; info may be NULL, which
 * raises. */
tsr_value tsri_linalg_solve(tsr_builder *b, tsr_value a, tsr_value rhs, tsr_value *info);
/* triangular_solve.c */
tsr_value tsri_linalg_triangular(tsr_builder *b, tsr_value a, tsr_value rhs, tsr_side side,
                                 tsr_uplo uplo, tsr_trans trans, tsr_diag_kind diag);

#endif /* TSRI_SYSTEMS_INTERNAL_H */
