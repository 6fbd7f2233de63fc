/* test_elementwise_rules.c - derivative and batch rules of ops that work element by element. */
#include "rule_check.h"
#include "trace_test.h"

#define F TSR_F64_OF(2, 3)
#define C TSR_C128_OF(2, 3)
#define B                                                                                          \
  { TSR_BOOL, TSR_DIMS(2, 3), 0, 1 }

static void each(void (*check)(const tsr_case *), bool linear) {
  const tsr_convert_attrs to_complex = {TSR_C128}, to_real = {TSR_F64};
  const tsr_compare_attrs less = {TSR_LT};
  const tsr_case linear_cases[] = {
      {"add",             TSR_OP_ADD,     NULL,        2, {F, F}                  },
      {"add complex",     TSR_OP_ADD,     NULL,        2, {C, C}                  },
      {"sub",             TSR_OP_SUB,     NULL,        2, {F, F}                  },
      {"mul",             TSR_OP_MUL,     NULL,        2, {F, F}                  },
      {"mul complex",     TSR_OP_MUL,     NULL,        2, {C, C}                  },
      {"div",             TSR_OP_DIV,     NULL,        2, {F, F}                  },
      {"div complex",     TSR_OP_DIV,     NULL,        2, {C, C}                  },
      {"neg",             TSR_OP_NEG,     NULL,        1, {C}                     },
      {"select",          TSR_OP_SELECT,  NULL,        3, {B, F, F}               },
      {"select complex",  TSR_OP_SELECT,  NULL,        3, {B, C, C}               },
      {"real",            TSR_OP_REAL,    NULL,        1, {C}                     },
      {"imag",            TSR_OP_IMAG,    NULL,        1, {C}                     },
      {"conj",            TSR_OP_CONJ,    NULL,        1, {C}                     },
      {"complex",         TSR_OP_COMPLEX, NULL,        2, {F, F}                  },
      {"convert",         TSR_OP_CONVERT, &to_complex, 1, {F}                     },
      {"convert to same", TSR_OP_CONVERT, &to_real,    1, {F}                     },
      {"a number",        TSR_OP_NEG,     NULL,        1, {TSR_NUMBER_OF(TSR_F64)}}
  };
  const tsr_case others[] = {
      {"exp",          TSR_OP_EXP,     NULL,  1, {F}   },
      {"sin",          TSR_OP_SIN,     NULL,  1, {F}   },
      {"cos",          TSR_OP_COS,     NULL,  1, {F}   },
      {"cos, complex", TSR_OP_COS,     NULL,  1, {C}   },
      {"compare",      TSR_OP_COMPARE, &less, 2, {F, F}}
  };
  for (size_t i = 0; i < sizeof linear_cases / sizeof *linear_cases; i++)
    check(&linear_cases[i]);
  for (size_t i = 0; !linear && i < sizeof others / sizeof *others; i++)
    check(&others[i]);
}

static void transposes_are_adjoint(void **state) {
  (void)state;
  each(tsr_check_transpose, true);
}

static void batches_are_loops(void **state) {
  (void)state;
  each(tsr_check_batch, false);
}

static void derivatives_are_difference_quotients(void **state) {
  (void)state;
  const tsr_op_id ops[] = {TSR_OP_EXP, TSR_OP_SIN, TSR_OP_COS};
  for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
    const tsr_case c = {"analytic", ops[i], NULL, 1, {F}};
    tsr_check_jvp(&c);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(transposes_are_adjoint),
      cmocka_unit_test(batches_are_loops),
      cmocka_unit_test(derivatives_are_difference_quotients),
  };
  return cmocka_run_group_tests_name("internalops/elementwise_rules", tests, NULL, NULL);
}
