/* table.c - everything compiled for one instruction set. */
#include "variants.h"

extern const tsri_block_row TSRI_OF_VARIANT(tsri_arith)[];
extern const tsri_block_row TSRI_OF_VARIANT(tsri_analytic)[];
extern const tsri_block_row TSRI_OF_VARIANT(tsri_compare)[];
extern const tsri_block_row TSRI_OF_VARIANT(tsri_convert)[];
extern const tsri_chain TSRI_OF_VARIANT(tsri_chains)[];
extern const tsri_reducer TSRI_OF_VARIANT(tsri_reducers)[][TSR_DTYPE_COUNT];
extern const tsri_arg_reducer TSRI_OF_VARIANT(tsri_arg_reducers)[][TSR_DTYPE_COUNT];
extern const tsri_spread TSRI_OF_VARIANT(tsri_spreads)[];
extern const tsri_mover_table TSRI_OF_VARIANT(tsri_movers);
extern const tsri_index_loops TSRI_OF_VARIANT(tsri_indexing);
extern const tsri_cumulate TSRI_OF_VARIANT(tsri_cumulates)[][TSR_DTYPE_COUNT];
void TSRI_OF_VARIANT(tsri_order_few)(int64_t n, uint64_t *words);
extern const tsri_variant TSRI_OF_VARIANT(tsri_variant);

const tsri_variant TSRI_OF_VARIANT(tsri_variant) = {
    .name = TSRI_VARIANT_NAME,
    .arith = TSRI_OF_VARIANT(tsri_arith),
    .analytic = TSRI_OF_VARIANT(tsri_analytic),
    .compare = TSRI_OF_VARIANT(tsri_compare),
    .convert = TSRI_OF_VARIANT(tsri_convert),
    .chains = TSRI_OF_VARIANT(tsri_chains),
    .reducers = TSRI_OF_VARIANT(tsri_reducers),
    .arg = TSRI_OF_VARIANT(tsri_arg_reducers),
    .spreads = TSRI_OF_VARIANT(tsri_spreads),
    .movers = &TSRI_OF_VARIANT(tsri_movers),
    .indexing = &TSRI_OF_VARIANT(tsri_indexing),
    .cumulates = TSRI_OF_VARIANT(tsri_cumulates),
    .order_few = TSRI_OF_VARIANT(tsri_order_few),
};
