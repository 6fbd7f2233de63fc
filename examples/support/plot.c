/* plot.c - curves over a logarithmic axis. */
#include "plot.h"

#include "svg.h"

#include <math.h>

enum {
  WIDTH = 760,
  HEIGHT = 460
};

static svg_axes fit(const plot_curve *curves, size_t n) {
  svg_axes a = {
      85, 56, WIDTH - 25, HEIGHT - 65, {0,        1},
              {INFINITY, 0},
              true
  };
  for (size_t c = 0; c < n; c++) {
    a.x[1] = fmax(a.x[1], (double)curves[c].n - 1);
    for (size_t i = 0; i < curves[c].n; i++) {
      if (!(curves[c].y[i] > 0)) continue;
      a.y[0] = fmin(a.y[0], curves[c].y[i]);
      a.y[1] = fmax(a.y[1], curves[c].y[i]);
    }
  }
  if (!(a.y[0] <= a.y[1])) a.y[0] = 0.1, a.y[1] = 1;
  svg_axes_widen(&a);
  return a;
}

static void draw_curve(FILE *s, const svg_axes *a, const plot_curve *c) {
  fprintf(s,
          "<polyline fill='none' stroke-linejoin='round' stroke-width='%s' stroke-opacity='%s' "
          "stroke='%s' points='",
          c->name ? "2" : "1", c->name ? "1" : "0.25", svg_colours[c->colour]);
  for (size_t i = 0; i < c->n; i++)
    if (c->y[i] > 0) fprintf(s, "%.1f,%.1f ", svg_x(a, (double)i), svg_y(a, c->y[i]));
  fprintf(s, "'/>\n");
}

static void draw_legend(FILE *s, const svg_axes *a, const plot_curve *curves, size_t n) {
  double y = a->top + 18;
  for (size_t c = 0; c < n; c++) {
    if (!curves[c].name) continue;
    const char *colour = svg_colours[curves[c].colour];
    fprintf(s, "<path d='M%.1f %.1fh24' stroke='%s' stroke-width='3'/>", a->right - 150, y - 4.5,
            colour);
    fprintf(s, "<text x='%.1f' y='%.1f' font-size='14'>%s</text>\n", a->right - 118, y,
            curves[c].name);
    y += 20;
  }
}

int plot_curves(const char *path, plot_labels labels, const plot_curve *curves, size_t n_curves) {
  FILE *s = svg_open(path, WIDTH, HEIGHT, labels.title);
  if (!s) return -1;
  const svg_axes a = fit(curves, n_curves);
  svg_axes_draw(s, &a, labels.x, labels.y);
  for (size_t c = 0; c < n_curves; c++)
    draw_curve(s, &a, &curves[c]);
  draw_legend(s, &a, curves, n_curves);
  return svg_close(s);
}
