/* tsr/spi/expr.h - fused expressions: one loop nest, many operations.
 *
 * An expression computes outputs over one iteration space of sizes dims[rank]. Each
 * instruction is a core elementwise op on earlier results; loads read an input at the
 * loop index (an input's axis k runs along loop axis axes[k]; other loop axes repeat
 * it; an input axis of size 1 where the loop's is larger repeats as well). An output is
 * the value of an instruction, over the whole space or reduced (reduce_sum and its kin) over
 * some axes. Regions are made by the compiler; backends run them by a row of op "fused".
 */
#ifndef TSR_SPI_EXPR_H
#define TSR_SPI_EXPR_H

#include "tsr/attrs.h"
#include "tsr/object.h"
#include "tsr/op.h"

TSR_BEGIN

typedef struct tsr_expr_step {
  const tsr_op *op;  /* core elementwise, analytic or type op; NULL: a load */
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
  uint64_t reduced;     /* bit a: loop axis a is reduced (fusion stops at rank 64) */
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

/* tsr_expr_create - copy a description into an immutable expression.
 *
 * in   from  all fields but object, space and arena; pointers are copied deeply
 *      space owner of symbolic dims; may be NULL when all are constants
 * out  out   a new reference
 * err  ARGUMENT  a step refers forward, or to an op that is not elementwise
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

TSR_END

#endif /* TSR_SPI_EXPR_H */
