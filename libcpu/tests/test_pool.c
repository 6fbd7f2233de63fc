/* test_pool.c - the thread pool: every chunk once, the same bits, the lowest error. */
#ifndef SUITE
#define SUITE "cpu/pool"
#define _GNU_SOURCE
#endif
#include "pool_internal.h"
#include "tsr_test.h"

#include <math.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tsr/alloc.h"

static tsri_pool pool;

static int open_pool(void **state) {
  (void)state;
  tsri_pool_init(&pool);
  return 0;
}

static int close_pool(void **state) {
  (void)state;
  tsri_pool_deinit(&pool);
  return 0;
}

static const int32_t thread_counts[] = {1, 2, 4};
#define FOR_THREADS(n)                                                                             \
  for (size_t n##_i = 0, n = 0; n##_i < 3 && (n = (size_t)thread_counts[n##_i], true); n##_i++)

static tsr_status count_chunk(void *ctx, int64_t chunk) {
  int32_t *counts = ctx;
  counts[chunk]++; /* nobody else has this chunk */
  return TSR_OK;
}

static void test_every_chunk_runs_once(void **state) {
  (void)state;
  static int32_t counts[5000];
  const int64_t sizes[] = {0, 1, 2, 3, 64, 5000};
  FOR_THREADS(threads) {
    assert_ok(tsri_pool_resize(&pool, (int32_t)threads));
    assert_int_equal(pool.n_workers, threads - 1);
    for (int round = 0; round < 50; round++) {
      for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        memset(counts, 0, sizeof counts);
        assert_ok(tsri_pool_run(&pool, sizes[k], count_chunk, counts));
        for (int64_t i = 0; i < 5000; i++) {
          assert_int_equal(counts[i], i < sizes[k]);
        }
      }
    }
  }
}

static tsr_status sum_chunk(void *ctx, int64_t chunk) {
  double sum = 0, *sums = ctx;
  for (int i = 1; i <= 300; i++) {
    sum += sin((double)chunk * 300 + i);
  }
  sums[chunk] = sum;
  return TSR_OK;
}

static void test_bits_do_not_depend_on_threads(void **state) {
  (void)state;
  double first[100], sums[100];
  FOR_THREADS(threads) {
    assert_ok(tsri_pool_resize(&pool, (int32_t)threads));
    assert_ok(tsri_pool_run(&pool, 100, sum_chunk, sums));
    if (threads == 1) memcpy(first, sums, sizeof sums);
    assert_memory_equal(first, sums, sizeof sums);
  }
}

/* Workers that fell asleep are found again. */
static void test_sleeping_workers_wake(void **state) {
  (void)state;
  int32_t counts[8];
  struct timespec nap = {0, 2000000};
  assert_ok(tsri_pool_resize(&pool, 4));
  for (int round = 0; round < 20; round++) {
    nanosleep(&nap, NULL);
    memset(counts, 0, sizeof counts);
    assert_ok(tsri_pool_run(&pool, 8, count_chunk, counts));
    for (int i = 0; i < 8; i++) {
      assert_int_equal(counts[i], 1);
    }
  }
}

static tsr_status nap_chunk(void *ctx, int64_t chunk) {
  struct timespec nap = {0, chunk == 0 ? 100000 : 3000000};
  nanosleep(&nap, NULL);
  return count_chunk(ctx, chunk);
}

/* The caller sleeps as well when others take long. */
static void test_a_caller_waits_for_slow_chunks(void **state) {
  (void)state;
  int32_t counts[2] = {0};
  assert_ok(tsri_pool_resize(&pool, 2));
  for (int round = 1; round <= 5; round++) {
    assert_ok(tsri_pool_run(&pool, 2, nap_chunk, counts));
    assert_int_equal(counts[0] + counts[1], 2 * round);
  }
}

static tsr_status sleep_chunk(void *ctx, int64_t chunk) {
  struct timespec nap = {0, 20000000};
  nanosleep(&nap, NULL);
  return count_chunk(ctx, chunk);
}

static tsr_status fail_some(void *ctx, int64_t chunk) {
  (void)ctx;
  if (chunk == 700) return TSR_FAIL(TSR_ERR_NUMERIC, "chunk 700");
  if (chunk >= 13 && chunk % 2) return TSR_FAIL(TSR_ERR_SHAPE, "chunk %d", (int)chunk);
  return TSR_OK;
}

static void test_the_lowest_failure_wins(void **state) {
  (void)state;
  int32_t counts[4] = {0};
  FOR_THREADS(threads) {
    assert_ok(tsri_pool_resize(&pool, (int32_t)threads));
    for (int round = 0; round < 100; round++) {
      assert_error_says(tsri_pool_run(&pool, 1000, fail_some, NULL), TSR_ERR_SHAPE, "chunk 13\n");
      /* and is forgotten */
      assert_ok(tsri_pool_run(&pool, 4, count_chunk, counts));
    }
  }
}

static tsr_status nest(void *ctx, int64_t chunk) {
  int32_t counts[10] = {0};
  TSR_TRY(tsri_pool_run(&pool, 10, count_chunk, counts));
  int32_t sum = 0;
  for (int i = 0; i < 10; i++) {
    sum += counts[i];
  }
  ((int32_t *)ctx)[chunk] = sum;
  return TSR_OK;
}

static void test_a_task_may_call_again(void **state) {
  (void)state;
  FOR_THREADS(threads) {
    int32_t sums[20] = {0};
    assert_ok(tsri_pool_resize(&pool, (int32_t)threads));
    assert_ok(tsri_pool_run(&pool, 20, nest, sums));
    for (int i = 0; i < 20; i++) {
      assert_int_equal(sums[i], 10);
    }
  }
}

static void *call_often(void *arg) {
  int32_t counts[32] = {0};
  for (int round = 1; round <= 200; round++) {
    if (tsri_pool_run(&pool, 32, count_chunk, counts) != TSR_OK) return NULL;
    for (int i = 0; i < 32; i++) {
      if (counts[i] != round) return NULL;
    }
    if (tsri_pool_run(&pool, 1000, fail_some, NULL) != TSR_ERR_SHAPE) return NULL;
    if (!strstr(tsr_error_message(), "chunk 13\n")) return NULL;
  }
  return arg;
}

static void test_eight_threads_call_at_once(void **state) {
  (void)state;
  pthread_t threads[8];
  char done[8];
  assert_ok(tsri_pool_resize(&pool, 4));
  for (int i = 0; i < 8; i++) {
    assert_int_equal(pthread_create(&threads[i], NULL, call_often, &done[i]), 0);
  }
  for (int i = 0; i < 8; i++) {
    void *result;
    pthread_join(threads[i], &result);
    assert_ptr_equal(result, &done[i]);
  }
}

/* Exit code of a child that works with the pool it inherited. */
static int work_in_child(void) {
  static int32_t counts[100];
  memset(counts, 0, sizeof counts);
  if (tsri_pool_has_threads(&pool)) return 1;
  if (tsri_pool_run(&pool, 100, count_chunk, counts) != TSR_OK) return 2;
  for (int i = 0; i < 100; i++) {
    if (counts[i] != 1) return 3;
  }
#ifndef __SANITIZE_THREAD__ /* which knows no threads after fork */
  if (tsri_pool_resize(&pool, 2) != TSR_OK) return 4;
  if (!tsri_pool_has_threads(&pool) || pool.n_workers != 1) return 5;
  if (tsri_pool_run(&pool, 100, count_chunk, counts) != TSR_OK) return 6;
#endif
  tsri_pool_deinit(&pool);
  return 0;
}

static tsr_status fork_once(void *ctx, int64_t chunk) {
  if (chunk != 3) return TSR_OK;
  pid_t child = fork();
  if (child == 0) _exit(work_in_child());
  return waitpid(child, ctx, 0) == child ? TSR_OK : TSR_FAIL(TSR_ERR_INTERNAL, "waitpid");
}

static void test_a_child_runs_inline(void **state) {
  (void)state;
  int code = -1;
  assert_ok(tsri_pool_resize(&pool, 4));
  pid_t child = fork();
  if (child == 0) _exit(work_in_child());
  assert_int_equal(waitpid(child, &code, 0), child);
  assert_true(WIFEXITED(code));
  assert_int_equal(WEXITSTATUS(code), 0);
  /* and also when the pool was at work in the parent */
  assert_ok(tsri_pool_run(&pool, 8, fork_once, &code));
  assert_true(WIFEXITED(code));
  assert_int_equal(WEXITSTATUS(code), 0);
}

static int starts_left;
static int refuse_threads(pthread_t *thread, const pthread_attr_t *attr, void *(*main_)(void *),
                          void *arg) {
  return starts_left-- > 0 ? pthread_create(thread, attr, main_, arg) : 11; /* EAGAIN */
}

static void test_fewer_threads_do_as_well(void **state) {
  (void)state;
  double first[100], sums[100];
  pool.create = refuse_threads;
  for (int k = 0; k < 4; k++) {
    starts_left = k;
    assert_ok(tsri_pool_resize(&pool, 5));
    assert_int_equal(pool.n_workers, k);
    assert_ok(tsri_pool_run(&pool, 100, sum_chunk, sums));
    if (k == 0) memcpy(first, sums, sizeof sums);
    assert_memory_equal(first, sums, sizeof sums);
  }
}

/* ---- who runs what ---- */

enum {
  CHUNKS = 64
};

typedef struct meeting {
  pthread_t ran[CHUNKS]; /* which thread */
  int32_t came;          /* another thread is in a chunk */
} meeting;

/* Chunk 0 is the caller's: it waits until another thread has come with a chunk of its own. */
static tsr_status note_thread(void *ctx, int64_t chunk) {
  meeting *m = ctx;
  m->ran[chunk] = pthread_self();
  if (chunk) __atomic_store_n(&m->came, 1, __ATOMIC_RELEASE);
  while (!chunk && !__atomic_load_n(&m->came, __ATOMIC_ACQUIRE)) {
  }
  return TSR_OK;
}

static void test_a_thread_begins_with_a_range_of_its_own(void **state) {
  (void)state;
  assert_ok(tsri_pool_resize(&pool, 2));
  for (int round = 0; round < 20; round++) {
    meeting m = {.came = 0};
    pool.alone = false;
    assert_ok(tsri_pool_run(&pool, CHUNKS, note_thread, &m));
    assert_true(pthread_equal(m.ran[0], pthread_self()));
    assert_false(pthread_equal(m.ran[CHUNKS / 2], pthread_self()));
  }
}

static tsr_status note_caller(void *ctx, int64_t chunk) {
  ((meeting *)ctx)->ran[chunk] = pthread_self();
  return TSR_OK;
}

static void assert_caller_ran_all(const meeting *m) {
  for (int i = 0; i < CHUNKS; i++)
    assert_true(pthread_equal(m->ran[i], pthread_self()));
}

/* The other thread takes 20 ms for its chunk, as one that lost its processor would. */
static tsr_status hold_up(void *ctx, int64_t chunk) {
  struct timespec nap = {0, 20000000};
  TSR_TRY(note_thread(ctx, chunk));
  if (chunk) nanosleep(&nap, NULL);
  return TSR_OK;
}

static void hold_up_once(void) {
  meeting m = {.came = 0};
  pool.alone_until = tsri_os_ticks(); /* the last such time is just over */
  pool.alone = false;
  assert_ok(tsri_pool_run(&pool, 2, hold_up, &m));
}

/* On a busy machine the caller itself may be the late one, hence some more rounds. */
static void test_callers_work_alone_after_a_long_wait(void **state) {
  (void)state;
  enum {
    ROUNDS = 50
  };
  int round = 0;
  assert_ok(tsri_pool_resize(&pool, 2));
  for (; round < ROUNDS && !pool.alone_for; round++)
    hold_up_once();
  uint64_t first = pool.alone_for;
  assert_true(first > 0 && pool.alone);
  for (; round < ROUNDS && pool.alone_for < 4 * first; round++)
    hold_up_once();
  assert_true(pool.alone_for >= 4 * first);
  pool.alone_until = UINT64_MAX;
  pool.alone = true;
  meeting m = {.came = 0};
  assert_ok(tsri_pool_run(&pool, CHUNKS, note_caller, &m));
  assert_caller_ran_all(&m);
  assert_true(pool.alone);
  pool.alone_until = tsri_os_ticks();
  m = (meeting){.came = 0};
  assert_ok(tsri_pool_run(&pool, CHUNKS, note_thread, &m)); /* needs both */
  assert_false(pool.alone);
}

/* Chunks that take long everywhere are no reason to. */
static void test_slow_chunks_are_no_lost_processors(void **state) {
  (void)state;
  int32_t counts[2] = {0};
  assert_ok(tsri_pool_resize(&pool, 2));
  for (int round = 0; round < 3; round++)
    assert_ok(tsri_pool_run(&pool, 2, sleep_chunk, counts));
  assert_false(pool.alone);
}

static tsr_status resize_and_run(void *arg) {
  (void)arg;
  tsri_pool p;
  int32_t counts[4] = {0};
  tsri_pool_init(&p);
  tsr_status status = tsri_pool_resize(&p, 2);
  if (status == TSR_OK) status = tsri_pool_resize(&p, 3);
  tsr_status ran = tsri_pool_run(&p, 4, count_chunk, counts);
  tsri_pool_deinit(&p);
  return status == TSR_OK ? ran : status;
}

static void test_every_allocation_may_fail(void **state) {
  (void)state;
  tsr_test_oom(resize_and_run, NULL);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_pool, close_pool)
  const struct CMUnitTest tests[] = {
      TEST(test_every_chunk_runs_once),
      TEST(test_bits_do_not_depend_on_threads),
      TEST(test_sleeping_workers_wake),
      TEST(test_a_caller_waits_for_slow_chunks),
      TEST(test_the_lowest_failure_wins),
      TEST(test_a_task_may_call_again),
      TEST(test_eight_threads_call_at_once),
      TEST(test_a_child_runs_inline),
      TEST(test_fewer_threads_do_as_well),
      TEST(test_a_thread_begins_with_a_range_of_its_own),
      TEST(test_callers_work_alone_after_a_long_wait),
      TEST(test_slow_chunks_are_no_lost_processors),
      TEST(test_every_allocation_may_fail),
  };
  return cmocka_run_group_tests_name(SUITE, tests, NULL, NULL);
}
