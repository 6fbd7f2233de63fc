/* eager.c - the eager builder: operations run where they are called. */
#include "tsr/eager.h"

#include "eager_internal.h"

#include <inttypes.h>
#include <string.h>

#include "tsr/alloc.h"
#include "tsr/hash.h"
#include "tsr/runtime.h"

static const tsr_builder_class eager_class;

tsri_eager *tsri_eager_of(tsr_builder *b) {
  return b && b->isa == &eager_class ? (tsri_eager *)(void *)b : NULL;
}

/* ---- slots ---- */

tsr_status tsri_eager_grow(tsri_eager *e) {
  if (e->n_chunks == e->chunks_room) {
    int32_t room = e->chunks_room ? 2 * e->chunks_room : 4;
    void *made = NULL;
    TSR_TRY(tsr_alloc(sizeof *e->chunk * (size_t)room, 0, &made));
    if (e->n_chunks) memcpy(made, e->chunk, sizeof *e->chunk * (size_t)e->n_chunks);
    tsr_free(e->chunk, sizeof *e->chunk * (size_t)e->chunks_room, 0);
    e->chunk = made;
    e->chunks_room = room;
  }
  void *made = NULL;
  TSR_TRY(tsr_alloc(sizeof(tsri_chunk), 64, &made));
  e->chunk[e->n_chunks++] = made;
  return TSR_OK;
}

void tsri_eager_pop(tsri_eager *e, int32_t n) {
  tsri_context *context = e->context;
  while (e->n_slots > n) {
    int32_t i = --e->n_slots;
    tsri_slot *slot = tsri_eager_at(e, i);
    if (slot->root != slot) continue;
    if (slot->storage) {
      tsr_storage_release(slot->storage);
    } else if (slot->data) {
      context->device->backend->free(context->stream, slot->data, slot->layout->size);
    }
  }
}

tsr_status tsri_eager_slot(tsr_builder *b, tsr_value v, tsri_slot **out) {
  *out = tsr_value_is_zero(v) ? NULL : tsri_eager_find(b, v);
  if (*out) return TSR_OK;
  return TSR_FAIL(TSR_ERR_ARGUMENT, "value %#" PRIx64 " belongs to no open eager scope in sight",
                  v.id);
}

/* ---- emission ---- */

enum {
  FEW = 8 /* operands that need no memory */
};

/* A list of the caller's may have a count but no data: it is like no other. */
static inline bool same_axes(const tsr_axes *a, const tsr_axes *b) {
  if (a->n != b->n || (!b->data && b->n)) return false;
  for (size_t i = 0; i < a->n; i++)
    if (a->data[i] != b->data[i]) return false;
  return true;
}

static inline bool same_shape(const tsr_shape *a, const tsr_shape *b) {
  if (a->n != b->n || (!b->data && b->n)) return false;
  for (size_t i = 0; i < a->n; i++)
    if (a->data[i].n != b->data[i].n || a->data[i].expr != b->data[i].expr) return false;
  return true;
}

/* Attributes of an application and those of entry. Lists of axes or sizes alone, which most
 * views have, are compared here: the way to tsr_attr_equal takes longer than that.
 */
static inline bool same_attrs(const tsri_entry *entry, const void *attrs) {
  if (!attrs) return !entry->op->attrs;
  if (entry->sole == TSR_ATTR_AXES) return same_axes(entry->attrs, attrs);
  if (entry->sole == TSR_ATTR_SHAPE) return same_shape(entry->attrs, attrs);
  return tsr_attr_equal(entry->op->attrs, entry->attrs, attrs);
}

bool tsri_same_attrs(const tsri_entry *entry, const void *attrs) {
  return same_attrs(entry, attrs);
}

/* Was entry made for these operands and attributes, apart from its op? */
static inline bool fits(const tsri_entry *entry, const void *attrs, tsri_slot *const *in,
                        size_t n) {
  if (entry->n_in != (int32_t)n || entry->into) return false;
  for (size_t i = 0; i < n; i++) {
    if (entry->in[i] != in[i]->layout) return false;
  }
  return same_attrs(entry, attrs);
}

static inline bool is_prepared(const tsri_entry *entry, uint64_t hash, const tsr_op *op,
                               const void *attrs, tsri_slot *const *in, size_t n) {
  if (!entry || entry->hash != hash) return false;
  if (entry->op != op && strcmp(entry->op->name, op->name) != 0) return false;
  return fits(entry, attrs, in, n);
}

static tsr_status prepare(tsri_eager *e, uint64_t hash, const tsr_op *op, const void *attrs,
                          tsr_values values, tsri_slot *const *in, tsri_entry **out) {
  tsri_entry *made = NULL;
  TSR_TRY(tsri_entry_create(e, op, attrs, values, in, NULL, &made));
  made->hash = hash;
  tsri_entry **at = &e->context->entry[hash & (TSRI_ENTRIES - 1)];
  tsri_entry_destroy(*at);
  *out = *at = made;
  return TSR_OK;
}

/* Through the hash of everything; *recent then says where the entry stands. */
static tsr_status find(tsri_eager *e, const tsr_op *op, const void *attrs, tsr_values values,
                       tsri_slot *const *in, uint16_t *recent, tsri_entry **out) {
  TSR_TRY(tsr_attr_check(op->attrs, attrs, op->name));
  uint64_t hash = tsr_hash_u64(TSR_HASH_SEED, (uint64_t)(uintptr_t)op);
  for (size_t i = 0; i < values.n; i++)
    hash = tsr_hash_u64(hash, (uint64_t)(uintptr_t)in[i]->layout);
  if (op->attrs && attrs) hash = tsr_hash_u64(hash, tsr_attr_hash(op->attrs, attrs));
  *out = e->context->entry[hash & (TSRI_ENTRIES - 1)];
  if (!is_prepared(*out, hash, op, attrs, in, values.n))
    TSR_TRY(prepare(e, hash, op, attrs, values, in, out));
  *recent = (uint16_t)(hash & (TSRI_ENTRIES - 1));
  return TSR_OK;
}

static inline tsr_status emit_on(tsri_eager *e, const tsr_op *op, const void *attrs,
                                 tsr_values values, tsri_slot **in, tsr_value *out) {
  tsri_context *context = e->context;
  for (size_t i = 0; i < values.n; i++) {
    in[i] = tsri_eager_find(&e->base, values.data[i]);
    if (!in[i])
      return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: operand %zu was never made by its scope", op->name, i);
  }
  uint16_t *recent = tsri_eager_recent(context, op, values.n ? in[0]->layout : NULL, 0);
  tsri_entry *entry = context->entry[*recent];
  if (__builtin_expect(!entry || entry->op != op || !fits(entry, attrs, in, values.n), 0))
    TSR_TRY(find(e, op, attrs, values, in, recent, &entry));
  return entry->apply(e, entry, in, values, out);
}

static tsr_status emit_many(tsri_eager *e, const tsr_op *op, const void *attrs, tsr_values values,
                            tsr_value *out) {
  void *in = NULL;
  TSR_TRY(tsr_alloc(sizeof(tsri_slot *) * values.n, 0, &in));
  tsr_status status = emit_on(e, op, attrs, values, in, out);
  tsr_free(in, sizeof(tsri_slot *) * values.n, 0);
  return status;
}

static tsr_status eager_emit(tsr_builder *b, const tsr_op *op, const void *attrs, tsr_values in,
                             tsr_value *out) {
  tsri_eager *e = (tsri_eager *)(void *)b;
  tsri_slot *slots[FEW];
  tsr_status status =
      in.n > FEW ? emit_many(e, op, attrs, in, out) : emit_on(e, op, attrs, in, slots, out);
  if (b->scratch.last) tsr_arena_reset(&b->scratch);
  return status;
}

static tsr_value eager_again(tsr_builder *b, const tsr_op *op, const void *attrs, tsr_value x) {
  tsri_eager *e = (tsri_eager *)(void *)b;
  const tsri_slot *in = tsri_eager_find(b, x);
  if (!in) return TSR_NO_VALUE;
  const tsri_layout *from = in->layout;
  const tsri_entry *entry = e->context->entry[*tsri_eager_recent(e->context, op, from, 0)];
  if (!entry || entry->op != op || entry->from != from || !same_attrs(entry, attrs) ||
      tsri_eager_is_full(e))
    return TSR_NO_VALUE;
  tsr_value out;
  tsri_slot *slot = tsri_eager_take(e, &out);
  slot->data = (char *)((uintptr_t)in->data + (uintptr_t)entry->shift);
  slot->layout = entry->to;
  slot->root = in->root;
  slot->storage = NULL;
  return out;
}

static tsr_status eager_type(tsr_builder *b, tsr_value v, tsr_type *out) {
  tsri_slot *slot = NULL;
  TSR_TRY(tsri_eager_slot(b, v, &slot));
  *out = slot->layout->type;
  return TSR_OK;
}

/* ---- life ---- */

static void eager_close(tsr_builder *b) {
  tsri_eager *e = (tsri_eager *)(void *)b;
  tsri_eager_pop(e, 0);
  for (int32_t i = 0; i < e->n_chunks; i++)
    tsr_free(e->chunk[i], sizeof(tsri_chunk), 64);
  tsr_free(e->chunk, sizeof *e->chunk * (size_t)e->chunks_room, 0);
  if (e->context && !b->parent) tsri_context_close(e->context);
  tsr_builder_deinit(b);
  tsr_free(e, sizeof *e, 0);
}

static const tsr_builder_class eager_class = {.name = "eager",
                                              .emit = eager_emit,
                                              .type = eager_type,
                                              .close = eager_close,
                                              .again = eager_again};

static tsr_status open_scope(tsr_registry *registry, tsr_builder *parent, tsri_eager **out) {
  void *made = NULL;
  TSR_TRY(tsr_alloc(sizeof(tsri_eager), 0, &made));
  memset(made, 0, sizeof(tsri_eager));
  tsri_eager *e = made;
  tsr_status status = tsr_builder_init(&e->base, &eager_class, registry, NULL, parent);
  if (status != TSR_OK) {
    tsr_free(e, sizeof *e, 0);
    return status;
  }
  *out = e;
  return TSR_OK;
}

tsr_status tsr_eager_open(tsr_runtime *rt, const char *device, tsr_builder **out) {
  *out = NULL;
  tsr_device *opened = NULL;
  tsri_tables *tables = NULL;
  tsri_eager *e = NULL;
  TSR_TRY(tsr_runtime_device(rt, device, &opened));
  TSR_TRY(tsri_tables_of(tsr_runtime_registry(rt), &tables));
  TSR_TRY(open_scope(tsr_runtime_registry(rt), NULL, &e));
  tsr_status status = tsri_context_open(tables, opened, &e->context);
  if (status != TSR_OK) {
    eager_close(&e->base);
    return status;
  }
  *out = &e->base;
  return TSR_OK;
}

tsr_status tsr_eager_nest(tsr_builder *around, tsr_builder **out) {
  *out = NULL;
  tsri_eager *outer = tsri_eager_of(around), *e = NULL;
  if (!outer) return TSR_FAIL(TSR_ERR_ARGUMENT, "eager: the builder around is no eager scope");
  TSR_TRY(open_scope(around->registry, around, &e));
  e->context = outer->context;
  *out = &e->base;
  return TSR_OK;
}
