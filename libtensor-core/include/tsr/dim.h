/* tsr/dim.h - sizes that may be unknown until a program runs.
 *
 * A tsr_dim is a constant or an expression over named symbols. Expressions are
 * kept in one canonical form (polynomials with integer coefficients over symbols
 * and over the two opaque forms floor-division and maximum) and interned in a
 * space, so within one space equal dims have equal pointers. A symbol stands for
 * an unknown size >= 0; a dim that is not the constant 1 never broadcasts as 1.
 */
#ifndef TSR_DIM_H
#define TSR_DIM_H

#include "tsr/list.h"
#include "tsr/object.h"

TSR_BEGIN

typedef struct tsr_dim_expr tsr_dim_expr;
typedef struct tsr_dim_space tsr_dim_space; /* a tsr_object */

typedef struct tsr_dim {
  int64_t n;                /* the size when expr is NULL, else 0 */
  const tsr_dim_expr *expr; /* owned by a space */
} tsr_dim;

/* tsr_dim_of - a constant size. */
static inline tsr_dim tsr_dim_of(int64_t n) {
  tsr_dim dim = {n, NULL};
  return dim;
}
static inline bool tsr_dim_is_const(tsr_dim dim) { return dim.expr == NULL; }
static inline bool tsr_dim_is(tsr_dim dim, int64_t n) { return dim.expr == NULL && dim.n == n; }

/* Shapes of dims: TSR_SHAPE(n, tsr_dim_of(3)); TSR_NO_SHAPE for rank 0. */
TSR_LIST_TYPE(tsr_dim, tsr_shape);
#define TSR_SHAPE(...) TSR_MAKE_LIST(tsr_shape, tsr_dim, __VA_ARGS__)
static inline tsr_shape tsr_shape_none(void) {
  tsr_shape none = {NULL, 0};
  return none;
}
#define TSR_NO_SHAPE tsr_shape_none()

/* tsr_dim_space_create - an empty space.
 *
 * out  out  a new reference
 * err  NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_dim_space_create(tsr_dim_space **out);
TSR_OBJECT_DECLARE(tsr_dim_space);

/* tsr_dim_space_symbol - the symbol of a name; the same name gives the same symbol.
 *
 * in   space  where it is interned
 *      name   [A-Za-z_][A-Za-z0-9_]*, at most 63 bytes, copied
 *      hint   a typical size for planners, or 0; the first one given stays
 * out  out    the dim
 * err  ARGUMENT  NULL or malformed name
 *      NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_dim_space_symbol(tsr_dim_space *space, const char *name,
                                                      int64_t hint, tsr_dim *out);

/* tsr_dim_add, tsr_dim_sub, tsr_dim_mul - a + b, a - b, a b.
 *
 * in   space  owner of both expressions
 *      a, b   dims; intermediate negative values are allowed
 * out  out    canonical
 * err  ARGUMENT  an expression of another space
 *      LIMIT  a constant does not fit 64 bits, or the expression grows out of hand
 *      NOMEM
 * note space may be NULL when both are constants, here and below
 */
TSR_API TSR_NODISCARD tsr_status tsr_dim_add(tsr_dim_space *space, tsr_dim a, tsr_dim b,
                                             tsr_dim *out);
TSR_API TSR_NODISCARD tsr_status tsr_dim_sub(tsr_dim_space *space, tsr_dim a, tsr_dim b,
                                             tsr_dim *out);
TSR_API TSR_NODISCARD tsr_status tsr_dim_mul(tsr_dim_space *space, tsr_dim a, tsr_dim b,
                                             tsr_dim *out);

/* tsr_dim_div - floor(a / b); exact when b divides every coefficient, or is a factor.
 *
 * in   space  owner of both
 *      a, b   dims; b > 0
 * out  out    canonical
 * err  ARGUMENT  b is the constant 0 or negative
 *      LIMIT NOMEM
 * note b > 0 is a promise: 3 n / n = 3 is simplified without looking at n
 */
TSR_API TSR_NODISCARD tsr_status tsr_dim_div(tsr_dim_space *space, tsr_dim a, tsr_dim b,
                                             tsr_dim *out);

/* tsr_dim_max, tsr_dim_min - the larger, the smaller of two; symbols are >= 0.
 *
 * in   space  owner of both
 *      a, b   dims
 * out  out    canonical
 * err  LIMIT NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_dim_max(tsr_dim_space *space, tsr_dim a, tsr_dim b,
                                             tsr_dim *out);
TSR_API TSR_NODISCARD tsr_status tsr_dim_min(tsr_dim_space *space, tsr_dim a, tsr_dim b,
                                             tsr_dim *out);

/* tsr_dim_same - is a = b known: canonical equality, or asserted before.
 *
 * note what follows from promises by sums and multiples is found (n = m gives
 *      2 n + 1 = n + m + 1), products of promises are not (n k = m k)
 */
TSR_API bool tsr_dim_same(const tsr_dim_space *space, tsr_dim a, tsr_dim b);

/* tsr_dim_space_assert - promise that a = b; checked whenever symbols get values.
 *
 * in   space  owner of both
 *      a, b   dims
 * err  SHAPE  they can never be equal; the message holds both
 *      LIMIT NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_dim_space_assert(tsr_dim_space *space, tsr_dim a, tsr_dim b);

/* tsr_dim_format - text such as "2*n + 1", cut to size bytes; gives buffer.
 *
 * in   dim     constant or expression
 *      buffer  at least size bytes
 *      size    > 0
 */
TSR_API const char *tsr_dim_format(tsr_dim dim, char *buffer, size_t size);

/* tsr_dim_symbols - how many symbols the space has, numbered from 0 as made. */
TSR_API int32_t tsr_dim_symbols(const tsr_dim_space *space);

/* tsr_dim_name, tsr_dim_hint - name and hint of symbol i, 0 <= i < tsr_dim_symbols;
 * "" and 0 outside.
 */
TSR_API const char *tsr_dim_name(const tsr_dim_space *space, int32_t i);
TSR_API int64_t tsr_dim_hint(const tsr_dim_space *space, int32_t i);

/* tsr_dim_bind - learn a symbol from "dim has this size".
 *
 * Binds the one unbound symbol of a linear dim; checks a dim with none.
 *
 * in   space   owner
 *      dim     constant or expression
 *      size    >= 0
 *      values  [tsr_dim_symbols], -1 where unbound; updated
 * out  bound   false when dim still has several unknowns or is not linear (try again
 *              once others are bound)
 * err  SHAPE   no value of the symbol gives this size; the message holds both
 *      ARGUMENT LIMIT  as tsr_dim_eval
 */
TSR_API TSR_NODISCARD tsr_status tsr_dim_bind(const tsr_dim_space *space, tsr_dim dim, int64_t size,
                                              int64_t *values, bool *bound);

/* tsr_dim_check_asserted - hold all promises of the space against values.
 *
 * in   space   owner
 *      values  [tsr_dim_symbols], -1 where unbound (promises with unbound symbols pass)
 * err  SHAPE   a promise does not hold
 *      ARGUMENT LIMIT  as tsr_dim_eval
 */
TSR_API TSR_NODISCARD tsr_status tsr_dim_check_asserted(const tsr_dim_space *space,
                                                        const int64_t *values);

/* tsr_dim_eval - the size of a dim under values of its symbols.
 *
 * in   dim     constant or expression
 *      values  as for tsr_dim_bind; may be NULL for a constant
 * out  out     the size, which may be negative for a difference
 * err  STATE   a symbol of dim is unbound; named in the message
 *      ARGUMENT  a divisor is not positive
 *      LIMIT   the result does not fit 64 bits
 */
TSR_API TSR_NODISCARD tsr_status tsr_dim_eval(tsr_dim dim, const int64_t *values, int64_t *out);

TSR_END

#endif /* TSR_DIM_H */
