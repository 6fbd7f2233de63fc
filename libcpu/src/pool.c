/* pool.c - a fork/join thread pool: chunks are claimed from counters, the caller helps.
 *
 * A job is cut into ranges of neighbouring chunks, as many as there are threads (or 8). Each
 * thread begins with a range of its own, the same one in every job, and goes on with those of
 * others: so in job after job over the same memory most of a chunk is where its thread's
 * cache already has it. unclaimed[r] counts down, so whoever decrements a positive value owns
 * the chunk that far before the end of range r, and may then read the job: it cannot be
 * replaced before that chunk is reported done. A worker that comes late, for a job that is
 * over, sees values below 1 and leaves. Which thread runs a chunk depends on luck, what it
 * computes does not.
 *
 * Between two processors every cache line costs time each way, so a hand-over moves few:
 * a job is one line, the caller owns chunk 0 without touching it again, and the count of
 * finished chunks is only ever written by workers: it grows from job to job, and the caller
 * knows what it will be.
 *
 * A caller that finds the pool busy (with another caller's job, or with its own: a task
 * that calls again) runs all chunks itself, and so does a child after fork, which has
 * none of the threads. Chunks of a worker that has lost its processor to another process are
 * run by the others, except for the one it is in: the caller must wait for that, for as long as
 * the system likes. After such a wait callers do without help for some time, so that short
 * jobs are seldom held up for long.
 */
#include "pool_internal.h"

/* Turns of a busy loop before sleeping: 25 to 50 us. The first do not pause, which would
 * take as long as handing over does; most waits end in them while jobs follow each other.
 */
enum {
  SPINS = 1300,
  EAGER = 300
};

/* A wait of PATIENCE times what the caller worked, or more, was for a worker without a
 * processor. Callers then work alone for as long; for twice as long as the last time when that
 * is less than ALONE such spans ago, up to ALONE times the wait.
 */
enum {
  PATIENCE = 4,
  ALONE = 32
};

static inline void rest(int turn) {
  if (turn >= EAGER) tsri_os_pause();
}

static bool load_stop(const tsri_pool *pool) {
  return __atomic_load_n(&pool->job.stop, __ATOMIC_RELAXED);
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

/* Where range r begins. */
static uint32_t range_begin(const tsri_job *job, uint32_t r) {
  return r * job->share + (r < job->extra ? r : job->extra);
}

/* Claim and run chunks of range r until there are none left; how many it were. */
static uint32_t run_range(tsri_pool *pool, uint32_t r) {
  tsri_job *job = &pool->job;
  uint32_t ran = 0, *unclaimed = &job->unclaimed[r];
  while ((int32_t)__atomic_load_n(unclaimed, __ATOMIC_RELAXED) > 0) {
    int32_t left = (int32_t)__atomic_fetch_sub(unclaimed, 1, __ATOMIC_ACQ_REL);
    if (left <= 0) break;
    run_chunk(pool, range_begin(job, r + 1) - (uint32_t)left);
    ran++;
  }
  return ran;
}

/* Those of the ranges after range first, in a circle of n. */
static uint32_t run_others(tsri_pool *pool, uint32_t first, uint32_t n) {
  uint32_t ran = 0;
  for (uint32_t r = first + 1; r < n; r++)
    ran += run_range(pool, r);
  for (uint32_t r = 0; r < first && r < n; r++)
    ran += run_range(pool, r);
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
  uint32_t own = __atomic_add_fetch(&pool->arrived, 1, __ATOMIC_RELAXED) % TSRI_POOL_RANGES;
  for (;;) {
    wait_for_job(pool, seen);
    seen = load_epoch(pool);
    if (load_stop(pool)) return NULL;
    uint32_t ran = run_range(pool, own);
    /* who has run a chunk may ask how many ranges there are */
    ran += run_others(pool, own, ran ? pool->job.n_ranges : TSRI_POOL_RANGES);
    if (!ran) continue;
    __atomic_fetch_add(&pool->tally.done, ran, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&pool->tally.waiting, __ATOMIC_SEQ_CST)) tsri_os_wake(&pool->tally.done, 1);
  }
}

void tsri_pool_announce(tsri_pool *pool, uint32_t n) {
  __atomic_fetch_add(&pool->job.epoch, 1, __ATOMIC_SEQ_CST);
  uint32_t asleep = __atomic_load_n(&pool->sleepers, __ATOMIC_SEQ_CST);
  uint32_t awake = (uint32_t)pool->n_workers - asleep;
  if (asleep && n > awake) tsri_os_wake(&pool->job.epoch, (int32_t)(n - awake));
}

/* Short waits are spent turning; true when they were not enough. */
static bool is_late(const uint32_t *done, uint32_t expected) {
  for (int i = 0; i < SPINS; i++) {
    if (__atomic_load_n(done, __ATOMIC_ACQUIRE) == expected) return false;
    rest(i);
  }
  return true;
}

static void sleep_until(tsri_pool *pool, uint32_t expected) {
  const uint32_t *done = &pool->tally.done;
  __atomic_store_n(&pool->tally.waiting, 1, __ATOMIC_SEQ_CST);
  for (;;) {
    uint32_t now = __atomic_load_n(done, __ATOMIC_SEQ_CST);
    if (now == expected) break;
    tsri_os_wait(done, now);
  }
  __atomic_store_n(&pool->tally.waiting, 0, __ATOMIC_RELAXED);
}

static void go_alone(tsri_pool *pool, uint64_t now, uint64_t waited) {
  bool again = now - pool->alone_until < ALONE * pool->alone_for;
  pool->alone_for = again ? 2 * pool->alone_for : waited;
  if (pool->alone_for > ALONE * waited) pool->alone_for = ALONE * waited;
  pool->alone_until = now + pool->alone_for;
  pool->alone = true;
}

/* Until that time is over. */
static bool is_alone(tsri_pool *pool) {
  pool->alone = tsri_os_ticks() < pool->alone_until;
  return pool->alone;
}

/* begin: when the caller started to work. */
static void wait_for_done(tsri_pool *pool, uint64_t begin) {
  if (!is_late(&pool->tally.done, pool->expected)) return;
  uint64_t slept = tsri_os_ticks();
  sleep_until(pool, pool->expected);
  uint64_t woke = tsri_os_ticks();
  if ((woke - slept) / PATIENCE > slept - begin) go_alone(pool, woke, woke - slept);
}

static tsr_status run_inline(int64_t n, tsr_cpu_task task, void *ctx) {
  for (int64_t i = 0; i < n; i++) {
    TSR_TRY(task(ctx, i));
  }
  return TSR_OK;
}

/* Chunks to their ranges; the first one is the caller's. Workers that wait look at the job's
 * line all the time and take it away between two stores, so these stand close together.
 */
static void deal(tsri_pool *pool, uint32_t n, tsr_cpu_task task, void *ctx) {
  tsri_job *job = &pool->job;
  uint32_t ranges = (uint32_t)pool->n_workers + 1;
  if (ranges > TSRI_POOL_RANGES) ranges = TSRI_POOL_RANGES;
  if (ranges > n) ranges = n;
  uint32_t share = n / ranges, extra = n % ranges, first = share + (extra > 0) - 1;
  job->task = task;
  job->ctx = ctx;
  job->share = share;
  job->extra = (uint8_t)extra;
  job->n_ranges = (uint8_t)ranges;
  __atomic_store_n(&job->failed, n, __ATOMIC_RELAXED);
  __atomic_store_n(&job->unclaimed[0], first, __ATOMIC_RELEASE);
  for (uint32_t r = 1; r < ranges; r++)
    __atomic_store_n(&job->unclaimed[r], share + (r < extra), __ATOMIC_RELEASE);
}

/* The pool is ours: hand the job out, take part, wait. */
static tsr_status run_shared(tsri_pool *pool, uint32_t n, tsr_cpu_task task, void *ctx) {
  deal(pool, n, task, ctx);
  tsri_pool_announce(pool, n - 1 < pool->helpers ? n - 1 : pool->helpers);
  uint64_t begin = tsri_os_ticks();
  run_chunk(pool, 0);
  uint32_t others = n - 1 - run_range(pool, 0) - run_others(pool, 0, pool->job.n_ranges);
  pool->expected += others;
  if (others) wait_for_done(pool, begin);
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
  if (pool->alone && is_alone(pool)) {
    tsri_lock_give(&pool->busy);
    return run_inline(n, task, ctx);
  }
  tsr_status status = run_shared(pool, (uint32_t)n, task, ctx);
  tsri_lock_give(&pool->busy);
  return status;
}
