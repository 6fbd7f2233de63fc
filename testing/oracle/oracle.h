/* oracle.h - what a graph means: an evaluator that knows nothing but the formulas.
 *
 * Arrays are dense in C order, an element is a number whatever the dtype, and every
 * operation is written as its index formula, one element at a time. It shares no code with
 * rules or kernels, so it can judge both. All dtypes round and wrap as they should, after every
 * operation: a sum in f16 is not what kernels give, which accumulate in f32. Sums run in C order
 * of the operand. Ops of linalg and fft are found by name and computed in long double.
 */
#ifndef TSR_ORACLE_H
#define TSR_ORACLE_H

#include "tsr/spi/graph.h"

TSR_BEGIN

/* re (and im) of floats and complex numbers, i of integers (u64 by its bits) and bool. */
typedef struct tsr_cell {
  double re, im;
  int64_t i;
} tsr_cell;

typedef struct tsr_array {
  tsr_dtype dtype;
  int32_t rank;
  int64_t n;           /* elements */
  const int64_t *dims; /* [rank] */
  tsr_cell *at;        /* [n] */
} tsr_array;

#define TSR_ORACLE_RANK 24 /* largest rank */

/* tsr_array_make - zeros.
 *
 * in   arena  owner of the elements and of a copy of dims
 * err  UNSUPPORTED  too large a rank; NOMEM
 */
TSR_NODISCARD tsr_status tsr_array_make(tsr_arena *arena, tsr_dtype dtype, int32_t rank,
                                        const int64_t *dims, tsr_array *out);

/* tsr_array_read, tsr_array_write - from and to dense C-ordered elements of the dtype. */
void tsr_array_read(tsr_array *array, const void *data);
void tsr_array_write(const tsr_array *array, void *data);

/* tsr_oracle_run - the outputs of a graph.
 *
 * in   graph    closed graph
 *      symbols  sizes of the symbols of its space; NULL when all dims are constants
 *      arena    owner of all arrays made
 *      in       [n_inputs] of the types of its inputs
 * out  out      [n_outputs]
 * err  NUMERIC  integer division by zero
 *      SHAPE, DTYPE  an input is not of its type
 *      UNSUPPORTED   an op that has no formula here
 */
TSR_NODISCARD tsr_status tsr_oracle_run(const tsr_graph *graph, const int64_t *symbols,
                                        tsr_arena *arena, const tsr_array *in, tsr_array *out);

TSR_END

#endif /* TSR_ORACLE_H */
