/* einsum_internal.h - how the files of this library fit together.
 *
 * text or numbers -> formula -> sizes of labels -> path of pairs -> core operations.
 */
#ifndef TSRI_EINSUM_INTERNAL_H
#define TSRI_EINSUM_INTERNAL_H

#include "tsr/arena.h"
#include "tsr/builder.h"

/* A list of labels, one per axis. Labels are numbers 0 .. n_labels - 1. */
typedef struct tsri_term {
  int32_t n;
  int32_t *labels;
} tsri_term;

typedef struct tsri_formula {
  int32_t n_terms, n_labels;
  tsri_term *terms; /* [n_terms] */
  tsri_term output;
  int64_t *names; /* [n_labels] code point, or the number the caller used */
  bool numbered;
} tsri_formula;

enum {
  TSRI_LABEL_TEXT = 32
};

/* formula.c: a formula from text, or from the caller's numbers; memory is the arena's. */
tsr_status tsri_formula_parse(const char *text, tsr_arena *arena, tsri_formula *out);
tsr_status tsri_formula_number(size_t n, const tsr_axes *labels, tsr_axes output, tsr_arena *arena,
                               tsri_formula *out);

/* labels.c: numbers for names, in order of first use. */
typedef struct tsri_names {
  int64_t *names; /* [n] */
  int32_t n, room;
  int32_t *table; /* [2^log] label + 1, or 0; open addressing */
  int32_t log;
} tsri_names;

tsr_status tsri_names_init(tsri_names *names, size_t room, tsr_arena *arena);
int32_t tsri_names_find(const tsri_names *names, int64_t name); /* -1: unknown */
int32_t tsri_names_add(tsri_names *names, int64_t name);
/* "label 'j'" or "label 7" */
const char *tsri_label_text(bool numbered, int64_t name, char buffer[TSRI_LABEL_TEXT]);

/* path.c: which two are contracted next. Operands are 0 .. n - 1, step i makes n + i. */
typedef struct tsri_pair {
  int32_t lhs, rhs; /* lhs < rhs */
} tsri_pair;

/* No term repeats a label; sizes [n_labels] may be estimates; out is [n_terms - 1]. */
tsr_status tsri_path_greedy(const tsri_formula *f, const double *sizes, tsr_arena *arena,
                            tsri_pair **out);

/* A value whose axes carry labels. */
typedef struct tsri_operand {
  tsr_value value;
  tsri_term term;
} tsri_operand;

/* diagonal.c: keep one axis of each repeated label. */
tsr_status tsri_einsum_diagonal(tsr_builder *b, tsr_arena *arena, tsri_operand *x);

/* contract.c: the product of two, summed over the labels that keep[label] does not want.
 * order: the labels of the result in the wished order, or NULL.
 */
tsr_status tsri_einsum_contract(tsr_builder *b, tsr_arena *arena, const tsri_operand *x,
                                const tsri_operand *y, const bool *keep, const tsri_term *order,
                                tsri_operand *out);
/* Sum over the labels that keep[label] does not want; bring axes into an order. */
tsr_status tsri_einsum_sum_out(tsr_builder *b, tsr_arena *arena, const bool *keep, tsri_operand *x);
tsr_status tsri_einsum_permute(tsr_builder *b, tsr_arena *arena, const tsri_term *order,
                               tsri_operand *x);

/* Position of a label in a term, -1 if it is not there. */
static inline int32_t tsri_term_find(const tsri_term *t, int32_t label) {
  for (int32_t i = 0; i < t->n; i++)
    if (t->labels[i] == label) return i;
  return -1;
}

#endif /* TSRI_EINSUM_INTERNAL_H */
