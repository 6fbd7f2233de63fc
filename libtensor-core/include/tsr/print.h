/* tsr/print.h - arrays as text, the way NumPy lays them out. */
#ifndef TSR_PRINT_H
#define TSR_PRINT_H

#include <stdio.h>

#include "tsr/layout.h"

TSR_BEGIN

/* tsr_view_print - write a host view to a stream.
 *
 * in   view  readable host memory
 *      file  where to
 * err  IO    the stream reports an error
 *      ARGUMENT  file is NULL
 * note at most 1,000 elements are shown; longer axes keep three at each end
 */
TSR_API TSR_NODISCARD tsr_status tsr_view_print(const tsr_view *view, FILE *file);

/* tsr_format_shape - "[2, 3]" into a buffer, cut to fit; gives buffer.
 *
 * in   rank, dims    shape
 *      buffer, size  at least size > 0 bytes
 */
TSR_API const char *tsr_format_shape(int32_t rank, const int64_t *dims, char *buffer, size_t size);

TSR_END

#endif /* TSR_PRINT_H */
