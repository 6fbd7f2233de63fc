/* convert.c - block functions that convert between all pairs of dtypes. */
#include "blocks_cast.h"
#include "blocks_tables.h"

/* The table of functions that blocks_casts.inc defines. */
#define FROM_ROW(ID)                                                                               \
  { REAL(convert_##ID), INTEGER(convert_##ID), COMPLEX(convert_##ID), AT(convert_##ID, BOOL) }

#include "blocks_casts.inc"

/* clang-format off */
const tsri_block_row TSRI_OF_VARIANT(tsri_convert)[TSR_DTYPE_COUNT] = {
#define TSR_DTYPE(ID, name, ctype, bytes, dl, kind) [TSR_##ID] = FROM_ROW(ID),
#include "tsr/dtypes.def"
};
/* clang-format on */
