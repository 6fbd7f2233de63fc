/* surface_internal.h - what operation functions share: operands, promotion, broadcasting.
 *
 * The pattern of an operation function: return at once when the builder has latched, look at
 * the operands' types, bring them together, emit. Anything that fails latches.
 */
#ifndef TSRI_SURFACE_INTERNAL_H
#define TSRI_SURFACE_INTERNAL_H

#include "graph/builder_internal.h"
#include "room.h"

#include "tsr/ops.h"

/* Nothing more is done once an error latched, or without a builder. */
static inline bool tsri_latched(const tsr_builder *b) { return !b || b->error.code != TSR_OK; }

/* Latch an error made by TSR_FAIL: return tsri_refuse(b, TSR_FAIL(...)). */
static inline tsr_value tsri_refuse(tsr_builder *b, tsr_status status) {
  tsr_builder_fail(b, status);
  return TSR_NO_VALUE;
}

/* The type of an operand of the function called name. false: latched, give up. Values of b
 * itself, which are most, do not go through the search for an owner.
 */
bool tsri_type_of_any(tsr_builder *b, const char *name, tsr_value v, tsr_type *out);
static inline bool tsri_type(tsr_builder *b, const char *name, tsr_value v, tsr_type *out) {
  if (!tsri_latched(b) && TSR_VALUE_SERIAL(v) == b->serial && b->isa->type(b, v, out) == TSR_OK)
    return true;
  return tsri_type_of_any(b, name, v, out);
}

/* Is v the symbolic zero? Cheap enough to ask first. */
static inline bool tsri_is_zero(tsr_value v) { return tsr_value_is_zero(v); }

/* x for a function that need not change it, if it is a value at all; otherwise latches. */
static inline tsr_value tsri_unchanged(tsr_builder *b, const char *name, tsr_value x) {
  tsr_type type;
  return tsri_is_zero(x) || tsri_type(b, name, x, &type) ? x : TSR_NO_VALUE;
}

/* Are all of them symbolic zeros. */
bool tsri_is_all_zero(const tsr_value *v, size_t n);

/* Equal dtype, rank and dims, as far as can be seen at a glance. */
static inline bool tsri_same_at_a_glance(const tsr_type *a, const tsr_type *b) {
  if (a->dtype != b->dtype || a->rank != b->rank) return false;
  for (int32_t i = 0; i < a->rank; i++)
    if (a->dims[i].n != b->dims[i].n || a->dims[i].expr != b->dims[i].expr) return false;
  return true;
}

/* Bring x and y to one dtype: a weak number adopts its partner's, the rest by the Array API.
 * false: latched.
 */
bool tsri_promote2(tsr_builder *b, const char *name, tsr_value *x, tsr_value *y);

/* Broadcast n values to their common shape, aligned at the last axis. false: latched. */
bool tsri_broadcast(tsr_builder *b, const char *name, int32_t n, tsr_value *v);

/* v as one of shape rank, dims, aligned at the last axis; v itself when it has it. name is
 * of the function, for messages. Latches.
 */
tsr_value tsri_broadcast_value(tsr_builder *b, tsr_value v, int32_t rank, const tsr_dim *dims);

/* A rank 0 constant of a dtype; latches when the number does not fit. */
tsr_value tsri_number(tsr_builder *b, const tsr_number *number, tsr_dtype dtype);
/* The same, broadcast to a shape. */
tsr_value tsri_fill(tsr_builder *b, const tsr_type *type, const tsr_number *number);

#endif /* TSRI_SURFACE_INTERNAL_H */
