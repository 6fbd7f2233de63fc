/* prepare.h - choosing the kernel of an application and preparing it. */
#ifndef TSRI_PREPARE_H
#define TSRI_PREPARE_H

#include "tables.h"

/* The first row that takes the application, prepared: results are in p.
 *
 * p holds device, call, views and wanted; its results are zeroed and alias is -1.
 */
tsr_status tsri_prepare(const tsri_planner *planner, tsr_prepare *p, const tsr_kernel **out);

/* Is there any row for the op and these dtypes, so that it need not be lowered? */
bool tsri_has_kernel(const tsri_tables *tables, const tsr_device *device, const tsr_op *op,
                     int32_t n_in, const tsr_type *in_type, int32_t n_out,
                     const tsr_type *out_type);

/* Does it read each element of all operands before it writes that of its one result? */
bool tsri_is_pointwise(const tsr_op *op);

/* "add(f64[3], f64[3])" for messages; cut to size. */
const char *tsri_call_text(const tsr_call *c, char *buffer, size_t size);

#endif /* TSRI_PREPARE_H */
