/* test_nvrtc.c - the real run-time compiler, which needs no GPU; skipped where it is missing. */
#include "cuda_internal.h"
#include "tsr_test.h"

#include <string.h>

static tsri_libraries all;

static const char add_text[] =
    "extern \"C\" __global__ void add(float *x, const float *y, int n) {\n"
    "  int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
    "  if (i < n) x[i] = x[i] * y[i] + y[i];\n"
    "}\n";

static void test_a_kernel_becomes_machine_code(void **state) {
  (void)state;
  const tsr_gpu_source source = {"add.cu", add_text, NULL, 0};
  tsr_gpu_image image;
  assert_ok(tsri_compile(&all, 90, &source, &image));
  assert_true(image.size > 64);
  assert_memory_equal(image.data, "\177ELF", 4);
  uint16_t machine; /* e_machine of an ELF file: EM_CUDA */
  memcpy(&machine, (char *)image.data + 18, sizeof machine);
  assert_int_equal(machine, 190);
  bool named = false;
  for (size_t i = 0; i + 9 < image.size; i++)
    named |= memcmp((char *)image.data + i, ".text.add", 9) == 0;
  assert_true(named);
  tsri_image_free(&image);
  assert_null(image.data);
}

static void test_a_younger_gpu_gets_ptx_without_contraction(void **state) {
  (void)state;
  const tsr_gpu_source source = {"add.cu", add_text, NULL, 0};
  tsr_gpu_image image;
  assert_ok(tsri_compile(&all, 999, &source, &image));
  assert_non_null(strstr(image.data, ".entry add"));
  assert_non_null(strstr(image.data, "mul.rn.f32")); /* two roundings */
  assert_null(strstr(image.data, "fma"));
  tsri_image_free(&image);
}

static void test_options_reach_the_compiler(void **state) {
  (void)state;
  static const char *const options[] = {"-DNAME=scale"};
  const tsr_gpu_source source = {"s.cu", "extern \"C\" __global__ void NAME(int *x) { *x = 2; }\n",
                                 options, 1};
  tsr_gpu_image image;
  assert_ok(tsri_compile(&all, 999, &source, &image));
  assert_non_null(strstr(image.data, ".entry scale"));
  tsri_image_free(&image);
}

static void test_the_compilers_messages_come_through(void **state) {
  (void)state;
  const tsr_gpu_source source = {"bad.cu", "__global__ void f() {\n  undeclared = 1;\n}\n", NULL,
                                 0};
  tsr_gpu_image image;
  assert_error_says(tsri_compile(&all, 90, &source, &image), TSR_ERR_ARGUMENT,
                    "bad.cu does not compile", "bad.cu(2): error", "undeclared");
  assert_null(image.data);
}

static void test_it_has_a_version(void **state) {
  (void)state;
  int32_t version[3];
  assert_ok(tsri_library_version(&all, TSR_GPU_NVRTC, version));
  assert_in_range(version[0], 12, 13);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_kernel_becomes_machine_code),
      cmocka_unit_test(test_a_younger_gpu_gets_ptx_without_contraction),
      cmocka_unit_test(test_options_reach_the_compiler),
      cmocka_unit_test(test_the_compilers_messages_come_through),
      cmocka_unit_test(test_it_has_a_version),
  };
  tsri_libraries_init(&all, &tsri_system_loader);
  int result = 77;
  if (tsri_library_need(&all, TSR_GPU_NVRTC) == TSR_OK) {
    result = cmocka_run_group_tests_name("gpu/nvrtc", tests, NULL, NULL);
  } else {
    print_message("skipped: %s\n", tsr_error_message());
  }
  tsri_libraries_close(&all);
  return result;
}
