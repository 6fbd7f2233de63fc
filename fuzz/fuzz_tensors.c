/* fuzz_tensors.c - functions of tensors and programs called with anything: views never reach
 * outside their storage, what is refused leaves everything as it was. libs: runtime cpu io oracle
 * seeds: 3000
 *
 * Sizes, strides, offsets and axes are small, negative or huge; tensors are views of each other,
 * wrapped, exported, donated, or of another runtime; programs get too few, too many, the same
 * one twice, and outputs that overlap. Elements are read back, so that a sanitizer sees a view
 * that is too large.
 */
#include "lab.h"

#include <string.h>

#include "tsr/dlpack.h"
#include "tsr/npy.h"
#include "tsr/observe.h"
#include "tsr/ops.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
  N_TENSORS = 10,
  N_PROGRAMS = 3,
  LONGEST = 6,
  FOREIGN_SIZE = 64 /* numbers in wrapped memory */
};

typedef struct game {
  lab *l;
  source s;
  tsr_device *elsewhere; /* a device of another runtime */
  tsr_tensor *tensors[N_TENSORS];
  tsr_program *programs[N_PROGRAMS];
} game;

/* ---- arguments ---- */

static int64_t number(game *g) {
  static const int64_t odd[] = {
      -1,      INT64_MAX,    INT64_MIN, INT64_MAX / 8, INT64_C(1) << 32, INT64_C(1) << 61,
      1 << 16, INT64_MIN + 1};
  const int64_t k = source_below(&g->s, 40);
  return k < 8 ? odd[k] : k % 6 - 1;
}

static int64_t small(game *g) {
  return source_once_in(&g->s, 12) ? number(g) : source_below(&g->s, 5);
}

static size_t numbers(game *g, int64_t *out) {
  const size_t n = (size_t)source_below(&g->s, source_once_in(&g->s, 8) ? LONGEST : 4);
  for (size_t k = 0; k < n; k++)
    out[k] = small(g);
  return n;
}

static tsr_dims dims(game *g, int64_t *room) {
  const size_t n = numbers(g, room);
  return (tsr_dims){source_once_in(&g->s, 40) ? NULL : room, n};
}

static tsr_dtype dtype(game *g) {
  if (source_once_in(&g->s, 40)) return (tsr_dtype)source_below(&g->s, 300);
  return source_once_in(&g->s, 2) ? TSR_F64 : (tsr_dtype)source_below(&g->s, TSR_DTYPE_COUNT);
}

static tsr_tensor *any(game *g) { return g->tensors[source_below(&g->s, N_TENSORS)]; }

static tsr_device *device(game *g) {
  if (source_once_in(&g->s, 30)) return NULL;
  return source_once_in(&g->s, 10) ? g->elsewhere : g->l->cpu;
}

static bool refused(tsr_status status, const char *what, const void *made) {
  if (!lab_refused(status, what)) return false;
  if (made != NULL) FUZZ_FAIL("%s: something although it failed", what);
  return true;
}

/* What a call made takes a place in the game. */
static void keep(game *g, tsr_status status, const char *what, tsr_tensor *made) {
  if (refused(status, what, made)) return;
  const int64_t k = source_below(&g->s, N_TENSORS);
  tsr_tensor_release(g->tensors[k]);
  g->tensors[k] = made;
}

/* ---- making tensors ---- */

static void make(game *g) {
  static const double data[64];
  int64_t room[LONGEST];
  const tsr_dims d = dims(g, room);
  int64_t count = 1;
  for (size_t k = 0; k < d.n && d.data != NULL; k++)
    count = room[k] < 0 || room[k] > 4 || count > 4 ? INT64_MAX / 8 : count * room[k];
  tsr_tensor *t = NULL;
  if (count > 32 || d.data == NULL || source_once_in(&g->s, 2)) {
    const tsr_status status = tsr_tensor_create(device(g), dtype(g), d, &t);
    keep(g, status, "create", t);
  } else {
    const void *from = source_once_in(&g->s, 20) ? NULL : data;
    const tsr_status status = tsr_tensor_from_data(device(g), dtype(g), d, from, &t);
    keep(g, status, "from_data", t);
  }
}

static void forget(void *ctx, void *data) {
  (void)data;
  free(ctx);
}

/* Memory cannot say how large it is: what would reach outside is not looked at. */
static bool is_inside(tsr_tensor *t, int64_t first) {
  int64_t low = first, high = first;
  if (tsr_tensor_count(t) == 0) return true;
  for (int32_t k = 0; k < tsr_tensor_rank(t); k++) {
    const int64_t n = tsr_tensor_dims(t)[k] - 1, stride = tsr_tensor_strides(t)[k];
    if (n != 0 && (stride > FOREIGN_SIZE || stride < -FOREIGN_SIZE)) return false;
    if (stride != 0 && n > FOREIGN_SIZE) return false;
    *(stride < 0 ? &low : &high) += n * stride;
  }
  return low >= 0 && high < FOREIGN_SIZE;
}

static void wrap(game *g) {
  int64_t room[LONGEST], strides[LONGEST] = {0};
  const tsr_dims d = dims(g, room);
  (void)numbers(g, strides);
  const int64_t first = source_below(&g->s, FOREIGN_SIZE);
  double *memory = calloc(2 * FOREIGN_SIZE, sizeof *memory);
  if (memory == NULL) FUZZ_FAIL("out of memory");
  const tsr_dtype type = dtype(g);
  tsr_tensor *t = NULL;
  const bool dense = source_once_in(&g->s, 4);
  const tsr_status status =
      tsr_tensor_wrap(device(g), type, d, dense ? NULL : strides,
                      (char *)memory + (size_t)first * tsr_dtype_size(type), forget, memory, &t);
  if (refused(status, "wrap", t)) {
    free(memory); /* still ours */
  } else if (is_inside(t, first)) {
    keep(g, status, "wrap", t);
  } else {
    tsr_tensor_release(t);
  }
}

static void view(game *g) {
  int64_t a[LONGEST] = {0}, b[LONGEST] = {0}, c[LONGEST] = {0};
  const tsr_dims x = dims(g, a), y = dims(g, b), z = dims(g, c);
  tsr_tensor *base = any(g), *t = NULL;
  const int64_t k = source_below(&g->s, 5);
  tsr_status status = TSR_OK;
  if (k == 0) status = tsr_tensor_view(base, small(g), x, source_once_in(&g->s, 20) ? NULL : b, &t);
  if (k == 1) status = tsr_tensor_transpose(base, (tsr_axes){x.data, x.n}, &t);
  if (k == 2) status = tsr_tensor_slice(base, x, y, z, &t);
  if (k == 3) status = tsr_tensor_broadcast(base, x, &t);
  if (k == 4) status = tsr_tensor_reshape(base, x, &t);
  keep(g, status, "view", t);
}

static void exchange(game *g) {
  tsr_tensor *t = NULL;
  if (source_once_in(&g->s, 2)) {
    tsr_dlpack *lent = NULL;
    const tsr_status to = tsr_tensor_to_dlpack(any(g), &lent);
    if (refused(to, "to_dlpack", lent)) return;
    if (source_once_in(&g->s, 4)) lent->tensor.dtype.lanes = (uint16_t)number(g);
    if (source_once_in(&g->s, 4)) lent->tensor.dtype.bits = (uint8_t)number(g);
    if (source_once_in(&g->s, 8)) lent->tensor.rank = -(int32_t)source_below(&g->s, 5);
    if (source_once_in(&g->s, 8)) lent->major = (uint32_t)number(g);
    if (source_once_in(&g->s, 8)) lent->tensor.device.type = (int32_t)small(g);
    if (source_once_in(&g->s, 8)) lent->tensor.device.id = (int32_t)small(g);
    const tsr_status status = tsr_tensor_from_dlpack(device(g), lent, &t);
    if (status != TSR_OK) lent->deleter(lent);
    if (status == TSR_OK && tsr_tensor_count(t) > 0 && lent->tensor.dtype.bits > 8 * 8) {
      tsr_tensor_release(t); /* more bytes than were lent */
    } else {
      keep(g, status, "from_dlpack", t);
    }
  } else {
    tsr_dlpack_legacy *lent = NULL;
    const tsr_status to = tsr_tensor_to_dlpack_legacy(any(g), &lent);
    if (refused(to, "to_dlpack", lent)) return;
    const tsr_status status = tsr_tensor_from_dlpack_legacy(device(g), lent, &t);
    if (status != TSR_OK) lent->deleter(lent);
    keep(g, status, "from_dlpack", t);
  }
}

/* ---- looking at tensors ---- */

static void look(game *g) {
  static FILE *nowhere;
  static char room[1 << 16];
  tsr_tensor *t = any(g);
  tsr_view seen;
  if (nowhere == NULL) nowhere = fopen("/dev/null", "w");
  const size_t element = tsr_dtype_size(tsr_tensor_dtype(t));
  const uint64_t count = (uint64_t)tsr_tensor_count(t);
  size_t size = count < sizeof room / 16 ? count * element : sizeof room;
  if (source_once_in(&g->s, 10)) size = (size_t)source_below(&g->s, sizeof room);
  if (!lab_refused(tsr_tensor_read(t, room, size), "read") && size != count * element)
    FUZZ_FAIL("%zu bytes of %llu elements were read", size, (unsigned long long)count);
  (void)lab_refused(tsr_tensor_print(t, source_once_in(&g->s, 20) ? NULL : nowhere), "print");
  (void)lab_refused(tsr_tensor_host_view(t, &seen), "host_view");
  if (count < 1000) (void)lab_refused(tsr_npy_write("/dev/null", t), "npy_write");
  if (source_once_in(&g->s, 6)) (void)tsr_tensor_is_sole_owner(t);
}

/* ---- programs ---- */

static tsr_program *program(game *g, int64_t which) {
  tsr_builder *b;
  tsr_program *made = NULL;
  lab_ok(tsr_trace_open(g->l->rt, &b), "opening a trace");
  const tsr_dim n = which == 0 ? tsr_dim_symbol(b, "n") : tsr_dim_of(3);
  const tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(n));
  const tsr_value y = tsr_input(b, "y", TSR_F64, TSR_SHAPE(n));
  const tsr_value sum = tsr_add(b, x, y), product = tsr_mul(b, sum, y);
  static const int32_t both[2] = {0, 1};
  const tsr_compile_options options = {
      .donated = {both, which == 2 ? 2 : 0}
  };
  const tsr_values out = which == 1 ? TSR_VALUES(sum, product, x) : TSR_VALUES(product);
  lab_ok(tsr_compile_with(b, out, &options, &made), "compile");
  return made;
}

static tsr_tensor_list some(game *g, tsr_tensor **room, size_t usual) {
  const size_t n = source_once_in(&g->s, 10) ? (size_t)source_below(&g->s, 5) : usual;
  for (size_t k = 0; k < n; k++)
    room[k] = any(g);
  return (tsr_tensor_list){source_once_in(&g->s, 40) ? NULL : room, n};
}

static void run(game *g) {
  const tsr_program *p = g->programs[source_below(&g->s, N_PROGRAMS)];
  const size_t n_out = (size_t)tsr_program_outputs(p);
  tsr_tensor *ins[5], *outs[5] = {NULL};
  const tsr_tensor_list in = some(g, ins, 2);
  const int64_t k = source_below(&g->s, 5);
  int64_t peak = 0;
  char *text = NULL;
  size_t size = 0;
  if (k == 0) (void)lab_refused(tsr_program_peak(p, device(g), in, &peak), "peak");
  if (k == 1) {
    const tsr_status status = tsr_program_steps(p, device(g), in, &text, &size);
    if (!refused(status, "steps", text)) tsr_free(text, size, 0);
  }
  if (k == 2)
    (void)lab_refused(tsr_program_run_into(p, device(g), in, some(g, outs, n_out)), "into");
  if (k < 3) return;
  const size_t n = source_once_in(&g->s, 10) ? (size_t)source_below(&g->s, 5) : n_out;
  const tsr_status status = tsr_program_run(p, device(g), in, outs, n);
  for (size_t j = 0; j < n; j++)
    if (status == TSR_OK || outs[j] != NULL) keep(g, status, "run", outs[j]);
  (void)lab_refused(status, "run");
}

/* ---- one input ---- */

static void turn(game *g) {
  static void (*const calls[])(game *) = {make, make, make, wrap, view, view,
                                          view, look, look, run,  run,  exchange};
  calls[source_below(&g->s, sizeof calls / sizeof *calls)](g);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lab_limit_blocks();
  game g = {.l = lab_begin(TSR_WITH(tsr_cpu_register)), .s = source_open(data, size)};
  static tsr_runtime *other;
  if (other == NULL)
    lab_ok(tsr_runtime_create(TSR_WITH(tsr_cpu_register), &other), "opening another runtime");
  lab_ok(tsr_runtime_device(other, "cpu", &g.elsewhere), "opening another device");
  for (int64_t k = 0; k < N_PROGRAMS; k++)
    g.programs[k] = program(&g, k);
  for (int k = 0; k < 80; k++)
    turn(&g);
  tsr_tensors_release(g.tensors, N_TENSORS);
  for (int k = 0; k < N_PROGRAMS; k++)
    tsr_program_release(g.programs[k]);
  lab_end(g.l);
  return 0;
}
