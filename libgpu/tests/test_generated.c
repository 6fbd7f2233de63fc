/* test_generated.c - generated kernels over a mock of the vendor's: what is compiled and kept,
 * how work is cut, and that any call and any allocation may fail.
 */
#include "kernels/generated.h"
#include "mock_cuda.h"
#include "tsr_test.h"

#include "tsr/alloc.h"

static tsri_cuda_backend backend;
static const tsr_backend *const b = &backend.base;
static const tsr_gpu_spi *const spi = &tsri_cuda_spi;
static tsr_device *d;

extern const tsr_kernel tsri_cuda_elementwise_kernels[];
extern const int32_t tsri_cuda_elementwise_kernel_count;

static int setup(void **state) {
  (void)state;
  backend = mock_backend();
  mock_reset();
  return b->open(b, 0, &d);
}

static int teardown(void **state) {
  (void)state;
  mock.fail_at = -1;
  tsr_device_release(d);
  return mock_open_things();
}

static const tsr_kernel *row_of(tsr_op_id id) {
  for (int32_t i = 0; i < tsri_cuda_elementwise_kernel_count; i++)
    if (tsri_cuda_elementwise_kernels[i].op == &tsri_cuda_ops[id])
      return &tsri_cuda_elementwise_kernels[i];
  fail_msg("no row for %s", tsr_op_core(id)->name);
  return NULL;
}

/* An application of an op to dense operands of one type. */
typedef struct application {
  const tsr_kernel *row;
  tsr_call call;
  tsr_prepare p;
  tsr_view in[3], out[1];
  int64_t dims[4], strides[4], out_dims[4], out_strides[4];
  bool wanted[1];
  int32_t alias[1];
} application;

static void describe(application *a, tsr_op_id id, const void *attrs, tsr_dtype dtype, int32_t rank,
                     const int64_t *dims) {
  *a = (application){.row = row_of(id), .wanted = {true}, .alias = {-1}};
  a->call = (tsr_call){
      .op = tsr_op_core(id), .attrs = attrs, .n_in = tsr_op_core(id)->min_inputs, .n_out = 1};
  for (int32_t i = 0; i < rank; i++)
    a->dims[i] = a->out_dims[i] = dims[i];
  tsr_layout_c_strides(rank, a->dims, a->strides);
  tsr_layout_c_strides(rank, a->dims, a->out_strides);
  for (int32_t i = 0; i < a->call.n_in; i++)
    a->in[i] = (tsr_view){NULL, a->dims, a->strides, rank, dtype};
  a->out[0] = (tsr_view){NULL, a->out_dims, a->out_strides, rank, dtype};
  a->p = (tsr_prepare){.device = d,
                       .call = &a->call,
                       .in = a->in,
                       .out = a->out,
                       .wanted = a->wanted,
                       .alias = a->alias};
}

/* Reduced over one axis of two. */
static void describe_sum(application *a, const tsr_reduce_attrs *attrs, tsr_dtype dtype,
                         int64_t rows, int64_t columns) {
  describe(a, TSR_OP_REDUCE_SUM, attrs, dtype, 2, (int64_t[]){rows, columns});
  a->out_dims[0] = a->dims[1 - attrs->axes.data[0]];
  a->out_strides[0] = 1;
  a->out[0].rank = 1;
}

static tsr_status prepare(application *a) {
  const tsr_status status = a->row->prepare(a->row, &a->p);
  if (status != TSR_OK) {
    assert_null(a->p.state);
    assert_int_equal(a->p.workspace, 0);
  }
  return status;
}

static void release(application *a) {
  if (a->p.release) a->p.release(a->p.state);
}

/* Run over memory of the device, all arrays in the same place: nothing computes here. */
static tsr_status run(application *a) {
  void *data;
  tsr_numeric numeric = {.batch = -1};
  TSR_TRY(b->alloc(d->stream, 4096, &data));
  for (int32_t i = 0; i < a->call.n_in; i++)
    a->in[i].data = data;
  a->out[0].data = data;
  a->call.state = a->p.state;
  a->call.workspace = a->p.workspace ? data : NULL;
  a->call.numeric = &numeric;
  const tsr_status status = a->row->run(d->stream, &a->call, a->in, a->out);
  b->free(d->stream, data, 4096);
  const tsr_status later = b->synchronize(d->stream);
  return status != TSR_OK ? status : later;
}

static tsr_gpu_codes codes(void) {
  tsr_gpu_codes counts;
  spi->codes(d, &counts);
  return counts;
}

static const tsri_cuda_nest *nest_of(const application *a) {
  const tsri_cuda_generated *g = a->p.state;
  assert_int_equal(g->n_nests, 1);
  return &g->nests[0];
}

/* ---- the cache ---- */

static void test_sizes_share_a_kernel_and_ranks_do_not(void **state) {
  (void)state;
  application small, large, strided;
  describe(&small, TSR_OP_ADD, NULL, TSR_F32, 1, (int64_t[]){7});
  describe(&large, TSR_OP_ADD, NULL, TSR_F32, 3, (int64_t[]){70, 50, 90}); /* dense: one axis */
  describe(&strided, TSR_OP_ADD, NULL, TSR_F32, 2, (int64_t[]){70, 50});
  strided.strides[0] = 100;
  assert_ok(prepare(&small));
  assert_ok(prepare(&large));
  assert_int_equal(codes().compiled, 1);
  assert_int_equal(codes().found, 1);
  assert_ok(prepare(&strided));
  assert_int_equal(codes().compiled, 2);
  assert_int_equal(codes().held, 2);
  assert_int_equal(mock.modules, 2);
  release(&small);
  release(&large);
  release(&strided);
  assert_int_equal(mock.modules, 2);
}

static void test_what_is_cleared_lives_while_it_is_used(void **state) {
  (void)state;
  application a;
  describe(&a, TSR_OP_EXP, NULL, TSR_F64, 1, (int64_t[]){5});
  assert_ok(prepare(&a));
  spi->codes_clear(d);
  assert_int_equal(codes().held, 0);
  assert_int_equal(mock.modules, 1);
  assert_ok(run(&a));
  assert_int_equal(mock.launches, 1);
  release(&a);
  assert_int_equal(mock.modules, 0);
}

static const char *const add_names[TSRI_CUDA_CODE_FUNCTIONS] = {"add", NULL};

static tsr_status find_text(int32_t i, tsri_cuda_code **out) {
  char text[32];
  const int n = snprintf(text, sizeof text, "kernel %d", i);
  return tsri_cuda_code_find(d, text, (size_t)n + 1, add_names, out);
}

static void test_the_cache_is_bounded(void **state) {
  (void)state;
  enum {
    MORE = 44
  };
  tsri_cuda_code *first, *code;
  assert_ok(find_text(0, &first));
  for (int32_t i = 1; i < TSRI_CUDA_CODES + MORE; i++) {
    assert_ok(find_text(i, &code));
    tsri_cuda_code_release(d, code);
  }
  assert_int_equal(codes().held, TSRI_CUDA_CODES);
  assert_int_equal(codes().evicted, MORE);
  assert_int_equal(mock.modules, TSRI_CUDA_CODES + 1); /* the first is still used */
  tsri_cuda_code_release(d, first);
  assert_int_equal(mock.modules, TSRI_CUDA_CODES);
  assert_ok(find_text(TSRI_CUDA_CODES + MORE - 1, &code)); /* the youngest is there */
  tsri_cuda_code_release(d, code);
  assert_int_equal(codes().found, 1);
}

static void *find_many(void *arg) {
  tsri_cuda_code **found = arg;
  for (int32_t i = 0; i < 20; i++)
    if (find_text(i, &found[i]) != TSR_OK) found[i] = NULL;
  return NULL;
}

static void test_threads_get_one_code_of_a_text(void **state) {
  (void)state;
  enum {
    THREADS = 4
  };
  static tsri_cuda_code *found[THREADS][20];
  pthread_t threads[THREADS];
  for (int t = 0; t < THREADS; t++)
    assert_int_equal(pthread_create(&threads[t], NULL, find_many, found[t]), 0);
  for (int t = 0; t < THREADS; t++)
    pthread_join(threads[t], NULL);
  for (int i = 0; i < 20; i++)
    for (int t = 0; t < THREADS; t++) {
      assert_non_null(found[t][i]);
      assert_ptr_equal(found[t][i], found[0][i]);
      tsri_cuda_code_release(d, found[t][i]);
    }
  assert_int_equal(mock.modules, 20);
  assert_int_equal(codes().held, 20);
}

static void test_a_wrong_text_gives_the_compilers_words(void **state) {
  (void)state;
  tsri_cuda_code *code;
  assert_error_says(tsri_cuda_code_find(d, "wrong", 6, add_names, &code), TSR_ERR_ARGUMENT,
                    "does not compile", "error: this is wrong");
  assert_int_equal(codes().held, 0);
}

/* ---- plans ---- */

static void test_rows_and_columns_are_cut_apart(void **state) {
  (void)state;
  const tsr_reduce_attrs along = {TSR_AXES(1)}, across = {TSR_AXES(0)};
  application rows, columns, tall;
  describe_sum(&rows, &along, TSR_F32, 5000, 1000);
  describe_sum(&columns, &across, TSR_F32, 1000, 50000);
  describe_sum(&tall, &across, TSR_F64, 1 << 20, 3);
  assert_ok(prepare(&rows)); /* a block of 256 for each row */
  assert_int_equal(nest_of(&rows)->grid.blocks[0], 5000);
  assert_int_equal(nest_of(&rows)->grid.blocks[1], 1);
  assert_int_equal(rows.p.workspace, 0);
  assert_ok(prepare(&columns)); /* 32 columns by 8 */
  assert_int_equal(nest_of(&columns)->grid.blocks[0], 1563);
  assert_ok(prepare(&tall)); /* 4 columns by 64, in chunks that a second kernel joins */
  assert_int_equal(nest_of(&tall)->grid.blocks[0], 1);
  assert_int_equal(nest_of(&tall)->grid.blocks[1], 512);
  assert_int_equal(tall.p.workspace, 3 * 512 * 16);
  assert_ok(run(&tall));
  assert_int_equal(mock.launches, 2);
  release(&rows);
  release(&columns);
  release(&tall);
}

static void test_indices_are_as_wide_as_they_must(void **state) {
  (void)state;
  application narrow, many, far;
  describe(&narrow, TSR_OP_NEG, NULL, TSR_F32, 1, (int64_t[]){1 << 30});
  describe(&many, TSR_OP_NEG, NULL, TSR_F32, 1, (int64_t[]){(1 << 30) + 1});
  describe(&far, TSR_OP_NEG, NULL, TSR_F32, 1, (int64_t[]){3});
  far.strides[0] = -(INT64_C(1) << 30) - 1;
  assert_ok(prepare(&narrow));
  assert_ok(prepare(&many));
  assert_ok(prepare(&far));
  assert_int_equal(nest_of(&narrow)->text.bits, 32);
  assert_int_equal(nest_of(&many)->text.bits, 64);
  assert_int_equal(nest_of(&far)->text.bits, 64);
  release(&narrow);
  release(&many);
  release(&far);
}

static void test_an_output_may_take_an_input_that_lies_alike(void **state) {
  (void)state;
  application alike, apart, other;
  describe(&alike, TSR_OP_ADD, NULL, TSR_F32, 2, (int64_t[]){3, 4});
  describe(&apart, TSR_OP_NEG, NULL, TSR_F32, 2, (int64_t[]){3, 4});
  apart.strides[0] = 8;
  describe(&other, TSR_OP_COMPARE, &(tsr_compare_attrs){TSR_LT}, TSR_F32, 2, (int64_t[]){3, 4});
  other.out[0].dtype = TSR_BOOL;
  assert_ok(prepare(&alike));
  assert_ok(prepare(&apart));
  assert_ok(prepare(&other));
  assert_int_equal(alike.alias[0], 0);
  assert_int_equal(apart.alias[0], -1);
  assert_int_equal(other.alias[0], -1);
  release(&alike);
  release(&apart);
  release(&other);
}

static void test_too_many_operands_are_refused(void **state) {
  (void)state;
  enum {
    N = 400
  };
  static tsr_expr_load loads[N];
  static tsr_expr_step steps[N];
  static const int32_t axes[] = {0};
  const tsr_dim dims[] = {tsr_dim_of(3)};
  const tsr_expr_out out = {0, NULL, 0};
  for (int32_t i = 0; i < N; i++) {
    loads[i] = (tsr_expr_load){TSR_F32, 1, axes};
    steps[i] = (tsr_expr_step){
        .dtype = TSR_F32, .arg = {i, -1, -1}
    };
  }
  const tsr_expr form = {.rank = 1,
                         .dims = dims,
                         .n_inputs = N,
                         .inputs = loads,
                         .n_steps = N,
                         .steps = steps,
                         .n_outputs = 1,
                         .outputs = &out};
  static tsr_view in[N];
  application a;
  tsr_expr *expr;
  describe(&a, TSR_OP_NEG, NULL, TSR_F32, 1, (int64_t[]){3});
  for (int32_t i = 0; i < N; i++)
    in[i] = a.in[0];
  a.p.in = in;
  assert_ok(tsr_expr_create(&form, NULL, &expr));
  assert_error_says(tsri_cuda_generated_prepare(expr, &a.p), TSR_ERR_UNSUPPORTED, "4096 bytes");
  tsr_expr_release(expr);
  assert_null(a.p.state);
}

/* ---- findings ---- */

static void test_a_finding_is_told_once(void **state) {
  (void)state;
  application a;
  describe(&a, TSR_OP_DIV, NULL, TSR_I32, 1, (int64_t[]){3});
  assert_ok(prepare(&a));
  assert_ok(run(&a));
  const uint32_t one = 1;
  memcpy(mock_memory(tsri_cuda_of(d)->findings), &one, sizeof one);
  assert_error_says(run(&a), TSR_ERR_NUMERIC, "integer division by zero");
  assert_ok(run(&a));
  release(&a);
}

static void test_who_finds_nothing_has_no_place_for_it(void **state) {
  (void)state;
  application a;
  describe(&a, TSR_OP_DIV, NULL, TSR_F32, 1, (int64_t[]){3});
  assert_ok(prepare(&a));
  assert_int_equal(tsri_cuda_of(d)->findings, 0);
  release(&a);
}

/* ---- failures ---- */

/* A map, one with findings, and a reduction in two kernels. */
static tsr_status everything(void) {
  const tsr_reduce_attrs across = {TSR_AXES(0)};
  application at[3];
  describe(&at[0], TSR_OP_ADD, NULL, TSR_F32, 1, (int64_t[]){3});
  describe(&at[1], TSR_OP_REM, NULL, TSR_I32, 1, (int64_t[]){3});
  describe_sum(&at[2], &across, TSR_BF16, 1 << 16, 2);
  tsr_status status = TSR_OK;
  for (int i = 0; i < 3 && status == TSR_OK; i++) {
    status = prepare(&at[i]);
    if (status == TSR_OK) status = run(&at[i]);
    release(&at[i]);
  }
  return status;
}

static void fail_at(long k, tsri_result failure) {
  mock_reset();
  assert_ok(b->open(b, 0, &d));
  mock.calls = 0;
  mock.fail_at = k;
  mock.failure = failure;
  const tsr_status status = everything();
  const char *failed = mock.failed[0];
  assert_int_equal(mock.n_failed, 1);
  mock.fail_at = -1;
  const bool is_silent = mock_releases(failed) || strncmp(failed, "cuCtx", 5) == 0 ||
                         strcmp(failed, "cuMemPoolGetAttribute") == 0 ||
                         (failure == MOCK_NOMEM && strcmp(failed, "cuMemAllocFromPoolAsync") == 0);
  if (status == TSR_OK && !is_silent) fail_msg("nobody was told that %s failed", failed);
  if (status != TSR_OK) assert_non_null(strstr(tsr_error_message(), failed));
  mock_current = MOCK_FOREIGN;
  (void)b->synchronize(d->stream); /* a failed release is told here at the latest */
  assert_ok(everything());
  tsr_device_release(d);
  assert_int_equal(mock_open_things(), 0);
}

static void test_every_call_may_fail(void **state) {
  (void)state;
  backend = mock_backend();
  mock_reset();
  assert_ok(b->open(b, 0, &d));
  mock.calls = 0;
  assert_ok(everything());
  const long total = mock.calls;
  tsr_device_release(d);
  assert_true(total > 60);
  for (long k = 0; k < total; k++) {
    fail_at(k, MOCK_ILLEGAL_ADDRESS);
    fail_at(k, MOCK_NOMEM);
  }
}

static tsr_status from_nothing(void *arg) {
  (void)arg;
  TSR_TRY(b->open(b, 0, &d));
  const tsr_status status = everything();
  tsr_device_release(d);
  return status;
}

static void test_running_out_of_host_memory(void **state) {
  (void)state;
  backend = mock_backend();
  mock_reset();
  tsr_test_oom(from_nothing, NULL);
  assert_int_equal(mock_open_things(), 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(test_sizes_share_a_kernel_and_ranks_do_not),
      TEST(test_what_is_cleared_lives_while_it_is_used),
      TEST(test_the_cache_is_bounded),
      TEST(test_threads_get_one_code_of_a_text),
      TEST(test_a_wrong_text_gives_the_compilers_words),
      TEST(test_rows_and_columns_are_cut_apart),
      TEST(test_indices_are_as_wide_as_they_must),
      TEST(test_an_output_may_take_an_input_that_lies_alike),
      TEST(test_too_many_operands_are_refused),
      TEST(test_a_finding_is_told_once),
      TEST(test_who_finds_nothing_has_no_place_for_it),
      cmocka_unit_test(test_every_call_may_fail),
      cmocka_unit_test(test_running_out_of_host_memory),
  };
  return cmocka_run_group_tests_name("gpu/generated", tests, NULL, NULL);
}
