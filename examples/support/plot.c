/* plot.c - a line chart as an SVG file. */
#include "plot.h"

#include <math.h>
#include <stdio.h>

enum {
  WIDTH = 720,
  HEIGHT = 420,
  LEFT = 80,
  RIGHT = 20,
  TOP = 50,
  BOTTOM = 60
};

/* Decades of y, and the length of x. */
typedef struct frame {
  double low, high, x_max;
} frame;

static double x_at(const frame *f, double x) {
  return LEFT + (WIDTH - LEFT - RIGHT) * (f->x_max > 0 ? x / f->x_max : 0);
}

static double y_at(const frame *f, double y) {
  return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (log10(y) - f->low) / (f->high - f->low);
}

static frame fit(const plot_curve *curves, size_t n) {
  frame f = {INFINITY, -INFINITY, 0};
  for (size_t c = 0; c < n; c++) {
    f.x_max = fmax(f.x_max, (double)curves[c].n - 1);
    for (size_t i = 0; i < curves[c].n; i++) {
      if (!(curves[c].y[i] > 0)) continue;
      f.low = fmin(f.low, floor(log10(curves[c].y[i])));
      f.high = fmax(f.high, ceil(log10(curves[c].y[i])));
    }
  }
  if (!(f.low <= f.high)) f.low = 0, f.high = 1;
  if (f.low == f.high) f.high += 1;
  return f;
}

static void draw_axes(FILE *s, const frame *f) {
  double step = fmax(1, ceil((f->high - f->low) / 8));
  for (double d = f->low; d <= f->high; d += step) {
    double y = y_at(f, pow(10, d));
    fprintf(s, "<line x1='%d' y1='%.1f' x2='%d' y2='%.1f' stroke='#ddd'/>", LEFT, y, WIDTH - RIGHT,
            y);
    fprintf(s, "<text x='%d' y='%.1f' text-anchor='end'>1e%g</text>\n", LEFT - 8, y + 4, d);
  }
  for (int k = 0; k <= 4; k++) {
    double x = f->x_max * k / 4;
    fprintf(s, "<text x='%.1f' y='%d' text-anchor='middle'>%.0f</text>\n", x_at(f, x),
            HEIGHT - BOTTOM + 20, x);
  }
}

static void draw_curve(FILE *s, const frame *f, const plot_curve *c, size_t index) {
  static const char *const colours[] = {"#0b6e99", "#d9480f", "#2b8a3e", "#862e9c"};
  const char *colour = colours[index % 4];
  fprintf(s, "<polyline fill='none' stroke-width='1.8' stroke='%s' points='", colour);
  for (size_t i = 0; i < c->n; i++)
    if (c->y[i] > 0) fprintf(s, "%.1f,%.1f ", x_at(f, (double)i), y_at(f, c->y[i]));
  fprintf(s, "'/>\n<text x='%d' y='%zu' text-anchor='end' fill='%s'>%s</text>\n", WIDTH - RIGHT - 8,
          TOP + 16 + 18 * index, colour, c->name);
}

int plot_curves(const char *path, const char *title, const char *x_name, const char *y_name,
                const plot_curve *curves, size_t n_curves) {
  FILE *s = fopen(path, "w");
  if (!s) return -1;
  frame f = fit(curves, n_curves);
  fprintf(s,
          "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' "
          "font-family='sans-serif' font-size='12'>\n<rect width='100%%' height='100%%' "
          "fill='white'/>\n<text x='%d' y='24' font-size='16'>%s</text>\n",
          WIDTH, HEIGHT, LEFT, title);
  draw_axes(s, &f);
  for (size_t c = 0; c < n_curves; c++)
    draw_curve(s, &f, &curves[c], c);
  fprintf(s, "<text x='%d' y='%d' text-anchor='middle'>%s</text>\n", (LEFT + WIDTH - RIGHT) / 2,
          HEIGHT - 16, x_name);
  fprintf(s,
          "<text transform='translate(20 %d) rotate(-90)' text-anchor='middle'>%s</text>\n</svg>\n",
          (TOP + HEIGHT - BOTTOM) / 2, y_name);
  return fclose(s) == 0 ? 0 : -1;
}
