/* vm.h - the vector machine: programs of block functions over strided arrays.
 *
 * A program is an expression (spi/expr.h) made ready for given strides. Its loop is
 * walked in blocks of a few hundred elements: inputs that lie side by side are used in
 * place, others are gathered into a block; every instruction is one call of a block
 * function on whole blocks; outputs are written in place or scattered. Blocks stay in
 * the first cache. Chains also take arrays in place of which only rows lie side by side, or
 * which have one number for each row, row after row. Reductions take the blocks as they come, in the order of blocks.h,
 * which depends on shapes alone, so that loop order and threads never change bits.
 */
#ifndef TSRI_VM_H
#define TSRI_VM_H

#include "blocks.h"
#include "chain.h"
#include "move.h"

#include "tsr/spi/expr.h"

/* How a program walks its loop. */
typedef enum tsri_vm_mode {
  TSRI_VM_MAP,   /* no reduction */
  TSRI_VM_DOWN,  /* reduced axes innermost: every result eats a run of elements */
  TSRI_VM_ACROSS /* reduced axes outside of the columns: a row of results grows together */
} tsri_vm_mode;

typedef enum tsri_vm_kind {
  TSRI_VM_DENSE,  /* in loop order without gaps */
  TSRI_VM_SCALAR, /* one element, everywhere */
  TSRI_VM_ROWS,   /* in rows without gaps, or a number for each row; only chains touch it */
  TSRI_VM_STRIDED
} tsri_vm_kind;

typedef struct tsri_vm_array {
  tsri_vm_kind kind;
  int32_t view;  /* which input, or which output */
  int32_t slot;  /* where instructions find it */
  size_t size;   /* of an element */
  size_t buffer; /* its block in the frame, if it has one */
  int64_t piece; /* so many elements of the loop at a time lie side by side */
  bool repeats;  /* every row is the same: a block once gathered serves the next ones too */
  tsri_move move;
  int64_t *strides; /* [rank] */
} tsri_vm_array;

/* Where a value is kept. */
typedef enum tsri_vm_home {
  TSRI_VM_BLOCK,  /* in a block of its own, an input or an output */
  TSRI_VM_NUMBER, /* one number for each row, which chains repeat */
  TSRI_VM_GROUP,  /* in the same few vectors all the time, inside of a chain */
  TSRI_VM_NOWHERE /* in registers alone */
} tsri_vm_home;

typedef struct tsri_vm_link {
  tsri_link_op op;
  int32_t slot;       /* of its operand; -1: none */
  uint8_t size, unit; /* of a lane there, and of an element */
} tsri_vm_link;

typedef struct tsri_vm_chain {
  tsri_chain run;
  int32_t first, n_links; /* among those of the program */
} tsri_vm_chain;

/* Links of one instruction at most, the store of its result among them. */
#define TSRI_VM_LINKS 4

typedef struct tsri_vm_instruction {
  tsri_block run;
  const tsri_vm_chain *chain;   /* computes this one and those behind it; or NULL */
  int32_t span;                 /* how many instructions are run here */
  int32_t out, n_args, args[3]; /* slots */
} tsri_vm_instruction;

typedef struct tsri_vm_reduction {
  const tsri_reducer *reducer;
  int32_t view, slot;
  size_t size;         /* of an element of the result */
  bool dense;          /* results lie side by side, in loop order */
  size_t lanes, stack; /* in the frame: short rows or narrow ones, and a tree */
  size_t partial;      /* in the workspace */
  tsri_move move;
  int64_t *strides; /* [kept_rank] */
} tsri_vm_reduction;

typedef struct tsri_vm {
  tsr_kernel_state state;
  tsri_vm_mode mode;
  bool by_rows;  /* blocks are some whole rows, or a part of one */
  bool in_rows;  /* blocks are parts of one row */
  bool repeats;  /* blocks should begin with a row where that is not far */
  bool large;    /* needs the large frame */
  bool streams;  /* what is written last shall go past the caches */
  bool in_place; /* all there is to do is to reduce arrays that lie in the order of the loop */
  bool plain;    /* ACROSS, wide: rows of one array are added where they lie in memory */
  bool narrow;   /* ACROSS: whole rows are taken in groups */
  bool far;      /* what is reduced where it lies is likely to come from memory */
  int32_t rank, kept_rank;
  int64_t *dims;        /* [rank] the loop, fused: kept outside, reduced, columns */
  int64_t *kept_dims;   /* [kept_rank] */
  int64_t total, inner; /* elements; size of the last axis */
  int64_t block;        /* elements of a block, */
  int64_t chunk;        /* and of a task where nothing is reduced */
  int64_t square;       /* elements of the last two axes if the loop was cut into squares, else 0 */
  int64_t kept, count, columns; /* kept outside * count * columns = total */
  int64_t tile;                 /* columns taken together */
  int64_t segment, n_segments;  /* of count, for one task */
  int32_t n_in, n_out, n_instructions, n_reductions, n_steps;
  tsri_vm_array *in, *out;
  tsri_vm_instruction *instructions;
  int32_t n_chains;
  tsri_vm_chain *chains;
  tsri_vm_link *links;
  tsri_vm_home *homes; /* [n_steps] */
  int64_t *rows;       /* [n_steps] bytes from row to row, for chains */
  tsri_vm_reduction *reductions;
  size_t *temporaries; /* [n_steps] offset in the frame; SIZE_MAX: none */
  size_t workspace;    /* bytes for partial results */
} tsri_vm;

typedef struct tsri_vm_out {
  int32_t step, view;
  tsr_op_id reduce;       /* TSR_OP_CORE_COUNT: none */
  const int64_t *strides; /* [rank]; 0 along reduced axes */
} tsri_vm_out;

/* What a program is made from. Steps are those of tsr_expr; loads name an input. */
typedef struct tsri_vm_source {
  const tsr_device *device;
  int32_t rank;
  const int64_t *dims;
  int32_t n_steps;
  const tsr_expr_step *steps;
  const int64_t *const *in_strides; /* by input: [rank] along loop axes */
  int32_t n_outs;
  const tsri_vm_out *outs;
  const bool *reduced; /* [rank] axes that reducing outputs reduce; NULL: none */
} tsri_vm_source;

/* Bytes of stack a task may use for its blocks. */
#define TSRI_VM_FRAME       ((size_t)192 << 10)
#define TSRI_VM_LARGE_FRAME ((size_t)640 << 10)

/* tsri_vm_create - compile; free with tsr_kernel_state_release.
 *
 * err  DTYPE        no block function for an op and dtype
 *      UNSUPPORTED  more values alive at once than the large frame holds
 *      NOMEM
 */
tsr_status tsri_vm_create(const tsri_vm_source *source, tsri_vm **out);

/* tsri_vm_run - run on data; workspace has vm->workspace bytes. */
tsr_status tsri_vm_run(const tsri_vm *vm, tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                       const tsr_view *out, void *workspace);

#endif /* TSRI_VM_H */
