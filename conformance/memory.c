/* memory.c - host arrays as tensors in every placing layout, and back; comparing arrays. */
#include "stage.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const placing_names[PLACE_COUNT] = {"C order", "reversed", "permuted", "spaced",
                                                "repeated"};

/* Strides of a layout. */
static void place(const array *a, placing layout, int64_t *strides) {
  if (layout == PLACE_PERMUTED)
    tsr_layout_f_strides(a->rank, a->dims, strides);
  else
    tsr_layout_c_strides(a->rank, a->dims, strides);
  int64_t step = 2; /* spaced: every second element, and one more behind each axis */
  for (int32_t k = a->rank; k-- > 0;) {
    if (layout == PLACE_REVERSED) strides[k] = -strides[k];
    if (layout != PLACE_SPACED) continue;
    strides[k] = step;
    step *= a->dims[k] + 1;
  }
  if (layout == PLACE_REPEATED && a->rank > 0) strides[0] = 0;
}

/* Where element n lies. */
static int64_t offset_of(const array *a, const int64_t *strides, int64_t n) {
  int64_t offset = 0;
  for (int32_t k = a->rank; k-- > 0; n /= a->dims[k])
    offset += n % a->dims[k] * strides[k];
  return offset;
}

/* Memory that holds an array in a layout. */
typedef struct block {
  char *data;
  int64_t count, first; /* elements, and the one with index [0, ..] */
  int64_t *strides;
} block;

static tsr_status lay_out(stage *w, const array *a, placing layout, block *out) {
  const size_t element = tsr_dtype_size(a->dtype);
  void *made;
  int64_t low = 0, high = 0;
  TSR_TRY(tsr_arena_alloc(&w->arena, (size_t)a->rank * sizeof(int64_t), &made));
  out->strides = made;
  place(a, layout, out->strides);
  TSR_TRY(tsr_layout_extent(a->rank, a->dims, out->strides, &low, &high));
  out->first = (layout == PLACE_SPACED ? 3 : 0) - low;
  out->count = out->first + high + 1;
  TSR_TRY(tsr_arena_alloc(&w->arena, (size_t)out->count * element, &made));
  out->data = made;
  for (int64_t n = 0; n < a->n; n++)
    memcpy(out->data + (size_t)(out->first + offset_of(a, out->strides, n)) * element,
           a->data + (size_t)n * element, element);
  return TSR_OK;
}

tsr_status array_place(stage *w, const array *a, placing layout, tsr_view *out) {
  block b;
  TSR_TRY(lay_out(w, a, layout, &b));
  *out = (tsr_view){b.data + (size_t)b.first * tsr_dtype_size(a->dtype), a->dims, b.strides,
                    a->rank, a->dtype};
  return TSR_OK;
}

void array_collect(array *a, const tsr_view *view) {
  const size_t element = tsr_dtype_size(a->dtype);
  for (int64_t n = 0; n < a->n; n++)
    memcpy(a->data + (size_t)n * element,
           (const char *)view->data + offset_of(a, view->strides, n) * (int64_t)element, element);
}

tsr_status stage_upload(stage *w, const array *a, placing layout, tsr_tensor **out) {
  const tsr_dims dims = {a->dims, (size_t)a->rank};
  block b;
  if (layout == PLACE_C || a->n == 0)
    return tsr_tensor_from_data(w->device, a->dtype, dims, a->data, out);
  TSR_TRY(lay_out(w, a, layout, &b));
  tsr_tensor *whole = NULL;
  TSR_TRY(tsr_tensor_from_data(w->device, a->dtype, TSR_DIMS(b.count), b.data, &whole));
  const tsr_status status = tsr_tensor_view(whole, b.first, dims, b.strides, out);
  tsr_tensor_release(whole);
  return status;
}

tsr_status stage_read(stage *w, tsr_tensor *tensor, array *out) {
  const tsr_dims dims = {tsr_tensor_dims(tensor), (size_t)tsr_tensor_rank(tensor)};
  TSR_TRY(array_make(w, tsr_tensor_dtype(tensor), dims, out));
  return tsr_tensor_read(tensor, out->data, out->size);
}

/* ---- comparing ---- */

bool array_same_type(const array *a, const array *b) {
  return a->dtype == b->dtype && a->rank == b->rank &&
         (a->rank == 0 || memcmp(a->dims, b->dims, (size_t)a->rank * sizeof *a->dims) == 0);
}

static bool is_complex(tsr_dtype dtype) { return tsr_dtype_kind(dtype) == TSR_KIND_COMPLEX; }

static bool same_part(double x, double y) {
  return isnan(x) ? isnan(y) : x == y && signbit(x) == signbit(y);
}

bool array_same(const array *a, const array *b, int64_t *where) {
  *where = -1;
  if (!array_same_type(a, b)) return false;
  if (a->n == 0 || memcmp(a->data, b->data, a->size) == 0) return true;
  for (int64_t n = 0; n < a->n; n++) {
    const tsr_cell x = array_get(a, n), y = array_get(b, n);
    *where = n;
    if (x.i != y.i || !same_part(x.re, y.re) || !same_part(x.im, y.im)) return false;
  }
  return true;
}

bool array_close(const array *a, const array *b, double tolerance, double atol, int64_t *where) {
  *where = -1;
  if (!array_same_type(a, b)) return false;
  for (int64_t n = 0; n < a->n; n++) {
    const tsr_cell x = array_get(a, n), y = array_get(b, n);
    const double distance =
        is_complex(a->dtype) ? hypot(x.re - y.re, x.im - y.im) : fabs(x.re - y.re);
    const bool nan = isnan(x.re + x.im) && isnan(y.re + y.im);
    const bool equal = x.i == y.i && x.re == y.re && x.im == y.im;
    *where = n;
    if (equal || nan) continue;
    if (x.i != y.i || !(distance <= tolerance * (hypot(y.re, y.im) + atol))) return false;
  }
  return true;
}

const char *array_text(const array *a, int64_t n, char *buffer, size_t size) {
  buffer[0] = 0;
  if (n < 0 || n >= a->n) {
    snprintf(buffer, size, "%s of rank %d, %lld elements", tsr_dtype_name(a->dtype), a->rank,
             (long long)a->n);
    return buffer;
  }
  const tsr_cell x = array_get(a, n);
  if (is_complex(a->dtype))
    snprintf(buffer, size, "%.17g%+.17gi", x.re, x.im);
  else if (tsr_dtype_is_active(a->dtype))
    snprintf(buffer, size, "%.17g", x.re);
  else
    snprintf(buffer, size, "%lld", (long long)x.i);
  return buffer;
}
