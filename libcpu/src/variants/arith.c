/* arith.c - block functions of arithmetic, order, logic, comparison and selection. */
#include "blocks_tables.h"
#include "kernels/half.h"

#include <complex.h>
#include <math.h>

#undef complex

#define BODY "blocks_real.inc"
#include "each_real.inc"
#undef BODY
#define BODY "blocks_integer.inc"
#include "each_integer.inc"
#undef BODY
#define BODY "blocks_complex.inc"
#include "each_complex.inc"
#undef BODY

/* bool compares as the numbers 0 and 1 */
#define NAME(op) TSRI_CAT(op, BOOL)
#define T        uint8_t
#define LOAD(x)  (x)
#include "blocks_compare.inc"
#define INVERSE(x) !(x)
#include "blocks_logic.inc"
#undef NAME
#undef T
#undef LOAD
typedef struct wide {
  uint64_t half[2];
} wide;
#define BYTES 1
#define T     uint8_t
#include "blocks_select.inc"
#define BYTES 2
#define T     uint16_t
#include "blocks_select.inc"
#define BYTES 4
#define T     uint32_t
#include "blocks_select.inc"
#define BYTES 8
#define T     uint64_t
#include "blocks_select.inc"
#define BYTES 16
#define T     wide
#include "blocks_select.inc"

/* clang-format off */
const tsri_block_row TSRI_OF_VARIANT(tsri_arith)[TSR_OP_CORE_COUNT] = {
    [TSR_OP_ADD] = {REAL(add), INTEGER(add), COMPLEX(add)},
    [TSR_OP_SUB] = {REAL(sub), INTEGER(sub), COMPLEX(sub)},
    [TSR_OP_MUL] = {REAL(mul), INTEGER(mul), COMPLEX(mul)},
    [TSR_OP_DIV] = {REAL(div), INTEGER(div), COMPLEX(div)},
    [TSR_OP_NEG] = {REAL(neg), INTEGER(neg), COMPLEX(neg)},
    [TSR_OP_ABS] = {REAL(abs), INTEGER(abs)},
    [TSR_OP_SIGN] = {REAL(sign), INTEGER(sign)},
    [TSR_OP_MAX] = {REAL(max), INTEGER(max)},
    [TSR_OP_MIN] = {REAL(min), INTEGER(min)},
    [TSR_OP_CLAMP] = {REAL(clamp), INTEGER(clamp)},
    [TSR_OP_REM] = {REAL(rem), INTEGER(rem)},
    [TSR_OP_FLOOR] = {REAL(floor)},
    [TSR_OP_CEIL] = {REAL(ceil)},
    [TSR_OP_TRUNC] = {REAL(trunc)},
    [TSR_OP_ROUND_NEAREST_EVEN] = {REAL(round_nearest_even)},
    [TSR_OP_IS_FINITE] = {REAL(is_finite)},
    [TSR_OP_NOT] = {INTEGER(inverse), AT(inverse, BOOL)},
    [TSR_OP_AND] = {INTEGER(and), AT(and, BOOL)},
    [TSR_OP_OR] = {INTEGER(or), AT(or, BOOL)},
    [TSR_OP_XOR] = {INTEGER(xor), AT(xor, BOOL)},
    [TSR_OP_SHIFT_LEFT] = {INTEGER(shift_left)},
    [TSR_OP_SHIFT_RIGHT_ARITHMETIC] = {INTEGER(shift_right_arithmetic)},
    [TSR_OP_SHIFT_RIGHT_LOGICAL] = {INTEGER(shift_right_logical)},
    [TSR_OP_POW] = {INTEGER(pow)},
    [TSR_OP_REAL] = {COMPLEX(real)},
    [TSR_OP_IMAG] = {COMPLEX(imag)},
    [TSR_OP_CONJ] = {COMPLEX(conj)},
    [TSR_OP_COMPLEX] = {AT(complex, F32), AT(complex, F64)},
    [TSR_OP_SELECT] =
        {
#define TSR_DTYPE(ID, name, ctype, bytes, dl, kind) [TSR_##ID] = select_##bytes,
#include "tsr/dtypes.def"
        },
};

const tsri_block_row TSRI_OF_VARIANT(tsri_compare)[TSR_GE + 1] = {
    [TSR_EQ] = {REAL(eq), INTEGER(eq), COMPLEX(eq), AT(eq, BOOL)},
    [TSR_NE] = {REAL(ne), INTEGER(ne), COMPLEX(ne), AT(ne, BOOL)},
    [TSR_LT] = {REAL(lt), INTEGER(lt), AT(lt, BOOL)},
    [TSR_LE] = {REAL(le), INTEGER(le), AT(le, BOOL)},
    [TSR_GT] = {REAL(gt), INTEGER(gt), AT(gt, BOOL)},
    [TSR_GE] = {REAL(ge), INTEGER(ge), AT(ge, BOOL)},
};
/* clang-format on */
