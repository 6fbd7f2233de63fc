/* text.c - text into a caller's buffer, cut to fit. */
#include "text_internal.h"

#include <stdarg.h>
#include <stdio.h>

/* Longer expressions are cut; names alone may have 63 bytes. */
#define DIM_TEXT 256

tsri_attr_text tsri_attr_text_into(char *buffer, size_t size) {
  buffer[0] = '\0';
  return (tsri_attr_text){buffer, size};
}

void tsri_attr_text_add(tsri_attr_text *text, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  int n = vsnprintf(text->at, text->room, fmt, args);
  va_end(args);
  if (n < 0) return;
  size_t used = (size_t)n < text->room ? (size_t)n : text->room - 1;
  text->at += used;
  text->room -= used;
}

void tsri_attr_text_dims(tsri_attr_text *text, const tsr_dim *dims, size_t rank) {
  char dim[DIM_TEXT];
  tsri_attr_text_add(text, "[");
  for (size_t i = 0; i < rank; i++)
    tsri_attr_text_add(text, "%s%s", i ? ", " : "", tsr_dim_format(dims[i], dim, sizeof dim));
  tsri_attr_text_add(text, "]");
}
