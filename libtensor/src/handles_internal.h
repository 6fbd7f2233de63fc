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

extern const tsr_class tsri_tensor_class;
extern const tsr_class tsri_storage_class;
static inline const tsr_class *tsri_handle_class(tsri_handle_kind kind) {
  return kind == TSRI_TENSOR_HANDLE ? &tsri_tensor_class : &tsri_storage_class;
}
/* The calling thread: its address is who it is, its value where its slot begins. */
extern __attribute__((tls_model("initial-exec"))) _Thread_local uint32_t tsri_me;

/* The slot of a thread that does not own the one at tsri_me, or NULL. */
tsri_slot *tsri_slot_search(struct tsr_handles *handles);

/* The calling thread's slot, or NULL. */
static inline tsri_slot *tsri_slot_mine(struct tsr_handles *handles) {
  if (__builtin_expect(!handles || !tsr_allocator_is_default(), 0)) return NULL;
  tsri_slot *s = (tsri_slot *)(void *)((char *)handles + tsri_me);
  if (__builtin_expect(__atomic_load_n(&s->owner, __ATOMIC_RELAXED) == (uintptr_t)&tsri_me, 1))
    return s;
  return tsri_slot_search(handles);
}

/* A struct from tsr_alloc, or NULL. */
void *tsri_handle_fresh(tsri_handle_kind kind);

/* A struct with its object header filled in and one reference, the rest undefined; NULL is
 * ERR_NOMEM.
 */
static inline void *tsri_handle_create(tsr_device *device, tsri_handle_kind kind) {
  tsri_slot *s = tsri_slot_mine(device->handles);
  tsri_free_handle *first = s ? __atomic_load_n(&s->head[kind], __ATOMIC_ACQUIRE) : NULL;
  void *made = first;
  if (__builtin_expect(first != NULL, 1)) {
    __atomic_store_n(&s->head[kind], first->next, __ATOMIC_RELEASE);
    s->kept[kind]--;
  } else if (!(made = tsri_handle_fresh(kind))) {
    return NULL;
  }
  tsr_object *object = made;
  object->isa = tsri_handle_class(kind);
  object->refs = 1;
  return made;
}

static inline void tsri_handle_free(tsr_device *device, tsri_handle_kind kind, void *handle) {
  tsri_slot *s = tsri_slot_mine(device->handles);
  if (__builtin_expect(!s || s->kept[kind] >= TSRI_KEPT, 0)) {
    tsr_free(handle, tsri_handle_class(kind)->size, 0);
    return;
  }
  tsri_free_handle *freed = handle;
  freed->next = s->head[kind];
  s->kept[kind]++;
  __atomic_store_n(&s->head[kind], freed, __ATOMIC_RELEASE);
}

#endif /* TSRI_HANDLES_INTERNAL_H */
