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
 *      ARGUMENT  file is NULL, or the view has elements but no data
 *      SHAPE DTYPE  the view is invalid
 *      LIMIT  more than 512 axes
 * note a line feed ends it; of more than 1,000 elements, three at each end of an
 *      axis are shown; a bool prints as True or False
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
