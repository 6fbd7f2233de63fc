/* tsr/spi/rule.h - what an op's author writes besides its row: rules that emit ops.
 *
 * Rules never compute. They get a builder and call the operation functions of
 * <tsr/ops.h> (which accept symbolic zero) or tsr_emit, so one rule serves traces,
 * eager scopes, every backend and any order of differentiation. A rule may ignore
 * latched errors until its end and return tsr_builder_status(b).
 */
#ifndef TSR_SPI_RULE_H
#define TSR_SPI_RULE_H

#include "tsr/builder.h"
#include "tsr/spi/backend.h"
#include "tsr/spi/call.h"

TSR_BEGIN

typedef struct tsr_registry tsr_registry; /* a tsr_object: ops and their rules, by name */

/* Where the mapped axis of each operand is, while an op is batched. */
typedef struct tsr_batch {
  tsr_dim size;        /* of the mapped axis */
  const int32_t *axis; /* [n_in] axis of c->in[i] that is mapped; -1: the same for all */
} tsr_batch;

typedef struct tsr_rules {
  /* Output types from c->in_type and c->attrs (which it must validate fully). Required.
   * Messages start with the op's name and hold both offending values.
   */
  tsr_status (*infer)(const tsr_call *c, tsr_type *out);

  /* The number of outputs, when the row says -1; from op, attrs and n_in alone. */
  tsr_status (*count)(const tsr_call *c, int32_t *out_n);

  /* Tangents of the outputs from tangents t of the inputs (symbolic zero where an input
   * is inactive); c->in and c->out are the primal values. On entry out_t holds symbolic zero
   * where nobody asks and "no value" elsewhere; a rule may fill both. Needed where jvp is RULE;
   * where jvp is DERIVED a rule takes precedence over the derivation.
   */
  tsr_status (*jvp)(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t);

  /* Like jvp, but emits work on primal values and work linear in t as separate ops, so that
   * the linear part can be transposed. Only for ops with regions; NULL: jvp serves.
   */
  tsr_status (*linearize)(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t);

  /* Cotangents of the inputs marked in linear, from cotangents ct of the outputs (symbolic
   * zero where an output is unused). Other entries of in_ct are ignored. Pairing is
   * Re(conj(a) b), hence multiplication by c transposes to multiplication by conj(c).
   * c->in[i] is "no value" where linear[i], and c->out is NULL. On entry in_ct is symbolic zero
   * everywhere. Needed where lin is not NONE.
   */
  tsr_status (*transpose)(tsr_builder *b, const tsr_call *c, const bool *linear,
                          const tsr_value *ct, tsr_value *in_ct);

  /* The op over one more axis: c->attrs are those of one instance, c->in and c->in_type are
   * the stacked operands. Fills out and the mapped axis of each (-1: the same for all).
   * NULL: a sequential map.
   */
  tsr_status (*batch)(tsr_builder *b, const tsr_call *c, const tsr_batch *batch, tsr_value *out,
                      int32_t *out_axis);

  /* Emit a cheaper form that fills the live outputs only (others stay "no value"); leave all
   * of out "no value" when there is none.
   */
  tsr_status (*prune)(tsr_builder *b, const tsr_call *c, const bool *live, tsr_value *out);

  /* An equal, simpler form of this application (x * 1, transpose of transpose); leave out[0]
   * "no value" when there is none. Sees producers through tsr_builder_producer.
   */
  tsr_status (*simplify)(tsr_builder *b, const tsr_call *c, tsr_value *out);

  /* The op in terms of core ops, for backends without a kernel for it. */
  tsr_status (*lower)(tsr_builder *b, const tsr_call *c, tsr_value *out);
} tsr_rules;

/* tsr_registry_create - a registry that knows all core ops.
 *
 * out  out  a new reference
 * err  NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_registry_create(tsr_registry **out);
TSR_OBJECT_DECLARE(tsr_registry);

/* tsr_registry_add - make an extension op known.
 *
 * in   op     row; must outlive the registry
 *      rules  must outlive the registry
 * err  EXISTS    an op of that name
 *      ARGUMENT  a malformed row, or rules that do not fit it; says which
 *      NOMEM
 * note not at the same time as anything else that uses the registry
 */
TSR_API TSR_NODISCARD tsr_status tsr_registry_add(tsr_registry *registry, const tsr_op *op,
                                                  const tsr_rules *rules);

/* tsr_registry_index - a small number for an op, the same for equal names: core ops have
 * their id, extensions follow in order of registration; -1 when unknown.
 */
TSR_API int32_t tsr_registry_index(const tsr_registry *registry, const tsr_op *op);

/* tsr_registry_count - ops known: valid indices are 0 .. count - 1. */
TSR_API int32_t tsr_registry_count(const tsr_registry *registry);

/* tsr_registry_op, tsr_registry_rules - row and rules of an index. */
TSR_API const tsr_op *tsr_registry_op(const tsr_registry *registry, int32_t index);
TSR_API const tsr_rules *tsr_registry_rules(const tsr_registry *registry, int32_t index);

/* tsr_registry_find - row of a name, core or extension; NULL if there is none. */
TSR_API const tsr_op *tsr_registry_find(const tsr_registry *registry, const char *name);

/* tsr_registry_attach - let an object live as long as the registry: the runtime's tables.
 *
 * in   registry  has none attached yet; not in use by other threads
 *      object    retained
 */
TSR_API void tsr_registry_attach(tsr_registry *registry, tsr_object *object);

/* tsr_registry_attached - the attached object, lent; NULL if there is none. */
TSR_API tsr_object *tsr_registry_attached(const tsr_registry *registry);

/* tsr_registry_serial - a fresh serial number for a builder; never 0 or UINT32_MAX. */
TSR_API uint32_t tsr_registry_serial(tsr_registry *registry);

/* tsr_infer - run the checks of the row (arity, dtypes) and then the infer rule.
 *
 * in   registry  knows op
 *      context   arena for the types, space for dims
 *      op, attrs, n_in, in_type  the application
 * out  n_out     outputs
 *      out_type  [n_out] in the arena
 * err  NOT_FOUND  op is not registered
 *      ARGUMENT   wrong number of operands; DTYPE, SHAPE as the rule says; NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_infer(const tsr_registry *registry, tsr_call_context *context,
                                           const tsr_op *op, const void *attrs, int32_t n_in,
                                           const tsr_type *in_type, int32_t *n_out,
                                           tsr_type **out_type);

/* tsr_builder_producer - the application that made v, when a trace recorded it.
 *
 * in   b    a trace builder
 *      v    one of its values
 * out  out  op, attrs, in, in_type; valid until the builder records more
 * ret  false for inputs, captures and eager values
 */
TSR_API bool tsr_builder_producer(tsr_builder *b, tsr_value v, tsr_call *out);

/* tsr_batch_front - v with its mapped axis moved to the front; broadcast there when axis is -1.
 *
 * note latches; for batch rules
 */
TSR_API tsr_value tsr_batch_front(tsr_builder *b, tsr_value v, int32_t axis, tsr_dim size);

TSR_END

#endif /* TSR_SPI_RULE_H */
