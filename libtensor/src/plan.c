/* plan.c - states of kernels, layouts compared, and the ops that are one strided copy. */
#include "tsr/spi/plan.h"

#include <string.h>

#include "tsr/alloc.h"
#include "tsr/layout.h"

/* ---- states ---- */

tsr_status tsr_kernel_state_create(size_t size, void *out) {
  void *state;
  TSR_TRY(tsr_alloc(size, 0, &state));
  memset(state, 0, size);
  ((tsr_kernel_state *)state)->size = size;
  memcpy(out, &state, sizeof state);
  return TSR_OK;
}

void tsr_kernel_state_release(void *state) {
  if (state) tsr_free(state, ((tsr_kernel_state *)state)->size, 0);
}

/* ---- layouts ---- */

bool tsr_view_same_layout(const tsr_view *a, const tsr_view *b) {
  bool same = a->rank == b->rank;
  for (int32_t i = 0; same && i < a->rank; i++)
    same = a->dims[i] == b->dims[i] && (a->dims[i] <= 1 || a->strides[i] == b->strides[i]);
  return same;
}

int32_t tsr_axes_find(tsr_axes axes, int64_t axis) {
  for (size_t i = 0; i < axes.n; i++)
    if (axes.data[i] == axis) return (int32_t)i;
  return -1;
}

/* ---- one strided copy ---- */

int64_t tsr_plan_broadcast(const tsr_prepare *p, int64_t *strides) {
  const tsr_broadcast_attrs *attrs = p->call->attrs;
  for (int32_t i = 0; i < p->out[0].rank; i++)
    strides[i] = 0;
  for (int32_t i = 0; i < p->in[0].rank; i++)
    if (p->in[0].dims[i] != 1) strides[attrs->axes.data[i]] = p->in[0].strides[i];
  return 0;
}

int64_t tsr_plan_transpose(const tsr_prepare *p, int64_t *strides) {
  const tsr_transpose_attrs *attrs = p->call->attrs;
  for (int32_t i = 0; i < p->out[0].rank; i++)
    strides[i] = p->in[0].strides[attrs->axes.data[i]];
  return 0;
}

int64_t tsr_plan_slice(const tsr_prepare *p, int64_t *strides) {
  const tsr_slice_attrs *attrs = p->call->attrs;
  int64_t offset = 0;
  for (int32_t i = 0; i < p->out[0].rank; i++) {
    const int64_t step = attrs->step.n ? attrs->step.data[i] : 1;
    /* a step beyond the end is not taken, so its product may not fit */
    strides[i] = p->out[0].dims[i] > 1 ? p->in[0].strides[i] * step : p->in[0].strides[i];
    offset += p->in[0].strides[i] * attrs->start.data[i].n;
  }
  return offset;
}

int64_t tsr_plan_reverse(const tsr_prepare *p, int64_t *strides) {
  const tsr_reverse_attrs *attrs = p->call->attrs;
  const tsr_view *in = &p->in[0];
  int64_t offset = 0;
  for (int32_t i = 0; i < in->rank; i++)
    strides[i] = in->strides[i];
  if (tsr_view_count(in) == 0) return 0; /* sizes may be too large to multiply */
  for (size_t k = 0; k < attrs->axes.n; k++) {
    const int64_t axis = attrs->axes.data[k];
    strides[axis] = -in->strides[axis];
    offset += in->strides[axis] * (in->dims[axis] - 1);
  }
  return offset;
}

static int64_t ceil_div(int64_t a, int64_t b) { return a / b + (a % b != 0); }

/* Along one axis, element i of x goes to low + i step: the i that stay inside [0, size). */
static void clip(int64_t low, int64_t step, int64_t n, int64_t size, int64_t *first,
                 int64_t *count) {
  *first = low < 0 ? ceil_div(-low, step) : 0;
  int64_t end = size <= low ? 0 : ceil_div(size - low, step);
  if (end > n) end = n;
  *count = end > *first ? end - *first : 0;
}

void tsr_plan_pad(const tsr_prepare *p, int64_t *numbers, tsr_pad_plan *out) {
  const tsr_pad_attrs *attrs = p->call->attrs;
  const tsr_view *x = &p->in[0], *z = &p->out[0];
  const size_t rank = (size_t)z->rank;
  *out = (tsr_pad_plan){.dims = numbers,
                        .from = numbers + rank,
                        .to = numbers + 2 * rank,
                        .first = numbers + 3 * rank,
                        .span = numbers + 4 * rank};
  for (int32_t i = 0; i < z->rank; i++) {
    const int64_t low = attrs->low.data[i].n;
    const int64_t step = 1 + (attrs->interior.n ? attrs->interior.data[i] : 0);
    int64_t first;
    clip(low, step, x->dims[i], z->dims[i], &first, &out->dims[i]);
    out->from[i] = x->strides[i];
    out->to[i] = z->strides[i] * (out->dims[i] > 1 ? step : 1); /* one not taken may be huge */
    out->first[i] = out->span[i] = 0;
    if (out->dims[i] == 0) continue; /* nothing of x is left */
    out->first[i] = low + first * step;
    out->span[i] = (out->dims[i] - 1) * step + 1;
    out->from_offset += first * x->strides[i];
    out->to_offset += out->first[i] * z->strides[i];
  }
}

/* Strides of wide elements, each of parts narrow ones, in narrow ones. */
static const int64_t *narrow(const tsr_view *wide, size_t parts, int64_t *strides) {
  for (int32_t i = 0; i < wide->rank; i++)
    strides[i] = wide->strides[i] * (int64_t)parts;
  strides[wide->rank] = 1;
  return strides;
}

void tsr_plan_bitcast(const tsr_prepare *p, int64_t *numbers, tsr_bitcast_plan *out) {
  const tsr_view *in = &p->in[0], *z = &p->out[0];
  const size_t from = tsr_dtype_size(in->dtype), to = tsr_dtype_size(z->dtype);
  const tsr_view *narrower = from < to ? in : z;
  *out = (tsr_bitcast_plan){.size = from < to ? from : to,
                            .rank = narrower->rank,
                            .dims = narrower->dims,
                            .from = in->strides,
                            .to = z->strides};
  if (tsr_view_count(narrower) == 0) /* sizes may be too large to multiply */
    out->from = out->to = narrower->strides;
  else if (from < to)
    out->to = narrow(z, to / from, numbers);
  else if (to < from)
    out->from = narrow(in, from / to, numbers);
}
