/* lock_internal.h - a lock of one word for a few instructions: one exchange to take it,
 * one store to give it back.
 */
#ifndef TSRI_LOCK_INTERNAL_H
#define TSRI_LOCK_INTERNAL_H

#include "os_internal.h"

#include <sched.h>

typedef struct tsri_lock {
  int32_t taken;
} tsri_lock;

static inline bool tsri_lock_try(tsri_lock *lock) {
  return __atomic_exchange_n(&lock->taken, 1, __ATOMIC_ACQUIRE) == 0;
}

static inline void tsri_lock_take(tsri_lock *lock) {
  enum {
    SPINS = 200
  }; /* its holder may have lost the processor */
  for (int i = 1; !tsri_lock_try(lock); i++) {
    while (__atomic_load_n(&lock->taken, __ATOMIC_RELAXED)) {
      if (i++ % SPINS) {
        tsri_os_pause();
      } else {
        sched_yield();
      }
    }
  }
}

static inline void tsri_lock_give(tsri_lock *lock) {
  __atomic_store_n(&lock->taken, 0, __ATOMIC_RELEASE);
}

#endif /* TSRI_LOCK_INTERNAL_H */
