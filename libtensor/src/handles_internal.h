/* handles_internal.h - freed tensor and storage structs, kept per device and thread.
 *
 * A device has a few slots. A thread owns the slot it claimed first, found by the
 * address of one of its thread-local variables, so taking and keeping a struct needs
 * no atomic read-modify-write. A thread that finds no slot uses tsr_alloc. When a
 * thread has ended, a later one with the same address takes its slot over; the acquire
 * and release on a list's head order the two.
 */
#ifndef TSRI_HANDLES_INTERNAL_H
#define TSRI_HANDLES_INTERNAL_H

#include "tsr/alloc.h"
#include "tsr/spi/tensor.h"

typedef enum tsri_handle_kind {
  TSRI_TENSOR_HANDLE,
  TSRI_STORAGE_HANDLE,
  TSRI_HANDLE_KINDS
} tsri_handle_kind;

#ifdef TSR_STRESS
enum {
  TSRI_SLOTS_LOG = 1,
  TSRI_KEPT = 2
};
#else
enum {
  TSRI_SLOTS_LOG = 5,
  TSRI_KEPT = 64
};
#endif
enum {
  TSRI_SLOTS = 1 << TSRI_SLOTS_LOG,
  TSRI_LINE = 64
};

typedef struct tsri_free_handle {
  struct tsri_free_handle *next;
} tsri_free_handle;

typedef struct tsri_slot {
  uintptr_t owner; /* 0: free */
  tsri_free_handle *head[TSRI_HANDLE_KINDS];
  int32_t kept[TSRI_HANDLE_KINDS];
  char pad[TSRI_LINE - sizeof(uintptr_t) -
           TSRI_HANDLE_KINDS * (sizeof(tsri_free_handle *) + sizeof(int32_t))];
} tsri_slot;

struct tsr_handles {
  tsri_slot slots[TSRI_SLOTS];
};

extern const tsr_class *const tsri_handle_classes[TSRI_HANDLE_KINDS];
extern __attribute__((tls_model("initial-exec"))) _Thread_local char tsri_me;

static inline uint32_t tsri_slot_index(uintptr_t self) {
  return (uint32_t)((self * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - TSRI_SLOTS_LOG));
}

/* The slot of a thread that does not own the one at its index, or NULL. */
tsri_slot *tsri_slot_search(struct tsr_handles *handles, uintptr_t self);

/* The calling thread's slot, or NULL. */
static inline tsri_slot *tsri_slot_mine(struct tsr_handles *handles) {
  if (!handles || !tsr_allocator_is_default()) return NULL;
  uintptr_t self = (uintptr_t)&tsri_me;
  tsri_slot *s = &handles->slots[tsri_slot_index(self)];
  if (__atomic_load_n(&s->owner, __ATOMIC_RELAXED) == self) return s;
  return tsri_slot_search(handles, self);
}

/* A struct with its object header filled in and one reference; the rest is undefined. */
static inline tsr_status tsri_handle_create(tsr_device *device, tsri_handle_kind kind, void **out) {
  tsri_slot *s = tsri_slot_mine(device->handles);
  tsri_free_handle *first = s ? __atomic_load_n(&s->head[kind], __ATOMIC_ACQUIRE) : NULL;
  if (first) {
    __atomic_store_n(&s->head[kind], first->next, __ATOMIC_RELEASE);
    s->kept[kind]--;
    *out = first;
  } else {
    TSR_TRY(tsr_alloc(tsri_handle_classes[kind]->size, 0, out));
  }
  tsr_object *object = *out;
  object->isa = tsri_handle_classes[kind];
  object->refs = 1;
  return TSR_OK;
}

static inline void tsri_handle_free(tsr_device *device, tsri_handle_kind kind, void *handle) {
  tsri_slot *s = tsri_slot_mine(device->handles);
  if (!s || s->kept[kind] >= TSRI_KEPT) {
    tsr_free(handle, tsri_handle_classes[kind]->size, 0);
    return;
  }
  tsri_free_handle *freed = handle;
  freed->next = s->head[kind];
  s->kept[kind]++;
  __atomic_store_n(&s->head[kind], freed, __ATOMIC_RELEASE);
}

#endif /* TSRI_HANDLES_INTERNAL_H */
