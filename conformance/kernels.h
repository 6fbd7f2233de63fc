/* kernels.h - checking the kernel rows of an op on a backend, one by one. */
#ifndef KERNELS_H
#define KERNELS_H

#include "stage.h"

/* Every row of these dtypes on w->device, a device of that backend, against the oracle. */
void kernels_check(stage *w, const tsr_op *op, const char *backend, uint32_t dtypes);

#endif /* KERNELS_H */
