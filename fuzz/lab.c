/* lab.c - the runtime of the fuzzers, arrays in odd places, comparisons. */
#include "lab.h"

#include <math.h>
#include <string.h>

/* ---- runtime, memory and statuses ---- */

lab *lab_begin(tsr_register_list layers) {
  static lab l; /* opened once, so that plans and blocks are reused as in real programs */
  if (l.rt == NULL) {
    lab_ok(tsr_runtime_create(layers, &l.rt), "opening a runtime");
    lab_ok(tsr_runtime_device(l.rt, "cpu", &l.cpu), "opening the device");
  }
  return &l;
}

void lab_end(lab *l) {
  int64_t live, high, reserved;
  tsr_arena_reset(&l->arena);
  tsr_device_memory(l->cpu, &live, &high, &reserved);
  if (live != 0) FUZZ_FAIL("%lld bytes of the device are still held", (long long)live);
}

static _Atomic int64_t left = -1; /* allocations until one fails; negative: none does */

static bool is_granted(size_t size) {
  if (left == 0) {
    left = -1;
    return false;
  }
  if (left > 0) left--;
  return size <= LAB_LARGEST_BLOCK;
}

int64_t lab_fail_after(int64_t n) {
  const int64_t before = left;
  left = n;
  return before;
}

static void *resize(void *self, void *ptr, size_t old_size, size_t new_size, size_t alignment) {
  (void)self;
  if (new_size == 0) {
    free(ptr);
    return NULL;
  }
  if (!is_granted(new_size)) return NULL;
  if (alignment < sizeof(max_align_t)) alignment = sizeof(max_align_t);
  void *fresh = aligned_alloc(alignment, (new_size + alignment - 1) / alignment * alignment);
  if (fresh == NULL) return NULL;
  if (ptr != NULL) {
    memcpy(fresh, ptr, old_size < new_size ? old_size : new_size);
    free(ptr);
  }
  return fresh;
}

void lab_limit_blocks(void) {
  static const tsr_allocator allocator = {resize, NULL};
  tsr_allocator_set(&allocator);
}

void lab_ok(tsr_status status, const char *what) {
  if (status != TSR_OK) FUZZ_FAIL("%s: %s: %s", what, tsr_status_name(status), tsr_error_message());
}

bool lab_refused(tsr_status status, const char *what) {
  if (status == TSR_OK) return false;
  if (tsr_error_message()[0] == '\0')
    FUZZ_FAIL("%s: %s without a message", what, tsr_status_name(status));
  if (status == TSR_ERR_INTERNAL) FUZZ_FAIL("%s: %s", what, tsr_error_message());
  return true;
}

/* ---- arrays ---- */

static tsr_cell random_cell(source *s, tsr_dtype dtype, bool is_round) {
  const tsr_kind kind = tsr_dtype_kind(dtype);
  tsr_cell x = {0, 0, 0};
  const int64_t a = source_below(s, 33) - 16, b = source_below(s, 33) - 16;
  if (kind == TSR_KIND_LOGICAL) return (tsr_cell){.i = a & 1};
  if (kind == TSR_KIND_SIGNED)
    return (tsr_cell){.i = b == 16 ? (a & 1 ? INT64_MAX : INT64_MIN) : a};
  if (kind == TSR_KIND_UNSIGNED) return (tsr_cell){.i = a + 16};
  x.re = (double)a / 8;
  x.im = kind == TSR_KIND_COMPLEX ? (double)b / 8 : 0;
  if (!is_round) {
    x.re += (double)(source_mix(&s->state) % 1000003) * 1.1e-7;
    if (kind == TSR_KIND_COMPLEX) x.im += (double)(source_mix(&s->state) % 1000003) * 1.3e-7;
  }
  return x;
}

/* Where the elements of index n stand in an array whose axis (if any) has stride 0. */
static int64_t first_of_its_like(const tsr_array *a, int32_t axis, int64_t n) {
  int64_t inner = 1;
  if (axis < 0) return n;
  for (int32_t k = axis + 1; k < a->rank; k++)
    inner *= a->dims[k];
  return n / (inner * a->dims[axis]) * (inner * a->dims[axis]) + n % inner;
}

tsr_array lab_array(lab *l, source *s, tsr_dtype dtype, int32_t rank, const int64_t *dims,
                    bool is_round, bool repeated) {
  tsr_array a;
  lab_ok(tsr_array_make(&l->arena, dtype, rank, dims, &a), "making an array");
  const int32_t axis = repeated && rank > 0 ? (int32_t)source_below(s, rank) : -1;
  for (int64_t n = 0; n < a.n; n++) {
    const int64_t like = first_of_its_like(&a, axis, n);
    if (like == n) {
      a.at[n] = random_cell(s, dtype, is_round);
      a.at[n].i = dtype == TSR_BOOL ? a.at[n].i & 1 : a.at[n].i;
    } else {
      a.at[n] = a.at[like];
    }
  }
  return a;
}

static bool same_cell(tsr_cell x, tsr_cell y) {
  return x.i == y.i && memcmp(&x.re, &y.re, sizeof x.re) == 0 &&
         memcmp(&x.im, &y.im, sizeof x.im) == 0;
}

static bool repeats_along(const tsr_array *a, int32_t axis) {
  for (int64_t n = 0; n < a->n; n++)
    if (!same_cell(a->at[n], a->at[first_of_its_like(a, axis, n)])) return false;
  return true;
}

/* ---- odd places in memory ---- */

typedef struct place {
  int64_t strides[LAB_RANK];
  int64_t first, n; /* elements: position of [0, ...], and how many there are in all */
} place;

static place random_place(source *s, int32_t rank, const int64_t *dims) {
  place p = {.n = 1};
  int32_t order[LAB_RANK];
  for (int32_t k = 0; k < rank; k++)
    order[k] = k;
  const bool permuted = source_once_in(s, 2);
  for (int32_t k = rank - 1; permuted && k > 0; k--) {
    const int32_t other = (int32_t)source_below(s, k + 1), kept = order[k];
    order[k] = order[other];
    order[other] = kept;
  }
  for (int32_t k = rank - 1; k >= 0; k--) {
    const int32_t axis = order[k];
    const int64_t gap = source_once_in(s, 4) ? 1 + source_below(s, 2) : 0;
    p.strides[axis] = p.n * (gap == 2 ? 2 : 1) + (gap == 1 ? 1 : 0);
    if (dims[axis] > 0) p.n = p.strides[axis] * (dims[axis] - 1) + p.n;
    if (dims[axis] > 0 && source_once_in(s, 5)) {
      p.first += p.strides[axis] * (dims[axis] - 1);
      p.strides[axis] = -p.strides[axis];
    }
  }
  return p;
}

static int64_t position(const place *p, int32_t rank, const int64_t *dims, int64_t n) {
  int64_t at = p->first;
  for (int32_t k = rank - 1; k >= 0; k--) {
    at += n % dims[k] * p->strides[k];
    n /= dims[k];
  }
  return at;
}

static void free_memory(void *ctx, void *data) {
  (void)data;
  free(ctx);
}

static void *allocate(size_t size) {
  void *memory = calloc(size ? size : 1, 1);
  if (memory == NULL) FUZZ_FAIL("out of memory");
  return memory;
}

static unsigned char *dense_elements(const tsr_array *a) {
  unsigned char *data = allocate((size_t)a->n * tsr_dtype_size(a->dtype));
  tsr_array_write(a, data);
  return data;
}

tsr_tensor *lab_upload(lab *l, source *s, const tsr_array *a) {
  const size_t size = tsr_dtype_size(a->dtype);
  int64_t dims[LAB_RANK];
  tsr_tensor *out;
  if (a->rank > 0) memcpy(dims, a->dims, (size_t)a->rank * sizeof *dims);
  for (int32_t k = 0; k < a->rank; k++)
    if (a->n > 0 && dims[k] > 1 && repeats_along(a, k) && source_once_in(s, 2)) dims[k] = -dims[k];
  int64_t reduced[LAB_RANK];
  for (int32_t k = 0; k < a->rank; k++)
    reduced[k] = dims[k] < 0 ? 1 : dims[k];
  place p = random_place(s, a->rank, reduced);
  for (int32_t k = 0; k < a->rank; k++)
    if (dims[k] < 0) p.strides[k] = 0;
  unsigned char *data = dense_elements(a), *memory = allocate((size_t)p.n * size);
  for (int64_t n = 0; n < a->n; n++)
    memcpy(memory + (size_t)position(&p, a->rank, a->dims, n) * size, data + (size_t)n * size,
           size);
  free(data);
  lab_ok(tsr_tensor_wrap(l->cpu, a->dtype, (tsr_dims){a->dims, (size_t)a->rank}, p.strides,
                         memory + (size_t)p.first * size, free_memory, memory, &out),
         "wrapping an input");
  return out;
}

tsr_tensor *lab_dense(lab *l, const tsr_array *a) {
  tsr_tensor *out;
  unsigned char *data = dense_elements(a);
  lab_ok(tsr_tensor_from_data(l->cpu, a->dtype, (tsr_dims){a->dims, (size_t)a->rank}, data, &out),
         "making an input");
  free(data);
  return out;
}

/* A view of storage of its own: wrapped memory would count as shared. */
lab_target lab_target_open(lab *l, source *s, tsr_dtype dtype, int32_t rank, const int64_t *dims) {
  const size_t size = tsr_dtype_size(dtype);
  const place p = random_place(s, rank, dims);
  lab_target t = {.size = (size_t)p.n * size};
  tsr_tensor *base;
  tsr_view view;
  t.kept = allocate(t.size);
  memset(t.kept, dtype == TSR_BOOL ? 1 : 0x5a, t.size);
  lab_ok(tsr_tensor_from_data(l->cpu, dtype, TSR_DIMS(p.n), t.kept, &base), "making an output");
  lab_ok(tsr_tensor_host_view(base, &view), "looking at an output");
  t.memory = view.data;
  lab_ok(tsr_tensor_view(base, p.first, (tsr_dims){dims, (size_t)rank}, p.strides, &t.tensor),
         "viewing an output");
  tsr_tensor_release(base);
  return t;
}

tsr_array lab_target_close(lab *l, lab_target *t) {
  const tsr_array a = lab_read(l, t->tensor);
  const int64_t *strides = tsr_tensor_strides(t->tensor);
  const size_t size = tsr_dtype_size(a.dtype);
  place p = {.n = 0};
  for (int32_t k = 0; k < a.rank; k++) {
    p.strides[k] = strides[k];
    if (strides[k] < 0 && a.dims[k] > 0) p.first -= strides[k] * (a.dims[k] - 1);
  }
  for (int64_t n = 0; n < a.n; n++) {
    const size_t at = (size_t)position(&p, a.rank, a.dims, n) * size;
    memcpy(t->kept + at, t->memory + at, size);
  }
  if (memcmp(t->kept, t->memory, t->size) != 0) FUZZ_FAIL("a run wrote between output elements");
  tsr_tensor_release(t->tensor);
  free(t->kept);
  return a;
}

tsr_array lab_read(lab *l, tsr_tensor *tensor) {
  tsr_array a;
  lab_ok(tsr_array_make(&l->arena, tsr_tensor_dtype(tensor), tsr_tensor_rank(tensor),
                        tsr_tensor_dims(tensor), &a),
         "making an array");
  const size_t size = (size_t)a.n * tsr_dtype_size(a.dtype);
  void *data = allocate(size);
  lab_ok(tsr_tensor_read(tensor, data, size), "reading a result");
  tsr_array_read(&a, data);
  free(data);
  return a;
}

/* ---- comparisons ---- */

static bool near_part(double x, double y, double size, double tolerance) {
  if (isnan(y)) return isnan(x);
  if (x == y || isinf(y)) return x == y;
  return fabs(x - y) <= tolerance * (1 + size);
}

void lab_compare(const char *what, int32_t i, const tsr_array *got, const tsr_array *want,
                 double tolerance) {
  bool same = got->dtype == want->dtype && got->rank == want->rank;
  for (int32_t k = 0; same && k < got->rank; k++)
    same = got->dims[k] == want->dims[k];
  if (!same) FUZZ_FAIL("%s: output %d has another type", what, i);
  for (int64_t n = 0; n < got->n; n++) {
    const tsr_cell x = got->at[n], y = want->at[n];
    const double size = hypot(y.re, y.im);
    if (x.i == y.i && near_part(x.re, y.re, size, tolerance) &&
        near_part(x.im, y.im, size, tolerance))
      continue;
    /* which part of a complex number overflows is a matter of the formula */
    if (tsr_dtype_kind(want->dtype) == TSR_KIND_COMPLEX && !isfinite(size) &&
        (!isfinite(x.re) || !isfinite(x.im)))
      continue;
    FUZZ_FAIL("%s: output %d (%s), element %lld is (%lld, %.17g, %.17g), not (%lld, %.17g, %.17g)",
              what, i, tsr_dtype_name(want->dtype), (long long)n, (long long)x.i, x.re, x.im,
              (long long)y.i, y.re, y.im);
  }
}
