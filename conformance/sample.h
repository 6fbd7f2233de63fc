/* sample.h - calls of an op to test it with: attributes, operands, and where to draw them.
 *
 * Samples of elementwise ops follow from the row alone: arity, dtypes, words of attributes.
 * Other ops have a maker in a table by name. All operands of one sample that depend on the
 * dtype under test have it written out, so a sample stands for itself.
 */
#ifndef SAMPLE_H
#define SAMPLE_H

#include "tsr/spi/rule.h"

#define SAMPLE_IN  4 /* most operands */
#define SAMPLE_OUT 4 /* most outputs */

/* Where the elements of an operand come from. */
typedef enum sample_fill {
  FILL_RANDOM,  /* integers of all bits, unless low < high; floats around 1 */
  FILL_FACTORS, /* floats of modulus near 1: many of them multiply to a number in range */
  FILL_EDGES    /* every combination of the dtype's edge values over the operands */
} sample_fill;

typedef struct sample_operand {
  tsr_dtype dtype;
  tsr_dims dims;
  int64_t low, high; /* integers are drawn from low .. high when low < high */
  sample_fill fill;
} sample_operand;

typedef struct sample {
  const char *name;
  const tsr_op *op;
  const void *attrs;
  tsr_body body; /* instead of a plain application, for ops with regions */
  int32_t n_in, n_out;
  sample_operand in[SAMPLE_IN];
  bool is_large;  /* enough elements for several threads; values only */
  bool is_dense;  /* C order only: its layout variants say nothing new */
  bool is_choice; /* its results are one choice of many: their derivative is not tested */
} sample;

/* Samples of one op for one dtype of its key operand. */
typedef struct sample_list {
  const tsr_registry *registry;
  const tsr_op *op;
  tsr_dtype key;
  tsr_arena arena;
  tsr_dim_space *space;
  sample *at; /* [n] */
  int32_t n, room;
  tsr_status status; /* of the first addition that failed; its text is in the error record */
} sample_list;

/* samples_open - the samples of an op for a key dtype that its row accepts.
 *
 * err  NOT_FOUND  there are none: the message says what to add and where
 */
tsr_status samples_open(const tsr_registry *registry, const tsr_op *op, tsr_dtype key,
                        sample_list *out);
void samples_close(sample_list *list);

/* For makers. Attributes and sizes are copied; the first failure latches in the list. */
void sample_add(sample_list *list, const void *attrs, int32_t n_in, const sample_operand *in);
void sample_add_large(sample_list *list, const void *attrs, int32_t n_in, const sample_operand *in);
/* A body; key operands follow from in. */
void sample_add_body(sample_list *list, tsr_body body, int32_t n_out, int32_t n_in,
                     const sample_operand *in);
void sample_add_body_large(sample_list *list, tsr_body body, int32_t n_out, int32_t n_in,
                           const sample_operand *in);
/* An application whose results are one choice of many. */
void sample_add_choice(sample_list *list, const void *attrs, int32_t n_in,
                       const sample_operand *in);
/* Do these operands pass the infer rule? */
bool sample_infers(const sample_list *list, const void *attrs, int32_t n_in,
                   const sample_operand *in, tsr_status *status);

typedef void (*sample_maker)(sample_list *list);
typedef struct sample_entry {
  const char *op;
  sample_maker make;
} sample_entry;

/* Tables of makers, each ended by an entry without name. */
extern const sample_entry samples_structural[], samples_reducing[], samples_control[],
    samples_linalg[], samples_fft[];
/* From the row alone. */
void samples_from_row(sample_list *list);
bool samples_row_suffices(const tsr_op *op);

/* sample_emit - record or run a sample on a builder. */
tsr_status sample_emit(tsr_builder *b, const sample *s, const tsr_value *in, tsr_value *out);

/* Operands as makers write them: of the key dtype, of i64 in low .. high, of another dtype. */
#define KEY(...)                                                                                   \
  { .dtype = list->key, .dims = TSR_DIMS(__VA_ARGS__) }
#define KEY_NUMBER                                                                                 \
  { .dtype = list->key }
#define INDEX(from, to, ...)                                                                       \
  { .dtype = TSR_I64, .dims = TSR_DIMS(__VA_ARGS__), .low = from, .high = to }
#define ADD(attrs, ...)                                                                            \
  sample_add(list, attrs,                                                                          \
             (int32_t)(sizeof((sample_operand[]){__VA_ARGS__}) / sizeof(sample_operand)),          \
             (sample_operand[]){__VA_ARGS__})

#endif /* SAMPLE_H */
