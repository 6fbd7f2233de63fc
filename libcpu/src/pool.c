/* pool.c - a fork/join thread pool: chunks are claimed from one counter, the caller helps.
 *
 * unclaimed counts down, so whoever decrements a positive value owns chunk n - value and
 * may then read the job: it cannot be replaced before that chunk is reported done. A
 * worker that comes late, for a job that is over, sees a value below 1 and leaves. Which
 * thread runs a chunk depends on luck, what it computes does not.
 *
 * Between two processors every cache line costs time each way, so a hand-over moves few:
 * a job is one line, the caller owns chunk 0 without touching it again, who claims the last
 * chunk does not look for more, and the count of finished chunks is only ever written by
 * workers: it grows from job to job, and the caller knows what it will be.
 *
 * A caller that finds the pool busy (with another caller's job, or with its own: a task
 * that calls again) runs all chunks itself, and so does a child after fork, which has
 * none of the threads.
 */
#include "pool_internal.h"

/* Turns of a busy loop before sleeping: 25 to 50 us. The first do not pause, which would
 * take as long as handing over does; most waits end in them while jobs follow each other.
 */
enum {
  SPINS = 1300,
  EAGER = 300
};
static inline void rest(int turn) {
  if (turn >= EAGER) tsri_os_pause();
}

static bool load_stop(const tsri_pool *pool) {
  return __atomic_load_n(&pool->stop, __ATOMIC_RELAXED);
}
static uint32_t load_epoch(const tsri_pool *pool) {
  return __atomic_load_n(&pool->job.epoch, __ATOMIC_SEQ_CST);
}

/* Note the failure of a chunk, unless a lower one failed before. */
static void note_failure(tsri_pool *pool, uint32_t chunk, tsr_status status) {
  tsri_lock_take(&pool->error_lock);
  if (chunk < pool->job.failed) {
    tsr_error_take(status, &pool->error);
    __atomic_store_n(&pool->job.failed, chunk, __ATOMIC_RELAXED);
  }
  tsri_lock_give(&pool->error_lock);
}

static void run_chunk(tsri_pool *pool, uint32_t chunk) {
  const tsri_job *job = &pool->job;
  /* nobody wants to know what comes after a failure */
  if (chunk > __atomic_load_n(&job->failed, __ATOMIC_RELAXED)) return;
  tsr_status status = job->task(job->ctx, chunk);
  if (status != TSR_OK) note_failure(pool, chunk, status);
}

/* Claim and run chunks until there are none left; how many it were. */
static uint32_t run_chunks(tsri_pool *pool) {
  tsri_job *job = &pool->job;
  uint32_t ran = 0;
  while ((int32_t)__atomic_load_n(&job->unclaimed, __ATOMIC_RELAXED) > 0) {
    int32_t left = (int32_t)__atomic_fetch_sub(&job->unclaimed, 1, __ATOMIC_ACQ_REL);
    if (left <= 0) break;
    run_chunk(pool, job->n - (uint32_t)left);
    ran++;
    if (left == 1) break;
  }
  return ran;
}

static void wait_for_job(tsri_pool *pool, uint32_t seen) {
  for (int i = 0; i < SPINS; i++) {
    if (load_epoch(pool) != seen) return;
    rest(i);
  }
  /* the caller changes epoch first and looks for sleepers then */
  __atomic_fetch_add(&pool->sleepers, 1, __ATOMIC_SEQ_CST);
  while (load_epoch(pool) == seen) {
    tsri_os_wait(&pool->job.epoch, seen);
  }
  __atomic_fetch_sub(&pool->sleepers, 1, __ATOMIC_SEQ_CST);
}

void *tsri_pool_work(void *arg) {
  tsri_pool *pool = arg;
  uint32_t seen = pool->seen;
  for (;;) {
    wait_for_job(pool, seen);
    seen = load_epoch(pool);
    if (load_stop(pool)) return NULL;
    uint32_t ran = run_chunks(pool);
    if (!ran) continue;
    __atomic_fetch_add(&pool->tally.done, ran, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&pool->tally.waiting, __ATOMIC_SEQ_CST)) tsri_os_wake(&pool->tally.done, 1);
  }
}

void tsri_pool_announce(tsri_pool *pool, uint32_t n) {
  __atomic_fetch_add(&pool->job.epoch, 1, __ATOMIC_SEQ_CST);
  if (!__atomic_load_n(&pool->sleepers, __ATOMIC_SEQ_CST)) return;
  tsri_os_wake(&pool->job.epoch, n > INT32_MAX ? INT32_MAX : (int32_t)n);
}

static void wait_for_done(tsri_pool *pool) {
  const uint32_t *done = &pool->tally.done, expected = pool->expected;
  for (int i = 0; i < SPINS; i++) {
    if (__atomic_load_n(done, __ATOMIC_ACQUIRE) == expected) return;
    rest(i);
  }
  __atomic_store_n(&pool->tally.waiting, 1, __ATOMIC_SEQ_CST);
  for (;;) {
    uint32_t now = __atomic_load_n(done, __ATOMIC_SEQ_CST);
    if (now == expected) break;
    tsri_os_wait(done, now);
  }
  __atomic_store_n(&pool->tally.waiting, 0, __ATOMIC_RELAXED);
}

static tsr_status run_inline(int64_t n, tsr_cpu_task task, void *ctx) {
  for (int64_t i = 0; i < n; i++) {
    TSR_TRY(task(ctx, i));
  }
  return TSR_OK;
}

/* The pool is ours: hand the job out, take part, wait. */
static tsr_status run_shared(tsri_pool *pool, uint32_t n, tsr_cpu_task task, void *ctx) {
  tsri_job *job = &pool->job;
  job->n = n;
  job->task = task;
  job->ctx = ctx;
  __atomic_store_n(&job->failed, n, __ATOMIC_RELAXED);
  __atomic_store_n(&job->unclaimed, n - 1, __ATOMIC_RELEASE);
  tsri_pool_announce(pool, n - 1);
  run_chunk(pool, 0);
  uint32_t others = n - 1 - run_chunks(pool);
  pool->expected += others;
  if (others) wait_for_done(pool);
  if (pool->job.failed < n) return tsr_error_raise(&pool->error);
  return TSR_OK;
}

bool tsri_pool_has_threads(const tsri_pool *pool) {
  if (pool->guard) return __atomic_load_n(pool->guard, __ATOMIC_RELAXED) != 0;
  return pool->process == tsri_os_process();
}

tsr_status tsri_pool_run(tsri_pool *pool, int64_t n, tsr_cpu_task task, void *ctx) {
  if (n <= 1 || n > INT32_MAX || pool->n_workers == 0 || !tsri_pool_has_threads(pool) ||
      !tsri_lock_try(&pool->busy)) {
    return run_inline(n, task, ctx);
  }
  tsr_status status = run_shared(pool, (uint32_t)n, task, ctx);
  tsri_lock_give(&pool->busy);
  return status;
}
