/* test_dlpack.c - tensors lent to other libraries and taken from them. */
#include "test_device.h"
#include "tsr_test.h"

#include "tsr/dlpack.h"

static tsr_device *device, *remote, *nameless;
static tsr_backend host_backend, remote_backend;

static int open_devices(void **state) {
  (void)state;
  assert_ok(open_test_device(true, &device));
  assert_ok(open_test_device(false, &remote));
  assert_ok(open_test_device(true, &nameless));
  host_backend = remote_backend = test_backend;
  host_backend.dlpack_device = TSR_DLPACK_CPU;
  remote_backend.dlpack_device = TSR_DLPACK_CUDA;
  device->backend = &host_backend;
  remote->backend = &remote_backend;
  return 0;
}

static int close_devices(void **state) {
  (void)state;
  assert_int_equal(device->live, 0);
  tsr_device_release(device);
  tsr_device_release(remote);
  tsr_device_release(nameless);
  return 0;
}

/* ---- the ABI, as its documentation draws it for 64-bit machines ---- */

static void test_structs_have_the_documented_layout(void **state) {
  (void)state;
  assert_int_equal(offsetof(tsr_dlpack_tensor, device), 8);
  assert_int_equal(offsetof(tsr_dlpack_tensor, rank), 16);
  assert_int_equal(offsetof(tsr_dlpack_tensor, dtype), 20);
  assert_int_equal(offsetof(tsr_dlpack_tensor, dims), 24);
  assert_int_equal(offsetof(tsr_dlpack_tensor, strides), 32);
  assert_int_equal(offsetof(tsr_dlpack_tensor, offset), 40);
  assert_int_equal(sizeof(tsr_dlpack_tensor), 48);
  assert_int_equal(offsetof(tsr_dlpack, context), 8);
  assert_int_equal(offsetof(tsr_dlpack, deleter), 16);
  assert_int_equal(offsetof(tsr_dlpack, flags), 24);
  assert_int_equal(offsetof(tsr_dlpack, tensor), 32);
  assert_int_equal(offsetof(tsr_dlpack_legacy, context), 48);
  assert_int_equal(offsetof(tsr_dlpack_legacy, deleter), 56);
}

/* ---- out ---- */

static void test_a_view_is_lent_as_it_lies(void **state) {
  (void)state;
  tsr_tensor *t, *v;
  tsr_dlpack *out;
  const float x[] = {0, 1, 2, 3, 4, 5};
  assert_ok(tsr_tensor_from_data(device, TSR_F32, TSR_DIMS(2, 3), x, &t));
  assert_ok(tsr_tensor_slice(t, TSR_DIMS(1, 2), TSR_DIMS(-1, -1), TSR_DIMS(-1, -2), &v));
  assert_ok(tsr_tensor_to_dlpack(v, &out));
  assert_true(out->major == 1 && out->flags == TSR_DLPACK_READ_ONLY);
  assert_true(out->tensor.device.type == TSR_DLPACK_CPU && out->tensor.device.id == 0);
  assert_true(out->tensor.dtype.code == 2 && out->tensor.dtype.bits == 32);
  assert_true(out->tensor.dtype.lanes == 1 && out->tensor.rank == 2 && out->tensor.offset == 0);
  assert_true(out->tensor.dims[0] == 2 && out->tensor.dims[1] == 2);
  assert_true(out->tensor.strides[0] == -3 && out->tensor.strides[1] == -2);
  assert_true(((const float *)out->tensor.data)[0] == 5);
  assert_true(((const float *)out->tensor.data)[-3] == 2);
  tsr_tensor_release(t);
  tsr_tensor_release(v);
  assert_true(((const float *)out->tensor.data)[0] == 5); /* still there */
  out->deleter(out);
}

static void test_lent_storage_is_shared_until_it_comes_back(void **state) {
  (void)state;
  tsr_tensor *t;
  tsr_dlpack *one;
  tsr_dlpack_legacy *two;
  tsr_storage *taken;
  assert_ok(tsr_tensor_create(device, TSR_I64, TSR_DIMS(4), &t));
  assert_true(tsr_tensor_is_sole_owner(t));
  assert_ok(tsr_tensor_to_dlpack(t, &one));
  assert_ok(tsr_tensor_to_dlpack_legacy(t, &two));
  assert_false(tsr_tensor_is_sole_owner(t));
  one->deleter(one);
  assert_false(tsr_tensor_is_sole_owner(t));
  assert_error_says(tsr_storage_take(t, &taken), TSR_ERR_ARGUMENT, "exported");
  assert_true(two->tensor.dtype.code == 0 && two->tensor.dtype.bits == 64);
  two->deleter(two);
  assert_true(tsr_tensor_is_sole_owner(t));
  assert_ok(tsr_storage_take(t, &taken));
  assert_error_says(tsr_tensor_to_dlpack(t, &one), TSR_ERR_STATE, "donated");
  assert_null(one);
  tsr_storage_release(taken);
  tsr_tensor_release(t);
}

static void test_what_cannot_be_lent(void **state) {
  (void)state;
  tsr_tensor *t;
  tsr_dlpack_legacy *out;
  assert_error_says(tsr_tensor_to_dlpack_legacy(NULL, &out), TSR_ERR_ARGUMENT, "NULL");
  assert_ok(tsr_tensor_create(nameless, TSR_I64, TSR_DIMS(4), &t));
  assert_error_says(tsr_tensor_to_dlpack_legacy(t, &out), TSR_ERR_UNSUPPORTED, "test:0");
  assert_null(out);
  tsr_tensor_release(t);
}

/* ---- in ---- */

typedef struct lender {
  tsr_dlpack_legacy legacy;
  tsr_dlpack versioned;
  int64_t dims[2], strides[2];
  int returned;
} lender;

static void return_legacy(tsr_dlpack_legacy *self) { ((lender *)self->context)->returned++; }
static void return_versioned(tsr_dlpack *self) { ((lender *)self->context)->returned++; }

static void lend(lender *l, void *data) {
  *l = (lender){
      .dims = {2, 2},
        .strides = {1, 2}
  };
  l->legacy = (tsr_dlpack_legacy){
      .tensor = {.data = data,
                 .device = {TSR_DLPACK_CPU, 0},
                 .rank = 2,
                 .dtype = {2, 64, 1},
                 .dims = l->dims,
                 .strides = l->strides},
      .context = l,
      .deleter = return_legacy
  };
  l->versioned = (tsr_dlpack){.major = 1,
                              .minor = 7,
                              .context = l,
                              .deleter = return_versioned,
                              .flags = TSR_DLPACK_READ_ONLY,
                              .tensor = l->legacy.tensor};
}

static void test_foreign_tensors_are_seen_in_place(void **state) {
  (void)state;
  double x[5] = {-1, 1, 2, 3, 4}, got[4];
  const double by_column[] = {1, 3, 2, 4};
  lender l;
  tsr_tensor *t, *v;
  lend(&l, x);
  l.legacy.tensor.offset = sizeof *x;
  assert_ok(tsr_tensor_from_dlpack_legacy(device, &l.legacy, &t));
  assert_ok(tsr_tensor_read(t, got, sizeof got));
  assert_memory_equal(got, by_column, sizeof got);
  assert_false(tsr_tensor_is_sole_owner(t));
  assert_ok(tsr_tensor_transpose(t, TSR_AXES(1, 0), &v));
  tsr_tensor_release(t);
  assert_int_equal(l.returned, 0);
  tsr_tensor_release(v);
  assert_int_equal(l.returned, 1);
}

static void test_versioned_pinned_and_without_strides(void **state) {
  (void)state;
  double x[4] = {1, 2, 3, 4}, got[4];
  lender l;
  tsr_tensor *t;
  lend(&l, x);
  l.versioned.tensor.device = (tsr_dlpack_device){TSR_DLPACK_CUDA_HOST, 3};
  l.versioned.tensor.strides = NULL;
  assert_ok(tsr_tensor_from_dlpack(device, &l.versioned, &t));
  assert_ok(tsr_tensor_read(t, got, sizeof got));
  assert_memory_equal(got, x, sizeof got);
  tsr_tensor_release(t);
  assert_int_equal(l.returned, 1);
}

static void test_nothing_to_see_is_fine(void **state) {
  (void)state;
  lender l;
  tsr_tensor *t;
  lend(&l, NULL);
  l.dims[1] = 0;
  l.legacy.tensor.offset = 64;
  l.legacy.deleter = NULL; /* nobody wants it back */
  assert_ok(tsr_tensor_from_dlpack_legacy(device, &l.legacy, &t));
  assert_int_equal(tsr_tensor_count(t), 0);
  tsr_tensor_release(t);
  double one = 5, got;
  lend(&l, &one);
  l.legacy.tensor.rank = 0;
  l.legacy.tensor.dims = l.legacy.tensor.strides = NULL;
  assert_ok(tsr_tensor_from_dlpack_legacy(device, &l.legacy, &t));
  assert_ok(tsr_tensor_read(t, &got, sizeof got));
  assert_true(got == 5);
  tsr_tensor_release(t);
}

static void test_every_dtype_there_and_back(void **state) {
  (void)state;
  for (tsr_dtype d = 0; d < TSR_DTYPE_COUNT; d++) {
    tsr_tensor *t, *back;
    tsr_dlpack *out;
    assert_ok(tsr_tensor_create(device, d, TSR_DIMS(3), &t));
    assert_ok(tsr_tensor_to_dlpack(t, &out));
    assert_int_equal(out->tensor.dtype.bits, 8 * tsr_dtype_size(d));
    assert_ok(tsr_tensor_from_dlpack(device, out, &back));
    assert_int_equal(tsr_tensor_dtype(back), d);
    tsr_tensor_release(t);
    tsr_tensor_release(back); /* gives the export back */
  }
}

static void test_other_devices_are_told_apart(void **state) {
  (void)state;
  double x[4];
  lender l;
  tsr_tensor *t;
  lend(&l, x);
  assert_error_says(tsr_tensor_from_dlpack_legacy(remote, &l.legacy, &t), TSR_ERR_ARGUMENT,
                    "type 1", "remote:0", "type 2");
  l.legacy.tensor.device = (tsr_dlpack_device){TSR_DLPACK_CUDA, 3};
  assert_error_says(tsr_tensor_from_dlpack_legacy(remote, &l.legacy, &t), TSR_ERR_ARGUMENT,
                    "device 3", "remote:0");
  assert_error_says(tsr_tensor_from_dlpack_legacy(device, &l.legacy, &t), TSR_ERR_ARGUMENT,
                    "type 2");
  assert_error_says(tsr_tensor_from_dlpack_legacy(nameless, &l.legacy, &t), TSR_ERR_ARGUMENT,
                    "type 0");
  assert_null(t);
  assert_int_equal(l.returned, 0);
}

static void test_malformed_structs_are_refused(void **state) {
  (void)state;
  double x[4];
  lender l;
  tsr_tensor *t;
  lend(&l, x);
  assert_error_says(tsr_tensor_from_dlpack(device, NULL, &t), TSR_ERR_ARGUMENT, "NULL");
  assert_error_says(tsr_tensor_from_dlpack_legacy(NULL, &l.legacy, &t), TSR_ERR_ARGUMENT, "NULL");
  l.versioned.major = 2;
  assert_error_says(tsr_tensor_from_dlpack(device, &l.versioned, &t), TSR_ERR_UNSUPPORTED, "2.7");
  l.legacy.tensor.dtype = (tsr_dlpack_dtype){2, 64, 4};
  assert_error_says(tsr_tensor_from_dlpack_legacy(device, &l.legacy, &t), TSR_ERR_DTYPE, "4 lanes");
  l.legacy.tensor.dtype = (tsr_dlpack_dtype){10, 8, 1};
  assert_error_says(tsr_tensor_from_dlpack_legacy(device, &l.legacy, &t), TSR_ERR_DTYPE, "code 10",
                    "8 bits");
  lend(&l, NULL);
  assert_error_says(tsr_tensor_from_dlpack_legacy(device, &l.legacy, &t), TSR_ERR_ARGUMENT,
                    "data is NULL", "4 elements");
  lend(&l, (char *)x + 1);
  assert_error_says(tsr_tensor_from_dlpack_legacy(device, &l.legacy, &t), TSR_ERR_ARGUMENT,
                    "aligned", "8 bytes");
  lend(&l, x);
  l.dims[0] = -2;
  assert_error_says(tsr_tensor_from_dlpack_legacy(device, &l.legacy, &t), TSR_ERR_SHAPE, "-2");
  l.legacy.tensor.rank = -1;
  assert_error_says(tsr_tensor_from_dlpack_legacy(device, &l.legacy, &t), TSR_ERR_ARGUMENT,
                    "rank -1");
  l.legacy.tensor.rank = 2;
  l.legacy.tensor.dims = NULL;
  assert_error_says(tsr_tensor_from_dlpack_legacy(device, &l.legacy, &t), TSR_ERR_ARGUMENT,
                    "without dims");
  lend(&l, x);
  l.dims[0] = INT64_MAX;
  assert_error_says(tsr_tensor_from_dlpack_legacy(device, &l.legacy, &t), TSR_ERR_LIMIT, "");
  assert_int_equal(l.returned, 0);
}

static tsr_status there_and_back(void *arg) {
  (void)arg;
  tsr_tensor *t, *back = NULL;
  tsr_dlpack_legacy *out = NULL;
  TSR_TRY(tsr_tensor_create(device, TSR_F64, TSR_DIMS(1, 1, 1, 1, 1, 1, 1, 1, 1, 3), &t));
  tsr_status status = tsr_tensor_to_dlpack_legacy(t, &out);
  tsr_tensor_release(t);
  if (status == TSR_OK) status = tsr_tensor_from_dlpack_legacy(device, out, &back);
  if (status != TSR_OK && out) out->deleter(out);
  tsr_tensor_release(back);
  return status;
}

static void test_running_out_of_memory_leaves_the_owner(void **state) {
  (void)state;
  tsr_test_oom(there_and_back, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_structs_have_the_documented_layout),
      cmocka_unit_test(test_a_view_is_lent_as_it_lies),
      cmocka_unit_test(test_lent_storage_is_shared_until_it_comes_back),
      cmocka_unit_test(test_what_cannot_be_lent),
      cmocka_unit_test(test_foreign_tensors_are_seen_in_place),
      cmocka_unit_test(test_versioned_pinned_and_without_strides),
      cmocka_unit_test(test_nothing_to_see_is_fine),
      cmocka_unit_test(test_every_dtype_there_and_back),
      cmocka_unit_test(test_other_devices_are_told_apart),
      cmocka_unit_test(test_malformed_structs_are_refused),
      cmocka_unit_test(test_running_out_of_memory_leaves_the_owner),
  };
  return cmocka_run_group_tests(tests, open_devices, close_devices);
}
