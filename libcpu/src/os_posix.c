/* os_posix.c - the same from POSIX threads: one mutex and one condition for all sleepers. */
#define _POSIX_C_SOURCE 200809L
#include "os_internal.h"

#if !TSRI_OS_LINUX

#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

void tsri_os_wait(const uint32_t *word, uint32_t expected) {
  pthread_mutex_lock(&mutex);
  if (__atomic_load_n(word, __ATOMIC_SEQ_CST) == expected) pthread_cond_wait(&changed, &mutex);
  pthread_mutex_unlock(&mutex);
}

/* Sleepers on other words wake as well, look, and sleep again. */
void tsri_os_wake(const uint32_t *word, int32_t n) {
  (void)word, (void)n;
  pthread_mutex_lock(&mutex);
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&mutex);
}

void tsri_os_huge(void *block, size_t size) { (void)block, (void)size; }

int32_t tsri_os_cpus(void) {
#ifdef _SC_NPROCESSORS_ONLN
  long n = sysconf(_SC_NPROCESSORS_ONLN);
  return n < 1 ? 1 : (int32_t)n;
#else
  return 1;
#endif
}

size_t tsri_os_cache(void) { return 0; } /* POSIX does not say */

int64_t tsri_os_memory(void) {
#ifdef _SC_PHYS_PAGES
  long pages = sysconf(_SC_PHYS_PAGES);
  return pages > 0 ? (int64_t)pages * (int64_t)tsri_os_page() : 0;
#else
  return 0;
#endif
}

bool tsri_os_wipe_on_fork(void *page) {
  (void)page;
  return false;
}

void tsri_os_keep_on_fork(void *page) { (void)page; }

size_t tsri_os_page(void) {
  long size = sysconf(_SC_PAGESIZE);
  return size > 0 ? (size_t)size : 4096;
}

int64_t tsri_os_process(void) { return getpid(); }

/* A thread of the parent may have held the mutex when it forked. */
void tsri_os_start_over(void) {
  static int64_t process; /* that has started over; only once in each */
  if (process == tsri_os_process()) return;
  process = tsri_os_process();
  mutex = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
  changed = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
}

#endif /* !TSRI_OS_LINUX */
