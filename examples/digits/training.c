/* training.c - many steps, and what was seen on the way. */
#include "training.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct trainer {
  tsr_runtime *rt;
  tsr_device *cpu;
  const model *m;
  const split *s;
  tsr_tensor *state[N_STATE];
  int64_t *order;   /* [n_train] of this epoch */
  tsr_tensor *rows; /* the same, as a tensor */
} trainer;

static double now(void) {
  struct timespec t;
  timespec_get(&t, TIME_UTC);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- one step ---- */

/* The inputs of a step over rows [first, first + size) of the epoch's order. */
typedef struct inputs {
  tsr_tensor *in[3 + N_STATE];
} inputs;

static tsr_status gather(const trainer *t, int64_t first, int64_t size, inputs *out) {
  tsr_tensor *rows;
  TSR_TRY(tsr_tensor_slice(t->rows, TSR_DIMS(first), TSR_DIMS(first + size), TSR_NO_DIMS, &rows));
  out->in[0] = t->s->train.x;
  out->in[1] = t->s->train.y;
  out->in[2] = rows;
  memcpy(out->in + 3, t->state, sizeof t->state);
  return TSR_OK;
}

/* The state is donated: the new one takes its memory, and the old handles are empty. */
static tsr_status run_step(trainer *t, const inputs *given, double *loss) {
  tsr_tensor *out[1 + N_STATE];
  float value;
  TSR_TRY(tsr_program_run(t->m->step, t->cpu, (tsr_tensor_list){given->in, 3 + N_STATE}, out,
                          1 + N_STATE));
  tsr_tensors_release(t->state, N_STATE);
  memcpy(t->state, out + 1, sizeof t->state);
  tsr_status status = tsr_tensor_read(out[0], &value, sizeof value);
  tsr_tensor_release(out[0]);
  if (status == TSR_OK) *loss += (double)value;
  return status;
}

/* What a step takes is known before it runs; here the allocator is asked whether it is true. */
static tsr_status measure_step(trainer *t, const inputs *given, double *loss, course *c) {
  int64_t before, live, high, reserved;
  TSR_TRY(tsr_program_peak(t->m->step, t->cpu, (tsr_tensor_list){given->in, 3 + N_STATE},
                           &c->predicted));
  tsr_device_memory_reset(t->cpu);
  tsr_device_memory(t->cpu, &before, &high, &reserved);
  TSR_TRY(run_step(t, given, loss));
  tsr_device_memory(t->cpu, &live, &high, &reserved);
  c->measured = high - before;
  if (c->measured == c->predicted) return TSR_OK;
  return TSR_FAIL(TSR_ERR_INTERNAL, "peak memory %lld was predicted, %lld measured",
                  (long long)c->predicted, (long long)c->measured);
}

/* ---- one epoch ---- */

/* Every row once, in a new order, BATCH at a time; the last batch may be smaller. */
static tsr_status run_epoch(trainer *t, int epoch, course *c) {
  const int64_t n = t->s->train.n;
  double loss = 0;
  int64_t steps = 0;
  TSR_TRY(permutation(t->rt, c->seed, (uint64_t)epoch + 1, n, t->order));
  TSR_TRY(tsr_tensor_from_data(t->cpu, TSR_I64, TSR_DIMS(n), t->order, &t->rows));
  tsr_status status = TSR_OK;
  const double start = now();
  for (int64_t first = 0; first < n && status == TSR_OK; first += BATCH, steps++) {
    inputs given;
    status = gather(t, first, n - first < BATCH ? n - first : BATCH, &given);
    if (status != TSR_OK) break;
    status =
        epoch == 0 && first == 0 ? measure_step(t, &given, &loss, c) : run_step(t, &given, &loss);
    tsr_tensor_release(given.in[2]);
  }
  c->seconds += now() - start;
  c->steps += steps;
  c->loss[epoch] = loss / (double)steps;
  tsr_tensor_release(t->rows);
  t->rows = NULL;
  return status;
}

/* The held-out digits: how surprising they are, and what they are taken for. */
static tsr_status look(trainer *t, int epoch, course *c) {
  tsr_tensor *in[2 + N_WEIGHTS] = {t->s->test.x, t->s->test.y}, *out[2];
  float loss;
  memcpy(in + 2, t->state, N_WEIGHTS * sizeof *in);
  TSR_TRY(tsr_program_run(t->m->look, t->cpu, (tsr_tensor_list){in, 2 + N_WEIGHTS}, out, 2));
  tsr_status status = tsr_tensor_read(out[0], &loss, sizeof loss);
  if (status == TSR_OK)
    status = tsr_tensor_read(out[1], c->guess, (size_t)c->n_test * sizeof *c->guess);
  tsr_tensors_release(out, 2);
  c->held_out[epoch] = (double)loss;
  return status;
}

static tsr_status count_wrong(const trainer *t, course *c) {
  int32_t *y = malloc((size_t)c->n_test * sizeof *y);
  if (!y) return TSR_FAIL(TSR_ERR_NOMEM, "no memory for the labels");
  tsr_status status = tsr_tensor_read(t->s->test.y, y, (size_t)c->n_test * sizeof *y);
  for (int64_t i = 0; i < c->n_test && status == TSR_OK; i++)
    c->wrong += c->guess[i] != y[i];
  free(y);
  return status;
}

/* ---- all of it ---- */

static tsr_status run_course(trainer *t, int epochs, observer watch, course *c) {
  TSR_TRY(tsr_runtime_device(t->rt, "cpu", &t->cpu));
  TSR_TRY(model_start(t->rt, c->seed, t->state));
  for (int epoch = 0; epoch < epochs; epoch++) {
    TSR_TRY(run_epoch(t, epoch, c));
    TSR_TRY(look(t, epoch, c));
    c->epochs = epoch + 1;
    if (watch.saw) watch.saw(watch.ctx, c);
  }
  return count_wrong(t, c);
}

tsr_status train(tsr_runtime *rt, const model *m, const split *s, int epochs, observer watch,
                 course *c) {
  const uint64_t seed = c->seed;
  *c = (course){.seed = seed, .n_test = s->test.n};
  trainer t = {.rt = rt, .m = m, .s = s};
  t.order = malloc((size_t)s->train.n * sizeof *t.order);
  c->guess = calloc((size_t)s->test.n, sizeof *c->guess);
  tsr_status status = t.order && c->guess ? run_course(&t, epochs, watch, c)
                                          : TSR_FAIL(TSR_ERR_NOMEM, "no memory for the order");
  tsr_tensors_release(t.state, N_STATE);
  tsr_tensor_release(t.rows);
  free(t.order);
  if (status != TSR_OK) course_release(c);
  return status;
}

void course_release(course *c) {
  free(c->guess);
  c->guess = NULL;
}
