/* handles.c - freed tensor and storage structs, kept per device and thread for reuse.
 *
 * A device has a few slots. A thread owns the slot it claimed first, found by the
 * address of one of its thread-local variables, so taking and keeping a struct needs
 * no atomic read-modify-write. A thread that finds no slot uses tsr_alloc. When a
 * thread has ended, a later one with the same address takes its slot over; the acquire
 * and release on a list's head order the two.
 */
#include "tensor_internal.h"

#include <string.h>

#ifdef TSR_STRESS
enum {
  SLOTS = 1,
  PROBES = 1,
  KEPT = 2
};
#else
enum {
  SLOTS = 32,
  PROBES = 4,
  KEPT = 64
};
#endif
enum {
  LINE = 64
};

typedef struct node {
  struct node *next;
} node;

typedef struct slot {
  uintptr_t owner; /* 0: free */
  node *head[TSRI_HANDLE_KINDS];
  int32_t kept[TSRI_HANDLE_KINDS];
  char pad[LINE - sizeof(uintptr_t) - TSRI_HANDLE_KINDS * (sizeof(node *) + sizeof(int32_t))];
} slot;

struct tsr_handles {
  slot slots[SLOTS];
};

static const tsr_class *const classes[TSRI_HANDLE_KINDS] = {
    [TSRI_TENSOR_HANDLE] = &tsri_tensor_class,
    [TSRI_STORAGE_HANDLE] = &tsri_storage_class,
};

static __attribute__((tls_model("initial-exec"))) _Thread_local char me;

static bool claim(slot *s, uintptr_t self) {
  uintptr_t owner = __atomic_load_n(&s->owner, __ATOMIC_RELAXED);
  if (owner == self) return true;
  return owner == 0 && __atomic_compare_exchange_n(&s->owner, &owner, self, false, __ATOMIC_ACQ_REL,
                                                   __ATOMIC_RELAXED);
}

/* The calling thread's slot, or NULL. */
static slot *find_slot(struct tsr_handles *handles) {
  if (!handles || !tsr_allocator_is_default()) return NULL;
  uintptr_t self = (uintptr_t)&me;
  uint32_t at = (uint32_t)((self * UINT64_C(0x9e3779b97f4a7c15)) >> 32);
  for (uint32_t i = 0; i < PROBES; i++) {
    slot *s = &handles->slots[(at + i) % SLOTS];
    if (claim(s, self)) return s;
  }
  return NULL;
}

tsr_status tsri_handle_create(tsr_device *device, tsri_handle_kind kind, void **out) {
  slot *s = find_slot(device->handles);
  node *first = s ? __atomic_load_n(&s->head[kind], __ATOMIC_ACQUIRE) : NULL;
  if (first) {
    __atomic_store_n(&s->head[kind], first->next, __ATOMIC_RELEASE);
    s->kept[kind]--;
    *out = first;
  } else {
    TSR_TRY(tsr_alloc(classes[kind]->size, 0, out));
  }
  tsr_object *object = *out;
  object->isa = classes[kind];
  object->refs = 1;
  return TSR_OK;
}

void tsri_handle_free(tsr_device *device, tsri_handle_kind kind, void *handle) {
  slot *s = find_slot(device->handles);
  if (!s || s->kept[kind] >= KEPT) {
    tsr_free(handle, classes[kind]->size, 0);
    return;
  }
  node *n = handle;
  n->next = s->head[kind];
  s->kept[kind]++;
  __atomic_store_n(&s->head[kind], n, __ATOMIC_RELEASE);
}

tsr_status tsr_device_handles_open(tsr_device *device) {
  void *handles = NULL;
  TSR_TRY(tsr_alloc(sizeof(struct tsr_handles), LINE, &handles));
  memset(handles, 0, sizeof(struct tsr_handles));
  device->handles = handles;
  return TSR_OK;
}

void tsr_device_handles_close(tsr_device *device) {
  struct tsr_handles *handles = device->handles;
  if (!handles) return;
  for (int i = 0; i < SLOTS; i++) {
    for (int kind = 0; kind < TSRI_HANDLE_KINDS; kind++) {
      node *n = __atomic_load_n(&handles->slots[i].head[kind], __ATOMIC_ACQUIRE);
      while (n) {
        node *next = n->next;
        tsr_free(n, classes[kind]->size, 0);
        n = next;
      }
    }
  }
  tsr_free(handles, sizeof *handles, LINE);
  device->handles = NULL;
}
