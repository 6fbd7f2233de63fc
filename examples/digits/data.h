/* data.h - handwritten digits, read from a file, shuffled and cut in two. */
#ifndef DIGITS_DATA_H
#define DIGITS_DATA_H

#include <tsr/runtime.h>
#include <tsr/tensor.h>

enum {
  PIXELS = 64, /* 8 x 8 */
  CLASSES = 10
};

/* All of them, as views of what the file holds. */
typedef struct digits {
  tsr_tensor *images; /* u8 [n, PIXELS], 0 to 16 */
  tsr_tensor *labels; /* u8 [n, 1] */
  int64_t n;
} digits;

tsr_status digits_read(tsr_device *device, const char *path, digits *out);
void digits_release(digits *d);

/* A part of them, ready for arithmetic. */
typedef struct part {
  tsr_tensor *x; /* f32 [n, PIXELS], 0 to 1 */
  tsr_tensor *y; /* i32 [n, 1] */
  int64_t n;
} part;

typedef struct split {
  part train, test;
  int64_t *order; /* [n] the rows of the file: those of train, then those of test */
  int64_t n;
} split;

/* Four fifths to learn from, the rest held out; which ones, the seed decides. */
tsr_status digits_split(tsr_runtime *rt, const digits *d, uint64_t seed, split *out);
void split_release(split *s);

/* 0 .. n - 1 in random order; stream tells permutations of one seed apart. */
tsr_status permutation(tsr_runtime *rt, uint64_t seed, uint64_t stream, int64_t n, int64_t *out);

#endif /* DIGITS_DATA_H */
