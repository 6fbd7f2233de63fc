/* csv.c - a table of numbers from a comma-separated file with one line of names. */
#include "csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  LONGEST_LINE = 4096
};

static size_t count_fields(const char *line) {
  size_t n = 1;
  for (; *line; line++)
    n += *line == ',';
  return n;
}

/* Append one row; NULL or what is wrong with it. */
static const char *add_row(csv *t, size_t *room, const char *line) {
  if (t->rows == *room) {
    *room = *room ? 2 * *room : 64;
    double *more = realloc(t->cell, *room * t->columns * sizeof *more);
    if (!more) return "out of memory";
    t->cell = more;
  }
  const char *at = line;
  for (size_t k = 0; k < t->columns; k++) {
    char *end;
    t->cell[t->rows * t->columns + k] = strtod(at, &end);
    if (end == at) return "a cell is not a number";
    if (k + 1 < t->columns && *end != ',') return "a row is shorter than the line of names";
    at = end + 1;
  }
  t->rows++;
  return NULL;
}

const char *csv_read(const char *path, csv *out) {
  *out = (csv){0};
  FILE *file = fopen(path, "r");
  if (!file) return "cannot be opened";
  char line[LONGEST_LINE];
  const char *wrong = fgets(line, sizeof line, file) ? NULL : "is empty";
  size_t room = 0;
  if (!wrong) out->columns = count_fields(line);
  while (!wrong && fgets(line, sizeof line, file))
    if (line[0] != '\n') wrong = add_row(out, &room, line);
  fclose(file);
  if (wrong) csv_free(out);
  return wrong;
}

void csv_free(csv *table) {
  free(table->cell);
  *table = (csv){0};
}
