/* expr_text.c - the tables: dtypes, ops, conversions and reducers as text. */
#include "expr_text_internal.h"

/* clang-format off */
#define SAME         "$a", "$a"
#define HALF(name)   "tsr_load_" name "($a)", "tsr_store_" name "($a)"
#define UNBOUNDED    "-INFINITY", "INFINITY"
#define FLOAT_PART   "f", "float"
#define DOUBLE_PART  "", "double"
#define WHOLE(type)  type, type, SAME, "", "double"
const tsri_text_dtype tsri_text_dtypes[TSR_DTYPE_COUNT] = {
    [TSR_BOOL] = {WHOLE("uint8_t"), "0", "1"},
    [TSR_I8] = {WHOLE("int8_t"), "-128", "127"},
    [TSR_I16] = {WHOLE("int16_t"), "-32768", "32767"},
    [TSR_I32] = {WHOLE("int32_t"), "(-2147483647 - 1)", "2147483647"},
    [TSR_I64] = {WHOLE("int64_t"), "(-9223372036854775807ll - 1)", "9223372036854775807ll"},
    [TSR_U8] = {WHOLE("uint8_t"), "0", "255"},
    [TSR_U16] = {WHOLE("uint16_t"), "0", "65535"},
    [TSR_U32] = {WHOLE("uint32_t"), "0", "4294967295u"},
    [TSR_U64] = {WHOLE("uint64_t"), "0", "18446744073709551615ull"},
    [TSR_F16] = {"float", "uint16_t", HALF("f16"), FLOAT_PART, UNBOUNDED},
    [TSR_BF16] = {"float", "uint16_t", HALF("bf16"), FLOAT_PART, UNBOUNDED},
    [TSR_F32] = {"float", "float", SAME, FLOAT_PART, UNBOUNDED},
    [TSR_F64] = {"double", "double", SAME, DOUBLE_PART, UNBOUNDED},
    [TSR_C64] = {"tsr_c64", "tsr_c64", SAME, FLOAT_PART, "0", "0"},
    [TSR_C128] = {"tsr_c128", "tsr_c128", SAME, DOUBLE_PART, "0", "0"},
};
/* clang-format on */

#define BOOL     TSR_BIT(BOOL)
#define SIGNED   TSR_DTYPES_SIGNED
#define UNSIGNED TSR_DTYPES_UNSIGNED
#define INTEGER  TSR_DTYPES_INTEGER
#define LOGIC    (INTEGER | BOOL)
#define REAL     TSR_DTYPES_REAL
#define COMPLEX  TSR_DTYPES_COMPLEX
#define ORDERED  TSR_DTYPES_ORDERED
#define HALVES   (TSR_BIT(F16) | TSR_BIT(BF16))
#define ANY      TSR_DTYPES_ANY

typedef struct op_text {
  tsr_op_id op;
  uint32_t dtypes; /* of the key operand */
  const char *text;
} op_text;

#define LIBM(f)          f "$S($a)"
#define COMPLEX_FUNCTION "tsr_to_$r(tsr_"
#define OF_WIDE          "(tsr_wide_$d($a)))"
/* A function of the prelude, in double for both complex dtypes. */
#define WIDE(f) COMPLEX_FUNCTION f OF_WIDE

/* Integers wrap: unsigned arithmetic, cut to size. What is a finding gives 0. */
static const op_text op_texts[] = {
    {TSR_OP_ADD,                    INTEGER,        "($t)((uint64_t)$a + (uint64_t)$b)"                                    },
    {TSR_OP_ADD,                    REAL,           "$a + $b"                                                              },
    {TSR_OP_ADD,                    COMPLEX,        "tsr_add_$d($a, $b)"                                                   },
    {TSR_OP_SUB,                    INTEGER,        "($t)((uint64_t)$a - (uint64_t)$b)"                                    },
    {TSR_OP_SUB,                    REAL,           "$a - $b"                                                              },
    {TSR_OP_SUB,                    COMPLEX,        "tsr_sub_$d($a, $b)"                                                   },
    {TSR_OP_MUL,                    INTEGER,        "($t)((uint64_t)$a * (uint64_t)$b)"                                    },
    {TSR_OP_MUL,                    REAL,           "$a * $b"                                                              },
    {TSR_OP_MUL,                    COMPLEX,        "tsr_mul_$d($a, $b)"                                                   },
    {TSR_OP_DIV,                    SIGNED,         "$b == 0 ? ($t)0 : $b == -1 ? ($t)(0 - (uint64_t)$a) : ($t)($a / $b)"  },
    {TSR_OP_DIV,                    UNSIGNED,       "$b == 0 ? ($t)0 : ($t)($a / $b)"                                      },
    {TSR_OP_DIV,                    REAL,           "$a / $b"                                                              },
    {TSR_OP_DIV,                    COMPLEX,        "tsr_div_$d($a, $b)"                                                   },
    {TSR_OP_NEG,                    INTEGER,        "($t)(0 - (uint64_t)$a)"                                               },
    {TSR_OP_NEG,                    REAL,           "-$a"                                                                  },
    {TSR_OP_NEG,                    COMPLEX,        "tsr_make_$d(-$a.re, -$a.im)"                                          },
    {TSR_OP_SELECT,                 ANY,            "$a ? $b : $c"                                                         },
    {TSR_OP_COMPARE,                ANY & ~COMPLEX, "$a $o $b"                                                             },
    {TSR_OP_COMPARE,                COMPLEX,        "($a.re == $b.re && $a.im == $b.im) $o 1"                              },
    {TSR_OP_ABS,                    SIGNED,         "($t)($a < 0 ? 0 - (uint64_t)$a : (uint64_t)$a)"                       },
    {TSR_OP_ABS,                    UNSIGNED,       "$a"                                                                   },
    {TSR_OP_ABS,                    REAL,           LIBM("fabs")                                                           },
    {TSR_OP_ABS,                    COMPLEX,        "hypot$S($a.re, $a.im)"                                                },
    {TSR_OP_SIGN,                   SIGNED,         "($t)(($a > 0) - ($a < 0))"                                            },
    {TSR_OP_SIGN,                   UNSIGNED,       "$a != 0"                                                              },
    {TSR_OP_SIGN,                   REAL,           "$a > 0 ? 1 : $a < 0 ? -1 : $a"                                        },
    {TSR_OP_SIGN,                   COMPLEX,        "tsr_sign_$d($a)"                                                      },
    {TSR_OP_MAX,                    INTEGER,        "$a > $b ? $a : $b"                                                    },
    {TSR_OP_MAX,                    REAL,           "tsr_max_$t($a, $b)"                                                   },
    {TSR_OP_MIN,                    INTEGER,        "$a < $b ? $a : $b"                                                    },
    {TSR_OP_MIN,                    REAL,           "tsr_min_$t($a, $b)"                                                   },
    {TSR_OP_CLAMP,                  INTEGER,        "$b > $a ? ($b < $c ? $b : $c) : ($a < $c ? $a : $c)"                  },
    {TSR_OP_CLAMP,                  REAL,           "tsr_min_$t(tsr_max_$t($b, $a), $c)"                                   },
    {TSR_OP_REM,                    SIGNED,         "$b == 0 || $b == -1 ? ($t)0 : ($t)($a % $b)"                          },
    {TSR_OP_REM,                    UNSIGNED,       "$b == 0 ? ($t)0 : ($t)($a % $b)"                                      },
    {TSR_OP_REM,                    REAL,           "fmod$S($a, $b)"                                                       },
    {TSR_OP_FLOOR,                  REAL,           LIBM("floor")                                                          },
    {TSR_OP_CEIL,                   REAL,           LIBM("ceil")                                                           },
    {TSR_OP_TRUNC,                  REAL,           LIBM("trunc")                                                          },
    {TSR_OP_ROUND_NEAREST_EVEN,     REAL,           LIBM("rint")                                                           },
    {TSR_OP_IS_FINITE,              REAL,           "fabs$S($a) < INFINITY"                                                },
    {TSR_OP_NOT,                    BOOL,           "!$a"                                                                  },
    {TSR_OP_NOT,                    INTEGER,        "($t)~$a"                                                              },
    {TSR_OP_AND,                    LOGIC,          "($t)($a & $b)"                                                        },
    {TSR_OP_OR,                     LOGIC,          "($t)($a | $b)"                                                        },
    {TSR_OP_XOR,                    LOGIC,          "($t)($a ^ $b)"                                                        },
    {TSR_OP_SHIFT_LEFT,             INTEGER,        "(uint64_t)$b < $w ? ($t)((uint64_t)$a << $b) : ($t)0"                 },
    {TSR_OP_SHIFT_RIGHT_LOGICAL,    INTEGER,        "(uint64_t)$b < $w ? ($t)((uint$w_t)$a >> $b) : ($t)0"                 },
    {TSR_OP_SHIFT_RIGHT_ARITHMETIC, INTEGER,
     "($t)((int$w_t)$a >> ((uint64_t)$b < $w ? (int)$b : $w - 1))"                                                         },
    {TSR_OP_EXP,                    REAL,           LIBM("exp")                                                            },
    {TSR_OP_EXP,                    COMPLEX,        WIDE("exp")                                                            },
    {TSR_OP_SIN,                    REAL,           LIBM("sin")                                                            },
    {TSR_OP_SIN,                    COMPLEX,        WIDE("sin")                                                            },
    {TSR_OP_COS,                    REAL,           LIBM("cos")                                                            },
    {TSR_OP_COS,                    COMPLEX,        WIDE("cos")                                                            },
    {TSR_OP_EXPM1,                  REAL,           LIBM("expm1")                                                          },
    {TSR_OP_EXPM1,                  COMPLEX,        WIDE("expm1")                                                          },
    {TSR_OP_LOG,                    REAL,           LIBM("log")                                                            },
    {TSR_OP_LOG,                    COMPLEX,        WIDE("log")                                                            },
    {TSR_OP_LOG1P,                  REAL,           LIBM("log1p")                                                          },
    {TSR_OP_LOG1P,                  COMPLEX,        WIDE("log1p")                                                          },
    {TSR_OP_SQRT,                   REAL,           LIBM("sqrt")                                                           },
    {TSR_OP_SQRT,                   COMPLEX,        WIDE("sqrt")                                                           },
    {TSR_OP_RSQRT,                  REAL,           "1 / sqrt$S($a)"                                                       },
    {TSR_OP_RSQRT,                  COMPLEX,        WIDE("rsqrt")                                                          },
    {TSR_OP_TAN,                    REAL,           LIBM("tan")                                                            },
    {TSR_OP_TAN,                    COMPLEX,        WIDE("tan")                                                            },
    {TSR_OP_TANH,                   REAL,           LIBM("tanh")                                                           },
    {TSR_OP_TANH,                   COMPLEX,        WIDE("tanh")                                                           },
    {TSR_OP_SINH,                   REAL,           LIBM("sinh")                                                           },
    {TSR_OP_SINH,                   COMPLEX,        WIDE("sinh")                                                           },
    {TSR_OP_COSH,                   REAL,           LIBM("cosh")                                                           },
    {TSR_OP_COSH,                   COMPLEX,        WIDE("cosh")                                                           },
    {TSR_OP_LOGISTIC,               REAL,           "tsr_logistic_$t($a)"                                                  },
    {TSR_OP_LOGISTIC,               COMPLEX,        WIDE("logistic")                                                       },
    {TSR_OP_POW,                    SIGNED,         "$b < 0 ? ($t)0 : ($t)tsr_power((uint64_t)$a, (uint64_t)$b)"           },
    {TSR_OP_POW,                    UNSIGNED,       "($t)tsr_power((uint64_t)$a, (uint64_t)$b)"                            },
    {TSR_OP_POW,                    REAL,           "pow$S($a, $b)"                                                        },
    {TSR_OP_POW,                    COMPLEX,        "tsr_to_$r(tsr_pow(tsr_wide_$d($a), tsr_wide_$d($b)))"                 },
    {TSR_OP_EXP2,                   REAL,           LIBM("exp2")                                                           },
    {TSR_OP_EXP2,                   COMPLEX,        WIDE("exp2")                                                           },
    {TSR_OP_LOG2,                   REAL,           LIBM("log2")                                                           },
    {TSR_OP_LOG2,                   COMPLEX,        "tsr_to_$r(tsr_scaled(tsr_log(tsr_wide_$d($a)), 0x1.71547652b82fep+0))"},
    {TSR_OP_LOG10,                  REAL,           LIBM("log10")                                                          },
    {TSR_OP_LOG10,                  COMPLEX,
     "tsr_to_$r(tsr_scaled(tsr_log(tsr_wide_$d($a)), 0x1.bcb7b1526e50ep-2))"                                               },
    {TSR_OP_CBRT,                   REAL,           LIBM("cbrt")                                                           },
    {TSR_OP_ATAN2,                  REAL,           "atan2$S($a, $b)"                                                      },
    {TSR_OP_ASIN,                   REAL,           LIBM("asin")                                                           },
    {TSR_OP_ASIN,                   COMPLEX,        WIDE("asin")                                                           },
    {TSR_OP_ACOS,                   REAL,           LIBM("acos")                                                           },
    {TSR_OP_ACOS,                   COMPLEX,        WIDE("acos")                                                           },
    {TSR_OP_ATAN,                   REAL,           LIBM("atan")                                                           },
    {TSR_OP_ATAN,                   COMPLEX,        WIDE("atan")                                                           },
    {TSR_OP_ASINH,                  REAL,           LIBM("asinh")                                                          },
    {TSR_OP_ASINH,                  COMPLEX,        WIDE("asinh")                                                          },
    {TSR_OP_ACOSH,                  REAL,           LIBM("acosh")                                                          },
    {TSR_OP_ACOSH,                  COMPLEX,        WIDE("acosh")                                                          },
    {TSR_OP_ATANH,                  REAL,           LIBM("atanh")                                                          },
    {TSR_OP_ATANH,                  COMPLEX,        WIDE("atanh")                                                          },
    {TSR_OP_ERF,                    REAL,           LIBM("erf")                                                            },
    {TSR_OP_ERFC,                   REAL,           LIBM("erfc")                                                           },
    {TSR_OP_REAL,                   COMPLEX,        "$a.re"                                                                },
    {TSR_OP_IMAG,                   COMPLEX,        "$a.im"                                                                },
    {TSR_OP_CONJ,                   COMPLEX,        "tsr_make_$d($a.re, -$a.im)"                                           },
    {TSR_OP_COMPLEX,                REAL,           "tsr_make_$r($a, $b)"                                                  },
};

typedef struct convert_text {
  uint32_t from, to;
  const char *text;
} convert_text;

/* To a half by way of a float rounded to odd, so that nothing is rounded twice. */
static const convert_text convert_texts[] = {
    {COMPLEX,       BOOL,    "$a.re != 0 || $a.im != 0"         },
    {ANY,           BOOL,    "$a != 0"                          },
    {REAL,          INTEGER, "tsr_to_$r($a)"                    },
    {COMPLEX,       INTEGER, "tsr_to_$r($a.re)"                 },
    {TSR_BIT(C64),  HALVES,  "$a.re"                            },
    {TSR_BIT(C128), HALVES,  "tsr_odd($a.re)"                   },
    {COMPLEX,       REAL,    "($t)$a.re"                        },
    {COMPLEX,       COMPLEX, "tsr_make_$r(($p)$a.re, ($p)$a.im)"},
    {ANY,           COMPLEX, "tsr_make_$r(($p)$a, 0)"           },
    {TSR_BIT(F64),  HALVES,  "tsr_odd($a)"                      },
    {SIGNED,        HALVES,  "tsr_odd(tsr_odd_signed($a))"      },
    {UNSIGNED,      HALVES,  "tsr_odd(tsr_odd_unsigned($a))"    },
    {ANY,           ANY,     "($t)$a"                           },
};

static const tsri_text_reducer reducers[] = {
    {TSR_OP_REDUCE_SUM,  INTEGER,        "0",        "($t)((uint64_t)$a + (uint64_t)$b)"},
    {TSR_OP_REDUCE_SUM,  REAL,           "0",        "$a + $b"                          },
    {TSR_OP_REDUCE_SUM,  COMPLEX,        "{0, 0}",   "tsr_add_$d($a, $b)"               },
    {TSR_OP_REDUCE_PROD, INTEGER,        "1",        "($t)((uint64_t)$a * (uint64_t)$b)"},
    {TSR_OP_REDUCE_PROD, REAL,           "1",        "$a * $b"                          },
    {TSR_OP_REDUCE_PROD, COMPLEX,        "{1, 0}",   "tsr_mul_$d($a, $b)"               },
 /* a NaN wins, and stays: nothing is above or below it */
    {TSR_OP_REDUCE_MAX,  ORDERED | BOOL, "$l",       "$b > $a || $b != $b ? $b : $a"    },
    {TSR_OP_REDUCE_MIN,  ORDERED | BOOL, "$h",       "$b < $a || $b != $b ? $b : $a"    },
    {TSR_OP_REDUCE_AND,  BOOL,           "1",        "($t)($a & $b)"                    },
    {TSR_OP_REDUCE_AND,  INTEGER,        "($t)~0ll", "($t)($a & $b)"                    },
    {TSR_OP_REDUCE_OR,   LOGIC,          "0",        "($t)($a | $b)"                    },
};

enum {
  DIVISION,
  POWER
};
static const char *const findings[] = {
    [DIVISION] = "integer division by zero",
    [POWER] = "an integer to a negative power",
};
static const tsri_text_finding finding_texts[] = {
    {TSR_OP_DIV, INTEGER, DIVISION, "$b == 0"},
    {TSR_OP_REM, INTEGER, DIVISION, "$b == 0"},
    {TSR_OP_POW, SIGNED,  POWER,    "$b < 0" },
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static bool has(uint32_t dtypes, tsr_dtype dtype) { return dtypes >> dtype & 1; }

static const char *find_op(tsr_op_id id, tsr_dtype key) {
  for (size_t i = 0; i < COUNT(op_texts); i++) {
    if (op_texts[i].op == id && has(op_texts[i].dtypes, key)) return op_texts[i].text;
  }
  return NULL;
}

static const char *find_convert(tsr_dtype from, tsr_dtype to) {
  const convert_text *c = convert_texts;
  while (!has(c->from, from) || !has(c->to, to)) {
    c++; /* the last row takes everything */
  }
  return c->text;
}

const char *tsri_text_step(const tsr_expr_step *step, tsr_dtype key) {
  tsr_op_id id = tsr_op_core_id(step->op);
  return id == TSR_OP_CONVERT ? find_convert(key, step->dtype) : find_op(id, key);
}

const tsri_text_reducer *tsri_text_reduction(const tsr_op *reduce, tsr_dtype dtype) {
  tsr_op_id id = tsr_op_core_id(reduce);
  for (size_t i = 0; i < COUNT(reducers); i++) {
    if (reducers[i].op == id && has(reducers[i].dtypes, dtype)) return &reducers[i];
  }
  return NULL;
}

const tsri_text_finding *tsri_text_find_finding(const tsr_op *op, tsr_dtype key) {
  tsr_op_id id = tsr_op_core_id(op);
  for (size_t i = 0; i < COUNT(finding_texts); i++) {
    if (finding_texts[i].op == id && has(finding_texts[i].dtypes, key)) return &finding_texts[i];
  }
  return NULL;
}

const char *tsr_expr_finding(int32_t number) {
  return number >= 0 && (size_t)number < COUNT(findings) ? findings[number] : NULL;
}

const char *tsri_text_operator(const tsr_expr_step *step) {
  static const char *const operators[] = {
      [TSR_EQ] = "==", [TSR_NE] = "!=", [TSR_LT] = "<",
      [TSR_LE] = "<=", [TSR_GT] = ">",  [TSR_GE] = ">=",
  };
  if (step->op != tsr_op_core(TSR_OP_COMPARE)) return "";
  uint32_t direction = (uint32_t)((const tsr_compare_attrs *)step->attrs)->direction;
  return direction < COUNT(operators) ? operators[direction] : "==";
}
