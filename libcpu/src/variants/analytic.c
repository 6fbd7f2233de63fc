/* analytic.c - block functions of the analytic functions, and of moduli, which need roots. */
#include "blocks_complex.h"
#include "blocks_tables.h"
#include "half_vector.h"
#include "math_arc.h"
#include "math_erf.h"
#include "math_exp.h"
#include "math_hyperbolic.h"
#include "math_log.h"
#include "math_pow.h"
#include "math_root.h"
#include "math_trig.h"

#include <complex.h>
#include <math.h>

#undef complex

#define BODY      "blocks_real_analytic.inc"
#define HALF_BODY "blocks_half_analytic.inc"
#include "each_real.inc"
#undef BODY
#define BODY "blocks_complex_analytic.inc"
#include "each_complex.inc"
#undef BODY

/* clang-format off */
const tsri_block_row TSRI_OF_VARIANT(tsri_analytic)[TSR_OP_CORE_COUNT] = {
    [TSR_OP_EXP] = {REAL(exp), COMPLEX(exp)},
    [TSR_OP_SIN] = {REAL(sin), COMPLEX(sin)},
    [TSR_OP_COS] = {REAL(cos), COMPLEX(cos)},
    [TSR_OP_EXPM1] = {REAL(expm1), COMPLEX(expm1)},
    [TSR_OP_LOG] = {REAL(log), COMPLEX(log)},
    [TSR_OP_LOG1P] = {REAL(log1p), COMPLEX(log1p)},
    [TSR_OP_SQRT] = {REAL(sqrt), COMPLEX(sqrt)},
    [TSR_OP_RSQRT] = {REAL(rsqrt), COMPLEX(rsqrt)},
    [TSR_OP_TAN] = {REAL(tan), COMPLEX(tan)},
    [TSR_OP_TANH] = {REAL(tanh), COMPLEX(tanh)},
    [TSR_OP_SINH] = {REAL(sinh), COMPLEX(sinh)},
    [TSR_OP_COSH] = {REAL(cosh), COMPLEX(cosh)},
    [TSR_OP_LOGISTIC] = {REAL(logistic), COMPLEX(logistic)},
    [TSR_OP_EXP2] = {REAL(exp2), COMPLEX(exp2)},
    [TSR_OP_LOG2] = {REAL(log2), COMPLEX(log2)},
    [TSR_OP_LOG10] = {REAL(log10), COMPLEX(log10)},
    [TSR_OP_CBRT] = {REAL(cbrt)},
    [TSR_OP_ATAN2] = {REAL(atan2)},
    [TSR_OP_ASIN] = {REAL(asin), COMPLEX(asin)},
    [TSR_OP_ACOS] = {REAL(acos), COMPLEX(acos)},
    [TSR_OP_ATAN] = {REAL(atan), COMPLEX(atan)},
    [TSR_OP_ASINH] = {REAL(asinh), COMPLEX(asinh)},
    [TSR_OP_ACOSH] = {REAL(acosh), COMPLEX(acosh)},
    [TSR_OP_ATANH] = {REAL(atanh), COMPLEX(atanh)},
    [TSR_OP_ERF] = {REAL(erf)},
    [TSR_OP_ERFC] = {REAL(erfc)},
    [TSR_OP_POW] = {REAL(pow), COMPLEX(pow)},
    [TSR_OP_ABS] = {COMPLEX(abs)},
    [TSR_OP_SIGN] = {COMPLEX(sign)},
};
/* clang-format on */
