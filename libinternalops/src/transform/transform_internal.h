/* transform/transform_internal.h - what the transforms share.
 *
 * All of them work inside a trace: nodes are read through a view, rules emit behind
 * them. Scratch memory lives in an arena per call, so a nested transform (a rule of
 * control flow calls them again) never meets the scratch of the one around it.
 */
#ifndef TSRI_TRANSFORM_INTERNAL_H
#define TSRI_TRANSFORM_INTERNAL_H

#include "graph/builder_internal.h"

#include "tsr/alloc.h"
#include "tsr/ops.h"
#include "tsr/spi/transform.h"

/* Zeroed room for n elements of *out. */
#define TSRI_NEW(arena, n, out)                                                                    \
  tsr_arena_alloc((arena), (size_t)(n) * sizeof **(out), (void **)(out))

/* A trace as arrays; valid until it records more. Value i is tsr_value_make(b->serial, i). */
typedef struct tsri_view {
  int32_t n_values, n_nodes;
  const tsr_type *types; /* [n_values] */
  const int32_t *def;    /* [n_values] the node that makes it; -1: an input or capture */
  const tsr_node *nodes; /* [n_nodes], every operand first */
} tsri_view;

void tsri_trace_view(tsr_builder *b, tsri_view *out);

/* The number of v in trace b: its own, or that of its capture; -1 if b has never used it. */
int32_t tsri_number_of(tsr_builder *b, tsr_value v);

/* ERR_STATE unless b records; ERR_ARGUMENT unless all of values are in its sight. */
tsr_status tsri_require_trace(tsr_builder *b, const char *who, tsr_values values);
/* DTYPE or SHAPE unless v, a tangent or cotangent of value number index, is symbolic zero or
 * of the value's type. */
tsr_status tsri_require_partner(tsr_builder *b, const char *what, size_t index, tsr_value v,
                                tsr_value value);

/* A graph likewise. */
tsri_view tsri_graph_view(const tsr_graph *g);

/* A node of a trace as its rules see it: all arrays in the arena. c->out may be dropped. */
tsr_status tsri_call_of(tsr_builder *b, const tsr_node *node, tsr_call_context *context,
                        tsr_call *out);

/* ---- values ---- */

/* v, or zeros of a type in place of symbolic zero. */
tsr_value tsri_materialise(tsr_builder *b, tsr_value v, const tsr_type *type);
/* INTERNAL, naming op and rule, unless v is symbolic zero or of this type. */
tsr_status tsri_check_result(tsr_builder *b, const tsr_op *op, const char *rule, tsr_value v,
                             const tsr_type *type);
tsr_status tsri_no_rule(const tsr_op *op, const char *why);

/* ---- what has to be differentiated ---- */

/* Marks of values while tangents are pushed along nodes. Set CUT and DEPENDS where tangents
 * come in, NEEDED where they are asked for; then spread them over nodes low .. high - 1.
 */
#define TSRI_DEPENDS UINT8_C(1) /* may have a tangent */
#define TSRI_NEEDED  UINT8_C(2) /* its tangent is asked for, or leads to one that is */
#define TSRI_CUT     UINT8_C(4) /* held independent: nothing flows into it */
void tsri_mark(const tsri_view *view, int32_t low, int32_t high, uint8_t *mark);
/* Is a tangent of the value to be computed from those of operands. */
bool tsri_is_wanted(uint8_t mark);
bool tsri_must_differentiate(const tsr_node *node, const uint8_t *mark);

/* ---- one application ---- */

typedef enum tsri_mode {
  TSRI_FORWARD, /* tangents are wanted as such */
  TSRI_REVERSE  /* tangents will be transposed: keep what is linear apart */
} tsri_mode;

/* Tangents of an application. out_t holds symbolic zero where none is wanted, else no value. */
tsr_status tsri_jvp(tsr_builder *b, const tsr_rules *rules, const tsr_call *c, const tsr_value *t,
                    tsri_mode mode, tsr_value *out_t);

/* An op with regions applied and differentiated at once: out and out_t, in one application
 * that computes primal values once. NULL when the op has no such form; c->out is NULL.
 */
typedef tsr_status (*tsri_both_rule)(tsr_builder *b, const tsr_call *c, const tsr_value *t,
                                     tsr_value *out, tsr_value *out_t);
tsri_both_rule tsri_find_both(const tsr_rules *rules);

/* ---- traces ---- */

tsr_status tsri_push(tsr_builder *b, tsri_mode mode, tsr_values outputs, tsr_values wrt,
                     tsr_values tangents, tsr_value *out);

/* Walk back the nodes from first_node on that are linear in `in`, values made after them. */
tsr_status tsri_pull(tsr_builder *b, int32_t first_node, int32_t first_value, tsr_values outputs,
                     tsr_values cotangents, tsr_values in, tsr_value *out);

/* ---- closed graphs ---- */

/* A fresh builder with an input for each of types; b latches whatever goes wrong. */
tsr_status tsri_open(const tsr_graph *like, int32_t n_in, const tsr_type *types, tsr_value *in,
                     tsr_builder **out);
/* Close it; dead nodes are left out. */
tsr_status tsri_finish(tsr_builder *b, const tsr_value *outputs, int32_t n, tsr_graph **out);
/* Replace a graph by one without dead nodes. */
tsr_status tsri_trim(tsr_graph **graph);

/* The part of g from the values `in`, which become its inputs, to the values `out`. */
tsr_status tsri_extract(const tsr_graph *g, int32_t n_in, const int32_t *in, int32_t n_out,
                        const int32_t *out, tsr_graph **result);

/* g behind other inputs: input i of g is input from[i] of the result, output j of the result
 * is output pick[j] of g (pick NULL: all, in order).
 */
tsr_status tsri_rewire(const tsr_graph *g, int32_t n_in, const tsr_type *types, const int32_t *from,
                       int32_t n_out, const int32_t *pick, tsr_graph **out);

/* What a mark spreads over. */
typedef enum tsri_reach {
  TSRI_REACH_ANY,    /* whatever is computed from marked values */
  TSRI_REACH_TANGENT /* what may have a tangent when marked values have one */
} tsri_reach;

/* Results of an application that marked operands reach, where its regions tell; in [n_in] may
 * change. NULL: all of them. c has no values and no types.
 */
typedef tsr_status (*tsri_reach_rule)(const tsr_call *c, tsri_reach how, bool *in, bool *out);
tsri_reach_rule tsri_find_reach(const tsr_rules *rules);

/* Which outputs marked inputs reach; and which inputs marked outputs need. */
tsr_status tsri_reach_outputs(const tsr_graph *g, tsri_reach how, const bool *in, bool *out);
tsr_status tsri_reach_inputs(const tsr_graph *g, const bool *out, bool *in);

/* tsr_graph_linearize, but tangents only of the wanted outputs (NULL: all). */
tsr_status tsri_linearize_graph(const tsr_graph *f, const bool *active, const bool *wanted,
                                bool *active_out, tsr_graph **primal, tsr_graph **linear);

/* tsr_graph_transpose, but for a choice of outputs (live_out, NULL: all) and of results: on
 * entry live_in says which cotangents must be there, on return which are.
 */
tsr_status tsri_transpose_graph(const tsr_graph *g, const bool *linear, const bool *live_out,
                                bool *live_in, tsr_graph **out);

#endif /* TSRI_TRANSFORM_INTERNAL_H */
