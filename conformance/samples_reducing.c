/* samples_reducing.c - samples of reductions, contractions and random bits. */
#include "sample.h"

static void reduce(sample_list *list) {
  const sample_operand edges = {.dtype = list->key, .dims = TSR_DIMS(16), .fill = FILL_EDGES};
  const sample_operand large = KEY(301, 503);
  ADD((&(tsr_reduce_attrs){TSR_AXES(0)}), KEY(7, 5));
  ADD((&(tsr_reduce_attrs){TSR_AXES(1)}), KEY(7, 5));
  ADD((&(tsr_reduce_attrs){TSR_AXES(0, 2)}), KEY(3, 4, 5));
  ADD((&(tsr_reduce_attrs){TSR_AXES(0, 1)}), KEY(3, 4));
  ADD((&(tsr_reduce_attrs){TSR_NO_AXES}), KEY(3));
  ADD((&(tsr_reduce_attrs){TSR_NO_AXES}), KEY_NUMBER);
  ADD((&(tsr_reduce_attrs){TSR_AXES(1)}), KEY(2, 0));
  ADD((&(tsr_reduce_attrs){TSR_AXES(0)}), KEY(2, 0));
  sample_add(list, &(tsr_reduce_attrs){TSR_AXES(0)}, 1, &edges);
  sample_add_large(list, &(tsr_reduce_attrs){TSR_AXES(0)}, 1, &large);
  sample_add_large(list, &(tsr_reduce_attrs){TSR_AXES(1)}, 1, &large);
  sample_add_large(list, &(tsr_reduce_attrs){TSR_AXES(0, 1)}, 1, &large);
}

static void arg_reduce(sample_list *list) {
  const sample_operand edges = {.dtype = list->key, .dims = TSR_DIMS(16), .fill = FILL_EDGES};
  const sample_operand large = KEY(301, 503), line = KEY(2, 1100);
  ADD((&(tsr_arg_reduce_attrs){0}), KEY(7, 5));
  ADD((&(tsr_arg_reduce_attrs){1}), KEY(7, 5));
  ADD((&(tsr_arg_reduce_attrs){1}), KEY(3, 4, 2));
  ADD((&(tsr_arg_reduce_attrs){0}), KEY(1));
  ADD((&(tsr_arg_reduce_attrs){0}), KEY(2, 0));
  sample_add(list, &(tsr_arg_reduce_attrs){0}, 1, &edges);
  sample_add_large(list, &(tsr_arg_reduce_attrs){0}, 1, &large);
  sample_add_large(list, &(tsr_arg_reduce_attrs){1}, 1, &large);
  sample_add_large(list, &(tsr_arg_reduce_attrs){1}, 1, &line);
}

static void dot_general(sample_list *list) {
  const tsr_axes none = TSR_NO_AXES, zero = TSR_AXES(0), one = TSR_AXES(1);
  const tsr_dot_general_attrs product = {none, none, one, zero}, outer = {none, none, none, none};
  const tsr_dot_general_attrs inner = {none, none, TSR_AXES(0, 1), TSR_AXES(1, 0)};
  const tsr_dot_general_attrs batched = {zero, one, TSR_AXES(2), zero};
  const sample_operand large[] = {KEY(70, 40), KEY(40, 65)};
  ADD(&product, KEY(4, 3), KEY(3, 5));
  ADD(&product, KEY(1, 1), KEY(1, 1));
  ADD(&product, KEY(4, 0), KEY(0, 5));
  ADD(&product, KEY(0, 3), KEY(3, 5));
  ADD(&outer, KEY(3), KEY(2, 2));
  ADD(&outer, KEY_NUMBER, KEY_NUMBER);
  ADD(&inner, KEY(4, 3), KEY(3, 4));
  ADD(&batched, KEY(2, 4, 3), KEY(3, 2, 5));
  sample_add_large(list, &product, 2, large);
}

static void rng(sample_list *list) {
  static const tsr_dtype dtypes[] = {TSR_I32, TSR_U32, TSR_I64, TSR_U64};
  for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++) {
    ADD((&(tsr_rng_attrs){dtypes[i], TSR_SHAPE({3}, {5})}), KEY(2));
    ADD((&(tsr_rng_attrs){dtypes[i], TSR_NO_SHAPE}), KEY(2));
    ADD((&(tsr_rng_attrs){dtypes[i], TSR_SHAPE({0})}), KEY(2));
    sample_add_large(list, &(tsr_rng_attrs){dtypes[i], TSR_SHAPE({70001})}, 1,
                     &(sample_operand)KEY(2));
  }
}

const sample_entry samples_reducing[] = {
    {"reduce_sum",        reduce     },
    {"reduce_prod",       reduce     },
    {"reduce_max",        reduce     },
    {"reduce_min",        reduce     },
    {"reduce_and",        reduce     },
    {"reduce_or",         reduce     },
    {"argmax",            arg_reduce },
    {"argmin",            arg_reduce },
    {"dot_general",       dot_general},
    {"rng_bit_generator", rng        },
    {NULL,                NULL       }
};
