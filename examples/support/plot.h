/* plot.h - pictures as SVG files: curves, points, a table of counts, small grey images.
 *
 * Each function returns 0, or -1 when the file cannot be written.
 */
#ifndef EXAMPLE_PLOT_H
#define EXAMPLE_PLOT_H

#include <stddef.h>
#include <stdint.h>

typedef struct plot_labels {
  const char *title, *x, *y;
} plot_labels;

typedef struct plot_curve {
  const char *name; /* in the legend; NULL for a pale curve without one */
  const double *y;  /* [n] at x = 0 .. n - 1 */
  size_t n;
  int colour; /* 0 .. 9 */
} plot_curve;

/* Curves over a logarithmic y axis; values that are not positive are left out. */
int plot_curves(const char *path, plot_labels labels, const plot_curve *curves, size_t n_curves);

/* Points in the plane, coloured by class 0 .. 9, each class with its name at its middle. */
int plot_points(const char *path, plot_labels labels, const double (*xy)[2], const int *classes,
                size_t n);

/* counts[row][column] of a square table, darker where there is more. */
int plot_table(const char *path, plot_labels labels, const int64_t *counts, size_t size);

typedef struct plot_image {
  const uint8_t *pixels; /* [8][8], 0 (white) to 16 (black) */
  char caption[32];
} plot_image;

/* Images in rows of ten, each over its caption. */
int plot_images(const char *path, const char *title, const plot_image *images, size_t n);

#endif /* EXAMPLE_PLOT_H */
