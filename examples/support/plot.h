/* plot.h - a line chart as an SVG file. */
#ifndef EXAMPLE_PLOT_H
#define EXAMPLE_PLOT_H

#include <stddef.h>

typedef struct plot_curve {
  const char *name;
  const double *y; /* [n] at x = 0 .. n - 1 */
  size_t n;
} plot_curve;

/* Draw up to four curves over a logarithmic y axis (values that are not positive are left
 * out). Returns 0, or -1 when the file cannot be written.
 */
int plot_curves(const char *path, const char *title, const char *x_name, const char *y_name,
                const plot_curve *curves, size_t n_curves);

#endif /* EXAMPLE_PLOT_H */
