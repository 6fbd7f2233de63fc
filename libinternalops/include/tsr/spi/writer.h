/* tsr/spi/writer.h - growing text, for those who write graphs and plans. */
#ifndef TSR_SPI_WRITER_H
#define TSR_SPI_WRITER_H

#include "tsr/status.h"

TSR_BEGIN

/* Zeroed: empty. The first failure stays and makes further calls do nothing. */
typedef struct tsr_writer {
  char *text;
  size_t used, size; /* size: bytes of the block */
  tsr_status status;
} tsr_writer;

/* tsr_writer_add - append text, as printf would print it.
 *
 * in   w    zeroed or in use
 *      fmt  and its arguments
 */
TSR_API TSR_PRINTF(2, 3) void tsr_writer_add(tsr_writer *w, const char *fmt, ...);

/* tsr_writer_end - hand over an exact block, or free everything.
 *
 * in   w    not to be used again
 * out  out  zero-terminated; free with tsr_free(out, size, 0)
 *      size  bytes of out with its zero
 * err  the first failure: NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_writer_end(tsr_writer *w, char **out, size_t *size);

TSR_END

#endif /* TSR_SPI_WRITER_H */
