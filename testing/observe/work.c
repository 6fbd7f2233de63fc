/* work.c - something to observe: a program and eager operations on several threads.
 *
 * Prints a line for each thing that run.py shall find in the files: "kernel NAME" for the rows
 * there are, "threads N" and "runs N".
 */
#include <pthread.h>
#include <stdio.h>
#include <tsr/cpu.h>
#include <tsr/eager.h>
#include <tsr/ops.h>
#include <tsr/runtime.h>
#include <tsr/spi/kernels.h>

enum {
  THREADS = 4,
  RUNS = 50,
  SIZE = 512
};

typedef struct share {
  tsr_runtime *rt;
  tsr_device *cpu;
  tsr_program *program;
} share;

static tsr_status compile(share *s) {
  tsr_builder *b;
  TSR_TRY(tsr_trace_open(s->rt, &b));
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_symbol(b, "n"), tsr_dim_of(SIZE)));
  tsr_value two = tsr_add(b, tsr_scalar(b, 1), tsr_scalar(b, 1));
  tsr_value y = tsr_softmax(b, tsr_mul(b, tsr_exp(b, x), two), TSR_AXES(-1));
  tsr_value z = tsr_matmul(b, y, tsr_transpose(b, x, TSR_ALL_AXES));
  return tsr_compile(b, TSR_VALUES(y, tsr_transpose(b, z, TSR_ALL_AXES)), &s->program);
}

static tsr_status work_eagerly(const share *s, tsr_tensor *x, tsr_tensor *small) {
  tsr_builder *b;
  TSR_TRY(tsr_eager_open(s->rt, "cpu", &b));
  tsr_value v = tsr_from_tensor(b, x);
  tsr_value m = tsr_from_tensor(b, small);
  tsr_sum(b, tsr_add(b, v, v), TSR_ALL_AXES);
  tsr_matmul(b, m, m); /* too small for the first row */
  tsr_status status = tsr_builder_status(b);
  tsr_builder_close(b);
  return status;
}

static tsr_status work(const share *s) {
  tsr_tensor *x, *out[2];
  static const double data[2 * SIZE] = {1};
  TSR_TRY(tsr_tensor_from_data(s->cpu, TSR_F64, TSR_DIMS(2, SIZE), data, &x));
  tsr_status status = TSR_OK;
  for (int i = 0; i < RUNS && status == TSR_OK; i++) {
    status = tsr_program_run(s->program, s->cpu, TSR_TENSORS(x), out, 2);
    if (status == TSR_OK) status = work_eagerly(s, out[0], out[1]);
    tsr_tensors_release(out, 2);
  }
  tsr_tensor_release(x);
  return status;
}

static void *thread(void *ctx) {
  const share *s = ctx;
  tsr_status status = work(s);
  if (status != TSR_OK) fprintf(stderr, "%s\n", tsr_error_message());
  return status == TSR_OK ? NULL : ctx;
}

static void print_rows(const share *s) {
  for (int id = 0; id < TSR_OP_CORE_COUNT; id++) {
    const tsr_kernel *row;
    for (int32_t i = 0; (row = tsr_runtime_kernel(s->rt, "cpu", tsr_op_core((tsr_op_id)id), i));
         i++)
      printf("kernel %s\n", row->name);
  }
  printf("threads %d\nruns %d\n", THREADS, THREADS * RUNS);
}

static tsr_status prepare(share *s) {
  TSR_TRY(tsr_runtime_create(TSR_WITH(tsr_cpu_register), &s->rt));
  TSR_TRY(tsr_runtime_device(s->rt, "cpu", &s->cpu));
  return compile(s);
}

int main(void) {
  share s = {0};
  pthread_t threads[THREADS];
  int failures = 0;
  if (prepare(&s) != TSR_OK) {
    fprintf(stderr, "%s\n", tsr_error_message());
    tsr_runtime_release(s.rt);
    return 1;
  }
  print_rows(&s);
  for (int i = 0; i < THREADS; i++)
    if (pthread_create(&threads[i], NULL, thread, &s) != 0) return 1;
  for (int i = 0; i < THREADS; i++) {
    void *failed;
    pthread_join(threads[i], &failed);
    failures += failed != NULL;
  }
  tsr_program_release(s.program);
  tsr_runtime_release(s.rt);
  return failures;
}
