/* pictures.c - what came out, in pictures. */
#include "../support/plot.h"
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <tsr/eager.h>
#include <tsr/linalg.h>
#include <tsr/ops.h>

enum {
  MOST_COURSES = 32,
  MOST_MISTAKES = 20
};

static tsr_status written(int result, const char *path) {
  return result == 0 ? TSR_OK : TSR_FAIL(TSR_ERR_IO, "cannot write %s", path);
}

/* Bytes of a file's images or labels, to be freed. */
static uint8_t *bytes_of(tsr_tensor *t) {
  const size_t size = (size_t)tsr_tensor_count(t);
  uint8_t *bytes = malloc(size);
  if (bytes && tsr_tensor_read(t, bytes, size) == TSR_OK) return bytes;
  free(bytes);
  return NULL;
}

/* ---- principal components ---- */

/* x - mean = u s vt; the first columns of u s are the coordinates, s^2 the variances. */
static tsr_status decompose(tsr_runtime *rt, const digits *d, double *us, double *share) {
  tsr_builder *b;
  TSR_TRY(tsr_eager_open(rt, "cpu", &b));
  tsr_value x = tsr_convert(b, tsr_from_tensor(b, d->images), TSR_F64);
  tsr_svd_result r = tsr_svd(b, tsr_sub(b, x, tsr_mean(b, x, TSR_AXES(0))), TSR_SVD_REDUCED);
  tsr_value first = tsr_iota(b, TSR_I64, TSR_SHAPE(tsr_dim_of(2)), 0); /* 0, 1 */
  tsr_value s2 = tsr_square(b, r.s), both = tsr_take(b, s2, first, 0);
  tsr_value held = tsr_div(b, tsr_sum(b, both, TSR_ALL_AXES), tsr_sum(b, s2, TSR_ALL_AXES));
  tsr_value plane = tsr_take(b, tsr_mul(b, r.u, r.s), first, 1);
  tsr_status status = tsr_read(b, plane, us, (size_t)d->n * 2 * sizeof *us);
  if (status == TSR_OK) status = tsr_read(b, held, share, sizeof *share);
  tsr_builder_close(b);
  return status;
}

static tsr_status draw_plane(const digits *d, const double *us) {
  const plot_labels labels = {"All digits in the plane of their two principal components",
                              "first component", "second component"};
  uint8_t *y = bytes_of(d->labels);
  int *classes = malloc((size_t)d->n * sizeof *classes);
  tsr_status status = TSR_FAIL(TSR_ERR_NOMEM, "no memory for %lld points", (long long)d->n);
  if (y && classes) {
    for (int64_t i = 0; i < d->n; i++)
      classes[i] = y[i] % CLASSES;
    status = written(
        plot_points("components.svg", labels, (const double(*)[2])us, classes, (size_t)d->n),
        "components.svg");
  }
  free(y);
  free(classes);
  return status;
}

tsr_status report_components(tsr_runtime *rt, const digits *d) {
  double *us = malloc((size_t)d->n * 2 * sizeof *us), share = 0;
  if (!us) return TSR_FAIL(TSR_ERR_NOMEM, "no memory for %lld points", (long long)d->n);
  tsr_status status = decompose(rt, d, us, &share);
  if (status == TSR_OK) status = draw_plane(d, us);
  if (status == TSR_OK)
    printf("  two components    hold %.1f %% of the variance of %d pixels\n", 100 * share, PIXELS);
  free(us);
  return status;
}

/* ---- the course of training ---- */

static tsr_status draw_losses(const course *courses, int n) {
  const plot_labels labels = {"Learning to read: every seed, and their mean", "epoch",
                              "cross entropy"};
  static double mean[2][MOST_EPOCHS];
  plot_curve curves[2 * MOST_COURSES + 2];
  const int epochs = courses[0].epochs;
  size_t used = 0;
  for (int k = 0; k < 2; k++)
    for (int e = 0; e < epochs; e++)
      for (int i = mean[k][e] = 0; i < n; i++)
        mean[k][e] += (k == 0 ? courses[i].loss[e] : courses[i].held_out[e]) / n;
  for (int i = 0; i < n; i++) {
    curves[used++] = (plot_curve){NULL, courses[i].loss, (size_t)epochs, 0};
    curves[used++] = (plot_curve){NULL, courses[i].held_out, (size_t)epochs, 1};
  }
  curves[used++] = (plot_curve){"training digits", mean[0], (size_t)epochs, 0};
  curves[used++] = (plot_curve){"held-out digits", mean[1], (size_t)epochs, 1};
  return written(plot_curves("loss.svg", labels, curves, used), "loss.svg");
}

static tsr_status draw_graph(const model *m) {
  char *svg;
  size_t size;
  TSR_TRY(tsr_program_svg(m->step, TSR_STAGE_FUSED, &svg, &size));
  FILE *file = fopen("graph.svg", "w");
  int failed = !file || fputs(svg, file) < 0;
  if (file) failed |= fclose(file) != 0;
  tsr_free(svg, size, 0);
  return written(failed, "graph.svg");
}

/* ---- mistakes ---- */

/* Of all seeds: each held-out digit is counted where it is, and where it was put. */
static void count(const uint8_t *labels, const split *s, const course *c, int64_t *counts) {
  for (int64_t i = 0; i < c->n_test; i++)
    counts[labels[s->order[s->train.n + i]] % CLASSES * CLASSES + c->guess[i]]++;
}

/* Another seed may have held out, and misread, the same digit. */
static bool is_there(const plot_image *shown, size_t n, const uint8_t *pixels) {
  for (size_t k = 0; k < n; k++)
    if (shown[k].pixels == pixels) return true;
  return false;
}

static size_t collect(const uint8_t *images, const uint8_t *labels, const split *s, const course *c,
                      plot_image *out, size_t used) {
  for (int64_t i = 0; i < c->n_test && used < MOST_MISTAKES; i++) {
    const int64_t row = s->order[s->train.n + i];
    const uint8_t *pixels = images + row * PIXELS;
    if (c->guess[i] == labels[row] || is_there(out, used, pixels)) continue;
    out[used].pixels = pixels;
    snprintf(out[used].caption, sizeof out[used].caption, "%d, read as %d", labels[row],
             (int)c->guess[i]);
    used++;
  }
  return used;
}

static tsr_status draw_mistakes(const uint8_t *images, const uint8_t *labels, const split *splits,
                                const course *courses, int n) {
  const plot_labels names = {"What the held-out digits were taken for", "read as", "digit"};
  int64_t counts[CLASSES * CLASSES] = {0};
  plot_image shown[MOST_MISTAKES];
  size_t used = 0;
  for (int i = 0; i < n; i++) {
    count(labels, &splits[i], &courses[i], counts);
    used = collect(images, labels, &splits[i], &courses[i], shown, used);
  }
  TSR_TRY(written(plot_table("confusion.svg", names, counts, CLASSES), "confusion.svg"));
  return written(plot_images("mistakes.svg", "Held-out digits that were misread", shown, used),
                 "mistakes.svg");
}

tsr_status report_pictures(const digits *d, const model *m, const split *splits,
                           const course *courses, int n) {
  TSR_TRY(draw_graph(m));
  TSR_TRY(draw_losses(courses, n));
  uint8_t *images = bytes_of(d->images), *labels = bytes_of(d->labels);
  tsr_status status = images && labels ? draw_mistakes(images, labels, splits, courses, n)
                                       : TSR_FAIL(TSR_ERR_NOMEM, "no memory for the pictures");
  free(images);
  free(labels);
  return status;
}
