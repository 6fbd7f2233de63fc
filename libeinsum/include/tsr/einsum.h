/* tsr/einsum.h - Einstein summation over any number of operands.
 *
 *   z[output labels] = sum over all other labels of prod_i x_i[labels of i]
 *
 *   formula = list [ "->" term ]       list = item { "," item }
 *   item    = term | "(" list ")"      term = { label | "..." }
 *
 * Labels are letters, A-Z, a-z and, when those do not suffice, anything beyond ASCII in
 * UTF-8. "ij,jk->ik" names the output; "ij,jk" means the ellipsis, if there is one, then the
 * labels that occur once, in order of their code points (A-Z before a-z). A label repeated
 * within an operand takes the diagonal, one repeated in the output writes it among zeros, and
 * one that the output does not name is summed over. Equal labels mean equal sizes, where a
 * size of 1 fits any. "..." stands for any number of axes, those of several operands aligned
 * at the last one. What stands in parentheses is contracted before it meets the rest: the
 * meaning is the same, the order is yours. The product is split into pairwise contractions
 * when it is built, so derivatives and vmap see the tree, and a gradient costs about three
 * forwards.
 */
#ifndef TSR_EINSUM_H
#define TSR_EINSUM_H

#include "tsr/builder.h"
#include "tsr/spi/backend.h"

TSR_BEGIN

/* tsr_einsum_register - make the einsum family known to a runtime.
 *
 * It needs core ops only, so today this does nothing; programs that say it keep working
 * when a kernel or an op of its own comes.
 *
 * in   rt  a runtime
 * err  ARGUMENT  rt is NULL
 */
TSR_API TSR_NODISCARD tsr_status tsr_einsum_register(tsr_runtime *rt);

/* tsr_einsum - z by a formula in labels.
 *
 * in   b        builder
 *      formula  e.g. "ij,kj->ik"; spaces are ignored
 *      in       one operand per comma-separated term, numbers of one dtype
 * ad   linear in each operand
 * note errors name the label and both sizes; ERR_ARGUMENT for a malformed formula points at
 *      the character
 */
TSR_API tsr_value tsr_einsum(tsr_builder *b, const char *formula, tsr_values in);

/* The "..." among numbers. */
#define TSR_EINSUM_ELLIPSIS INT64_MIN

/* tsr_einsum_numbered - the same with numbers for labels, as programs make them.
 *
 * in   b       builder
 *      in      operands, numbers of one dtype
 *      labels  [in.n] one number per axis of each operand; any numbers will do
 *      output  numbers of the output's axes, each in some operand
 * ad   linear in each operand
 * note errors as for tsr_einsum
 */
TSR_API tsr_value tsr_einsum_numbered(tsr_builder *b, tsr_values in, const tsr_axes *labels,
                                      tsr_axes output);

/* An order of contraction with what it costs, for a formula at certain sizes; immutable. */
typedef struct tsr_einsum_path tsr_einsum_path; /* a tsr_object */
TSR_OBJECT_DECLARE(tsr_einsum_path);

/* One contraction of two. Operands count from 0 to n - 1, step i makes number n + i. */
typedef struct tsr_einsum_step {
  int32_t lhs, rhs;
  double flops; /* multiplications and additions of elements */
  double size;  /* elements of the result */
} tsr_einsum_step;

typedef struct tsr_einsum_cost {
  double flops;   /* of all steps, and of sums within operands */
  double naive;   /* of one loop over all labels instead */
  double largest; /* elements of the largest intermediate or the output */
  double peak;    /* bytes of intermediates and output at most, one step after another; a
                     compiled program knows its own exactly, see tsr_program_peak */
} tsr_einsum_cost;

/* tsr_einsum_path_create - find the order in which tsr_einsum would contract.
 *
 * Groups first, each greedily: next is the pair with a common label and least
 * size(ij) - size(i) - size(j).
 *
 * in   formula  as for tsr_einsum
 *      dtype    of the operands; its size counts for the peak
 *      shapes   [n] one per operand
 *      n        count
 * out  out      a new reference
 * err  ARGUMENT SHAPE  as tsr_einsum would say it
 *      DTYPE  bool, or none
 *      NOMEM
 * note greedy path: Daniel Smith and Gray, "opt_einsum", JOSS 2018
 */
TSR_API TSR_NODISCARD tsr_status tsr_einsum_path_create(const char *formula, tsr_dtype dtype,
                                                        const tsr_dims *shapes, size_t n,
                                                        tsr_einsum_path **out);

/* tsr_einsum_path_steps, tsr_einsum_path_step - how many contractions there are, and one.
 *
 * in   path  a path; NULL has no steps
 *      i     0 .. steps - 1; any other gives zeros
 */
TSR_API int32_t tsr_einsum_path_steps(const tsr_einsum_path *path);
TSR_API tsr_einsum_step tsr_einsum_path_step(const tsr_einsum_path *path, int32_t i);

/* tsr_einsum_path_cost - what the whole costs; zeros for NULL. */
TSR_API tsr_einsum_cost tsr_einsum_path_cost(const tsr_einsum_path *path);

/* tsr_einsum_path_format - the path as a table for people, zero-terminated, cut to fit.
 *
 * in   path          a path; NULL is no text
 *      buffer, size  where to; may be NULL and 0
 * note the value is the number of bytes of the whole text without its zero, as for snprintf
 */
TSR_API size_t tsr_einsum_path_format(const tsr_einsum_path *path, char *buffer, size_t size);

/* tsr_einsum_along - z by the formula of a path, in its order, whatever the sizes are now.
 *
 * in   b     builder
 *      path  not kept
 *      in    as for tsr_einsum
 * ad   linear in each operand
 * note errors as for tsr_einsum
 */
TSR_API tsr_value tsr_einsum_along(tsr_builder *b, const tsr_einsum_path *path, tsr_values in);

TSR_END

#endif /* TSR_EINSUM_H */
