/* expr_c_internal.h - the C text of dtypes and ops, which expr_c.c puts into loops.
 *
 * In a text, $a $b $c are the arguments, $t the type of the result, $S the suffix of
 * math functions (f for float) and $d the name of the key dtype, $r that of the result,
 * $o the operator of a comparison.
 */
#ifndef TSRI_EXPR_C_INTERNAL_H
#define TSRI_EXPR_C_INTERNAL_H

#include "tsr/spi/expr.h"

typedef struct tsri_c_dtype {
  const char *value;  /* type of a variable */
  const char *memory; /* type of an element */
  const char *load;   /* $a is an element */
  const char *store;  /* $a is a value */
  const char *suffix; /* of math functions */
  const char *lowest; /* the value no other is below */
} tsri_c_dtype;

extern const tsri_c_dtype tsri_c_dtypes[TSR_DTYPE_COUNT];

/* Functions that the texts below call, ended by NULL. */
extern const char *const tsri_c_prelude[];

/* The text of a step whose key operand (argument 1 of select, else 0) has dtype key;
 * NULL when there is none.
 */
const char *tsri_c_step(const tsr_expr_step *step, tsr_dtype key);

/* What a reduction starts from: the result of nothing. */
const char *tsri_c_start(const tsr_op *reduce, tsr_dtype dtype);

/* How $a, the result so far, takes $b in; NULL when there is no text. */
const char *tsri_c_reduction(const tsr_op *reduce, tsr_dtype dtype);

/* The operator of a comparison. */
const char *tsri_c_operator(const tsr_expr_step *step);

#endif /* TSRI_EXPR_C_INTERNAL_H */
