/* writer.c - growing text. */
#include "tsr/spi/writer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tsr/alloc.h"

static tsr_status make_room(tsr_writer *w, size_t more) {
  if (w->used + more <= w->size) return TSR_OK;
  size_t size = w->size ? 2 * w->size : 1024;
  while (size < w->used + more)
    size *= 2;
  void *memory;
  TSR_TRY(tsr_alloc(size, 0, &memory));
  if (w->text) memcpy(memory, w->text, w->used);
  tsr_free(w->text, w->size, 0);
  w->text = memory;
  w->size = size;
  return TSR_OK;
}

void tsr_writer_add(tsr_writer *w, const char *fmt, ...) {
  va_list args, again;
  if (w->status != TSR_OK) return;
  va_start(args, fmt);
  va_copy(again, args);
  int n = vsnprintf(NULL, 0, fmt, args);
  if (n >= 0) w->status = make_room(w, (size_t)n + 1);
  if (n >= 0 && w->status == TSR_OK) {
    vsnprintf(w->text + w->used, (size_t)n + 1, fmt, again);
    w->used += (size_t)n;
  }
  va_end(again);
  va_end(args);
}

tsr_status tsr_writer_end(tsr_writer *w, char **out, size_t *size) {
  *out = NULL;
  *size = 0;
  void *memory = NULL;
  tsr_writer_add(w, "%s", "");
  tsr_status status = w->status;
  if (status == TSR_OK) status = tsr_alloc(w->used + 1, 0, &memory);
  if (status == TSR_OK) {
    *out = memcpy(memory, w->text, w->used + 1);
    *size = w->used + 1;
  }
  tsr_free(w->text, w->size, 0);
  return status;
}
