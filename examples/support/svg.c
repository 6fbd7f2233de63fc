/* svg.c - an SVG file, and axes with ticks at round numbers. */
#include "svg.h"

#include <math.h>

const char *const svg_colours[10] = {"#3366aa", "#d9632b", "#3f9b46", "#c23b4b", "#7a57a8",
                                     "#8a5a44", "#d276b1", "#6f7378", "#b5a92c", "#2ba7b8"};

FILE *svg_open(const char *path, int width, int height, const char *title) {
  FILE *file = fopen(path, "w");
  if (!file) return NULL;
  fprintf(file,
          "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' viewBox='0 0 %d %d' "
          "font-family='Helvetica, Arial, sans-serif' font-size='13' fill='" SVG_INK "'>\n"
          "<rect width='100%%' height='100%%' fill='white'/>\n"
          "<text x='%d' y='32' font-size='18' text-anchor='middle'>%s</text>\n",
          width, height, width, height, width / 2, title);
  return file;
}

int svg_close(FILE *file) {
  const bool failed = fputs("</svg>\n", file) < 0 || ferror(file);
  return fclose(file) == 0 && !failed ? 0 : -1;
}

/* ---- axes ---- */

static double along(const double range[2], double v) {
  return range[1] > range[0] ? (v - range[0]) / (range[1] - range[0]) : 0.5;
}

double svg_x(const svg_axes *a, double x) {
  return a->left + (a->right - a->left) * along(a->x, x);
}

double svg_y(const svg_axes *a, double y) {
  const double range[2] = {a->log_y ? log10(a->y[0]) : a->y[0],
                           a->log_y ? log10(a->y[1]) : a->y[1]};
  return a->bottom - (a->bottom - a->top) * along(range, a->log_y ? log10(y) : y);
}

static void widen(double range[2]) {
  const double more = range[1] > range[0] ? 0.04 * (range[1] - range[0]) : 1;
  range[0] -= more;
  range[1] += more;
}

void svg_axes_widen(svg_axes *a) {
  if (!a->log_y) {
    widen(a->x);
    widen(a->y);
    return;
  }
  const double factor = fmax(1.05, pow(a->y[1] / a->y[0], 0.04));
  a->y[0] /= factor;
  a->y[1] *= factor;
}

/* 1, 2 or 5 times a power of ten, for about eight steps. */
static double round_step(double span) {
  const double rough = span / 8, power = pow(10, floor(log10(rough))), left = rough / power;
  return power * (left > 5 ? 10 : left > 2 ? 5 : left > 1 ? 2 : 1);
}

static void draw_x_tick(FILE *file, const svg_axes *a, double x) {
  const double at = svg_x(a, x);
  fprintf(file, "<path d='M%.1f %.1fV%.1f' stroke='" SVG_FAINT "'/>", at, a->top, a->bottom);
  fprintf(file, "<text x='%.1f' y='%.1f' text-anchor='middle'>%g</text>\n", at, a->bottom + 20, x);
}

static void draw_y_tick(FILE *file, const svg_axes *a, double y) {
  const double at = svg_y(a, y);
  fprintf(file, "<path d='M%.1f %.1fH%.1f' stroke='" SVG_FAINT "'/>", a->left, at, a->right);
  fprintf(file, "<text x='%.1f' y='%.1f' text-anchor='end'>%g</text>\n", a->left - 8, at + 4.5, y);
}

/* Powers of ten; between them 2 and 5 as well where there are few. */
static void draw_log_ticks(FILE *file, const svg_axes *a) {
  static const double few[] = {1, 2, 5};
  const double decades = log10(a->y[1] / a->y[0]), each = fmax(1, ceil(decades / 8));
  const int per_decade = decades < 3 ? 3 : 1;
  for (double d = floor(log10(a->y[0])); d <= log10(a->y[1]); d += each)
    for (int k = 0; k < per_decade; k++) {
      const double y = few[k] * pow(10, d);
      if (y >= a->y[0] && y <= a->y[1]) draw_y_tick(file, a, y);
    }
}

static void draw_linear_ticks(FILE *file, const svg_axes *a, const double range[2],
                              void (*draw)(FILE *, const svg_axes *, double)) {
  const double step = round_step(range[1] - range[0]);
  for (double k = ceil(range[0] / step); k * step <= range[1]; k++)
    draw(file, a, k * step);
}

void svg_axes_draw(FILE *file, const svg_axes *a, const char *x_name, const char *y_name) {
  draw_linear_ticks(file, a, a->x, draw_x_tick);
  if (a->log_y)
    draw_log_ticks(file, a);
  else
    draw_linear_ticks(file, a, a->y, draw_y_tick);
  fprintf(file, "<path d='M%.1f %.1fV%.1fH%.1f' fill='none' stroke='#888'/>\n", a->left, a->top,
          a->bottom, a->right);
  fprintf(file, "<text x='%.1f' y='%.1f' text-anchor='middle' font-size='14'>%s</text>\n",
          (a->left + a->right) / 2, a->bottom + 46, x_name);
  fprintf(file,
          "<text transform='translate(%.1f %.1f) rotate(-90)' text-anchor='middle' "
          "font-size='14'>%s</text>\n",
          a->left - 56, (a->top + a->bottom) / 2, y_name);
}
