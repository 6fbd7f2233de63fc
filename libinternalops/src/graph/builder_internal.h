/* builder_internal.h - what the files of this library share about builders. */
#ifndef TSRI_BUILDER_INTERNAL_H
#define TSRI_BUILDER_INTERNAL_H

#include "tsr/spi/builder.h"
#include "tsr/spi/literal.h"

/* A value that is a number without a dtype of its own. */
struct tsr_weak {
  uint64_t id;
  tsr_number number;
};

/* Remember that v is such a number; latches when out of memory. */
void tsri_weak_add(tsr_builder *b, tsr_value v, const tsr_number *number);
/* The number v was made from, or NULL. */
const tsr_number *tsri_weak_find(tsr_builder *b, tsr_value v);

/* A constant full of zeros; latches. */
tsr_value tsri_zeros(tsr_builder *b, const tsr_type *type);

#endif /* TSRI_BUILDER_INTERNAL_H */
