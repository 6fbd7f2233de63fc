/* tsr/spi/call.h - one application of an op, as rules and kernels see it. */
#ifndef TSR_SPI_CALL_H
#define TSR_SPI_CALL_H

#include "tsr/arena.h"
#include "tsr/op.h"
#include "tsr/value.h"

TSR_BEGIN

/* Where rules make types and dimension expressions. */
typedef struct tsr_call_context {
  tsr_arena *arena;
  tsr_dim_space *space;
} tsr_call_context;

typedef struct tsr_call {
  const tsr_op *op;
  const void *attrs; /* instance of op->attrs, or NULL */
  int32_t n_in, n_out;
  const tsr_type *in_type;     /* [n_in] */
  const tsr_type *out_type;    /* [n_out]; NULL while inferring */
  const tsr_value *in;         /* [n_in], for rules; NULL in kernels and in infer */
  const tsr_value *out;        /* [n_out], for derivative rules; NULL elsewhere */
  tsr_call_context *context;   /* for rules; NULL while a kernel runs */
  void *state;                 /* for run: what the kernel's prepare made, or NULL */
  void *workspace;             /* for run: bytes asked for by prepare, 64-byte aligned */
  struct tsr_numeric *numeric; /* for run: where numerical findings go; see backend.h */
} tsr_call;

/* tsr_type_make - a type whose dims live in the call's context.
 *
 * in   c      the call being inferred
 *      dtype  element type
 *      rank   >= 0
 *      dims   [rank], copied
 * out  out    the type
 * err  NOMEM
 *      SHAPE  a constant dim is negative
 */
TSR_API TSR_NODISCARD tsr_status tsr_type_make(const tsr_call *c, tsr_dtype dtype, int32_t rank,
                                               const tsr_dim *dims, tsr_type *out);

/* tsr_require_rank, tsr_require_min_rank, tsr_require_dtype, tsr_require_same_dtype,
 * tsr_require_same_dim, tsr_require_same_type - what infer rules check first.
 *
 * Each failure names the op and both values: "maxplus: inner sizes differ: 3 and 4".
 *
 * in   c             the call
 *      i, j          operands
 *      rank          wanted rank
 *      dtypes        bit set of accepted dtypes
 *      axis_i, axis_j  axes, counted from 0
 * err  SHAPE  rank or size differ
 *      DTYPE  dtype not in the set, or the two differ
 */
TSR_API TSR_NODISCARD tsr_status tsr_require_rank(const tsr_call *c, int32_t i, int32_t rank);
TSR_API TSR_NODISCARD tsr_status tsr_require_min_rank(const tsr_call *c, int32_t i, int32_t rank);
TSR_API TSR_NODISCARD tsr_status tsr_require_dtype(const tsr_call *c, int32_t i, uint32_t dtypes);
TSR_API TSR_NODISCARD tsr_status tsr_require_same_dtype(const tsr_call *c, int32_t i, int32_t j);
TSR_API TSR_NODISCARD tsr_status tsr_require_same_dim(const tsr_call *c, int32_t i, int32_t axis_i,
                                                      int32_t j, int32_t axis_j);
TSR_API TSR_NODISCARD tsr_status tsr_require_same_type(const tsr_call *c, int32_t i, int32_t j);

TSR_END

#endif /* TSR_SPI_CALL_H */
