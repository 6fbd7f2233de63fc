/* expr_text_write.c - what C and CUDA C have in common: functions, steps, reductions, stores. */
#include "expr_text_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tsr/alloc.h"

void tsri_put(tsri_writer *w, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  int n = vsnprintf(w->text ? w->text + w->used : NULL, w->text ? w->room - w->used : 0, fmt, args);
  va_end(args);
  if (n > 0) w->used += (size_t)n;
}

static void put_bytes(tsri_writer *w, const char *text, size_t n) {
  if (w->text) memcpy(w->text + w->used, text, n);
  w->used += n;
}

void tsri_expand(tsri_writer *w, const char *text, const tsri_words *words) {
  for (const char *end; (end = strchr(text, '$')) != NULL; text = end + 2) {
    const char *word = words->of[(unsigned char)end[1] & 127];
    put_bytes(w, text, (size_t)(end - text));
    put_bytes(w, word, strlen(word));
  }
  put_bytes(w, text, strlen(text));
}

tsr_status tsri_write(tsri_writer *w, tsr_status (*put)(tsri_writer *w, const void *ctx),
                      const void *ctx, char **out, size_t *size) {
  *out = NULL;
  *size = 0;
  TSR_TRY(put(w, ctx));
  w->room = w->used + 1;
  void *text = NULL;
  TSR_TRY(tsr_alloc(w->room, 0, &text));
  w->text = text;
  w->used = 0;
  tsr_status status = put(w, ctx);
  if (status != TSR_OK) {
    tsr_free(text, w->room, 0);
    return status;
  }
  w->text[w->used] = 0;
  *out = text;
  *size = w->room;
  return TSR_OK;
}

/* ---- words ---- */

static const char *bits_of(tsr_dtype dtype) {
  static const char *const bits[] = {[1] = "8", [2] = "16", [4] = "32", [8] = "64", [16] = "128"};
  return bits[tsr_dtype_size(dtype)];
}

static tsri_words words_of(tsr_dtype result, tsr_dtype key) {
  const tsri_text_dtype *r = &tsri_text_dtypes[result], *k = &tsri_text_dtypes[key];
  return (tsri_words){
      .of = {['t'] = r->value,
             ['r'] = tsr_dtype_name(result),
             ['w'] = bits_of(result),
             ['d'] = tsr_dtype_name(key),
             ['S'] = k->suffix,
             ['p'] = r->part,
             ['l'] = r->lowest,
             ['h'] = r->highest}
  };
}

static tsr_dtype key_of(const tsr_expr *e, const tsr_expr_step *s) {
  return s->op ? e->steps[s->arg[s->op->key > 0 ? s->op->key : 0]].dtype : s->dtype;
}

/* ---- functions ---- */

static bool wants(const tsr_expr *e, const tsri_text_section *section) {
  for (int32_t i = 0; i < e->n_steps; i++) {
    const tsr_expr_step *s = &e->steps[i];
    uint32_t dtypes = UINT32_C(1) << s->dtype | UINT32_C(1) << key_of(e, s);
    bool family = !section->families || (s->op && section->families >> s->op->family & 1);
    if (family && dtypes & section->dtypes) return true;
  }
  return false;
}

static void put_section(tsri_writer *w, const tsri_text_section *section) {
  uint32_t repeat = section->repeat ? section->repeat : TSR_BIT(F64);
  tsri_put(w, "#ifndef TSR_TEXT_%s\n#define TSR_TEXT_%s\n", section->name, section->name);
  for (int32_t d = 0; d < TSR_DTYPE_COUNT; d++) {
    if (!(repeat >> d & 1)) continue;
    tsri_words words = words_of((tsr_dtype)d, (tsr_dtype)d);
    for (const char *const *line = section->lines; *line; line++) {
      tsri_expand(w, *line, &words);
    }
  }
  tsri_put(w, "#endif\n");
}

void tsri_put_sections(tsri_writer *w) {
  for (const tsri_text_section *s = tsri_text_sections; s->name; s++) {
    if (wants(w->expr, s)) put_section(w, s);
  }
}

/* ---- steps ---- */

static bool is_half(tsr_dtype dtype) { return dtype == TSR_F16 || dtype == TSR_BF16; }

static tsr_status put_operation(tsri_writer *w, const tsr_expr_step *s) {
  char names[3][24];
  tsr_dtype key = key_of(w->expr, s);
  tsri_words words = words_of(s->dtype, key);
  for (int32_t k = 0; k < 3; k++) {
    snprintf(names[k], sizeof names[k], "v%d", s->arg[k]);
    words.of['a' + k] = names[k];
  }
  words.of['o'] = tsri_text_operator(s);
  const char *text = tsri_text_step(s, key);
  if (!text) {
    return TSR_FAIL(TSR_ERR_UNSUPPORTED, "expr: no C text for %s of %s", s->op->name,
                    tsr_dtype_name(key));
  }
  /* unfused, every result would be rounded to its dtype */
  if (is_half(s->dtype)) tsri_expand(w, "tsr_load_$r(tsr_store_$r(", &words);
  tsri_expand(w, text, &words);
  if (is_half(s->dtype)) tsri_put(w, "))");
  return TSR_OK;
}

static void put_load(tsri_writer *w, const tsr_expr_step *s,
                     void (*index)(tsri_writer *w, int32_t input, const void *ctx),
                     const void *ctx) {
  const tsri_text_dtype *t = &tsri_text_dtypes[s->dtype];
  const char *end = strchr(t->load, '$'); /* the element stands there */
  int32_t input = s->arg[0];
  tsri_put(w, "%.*s((const %s *)%s[%d])[", (int)(end - t->load), t->load, t->memory, w->in, input);
  index(w, input, ctx);
  tsri_put(w, "]%s", end + 2);
}

tsr_status tsri_put_step(tsri_writer *w, int32_t i,
                         void (*index)(tsri_writer *w, int32_t input, const void *ctx),
                         const void *ctx) {
  const tsr_expr_step *s = &w->expr->steps[i];
  tsri_put(w, "    const %s v%d = ", tsri_text_dtypes[s->dtype].value, i);
  if (s->op) {
    TSR_TRY(put_operation(w, s));
  } else {
    put_load(w, s, index, ctx);
  }
  tsri_put(w, ";\n");
  return TSR_OK;
}

tsr_status tsri_put_steps(tsri_writer *w,
                          void (*index)(tsri_writer *w, int32_t input, const void *ctx),
                          const void *ctx) {
  for (int32_t i = 0; i < w->expr->n_steps; i++) {
    TSR_TRY(tsri_put_step(w, i, index, ctx));
  }
  return TSR_OK;
}

/* ---- reductions and stores ---- */

static tsr_status find_reducer(const tsri_writer *w, const tsr_expr_out *out,
                               const tsri_text_reducer **row) {
  tsr_dtype dtype = w->expr->steps[out->step].dtype;
  *row = tsri_text_reduction(out->reduce, dtype);
  if (*row) return TSR_OK;
  return TSR_FAIL(TSR_ERR_UNSUPPORTED, "expr: no C text for %s of %s", out->reduce->name,
                  tsr_dtype_name(dtype));
}

tsr_status tsri_put_accumulator(tsri_writer *w, const tsr_expr_out *out, const char *name) {
  const tsri_text_reducer *row;
  tsr_dtype dtype = w->expr->steps[out->step].dtype;
  TSR_TRY(find_reducer(w, out, &row));
  tsri_words words = words_of(dtype, dtype);
  tsri_put(w, "  %s %s = ", tsri_text_dtypes[dtype].value, name);
  tsri_expand(w, row->start, &words);
  tsri_put(w, ";\n");
  return TSR_OK;
}

tsr_status tsri_put_join(tsri_writer *w, const tsr_expr_out *out, const char *name,
                         const char *next) {
  const tsri_text_reducer *row;
  tsr_dtype dtype = w->expr->steps[out->step].dtype;
  TSR_TRY(find_reducer(w, out, &row));
  tsri_words words = words_of(dtype, dtype);
  words.of['a'] = name;
  words.of['b'] = next;
  tsri_put(w, "    %s = ", name);
  tsri_expand(w, row->join, &words);
  tsri_put(w, ";\n");
  return TSR_OK;
}

void tsri_put_reduced(tsri_writer *w, int32_t i, const char *name) {
  const tsr_dtype dtype = w->expr->steps[i].dtype;
  tsri_words words = words_of(dtype, dtype);
  words.of['a'] = name;
  tsri_put(w, "    const %s v%d = ", tsri_text_dtypes[dtype].value, i);
  tsri_expand(w, is_half(dtype) ? "tsr_load_$r(tsr_store_$r($a))" : "$a", &words);
  tsri_put(w, ";\n");
}

void tsri_put_store_head(tsri_writer *w, tsr_dtype dtype, const char *array) {
  tsri_put(w, "    ((%s *)%s)[", tsri_text_dtypes[dtype].memory, array);
}

void tsri_put_store_tail(tsri_writer *w, tsr_dtype dtype, const char *value) {
  tsri_words words = words_of(dtype, dtype);
  words.of['a'] = value;
  tsri_put(w, "] = ");
  tsri_expand(w, tsri_text_dtypes[dtype].store, &words);
  tsri_put(w, ";\n");
}
