/* libtensor-core/src/print.c - placeholder. */
#include "tsr/print.h"

#include "text.h"

const char *tsr_format_shape(int32_t rank, const int64_t *dims, char *buffer, size_t size) {
  tsri_text text = tsri_text_in(buffer, size);
  tsri_text_put(&text, "[");
  for (int32_t i = 0; i < rank && !tsri_text_is_full(&text); i++)
    tsri_text_put(&text, i ? ", %lld" : "%lld", (long long)dims[i]);
  tsri_text_put(&text, "]");
  return buffer;
}
tsr_status tsr_view_print(const tsr_view *view, FILE *file) {
  (void)view, (void)file;
  return TSR_FAIL(TSR_ERR_UNSUPPORTED, "not yet");
}
