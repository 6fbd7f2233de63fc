/* line.c - lengths and their tables. */
#include "line.h"

#include <math.h>
#if TSRI_FFT_HAS_V3
#include <cpuid.h>
#endif

#include "tsr/alloc.h"

/* The angle is measured from the nearest quarter turn, where nothing cancels. */
void tsri_fft_turn(int64_t k, int64_t n, double *re, double *im) {
  const double pi = 3.14159265358979323846264338327950288;
  int64_t quarter = (8 * k + n) / (2 * n);
  const int64_t rest = 4 * k - quarter * n; /* of 4 n: at most an eighth of the circle */
  const double angle = 2 * pi * ((double)rest / (4 * (double)n));
  const double s = sin(angle), c = 2 * rest == -n ? -s : cos(angle);
  const double turned[4][2] = {
      {c,  s },
      {-s, c },
      {-c, -s},
      {s,  -c}
  };
  *re = turned[quarter & 3][0];
  *im = turned[quarter & 3][1];
}

static bool has_v3(void) {
#if TSRI_FFT_HAS_V3
  unsigned a, b, c, d; /* older clangs do not know F16C by name */
  return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C) && __builtin_cpu_supports("avx2") &&
         __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
#else
  return false;
#endif
}

tsri_fft_planes_f32 tsri_fft_line_run_f32(const tsri_fft_line *line, int64_t lanes, void *room) {
#if TSRI_FFT_HAS_V3
  if (line->wide) return tsri_fft_line_run_f32_v3(line, lanes, room);
#endif
  return tsri_fft_line_run_f32_v1(line, lanes, room);
}

tsri_fft_planes_f64 tsri_fft_line_run_f64(const tsri_fft_line *line, int64_t lanes, void *room) {
#if TSRI_FFT_HAS_V3
  if (line->wide) return tsri_fft_line_run_f64_v3(line, lanes, room);
#endif
  return tsri_fft_line_run_f64_v1(line, lanes, room);
}

static const int32_t radices[] = {4, 2, 3, 5};

/* Radices whose product is n; 0 of them when n has other factors. */
static int32_t factor(int64_t n, int32_t *factors) {
  int32_t count = 0;
  for (size_t i = 0; i < sizeof radices / sizeof *radices; i++)
    while (n % radices[i] == 0 && n > 1) {
      factors[count++] = radices[i];
      n /= radices[i];
    }
  return n == 1 ? count : 0;
}

/* The least length with factors 2, 3 and 5 alone, not below n. */
static int64_t smooth_above(int64_t n) {
  int64_t best = 1;
  while (best < n)
    best *= 2;
  for (int64_t five = 1; five < best; five *= 5)
    for (int64_t three = five; three < best; three *= 3) {
      int64_t x = three;
      while (x < n)
        x *= 2;
      if (x < best) best = x;
    }
  return best;
}

static tsr_status make_table(int64_t n, size_t item, void **out) {
  return tsr_alloc(2 * (size_t)n * item, 64, out);
}
static void drop_table(void *table, int64_t n, size_t item) {
  tsr_free(table, 2 * (size_t)n * item, 64);
}

size_t tsri_fft_line_room(const tsri_fft_line *line, int64_t lanes) {
  return 4 * (size_t)line->length * (size_t)lanes * line->item;
}

static tsr_status fill(tsri_fft_line *line) {
  void *room;
  size_t size = tsri_fft_line_room(line, 1);
  TSR_TRY(tsr_alloc(size, 64, &room));
  if (line->item == sizeof(float))
    tsri_fft_line_fill_f32(line, room);
  else
    tsri_fft_line_fill_f64(line, room);
  tsr_free(room, size, 64);
  return TSR_OK;
}

tsr_status tsri_fft_line_init(tsri_fft_line *line, int64_t n, tsr_dtype dtype) {
  *line = (tsri_fft_line){.n = n, .length = n, .item = tsr_dtype_size(dtype) / 2, .wide = has_v3()};
  if (n > INT64_C(1) << 40)
    return TSR_FAIL(TSR_ERR_LIMIT, "fft: a transform of length %lld", (long long)n);
  line->n_factors = factor(n, line->factors);
  bool convolves = n > 1 && line->n_factors == 0;
  if (convolves) {
    line->length = smooth_above(2 * n - 1);
    line->n_factors = factor(line->length, line->factors);
  }
  tsr_status status = make_table(line->length, line->item, &line->turns);
  if (convolves && status == TSR_OK) status = make_table(n, line->item, &line->chirp);
  if (convolves && status == TSR_OK) status = make_table(line->length, line->item, &line->spectrum);
  if (status == TSR_OK) status = fill(line);
  if (status != TSR_OK) tsri_fft_line_deinit(line);
  return status;
}

void tsri_fft_line_deinit(tsri_fft_line *line) {
  drop_table(line->turns, line->length, line->item);
  drop_table(line->chirp, line->n, line->item);
  drop_table(line->spectrum, line->length, line->item);
  *line = (tsri_fft_line){0};
}
