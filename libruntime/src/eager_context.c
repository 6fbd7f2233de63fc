/* eager_context.c - interned layouts and the table of prepared applications. */
#include "eager_internal.h"

#include <string.h>

#include "tsr/alloc.h"
#include "tsr/hash.h"

enum {
  KEPT_CONTEXTS = 8,  /* idle ones per runtime */
  KEPT_LAYOUTS = 4096 /* a context with more is not kept */
};

static tsr_status create(tsri_tables *tables, tsr_device *device, tsri_context **out) {
  void *made = NULL;
  TSR_TRY(tsr_alloc(sizeof(tsri_context), 64, &made));
  memset(made, 0, sizeof(tsri_context));
  tsri_context *context = made;
  context->tables = tables;
  context->device = device;
  context->stream = device->stream;
  *out = context;
  return TSR_OK;
}

void tsri_context_destroy(tsri_context *context) {
  for (int i = 0; i < TSRI_ENTRIES; i++)
    tsri_entry_destroy(context->entry[i]);
  tsr_arena_deinit(&context->arena);
  tsr_free(context, sizeof *context, 64);
}

tsr_status tsri_context_open(tsri_tables *tables, tsr_device *device, tsri_context **out) {
  *out = NULL;
  pthread_mutex_lock(&tables->lock);
  for (tsri_context **at = &tables->idle; *at; at = &(*at)->next) {
    if ((*at)->device != device) continue;
    *out = *at;
    *at = (*at)->next;
    tables->n_idle--;
    break;
  }
  pthread_mutex_unlock(&tables->lock);
  return *out ? TSR_OK : create(tables, device, out);
}

static bool holds_objects(const tsri_entry *entry) {
  const tsr_attr_class *isa = entry->op->attrs;
  bool any = false;
  for (int32_t f = 0; isa && f < isa->n_fields; f++)
    any |= isa->fields[f].kind == TSR_ATTR_OBJECT || isa->fields[f].kind == TSR_ATTR_OBJECTS;
  return any;
}

/* An idle context must keep no tensor alive, and no graph: a graph keeps the registry,
 * which keeps the tables, which keep the context.
 */
static void drop_objects(tsri_context *context) {
  for (int i = 0; i < TSRI_ENTRIES; i++) {
    if (!context->entry[i] || !holds_objects(context->entry[i])) continue;
    tsri_entry_destroy(context->entry[i]);
    context->entry[i] = NULL;
  }
}

void tsri_context_close(tsri_context *context) {
  tsri_tables *tables = context->tables;
  drop_objects(context);
  bool keep = context->n_layouts <= KEPT_LAYOUTS;
  pthread_mutex_lock(&tables->lock);
  if (keep) keep = tables->n_idle < KEPT_CONTEXTS;
  if (keep) {
    context->next = tables->idle;
    tables->idle = context;
    tables->n_idle++;
  }
  pthread_mutex_unlock(&tables->lock);
  if (!keep) tsri_context_destroy(context);
}

static uint64_t hash_layout(tsr_dtype dtype, int32_t rank, const int64_t *dims,
                            const int64_t *strides) {
  uint64_t hash = tsr_hash_u64(TSR_HASH_SEED, (uint64_t)dtype << 32 | (uint32_t)rank);
  for (int32_t k = 0; k < rank; k++)
    hash = tsr_hash_u64(tsr_hash_u64(hash, (uint64_t)dims[k]), (uint64_t)strides[k]);
  return hash;
}

static bool is_layout(const tsri_layout *l, tsr_dtype dtype, int32_t rank, const int64_t *dims,
                      const int64_t *strides) {
  if (l->view.dtype != dtype || l->view.rank != rank) return false;
  for (int32_t k = 0; k < rank; k++) {
    if (l->view.dims[k] != dims[k] || l->view.strides[k] != strides[k]) return false;
  }
  return true;
}

tsr_status tsri_layout_intern(tsri_context *context, tsr_dtype dtype, int32_t rank,
                              const int64_t *dims, const int64_t *strides,
                              const tsri_layout **out) {
  uint64_t hash = hash_layout(dtype, rank, dims, strides);
  tsri_layout **bucket = &context->bucket[hash & (TSRI_BUCKETS - 1)];
  for (*out = *bucket; *out; *out = (*out)->next) {
    if ((*out)->hash == hash && is_layout(*out, dtype, rank, dims, strides)) return TSR_OK;
  }
  size_t n = (size_t)rank * sizeof(int64_t), size = 0;
  void *made = NULL, *own_dims = NULL, *own_strides = NULL, *type_dims = NULL;
  TSR_TRY(tsr_layout_bytes(dtype, rank, dims, &size));
  TSR_TRY(tsr_arena_alloc(&context->arena, sizeof(tsri_layout), &made));
  TSR_TRY(tsr_arena_copy(&context->arena, dims, n, &own_dims));
  TSR_TRY(tsr_arena_copy(&context->arena, strides, n, &own_strides));
  TSR_TRY(tsr_arena_alloc(&context->arena, sizeof(tsr_dim) * (size_t)rank, &type_dims));
  tsri_layout *l = made;
  for (int32_t k = 0; k < rank; k++)
    ((tsr_dim *)type_dims)[k] = tsr_dim_of(dims[k]);
  *l = (tsri_layout){.next = *bucket, .hash = hash, .size = size};
  l->type = (tsr_type){dtype, rank, type_dims};
  l->view = (tsr_view){NULL, own_dims, own_strides, rank, dtype};
  *bucket = l;
  context->n_layouts++;
  *out = l;
  return TSR_OK;
}
