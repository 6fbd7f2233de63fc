/* elementwise.c - rows of the ops that treat elements one by one.
 *
 * Each is a program of one instruction. When everything is dense the block function is
 * called on the data as it lies, unless the program is faster: see prefers_program.
 */
#include "vm.h"

typedef struct elementwise_state {
  tsr_kernel_state state;
  tsri_block direct; /* NULL: run the program */
  int64_t n, grain;
  tsri_vm *vm;
} elementwise_state;

static void release(void *state) {
  tsr_kernel_state_release(((elementwise_state *)state)->vm);
  tsr_kernel_state_release(state);
}

static bool all_dense(const tsr_prepare *p) {
  bool dense = tsr_view_is_contiguous(&p->out[0]);
  for (int32_t i = 0; i < p->call->n_in; i++)
    dense = dense && tsr_view_is_contiguous(&p->in[i]);
  return dense;
}

static size_t bytes_of(const tsr_prepare *p) {
  size_t n = (size_t)tsr_view_count(&p->out[0]), bytes = n * tsr_dtype_size(p->out[0].dtype);
  for (int32_t i = 0; i < p->call->n_in; i++)
    bytes += n * tsr_dtype_size(p->in[i].dtype);
  return bytes;
}

/* Chains stream, widen f16 and bf16 by single instructions, and multiply complex numbers in place;
 * that makes up for what it takes to begin a program if there are some elements.
 */
static bool prefers_program(const tsr_prepare *p, tsr_dtype key) {
  enum {
    SOME = 1024
  };
  bool special = key == TSR_F16 || key == TSR_BF16 || tsr_dtype_kind(key) == TSR_KIND_COMPLEX;
  return (special && tsr_view_count(&p->out[0]) >= SOME) || tsri_streams(p->device, bytes_of(p));
}

/* An input may hand over its memory when each element is read where it is replaced. */
static void allow_alias(tsr_prepare *p) {
  size_t size = tsr_dtype_size(p->out[0].dtype);
  for (int32_t i = p->call->n_in - 1; i >= 0; i--)
    if (tsr_dtype_size(p->in[i].dtype) == size && tsr_view_same_layout(&p->in[i], &p->out[0]))
      p->alias[0] = i;
}

static tsr_status create_program(const tsr_kernel *self, const tsr_prepare *p, tsri_vm **out) {
  int32_t n = p->call->n_in;
  tsr_expr_step steps[4];
  const int64_t *strides[3];
  for (int32_t i = 0; i < n; i++) {
    steps[i] = (tsr_expr_step){
        .dtype = p->in[i].dtype, .arg = {i, -1, -1}
    };
    strides[i] = p->in[i].strides;
  }
  steps[n] = (tsr_expr_step){
      .op = tsr_op_core(tsri_kernel_op(self)),
      .attrs = p->call->attrs,
      .dtype = p->out[0].dtype,
      .arg = {0, n > 1 ? 1 : -1, n > 2 ? 2 : -1}
  };
  tsri_vm_out result = {n, 0, TSR_OP_CORE_COUNT, p->out[0].strides};
  tsri_vm_source source = {.device = p->device,
                           .rank = p->out[0].rank,
                           .dims = p->out[0].dims,
                           .n_steps = n + 1,
                           .steps = steps,
                           .in_strides = strides,
                           .n_outs = 1,
                           .outs = &result};
  return tsri_vm_create(&source, out);
}

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  tsr_op_id id = tsri_kernel_op(self);
  int32_t key = tsr_op_core(id)->key;
  elementwise_state *s;
  TSR_TRY(tsr_kernel_state_create(sizeof *s, &s));
  s->n = tsr_view_count(&p->out[0]);
  s->grain = tsri_grain_of(tsr_dtype_size(p->in[key].dtype), tsri_block_cost(id, p->in[key].dtype));
  tsr_status status = TSR_OK;
  if (all_dense(p) && !prefers_program(p, p->in[key].dtype))
    s->direct = tsri_block_find(id, p->in[key].dtype, p->call->attrs);
  if (!s->direct) status = create_program(self, p, &s->vm);
  if (status != TSR_OK) {
    tsr_kernel_state_release(s);
    return status;
  }
  allow_alias(p);
  p->state = s;
  p->release = release;
  return TSR_OK;
}

typedef struct direct_job {
  const elementwise_state *state;
  const tsr_call *call;
  const tsr_view *in, *out;
  int32_t found;
} direct_job;

static tsr_status run_direct(void *ctx, int64_t begin, int64_t end) {
  direct_job *job = ctx;
  const void *args[3] = {NULL, NULL, NULL};
  for (int32_t i = 0; i < job->call->n_in; i++)
    args[i] = (char *)job->in[i].data + (size_t)begin * tsr_dtype_size(job->in[i].dtype);
  char *out = (char *)job->out[0].data + (size_t)begin * tsr_dtype_size(job->out[0].dtype);
  if (job->state->direct(end - begin, args, out))
    __atomic_store_n(&job->found, 1, __ATOMIC_RELAXED);
  return TSR_OK;
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const elementwise_state *s = c->state;
  if (!s->direct) return tsri_vm_run(s->vm, stream, c, in, out, c->workspace);
  int32_t found = 0;
  if (s->n <= s->grain) {
    const void *args[3];
    for (int32_t i = 0; i < c->n_in; i++)
      args[i] = in[i].data;
    found = s->direct(s->n, args, out[0].data);
  } else {
    direct_job job = {s, c, in, out, 0};
    TSR_TRY(tsri_parallel_ranges(stream, s->n, s->grain, run_direct, &job));
    found = job.found;
  }
  if (found) tsr_numeric_flag(c, -1, tsri_block_finding(c->op));
  return TSR_OK;
}

#define ROW(ID, op_name, accepted)                                                                 \
  {                                                                                                \
    .op = &tsri_cpu_ops[TSR_OP_##ID], .dtypes = (accepted), .name = "cpu." op_name,                \
    .prepare = prepare, .run = run                                                                 \
  }

const tsr_kernel tsri_elementwise_kernels[] = {
    ROW(ADD, "add", TSR_DTYPES_NUMERIC),
    ROW(SUB, "sub", TSR_DTYPES_NUMERIC),
    ROW(MUL, "mul", TSR_DTYPES_NUMERIC),
    ROW(DIV, "div", TSR_DTYPES_NUMERIC),
    ROW(NEG, "neg", TSR_DTYPES_NUMERIC),
    ROW(SELECT, "select", TSR_DTYPES_ANY),
    ROW(COMPARE, "compare", TSR_DTYPES_ANY),
    ROW(ABS, "abs", TSR_DTYPES_NUMERIC),
    ROW(SIGN, "sign", TSR_DTYPES_NUMERIC),
    ROW(MAX, "max", TSR_DTYPES_ORDERED),
    ROW(MIN, "min", TSR_DTYPES_ORDERED),
    ROW(CLAMP, "clamp", TSR_DTYPES_ORDERED),
    ROW(REM, "rem", TSR_DTYPES_ORDERED),
    ROW(FLOOR, "floor", TSR_DTYPES_REAL),
    ROW(CEIL, "ceil", TSR_DTYPES_REAL),
    ROW(TRUNC, "trunc", TSR_DTYPES_REAL),
    ROW(ROUND_NEAREST_EVEN, "round_nearest_even", TSR_DTYPES_REAL),
    ROW(IS_FINITE, "is_finite", TSR_DTYPES_REAL),
    ROW(NOT, "not", TSR_DTYPES_INTEGER | TSR_BIT(BOOL)),
    ROW(AND, "and", TSR_DTYPES_INTEGER | TSR_BIT(BOOL)),
    ROW(OR, "or", TSR_DTYPES_INTEGER | TSR_BIT(BOOL)),
    ROW(XOR, "xor", TSR_DTYPES_INTEGER | TSR_BIT(BOOL)),
    ROW(SHIFT_LEFT, "shift_left", TSR_DTYPES_INTEGER),
    ROW(SHIFT_RIGHT_ARITHMETIC, "shift_right_arithmetic", TSR_DTYPES_INTEGER),
    ROW(SHIFT_RIGHT_LOGICAL, "shift_right_logical", TSR_DTYPES_INTEGER),
    ROW(EXP, "exp", TSR_DTYPES_FIELD),
    ROW(SIN, "sin", TSR_DTYPES_FIELD),
    ROW(COS, "cos", TSR_DTYPES_FIELD),
    ROW(EXPM1, "expm1", TSR_DTYPES_FIELD),
    ROW(LOG, "log", TSR_DTYPES_FIELD),
    ROW(LOG1P, "log1p", TSR_DTYPES_FIELD),
    ROW(SQRT, "sqrt", TSR_DTYPES_FIELD),
    ROW(RSQRT, "rsqrt", TSR_DTYPES_FIELD),
    ROW(TAN, "tan", TSR_DTYPES_FIELD),
    ROW(TANH, "tanh", TSR_DTYPES_FIELD),
    ROW(SINH, "sinh", TSR_DTYPES_FIELD),
    ROW(COSH, "cosh", TSR_DTYPES_FIELD),
    ROW(LOGISTIC, "logistic", TSR_DTYPES_FIELD),
    ROW(POW, "pow", TSR_DTYPES_NUMERIC),
    ROW(EXP2, "exp2", TSR_DTYPES_FIELD),
    ROW(LOG2, "log2", TSR_DTYPES_FIELD),
    ROW(LOG10, "log10", TSR_DTYPES_FIELD),
    ROW(CBRT, "cbrt", TSR_DTYPES_REAL),
    ROW(ATAN2, "atan2", TSR_DTYPES_REAL),
    ROW(ASIN, "asin", TSR_DTYPES_FIELD),
    ROW(ACOS, "acos", TSR_DTYPES_FIELD),
    ROW(ATAN, "atan", TSR_DTYPES_FIELD),
    ROW(ASINH, "asinh", TSR_DTYPES_FIELD),
    ROW(ACOSH, "acosh", TSR_DTYPES_FIELD),
    ROW(ATANH, "atanh", TSR_DTYPES_FIELD),
    ROW(ERF, "erf", TSR_DTYPES_REAL),
    ROW(ERFC, "erfc", TSR_DTYPES_REAL),
    ROW(CONVERT, "convert", TSR_DTYPES_ANY),
    ROW(REAL, "real", TSR_DTYPES_COMPLEX),
    ROW(IMAG, "imag", TSR_DTYPES_COMPLEX),
    ROW(CONJ, "conj", TSR_DTYPES_COMPLEX),
    ROW(COMPLEX, "complex", TSR_BIT(F32) | TSR_BIT(F64)),
};
const int32_t tsri_elementwise_kernel_count = TSRI_COUNT_OF(tsri_elementwise_kernels);
