/* axes.h - lists of axes and dims: what structural rules and their surface share. */
#ifndef TSRI_AXES_H
#define TSRI_AXES_H

#include "surface/surface_internal.h"

static inline tsr_axes tsri_axes_of(const int64_t *data, size_t n) { return (tsr_axes){data, n}; }
static inline tsr_shape tsri_shape_of(const tsr_dim *data, size_t n) {
  return (tsr_shape){data, n};
}
static inline tsr_shape tsri_type_shape(const tsr_type *type) {
  return (tsr_shape){type->dims, (size_t)type->rank};
}

/* Room for "2*n*m + 1" in a message. */
#define TSRI_DIM_TEXT 96

/* tsri_axes_has - is axis one of the list. */
bool tsri_axes_has(tsr_axes axes, int64_t axis);

/* tsri_axes_is_identity - 0, 1, 2, ... */
bool tsri_axes_is_identity(tsr_axes axes);

/* tsri_axes_sort - ascending, in place. */
void tsri_axes_sort(int64_t *axes, size_t n);

/* tsri_shape_same - equal ranks and (as far as space knows) sizes. */
bool tsri_shape_same(const tsr_dim_space *space, tsr_shape a, tsr_shape b);

typedef enum tsri_order {
  TSRI_DISTINCT,
  TSRI_INCREASING
} tsri_order;

/* tsri_check_axes - each axis in [0, rank), none twice, increasing if asked.
 *
 * in   op    name of the op, starts the message
 *      what  name of the list: "axes", "lhs_batch"
 * err  ARGUMENT
 */
TSR_NODISCARD tsr_status tsri_check_axes(const char *op, const char *what, tsr_axes axes,
                                         int64_t rank, tsri_order order);

/* tsri_check_disjoint - no axis in both lists; err ARGUMENT. */
TSR_NODISCARD tsr_status tsri_check_disjoint(const char *op, const char *what_a, tsr_axes a,
                                             const char *what_b, tsr_axes b);

/* tsri_check_list - a list that says it has entries has some; err ARGUMENT. */
TSR_NODISCARD tsr_status tsri_check_list(const char *op, const char *what, const void *data,
                                         size_t n);

/* tsri_check_count - a list has as many entries as it must; err ARGUMENT. */
TSR_NODISCARD tsr_status tsri_check_count(const char *op, const char *what, size_t n, size_t want);

/* tsri_check_axis - one axis in [0, rank); err ARGUMENT. */
TSR_NODISCARD tsr_status tsri_check_axis(const char *op, int64_t axis, int64_t rank);

/* tsri_check_at_most - a <= b as far as their difference is known; err SHAPE.
 *
 * note "slice: axis 2: limit 5 exceeds size 4", where limit and size are what_a and what_b
 */
TSR_NODISCARD tsr_status tsri_check_at_most(tsr_dim_space *space, tsr_dim a, tsr_dim b,
                                            const char *op, const char *what_a, const char *what_b,
                                            int64_t axis);

/* tsri_check_not_negative - 0 <= a if it is a constant; err SHAPE. */
TSR_NODISCARD tsr_status tsri_check_not_negative(tsr_dim a, const char *op, const char *what,
                                                 int64_t axis);

/* tsri_infer_dims - an uninitialised array of dims in the call's arena. */
TSR_NODISCARD tsr_status tsri_infer_dims(const tsr_call *c, size_t n, tsr_dim **out);

/* tsri_infer_shape - the type of a result whose shape stands in the attributes.
 *
 * err  LIMIT  more than INT32_MAX axes; otherwise as tsr_type_make
 */
TSR_NODISCARD tsr_status tsri_infer_shape(const tsr_call *c, tsr_dtype dtype, tsr_shape shape,
                                          tsr_type *out);

/* tsri_count - the number of elements of a shape, as a dim. */
TSR_NODISCARD tsr_status tsri_count(tsr_dim_space *space, tsr_shape shape, tsr_dim *out);

/* tsri_dim_add, tsri_dim_sub - arithmetic that latches. */
tsr_dim tsri_dim_add(tsr_builder *b, tsr_dim x, tsr_dim y);
tsr_dim tsri_dim_sub(tsr_builder *b, tsr_dim x, tsr_dim y);
tsr_dim tsri_dim_neg(tsr_builder *b, tsr_dim x);

/* tsri_dilated - n elements with interior more between neighbours: max(n + (n - 1) interior, 0). */
TSR_NODISCARD tsr_status tsri_dilated(tsr_dim_space *space, tsr_dim n, int64_t interior,
                                      tsr_dim *out);

/* tsri_axis_of - a surface axis in [-rank, rank) as one in [0, rank); latches. */
bool tsri_axis_of(tsr_builder *b, const char *op, int64_t axis, int64_t rank, int64_t *out);

/* tsri_axes_from - surface axes as axes in [0, rank); TSR_ALL_AXES gives all; latches. */
bool tsri_axes_from(tsri_room *room, const char *op, tsr_axes axes, int64_t rank, tsr_axes *out);

/* tsri_batch_shift - where axis of one instance is in an operand mapped along at (-1: not). */
static inline int64_t tsri_batch_shift(int64_t axis, int64_t at) {
  return axis + (at >= 0 && axis >= at);
}

/* tsri_batch_at - v with its mapped axis moved to place at; broadcast there when axis is -1. */
tsr_value tsri_batch_at(tsr_builder *b, tsr_value v, int32_t axis, tsr_dim size, int32_t at);

/* tsri_batch_all - all operands of c, mapped along one place *at: that of the first that is mapped;
 * NULL fails.
 */
tsr_value *tsri_batch_all(tsri_room *room, const tsr_call *c, const tsr_batch *map, int32_t *at);

/* tsri_batch_axes - axes of one instance shifted for an operand mapped along at; NULL fails. */
int64_t *tsri_batch_axes(tsri_room *room, tsr_axes axes, int64_t at);

/* tsri_batch_dims - dims with size inserted at place at; NULL fails. */
tsr_dim *tsri_batch_dims(tsri_room *room, tsr_shape shape, tsr_dim size, int64_t at);

/* tsri_producer - was v made by core op id on this trace. */
bool tsri_producer(tsr_builder *b, tsr_value v, tsr_op_id id, tsr_call *out);

/* tsri_emit - an application of a core op with one output. */
static inline tsr_value tsri_emit(tsr_builder *b, tsr_op_id id, const void *attrs, tsr_values in) {
  return tsr_emit1(b, tsr_op_core(id), attrs, in);
}

/* tsri_again - an application with these very attributes that the builder has prepared before,
 * done at once; "no value": go the long way. Attributes as the user wrote them may be given:
 * what was prepared is in canonical form, so what is not does not compare equal.
 */
static inline tsr_value tsri_again(tsr_builder *b, tsr_op_id id, const void *attrs, tsr_value x) {
  if (!b || !b->isa->again || b->error.code != TSR_OK) return TSR_NO_VALUE;
  return b->isa->again(b, tsr_op_core(id), attrs, x);
}

/* tsri_zero_scalar - rank 0 zero of a dtype. */
static inline tsr_value tsri_zero_scalar(tsr_builder *b, tsr_dtype dtype) {
  return tsr_zeros(b, dtype, TSR_NO_SHAPE);
}

#endif /* TSRI_AXES_H */
