/* test_kernel_chain.c - chains: every link gives what its block function gives, for any number and
 * place of elements, and programs give the same bits with and without chains and streaming.
 */
#include "device_internal.h"
#include "kernel_harness.h"
#include "variants/variants.h"

#include "tsr/spi/expr.h"

enum {
  N = 400,
  ROOM = (N + 8) * 16
};

static _Alignas(64) char x[ROOM], y[ROOM], p[ROOM], got[ROOM], want[ROOM];

static const int64_t sizes[] = {0,  1,  2,  3,  5,   8,   15,  16,  17,
                                33, 63, 64, 65, 127, 128, 129, 200, 399};

/* Numbers of either sign around 1, of which some pairs are equal. */
static void fill_numbers(char *out, tsr_dtype dtype) {
  tsr_dtype real = tsr_dtype_real(dtype);
  size_t size = tsr_dtype_size(real);
  for (size_t i = 0; i < ROOM / size; i++) {
    double d = (double)(random_below(64) - 32) / 8;
    float f = (float)d;
    uint32_t bits;
    memcpy(&bits, &f, 4);
    /* few digits: f16 keeps the upper ones of an f32 behind another exponent */
    uint16_t half = d == 0 ? (uint16_t)(bits >> 16)
                           : (uint16_t)((bits >> 16 & 0x8000) |
                                        (((bits >> 23 & 0xff) - 112) << 10 | (bits >> 13 & 0x3ff)));
    uint16_t brain = (uint16_t)(bits >> 16);
    memcpy(out + i * size,
           real == TSR_F64   ? (void *)&d
           : real == TSR_F32 ? (void *)&f
           : real == TSR_F16 ? (void *)&half
                             : (void *)&brain,
           size);
  }
}

static tsri_link link_at(tsri_link_op op, char *base, size_t size) {
  return (tsri_link){
      .base = base, .mask = SIZE_MAX, .op = op, .size = (uint8_t)size, .unit = (uint8_t)size};
}

/* x (a link) y into got, which may be x. */
static void run_link(tsri_chain chain, tsr_dtype dtype, tsri_link_op op, tsri_link_op store,
                     int64_t n, char *a, char *b, char *out) {
  size_t size = tsr_dtype_size(tsr_dtype_real(dtype));
  tsri_link links[] = {link_at(TSRI_LINK_LOAD, a, size),
                       link_at(op, b, size),
                       link_at(store, out, store == TSRI_LINK_STORE_BOOL ? 1 : size),
                       {.op = TSRI_LINK_END}};
  chain(1, n, 4, links);
}

static const struct {
  tsri_link_op link;
  tsr_op_id op;
  bool swapped, of_real, of_complex;
} cases[] = {
    {TSRI_LINK_ADD,       TSR_OP_ADD,  false, true,  true },
    {TSRI_LINK_SUB,       TSR_OP_SUB,  false, true,  true },
    {TSRI_LINK_SUB_FROM,  TSR_OP_SUB,  true,  true,  true },
    {TSRI_LINK_MUL,       TSR_OP_MUL,  false, true,  false},
    {TSRI_LINK_MUL_PAIRS, TSR_OP_MUL,  false, false, true },
    {TSRI_LINK_DIV,       TSR_OP_DIV,  false, true,  false},
    {TSRI_LINK_DIV_INTO,  TSR_OP_DIV,  true,  true,  false},
    {TSRI_LINK_MAX,       TSR_OP_MAX,  false, true,  false},
    {TSRI_LINK_MAX_WITH,  TSR_OP_MAX,  true,  true,  false},
    {TSRI_LINK_MIN,       TSR_OP_MIN,  false, true,  false},
    {TSRI_LINK_MIN_WITH,  TSR_OP_MIN,  true,  true,  false},
    {TSRI_LINK_NEG,       TSR_OP_NEG,  false, true,  true },
    {TSRI_LINK_ABS,       TSR_OP_ABS,  false, true,  false},
    {TSRI_LINK_CONJ,      TSR_OP_CONJ, false, false, true },
};

/* The same bits, or NaN of any kind where both have one. */
static void assert_equal_elements(tsr_dtype dtype, int64_t from, int64_t n, const char *what) {
  tsr_dtype real = tsr_dtype_real(dtype);
  int64_t size = (int64_t)tsr_dtype_size(real), lanes = (int64_t)tsr_dtype_size(dtype) / size;
  tsri_block widen = tsri_variant_at(0)->convert[real][TSR_F64];
  for (int64_t i = from * lanes; i < (from + n) * lanes; i++) {
    double a, b;
    const void *at_a[] = {got + i * size}, *at_b[] = {want + i * size};
    widen(1, at_a, &a);
    widen(1, at_b, &b);
    if (memcmp(at_a[0], at_b[0], (size_t)size) && !(a != a && b != b))
      fail_msg("%s %s: lane %lld of %lld is %g, not %g", what, tsr_dtype_name(dtype), (long long)i,
               (long long)(n * lanes), a, b);
  }
}

/* And nothing around them was touched. */
static void assert_same_numbers(tsr_dtype dtype, int64_t from, int64_t n, const char *what) {
  int64_t size = (int64_t)tsr_dtype_size(dtype), end = (from + n) * size;
  assert_equal_elements(dtype, from, n, what);
  assert_memory_equal(got, want, (size_t)(from * size));
  assert_memory_equal(got + end, want + end, (size_t)(ROOM - end));
}

static void check_case(const tsri_variant *v, tsr_dtype d, int32_t k) {
  tsri_block block = tsri_variant_at(0)->arith[cases[k].op][d];
  size_t size = tsr_dtype_size(d);
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
    for (int64_t from = 0; from < 4; from++)
      for (int way = 0; way < 3; way++) { /* beside, streaming, in place */
        int64_t n = sizes[s];
        char *a = x + from * (int64_t)size, *b = y, *out = got + from * (int64_t)size;
        const void *args[] = {cases[k].swapped ? b : a, cases[k].swapped ? a : b};
        memset(want, 0x55, ROOM);
        memset(got, 0x55, ROOM);
        block(n, args, want + from * (int64_t)size);
        if (way == 2) memcpy(out, a, (size_t)n * size);
        run_link(v->chains[d], d, cases[k].link, way == 1 ? TSRI_LINK_STREAM : TSRI_LINK_STORE, n,
                 way == 2 ? out : a, b, out);
        assert_same_numbers(d, from, n, tsr_op_core(cases[k].op)->name);
      }
}

static void test_links_give_what_block_functions_give(void **state) {
  (void)state;
  for (int32_t i = 0; tsri_variant_at(i); i++)
    for (tsr_dtype d = 0; d < TSR_DTYPE_COUNT; d++) {
      if (!tsri_variant_at(i)->chains[d]) continue;
      fill_numbers(x, d);
      fill_numbers(y, d);
      bool complex_numbers = tsr_dtype_kind(d) == TSR_KIND_COMPLEX;
      for (int32_t k = 0; k < (int32_t)(sizeof cases / sizeof *cases); k++)
        if (complex_numbers ? cases[k].of_complex : cases[k].of_real)
          check_case(tsri_variant_at(i), d, k);
    }
}

static void check_relations(const tsri_variant *v, tsr_dtype d) {
  static const tsri_link_op links[] = {
      [TSR_EQ] = TSRI_LINK_EQ, [TSR_NE] = TSRI_LINK_NE, [TSR_LT] = TSRI_LINK_LT,
      [TSR_LE] = TSRI_LINK_LE, [TSR_GT] = TSRI_LINK_GT, [TSR_GE] = TSRI_LINK_GE,
  };
  size_t size = tsr_dtype_size(d);
  tsri_block select = tsri_variant_at(0)->arith[TSR_OP_SELECT][d];
  for (int r = TSR_EQ; r <= TSR_GE; r++)
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
      int64_t n = sizes[s];
      const void *args[] = {x, y}, *chosen[] = {p, x, y};
      memset(want, 0x55, ROOM);
      memset(got, 0x55, ROOM);
      tsri_variant_at(0)->compare[r][d](n, args, want);
      run_link(v->chains[d], d, links[r], TSRI_LINK_STORE_BOOL, n, x, y, got);
      assert_memory_equal(got, want, ROOM);
      memcpy(p, want, ROOM);
      select(n, chosen, want);
      tsri_link in_hand[] = {link_at(TSRI_LINK_LOAD, x, size),    link_at(links[r], y, size),
                             link_at(TSRI_LINK_SELECT, x, size),  link_at(TSRI_LINK_LOAD, y, size),
                             link_at(TSRI_LINK_STORE, got, size), {.op = TSRI_LINK_END}};
      v->chains[d](1, n, 6, in_hand);
      assert_memory_equal(got, want, (size_t)n * size);
      for (int second = 0; second < 2; second++) {
        tsri_link from_bytes[] = {link_at(TSRI_LINK_LOAD, second ? y : x, size),
                                  link_at(second ? TSRI_LINK_WHERE_NOT : TSRI_LINK_WHERE, p, 1),
                                  link_at(TSRI_LINK_LOAD, second ? x : y, size),
                                  link_at(TSRI_LINK_STORE, got, size),
                                  {.op = TSRI_LINK_END}};
        memset(got, 0x55, ROOM);
        v->chains[d](1, n, 5, from_bytes);
        assert_memory_equal(got, want, (size_t)n * size);
      }
    }
}

static void test_links_compare_and_select_as_block_functions_do(void **state) {
  (void)state;
  for (int32_t i = 0; tsri_variant_at(i); i++)
    for (tsr_dtype d = 0; d < TSR_DTYPE_COUNT; d++) {
      if (!tsri_variant_at(i)->chains[d] || tsr_dtype_kind(d) == TSR_KIND_COMPLEX) continue;
      fill_numbers(x, d);
      fill_numbers(y, d);
      check_relations(tsri_variant_at(i), d);
    }
}

/* Rows that lie apart, less a number for each, beside and in place. */
static void check_rows(const tsri_variant *v, tsr_dtype d, int64_t n) {
  enum {
    ROWS = 3
  };
  tsri_block sub = tsri_variant_at(0)->arith[TSR_OP_SUB][d];
  tsri_spread spread = tsri_spread_of(tsr_dtype_size(d));
  size_t size = tsr_dtype_size(d), lane = tsr_dtype_size(tsr_dtype_real(d));
  int64_t row = (n + 2) * (int64_t)size;
  for (int in_place = 0; in_place < 2; in_place++) {
    memset(want, 0x55, ROOM);
    for (int64_t r = 0; r < ROWS && in_place; r++)
      memcpy(want + r * row, x + r * row, (size_t)n * size);
    memcpy(got, want, ROOM);
    char *from = in_place ? got : x;
    for (int64_t r = 0; r < ROWS; r++) {
      const void *args[] = {x + r * row, p};
      spread(1, n, y + 2 * r * (int64_t)size, p);
      sub(n, args, want + r * row);
    }
    tsri_link links[] = {link_at(TSRI_LINK_LOAD, from, lane),
                         link_at(TSRI_LINK_SUB, NULL, lane),
                         link_at(TSRI_LINK_STORE, got, lane),
                         {.op = TSRI_LINK_END}};
    links[0].row = links[2].row = row;
    links[1].row = 2 * (int64_t)size;
    links[1].number = y;
    links[1].mask = 0;
    links[1].unit = (uint8_t)size;
    v->chains[d](ROWS, n, 4, links);
    for (int64_t r = 0; r < ROWS; r++)
      assert_equal_elements(d, r * (n + 2), n, "rows");
    for (int64_t r = 0; r < ROWS; r++)
      assert_memory_equal(got + r * row + n * (int64_t)size, want + r * row + n * (int64_t)size,
                          2 * size);
  }
}

static void test_chains_go_through_rows(void **state) {
  (void)state;
  static const int64_t widths[] = {1, 3, 16, 17, 40, 64, 100, 130};
  for (int32_t i = 0; tsri_variant_at(i); i++)
    for (tsr_dtype d = 0; d < TSR_DTYPE_COUNT; d++) {
      if (!tsri_variant_at(i)->chains[d]) continue;
      fill_numbers(x, d);
      fill_numbers(y, d);
      for (size_t k = 0; k < sizeof widths / sizeof *widths; k++)
        check_rows(tsri_variant_at(i), d, widths[k]);
    }
}

/* Of zeros, infinities and NaN. */
static void test_order_of_special_numbers(void **state) {
  (void)state;
  static const double special[] = {0.0, -0.0, INFINITY, -INFINITY, NAN, 1, -1};
  static const tsri_link_op links[] = {TSRI_LINK_MAX, TSRI_LINK_MIN};
  for (int32_t i = 0; tsri_variant_at(i); i++)
    for (int64_t a = 0; a < 7; a++)
      for (int64_t b = 0; b < 7; b++)
        for (int k = 0; k < 2; k++) {
          double u = special[a], v = special[b], r;
          double top = signbit(u) < signbit(v) || u > v ? u : v;
          double low = signbit(u) > signbit(v) || u < v ? u : v;
          double expected = isnan(u) || isnan(v) ? NAN : k == 0 ? top : low;
          if (u != 0 || v != 0)
            expected = isnan(u) || isnan(v) ? NAN : k == 0 ? fmax(u, v) : fmin(u, v);
          run_link(tsri_variant_at(i)->chains[TSR_F64], TSR_F64, links[k], TSRI_LINK_STORE, 1,
                   (char *)&u, (char *)&v, (char *)&r);
          assert_true(isnan(expected) ? isnan(r) : memcmp(&r, &expected, 8) == 0);
        }
}

/* a = x y, b = z - a, c = max(a, b), m = a < c, d = m ? b : c, with a, m and d as results. */
static const int32_t axes[] = {0, 1};
static const tsr_compare_attrs less = {TSR_LT};

static const tsr_expr_load whole[] = {
    {TSR_F32, 2, axes},
    {TSR_F32, 2, axes},
    {TSR_F32, 2, axes}
};
/* Of the second input every row is the same, of the third every column. */
static const tsr_expr_load thin[] = {
    {TSR_F32, 2, axes    },
    {TSR_F32, 1, axes + 1},
    {TSR_F32, 1, axes    }
};

static void run_program(tsr_dtype d, const tsr_expr_load *like, const array *in, const array *out) {
  const tsr_expr_step steps[] = {
      {NULL,                        NULL,  d,        {0, -1, -1}},
      {NULL,                        NULL,  d,        {1, -1, -1}},
      {NULL,                        NULL,  d,        {2, -1, -1}},
      {tsr_op_core(TSR_OP_MUL),     NULL,  d,        {0, 1, -1} },
      {tsr_op_core(TSR_OP_SUB),     NULL,  d,        {2, 3, -1} },
      {tsr_op_core(TSR_OP_MAX),     NULL,  d,        {3, 4, -1} },
      {tsr_op_core(TSR_OP_COMPARE), &less, TSR_BOOL, {3, 5, -1} },
      {tsr_op_core(TSR_OP_SELECT),  NULL,  d,        {6, 4, 5}  }
  };
  tsr_expr_load loads[] = {like[0], like[1], like[2]};
  for (int i = 0; i < 3; i++)
    loads[i].dtype = d;
  tsr_expr_out outs[] = {
      {3, NULL, 0},
      {6, NULL, 0},
      {7, NULL, 0}
  };
  tsr_dim loop[] = {
      {in[0].dims[0], NULL},
      {in[0].dims[1], NULL}
  };
  tsr_expr expr = EXPR_OF(loop, loads, steps, outs);
  tsr_fused_attrs attrs = {&expr.object};
  assert_int_equal(TSR_OK, run_rows(TSR_OP_FUSED, &attrs, 3, in, 3, out, INT32_MAX));
}

static void run_steps(tsr_dtype d, const array *in, const array *out) {
  const int64_t *dims = in[0].dims;
  array b = make_array(d, 2, dims, C_ORDER), c = make_array(d, 2, dims, C_ORDER);
  run_op(TSR_OP_MUL, NULL, 2, in, &out[0]);
  run_op(TSR_OP_SUB, NULL, 2, (array[]){in[2], out[0]}, &b);
  run_op(TSR_OP_MAX, NULL, 2, (array[]){out[0], b}, &c);
  run_op(TSR_OP_COMPARE, &less, 2, (array[]){out[0], c}, &out[1]);
  run_op(TSR_OP_SELECT, NULL, 3, (array[]){out[1], b, c}, &out[2]);
  free_array(&b);
  free_array(&c);
}

static void fill_array(const array *a) {
  fill_numbers(x, a->dtype);
  size_t size = tsr_dtype_size(a->dtype);
  for (int64_t i = 0; i < count_of(a); i++)
    memcpy(at(a, i), x + (size_t)random_below(N) * size, size);
}

/* Whatever the layout of the operands, the size of the cache and the number of threads. */
static void test_programs_give_the_bits_of_their_steps(void **state) {
  (void)state;
  static const tsr_dtype dtypes[] = {TSR_F16, TSR_BF16, TSR_F32, TSR_F64, TSR_I32};
  static const int64_t shapes[][2] = {
      {1,   1    },
      {3,   7    },
      {1,   131  },
      {150, 130  },
      {2,   40001}
  };
  tsri_cpu_device *cpu = (tsri_cpu_device *)(void *)harness_device;
  size_t cache = cpu->cache;
  for (int k = 0; k < 5; k++)
    for (int s = 0; s < 5; s++)
      for (int layout = 0; layout < LAYOUTS; layout++) {
        tsr_dtype d = dtypes[k];
        array in[3], out[2][3];
        for (int i = 0; i < 3; i++) {
          in[i] = make_array(d, 2, shapes[s], i == layout % 3 ? (layout_kind)layout : C_ORDER);
          if (d == TSR_I32)
            fill_whole(&in[i], -50, 50);
          else
            fill_array(&in[i]);
          for (int way = 0; way < 2; way++)
            out[way][i] = make_array(i == 1 ? TSR_BOOL : d, 2, shapes[s], C_ORDER);
        }
        run_steps(d, in, out[0]);
        for (int way = 0; way < 4; way++) {
          cpu->cache = way % 2 ? 1024 : cache;
          assert_ok(tsr_cpu_set_threads(harness_device, 1 + way / 2));
          run_program(d, whole, in, out[1]);
          for (int i = 0; i < 3; i++)
            assert_same_bits(&out[0][i], &out[1][i]);
        }
        cpu->cache = cache;
        for (int i = 0; i < 3; i++) {
          free_array(&in[i]);
          free_array(&out[0][i]);
          free_array(&out[1][i]);
        }
      }
}

/* x of a layout, y a row, z a column; once as such, and once repeated to the shape of x. */
static void check_thin(tsr_dtype d, const int64_t *dims, layout_kind layout) {
  array x_of = make_array(d, 2, dims, layout), y_of = make_array(d, 1, dims + 1, C_ORDER);
  array z_of = make_array(d, 1, dims, layout == C_ORDER ? C_ORDER : SPACED);
  array in[] = {x_of, y_of, z_of}, wide[] = {x_of, y_of, z_of}, out[2][3];
  for (int i = 0; i < 3; i++) {
    if (d == TSR_I32)
      fill_whole(&in[i], -50, 50);
    else
      fill_array(&in[i]);
    for (int way = 0; way < 2; way++)
      out[way][i] = make_array(i == 1 ? TSR_BOOL : d, 2, dims, i == 2 ? layout : C_ORDER);
  }
  for (int i = 1; i < 3; i++) {
    wide[i].rank = 2;
    wide[i].dims[0] = dims[0];
    wide[i].dims[1] = dims[1];
    wide[i].strides[i == 1] = in[i].strides[0];
    wide[i].strides[i != 1] = 0;
  }
  run_steps(d, wide, out[0]);
  for (int threads = 1; threads <= 2; threads++) {
    assert_ok(tsr_cpu_set_threads(harness_device, threads));
    run_program(d, thin, in, out[1]);
    for (int i = 0; i < 3; i++)
      assert_same_bits(&out[0][i], &out[1][i]);
  }
  for (int i = 0; i < 3; i++) {
    free_array(&in[i]);
    free_array(&out[0][i]);
    free_array(&out[1][i]);
  }
}

static void test_programs_take_rows_and_columns(void **state) {
  (void)state;
  static const tsr_dtype dtypes[] = {TSR_F16, TSR_BF16, TSR_F32, TSR_F64, TSR_I32};
  static const int64_t shapes[][2] = {
      {5,     3   },
      {4000,  3   },
      {150,   130 },
      {20,    1021},
      {2,     5000},
      {33000, 2   }
  };
  for (int k = 0; k < 5; k++)
    for (int s = 0; s < 6; s++)
      for (int layout = 0; layout < REPEATED; layout++)
        check_thin(dtypes[k], shapes[s], (layout_kind)layout);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_chains_go_through_rows),
      cmocka_unit_test(test_programs_take_rows_and_columns),
      cmocka_unit_test(test_links_give_what_block_functions_give),
      cmocka_unit_test(test_links_compare_and_select_as_block_functions_do),
      cmocka_unit_test(test_order_of_special_numbers),
      cmocka_unit_test(test_programs_give_the_bits_of_their_steps),
  };
  return cmocka_run_group_tests(tests, open_device, close_device);
}
