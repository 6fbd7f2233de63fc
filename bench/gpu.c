/* gpu.c - what a GPU does with programs of one kind of work each, against its own limits.
 *
 * gpu [MiB]: size of each operand, 256 unless given. Bandwidth counts the bytes that have to
 * be read and written, once each; its peer is the driver's copy of the same size, measured in
 * the same run. The peer of a product is what the multiprocessors could do with fused
 * multiply-adds at their highest clock, without tensor cores. Times are medians of 21 runs,
 * from the call to the end of the wait. Leaves with 77 where there is no device.
 *
 *   driver copy    cuMemcpyDtoDAsync
 *   concatenate    two halves into one
 *   permute        a transposed matrix as a dense one, in tiles
 *   gather rows    all rows of a matrix by a list of their numbers
 *   random bits    Philox
 *   chain          tanh(x * y + z)
 *   sum rows       along the last axis; sum columns: along the first
 *   product        x y of two square matrices
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <tsr/gpu.h>
#include <tsr/ops.h>
#include <tsr/runtime.h>
#include <tsr/spi/gpu.h>
#include <tsr/trace.h>

enum {
  RUNS = 21,
  MAX_IN = 3,
  ATTRIBUTE_CLOCK = 13 /* CU_DEVICE_ATTRIBUTE_CLOCK_RATE, kHz */
};

typedef struct setting {
  tsr_runtime *rt;
  tsr_device *cuda;
  const tsr_gpu_spi *spi;
  int64_t bytes;    /* of an operand */
  double bandwidth; /* of the driver's copy, bytes per second */
} setting;

/* One line of the table: operands of x's shape and dtype, and what is computed from them. */
typedef struct work {
  const char *name;
  tsr_dtype dtype;
  int32_t n_in;
  int64_t dims[2];
  double bytes, flops; /* of the whole; flops 0: bandwidth counts */
  tsr_value (*body)(tsr_builder *b, const tsr_value *in, const int64_t *dims);
} work;

static double now(void) {
  struct timespec t;
  timespec_get(&t, TIME_UTC);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *samples) {
  qsort(samples, RUNS, sizeof *samples, by_value);
  return samples[RUNS / 2];
}

/* ---- what is computed ---- */

static tsr_value concatenate(tsr_builder *b, const tsr_value *in, const int64_t *dims) {
  (void)dims;
  return tsr_concatenate(b, TSR_VALUES(in[0], in[1]), 0);
}

static tsr_value permute(tsr_builder *b, const tsr_value *in, const int64_t *dims) {
  const tsr_value t = tsr_transpose(b, in[0], TSR_AXES(1, 0));
  return tsr_reshape(b, t, TSR_SHAPE(tsr_dim_of(dims[0] * dims[1])));
}

/* Row i of the result is row i: what counts is that the kernel does not know. */
static tsr_value gather_rows(tsr_builder *b, const tsr_value *in, const int64_t *dims) {
  const tsr_shape one_each = TSR_SHAPE(tsr_dim_of(dims[0]), {1});
  const tsr_gather_attrs rows = {TSR_AXES(1),
                                 TSR_AXES(0),
                                 TSR_NO_AXES,
                                 TSR_NO_AXES,
                                 TSR_AXES(0),
                                 1,
                                 TSR_SHAPE({1}, tsr_dim_of(dims[1]))};
  return tsr_gather(b, in[0], tsr_iota(b, TSR_I64, one_each, 0), &rows);
}

static tsr_value random_bits(tsr_builder *b, const tsr_value *in, const int64_t *dims) {
  tsr_value out[2] = {{0}, {0}};
  (void)in;
  if (tsr_rng_bit_generator(b, tsr_rng_state(b, 1), TSR_U32,
                            TSR_SHAPE(tsr_dim_of(dims[0]), tsr_dim_of(dims[1])), out) != TSR_OK)
    return (tsr_value){0};
  return out[1];
}

static tsr_value chain(tsr_builder *b, const tsr_value *in, const int64_t *dims) {
  (void)dims;
  return tsr_tanh(b, tsr_add(b, tsr_mul(b, in[0], in[1]), in[2]));
}

static tsr_value sum_rows(tsr_builder *b, const tsr_value *in, const int64_t *dims) {
  (void)dims;
  return tsr_reduce_sum(b, in[0], TSR_AXES(1));
}

static tsr_value sum_columns(tsr_builder *b, const tsr_value *in, const int64_t *dims) {
  (void)dims;
  return tsr_reduce_sum(b, in[0], TSR_AXES(0));
}

static tsr_value product(tsr_builder *b, const tsr_value *in, const int64_t *dims) {
  (void)dims;
  return tsr_matmul(b, in[0], in[1]);
}

/* ---- running it ---- */

static tsr_status time_runs(setting *s, const tsr_program *p, tsr_tensor_list in,
                            tsr_tensor_list out, double *seconds) {
  double samples[RUNS];
  for (int k = -2; k < RUNS; k++) { /* two to warm up */
    const double start = now();
    TSR_TRY(tsr_program_run_into(p, s->cuda, in, out));
    TSR_TRY(tsr_stream_wait(s->cuda->stream));
    if (k >= 0) samples[k] = now() - start;
  }
  *seconds = median(samples);
  return TSR_OK;
}

static tsr_status compile(setting *s, const work *w, tsr_program **out) {
  tsr_builder *b;
  tsr_value in[MAX_IN];
  TSR_TRY(tsr_trace_open(s->rt, &b));
  for (int32_t i = 0; i < w->n_in; i++)
    in[i] = tsr_input(b, NULL, w->dtype, TSR_SHAPE(tsr_dim_of(w->dims[0]), tsr_dim_of(w->dims[1])));
  return tsr_compile(b, TSR_VALUES(w->body(b, in, w->dims)), out);
}

/* Zeros: what is timed does not look at the numbers. */
static tsr_status zeros(setting *s, const work *w, tsr_tensor **out) {
  return tsr_tensor_create(s->cuda, w->dtype, TSR_DIMS(w->dims[0], w->dims[1]), out);
}

static tsr_status time_work(setting *s, const work *w, double *seconds) {
  tsr_program *p = NULL;
  tsr_tensor *in[MAX_IN] = {NULL}, *out = NULL;
  TSR_TRY(compile(s, w, &p));
  tsr_status status = TSR_OK;
  for (int32_t i = 0; i < w->n_in && status == TSR_OK; i++)
    status = zeros(s, w, &in[i]);
  const tsr_tensor_list operands = {in, (size_t)w->n_in};
  if (status == TSR_OK) status = tsr_program_run(p, s->cuda, operands, &out, 1);
  if (status == TSR_OK) status = time_runs(s, p, operands, (tsr_tensor_list){&out, 1}, seconds);
  tsr_tensor_release(out);
  tsr_tensors_release(in, (size_t)w->n_in);
  tsr_program_release(p);
  return status;
}

/* Products per second of all multiprocessors, each of which starts so many per cycle. */
static tsr_status peak_of(setting *s, tsr_dtype dtype, double *out) {
  typedef unsigned (*get_attribute)(int *value, unsigned attribute, int device);
  tsr_gpu_function found;
  int khz = 0;
  TSR_TRY(s->spi->find(s->cuda, TSR_GPU_DRIVER, "cuDeviceGetAttribute", &found));
  TSR_TRY(s->spi->check(s->cuda, TSR_GPU_DRIVER, "cuDeviceGetAttribute",
                        ((get_attribute)found)(&khz, ATTRIBUTE_CLOCK, s->cuda->ordinal)));
  const tsr_gpu_facts *facts = s->spi->facts(s->cuda);
  const bool is_server = facts->arch == 80 || facts->arch == 90 || facts->arch == 100;
  const int per_cycle = dtype == TSR_F32 ? (facts->arch == 80 ? 64 : 128) : is_server ? 64 : 2;
  *out = 2.0 * per_cycle * facts->multiprocessors * khz * 1e3;
  return TSR_OK;
}

static tsr_status print_work(setting *s, const work *w) {
  double seconds = 0, limit = s->bandwidth, amount = w->bytes;
  const char *unit = "GB/s";
  const tsr_status status = time_work(s, w, &seconds);
  if (status == TSR_ERR_UNSUPPORTED || status == TSR_ERR_NOT_FOUND) {
    const char *why = tsr_error_message();
    printf("%-14s %-5s    %.*s\n", w->name, tsr_dtype_name(w->dtype), (int)strcspn(why, "\n"), why);
    return TSR_OK;
  }
  TSR_TRY(status);
  if (w->flops > 0) {
    unit = "GF/s";
    amount = w->flops;
    TSR_TRY(peak_of(s, w->dtype, &limit));
  }
  printf("%-14s %-5s %10.1f %12.0f %s %8.2f\n", w->name, tsr_dtype_name(w->dtype), 1e6 * seconds,
         1e-9 * amount / seconds, unit, amount / seconds / limit);
  return TSR_OK;
}

static tsr_status time_driver_copy(setting *s) {
  const tsr_backend *backend = s->cuda->backend;
  tsr_stream *stream = s->cuda->stream;
  double samples[RUNS];
  void *from = NULL, *to = NULL;
  tsr_status status = backend->alloc(stream, (size_t)s->bytes, &from);
  if (status == TSR_OK) status = backend->alloc(stream, (size_t)s->bytes, &to);
  for (int k = -2; k < RUNS && status == TSR_OK; k++) {
    const double start = now();
    status = s->spi->copy(stream, to, from, (size_t)s->bytes);
    if (status == TSR_OK) status = backend->synchronize(stream);
    if (k >= 0) samples[k] = now() - start;
  }
  if (from) backend->free(stream, from, (size_t)s->bytes);
  if (to) backend->free(stream, to, (size_t)s->bytes);
  TSR_TRY(status);
  const double seconds = median(samples);
  s->bandwidth = 2 * (double)s->bytes / seconds;
  printf("%-14s %-5s %10.1f %12.0f GB/s %8.2f\n", "driver copy", "", 1e6 * seconds,
         1e-9 * s->bandwidth, 1.0);
  return TSR_OK;
}

static tsr_status run(setting *s) {
  const int64_t cols = 4096, rows = s->bytes / 4 / cols, n = rows < 4096 ? 512 : 8192;
  const double b = (double)s->bytes, cube = 2.0 * (double)n * (double)n * (double)n;
  const work works[] = {
      {"concatenate", TSR_F32, 2, {rows, cols}, 4 * b, 0,    concatenate},
      {"permute",     TSR_F32, 1, {rows, cols}, 2 * b, 0,    permute    },
      {"gather rows", TSR_F32, 1, {rows, cols}, 2 * b, 0,    gather_rows},
      {"random bits", TSR_F32, 0, {rows, cols}, b,     0,    random_bits},
      {"chain",       TSR_F32, 3, {rows, cols}, 4 * b, 0,    chain      },
      {"sum rows",    TSR_F32, 1, {rows, cols}, b,     0,    sum_rows   },
      {"sum columns", TSR_F32, 1, {rows, cols}, b,     0,    sum_columns},
      {"product",     TSR_F32, 2, {n, n},       0,     cube, product    },
      {"product",     TSR_F64, 2, {n, n},       0,     cube, product    },
  };
  const tsr_gpu_facts *facts = s->spi->facts(s->cuda);
  printf("%s, compute capability %d.%d, %d multiprocessors; %lld MiB per operand, n = %lld\n\n",
         facts->name, facts->arch / 10, facts->arch % 10, facts->multiprocessors,
         (long long)(s->bytes >> 20), (long long)n);
  printf("%-14s %-5s %10s %17s %8s\n", "work", "dtype", "us", "rate", "of limit");
  TSR_TRY(time_driver_copy(s));
  for (size_t i = 0; i < sizeof works / sizeof *works; i++)
    TSR_TRY(print_work(s, &works[i]));
  return TSR_OK;
}

int main(int argc, char **argv) {
  setting s = {.bytes = (argc > 1 ? atoll(argv[1]) : 256) << 20};
  int32_t n = 0;
  if (tsr_gpu_count(&n) != TSR_OK || n == 0) {
    printf("skipped: %s\n", n == 0 && tsr_error_message()[0] ? tsr_error_message() : "no device");
    return 77;
  }
  const tsr_register layers[] = {tsr_gpu_register};
  tsr_status status = tsr_runtime_create((tsr_register_list){layers, 1}, &s.rt);
  if (status == TSR_OK) status = tsr_runtime_device(s.rt, "cuda", &s.cuda);
  if (status == TSR_OK) {
    s.spi = s.cuda->backend->spi;
    status = run(&s);
  }
  if (status != TSR_OK) fprintf(stderr, "gpu: %s\n", tsr_error_message());
  tsr_runtime_release(s.rt);
  return status != TSR_OK;
}
