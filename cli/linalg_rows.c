/* linalg_rows.c - the operations of tsr linalg, as rows. */
#include "linalg_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tsr/linalg.h"
#include "tsr/ops.h"

static tsr_uplo uplo(const linalg_call *c) { return c->upper ? TSR_UPPER : TSR_LOWER; }

static tsr_status emit_svd(const linalg_call *c, tsr_value *out) {
  const tsr_svd_result r = tsr_svd(c->b, c->in[0], c->full ? TSR_SVD_FULL : TSR_SVD_REDUCED);
  out[0] = r.u, out[1] = r.s, out[2] = r.vt;
  return TSR_OK;
}

static tsr_status emit_qr(const linalg_call *c, tsr_value *out) {
  const tsr_qr_result r = tsr_qr(c->b, c->in[0], c->full ? TSR_QR_COMPLETE : TSR_QR_REDUCED);
  out[0] = r.q, out[1] = r.r;
  return TSR_OK;
}

static tsr_status emit_eigh(const linalg_call *c, tsr_value *out) {
  const tsr_eigh_result r = tsr_eigh(c->b, c->in[0], uplo(c));
  out[0] = r.w, out[1] = r.v;
  return TSR_OK;
}

static tsr_status emit_cholesky(const linalg_call *c, tsr_value *out) {
  out[0] = tsr_cholesky(c->b, c->in[0], uplo(c));
  return TSR_OK;
}

static tsr_status emit_lu(const linalg_call *c, tsr_value *out) {
  const tsr_lu_result r = tsr_lu(c->b, c->in[0]);
  out[0] = r.p, out[1] = r.l, out[2] = r.u;
  return TSR_OK;
}

static tsr_status emit_inv(const linalg_call *c, tsr_value *out) {
  out[0] = tsr_inv(c->b, c->in[0]);
  return TSR_OK;
}

static tsr_status emit_det(const linalg_call *c, tsr_value *out) {
  out[0] = tsr_det(c->b, c->in[0]);
  return TSR_OK;
}

static tsr_status emit_slogdet(const linalg_call *c, tsr_value *out) {
  const tsr_slogdet_result r = tsr_slogdet(c->b, c->in[0]);
  out[0] = r.sign, out[1] = r.logabsdet;
  return TSR_OK;
}

static tsr_status emit_solve(const linalg_call *c, tsr_value *out) {
  out[0] = tsr_solve(c->b, c->in[0], c->in[1]);
  return TSR_OK;
}

static tsr_status emit_lstsq(const linalg_call *c, tsr_value *out) {
  const tsr_lstsq_result r =
      tsr_lstsq(c->b, c->in[0], c->in[1], c->rcond < 0 ? TSR_RCOND_DEFAULT : c->rcond);
  out[0] = r.x, out[1] = r.residuals, out[2] = r.rank, out[3] = r.s;
  return TSR_OK;
}

/* ---- norms ---- */

static const struct {
  const char *word;
  tsr_matrix_ord ord;
} matrix_ords[] = {
    {"fro",  TSR_NORM_FRO      },
    {"nuc",  TSR_NORM_NUC      },
    {"1",    TSR_NORM_1        },
    {"-1",   TSR_NORM_MINUS_1  },
    {"2",    TSR_NORM_2        },
    {"-2",   TSR_NORM_MINUS_2  },
    {"inf",  TSR_NORM_INF      },
    {"-inf", TSR_NORM_MINUS_INF},
};

static tsr_status matrix_norm(const linalg_call *c, tsr_value *out) {
  for (size_t i = 0; i < sizeof matrix_ords / sizeof *matrix_ords; i++) {
    if (strcmp(c->ord, matrix_ords[i].word) != 0) continue;
    out[0] = tsr_matrix_norm(c->b, c->in[0], matrix_ords[i].ord);
    return TSR_OK;
  }
  return TSR_FAIL(TSR_ERR_ARGUMENT,
                  "norm: a matrix has no norm of order %s, choose fro, nuc, 1, -1, 2, -2, inf or "
                  "-inf",
                  c->ord);
}

static tsr_status vector_norm(const linalg_call *c, tsr_value *out) {
  char *end;
  const double ord = strtod(c->ord, &end);
  if (end == c->ord || *end || isnan(ord))
    return TSR_FAIL(TSR_ERR_ARGUMENT,
                    "norm: a vector has no norm of order %s, choose a number, inf or -inf", c->ord);
  out[0] = tsr_vector_norm(c->b, c->in[0], TSR_ALL_AXES, ord);
  return TSR_OK;
}

/* Without an order that of all elements; else of a vector, or of each matrix. */
static tsr_status emit_norm(const linalg_call *c, tsr_value *out) {
  tsr_type type;
  TSR_TRY(tsr_value_type(c->b, c->in[0], &type));
  if (c->ord) return type.rank < 2 ? vector_norm(c, out) : matrix_norm(c, out);
  out[0] = tsr_norm2(c->b, c->in[0], TSR_ALL_AXES);
  return TSR_OK;
}

/* clang-format off */
const linalg_row linalg_rows[] = {
    {"svd", "a = u diag(s) vt", 1, {"u", "s", "vt"}, LINALG_FULL, emit_svd},
    {"qr", "a = q r", 1, {"q", "r"}, LINALG_FULL, emit_qr},
    {"eigh", "a = v diag(w) v^H, a Hermitian", 1, {"w", "v"}, LINALG_UPPER, emit_eigh},
    {"cholesky", "a = l l^H, or u^H u; a Hermitian, positive", 1, {"factor"}, LINALG_UPPER, emit_cholesky},
    {"lu", "a = p l u", 1, {"p", "l", "u"}, 0, emit_lu},
    {"solve", "a x = rhs", 2, {"x"}, 0, emit_solve},
    {"inv", "a x = 1", 1, {"x"}, 0, emit_inv},
    {"det", "the determinant", 1, {"d"}, 0, emit_det},
    {"slogdet", "det a = sign e^logabsdet", 1, {"sign", "logabsdet"}, 0, emit_slogdet},
    {"lstsq", "|rhs - a x| least, and x", 2, {"x", "residuals", "rank", "s"}, LINALG_RCOND, emit_lstsq},
    {"norm", "of all elements; with --ord of a vector, or of each matrix", 1, {"z"}, LINALG_ORD, emit_norm},
};
/* clang-format on */
const size_t linalg_row_count = sizeof linalg_rows / sizeof *linalg_rows;
_Static_assert(sizeof linalg_rows / sizeof *linalg_rows <= LINALG_ROWS_MAX,
               "a larger LINALG_ROWS_MAX");
