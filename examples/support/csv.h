/* csv.h - a table of numbers from a comma-separated file with one line of names. */
#ifndef EXAMPLE_CSV_H
#define EXAMPLE_CSV_H

#include <stddef.h>

typedef struct csv {
  double *cell; /* [rows][columns] */
  size_t rows, columns;
} csv;

/* Read a file. Returns NULL, or a sentence that says what is wrong; free with csv_free. */
const char *csv_read(const char *path, csv *out);
void csv_free(csv *table);

#endif /* EXAMPLE_CSV_H */
