/* kernel.h - what every kernel file needs: op rows to point at, walking strided arrays,
 * and cutting work into chunks.
 *
 * Work is cut by shape alone, so that results never depend on the number of threads.
 */
#ifndef TSRI_KERNEL_H
#define TSRI_KERNEL_H

#include "cpu_internal.h"

#include "tsr/alloc.h"
#include "tsr/layout.h"
#include "tsr/op.h"
#include "tsr/spi/plan.h"

/* The core ops by id. A kernel row must name its op in a constant; an op's identity is
 * its name, so these copies stand for the catalogue's own rows.
 */
extern const tsr_op tsri_cpu_ops[TSR_OP_CORE_COUNT];

/* The id of a row's op. */
static inline tsr_op_id tsri_kernel_op(const tsr_kernel *row) {
  return (tsr_op_id)(row->op - tsri_cpu_ops);
}

#define TSRI_COUNT_OF(array) ((int32_t)(sizeof(array) / sizeof((array)[0])))

/* Elements one task handles: below this a second thread costs more than it gives. */
#define TSRI_GRAIN INT64_C(32768)

/* The same where elements have so many bytes instead of 4, or take several times as long as a sum. */
static inline int64_t tsri_grain_of(size_t size, int64_t cost) {
  return 4 * TSRI_GRAIN / ((int64_t)size * cost);
}

static inline int64_t tsri_min(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t tsri_max(int64_t a, int64_t b) { return a > b ? a : b; }
static inline int64_t tsri_ceil_div(int64_t a, int64_t b) { return a / b + (a % b != 0); }
static inline size_t tsri_round_up(size_t n, size_t step) { return (n + step - 1) / step * step; }

/* The number of elements of sizes known to fit. */
static inline int64_t tsri_product(int32_t rank, const int64_t *dims) {
  int64_t n = 1;
  for (int32_t i = 0; i < rank; i++)
    n *= dims[i];
  return n;
}

/* Where element number pos (in C order) of a strided array lies, in elements. */
static inline int64_t tsri_offset(int32_t rank, const int64_t *dims, const int64_t *strides,
                                  int64_t pos) {
  int64_t offset = 0;
  for (int32_t i = rank - 1; i > 0 && pos; i--) {
    int64_t rest = pos / dims[i];
    offset += (pos - rest * dims[i]) * strides[i];
    pos = rest;
  }
  return rank > 0 ? offset + pos * strides[0] : 0;
}

/* Split [0, n) into chunks of about grain units and run them; one chunk runs inline. */
typedef struct tsri_range_job {
  tsr_status (*run)(void *ctx, int64_t begin, int64_t end);
  void *ctx;
  int64_t n, chunk;
} tsri_range_job;
tsr_status tsri_parallel_ranges(tsr_stream *stream, int64_t n, int64_t chunk,
                                tsr_status (*run)(void *ctx, int64_t begin, int64_t end),
                                void *ctx);

#endif /* TSRI_KERNEL_H */
