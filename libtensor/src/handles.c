/* handles.c - opening and closing a device's store of freed structs, and finding slots. */
#include "tensor_internal.h"

#include <string.h>

__attribute__((tls_model("initial-exec"))) _Thread_local uint32_t tsri_me;

/* Which slot a thread tries first. */
static uint32_t first_slot(uintptr_t self) {
  return (uint32_t)((self * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - TSRI_SLOTS_LOG));
}

static bool claim(tsri_slot *s, uintptr_t self) {
  uintptr_t owner = __atomic_load_n(&s->owner, __ATOMIC_RELAXED);
  if (owner == self) return true;
  return owner == 0 && __atomic_compare_exchange_n(&s->owner, &owner, self, false, __ATOMIC_ACQ_REL,
                                                   __ATOMIC_RELAXED);
}

tsri_slot *tsri_slot_search(struct tsr_handles *handles) {
  enum {
    PROBES = TSRI_SLOTS < 4 ? TSRI_SLOTS : 4
  };
  uintptr_t self = (uintptr_t)&tsri_me;
  for (uint32_t i = 0; i < PROBES; i++) {
    uint32_t at = (first_slot(self) + i) % TSRI_SLOTS;
    if (!claim(&handles->slots[at], self)) continue;
    tsri_me = at * (uint32_t)sizeof(tsri_slot);
    return &handles->slots[at];
  }
  return NULL;
}

void *tsri_handle_fresh(tsri_handle_kind kind) {
  void *made = NULL;
  return tsr_alloc(tsri_handle_class(kind)->size, 0, &made) == TSR_OK ? made : NULL;
}

tsr_status tsr_device_handles_open(tsr_device *device) {
  void *handles = NULL;
  TSR_TRY(tsr_alloc(sizeof(struct tsr_handles), TSRI_LINE, &handles));
  memset(handles, 0, sizeof(struct tsr_handles));
  device->handles = handles;
  return TSR_OK;
}

static void free_list(tsri_slot *s, tsri_handle_kind kind) {
  tsri_free_handle *handle = __atomic_load_n(&s->head[kind], __ATOMIC_ACQUIRE);
  while (handle) {
    tsri_free_handle *next = handle->next;
    tsr_free(handle, tsri_handle_class(kind)->size, 0);
    handle = next;
  }
}

void tsr_device_handles_close(tsr_device *device) {
  struct tsr_handles *handles = device->handles;
  if (!handles) return;
  for (int i = 0; i < TSRI_SLOTS; i++) {
    for (int kind = 0; kind < TSRI_HANDLE_KINDS; kind++) {
      free_list(&handles->slots[i], (tsri_handle_kind)kind);
    }
  }
  tsr_free(handles, sizeof *handles, TSRI_LINE);
  device->handles = NULL;
}
