/* expr_c.c - an expression as a C function: a loop nest per set of reduced axes.
 *
 * Kept axes run outside, reduced ones inside, each in C order, and one accumulator per
 * output takes the elements in one at a time. The text is printed twice: to count its
 * bytes, and to write them.
 */
#include "expr_c_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tsr/alloc.h"

typedef struct writer {
  char *text; /* NULL while counting */
  size_t used, room;
  const tsr_expr *e;
} writer;

TSR_PRINTF(2, 3) static void put(writer *w, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  int n = vsnprintf(w->text ? w->text + w->used : NULL, w->text ? w->room - w->used : 0, fmt, args);
  va_end(args);
  if (n > 0) w->used += (size_t)n;
}

/* What the letters after $ in a text stand for. */
typedef struct bindings {
  const char *arg[3]; /* $a $b $c */
  const char *type, *suffix, *key, *result, *operator_;
} bindings;

static const char *word_of(const bindings *words, char letter) {
  static const char letters[] = "abctSdro";
  const char *const all[] = {words->arg[0], words->arg[1], words->arg[2], words->type,
                             words->suffix, words->key,    words->result, words->operator_};
  return all[strchr(letters, letter) - letters];
}

static void expand(writer *w, const char *text, const bindings *words) {
  for (const char *p = text; *p; p++) {
    if (*p == '$') {
      put(w, "%s", word_of(words, *++p));
    } else {
      put(w, "%c", *p);
    }
  }
}

static bool is_half(tsr_dtype dtype) { return dtype == TSR_F16 || dtype == TSR_BF16; }

/* Offset of an element from strides named stride: the sum over axes of loop index times
 * stride; axes NULL means the kept axes of an output.
 */
static void put_offset(writer *w, const char *strides, int32_t i, const tsr_expr_load *in,
                       uint64_t reduced) {
  int32_t k = 0;
  put(w, "0");
  for (int32_t axis = 0; axis < w->e->rank; axis++) {
    bool taken = in ? k < in->rank && in->axes[k] == axis : axis >= 64 || !(reduced >> axis & 1);
    if (taken) put(w, " + i%d * %s[%d][%d]", axis, strides, i, k++);
  }
}

static void put_load(writer *w, const tsr_expr_step *s) {
  const tsri_c_dtype *c = &tsri_c_dtypes[s->dtype];
  const char *end = strchr(c->load, '$'); /* the element stands there */
  int32_t input = s->arg[0];
  put(w, "%.*s((const %s *)in[%d])[", (int)(end - c->load), c->load, c->memory, input);
  put_offset(w, "in_strides", input, &w->e->inputs[input], 0);
  put(w, "]%s", end + 2);
}

static tsr_status put_operation(writer *w, const tsr_expr_step *s) {
  char names[3][16];
  bindings words = {
      {names[0], names[1], names[2]},
      tsri_c_dtypes[s->dtype].value,
      NULL,
      NULL,
      tsr_dtype_name(s->dtype),
      tsri_c_operator(s)
  };
  for (int32_t k = 0; k < 3; k++) {
    snprintf(names[k], sizeof names[k], "v%d", s->arg[k]);
  }
  tsr_dtype key = w->e->steps[s->arg[s->op->key > 0 ? s->op->key : 0]].dtype;
  words.suffix = tsri_c_dtypes[key].suffix;
  words.key = tsr_dtype_name(key);
  const char *text = tsri_c_step(s, key);
  if (!text) {
    return TSR_FAIL(TSR_ERR_UNSUPPORTED, "expr: no C text for %s of %s", s->op->name, words.key);
  }
  /* unfused, every result would be rounded to its dtype */
  if (is_half(s->dtype)) put(w, "tsr_load_%s(tsr_store_%s(", words.result, words.result);
  expand(w, text, &words);
  if (is_half(s->dtype)) put(w, "))");
  return TSR_OK;
}

static tsr_status put_steps(writer *w) {
  for (int32_t i = 0; i < w->e->n_steps; i++) {
    const tsr_expr_step *s = &w->e->steps[i];
    put(w, "    const %s v%d = ", tsri_c_dtypes[s->dtype].value, i);
    if (s->op) {
      TSR_TRY(put_operation(w, s));
    } else {
      put_load(w, s);
    }
    put(w, ";\n");
  }
  return TSR_OK;
}

static void put_loops(writer *w, uint64_t reduced, bool inner) {
  for (int32_t axis = 0; axis < w->e->rank; axis++) {
    bool is_reduced = axis < 64 && (reduced >> axis & 1);
    if (is_reduced == inner) {
      put(w, "  for (int64_t i%d = 0; i%d < dims[%d]; i%d++)\n", axis, axis, axis, axis);
    }
  }
}

static void put_accumulators(writer *w, uint64_t reduced) {
  for (int32_t j = 0; j < w->e->n_outputs; j++) {
    const tsr_expr_out *out = &w->e->outputs[j];
    if (!out->reduce || out->reduced != reduced) continue;
    const tsri_c_dtype *c = &tsri_c_dtypes[w->e->steps[out->step].dtype];
    const char *start = tsri_c_start(out->reduce, w->e->steps[out->step].dtype);
    put(w, "   %s r%d = %s;\n", c->value, j, start);
  }
}

static tsr_status put_reductions(writer *w, uint64_t reduced) {
  for (int32_t j = 0; j < w->e->n_outputs; j++) {
    const tsr_expr_out *out = &w->e->outputs[j];
    if (!out->reduce || out->reduced != reduced) continue;
    tsr_dtype dtype = w->e->steps[out->step].dtype;
    char so_far[16], next[16];
    snprintf(so_far, sizeof so_far, "r%d", j);
    snprintf(next, sizeof next, "v%d", out->step);
    bindings words = {
        {so_far, next, ""},
        tsri_c_dtypes[dtype].value, "", "", "", ""
    };
    const char *text = tsri_c_reduction(out->reduce, dtype);
    if (!text) {
      return TSR_FAIL(TSR_ERR_UNSUPPORTED, "expr: no C text for %s of %s", out->reduce->name,
                      tsr_dtype_name(dtype));
    }
    put(w, "    r%d = ", j);
    expand(w, text, &words);
    put(w, ";\n");
  }
  return TSR_OK;
}

/* Stores of outputs of the nest: those reduced, or the others. */
static void put_stores(writer *w, uint64_t reduced, bool of_reductions) {
  for (int32_t j = 0; j < w->e->n_outputs; j++) {
    const tsr_expr_out *out = &w->e->outputs[j];
    if (out->reduced != reduced || (out->reduce != NULL) != of_reductions) continue;
    const tsri_c_dtype *c = &tsri_c_dtypes[w->e->steps[out->step].dtype];
    char value[16];
    snprintf(value, sizeof value, "%c%d", of_reductions ? 'r' : 'v', of_reductions ? j : out->step);
    bindings words = {
        {value, "", ""},
        c->value, "", "", "", ""
    };
    put(w, "    ((%s *)out[%d])[", c->memory, j);
    put_offset(w, "out_strides", j, NULL, reduced);
    put(w, "] = ");
    expand(w, c->store, &words);
    put(w, ";\n");
  }
}

static tsr_status put_nest(writer *w, uint64_t reduced) {
  put_loops(w, reduced, false);
  put(w, "  {\n");
  put_accumulators(w, reduced);
  put_loops(w, reduced, true);
  put(w, "   {\n");
  TSR_TRY(put_steps(w));
  TSR_TRY(put_reductions(w, reduced));
  put_stores(w, reduced, false);
  put(w, "   }\n");
  put_stores(w, reduced, true);
  put(w, "  }\n");
  return TSR_OK;
}

/* Is output j the first of those that reduce the same axes? */
static bool opens_nest(const tsr_expr *e, int32_t j) {
  for (int32_t i = 0; i < j; i++) {
    if (e->outputs[i].reduced == e->outputs[j].reduced) return false;
  }
  return true;
}

static tsr_status put_function(writer *w, const char *name) {
  for (const char *const *part = tsri_c_prelude; *part; part++) {
    put(w, "%s", *part);
  }
  put(w,
      "\nvoid %s(const int64_t *dims, void *const *in, const int64_t *const *in_strides,\n"
      "    void *const *out, const int64_t *const *out_strides) {\n"
      "  (void)dims, (void)in, (void)in_strides, (void)out, (void)out_strides;\n",
      name);
  for (int32_t j = 0; j < w->e->n_outputs; j++) {
    if (opens_nest(w->e, j)) TSR_TRY(put_nest(w, w->e->outputs[j].reduced));
  }
  put(w, "}\n");
  return TSR_OK;
}

tsr_status tsr_expr_format_c(const tsr_expr *expr, const char *name, char **out, size_t *size) {
  *out = NULL;
  *size = 0;
  writer w = {.e = expr};
  TSR_TRY(put_function(&w, name));
  size_t room = w.used + 1;
  void *text = NULL;
  TSR_TRY(tsr_alloc(room, 0, &text));
  w = (writer){.text = text, .room = room, .e = expr};
  tsr_status status = put_function(&w, name);
  if (status != TSR_OK) {
    tsr_free(text, room, 0);
    return status;
  }
  *out = text;
  *size = room;
  return TSR_OK;
}
