/* plot_points.c - points in the plane, coloured by class. */
#include "plot.h"
#include "svg.h"

#include <math.h>

enum {
  SIDE = 640,
  CLASSES = 10
};

static svg_axes fit(const double (*xy)[2], size_t n) {
  svg_axes a = {
      85, 56, SIDE + 85, SIDE + 56, {INFINITY, -INFINITY},
              {INFINITY, -INFINITY},
              false
  };
  for (size_t i = 0; i < n; i++) {
    a.x[0] = fmin(a.x[0], xy[i][0]);
    a.x[1] = fmax(a.x[1], xy[i][0]);
    a.y[0] = fmin(a.y[0], xy[i][1]);
    a.y[1] = fmax(a.y[1], xy[i][1]);
  }
  if (n == 0) a.x[0] = a.y[0] = 0, a.x[1] = a.y[1] = 1;
  svg_axes_widen(&a);
  return a;
}

/* Names stand at the means, white around the edges so that they can be read over points. */
static void draw_names(FILE *s, const svg_axes *a, const double (*xy)[2], const int *classes,
                       size_t n) {
  double sum[CLASSES][2] = {{0}}, count[CLASSES] = {0};
  for (size_t i = 0; i < n; i++) {
    sum[classes[i]][0] += xy[i][0];
    sum[classes[i]][1] += xy[i][1];
    count[classes[i]]++;
  }
  for (int c = 0; c < CLASSES; c++) {
    if (count[c] == 0) continue;
    fprintf(s,
            "<text x='%.1f' y='%.1f' text-anchor='middle' font-size='30' font-weight='bold' "
            "fill='%s' stroke='white' stroke-width='6' stroke-linejoin='round' "
            "paint-order='stroke'>%d</text>\n",
            svg_x(a, sum[c][0] / count[c]), svg_y(a, sum[c][1] / count[c]) + 10, svg_colours[c], c);
  }
}

int plot_points(const char *path, plot_labels labels, const double (*xy)[2], const int *classes,
                size_t n) {
  FILE *s = svg_open(path, SIDE + 110, SIDE + 121, labels.title);
  if (!s) return -1;
  const svg_axes a = fit(xy, n);
  svg_axes_draw(s, &a, labels.x, labels.y);
  for (size_t i = 0; i < n; i++)
    fprintf(s, "<circle cx='%.1f' cy='%.1f' r='3' fill='%s' fill-opacity='0.65'/>\n",
            svg_x(&a, xy[i][0]), svg_y(&a, xy[i][1]), svg_colours[classes[i]]);
  draw_names(s, &a, xy, classes, n);
  return svg_close(s);
}
