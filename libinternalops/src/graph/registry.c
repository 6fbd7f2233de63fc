/* registry.c - ops and their rules, by name.
 *
 * Core ops are found by address, extensions through a table of names with open addressing.
 * Adding must not run at the same time as anything else on the registry; afterwards it is
 * read-only but for the serial counter, which is atomic.
 */
#include "graph/grow_internal.h"

#include <inttypes.h>
#include <string.h>

#include "tsr/hash.h"
#include "tsr/spi/rule.h"

#define TSR_OP(ID, name, ...) extern const tsr_rules tsri_##name##_rules;
#include "tsr/ops.def"

static const tsr_rules *const core_rules[TSR_OP_CORE_COUNT] = {
#define TSR_OP(ID, name, ...) [TSR_OP_##ID] = &tsri_##name##_rules,
#include "tsr/ops.def"
};

typedef struct entry {
  const tsr_op *op;
  const tsr_rules *rules;
} entry;

struct tsr_registry {
  tsr_object object;
  entry *extensions;
  int32_t n, capacity;
  int32_t *slots; /* [n_slots] entry + 1, 0: free; n_slots is a power of two or 0 */
  int32_t n_slots;
  uint32_t serial;
  tsr_object *attached; /* retained */
};

static void registry_deinit(void *self) {
  tsr_registry *r = self;
  tsr_object_release(r->attached);
  tsr_free(r->extensions, (size_t)r->capacity * sizeof *r->extensions, 0);
  tsr_free(r->slots, (size_t)r->n_slots * sizeof *r->slots, 0);
}

static const tsr_class registry_class = {
    .name = "registry", .size = sizeof(tsr_registry), .deinit = registry_deinit};

TSR_OBJECT_DEFINE(tsr_registry)

tsr_status tsr_registry_create(tsr_registry **out) {
  *out = NULL;
  void *object;
  TSR_TRY(tsr_object_create(&registry_class, &object));
  *out = object;
  return TSR_OK;
}

/* ---- what lives along ---- */

void tsr_registry_attach(tsr_registry *registry, tsr_object *object) {
  tsr_object_retain(object);
  tsr_object_release(registry->attached);
  registry->attached = object;
}

tsr_object *tsr_registry_attached(const tsr_registry *registry) { return registry->attached; }

/* ---- finding ---- */

static uint64_t name_hash(const char *name) {
  return tsr_hash_bytes(TSR_HASH_SEED, name, strlen(name));
}

/* The slot that holds the name, or the free one where it belongs. */
static int32_t *find_slot(const tsr_registry *r, int32_t *slots, int32_t n_slots,
                          const char *name) {
  uint64_t mask = (uint64_t)n_slots - 1;
  for (uint64_t i = name_hash(name) & mask;; i = (i + 1) & mask)
    if (slots[i] == 0 || strcmp(r->extensions[slots[i] - 1].op->name, name) == 0) return &slots[i];
}

static int32_t index_of_name(const tsr_registry *r, const char *name) {
  int32_t at = r->n_slots ? *find_slot(r, r->slots, r->n_slots, name) : 0;
  if (at) return TSR_OP_CORE_COUNT + at - 1;
  const tsr_op *core = tsr_op_find(name);
  return core ? (int32_t)tsr_op_core_id(core) : -1;
}

int32_t tsr_registry_index(const tsr_registry *registry, const tsr_op *op) {
  tsr_op_id id = tsr_op_core_id(op);
  if (id != TSR_OP_CORE_COUNT) return (int32_t)id;
  return op && op->name ? index_of_name(registry, op->name) : -1;
}

int32_t tsr_registry_count(const tsr_registry *registry) { return TSR_OP_CORE_COUNT + registry->n; }

const tsr_op *tsr_registry_op(const tsr_registry *registry, int32_t index) {
  if (index < TSR_OP_CORE_COUNT) return tsr_op_core((tsr_op_id)index);
  return registry->extensions[index - TSR_OP_CORE_COUNT].op;
}

const tsr_rules *tsr_registry_rules(const tsr_registry *registry, int32_t index) {
  if (index < TSR_OP_CORE_COUNT) return core_rules[index];
  return registry->extensions[index - TSR_OP_CORE_COUNT].rules;
}

const tsr_op *tsr_registry_find(const tsr_registry *registry, const char *name) {
  int32_t index = name ? index_of_name(registry, name) : -1;
  return index < 0 ? NULL : tsr_registry_op(registry, index);
}

uint32_t tsr_registry_serial(tsr_registry *registry) {
  uint32_t serial;
  do
    serial = __atomic_add_fetch(&registry->serial, 1, __ATOMIC_RELAXED);
  while (serial == 0 || serial == UINT32_MAX);
  return serial;
}

/* ---- adding ---- */

static tsr_status malformed(const tsr_op *op, const char *what) {
  return TSR_FAIL(TSR_ERR_ARGUMENT, "op %s: %s", op->name, what);
}

/* Enumerators that there are; passes treat the families of the core by what they know of them. */
static tsr_status check_words(const tsr_op *op) {
  if (op->family != TSR_FAMILY_EXTENSION)
    return malformed(op, "its family is one of the core's, must be TSR_FAMILY_EXTENSION");
  if ((unsigned)op->lin > TSR_LIN_REGION) return malformed(op, "lin is no tsr_lin");
  if ((unsigned)op->jvp > TSR_JVP_NONE) return malformed(op, "jvp is no tsr_jvp_kind");
  if ((unsigned)op->effect > TSR_EFFECT_CHECKED) return malformed(op, "effect is no tsr_effect");
  if (op->dtypes & ~TSR_DTYPES_ANY) return malformed(op, "dtypes has bits of no dtype");
  return TSR_OK;
}

static tsr_status check_row(const tsr_op *op) {
  if (!op || !op->name || !op->name[0]) return TSR_FAIL(TSR_ERR_ARGUMENT, "an op needs a name");
  TSR_TRY(check_words(op));
  if (op->min_inputs < 0 || op->max_inputs < -1)
    return malformed(op, "a number of inputs is negative");
  if (op->max_inputs >= 0 && op->max_inputs < op->min_inputs)
    return malformed(op, "max_inputs is below min_inputs");
  if (op->n_outputs < -1) return malformed(op, "n_outputs is below -1");
  if (op->key < TSR_KEY_OUTPUT) return malformed(op, "key names no operand");
  if (op->key >= op->min_inputs)
    return malformed(op, "the key operand may be absent: use an earlier one or TSR_KEY_OUTPUT");
  if (op->dtypes == 0) return malformed(op, "dtypes is empty: no operand would be accepted");
  bool by_mask = op->lin == TSR_LIN_JOINT || op->lin == TSR_LIN_EACH;
  if (by_mask != (op->lin_inputs != 0)) return malformed(op, "lin and lin_inputs contradict");
  if (op->jvp == TSR_JVP_DERIVED && !by_mask)
    return malformed(op, "jvp is derived from lin, but lin names no input");
  return TSR_OK;
}

static tsr_status check_rules(const tsr_op *op, const tsr_rules *rules) {
  if (!rules || !rules->infer) return malformed(op, "there is no infer rule");
  if (op->n_outputs < 0 && !rules->count)
    return malformed(op, "n_outputs is -1, but there is no count rule");
  if (op->jvp == TSR_JVP_RULE && !rules->jvp)
    return malformed(op, "jvp is RULE, but there is no jvp rule");
  /* Ops with regions may lack one: reverse mode through them is then refused by name. */
  if (op->lin_inputs != 0 && !rules->transpose)
    return malformed(op, "it is linear in an input, but there is no transpose rule");
  return TSR_OK;
}

/* Room for one more name; the table stays at most half full. */
static tsr_status grow_slots(tsr_registry *r) {
  if (2 * (r->n + 1) <= r->n_slots) return TSR_OK;
  int32_t n_slots = r->n_slots ? 2 * r->n_slots : 32;
  void *memory;
  TSR_TRY(tsr_alloc((size_t)n_slots * sizeof *r->slots, 0, &memory));
  int32_t *slots = memset(memory, 0, (size_t)n_slots * sizeof *r->slots);
  for (int32_t i = 0; i < r->n; i++)
    *find_slot(r, slots, n_slots, r->extensions[i].op->name) = i + 1;
  tsr_free(r->slots, (size_t)r->n_slots * sizeof *r->slots, 0);
  r->slots = slots;
  r->n_slots = n_slots;
  return TSR_OK;
}

tsr_status tsr_registry_add(tsr_registry *registry, const tsr_op *op, const tsr_rules *rules) {
  TSR_TRY(check_row(op));
  TSR_TRY(check_rules(op, rules));
  if (index_of_name(registry, op->name) >= 0)
    return TSR_FAIL(TSR_ERR_EXISTS, "an op named %s is known already", op->name);
  TSRI_GROW(registry->extensions, registry->capacity, registry->n + 1);
  TSR_TRY(grow_slots(registry));
  *find_slot(registry, registry->slots, registry->n_slots, op->name) = registry->n + 1;
  registry->extensions[registry->n++] = (entry){op, rules};
  return TSR_OK;
}
