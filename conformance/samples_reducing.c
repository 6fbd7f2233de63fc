/* samples_reducing.c - samples of reductions, cumulative ops, sorting, contractions, random bits. */
#include "sample.h"

/* What many of are taken together, in range also when they are multiplied. */
static sample_operand many(const sample_list *list, tsr_dims dims) {
  const bool product =
      list->op == tsr_op_core(TSR_OP_REDUCE_PROD) || list->op == tsr_op_core(TSR_OP_CUMPROD);
  return (sample_operand){
      .dtype = list->key, .dims = dims, .fill = product ? FILL_FACTORS : FILL_RANDOM};
}

static void reduce(sample_list *list) {
  const sample_operand edges = {.dtype = list->key, .dims = TSR_DIMS(16), .fill = FILL_EDGES};
  const sample_operand large = many(list, TSR_DIMS(301, 503));
  ADD((&(tsr_reduce_attrs){TSR_AXES(0)}), KEY(7, 5));
  ADD((&(tsr_reduce_attrs){TSR_AXES(1)}), KEY(7, 5));
  ADD((&(tsr_reduce_attrs){TSR_AXES(0, 2)}), KEY(3, 4, 5));
  ADD((&(tsr_reduce_attrs){TSR_AXES(0, 1)}), KEY(3, 4));
  ADD((&(tsr_reduce_attrs){TSR_NO_AXES}), KEY(3));
  ADD((&(tsr_reduce_attrs){TSR_NO_AXES}), KEY_NUMBER);
  ADD((&(tsr_reduce_attrs){TSR_AXES(0)}), KEY(1));
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

static void cumulative(sample_list *list) {
  const sample_operand edges = {.dtype = list->key, .dims = TSR_DIMS(16), .fill = FILL_EDGES};
  const sample_operand large = many(list, TSR_DIMS(131, 263));
  const sample_operand lines = many(list, TSR_DIMS(3, 70, 2)),
                       wide = many(list, TSR_DIMS(23, 1500));
  for (int reverse = 0; reverse < 2; reverse++) {
    ADD((&(tsr_cumulative_attrs){0, reverse}), KEY(7, 5));
    ADD((&(tsr_cumulative_attrs){1, reverse}), KEY(3, 4, 2));
    ADD((&(tsr_cumulative_attrs){2, reverse}), KEY(3, 2, 4));
    ADD((&(tsr_cumulative_attrs){0, reverse}), KEY(6));
    ADD((&(tsr_cumulative_attrs){0, reverse}), KEY(1));
    ADD((&(tsr_cumulative_attrs){0, reverse}), KEY(0));
    ADD((&(tsr_cumulative_attrs){1, reverse}), KEY(0, 3));
    ADD((&(tsr_cumulative_attrs){0, reverse}), KEY(0, 3));
    sample_add(list, &(tsr_cumulative_attrs){0, reverse}, 1, &edges);
  }
  sample_add_large(list, &(tsr_cumulative_attrs){2, false}, 1, &lines);
  sample_add_large(list, &(tsr_cumulative_attrs){0, false}, 1, &large);
  sample_add_large(list, &(tsr_cumulative_attrs){1, true}, 1, &large);
  sample_add_large(list, &(tsr_cumulative_attrs){0, true}, 1, &wide);
}

/* Keys of few values, so that many are equal; what is carried has another dtype. */
static void sort(sample_list *list) {
  const bool is_float = tsr_dtype_is_active(list->key);
  const bool is_short = is_float && tsr_dtype_size(list->key) < 8;
  const sample_operand edges = {.dtype = list->key, .dims = TSR_DIMS(32), .fill = FILL_EDGES};
  const sample_operand tied[] = {
      {.dtype = list->key, .dims = TSR_DIMS(256), .fill = FILL_EDGES},
      INDEX(0, 999, 256)
  };
  const sample_operand few = {.dtype = list->key,
                              .dims = TSR_DIMS(5, 8),
                              .low = is_float ? 0 : 1,
                              .high = is_float ? 0 : 4};
  const sample_operand number = {.dtype = is_float ? list->key : TSR_F64, .dims = TSR_DIMS(5, 8)};
  const sample_operand wide = {.dtype = is_short ? TSR_C64 : TSR_C128, .dims = TSR_DIMS(5, 8)};
  const sample_operand place = INDEX(0, 9, 5, 8), large = KEY(3300, 10), lines = KEY(300, 2);
  for (int32_t order = TSR_ASCENDING; order <= TSR_DESCENDING; order++) {
    ADD((&(tsr_sort_attrs){0, order, 1}), KEY(7, 5));
    ADD((&(tsr_sort_attrs){1, order, 1}), KEY(3, 6, 2));
    ADD((&(tsr_sort_attrs){0, order, 1}), KEY(1));
    ADD((&(tsr_sort_attrs){0, order, 1}), KEY(0));
    ADD((&(tsr_sort_attrs){1, order, 1}), KEY(0, 3));
    ADD((&(tsr_sort_attrs){1, order, 1}), few, place, wide);
    ADD((&(tsr_sort_attrs){1, order, 2}), few, number, place);
    ADD((&(tsr_sort_attrs){1, order, 3}), few, place, number);
    sample_add(list, &(tsr_sort_attrs){0, order, 1}, 1, &edges);
    sample_add(list, &(tsr_sort_attrs){0, order, 1}, 2, tied);
    sample_add_large(list, &(tsr_sort_attrs){0, order, 1}, 1, &lines);
  }
  sample_add_large(list, &(tsr_sort_attrs){1, TSR_ASCENDING, 1}, 1, &large);
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
    {"cumsum",            cumulative },
    {"cumprod",           cumulative },
    {"cummax",            cumulative },
    {"cummin",            cumulative },
    {"sort",              sort       },
    {"dot_general",       dot_general},
    {"rng_bit_generator", rng        },
    {NULL,                NULL       }
};
