/* elementwise.c - rows of the ops that treat elements one by one, and of reductions.
 *
 * Each is an expression of one step, or of a load whose value is reduced.
 */
#include "generated.h"

#include "tsr/alloc.h"

/* A call as an expression over the axes of its first operand. */
typedef struct form {
  tsr_expr expr;
  tsr_expr_load loads[3];
  tsr_expr_step steps[4];
  tsr_expr_out result;
} form;

static const tsr_op *op_of(const tsr_prepare *p) {
  return tsr_op_core(tsr_op_core_id(p->call->op));
}

static void load_all(const tsr_prepare *p, const tsr_dim *dims, const int32_t *axes, form *f) {
  const int32_t n = p->call->n_in;
  *f = (form){
      .expr = {.rank = p->in[0].rank, .dims = dims, .n_inputs = n, .n_steps = n, .n_outputs = 1}
  };
  for (int32_t i = 0; i < n; i++) {
    f->loads[i] = (tsr_expr_load){p->in[i].dtype, p->in[i].rank, axes};
    f->steps[i] = (tsr_expr_step){
        .dtype = p->in[i].dtype, .arg = {i, -1, -1}
    };
  }
  f->expr.inputs = f->loads;
  f->expr.steps = f->steps;
  f->expr.outputs = &f->result;
}

static void apply(const tsr_prepare *p, form *f) {
  const int32_t n = p->call->n_in;
  f->steps[n] = (tsr_expr_step){
      .op = op_of(p),
      .attrs = p->call->attrs,
      .dtype = p->out[0].dtype,
      .arg = {0, n > 1 ? 1 : -1, n > 2 ? 2 : -1}
  };
  f->expr.n_steps = n + 1;
  f->result.step = n;
}

static void reduce(const tsr_prepare *p, form *f) {
  const tsr_reduce_attrs *attrs = p->call->attrs;
  f->result.reduce = op_of(p);
  for (size_t i = 0; i < attrs->axes.n; i++)
    f->result.reduced |= UINT64_C(1) << attrs->axes.data[i];
}

static tsr_status prepare_form(tsr_prepare *p, void (*complete)(const tsr_prepare *p, form *f)) {
  const size_t rank = (size_t)p->in[0].rank, bytes = rank * (sizeof(tsr_dim) + sizeof(int32_t)) + 1;
  void *memory;
  form f;
  tsr_expr *expr;
  TSR_TRY(tsr_alloc(bytes, 0, &memory));
  tsr_dim *dims = memory;
  int32_t *axes = (int32_t *)(dims + rank);
  for (size_t a = 0; a < rank; a++) {
    dims[a] = tsr_dim_of(p->in[0].dims[a]);
    axes[a] = (int32_t)a;
  }
  load_all(p, dims, axes, &f);
  complete(p, &f);
  tsr_status status = tsr_expr_create(&f.expr, NULL, &expr);
  tsr_free(memory, bytes, 0);
  TSR_TRY(status);
  status = tsri_cuda_generated_prepare(expr, p);
  tsr_expr_release(expr);
  return status;
}

static tsr_status prepare_step(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  return prepare_form(p, apply);
}

static tsr_status prepare_reduction(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  if (p->in[0].rank > 64)
    return TSR_FAIL(TSR_ERR_UNSUPPORTED, "%s: %d axes, the kernels of cuda take 64",
                    p->call->op->name, p->in[0].rank);
  return prepare_form(p, reduce);
}

#define LOGIC        (TSR_DTYPES_INTEGER | TSR_BIT(BOOL))
#define LINEAR_ORDER (TSR_DTYPES_ORDERED | TSR_BIT(BOOL))
#define PAIRED       (TSR_BIT(F32) | TSR_BIT(F64))
#define ROW(ID, op_name, accepted, how)                                                            \
  {                                                                                                \
    .op = &tsri_cuda_ops[TSR_OP_##ID], .dtypes = (accepted), .name = "cuda." op_name,              \
    .prepare = (how), .run = tsri_cuda_generated_run                                               \
  }
#define STEP(ID, op_name, accepted)   ROW(ID, op_name, accepted, prepare_step)
#define REDUCE(ID, op_name, accepted) ROW(ID, op_name, accepted, prepare_reduction)

const tsr_kernel tsri_cuda_elementwise_kernels[] = {
    STEP(ADD, "add", TSR_DTYPES_NUMERIC),
    STEP(SUB, "sub", TSR_DTYPES_NUMERIC),
    STEP(MUL, "mul", TSR_DTYPES_NUMERIC),
    STEP(DIV, "div", TSR_DTYPES_NUMERIC),
    STEP(NEG, "neg", TSR_DTYPES_NUMERIC),
    STEP(SELECT, "select", TSR_DTYPES_ANY),
    STEP(COMPARE, "compare", TSR_DTYPES_ANY),
    STEP(ABS, "abs", TSR_DTYPES_NUMERIC),
    STEP(SIGN, "sign", TSR_DTYPES_NUMERIC),
    STEP(MAX, "max", TSR_DTYPES_ORDERED),
    STEP(MIN, "min", TSR_DTYPES_ORDERED),
    STEP(CLAMP, "clamp", TSR_DTYPES_ORDERED),
    STEP(REM, "rem", TSR_DTYPES_ORDERED),
    STEP(FLOOR, "floor", TSR_DTYPES_REAL),
    STEP(CEIL, "ceil", TSR_DTYPES_REAL),
    STEP(TRUNC, "trunc", TSR_DTYPES_REAL),
    STEP(ROUND_NEAREST_EVEN, "round_nearest_even", TSR_DTYPES_REAL),
    STEP(IS_FINITE, "is_finite", TSR_DTYPES_REAL),
    STEP(NOT, "not", LOGIC),
    STEP(AND, "and", LOGIC),
    STEP(OR, "or", LOGIC),
    STEP(XOR, "xor", LOGIC),
    STEP(SHIFT_LEFT, "shift_left", TSR_DTYPES_INTEGER),
    STEP(SHIFT_RIGHT_ARITHMETIC, "shift_right_arithmetic", TSR_DTYPES_INTEGER),
    STEP(SHIFT_RIGHT_LOGICAL, "shift_right_logical", TSR_DTYPES_INTEGER),
    STEP(EXP, "exp", TSR_DTYPES_FIELD),
    STEP(SIN, "sin", TSR_DTYPES_FIELD),
    STEP(COS, "cos", TSR_DTYPES_FIELD),
    STEP(EXPM1, "expm1", TSR_DTYPES_FIELD),
    STEP(LOG, "log", TSR_DTYPES_FIELD),
    STEP(LOG1P, "log1p", TSR_DTYPES_FIELD),
    STEP(SQRT, "sqrt", TSR_DTYPES_FIELD),
    STEP(RSQRT, "rsqrt", TSR_DTYPES_FIELD),
    STEP(TAN, "tan", TSR_DTYPES_FIELD),
    STEP(TANH, "tanh", TSR_DTYPES_FIELD),
    STEP(SINH, "sinh", TSR_DTYPES_FIELD),
    STEP(COSH, "cosh", TSR_DTYPES_FIELD),
    STEP(LOGISTIC, "logistic", TSR_DTYPES_FIELD),
    STEP(POW, "pow", TSR_DTYPES_NUMERIC),
    STEP(EXP2, "exp2", TSR_DTYPES_FIELD),
    STEP(LOG2, "log2", TSR_DTYPES_FIELD),
    STEP(LOG10, "log10", TSR_DTYPES_FIELD),
    STEP(CBRT, "cbrt", TSR_DTYPES_REAL),
    STEP(ATAN2, "atan2", TSR_DTYPES_REAL),
    STEP(ASIN, "asin", TSR_DTYPES_FIELD),
    STEP(ACOS, "acos", TSR_DTYPES_FIELD),
    STEP(ATAN, "atan", TSR_DTYPES_FIELD),
    STEP(ASINH, "asinh", TSR_DTYPES_FIELD),
    STEP(ACOSH, "acosh", TSR_DTYPES_FIELD),
    STEP(ATANH, "atanh", TSR_DTYPES_FIELD),
    STEP(ERF, "erf", TSR_DTYPES_REAL),
    STEP(ERFC, "erfc", TSR_DTYPES_REAL),
    STEP(CONVERT, "convert", TSR_DTYPES_ANY),
    STEP(REAL, "real", TSR_DTYPES_COMPLEX),
    STEP(IMAG, "imag", TSR_DTYPES_COMPLEX),
    STEP(CONJ, "conj", TSR_DTYPES_COMPLEX),
    STEP(COMPLEX, "complex", PAIRED),
    REDUCE(REDUCE_SUM, "reduce_sum", TSR_DTYPES_NUMERIC),
    REDUCE(REDUCE_PROD, "reduce_prod", TSR_DTYPES_NUMERIC),
    REDUCE(REDUCE_MAX, "reduce_max", LINEAR_ORDER),
    REDUCE(REDUCE_MIN, "reduce_min", LINEAR_ORDER),
    REDUCE(REDUCE_AND, "reduce_and", LOGIC),
    REDUCE(REDUCE_OR, "reduce_or", LOGIC),
};
const int32_t tsri_cuda_elementwise_kernel_count = TSRI_COUNT_OF(tsri_cuda_elementwise_kernels);
