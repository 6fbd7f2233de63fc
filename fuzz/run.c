/* run.c - stands in for libFuzzer: FILE... are fed as they are, then mutated.
 *
 * The mutations are few, fixed and blind: every prefix, and each byte set to a few
 * values. That keeps old findings found and runs in a second; real fuzzing is
 * libFuzzer's business.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
  MAX_SIZE = 1 << 20,
  MAX_MUTATED = 4096
};

/* A fresh block of exactly size bytes, so that a sanitizer sees the first byte too many. */
static void feed(const uint8_t *data, size_t size) {
  uint8_t *copy = malloc(size ? size : 1);
  if (copy == NULL) return;
  for (size_t i = 0; i < size; i++)
    copy[i] = data[i];
  (void)LLVMFuzzerTestOneInput(copy, size);
  free(copy);
}

static void mutate(uint8_t *data, size_t size) {
  static const uint8_t values[] = {0, 1, 0x20, '(', ',', '9', 0x7f, 0x80, 0xff};
  size_t step = size / MAX_MUTATED + 1;
  for (size_t n = 0; n < size; n += step)
    feed(data, n);
  for (size_t i = 0; i < size; i += step) {
    uint8_t kept = data[i];
    for (size_t v = 0; v < sizeof values; v++) {
      data[i] = values[v];
      feed(data, size);
    }
    data[i] = kept;
  }
}

int main(int argc, char **argv) {
  uint8_t *data = calloc(MAX_SIZE, 1);
  if (data == NULL) return 1;
  feed(data, 0);
  for (int i = 1; i < argc; i++) {
    FILE *file = fopen(argv[i], "rb");
    if (file == NULL) {
      fprintf(stderr, "cannot read %s\n", argv[i]);
      return 1;
    }
    size_t size = fread(data, 1, MAX_SIZE, file);
    fclose(file);
    feed(data, size);
    mutate(data, size);
  }
  free(data);
  return 0;
}
