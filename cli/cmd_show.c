/* cmd_show.c - tsr show: what is in .npy files. */
#include "command.h"
#include "report.h"
#include "session.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tsr/npy.h"
#include "tsr/print.h"

static void print_type(tsr_dtype dtype, tsr_dims dims, const char *order, size_t size) {
  char shape[1024];
  printf("dtype  %s\n", tsr_dtype_name(dtype));
  printf("shape  %s\n", tsr_format_shape((int32_t)dims.n, dims.data, shape, sizeof shape));
  printf("order  %s\n", order);
  printf("bytes  %zu\n", size);
}

/* ---- the header ---- */

static tsr_status show_header(const char *path) {
  tsr_npy_header h;
  TSR_TRY(tsr_npy_read_header(path, &h));
  print_type(h.dtype, (tsr_dims){h.dims, (size_t)h.rank}, h.fortran_order ? "Fortran" : "C",
             h.size);
  printf("format %d.0, data from byte %zu%s\n", (int)h.version, h.offset,
         h.swapped ? ", of the other byte order" : "");
  return TSR_OK;
}

/* ---- numbers ---- */

static bool is_in(tsr_dtype dtype, uint32_t set) { return set >> dtype & 1; }

static tsr_status print_number(tsr_builder *b, const char *name, tsr_value x) {
  printf("%-6s ", name);
  return tsr_print(b, x, stdout);
}

/* x with another number in the place of each NaN. */
static tsr_value without_nan(tsr_builder *b, tsr_value x, tsr_value is_nan, double other) {
  return tsr_select(b, is_nan, tsr_scalar(b, other), x);
}

static tsr_status print_extremes(tsr_builder *b, tsr_value x, tsr_dtype dtype, tsr_value is_nan) {
  tsr_value low = x, high = x;
  if (is_in(dtype, TSR_DTYPES_REAL)) {
    low = without_nan(b, x, is_nan, HUGE_VAL);
    high = without_nan(b, x, is_nan, -HUGE_VAL);
  }
  TSR_TRY(print_number(b, "min", tsr_reduce_min(b, low, TSR_ALL_AXES)));
  return print_number(b, "max", tsr_reduce_max(b, high, TSR_ALL_AXES));
}

static tsr_status print_mean(tsr_builder *b, tsr_value x, tsr_dtype dtype, tsr_value is_nan,
                             int64_t n) {
  tsr_value wide = tsr_convert(b, x, is_in(dtype, TSR_DTYPES_COMPLEX) ? TSR_C128 : TSR_F64);
  tsr_value sum = tsr_sum(b, without_nan(b, wide, is_nan, 0), TSR_ALL_AXES);
  return print_number(b, "mean", tsr_div(b, sum, tsr_scalar(b, (double)n)));
}

/* Smallest, largest and mean of what is not NaN, and how much is. */
static tsr_status print_statistics(tsr_builder *b, tsr_value x, tsr_dtype dtype, int64_t n) {
  int64_t nans = 0;
  tsr_value is_nan = tsr_ne(b, x, x);
  tsr_value count = tsr_sum(b, tsr_convert(b, is_nan, TSR_I64), TSR_ALL_AXES);
  TSR_TRY(tsr_read(b, count, &nans, sizeof nans));
  if (n > nans) {
    if (is_in(dtype, TSR_DTYPES_ORDERED)) TSR_TRY(print_extremes(b, x, dtype, is_nan));
    TSR_TRY(print_mean(b, x, dtype, is_nan, n - nans));
  }
  if (tsr_dtype_is_active(dtype)) printf("NaN    %lld\n", (long long)nans);
  return TSR_OK;
}

/* ---- the array ---- */

static const char *order_of(tsr_tensor *t) {
  const int32_t rank = tsr_tensor_rank(t);
  const int64_t *dims = tsr_tensor_dims(t), *strides = tsr_tensor_strides(t);
  int64_t dense = 1;
  bool is_c = true;
  for (int32_t i = rank - 1; i >= 0; i--) {
    is_c = is_c && (dims[i] == 1 || strides[i] == dense);
    dense *= dims[i];
  }
  return is_c || dense == 0 ? "C" : "Fortran";
}

static tsr_status show_tensor(session *s, tsr_tensor *t) {
  const tsr_dtype dtype = tsr_tensor_dtype(t);
  const int64_t n = tsr_tensor_count(t);
  print_type(dtype, (tsr_dims){tsr_tensor_dims(t), (size_t)tsr_tensor_rank(t)}, order_of(t),
             (size_t)n * tsr_dtype_size(dtype));
  if (is_in(dtype, TSR_DTYPES_NUMERIC)) {
    tsr_builder *scope;
    TSR_TRY(tsr_eager_nest(s->b, &scope));
    const tsr_status status = print_statistics(scope, tsr_from_tensor(scope, t), dtype, n);
    tsr_builder_close(scope);
    TSR_TRY(status);
  }
  printf("\n");
  return tsr_tensor_print(t, stdout);
}

static tsr_status show_array(session *s, const char *path) {
  tsr_tensor *t;
  TSR_TRY(load_tensor(s->device, path, &t));
  const tsr_status status = show_tensor(s, t);
  tsr_tensor_release(t);
  return status;
}

/* ---- the command ---- */

/* One bad file does not hide the others. */
static int show_all(const command *self, const arguments *a, session *s) {
  int ended = EXIT_OK;
  for (size_t i = 0; i < a->n; i++) {
    const char *path = a->operands[i];
    if (a->n > 1) printf("%s%s:\n", i ? "\n" : "", path);
    const tsr_status status = s ? show_array(s, path) : show_header(path);
    fflush(stdout); /* what is told about a file stays before its error */
    if (status != TSR_OK) ended = report_status(self, status);
  }
  return ended;
}

static int run_show(const command *self, const arguments *a) {
  session s;
  if (a->n == 0) return report_usage(self, "which file");
  if (option_given(self, a, "--header")) {
    for (size_t i = 0; i < a->n; i++)
      if (strcmp(a->operands[i], "-") == 0)
        return report_usage(self, "--header reads files, not standard input");
    return show_all(self, a, NULL);
  }
  const tsr_status status = session_open("cpu", &s);
  const int ended = status == TSR_OK ? show_all(self, a, &s) : report_status(self, status);
  session_close(&s);
  return ended;
}

static const option options[] = {
    {"--header", NULL, "only what the header says; the data are not read"},
    {NULL,       NULL, NULL                                              },
};

const command command_show = {
    .name = "show",
    .summary = "what is in .npy files",
    .synopsis = "[--header] FILE...",
    .options = options,
    .text = "Prints dtype, shape, order and bytes of each array; of numbers the smallest, the\n"
            "largest and the mean of those that are not NaN, and how many are; then the array\n"
            "as NumPy prints it.\n",
    .run = run_show,
};
