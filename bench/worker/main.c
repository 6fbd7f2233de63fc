/* main.c - Tessera as one of the processes that ./dev bench compares.
 *
 * worker THREADS: commands on standard input, fields apart by tabs; for each one line of JSON
 * on standard output. Nothing runs between commands.
 *
 *   about                             version, instruction set, BLAS, threads in use
 *   inputs DIR SEED DTYPE INPUT..     write the base of each input into DIR/name.bin
 *   case DIR DTYPE PROGRAM INPUT..    compile it, read the inputs, run once, and write a sample of
 *                                     the output into DIR/tessera-THREADS.out; peaks of memory,
 *                                     and calls of the heap in a later run into an output
 *   time fresh|into|compile SECONDS MAX   up to MAX times in ns, each the mean of a batch
 *   drop                              forget the case
 */
#define _POSIX_C_SOURCE 200809L
#include "worker.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
  MAX_FIELDS = 8 + MAX_INPUTS,
  SAMPLE = 1 << 18, /* elements of an output that are compared, about */
  BATCH_NS = 20000, /* the least that is timed at once */
  LONG_TURNS = 2    /* what takes longer is timed once */
};

typedef struct worker {
  tsr_runtime *rt;
  tsr_device *cpu;
  tsr_program *program;
  char *text;
  input in[MAX_INPUTS];
  tsr_tensor *tensors[MAX_INPUTS], *into;
  int n_in;
  unsigned had_turn; /* a bit for each way to time the case */
} worker;

static double now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

static void drop(worker *w) {
  tsr_tensors_release(w->tensors, MAX_INPUTS);
  tsr_tensor_release(w->into);
  tsr_program_release(w->program);
  free(w->text);
  w->into = NULL, w->program = NULL, w->text = NULL, w->n_in = 0, w->had_turn = 0;
  tsr_cpu_trim(w->cpu);
}

static tsr_tensor_list given(const worker *w) {
  return (tsr_tensor_list){w->tensors, (size_t)w->n_in};
}

/* ---- a case ---- */

static tsr_status compile(worker *w, tsr_program **out) {
  tsr_builder *b;
  tsr_value y;
  TSR_TRY(tsr_trace_open(w->rt, &b));
  tsr_status status = program_trace(b, w->text, w->in, w->n_in, &y);
  if (status == TSR_OK) return tsr_compile(b, TSR_VALUES(y), out);
  tsr_builder_close(b);
  return status;
}

static void path_of(char *out, size_t size, const char *dir, const char *name, const char *end) {
  snprintf(out, size, "%s/%s%s", dir, name, end);
}

static tsr_status parse_inputs(worker *w, const char *dtype, char **field, int n) {
  tsr_dtype type;
  if (n > MAX_INPUTS) return TSR_FAIL(TSR_ERR_LIMIT, "%d inputs, at most %d", n, MAX_INPUTS);
  TSR_TRY(tsr_dtype_find(dtype, &type));
  w->n_in = n;
  for (int i = 0; i < n; i++)
    TSR_TRY(input_parse(field[i], type, &w->in[i]));
  return TSR_OK;
}

static tsr_status make_inputs(worker *w, char **field, int n) {
  char path[4096];
  TSR_TRY(parse_inputs(w, field[2], field + 3, n - 3));
  for (int i = 0; i < w->n_in; i++) {
    path_of(path, sizeof path, field[0], w->in[i].name, ".bin");
    TSR_TRY(input_write(&w->in[i], strtoull(field[1], NULL, 10) + (uint64_t)i, path));
  }
  printf("{\"ok\": true}\n");
  return TSR_OK;
}

/* Every step-th element in C order; step is odd, so that no power of two hides. */
static tsr_status write_sample(tsr_tensor *t, const char *path, int64_t *step) {
  tsr_view view;
  TSR_TRY(tsr_tensor_host_view(t, &view));
  int64_t n = tsr_tensor_count(t);
  size_t size = tsr_dtype_size(view.dtype);
  FILE *file = fopen(path, "wb");
  if (!file) return TSR_FAIL(TSR_ERR_IO, "cannot write %s", path);
  *step = n / SAMPLE | 1;
  bool ok = true;
  for (int64_t i = 0; i < n && ok; i += *step)
    ok = fwrite((char *)view.data + (size_t)i * size, size, 1, file) == 1;
  if (fclose(file) || !ok) return TSR_FAIL(TSR_ERR_IO, "cannot write %s", path);
  return TSR_OK;
}

static void print_shape(const tsr_tensor *t) {
  printf("[");
  for (int i = 0; i < tsr_tensor_rank(t); i++)
    printf("%s%lld", i ? ", " : "", (long long)tsr_tensor_dims(t)[i]);
  printf("]");
}

static tsr_status run_into(worker *w) {
  return tsr_program_run_into(w->program, w->cpu, given(w), TSR_TENSORS(w->into));
}

/* The first run, with its rise of the device's memory. The output stays, to be run into. */
static tsr_status first_run(worker *w, const char *path) {
  int64_t predicted, before, high, unused, step = 1;
  TSR_TRY(tsr_program_peak(w->program, w->cpu, given(w), &predicted));
  tsr_device_memory_reset(w->cpu);
  tsr_device_memory(w->cpu, &before, &high, &unused);
  TSR_TRY(tsr_program_run(w->program, w->cpu, given(w), &w->into, 1));
  tsr_device_memory(w->cpu, &unused, &high, &unused);
  TSR_TRY(write_sample(w->into, path, &step));
  TSR_TRY(run_into(w));
  int64_t heap = heap_calls();
  TSR_TRY(run_into(w));
  heap = heap_calls() - heap;
  printf("{\"ok\": true, \"dtype\": \"%s\", \"shape\": ",
         tsr_dtype_name(tsr_tensor_dtype(w->into)));
  print_shape(w->into);
  printf(", \"step\": %lld, \"predicted\": %lld, \"peak\": %lld, \"heap_calls\": %lld}\n",
         (long long)step, (long long)predicted, (long long)(high - before), (long long)heap);
  return TSR_OK;
}

static tsr_status prepare(worker *w, char **field, int n) {
  char path[4096], end[32];
  drop(w);
  TSR_TRY(parse_inputs(w, field[1], field + 3, n - 3));
  w->text = strdup(field[2]);
  if (!w->text) return TSR_FAIL(TSR_ERR_NOMEM, "no memory for the text");
  TSR_TRY(compile(w, &w->program));
  for (int i = 0; i < w->n_in; i++) {
    path_of(path, sizeof path, field[0], w->in[i].name, ".bin");
    TSR_TRY(input_read(&w->in[i], path, w->cpu, &w->tensors[i]));
  }
  snprintf(end, sizeof end, "-%d.out", (int)tsr_cpu_threads(w->cpu));
  path_of(path, sizeof path, field[0], "tessera", end);
  return first_run(w, path);
}

/* ---- times ---- */

static tsr_status run_fresh(worker *w) {
  tsr_tensor *y;
  TSR_TRY(tsr_program_run(w->program, w->cpu, given(w), &y, 1));
  tsr_tensor_release(y);
  return TSR_OK;
}

/* From its text to a plan: trace, compile, and the first run, which plans. */
static tsr_status run_compile(worker *w) {
  tsr_program *program;
  TSR_TRY(compile(w, &program));
  tsr_status status = tsr_program_run_into(program, w->cpu, given(w), TSR_TENSORS(w->into));
  tsr_program_release(program);
  return status;
}

static tsr_status time_batch(worker *w, tsr_status (*run)(worker *w), int64_t batch, double *ns) {
  double start = now_ns();
  for (int64_t i = 0; i < batch; i++)
    TSR_TRY(run(w));
  *ns = (now_ns() - start) / (double)batch;
  return TSR_OK;
}

/* The first run warms caches and is not counted, unless it takes many turns and memory is warm from
 * a turn before. The next says how many make a batch.
 */
static tsr_status print_times(worker *w, tsr_status (*run)(worker *w), bool first_turn,
                              double seconds, int max) {
  double ns, start = now_ns();
  TSR_TRY(time_batch(w, run, 1, &ns));
  if (!first_turn && ns > LONG_TURNS * 1e9 * seconds) {
    printf("{\"ok\": true, \"ns\": [%.1f]}\n", ns);
    return TSR_OK;
  }
  if (ns < BATCH_NS) TSR_TRY(time_batch(w, run, 1, &ns));
  int64_t batch = (int64_t)(BATCH_NS / (ns < 1 ? 1 : ns)) + 1;
  printf("{\"ok\": true, \"ns\": [");
  for (int i = 0; i < max && (i == 0 || now_ns() - start < 1e9 * seconds); i++) {
    TSR_TRY(time_batch(w, run, batch, &ns));
    printf("%s%.1f", i ? ", " : "", ns);
  }
  printf("]}\n");
  return TSR_OK;
}

static tsr_status time_case(worker *w, char **field) {
  static const struct {
    const char *name;
    tsr_status (*run)(worker *w);
  } modes[] = {
      {"fresh",   run_fresh  },
      {"into",    run_into   },
      {"compile", run_compile}
  };
  if (!w->program) return TSR_FAIL(TSR_ERR_STATE, "there is no case");
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
    if (strcmp(modes[i].name, field[0]) != 0) continue;
    const bool first_turn = !(w->had_turn & 1u << i);
    w->had_turn |= 1u << i;
    return print_times(w, modes[i].run, first_turn, strtod(field[1], NULL), atoi(field[2]));
  }
  return TSR_FAIL(TSR_ERR_ARGUMENT, "there is no way \"%s\" to time", field[0]);
}

/* ---- commands ---- */

static tsr_status about(worker *w) {
  printf("{\"ok\": true, \"version\": \"Tessera\", \"isa\": \"%s\", \"blas\": \"%s\", "
         "\"threads\": %d}\n",
         tsr_cpu_isa(), tsr_cpu_blas_name(), (int)tsr_cpu_threads(w->cpu));
  return TSR_OK;
}

static tsr_status obey(worker *w, char **field, int n) {
  if (!strcmp(field[0], "about")) return about(w);
  if (!strcmp(field[0], "inputs") && n >= 4) return make_inputs(w, field + 1, n - 1);
  if (!strcmp(field[0], "case") && n >= 4) return prepare(w, field + 1, n - 1);
  if (!strcmp(field[0], "time") && n == 4) return time_case(w, field + 1);
  if (strcmp(field[0], "drop") != 0)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "there is no command \"%s\" of %d fields", field[0], n);
  drop(w);
  printf("{\"ok\": true}\n");
  return TSR_OK;
}

static int split(char *line, char **field) {
  int n = 0;
  line[strcspn(line, "\n")] = '\0';
  for (char *at = line; at && n < MAX_FIELDS; n++) {
    field[n] = at;
    at = strchr(at, '\t');
    if (at) *at++ = '\0';
  }
  return n;
}

static void print_failure(void) {
  printf("{\"ok\": false, \"why\": \"");
  for (const char *p = tsr_error_message(); *p; p++)
    putchar(*p == '"' || *p == '\\' || *p == '\n' ? '\'' : *p);
  printf("\"}\n");
}

static tsr_status serve(worker *w, int threads) {
  char *line = NULL, *field[MAX_FIELDS];
  size_t size = 0;
  TSR_TRY(tsr_runtime_device(w->rt, "cpu", &w->cpu));
  TSR_TRY(tsr_cpu_set_threads(w->cpu, threads));
  while (getline(&line, &size, stdin) > 0) {
    if (obey(w, field, split(line, field)) != TSR_OK) print_failure();
    fflush(stdout);
  }
  drop(w);
  free(line);
  return TSR_OK;
}

int main(int argc, char **argv) {
  worker w = {0};
  tsr_status status = tsr_runtime_create(TSR_WITH(tsr_cpu_register), &w.rt);
  if (status == TSR_OK) status = serve(&w, argc > 1 ? atoi(argv[1]) : 1);
  if (status != TSR_OK) fprintf(stderr, "worker: %s\n", tsr_error_message());
  tsr_runtime_release(w.rt);
  return status != TSR_OK;
}
