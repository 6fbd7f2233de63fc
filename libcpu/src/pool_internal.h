/* pool_internal.h - threads that share the chunks of one job at a time. */
#ifndef TSRI_POOL_INTERNAL_H
#define TSRI_POOL_INTERNAL_H

#include "lock_internal.h"

#include <pthread.h>

#include "tsr/spi/cpu.h"

enum {
  TSRI_POOL_MAX = 1024,
  TSRI_POOL_RANGES = 8, /* a job is cut into at most: their counters share its cache line */
  TSRI_LINE = 64
};

/* As pthread_create; a test puts its own here to see it fail. */
typedef int (*tsri_thread_create)(pthread_t *thread, const pthread_attr_t *attr,
                                  void *(*main)(void *), void *arg);

/* What a worker reads to find work: one cache line. */
typedef struct tsri_job {
  uint32_t epoch;  /* changes with every job; workers sleep on it */
  uint32_t failed; /* lowest failing chunk so far; the number of chunks when there is none */
  tsr_cpu_task task;
  void *ctx;
  uint32_t share; /* chunks in each range, */
  uint8_t extra;  /* and one more in the first so many */
  uint8_t n_ranges;
  bool stop;                            /* there will be no more: workers leave */
  uint32_t unclaimed[TSRI_POOL_RANGES]; /* of each range, or a small negative number */
} tsri_job;

/* What workers write when they are done. */
typedef struct tsri_tally {
  uint32_t done;    /* chunks workers have finished, ever; the caller sleeps on it */
  uint32_t waiting; /* the caller sleeps, or is about to */
} tsri_tally;

typedef struct tsri_pool {
  _Alignas(TSRI_LINE) tsri_job job;
  _Alignas(TSRI_LINE) tsri_tally tally;
  _Alignas(TSRI_LINE) tsri_lock busy; /* held by the caller whose job it is */
  uint32_t expected;                  /* what tally.done will be when the job is over */
  uint32_t sleepers;                  /* workers asleep, or about to be */
  bool alone;                         /* callers have no help, */
  uint64_t alone_until, alone_for;    /* by tsri_os_ticks: until then, for so long */
  tsri_lock error_lock;
  tsr_error error; /* of the lowest failing chunk */

  uint32_t *guard; /* a page with 1 in it, 0 in a child after fork; or NULL */
  int64_t process; /* whose threads these are */
  int32_t n_workers;
  pthread_t *workers; /* [n_workers] */
  int32_t room;       /* entries of workers */
  uint32_t seen;      /* epoch when the workers were started */
  uint32_t arrived;   /* workers that have begun, to number them */
  uint32_t helpers;   /* as many workers as have processors beside the caller's */
  tsri_thread_create create;
} tsri_pool;

/* Prepare a pool without workers. */
void tsri_pool_init(tsri_pool *pool);

/* Stop the workers and free all. */
void tsri_pool_deinit(tsri_pool *pool);

/* Run with n threads, the caller included; fewer when the system refuses some. */
tsr_status tsri_pool_resize(tsri_pool *pool, int32_t n);

/* See parallel in tsr_cpu_spi. */
tsr_status tsri_pool_run(tsri_pool *pool, int64_t n, tsr_cpu_task task, void *ctx);

/* For pool_threads.c: the main function of a worker; tell workers of something new, of
 * whom at most n are needed; false in a child after fork, where the threads are gone.
 */
void *tsri_pool_work(void *pool);
void tsri_pool_announce(tsri_pool *pool, uint32_t n);
bool tsri_pool_has_threads(const tsri_pool *pool);

#endif /* TSRI_POOL_INTERNAL_H */
