/* tsr/einsum.h - Einstein summation over any number of operands.
 *
 *   z[output labels] = sum over all other labels of prod_i x_i[labels of i]
 *
 * Labels are letters; "ij,jk->ik" names the output, "ij,jk" means the labels that occur
 * once, in alphabetical order (A-Z before a-z). A label repeated within an operand takes
 * the diagonal. The product is split into pairwise contractions when it is built, so
 * derivatives and vmap see the tree, and a gradient costs about three forwards.
 */
#ifndef TSR_EINSUM_H
#define TSR_EINSUM_H

#include "tsr/builder.h"
#include "tsr/spi/backend.h"

TSR_BEGIN

/* tsr_einsum_register - make the einsum family known to a runtime.
 *
 * in   rt  a runtime
 * err  EXISTS, NOMEM
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

TSR_END

#endif /* TSR_EINSUM_H */
