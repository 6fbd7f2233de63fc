/* test_kernel_structural.c - copies of all kinds against index formulas. */
#include "kernel_harness.h"

/* Elements are told apart by their number, in any dtype. */
static void number_elements(const array *a) {
  for (int64_t i = 0; i < count_of(a); i++) {
    uint64_t v[2] = {(uint64_t)i * 0x9e3779b97f4a7c15u >> 7, (uint64_t)i};
    memcpy(at(a, i), v, tsr_dtype_size(a->dtype));
  }
}

static void assert_element(const array *out, int64_t i, const array *in, int64_t j) {
  if (memcmp(at(out, i), at(in, j), tsr_dtype_size(out->dtype)))
    fail_msg("element %lld is not element %lld of the input", (long long)i, (long long)j);
}

static void split(const array *a, int64_t i, int64_t *index) {
  for (int32_t k = a->rank - 1; k >= 0; k--) {
    index[k] = i % a->dims[k];
    i /= a->dims[k];
  }
}
static int64_t number(const array *a, const int64_t *index) {
  int64_t i = 0;
  for (int32_t k = 0; k < a->rank; k++)
    i = i * a->dims[k] + index[k];
  return i;
}

static layout_kind any_layout(void) { return (layout_kind)random_below(LAYOUTS); }
static layout_kind out_layout(void) { return (layout_kind)random_below(REPEATED); }

static void check_transpose(tsr_dtype d, int32_t rank, const int64_t *dims, const int64_t *axes,
                            layout_kind from, layout_kind to) {
  int64_t out_dims[MAX_RANK];
  for (int32_t k = 0; k < rank; k++)
    out_dims[k] = dims[axes[k]];
  array x = make_array(d, rank, dims, from), z = make_array(d, rank, out_dims, to);
  number_elements(&x);
  tsr_transpose_attrs attrs = {
      {axes, (size_t)rank}
  };
  run_op(TSR_OP_TRANSPOSE, &attrs, 1, &x, &z);
  for (int64_t i = 0; i < count_of(&z); i++) {
    int64_t index[MAX_RANK], from_index[MAX_RANK];
    split(&z, i, index);
    for (int32_t k = 0; k < rank; k++)
      from_index[axes[k]] = index[k];
    assert_element(&z, i, &x, number(&x, from_index));
  }
  free_array(&x);
  free_array(&z);
}

static void test_transpose(void **state) {
  (void)state;
  static const int64_t permutations[][4] = {
      {1, 0, 2, 3},
      {3, 2, 1, 0},
      {2, 3, 0, 1},
      {0, 1, 2, 3}
  };
  const int64_t dims[] = {5, 7, 3, 4};
  for (tsr_dtype d = 0; d < TSR_DTYPE_COUNT; d++)
    for (int p = 0; p < 4; p++)
      for (int trial = 0; trial < 5; trial++)
        check_transpose(d, 4, dims, permutations[p], any_layout(), out_layout());
  const int64_t large[] = {301, 203}, swap[] = {1, 0}, deep[] = {3, 40, 50, 30},
                *p = permutations[0];
  for (tsr_dtype d = 0; d < TSR_DTYPE_COUNT; d++) {
    check_transpose(d, 2, large, swap, C_ORDER, C_ORDER);
    check_transpose(d, 4, deep, p + 4, C_ORDER, C_ORDER);
  }
  const int64_t many[] = {2, 3, 1, 2, 2, 1, 3, 2, 2, 1, 2, 3},
                all[] = {11, 0, 3, 2, 5, 4, 1, 10, 9, 8, 7, 6};
  check_transpose(TSR_F32, 12, many, all, SHUFFLED, SHUFFLED);
  const int64_t none[] = {4, 0};
  check_transpose(TSR_F32, 2, none, swap, C_ORDER, C_ORDER);
  check_transpose(TSR_F32, 0, NULL, NULL, C_ORDER, C_ORDER);
}

static void test_broadcast_in_dim(void **state) {
  (void)state;
  const int64_t in_dims[] = {1, 6}, out_dims[] = {4, 3, 6, 5}, axes[] = {1, 2};
  const tsr_dim shape[] = {
      {4, NULL},
      {3, NULL},
      {6, NULL},
      {5, NULL}
  };
  tsr_broadcast_attrs attrs = {
      {shape, 4},
      {axes,  2}
  };
  for (tsr_dtype d = 0; d < TSR_DTYPE_COUNT; d++) {
    array x = make_array(d, 2, in_dims, any_layout()), z = make_array(d, 4, out_dims, out_layout());
    number_elements(&x);
    run_op(TSR_OP_BROADCAST_IN_DIM, &attrs, 1, &x, &z);
    for (int64_t i = 0; i < count_of(&z); i++) {
      int64_t index[4];
      split(&z, i, index);
      assert_element(&z, i, &x, index[2]);
    }
    free_array(&x);
    free_array(&z);
  }
}

static void test_slice(void **state) {
  (void)state;
  const int64_t dims[] = {10, 9, 8}, out_dims[] = {4, 9, 2}, steps[] = {2, 1, 3};
  const tsr_dim start[] =
      {
          {1, NULL},
          {0, NULL},
          {2, NULL}
  },
                limit[] = {{9, NULL}, {9, NULL}, {8, NULL}};
  tsr_slice_attrs attrs = {
      {start, 3},
      {limit, 3},
      {steps, 3}
  };
  for (tsr_dtype d = 0; d < TSR_DTYPE_COUNT; d++) {
    array x = make_array(d, 3, dims, any_layout()), z = make_array(d, 3, out_dims, out_layout());
    number_elements(&x);
    run_op(TSR_OP_SLICE, &attrs, 1, &x, &z);
    for (int64_t i = 0; i < count_of(&z); i++) {
      int64_t index[3];
      split(&z, i, index);
      for (int k = 0; k < 3; k++)
        index[k] = start[k].n + steps[k] * index[k];
      assert_element(&z, i, &x, number(&x, index));
    }
    free_array(&x);
    free_array(&z);
  }
}

static void test_reverse(void **state) {
  (void)state;
  static const int64_t sizes[][3] = {
      {10, 9, 8},
      {1,  7, 3},
      {2,  0, 5}
  };
  static const int64_t axes[] = {2, 0};
  tsr_reverse_attrs attrs = {
      {axes, 2}
  };
  for (tsr_dtype d = 0; d < TSR_DTYPE_COUNT; d++)
    for (int c = 0; c < 3; c++) {
      array x = make_array(d, 3, sizes[c], any_layout());
      array z = make_array(d, 3, sizes[c], out_layout());
      number_elements(&x);
      run_op(TSR_OP_REVERSE, &attrs, 1, &x, &z);
      for (int64_t i = 0; i < count_of(&z); i++) {
        int64_t index[3];
        split(&z, i, index);
        index[0] = z.dims[0] - 1 - index[0];
        index[2] = z.dims[2] - 1 - index[2];
        assert_element(&z, i, &x, number(&x, index));
      }
      free_array(&x);
      free_array(&z);
    }
}

/* Element i of the wider side holds elements n i .. n i + n - 1 of the narrower, byte by byte. */
static void check_bitcast(tsr_dtype from, tsr_dtype to) {
  const size_t in_size = tsr_dtype_size(from), out_size = tsr_dtype_size(to);
  const int64_t in_parts = in_size < out_size ? (int64_t)(out_size / in_size) : 1;
  const int64_t out_parts = out_size < in_size ? (int64_t)(in_size / out_size) : 1;
  const int64_t in_dims[] = {5, 3, in_parts}, out_dims[] = {5, 3, out_parts};
  array x = make_array(from, 2 + (in_parts > 1), in_dims, any_layout());
  array z = make_array(to, 2 + (out_parts > 1), out_dims, out_layout());
  tsr_convert_attrs attrs = {to};
  number_elements(&x);
  run_op(TSR_OP_BITCAST_CONVERT, &attrs, 1, &x, &z);
  for (int64_t i = 0; i < 15; i++) {
    char in_bytes[16], out_bytes[16];
    for (int64_t k = 0; k < in_parts; k++)
      memcpy(in_bytes + (size_t)k * in_size, at(&x, i * in_parts + k), in_size);
    for (int64_t k = 0; k < out_parts; k++)
      memcpy(out_bytes + (size_t)k * out_size, at(&z, i * out_parts + k), out_size);
    assert_memory_equal(in_bytes, out_bytes, in_size * (size_t)in_parts);
  }
  free_array(&x);
  free_array(&z);
}

static void test_bitcast_convert_keeps_bits(void **state) {
  (void)state;
  for (tsr_dtype from = 0; from < TSR_DTYPE_COUNT; from++)
    for (tsr_dtype to = 0; to < TSR_DTYPE_COUNT; to++)
      check_bitcast(from, to);
  const int64_t none[] = {3, 0}, parts[] = {3, 0, 4};
  array x = make_array(TSR_F32, 2, none, C_ORDER), z = make_array(TSR_U8, 3, parts, C_ORDER);
  tsr_convert_attrs attrs = {TSR_U8};
  run_op(TSR_OP_BITCAST_CONVERT, &attrs, 1, &x, &z);
  free_array(&x);
  free_array(&z);
}

static void test_reshape_means_c_order(void **state) {
  (void)state;
  static const int64_t from[][3] = {
      {6,   4,  5 },
      {6,   4,  5 },
      {1,   1,  1 },
      {3,   0,  2 },
      {200, 30, 40}
  };
  static const int64_t to[][4] = {
      {3,  10,  2,  2 },
      {1,  120, 1,  1 },
      {1,  1,   1,  1 },
      {0,  1,   5,  7 },
      {40, 50,  12, 10}
  };
  for (int c = 0; c < 5; c++)
    for (int trial = 0; trial < 20; trial++) {
      array x = make_array(TSR_F32, 3, from[c], any_layout());
      array z = make_array(TSR_F32, 4, to[c], out_layout());
      tsr_dim shape[4];
      for (int k = 0; k < 4; k++)
        shape[k] = tsr_dim_of(to[c][k]);
      tsr_reshape_attrs attrs = {
          {shape, 4}
      };
      number_elements(&x);
      run_op(TSR_OP_RESHAPE, &attrs, 1, &x, &z);
      for (int64_t i = 0; i < count_of(&z); i++)
        assert_element(&z, i, &x, i);
      free_array(&x);
      free_array(&z);
    }
}

static void check_pad(tsr_dtype d, int64_t n, int64_t low, int64_t high, int64_t interior) {
  int64_t size = low + high + n + (n > 0 ? (n - 1) * interior : 0);
  assert_true(size >= 0);
  const int64_t dims[] = {n, 3}, out_dims[] = {size, 4}, between[] = {interior, 0};
  const tsr_dim before[] =
      {
          {low, NULL},
          {0,   NULL}
  },
                after[] = {{high, NULL}, {1, NULL}};
  tsr_pad_attrs attrs = {
      {before,  2},
      {after,   2},
      {between, 2}
  };
  array in[2] = {make_array(d, 2, dims, any_layout()), make_array(d, 0, NULL, C_ORDER)};
  array z = make_array(d, 2, out_dims, out_layout());
  number_elements(&in[0]);
  memset(in[1].data, 0x5a, tsr_dtype_size(d));
  run_op(TSR_OP_PAD, &attrs, 2, in, &z);
  for (int64_t i = 0; i < count_of(&z); i++) {
    int64_t row = i / 4 - low, col = i % 4;
    bool inside = row >= 0 && row % (1 + interior) == 0 && row / (1 + interior) < n && col < 3;
    if (inside)
      assert_element(&z, i, &in[0], row / (1 + interior) * 3 + col);
    else
      assert_element(&z, i, &in[1], 0);
  }
  free_array(&in[0]);
  free_array(&in[1]);
  free_array(&z);
}

static void test_pad(void **state) {
  (void)state;
  for (tsr_dtype d = 0; d < TSR_DTYPE_COUNT; d++) {
    check_pad(d, 5, 2, 1, 0);
    check_pad(d, 5, 0, 0, 2);
    check_pad(d, 5, -1, 3, 1);
    check_pad(d, 5, -2, -3, 0); /* nothing left */
    check_pad(d, 5, 4, -7, 0);  /* x cut at its end */
    check_pad(d, 5, -4, 7, 2);
    check_pad(d, 0, 2, 3, 1);
    check_pad(d, 5, 6, -11, 0); /* only padding, and none of that */
    check_pad(d, 5, -8, 8, 0);  /* only padding after */
  }
}

static void test_concatenate(void **state) {
  (void)state;
  for (int64_t axis = 0; axis < 3; axis++)
    for (tsr_dtype d = 0; d < TSR_DTYPE_COUNT; d++) {
      array in[4], z;
      int64_t dims[3] = {3, 4, 5}, total = 0;
      static const int64_t sizes[] = {2, 0, 7, 1};
      for (int i = 0; i < 4; i++) {
        dims[axis] = sizes[i];
        total += sizes[i];
        in[i] = make_array(d, 3, dims, any_layout());
        number_elements(&in[i]);
      }
      dims[axis] = total;
      z = make_array(d, 3, dims, out_layout());
      tsr_concatenate_attrs attrs = {axis};
      run_op(TSR_OP_CONCATENATE, &attrs, 4, in, &z);
      for (int64_t i = 0; i < count_of(&z); i++) {
        int64_t index[3];
        split(&z, i, index);
        int which = 0;
        while (index[axis] >= sizes[which])
          index[axis] -= sizes[which++];
        assert_element(&z, i, &in[which], number(&in[which], index));
      }
      for (int i = 0; i < 4; i++)
        free_array(&in[i]);
      free_array(&z);
    }
}

static void test_barrier_hands_on(void **state) {
  (void)state;
  const int64_t dims[] = {3, 4};
  array in[2] = {make_array(TSR_F64, 2, dims, F_ORDER), make_array(TSR_BOOL, 1, dims, C_ORDER)};
  array out[2] = {make_array(TSR_F64, 2, dims, C_ORDER), in[1]};
  number_elements(&in[0]);
  number_elements(&in[1]);
  prepared r;
  prepare_op(&r, TSR_OP_BARRIER, NULL, 2, in, 2, out, INT32_MAX);
  assert_int_equal(r.alias[0], -1);
  assert_int_equal(r.alias[1], 1);
  run_prepared(&r);
  release_prepared(&r);
  for (int64_t i = 0; i < 12; i++)
    assert_element(&out[0], i, &in[0], i);
  free_array(&in[0]);
  free_array(&in[1]);
  free_array(&out[0]);
}

static void test_iota_and_dim_size(void **state) {
  (void)state;
  const int64_t dims[] = {3, 5, 4};
  const tsr_dim shape[] = {
      {3, NULL},
      {5, NULL},
      {4, NULL}
  };
  for (tsr_dtype d = TSR_I8; d < TSR_DTYPE_COUNT; d++) {
    if (d == TSR_F16 || d == TSR_BF16) continue;
    for (int64_t axis = 0; axis < 3; axis++) {
      tsr_iota_attrs attrs = {
          d, {shape, 3},
           axis
      };
      array z = make_array(d, 3, dims, out_layout());
      run_op(TSR_OP_IOTA, &attrs, 0, NULL, &z);
      for (int64_t i = 0; i < 60; i++) {
        int64_t index[3];
        split(&z, i, index);
        assert_number(get(&z, i), (double)index[axis], 0);
      }
      free_array(&z);
    }
    tsr_dim_size_attrs attrs = {
        {77, NULL},
        d
    };
    array z = make_array(d, 0, NULL, C_ORDER);
    run_op(TSR_OP_DIM_SIZE, &attrs, 0, NULL, &z);
    assert_number(get(&z, 0), 77, 0);
    free_array(&z);
  }
  const int64_t one[] = {1000}; /* several blocks */
  const tsr_dim one_shape[] = {
      {1000, NULL}
  };
  tsr_iota_attrs attrs = {
      TSR_I16, {one_shape, 1},
       0
  };
  array z = make_array(TSR_I16, 1, one, REVERSED);
  run_op(TSR_OP_IOTA, &attrs, 0, NULL, &z);
  for (int64_t i = 0; i < 1000; i++)
    assert_number(get(&z, i), (double)i, 0);
  free_array(&z);
}

static void test_constant(void **state) {
  (void)state;
  const int64_t dims[] = {4, 6};
  double data[24];
  for (int i = 0; i < 24; i++)
    data[i] = i * 1.5;
  tsr_tensor *tensor, *flipped;
  assert_ok(tsr_tensor_from_data(harness_device, TSR_F64, TSR_DIMS(6, 4), data, &tensor));
  assert_ok(tsr_tensor_transpose(tensor, TSR_AXES(1, 0), &flipped));
  tsr_constant_attrs attrs = {(const tsr_object *)flipped};
  array z = make_array(TSR_F64, 2, dims, out_layout());
  run_op(TSR_OP_CONSTANT, &attrs, 0, NULL, &z);
  for (int64_t i = 0; i < 24; i++)
    assert_number(get(&z, i), data[i % 6 * 4 + i / 6], 0);
  tsr_tensor_release(flipped);
  tsr_tensor_release(tensor);
  free_array(&z);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_transpose),
      cmocka_unit_test(test_broadcast_in_dim),
      cmocka_unit_test(test_slice),
      cmocka_unit_test(test_reverse),
      cmocka_unit_test(test_bitcast_convert_keeps_bits),
      cmocka_unit_test(test_reshape_means_c_order),
      cmocka_unit_test(test_pad),
      cmocka_unit_test(test_concatenate),
      cmocka_unit_test(test_barrier_hands_on),
      cmocka_unit_test(test_iota_and_dim_size),
      cmocka_unit_test(test_constant),
  };
  return cmocka_run_group_tests(tests, open_device, close_device);
}
