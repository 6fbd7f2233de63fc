/* tsr/spi/literal.h - small host constants, by value and without a device.
 *
 * A literal is what a graph holds of a number or a small array that was written down in
 * the program: dtype, sizes and C-ordered bytes. Two literals of equal content are equal.
 * Attribute "tensor" of op constant is either a literal or a tsr_tensor on a host device;
 * tsr_literal_cast tells them apart.
 */
#ifndef TSR_SPI_LITERAL_H
#define TSR_SPI_LITERAL_H

#include "tsr/dtype.h"
#include "tsr/list.h"
#include "tsr/object.h"

TSR_BEGIN

typedef struct tsr_literal {
  tsr_object object;
  tsr_dtype dtype;
  int32_t rank;
  const int64_t *dims;     /* [rank] */
  const void *data;        /* C order, dense */
  size_t size;             /* bytes at data */
  uint64_t inline_data[2]; /* data of a single number */
} tsr_literal;

/* A number before it has found its dtype: i of I64, re of F64, re and im of C128. */
typedef struct tsr_number {
  tsr_dtype dtype;
  int64_t i;
  double re, im;
} tsr_number;

/* tsr_literal_create - a literal holding a copy of C-ordered data.
 *
 * in   dtype  element type
 *      dims   sizes
 *      data   prod(dims) elements; may be NULL when there are none
 * out  out    a new reference
 * err  ARGUMENT  no dtype
 *      SHAPE     a negative size
 *      LIMIT, NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_literal_create(tsr_dtype dtype, tsr_dims dims,
                                                    const void *data, tsr_literal **out);
TSR_OBJECT_DECLARE(tsr_literal);

/* tsr_literal_of_number - a number as a rank 0 literal of some dtype.
 *
 * in   number  its dtype is I64, F64 or C128
 *      dtype   of the literal; floats and complex types round to nearest
 * out  out     a new reference
 * err  DTYPE   it would lose: a fraction as an integer, an integer out of range, an
 *              imaginary part as a real, anything but 0 and 1 as bool
 *      NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_literal_of_number(const tsr_number *number, tsr_dtype dtype,
                                                       tsr_literal **out);

/* tsr_literal_cast - the literal that an object is, or NULL when it is something else. */
TSR_API const tsr_literal *tsr_literal_cast(const tsr_object *object);

/* tsr_literal_splat - is every element the same number, by its bits?
 *
 * in   literal  of any shape
 * out  out      the number, when the result is true
 * ret  false when elements differ or there are none
 */
TSR_API bool tsr_literal_splat(const tsr_literal *literal, tsr_number *out);

TSR_END

#endif /* TSR_SPI_LITERAL_H */
