/* variant.c - which instruction set this process computes with. */
#include "variants/variants.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tsr/cpu.h"

/* What gcc calls x86-64-v2 and so on, feature by feature: older clangs know no levels, and one
 * feature that they do not know by name is read off cpuid.
 */
#if defined(__x86_64__)
#include <cpuid.h>

static bool runs_v2(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt");
}
static bool runs_v3(void) {
  unsigned a, b, c, d;
  return runs_v2() && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
         __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
         __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
}
static bool runs_v4(void) {
  return runs_v3() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl");
}

extern const tsri_variant tsri_variant_v2, tsri_variant_v3, tsri_variant_v4;
static const struct {
  const tsri_variant *variant;
  bool (*runs)(void);
} rows[] = {
    {&tsri_variant_v2, runs_v2},
    {&tsri_variant_v3, runs_v3},
    {&tsri_variant_v4, runs_v4}
};
#else
static bool runs_anywhere(void) { return true; }

extern const tsri_variant tsri_variant_portable;
static const struct {
  const tsri_variant *variant;
  bool (*runs)(void);
} rows[] = {
    {&tsri_variant_portable, runs_anywhere}
};
#endif

const tsri_variant *tsri_variant_at(int32_t i) {
  for (int32_t k = 0; k < TSRI_COUNT_OF(rows); k++)
    if (rows[k].runs() && i-- == 0) return rows[k].variant;
  return NULL;
}

/* Names of the variants that run here. */
static void list(char *text, size_t size) {
  size_t used = 0;
  text[0] = 0;
  for (int32_t i = 0; tsri_variant_at(i) && used < size; i++)
    used +=
        (size_t)snprintf(text + used, size - used, "%s%s", i ? " " : "", tsri_variant_at(i)->name);
}

tsr_status tsri_variant_find(const tsri_variant **out) {
  const char *wanted = getenv("TSR_CPU_ISA");
  *out = NULL;
  for (int32_t i = 0; tsri_variant_at(i); i++)
    if (!wanted || !*wanted || strcmp(wanted, tsri_variant_at(i)->name) == 0)
      *out = tsri_variant_at(i);
  if (*out) return TSR_OK;
  if (!tsri_variant_at(0))
    return TSR_FAIL(TSR_ERR_UNSUPPORTED, "cpu: this processor lacks x86-64-v2 (SSE 4.2, POPCNT)");
  char names[64];
  list(names, sizeof names);
  return TSR_FAIL(TSR_ERR_ARGUMENT, "TSR_CPU_ISA is \"%.40s\"; this processor runs %s", wanted,
                  names);
}

const tsri_variant *tsri_variant_chosen(void) {
  /* Every thread would store the same pointer, so a race is harmless. */
  static _Atomic(const tsri_variant *) chosen;
  const tsri_variant *v = atomic_load_explicit(&chosen, memory_order_relaxed);
  if (v) return v;
  if (tsri_variant_find(&v) != TSR_OK) v = rows[0].variant;
  atomic_store_explicit(&chosen, v, memory_order_relaxed);
  return v;
}

const char *tsr_cpu_isa(void) { return tsri_variant_chosen()->name; }
