/* generated.h - running an expression by kernels printed for it.
 *
 * A plan has a launch for each set of axes that some outputs reduce. Launches hold the
 * arguments but the addresses, which run fills in: nothing else is left to be done then.
 */
#ifndef TSRI_CUDA_GENERATED_H
#define TSRI_CUDA_GENERATED_H

#include "rows.h"

#include "tsr/spi/expr.h"

enum {
  TSRI_CUDA_ARGUMENTS = 4096, /* bytes that the driver passes to a kernel */
  TSRI_CUDA_PADDING = 8       /* axes that may be added to those of a loop */
};

/* One kernel, and the one that joins what the chunks of a reduction have left. */
typedef struct tsri_cuda_nest {
  tsr_expr_nest text;
  tsri_cuda_code *code;
  tsr_gpu_grid grid, finish;
  int32_t n_outputs;
  int64_t chunks;   /* 1: no second kernel */
  size_t part_size; /* bytes of workspace of each output; 0: none */
  int64_t kept;     /* results; threads that are wanted where nothing is reduced */
  size_t used;      /* bytes of arguments */
  uint64_t arguments[TSRI_CUDA_ARGUMENTS / 8];
} tsri_cuda_nest;

typedef struct tsri_cuda_generated {
  tsr_kernel_state state;
  tsr_device *device;
  tsr_expr *expr; /* held */
  int32_t n_nests;
  tsri_cuda_nest nests[];
} tsri_cuda_generated;

/* Loop sizes of one call, and the strides of its arrays along the loop's axes: the inputs,
 * then the outputs; 0 where an array repeats. Rows have room for rank and PADDING.
 */
typedef struct tsri_cuda_loop {
  const tsr_expr *expr;
  int64_t *dims, **strides;
  int64_t **part; /* [arrays] pointers for fusing */
  int32_t *order;
} tsri_cuda_loop;

/* Fill p with a state that runs expr, which is retained. */
tsr_status tsri_cuda_generated_prepare(tsr_expr *expr, tsr_prepare *p);
tsr_status tsri_cuda_generated_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                                   const tsr_view *out);

/* generated_plan.c: ranks, sizes, strides and the cut of one nest, whose text.reduced is set;
 * part of loop is overwritten. UNSUPPORTED  too many operands
 */
tsr_status tsri_cuda_nest_plan(const tsri_cuda_loop *loop, tsri_cuda_nest *nest);

/* The axes that output j reduces; loops with reductions have 64 at most. */
static inline uint64_t tsri_cuda_reduced_by(const tsr_expr *e, int32_t j) {
  return e->outputs[j].reduce ? e->outputs[j].reduced : 0;
}
static inline bool tsri_cuda_has_axis(uint64_t axes, int32_t a) { return a < 64 && axes >> a & 1; }

/* Does output j belong to the nest? */
static inline bool tsri_cuda_nest_has(const tsri_cuda_nest *nest, const tsr_expr *e, int32_t j) {
  return tsri_cuda_reduced_by(e, j) == nest->text.reduced;
}

#endif /* TSRI_CUDA_GENERATED_H */
