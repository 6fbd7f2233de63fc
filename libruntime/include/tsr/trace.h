/* tsr/trace.h - recording a program. */
#ifndef TSR_TRACE_H
#define TSR_TRACE_H

#include "tsr/builder.h"
#include "tsr/spi/backend.h"

TSR_BEGIN

/* tsr_trace_open - a builder that records.
 *
 * in   rt   gives ops and rules; retained
 * out  out  end it with tsr_compile or tsr_builder_close
 * err  ARGUMENT  rt is NULL
 *      NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_trace_open(tsr_runtime *rt, tsr_builder **out);

/* tsr_input - declare the next input of a trace; latches.
 *
 * in   b      trace builder
 *      name   copied; unique; NULL for none
 *      dtype  element type
 *      shape  sizes, constant or symbolic
 * note latches ARGUMENT for an eager builder or no dtype, EXISTS for a name used twice, SHAPE
 *      for a negative size, LIMIT for more than 2^31 - 1 axes
 */
TSR_API tsr_value tsr_input(tsr_builder *b, const char *name, tsr_dtype dtype, tsr_shape shape);

TSR_END

#endif /* TSR_TRACE_H */
