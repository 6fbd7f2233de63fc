/* rules.c - the op c2c and its rules.
 *
 *   z[k] = c sum_j x[j] exp(-+ 2 pi i j k / n),   c real
 *
 * It is complex-linear, so its derivative is itself; the matrix is symmetric, so its
 * adjoint, which is what transposition means here, is the other direction with the same c.
 */
#include "fft_internal.h"

#include "tsr/arena.h"

static const char *const direction_words[] = {"forward", "backward", NULL};
const char *const tsri_fft_scaling_words[] = {"1", "1/sqrt(n)", "1/n", NULL};
static const tsr_attr_field fields[] = {
    {"axes",      TSR_ATTR_AXES, offsetof(tsri_fft_attrs, axes),      NULL                  },
    {"direction", TSR_ATTR_ENUM, offsetof(tsri_fft_attrs, direction), direction_words       },
    {"scaling",   TSR_ATTR_ENUM, offsetof(tsri_fft_attrs, scaling),   tsri_fft_scaling_words},
};
static const tsr_attr_class attr_class = {
    .name = "fft", .size = sizeof(tsri_fft_attrs), .n_fields = 3, .fields = fields};

const tsr_op tsri_fft_op = {.name = "tessera.fft.c2c.v1",
                            .synopsis = "z[k] = c sum_j x[j] e^(-+2 pi i j k / n) along axes",
                            .lin = TSR_LIN_JOINT,
                            .lin_inputs = 1,
                            .complex_linear = true,
                            .jvp = TSR_JVP_DERIVED,
                            .effect = TSR_EFFECT_PURE,
                            .dtypes = TSR_DTYPES_COMPLEX,
                            .min_inputs = 1,
                            .max_inputs = 1,
                            .n_outputs = 1,
                            .attrs = &attr_class};

static tsr_status infer(const tsr_call *c, tsr_type *out) {
  const tsri_fft_attrs *attrs = c->attrs;
  const tsr_type *x = &c->in_type[0];
  if (attrs->direction < 0 || attrs->direction > TSRI_FFT_BACKWARD || attrs->scaling < 0 ||
      attrs->scaling > TSRI_FFT_WHOLE)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: no such direction or scaling: %d, %d", c->op->name,
                    (int)attrs->direction, (int)attrs->scaling);
  for (size_t i = 0; i < attrs->axes.n; i++) {
    int64_t axis = attrs->axes.data[i];
    if (axis < 0 || axis >= x->rank || (i > 0 && axis <= attrs->axes.data[i - 1]))
      return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: axis %lld is not in rising order below rank %d",
                      c->op->name, (long long)axis, (int)x->rank);
    if (tsr_dim_is(x->dims[axis], 0))
      return TSR_FAIL(TSR_ERR_SHAPE, "%s: axis %lld has size 0, wanted is 1 or more", c->op->name,
                      (long long)axis);
  }
  return tsr_type_make(c, x->dtype, x->rank, x->dims, &out[0]);
}

static tsr_status transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                            const tsr_value *ct, tsr_value *in_ct) {
  (void)linear;
  tsri_fft_attrs attrs = *(const tsri_fft_attrs *)c->attrs;
  attrs.direction = attrs.direction == TSRI_FFT_FORWARD ? TSRI_FFT_BACKWARD : TSRI_FFT_FORWARD;
  in_ct[0] = tsr_value_is_zero(ct[0]) ? ct[0] : tsr_emit1(b, c->op, &attrs, TSR_VALUES(ct[0]));
  return tsr_builder_status(b);
}

/* The mapped axis stays where it is, and the axes from there on move up by one. */
static tsr_status batch(tsr_builder *b, const tsr_call *c, const tsr_batch *batch, tsr_value *out,
                        int32_t *out_axis) {
  tsri_fft_attrs attrs = *(const tsri_fft_attrs *)c->attrs;
  tsr_arena arena = {0};
  void *memory;
  tsr_status status =
      tsr_arena_copy(&arena, attrs.axes.data, attrs.axes.n * sizeof *attrs.axes.data, &memory);
  if (status == TSR_OK) {
    int64_t *axes = memory;
    for (size_t i = 0; i < attrs.axes.n; i++)
      axes[i] += axes[i] >= batch->axis[0];
    attrs.axes.data = axes;
    out_axis[0] = batch->axis[0];
    status = tsr_emit(b, c->op, &attrs, TSR_VALUES(c->in[0]), out);
  }
  tsr_arena_deinit(&arena);
  return status;
}

const tsr_rules tsri_fft_rules = {.infer = infer, .transpose = transpose, .batch = batch};
