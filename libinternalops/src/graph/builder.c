/* builder.c - the common part of builders: latch, checks of operands, emission. */
#include "tsr/spi/builder.h"

#include "graph/builder_internal.h"
#include "graph/grow_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

tsr_status tsr_builder_init(tsr_builder *b, const tsr_builder_class *isa, tsr_registry *registry,
                            tsr_dim_space *space, tsr_builder *parent) {
  if (!space && parent) space = parent->space;
  if (space) {
    tsr_dim_space_retain(space);
  } else {
    TSR_TRY(tsr_dim_space_create(&space));
  }
  b->isa = isa;
  b->registry = tsr_registry_retain(registry);
  b->space = space;
  b->parent = parent;
  b->serial = tsr_registry_serial(registry);
  b->error.code = TSR_OK;
  return TSR_OK;
}

void tsr_builder_deinit(tsr_builder *b) {
  tsr_arena_deinit(&b->scratch);
  TSRI_FREE(b->weak, b->weak_capacity);
  tsr_dim_space_release(b->space);
  tsr_registry_release(b->registry);
}

void tsr_builder_close(tsr_builder *b) {
  if (b) b->isa->close(b);
}

/* ---- latch ---- */

static TSR_COLD tsr_status fail_null(void) {
  return TSR_FAIL(TSR_ERR_ARGUMENT, "the builder is NULL");
}

tsr_status tsr_builder_status(tsr_builder *b) {
  if (!b) return fail_null();
  return b->error.code == TSR_OK ? TSR_OK : tsr_error_raise(&b->error);
}

void tsr_builder_clear(tsr_builder *b) {
  if (b) b->error.code = TSR_OK;
}

tsr_status tsr_builder_fail(tsr_builder *b, tsr_status code) {
  if (b && code != TSR_OK && b->error.code == TSR_OK) tsr_error_take(code, &b->error);
  return code;
}

/* ---- values ---- */

tsr_builder *tsr_builder_owner(tsr_builder *b, tsr_value v) {
  uint32_t serial = TSR_VALUE_SERIAL(v);
  while (b && b->serial != serial)
    b = b->parent;
  return b;
}

/* Why an operand cannot be used; NULL when it can. */
static const char *refusal(tsr_builder *b, tsr_value v) {
  if (tsr_value_is_none(v)) return "is no value";
  if (tsr_value_is_zero(v)) return "is a symbolic zero, of which the shape is not known here";
  if (!tsr_builder_owner(b, v))
    return "is a value of another builder used outside it, or after it was closed";
  return NULL;
}

tsr_status tsr_value_type(tsr_builder *b, tsr_value v, tsr_type *out) {
  *out = (tsr_type){0};
  if (!b) return fail_null();
  tsr_builder *owner = tsr_builder_owner(b, v);
  if (owner) return owner->isa->type(owner, v, out);
  return TSR_FAIL(TSR_ERR_ARGUMENT, "value %#" PRIx64 " %s", v.id, refusal(b, v));
}

tsr_dim tsr_value_dim(tsr_builder *b, tsr_value v, int64_t axis) {
  if (!b || b->error.code != TSR_OK) return tsr_dim_of(0);
  tsr_type type;
  int32_t at = 0;
  tsr_status status = tsr_value_type(b, v, &type);
  if (status == TSR_OK) status = tsr_layout_axis(axis, type.rank, &at);
  if (status == TSR_OK) return type.dims[at];
  tsr_builder_fail(b, status);
  return tsr_dim_of(0);
}

tsr_dim tsr_dim_symbol(tsr_builder *b, const char *name) {
  tsr_dim dim = tsr_dim_of(0);
  if (b && b->error.code == TSR_OK)
    tsr_builder_fail(b, tsr_dim_space_symbol(b->space, name, 0, &dim));
  return dim;
}

/* ---- emission ---- */

enum {
  SHOWN_OPERANDS = 6
};

/* Say which application failed, and latch. */
static TSR_COLD tsr_status fail_building(tsr_builder *b, const tsr_op *op, tsr_values in,
                                         tsr_status status) {
  tsr_error first; /* asking for types must not overwrite it */
  tsr_error_take(status, &first);
  char list[512] = "", type_text[128];
  size_t used = 0;
  for (size_t i = 0; in.data && i < in.n && used < sizeof list; i++) {
    tsr_type type;
    const char *text = "?";
    if (i == SHOWN_OPERANDS) {
      snprintf(list + used, sizeof list - used, ", ..");
      break;
    }
    if (tsr_value_is_zero(in.data[i])) {
      text = "0";
    } else if (tsr_value_type(b, in.data[i], &type) == TSR_OK) {
      text = tsr_type_format(&type, type_text, sizeof type_text);
    }
    int n = snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", text);
    used += n > 0 ? (size_t)n : 0;
  }
  status = tsr_error_raise(&first);
  return tsr_builder_fail(
      b, tsr_annotate(status, "building %s(%s)", op && op->name ? op->name : "?", list));
}

/* The number of outputs, as far as it is known; 0 when it is not. */
static int32_t outputs_of(const tsr_builder *b, const tsr_op *op, const void *attrs, size_t n_in) {
  if (op->n_outputs >= 0) return op->n_outputs ? op->n_outputs : 1;
  if (!b) return 0;
  int32_t n = 0, index = tsr_registry_index(b->registry, op);
  const tsr_rules *rules = index < 0 ? NULL : tsr_registry_rules(b->registry, index);
  tsr_call c = {.op = op, .attrs = attrs, .n_in = (int32_t)n_in};
  if (!rules || !rules->count || (op->attrs && !attrs)) return 0;
  if (tsr_attr_check(op->attrs, attrs, op->name) != TSR_OK) return 0;
  return rules->count(&c, &n) == TSR_OK ? n : 0;
}

/* Set every output to "no value". */
static TSR_COLD void no_values(const tsr_builder *b, const tsr_op *op, const void *attrs,
                               size_t n_in, tsr_value *out) {
  int32_t n = outputs_of(b, op, attrs, n_in);
  for (int32_t i = 0; i < n; i++)
    out[i] = TSR_NO_VALUE;
}

/* In an elementwise op that is linear in its inputs together, a zero has their shape. */
static tsr_status fill_zeros(tsr_builder *b, const tsr_op *op, tsr_value *in, size_t n) {
  const char *why = "is a symbolic zero, of which the shape is not known here";
  bool equal_shapes = op->family == TSR_FAMILY_ELEMENTWISE || op->family == TSR_FAMILY_TYPE;
  tsr_type type = {0};
  bool known = false;
  for (size_t i = 0; i < n && equal_shapes && op->lin == TSR_LIN_JOINT && !known; i++)
    if (tsr_op_is_linear_in(op, (int32_t)i) && !tsr_value_is_zero(in[i]))
      known = tsr_value_type(b, in[i], &type) == TSR_OK;
  for (size_t i = 0; i < n; i++) {
    if (!tsr_value_is_zero(in[i])) continue;
    if (!known || !tsr_op_is_linear_in(op, (int32_t)i))
      return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: operand %zu %s", op->name, i, why);
    in[i] = tsri_zeros(b, &type);
    if (tsr_value_is_none(in[i])) return tsr_builder_status(b);
  }
  return TSR_OK;
}

static tsr_status emit_with_zeros(tsr_builder *b, const tsr_op *op, const void *attrs,
                                  tsr_values in, tsr_value *out) {
  void *copy;
  TSR_TRY(tsr_alloc(in.n * sizeof *in.data, 0, &copy));
  memcpy(copy, in.data, in.n * sizeof *in.data);
  tsr_status status = fill_zeros(b, op, copy, in.n);
  if (status == TSR_OK) status = b->isa->emit(b, op, attrs, tsr_values_of(copy, in.n), out);
  tsr_free(copy, in.n * sizeof *in.data, 0);
  return status;
}

/* "No value" is often what a failure in a builder around b left: then that is the error. */
static TSR_COLD tsr_status raise_outer(const tsr_builder *b, tsr_value v) {
  while (tsr_value_is_none(v) && (b = b->parent) != NULL)
    if (b->error.code != TSR_OK) return tsr_error_raise(&b->error);
  return TSR_OK;
}

static inline tsr_status emit_checked(tsr_builder *b, const tsr_op *op, const void *attrs,
                                      tsr_values in, tsr_value *out) {
  bool zeros = false;
  if (!op) return TSR_FAIL(TSR_ERR_ARGUMENT, "tsr_emit: op is NULL");
  if (in.n > INT32_MAX)
    return TSR_FAIL(TSR_ERR_LIMIT, "%s: %zu operands are too many", op->name, in.n);
  if (in.n && !in.data)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: %zu operands, but no list", op->name, in.n);
  for (size_t i = 0; i < in.n; i++) {
    tsr_value v = in.data[i];
    const tsr_builder *owner = b;
    while (owner && owner->serial != TSR_VALUE_SERIAL(v))
      owner = owner->parent;
    if (owner) continue;
    if (!tsr_value_is_zero(v)) {
      TSR_TRY(raise_outer(b, v));
      return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: operand %zu %s", op->name, i, refusal(b, v));
    }
    zeros = true;
  }
  return zeros ? emit_with_zeros(b, op, attrs, in, out) : b->isa->emit(b, op, attrs, in, out);
}

tsr_status tsr_emit(tsr_builder *b, const tsr_op *op, const void *attrs, tsr_values in,
                    tsr_value *out) {
  tsr_status status = b ? b->error.code : TSR_ERR_ARGUMENT;
  if (status == TSR_OK) {
    status = emit_checked(b, op, attrs, in, out);
    if (status == TSR_OK) return TSR_OK;
    status = fail_building(b, op, in, status);
  }
  if (op) no_values(b, op, attrs, in.n, out);
  return tsr_builder_status(b);
}

tsr_value tsr_emit1(tsr_builder *b, const tsr_op *op, const void *attrs, tsr_values in) {
  tsr_value out = TSR_NO_VALUE;
  if (op && (uint32_t)op->n_outputs > 1 && outputs_of(b, op, attrs, in.n) > 1) {
    tsr_builder_fail(b, TSR_FAIL(TSR_ERR_ARGUMENT, "%s: has several outputs", op->name));
    return out;
  }
  tsr_emit(b, op, attrs, in, &out);
  return out;
}

/* ---- numbers without a dtype of their own ---- */

/* The first entry whose id is not below id. */
static int32_t weak_place(const tsr_builder *b, uint64_t id) {
  int32_t low = 0, high = b->n_weak;
  while (low < high) {
    int32_t middle = low + (high - low) / 2;
    if (b->weak[middle].id < id)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static tsr_status weak_insert(tsr_builder *b, tsr_value v, const tsr_number *number) {
  TSRI_GROW(b->weak, b->weak_capacity, b->n_weak + 1);
  int32_t at = weak_place(b, v.id);
  memmove(&b->weak[at + 1], &b->weak[at], (size_t)(b->n_weak - at) * sizeof *b->weak);
  b->weak[at] = (struct tsr_weak){v.id, *number};
  b->n_weak++;
  return TSR_OK;
}

void tsri_weak_add(tsr_builder *b, tsr_value v, const tsr_number *number) {
  if (!tsr_value_is_none(v)) tsr_builder_fail(b, weak_insert(b, v, number));
}

const tsr_number *tsri_weak_find(tsr_builder *b, tsr_value v) {
  const tsr_builder *owner = tsr_builder_owner(b, v);
  if (!owner || owner->n_weak == 0) return NULL;
  int32_t at = weak_place(owner, v.id);
  return at < owner->n_weak && owner->weak[at].id == v.id ? &owner->weak[at].number : NULL;
}
