/* plot_table.c - a table of counts, darker where there is more. */
#include "plot.h"
#include "svg.h"

#include <math.h>

enum {
  CELL = 50,
  LEFT = 80,
  TOP = 60
};

/* Counts differ by orders: a square root keeps the small ones visible. */
static void draw_cell(FILE *s, size_t row, size_t column, int64_t count, int64_t most) {
  const double x = LEFT + CELL * (double)column, y = TOP + CELL * (double)row;
  const double share = most > 0 ? sqrt((double)count / (double)most) : 0;
  fprintf(s,
          "<rect x='%.0f' y='%.0f' width='%d' height='%d' fill='%s' fill-opacity='%.3f' "
          "stroke='" SVG_FAINT "'/>",
          x, y, CELL, CELL, row == column ? svg_colours[0] : svg_colours[3], share);
  if (count > 0)
    fprintf(s, "<text x='%.1f' y='%.1f' text-anchor='middle' font-size='15' fill='%s'>%lld</text>",
            x + CELL / 2.0, y + CELL / 2.0 + 5, share > 0.6 ? "white" : SVG_INK, (long long)count);
  fputc('\n', s);
}

static void draw_sides(FILE *s, plot_labels labels, size_t size) {
  const double side = CELL * (double)size, middle = side / 2;
  for (size_t k = 0; k < size; k++) {
    const double at = CELL * ((double)k + 0.5);
    fprintf(s, "<text x='%d' y='%.1f' text-anchor='end' font-size='15'>%zu</text>", LEFT - 10,
            TOP + at + 5, k);
    fprintf(s, "<text x='%.1f' y='%.1f' text-anchor='middle' font-size='15'>%zu</text>\n",
            LEFT + at, TOP + side + 22, k);
  }
  fprintf(s, "<text x='%.1f' y='%.1f' text-anchor='middle' font-size='14'>%s</text>\n",
          LEFT + middle, TOP + side + 48, labels.x);
  fprintf(s,
          "<text transform='translate(36 %.1f) rotate(-90)' text-anchor='middle' "
          "font-size='14'>%s</text>\n",
          TOP + middle, labels.y);
}

int plot_table(const char *path, plot_labels labels, const int64_t *counts, size_t size) {
  const int side = CELL * (int)size;
  FILE *s = svg_open(path, LEFT + side + 30, TOP + side + 66, labels.title);
  if (!s) return -1;
  int64_t most = 0;
  for (size_t i = 0; i < size * size; i++)
    most = counts[i] > most ? counts[i] : most;
  for (size_t i = 0; i < size * size; i++)
    draw_cell(s, i / size, i % size, counts[i], most);
  draw_sides(s, labels, size);
  return svg_close(s);
}
