/* oracle_spectrum.c - the ops of linalg that take a matrix apart into orthogonal factors.
 *
 * Where factors are one choice of many, these are another than that of LAPACK: only what does
 * not depend on the choice can be compared.
 */
#include "oracle_family.h"
#include "oracle_matrix.h"

#include <math.h>
#include <string.h>

static void numbers_into(const long double *from, tsr_array *x, int64_t k) {
  const int64_t n = x->dims[x->rank - 1];
  for (int64_t i = 0; i < n; i++)
    x->at[k * n + i] = (tsr_cell){.re = (double)from[i]};
}

/* The first rows and columns of a that matrix k of x has. */
static tsr_status corner_into(const oracle_call *c, const oracle_matrix *a, tsr_array *x,
                              int64_t k) {
  oracle_matrix z;
  TSR_TRY(oracle_matrix_make(c->arena, x->dims[x->rank - 2], x->dims[x->rank - 1], &z));
  for (int64_t i = 0; i < z.m; i++)
    for (int64_t j = 0; j < z.n; j++)
      *oracle_element(&z, i, j) = *oracle_element(a, i, j);
  oracle_matrix_into(&z, x, k);
  return TSR_OK;
}

static tsr_status svd(const oracle_call *c) {
  for (int64_t k = 0; k < oracle_count(&c->in[0], 2); k++) {
    oracle_matrix a, u, v;
    long double *s;
    TSR_TRY(oracle_matrix_of(c->arena, &c->in[0], k, &a));
    TSR_TRY(oracle_jacobi(c->arena, &a, &u, &s, &v));
    TSR_TRY(oracle_matrix_adjoint(c->arena, &v, &v));
    TSR_TRY(corner_into(c, &u, &c->out[0], k));
    numbers_into(s, &c->out[1], k);
    TSR_TRY(corner_into(c, &v, &c->out[2], k));
  }
  return TSR_OK;
}

static tsr_status svd_values(const oracle_call *c) {
  for (int64_t k = 0; k < oracle_count(&c->in[0], 2); k++) {
    oracle_matrix a, u, v;
    long double *s;
    TSR_TRY(oracle_matrix_of(c->arena, &c->in[0], k, &a));
    TSR_TRY(oracle_jacobi(c->arena, &a, &u, &s, &v));
    numbers_into(s, &c->out[0], k);
  }
  return TSR_OK;
}

static tsr_status eigen_of(const oracle_call *c, int64_t k, long double **w, oracle_matrix *v) {
  oracle_matrix a, whole;
  const bool lower = strcmp(oracle_word(c, "uplo"), "lower") == 0;
  TSR_TRY(oracle_matrix_of(c->arena, &c->in[0], k, &a));
  TSR_TRY(oracle_matrix_hermitian(c->arena, &a, lower, &whole));
  return oracle_eigen(c->arena, &whole, w, v);
}

static tsr_status eigh(const oracle_call *c) {
  for (int64_t k = 0; k < oracle_count(&c->in[0], 2); k++) {
    long double *w;
    oracle_matrix v;
    TSR_TRY(eigen_of(c, k, &w, &v));
    numbers_into(w, &c->out[0], k);
    oracle_matrix_into(&v, &c->out[1], k);
  }
  return TSR_OK;
}

static tsr_status eigh_values(const oracle_call *c) {
  for (int64_t k = 0; k < oracle_count(&c->in[0], 2); k++) {
    long double *w;
    oracle_matrix v;
    TSR_TRY(eigen_of(c, k, &w, &v));
    numbers_into(w, &c->out[0], k);
  }
  return TSR_OK;
}

/* Gram and Schmidt, every column twice; what is left of a column gives the next one of q. */
static int64_t orthonormal(const oracle_matrix *a, oracle_matrix *q) {
  int64_t k = 0;
  for (; k < a->n && k < a->m; k++) {
    long double length = 0;
    for (int64_t i = 0; i < a->m; i++)
      *oracle_element(q, i, k) = *oracle_element(a, i, k);
    for (int pass = 0; pass < 2; pass++)
      for (int64_t p = 0; p < k; p++) {
        oracle_number part = 0;
        for (int64_t i = 0; i < a->m; i++)
          part += conjl(*oracle_element(q, i, p)) * *oracle_element(q, i, k);
        for (int64_t i = 0; i < a->m; i++)
          *oracle_element(q, i, k) -= part * *oracle_element(q, i, p);
      }
    for (int64_t i = 0; i < a->m; i++)
      length += creall(conjl(*oracle_element(q, i, k)) * *oracle_element(q, i, k));
    for (int64_t i = 0; i < a->m; i++)
      *oracle_element(q, i, k) /= sqrtl(length);
  }
  return k;
}

/* r = q^H a, exact zeros below its diagonal */
static tsr_status qr(const oracle_call *c) {
  for (int64_t k = 0; k < oracle_count(&c->in[0], 2); k++) {
    oracle_matrix a, q, adjoint, r;
    TSR_TRY(oracle_matrix_of(c->arena, &c->in[0], k, &a));
    TSR_TRY(oracle_matrix_make(c->arena, a.m, a.m, &q));
    oracle_complete(&q, orthonormal(&a, &q));
    TSR_TRY(oracle_matrix_adjoint(c->arena, &q, &adjoint));
    TSR_TRY(oracle_matrix_product(c->arena, &adjoint, &a, &r));
    for (int64_t i = 0; i < r.m; i++)
      for (int64_t j = 0; j < i && j < r.n; j++)
        *oracle_element(&r, i, j) = 0;
    TSR_TRY(corner_into(c, &q, &c->out[0], k));
    TSR_TRY(corner_into(c, &r, &c->out[1], k));
  }
  return TSR_OK;
}

const oracle_entry oracle_spectra[] = {
    {"tessera.linalg.svd.v1",         svd        },
    {"tessera.linalg.svd_values.v1",  svd_values },
    {"tessera.linalg.eigh.v1",        eigh       },
    {"tessera.linalg.eigh_values.v1", eigh_values},
    {"tessera.linalg.qr.v1",          qr         },
    {NULL,                            NULL       }
};
