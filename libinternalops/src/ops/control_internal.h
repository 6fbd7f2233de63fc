/* ops/control_internal.h - what the rules of ops with regions share. */
#ifndef TSRI_CONTROL_INTERNAL_H
#define TSRI_CONTROL_INTERNAL_H

#include "transform/transform_internal.h"

/* A loop seen as one body: operands are consts, carry, xs; results are carry, ys. */
typedef struct tsri_loop {
  const tsr_graph *body;
  int32_t n_consts, n_carry, n_xs, n_ys;
  int32_t n_in, n_out;
} tsri_loop;

/* Spread marks over a loop to their fixpoint: a carry that comes out marked goes in marked.
 * in [n_in] is updated; out [n_out] is filled, every marked carry included.
 */
tsr_status tsri_loop_reach(const tsri_loop *loop, tsri_reach how, bool *in, bool *out);

/* The same backwards: which outputs are live once a carry that is read stays live; in [n_in]
 * says which inputs the live outputs need.
 */
tsr_status tsri_loop_reach_back(const tsri_loop *loop, bool *out, bool *in);

/* Places of operands when each active one gets a tangent: group by group, the operands and
 * then their tangents. place[i] is that of operand i, place[n_in + k] that of the k-th
 * tangent; extra[g], when not NULL, is how many tangents group g got. Gives the total.
 */
int32_t tsri_interleave(int32_t n_groups, const int32_t *sizes, const bool *active, int32_t *place,
                        int32_t *extra);

/* g's inputs moved to their places (a permutation), outputs as picked, see tsri_rewire. */
tsr_status tsri_permute(tsr_arena *arena, const tsr_graph *g, const int32_t *place, int32_t n_out,
                        const int32_t *pick, tsr_graph **out);

/* Types of a graph's inputs, or of its outputs. */
tsr_status tsri_input_types(tsr_arena *arena, const tsr_graph *g, tsr_type **out);

/* ERR_ARGUMENT or ERR_SHAPE, with op and both types, unless region `what` takes the types. */
tsr_status tsri_check_region(const tsr_call *c, const char *what, const tsr_graph *region,
                             int32_t n_in, const tsr_type *in_type);
tsr_status tsri_check_region_type(const tsr_call *c, const char *what, int32_t index,
                                  const tsr_type *have, const tsr_type *want);
/* The graph of an attribute; ERR_ARGUMENT when it is none. */
tsr_status tsri_region(const tsr_call *c, const char *what, tsr_object_ref object,
                       const tsr_graph **out);

/* Types of values; latches. */
tsr_status tsri_types_of(tsr_builder *b, const char *op, tsr_arena *arena, tsr_values values,
                         tsr_type *out);

/* tsr_graph_inline after a graph-making call; releases the graph. */
tsr_status tsri_inline_and_release(tsr_builder *b, tsr_graph *g, const tsr_value *in,
                                   tsr_value *out);

/* ---- bodies the surface functions trace ---- */

typedef struct tsri_traced {
  tsr_graph *graph; /* captured values, then declared inputs */
  tsr_value *captured;
  int32_t n_captured;
} tsri_traced;

/* Give all regions the same inputs: what any of them captures, then the declared ones. */
tsr_status tsri_unite(tsr_arena *arena, tsri_traced *regions, int32_t n_regions, int32_t n_declared,
                      const tsr_type *declared, tsr_value **united, int32_t *n_united);
void tsri_traced_release(tsri_traced *regions, int32_t n_regions);

/* ---- lanes of a mapped axis: all values have it in front ---- */

/* mask ? x : y, lane by lane; mask is bool of rank 1. */
tsr_value tsri_select_lanes(tsr_builder *b, tsr_value mask, tsr_value x, tsr_value y);
/* v with the lanes outside mask replaced by one inside: whatever is computed there is then
 * computed elsewhere as well and raises no error of its own. Some lane must be inside.
 */
tsr_value tsri_safe_lanes(tsr_builder *b, tsr_value mask, tsr_value v);
/* Is any lane inside, as a bool of rank 0. */
tsr_value tsri_any_lane(tsr_builder *b, tsr_value mask);

/* Rules of both kinds, see tsri_both_rule. */
tsr_status tsri_scan_both(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out,
                          tsr_value *out_t);
tsr_status tsri_while_both(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out,
                           tsr_value *out_t);
tsr_status tsri_cond_both(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out,
                          tsr_value *out_t);
tsr_status tsri_checkpoint_both(tsr_builder *b, const tsr_call *c, const tsr_value *t,
                                tsr_value *out, tsr_value *out_t);

/* Does g hold an op that may raise ERR_NUMERIC. */
bool tsri_graph_is_checked(const tsr_graph *g);

#endif /* TSRI_CONTROL_INTERNAL_H */
