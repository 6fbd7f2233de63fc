/* fuzz_attrs.c - every core op without a body applied to random operands under random
 * attributes: refused with a message, or equal to the oracle. libs: runtime cpu oracle seeds: 16000
 *
 * Attributes are filled field by field from their class, so a new op is met here by itself.
 * Lists are mostly made to fit, or hardly anything would be accepted.
 */
#include "lab.h"

#include <string.h>

#include "tsr/ops.h"
#include "tsr/spi/graph.h"

enum {
  OPERANDS = 4,
  RESULTS = OPERANDS,
  LIST = 6,
  FIELDS = 8,
  MAX_COUNT = 4000
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct trial {
  const tsr_op *op;
  union {
    double align;
    char bytes[256];
  } attrs;
  int64_t axes[FIELDS][LIST];
  tsr_dim dims[FIELDS][LIST];
  int n_in;
  tsr_array in[OPERANDS];
  bool odd; /* this trial has numbers that nobody should write */
} trial;

/* Of those with any number of results, sort, each operand has one. */
static int32_t outputs_of(const trial *t) {
  return t->op->n_outputs < 0 ? t->n_in : t->op->n_outputs;
}

/* ---- attributes ---- */

static int64_t number(trial *t, source *s) {
  static const int64_t odd[] = {-1, -2, INT64_MAX, INT64_MIN, INT64_C(1) << 33, 7};
  return t->odd && source_once_in(s, 6) ? odd[source_below(s, 6)] : source_below(s, 4);
}

/* Axes as they are often wanted: some of 0 .. 3, in order or not, each once. */
static tsr_axes axes(trial *t, source *s, int field) {
  int64_t *list = t->axes[field];
  size_t n = 0;
  const int64_t style = source_below(s, 4), wanted = source_below(s, 4);
  for (int64_t k = 0; k < 4 && (int64_t)n < wanted; k++)
    if (style == 0 || source_once_in(s, 2)) list[n++] = k;
  for (size_t k = 1; style == 2 && k < n; k++) {
    const size_t other = (size_t)source_below(s, (int64_t)k + 1);
    const int64_t kept = list[k];
    list[k] = list[other];
    list[other] = kept;
  }
  for (size_t k = 0; k < n; k++)
    if (style == 3 || t->odd) list[k] = number(t, s);
  return (tsr_axes){list, n};
}

/* Sizes; often those of an operand, or as many. */
static tsr_shape shape(trial *t, source *s, int field) {
  tsr_dim *list = t->dims[field];
  const tsr_array *like = t->n_in > 0 ? &t->in[0] : NULL;
  size_t n = (size_t)source_below(s, 4);
  if (like != NULL && source_below(s, 4) > 0) n = (size_t)like->rank;
  for (size_t k = 0; k < n; k++) {
    int64_t size = source_once_in(s, 6) ? -1 - source_below(s, 2) : number(t, s);
    if (like != NULL && k < (size_t)like->rank && source_once_in(s, 2)) size = like->dims[k];
    list[k] = tsr_dim_of(size);
  }
  return (tsr_shape){list, n};
}

#define PUT(T, ...)                                                                                \
  do {                                                                                             \
    const T put_ = __VA_ARGS__;                                                                    \
    memcpy(at, &put_, sizeof put_);                                                                \
  } while (0)

/* Dimension numbers of gather and scatter that fit the operands: by chance they hardly do.
 * Each axis of operand 0 is dropped or in the window, and all or some have an index.
 */
static void mend_numbers(trial *t, source *s) {
  tsr_scatter_attrs *a = (tsr_scatter_attrs *)(void *)t->attrs.bytes; /* gather begins alike */
  const int64_t rank = t->in[0].rank, indices = t->in[1].rank;
  size_t dropped = 0, window = 0, map = 0;
  for (int64_t k = 0; k < rank; k++) {
    if (source_once_in(s, 2)) t->axes[1][dropped++] = k;
    if (source_once_in(s, 2)) t->axes[4][map++] = k;
  }
  a->index_vector_dim = indices;
  for (int64_t k = 0; map != 1 && k < indices; k++)
    if (t->in[1].dims[k] == (int64_t)map) a->index_vector_dim = k;
  const int64_t loops = indices - (a->index_vector_dim < indices);
  const int64_t first = source_below(s, loops + 1);
  for (; (int64_t)(window + dropped) < rank; window++)
    t->axes[0][window] = first + (int64_t)window;
  a->update_window_dims = (tsr_axes){t->axes[0], window};
  a->inserted_window_dims = (tsr_axes){t->axes[1], dropped};
  a->input_batching_dims = a->scatter_indices_batching_dims = TSR_NO_AXES;
  a->scatter_dims_to_operand_dims = (tsr_axes){t->axes[4], map};
  if (t->op != tsr_op_core(TSR_OP_GATHER)) return;
  tsr_gather_attrs *g = (tsr_gather_attrs *)(void *)t->attrs.bytes;
  for (int64_t k = 0; k < rank; k++)
    t->dims[6][k] = tsr_dim_of(source_below(s, t->in[0].dims[k] + 1));
  for (size_t k = 0; k < dropped; k++)
    t->dims[6][t->axes[1][k]] = tsr_dim_of(1);
  g->slice_sizes = (tsr_shape){t->dims[6], (size_t)rank};
}

/* False when it has fields that cannot be made up. */
static bool fill_attrs(trial *t, source *s) {
  const tsr_attr_class *isa = t->op->attrs;
  if (isa == NULL) return true;
  if (isa->size > sizeof t->attrs || isa->n_fields > FIELDS)
    FUZZ_FAIL("%s is too large", isa->name);
  for (int i = 0; i < isa->n_fields; i++) {
    char *at = t->attrs.bytes + isa->fields[i].offset;
    switch (isa->fields[i].kind) {
    case TSR_ATTR_I64:
      PUT(int64_t, number(t, s));
      break;
    case TSR_ATTR_BOOL:
      PUT(bool, source_once_in(s, 2));
      break;
    case TSR_ATTR_DTYPE:
      PUT(tsr_dtype, (tsr_dtype)source_below(s, TSR_DTYPE_COUNT + (t->odd ? 3 : 0)));
      break;
    case TSR_ATTR_ENUM:
      PUT(int32_t, (int32_t)(t->odd ? (number(t, s) & 0xffff) : source_below(s, 6)));
      break;
    case TSR_ATTR_DIM:
      PUT(tsr_dim, tsr_dim_of(number(t, s)));
      break;
    case TSR_ATTR_SHAPE:
      PUT(tsr_shape, shape(t, s, i));
      break;
    case TSR_ATTR_AXES:
      PUT(tsr_axes, axes(t, s, i));
      break;
    default:
      return false;
    }
  }
  if (isa == &tsr_gather_attr_class || isa == &tsr_scatter_attr_class)
    if (t->n_in > 1 && source_below(s, 4) > 0) mend_numbers(t, s);
  return true;
}

/* ---- operands ---- */

static tsr_dtype draw_dtype(source *s) {
  static const tsr_dtype dtypes[] = {TSR_F64, TSR_I64, TSR_F32, TSR_C128, TSR_BOOL, TSR_U8,
                                     TSR_I8,  TSR_C64, TSR_U64, TSR_I32,  TSR_U32};
  return dtypes[source_below(s, 11)];
}

/* The operand that holds places, or -1. */
static int indices_at(const tsr_op *op) {
  if (op == tsr_op_core(TSR_OP_DYNAMIC_UPDATE_SLICE)) return 2;
  return op->family == TSR_FAMILY_INDEXING ? 1 : -1;
}

static void draw_operands(lab *l, trial *t, source *s) {
  const int32_t most = t->op->max_inputs < 0 ? 3 : t->op->max_inputs;
  t->n_in = t->op->min_inputs + (int)source_below(s, most - t->op->min_inputs + 1);
  if (source_once_in(s, 40) && t->n_in < OPERANDS) t->n_in++;
  const tsr_dtype dtype = draw_dtype(s);
  int64_t dims[LAB_RANK];
  int32_t rank = (int32_t)source_below(s, 4);
  for (int i = 0; i < t->n_in; i++) {
    const bool alike = i > 0 && source_below(s, 3) > 0;
    if (!alike && i > 0) rank = (int32_t)source_below(s, 4);
    for (int32_t k = 0; k < rank; k++)
      if (!alike) dims[k] = source_once_in(s, 10) ? 0 : 1 + source_below(s, 4);
    tsr_dtype own = source_once_in(s, 5) ? draw_dtype(s) : dtype;
    if (i == indices_at(t->op)) own = source_once_in(s, 2) ? TSR_I64 : TSR_U8;
    t->in[i] = lab_array(l, s, own, rank, dims, true, source_once_in(s, 4));
    for (int64_t n = 0; n < t->in[i].n; n++) /* integers of every width */
      t->in[i].at[n].i =
          own == TSR_I8 || own == TSR_I32 ? t->in[i].at[n].i % 100 : t->in[i].at[n].i;
  }
}

/* Those with several attributes more often. */
static const tsr_op *draw_op(source *s) {
  for (;;) {
    const tsr_op *op = tsr_op_core((tsr_op_id)source_below(s, TSR_OP_CORE_COUNT));
    const bool is_rich = op->attrs != NULL && op->attrs->n_fields > 1;
    if (op->family != TSR_FAMILY_CONTROL && op != tsr_op_core(TSR_OP_FUSED) &&
        (is_rich || source_once_in(s, 4)))
      return op;
  }
}

static bool draw_trial(lab *l, trial *t, source *s) {
  t->odd = source_once_in(s, 6);
  draw_operands(l, t, s);
  return fill_attrs(t, s);
}

/* ---- ways to run ---- */

static const void *attrs_of(const trial *t) { return t->op->attrs ? &t->attrs : NULL; }

static tsr_builder *record(lab *l, const trial *t, tsr_value *out) {
  tsr_builder *b;
  tsr_value in[OPERANDS];
  lab_ok(tsr_trace_open(l->rt, &b), "opening a trace");
  for (int i = 0; i < t->n_in; i++) {
    tsr_dim dims[LAB_RANK];
    for (int32_t k = 0; k < t->in[i].rank; k++)
      dims[k] = tsr_dim_of(t->in[i].dims[k]);
    in[i] = tsr_input(b, NULL, t->in[i].dtype, (tsr_shape){dims, (size_t)t->in[i].rank});
  }
  (void)tsr_emit(b, t->op, attrs_of(t), tsr_values_of(in, (size_t)t->n_in), out);
  return b;
}

/* Elements of all outputs; more than is reasonable counts as too many. */
static int64_t count_of(tsr_builder *b, const tsr_value *v, int32_t n) {
  int64_t total = 0;
  for (int32_t j = 0; j < n; j++) {
    tsr_type type;
    int64_t count = 1;
    lab_ok(tsr_value_type(b, v[j], &type), "asking for a type");
    for (int32_t k = 0; k < type.rank; k++) {
      if (type.dims[k].n < 0) FUZZ_FAIL("a size of %lld", (long long)type.dims[k].n);
      count *= type.dims[k].n < MAX_COUNT ? type.dims[k].n : MAX_COUNT;
      if (count > MAX_COUNT) count = MAX_COUNT;
      if (type.rank > 6) return MAX_COUNT;
    }
    total += count;
  }
  return total;
}

static double tolerance(tsr_dtype dtype) {
  if (dtype == TSR_F32 || dtype == TSR_C64) return 1e-5;
  return dtype == TSR_F64 || dtype == TSR_C128 ? 1e-12 : 0;
}

static void check(lab *l, const char *how, const trial *t, tsr_tensor **got,
                  const tsr_array *want) {
  char what[64];
  snprintf(what, sizeof what, "%s, %s", t->op->name, how);
  for (int32_t j = 0; j < outputs_of(t); j++) {
    const tsr_array a = lab_read(l, got[j]);
    lab_compare(what, j, &a, &want[j], tolerance(want[j].dtype));
  }
}

static void agree(tsr_status status, tsr_status want, const trial *t, const char *how) {
  if (want == TSR_OK) lab_ok(status, how);
  if (status != want)
    FUZZ_FAIL("%s, %s: %s, by the oracle %s", t->op->name, how, tsr_status_name(status),
              tsr_status_name(want));
}

static void compiled(lab *l, source *s, const trial *t, tsr_status known, const tsr_array *want) {
  tsr_value z[RESULTS];
  tsr_tensor *x[OPERANDS], *out[RESULTS];
  tsr_program *p;
  tsr_builder *b = record(l, t, z);
  const size_t n = (size_t)outputs_of(t);
  lab_ok(tsr_compile(b, tsr_values_of(z, n), &p), t->op->name);
  for (int i = 0; i < t->n_in; i++)
    x[i] = lab_upload(l, s, &t->in[i]);
  const tsr_status status =
      tsr_program_run(p, l->cpu, (tsr_tensor_list){x, (size_t)t->n_in}, out, n);
  agree(status, known, t, "compiled");
  if (status == TSR_OK) {
    check(l, "compiled", t, out, want);
    tsr_tensors_release(out, n);
  }
  tsr_tensors_release(x, (size_t)t->n_in);
  tsr_program_release(p);
}

static void eagerly(lab *l, source *s, const trial *t, tsr_status known, const tsr_array *want) {
  tsr_builder *b;
  tsr_value in[OPERANDS], z[RESULTS];
  tsr_tensor *x, *out[RESULTS] = {NULL};
  lab_ok(tsr_eager_open(l->rt, "cpu", &b), "opening a scope");
  for (int i = 0; i < t->n_in; i++) {
    x = lab_upload(l, s, &t->in[i]);
    in[i] = tsr_from_tensor(b, x);
    tsr_tensor_release(x);
  }
  tsr_status status = tsr_emit(b, t->op, attrs_of(t), tsr_values_of(in, (size_t)t->n_in), z);
  for (int32_t j = 0; status == TSR_OK && j < outputs_of(t); j++)
    status = tsr_to_tensor(b, z[j], &out[j]);
  agree(status, known, t, "eager");
  if (status == TSR_OK) check(l, "eager", t, out, want);
  tsr_tensors_release(out, RESULTS);
  tsr_builder_close(b);
}

/* False when it is refused. */
static bool judge(lab *l, source *s, const trial *t) {
  tsr_value z[RESULTS];
  tsr_array want[RESULTS];
  tsr_graph *graph;
  tsr_builder *b = record(l, t, z);
  const bool refused = lab_refused(tsr_builder_status(b), t->op->name);
  if (refused || count_of(b, z, outputs_of(t)) >= MAX_COUNT) {
    tsr_builder_close(b);
    return !refused;
  }
  lab_ok(tsr_graph_builder_finish(b, tsr_values_of(z, (size_t)outputs_of(t)), NULL, NULL, &graph),
         t->op->name);
  const tsr_status known = tsr_oracle_run(graph, NULL, &l->arena, t->in, want);
  tsr_graph_release(graph);
  if (known == TSR_ERR_UNSUPPORTED) return true; /* f16, bf16 */
  compiled(l, s, t, known, want);
  eagerly(l, s, t, known, want);
  return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lab *l = lab_begin(TSR_WITH(tsr_cpu_register));
  source s = source_open(data, size);
  trial t = {.op = draw_op(&s)};
  bool accepted = false;
  for (int tries = 0; !accepted && tries < 200; tries++) {
    t = (trial){.op = t.op};
    accepted = draw_trial(l, &t, &s) && judge(l, &s, &t);
  }
  lab_end(l);
  return 0;
}
