/* expr_c.c - an expression as a C function: a loop nest per set of reduced axes.
 *
 * Kept axes run outside, reduced ones inside, each in C order, and one accumulator per
 * output takes the elements in one at a time.
 */
#include "expr_text_internal.h"

#include <stdio.h>

static const char head[] = "#ifndef TSR_TEXT_HEAD\n#define TSR_TEXT_HEAD\n"
                           "#include <math.h>\n#include <stdint.h>\n"
                           "#define TSR_FN static inline\n"
                           "#endif\n";

/* By their bits: C has no type for them. */
static const char half_head[] =
    "#ifndef TSR_TEXT_F16\n#define TSR_TEXT_F16\n"
    "typedef union tsr_half_bits { float f; uint32_t u; } tsr_half_bits;\n"
    "static inline float tsr_load_f16(uint16_t h) {\n"
    "  uint32_t sign = (h & 0x8000u) << 16, e = h >> 10 & 31, m = h & 1023;\n"
    "  tsr_half_bits x = {(float)m * 0x1p-24f};\n"
    "  if (e == 31) x.u = 0x7f800000 | m << 13;\n"
    "  else if (e) x.u = (e + 112) << 23 | m << 13;\n"
    "  x.u |= sign;\n"
    "  return x.f;\n}\n"
    "static inline uint16_t tsr_store_f16(float f) {\n"
    "  tsr_half_bits x = {f};\n"
    "  uint32_t sign = x.u >> 16 & 0x8000;\n"
    "  x.u &= 0x7fffffff;\n"
    "  if (x.u > 0x7f800000) return (uint16_t)(sign | 0x7e00 | (x.u >> 13 & 0x3ff));\n"
    "  if (x.u >= 0x477ff000) return (uint16_t)(sign | 0x7c00);\n"
    "  if (x.u < 0x38800000) {\n"
    "    x.f += 0.5f;\n"
    "    return (uint16_t)(sign | (x.u - 0x3f000000));\n"
    "  }\n"
    "  return (uint16_t)(sign | (x.u + 0xfff + (x.u >> 13 & 1) - 0x38000000) >> 13);\n}\n"
    "#endif\n";

/* Offset of an element from strides named stride: the sum over axes of loop index times
 * stride; in NULL means the kept axes of an output.
 */
static void put_offset(tsri_writer *w, const char *strides, int32_t i, const tsr_expr_load *in,
                       uint64_t reduced) {
  int32_t k = 0;
  tsri_put(w, "0");
  for (int32_t axis = 0; axis < w->expr->rank; axis++) {
    bool taken = in ? k < in->rank && in->axes[k] == axis : axis >= 64 || !(reduced >> axis & 1);
    if (taken) tsri_put(w, " + i%d * %s[%d][%d]", axis, strides, i, k++);
  }
}

static void put_input_offset(tsri_writer *w, int32_t input, const void *ctx) {
  (void)ctx;
  put_offset(w, "in_strides", input, &w->expr->inputs[input], 0);
}

static void put_loops(tsri_writer *w, uint64_t reduced, bool inner) {
  for (int32_t axis = 0; axis < w->expr->rank; axis++) {
    bool is_reduced = axis < 64 && (reduced >> axis & 1);
    if (is_reduced == inner) {
      tsri_put(w, "  for (int64_t i%d = 0; i%d < dims[%d]; i%d++)\n", axis, axis, axis, axis);
    }
  }
}

static bool is_reduced_in(const tsr_expr_out *out, uint64_t reduced) {
  return out->reduce && out->reduced == reduced;
}

static tsr_status put_accumulators(tsri_writer *w, uint64_t reduced) {
  for (int32_t j = 0; j < w->expr->n_outputs; j++) {
    const tsr_expr_out *out = &w->expr->outputs[j];
    char name[24];
    snprintf(name, sizeof name, "r%d", j);
    if (is_reduced_in(out, reduced)) TSR_TRY(tsri_put_accumulator(w, out, name));
  }
  return TSR_OK;
}

static tsr_status put_reductions(tsri_writer *w, uint64_t reduced) {
  for (int32_t j = 0; j < w->expr->n_outputs; j++) {
    const tsr_expr_out *out = &w->expr->outputs[j];
    char name[24], next[24];
    snprintf(name, sizeof name, "r%d", j);
    snprintf(next, sizeof next, "v%d", out->step);
    if (is_reduced_in(out, reduced)) TSR_TRY(tsri_put_join(w, out, name, next));
  }
  return TSR_OK;
}

/* Stores of outputs of the nest: those reduced, or the others. */
static void put_stores(tsri_writer *w, uint64_t reduced, bool of_reductions) {
  for (int32_t j = 0; j < w->expr->n_outputs; j++) {
    const tsr_expr_out *out = &w->expr->outputs[j];
    if (out->reduced != reduced || (out->reduce != NULL) != of_reductions) continue;
    tsr_dtype dtype = w->expr->steps[out->step].dtype;
    char array[24], value[24];
    snprintf(array, sizeof array, "out[%d]", j);
    snprintf(value, sizeof value, "%c%d", of_reductions ? 'r' : 'v', of_reductions ? j : out->step);
    tsri_put_store_head(w, dtype, array);
    put_offset(w, "out_strides", j, NULL, reduced);
    tsri_put_store_tail(w, dtype, value);
  }
}

static tsr_status put_nest(tsri_writer *w, uint64_t reduced) {
  put_loops(w, reduced, false);
  tsri_put(w, "  {\n");
  TSR_TRY(put_accumulators(w, reduced));
  put_loops(w, reduced, true);
  tsri_put(w, "   {\n");
  TSR_TRY(tsri_put_steps(w, put_input_offset, NULL));
  TSR_TRY(put_reductions(w, reduced));
  put_stores(w, reduced, false);
  tsri_put(w, "   }\n");
  put_stores(w, reduced, true);
  tsri_put(w, "  }\n");
  return TSR_OK;
}

/* Is output j the first of those that reduce the same axes? */
static bool opens_nest(const tsr_expr *e, int32_t j) {
  for (int32_t i = 0; i < j; i++) {
    if (e->outputs[i].reduced == e->outputs[j].reduced) return false;
  }
  return true;
}

static tsr_status put_function(tsri_writer *w, const void *ctx) {
  (void)ctx;
  tsri_put(w, "%s%s", head, half_head);
  tsri_put_sections(w);
  tsri_put(w,
           "\nvoid %s(const int64_t *dims, void *const *in, const int64_t *const *in_strides,\n"
           "    void *const *out, const int64_t *const *out_strides) {\n"
           "  (void)dims, (void)in, (void)in_strides, (void)out, (void)out_strides;\n",
           w->name);
  for (int32_t j = 0; j < w->expr->n_outputs; j++) {
    if (opens_nest(w->expr, j)) TSR_TRY(put_nest(w, w->expr->outputs[j].reduced));
  }
  tsri_put(w, "}\n");
  return TSR_OK;
}

tsr_status tsr_expr_format_c(const tsr_expr *expr, const char *name, char **out, size_t *size) {
  tsri_writer w = {.expr = expr, .name = name, .in = "in"};
  return tsri_write(&w, put_function, NULL, out, size);
}
