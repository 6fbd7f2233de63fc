/* expr_text_internal.h - the text of dtypes, ops and reducers, for C and CUDA C alike.
 *
 * A text is C and C++ at once. In it $a $b $c are the arguments, $t the type of the result,
 * $r the name of its dtype and $w its bits, $d the name of the key dtype, $S the suffix of
 * the key's math functions (f for float), $p the type of a part of a complex number, $o the
 * operator of a comparison, $l and $h the least and the greatest value.
 */
#ifndef TSRI_EXPR_TEXT_INTERNAL_H
#define TSRI_EXPR_TEXT_INTERNAL_H

#include "tsr/spi/expr.h"

typedef struct tsri_text_dtype {
  const char *value;  /* type of a variable */
  const char *memory; /* type of an element */
  const char *load;   /* $a is an element */
  const char *store;  /* $a is a value */
  const char *suffix; /* of math functions */
  const char *part;   /* type of a real or imaginary part */
  const char *lowest, *highest;
} tsri_text_dtype;

extern const tsri_text_dtype tsri_text_dtypes[TSR_DTYPE_COUNT];

typedef struct tsri_text_reducer {
  tsr_op_id op;
  uint32_t dtypes;
  const char *start; /* initialiser of the result so far */
  const char *join;  /* $a, the result so far, takes in $b */
} tsri_text_reducer;

/* When an element is at fault, and what is said then. */
typedef struct tsri_text_finding {
  tsr_op_id op;
  uint32_t dtypes;
  int32_t number; /* see tsr_expr_finding */
  const char *when;
} tsri_text_finding;

/* Functions that texts call. A section is wanted by a step whose result or key operand has one
 * of the dtypes, and whose op is of one of the families, if any are named.
 */
typedef struct tsri_text_section {
  const char *name;
  uint32_t dtypes;
  int families;
  uint32_t repeat; /* printed once for each of these dtypes; 0: once */
  const char *const *lines;
} tsri_text_section;

extern const tsri_text_section tsri_text_sections[]; /* ended by one without name */

/* The text of a step whose key operand has dtype key; NULL when there is none. */
const char *tsri_text_step(const tsr_expr_step *step, tsr_dtype key);

/* The rows for an op and dtype; NULL when there is none. */
const tsri_text_reducer *tsri_text_reduction(const tsr_op *reduce, tsr_dtype dtype);
const tsri_text_finding *tsri_text_find_finding(const tsr_op *op, tsr_dtype key);

/* The operator of a comparison. */
const char *tsri_text_operator(const tsr_expr_step *step);

/* ---- writing ---- */

/* Text printed twice: to count its bytes, and to write them. */
typedef struct tsri_writer {
  char *text; /* NULL while counting */
  size_t used, room;
  const tsr_expr *expr;
  const char *name;
  const char *in; /* the array of the inputs' addresses */
} tsri_writer;

/* What the letters after $ stand for. */
typedef struct tsri_words {
  const char *of[128];
} tsri_words;

/* Print twice what put writes, into memory that is the caller's. */
tsr_status tsri_write(tsri_writer *w, tsr_status (*put)(tsri_writer *w, const void *ctx),
                      const void *ctx, char **out, size_t *size);

TSR_PRINTF(2, 3) void tsri_put(tsri_writer *w, const char *fmt, ...);
void tsri_expand(tsri_writer *w, const char *text, const tsri_words *words);

/* The sections that the expression wants. */
void tsri_put_sections(tsri_writer *w);

/* "const float v3 = ...;" for a step; index prints the place of a load's element. */
tsr_status tsri_put_step(tsri_writer *w, int32_t step,
                         void (*index)(tsri_writer *w, int32_t input, const void *ctx),
                         const void *ctx);
/* The same for every step. */
tsr_status tsri_put_steps(tsri_writer *w,
                          void (*index)(tsri_writer *w, int32_t input, const void *ctx),
                          const void *ctx);

/* Start of a reduction, and "name = join(name, next);" */
tsr_status tsri_put_accumulator(tsri_writer *w, const tsr_expr_out *out, const char *name);
tsr_status tsri_put_join(tsri_writer *w, const tsr_expr_out *out, const char *name,
                         const char *next);

/* "const float v3 = name;" for a step that reduces, rounded to its dtype. */
void tsri_put_reduced(tsri_writer *w, int32_t step, const char *name);

/* "((memory *)array)[", to be followed by the index, "] = ", the value and ";". */
void tsri_put_store_head(tsri_writer *w, tsr_dtype dtype, const char *array);
void tsri_put_store_tail(tsri_writer *w, tsr_dtype dtype, const char *value);

/* expr.c: along[i] is the loop axes along which step i varies, as far as loads tell. */
void tsri_expr_axes(const tsr_expr *expr, uint64_t *along);

#endif /* TSRI_EXPR_TEXT_INTERNAL_H */
