/* rule_bench.h - where rules are tried: traces of one application, random arrays. */
#ifndef TSR_RULE_BENCH_H
#define TSR_RULE_BENCH_H

#include "rule_check.h"

#define MAX_OPERANDS 4

typedef struct tsr_bench {
  tsr_registry *registry;
  tsr_builder *b;
  tsr_arena arena;
  tsr_call_context context;
  uint64_t random;
} tsr_bench;

void tsr_bench_open(tsr_bench *w);
void tsr_bench_close(tsr_bench *w);

/* A trace of its own in w->b, and its graph of n outputs. */
void tsr_bench_trace(tsr_bench *w);
tsr_graph *tsr_bench_finish(tsr_bench *w, const char *name, const tsr_value *out, int32_t n);

/* Arrays of numbers in (-1, 1), integers in low .. high; or of zeros. */
tsr_array tsr_bench_array(tsr_bench *w, tsr_dtype dtype, int32_t rank, const int64_t *dims,
                          int64_t low, int64_t high);
tsr_array tsr_bench_operand(tsr_bench *w, const tsr_operand *o);
tsr_array tsr_bench_zeros(tsr_bench *w, const tsr_array *like);

/* A type of constant sizes; an input for an array. */
tsr_type tsr_bench_type(tsr_bench *w, tsr_dtype dtype, int32_t rank, const int64_t *dims);
tsr_value tsr_bench_input(tsr_bench *w, const tsr_array *a);

/* The application of a case to types, as a rule sees it; its rules. */
tsr_call tsr_bench_call(tsr_bench *w, const tsr_case *c, const tsr_type *in_type);
const tsr_rules *tsr_bench_rules(tsr_bench *w, const tsr_case *c);

/* Outputs of a case, at most 2. */
int32_t tsr_bench_outputs(tsr_bench *w, const tsr_case *c);

/* out[n_out] = the op itself on arrays. */
void tsr_bench_run(tsr_bench *w, const tsr_case *c, const tsr_array *in, tsr_array *out);

/* Equal, up to rounding; axis for the message. */
void tsr_bench_compare(const tsr_case *c, const int32_t *axis, const tsr_array *got,
                       const tsr_array *want);

#endif /* TSR_RULE_BENCH_H */
