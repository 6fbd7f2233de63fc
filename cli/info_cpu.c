/* info_cpu.c - what tsr info says of the processor and of memory. */
#include "info.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tsr/cpu.h"

enum {
  FLAGS_SIZE = 8192 /* a line of /proc/cpuinfo */
};

/* Of the many flags those that choose kernels, ours or BLAS's. */
static const char *const features[] = {
    "sse4_2",   "avx",      "avx2",     "fma",         "f16c",     "bmi2",  "avx512f",
    "avx512bw", "avx512dq", "avx512vl", "avx512_bf16", "amx_bf16", "asimd", "sve",
};

static bool has_word(const char *text, const char *word) {
  const size_t length = strlen(word);
  for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
    if ((at == text || at[-1] == ' ') && (at[length] == ' ' || at[length] == 0)) return true;
  return false;
}

static void print_features(void) {
  char buffer[FLAGS_SIZE];
  const char *flags = info_line_of("/proc/cpuinfo", "flags", buffer, sizeof buffer);
  if (!flags[0]) flags = info_line_of("/proc/cpuinfo", "Features", buffer, sizeof buffer);
  printf(INFO_LINE, "features");
  for (size_t i = 0; i < sizeof features / sizeof *features; i++)
    if (has_word(flags, features[i])) printf("%s ", features[i]);
  printf("\n" INFO_LINE "%s\n", "kernels", tsr_cpu_isa());
}

static void print_threads(const session *s) {
  const char *wanted = getenv("TSR_NUM_THREADS");
  const int32_t n = tsr_cpu_threads(s->device);
  printf(INFO_LINE "%d\n", "threads", (int)n);
  if (wanted && wanted[0] && atoi(wanted) != n)
    printf("  warning: TSR_NUM_THREADS is %s: that is no number a pool can have, or the system "
           "refused to start as many; see ulimit -u\n",
           wanted);
}

/* "always [madvise] never": the word in brackets holds. */
static void print_huge_pages(void) {
  char buffer[128], word[32] = "";
  const char *line =
      info_line_of("/sys/kernel/mm/transparent_hugepage/enabled", "", buffer, sizeof buffer);
  const char *at = strchr(line, '[');
  if (at) snprintf(word, sizeof word, "%.*s", (int)strcspn(at + 1, "]"), at + 1);
  printf(INFO_LINE "%s\n", "huge pages", word[0] ? word : "the system does not tell");
  if (strcmp(word, "never") == 0)
    printf("  warning: large arrays are slower without; root writes madvise into "
           "/sys/kernel/mm/transparent_hugepage/enabled\n");
}

void info_cpu(session *s) {
  char buffer[256];
  const char *model = info_line_of("/proc/cpuinfo", "model name", buffer, sizeof buffer);
  printf(INFO_LINE "%s\n", "processor", model[0] ? model : "the system does not tell");
  print_features();
  print_threads(s);
  print_huge_pages();
}
