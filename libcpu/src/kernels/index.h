/* index.h - the components of index vectors, of any integer type. */
#ifndef TSRI_INDEX_H
#define TSRI_INDEX_H

#include "kernel.h"

/* Component k of an index vector as i64; u64 beyond i64 becomes INT64_MAX. */
int64_t tsri_index_at(tsr_dtype dtype, const void *data, int64_t i);

#endif /* TSRI_INDEX_H */
