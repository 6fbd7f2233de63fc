/* expr_cuda.c - a nest of an expression as a CUDA kernel.
 *
 * A block that reduces is a rectangle of threads, across the kept indices and down the
 * reduced ones. Each thread takes every so many elements of its chunk; the column's results
 * are joined in shared memory, half by half.
 */
#include "expr_text_internal.h"

#include <stdio.h>

typedef struct kernel {
  const tsr_expr_nest *nest;
  const char *size, *index; /* types of sizes and of strides */
} kernel;

/* NVRTC knows no system header. __nv functions are libdevice's. */
static const char head[] =
    "#ifndef TSR_TEXT_HEAD\n#define TSR_TEXT_HEAD\n"
    "#ifdef __CUDACC_RTC__\n"
    "typedef signed char int8_t;\ntypedef unsigned char uint8_t;\n"
    "typedef short int16_t;\ntypedef unsigned short uint16_t;\n"
    "typedef int int32_t;\ntypedef unsigned int uint32_t;\n"
    "typedef long long int64_t;\ntypedef unsigned long long uint64_t;\n"
    "#endif\n"
    "#ifndef TSR_ARGS\n#define TSR_ARGS(type) const __grid_constant__ type\n#endif\n"
    "#ifndef INFINITY\n"
    "#define INFINITY __int_as_float(0x7f800000)\n#define NAN __int_as_float(0x7fffffff)\n"
    "#endif\n"
    "#define TSR_FN static __device__ inline\n"
    "extern \"C\" __device__ float __nv_half2float(unsigned short);\n"
    "extern \"C\" __device__ unsigned short __nv_float2half_rn(float);\n"
    "TSR_FN float tsr_load_f16(uint16_t h) { return __nv_half2float(h); }\n"
    "TSR_FN uint16_t tsr_store_f16(float f) { return __nv_float2half_rn(f); }\n"
    "#endif\n";

/* ---- which outputs ---- */

static bool belongs(const tsr_expr_out *out, const tsr_expr_nest *nest) {
  return (out->reduce ? out->reduced : 0) == nest->reduced;
}

static int32_t outputs_of(const tsri_writer *w, const tsr_expr_nest *nest) {
  int32_t n = 0;
  for (int32_t j = 0; j < w->expr->n_outputs; j++)
    n += belongs(&w->expr->outputs[j], nest);
  return n;
}

static tsr_dtype dtype_of(const tsri_writer *w, const tsr_expr_out *out) {
  return w->expr->steps[out->step].dtype;
}

static const tsri_text_finding *finding_of(const tsr_expr *e, int32_t step) {
  const tsr_expr_step *s = &e->steps[step];
  if (!s->op) return NULL;
  return tsri_text_find_finding(s->op, e->steps[s->arg[0]].dtype);
}

bool tsr_expr_has_finding(const tsr_expr *expr) {
  for (int32_t i = 0; i < expr->n_steps; i++) {
    if (finding_of(expr, i)) return true;
  }
  return false;
}

/* ---- arguments ---- */

static void put_array(tsri_writer *w, const char *type, const char *name, int32_t n, int32_t rank) {
  if (n == 0 || rank == 0) return;
  tsri_put(w, "  %s%s[%d]", type, name, n);
  if (rank > 0) tsri_put(w, "[%d]", rank);
  tsri_put(w, ";\n");
}

static void put_struct(tsri_writer *w, const kernel *k) {
  const tsr_expr_nest *nest = k->nest;
  int32_t n = outputs_of(w, nest), axes = nest->kept_rank + nest->reduced_rank;
  char index[16], size[16];
  snprintf(index, sizeof index, "%s ", k->index);
  snprintf(size, sizeof size, "%s ", k->size);
  tsri_put(w, "struct %s_args {\n", w->name);
  put_array(w, "const void *", "in", w->expr->n_inputs, -1);
  put_array(w, "void *", "out", n, -1);
  if (nest->reduced) {
    put_array(w, "void *", "part", n, -1);
    tsri_put(w, "  %s kept, count, chunk, chunks, log_across, is_row, log_finish;\n", k->size);
  } else {
    if (tsr_expr_has_finding(w->expr)) tsri_put(w, "  unsigned *found;\n");
    tsri_put(w, "  %s kept;\n", k->size);
  }
  put_array(w, size, "dims", axes, -1);
  put_array(w, index, "in_strides", w->expr->n_inputs, axes);
  put_array(w, index, "out_strides", n, nest->kept_rank);
  tsri_put(w, "};\n");
}

/* ---- indices ---- */

/* i<from> ... from one number, the last axis fastest. */
static void put_indices(tsri_writer *w, const kernel *k, const char *number, int32_t from,
                        int32_t n) {
  if (n == 0) return;
  if (n > 1) tsri_put(w, "    %s %s_rest = %s;\n", k->size, number, number);
  for (int32_t a = from + n - 1; a > from; a--) {
    tsri_put(w, "    const %s i%d = %s_rest %% a.dims[%d];\n    %s_rest /= a.dims[%d];\n", k->size,
             a, number, a, number, a);
  }
  tsri_put(w, "    const %s i%d = %s%s;\n", k->size, from, number, n > 1 ? "_rest" : "");
}

static void put_offset(tsri_writer *w, const kernel *k, const char *strides, int32_t i,
                       int32_t axes) {
  tsri_put(w, "0");
  for (int32_t a = 0; a < axes; a++)
    tsri_put(w, " + (%s)i%d * a.%s[%d][%d]", k->index, a, strides, i, a);
}

static void put_input_offset(tsri_writer *w, int32_t input, const void *ctx) {
  const kernel *k = ctx;
  put_offset(w, k, "in_strides", input, k->nest->kept_rank + k->nest->reduced_rank);
}

static void put_store(tsri_writer *w, const kernel *k, const tsr_expr_out *out, int32_t number,
                      const char *value) {
  char array[24];
  snprintf(array, sizeof array, "a.out[%d]", number);
  tsri_put_store_head(w, dtype_of(w, out), array);
  put_offset(w, k, "out_strides", number, k->nest->kept_rank);
  tsri_put_store_tail(w, dtype_of(w, out), value);
}

/* ---- without reductions ---- */

static void put_findings(tsri_writer *w) {
  for (int32_t i = 0; i < w->expr->n_steps; i++) {
    const tsri_text_finding *finding = finding_of(w->expr, i);
    if (!finding) continue;
    char divisor[24];
    snprintf(divisor, sizeof divisor, "v%d", w->expr->steps[i].arg[1]);
    tsri_words words = {.of = {['b'] = divisor}};
    tsri_put(w, "    if (");
    tsri_expand(w, finding->when, &words);
    tsri_put(w, ") a.found[%d] = 1;\n", finding->number);
  }
}

static tsr_status put_map(tsri_writer *w, const kernel *k) {
  tsri_put(w,
           "extern \"C\" __global__ void %s(TSR_ARGS(%s_args) a) {\n"
           "  const %s step = (%s)gridDim.x * blockDim.x;\n"
           "  for (%s i = (%s)blockIdx.x * blockDim.x + threadIdx.x; i < a.kept; i += step) {\n",
           w->name, w->name, k->size, k->size, k->size, k->size);
  put_indices(w, k, "i", 0, k->nest->kept_rank);
  TSR_TRY(tsri_put_steps(w, put_input_offset, k));
  put_findings(w);
  for (int32_t j = 0, number = 0; j < w->expr->n_outputs; j++) {
    const tsr_expr_out *out = &w->expr->outputs[j];
    char value[24];
    if (!belongs(out, k->nest)) continue;
    snprintf(value, sizeof value, "v%d", out->step);
    put_store(w, k, out, number++, value);
  }
  tsri_put(w, "  }\n}\n");
  return TSR_OK;
}

/* ---- reductions ---- */

/* A thread's place: x across, y down; i is its kept index. */
static void put_place(tsri_writer *w, const kernel *k, const char *suffix, const char *log,
                      const char *is_row) {
  tsri_put(w,
           "extern \"C\" __global__ void __launch_bounds__(%d) %s%s(TSR_ARGS(%s_args) a) {\n"
           "  __shared__ double shared[%d];\n"
           "  const unsigned t = threadIdx.x, across = 1u << a.%s, down = %du >> a.%s;\n"
           "  const unsigned x = %s ? t / down : t %% across, y = %s ? t %% down : t / across;\n"
           "  const unsigned slot = y * across + x;\n"
           "  const %s i = (%s)blockIdx.x * across + x;\n",
           TSR_EXPR_BLOCK, w->name, suffix, w->name, 2 * TSR_EXPR_BLOCK, log, TSR_EXPR_BLOCK, log,
           is_row, is_row, k->size, k->size);
}

typedef tsr_status (*put_output)(tsri_writer *w, const kernel *k, const tsr_expr_out *out,
                                 int32_t number, const char *name);

/* For each output of the nest; its result so far is called name. */
static tsr_status for_outputs(tsri_writer *w, const kernel *k, put_output put) {
  for (int32_t j = 0, number = 0; j < w->expr->n_outputs; j++) {
    char name[24];
    if (!belongs(&w->expr->outputs[j], k->nest)) continue;
    snprintf(name, sizeof name, "r%d", number);
    TSR_TRY(put(w, k, &w->expr->outputs[j], number, name));
    number++;
  }
  return TSR_OK;
}

static tsr_status put_accumulator(tsri_writer *w, const kernel *k, const tsr_expr_out *out,
                                  int32_t number, const char *name) {
  (void)k, (void)number;
  return tsri_put_accumulator(w, out, name);
}

static tsr_status put_join_element(tsri_writer *w, const kernel *k, const tsr_expr_out *out,
                                   int32_t number, const char *name) {
  char next[24];
  (void)k, (void)number;
  snprintf(next, sizeof next, "v%d", out->step);
  return tsri_put_join(w, out, name, next);
}

static const char *value_type(const tsri_writer *w, const tsr_expr_out *out) {
  return tsri_text_dtypes[dtype_of(w, out)].value;
}

static tsr_status put_join_part(tsri_writer *w, const kernel *k, const tsr_expr_out *out,
                                int32_t number, const char *name) {
  const char *type = value_type(w, out);
  tsri_put(w, "    const %s next%d = ((const %s *)a.part[%d])[(uint64_t)%s * a.kept + i];\n", type,
           number, type, number, "r");
  char next[24];
  (void)k;
  snprintf(next, sizeof next, "next%d", number);
  return tsri_put_join(w, out, name, next);
}

/* Column y = 0 gets the result of its x. */
static tsr_status put_tree(tsri_writer *w, const kernel *k, const tsr_expr_out *out, int32_t number,
                           const char *name) {
  const char *type = value_type(w, out);
  (void)k;
  tsri_put(w,
           "  %s *const column%d = (%s *)shared;\n"
           "  __syncthreads();\n"
           "  column%d[slot] = %s;\n"
           "  for (unsigned half = down / 2; half; half /= 2) {\n"
           "    __syncthreads();\n"
           "    if (y >= half) continue;\n"
           "    const %s next = column%d[slot + half * across];\n",
           type, number, type, number, name, type, number);
  TSR_TRY(tsri_put_join(w, out, name, "next"));
  tsri_put(w, "    column%d[slot] = %s;\n  }\n", number, name);
  return TSR_OK;
}

static tsr_status put_store_part(tsri_writer *w, const kernel *k, const tsr_expr_out *out,
                                 int32_t number, const char *name) {
  (void)k;
  tsri_put(w, "    ((%s *)a.part[%d])[(uint64_t)blockIdx.y * a.kept + i] = %s;\n",
           value_type(w, out), number, name);
  return TSR_OK;
}

static tsr_status put_store_result(tsri_writer *w, const kernel *k, const tsr_expr_out *out,
                                   int32_t number, const char *name) {
  put_store(w, k, out, number, name);
  return TSR_OK;
}

static tsr_status put_reduce(tsri_writer *w, const kernel *k) {
  put_place(w, k, "", "log_across", "a.is_row");
  tsri_put(w,
           "  const %s begin = (%s)blockIdx.y * a.chunk;\n"
           "  const %s end = a.count - begin < a.chunk ? a.count : begin + a.chunk;\n",
           k->size, k->size, k->size);
  TSR_TRY(for_outputs(w, k, put_accumulator));
  put_indices(w, k, "i", 0, k->nest->kept_rank);
  tsri_put(w, "  if (i < a.kept) for (%s r = begin + y; r < end; r += down) {\n", k->size);
  put_indices(w, k, "r", k->nest->kept_rank, k->nest->reduced_rank);
  TSR_TRY(tsri_put_steps(w, put_input_offset, k));
  TSR_TRY(for_outputs(w, k, put_join_element));
  tsri_put(w, "  }\n");
  TSR_TRY(for_outputs(w, k, put_tree));
  tsri_put(w, "  if (y || i >= a.kept) return;\n  if (a.chunks == 1) {\n");
  TSR_TRY(for_outputs(w, k, put_store_result));
  tsri_put(w, "  } else {\n");
  TSR_TRY(for_outputs(w, k, put_store_part));
  tsri_put(w, "  }\n}\n");
  return TSR_OK;
}

static tsr_status put_finish(tsri_writer *w, const kernel *k) {
  put_place(w, k, "_finish", "log_finish", "0");
  TSR_TRY(for_outputs(w, k, put_accumulator));
  tsri_put(w, "  if (i < a.kept) for (%s r = y; r < a.chunks; r += down) {\n", k->size);
  TSR_TRY(for_outputs(w, k, put_join_part));
  tsri_put(w, "  }\n");
  TSR_TRY(for_outputs(w, k, put_tree));
  tsri_put(w, "  if (y || i >= a.kept) return;\n");
  put_indices(w, k, "i", 0, k->nest->kept_rank);
  TSR_TRY(for_outputs(w, k, put_store_result));
  tsri_put(w, "}\n");
  return TSR_OK;
}

static tsr_status put_kernel(tsri_writer *w, const void *ctx) {
  const kernel *k = ctx;
  tsri_put(w, "%s", head);
  tsri_put_sections(w);
  put_struct(w, k);
  if (!k->nest->reduced) return put_map(w, k);
  TSR_TRY(put_reduce(w, k));
  return put_finish(w, k);
}

tsr_status tsr_expr_format_cuda(const tsr_expr *expr, const tsr_expr_nest *nest, const char *name,
                                char **out, size_t *size) {
  bool wide = nest->bits == 64;
  if (tsr_expr_rows(expr))
    return TSR_FAIL(TSR_ERR_UNSUPPORTED, "expr: no CUDA text for steps that reduce");
  kernel k = {nest, wide ? "uint64_t" : "uint32_t", wide ? "int64_t" : "int32_t"};
  tsri_writer w = {.expr = expr, .name = name, .in = "a.in"};
  return tsri_write(&w, put_kernel, &k, out, size);
}
