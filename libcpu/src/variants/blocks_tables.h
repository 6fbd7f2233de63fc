/* blocks_tables.h - what the tables of block functions are written with: entries that name the
 * function of an op for a family of dtypes.
 */
#ifndef TSRI_BLOCKS_TABLES_H
#define TSRI_BLOCKS_TABLES_H

#include "kernels/blocks.h"
#include "variants.h"

#define TSRI_CAT_(a, b)     a##_##b
#define TSRI_CAT(a, b)      TSRI_CAT_(a, b)
#define TSRI_CAT3_(a, b, c) a##_##b##_##c
#define TSRI_CAT3(a, b, c)  TSRI_CAT3_(a, b, c)

#define AT(op, ID) [TSR_##ID] = op##_##ID
#define REAL(op)   AT(op, F16), AT(op, BF16), AT(op, F32), AT(op, F64)
#define INTEGER(op)                                                                                \
  AT(op, I8), AT(op, I16), AT(op, I32), AT(op, I64), AT(op, U8), AT(op, U16), AT(op, U32),         \
      AT(op, U64)
#define COMPLEX(op) AT(op, C64), AT(op, C128)

#endif /* TSRI_BLOCKS_TABLES_H */
