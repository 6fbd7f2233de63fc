/* queue.c - deferred work on a thread of its own, in order, after random delays. */
#define _GNU_SOURCE
#include "mock_internal.h"

#include <time.h>

enum {
  MAX_DELAY_NS = 30000
};

static void delay(mock_queue *q) {
  if (!q->random) return;
  q->random ^= q->random << 13; /* Marsaglia's xorshift64 */
  q->random ^= q->random >> 7;
  q->random ^= q->random << 17;
  if (q->random % 4) return;
  struct timespec t = {0, (long)(q->random >> 8) % MAX_DELAY_NS};
  if (t.tv_nsec < 0) t.tv_nsec = 0;
  nanosleep(&t, NULL);
}

void mock_queue_fail(mock_queue *q, const tsr_error *error) {
  pthread_mutex_lock(&q->lock);
  if (q->error.code == TSR_OK) q->error = *error;
  pthread_mutex_unlock(&q->lock);
}

static void work_off(mock_queue *q, mock_work *work) {
  delay(q);
  tsr_status status = work->run(work);
  if (status != TSR_OK) {
    tsr_error error;
    tsr_error_take(status, &error);
    mock_queue_fail(q, &error);
  }
  work->end(work);
}

static void *worker(void *ctx) {
  mock_queue *q = ctx;
  pthread_mutex_lock(&q->lock);
  for (;;) {
    while (!q->first && !q->stopping)
      pthread_cond_wait(&q->changed, &q->lock);
    mock_work *work = q->first;
    if (!work) break;
    q->first = work->next;
    if (!q->first) q->last = &q->first;
    q->busy = true;
    pthread_mutex_unlock(&q->lock);
    work_off(q, work);
    pthread_mutex_lock(&q->lock);
    q->busy = false;
    q->done++;
    pthread_cond_broadcast(&q->changed);
  }
  pthread_mutex_unlock(&q->lock);
  return NULL;
}

tsr_status mock_queue_open(mock_queue *q, uint64_t seed) {
  q->last = &q->first;
  q->random = seed;
  pthread_mutex_init(&q->lock, NULL);
  pthread_cond_init(&q->changed, NULL);
  q->started = pthread_create(&q->thread, NULL, worker, q) == 0;
  return q->started ? TSR_OK : TSR_FAIL(TSR_ERR_NOMEM, "mock: cannot start a thread");
}

void mock_queue_close(mock_queue *q) {
  pthread_mutex_lock(&q->lock);
  q->stopping = true;
  pthread_cond_broadcast(&q->changed);
  pthread_mutex_unlock(&q->lock);
  if (q->started) pthread_join(q->thread, NULL);
  pthread_cond_destroy(&q->changed);
  pthread_mutex_destroy(&q->lock);
}

void mock_queue_push(mock_queue *q, mock_work *work) {
  work->next = NULL;
  pthread_mutex_lock(&q->lock);
  *q->last = work;
  q->last = &work->next;
  pthread_cond_broadcast(&q->changed);
  pthread_mutex_unlock(&q->lock);
}

tsr_status mock_queue_wait(mock_queue *q) {
  pthread_mutex_lock(&q->lock);
  while (q->first || q->busy)
    pthread_cond_wait(&q->changed, &q->lock);
  tsr_error error;
  error.code = q->error.code;
  if (error.code != TSR_OK) error = q->error;
  q->error.code = TSR_OK;
  pthread_mutex_unlock(&q->lock);
  return error.code == TSR_OK ? TSR_OK : tsr_error_raise(&error);
}
