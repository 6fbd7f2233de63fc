/* rule_check.h - hold the rules of an op against its formula, on random operands.
 *
 * Each check builds small traces through the rule in hand, runs them by the oracle and
 * fails the cmocka test in progress, saying which application it was, when they disagree.
 */
#ifndef TSR_RULE_CHECK_H
#define TSR_RULE_CHECK_H

#include "oracle.h"

TSR_BEGIN

/* One operand of a case; constant sizes. Integers are drawn from low .. high. */
typedef struct tsr_operand {
  tsr_dtype dtype;
  tsr_dims dims;
  int64_t low, high;
} tsr_operand;

typedef struct tsr_case {
  const char *name; /* for messages */
  tsr_op_id op;
  const void *attrs;
  int32_t n_in;
  tsr_operand in[4];
} tsr_case;

/* To write cases down: {"name", TSR_OP_X, &(tsr_x_attrs){..}, 2, {TSR_F64_OF(2, 3), ..}} */
#define TSR_F64_OF(...)                                                                            \
  { TSR_F64, TSR_DIMS(__VA_ARGS__), 0, 0 }
#define TSR_C128_OF(...)                                                                           \
  { TSR_C128, TSR_DIMS(__VA_ARGS__), 0, 0 }
#define TSR_I64_OF(a, b, ...)                                                                      \
  { TSR_I64, TSR_DIMS(__VA_ARGS__), a, b }
#define TSR_NUMBER_OF(dtype)                                                                       \
  { dtype, TSR_NO_DIMS, 0, 0 }

/* tsr_check_transpose - <w, A x> = <A^T w, x> for random x and w, in the inputs the row says:
 * for JOINT every subset of them, for EACH one at a time.
 */
void tsr_check_transpose(const tsr_case *c);

/* tsr_check_batch - batched operands give what a loop over instances gives, for mapped axes
 * at every place of every subset of operands, and for batches of 3, 1 and 0.
 */
void tsr_check_batch(const tsr_case *c);

/* tsr_check_jvp - the jvp rule against central differences; operands f64, or integers, which stay. */
void tsr_check_jvp(const tsr_case *c);

/* tsr_check_simplified - the simplify rule of the last application: its form is equal.
 *
 * in   b  trace builder; consumed
 *      z  output of the application
 *      n_in, in  operands of the builder's inputs, in order
 *      name  of an op
 * ret  how often the simpler form needs that op; -1 when the rule gave none
 */
int32_t tsr_check_simplified(tsr_builder *b, tsr_value z, int32_t n_in, const tsr_operand *in,
                             const char *name);

/* tsr_check_live - applications of an op that the outputs of a graph need. */
int32_t tsr_check_live(const tsr_graph *graph, const char *name);

TSR_END

#endif /* TSR_RULE_CHECK_H */
