/* pool_threads.c - starting and stopping the threads of a pool. */
#define _POSIX_C_SOURCE 200809L
#include "pool_internal.h"

#include <signal.h>
#include <string.h>

#include "tsr/alloc.h"

/* Without the page, has_threads asks for the process instead, which is slower. */
static void create_guard(tsri_pool *pool) {
  size_t size = tsri_os_page();
  void *page = NULL;
  if (tsr_alloc(size, size, &page) != TSR_OK) return;
  if ((uintptr_t)page % size || !tsri_os_wipe_on_fork(page)) {
    tsr_free(page, size, size);
    return;
  }
  pool->guard = page;
  *pool->guard = 1;
}

static void destroy_guard(tsri_pool *pool) {
  if (!pool->guard) return;
  tsri_os_keep_on_fork(pool->guard);
  tsr_free(pool->guard, tsri_os_page(), tsri_os_page());
  pool->guard = NULL;
}

void tsri_pool_init(tsri_pool *pool) {
  memset(pool, 0, sizeof *pool);
  pool->process = tsri_os_process();
  pool->create = pthread_create;
  create_guard(pool);
}

static void stop(tsri_pool *pool) {
  if (tsri_pool_has_threads(pool)) {
    __atomic_store_n(&pool->job.stop, true, __ATOMIC_RELAXED);
    tsri_pool_announce(pool, INT32_MAX);
    for (int32_t i = 0; i < pool->n_workers; i++) {
      pthread_join(pool->workers[i], NULL);
    }
    __atomic_store_n(&pool->job.stop, false, __ATOMIC_RELAXED);
  }
  tsr_free(pool->workers, (size_t)pool->room * sizeof *pool->workers, 0);
  pool->workers = NULL;
  pool->n_workers = pool->room = 0;
  /* in a child, whose parent may have been at work when it forked */
  if (!tsri_pool_has_threads(pool)) {
    tsri_os_start_over();
    destroy_guard(pool);
    tsri_thread_create create = pool->create;
    tsri_pool_init(pool);
    pool->create = create;
  }
}

void tsri_pool_deinit(tsri_pool *pool) {
  stop(pool);
  destroy_guard(pool);
}

/* Signals are for the threads of the program, not for ours. */
static void start(tsri_pool *pool, int32_t n) {
  sigset_t all, before;
  int32_t cpus = tsri_os_cpus();
  pool->seen = pool->job.epoch;
  pool->arrived = 0;
  pool->helpers = cpus > 1 ? (uint32_t)cpus - 1 : 1;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  while (pool->n_workers < n) {
    pthread_t *next = &pool->workers[pool->n_workers];
    if (pool->create(next, NULL, tsri_pool_work, pool) != 0) break;
    pool->n_workers++;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

tsr_status tsri_pool_resize(tsri_pool *pool, int32_t n) {
  void *workers = NULL;
  size_t room = n > 1 ? (size_t)n - 1 : 0;
  if (room) TSR_TRY(tsr_alloc(room * sizeof *pool->workers, 0, &workers));
  stop(pool);
  pool->workers = workers;
  pool->room = (int32_t)room;
  start(pool, (int32_t)room);
  return TSR_OK;
}
