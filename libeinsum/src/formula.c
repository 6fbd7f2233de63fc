/* formula.c - from "ij,jk->ik", or from lists of numbers, to labels 0, 1, ...
 *
 *   formula = terms [ "->" term ]      terms = term { "," term }      term = { label }
 *
 * Blanks may stand anywhere but inside "->". Every complaint about the text names the
 * character, its position counted from 0, and shows what is around it.
 */
#include "einsum_internal.h"

#include <string.h>

typedef struct parser {
  const char *text;
  size_t size, at;
  tsri_names *names;
  tsri_formula *f;
  int32_t *room; /* where the next label goes */
} parser;

/* The text around a position, cut to a line. */
static tsr_status complain(const parser *p, size_t at, const char *what) {
  size_t from = at > 30 ? at - 30 : 0;
  return TSR_FAIL(TSR_ERR_ARGUMENT,
                  "einsum: %s, at character %zu of the formula: %s%.*s HERE> %.30s", what, at,
                  from ? "..." : "", (int)(at - from), p->text + from, p->text + at);
}

static void skip_blanks(parser *p) {
  while (p->at < p->size && (p->text[p->at] == ' ' || p->text[p->at] == '\t'))
    p->at++;
}

static bool next_is(const parser *p, char c) { return p->at < p->size && p->text[p->at] == c; }

static bool is_letter(unsigned char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

/* A code point beyond ASCII: its bytes, 0 when they are not UTF-8. */
static size_t decode(const parser *p, int64_t *out) {
  const unsigned char *s = (const unsigned char *)p->text + p->at;
  size_t n = s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc2 ? 2 : 0;
  if (s[0] >= 0xf5 || n == 0 || p->size - p->at < n) return 0;
  int64_t c = s[0] & (0xff >> (n + 1));
  for (size_t i = 1; i < n; i++) {
    if ((s[i] & 0xc0) != 0x80) return 0;
    c = c << 6 | (s[i] & 0x3f);
  }
  if (c < (n == 4 ? 0x10000 : n == 3 ? 0x800 : 0x80)) return 0;
  *out = c;
  return n;
}

/* One label if there is one here. */
static tsr_status parse_label(parser *p, int32_t *out, bool *found) {
  *found = false;
  if (p->at >= p->size || strchr(",-", p->text[p->at])) return TSR_OK;
  unsigned char c = (unsigned char)p->text[p->at];
  int64_t name = c;
  size_t n = 1;
  if (c == '.') return complain(p, p->at, "'...' is not understood: name those axes");
  if (c >= 0x80) {
    n = decode(p, &name);
    if (n == 0) return complain(p, p->at, "this is not UTF-8");
  } else if (!is_letter(c)) {
    return complain(p, p->at, c == '>' ? "'>' without '-'" : "a label is a letter");
  }
  p->at += n;
  *out = tsri_names_add(p->names, name);
  *found = true;
  return TSR_OK;
}

static tsr_status parse_term(parser *p, tsri_term *out) {
  *out = (tsri_term){0, p->room};
  for (bool found = true; found;) {
    skip_blanks(p);
    TSR_TRY(parse_label(p, &p->room[0], &found));
    if (found) p->room++, out->n++;
  }
  return TSR_OK;
}

static tsr_status parse_terms(parser *p) {
  for (;;) {
    TSR_TRY(parse_term(p, &p->f->terms[p->f->n_terms++]));
    if (!next_is(p, ',')) return TSR_OK;
    p->at++;
  }
}

/* The output names known labels, each once. */
static tsr_status parse_output(parser *p) {
  tsri_term *output = &p->f->output;
  *output = (tsri_term){0, p->room};
  for (;;) {
    skip_blanks(p);
    size_t before = p->at;
    int32_t known = p->names->n, label;
    bool found;
    TSR_TRY(parse_label(p, &label, &found));
    if (!found) return TSR_OK;
    if (p->names->n > known) return complain(p, before, "no operand has this label of the output");
    if (tsri_term_find(output, label) >= 0)
      return complain(p, before, "the output names this label twice");
    output->labels[output->n++] = label;
  }
}

/* Without "->": the labels that occur once, by code point. */
static tsr_status derive_output(tsri_formula *f, tsr_arena *arena) {
  void *memory;
  TSR_TRY(tsr_arena_alloc(arena, (size_t)f->n_labels * sizeof(int32_t), &memory));
  int32_t *uses = memory;
  for (int32_t i = 0; i < f->n_terms; i++)
    for (int32_t k = 0; k < f->terms[i].n; k++)
      uses[f->terms[i].labels[k]]++;
  tsri_term *out = &f->output;
  for (int32_t l = 0; l < f->n_labels; l++) {
    if (uses[l] != 1) continue;
    int32_t at = out->n++;
    for (; at > 0 && f->names[out->labels[at - 1]] > f->names[l]; at--)
      out->labels[at] = out->labels[at - 1];
    out->labels[at] = l;
  }
  return TSR_OK;
}

static tsr_status parse_all(parser *p, tsr_arena *arena) {
  TSR_TRY(parse_terms(p));
  bool explicit_output = next_is(p, '-');
  if (explicit_output) {
    if (p->at + 1 >= p->size || p->text[p->at + 1] != '>')
      return complain(p, p->at, "'-' without '>'");
    p->at += 2;
    TSR_TRY(parse_output(p));
  }
  p->f->n_labels = p->names->n;
  p->f->names = p->names->names;
  if (p->at < p->size) {
    return complain(p, p->at,
                    next_is(p, ',') ? "the output is one term" : "the output is named twice");
  }
  p->f->output.labels = p->room;
  return explicit_output ? TSR_OK : derive_output(p->f, arena);
}

tsr_status tsri_formula_parse(const char *text, tsr_arena *arena, tsri_formula *out) {
  *out = (tsri_formula){0};
  if (!text) return TSR_FAIL(TSR_ERR_ARGUMENT, "einsum: the formula is NULL");
  size_t size = strlen(text), commas = 0;
  if (size > INT32_MAX / 4) return TSR_FAIL(TSR_ERR_LIMIT, "einsum: a formula of %zu bytes", size);
  for (size_t i = 0; i < size; i++)
    commas += text[i] == ',';
  tsri_names names;
  TSR_TRY(tsri_names_init(&names, size, arena));
  void *terms, *room;
  TSR_TRY(tsr_arena_alloc(arena, (commas + 1) * sizeof *out->terms, &terms));
  TSR_TRY(tsr_arena_alloc(arena, (2 * size + 1) * sizeof *out->output.labels, &room));
  out->terms = terms;
  parser p = {.text = text, .size = size, .names = &names, .f = out, .room = room};
  return parse_all(&p, arena);
}

/* ---- numbers ---- */

static tsr_status number_output(tsri_formula *f, const tsri_names *names, tsr_axes output,
                                int32_t *room) {
  f->output = (tsri_term){0, room};
  for (size_t i = 0; i < output.n; i++) {
    char text[TSRI_LABEL_TEXT];
    int32_t label = tsri_names_find(names, output.data[i]);
    tsri_label_text(true, output.data[i], text);
    if (label < 0)
      return TSR_FAIL(TSR_ERR_ARGUMENT, "einsum: %s of the output is in no operand", text);
    if (tsri_term_find(&f->output, label) >= 0)
      return TSR_FAIL(TSR_ERR_ARGUMENT, "einsum: the output names %s twice", text);
    f->output.labels[f->output.n++] = label;
  }
  return TSR_OK;
}

static bool is_list(tsr_axes list) { return list.n == 0 || (list.data && list.n < INT32_MAX); }

tsr_status tsri_formula_number(size_t n, const tsr_axes *labels, tsr_axes output, tsr_arena *arena,
                               tsri_formula *out) {
  *out = (tsri_formula){.numbered = true};
  if (n > 0 && !labels) return TSR_FAIL(TSR_ERR_ARGUMENT, "einsum: the labels are NULL");
  size_t all = 0;
  for (size_t i = 0; i < n; i++) {
    if (!is_list(labels[i]))
      return TSR_FAIL(TSR_ERR_ARGUMENT, "einsum: the labels of operand %zu are no list", i);
    all += labels[i].n;
  }
  if (!is_list(output) || output.n > all)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "einsum: the output names more labels than there are");
  if (all > INT32_MAX / 4) return TSR_FAIL(TSR_ERR_LIMIT, "einsum: %zu labels", all);
  tsri_names names;
  TSR_TRY(tsri_names_init(&names, all, arena));
  void *terms, *memory;
  TSR_TRY(tsr_arena_alloc(arena, n * sizeof *out->terms, &terms));
  TSR_TRY(tsr_arena_alloc(arena, (2 * all + 1) * sizeof(int32_t), &memory));
  int32_t *room = memory;
  out->terms = terms;
  out->n_terms = (int32_t)n;
  for (size_t i = 0; i < n; i++) {
    out->terms[i] = (tsri_term){(int32_t)labels[i].n, room};
    for (size_t k = 0; k < labels[i].n; k++)
      *room++ = tsri_names_add(&names, labels[i].data[k]);
  }
  out->names = names.names;
  out->n_labels = names.n;
  return number_output(out, &names, output, room);
}
