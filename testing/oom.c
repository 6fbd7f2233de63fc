/* oom.c - an allocator that keeps a ledger, and fails when told to.
 *
 * Blocks come from malloc's family without a header of ours, so that a block made
 * before the ledger was opened, or freed after it was closed, is no accident. What
 * the ledger knows about is checked; the rest passes.
 */
#include "tsr_test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum mode {
  NEVER,
  ONCE,
  PERSISTENT
} mode;

typedef struct entry {
  void *ptr; /* NULL: free slot */
  size_t size, alignment;
  long index; /* it was the index-th allocation of the run */
} entry;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
  entry *slots;
  size_t capacity, used;
  mode mode;
  long fail_at, seen;
  bool failed; /* an allocation was refused in this run */
  char misuse[160];
} ledger;
static char report[2048];

static size_t home(const void *ptr) {
  return (size_t)(((uintptr_t)ptr >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 20) &
         (ledger.capacity - 1);
}

static entry *find(const void *ptr) {
  if (ledger.capacity == 0) return NULL;
  for (size_t i = home(ptr);; i = (i + 1) & (ledger.capacity - 1)) {
    if (ledger.slots[i].ptr == ptr) return &ledger.slots[i];
    if (ledger.slots[i].ptr == NULL) return NULL;
  }
}

static void insert(entry e) {
  if (2 * (ledger.used + 1) > ledger.capacity) {
    entry *old = ledger.slots;
    size_t n = ledger.capacity;
    ledger.capacity = n ? 2 * n : 1024;
    ledger.slots = (entry *)calloc(ledger.capacity, sizeof *old);
    if (ledger.slots == NULL) {
      fputs("tsr_test: the ledger itself is out of memory\n", stderr);
      exit(1);
    }
    ledger.used = 0;
    for (size_t i = 0; i < n; i++) {
      if (old[i].ptr) insert(old[i]);
    }
    free(old);
  }
  size_t i = home(e.ptr);
  while (ledger.slots[i].ptr)
    i = (i + 1) & (ledger.capacity - 1);
  ledger.slots[i] = e;
  ledger.used++;
}

/* Linear probing without tombstones: put what follows the hole back in. */
static void erase(entry *e) {
  size_t i = (size_t)(e - ledger.slots);
  ledger.slots[i].ptr = NULL;
  ledger.used--;
  for (i = (i + 1) & (ledger.capacity - 1); ledger.slots[i].ptr;
       i = (i + 1) & (ledger.capacity - 1)) {
    entry moved = ledger.slots[i];
    ledger.slots[i].ptr = NULL;
    ledger.used--;
    insert(moved);
  }
}

static bool refuse(void) {
  long index = ledger.seen++;
  bool no = (ledger.mode == ONCE && index == ledger.fail_at) ||
            (ledger.mode == PERSISTENT && index >= ledger.fail_at);
  ledger.failed |= no;
  return no;
}

static void check_owner(const entry *e, size_t size, size_t alignment) {
  if (e == NULL || (e->size == size && e->alignment == alignment) || ledger.misuse[0]) return;
  snprintf(ledger.misuse, sizeof ledger.misuse,
           "allocation %ld of %zu bytes aligned to %zu came back as %zu bytes aligned to %zu",
           e->index, e->size, e->alignment, size, alignment);
}

static void *locked_resize(void *ptr, size_t old_size, size_t new_size, size_t alignment) {
  entry *e = ptr ? find(ptr) : NULL;
  check_owner(e, old_size, alignment);
  if (new_size == 0) {
    if (e) erase(e);
    free(ptr);
    return NULL;
  }
  if (refuse()) return NULL;
  size_t least = alignment < sizeof(void *) ? sizeof(void *) : alignment;
  void *moved = aligned_alloc(least, (new_size + least - 1) / least * least);
  if (moved == NULL) return NULL;
  memset(moved, 0xa5, new_size); /* nobody may count on zeros */
  if (ptr) {
    memcpy(moved, ptr, old_size < new_size ? old_size : new_size);
    if (e) erase(e);
    free(ptr);
  }
  insert((entry){moved, new_size, alignment, ledger.seen - 1});
  return moved;
}

static void *resize(void *self, void *ptr, size_t old_size, size_t new_size, size_t alignment) {
  (void)self;
  pthread_mutex_lock(&lock);
  void *result = locked_resize(ptr, old_size, new_size, alignment);
  pthread_mutex_unlock(&lock);
  return result;
}

static void forget_all(void) {
  free(ledger.slots);
  memset(&ledger, 0, sizeof ledger);
}

/* One run; false and a report if it broke a promise. */
static bool run(tsr_status (*fn)(void *), void *arg, mode how, long n) {
  static const tsr_allocator counting = {resize, NULL};
  static const char *const words[] = {"with no failure", "failing once", "failing from then on"};
  forget_all();
  ledger.mode = how;
  ledger.fail_at = n;
  tsr_allocator_set(&counting);
  tsr_status status = fn(arg);
  tsr_allocator_set(NULL);

  char where[64] = "";
  if (how != NEVER) snprintf(where, sizeof where, "allocation %ld ", n);
  if (ledger.misuse[0]) {
    snprintf(report, sizeof report, "%s%s: %s", where, words[how], ledger.misuse);
  } else if (ledger.used) {
    const entry *first = NULL;
    for (size_t i = 0; i < ledger.capacity; i++) {
      const entry *e = &ledger.slots[i];
      if (e->ptr && (first == NULL || e->index < first->index)) first = e;
    }
    snprintf(report, sizeof report,
             "%s%s: %zu blocks leaked, the first is allocation %ld of %zu bytes", where, words[how],
             ledger.used, first->index, first->size);
  } else if (status != TSR_OK && !(status == TSR_ERR_NOMEM && ledger.failed)) {
    snprintf(report, sizeof report, "%s%s: gave %s\n%s", where, words[how], tsr_status_name(status),
             tsr_error_message());
  } else if (status == TSR_ERR_NOMEM && tsr_error_message()[0] == 0) {
    snprintf(report, sizeof report, "%s%s: ERR_NOMEM without a message", where, words[how]);
  } else {
    return true;
  }
  return false;
}

const char *tsr_test_oom_report(tsr_status (*fn)(void *), void *arg) {
  bool ok = run(fn, arg, NEVER, 0);
  long total = ledger.seen;
  for (long i = 0; ok && i < total && i < TSR_TEST_OOM_RUNS; i++) {
    /* The same allocations in every execution of the test: no random numbers. */
    long n = total <= TSR_TEST_OOM_RUNS ? i : (long)((double)i * (double)total / TSR_TEST_OOM_RUNS);
    ok = run(fn, arg, ONCE, n) && run(fn, arg, PERSISTENT, n);
  }
  forget_all();
  return ok ? NULL : report;
}
