/* matrix.h - op x dtype x what there is for it, as a markdown table; what is not is explained. */
#ifndef MATRIX_H
#define MATRIX_H

#include <stdio.h>

#include "tsr/runtime.h"

/* matrix_print - the table of all ops of a runtime, and a sentence for every empty place in it.
 *
 * ret  how many places lack an explanation; cuda does not count
 */
int32_t matrix_print(tsr_runtime *rt, FILE *out);

#endif /* MATRIX_H */
