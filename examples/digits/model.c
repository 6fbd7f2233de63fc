/* model.c - a classifier of two layers as two compiled programs: one step, and one look. */
#include "model.h"

#include "data.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <tsr/ad.h>
#include <tsr/eager.h>
#include <tsr/ops.h>

/* The shapes of w1, b1, w2, b2; rank, then sizes. */
static const struct {
  const char *name;
  int32_t rank;
  int64_t dims[2];
} weights[N_WEIGHTS] = {
    {"w1", 2, {PIXELS, HIDDEN} },
    {"b1", 1, {HIDDEN}         },
    {"w2", 2, {HIDDEN, CLASSES}},
    {"b2", 1, {CLASSES}        },
};

int64_t model_size(void) {
  int64_t n = 0;
  for (int i = 0; i < N_WEIGHTS; i++)
    n += weights[i].dims[0] * (weights[i].rank == 2 ? weights[i].dims[1] : 1);
  return n;
}

/* ---- mathematics ---- */

static tsr_value classify(tsr_builder *b, tsr_value x, const tsr_value *w) {
  tsr_value hidden = tsr_relu(b, tsr_add(b, tsr_matmul(b, x, w[0]), w[1]));
  return tsr_add(b, tsr_matmul(b, hidden, w[2]), w[3]);
}

/* Cross entropy: how surprised the classifier is by the right labels, y [n, 1]. */
static tsr_value surprise(tsr_builder *b, tsr_value z, tsr_value y) {
  tsr_value log_p = tsr_log_softmax(b, z, TSR_AXES(1));
  return tsr_neg(b, tsr_mean(b, tsr_take_along_axis(b, log_p, y, 1), TSR_ALL_AXES));
}

/* v' = MOMENTUM v - RATE dloss/dw,  w' = w + v' */
static tsr_status descend(tsr_builder *b, tsr_value loss, const tsr_value *state, tsr_value *out) {
  tsr_value dw[N_WEIGHTS];
  TSR_TRY(tsr_grads(b, loss, (tsr_values){state, N_WEIGHTS}, dw));
  for (int i = 0; i < N_WEIGHTS; i++) {
    tsr_value v = tsr_mul(b, state[N_WEIGHTS + i], tsr_scalar(b, MOMENTUM));
    v = tsr_sub(b, v, tsr_mul(b, dw[i], tsr_scalar(b, RATE)));
    out[i] = tsr_add(b, state[i], v);
    out[N_WEIGHTS + i] = v;
  }
  return TSR_OK;
}

/* ---- programs ---- */

static tsr_value declare(tsr_builder *b, const char *prefix, int i) {
  char name[16];
  snprintf(name, sizeof name, "%s%s", prefix, weights[i].name);
  const tsr_dim dims[2] = {tsr_dim_of(weights[i].dims[0]), tsr_dim_of(weights[i].dims[1])};
  return tsr_input(b, name, TSR_F32, (tsr_shape){dims, (size_t)weights[i].rank});
}

/* Any number of rows, and any number of them at a time. */
static tsr_status compile_step(tsr_runtime *rt, tsr_program **out) {
  tsr_builder *b;
  tsr_value state[N_STATE], result[1 + N_STATE];
  TSR_TRY(tsr_trace_open(rt, &b));
  tsr_dim n = tsr_dim_symbol(b, "n"), batch = tsr_dim_symbol(b, "batch");
  tsr_value x = tsr_input(b, "x", TSR_F32, TSR_SHAPE(n, tsr_dim_of(PIXELS)));
  tsr_value y = tsr_input(b, "y", TSR_I32, TSR_SHAPE(n, tsr_dim_of(1)));
  tsr_value rows = tsr_input(b, "rows", TSR_I64, TSR_SHAPE(batch));
  for (int i = 0; i < N_STATE; i++)
    state[i] = declare(b, i < N_WEIGHTS ? "" : "v_", i % N_WEIGHTS);

  tsr_value z = classify(b, tsr_take(b, x, rows, 0), state);
  result[0] = surprise(b, z, tsr_take(b, y, rows, 0));
  tsr_status status = descend(b, result[0], state, result + 1);
  if (status != TSR_OK) {
    tsr_builder_close(b);
    return status;
  }
  int32_t donated[N_STATE]; /* inputs that the step replaces */
  for (int32_t i = 0; i < N_STATE; i++)
    donated[i] = 3 + i;
  const tsr_compile_options options = {
      .donated = {donated, N_STATE}
  };
  return tsr_compile_with(b, (tsr_values){result, 1 + N_STATE}, &options, out);
}

static tsr_status compile_look(tsr_runtime *rt, tsr_program **out) {
  tsr_builder *b;
  tsr_value w[N_WEIGHTS];
  TSR_TRY(tsr_trace_open(rt, &b));
  tsr_dim n = tsr_dim_symbol(b, "n");
  tsr_value x = tsr_input(b, "x", TSR_F32, TSR_SHAPE(n, tsr_dim_of(PIXELS)));
  tsr_value y = tsr_input(b, "y", TSR_I32, TSR_SHAPE(n, tsr_dim_of(1)));
  for (int i = 0; i < N_WEIGHTS; i++)
    w[i] = declare(b, "", i);
  tsr_value z = classify(b, x, w);
  return tsr_compile(b, TSR_VALUES(surprise(b, z, y), tsr_argmax(b, z, 1)), out);
}

tsr_status model_compile(tsr_runtime *rt, model *out) {
  *out = (model){0};
  tsr_status status = compile_step(rt, &out->step);
  if (status == TSR_OK) status = compile_look(rt, &out->look);
  if (status != TSR_OK) model_release(out);
  return status;
}

void model_release(model *m) {
  tsr_program_release(m->step);
  tsr_program_release(m->look);
  *m = (model){0};
}

/* ---- where to begin ---- */

/* Uniform in +- sqrt(6 / (in + out)) (Glorot and Bengio 2010). */
static tsr_status fresh_matrix(tsr_builder *b, tsr_value *random, int i, tsr_tensor **out) {
  const int64_t *dims = weights[i].dims;
  const double bound = sqrt(6.0 / (double)(dims[0] + dims[1]));
  tsr_value made[2];
  TSR_TRY(tsr_rng_bit_generator(b, *random, TSR_U32,
                                TSR_SHAPE(tsr_dim_of(dims[0]), tsr_dim_of(dims[1])), made));
  *random = made[0]; /* the generator's next state */
  tsr_value unit = tsr_mul(b, tsr_convert(b, made[1], TSR_F32), tsr_scalar(b, 0x1p-32));
  tsr_value w = tsr_mul(b, tsr_sub(b, unit, tsr_scalar(b, 0.5)), tsr_scalar(b, 2 * bound));
  return tsr_to_tensor(b, w, out);
}

/* Memory of its own for each, since each will be given up. */
static tsr_status zeros(tsr_device *cpu, int i, tsr_tensor **out) {
  static const float none[PIXELS * HIDDEN];
  return tsr_tensor_from_data(cpu, TSR_F32, (tsr_dims){weights[i].dims, (size_t)weights[i].rank},
                              none, out);
}

static tsr_status fill(tsr_runtime *rt, tsr_builder *b, uint64_t seed, tsr_tensor **state) {
  tsr_device *cpu;
  TSR_TRY(tsr_runtime_device(rt, "cpu", &cpu));
  tsr_value random = tsr_rng_state(b, seed);
  for (int i = 0; i < N_WEIGHTS; i++) {
    TSR_TRY(weights[i].rank == 2 ? fresh_matrix(b, &random, i, &state[i])
                                 : zeros(cpu, i, &state[i]));
    TSR_TRY(zeros(cpu, i, &state[N_WEIGHTS + i]));
  }
  return TSR_OK;
}

tsr_status model_start(tsr_runtime *rt, uint64_t seed, tsr_tensor **state) {
  tsr_builder *b;
  memset(state, 0, N_STATE * sizeof *state);
  TSR_TRY(tsr_eager_open(rt, "cpu", &b));
  tsr_status status = fill(rt, b, seed, state);
  tsr_builder_close(b);
  if (status != TSR_OK) tsr_tensors_release(state, N_STATE);
  return status;
}
