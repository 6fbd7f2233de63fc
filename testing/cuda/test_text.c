/* test_text.c - every .cu file as the text that a build without nvcc embeds: NVRTC compiles it,
 * and every kernel that rows ask for by name is in it. Skipped without NVRTC.
 *
 * This program has its own table of images, made of text whatever the library's is.
 */
#include "cuda_internal.h"
#include "tsr_test.h"

#include <stdio.h>
#include <string.h>

static tsri_libraries all;

static bool contains(const tsr_gpu_image *code, const char *name) {
  char section[80];
  const int n = snprintf(section, sizeof section, ".text.%s", name);
  for (size_t i = 0; i + (size_t)n < code->size; i++)
    if (memcmp((const char *)code->data + i, section, (size_t)n + 1) == 0) return true;
  return false;
}

/* One kernel of each kind, as the rows spell them. */
/* clang-format off */
static const char *const wanted[TSRI_CUDA_IMAGES][4] = {
    [TSRI_CUDA_IMAGE_move] = {"tsr_copy_1", "tsr_copy_16", "tsr_tile_2", "tsr_tile_16"},
    [TSRI_CUDA_IMAGE_create] = {"tsr_iota_u8", "tsr_iota_bf16", "tsr_iota_c128"},
    [TSRI_CUDA_IMAGE_gather] = {"tsr_gather_1", "tsr_gather_8", "tsr_put_2"},
    [TSRI_CUDA_IMAGE_scatter] = {"tsr_scatter_starts", "tsr_add_windows_f16",
                                 "tsr_max_elements_f64", "tsr_set_elements_16"},
    [TSRI_CUDA_IMAGE_arg_reduce] = {"tsr_argmax_u64", "tsr_argmin_block_f32"},
    [TSRI_CUDA_IMAGE_cumulative] = {"tsr_cumsum_c64", "tsr_cummax_bf16"},
    [TSRI_CUDA_IMAGE_sort] = {"tsr_merge_f16", "tsr_carry_16"},
    [TSRI_CUDA_IMAGE_random] = {"tsr_random"},
    [TSRI_CUDA_IMAGE_dot] = {"tsr_dot_u32", "tsr_dot_f64"},
};
/* clang-format on */

static void test_nvrtc_compiles_every_file(void **state) {
  (void)state;
  for (int i = 0; i < TSRI_CUDA_IMAGES; i++) {
    const tsri_cuda_image *image = &tsri_cuda_images[i];
    const tsr_gpu_source source = {image->name, (const char *)image->data, NULL, 0};
    tsr_gpu_image code;
    assert_true(image->is_text);
    assert_non_null(wanted[i][0]);
    assert_ok(tsri_compile(&all, 90, &source, &code));
    for (int k = 0; k < 4 && wanted[i][k]; k++)
      if (!contains(&code, wanted[i][k])) fail_msg("%s has no %s", image->name, wanted[i][k]);
    tsri_image_free(&code);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_nvrtc_compiles_every_file)};
  tsri_libraries_init(&all, &tsri_system_loader);
  if (tsri_library_need(&all, TSR_GPU_NVRTC) != TSR_OK) {
    print_message("skipped: %s\n", tsr_error_message());
    tsri_libraries_close(&all);
    return 77;
  }
  const int result = cmocka_run_group_tests_name("gpu/text", tests, NULL, NULL);
  tsri_libraries_close(&all);
  return result;
}
