/* expr_c.c - an expression as a C function: a loop nest per set of reduced axes.
 *
 * Kept axes run outside, reduced ones inside, each in C order, and one accumulator per
 * output takes the elements in one at a time. Where steps reduce, the inner loops come once for
 * each reduction that waits for others, and once more to store; steps in them are computed anew.
 */
#include "expr_text_internal.h"

#include <stdio.h>

#include "tsr/alloc.h"

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

/* Store output j from accumulator r<j>, or from the value v<step>. */
static void put_store(tsri_writer *w, int32_t j, char from) {
  const tsr_expr_out *out = &w->expr->outputs[j];
  tsr_dtype dtype = w->expr->steps[out->step].dtype;
  char array[24], value[24];
  snprintf(array, sizeof array, "out[%d]", j);
  snprintf(value, sizeof value, "%c%d", from, from == 'r' ? j : out->step);
  tsri_put_store_head(w, dtype, array);
  put_offset(w, "out_strides", j, NULL, out->reduced);
  tsri_put_store_tail(w, dtype, value);
}

/* Stores of outputs of the nest: those reduced, or the others. */
static void put_stores(tsri_writer *w, uint64_t reduced, bool of_reductions) {
  for (int32_t j = 0; j < w->expr->n_outputs; j++) {
    const tsr_expr_out *out = &w->expr->outputs[j];
    if (out->reduced != reduced || (out->reduce != NULL) != of_reductions) continue;
    put_store(w, j, of_reductions ? 'r' : 'v');
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

/* ---- rows ---- */

/* What the text of rows is made from: how many reductions each step waits for, one after the
 * other, and whether it varies along the axes that are reduced.
 */
typedef struct rows {
  uint64_t reduced;
  int32_t n_passes;
  int32_t *level; /* [n_steps] */
  bool *is_row;   /* [n_steps] */
} rows;

static bool reduces(const tsr_expr_step *s) { return s->op && tsr_expr_reduces(s->op); }

static void find_levels(const tsr_expr *e, rows *r) {
  for (int32_t i = 0; i < e->n_steps; i++) {
    const tsr_expr_step *s = &e->steps[i];
    r->level[i] = 0;
    for (int32_t k = 0; s->op && k < s->op->max_inputs; k++)
      if (r->level[s->arg[k]] > r->level[i]) r->level[i] = r->level[s->arg[k]];
    r->level[i] += reduces(s);
    if (r->level[i] > r->n_passes) r->n_passes = r->level[i];
  }
}

/* Steps of rows that come before a pass, which is where those of the loop are computed at first. */
static tsr_status put_row_steps(tsri_writer *w, const rows *r, int32_t pass) {
  for (int32_t i = 0; i < w->expr->n_steps; i++) {
    char name[24];
    if (!r->is_row[i] || r->level[i] != pass) continue;
    snprintf(name, sizeof name, "r%d", i);
    if (reduces(&w->expr->steps[i]))
      tsri_put_reduced(w, i, name);
    else
      TSR_TRY(tsri_put_step(w, i, put_input_offset, NULL));
  }
  return TSR_OK;
}

static tsr_status put_row_sums(tsri_writer *w, const rows *r, int32_t pass, bool start) {
  for (int32_t i = 0; i < w->expr->n_steps; i++) {
    const tsr_expr_step *s = &w->expr->steps[i];
    char name[24], next[24];
    if (!reduces(s) || r->level[i] != pass + 1) continue;
    const tsr_expr_out as = {s->arg[0], s->op, r->reduced};
    snprintf(name, sizeof name, "r%d", i);
    snprintf(next, sizeof next, "v%d", s->arg[0]);
    TSR_TRY(start ? tsri_put_accumulator(w, &as, name) : tsri_put_join(w, &as, name, next));
  }
  return TSR_OK;
}

/* Of results over the loop, or of those of rows. */
static void put_row_stores(tsri_writer *w, uint64_t reduced) {
  for (int32_t j = 0; j < w->expr->n_outputs; j++)
    if (w->expr->outputs[j].reduced == reduced) put_store(w, j, 'v');
}

static tsr_status put_pass(tsri_writer *w, const rows *r, int32_t pass) {
  TSR_TRY(put_row_steps(w, r, pass));
  TSR_TRY(put_row_sums(w, r, pass, true));
  put_loops(w, r->reduced, true);
  tsri_put(w, "   {\n");
  for (int32_t i = 0; i < w->expr->n_steps; i++)
    if (!r->is_row[i] && r->level[i] <= pass) TSR_TRY(tsri_put_step(w, i, put_input_offset, NULL));
  TSR_TRY(put_row_sums(w, r, pass, false));
  if (pass == r->n_passes) put_row_stores(w, 0);
  tsri_put(w, "   }\n");
  return TSR_OK;
}

static tsr_status put_rows(tsri_writer *w, const rows *r) {
  put_loops(w, r->reduced, false);
  tsri_put(w, "  {\n");
  for (int32_t pass = 0; pass <= r->n_passes; pass++)
    TSR_TRY(put_pass(w, r, pass));
  put_row_stores(w, r->reduced);
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
  const rows *r = ctx;
  tsri_put(w, "%s%s", head, half_head);
  tsri_put_sections(w);
  tsri_put(w,
           "\nvoid %s(const int64_t *dims, void *const *in, const int64_t *const *in_strides,\n"
           "    void *const *out, const int64_t *const *out_strides) {\n"
           "  (void)dims, (void)in, (void)in_strides, (void)out, (void)out_strides;\n",
           w->name);
  if (r->reduced) TSR_TRY(put_rows(w, r));
  for (int32_t j = 0; j < w->expr->n_outputs && !r->reduced; j++) {
    if (opens_nest(w->expr, j)) TSR_TRY(put_nest(w, w->expr->outputs[j].reduced));
  }
  tsri_put(w, "}\n");
  return TSR_OK;
}

tsr_status tsr_expr_format_c(const tsr_expr *expr, const char *name, char **out, size_t *size) {
  tsri_writer w = {.expr = expr, .name = name, .in = "in"};
  rows r = {.reduced = tsr_expr_rows(expr)};
  if (!r.reduced) return tsri_write(&w, put_function, &r, out, size);
  const size_t n = (size_t)expr->n_steps, bytes = n * (sizeof(uint64_t) + sizeof(int32_t) + 1);
  void *memory = NULL;
  *out = NULL;
  *size = 0;
  TSR_TRY(tsr_alloc(bytes, 0, &memory));
  uint64_t *along = memory;
  r.level = (int32_t *)(along + n);
  r.is_row = (bool *)(r.level + n);
  tsri_expr_axes(expr, along);
  for (size_t i = 0; i < n; i++)
    r.is_row[i] = !(along[i] & r.reduced);
  find_levels(expr, &r);
  tsr_status status = tsri_write(&w, put_function, &r, out, size);
  tsr_free(memory, bytes, 0);
  return status;
}
