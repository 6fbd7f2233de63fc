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

static void run_owned(mock_queue *q, mock_work *work) {
  if (tsr_work_has_failed(work->owner)) return;
  tsr_status status = work->run(work);
  if (status == TSR_OK || !tsr_work_fail(work->owner, status)) return;
  pthread_mutex_lock(&q->lock);
  tsr_works_add(&q->failed, work->owner);
  pthread_mutex_unlock(&q->lock);
}

static void work_off(mock_queue *q, mock_work *work) {
  tsr_work *owner = work->owner;
  delay(q);
  if (owner) {
    run_owned(q, work);
  } else {
    (void)work->run(work);
  }
  work->end(work);
  if (owner) tsr_work_leave(owner);
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
  tsr_works_release(&q->failed);
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

void mock_queue_wait(mock_queue *q) {
  pthread_mutex_lock(&q->lock);
  while (q->first || q->busy)
    pthread_cond_wait(&q->changed, &q->lock);
  pthread_mutex_unlock(&q->lock);
}

tsr_status mock_queue_tell(mock_queue *q) {
  pthread_mutex_lock(&q->lock);
  tsr_status status = tsr_works_tell(&q->failed);
  pthread_mutex_unlock(&q->lock);
  return status;
}
