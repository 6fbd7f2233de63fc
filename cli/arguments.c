/* arguments.c - operands and options of a command line, taken apart by a command's table. */
#include "arguments.h"

#include "command.h"
#include "report.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
  NO_OPTION = -1
};

static size_t count_options(const command *c) {
  size_t n = 0;
  while (c->options && c->options[n].name)
    n++;
  return n;
}

/* Which row a word names: all of it, or what stands before its "=". */
static int find_option(const command *c, const char *word, size_t length) {
  for (size_t i = 0; i < count_options(c); i++)
    if (strlen(c->options[i].name) == length && memcmp(c->options[i].name, word, length) == 0)
      return (int)i;
  return NO_OPTION;
}

/* "-" is standard input or output, "-1" a number, "->" a formula. */
static bool is_option(const char *word) {
  return word[0] == '-' && (word[1] == '-' || isalpha((unsigned char)word[1]));
}

static int unknown_option(const command *c, const char *word) {
  const char *names[OPTIONS_MAX];
  const size_t n = count_options(c);
  for (size_t i = 0; i < n; i++)
    names[i] = c->options[i].name;
  return report_unknown(c, "option", word, n, names);
}

/* All words up to the next option. */
static int take_outputs(const command *c, int n, char *const *words, int *at, arguments *out) {
  if (out->outputs) return report_usage(c, "-o is given twice");
  out->outputs = (const char *const *)&words[*at];
  while (*at < n && !is_option(words[*at]))
    (*at)++, out->n_outputs++;
  if (out->n_outputs == 0) return report_usage(c, "-o wants the name of a file");
  return EXIT_OK;
}

static int take_option(const command *c, int n, char *const *words, int *at, arguments *out) {
  const char *word = words[(*at)++];
  const size_t length = strcspn(word, "=");
  const int i = find_option(c, word, length);
  if (i == NO_OPTION) return unknown_option(c, word);
  const option *o = &c->options[i];
  if (strcmp(o->name, "-o") == 0) return take_outputs(c, n, words, at, out);
  if (out->values[i]) return report_usage(c, "%s is given twice", o->name);
  if (!o->value && word[length]) return report_usage(c, "%s takes no value", o->name);
  if (!o->value)
    out->values[i] = "";
  else if (word[length])
    out->values[i] = word + length + 1;
  else if (*at < n)
    out->values[i] = words[(*at)++];
  else
    return report_usage(c, "%s wants a value: %s %s", o->name, o->name, o->value);
  return EXIT_OK;
}

int arguments_parse(const command *c, int n_words, char *const *words, arguments *out) {
  memset(out, 0, sizeof *out);
  out->memory = calloc((size_t)n_words + 1, sizeof *out->memory);
  if (!out->memory) return report_failure(c, "there is no memory for the command line");
  out->operands = out->memory;
  for (int at = 0; at < n_words;) {
    if (!is_option(words[at])) {
      out->memory[out->n++] = words[at++];
      continue;
    }
    const int ended = take_option(c, n_words, words, &at, out);
    if (ended != EXIT_OK) return ended;
  }
  return EXIT_OK;
}

void arguments_deinit(arguments *a) { free(a->memory); }

const char *option_value(const command *c, const arguments *a, const char *name) {
  const int i = find_option(c, name, strlen(name));
  return i == NO_OPTION ? NULL : a->values[i];
}

bool option_given(const command *c, const arguments *a, const char *name) {
  return option_value(c, a, name) != NULL;
}

bool parse_integer(const char *word, int64_t *out) {
  char *end;
  errno = 0;
  *out = strtoll(word, &end, 10);
  return end != word && *end == 0 && errno == 0;
}

bool parse_number(const char *word, double *out) {
  char *end;
  *out = strtod(word, &end);
  return end != word && *end == 0;
}

bool parse_integers(const char *word, size_t max, int64_t *out, size_t *out_n) {
  *out_n = 0;
  for (const char *at = word;; at++) {
    char *end;
    errno = 0;
    if (*out_n == max) return false;
    out[*out_n] = strtoll(at, &end, 10);
    if (end == at || errno != 0) return false;
    (*out_n)++;
    if (*end == 0) return true;
    if (*end != ',') return false;
    at = end;
  }
}
