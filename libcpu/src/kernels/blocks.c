/* blocks.c - choosing the set of block functions, and finding one in it. */
#include "blocks.h"

#include <stdatomic.h>

#include "tsr/cpu.h"
#if defined(__x86_64__) && defined(__GNUC__)
#include <cpuid.h>
#endif

extern const tsri_block_set tsri_blocks_v1, tsri_blocks_v3, tsri_blocks_v4;

#if defined(__x86_64__) && defined(__GNUC__)
/* Older clangs do not know it by name. */
static bool has_f16c(void) {
  unsigned a, b, c, d;
  return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
}
#endif

static const tsri_block_set *choose(void) {
#if defined(__x86_64__) && defined(__GNUC__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl"))
    return &tsri_blocks_v4;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
      __builtin_cpu_supports("bmi2") && has_f16c())
    return &tsri_blocks_v3;
#endif
  return &tsri_blocks_v1;
}

const tsri_block_set *tsri_blocks(void) {
  /* Every thread would store the same pointer, so a race is harmless. */
  static _Atomic(const tsri_block_set *) chosen;
  const tsri_block_set *set = atomic_load_explicit(&chosen, memory_order_relaxed);
  if (!set) atomic_store_explicit(&chosen, set = choose(), memory_order_relaxed);
  return set;
}

const char *tsr_cpu_isa(void) { return tsri_blocks()->isa; }

static tsri_block find_compare(tsr_dtype key, const void *attrs) {
  return tsri_blocks()->compare[((const tsr_compare_attrs *)attrs)->direction][key];
}

static tsri_block find_convert(tsr_dtype key, const void *attrs) {
  return tsri_blocks()->convert[key][((const tsr_convert_attrs *)attrs)->dtype];
}

/* Ops whose attributes choose the function. */
static const struct {
  tsr_op_id op;
  tsri_block (*find)(tsr_dtype key, const void *attrs);
} by_attributes[] = {
    {TSR_OP_COMPARE, find_compare},
    {TSR_OP_CONVERT, find_convert}
};

tsri_block tsri_block_find(tsr_op_id op, tsr_dtype key, const void *attrs) {
  if (op >= TSR_OP_CORE_COUNT) return NULL;
  for (int32_t i = 0; i < TSRI_COUNT_OF(by_attributes); i++)
    if (by_attributes[i].op == op) return by_attributes[i].find(key, attrs);
  return tsri_blocks()->plain[op][key];
}

const char *tsri_block_finding(const tsr_op *op) {
  return op == tsr_op_core(TSR_OP_POW) ? "an integer to a negative power"
                                       : "integer division by zero";
}

const tsri_reducer *tsri_reducer_find(tsr_op_id op, tsr_dtype dtype) {
  static const struct {
    tsr_op_id op;
    tsri_reduction kind;
  } rows[] = {
      {TSR_OP_REDUCE_SUM,  TSRI_SUM },
      {TSR_OP_REDUCE_PROD, TSRI_PROD},
      {TSR_OP_REDUCE_MAX,  TSRI_MAX },
      {TSR_OP_REDUCE_MIN,  TSRI_MIN },
      {TSR_OP_REDUCE_AND,  TSRI_AND },
      {TSR_OP_REDUCE_OR,   TSRI_OR  }
  };
  for (int32_t i = 0; i < TSRI_COUNT_OF(rows); i++) {
    if (rows[i].op != op) continue;
    const tsri_reducer *tuned = &tsri_blocks()->reduce[rows[i].kind][dtype];
    const tsri_reducer *plain = &tsri_blocks_v1.reduce[rows[i].kind][dtype];
    return tuned->clear ? tuned : plain->clear ? plain : NULL;
  }
  return NULL;
}
