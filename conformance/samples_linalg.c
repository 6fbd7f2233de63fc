/* samples_linalg.c - samples of the ops that linalg registers.
 *
 * Bodies use the surface functions, and only what does not depend on a choice of signs: the
 * vectors of a decomposition come in products.
 */
#include "sample.h"

#include "tsr/linalg.h"
#include "tsr/ops.h"
#include "tsr/spi/builder.h"

/* a + 6 I, far from singular for elements around 1 */
static tsr_value shifted(tsr_builder *b, tsr_value a) {
  tsr_type type;
  if (tsr_value_type(b, a, &type) != TSR_OK) return TSR_NO_VALUE;
  const tsr_shape square = {type.dims + type.rank - 2, 2};
  const tsr_value eye = tsr_eq(b, tsr_iota(b, TSR_I32, square, 0), tsr_iota(b, TSR_I32, square, 1));
  return tsr_add(b, a, tsr_mul(b, tsr_convert(b, eye, type.dtype), tsr_scalar(b, 6)));
}

static tsr_value adjoint(tsr_builder *b, tsr_value a) {
  return tsr_conj(b, tsr_swapaxes(b, a, -2, -1));
}

/* A body of one square matrix, and a batch: of no elements, of one, and large. */
static void add_squares(sample_list *list, tsr_body body, int32_t n_out) {
  const sample_operand none = KEY(0, 3, 3), empty = KEY(2, 0, 0), one = KEY(1, 1),
                       many = KEY(460, 3, 3), big = KEY(41, 41);
  sample_add_body(list, body, n_out, 1, &none);
  sample_add_body(list, body, n_out, 1, &empty);
  sample_add_body(list, body, n_out, 1, &one);
  sample_add_body_large(list, body, n_out, 1, &many);
  sample_add_body_large(list, body, n_out, 1, &big);
}

/* The same with n more columns for a right-hand side. */
static void add_systems(sample_list *list, tsr_body body, int32_t n_out) {
  const sample_operand none[] = {KEY(0, 3, 3), KEY(0, 3, 2)}, empty[] = {KEY(0, 0), KEY(0, 2)},
                       one[] = {KEY(1, 1), KEY(1, 1)}, bare[] = {KEY(3, 3), KEY(3, 0)},
                       many[] = {KEY(230, 3, 3), KEY(230, 3, 3)},
                       big[] = {KEY(41, 41), KEY(41, 61)};
  sample_add_body(list, body, n_out, 2, none);
  sample_add_body(list, body, n_out, 2, empty);
  sample_add_body(list, body, n_out, 2, one);
  sample_add_body(list, body, n_out, 2, bare);
  sample_add_body_large(list, body, n_out, 2, many);
  sample_add_body_large(list, body, n_out, 2, big);
}

/* An application to matrices of no elements, of one, tall ones and wide ones, and large. */
static void add_factors(sample_list *list, const void *attrs) {
  const sample_operand small[] = {KEY(0, 3, 3), KEY(0, 0), KEY(3, 0), KEY(1, 1)},
                       many = KEY(460, 3, 3), big = KEY(41, 41);
  for (size_t i = 0; i < sizeof small / sizeof *small; i++)
    sample_add_choice(list, attrs, 1, &small[i]);
  sample_add_large(list, attrs, 1, &many);
  sample_add_large(list, attrs, 1, &big);
}
static void add_square_factors(sample_list *list, const void *attrs) {
  const sample_operand small[] = {KEY(0, 3, 3), KEY(0, 0), KEY(1, 1), KEY(5, 5)},
                       many = KEY(460, 3, 3), big = KEY(41, 41);
  for (size_t i = 0; i < sizeof small / sizeof *small; i++)
    sample_add_choice(list, attrs, 1, &small[i]);
  sample_add_large(list, attrs, 1, &many);
  sample_add_large(list, attrs, 1, &big);
}

static tsr_status solve_body(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_solve(b, shifted(b, in[0]), in[1]);
  return TSR_OK;
}
static tsr_status reported_body(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  const tsr_solve_result r = tsr_solve_ex(b, shifted(b, in[0]), in[1]);
  out[0] = r.x;
  out[1] = r.info;
  return TSR_OK;
}
/* The elements of attributes of linalg's ops, which are private to it, by their tables. */
typedef struct one_word {
  int32_t word;
} one_word;

/* a^H x = rhs, which reverse mode asks for, from factors of a. */
static tsr_status adjoint_body(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  const sample *s = ctx;
  const one_word raise = {0}, adjoint_form = {1};
  const tsr_op *lu = tsr_registry_find(b->registry, "tessera.linalg.lu.v1");
  const tsr_value a = shifted(b, in[0]);
  tsr_value f[3];
  TSR_TRY(tsr_emit(b, lu, &raise, TSR_VALUES(a), f));
  out[0] = tsr_emit1(b, s->op, &adjoint_form, TSR_VALUES(a, f[0], f[1], in[1]));
  return tsr_builder_status(b);
}
static void solve(sample_list *list) {
  const sample_operand one[] = {KEY(3, 3), KEY(3, 2)}, many[] = {KEY(2, 3, 3), KEY(2, 3, 4)};
  sample_add_body(list, solve_body, 1, 2, one);
  sample_add_body(list, solve_body, 1, 2, many);
  sample_add_body(list, reported_body, 2, 2, many);
  add_systems(list, solve_body, 1);
  add_systems(list, adjoint_body, 1);
  sample_add_body(list, adjoint_body, 1, 2, many);
}

/* Raise, and report. */
static void lu(sample_list *list) {
  const int32_t failure[] = {0, 1};
  ADD(&failure[0], KEY(3, 3));
  ADD(&failure[0], KEY(2, 4, 4));
  ADD(&failure[1], KEY(2, 3, 3));
  add_square_factors(list, &failure[0]);
}

static tsr_status lu_factor_body(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  const tsr_lu_result r = tsr_lu(b, shifted(b, in[0]));
  out[0] = r.p;
  out[1] = r.l;
  out[2] = r.u;
  return TSR_OK;
}
static tsr_status lu_solve_body(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  const tsr_lu_factors f = tsr_lu_factor(b, shifted(b, in[0]));
  out[0] = tsr_lu_solve(b, f, in[1]);
  out[1] = f.pivots;
  return TSR_OK;
}
static void lu_factor(sample_list *list) {
  const sample_operand square[] = {KEY(3, 3)}, tall[] = {KEY(4, 2)}, wide[] = {KEY(2, 2, 4)},
                       solves[] = {KEY(2, 3, 3), KEY(3, 2)};
  sample_add_body(list, lu_factor_body, 3, 1, square);
  sample_add_body(list, lu_factor_body, 3, 1, tall);
  sample_add_body(list, lu_factor_body, 3, 1, wide);
  sample_add_body(list, lu_solve_body, 2, 2, solves);
  ADD(NULL, KEY(3, 3));
  ADD(NULL, KEY(2, 2, 3));
  add_factors(list, NULL);
}

static tsr_status upper_body(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  const tsr_cholesky_result r = tsr_cholesky_ex(b, shifted(b, in[0]), TSR_UPPER);
  out[0] = r.factor;
  out[1] = r.info;
  return TSR_OK;
}
/* a a^H + 6 I */
static tsr_status definite_body(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  const tsr_value squared = tsr_matmul(b, in[0], adjoint(b, in[0]));
  out[0] = tsr_cholesky(b, shifted(b, squared), TSR_LOWER);
  return TSR_OK;
}
static void cholesky(sample_list *list) {
  for (int32_t uplo = 0; uplo < 2; uplo++) { /* some are positive definite, and info says which */
    const int32_t reported[] = {uplo, 1};
    sample_add_choice(list, reported, 1, &(sample_operand)KEY(9, 1, 1));
    sample_add_choice(list, reported, 1, &(sample_operand)KEY(40, 2, 2));
  }
  const sample_operand one[] = {KEY(3, 3)}, many[] = {KEY(2, 4, 4)};
  sample_add_body(list, definite_body, 1, 1, one);
  sample_add_body(list, definite_body, 1, 1, many);
  sample_add_body(list, upper_body, 2, 1, one);
  sample_add_body(list, upper_body, 2, 1, many);
  add_squares(list, definite_body, 1);
}

static tsr_status right_body(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  const tsr_triangular_options adjoint = {TSR_RIGHT, TSR_LOWER, TSR_TRANS_ADJOINT,
                                          TSR_DIAG_NON_UNIT},
                               unit = {TSR_RIGHT, TSR_UPPER, TSR_TRANS_NONE, TSR_DIAG_UNIT};
  out[0] = tsr_triangular_solve(b, in[0], in[1], &adjoint);
  out[1] = tsr_triangular_solve(b, in[0], in[1], &unit);
  return TSR_OK;
}
static tsr_status left_body(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  const tsr_triangular_options turned = {TSR_LEFT, TSR_UPPER, TSR_TRANS_TRANSPOSE,
                                         TSR_DIAG_NON_UNIT};
  out[0] = tsr_triangular_solve(b, in[0], in[1], NULL);
  out[1] = tsr_triangular_solve(b, in[0], in[1], &turned);
  return TSR_OK;
}
/* With a diagonal far from 0. */
static tsr_status regular_body(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  tsr_type type;
  TSR_TRY(tsr_value_type(b, in[0], &type));
  const double small = type.rank > 0 && tsr_dim_is(type.dims[type.rank - 1], 41) ? 0.02 : 0.5;
  const tsr_value a = shifted(b, tsr_mul(b, in[0], tsr_scalar(b, small)));
  out[0] = tsr_triangular_solve(b, a, in[1], NULL);
  return TSR_OK;
}
static void triangular_solve(sample_list *list) {
  const sample_operand left[] = {KEY(3, 3), KEY(3, 2)}, right[] = {KEY(3, 3), KEY(4, 2, 3)},
                       many[] = {KEY(2, 3, 3), KEY(2, 3, 4)};
  sample_add_body(list, left_body, 2, 2, left);
  sample_add_body(list, left_body, 2, 2, many);
  sample_add_body(list, right_body, 2, 2, right);
  /* side, uplo, trans, diag; a broadcasts */
  for (int32_t k = 0; k < 24; k++) {
    const int32_t attrs[] = {k & 1, k >> 1 & 1, k >> 3, k >> 2 & 1};
    ADD(attrs, KEY(3, 3), KEY(2, 3, 3));
  }
  add_systems(list, regular_body, 1);
}

static tsr_status slogdet_body(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  const tsr_slogdet_result r = tsr_slogdet(b, shifted(b, in[0]));
  out[0] = r.sign;
  out[1] = r.logabsdet;
  return TSR_OK;
}
static void slogdet(sample_list *list) {
  const sample_operand one[] = {KEY(3, 3)}, many[] = {KEY(2, 2, 2)};
  sample_add_body(list, slogdet_body, 2, 1, one);
  sample_add_body(list, slogdet_body, 2, 1, many);
  add_squares(list, slogdet_body, 2);
  ADD(NULL, KEY(2, 3, 3));
}

static tsr_status det_body(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_det(b, shifted(b, in[0]));
  return TSR_OK;
}
static void det(sample_list *list) {
  const sample_operand one[] = {KEY(3, 3)}, many[] = {KEY(2, 2, 2)};
  sample_add_body(list, det_body, 1, 1, one);
  sample_add_body(list, det_body, 1, 1, many);
  add_squares(list, det_body, 1);
  ADD(NULL, KEY(2, 3, 3));
}

static tsr_status cofactor_body(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  const sample *s = ctx;
  out[0] = tsr_emit1(b, s->op, NULL, TSR_VALUES(shifted(b, in[0])));
  return TSR_OK;
}
static void cofactor(sample_list *list) {
  const sample_operand one[] = {KEY(4, 4)}, many[] = {KEY(2, 3, 3)};
  ADD(NULL, KEY(3, 3));
  sample_add_body(list, cofactor_body, 1, 1, one);
  sample_add_body(list, cofactor_body, 1, 1, many);
  const sample_operand none = KEY(0, 3, 3), empty = KEY(2, 0, 0), single = KEY(1, 1),
                       large = KEY(460, 3, 3); /* n^5 work for the oracle: no large matrix */
  sample_add_body(list, cofactor_body, 1, 1, &none);
  sample_add_body(list, cofactor_body, 1, 1, &empty);
  sample_add_body(list, cofactor_body, 1, 1, &single);
  sample_add_body_large(list, cofactor_body, 1, 1, &large);
}

/* ---- linalg, orthogonal ---- */

/* r, and the projector on the columns that complete q: their choice is free */
static tsr_status qr_body(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  const tsr_qr_result d = tsr_qr(b, in[0], TSR_QR_COMPLETE);
  const tsr_dim m = tsr_value_dim(b, d.q, 0), n = tsr_value_dim(b, d.r, 1);
  const tsr_value q2 = tsr_slice(b, d.q, TSR_SHAPE(tsr_dim_of(0), n), TSR_SHAPE(m, m), TSR_NO_AXES);
  out[0] = d.r;
  out[1] = tsr_matmul(b, q2, adjoint(b, q2));
  return TSR_OK;
}
static void qr(sample_list *list) {
  const one_word reduced = {TSR_QR_REDUCED}, complete = {TSR_QR_COMPLETE};
  const sample_operand tall[] = {KEY(4, 2)};
  ADD(&reduced, KEY(4, 3));
  ADD(&reduced, KEY(2, 2, 3));
  ADD(&complete, KEY(3, 3));
  ADD(&complete, KEY(2, 4));
  sample_add_body(list, qr_body, 2, 1, tall);
  sample_add_choice(list, &complete, 1, tall);
  add_factors(list, &reduced);
  add_factors(list, &complete);
}

/* v w^3 v^H of each triangle */
static tsr_value cube(tsr_builder *b, tsr_value a, tsr_uplo uplo) {
  tsr_type type;
  const tsr_eigh_result d = tsr_eigh(b, a, uplo);
  if (tsr_value_type(b, d.v, &type) != TSR_OK) return TSR_NO_VALUE;
  const tsr_value w3 = tsr_mul(b, d.w, tsr_mul(b, d.w, d.w));
  const tsr_value scaled = tsr_mul(b, d.v, tsr_convert(b, w3, type.dtype));
  return tsr_matmul(b, scaled, adjoint(b, d.v));
}
static tsr_status eigh_body(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = cube(b, in[0], TSR_LOWER);
  out[1] = cube(b, in[0], TSR_UPPER);
  return TSR_OK;
}
static void eigh(sample_list *list) {
  const sample_operand square[] = {KEY(3, 3)};
  const one_word lower = {TSR_LOWER}, upper = {TSR_UPPER};
  sample_add_body(list, eigh_body, 2, 1, square);
  add_square_factors(list, &lower);
  add_square_factors(list, &upper);
}

static void eigh_values(sample_list *list) {
  const one_word lower = {TSR_LOWER}, upper = {TSR_UPPER};
  ADD(&lower, KEY(3, 3));
  ADD(&upper, KEY(2, 3, 3));
  add_square_factors(list, &lower);
}

static tsr_status pinv_body(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_pinv(b, in[0], TSR_RCOND_DEFAULT);
  return TSR_OK;
}
static tsr_status lstsq_body(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  const tsr_lstsq_result d = tsr_lstsq(b, in[0], in[1], TSR_RCOND_DEFAULT);
  out[0] = d.x;
  out[1] = d.residuals;
  return TSR_OK;
}
static void pinv(sample_list *list) {
  const sample_operand wide[] = {KEY(2, 4)}, least[] = {KEY(4, 2), KEY(4, 3)};
  sample_add_body(list, pinv_body, 1, 1, wide);
  sample_add_body(list, lstsq_body, 2, 2, least);
  const sample_operand none = KEY(0, 3, 2), some = KEY(2, 3, 2), one = KEY(1, 1),
                       many = KEY(600, 2, 4);
  sample_add_body(list, pinv_body, 1, 1, &some);
  sample_add_body(list, pinv_body, 1, 1, &none);
  sample_add_body(list, pinv_body, 1, 1, &one);
  sample_add_body_large(list, pinv_body, 1, 1, &many);
}

/* u s^2 vt */
static tsr_status svd_body(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  tsr_type type;
  const tsr_svd_result r = tsr_svd(b, in[0], TSR_SVD_REDUCED);
  TSR_TRY(tsr_value_type(b, r.u, &type));
  const tsr_value s2 = tsr_convert(b, tsr_mul(b, r.s, r.s), type.dtype);
  out[0] = tsr_matmul(b, tsr_mul(b, r.u, tsr_expand_dims(b, s2, TSR_AXES(-2))), r.vt);
  return TSR_OK;
}
static void svd(sample_list *list) {
  const sample_operand tall[] = {KEY(4, 3)}, wide[] = {KEY(2, 2, 3)};
  sample_add_body(list, svd_body, 1, 1, tall);
  const one_word reduced = {TSR_SVD_REDUCED}, full = {TSR_SVD_FULL};
  sample_add_body(list, svd_body, 1, 1, wide);
  sample_add_choice(list, &reduced, 1, tall);
  sample_add_choice(list, &full, 1, tall);
  sample_add_choice(list, &full, 1, wide);
  add_factors(list, &reduced);
  add_factors(list, &full);
}

static void svd_values(sample_list *list) {
  ADD(NULL, KEY(4, 3));
  ADD(NULL, KEY(2, 3, 3));
  add_factors(list, NULL);
}

const sample_entry samples_linalg[] = {
    {"tessera.linalg.solve.v1",            solve           },
    {"tessera.linalg.pinv.v1",             pinv            },
    {"tessera.linalg.lu.v1",               lu              },
    {"tessera.linalg.lu_factor.v1",        lu_factor       },
    {"tessera.linalg.cholesky.v1",         cholesky        },
    {"tessera.linalg.triangular_solve.v1", triangular_solve},
    {"tessera.linalg.det.v1",              det             },
    {"tessera.linalg.slogdet.v1",          slogdet         },
    {"tessera.linalg.cofactor.v1",         cofactor        },
    {"tessera.linalg.qr.v1",               qr              },
    {"tessera.linalg.eigh.v1",             eigh            },
    {"tessera.linalg.eigh_values.v1",      eigh_values     },
    {"tessera.linalg.svd.v1",              svd             },
    {"tessera.linalg.svd_values.v1",       svd_values      },
    {NULL,                                 NULL            }
};
