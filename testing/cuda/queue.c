/* queue.c - work of the emulated device: nothing happens before somebody waits. */
#include "driver.h"

#include <stdlib.h>
#include <string.h>

typedef struct item {
  struct item *next;
  emulated_work work;
  max_align_t data[];
} item;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static item *first, **last = &first;
static tsri_result failure; /* of the context, for good */

void emulated_lock(void) { pthread_mutex_lock(&mutex); }
void emulated_unlock(void) { pthread_mutex_unlock(&mutex); }

tsri_result tsr_emulated_enqueue(emulated_work work, const void *data, size_t size) {
  item *made = malloc(sizeof *made + size);
  if (!made) return EMULATED_NOMEM;
  made->next = NULL;
  made->work = work;
  if (size) memcpy(made->data, data, size);
  emulated_lock();
  *last = made;
  last = &made->next;
  emulated_unlock();
  return 0;
}

tsri_result emulated_wait(void) {
  emulated_lock();
  while (first) {
    item *now = first;
    const tsri_result result = failure ? 0 : now->work(now->data);
    if (result) failure = result;
    first = now->next;
    free(now);
  }
  last = &first;
  if (!failure && !emulated_zones_are_whole()) failure = EMULATED_ILLEGAL_ADDRESS;
  const tsri_result result = failure;
  emulated_unlock();
  return result;
}
