/* values_calls.c - calls that values_surface.py cannot write: those with bodies, tensors, files,
 * attributes, or arrays whose length another argument says.
 */
#include "values.h"

/* ---- data, tensors, text ---- */

static void from_data(play *p) {
  static const double data[64] = {1, 2, 3, 4, 5, 6};
  static const tsr_dtype dtypes[] = {TSR_F64, TSR_I64, TSR_C128, TSR_F32, TSR_BOOL, TSR_F16};
  int64_t dims[3];
  const size_t n = (size_t)source_below(&p->s, 4);
  for (size_t k = 0; k < n; k++)
    dims[k] = source_below(&p->s, 4);
  if (n == 3 && dims[2] > 1) dims[2] = 1;
  if (n > 0 && source_once_in(&p->s, 12)) dims[0] = -1 - source_below(&p->s, 2);
  keep_one(p, tsr_from_data(p->b, dtypes[source_below(&p->s, 6)], (tsr_dims){dims, n},
                            source_once_in(&p->s, 30) ? NULL : data));
}

static void from_tensor(play *p) {
  tsr_tensor *t = NULL;
  if (!source_once_in(&p->s, 6) &&
      lab_refused(tsr_tensor_create(p->l->cpu, TSR_BOOL, TSR_DIMS(any_small(p)), &t), "create"))
    return;
  keep_one(p, source_once_in(&p->s, 2) ? tsr_constant(p->b, t) : tsr_from_tensor(p->b, t));
  tsr_tensor_release(t);
}

static void shown(play *p) {
  static FILE *nowhere;
  if (nowhere == NULL) nowhere = fopen("/dev/null", "w");
  (void)lab_refused(tsr_print(p->b, any_value(p), source_once_in(&p->s, 8) ? NULL : nowhere),
                    "print");
}

static void fail(play *p) {
  (void)tsr_builder_fail(p->b, TSR_FAIL(TSR_ERR_STATE, "somebody else failed"));
}

/* ---- lists with a partner ---- */

static void split(play *p) {
  const int64_t n = source_below(&p->s, 6) - 1;
  tsr_value out[8] = {{0}};
  (void)tsr_split(p->b, any_value(p), n, any_small(p), out);
  keep_all(p, out, 4 * sizeof *out);
}

static void einsum_numbered(play *p) {
  const tsr_values in = any_values(p);
  tsr_axes labels[4];
  for (int k = 0; k < 4; k++)
    labels[k] = any_axes(p);
  const tsr_axes output = any_axes(p);
  keep_one(p, tsr_einsum_numbered(p->b, in, source_once_in(&p->s, 30) ? NULL : labels, output));
}

static void einsum_along(play *p) {
  tsr_dims shapes[3];
  tsr_einsum_path *path = NULL;
  for (int k = 0; k < 3; k++) {
    const tsr_axes some = any_axes(p);
    shapes[k] = (tsr_dims){some.data, some.n % 16};
  }
  const size_t n = (size_t)source_below(&p->s, 4);
  if (lab_refused(tsr_einsum_path_create(any_text(p), any_dtype(p), shapes, n, &path), "path") &&
      path != NULL)
    FUZZ_FAIL("a path although making it failed");
  keep_one(p, tsr_einsum_along(p->b, path, any_values(p)));
  tsr_einsum_path_release(path);
}

/* ---- any operation with anything for attributes ---- */

static void emit(play *p) {
  tsr_value out[16] = {{0}};
  const tsr_op *op = tsr_op_core((tsr_op_id)source_below(&p->s, TSR_OP_CORE_COUNT + 1));
  const tsr_op stranger = {.name = "example.stranger.v1", .max_inputs = -1, .n_outputs = 1};
  if (source_once_in(&p->s, 20)) op = &stranger;
  const void *attrs = any_attrs(p, op == NULL ? NULL : op->attrs);
  const tsr_values in = any_values(p);
  if (source_once_in(&p->s, 4)) {
    keep_one(p, tsr_emit1(p->b, op, attrs, in));
  } else {
    (void)tsr_emit(p->b, op, attrs, in, out);
    keep_all(p, out, 3 * sizeof *out);
  }
}

/* A tensor like one of the operands, which many results are like, or any small one. */
static tsr_tensor *some_tensor(play *p, tsr_values in) {
  tsr_tensor *t = NULL;
  tsr_type type;
  int64_t dims[8];
  const bool is_like = in.n && in.data && source_below(&p->s, 4) &&
                       tsr_value_type(p->b, in.data[0], &type) == TSR_OK && type.rank <= 8;
  for (int32_t k = 0; is_like && k < type.rank; k++) {
    if (!tsr_dim_is_const(type.dims[k])) return NULL;
    dims[k] = type.dims[k].n;
  }
  const tsr_dims like = {dims, is_like ? (size_t)type.rank : 0};
  const tsr_dtype dtype = is_like && source_below(&p->s, 4) ? type.dtype : any_dtype(p);
  (void)lab_refused(
      tsr_tensor_create(p->l->cpu, dtype, is_like ? like : TSR_DIMS(any_small(p)), &t), "create");
  return t;
}

static void run_into(play *p) {
  const tsr_op *op = tsr_op_core((tsr_op_id)source_below(&p->s, TSR_OP_CORE_COUNT + 1));
  const void *attrs = any_attrs(p, op == NULL ? NULL : op->attrs);
  const tsr_values in = any_values(p);
  tsr_tensor *out[2] = {some_tensor(p, in), NULL};
  if (source_once_in(&p->s, 8)) out[1] = source_once_in(&p->s, 2) ? out[0] : some_tensor(p, in);
  const size_t n = out[1] ? 2 : (size_t)source_below(&p->s, 8) > 0;
  const tsr_tensor_list list = {source_once_in(&p->s, 30) ? NULL : out, n};
  (void)lab_refused(tsr_eager_run_into(p->b, op, attrs, in, list), "run_into");
  if (out[1] != out[0]) tsr_tensor_release(out[1]);
  tsr_tensor_release(out[0]);
}

/* ---- calls with bodies ---- */

/* Some calls, then any results; at times an error of its own, with or without a message. */
static tsr_status body(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  play *p = ctx;
  tsr_builder *around = p->b;
  p->b = b;
  p->depth++;
  keep(p, in[0]);
  const int64_t n = source_below(&p->s, 3);
  for (int64_t k = 0; k < n; k++)
    (void)values_call(p);
  out[0] = source_once_in(&p->s, 3) ? values_any(p) : in[0];
  out[1] = source_once_in(&p->s, 3) ? any_value(p) : in[0];
  p->depth--;
  p->b = around;
  if (source_once_in(&p->s, 20)) return TSR_FAIL(TSR_ERR_STATE, "the body would not");
  return TSR_OK;
}

static tsr_status never(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_ne(b, in[0], in[0]);
  return TSR_OK;
}

/* At times it says it has entries and has none. */
static tsr_values list(play *p, const tsr_value *data, size_t n) {
  return tsr_values_of(source_once_in(&p->s, 40) ? NULL : data, n);
}

static tsr_body some_body(play *p) { return source_once_in(&p->s, 40) ? (tsr_body)NULL : body; }

static void control(play *p) {
  tsr_value in[4], out[6] = {{0}};
  for (int k = 0; k < 4; k++)
    in[k] = any_value(p);
  const int64_t k = source_below(&p->s, 5);
  const tsr_values some = list(p, in, 1 + (size_t)source_below(&p->s, 3));
  if (k == 0) (void)tsr_cond(p->b, in[3], body, some_body(p), p, some, 2, out);
  if (k == 1) (void)tsr_while(p->b, never, some_body(p), p, list(p, in, 2), out);
  if (k == 2)
    (void)tsr_scan(p->b, some_body(p), p, list(p, in, 1),
                   list(p, in + 1, (size_t)source_below(&p->s, 2)),
                   source_once_in(&p->s, 4) ? any_dim(p) : tsr_dim_of(source_below(&p->s, 4) - 1),
                   (tsr_scan_order)source_below(&p->s, 2), 1, out);
  if (k == 3) (void)tsr_checkpoint(p->b, some_body(p), p, some, 2, out);
  if (k == 4) (void)tsr_barrier(p->b, list(p, in, (size_t)source_below(&p->s, 4)), out);
  keep(p, out[0]);
  keep(p, out[1]);
}

static void derivative(play *p) {
  tsr_value a[2] = {any_value(p), any_value(p)}, c[2] = {any_value(p), any_value(p)}, t[2],
            out[6] = {{0}};
  for (int k = 0; k < 2; k++)
    t[k] = any_value(p);
  const tsr_values x = list(p, a, 2), y = list(p, c, 2), z = list(p, t, 2);
  const int64_t k = source_below(&p->s, 7);
  if (k == 0) (void)tsr_grads(p->b, t[0], x, out);
  if (k == 1) (void)tsr_vjp(p->b, x, y, z, out);
  if (k == 2) (void)tsr_jvp(p->b, x, y, z, out);
  if (k == 3) (void)tsr_vjp_of(p->b, some_body(p), p, x, y, out, out + 2);
  if (k == 4) (void)tsr_jvp_of(p->b, some_body(p), p, x, y, 2, out, out + 2);
  if (k == 5) (void)tsr_value_and_grad_of(p->b, some_body(p), p, list(p, a, 1), out, out + 2);
  if (k == 6) (void)tsr_hvp_of(p->b, some_body(p), p, x, y, out);
  for (int i = 0; i < 4; i++)
    keep(p, out[i]);
}

static void mapped(play *p) {
  tsr_value in[2] = {any_value(p), any_value(p)}, out[2] = {{0}};
  const int64_t odd = source_once_in(&p->s, 2) ? TSR_NOT_MAPPED : any_small(p);
  const int64_t from[2] = {any_small(p), odd}, to[2] = {odd, any_small(p)};
  (void)tsr_vmap(p->b, some_body(p), p, list(p, in, 2),
                 source_once_in(&p->s, 2) ? TSR_NO_AXES
                                          : (tsr_axes){source_once_in(&p->s, 30) ? NULL : from, 2},
                 2,
                 source_once_in(&p->s, 2) ? TSR_NO_AXES
                                          : (tsr_axes){source_once_in(&p->s, 30) ? NULL : to, 2},
                 out);
  keep(p, out[0]);
  keep(p, out[1]);
}

static const struct {
  void (*run)(play *);
  const char *name;
  bool has_body;
} calls[] = {
    {from_data,       "from_data",       false},
    {from_data,       "from_data",       false},
    {from_tensor,     "from_tensor",     false},
    {shown,           "print",           false},
    {fail,            "fail",            false},
    {split,           "split",           false},
    {einsum_numbered, "einsum_numbered", false},
    {einsum_along,    "einsum_along",    false},
    {emit,            "emit",            false},
    {emit,            "emit",            false},
    {run_into,        "run_into",        false},
    {control,         "control",         true },
    {derivative,      "derivative",      true },
    {mapped,          "mapped",          true }
};

const char *values_call(play *p) {
  if (source_below(&p->s, 4) > 0) {
    const values_function *f = &values_surface[source_below(&p->s, (int64_t)values_surface_n)];
    p->name = f->name;
    f->run(p);
    return f->name;
  }
  const size_t k = (size_t)source_below(&p->s, sizeof calls / sizeof *calls);
  p->name = calls[k].name;
  if (p->depth < 3 || !calls[k].has_body) calls[k].run(p);
  return calls[k].name;
}
