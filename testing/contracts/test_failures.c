/* test_failures.c - an error keeps its sentence from wherever it arises: the body of a loop,
 * a worker thread, a differentiated program; and what failed can be run again.
 */
#define _POSIX_C_SOURCE 200809L /* nanosleep */
#include "contracts.h"

#include <pthread.h>
#include <time.h>

#include "tsr/spi/cpu.h"
#include "tsr/spi/rule.h"

/* ---- example.picky.v1: z = x on f64, refuses elements above 100 ---- */

static tsr_status infer_same(const tsr_call *c, tsr_type *out) {
  return tsr_type_make(c, c->in_type[0].dtype, c->in_type[0].rank, c->in_type[0].dims, &out[0]);
}
static tsr_status jvp_same(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out) {
  (void)c;
  out[0] = t[0];
  return tsr_builder_status(b);
}
static tsr_status run_picky(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                            const tsr_view *out) {
  (void)stream, (void)c;
  double x = *(const double *)in[0].data;
  if (x > 100) return TSR_FAIL(TSR_ERR_DEVICE, "picky: %g is too much", x);
  *(double *)out[0].data = x;
  return TSR_OK;
}
static const tsr_op picky = {.name = "example.picky.v1",
                             .synopsis = "z = x",
                             .jvp = TSR_JVP_RULE,
                             .dtypes = TSR_BIT(F64),
                             .min_inputs = 1,
                             .max_inputs = 1,
                             .n_outputs = 1};
static const tsr_rules same_rules = {.infer = infer_same, .jvp = jvp_same};
static const tsr_kernel picky_rows[] = {
    {.op = &picky, .dtypes = TSR_BIT(F64), .name = "cpu.picky", .run = run_picky}
};

/* ---- example.chunked.v1: z = x, each element a chunk; a negative one is an error ---- */

static const tsr_cpu_spi *spi;

typedef struct copy {
  const double *x;
  double *z;
} copy;
static tsr_status copy_chunk(void *ctx, int64_t chunk) {
  const copy *c = ctx;
  if (c->x[chunk] < 0) {
    /* the larger, the later: the last to fail is the first by number */
    struct timespec wait = {0, (long)(-c->x[chunk] * 1e6)};
    nanosleep(&wait, NULL);
    return TSR_FAIL(TSR_ERR_DEVICE, "chunk %d holds %g", (int)chunk, c->x[chunk]);
  }
  c->z[chunk] = c->x[chunk];
  return TSR_OK;
}
static tsr_status run_chunked(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                              const tsr_view *out) {
  (void)c;
  copy work = {in[0].data, out[0].data};
  return spi->parallel(stream, in[0].dims[0], copy_chunk, &work);
}
static bool applies_chunked(const tsr_kernel *self, const tsr_prepare *p) {
  (void)self;
  return tsr_view_is_contiguous(&p->in[0]) && tsr_view_is_contiguous(&p->out[0]);
}
static const tsr_op chunked = {.name = "example.chunked.v1",
                               .synopsis = "z = x",
                               .jvp = TSR_JVP_RULE,
                               .dtypes = TSR_BIT(F64),
                               .min_inputs = 1,
                               .max_inputs = 1,
                               .n_outputs = 1};
static const tsr_kernel chunked_rows[] = {
    {.op = &chunked,
     .dtypes = TSR_BIT(F64),
     .name = "cpu.chunked",
     .applies = applies_chunked,
     .run = run_chunked}
};

static tsr_status example_register(tsr_runtime *to) {
  spi = tsr_runtime_backend_spi(to, "cpu");
  TSR_TRY(tsr_runtime_add_op(to, &picky, &same_rules));
  TSR_TRY(tsr_runtime_add_op(to, &chunked, &same_rules));
  TSR_TRY(tsr_runtime_add_kernels(to, "cpu", picky_rows, 1));
  return tsr_runtime_add_kernels(to, "cpu", chunked_rows, 1);
}

static int setup(void **state) {
  (void)state;
  assert_ok(tsr_runtime_create(TSR_WITH(tsr_cpu_register, example_register), &rt));
  assert_ok(tsr_runtime_device(rt, "cpu", &cpu));
  assert_ok(tsr_cpu_set_threads(cpu, 4));
  return 0;
}

static int64_t live_bytes(void) {
  int64_t live, high, reserved;
  tsr_device_memory(cpu, &live, &high, &reserved);
  return live;
}

/* A run of body at x compiled and eager: both fail with code, naming each word. */
static void fails_both(tsr_body body, tsr_tensor *x, tsr_status code, const char *a,
                       const char *b_) {
  tsr_program *p = program_of(body, NULL, TSR_TENSORS(x), 1);
  tsr_tensor *out[1];
  int64_t live = live_bytes();
  assert_error_says(tsr_program_run(p, cpu, TSR_TENSORS(x), out, 1), code, a, b_);
  assert_null(out[0]);
  assert_int_equal(live, live_bytes());
  tsr_program_release(p);

  tsr_builder *b = NULL;
  tsr_value v, before;
  double got;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  before = tsr_scalar(b, 42);
  v = tsr_from_tensor(b, x);
  (void)body(b, NULL, &v, &v);
  tsr_tensor *t = NULL;
  assert_error_says(tsr_to_tensor(b, v, &t), code, a, b_);
  assert_null(t);
  assert_error_says(tsr_builder_status(b), code, a, b_);
  tsr_builder_clear(b);
  assert_ok(tsr_read(b, before, &got, sizeof got)); /* earlier values stay readable */
  assert_near(got, 42, 0, 0);
  tsr_builder_close(b);
}

/* ---- in the body of a loop ---- */

BODY(double_it) {
  (void)ctx;
  out[0] = tsr_emit1(b, &picky, NULL, TSR_VALUES(tsr_mul(b, in[0], tsr_scalar(b, 2))));
  return TSR_OK;
}
BODY(doubled_ten_times) {
  (void)ctx;
  return tsr_scan(b, double_it, NULL, TSR_VALUES(in[0]), TSR_NO_VALUES, tsr_dim_of(10),
                  TSR_SCAN_FORWARD, 0, out);
}
BODY(loss_and_slope_of_doubling) { /* their sum; the slope alone would not run picky at all */
  tsr_value loss, slope;
  TSR_TRY(tsr_value_and_grad_of(b, doubled_ten_times, ctx, TSR_VALUES(in[0]), &loss, &slope));
  out[0] = tsr_add(b, loss, slope);
  return TSR_OK;
}

static void test_a_kernel_that_fails_in_some_round(void **state) {
  (void)state;
  tsr_tensor *bad = number_of(3), *good = number_of(0.0625);
  const double expected = 64, both = 64 + 1024;
  fails_both(doubled_ten_times, bad, TSR_ERR_DEVICE, "picky", "192 is too much");
  fails_both(loss_and_slope_of_doubling, bad, TSR_ERR_DEVICE, "picky", "192 is too much");
  check_both(doubled_ten_times, NULL, TSR_TENSORS(good), 1, &expected, 1, 0, 0);
  check_both(loss_and_slope_of_doubling, NULL, TSR_TENSORS(good), 1, &both, 1, 0, 0);
  /* one program, one plan: failing does not spoil it */
  tsr_program *p = program_of(doubled_ten_times, NULL, TSR_TENSORS(good), 1);
  for (int k = 0; k < 3; k++) {
    tsr_tensor *out[1];
    double got;
    assert_error_says(tsr_program_run(p, cpu, TSR_TENSORS(bad), out, 1), TSR_ERR_DEVICE, "192");
    assert_int_equal(run_numbers(p, TSR_TENSORS(good), &got), 1);
    assert_near(got, 64, 0, 0);
  }
  tsr_program_release(p);
  tsr_tensors_release((tsr_tensor *[]){bad, good}, 2);
}

BODY(divide_by) { /* x <- x - 1, y = 12 / x: zero in the third round of 2 */
  (void)ctx;
  out[0] = tsr_sub(b, in[0], tsr_scalar_int(b, 1));
  out[1] = tsr_div(b, tsr_full(b, TSR_I64, no_shape(), 12), in[0]);
  return TSR_OK;
}
BODY(five_quotients) {
  (void)ctx;
  tsr_value both[2];
  TSR_TRY(tsr_scan(b, divide_by, NULL, TSR_VALUES(in[0]), TSR_NO_VALUES, tsr_dim_of(5),
                   TSR_SCAN_FORWARD, 1, both));
  out[0] = both[1];
  return TSR_OK;
}
static void test_a_numeric_failure_in_some_round(void **state) {
  (void)state;
  const int64_t two = 2, six = 6;
  const double expected[5] = {2, 2, 3, 4, 6};
  tsr_tensor *bad = tensor_of(TSR_I64, TSR_NO_DIMS, &two);
  tsr_tensor *good = tensor_of(TSR_I64, TSR_NO_DIMS, &six);
  fails_both(five_quotients, bad, TSR_ERR_NUMERIC, "div", "zero");
  check_both(five_quotients, NULL, TSR_TENSORS(good), 1, expected, 5, 0, 0);
  tsr_tensors_release((tsr_tensor *[]){bad, good}, 2);
}

/* ---- while a body is traced ---- */

BODY(misfit) { /* a wrong operation */
  (void)ctx;
  out[0] = tsr_matmul(b, in[0], tsr_ones(b, TSR_F64, TSR_SHAPE(tsr_dim_of(5), tsr_dim_of(2))));
  return TSR_OK;
}
BODY(grows) { /* a carry that changes its shape */
  (void)ctx;
  out[0] = tsr_concatenate(b, TSR_VALUES(in[0], in[0]), 0);
  return TSR_OK;
}
BODY(gives_up) { /* an error of its own */
  (void)b, (void)ctx, (void)in, (void)out;
  return TSR_FAIL(TSR_ERR_LIMIT, "no more than 3 apples");
}
BODY(forgets) { /* no output at all */
  (void)b, (void)ctx, (void)in;
  out[0] = TSR_NO_VALUE;
  return TSR_OK;
}

static void test_what_goes_wrong_in_a_body_is_said_by_the_builder_around(void **state) {
  (void)state;
  static const struct {
    tsr_body body;
    tsr_status code;
    const char *words[2];
  } cases[] = {
      {misfit,   TSR_ERR_SHAPE,    {"4", "5"}          },
      {grows,    TSR_ERR_SHAPE,    {"f64[4]", "f64[8]"}},
      {gives_up, TSR_ERR_LIMIT,    {"3 apples", "scan"}},
      {forgets,  TSR_ERR_ARGUMENT, {"scan", "no value"}}
  };
  for (size_t k = 0; k < COUNT(cases); k++) {
    tsr_builder *b[2] = {trace(), NULL};
    assert_ok(tsr_eager_open(rt, "cpu", &b[1]));
    for (int i = 0; i < 2; i++) {
      tsr_value x = tsr_ones(b[i], TSR_F64, TSR_SHAPE(tsr_dim_of(4))), y;
      assert_error_says(tsr_scan(b[i], cases[k].body, NULL, TSR_VALUES(x), TSR_NO_VALUES,
                                 tsr_dim_of(2), TSR_SCAN_FORWARD, 0, &y),
                        cases[k].code, cases[k].words[0], cases[k].words[1]);
      assert_true(tsr_value_is_none(y));
      assert_error_says(tsr_builder_status(b[i]), cases[k].code, cases[k].words[0]);
      tsr_builder_clear(b[i]);
      assert_false(tsr_value_is_none(tsr_neg(b[i], x)));
    }
    tsr_builder_close(b[1]);
    tsr_value x = tsr_ones(b[0], TSR_F64, TSR_SHAPE(tsr_dim_of(4))), y;
    tsr_program *p = NULL;
    (void)tsr_scan(b[0], cases[k].body, NULL, TSR_VALUES(x), TSR_NO_VALUES, tsr_dim_of(2),
                   TSR_SCAN_FORWARD, 0, &y);
    assert_error_says(tsr_compile(b[0], TSR_VALUES(y), &p), cases[k].code, cases[k].words[0]);
    assert_null(p);
  }
}

/* ---- in a worker ---- */

BODY(chunks) {
  (void)ctx;
  out[0] = tsr_emit1(b, &chunked, NULL, TSR_VALUES(in[0]));
  return TSR_OK;
}
enum {
  CHUNKS = 24
};

static void test_the_lowest_failing_chunk_speaks_on_the_calling_thread(void **state) {
  (void)state;
  double data[CHUNKS], got[CHUNKS];
  for (int i = 0; i < CHUNKS; i++)
    data[i] = i;
  tsr_tensor *good = f64_of(TSR_DIMS(CHUNKS), data);
  check_both(chunks, NULL, TSR_TENSORS(good), 1, data, CHUNKS, 0, 0);
  data[19] = -1, data[7] = -20, data[11] = -2; /* 7 fails last */
  tsr_tensor *bad = f64_of(TSR_DIMS(CHUNKS), data);
  for (int32_t threads = 1; threads <= 4; threads *= 2) {
    assert_ok(tsr_cpu_set_threads(cpu, threads));
    fails_both(chunks, bad, TSR_ERR_DEVICE, "chunk 7", "-20");
  }
  tsr_program *p = program_of(chunks, NULL, TSR_TENSORS(good), 1);
  tsr_tensor *out[1];
  assert_error_says(tsr_program_run(p, cpu, TSR_TENSORS(bad), out, 1), TSR_ERR_DEVICE, "chunk 7");
  assert_int_equal(run_numbers(p, TSR_TENSORS(good), got), CHUNKS);
  tsr_program_release(p);
  tsr_tensors_release((tsr_tensor *[]){good, bad}, 2);
}

/* Threads with a failure each: every one reads its own, the main thread none of them. */
typedef struct caller {
  pthread_t thread;
  const tsr_program *program;
  int chunk, wrong;
} caller;

static void *call(void *arg) {
  caller *c = arg;
  double data[CHUNKS] = {0};
  char expected[32];
  data[c->chunk] = -1;
  snprintf(expected, sizeof expected, "chunk %d holds -1", c->chunk);
  for (int k = 0; k < 10; k++) {
    tsr_tensor *x = NULL, *out[1];
    tsr_status status = tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(CHUNKS), data, &x);
    if (status == TSR_OK) status = tsr_program_run(c->program, cpu, TSR_TENSORS(x), out, 1);
    c->wrong += status != TSR_ERR_DEVICE || strstr(tsr_error_message(), expected) == NULL;
    tsr_tensor_release(x);
  }
  return NULL;
}

static void test_every_thread_reads_its_own_error(void **state) {
  (void)state;
  caller callers[8];
  const double data[CHUNKS] = {0};
  tsr_tensor *x = f64_of(TSR_DIMS(CHUNKS), data);
  tsr_program *p = program_of(chunks, NULL, TSR_TENSORS(x), 1);
  assert_status(TSR_ERR_ARGUMENT, TSR_FAIL(TSR_ERR_ARGUMENT, "mine"));
  for (int i = 0; i < 8; i++) {
    callers[i] = (caller){.program = p, .chunk = 2 * i};
    assert_int_equal(0, pthread_create(&callers[i].thread, NULL, call, &callers[i]));
  }
  for (int i = 0; i < 8; i++) {
    pthread_join(callers[i].thread, NULL);
    assert_int_equal(callers[i].wrong, 0);
  }
  assert_non_null(strstr(tsr_error_message(), "mine"));
  tsr_program_release(p);
  tsr_tensor_release(x);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_kernel_that_fails_in_some_round),
      cmocka_unit_test(test_a_numeric_failure_in_some_round),
      cmocka_unit_test(test_what_goes_wrong_in_a_body_is_said_by_the_builder_around),
      cmocka_unit_test(test_the_lowest_failing_chunk_speaks_on_the_calling_thread),
      cmocka_unit_test(test_every_thread_reads_its_own_error),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
