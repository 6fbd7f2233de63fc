/* index.h - gather and scatter: where windows start, and how they lie.
 *
 * Both walk "batch" positions (of the result of gather, of the updates of scatter); each
 * reads one index vector, which says where a window of the large operand starts.
 */
#ifndef TSRI_INDEX_H
#define TSRI_INDEX_H

#include "kernel.h"

#include "tsr/attrs.h"

typedef struct tsri_window {
  tsri_state state;
  tsr_dtype index_dtype;
  int32_t batch_rank, window_rank, index_size;
  int64_t batches, window; /* positions; elements of a window */
  int64_t *batch_dims;     /* [batch_rank] */
  int64_t *batch_values;   /* strides of result or updates along batch axes */
  int64_t *batch_indices;  /* strides of the index tensor */
  int64_t *batch_operand;  /* strides of the operand: batching axes, else 0 */
  int64_t *window_dims;    /* [window_rank] */
  int64_t *window_values;  /* strides of result or updates along window axes */
  int64_t *window_operand; /* strides of the operand along them */
  int64_t index_stride;    /* between the components of an index vector */
  int64_t *start_stride;   /* [index_size] operand stride of each component */
  int64_t *start_limit;    /* [index_size] largest start that fits; < 0: none fits */
} tsri_window;

/* Everything by name, since gather and scatter call the same things differently. */
typedef struct tsri_window_spec {
  const tsr_view *operand, *indices, *values;
  tsr_axes window_axes; /* of values */
  tsr_axes collapsed;   /* of operand: windows of size 1 that values lack */
  tsr_axes operand_batching, indices_batching;
  tsr_axes start_axes; /* operand axis of each component */
  int64_t index_vector_dim;
} tsri_window_spec;

tsr_status tsri_window_create(const tsri_window_spec *spec, tsri_window **out);

/* Component k of an index vector as i64; u64 beyond i64 becomes INT64_MAX. */
int64_t tsri_index_at(tsr_dtype dtype, const void *data, int64_t i);

#endif /* TSRI_INDEX_H */
