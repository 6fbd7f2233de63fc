/* plot_images.c - small grey images in rows, each over its caption. */
#include "plot.h"
#include "svg.h"

enum {
  SIDE = 8,
  INK = 16,
  PIXEL = 9,
  PITCH_X = 96,
  PITCH_Y = 112,
  TOP = 56,
  PER_ROW = 10
};

static void draw_image(FILE *s, const plot_image *image, double x, double y) {
  fprintf(s, "<rect x='%.1f' y='%.1f' width='%d' height='%d' fill='#fafafa' stroke='#ccc'/>\n",
          x - 0.5, y - 0.5, SIDE * PIXEL + 1, SIDE * PIXEL + 1);
  for (int i = 0; i < SIDE * SIDE; i++)
    if (image->pixels[i] > 0)
      fprintf(s, "<rect x='%.0f' y='%.0f' width='%d' height='%d' fill-opacity='%.3f'/>",
              x + PIXEL * (i % SIDE), y + PIXEL * (i / SIDE), PIXEL, PIXEL,
              (double)image->pixels[i] / INK);
  fprintf(s, "\n<text x='%.1f' y='%.1f' text-anchor='middle'>%s</text>\n", x + SIDE * PIXEL / 2.0,
          y + SIDE * PIXEL + 20, image->caption);
}

int plot_images(const char *path, const char *title, const plot_image *images, size_t n) {
  const int rows = (int)((n + PER_ROW - 1) / PER_ROW), columns = n < PER_ROW ? (int)n : PER_ROW;
  const int shown = columns < 5 ? 5 : columns; /* room for the title */
  FILE *s = svg_open(path, PITCH_X * shown + 24, TOP + PITCH_Y * rows + 8, title);
  if (!s) return -1;
  for (size_t i = 0; i < n; i++)
    draw_image(s, &images[i], 24 + PITCH_X * (double)(i % PER_ROW),
               TOP + PITCH_Y * (double)(i / PER_ROW));
  return svg_close(s);
}
