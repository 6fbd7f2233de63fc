/* libtensor-core/src/text.c - text that grows in a fixed buffer, and is cut at its end. */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>

tsri_text tsri_text_in(char *buffer, size_t size) {
  tsri_text text = {buffer, size, 0};
  if (size) buffer[0] = 0;
  return text;
}

void tsri_text_put(tsri_text *text, const char *fmt, ...) {
  if (tsri_text_is_full(text)) return;
  size_t room = text->size - text->used;
  va_list args;
  va_start(args, fmt);
  int n = vsnprintf(text->buffer + text->used, room, fmt, args);
  va_end(args);
  if (n > 0) text->used += (size_t)n < room ? (size_t)n : room - 1;
}

bool tsri_text_is_full(const tsri_text *text) { return text->used + 1 >= text->size; }
