/* info_blas.c - what tsr info says of BLAS, LAPACK and the Fourier engine. */
#define _POSIX_C_SOURCE 200809L
#include "info.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "tsr/cpu.h"
#include "tsr/fft.h"

/* Which of OpenBLAS's cores use the vectors of an instruction set. */
static const struct {
  const char *isa, *vectors, *cores[10];
} fits[] = {
    {"x86-64-v4", "AVX-512", {"SkylakeX", "Cooperlake", "SapphireRapids"}                               },
    {"x86-64-v3",
     "AVX2",                 {"Haswell", "Zen", "Excavator", "SkylakeX", "Cooperlake", "SapphireRapids"}},
};

static bool is_one_of(const char *word, const char *const *words) {
  for (size_t i = 0; words[i]; i++)
    if (strcasecmp(word, words[i]) == 0) return true;
  return false;
}

/* BLAS is slow where its core leaves the processor's vectors unused. */
static void check_core(const char *core) {
  const char *forced = getenv("OPENBLAS_CORETYPE");
  for (size_t i = 0; i < sizeof fits / sizeof *fits; i++) {
    if (strcmp(tsr_cpu_isa(), fits[i].isa) != 0) continue;
    if (is_one_of(core, fits[i].cores)) continue;
    if (forced && forced[0])
      printf("  warning: OPENBLAS_CORETYPE=%s makes BLAS slow: core %s does not use %s, which "
             "this processor has; unset it\n",
             forced, core, fits[i].vectors);
    else
      printf("  warning: OpenBLAS takes this processor for a %s and does not use %s; a newer "
             "libopenblas0-pthread may know it, or set OPENBLAS_CORETYPE=%s\n",
             core, fits[i].vectors, fits[i].cores[0]);
  }
}

/* The variable replaces what OpenBLAS reads from the processor, in KiB; blocks follow from it. */
static void check_cache(void) {
  const char *forced = getenv("OPENBLAS_L2_SIZE");
#ifdef _SC_LEVEL2_CACHE_SIZE
  const long kib = sysconf(_SC_LEVEL2_CACHE_SIZE) / 1024;
#else
  const long kib = 0;
#endif
  if (forced && atol(forced) > 0 && kib > 0 && atol(forced) < kib)
    printf("  warning: OPENBLAS_L2_SIZE=%s makes BLAS slow: the cache has %ld KiB; unset it\n",
           forced, kib);
}

static void check_build(const char *config) {
  if (strstr(config, "SINGLE_THREADED") && !strstr(config, "USE_LOCKING"))
    printf("  warning: this OpenBLAS may be called by one thread only; install "
           "libopenblas0-pthread, or set TSR_NUM_THREADS=1\n");
}

void info_blas(void) {
  const char *config = tsr_cpu_blas_config(), *core = tsr_cpu_blas_name();
  printf(INFO_LINE "%s, core %s\n", "BLAS", config, core);
  check_core(core);
  check_cache();
  check_build(config);
  printf(INFO_LINE "%s\n", "LAPACK", strcmp(core, "none") == 0 ? "none" : "that of OpenBLAS");
  printf(INFO_LINE "%s\n", "FFT", tsr_fft_engine());
}
