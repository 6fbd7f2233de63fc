/* test_kernel_prepare.c - rows of the whole catalogue, and preparing without memory. */
#include "kernel_harness.h"

#include "tsr/spi/expr.h"

static void test_every_op_has_a_plain_row_for_its_dtypes(void **state) {
  (void)state;
  for (int id = 0; id < TSR_OP_CORE_COUNT; id++) {
    const tsr_op *op = tsr_op_core((tsr_op_id)id);
    if (op->family == TSR_FAMILY_CONTROL && id != TSR_OP_BARRIER) continue;
    uint32_t found = 0;
#define TSR_KERNEL_TABLE(file)                                                                     \
  for (int32_t i = 0; i < tsri_##file##_kernel_count; i++)                                         \
    if (tsri_##file##_kernels[i].priority == 0 &&                                                  \
        !strcmp(tsri_##file##_kernels[i].op->name, op->name))                                      \
      found |= tsri_##file##_kernels[i].dtypes;
#include "kernels/tables.def"
    if ((found & op->dtypes) != op->dtypes)
      fail_msg("%s lacks dtypes %x", op->name, op->dtypes & ~found);
  }
}

/* Rows with and without programs, copies, windows and groups; strided so that the long
 * ways are prepared.
 */
static tsr_status prepare_many(void *arg) {
  (void)arg;
  static const int64_t dims[] = {4, 5, 6}, axes[] = {2, 0, 1}, one[] = {1}, last[] = {0, 1, 2};
  static const int32_t loop_axes[] = {0, 1, 2};
  tsr_transpose_attrs transpose = {
      {axes, 3}
  };
  tsr_reverse_attrs reverse = {
      {one, 1}
  };
  tsr_reduce_attrs reduce = {
      {one, 1}
  };
  tsr_arg_reduce_attrs arg_reduce = {1};
  tsr_dot_general_attrs dot = {
      {last,     1},
      {last,     1},
      {last + 2, 1},
      {last + 2, 1}
  };
  tsr_gather_attrs gather = {
      {last + 1, 2},
      {last,     1},
      {last,     0},
      {last,     0},
      {last,     1},
      1, {NULL,     0}
  };
  tsr_scatter_attrs scatter = {
      {last + 1, 2},
      {last,     1},
      {last,     0},
      {last,     0},
      {last,     1},
      1
  };
  tsr_expr_step steps[] = {
      {NULL,                    NULL, TSR_F64, {0, -1, -1}},
      {tsr_op_core(TSR_OP_NEG), NULL, TSR_F64, {0, -1, -1}}
  };
  tsr_expr_load loads[] = {
      {TSR_F64, 3, loop_axes}
  };
  tsr_expr_out outs[] = {
      {1, tsr_op_core(TSR_OP_REDUCE_SUM), 2},
      {1, tsr_op_core(TSR_OP_REDUCE_SUM), 5}
  };
  tsr_dim loop[] = {
      {4, NULL},
      {5, NULL},
      {6, NULL}
  };
  tsr_expr expr = EXPR_OF(loop, loads, steps, outs);
  tsr_fused_attrs fused = {&expr.object};
  static const int64_t turned[] = {6, 4, 5}, kept[] = {4, 6}, product[] = {4, 5, 5}, five[] = {5};
  array x = make_array(TSR_F64, 3, dims, SPACED), y = make_array(TSR_F64, 3, dims, F_ORDER);
  array z = make_array(TSR_F64, 3, dims, C_ORDER), t = make_array(TSR_F64, 3, turned, C_ORDER);
  array s = make_array(TSR_F64, 2, kept, C_ORDER), m = make_array(TSR_I64, 2, kept, C_ORDER);
  array p = make_array(TSR_F64, 3, product, F_ORDER), i = make_array(TSR_I64, 1, dims, C_ORDER);
  array f = make_array(TSR_F64, 1, five, C_ORDER);
  const struct {
    tsr_op_id op;
    const void *attrs;
    array in[3], out[2];
    int32_t n_in, n_out;
  } calls[] = {
      {TSR_OP_ADD,                  NULL,        {x, y},    {z},    2, 1},
      {TSR_OP_TRANSPOSE,            &transpose,  {x},       {t},    1, 1},
      {TSR_OP_REDUCE_SUM,           &reduce,     {x},       {s},    1, 1},
      {TSR_OP_ARGMAX,               &arg_reduce, {x},       {m},    1, 1},
      {TSR_OP_DOT_GENERAL,          &dot,        {x, y},    {p},    2, 1},
      {TSR_OP_GATHER,               &gather,     {x, i},    {z},    2, 1},
      {TSR_OP_SCATTER_ADD,          &scatter,    {x, i, y}, {z},    3, 1},
      {TSR_OP_SCATTER_SET,          &scatter,    {x, i, y}, {z},    3, 1},
      {TSR_OP_DYNAMIC_SLICE,        NULL,        {x, i},    {z},    2, 1},
      {TSR_OP_DYNAMIC_UPDATE_SLICE, NULL,        {x, y, i}, {z},    3, 1},
      {TSR_OP_REVERSE,              &reverse,    {x},       {z},    1, 1},
      {TSR_OP_BITCAST_CONVERT,      NULL,        {x},       {z},    1, 1},
      {TSR_OP_FUSED,                &fused,      {x},       {s, f}, 1, 2},
      {TSR_OP_RESHAPE,              NULL,        {x},       {t},    1, 1},
      {TSR_OP_BARRIER,              NULL,        {x, y},    {z, y}, 2, 2}
  };
  tsr_status status = TSR_OK;
  for (size_t k = 0; k < sizeof calls / sizeof *calls && status == TSR_OK; k++)
    for (int32_t priority = 0; priority <= 10 && status == TSR_OK; priority += 10) {
      prepared r;
      status = try_prepare(&r, calls[k].op, calls[k].attrs, calls[k].n_in, calls[k].in,
                           calls[k].n_out, calls[k].out, priority);
      if (status == TSR_OK) release_prepared(&r);
    }
  array all[] = {x, y, z, t, s, m, p, i, f};
  for (size_t k = 0; k < sizeof all / sizeof *all; k++)
    free_array(&all[k]);
  return status;
}

static void test_prepare_survives_without_memory(void **state) {
  (void)state;
  tsr_test_oom(prepare_many, NULL);
}

/* More values alive at once than any frame holds: an error, not an overflow. */
static void test_too_large_an_expression_is_refused(void **state) {
  (void)state;
  enum {
    LIVE = 400,
    STEPS = 2 * LIVE
  };
  const int64_t dims[] = {5000};
  array x = make_array(TSR_C128, 1, dims, C_ORDER), z = make_array(TSR_C128, 1, dims, C_ORDER);
  static tsr_expr_step steps[STEPS];
  steps[0] = (tsr_expr_step){
      NULL, NULL, TSR_C128, {0, -1, -1}
  };
  for (int i = 1; i <= LIVE; i++)
    steps[i] = (tsr_expr_step){
        tsr_op_core(TSR_OP_ADD), NULL, TSR_C128, {i - 1, 0, -1}
    };
  for (int i = LIVE + 1; i < STEPS; i++)
    steps[i] = (tsr_expr_step){
        tsr_op_core(TSR_OP_ADD), NULL, TSR_C128, {i == LIVE + 1 ? 1 : i - 1, i - LIVE + 1, -1}
    };
  static const int32_t axis[] = {0};
  tsr_expr_load loads[] = {
      {TSR_C128, 1, axis}
  };
  tsr_expr_out outs[] = {
      {STEPS - 1, NULL, 0}
  };
  tsr_dim loop[] = {
      {5000, NULL}
  };
  tsr_expr expr = EXPR_OF(loop, loads, steps, outs);
  tsr_fused_attrs attrs = {&expr.object};
  prepared r;
  assert_status(TSR_ERR_UNSUPPORTED, try_prepare(&r, TSR_OP_FUSED, &attrs, 1, &x, 1, &z, 0));
  assert_non_null(strstr(tsr_error_message(), "800"));
  free_array(&x);
  free_array(&z);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_op_has_a_plain_row_for_its_dtypes),
      cmocka_unit_test(test_prepare_survives_without_memory),
      cmocka_unit_test(test_too_large_an_expression_is_refused),
  };
  return cmocka_run_group_tests(tests, open_device, close_device);
}
