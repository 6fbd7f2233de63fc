/* variants.h - kernels that are compiled once per instruction set, and the set chosen.
 *
 * Every .c file in this folder is compiled for x86-64-v2, v3 and v4 (elsewhere once, as plain C):
 * libcpu/CMakeLists.txt includes it with TSRI_VARIANT and the compiler's flags of each. What a
 * file offers is named TSRI_OF_VARIANT(...), and table.c of the same variant points at it, so
 * that the rest of the library finds all of it through one pointer that is chosen once.
 */
#ifndef TSRI_VARIANTS_H
#define TSRI_VARIANTS_H

#include "kernels/arg.h"
#include "kernels/blocks.h"
#include "kernels/chain.h"
#include "kernels/cumulate.h"
#include "kernels/index.h"
#include "kernels/move_block.h"

#define TSRI_VARIANT_CAT_(name, variant) name##_##variant
#define TSRI_VARIANT_CAT(name, variant)  TSRI_VARIANT_CAT_(name, variant)
#define TSRI_OF_VARIANT(name)            TSRI_VARIANT_CAT(name, TSRI_VARIANT)

typedef struct tsri_variant {
  const char *name;                                /* "x86-64-v3" */
  const tsri_block_row *arith;                     /* [op] */
  const tsri_block_row *analytic;                  /* [op], where arith has none */
  const tsri_block_row *compare;                   /* [direction] */
  const tsri_block_row *convert;                   /* [from][to] */
  const tsri_chain *chains;                        /* [dtype], NULL where there is none */
  const tsri_reducer (*reducers)[TSR_DTYPE_COUNT]; /* [kind] */
  const tsri_arg_reducer (*arg)[TSR_DTYPE_COUNT];  /* [kind] */
  const tsri_spread *spreads;                      /* [log of the size] */
  const tsri_mover_table *movers;
  const tsri_index_loops *indexing;
  const tsri_cumulate (*cumulates)[TSR_DTYPE_COUNT]; /* [kind]; scan NULL: see blocks_product.h */
  void (*order_few)(int64_t n, uint64_t *words);     /* n <= TSRI_SORT_FEW, smallest first */
} tsri_variant;

/* The variants of this build that run here, from the plainest to the richest: element i, or NULL. */
const tsri_variant *tsri_variant_at(int32_t i);

/* The one that the environment variable TSR_CPU_ISA names, else the richest.
 *
 * err  UNSUPPORTED  none runs on this processor
 *      ARGUMENT     TSR_CPU_ISA names none of them
 */
tsr_status tsri_variant_find(const tsri_variant **out);

/* What tsri_variant_find found when it was first asked; the plainest if that failed. */
const tsri_variant *tsri_variant_chosen(void);

#endif /* TSRI_VARIANTS_H */
