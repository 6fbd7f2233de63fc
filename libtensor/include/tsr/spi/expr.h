/* tsr/spi/expr.h - fused expressions: one loop nest, many operations.
 *
 * An expression computes outputs over one iteration space of sizes dims[rank]. Each
 * instruction is a core elementwise op on earlier results; loads read an input at the
 * loop index (an input's axis k runs along loop axis axes[k]; other loop axes repeat
 * it; an input axis of size 1 where the loop's is larger repeats as well). An output is
 * the value of an instruction, over the whole space or reduced (reduce_sum and its kin) over
 * some axes. Regions are made by the compiler; backends run them by a row of op "fused".
 *
 * An instruction may itself be a reduction: its value is that of its operand reduced over
 * some axes, repeated along them. Such an expression is one of rows: softmax is a maximum, a
 * sum and a quotient of this kind. All its reductions are over the same axes.
 */
#ifndef TSR_SPI_EXPR_H
#define TSR_SPI_EXPR_H

#include "tsr/attrs.h"
#include "tsr/object.h"
#include "tsr/op.h"

TSR_BEGIN

typedef struct tsr_expr_step {
  const tsr_op *op;  /* core elementwise, analytic or type op, or reduction; NULL: a load */
  const void *attrs; /* of op, e.g. the direction of compare; owned by the expression */
  tsr_dtype dtype;   /* of the result */
  int32_t arg[3];    /* earlier steps; -1 unused. For a load arg[0] is the input */
} tsr_expr_step;

typedef struct tsr_expr_load {
  tsr_dtype dtype;
  int32_t rank;        /* of the input */
  const int32_t *axes; /* [rank] increasing loop axes */
} tsr_expr_load;

typedef struct tsr_expr_out {
  int32_t step;
  const tsr_op *reduce; /* NULL, or one of which tsr_expr_reduces is true */
  uint64_t reduced;     /* bit a: loop axis a is not in the output: it is reduced, or, without
                           reduce, the step does not vary along it (fusion stops at rank 64) */
} tsr_expr_out;

typedef struct tsr_expr {
  tsr_object object;
  int32_t rank;
  const tsr_dim *dims; /* [rank] the loop, possibly symbolic */
  int32_t n_inputs, n_steps, n_outputs;
  const tsr_expr_load *inputs; /* [n_inputs] */
  const tsr_expr_step *steps;  /* [n_steps] in order; loads first */
  const tsr_expr_out *outputs; /* [n_outputs] */
  tsr_dim_space *space;        /* retained */
  tsr_arena arena;             /* owns all of the above */
} tsr_expr;

/* tsr_expr_cast - the expression an attribute's object is, NULL when it is none. */
TSR_API const tsr_expr *tsr_expr_cast(const tsr_object *object);

/* tsr_expr_reduces - is op a reduction over axes: reduce_sum, reduce_max, ...
 *
 * in   op   any
 */
TSR_API bool tsr_expr_reduces(const tsr_op *op);

/* tsr_expr_rows - the loop axes that steps reduce, as in tsr_expr_out; 0: there are none.
 *
 * in   expr   any
 */
TSR_API uint64_t tsr_expr_rows(const tsr_expr *expr);

/* tsr_expr_create - copy a description into an immutable expression.
 *
 * in   from  all fields but object, space and arena; pointers are copied deeply
 *      space owner of symbolic dims; may be NULL when all are constants
 * out  out   a new reference
 * err  ARGUMENT  a step refers forward, or to an op that is neither elementwise nor a
 *                reduction; reductions of steps over different axes; an output without an
 *                axis along which its step varies
 *      NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_expr_create(const tsr_expr *from, tsr_dim_space *space,
                                                 tsr_expr **out);
TSR_OBJECT_DECLARE(tsr_expr);

/* tsr_expr_format_c - print an expression as a C function over strided inputs.
 *
 * The text computes what the vector VM computes, in the same order, for tests and as a
 * model of the CUDA printer: `void name(const int64_t *dims, void *const *in,
 * const int64_t *const *in_strides, void *const *out, const int64_t *const *out_strides)`.
 * in_strides[i] has one stride per axis of input i, 0 where an axis of size 1 repeats;
 * out_strides[j] one per kept axis. A reduction takes its elements in C order, one at a
 * time; that of f16 or bf16 in f32. Compile with -ffp-contract=off.
 *
 * in   expr   any dtypes
 *      name   C identifier
 * out  out    zero-terminated; free with tsr_free(out, size, 0)
 *      size   bytes of out with its zero
 * err  UNSUPPORTED  an op or dtype without C text; named
 *      NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_expr_format_c(const tsr_expr *expr, const char *name,
                                                   char **out, size_t *size);

/* One kernel of an expression: the outputs that reduce the same axes, over a loop whose axes
 * were ordered and fused by the caller.
 */
typedef struct tsr_expr_nest {
  uint64_t reduced;     /* as in those outputs; 0: the outputs that reduce nothing */
  int32_t kept_rank;    /* fused axes that the outputs have */
  int32_t reduced_rank; /* and that they have not; 0 when reduced is 0 */
  int32_t bits;         /* 32 or 64: of sizes and strides */
} tsr_expr_nest;

/* Threads of a block of a kernel that reduces. */
#define TSR_EXPR_BLOCK 256

/* tsr_expr_format_cuda - print a nest of an expression as CUDA C for NVRTC.
 *
 * The kernel depends on the expression, the ranks and the width of indices only. It is
 * `extern "C" __global__ void name(const name_args a)` with one struct: first the addresses
 * in[n_inputs], out[n], then those of workspace, part[n], if it reduces, or else found, if it
 * has a finding; then, as numbers of nest->bits bits, the count of kept indices; if it
 * reduces: the count of reduced ones, the chunk of them that a block takes, the number of
 * chunks, the logarithm of the results of a block, 1 if neighbouring threads take
 * neighbouring reduced indices or 0 for kept ones, the logarithm of the results of a block
 * of `name_finish`; then dims[kept and reduced axes], in_strides[n_inputs][the same axes]
 * and out_strides[n][kept axes]. n counts the outputs of the nest, in order. Arrays of length
 * 0 are left out.
 *
 * Without reductions any grid computes everything. With them, blocks of TSR_EXPR_BLOCK
 * threads: grid x covers the kept indices, grid y the chunks. One chunk is stored; several
 * leave values in part[j][chunk][kept index], 16 bytes each at most, and `name_finish` joins
 * and stores them. The order of a sum follows from these numbers alone. f16 and bf16
 * accumulate in f32. An element at fault sets found[tsr_expr_finding's number] to 1.
 *
 * in   expr   any dtypes
 *      nest   what to print
 *      name   C identifier
 * out  out    zero-terminated; free with tsr_free(out, size, 0)
 *      size   bytes of out with its zero
 * err  UNSUPPORTED  an op or dtype without text, named; a step that reduces
 *      NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_expr_format_cuda(const tsr_expr *expr,
                                                      const tsr_expr_nest *nest, const char *name,
                                                      char **out, size_t *size);

/* tsr_expr_finding - what kernels printed from expressions can find wrong with an element.
 *
 * in   number  0, 1, ...
 * ret  "integer division by zero"; NULL from the first number on that stands for nothing
 */
TSR_API const char *tsr_expr_finding(int32_t number);

/* tsr_expr_has_finding - does a kernel of the expression report findings? */
TSR_API bool tsr_expr_has_finding(const tsr_expr *expr);

TSR_END

#endif /* TSR_SPI_EXPR_H */
