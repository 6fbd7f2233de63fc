/* text_internal.h - text into a caller's buffer, cut to fit. */
#ifndef TSRI_ATTR_TEXT_INTERNAL_H
#define TSRI_ATTR_TEXT_INTERNAL_H

#include "tsr/dim.h"

typedef struct tsri_attr_text {
  char *at;
  size_t room; /* bytes left with the closing zero; at least 1 */
} tsri_attr_text;

tsri_attr_text tsri_attr_text_into(char *buffer, size_t size);
void tsri_attr_text_add(tsri_attr_text *text, const char *fmt, ...) TSR_PRINTF(2, 3);
/* "[n, 3]" */
void tsri_attr_text_dims(tsri_attr_text *text, const tsr_dim *dims, size_t rank);

#endif /* TSRI_ATTR_TEXT_INTERNAL_H */
