/* assembly.h - an array put together from boxes, each copied from an operand.
 *
 * Boxes that lie side by side share rows of the array, and cache lines at their borders. Copied one
 * after the other, each would fetch all these lines again. So boxes that have the same range along
 * the leading axes are copied together, a few rows of all of them at a time, while the nearest cache
 * has those rows; other boxes are copied one by one. Where rows are short and the array does not
 * stay in the caches, such a piece is put together in a buffer and leaves it in whole lines.
 */
#ifndef TSRI_ASSEMBLY_H
#define TSRI_ASSEMBLY_H

#include "move.h"

typedef struct tsri_box {
  int32_t input;                /* the operand its elements come from */
  int64_t from;                 /* elements to the first of them */
  const int64_t *first, *dims;  /* [rank] its range in the array */
  const int64_t *strides, *out; /* [rank] of the operand; of the array, which may step over some */
} tsri_box;

typedef struct tsri_assembly_part tsri_assembly_part;

typedef struct tsri_assembly {
  const tsr_device *device;
  int64_t size; /* bytes of an element */
  bool past;    /* the array does not stay in the caches */
  bool buffered;
  int32_t rank;                    /* axes of pieces; 0: boxes share nothing */
  int64_t rows, rest;              /* of a piece along the last of them, and of the last piece */
  int64_t *dims, *steps;           /* [rank] numbers of pieces; bytes between them */
  const int64_t *first, *count;    /* [rank] the range that boxes share */
  int64_t base, bytes, last_bytes; /* where pieces begin, and what they have */
  int64_t pieces, chunk;           /* chunk: of a task */
  int32_t n;                       /* parts */
  tsri_assembly_part *parts;
  char *memory; /* what is left of it */
} tsri_assembly;

/* Bytes of memory for so many boxes of an array. */
size_t tsri_assembly_bytes(const tsr_view *out, int32_t boxes);

/* Begin an assembly; its boxes may share the range first, count along the first `shared` axes of
 * the array. All pointers and memory live as long as it.
 */
void tsri_assembly_init(tsri_assembly *a, void *memory, const tsr_device *device,
                        const tsr_view *out, int32_t boxes, int32_t shared, const int64_t *first,
                        const int64_t *count);

/* One more box. Boxes that share nothing are copied in this order, before the others. */
void tsri_assembly_add(tsri_assembly *a, const tsr_view *out, const tsri_box *box);

tsr_status tsri_assembly_run(const tsri_assembly *a, tsr_stream *stream, const tsr_view *in,
                             void *out);

#endif /* TSRI_ASSEMBLY_H */
