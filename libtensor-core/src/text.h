/* libtensor-core/src/text.h - text that grows in a fixed buffer, and is cut at its end. */
#ifndef TSRI_TEXT_H
#define TSRI_TEXT_H

#include "tsr/base.h"

typedef struct tsri_text {
  char *buffer;
  size_t size;
  size_t used; /* without the final zero */
} tsri_text;

/* Empty text in a buffer of size > 0 bytes; size 0 takes nothing. */
tsri_text tsri_text_in(char *buffer, size_t size);
TSR_PRINTF(2, 3) void tsri_text_put(tsri_text *text, const char *fmt, ...);
bool tsri_text_is_full(const tsri_text *text);

#endif /* TSRI_TEXT_H */
