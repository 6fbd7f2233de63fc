/* test_blas.c - each entry of the BLAS and LAPACK tables, on 2 x 2 matrices done by hand. */
#include "device_internal.h"
#include "tsr_test.h"

#include <complex.h>
#include <math.h>
#include <string.h>

enum {
  N = 4
};

/* Element types of the tables, in order. */
static const size_t sizes[4] = {sizeof(float), sizeof(double), sizeof(float complex),
                                sizeof(double complex)};

static void pack(int type, int n, const double complex *from, void *to) {
  for (int i = 0; i < n; i++) {
    float complex single = (float complex)from[i];
    float f = crealf(single);
    double d = creal(from[i]);
    const void *const all[] = {&f, &d, &single, &from[i]};
    memcpy((char *)to + (size_t)i * sizes[type], all[type], sizes[type]);
  }
}

static double complex at(int type, const void *data, int i) {
  const void *p = (const char *)data + (size_t)i * sizes[type];
  if (type == 0) return *(const float *)p;
  if (type == 1) return *(const double *)p;
  if (type == 2) return *(const float complex *)p;
  return *(const double complex *)p;
}

static void assert_all(int type, const void *data, const double complex *expected, int n) {
  double eps = type % 2 ? 1e-14 : 1e-5; /* condition below 20 */
  for (int i = 0; i < n; i++) {
    assert_near(cabs(at(type, data, i) - expected[i]), 0, 0, eps);
  }
}

static const int two = 2;
/* column-major [[1, 3], [2, 4]]: columns (1, 2) and (3, 4) */
static const double complex a0[N] = {1, 2, 3, 4}, b0[N] = {5, 6, 7, 8}, one[1] = {1}, zero[1] = {0};

static void test_gemm(void **state) {
  (void)state;
  for (int type = 0; type < 4; type++) {
    _Alignas(16) char a[64], b[64], c[64], alpha[16], beta[16];
    pack(type, N, a0, a);
    pack(type, N, b0, b);
    pack(type, 1, one, alpha);
    pack(type, 1, zero, beta);
    memset(c, 0, sizeof c);
    tsri_cpu_blas.gemm[type]("T", "N", &two, &two, &two, alpha, a, &two, b, &two, beta, c, &two);
    assert_all(type, c, (double complex[]){17, 39, 23, 53}, N);
  }
}

static void test_trsm(void **state) {
  (void)state;
  for (int type = 0; type < 4; type++) {
    _Alignas(16) char a[64], b[64], alpha[16];
    pack(type, N, a0, a); /* its lower triangle: [[1, 0], [2, 4]] */
    pack(type, N, (double complex[]){1, 10, 2, 8}, b);
    pack(type, 1, one, alpha);
    tsri_cpu_blas.trsm[type]("L", "L", "N", "N", &two, &two, alpha, a, &two, b, &two);
    assert_all(type, b, (double complex[]){1, 2, 2, 1}, N);
  }
}

static void test_getrf_and_getrs(void **state) {
  (void)state;
  for (int type = 0; type < 4; type++) {
    _Alignas(16) char a[64], b[64];
    int pivots[2], info = -1;
    pack(type, N, a0, a);
    pack(type, 2, (double complex[]){7, 10}, b); /* x = (1, 2) */
    tsri_cpu_lapack.getrf[type](&two, &two, a, &two, pivots, &info);
    assert_int_equal(info, 0);
    assert_int_equal(pivots[0], 2);
    int columns = 1;
    tsri_cpu_lapack.getrs[type]("N", &two, &columns, a, &two, pivots, b, &two, &info);
    assert_int_equal(info, 0);
    assert_all(type, b, (double complex[]){1, 2}, 2);
  }
}

/* [[4, 2], [2, 5]] = l l^T; what stands above the diagonal stays */
static void test_potrf(void **state) {
  (void)state;
  for (int type = 0; type < 4; type++) {
    _Alignas(16) char a[64];
    int info = -1;
    pack(type, N, (double complex[]){4, 2, 7, 5}, a);
    tsri_cpu_lapack.potrf[type]("L", &two, a, &two, &info);
    assert_int_equal(info, 0);
    assert_all(type, a, (double complex[]){2, 1, 7, 2}, N);
    pack(type, N, (double complex[]){4, 2, 7, 1}, a);
    tsri_cpu_lapack.potrf[type]("L", &two, a, &two, &info);
    assert_int_equal(info, 2);
  }
}

static void test_gesdd(void **state) {
  (void)state;
  for (int type = 0; type < 4; type++) {
    _Alignas(16) char a[64], u[64], vt[64], s[32], work[4096], rwork[1024];
    int iwork[64], info = -1, lwork = 128;
    pack(type, N, a0, a);
    tsri_cpu_lapack.gesdd[type]("A", &two, &two, a, &two, s, u, &two, vt, &two, work, &lwork, rwork,
                                iwork, &info);
    assert_int_equal(info, 0);
    /* s^2 = 15 +- sqrt(221) */
    double first = type % 2 ? ((double *)(void *)s)[0] : ((float *)(void *)s)[0];
    assert_near(first, sqrt(15 + sqrt(221)), type % 2 ? 1e-15 : 1e-6, 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_gemm),
      cmocka_unit_test(test_trsm),
      cmocka_unit_test(test_getrf_and_getrs),
      cmocka_unit_test(test_potrf),
      cmocka_unit_test(test_gesdd),
  };
  return cmocka_run_group_tests_name("cpu/blas", tests, NULL, NULL);
}
