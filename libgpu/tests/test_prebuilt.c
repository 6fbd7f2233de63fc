/* test_prebuilt.c - the embedded kernels: loaded on first use, once, and gone with the device. */
#include "mock_cuda.h"
#include "tsr_test.h"

static tsri_cuda_backend backend;
static tsr_device *d;

static int open_device(void **state) {
  (void)state;
  mock_reset();
  backend = mock_backend();
  return backend.base.open(&backend.base, 0, &d) == TSR_OK ? 0 : -1;
}

static int close_device(void **state) {
  (void)state;
  tsr_device_release(d);
  return mock_open_things();
}

static void test_every_image_is_there(void **state) {
  (void)state;
  for (int i = 0; i < TSRI_CUDA_IMAGES; i++) {
    const tsri_cuda_image *image = &tsri_cuda_images[i];
    assert_non_null(image->name);
    assert_true(image->size > 256);
    assert_int_equal(image->data[image->size], 0);
    static const unsigned char fatbin[] = {0x50, 0xED, 0x55, 0xBA};
    assert_int_equal(memcmp(image->data, fatbin, 4) != 0, image->is_text);
  }
}

static void test_an_image_is_loaded_once(void **state) {
  (void)state;
  struct CUfunc_st *one, *two;
  assert_int_equal(mock.modules, 0);
  assert_ok(tsri_cuda_prebuilt(d, TSRI_CUDA_IMAGE_move, "tsr_copy_4", &one));
  assert_ok(tsri_cuda_prebuilt(d, TSRI_CUDA_IMAGE_move, "tsr_copy_8", &two));
  assert_int_equal(mock.modules, 1);
  assert_ok(tsri_cuda_prebuilt(d, TSRI_CUDA_IMAGE_dot, "tsr_dot_f32", &one));
  assert_int_equal(mock.modules, 2);
}

static void test_what_fails_is_tried_again(void **state) {
  (void)state;
  struct CUfunc_st *kernel;
  mock.failure = MOCK_NOMEM;
  for (long k = 0; k < 64; k++) {
    mock.calls = 0;
    mock.fail_at = k;
    const tsr_status status =
        tsri_cuda_prebuilt(d, TSRI_CUDA_IMAGE_gather, "tsr_gather_4", &kernel);
    mock.fail_at = -1;
    if (status == TSR_OK) {
      assert_non_null(kernel);
      assert_true(k > 0);
      return;
    }
    /* embedded text goes through NVRTC, whose 2 says something else */
    const bool of_compiler = strncmp(mock.failed[mock.n_failed - 1], "nvrtc", 5) == 0;
    assert_int_equal(status, of_compiler ? TSR_ERR_DEVICE : TSR_ERR_NOMEM);
    assert_null(kernel);
  }
  fail_msg("it never succeeds");
}

static void test_a_launch_is_as_large_as_its_work_up_to_a_limit(void **state) {
  (void)state;
  struct CUfunc_st *kernel;
  char argument[64] = {0};
  assert_ok(tsri_cuda_prebuilt(d, TSRI_CUDA_IMAGE_move, "tsr_copy_4", &kernel));
  const int before = mock.launches;
  assert_ok(tsri_cuda_launch_threads(d->stream, kernel, 0, argument));
  assert_int_equal(mock.launches, before);
  assert_ok(tsri_cuda_launch_threads(d->stream, kernel, 1, argument));
  assert_int_equal(mock.blocks, 1);
  assert_ok(tsri_cuda_launch_threads(d->stream, kernel, 257, argument));
  assert_int_equal(mock.blocks, 2);
  assert_ok(tsri_cuda_launch_threads(d->stream, kernel, INT64_MAX, argument));
  assert_int_equal(mock.blocks, 32 * tsri_cuda_of(d)->facts.multiprocessors);
  assert_int_equal(mock.launches, before + 3);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_device, close_device)
  const struct CMUnitTest tests[] = {
      TEST(test_every_image_is_there),
      TEST(test_an_image_is_loaded_once),
      TEST(test_what_fails_is_tried_again),
      TEST(test_a_launch_is_as_large_as_its_work_up_to_a_limit),
  };
#undef TEST
  return cmocka_run_group_tests_name("gpu/prebuilt", tests, NULL, NULL);
}
