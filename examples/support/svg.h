/* svg.h - an SVG file, and axes with ticks at round numbers. */
#ifndef EXAMPLE_SVG_H
#define EXAMPLE_SVG_H

#include <stdbool.h>
#include <stdio.h>

/* Ten colours that can be told apart, and ink and lines for everything else. */
extern const char *const svg_colours[10];
#define SVG_INK   "#222"
#define SVG_FAINT "#e4e4e4"

/* NULL when the file cannot be opened; svg_close returns 0, or -1 when not all was written. */
FILE *svg_open(const char *path, int width, int height, const char *title);
int svg_close(FILE *file);

/* A rectangle on the page and the numbers along its sides. */
typedef struct svg_axes {
  double left, top, right, bottom; /* on the page */
  double x[2], y[2];               /* smallest and largest number */
  bool log_y;
} svg_axes;

double svg_x(const svg_axes *a, double x);
double svg_y(const svg_axes *a, double y);

/* Widen y (x as well unless log_y) a little, so that nothing touches the frame. */
void svg_axes_widen(svg_axes *a);

/* Grid, numbers and names. */
void svg_axes_draw(FILE *file, const svg_axes *a, const char *x_name, const char *y_name);

#endif /* EXAMPLE_SVG_H */
