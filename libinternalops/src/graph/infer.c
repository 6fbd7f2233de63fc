/* infer.c - the checks every application goes through: its row first, then its infer rule. */
#include <inttypes.h>

#include "tsr/spi/rule.h"

static tsr_status check_arity(const tsr_op *op, int32_t n_in) {
  if (n_in >= op->min_inputs && (op->max_inputs < 0 || n_in <= op->max_inputs)) return TSR_OK;
  const char *bound = op->max_inputs == op->min_inputs ? "exactly" : "at least";
  int32_t wanted = op->min_inputs;
  if (n_in > op->min_inputs && op->max_inputs != op->min_inputs)
    bound = "at most", wanted = op->max_inputs;
  return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: takes %s %" PRId32 " operands, got %" PRId32, op->name,
                  bound, wanted, n_in);
}

static tsr_status count_outputs(const tsr_call *c, const tsr_rules *rules, int32_t *out) {
  if (c->op->n_outputs >= 0) {
    *out = c->op->n_outputs ? c->op->n_outputs : 1;
    return TSR_OK;
  }
  TSR_TRY(rules->count(c, out));
  if (*out >= 0) return TSR_OK;
  return TSR_FAIL(TSR_ERR_INTERNAL, "%s: its count rule gave %" PRId32, c->op->name, *out);
}

/* An extension's rule may fill in anything; what follows counts on these. */
static tsr_status check_inferred(const tsr_op *op, int32_t n, const tsr_type *types) {
  for (int32_t j = 0; j < n; j++) {
    const tsr_type *t = &types[j];
    bool well = (size_t)t->dtype < TSR_DTYPE_COUNT && t->rank >= 0 && (t->rank == 0 || t->dims);
    for (int32_t k = 0; well && k < t->rank; k++)
      well = t->dims[k].expr || t->dims[k].n >= 0;
    if (!well)
      return TSR_FAIL(TSR_ERR_INTERNAL,
                      "%s: its infer rule gave output %d a type that cannot be: dtype %d, rank %d, "
                      "or a size that is missing or negative",
                      op->name, (int)j, (int)t->dtype, (int)t->rank);
  }
  return TSR_OK;
}

tsr_status tsr_infer(const tsr_registry *registry, tsr_call_context *context, const tsr_op *op,
                     const void *attrs, int32_t n_in, const tsr_type *in_type, int32_t *n_out,
                     tsr_type **out_type) {
  *n_out = 0;
  *out_type = NULL;
  int32_t index = tsr_registry_index(registry, op);
  const tsr_rules *rules = index < 0 ? NULL : tsr_registry_rules(registry, index);
  if (!rules)
    return TSR_FAIL(TSR_ERR_NOT_FOUND, "op %s is not registered",
                    op && op->name ? op->name : "without name");
  TSR_TRY(check_arity(op, n_in));
  if (op->attrs && !attrs)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: attributes are missing", op->name);
  tsr_call c = {.op = op, .attrs = attrs, .n_in = n_in, .in_type = in_type, .context = context};
  if (op->key >= 0) TSR_TRY(tsr_require_dtype(&c, op->key, op->dtypes));
  int32_t n = 0;
  TSR_TRY(count_outputs(&c, rules, &n));
  c.n_out = n;
  void *types;
  TSR_TRY(tsr_arena_alloc(context->arena, (size_t)n * sizeof(tsr_type), &types));
  TSR_TRY(rules->infer(&c, types));
  if (index >= TSR_OP_CORE_COUNT) TSR_TRY(check_inferred(op, n, types));
  if (op->key < 0 && n > 0) {
    tsr_dtype dtype = ((const tsr_type *)types)[0].dtype;
    if ((size_t)dtype >= TSR_DTYPE_COUNT || !(op->dtypes >> dtype & 1))
      return TSR_FAIL(TSR_ERR_DTYPE, "%s: a result of dtype %s is not accepted", op->name,
                      tsr_dtype_name(dtype));
  }
  *n_out = n;
  *out_type = types;
  return TSR_OK;
}
