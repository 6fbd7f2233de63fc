/* trace_internal.h - the inside of a trace builder, for the files that record and read it.
 *
 * Values are numbered from 0 as they come: declared inputs, captures and results alike.
 * Arrays grow, so pointers into them die with the next record; operand lists, attributes,
 * dims and names lie in the arena and stay.
 */
#ifndef TSRI_TRACE_INTERNAL_H
#define TSRI_TRACE_INTERNAL_H

#include "graph/grow_internal.h"

#include "tsr/spi/graph.h"

typedef struct tsri_input {
  int32_t value;
  const char *name; /* "" for none */
} tsri_input;

typedef struct tsri_capture {
  int32_t value;
  tsr_value outer; /* of a builder around */
} tsri_capture;

typedef struct tsri_trace {
  tsr_builder base;
  tsr_arena arena;
  tsr_type *types; /* [n_values] */
  int32_t *def;    /* [n_values] node, or -1 */
  int32_t n_values, types_capacity, def_capacity;
  tsr_node *nodes;
  int32_t n_nodes, nodes_capacity;
  tsri_input *inputs;
  int32_t n_inputs, inputs_capacity;
  tsri_capture *captures;
  int32_t n_captures, captures_capacity;
  tsri_map captured; /* id of an outer value -> its number here */
} tsri_trace;

/* The trace behind a builder, NULL when it is of another class. */
tsri_trace *tsri_trace_of(tsr_builder *b);

/* The number of a value here; captures a value of a builder around it. */
tsr_status tsri_trace_number(tsri_trace *t, tsr_value v, int32_t *out);

#endif /* TSRI_TRACE_INTERNAL_H */
