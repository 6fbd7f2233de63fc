/* test_memory.c - what a program keeps: checkpoints, loops in place, donated inputs. */
#include "contracts.h"

#include "tsr/spi/tensor.h"

static int64_t live_bytes(void) {
  int64_t live, high, reserved;
  tsr_device_memory(cpu, &live, &high, &reserved);
  return live;
}

/* Run once, leaving the outputs' numbers in out; predicted and measured peak agree. */
static int64_t peak_of(const tsr_program *program, tsr_tensor_list in, double *out) {
  int64_t predicted, live, high, now, reserved;
  tsr_tensor *made[4] = {NULL};
  size_t n_out = (size_t)tsr_program_outputs(program), n = 0;
  assert_ok(tsr_program_peak(program, cpu, in, &predicted));
  live = live_bytes(); /* with constants, which a plan keeps on a device that is not the host */
  tsr_device_memory_reset(cpu);
  assert_ok(tsr_program_run(program, cpu, in, made, n_out));
  tsr_device_memory(cpu, &now, &high, &reserved);
  assert_int_equal(predicted, high - live);
  for (size_t j = 0; j < n_out; j++)
    n += numbers_of(made[j], out + n);
  tsr_tensors_release(made, n_out);
  assert_int_equal(live, live_bytes());
  return predicted;
}

/* A run that has to plan first rises no higher than one that need not. */
static void test_the_first_run_rises_as_predicted(void **state) {
  (void)state;
  enum {
    SIZE = 1000
  };
  static double data[SIZE * 2];
  tsr_tensor *c = f64_of(TSR_DIMS(SIZE, 2), data), *turned = NULL, *out[1];
  tsr_tensor *x = f64_of(TSR_DIMS(2, SIZE), data);
  assert_ok(tsr_tensor_transpose(c, TSR_AXES(1, 0), &turned));
  tsr_builder *b = trace();
  tsr_value v = matrix(b, "x", 2, SIZE), k = tsr_constant(b, turned);
  v = tsr_add(b, tsr_matmul(b, tsr_mul(b, v, k), tsr_transpose(b, k, TSR_ALL_AXES)),
              tsr_scalar(b, 3));
  tsr_program *p = compiled(b, TSR_VALUES(tsr_exp(b, v)));
  int64_t before = live_bytes(), now, high, reserved, predicted, after;
  tsr_device_memory_reset(cpu);
  assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(x), out, 1));
  tsr_device_memory(cpu, &now, &high, &reserved);
  tsr_tensors_release(out, 1);
  after = live_bytes();
  assert_ok(tsr_program_peak(p, cpu, TSR_TENSORS(x), &predicted));
  assert_int_equal(predicted + (after - before), high - before); /* constants stay */
  tsr_program_release(p);
  assert_int_equal(before, live_bytes());
  tsr_tensors_release((tsr_tensor *[]){c, turned, x}, 3);
}

/* ---- checkpoint ---- */

enum {
  DEPTH = 6
};
typedef struct chain {
  bool checkpointed;
} chain;

BODY(links) { /* x <- e^(x / 4), DEPTH times */
  (void)ctx;
  tsr_value x = in[0];
  for (int k = 0; k < DEPTH; k++)
    x = tsr_exp(b, tsr_mul(b, x, tsr_scalar(b, 0.25)));
  out[0] = x;
  return TSR_OK;
}
BODY(chain_with_gradient) {
  const chain *c = ctx;
  tsr_value y;
  if (c->checkpointed)
    TSR_TRY(tsr_checkpoint(b, links, NULL, tsr_values_of(in, 1), 1, &y));
  else
    TSR_TRY(links(b, NULL, in, &y));
  out[0] = total(b, y);
  out[1] = tsr_grad(b, out[0], in[0]);
  return TSR_OK;
}

static void test_recomputation_survives_compile(void **state) {
  (void)state;
  enum {
    SIZE = 1 << 12
  };
  static double at[SIZE], plain[SIZE + 1], again[SIZE + 1], expected[SIZE + 1];
  expected[0] = 0;
  for (int i = 0; i < SIZE; i++) {
    double x = at[i] = sin(i), slope = 1;
    for (int k = 0; k < DEPTH; k++) {
      x = exp(x / 4);
      slope *= x / 4;
    }
    expected[0] += x;
    expected[1 + i] = slope;
  }
  tsr_tensor *x = f64_of(TSR_DIMS(SIZE), at);
  tsr_program *once = program_of(chain_with_gradient, &(chain){false}, TSR_TENSORS(x), 2);
  tsr_program *twice = program_of(chain_with_gradient, &(chain){true}, TSR_TENSORS(x), 2);
  assert_int_equal(tsr_program_count(once, "exp"), DEPTH);
  assert_int_equal(tsr_program_count(twice, "exp"), 2 * DEPTH);
  peak_of(once, TSR_TENSORS(x), plain);
  peak_of(twice, TSR_TENSORS(x), again);
  assert_close(plain, expected, SIZE + 1, 32 * EPS, 0);
  assert_close(again, plain, SIZE + 1, 4 * EPS, 0);
  tsr_program_release(once);
  tsr_program_release(twice);
  tsr_tensor_release(x);
}

/* The same work stands next to it: were they merged, its values would wait for the way back. */
BODY(chain_beside_itself) {
  TSR_TRY(links(b, NULL, in, &out[2]));
  return chain_with_gradient(b, ctx, in, out);
}
static void test_recomputation_is_not_merged_with_equal_work(void **state) {
  (void)state;
  tsr_tensor *x = f64_of(TSR_DIMS(2), (double[]){0.5, -1});
  tsr_program *p = program_of(chain_beside_itself, &(chain){true}, TSR_TENSORS(x), 3);
  assert_int_equal(tsr_program_count(p, "exp"), 3 * DEPTH);
  tsr_program_release(p);
  p = program_of(chain_beside_itself, &(chain){false}, TSR_TENSORS(x), 3);
  assert_int_equal(tsr_program_count(p, "exp"), DEPTH); /* while this is done once */
  tsr_program_release(p);
  tsr_tensor_release(x);
}

/* Blocks of links: with checkpoints only what enters a block is kept. */
enum {
  BLOCKS = 6,
  LINKS = 4,
  SIDE = 64
};

BODY(block) { /* x <- sin(x w), LINKS times */
  (void)ctx;
  out[0] = in[0];
  for (int k = 0; k < LINKS; k++)
    out[0] = tsr_sin(b, tsr_matmul(b, out[0], in[1]));
  return TSR_OK;
}
BODY(blocks_with_gradient) {
  const chain *c = ctx;
  tsr_value y = in[0];
  for (int k = 0; k < BLOCKS; k++) {
    tsr_value operands[2] = {y, in[1]};
    if (c->checkpointed)
      TSR_TRY(tsr_checkpoint(b, block, NULL, tsr_values_of(operands, 2), 1, &y));
    else
      TSR_TRY(block(b, NULL, operands, &y));
  }
  out[0] = total(b, y);
  out[1] = tsr_grad(b, out[0], in[0]);
  return TSR_OK;
}

static void test_checkpoints_trade_time_for_memory(void **state) {
  (void)state;
  static double x[SIDE * SIDE], w[SIDE * SIDE], plain[SIDE * SIDE + 1], again[SIDE * SIDE + 1];
  for (int i = 0; i < SIDE * SIDE; i++) {
    x[i] = sin(i);
    w[i] = i % (SIDE + 1) == 0 ? 1.1 : 0.001 * cos(i); /* near a diagonal matrix */
  }
  tsr_tensor *tx = f64_of(TSR_DIMS(SIDE, SIDE), x), *tw = f64_of(TSR_DIMS(SIDE, SIDE), w);
  tsr_program *once = program_of(blocks_with_gradient, &(chain){false}, TSR_TENSORS(tx, tw), 2);
  tsr_program *twice = program_of(blocks_with_gradient, &(chain){true}, TSR_TENSORS(tx, tw), 2);
  int64_t all = peak_of(once, TSR_TENSORS(tx, tw), plain);
  int64_t some = peak_of(twice, TSR_TENSORS(tx, tw), again);
  const int64_t bytes = sizeof x;
  assert_int_equal(tsr_program_count(once, "sin"), BLOCKS * LINKS);
  /* again, but for the last of each block: nothing on the way back reads it */
  assert_int_equal(tsr_program_count(twice, "sin"), BLOCKS * LINKS + BLOCKS * (LINKS - 1));
  assert_true(all >= BLOCKS * LINKS * bytes);
  assert_true(some <= (BLOCKS + LINKS + 2) * bytes);
  assert_close(again, plain, SIDE * SIDE + 1, 0x1p20 * EPS, 0x1p20 * EPS);
  tsr_program_release(once);
  tsr_program_release(twice);
  tsr_tensors_release((tsr_tensor *[]){tx, tw}, 2);
}

/* ---- loops ---- */

enum {
  WIDTH = 512
};
#define STEP 0.001

typedef struct loop {
  int64_t rounds;
  bool checkpointed;
} loop;

BODY(move) { /* x + h sin x cos 2 x */
  (void)ctx;
  tsr_value x = in[0], y = tsr_cos(b, tsr_mul(b, x, tsr_scalar(b, 2)));
  y = tsr_mul(b, tsr_mul(b, tsr_sin(b, x), y), tsr_scalar(b, STEP));
  out[0] = tsr_add(b, x, y);
  return TSR_OK;
}
BODY(checkpointed_move) {
  (void)ctx;
  return tsr_checkpoint(b, move, NULL, tsr_values_of(in, 1), 1, out);
}
BODY(orbit) {
  const loop *l = ctx;
  return tsr_scan(b, l->checkpointed ? checkpointed_move : move, NULL, TSR_VALUES(in[0]),
                  TSR_NO_VALUES, tsr_dim_of(l->rounds), TSR_SCAN_FORWARD, 0, out);
}
BODY(orbit_jvp) {
  return tsr_jvp_of(b, orbit, ctx, TSR_VALUES(in[0]), TSR_VALUES(in[1]), 1, &out[0], &out[1]);
}
BODY(orbit_vjp) {
  return tsr_vjp_of(b, orbit, ctx, TSR_VALUES(in[0]), TSR_VALUES(in[1]), &out[0], &out[1]);
}

static double at_0[WIDTH], weight[WIDTH];

/* The last state, and d last / d first times the weight (the Jacobian is diagonal). */
static void orbit_by_hand(int64_t rounds, double *out) {
  for (int i = 0; i < WIDTH; i++) {
    double x = at_0[i] = 3 * sin(i), slope = weight[i] = cos(i);
    for (int64_t t = 0; t < rounds; t++) {
      slope *= 1 + STEP * (cos(x) * cos(2 * x) - 2 * sin(x) * sin(2 * x));
      x += STEP * sin(x) * cos(2 * x);
    }
    out[i] = x;
    out[WIDTH + i] = slope;
  }
}

static void test_a_scan_of_a_thousand_rounds(void **state) {
  (void)state;
  static double expected[2 * WIDTH], got[2 * WIDTH];
  enum {
    SHORT,
    LONG
  };
  const int64_t rounds[2] = {10, 1000};
  int64_t forward[2], jvp[2], vjp[2], kept[2];
  for (int k = 0; k < 2; k++) {
    orbit_by_hand(rounds[k], expected);
    tsr_tensor *x = f64_of(TSR_DIMS(WIDTH), at_0), *w = f64_of(TSR_DIMS(WIDTH), weight);
    loop l = {rounds[k], false}, c = {rounds[k], true};
    tsr_program *p[4] = {program_of(orbit, &l, TSR_TENSORS(x), 1),
                         program_of(orbit_jvp, &l, TSR_TENSORS(x, w), 2),
                         program_of(orbit_vjp, &l, TSR_TENSORS(x, w), 2),
                         program_of(orbit_vjp, &c, TSR_TENSORS(x, w), 2)};
    const double tol = 4 * (double)rounds[k] * EPS;
    forward[k] = peak_of(p[0], TSR_TENSORS(x), got);
    assert_close(got, expected, WIDTH, tol, tol);
    jvp[k] = peak_of(p[1], TSR_TENSORS(x, w), got);
    assert_close(got, expected, 2 * WIDTH, tol, tol);
    vjp[k] = peak_of(p[2], TSR_TENSORS(x, w), got);
    assert_close(got, expected, 2 * WIDTH, tol, tol);
    kept[k] = peak_of(p[3], TSR_TENSORS(x, w), got);
    assert_close(got, expected, 2 * WIDTH, tol, tol);
    for (int j = 0; j < 4; j++)
      tsr_program_release(p[j]);
    check_both(orbit_jvp, &l, TSR_TENSORS(x, w), 2, expected, 2 * WIDTH, tol, tol);
    check_both(orbit_vjp, &l, TSR_TENSORS(x, w), 2, expected, 2 * WIDTH, tol, tol);
    tsr_tensors_release((tsr_tensor *[]){x, w}, 2);
  }
  const int64_t bytes = WIDTH * sizeof(double);
  assert_int_equal(forward[SHORT], forward[LONG]);
  assert_true(forward[LONG] <= 4 * bytes);
  assert_int_equal(jvp[SHORT], jvp[LONG]);
  assert_true(jvp[LONG] <= 8 * bytes);
  /* reverse mode keeps some arrays per round, with a checkpoint just the carry (the device
   * rounds large blocks up by less than an eighth) */
  assert_true(vjp[LONG] >= 2 * 1000 * bytes && vjp[LONG] <= 6 * 1000 * bytes);
  assert_true(kept[LONG] >= 1000 * bytes && kept[LONG] <= 1125 * bytes);
}

/* ---- donation ---- */

/* y = 2 x + 1, z = sum y: y may live where x was */
static tsr_program *donating(tsr_input_list donated, int64_t n) {
  tsr_builder *b = trace();
  tsr_value x = vector(b, "x", n);
  tsr_value y = tsr_add(b, tsr_mul(b, x, tsr_scalar(b, 2)), tsr_scalar(b, 1));
  tsr_program *p = NULL;
  tsr_compile_options options = {.donated = donated};
  assert_ok(tsr_compile_with(b, TSR_VALUES(y, total(b, y)), &options, &p));
  return p;
}

static void test_donated_memory_is_used_again(void **state) {
  (void)state;
  enum {
    SIZE = 100000
  };
  static double data[SIZE], expected[SIZE + 1], got[SIZE + 1];
  expected[SIZE] = 0;
  for (int i = 0; i < SIZE; i++) {
    data[i] = i;
    expected[i] = 2.0 * i + 1;
    expected[SIZE] += expected[i];
  }
  tsr_tensor *x = f64_of(TSR_DIMS(SIZE), data);
  tsr_program *plain = donating((tsr_input_list){NULL, 0}, SIZE),
              *giving = donating(TSR_INPUTS(0), SIZE);
  int64_t whole = peak_of(plain, TSR_TENSORS(x), got), less;
  assert_close(got, expected, SIZE + 1, 0, 0);
  assert_true(whole >= (int64_t)sizeof data);
  assert_ok(tsr_program_peak(giving, cpu, TSR_TENSORS(x), &less));
  assert_true(less <= whole - (int64_t)sizeof data);

  tsr_tensor *out[2];
  int64_t high, reserved, now, live = live_bytes();
  tsr_device_memory_reset(cpu);
  assert_ok(tsr_program_run(giving, cpu, TSR_TENSORS(x), out, 2));
  tsr_device_memory(cpu, &now, &high, &reserved);
  assert_int_equal(less, high - live);
  assert_close((numbers_of(out[0], got), got), expected, SIZE, 0, 0);

  /* the tensor is a handle still, its elements are gone */
  tsr_view view;
  tsr_tensor *other = NULL, *again[2];
  assert_int_equal(SIZE, tsr_tensor_count(x));
  assert_error_says(tsr_tensor_read(x, got, sizeof data), TSR_ERR_STATE, "donated");
  assert_error_says(tsr_tensor_host_view(x, &view), TSR_ERR_STATE, "donated");
  assert_error_says(tsr_tensor_slice(x, TSR_DIMS(0), TSR_DIMS(1), TSR_NO_DIMS, &other),
                    TSR_ERR_STATE, "donated");
  assert_error_says(tsr_program_run(giving, cpu, TSR_TENSORS(x), again, 2), TSR_ERR_STATE,
                    "donated", "x");
  assert_error_says(tsr_program_run(plain, cpu, TSR_TENSORS(x), again, 2), TSR_ERR_STATE,
                    "donated");
  tsr_builder *eager;
  assert_ok(tsr_eager_open(rt, DEVICE, &eager));
  tsr_value v = tsr_neg(eager, tsr_from_tensor(eager, x));
  assert_error_says(tsr_read(eager, v, got, sizeof data), TSR_ERR_STATE, "donated");
  tsr_builder_close(eager);
  tsr_tensor_release(x);
  assert_close((numbers_of(out[0], got), got), expected, SIZE, 0, 0); /* it lives on there */
  tsr_tensors_release(out, 2);
  tsr_program_release(plain);
  tsr_program_release(giving);
}

static void test_shared_memory_is_not_taken(void **state) {
  (void)state;
  const double data[4] = {1, 2, 3, 4};
  double foreign[4] = {1, 2, 3, 4}, got[5];
  tsr_program *giving = donating(TSR_INPUTS(0), 4);
  tsr_tensor *x = f64_of(TSR_DIMS(4), data), *view = NULL, *wrapped = NULL, *out[2];
  assert_ok(tsr_tensor_slice(x, TSR_DIMS(0), TSR_DIMS(2), TSR_NO_DIMS, &view));
  assert_error_says(tsr_program_run(giving, cpu, TSR_TENSORS(x), out, 2), TSR_ERR_ARGUMENT,
                    "input 0", "shared");
  assert_null(out[0]);
  tsr_tensor_release(view);
  tsr_tensor_retain(x);
  assert_error_says(tsr_program_run(giving, cpu, TSR_TENSORS(x), out, 2), TSR_ERR_ARGUMENT,
                    "input 0", "shared");
  tsr_tensor_release(x);
  assert_close((numbers_of(x, got), got), data, 4, 0, 0); /* untouched so far */
  assert_ok(tsr_tensor_wrap(cpu, TSR_F64, TSR_DIMS(4), NULL, foreign, NULL, NULL, &wrapped));
  assert_error_says(tsr_program_run(giving, cpu, TSR_TENSORS(wrapped), out, 2), TSR_ERR_ARGUMENT,
                    "input 0", "foreign");
  __atomic_add_fetch(&x->storage->exports, 1, __ATOMIC_RELAXED); /* as DLPack counts them */
  assert_error_says(tsr_program_run(giving, cpu, TSR_TENSORS(x), out, 2), TSR_ERR_ARGUMENT,
                    "input 0", "exported");
  __atomic_sub_fetch(&x->storage->exports, 1, __ATOMIC_RELAXED);
  assert_ok(tsr_program_run(giving, cpu, TSR_TENSORS(x), out, 2));
  tsr_tensors_release(out, 2);
  tsr_tensors_release((tsr_tensor *[]){x, wrapped}, 2);
  tsr_program_release(giving);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_the_first_run_rises_as_predicted),
      cmocka_unit_test(test_recomputation_survives_compile),
      cmocka_unit_test(test_recomputation_is_not_merged_with_equal_work),
      cmocka_unit_test(test_checkpoints_trade_time_for_memory),
      cmocka_unit_test(test_a_scan_of_a_thousand_rounds),
      cmocka_unit_test(test_donated_memory_is_used_again),
      cmocka_unit_test(test_shared_memory_is_not_taken),
  };
  return cmocka_run_group_tests(tests, open_all, teardown);
}
