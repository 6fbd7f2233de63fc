/* model.h - a classifier of two layers as two compiled programs: one step, and one look.
 *
 *   z = relu(x w1 + b1) w2 + b2,   loss = -mean(log_softmax(z)[label])
 */
#ifndef DIGITS_MODEL_H
#define DIGITS_MODEL_H

#include <tsr/program.h>
#include <tsr/runtime.h>

enum {
  HIDDEN = 64,
  N_WEIGHTS = 4,          /* w1, b1, w2, b2 */
  N_STATE = 2 * N_WEIGHTS /* and their velocities */
};

#define RATE     0.1
#define MOMENTUM 0.9

typedef struct model {
  /* (x, y, rows, state[N_STATE]) -> (loss, state'); the state's memory is given up */
  tsr_program *step;
  /* (x, y, weights[N_WEIGHTS]) -> (loss, i64 [n] most likely digits) */
  tsr_program *look;
} model;

tsr_status model_compile(tsr_runtime *rt, model *out);
void model_release(model *m);

/* Fresh matrices for a seed; biases and velocities are 0. */
tsr_status model_start(tsr_runtime *rt, uint64_t seed, tsr_tensor **state);

/* How many numbers the weights are. */
int64_t model_size(void);

#endif /* DIGITS_MODEL_H */
