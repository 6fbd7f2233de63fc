/* residuals.h - judging factors of which there are many: by what they are for. */
#ifndef RESIDUALS_H
#define RESIDUALS_H

#include "stage.h"

/* Is it a plain application of svd, eigh or qr? */
bool residuals_apply(const sample *s);

/* residuals_check - do the factors multiply to the matrix, are they orthonormal, triangular and
 * ordered as documented, and are the values those of rotations in long double?
 */
void residuals_check(stage *w, const sample *s, const array *in, const array *got,
                     const char *what);

#endif /* RESIDUALS_H */
