/* test_observe.c - profile, log and dumps: what is asked for comes, and nothing of it can hurt.
 *
 * testing/observe reads the files as a stranger would.
 */
#define _POSIX_C_SOURCE 200809L
#include "rt_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tsr/observe.h"
#include "tsr/spi/kernels.h"

/* exp(x) + 1 with x a transpose, so that there is something to tell about. */
static tsr_program *example(const tsr_compile_options *options) {
  tsr_program *p = NULL;
  tsr_builder *b = trace();
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(3)));
  tsr_value y = tsr_add(b, tsr_exp(b, tsr_transpose(b, x, TSR_ALL_AXES)), tsr_scalar(b, 1));
  assert_ok(tsr_compile_with(b, TSR_VALUES(y), options, &p));
  return p;
}

static void run_once(const tsr_program *p) {
  tsr_tensor *x = rt_f64(cpu, TSR_DIMS(2, 3), (double[6]){0}), *out[1];
  assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(x), out, 1));
  assert_numbers(out[0], 2, 2, 2, 2, 2, 2);
  tsr_tensors_release((tsr_tensor *[]){x, out[0]}, 2);
}

/* ---- log ---- */

typedef struct heard {
  int lines;
  char text[1 << 14];
} heard;

static void hear(void *ctx, const char *topic, const char *line) {
  heard *h = ctx;
  size_t used = strlen(h->text);
  assert_null(strchr(line, '\n'));
  snprintf(h->text + used, sizeof h->text - used, "%s: %s\n", topic, line);
  h->lines++;
}

static void test_log_names_the_kernels_that_run(void **state) {
  (void)state;
  static heard h;
  assert_ok(tsr_runtime_log(rt, "kernels", hear, &h));
  const tsr_compile_options plain = {.keep_all = true};
  tsr_program *p = example(&plain);
  run_once(p);
  const tsr_op *op = tsr_op_core(TSR_OP_EXP);
  bool named = false;
  for (int32_t i = 0; tsr_runtime_kernel(rt, "cpu", op, i); i++) {
    char choice[200];
    snprintf(choice, sizeof choice, "kernels: exp(f64[3, 2]): %s (priority",
             tsr_runtime_kernel(rt, "cpu", op, i)->name);
    named = named || strstr(h.text, choice);
  }
  assert_true(named);
  assert_non_null(strstr(h.text, "strides [1, 3] -> [2, 1]"));
  assert_null(strstr(h.text, "layout:"));
  int before = h.lines;
  assert_ok(tsr_runtime_log(rt, NULL, NULL, NULL));
  tsr_program_clear(p);
  run_once(p);
  assert_int_equal(h.lines, before);
  tsr_program_release(p);
}

static void test_log_has_topics(void **state) {
  (void)state;
  static const char *const says[][2] = {
      {"fuse",   "one loop over f64[3, 2], 2 operands: exp, add"},
      {"layout", "transpose: a view, no step"                   },
      {"memory", "is the memory of donated input"               },
      {"memory", "arena of 0 bytes"                             },
      {"fold",   "1 values are computed while compiling"        },
  };
  for (size_t i = 0; i < sizeof says / sizeof *says; i++) {
    static heard h;
    char start[16];
    h = (heard){0};
    assert_ok(tsr_runtime_log(rt, says[i][0], hear, &h));
    tsr_builder *b = trace();
    tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(3)));
    tsr_value two = tsr_add(b, tsr_scalar(b, 1), tsr_scalar(b, 1));
    tsr_value y = tsr_add(b, tsr_exp(b, tsr_transpose(b, x, TSR_ALL_AXES)), two);
    tsr_program *p = NULL;
    const tsr_compile_options options = {.donated = TSR_INPUTS(0)};
    assert_ok(tsr_compile_with(b, TSR_VALUES(y, x), &options, &p));
    tsr_tensor *t = rt_f64(cpu, TSR_DIMS(2, 3), (double[6]){0}), *out[2];
    assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(t), out, 2));
    assert_non_null(strstr(h.text, says[i][1]));
    snprintf(start, sizeof start, "%s: ", says[i][0]);
    for (const char *at = h.text; *at; at = strchr(at, '\n') + 1)
      assert_true(strncmp(at, start, strlen(start)) == 0);
    tsr_tensors_release((tsr_tensor *[]){t, out[0], out[1]}, 3);
    tsr_program_release(p);
  }
}

static void test_unknown_topics_are_named(void **state) {
  (void)state;
  static const char *const wrong[] = {"fuses", "fuse,", ",fuse", "fuse,,all", " fuse"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    assert_error_says(tsr_runtime_log(rt, wrong[i], hear, NULL), TSR_ERR_ARGUMENT, "no topic",
                      "fold, fuse, lower, kernels, layout, memory, all");
  assert_error_says(tsr_runtime_log(rt, "all", NULL, NULL), TSR_ERR_ARGUMENT, "NULL");
  assert_error_says(tsr_runtime_log(NULL, "all", hear, NULL), TSR_ERR_ARGUMENT, "NULL");
}

/* ---- files ---- */

static void test_places_that_cannot_be_written_are_errors(void **state) {
  (void)state;
  assert_error_says(tsr_runtime_profile(rt, "/nowhere/p.json"), TSR_ERR_IO, "/nowhere/p.json");
  assert_error_says(tsr_runtime_profile(rt, NULL), TSR_ERR_ARGUMENT, "NULL");
  assert_error_says(tsr_runtime_profile(NULL, "p.json"), TSR_ERR_ARGUMENT, "NULL");
  assert_error_says(tsr_runtime_dump(rt, "/nowhere"), TSR_ERR_IO, "/nowhere");
  assert_error_says(tsr_runtime_dump(NULL, "/tmp"), TSR_ERR_ARGUMENT, "NULL");
  assert_ok(tsr_runtime_dump(rt, NULL));
}

/* A disk that is full: the file opens, and no write succeeds. */
static void test_a_broken_disk_does_not_break_the_run(void **state) {
  (void)state;
  if (access("/dev/full", W_OK) != 0) skip();
  assert_ok(tsr_runtime_profile(rt, "/dev/full"));
  assert_error_says(tsr_runtime_profile(rt, "/dev/full"), TSR_ERR_STATE, "already");
  tsr_program *p = example(NULL);
  for (int i = 0; i < 1000; i++)
    run_once(p);
  tsr_program_release(p);
}

static void negate_into(tsr_runtime *own, tsr_device *device, int times) {
  tsr_builder *scope = NULL;
  tsr_tensor *t = rt_f64(device, TSR_DIMS(2), (double[]){1, 2});
  assert_ok(tsr_eager_open(own, RT_DEVICE, &scope));
  tsr_value x = tsr_from_tensor(scope, t);
  for (int i = 0; i < times; i++)
    assert_ok(
        tsr_eager_run_into(scope, tsr_op_core(TSR_OP_NEG), NULL, TSR_VALUES(x), TSR_TENSORS(t)));
  tsr_builder_close(scope);
  tsr_tensor_release(t);
}

static void test_a_profile_tells_of_operations_into_tensors(void **state) {
  (void)state;
  enum {
    TIMES = 3
  };
  char path[] = "/tmp/tsr-profile-XXXXXX", text[8192] = "";
  int file = mkstemp(path), n = 0;
  tsr_runtime *own = NULL;
  tsr_device *device = NULL;
  assert_true(file >= 0);
  assert_ok(rt_open(&own, &device));
  assert_ok(tsr_runtime_profile(own, path));
  negate_into(own, device, TIMES);
  tsr_runtime_release(own);
  assert_true(read(file, text, sizeof text - 1) > 0);
  for (const char *at = text; (at = strstr(at, "\"neg\"")); at++)
    n++;
  assert_int_equal(n, TIMES);
  close(file);
  unlink(path);
}

static void test_steps_say_where_everything_lies(void **state) {
  (void)state;
  char *text;
  size_t size;
  const tsr_compile_options plain = {.keep_all = true};
  tsr_program *p = example(&plain);
  tsr_tensor *x = rt_f64(cpu, TSR_DIMS(2, 3), (double[6]){0});
  assert_ok(tsr_program_steps(p, cpu, TSR_TENSORS(x), &text, &size));
  assert_int_equal(strlen(text) + 1, size);
  assert_non_null(strstr(text, "1 inputs, 1 outputs"));
  assert_non_null(strstr(text, "exp(f64[3, 2]) by "));
  assert_non_null(strstr(text, "  in 0: input 0 + 0, strides [1, 3]\n"));
  assert_non_null(strstr(text, "  out 0: output 0 + 0, strides [2, 1]\n"));
  assert_non_null(strstr(text, "constant 0 + 0"));
  assert_null(strstr(text, "nowhere"));
  tsr_free(text, size, 0);
  assert_status(TSR_ERR_ARGUMENT, tsr_program_steps(NULL, cpu, TSR_TENSORS(x), &text, &size));
  assert_null(text);
  assert_status(TSR_ERR_ARGUMENT, tsr_program_steps(p, cpu, TSR_TENSORS(x, x), &text, &size));
  tsr_tensor_release(x);
  tsr_program_release(p);
}

/* ---- memory ---- */

static tsr_status watch_everything(void *folder) {
  static heard h;
  tsr_builder *b;
  tsr_program *p = NULL;
  tsr_device *device;
  tsr_tensor *x = NULL, *out[1] = {NULL};
  char path[200];
  double zeros[3] = {0};
  h = (heard){0};
  TSR_TRY(tsr_runtime_create(TSR_WITH(rt_register), &rt));
  snprintf(path, sizeof path, "%s/p.json", (const char *)folder);
  tsr_status status = tsr_runtime_device(rt, RT_DEVICE, &device);
  if (status == TSR_OK) status = tsr_runtime_profile(rt, path);
  if (status == TSR_OK) status = tsr_runtime_log(rt, "all", hear, &h);
  if (status == TSR_OK) status = tsr_runtime_dump(rt, folder);
  if (status == TSR_OK) status = tsr_trace_open(rt, &b);
  if (status == TSR_OK) {
    tsr_value v = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_of(3)));
    status = tsr_compile(b, TSR_VALUES(tsr_add(b, tsr_exp(b, v), v)), &p);
  }
  if (status == TSR_OK) status = tsr_tensor_from_data(device, TSR_F64, TSR_DIMS(3), zeros, &x);
  if (status == TSR_OK) status = tsr_program_run(p, device, TSR_TENSORS(x), out, 1);
  tsr_tensors_release((tsr_tensor *[]){x, out[0]}, 2);
  tsr_program_release(p);
  tsr_runtime_release(rt);
  return status;
}

static void test_every_allocation_may_fail(void **state) {
  (void)state;
  char folder[] = "/tmp/tsr-observe-XXXXXX", command[100];
  assert_non_null(mkdtemp(folder));
  tsr_test_oom(watch_everything, folder);
  snprintf(command, sizeof command, "rm -r %s", folder);
  assert_int_equal(system(command), 0);
}

#define unit(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void) {
  const struct CMUnitTest tests[] = {
      unit(test_log_names_the_kernels_that_run),
      unit(test_log_has_topics),
      unit(test_unknown_topics_are_named),
      unit(test_places_that_cannot_be_written_are_errors),
      unit(test_a_broken_disk_does_not_break_the_run),
      unit(test_a_profile_tells_of_operations_into_tensors),
      unit(test_steps_say_where_everything_lies),
      cmocka_unit_test(test_every_allocation_may_fail),
  };
  return cmocka_run_group_tests_name(RT_SUITE("runtime/observe"), tests, NULL, NULL);
}
