/* training.h - many steps, and what was seen on the way. */
#ifndef DIGITS_TRAINING_H
#define DIGITS_TRAINING_H

#include "data.h"
#include "model.h"

enum {
  BATCH = 64,
  MOST_EPOCHS = 500
};

typedef struct course {
  uint64_t seed;
  int epochs;
  double loss[MOST_EPOCHS], held_out[MOST_EPOCHS]; /* after each epoch */
  int64_t *guess;                                  /* [n_test] digits read at the end */
  int64_t n_test, wrong;
  int64_t steps;
  double seconds;              /* in steps */
  int64_t predicted, measured; /* peak memory of a step, bytes */
} course;

/* Called after each epoch, for a progress bar. */
typedef struct observer {
  void (*saw)(void *ctx, const course *c);
  void *ctx;
} observer;

tsr_status train(tsr_runtime *rt, const model *m, const split *s, int epochs, observer watch,
                 course *c);
void course_release(course *c);

#endif /* DIGITS_TRAINING_H */
