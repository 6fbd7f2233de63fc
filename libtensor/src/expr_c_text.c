/* expr_c_text.c - the tables: dtypes, ops and conversions as C text. */
#include "expr_c_internal.h"

#define SAME "$a", "$a"
const tsri_c_dtype tsri_c_dtypes[TSR_DTYPE_COUNT] = {
    [TSR_BOOL] = {"uint8_t",    "uint8_t",  SAME,               "",                     "0"                             },
    [TSR_I8] = {"int8_t",     "int8_t",   SAME,               "",                     "INT8_MIN"                      },
    [TSR_I16] = {"int16_t",    "int16_t",  SAME,               "",                     "INT16_MIN"                     },
    [TSR_I32] = {"int32_t",    "int32_t",  SAME,               "",                     "INT32_MIN"                     },
    [TSR_I64] = {"int64_t",    "int64_t",  SAME,               "",                     "INT64_MIN"                     },
    [TSR_U8] = {"uint8_t",    "uint8_t",  SAME,               "",                     "0"                             },
    [TSR_U16] = {"uint16_t",   "uint16_t", SAME,               "",                     "0"                             },
    [TSR_U32] = {"uint32_t",   "uint32_t", SAME,               "",                     "0"                             },
    [TSR_U64] = {"uint64_t",   "uint64_t", SAME,               "",                     "0"                             },
    [TSR_F16] = {"float",      "uint16_t", "tsr_load_f16($a)", "tsr_store_f16($a)",    "f",                              "-INFINITY"},
    [TSR_BF16] = {"float",            "uint16_t",                "tsr_load_bf16($a)",             "tsr_store_bf16($a)", "f", "-INFINITY"},
    [TSR_F32] = {"float", "float",           SAME,                       "f",                                      "-INFINITY"                                                       },
    [TSR_F64] = {"double", "double",           SAME,                      "","-INFINITY"},
    [TSR_C64] = {"float _Complex", "float _Complex",           SAME,              "f",                      "0"                                                                              },
    [TSR_C128] = {"double _Complex",         "double _Complex",                   SAME,                     "","0"},
};

enum {
  LOGICAL = 1 << TSR_KIND_LOGICAL,
  INTEGER = 1 << TSR_KIND_SIGNED | 1 << TSR_KIND_UNSIGNED,
  SIGNED = 1 << TSR_KIND_SIGNED,
  UNSIGNED = 1 << TSR_KIND_UNSIGNED,
  REAL = 1 << TSR_KIND_REAL,
  COMPLEX = 1 << TSR_KIND_COMPLEX,
  ORDERED = INTEGER | REAL,
  ANY = LOGICAL | ORDERED | COMPLEX
};

typedef struct op_text {
  tsr_op_id op;
  int kinds; /* of the key dtype */
  const char *text;
} op_text;

/* Integers wrap: unsigned arithmetic, cut to size. x / 0 is 0, the device's kernels flag it. */
static const op_text op_texts[] = {
    {TSR_OP_ADD,                INTEGER,           "($t)((uint64_t)$a + (uint64_t)$b)"                               },
    {TSR_OP_ADD,                REAL | COMPLEX,    "$a + $b"                                                         },
    {TSR_OP_SUB,                INTEGER,           "($t)((uint64_t)$a - (uint64_t)$b)"                               },
    {TSR_OP_SUB,                REAL | COMPLEX,    "$a - $b"                                                         },
    {TSR_OP_MUL,                INTEGER,           "($t)((uint64_t)$a * (uint64_t)$b)"                               },
    {TSR_OP_MUL,                REAL,              "$a * $b"                                                         },
    {TSR_OP_MUL,                COMPLEX,           "tsr_mul_$d($a, $b)"                                              },
    {TSR_OP_DIV,                SIGNED,            "$b == 0 ? 0 : $b == -1 ? ($t)(0 - (uint64_t)$a) : ($t)($a / $b)" },
    {TSR_OP_DIV,                UNSIGNED,          "$b == 0 ? 0 : ($t)($a / $b)"                                     },
    {TSR_OP_DIV,                REAL | COMPLEX,    "$a / $b"                                                         },
    {TSR_OP_NEG,                INTEGER,           "($t)(0 - (uint64_t)$a)"                                          },
    {TSR_OP_NEG,                REAL | COMPLEX,    "-$a"                                                             },
    {TSR_OP_SELECT,             ANY,               "$a ? $b : $c"                                                    },
    {TSR_OP_COMPARE,            ANY,               "$a $o $b"                                                        },
    {TSR_OP_ABS,                SIGNED,            "($t)($a < 0 ? 0 - (uint64_t)$a : (uint64_t)$a)"                  },
    {TSR_OP_ABS,                UNSIGNED,          "$a"                                                              },
    {TSR_OP_ABS,                REAL,              "fabs$S($a)"                                                      },
    {TSR_OP_ABS,                COMPLEX,           "cabs$S($a)"                                                      },
    {TSR_OP_SIGN,               SIGNED,            "($t)(($a > 0) - ($a < 0))"                                       },
    {TSR_OP_SIGN,               UNSIGNED,          "$a != 0"                                                         },
    {TSR_OP_SIGN,               REAL,              "$a > 0 ? 1 : $a < 0 ? -1 : $a"                                   },
    {TSR_OP_MAX,                INTEGER,           "$a > $b ? $a : $b"                                               },
    {TSR_OP_MAX,                REAL,              "$a == 0 && $b == 0 ? $a + $b : $a > $b || $a != $a ? $a : $b"    },
    {TSR_OP_MIN,                INTEGER,           "$a < $b ? $a : $b"                                               },
    {TSR_OP_MIN,                REAL,              "$a == 0 && $b == 0 ? -(-$a - $b) : $a < $b || $a != $a ? $a : $b"},
    {TSR_OP_REM,                REAL,              "fmod$S($a, $b)"                                                  },
    {TSR_OP_FLOOR,              REAL,              "floor$S($a)"                                                     },
    {TSR_OP_CEIL,               REAL,              "ceil$S($a)"                                                      },
    {TSR_OP_TRUNC,              REAL,              "trunc$S($a)"                                                     },
    {TSR_OP_ROUND_NEAREST_EVEN, REAL,              "rint$S($a)"                                                      },
    {TSR_OP_IS_FINITE,          REAL,              "isfinite($a) != 0"                                               },
    {TSR_OP_NOT,                LOGICAL,           "!$a"                                                             },
    {TSR_OP_NOT,                INTEGER,           "($t)~$a"                                                         },
    {TSR_OP_AND,                LOGICAL | INTEGER, "($t)($a & $b)"                                                   },
    {TSR_OP_OR,                 LOGICAL | INTEGER, "($t)($a | $b)"                                                   },
    {TSR_OP_XOR,                LOGICAL | INTEGER, "($t)($a ^ $b)"                                                   },
    {TSR_OP_EXP,                REAL,              "exp$S($a)"                                                       },
    {TSR_OP_EXP,                COMPLEX,           "cexp$S($a)"                                                      },
    {TSR_OP_SIN,                REAL,              "sin$S($a)"                                                       },
    {TSR_OP_SIN,                COMPLEX,           "csin$S($a)"                                                      },
    {TSR_OP_COS,                REAL,              "cos$S($a)"                                                       },
    {TSR_OP_COS,                COMPLEX,           "ccos$S($a)"                                                      },
    {TSR_OP_LOG,                REAL,              "log$S($a)"                                                       },
    {TSR_OP_LOG,                COMPLEX,           "clog$S($a)"                                                      },
    {TSR_OP_SQRT,               REAL,              "sqrt$S($a)"                                                      },
    {TSR_OP_SQRT,               COMPLEX,           "csqrt$S($a)"                                                     },
    {TSR_OP_TAN,                REAL,              "tan$S($a)"                                                       },
    {TSR_OP_TAN,                COMPLEX,           "ctan$S($a)"                                                      },
    {TSR_OP_TANH,               REAL,              "tanh$S($a)"                                                      },
    {TSR_OP_TANH,               COMPLEX,           "ctanh$S($a)"                                                     },
    {TSR_OP_SINH,               REAL,              "sinh$S($a)"                                                      },
    {TSR_OP_SINH,               COMPLEX,           "csinh$S($a)"                                                     },
    {TSR_OP_COSH,               REAL,              "cosh$S($a)"                                                      },
    {TSR_OP_COSH,               COMPLEX,           "ccosh$S($a)"                                                     },
    {TSR_OP_EXPM1,              REAL,              "expm1$S($a)"                                                     },
    {TSR_OP_LOG1P,              REAL,              "log1p$S($a)"                                                     },
    {TSR_OP_EXP2,               REAL,              "exp2$S($a)"                                                      },
    {TSR_OP_LOG2,               REAL,              "log2$S($a)"                                                      },
    {TSR_OP_LOG10,              REAL,              "log10$S($a)"                                                     },
    {TSR_OP_CBRT,               REAL,              "cbrt$S($a)"                                                      },
    {TSR_OP_ASIN,               REAL,              "asin$S($a)"                                                      },
    {TSR_OP_ACOS,               REAL,              "acos$S($a)"                                                      },
    {TSR_OP_ATAN,               REAL,              "atan$S($a)"                                                      },
    {TSR_OP_ASINH,              REAL,              "asinh$S($a)"                                                     },
    {TSR_OP_ACOSH,              REAL,              "acosh$S($a)"                                                     },
    {TSR_OP_ATANH,              REAL,              "atanh$S($a)"                                                     },
    {TSR_OP_ERF,                REAL,              "erf$S($a)"                                                       },
    {TSR_OP_ERFC,               REAL,              "erfc$S($a)"                                                      },
    {TSR_OP_RSQRT,              REAL,              "1 / sqrt$S($a)"                                                  },
    {TSR_OP_POW,                REAL,              "pow$S($a, $b)"                                                   },
    {TSR_OP_ATAN2,              REAL,              "atan2$S($a, $b)"                                                 },
    {TSR_OP_REAL,               COMPLEX,           "creal$S($a)"                                                     },
    {TSR_OP_IMAG,               COMPLEX,           "cimag$S($a)"                                                     },
    {TSR_OP_CONJ,               COMPLEX,           "conj$S($a)"                                                      },
    {TSR_OP_COMPLEX,            REAL,              "tsr_complex_$r($a, $b)"                                          },
};

typedef struct convert_text {
  int from, to; /* kinds */
  const char *text;
} convert_text;

static const convert_text convert_texts[] = {
    {ANY,     LOGICAL, "$a != 0"               },
    {REAL,    INTEGER, "tsr_to_$r($a)"         },
    {COMPLEX, INTEGER, "tsr_to_$r(creal$S($a))"},
    {COMPLEX, REAL,    "($t)creal$S($a)"       },
    {ANY,     ANY,     "($t)$a"                },
};

static int kind_bit(tsr_dtype dtype) { return 1 << tsr_dtype_kind(dtype); }

static const char *find_op(tsr_op_id id, tsr_dtype key) {
  for (size_t i = 0; i < sizeof op_texts / sizeof *op_texts; i++) {
    if (op_texts[i].op == id && op_texts[i].kinds & kind_bit(key)) return op_texts[i].text;
  }
  return NULL;
}

static const char *find_convert(tsr_dtype from, tsr_dtype to) {
  const convert_text *c = convert_texts;
  while (!(c->from & kind_bit(from)) || !(c->to & kind_bit(to))) {
    c++; /* the last row takes everything */
  }
  return c->text;
}

const char *tsri_c_step(const tsr_expr_step *step, tsr_dtype key) {
  tsr_op_id id = tsr_op_core_id(step->op);
  return id == TSR_OP_CONVERT ? find_convert(key, step->dtype) : find_op(id, key);
}

/* The values no other is above; the lowest stand in tsri_c_dtypes. */
static const char *const greatest[TSR_DTYPE_COUNT] = {
    [TSR_BOOL] = "1",         [TSR_I8] = "INT8_MAX",    [TSR_I16] = "INT16_MAX",
    [TSR_I32] = "INT32_MAX",  [TSR_I64] = "INT64_MAX",  [TSR_U8] = "UINT8_MAX",
    [TSR_U16] = "UINT16_MAX", [TSR_U32] = "UINT32_MAX", [TSR_U64] = "UINT64_MAX",
    [TSR_F16] = "INFINITY",   [TSR_BF16] = "INFINITY",  [TSR_F32] = "INFINITY",
    [TSR_F64] = "INFINITY",   [TSR_C64] = "0",          [TSR_C128] = "0",
};

/* Reductions as the elementwise ops that join two values, unless they have a text of their
 * own: of max and min a NaN wins and stays, for nothing is above or below it.
 */
typedef struct reduction_text {
  tsr_op_id reduce, join;
  const char *start, *text; /* NULL: of the dtype, of join */
} reduction_text;

static const reduction_text reduction_texts[] = {
    {TSR_OP_REDUCE_SUM,  TSR_OP_ADD, "0",  NULL                           },
    {TSR_OP_REDUCE_PROD, TSR_OP_MUL, "1",  NULL                           },
    {TSR_OP_REDUCE_MAX,  TSR_OP_MAX, NULL, "$b > $a || $b != $b ? $b : $a"},
    {TSR_OP_REDUCE_MIN,  TSR_OP_MIN, NULL, "$b < $a || $b != $b ? $b : $a"},
    {TSR_OP_REDUCE_AND,  TSR_OP_AND, "-1", NULL                           },
    {TSR_OP_REDUCE_OR,   TSR_OP_OR,  "0",  NULL                           },
};

static const reduction_text *find_reduction(const tsr_op *reduce) {
  const reduction_text *r = reduction_texts;
  while (reduce != tsr_op_core(r->reduce)) {
    r++; /* tsr_expr_create let no other pass */
  }
  return r;
}

const char *tsri_c_start(const tsr_op *reduce, tsr_dtype dtype) {
  const reduction_text *r = find_reduction(reduce);
  if (r->reduce == TSR_OP_REDUCE_AND && dtype == TSR_BOOL) return "1";
  if (r->start) return r->start;
  return r->reduce == TSR_OP_REDUCE_MAX ? tsri_c_dtypes[dtype].lowest : greatest[dtype];
}

const char *tsri_c_reduction(const tsr_op *reduce, tsr_dtype dtype) {
  const reduction_text *r = find_reduction(reduce);
  if (!r->text) return find_op(r->join, dtype);
  return tsr_dtype_kind(dtype) == TSR_KIND_COMPLEX ? NULL : r->text;
}

const char *tsri_c_operator(const tsr_expr_step *step) {
  static const char *const operators[] = {
      [TSR_EQ] = "==", [TSR_NE] = "!=", [TSR_LT] = "<",
      [TSR_LE] = "<=", [TSR_GT] = ">",  [TSR_GE] = ">=",
  };
  if (step->op != tsr_op_core(TSR_OP_COMPARE)) return "";
  uint32_t direction = (uint32_t)((const tsr_compare_attrs *)step->attrs)->direction;
  return direction < sizeof operators / sizeof *operators ? operators[direction] : "==";
}

/* Floats become integers towards zero, held at the ends of the range; NaN becomes 0. */
#define TO_INTEGER(name, type, low, high, greatest)                                                \
  "static " type " tsr_to_" name "(double x) {\n"                                                  \
  "  return x != x ? 0 : x <= " low " ? (" type ")" low " : x >= " high " ? " greatest " : (" type \
  ")x;\n}\n"

const char *const tsri_c_prelude[] = {
    "#include <complex.h>\n#include <math.h>\n#include <stdint.h>\n\n"
    "typedef union tsr_bits { float f; uint32_t u; } tsr_bits;\n",
    "static float tsr_load_f16(uint16_t h) {\n"
    "  uint32_t sign = (h & 0x8000u) << 16, e = h >> 10 & 31, m = h & 1023;\n"
    "  tsr_bits x = {(float)m * 0x1p-24f};\n"
    "  if (e == 31) x.u = 0x7f800000 | m << 13;\n"
    "  else if (e) x.u = (e + 112) << 23 | m << 13;\n"
    "  x.u |= sign;\n"
    "  return x.f;\n}\n",
    "static uint16_t tsr_store_f16(float f) {\n"
    "  tsr_bits x = {f};\n"
    "  uint32_t sign = x.u >> 16 & 0x8000;\n"
    "  x.u &= 0x7fffffff;\n"
    "  if (x.u > 0x7f800000) return (uint16_t)(sign | 0x7e00 | (x.u >> 13 & 0x3ff));\n"
    "  if (x.u >= 0x477ff000) return (uint16_t)(sign | 0x7c00);\n"
    "  if (x.u < 0x38800000) {\n"
    "    x.f += 0.5f;\n"
    "    return (uint16_t)(sign | (x.u - 0x3f000000));\n"
    "  }\n"
    "  return (uint16_t)(sign | (x.u + 0xfff + (x.u >> 13 & 1) - 0x38000000) >> 13);\n}\n",
    "static float tsr_load_bf16(uint16_t h) {\n"
    "  tsr_bits x = {0};\n"
    "  x.u = (uint32_t)h << 16;\n"
    "  return x.f;\n}\n",
    "static uint16_t tsr_store_bf16(float f) {\n"
    "  tsr_bits x = {f};\n"
    "  if (f != f) return (uint16_t)(x.u >> 16 | 0x40);\n"
    "  return (uint16_t)((x.u + 0x7fff + (x.u >> 16 & 1)) >> 16);\n}\n",
    "#define tsr_complex_c64 CMPLXF\n"
    "#define tsr_complex_c128 CMPLX\n",
    "static float _Complex tsr_mul_c64(float _Complex x, float _Complex y) {\n"
    "  float a = crealf(x), b = cimagf(x), c = crealf(y), d = cimagf(y);\n"
    "  return CMPLXF(a * c - b * d, a * d + b * c);\n}\n",
    "static double _Complex tsr_mul_c128(double _Complex x, double _Complex y) {\n"
    "  double a = creal(x), b = cimag(x), c = creal(y), d = cimag(y);\n"
    "  return CMPLX(a * c - b * d, a * d + b * c);\n}\n",
    TO_INTEGER("i8", "int8_t", "-0x1p7", "0x1p7", "INT8_MAX"),
    TO_INTEGER("i16", "int16_t", "-0x1p15", "0x1p15", "INT16_MAX"),
    TO_INTEGER("i32", "int32_t", "-0x1p31", "0x1p31", "INT32_MAX"),
    TO_INTEGER("i64", "int64_t", "-0x1p63", "0x1p63", "INT64_MAX"),
    TO_INTEGER("u8", "uint8_t", "0.0", "0x1p8", "UINT8_MAX"),
    TO_INTEGER("u16", "uint16_t", "0.0", "0x1p16", "UINT16_MAX"),
    TO_INTEGER("u32", "uint32_t", "0.0", "0x1p32", "UINT32_MAX"),
    TO_INTEGER("u64", "uint64_t", "0.0", "0x1p64", "UINT64_MAX"),
    NULL,
};
