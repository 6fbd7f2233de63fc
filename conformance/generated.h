/* generated.h - texts of expressions, compiled for the host many at a time, and run.
 *
 * C text goes through the C compiler, CUDA text through the C++ compiler with
 * testing/cuda/shim.h.
 */
#ifndef GENERATED_H
#define GENERATED_H

#include "stage.h"

#include "tsr/spi/expr.h"

typedef enum dialect {
  DIALECT_C,
  DIALECT_CUDA,
  DIALECTS
} dialect;
extern const char *const dialect_names[DIALECTS];

/* All that one suite prints; zero it before use. */
typedef struct generated {
  char *text[DIALECTS];
  size_t used[DIALECTS], room[DIALECTS];
  void *library[DIALECTS];
} generated;

/* How the axes of a kernel that reduces are cut. */
typedef struct cut {
  int32_t log_across, is_row, chunks, log_finish;
} cut;

/* Append the text of an expression in one dialect, as function k<number>. */
tsr_status generated_add(generated *g, dialect d, const tsr_expr *expr, int32_t number,
                         int32_t bits);

/* Compile and load what was added; false: a report was printed. */
bool generated_build(stage *w, generated *g, const char *name);
void generated_close(generated *g);

/* Run function k<number> over views; finding is set when elements were at fault. */
tsr_status generated_run(stage *w, const generated *g, dialect d, const tsr_expr *expr,
                         int32_t number, int32_t bits, cut how, const tsr_view *in,
                         const tsr_view *out, bool *finding);

#endif /* GENERATED_H */
