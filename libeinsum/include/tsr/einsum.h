/* tsr/einsum.h - Einstein summation over any number of operands.
 *
 *   z[output labels] = sum over all other labels of prod_i x_i[labels of i]
 *
 * Labels are letters, A-Z, a-z and, when those do not suffice, anything beyond ASCII in
 * UTF-8. "ij,jk->ik" names the output, "ij,jk" means the labels that occur once, in order
 * of their code points (A-Z before a-z). A label repeated within an operand takes the
 * diagonal, one that the output does not name is summed over. Equal labels mean equal
 * sizes: 1 does not broadcast. The product is split into pairwise contractions when it is
 * built, so derivatives and vmap see the tree, and a gradient costs about three forwards.
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

TSR_END

#endif /* TSR_EINSUM_H */
