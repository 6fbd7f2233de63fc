/* merge.c - the table that finds an equal application of an op. */
#include "rebuild/rebuild_internal.h"

#include <string.h>

#include "tsr/alloc.h"
#include "tsr/hash.h"

uint64_t tsri_merge_hash(const tsr_op *op, const void *attrs, int32_t n_in, const tsr_value *in) {
  uint64_t hash = tsr_hash_u64(TSR_HASH_SEED, (uint64_t)(uintptr_t)op);
  if (op->attrs) hash = tsr_hash_u64(hash, tsr_attr_hash(op->attrs, attrs));
  for (int32_t i = 0; i < n_in; i++)
    hash = tsr_hash_u64(hash, in[i].id);
  return hash;
}

static bool is_application(const tsri_merge_entry *entry, const tsr_op *op, const void *attrs,
                           int32_t n_in, const tsr_value *in) {
  tsr_call made;
  if (!tsr_builder_producer(entry->b, entry->out[0], &made)) return false;
  if (made.op != op || made.n_in != n_in) return false;
  for (int32_t i = 0; i < n_in; i++)
    if (made.in[i].id != in[i].id) return false;
  return !op->attrs || tsr_attr_equal(op->attrs, made.attrs, attrs);
}

const tsr_value *tsri_merge_find(const tsri_merge_table *table, uint64_t hash, const tsr_op *op,
                                 const void *attrs, int32_t n_in, const tsr_value *in) {
  if (!table->capacity) return NULL;
  size_t mask = table->capacity - 1;
  for (size_t i = hash & mask; table->slots[i].out; i = (i + 1) & mask) {
    const tsri_merge_entry *entry = &table->slots[i];
    if (entry->hash == hash && is_application(entry, op, attrs, n_in, in)) return entry->out;
  }
  return NULL;
}

static void place(tsri_merge_entry *slots, size_t capacity, tsri_merge_entry entry) {
  size_t i = entry.hash & (capacity - 1);
  while (slots[i].out)
    i = (i + 1) & (capacity - 1);
  slots[i] = entry;
}

static tsr_status grow(tsri_merge_table *table) {
  size_t capacity = table->capacity ? 2 * table->capacity : 64;
  void *memory;
  TSR_TRY(tsr_alloc(capacity * sizeof *table->slots, 0, &memory));
  tsri_merge_entry *slots = memory;
  memset(slots, 0, capacity * sizeof *slots);
  for (size_t i = 0; i < table->capacity; i++)
    if (table->slots[i].out) place(slots, capacity, table->slots[i]);
  tsr_free(table->slots, table->capacity * sizeof *table->slots, 0);
  table->slots = slots;
  table->capacity = capacity;
  return TSR_OK;
}

tsr_status tsri_merge_add(tsri_merge_table *table, uint64_t hash, tsr_builder *b,
                          const tsr_value *out, int32_t n_out) {
  if (n_out == 0) return TSR_OK;
  if (2 * table->n >= table->capacity) TSR_TRY(grow(table));
  tsri_merge_entry entry = {.hash = hash, .b = b, .n_out = n_out};
  TSR_TRY(tsr_arena_copy(&table->values, out, (size_t)n_out * sizeof *out, (void **)&entry.out));
  place(table->slots, table->capacity, entry);
  table->n++;
  return TSR_OK;
}

void tsri_merge_deinit(tsri_merge_table *table) {
  tsr_free(table->slots, table->capacity * sizeof *table->slots, 0);
  tsr_arena_deinit(&table->values);
}
