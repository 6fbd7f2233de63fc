/* vm_rows.h - programs of rows: expressions with reductions in their middle.
 *
 * A row is what one result of a reduction is made of. The work on it is cut into passes: a pass
 * computes what does not need the reductions that it makes itself, and between passes come the
 * few operations on whole rows ("row steps"), one number each. An item is some neighbouring
 * rows that go through all passes while they lie in the cache: what later passes need is kept
 * where a result will be, or in the frame, or computed again if that takes less; where rows
 * are few, each pass is cut into segments that threads share, and the numbers of the rows
 * live in the workspace. All of this follows from sizes and strides alone.
 *
 * Elementwise steps are chains (chain.h) as far as they can be. Blocks consist of lines, which
 * chains, and if need be block functions, take one by one where they do not lie side by side.
 *
 * DOWN: rows lie in memory one after the other, blocks are pieces of a row or several rows.
 * ACROSS: neighbouring rows lie side by side, blocks are some steps along the rows, each of
 * them as many elements as the item has rows. Rows of a few elements are always taken so.
 */
#ifndef TSRI_VM_ROWS_H
#define TSRI_VM_ROWS_H

#include "vm.h"

#include "tsr/arena.h"

/* What a step varies along. */
typedef enum tsri_rows_kind {
  TSRI_ROWS_SCALAR, /* nothing: computed once for a task */
  TSRI_ROWS_ROW,    /* rows: one number each */
  TSRI_ROWS_FULL
} tsri_rows_kind;

typedef struct tsri_rows_step {
  tsri_rows_kind kind;
  int32_t pass;    /* FULL: the first that computes it; else the pass before which it is there */
  size_t size;     /* of an element */
  bool kept;       /* FULL: later passes need it and find it */
  int32_t result;  /* kept in the memory of this result, until that itself is there; -1: in frame */
  size_t home;     /* FULL: where it is kept; SCALAR: its block; ROW: its numbers, see is_split */
  int64_t repeats; /* SCALAR: how often it stands in its block */
} tsri_rows_step;

/* An operand or a result; FULL: along the loop, else along the rows. */
typedef struct tsri_rows_array {
  int32_t step, view;
  size_t size;
  tsri_move move;
  bool dense;
  const int64_t *strides;
} tsri_rows_array;

typedef struct tsri_rows_place {
  int32_t number; /* of an array or a step */
  size_t at;      /* its block in the frame */
} tsri_rows_place;

typedef struct tsri_rows_reduction {
  const tsri_reducer *reducer;
  int32_t arg, out;         /* steps */
  size_t acc, lanes, stack; /* in the frame: results, and what it takes to get them */
  size_t partial;           /* in the workspace, where rows are cut */
} tsri_rows_reduction;

/* What is done before a pass on rows, and by it on blocks. */
typedef struct tsri_rows_pass {
  int32_t n_before, n_loads, n_spreads, n_blocks, n_kept, n_results, n_reductions, n_stores;
  tsri_vm_instruction *before;
  tsri_vm code;             /* instructions on blocks, and the chains they form; nothing else */
  tsri_rows_place *loads;   /* of arrays that are read */
  tsri_rows_place *spreads; /* of row steps, repeated to fill blocks; SIZE_MAX: as they are */
  tsri_rows_place *blocks;  /* of steps computed here */
  int32_t *kept;            /* steps computed or read that have a home */
  int32_t *results;         /* arrays written in place */
  int32_t *stores;          /* results that are copied to where they belong */
  tsri_rows_reduction *reductions;
} tsri_rows_pass;

typedef struct tsri_rows {
  tsr_kernel_state state;
  tsr_arena arena; /* owns what follows */
  bool is_across, is_split;
  bool by_lines; /* rows are long enough, or lines across them, to be taken singly */
  bool streams;  /* results shall go past the caches */
  int32_t rank, kept_rank;
  int32_t outer_rank, reduced_rank; /* of rank: first axes, then reduced ones, then columns */
  int64_t *dims, *kept_dims;        /* [rank] the loop; [kept_rank] the rows */
  int64_t kept, count, columns;     /* kept * columns rows of count elements */
  int64_t rows;                     /* of an item */
  int64_t block;                    /* elements of a block at most */
  int64_t height;                   /* ACROSS: steps along the rows in a block; divides a run */
  int64_t segment, n_segments;      /* of count, for one task */
  int64_t n_items;                  /* of whole rows */
  int32_t n_steps, n_passes, n_scalars;
  int32_t n_in, n_out, n_row_in, n_row_out, n_scalar_in;
  tsri_rows_step *steps;
  tsri_rows_array *in, *out, *row_in, *row_out, *scalar_in;
  tsri_vm_instruction *scalars;
  tsri_rows_pass *passes; /* [n_passes + 1], the last one for what is done before it */
  size_t blocks_size;     /* bytes of the frame that blocks take */
  size_t frame, workspace;
} tsri_rows;

/* What a program is made from. */
typedef struct tsri_rows_source {
  const tsr_device *device;
  const tsr_expr *expr;             /* of rows */
  const int64_t *dims;              /* [rank] of the loop */
  const int64_t *const *in_strides; /* by input: [rank] along loop axes */
  const int64_t *out_strides;       /* by output: [rank], 0 along axes that it has not */
} tsri_rows_source;

/* tsri_rows_create - compile; free with tsri_rows_release.
 *
 * err  DTYPE        no block function for an op and dtype
 *      UNSUPPORTED  more values alive at once than a frame holds
 *      NOMEM
 */
tsr_status tsri_rows_create(const tsri_rows_source *source, tsri_rows **out);
void tsri_rows_release(tsri_rows *rows);

/* tsri_rows_run - run on data; workspace has rows->workspace bytes. */
tsr_status tsri_rows_run(const tsri_rows *rows, tsr_stream *stream, const tsr_call *c,
                         const tsr_view *in, const tsr_view *out, void *workspace);

#endif /* TSRI_VM_ROWS_H */
