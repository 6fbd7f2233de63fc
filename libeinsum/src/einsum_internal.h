/* einsum_internal.h - how the files of this library fit together.
 *
 * text or numbers -> formula -> labels with sizes -> path of pairs -> core operations.
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

enum {
  TSRI_ELLIPSIS = -1, /* among the labels of a formula: any number of axes */
  TSRI_LABEL_TEXT = 40
};

/* The terms begin .. end - 1 become one before others touch them. */
typedef struct tsri_group {
  int32_t begin, end;
} tsri_group;

/* A formula as it is written, before there are operands. */
typedef struct tsri_formula {
  int32_t n_terms, n_names, n_groups;
  tsri_term *terms;   /* [n_terms] */
  tsri_group *groups; /* [n_groups] inner ones first */
  tsri_term output;
  bool has_output; /* false: it follows from the terms */
  bool numbered;
  int64_t *names; /* [n_names] code point, or the number the caller used */
} tsri_formula;

/* formula.c, numbered.c: a formula from text, or from the caller's numbers; memory is the
 * arena's.
 */
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
/* "j" in UTF-8, or "7" */
const char *tsri_name_text(bool numbered, int64_t name, char buffer[TSRI_LABEL_TEXT]);

/* A formula on operands: the axes of an ellipsis have labels of their own, after the names. */
typedef struct tsri_contraction {
  const tsri_formula *from;
  int32_t n_terms, n_labels;
  tsri_term *terms;  /* [n_terms] one label per axis */
  tsri_term written; /* the output, which may repeat labels */
  tsri_term output;  /* each label of it once */
  tsr_dim *dims;     /* [n_labels] */
} tsri_contraction;

/* resolve.c: one type per term; refused with the label and both sizes when they do not fit.
 * An axis of size 1 whose label has another size elsewhere stays in its term: see
 * tsri_is_repeated.
 */
tsr_status tsri_resolve(const tsri_formula *f, const tsr_type *types, const tsr_dim_space *space,
                        tsr_arena *arena, tsri_contraction *out);
/* "label 'j'", "label 7", or "axis -2 of '...'" */
const char *tsri_label_text(const tsri_contraction *c, int32_t label, char buffer[TSRI_LABEL_TEXT]);
/* Does an axis of size dim stand for all indices of its label? */
static inline bool tsri_is_repeated(const tsri_contraction *c, int32_t label, tsr_dim dim) {
  return tsr_dim_is(dim, 1) && !tsr_dim_is(c->dims[label], 1);
}

/* greedy.c: which two are contracted next. Operands are 0 .. n - 1, step i makes n + i. */
typedef struct tsri_pair {
  int32_t lhs, rhs;
} tsri_pair;

/* No term repeats a label; sizes [n_labels] may be estimates; out is [n_terms - 1]. */
tsr_status tsri_greedy(int32_t n_terms, const tsri_term *terms, const tsri_term *output,
                       int32_t n_labels, const double *sizes, tsr_arena *arena, tsri_pair **out);

/* order.c: the same for a formula with groups; terms without repeats, one per operand. */
tsr_status tsri_order(const tsri_contraction *c, const tsri_term *terms, const double *sizes,
                      tsr_arena *arena, tsri_pair **out);
/* Sizes of labels as numbers: symbols stand for their hints. */
tsr_status tsri_estimate_sizes(const tsri_contraction *c, const tsr_dim_space *space,
                               tsr_arena *arena, double **out);

/* path.c: what a path object was made of. */
struct tsr_einsum_path;
const tsri_formula *tsri_path_formula(const struct tsr_einsum_path *path);
const tsri_pair *tsri_path_pairs(const struct tsr_einsum_path *path);

/* A value whose axes carry labels. */
typedef struct tsri_operand {
  tsr_value value;
  tsri_term term;
} tsri_operand;

/* diagonal.c: keep one axis of each repeated label; and the way back, zeros elsewhere. */
tsr_status tsri_einsum_diagonal(tsr_builder *b, tsr_arena *arena, tsri_operand *x);
tsr_status tsri_einsum_embed(tsr_builder *b, tsr_arena *arena, const tsri_term *written,
                             tsri_operand *x);

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
