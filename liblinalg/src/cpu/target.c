/* target.c - where LAPACK writes a result, and how large it wants its work space. */
#include "target.h"

#include <float.h>
#include <limits.h>
#include <string.h>

void tsri_linalg_aim(tsri_target *t, tsr_view view, bool direct, char *memory) {
  t->view = view;
  tsri_linalg_dense_like(&t->dense, &t->view, memory);
  t->at = direct ? &t->view : &t->dense.view;
}

void tsri_linalg_land(const tsri_target *t, bool fine) {
  if (!fine)
    tsri_linalg_fill_nan(&t->view);
  else if (t->at != &t->view)
    tsri_linalg_copy_view(t->at, &t->view);
}

const tsr_view *tsri_linalg_exchange(tsri_exchanged *t, const tsr_view *v) {
  for (int32_t i = 0; i < 2; i++) {
    t->dims[i] = v->dims[v->rank - 1 - i];
    t->strides[i] = v->strides[v->rank - 1 - i];
  }
  t->view = (tsr_view){v->data, t->dims, t->strides, 2, v->dtype};
  return &t->view;
}

void tsri_linalg_set_identity(const tsr_view *v) {
  const int64_t size = (int64_t)tsr_dtype_size(v->dtype);
  for (int64_t i = 0; i < v->dims[0]; i++)
    for (int64_t j = 0; j < v->dims[1]; j++) {
      char *at = (char *)v->data + (i * v->strides[0] + j * v->strides[1]) * size;
      memset(at, 0, (size_t)size);
      if (i != j) continue;
      if (tsr_dtype_real(v->dtype) == TSR_F32)
        *(float *)(void *)at = 1;
      else
        *(double *)(void *)at = 1;
    }
}

bool tsri_linalg_rows_are_finite(const tsr_view *v) {
  const size_t size = tsr_dtype_size(v->dtype);
  for (int64_t i = 0; i < v->dims[0]; i++)
    if (!tsri_linalg_all_finite((char *)v->data + (size_t)(i * v->strides[0]) * size, v->dtype,
                                v->dims[1]))
      return false;
  return true;
}

bool tsri_is_complex(tsr_dtype dtype) { return tsr_dtype_kind(dtype) == TSR_KIND_COMPLEX; }

int tsri_lapack_answer(tsr_dtype dtype, const void *answer, int info, double least) {
  double best;
  if (tsr_dtype_real(dtype) == TSR_F32) {
    float first;
    memcpy(&first, answer, sizeof first);
    best = (double)first * (1 + 2 * (double)FLT_EPSILON);
  } else {
    memcpy(&best, answer, sizeof best);
  }
  if (info != 0 || !(best >= least)) best = least;
  if (best < 1) best = 1;
  return best < INT_MAX ? (int)best : (int)least;
}
