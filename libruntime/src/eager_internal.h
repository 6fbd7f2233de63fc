/* eager_internal.h - eager scopes: slots, interned layouts, prepared applications.
 *
 * A value is a slot: a pointer and an interned layout. Scopes free all their slots at once,
 * so a view needs no reference to the memory it looks at: its root slot lives in the same
 * scope or in one around it. Because layouts are interned, "have I prepared this op for
 * these operands" is a comparison of a few pointers.
 */
#ifndef TSRI_EAGER_INTERNAL_H
#define TSRI_EAGER_INTERNAL_H

#include "tables.h"

#include "tsr/spi/builder.h"
#include "tsr/spi/tensor.h"

typedef struct tsri_layout {
  struct tsri_layout *next; /* in its bucket */
  uint64_t hash;
  tsr_type type; /* constant dims */
  tsr_view view; /* data NULL */
  size_t size;   /* bytes when dense */
} tsri_layout;

typedef struct tsri_slot {
  char *data; /* element [0, ...] */
  const tsri_layout *layout;
  struct tsri_slot *root; /* whose memory it is; itself unless it is a view */
  /* Of roots whose memory others may hold; retained. Other roots own layout->size bytes. */
  tsr_storage *storage;
} tsri_slot;

struct tsri_eager;
struct tsri_entry;
typedef tsr_status (*tsri_apply)(struct tsri_eager *e, struct tsri_entry *entry,
                                 tsri_slot *const *in, tsr_values values, tsr_value *out);

/* An application prepared for exact operand layouts and attributes. */
typedef struct tsri_entry {
  uint64_t hash;
  const tsr_op *op;
  void *attrs;        /* a copy */
  tsr_attr_kind sole; /* kind of the one field they have, when it is a list to compare at once */
  int32_t n_in, n_out;
  bool into;      /* out are the layouts of given tensors */
  int32_t *alias; /* [n_out] of a kernel: see tsr_prepare */
  tsri_apply apply;
  tsri_apply profiled; /* what apply does between looks at the clock; NULL: it does not look */
  const tsri_layout **in, **out;
  /* of a view with one operand and one output: both, and the bytes between them */
  const tsri_layout *from, *to;
  int64_t shift;
  tsr_arena arena;
  /* a kernel */
  const tsr_kernel *kernel;
  const tsri_control *control;
  tsr_call call;
  void *state;
  void (*release)(void *state);
  size_t workspace;
  tsr_view *in_view, *out_view;
  /* views: bytes from the operand to output j, and which operand */
  int64_t *offset;
  int32_t *operand;
  /* a constant */
  tsr_tensor *tensor;
  /* a rule */
  const tsr_rules *rules;
} tsri_entry;

#ifdef TSR_STRESS
enum {
  TSRI_ENTRIES = 4,
  TSRI_RECENT = 2,
  TSRI_BUCKETS = 4,
  TSRI_CHUNK = 2
};
#else
enum {
  TSRI_ENTRIES = 512, /* powers of two */
  TSRI_RECENT = 64,
  TSRI_BUCKETS = 256,
  TSRI_CHUNK = 256
};
#endif

/* What the scopes of one root share, and the next root on the device inherits. */
typedef struct tsri_context {
  struct tsri_context *next; /* among the idle ones of the tables */
  tsri_tables *tables;
  tsr_device *device;
  tsr_stream *stream;
  tsr_numeric numeric;
  tsr_arena arena; /* of layouts */
  int32_t n_layouts;
  int32_t lowering; /* rules that are emitting just now, one inside the other */
  tsri_layout *bucket[TSRI_BUCKETS];
  tsri_entry *entry[TSRI_ENTRIES]; /* by hash of op, operands and attributes */
  uint16_t recent[TSRI_RECENT];    /* by op and first operand: where the last one stands there */
} tsri_context;

typedef struct tsri_chunk {
  tsri_slot slot[TSRI_CHUNK];
} tsri_chunk;

typedef struct tsri_eager {
  tsr_builder base;
  tsri_context *context;
  int32_t n_slots, n_chunks, chunks_room;
  tsri_chunk **chunk;
} tsri_eager;

/* eager_context.c */
tsr_status tsri_context_open(tsri_tables *tables, tsr_device *device, tsri_context **out);
void tsri_context_close(tsri_context *context);
void tsri_context_destroy(tsri_context *context);
tsr_status tsri_layout_intern(tsri_context *context, tsr_dtype dtype, int32_t rank,
                              const int64_t *dims, const int64_t *strides, const tsri_layout **out);

/* eager_entry.c: prepare an application, not yet in the table; into NULL: with fresh results. */
tsr_status tsri_entry_create(tsri_eager *e, const tsr_op *op, const void *attrs, tsr_values values,
                             tsri_slot *const *in, const tsr_tensor_list *into, tsri_entry **out);
void tsri_entry_destroy(tsri_entry *entry);

/* Attributes of an application and those of an entry. */
bool tsri_same_attrs(const tsri_entry *entry, const void *attrs);

/* eager_apply.c: what an entry may do. */
tsr_status tsri_apply_kernel(tsri_eager *e, tsri_entry *entry, tsri_slot *const *in,
                             tsr_values values, tsr_value *out);
tsr_status tsri_apply_deferred(tsri_eager *e, tsri_entry *entry, tsri_slot *const *in,
                               tsr_values values, tsr_value *out);
tsr_status tsri_apply_view(tsri_eager *e, tsri_entry *entry, tsri_slot *const *in,
                           tsr_values values, tsr_value *out);
tsr_status tsri_apply_constant(tsri_eager *e, tsri_entry *entry, tsri_slot *const *in,
                               tsr_values values, tsr_value *out);
tsr_status tsri_apply_profiled(tsri_eager *e, tsri_entry *entry, tsri_slot *const *in,
                               tsr_values values, tsr_value *out);
tsr_status tsri_apply_rule(tsri_eager *e, tsri_entry *entry, tsri_slot *const *in,
                           tsr_values values, tsr_value *out);

/* Run the kernel of an entry whose views have their pointers: with memory that it needs; and
 * what it found is the operation's error.
 */
tsr_status tsri_run_with_workspace(tsri_context *context, tsri_entry *entry);
tsr_status tsri_raise_finding(tsr_numeric *numeric);
static inline tsr_status tsri_entry_run(tsri_context *context, tsri_entry *entry) {
  tsr_status status = entry->workspace ? tsri_run_with_workspace(context, entry)
                                       : entry->kernel->run(context->stream, &entry->call,
                                                            entry->in_view, entry->out_view);
  if (__builtin_expect(context->numeric.error.code == TSR_OK, 1) || status != TSR_OK) return status;
  return tsri_raise_finding(&context->numeric);
}

/* eager_io.c: from now on a storage owns the memory of a root slot. */
tsr_status tsri_eager_own(const tsri_eager *e, tsri_slot *root);

/* eager.c */
tsri_eager *tsri_eager_of(tsr_builder *b); /* NULL when b is none */
tsr_status tsri_eager_slot(tsr_builder *b, tsr_value v, tsri_slot **out);
tsr_status tsri_eager_grow(tsri_eager *e);

/* Hashing takes longer than comparing, so an application like the last one of its op and
 * first operand is found without: here is where that one stands. Those into tensors have
 * places of their own.
 */
static inline uint16_t *tsri_eager_recent(tsri_context *context, const tsr_op *op,
                                          const tsri_layout *first, int into) {
  uintptr_t mixed = ((uintptr_t)op + (uintptr_t)first) >> 3;
  return &context->recent[(mixed + (uintptr_t)into) % TSRI_RECENT];
}

static inline tsri_slot *tsri_eager_at(const tsri_eager *e, int32_t i) {
  return &e->chunk[(uint32_t)i / TSRI_CHUNK]->slot[(uint32_t)i % TSRI_CHUNK];
}

/* The slot of a value of scope b or one around it, or NULL: only eager scopes are. */
static inline tsri_slot *tsri_eager_find(tsr_builder *b, tsr_value v) {
  for (; b; b = b->parent) {
    if (b->serial != TSR_VALUE_SERIAL(v)) continue;
    const tsri_eager *e = (const tsri_eager *)(const void *)b;
    uint32_t i = (uint32_t)TSR_VALUE_INDEX(v);
    return i < (uint32_t)e->n_slots ? tsri_eager_at(e, (int32_t)i) : NULL;
  }
  return NULL;
}

static inline bool tsri_eager_is_full(const tsri_eager *e) {
  return e->n_slots == e->n_chunks * TSRI_CHUNK;
}

/* The next slot of a scope that is not full, its contents undefined; it counts from here on. */
static inline tsri_slot *tsri_eager_take(tsri_eager *e, tsr_value *value) {
  int32_t i = e->n_slots++;
  *value = tsr_value_make(e->base.serial, i);
  return tsri_eager_at(e, i);
}

/* The same, made room for. */
static inline tsr_status tsri_eager_push(tsri_eager *e, tsri_slot **out, tsr_value *value) {
  if (__builtin_expect(tsri_eager_is_full(e), 0)) TSR_TRY(tsri_eager_grow(e));
  *out = tsri_eager_take(e, value);
  return TSR_OK;
}

/* Forget slots from number n on, and free what they own. */
void tsri_eager_pop(tsri_eager *e, int32_t n);

#endif /* TSRI_EAGER_INTERNAL_H */
