/* value.c - comparing types and writing them down. */
#include "tsr/value.h"

#include "text_internal.h"

bool tsr_type_same(const tsr_dim_space *space, const tsr_type *a, const tsr_type *b) {
  if (a->dtype != b->dtype || a->rank != b->rank) return false;
  for (int32_t i = 0; i < a->rank; i++)
    if (!tsr_dim_same(space, a->dims[i], b->dims[i])) return false;
  return true;
}

const char *tsr_type_format(const tsr_type *type, char *buffer, size_t size) {
  tsri_attr_text text = tsri_attr_text_into(buffer, size);
  tsri_attr_text_add(&text, "%s", tsr_dtype_name(type->dtype));
  tsri_attr_text_dims(&text, type->dims, (size_t)type->rank);
  return buffer;
}
