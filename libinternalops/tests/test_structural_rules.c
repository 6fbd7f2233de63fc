/* test_structural_rules.c - broadcast, reshape, transpose, reverse, slice, pad, concatenate. */
#include "rule_check.h"
#include "trace_test.h"

/* {2} in TSR_SHAPE({2}, {3}) is the constant 2. */
#define BROADCAST(shape, axes)                                                                     \
  &(tsr_broadcast_attrs) { shape, axes }
#define RESHAPE(shape)                                                                             \
  &(tsr_reshape_attrs) { shape }
#define TRANSPOSE(...)                                                                             \
  &(tsr_transpose_attrs) { TSR_AXES(__VA_ARGS__) }

static void each(void (*check)(const tsr_case *)) {
  const tsr_shape s243 = TSR_SHAPE({2}, {4}, {3}), s05 = TSR_SHAPE({0}, {5});
  const tsr_slice_attrs some = {TSR_SHAPE({1}, {0}), TSR_SHAPE({6}, {5}), TSR_AXES(1, 2)};
  const tsr_slice_attrs steps = {TSR_SHAPE({1}, {0}), TSR_SHAPE({6}, {5}), TSR_AXES(3, 1)};
  const tsr_slice_attrs none = {TSR_SHAPE({0}), TSR_SHAPE({0}), TSR_AXES(1)};
  const tsr_pad_attrs cut = {TSR_SHAPE({1}, {-1}), TSR_SHAPE({-2}, {2}), TSR_AXES(2, 0)};
  const tsr_pad_attrs grow = {TSR_SHAPE({2}, {0}), TSR_SHAPE({1}, {3}), TSR_AXES(2, 0)};
  const tsr_pad_attrs between = {TSR_SHAPE({3}), TSR_SHAPE({0}), TSR_AXES(1)};
  const tsr_pad_attrs away = {TSR_SHAPE({-2}), TSR_SHAPE({0}), TSR_AXES(0)};
  const tsr_pad_attrs cut_wide = {TSR_SHAPE({-2}), TSR_SHAPE({-1}), TSR_AXES(2)};
  const tsr_concatenate_attrs first = {0}, second = {1};
  const tsr_case cases[] = {
      {"broadcast: an axis in front",
       TSR_OP_BROADCAST_IN_DIM,                               BROADCAST(s243,                                        TSR_AXES(1,2)),
       1, {TSR_F64_OF(4, 3)}},
      {"broadcast: size 1 repeated",
       TSR_OP_BROADCAST_IN_DIM,                                 BROADCAST(s243,                                                           TSR_AXES(1,2)),
       1, {TSR_C128_OF(1, 3)}},
      {"broadcast: a number",
       TSR_OP_BROADCAST_IN_DIM,                                                     BROADCAST(s243,                                                                                       TSR_NO_AXES),
       1,{TSR_NUMBER_OF(TSR_F64)}},
      {"broadcast: axes between",
       TSR_OP_BROADCAST_IN_DIM,BROADCAST(TSR_SHAPE({2},                                                                                                            {3},{1},                  {4}), TSR_AXES(1, 3)),
       1, {TSR_F64_OF(3, 4)}},
      {"broadcast: into nothing",
       TSR_OP_BROADCAST_IN_DIM,                                  BROADCAST(s05,TSR_AXES(1)),
       1,{TSR_F64_OF(1)}},
      {"broadcast: axis at the end",
       TSR_OP_BROADCAST_IN_DIM,                                                     BROADCAST(TSR_SHAPE({3},                                                                                        {2}),TSR_AXES(0)),
       1, {TSR_F64_OF(3)}},
      {"reshape: 2 3 to 3 2",                TSR_OP_RESHAPE,RESHAPE(TSR_SHAPE({3},                                                                                                            {2})),1,                                                                                         {TSR_F64_OF(2, 3)}},
      {"reshape: flat",       TSR_OP_RESHAPE,RESHAPE(TSR_SHAPE({6})),1,{TSR_C128_OF(2, 3)}},
      {"reshape: 2 3 4 to 4 6",
       TSR_OP_RESHAPE,                               RESHAPE(TSR_SHAPE({4},                                                       {6})),
       1,{TSR_F64_OF(2, 3, 4)}},
      {"reshape: number to 1 1",
       TSR_OP_RESHAPE,                                 RESHAPE(TSR_SHAPE({1},                                                                        {1})),
       1,{TSR_NUMBER_OF(TSR_F64)}},
      {"reshape: nothing",          TSR_OP_RESHAPE,                                RESHAPE(s05),                                                               1,{TSR_F64_OF(6, 0)}},
      {"transpose: matrix",                             TSR_OP_TRANSPOSE,                              TRANSPOSE(1,                                                                                   0),1,{TSR_C128_OF(2, 3)}},
      {"transpose: cycle",                        TSR_OP_TRANSPOSE,                                                     TRANSPOSE(2,                                                                                  0,1),                                                                              1, {TSR_F64_OF(2, 3, 4)}},
      {"transpose: vector",                 TSR_OP_TRANSPOSE,       TRANSPOSE(0),1,{TSR_F64_OF(4)}},
      {"slice: some",                  TSR_OP_SLICE,         &some,1,{TSR_F64_OF(7, 5)}},
      {"slice: steps",TSR_OP_SLICE,&steps,1,{TSR_C128_OF(7, 5)}},
      {"slice: none",                             TSR_OP_SLICE,                                 &none,                                                      1,{TSR_F64_OF(3)}},
      {"slice: of nothing",                             TSR_OP_SLICE,                                       &none,                                                               1,{TSR_F64_OF(0)}},
      {"pad: cut and between",                             TSR_OP_PAD,                                      &cut,                                                                                          2, {TSR_F64_OF(4, 3), TSR_NUMBER_OF(TSR_F64)}                                                                                                                                                  },
      {"pad: grow and between",                             TSR_OP_PAD,                                       &grow,                                                    2,{TSR_C128_OF(2, 3), TSR_NUMBER_OF(TSR_C128)}                                                                   },
      {"pad: nothing grows",                             TSR_OP_PAD,                                 &grow,                                              2,{TSR_F64_OF(0, 3), TSR_NUMBER_OF(TSR_F64)}},
      {"pad: between",                             TSR_OP_PAD,                              &between,                                             2,{TSR_F64_OF(4), TSR_NUMBER_OF(TSR_F64)}},
      {"pad: cut",                             TSR_OP_PAD,                             &away,                                            2,{TSR_F64_OF(4), TSR_NUMBER_OF(TSR_F64)}},
      {"pad: cut between",                             TSR_OP_PAD,                                &cut_wide,                                               2,{TSR_F64_OF(4), TSR_NUMBER_OF(TSR_F64)}},
      {"concatenate: first axis",
       TSR_OP_CONCATENATE,                                      &first,
       3,{TSR_F64_OF(2, 3), TSR_F64_OF(4, 3), TSR_F64_OF(1, 3)}},
      {"concatenate: last axis",
       TSR_OP_CONCATENATE,                                          &second,
       2,{TSR_C128_OF(2, 3), TSR_C128_OF(2, 2)}                                                 },
      {"concatenate: with nothing",                             TSR_OP_CONCATENATE,                                  &first,                                                 2,{TSR_F64_OF(0), TSR_F64_OF(3)}                                                                                                                                                               },
      {"concatenate: one",                             TSR_OP_CONCATENATE,                           &first,                                                                                           1,{TSR_F64_OF(3)}}
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    check(&cases[i]);
}

/* Reverse alone: the table above is long enough. */
static void each_reverse(void (*check)(const tsr_case *)) {
  const tsr_reverse_attrs one = {TSR_AXES(1)}, both = {TSR_AXES(1, 0)}, none = {TSR_NO_AXES};
  const tsr_case cases[] = {
      {"reverse: one",     TSR_OP_REVERSE, &one,  1, {TSR_F64_OF(2, 3)} },
      {"reverse: both",    TSR_OP_REVERSE, &both, 1, {TSR_C128_OF(4, 3)}},
      {"reverse: nothing", TSR_OP_REVERSE, &both, 1, {TSR_F64_OF(0, 3)} },
      {"reverse: no axis", TSR_OP_REVERSE, &none, 1, {TSR_F64_OF(3)}    },
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    check(&cases[i]);
}

static void transposes_are_adjoint(void **state) {
  (void)state;
  each(tsr_check_transpose);
  each_reverse(tsr_check_transpose);
}

static void batches_are_loops(void **state) {
  (void)state;
  each(tsr_check_batch);
  each_reverse(tsr_check_batch);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(transposes_are_adjoint),
      cmocka_unit_test(batches_are_loops),
  };
  return cmocka_run_group_tests_name("internalops/structural_rules", tests, NULL, NULL);
}
