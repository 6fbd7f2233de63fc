/* npy_dictionary.c - the dictionary of a .npy header: a Python literal of exactly three keys.
 *
 * Each key knows what its value looks like, so nothing here recurses and nothing of any other
 * form is accepted: no expressions, no comments, no escapes in strings.
 */
#include "npy_internal.h"

#include <string.h>

typedef struct cursor {
  const char *at, *end, *start;
} cursor;

/* ---- characters ---- */

static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static char peek(const cursor *c) { return c->at < c->end ? *c->at : '\0'; }

static void skip_space(cursor *c) {
  while (c->at < c->end && is_space(*c->at))
    c->at++;
}

/* "expected WHAT at byte 17 of the header, found 'x'" */
static tsr_status unexpected(const cursor *c, const char *what) {
  const size_t place = (size_t)(c->at - c->start);
  if (c->at == c->end)
    return TSR_FAIL(TSR_ERR_IO, "npy: expected %s at byte %zu of the header, where it ends", what,
                    place);
  const tsri_quoted found = tsri_npy_quoted((tsri_slice){c->at, 1});
  return TSR_FAIL(TSR_ERR_IO, "npy: expected %s at byte %zu of the header, found '%s' (0x%02x)",
                  what, place, found.text, (unsigned)(unsigned char)*c->at);
}

static tsr_status expect(cursor *c, char wanted, const char *what) {
  skip_space(c);
  if (peek(c) != wanted) return unexpected(c, what);
  c->at++;
  return TSR_OK;
}

/* Text between quotes of one kind. */
static tsr_status read_string(cursor *c, const char *what, tsri_slice *out) {
  skip_space(c);
  const char quote = peek(c);
  if (quote != '\'' && quote != '"') return unexpected(c, what);
  const char *first = ++c->at;
  while (c->at < c->end && *c->at != quote && *c->at != '\\' && *c->at != '\n')
    c->at++;
  if (peek(c) != quote) return unexpected(c, "the end of a plain string");
  *out = (tsri_slice){first, (size_t)(c->at - first)};
  c->at++;
  return TSR_OK;
}

/* ---- values ---- */

static tsr_status read_descr(cursor *c, tsr_npy_header *out) {
  tsri_slice descr;
  if (peek(c) == '[' || peek(c) == '(' || peek(c) == '{')
    return TSR_FAIL(TSR_ERR_DTYPE, "npy: descr is a '%c': structured dtypes are not read", peek(c));
  TSR_TRY(read_string(c, "descr, a string such as '<f8',", &descr));
  return tsri_npy_find_dtype(descr, &out->dtype, &out->swapped);
}

static bool take_word(cursor *c, const char *word) {
  const size_t size = strlen(word);
  if ((size_t)(c->end - c->at) < size || memcmp(c->at, word, size) != 0) return false;
  c->at += size;
  return true;
}

static tsr_status read_order(cursor *c, tsr_npy_header *out) {
  out->fortran_order = take_word(c, "True");
  if (out->fortran_order || take_word(c, "False")) return TSR_OK;
  return unexpected(c, "fortran_order, True or False,");
}

/* The digits of one size, shown when they are no size. */
static tsri_quoted digits_at(const cursor *c) {
  const char *end = c->at;
  while (end < c->end && (is_digit(*end) || *end == '-'))
    end++;
  return tsri_npy_quoted((tsri_slice){c->at, (size_t)(end - c->at)});
}

static tsr_status read_size(cursor *c, int32_t axis, int64_t *out) {
  const tsri_quoted text = digits_at(c);
  *out = 0;
  if (peek(c) == '-')
    return TSR_FAIL(TSR_ERR_IO, "npy: size %s of axis %d is negative", text.text, (int)axis);
  if (!is_digit(peek(c))) return unexpected(c, "a size, decimal digits,");
  if (peek(c) == '0' && c->at + 1 < c->end && is_digit(c->at[1]))
    return unexpected(c, "a size without leading zeros");
  for (; is_digit(peek(c)); c->at++)
    if (__builtin_mul_overflow(*out, 10, out) || __builtin_add_overflow(*out, *c->at - '0', out))
      return TSR_FAIL(TSR_ERR_LIMIT, "npy: size %s of axis %d is more than 2^63 - 1", text.text,
                      (int)axis);
  if (peek(c) == 'L') c->at++; /* Python 2 wrote its long integers so */
  return TSR_OK;
}

/* A tuple: (), (2,), (2, 3), (2, 3,); but (2) is a number. */
static tsr_status read_shape(cursor *c, tsr_npy_header *out) {
  TSR_TRY(expect(c, '(', "shape, a tuple such as (2, 3),"));
  for (skip_space(c); peek(c) != ')'; skip_space(c)) {
    if (out->rank == TSR_NPY_RANK)
      return TSR_FAIL(TSR_ERR_LIMIT, "npy: shape has %d axes or more, the limit is %d",
                      out->rank + 1, TSR_NPY_RANK);
    TSR_TRY(read_size(c, out->rank, &out->dims[out->rank]));
    out->rank++;
    skip_space(c);
    if (peek(c) == ')' && out->rank > 1) break;
    TSR_TRY(expect(c, ',', "',' after a size of the shape"));
  }
  return expect(c, ')', "')'");
}

/* ---- keys ---- */

static const struct key {
  const char *name;
  tsr_status (*read)(cursor *c, tsr_npy_header *out);
} keys[] = {
    {"descr",         read_descr},
    {"fortran_order", read_order},
    {"shape",         read_shape},
};
enum {
  N_KEYS = sizeof keys / sizeof *keys
};

static tsr_status find_key(tsri_slice name, const bool *seen, size_t *out) {
  for (*out = 0; *out < N_KEYS; ++*out)
    if (strlen(keys[*out].name) == name.size && memcmp(keys[*out].name, name.at, name.size) == 0)
      break;
  if (*out < N_KEYS && !seen[*out]) return TSR_OK;
  return TSR_FAIL(TSR_ERR_IO, "npy: key '%s' of the header %s", tsri_npy_quoted(name).text,
                  *out < N_KEYS ? "is there twice"
                                : "is none of 'descr', 'fortran_order' and 'shape'");
}

static tsr_status read_entry(cursor *c, bool *seen, tsr_npy_header *out) {
  tsri_slice name;
  size_t k;
  TSR_TRY(read_string(c, "a key in quotes, or '}',", &name));
  TSR_TRY(find_key(name, seen, &k));
  TSR_TRY(expect(c, ':', "':'"));
  skip_space(c);
  seen[k] = true;
  return keys[k].read(c, out);
}

tsr_status tsri_npy_dictionary(tsri_slice text, tsr_npy_header *out) {
  cursor c = {text.at, text.at + text.size, text.at};
  bool seen[N_KEYS] = {false};
  TSR_TRY(expect(&c, '{', "'{'"));
  for (skip_space(&c); peek(&c) != '}'; skip_space(&c)) {
    TSR_TRY(read_entry(&c, seen, out));
    skip_space(&c);
    if (peek(&c) == '}') break;
    TSR_TRY(expect(&c, ',', "',' or '}'"));
  }
  c.at++;
  skip_space(&c);
  if (c.at < c.end) return unexpected(&c, "nothing but blanks after the dictionary");
  for (size_t k = 0; k < N_KEYS; k++)
    if (!seen[k]) return TSR_FAIL(TSR_ERR_IO, "npy: the header has no key '%s'", keys[k].name);
  return TSR_OK;
}
