/* test_hostile_linalg.c - matrices that no algorithm likes: zero, singular, huge, tiny, infinite,
 * NaN, empty. Every function of linear algebra ends, with a result or ERR_NUMERIC, and nothing
 * below prints a word.
 */
#define _POSIX_C_SOURCE 200809L /* dup, alarm */
#include "contracts.h"

#include <unistd.h>

/* ---- functions: of a and a right-hand side ---- */

#define ROW(name, ...)                                                                             \
  static void name(tsr_builder *b, tsr_value a, tsr_value rhs, tsr_value *out) {                   \
    (void)rhs;                                                                                     \
    __VA_ARGS__                                                                                    \
  }
#define OUT(call) out[0] = (call);

ROW(f_svd, tsr_svd_result r = tsr_svd(b, a, TSR_SVD_REDUCED); out[0] = r.u; out[1] = r.s;
    out[2] = r.vt;)
ROW(f_svd_full, OUT(tsr_svd(b, a, TSR_SVD_FULL).vt))
ROW(f_svd_values, OUT(tsr_svd(b, a, TSR_SVD_VALUES).s))
ROW(f_qr, tsr_qr_result r = tsr_qr(b, a, TSR_QR_REDUCED); out[0] = r.q; out[1] = r.r;)
ROW(f_qr_complete, OUT(tsr_qr(b, a, TSR_QR_COMPLETE).q))
ROW(f_eigh, tsr_eigh_result r = tsr_eigh(b, a, TSR_LOWER); out[0] = r.w; out[1] = r.v;)
ROW(f_eigvalsh, OUT(tsr_eigvalsh(b, a, TSR_UPPER)))
ROW(f_lstsq, tsr_lstsq_result r = tsr_lstsq(b, a, rhs, TSR_RCOND_DEFAULT); out[0] = r.x;
    out[1] = r.residuals; out[2] = r.rank;)
ROW(f_lstsq_inf, OUT(tsr_lstsq(b, a, rhs, INFINITY).x))
ROW(f_pinv, OUT(tsr_pinv(b, a, 0)))
ROW(f_rank, OUT(tsr_matrix_rank(b, a, 1e-300)))
ROW(f_cond, OUT(tsr_matrix_cond(b, a)))
ROW(f_vector_norm, OUT(tsr_vector_norm(b, a, TSR_ALL_AXES, -INFINITY)))
ROW(f_vector_norm_small, OUT(tsr_vector_norm(b, a, TSR_ALL_AXES, 1e-300)))
ROW(f_nuclear, OUT(tsr_matrix_norm(b, a, TSR_NORM_NUC)))
ROW(f_triangular,
    const tsr_triangular_options o = {TSR_LEFT, TSR_LOWER, TSR_TRANS_NONE, TSR_DIAG_NON_UNIT};
    OUT(tsr_triangular_solve(b, a, rhs, &o)))
ROW(f_cholesky, OUT(tsr_cholesky(b, a, TSR_LOWER)))
ROW(f_cholesky_ex, tsr_cholesky_result r = tsr_cholesky_ex(b, a, TSR_UPPER); out[0] = r.factor;
    out[1] = r.info;)
ROW(f_cholesky_solve, OUT(tsr_cholesky_solve(b, a, rhs, TSR_LOWER)))
ROW(f_lu, tsr_lu_result r = tsr_lu(b, a); memcpy(out, &r, sizeof r);)
ROW(f_lu_solve, OUT(tsr_lu_solve(b, tsr_lu_factor(b, a), rhs)))
ROW(f_solve, OUT(tsr_solve(b, a, rhs)))
ROW(f_solve_ex, tsr_solve_result r = tsr_solve_ex(b, a, rhs); memcpy(out, &r, sizeof r);)
ROW(f_inv, OUT(tsr_inv(b, a)))
ROW(f_inv_ex, tsr_solve_result r = tsr_inv_ex(b, a); memcpy(out, &r, sizeof r);)
ROW(f_power, OUT(tsr_matrix_power(b, a, 5)))
ROW(f_power_most, OUT(tsr_matrix_power(b, a, INT64_MAX)))
ROW(f_power_least, OUT(tsr_matrix_power(b, a, INT64_MIN)))
ROW(f_det, OUT(tsr_det(b, a)))
ROW(f_slogdet, tsr_slogdet_result r = tsr_slogdet(b, a); memcpy(out, &r, sizeof r);)

static const struct {
  void (*run)(tsr_builder *, tsr_value, tsr_value, tsr_value *);
  const char *name;
} functions[] = {
#define F(name)                                                                                    \
  { f_##name, #name }
    F(svd),
    F(svd_full),
    F(svd_values),
    F(qr),
    F(qr_complete),
    F(eigh),
    F(eigvalsh),
    F(lstsq),
    F(lstsq_inf),
    F(pinv),
    F(rank),
    F(cond),
    F(nuclear),
    F(triangular),
    F(cholesky),
    F(vector_norm),
    F(vector_norm_small),
    F(lu),
    F(lu_solve),
    F(solve),
    F(cholesky_ex),
    F(cholesky_solve),
    F(solve_ex),
    F(inv),
    F(inv_ex),
    F(power),
    F(power_most),
    F(det),
    F(slogdet),
    F(power_least),
};

/* ---- matrices ---- */

static double zero(int64_t i, int64_t j) { return (void)i, (void)j, 0; }
static double ones(int64_t i, int64_t j) { return (void)i, (void)j, 1; }
static double all_nan(int64_t i, int64_t j) { return (void)i, (void)j, NAN; }
static double one_nan(int64_t i, int64_t j) { return i == 1 && j == 1 ? NAN : i == j; }
static double last_inf(int64_t i, int64_t j) { return i == 0 && j == 1 ? -INFINITY : i == j; }
static double all_inf(int64_t i, int64_t j) { return (void)i, (void)j, INFINITY; }
static double huge(int64_t i, int64_t j) { return i == j ? 3e38 : -3e38; }
static double tiny(int64_t i, int64_t j) { return i == j ? 1e-45 : 5e-324; }
static double mixed(int64_t i, int64_t j) { return i == j ? (i == 0 ? 1e38 : 1e-38) : 1; }
static double (*const matrices[])(int64_t, int64_t) = {zero,    ones, all_nan, one_nan, last_inf,
                                                       all_inf, huge, tiny,    mixed};

static const int64_t sizes[][3] = {
  /* batch (-1: none), m, n */
    {-1, 3, 3},
    {-1, 0, 0},
    {-1, 0, 3},
    {-1, 3, 0},
    {-1, 1, 1},
    {-1, 4, 2},
    {-1, 2, 4},
    {0,  3, 3},
    {2,  3, 3},
    {2,  0, 0},
    {2,  2, 0}
};

static void put(tsr_dtype dtype, void *to, size_t i, double x) {
  if (dtype == TSR_F32) ((float *)to)[i] = (float)x;
  if (dtype == TSR_F64) ((double *)to)[i] = x;
  if (dtype == TSR_C64) ((float *)to)[2 * i] = (float)x, ((float *)to)[2 * i + 1] = 0;
  if (dtype == TSR_C128) ((double *)to)[2 * i] = x, ((double *)to)[2 * i + 1] = 0;
}

static tsr_value filled(tsr_builder *b, tsr_dtype dtype, const int64_t *size,
                        double (*entry)(int64_t, int64_t)) {
  double data[64];
  const int64_t n = size[0] < 0 ? 1 : size[0], m = size[1] * size[2];
  for (int64_t k = 0; k < n * m; k++)
    put(dtype, data, (size_t)k, entry(k % m / size[2], k % m % size[2]));
  const tsr_dims all = {size, 3}, matrix = {size + 1, 2};
  return tsr_from_data(b, dtype, size[0] < 0 ? matrix : all, data);
}

/* ---- what must hold ---- */

static void check_one(tsr_builder *b, size_t f, tsr_value a, tsr_value rhs) {
  tsr_value out[4] = {{0}, {0}, {0}, {0}};
  double seen[256];
  functions[f].run(b, a, rhs, out);
  tsr_status status = tsr_builder_status(b);
  for (int k = 0; status == TSR_OK && k < 4; k++) {
    tsr_tensor *t = NULL;
    if (tsr_value_is_none(out[k])) continue;
    status = tsr_to_tensor(b, out[k], &t);
    if (status == TSR_OK)
      status = tsr_tensor_read(t, seen,
                               (size_t)tsr_tensor_count(t) * tsr_dtype_size(tsr_tensor_dtype(t)));
    tsr_tensor_release(t);
  }
  if (status != TSR_OK && status != TSR_ERR_NUMERIC && status != TSR_ERR_SHAPE &&
      status != TSR_ERR_ARGUMENT)
    fail_msg("%s: %s: %s", functions[f].name, tsr_status_name(status), tsr_error_message());
  if (status != TSR_OK && tsr_error_message()[0] == 0)
    fail_msg("%s: %s without a message", functions[f].name, tsr_status_name(status));
  tsr_builder_clear(b);
  assert_false(tsr_value_is_none(tsr_add(b, a, a))); /* as if nothing had happened */
}

static void check_all(void) {
  static const tsr_dtype dtypes[] = {TSR_F32, TSR_F64, TSR_C64, TSR_C128};
  for (size_t d = 0; d < COUNT(dtypes); d++)
    for (size_t s = 0; s < COUNT(sizes); s++)
      for (size_t m = 0; m < COUNT(matrices); m++) {
        tsr_builder *b = NULL;
        assert_ok(tsr_eager_open(rt, "cpu", &b));
        const int64_t right[3] = {sizes[s][0], sizes[s][1], 2};
        const tsr_value a = filled(b, dtypes[d], sizes[s], matrices[m]);
        const tsr_value rhs = filled(b, dtypes[d], right, ones);
        for (size_t f = 0; f < COUNT(functions); f++)
          check_one(b, f, a, rhs);
        tsr_builder_close(b);
      }
}

/* Both streams go to a file, which must stay empty. */
static void test_bad_matrices_end_in_silence(void **state) {
  (void)state;
  FILE *said = tmpfile();
  assert_non_null(said);
  fflush(stdout);
  fflush(stderr);
  const int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
  assert_true(dup2(fileno(said), STDOUT_FILENO) >= 0 && dup2(fileno(said), STDERR_FILENO) >= 0);
  alarm(120); /* for an algorithm that never ends */
  check_all();
  alarm(0);
  fflush(stdout);
  fflush(stderr);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  close(out);
  close(err);
  assert_int_equal(lseek(fileno(said), 0, SEEK_END), 0);
  fclose(said);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_bad_matrices_end_in_silence)};
  return cmocka_run_group_tests(tests, open_all, teardown);
}
