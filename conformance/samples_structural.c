/* samples_structural.c - samples of creation, of ops that move elements, and of indexing. */
#include "sample.h"

#include "tsr/spi/literal.h"

/* ---- creation ---- */

static void constant(sample_list *list) {
  static const int64_t dims[][2] = {
      {2,  3 },
      {0,  2 },
      {1,  1 },
      {70, 71}
  };
  const tsr_dims shapes[] = {
      TSR_NO_DIMS, {dims[0], 2},
       {dims[1], 2},
       {dims[2], 2},
       {dims[3], 2}
  };
  static const char bytes[70 * 71 * 16] = {1, 0, 1, 1, 0, 1};
  for (size_t i = 0; list->status == TSR_OK && i < sizeof shapes / sizeof *shapes; i++) {
    tsr_literal *literal = NULL;
    list->status = tsr_literal_create(list->key, shapes[i], bytes, &literal);
    if (list->status != TSR_OK) return;
    const tsr_constant_attrs attrs = {&literal->object};
    if (shapes[i].data == dims[3])
      sample_add_large(list, &attrs, 0, NULL);
    else
      sample_add(list, &attrs, 0, NULL);
    tsr_literal_release(literal);
  }
}

static void iota(sample_list *list) {
  sample_add(list, &(tsr_iota_attrs){list->key, TSR_SHAPE({5}), 0}, 0, NULL);
  sample_add(list, &(tsr_iota_attrs){list->key, TSR_SHAPE({2}, {3}, {4}), 1}, 0, NULL);
  sample_add(list, &(tsr_iota_attrs){list->key, TSR_SHAPE({3}, {0}), 0}, 0, NULL);
  sample_add(list, &(tsr_iota_attrs){list->key, TSR_SHAPE({1}), 0}, 0, NULL);
  sample_add_large(list, &(tsr_iota_attrs){list->key, TSR_SHAPE({300}, {301}), 0}, 0, NULL);
}

static void dim_size(sample_list *list) {
  sample_add(list, &(tsr_dim_size_attrs){tsr_dim_of(7), list->key}, 0, NULL);
  sample_add(list, &(tsr_dim_size_attrs){tsr_dim_of(0), list->key}, 0, NULL);
}

/* ---- one operand laid out anew ---- */

static void broadcast_in_dim(sample_list *list) {
  const tsr_shape s243 = TSR_SHAPE({2}, {4}, {3}), wide = TSR_SHAPE({251}, {301});
  ADD((&(tsr_broadcast_attrs){s243, TSR_AXES(1, 2)}), KEY(4, 3));
  ADD((&(tsr_broadcast_attrs){s243, TSR_AXES(0, 2)}), KEY(2, 1));
  ADD((&(tsr_broadcast_attrs){s243, TSR_NO_AXES}), KEY_NUMBER);
  ADD((&(tsr_broadcast_attrs){TSR_SHAPE({0}, {5}), TSR_AXES(1)}), KEY(1));
  ADD((&(tsr_broadcast_attrs){TSR_SHAPE({3}, {2}), TSR_AXES(0)}), KEY(3));
  sample_add_large(list, &(tsr_broadcast_attrs){wide, TSR_AXES(1)}, 1, &(sample_operand)KEY(301));
}

static void reshape(sample_list *list) {
  ADD((&(tsr_reshape_attrs){TSR_SHAPE({4}, {6})}), KEY(2, 3, 4));
  ADD((&(tsr_reshape_attrs){TSR_SHAPE({2}, {2}, {3})}), KEY(4, 3));
  ADD((&(tsr_reshape_attrs){TSR_SHAPE({1}, {1})}), KEY_NUMBER);
  ADD((&(tsr_reshape_attrs){TSR_NO_SHAPE}), KEY(1, 1));
  ADD((&(tsr_reshape_attrs){TSR_SHAPE({0}, {5})}), KEY(6, 0));
  sample_add_large(list, &(tsr_reshape_attrs){TSR_SHAPE({301}, {251})}, 1,
                   &(sample_operand)KEY(251, 301));
}

static void transpose(sample_list *list) {
  ADD((&(tsr_transpose_attrs){TSR_AXES(1, 0)}), KEY(5, 3));
  ADD((&(tsr_transpose_attrs){TSR_AXES(2, 0, 1)}), KEY(2, 3, 4));
  ADD((&(tsr_transpose_attrs){TSR_AXES(0, 2, 1)}), KEY(2, 0, 4));
  ADD((&(tsr_transpose_attrs){TSR_NO_AXES}), KEY_NUMBER);
  ADD((&(tsr_transpose_attrs){TSR_AXES(1, 0)}), KEY(1, 1));
  sample_add_large(list, &(tsr_transpose_attrs){TSR_AXES(1, 0)}, 1, &(sample_operand)KEY(251, 301));
}

static void reverse(sample_list *list) {
  ADD((&(tsr_reverse_attrs){TSR_AXES(0)}), KEY(5));
  ADD((&(tsr_reverse_attrs){TSR_AXES(1)}), KEY(2, 3, 4));
  ADD((&(tsr_reverse_attrs){TSR_AXES(2, 0)}), KEY(2, 3, 4));
  ADD((&(tsr_reverse_attrs){TSR_AXES(0, 1)}), KEY(3, 0));
  ADD((&(tsr_reverse_attrs){TSR_AXES(0)}), KEY(1, 3));
  ADD((&(tsr_reverse_attrs){TSR_AXES(0)}), KEY(1));
  ADD((&(tsr_reverse_attrs){TSR_NO_AXES}), KEY(3));
  ADD((&(tsr_reverse_attrs){TSR_NO_AXES}), KEY_NUMBER);
  sample_add_large(list, &(tsr_reverse_attrs){TSR_AXES(0, 1)}, 1, &(sample_operand)KEY(251, 301));
}

/* Itself, and every integer: between floats of two kinds there is no derivative to test. */
static void bitcast_convert(sample_list *list) {
  static const tsr_dtype others[] = {TSR_I8, TSR_I16, TSR_I32, TSR_I64,
                                     TSR_U8, TSR_U16, TSR_U32, TSR_U64};
  const int64_t size = (int64_t)tsr_dtype_size(list->key);
  const sample_operand wide = KEY(250, 304);
  const bool pairs = TSR_DTYPES_ORDERED >> list->key & 1;
  const tsr_convert_attrs itself = {list->key};
  ADD(&itself, KEY(2, 3));
  ADD(&itself, KEY_NUMBER);
  ADD(&itself, KEY(3, 0));
  ADD(&itself, KEY(1));
  sample_add_large(list, &itself, 1, &(sample_operand)KEY(250, 304));
  for (size_t i = 0; pairs && i < sizeof others / sizeof *others; i++) {
    const int64_t other = (int64_t)tsr_dtype_size(others[i]);
    const tsr_convert_attrs to = {others[i]};
    if (other <= size) {
      ADD(&to, KEY(2, 3));
      ADD(&to, KEY_NUMBER);
      ADD(&to, KEY(3, 0));
    } else {
      ADD(&to, KEY(3, 2, other / size));
      ADD(&to, KEY(other / size));
    }
    if (other == size) sample_add_large(list, &to, 1, &wide);
  }
  if (TSR_DTYPES_INTEGER >> list->key & 1 && size == 4) {
    ADD((&(tsr_convert_attrs){TSR_F32}), KEY(2, 3));
    ADD((&(tsr_convert_attrs){TSR_F64}), KEY(3, 2));
    sample_add_large(list, &(tsr_convert_attrs){TSR_U16}, 1, &(sample_operand)KEY(251, 301));
  }
}

static void slice(sample_list *list) {
  ADD((&(tsr_slice_attrs){TSR_SHAPE({1}, {0}), TSR_SHAPE({6}, {5}), TSR_AXES(1, 2)}), KEY(7, 5));
  ADD((&(tsr_slice_attrs){TSR_SHAPE({1}, {0}), TSR_SHAPE({6}, {5}), TSR_AXES(3, 1)}), KEY(7, 5));
  ADD((&(tsr_slice_attrs){TSR_SHAPE({3}), TSR_SHAPE({3}), TSR_AXES(1)}), KEY(3));
  ADD((&(tsr_slice_attrs){TSR_SHAPE({2}), TSR_SHAPE({3}), TSR_AXES(1)}), KEY(3));
  ADD((&(tsr_slice_attrs){TSR_SHAPE({0}), TSR_SHAPE({1}), TSR_AXES(2)}), KEY(1));
  ADD((&(tsr_slice_attrs){TSR_NO_SHAPE, TSR_NO_SHAPE, TSR_NO_AXES}), KEY_NUMBER);
  const tsr_slice_attrs large = {TSR_SHAPE({1}, {2}), TSR_SHAPE({250}, {601}), TSR_AXES(1, 2)};
  sample_add_large(list, &large, 1, &(sample_operand)KEY(251, 601));
}

static void pad(sample_list *list) {
  const tsr_pad_attrs cut = {TSR_SHAPE({1}, {-1}), TSR_SHAPE({-2}, {2}), TSR_AXES(2, 0)};
  const tsr_pad_attrs grow = {TSR_SHAPE({2}, {0}), TSR_SHAPE({1}, {3}), TSR_AXES(2, 0)};
  const tsr_pad_attrs away = {TSR_SHAPE({-2}), TSR_SHAPE({-1}), TSR_AXES(2)};
  const tsr_pad_attrs number = {TSR_NO_SHAPE, TSR_NO_SHAPE, TSR_NO_AXES};
  ADD(&cut, KEY(4, 3), KEY_NUMBER);
  ADD(&grow, KEY(2, 3), KEY_NUMBER);
  ADD(&grow, KEY(0, 3), KEY_NUMBER);
  ADD(&away, KEY(4), KEY_NUMBER);
  ADD(&grow, KEY(1, 1), KEY_NUMBER);
  ADD(&number, KEY_NUMBER, KEY_NUMBER);
  sample_operand in[] = {KEY(251, 301), KEY_NUMBER};
  sample_add_large(list, &grow, 2, in);
}

static void concatenate(sample_list *list) {
  ADD((&(tsr_concatenate_attrs){0}), KEY(2, 3), KEY(4, 3), KEY(1, 3));
  ADD((&(tsr_concatenate_attrs){1}), KEY(2, 3), KEY(2, 2));
  ADD((&(tsr_concatenate_attrs){0}), KEY(0), KEY(3));
  ADD((&(tsr_concatenate_attrs){0}), KEY(3));
  ADD((&(tsr_concatenate_attrs){0}), KEY(1), KEY(1));
  sample_operand in[] = {KEY(251, 170), KEY(251, 131)};
  sample_add_large(list, &(tsr_concatenate_attrs){1}, 2, in);
}

/* ---- indexing ---- */

/* Rows of a matrix; single elements; windows, with starts out of range; a batching axis. */
static void gather(sample_list *list) {
  const tsr_gather_attrs rows = {TSR_AXES(1), TSR_AXES(0), TSR_NO_AXES,        TSR_NO_AXES,
                                 TSR_AXES(0), 1,           TSR_SHAPE({1}, {3})};
  const tsr_gather_attrs points = {TSR_NO_AXES,        TSR_AXES(0, 1), TSR_NO_AXES,
                                   TSR_NO_AXES,        TSR_AXES(1, 0), 1,
                                   TSR_SHAPE({1}, {1})};
  const tsr_gather_attrs windows = {TSR_AXES(0, 2), TSR_NO_AXES, TSR_NO_AXES,        TSR_NO_AXES,
                                    TSR_AXES(0, 1), 1,           TSR_SHAPE({2}, {2})};
  const tsr_gather_attrs paired = {TSR_NO_AXES, TSR_AXES(1), TSR_AXES(0),        TSR_AXES(0),
                                   TSR_AXES(1), 2,           TSR_SHAPE({1}, {1})};
  const tsr_gather_attrs number = {TSR_NO_AXES, TSR_NO_AXES, TSR_NO_AXES, TSR_NO_AXES,
                                   TSR_NO_AXES, 1,           TSR_NO_SHAPE};
  const tsr_gather_attrs wide = {TSR_AXES(1), TSR_AXES(0), TSR_NO_AXES,          TSR_NO_AXES,
                                 TSR_AXES(0), 1,           TSR_SHAPE({1}, {300})};
  const sample_operand large[] = {KEY(40, 300), INDEX(0, 39, 200)};
  ADD(&rows, KEY(5, 3), INDEX(-2, 6, 4));
  ADD(&rows, KEY(5, 3), INDEX(0, 4, 0));
  ADD(&points, KEY(1, 1), INDEX(-1, 1, 2, 2));
  ADD(&number, KEY_NUMBER, INDEX(0, 1, 3, 0));
  ADD(&points, KEY(4, 3), INDEX(-1, 4, 5, 2));
  ADD(&windows, KEY(5, 4), INDEX(-3, 6, 3, 2));
  ADD(&paired, KEY(3, 5), INDEX(0, 4, 3, 2));
  sample_add_large(list, &wide, 2, large);
}

static void scatter(sample_list *list) {
  const tsr_scatter_attrs rows = {TSR_AXES(1), TSR_AXES(0), TSR_NO_AXES,
                                  TSR_NO_AXES, TSR_AXES(0), 1};
  const tsr_scatter_attrs points = {TSR_NO_AXES, TSR_AXES(0, 1), TSR_NO_AXES,
                                    TSR_NO_AXES, TSR_AXES(1, 0), 1};
  const tsr_scatter_attrs windows = {TSR_AXES(0, 2), TSR_NO_AXES,    TSR_NO_AXES,
                                     TSR_NO_AXES,    TSR_AXES(0, 1), 1};
  const tsr_scatter_attrs paired = {TSR_NO_AXES, TSR_AXES(1), TSR_AXES(0),
                                    TSR_AXES(0), TSR_AXES(1), 2};
  const tsr_scatter_attrs number = {TSR_NO_AXES, TSR_NO_AXES, TSR_NO_AXES,
                                    TSR_NO_AXES, TSR_NO_AXES, 1};
  const sample_operand large[] = {KEY(300, 301), INDEX(0, 299, 250), KEY(250, 301)};
  ADD(&rows, KEY(5, 3), INDEX(-2, 6, 6), KEY(6, 3));
  ADD(&rows, KEY(5, 3), INDEX(0, 4, 0), KEY(0, 3));
  ADD(&points, KEY(1, 1), INDEX(-1, 1, 2, 2), KEY(2));
  ADD(&number, KEY_NUMBER, INDEX(0, 1, 3, 0), KEY(3));
  ADD(&points, KEY(4, 3), INDEX(-1, 4, 9, 2), KEY(9));
  ADD(&windows, KEY(5, 4), INDEX(-1, 4, 3, 2), KEY(2, 3, 2));
  ADD(&paired, KEY(3, 5), INDEX(0, 4, 3, 2), KEY(3, 2));
  sample_add_large(list, &rows, 3, large);
}

/* Windows at starts that fit, and at others. */
static void dynamic_slice(sample_list *list) {
  const sample_operand large[] = {KEY(260, 310), INDEX(0, 12, 2)};
  ADD((&(tsr_dynamic_slice_attrs){TSR_SHAPE({2}, {3})}), KEY(4, 5), INDEX(0, 2, 2));
  ADD((&(tsr_dynamic_slice_attrs){TSR_SHAPE({2}, {3})}), KEY(4, 5), INDEX(-9, 9, 2));
  ADD((&(tsr_dynamic_slice_attrs){TSR_SHAPE({1}, {0}, {2})}), KEY(2, 3, 2), INDEX(-1, 3, 3));
  ADD((&(tsr_dynamic_slice_attrs){TSR_SHAPE({3})}), KEY(3), INDEX(-1, 2, 1));
  ADD((&(tsr_dynamic_slice_attrs){TSR_SHAPE({1})}), KEY(1), INDEX(-1, 2, 1));
  ADD((&(tsr_dynamic_slice_attrs){TSR_NO_SHAPE}), KEY_NUMBER, INDEX(0, 1, 0));
  sample_add_large(list, &(tsr_dynamic_slice_attrs){TSR_SHAPE({251}, {301})}, 2, large);
}

static void dynamic_update_slice(sample_list *list) {
  const sample_operand large[] = {KEY(260, 310), KEY(251, 301), INDEX(0, 12, 2)};
  ADD(NULL, KEY(4, 5), KEY(2, 3), INDEX(0, 2, 2));
  ADD(NULL, KEY(4, 5), KEY(2, 3), INDEX(-9, 9, 2));
  ADD(NULL, KEY(2, 3, 2), KEY(1, 0, 2), INDEX(-1, 3, 3));
  ADD(NULL, KEY(3), KEY(3), INDEX(-1, 2, 1));
  ADD(NULL, KEY(1), KEY(1), INDEX(-1, 2, 1));
  ADD(NULL, KEY_NUMBER, KEY_NUMBER, INDEX(0, 1, 0));
  sample_add_large(list, NULL, 3, large);
}

const sample_entry samples_structural[] = {
    {"constant",             constant            },
    {"iota",                 iota                },
    {"dim_size",             dim_size            },
    {"broadcast_in_dim",     broadcast_in_dim    },
    {"reshape",              reshape             },
    {"transpose",            transpose           },
    {"slice",                slice               },
    {"reverse",              reverse             },
    {"bitcast_convert",      bitcast_convert     },
    {"pad",                  pad                 },
    {"concatenate",          concatenate         },
    {"gather",               gather              },
    {"dynamic_slice",        dynamic_slice       },
    {"dynamic_update_slice", dynamic_update_slice},
    {"scatter_add",          scatter             },
    {"scatter_set",          scatter             },
    {"scatter_mul",          scatter             },
    {"scatter_min",          scatter             },
    {"scatter_max",          scatter             },
    {NULL,                   NULL                }
};
