/* run.c - stands in for libFuzzer: FILE... are fed as they are, then mutated; then seeds.
 *
 * usage: fuzz_<name> [-seeds=N] [-first=K] [FILE...]
 *
 * The mutations are few, fixed and blind: every prefix, and each byte set to a few
 * values. That keeps old findings found and runs in a second; real fuzzing is
 * libFuzzer's business. Seed k is eight bytes that look random; a fuzzer that generates
 * what it tests makes anything of them. When an input breaks something it is printed.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
  MAX_SIZE = 1 << 20,
  MAX_MUTATED = 4096
};

static const uint8_t *current;
static size_t current_size;
static uint64_t current_seed; /* 0: from a file */

static void print_current(int signal_number) {
  if (current_seed != 0) fprintf(stderr, "seed %llu\n", (unsigned long long)current_seed);
  fprintf(stderr, "input, for printf:");
  for (size_t i = 0; i < current_size && i < 256; i++)
    fprintf(stderr, "%s\\x%02x", i == 0 ? " " : "", current[i]);
  fprintf(stderr, "\n");
  signal(signal_number, SIG_DFL);
  raise(signal_number);
}

/* A fresh block of exactly size bytes, so that a sanitizer sees the first byte too many. */
static void feed(const uint8_t *data, size_t size) {
  uint8_t *copy = malloc(size ? size : 1);
  if (copy == NULL) return;
  for (size_t i = 0; i < size; i++)
    copy[i] = data[i];
  current = copy;
  current_size = size;
  (void)LLVMFuzzerTestOneInput(copy, size);
  current_size = 0;
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

/* Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014. */
static void feed_seed(uint64_t seed) {
  uint8_t data[8];
  uint64_t z = seed * UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  z ^= z >> 31;
  for (int i = 0; i < 8; i++)
    data[i] = (uint8_t)(z >> 8 * i);
  current_seed = seed;
  feed(data, sizeof data);
}

static int feed_file(const char *name, uint8_t *data) {
  FILE *file = fopen(name, "rb");
  if (file == NULL) {
    fprintf(stderr, "cannot read %s\n", name);
    return 1;
  }
  size_t size = fread(data, 1, MAX_SIZE, file);
  fclose(file);
  feed(data, size);
  mutate(data, size);
  return 0;
}

static int number_after(const char *prefix, const char *arg, uint64_t *out) {
  size_t n = strlen(prefix);
  if (strncmp(arg, prefix, n) != 0) return 0;
  *out = strtoull(arg + n, NULL, 10);
  return 1;
}

int main(int argc, char **argv) {
  uint64_t seeds = 0, first = 1;
  int status = 0;
  uint8_t *data = calloc(MAX_SIZE, 1);
  if (data == NULL) return 1;
  signal(SIGABRT, print_current);
  feed(data, 0);
  for (int i = 1; i < argc && status == 0; i++)
    if (!number_after("-seeds=", argv[i], &seeds) && !number_after("-first=", argv[i], &first))
      status = feed_file(argv[i], data);
  for (uint64_t k = 0; k < seeds && status == 0; k++)
    feed_seed(first + k);
  free(data);
  return status;
}
