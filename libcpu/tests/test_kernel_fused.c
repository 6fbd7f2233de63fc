/* test_kernel_fused.c - fused regions against the single ops they stand for. */
#include "kernel_harness.h"

#include "tsr/spi/expr.h"

/* z = select(x * y > y, x * y, -y) with y a row; plus sums of z and the product itself. */
static void test_fused_gives_the_bits_of_single_ops(void **state) {
  (void)state;
  static const int64_t sizes[][2] = {
      {3,   5  },
      {40,  700},
      {700, 40 },
      {1,   1  },
      {0,   4  },
      {300, 300}
  };
  for (int s = 0; s < 6; s++)
    for (int trial = 0; trial < 4; trial++) {
      const int64_t *dims = sizes[s];
      array in[2] = {make_array(TSR_F64, 2, dims, (layout_kind)random_below(LAYOUTS)),
                     make_array(TSR_F64, 1, dims + 1, C_ORDER)};
      fill_real(&in[0]);
      fill_real(&in[1]);
      tsr_compare_attrs gt = {TSR_GT};
      tsr_expr_step steps[] = {
          {NULL,                        NULL, TSR_F64,  {0, -1, -1}},
          {NULL,                        NULL, TSR_F64,  {1, -1, -1}},
          {tsr_op_core(TSR_OP_MUL),     NULL, TSR_F64,  {0, 1, -1} },
          {tsr_op_core(TSR_OP_COMPARE), &gt,  TSR_BOOL, {2, 1, -1} },
          {tsr_op_core(TSR_OP_NEG),     NULL, TSR_F64,  {1, -1, -1}},
          {tsr_op_core(TSR_OP_SELECT),  NULL, TSR_F64,  {3, 2, 4}  },
      };
      static const int32_t both[] = {0, 1}, last[] = {1};
      tsr_expr_load loads[] = {
          {TSR_F64, 2, both},
          {TSR_F64, 1, last}
      };
      tsr_expr_out outs[] = {
          {5, NULL,                            0},
          {2, NULL,                            0},
          {5, tsr_op_core(TSR_OP_REDUCE_SUM),  1},
          {5, tsr_op_core(TSR_OP_REDUCE_SUM),  2},
          {5, tsr_op_core(TSR_OP_REDUCE_MAX),  3},
          {0, tsr_op_core(TSR_OP_REDUCE_SUM),  3},
          {5, tsr_op_core(TSR_OP_REDUCE_PROD), 1},
          {5, tsr_op_core(TSR_OP_REDUCE_MIN),  2}
      };
      tsr_dim loop[] = {
          {dims[0], NULL},
          {dims[1], NULL}
      };
      tsr_expr expr = EXPR_OF(loop, loads, steps, outs);
      tsr_fused_attrs attrs = {&expr.object};
      array out[8] = {make_array(TSR_F64, 2, dims, (layout_kind)random_below(REPEATED)),
                      make_array(TSR_F64, 2, dims, C_ORDER),
                      make_array(TSR_F64, 1, dims + 1, SPACED),
                      make_array(TSR_F64, 1, dims, REVERSED),
                      make_array(TSR_F64, 0, NULL, C_ORDER),
                      make_array(TSR_F64, 0, NULL, C_ORDER),
                      make_array(TSR_F64, 1, dims + 1, C_ORDER),
                      make_array(TSR_F64, 1, dims, SPACED)};
      run_rows(TSR_OP_FUSED, &attrs, 2, in, 8, out, INT32_MAX);

      array wide = in[1], p = make_array(TSR_F64, 2, dims, C_ORDER);
      wide.rank = 2;
      wide.dims[0] = dims[0];
      wide.dims[1] = dims[1];
      wide.strides[1] = in[1].strides[0];
      wide.strides[0] = 0;
      array m = make_array(TSR_BOOL, 2, dims, F_ORDER), neg = make_array(TSR_F64, 2, dims, SPACED);
      array z = make_array(TSR_F64, 2, dims, C_ORDER);
      run_op(TSR_OP_MUL, NULL, 2, (array[]){in[0], wide}, &p);
      run_op(TSR_OP_COMPARE, &gt, 2, (array[]){p, wide}, &m);
      run_op(TSR_OP_NEG, NULL, 1, &wide, &neg);
      run_op(TSR_OP_SELECT, NULL, 3, (array[]){m, p, neg}, &z);
      assert_same_bits(&out[0], &z);
      assert_same_bits(&out[1], &p);
      static const int64_t axes[] = {0, 1};
      const tsr_axes over[] = {
          {axes,     1},
          {axes + 1, 1},
          {axes,     2},
          {axes,     2},
          {axes,     1},
          {axes + 1, 1}
      };
      static const tsr_op_id ops[] = {TSR_OP_REDUCE_SUM, TSR_OP_REDUCE_SUM,  TSR_OP_REDUCE_MAX,
                                      TSR_OP_REDUCE_SUM, TSR_OP_REDUCE_PROD, TSR_OP_REDUCE_MIN};
      for (int k = 0; k < 6; k++) {
        tsr_reduce_attrs reduce = {over[k]};
        array sum = make_array(TSR_F64, out[2 + k].rank, out[2 + k].dims, C_ORDER);
        run_op(ops[k], &reduce, 1, k == 3 ? &in[0] : &z, &sum);
        assert_same_bits(&out[2 + k], &sum);
        free_array(&sum);
      }
      array all[] = {in[0],  in[1],  out[0], out[1], out[2], out[3], out[4],
                     out[5], out[6], out[7], p,      m,      neg,    z};
      for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        free_array(&all[k]);
    }
}

/* A chain with many values alive at once needs the large frame. */
static void test_fused_with_many_live_values(void **state) {
  (void)state;
  enum {
    LIVE = 60,
    STEPS = 1 + LIVE + LIVE - 1
  };
  const int64_t dims[] = {5000};
  array x = make_array(TSR_C128, 1, dims, C_ORDER), z = make_array(TSR_C128, 1, dims, C_ORDER);
  fill_whole(&x, -3, 3);
  tsr_expr_step steps[STEPS] = {
      {NULL, NULL, TSR_C128, {0, -1, -1}}
  };
  for (int i = 0; i < LIVE; i++)
    steps[1 + i] = (tsr_expr_step){
        tsr_op_core(TSR_OP_ADD), NULL, TSR_C128, {i, 0, -1}
    };
  for (int i = 0; i < LIVE - 1; i++) /* x_1 + x_2 + ... where x_k = (k + 1) x, from the front */
    steps[1 + LIVE + i] = (tsr_expr_step){
        tsr_op_core(TSR_OP_ADD), NULL, TSR_C128, {i == 0 ? 1 : LIVE + i, 2 + i, -1}
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
  run_op(TSR_OP_FUSED, &attrs, 1, &x, &z);
  for (int64_t i = 0; i < 5000; i++)
    assert_number(get(&z, i), get(&x, i) * (double)(LIVE * (LIVE + 3) / 2), 0);
  free_array(&x);
  free_array(&z);
}

/* p = x y and q = p + x: p may stand where y stood, q where x stood, and not otherwise. */
static void test_fused_in_place(void **state) {
  (void)state;
  const int64_t dims[] = {50, 64};
  for (layout_kind kind = C_ORDER; kind < REPEATED; kind++) {
    layout_kind plain = kind == SHUFFLED ? F_ORDER : kind;
    array in[2] = {make_array(TSR_F64, 2, dims, plain), make_array(TSR_F64, 2, dims, plain)};
    array out[2] = {make_array(TSR_F64, 2, dims, plain), make_array(TSR_F64, 2, dims, plain)};
    fill_real(&in[0]);
    fill_real(&in[1]);
    tsr_expr_step steps[] = {
        {NULL,                    NULL, TSR_F64, {0, -1, -1}},
        {NULL,                    NULL, TSR_F64, {1, -1, -1}},
        {tsr_op_core(TSR_OP_MUL), NULL, TSR_F64, {0, 1, -1} },
        {tsr_op_core(TSR_OP_ADD), NULL, TSR_F64, {2, 0, -1} }
    };
    static const int32_t both[] = {0, 1};
    tsr_expr_load loads[] = {
        {TSR_F64, 2, both},
        {TSR_F64, 2, both}
    };
    tsr_expr_out outs[] = {
        {2, NULL, 0},
        {3, NULL, 0}
    };
    tsr_dim loop[] = {
        {50, NULL},
        {64, NULL}
    };
    tsr_expr expr = EXPR_OF(loop, loads, steps, outs);
    tsr_fused_attrs attrs = {&expr.object};
    run_rows(TSR_OP_FUSED, &attrs, 2, in, 2, out, INT32_MAX);
    prepared r;
    array over[2] = {in[1], in[0]};
    prepare_op(&r, TSR_OP_FUSED, &attrs, 2, in, 2, over, INT32_MAX);
    assert_int_equal(r.alias[0], 1);
    assert_int_equal(r.alias[1], 0);
    run_prepared(&r);
    release_prepared(&r);
    assert_same_bits(&over[0], &out[0]);
    assert_same_bits(&over[1], &out[1]);
    for (int i = 0; i < 2; i++) {
      free_array(&in[i]);
      free_array(&out[i]);
    }
  }
}

/* A column of size 1 in the input, and a scalar, repeat along the loop. */
static void test_fused_repeats_axes_of_size_one(void **state) {
  (void)state;
  const int64_t dims[] = {6, 500}, column[] = {6, 1};
  array in[2] = {make_array(TSR_F32, 2, column, SPACED), make_array(TSR_F32, 0, NULL, C_ORDER)};
  array out[2] = {make_array(TSR_F32, 2, dims, C_ORDER), make_array(TSR_F32, 0, NULL, C_ORDER)};
  fill_whole(&in[0], 1, 9);
  set(&in[1], 0, 3);
  tsr_expr_step steps[] = {
      {NULL,                    NULL, TSR_F32, {0, -1, -1}},
      {NULL,                    NULL, TSR_F32, {1, -1, -1}},
      {tsr_op_core(TSR_OP_MUL), NULL, TSR_F32, {0, 1, -1} }
  };
  static const int32_t both[] = {0, 1};
  tsr_expr_load loads[] = {
      {TSR_F32, 2, both},
      {TSR_F32, 0, both}
  };
  tsr_expr_out outs[] = {
      {2, NULL,                           0},
      {2, tsr_op_core(TSR_OP_REDUCE_SUM), 3}
  };
  tsr_dim loop[] = {
      {6,   NULL},
      {500, NULL}
  };
  tsr_expr expr = EXPR_OF(loop, loads, steps, outs);
  tsr_fused_attrs attrs = {&expr.object};
  run_rows(TSR_OP_FUSED, &attrs, 2, in, 2, out, INT32_MAX);
  double sum = 0;
  for (int64_t i = 0; i < 3000; i++) {
    assert_number(get(&out[0], i), 3 * get(&in[0], i / 500), 0);
    sum += 3 * creal(get(&in[0], i / 500));
  }
  assert_number(get(&out[1], 0), sum, 0);
  for (int i = 0; i < 2; i++) {
    free_array(&in[i]);
    free_array(&out[i]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_fused_gives_the_bits_of_single_ops),
      cmocka_unit_test(test_fused_with_many_live_values),
      cmocka_unit_test(test_fused_in_place),
      cmocka_unit_test(test_fused_repeats_axes_of_size_one),
  };
  return cmocka_run_group_tests(tests, open_device, close_device);
}
