/* test_contraction_rules.c - dot_general, and random bits. */
#include "rule_check.h"
#include "trace_test.h"

static void each(void (*check)(const tsr_case *)) {
  const tsr_dot_general_attrs matrix = {TSR_NO_AXES, TSR_NO_AXES, TSR_AXES(1), TSR_AXES(0)};
  const tsr_dot_general_attrs rows = {TSR_NO_AXES, TSR_NO_AXES, TSR_AXES(1), TSR_AXES(1)};
  const tsr_dot_general_attrs columns = {TSR_NO_AXES, TSR_NO_AXES, TSR_AXES(0), TSR_AXES(0)};
  const tsr_dot_general_attrs outer = {TSR_NO_AXES, TSR_NO_AXES, TSR_NO_AXES, TSR_NO_AXES};
  const tsr_dot_general_attrs batch = {TSR_AXES(0), TSR_AXES(0), TSR_AXES(2), TSR_AXES(1)};
  const tsr_dot_general_attrs odd = {TSR_AXES(3, 1), TSR_AXES(0, 2), TSR_AXES(2, 0),
                                     TSR_AXES(3, 1)};
  const tsr_dot_general_attrs elementwise = {TSR_AXES(0), TSR_AXES(0), TSR_NO_AXES, TSR_NO_AXES};
  const tsr_case cases[] = {
      {"matrix",             TSR_OP_DOT_GENERAL, &matrix,      2, {TSR_F64_OF(2, 3), TSR_F64_OF(3, 4)}                  },
      {"complex",            TSR_OP_DOT_GENERAL, &matrix,      2, {TSR_C128_OF(2, 3), TSR_C128_OF(3, 4)}                },
      {"rows",               TSR_OP_DOT_GENERAL, &rows,        2, {TSR_F64_OF(2, 3), TSR_F64_OF(4, 3)}                  },
      {"columns",            TSR_OP_DOT_GENERAL, &columns,     2, {TSR_C128_OF(3, 2), TSR_C128_OF(3, 4)}                },
      {"inner",              TSR_OP_DOT_GENERAL, &columns,     2, {TSR_F64_OF(3), TSR_F64_OF(3)}                        },
      {"outer",              TSR_OP_DOT_GENERAL, &outer,       2, {TSR_F64_OF(3), TSR_F64_OF(2)}                        },
      {"numbers",            TSR_OP_DOT_GENERAL, &outer,       2, {TSR_NUMBER_OF(TSR_F64), TSR_NUMBER_OF(TSR_F64)}      },
      {"batch",              TSR_OP_DOT_GENERAL, &batch,       2, {TSR_F64_OF(2, 3, 4), TSR_F64_OF(2, 4, 2)}            },
      {"odd",                TSR_OP_DOT_GENERAL, &odd,         2, {TSR_C128_OF(2, 3, 4, 2), TSR_C128_OF(2, 2, 3, 4)}    },
      {"odd with free axes",
       TSR_OP_DOT_GENERAL,                       &odd,
       2,                                                         {TSR_F64_OF(2, 3, 4, 2, 2), TSR_F64_OF(2, 2, 3, 4, 3)}},
      {"elementwise",        TSR_OP_DOT_GENERAL, &elementwise, 2, {TSR_F64_OF(3, 2), TSR_F64_OF(3)}                     },
      {"over nothing",       TSR_OP_DOT_GENERAL, &matrix,      2, {TSR_F64_OF(2, 0), TSR_F64_OF(0, 3)}                  }
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    check(&cases[i]);
}

static void transposes_are_adjoint(void **state) {
  (void)state;
  each(tsr_check_transpose);
}

static void batches_are_loops(void **state) {
  (void)state;
  each(tsr_check_batch);
}

static void a_batch_of_states_draws_what_each_would_alone(void **state) {
  (void)state;
  const tsr_rng_attrs u32 = {TSR_U32, TSR_SHAPE({3}, {2})}, i64 = {TSR_I64, TSR_SHAPE({5})};
  const tsr_case cases[] = {
      {"u32", TSR_OP_RNG_BIT_GENERATOR, &u32, 1, {{TSR_U64, TSR_DIMS(2), 0, INT64_MAX - 1}}},
      {"i64", TSR_OP_RNG_BIT_GENERATOR, &i64, 1, {{TSR_U64, TSR_DIMS(2), 0, INT64_MAX - 1}}}
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    tsr_check_batch(&cases[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(transposes_are_adjoint),
      cmocka_unit_test(batches_are_loops),
      cmocka_unit_test(a_batch_of_states_draws_what_each_would_alone),
  };
  return cmocka_run_group_tests_name("internalops/contraction_rules", tests, NULL, NULL);
}
