/* session.c - a runtime with everything in it, operands out of files, and results into them. */
#define _POSIX_C_SOURCE 200809L
#include "session.h"

#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tsr/cpu.h"
#include "tsr/einsum.h"
#include "tsr/fft.h"
#include "tsr/gpu.h"
#include "tsr/linalg.h"
#include "tsr/npy.h"

tsr_status session_runtime(tsr_runtime **out) {
  return tsr_runtime_create(TSR_WITH(tsr_cpu_register, tsr_gpu_register, tsr_einsum_register,
                                     tsr_linalg_register, tsr_fft_register),
                            out);
}

tsr_status session_open(const char *device, session *out) {
  memset(out, 0, sizeof *out);
  TSR_TRY(session_runtime(&out->rt));
  TSR_TRY(tsr_runtime_device(out->rt, device, &out->device));
  return tsr_eager_open(out->rt, device, &out->b);
}

void session_close(session *s) {
  tsr_builder_close(s->b);
  tsr_runtime_release(s->rt);
}

const char *chosen_device(const command *c, const arguments *a) {
  const char *name = option_value(c, a, "--device");
  return name ? name : "cpu";
}

/* ---- operands ---- */

static bool is_standard(const char *path) { return strcmp(path, "-") == 0; }

/* All of standard input; free data. */
static tsr_status read_all(char **data, size_t *size) {
  size_t room = 0;
  *data = NULL;
  *size = 0;
  while (!feof(stdin) && !ferror(stdin)) {
    if (*size == room) {
      char *more = realloc(*data, room = room ? room * 2 : 1 << 16);
      if (!more) return TSR_FAIL(TSR_ERR_NOMEM, "no memory for %zu bytes of input", room);
      *data = more;
    }
    *size += fread(*data + *size, 1, room - *size, stdin);
  }
  return ferror(stdin) ? TSR_FAIL(TSR_ERR_IO, "cannot read standard input") : TSR_OK;
}

static tsr_status load_standard(tsr_device *device, tsr_tensor **out) {
  char *data;
  size_t size;
  tsr_status status = read_all(&data, &size);
  if (status == TSR_OK) status = tsr_npy_decode(device, data, size, out);
  free(data);
  return status;
}

tsr_status load_tensor(tsr_device *device, const char *path, tsr_tensor **out) {
  *out = NULL;
  if (is_standard(path)) return load_standard(device, out);
  return tsr_npy_read(device, path, out);
}

tsr_status session_load(session *s, const char *path, tsr_value *out) {
  tsr_tensor *tensor;
  TSR_TRY(load_tensor(s->device, path, &tensor));
  *out = tsr_from_tensor(s->b, tensor);
  tsr_tensor_release(tensor);
  return tsr_builder_status(s->b);
}

tsr_value session_to_float(session *s, tsr_value x) {
  tsr_type type;
  if (tsr_value_type(s->b, x, &type) != TSR_OK) return x; /* latched before */
  return tsr_dtype_is_active(type.dtype) ? x : tsr_convert(s->b, x, TSR_F64);
}

/* ---- results ---- */

int check_outputs(const command *c, const arguments *a, size_t n_results) {
  for (size_t i = 0; i < a->n_outputs; i++)
    for (size_t j = 0; j < i; j++)
      if (strcmp(a->outputs[i], a->outputs[j]) == 0)
        return report_usage(c, "-o names %s twice", a->outputs[i]);
  if (a->n_outputs <= n_results) return EXIT_OK;
  return report_usage(c, "-o names %zu files, but there %s %zu result%s", a->n_outputs,
                      n_results == 1 ? "is" : "are", n_results, n_results == 1 ? "" : "s");
}

/* Opening standard output anew empties what a shell's >> would have kept. */
static tsr_status check_standard_output(void) {
  struct stat about;
  if (fstat(1, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0)
    return TSR_FAIL(TSR_ERR_IO, "standard output is a file that is not empty: name it behind -o");
  return TSR_OK;
}

static tsr_status write_result(tsr_tensor *tensor, const char *path) {
  if (!is_standard(path)) return tsr_npy_write(path, tensor);
  TSR_TRY(check_standard_output());
  return tsr_npy_write("/dev/stdout", tensor);
}

static tsr_status print_result(tsr_tensor *tensor, const char *name) {
  if (name) printf("%s:\n", name);
  return tsr_tensor_print(tensor, stdout);
}

/* Everything is computed before the first file is touched. */
static tsr_status finish(session *s, const arguments *a, size_t n, const result *r,
                         tsr_tensor **made) {
  const size_t wanted = a->n_outputs ? a->n_outputs : n;
  for (size_t i = 0; i < wanted; i++)
    TSR_TRY(tsr_to_tensor(s->b, r[i].value, &made[i]));
  TSR_TRY(tsr_device_synchronize(s->device));
  for (size_t i = 0; i < wanted; i++) {
    if (a->n_outputs)
      TSR_TRY(write_result(made[i], a->outputs[i]));
    else
      TSR_TRY(print_result(made[i], n > 1 ? r[i].name : NULL));
  }
  return TSR_OK;
}

int session_finish(session *s, const command *c, const arguments *a, size_t n, const result *r) {
  tsr_tensor *made[8] = {NULL};
  const tsr_status status = finish(s, a, n, r, made);
  tsr_tensors_release(made, n);
  return report_status(c, status);
}
