/* report.c - what is said on standard error, and which exit code that is. */
#include "report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void begin(const command *c) {
  if (c)
    fprintf(stderr, "tsr %s: ", c->name);
  else
    fprintf(stderr, "tsr: ");
}

int report_usage(const command *c, const char *fmt, ...) {
  va_list args;
  begin(c);
  va_start(args, fmt);
  vfprintf(stderr, fmt, args);
  va_end(args);
  fprintf(stderr, "; see tsr help%s%s\n", c ? " " : "", c ? c->name : "");
  return EXIT_USAGE;
}

int report_failure(const command *c, const char *fmt, ...) {
  va_list args;
  begin(c);
  va_start(args, fmt);
  vfprintf(stderr, fmt, args);
  va_end(args);
  fprintf(stderr, "\n");
  return EXIT_FAILED;
}

/* Put n bytes behind those in a buffer. */
static void append(char *buffer, size_t size, const char *text, size_t n) {
  const size_t used = strlen(buffer);
  snprintf(buffer + used, size - used, "%.*s", (int)n, text);
}

/* Are two lines of a record the same? One ends where the text does. */
static bool same_line(const char *a, const char *b) {
  const size_t length = strcspn(a, "\n");
  return length == strcspn(b, "\n") && strncmp(a, b, length) == 0;
}

const char *error_sentence(char *buffer, size_t size) {
  static const char place[] = "  at ", doing[] = "  while ";
  const char *line = tsr_error_message(), *last = "";
  const char *colon = strstr(line, ": ");
  buffer[0] = 0;
  if (strncmp(line, "ERR_", 4) == 0 && colon) line = colon + 2;
  while (*line) {
    const size_t length = strcspn(line, "\n");
    const bool is_new = !same_line(line, last);
    if (strncmp(line, doing, strlen(doing)) == 0) {
      if (is_new) append(buffer, size, " (", 2);
      if (is_new) append(buffer, size, line + 2, length - 2);
      if (is_new) append(buffer, size, ")", 1);
    } else if (strncmp(line, place, strlen(place)) != 0) {
      if (buffer[0]) append(buffer, size, "; ", 2);
      append(buffer, size, line, length);
    }
    last = line;
    line += length + (line[length] == '\n');
  }
  return buffer;
}

/* What to do next, where the library cannot know. */
static const struct {
  tsr_status code;
  const char *text;
} advice[] = {
    {TSR_ERR_DEVICE,      "; tsr info says what is here"      },
    {TSR_ERR_UNSUPPORTED, "; --device cpu has every operation"},
};

int report_status(const command *c, tsr_status status) {
  char sentence[TSR_ERROR_TEXT];
  const char *next = "";
  if (status == TSR_OK) return EXIT_OK;
  const char *text = error_sentence(sentence, sizeof sentence);
  const size_t name = strlen(c->name);
  if (strncmp(text, c->name, name) == 0 && strncmp(text + name, ": ", 2) == 0) text += name + 2;
  for (size_t i = 0; i < sizeof advice / sizeof *advice; i++)
    if (advice[i].code == status) next = advice[i].text;
  return report_failure(c, "%s%s", text, next);
}

/* ---- misspelt words ---- */

enum {
  WORD_MAX = 63
};

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* Insertions, deletions, changes and swaps of neighbours from one word to the other (Damerau,
 * "A technique for computer detection and correction of spelling errors", 1964).
 */
static size_t distance(const char *a, const char *b) {
  size_t rows[3][WORD_MAX + 2];
  const size_t n = strlen(a), m = strlen(b);
  if (n > WORD_MAX || m > WORD_MAX) return SIZE_MAX;
  size_t *last = rows[0], *row = rows[1], *before = rows[2];
  for (size_t j = 0; j <= m; j++)
    row[j] = j;
  for (size_t i = 1; i <= n; i++) {
    size_t *spare = before;
    before = last, last = row, row = spare;
    row[0] = i;
    for (size_t j = 1; j <= m; j++) {
      row[j] = least(least(last[j], row[j - 1]) + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = least(row[j], before[j - 2] + 1);
    }
  }
  return row[m];
}

const char *nearest(const char *word, size_t n, const char *const *among) {
  const char *best = NULL;
  size_t least_so_far = strlen(word) / 3 + 2; /* two letters of four are another word */
  for (size_t i = 0; i < n; i++) {
    const bool begins_so = word[0] && strncmp(word, among[i], strlen(word)) == 0;
    const size_t d = begins_so ? 0 : distance(word, among[i]);
    if (d < least_so_far && d < strlen(among[i])) best = among[i], least_so_far = d;
  }
  return best;
}

int report_unknown(const command *c, const char *kind, const char *word, size_t n,
                   const char *const *names) {
  const char *near = nearest(word, n, names);
  if (near) return report_usage(c, "there is no %s %s, perhaps %s is meant", kind, word, near);
  return report_usage(c, "there is no %s %s", kind, word);
}
