/* formula.c - a formula from text such as "(ij,jk),k...->i...".
 *
 *   formula = list [ "->" term ]       list = item { "," item }
 *   item    = term | "(" list ")"      term = { label | "..." }
 *
 * Blanks may stand anywhere but inside "->" and "...". Every complaint about the text names
 * the character, its position counted from 0, and shows what is around it.
 */
#include "einsum_internal.h"

#include <string.h>

typedef struct parser {
  const char *text;
  size_t size, at;
  tsri_names *names;
  tsri_formula *f;
  int32_t *room;  /* where the next label goes */
  int32_t *open;  /* first terms of the groups that are open */
  size_t *opened; /* and where they were opened */
  int32_t depth;
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

static tsr_status parse_ellipsis(parser *p, const tsri_term *term) {
  if (p->size - p->at < 3 || strncmp(p->text + p->at, "...", 3) != 0)
    return complain(p, p->at, "an ellipsis is three dots");
  if (tsri_term_find(term, TSRI_ELLIPSIS) >= 0)
    return complain(p, p->at, "a term has one ellipsis at most");
  p->at += 3;
  return TSR_OK;
}

static tsr_status parse_name(parser *p, int64_t *out) {
  unsigned char c = (unsigned char)p->text[p->at];
  size_t n = 1;
  *out = c;
  if (c >= 0x80) {
    n = decode(p, out);
    if (n == 0) return complain(p, p->at, "this is not UTF-8");
  } else if (!is_letter(c)) {
    return complain(p, p->at, c == '>' ? "'>' without '-'" : "a label is a letter");
  }
  p->at += n;
  return TSR_OK;
}

/* Labels up to what ends a term; those of the output must be known. */
static tsr_status parse_term(parser *p, bool is_output, tsri_term *out) {
  *out = (tsri_term){0, p->room};
  for (;;) {
    int64_t name;
    skip_blanks(p);
    if (p->at >= p->size || strchr(",-()", p->text[p->at])) break;
    size_t before = p->at;
    if (next_is(p, '.')) {
      TSR_TRY(parse_ellipsis(p, out));
      out->labels[out->n++] = TSRI_ELLIPSIS;
      continue;
    }
    TSR_TRY(parse_name(p, &name));
    if (is_output && tsri_names_find(p->names, name) < 0)
      return complain(p, before, "no operand has this label of the output");
    out->labels[out->n++] = tsri_names_add(p->names, name);
  }
  p->room += out->n;
  return TSR_OK;
}

/* ---- groups ---- */

static void open_groups(parser *p) {
  for (skip_blanks(p); next_is(p, '('); skip_blanks(p)) {
    p->open[p->depth] = p->f->n_terms;
    p->opened[p->depth++] = p->at++;
  }
}

static tsr_status close_groups(parser *p) {
  for (; next_is(p, ')'); skip_blanks(p)) {
    if (p->depth == 0) return complain(p, p->at, "')' without '('");
    p->f->groups[p->f->n_groups++] = (tsri_group){p->open[--p->depth], p->f->n_terms};
    p->at++;
  }
  return TSR_OK;
}

static tsr_status parse_list(parser *p) {
  for (;;) {
    open_groups(p);
    TSR_TRY(parse_term(p, false, &p->f->terms[p->f->n_terms++]));
    TSR_TRY(close_groups(p));
    if (next_is(p, ',')) {
      p->at++;
    } else if (p->depth > 0) {
      return next_is(p, '(') ? complain(p, p->at, "a ',' is missing before this group")
                             : complain(p, p->opened[p->depth - 1], "'(' without ')'");
    } else {
      return TSR_OK;
    }
  }
}

static tsr_status parse_output(parser *p) {
  if (p->at + 1 >= p->size || p->text[p->at + 1] != '>')
    return complain(p, p->at, "'-' without '>'");
  p->at += 2;
  p->f->has_output = true;
  return parse_term(p, true, &p->f->output);
}

/* What may not follow a whole formula. */
static tsr_status reject_rest(const parser *p) {
  static const struct {
    char next;
    const char *why;
  } rest[] = {
      {',', "the output is one term"                                 },
      {'-', "the output is named twice"                              },
      {'(', "a group stands in place of a term: a ',' may be missing"},
      {')', "')' without '('"                                        },
  };
  if (p->at >= p->size) return TSR_OK;
  for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
    if (next_is(p, rest[i].next)) return complain(p, p->at, rest[i].why);
  return complain(p, p->at, "a ',' is missing after the group");
}

static tsr_status parse_all(parser *p) {
  TSR_TRY(parse_list(p));
  if (next_is(p, '-')) TSR_TRY(parse_output(p));
  p->f->n_names = p->names->n;
  p->f->names = p->names->names;
  return reject_rest(p);
}

tsr_status tsri_formula_parse(const char *text, tsr_arena *arena, tsri_formula *out) {
  *out = (tsri_formula){0};
  if (!text) return TSR_FAIL(TSR_ERR_ARGUMENT, "einsum: the formula is NULL");
  size_t size = strlen(text), commas = 0, parens = 0;
  if (size > INT32_MAX / 4) return TSR_FAIL(TSR_ERR_LIMIT, "einsum: a formula of %zu bytes", size);
  for (size_t i = 0; i < size; i++)
    commas += text[i] == ',', parens += text[i] == '(';
  tsri_names names;
  TSR_TRY(tsri_names_init(&names, size, arena));
  void *terms, *room, *groups, *open, *opened;
  TSR_TRY(tsr_arena_alloc(arena, (commas + 1) * sizeof *out->terms, &terms));
  TSR_TRY(tsr_arena_alloc(arena, (size + 1) * sizeof *out->output.labels, &room));
  TSR_TRY(tsr_arena_alloc(arena, parens * sizeof *out->groups, &groups));
  TSR_TRY(tsr_arena_alloc(arena, parens * sizeof(int32_t), &open));
  TSR_TRY(tsr_arena_alloc(arena, parens * sizeof(size_t), &opened));
  out->terms = terms;
  out->groups = groups;
  parser p = {.text = text,
              .size = size,
              .names = &names,
              .f = out,
              .room = room,
              .open = open,
              .opened = opened};
  return parse_all(&p);
}
