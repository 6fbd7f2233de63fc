/* report.c - what came out, in words. */
#define _POSIX_C_SOURCE 200809L
#include "report.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* ---- progress ---- */

static double now(void) {
  struct timespec t;
  timespec_get(&t, TIME_UTC);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

progress progress_begin(int courses, int epochs) {
  return (progress){
      .courses = courses, .epochs = epochs, .start = now(), .is_shown = isatty(STDERR_FILENO) != 0};
}

void progress_show(void *self, const course *c) {
  static const char bars[] = "################################",
                    dots[] = "................................";
  const int width = (int)sizeof bars - 1;
  progress *p = self;
  const double all = (double)p->courses * p->epochs;
  const double done = (double)p->done * p->epochs + c->epochs;
  const int full = (int)(width * done / all);
  if (p->is_shown)
    fprintf(stderr, "\r  [%.*s%.*s] seed %d of %d  %6.0f steps/s  %4.1f s left ", full, bars,
            width - full, dots, p->done + 1, p->courses, (double)c->steps / c->seconds,
            (now() - p->start) * (all - done) / done);
  p->done += c->epochs == p->epochs;
}

void progress_end(const progress *p) {
  if (p->is_shown) fprintf(stderr, "\r%*s\r", 78, "");
}

/* ---- words ---- */

void report_begin(const digits *d, const split *s, int epochs) {
  printf("\n  %lld handwritten digits of 8 x 8 pixels: %lld to learn from, %lld held out\n",
         (long long)d->n, (long long)s->train.n, (long long)s->test.n);
  printf("  %d -> %d relu -> %d, %lld weights; %d epochs in batches of %d\n\n", PIXELS, HIDDEN,
         CLASSES, (long long)model_size(), epochs, BATCH);
}

static double accuracy(const course *c) { return 1 - (double)c->wrong / (double)c->n_test; }

void report_course(const course *c) {
  const int last = c->epochs - 1;
  printf("  seed %llu   loss %.4f   held out %.4f   %5.1f %% right, %lld of %lld wrong\n",
         (unsigned long long)c->seed, c->loss[last], c->held_out[last], 100 * accuracy(c),
         (long long)c->wrong, (long long)c->n_test);
}

static double mean_accuracy(const course *courses, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++)
    sum += accuracy(&courses[i]);
  return sum / n;
}

void report_summary(const course *courses, int n) {
  double seconds = 0;
  int64_t steps = 0;
  for (int i = 0; i < n; i++) {
    seconds += courses[i].seconds;
    steps += courses[i].steps;
  }
  printf("\n  mean accuracy     %.2f %%\n", 100 * mean_accuracy(courses, n));
  printf("  time of a step    %.0f us, %lld steps\n", 1e6 * seconds / (double)steps,
         (long long)steps);
  printf("  memory of a step  %lld bytes predicted, %lld measured\n",
         (long long)courses[0].predicted, (long long)courses[0].measured);
}

tsr_status report_verdict(const course *courses, int n, int at_least) {
  const double percent = 100 * mean_accuracy(courses, n);
  if (percent >= at_least) return TSR_OK;
  return TSR_FAIL(TSR_ERR_NUMERIC, "%.2f %% of the held-out digits were read right, not %d %%",
                  percent, at_least);
}
