/* grad.c - derivatives between values of a trace. */
#include "ad_internal.h"

/* Advice first: neither transform knows what the user of an eager builder should write. */
static tsr_status check_trace(tsr_builder *b, const char *who, const char *instead) {
  TSR_TRY(tsr_builder_status(b));
  if (tsr_builder_is_trace(b)) return TSR_OK;
  return TSR_FAIL(TSR_ERR_STATE,
                  "%s: an eager builder keeps no record of how its values were made: use %s with "
                  "the function as a body, or record a trace",
                  who, instead);
}

static tsr_status check_wrt(tsr_builder *b, const char *who, tsr_values wrt) {
  TSR_TRY(tsri_check_entries(who, "values", wrt.data, wrt.n));
  for (size_t i = 0; i < wrt.n; i++) {
    tsr_type type;
    TSR_TRY_MSG(tsr_value_type(b, wrt.data[i], &type), "%s: value %zu", who, i);
    TSR_TRY(tsri_check_active(who, i, &type));
  }
  return TSR_OK;
}

static tsr_status materialise(tsr_builder *b, tsr_values like, tsr_value *out) {
  for (size_t i = 0; i < like.n; i++) {
    tsr_type type;
    TSR_TRY(tsr_value_type(b, like.data[i], &type));
    out[i] = tsri_or_zeros(b, out[i], &type);
  }
  return tsr_builder_status(b);
}

static tsr_status vjp(tsr_builder *b, const char *who, tsr_values outputs, tsr_values cotangents,
                      tsr_values wrt, tsr_value *out) {
  TSR_TRY(check_wrt(b, who, wrt));
  TSR_TRY(tsr_pullback(b, outputs, cotangents, wrt, out));
  return materialise(b, wrt, out);
}

/* Latch, and leave nothing half made. */
static tsr_status end(tsr_builder *b, tsr_status status, tsr_value *out, size_t n) {
  if (status != TSR_OK) tsri_none(out, n);
  return tsr_builder_fail(b, status);
}

static tsr_status grads(tsr_builder *b, tsr_value loss, tsr_values wrt, tsr_value *out) {
  tsr_type type;
  TSR_TRY(check_trace(b, "grad", "tsr_value_and_grad_of"));
  TSR_TRY_MSG(tsr_value_type(b, loss, &type), "grad: the loss");
  TSR_TRY(tsri_check_loss("grad", &type));
  tsr_value one = tsr_ones(b, type.dtype, TSR_NO_SHAPE);
  TSR_TRY(tsr_builder_status(b));
  return vjp(b, "grad", TSR_VALUES(loss), TSR_VALUES(one), wrt, out);
}

tsr_status tsr_grads(tsr_builder *b, tsr_value loss, tsr_values wrt, tsr_value *out) {
  tsri_none(out, wrt.n);
  return end(b, grads(b, loss, wrt, out), out, wrt.n);
}

tsr_value tsr_grad(tsr_builder *b, tsr_value loss, tsr_value w) {
  tsr_value out;
  (void)tsr_grads(b, loss, TSR_VALUES(w), &out);
  return out;
}

tsr_status tsr_vjp(tsr_builder *b, tsr_values outputs, tsr_values cotangents, tsr_values wrt,
                   tsr_value *out) {
  tsri_none(out, wrt.n);
  tsr_status status = check_trace(b, "vjp", "tsr_vjp_of");
  if (status == TSR_OK) status = vjp(b, "vjp", outputs, cotangents, wrt, out);
  return end(b, status, out, wrt.n);
}

tsr_status tsr_jvp(tsr_builder *b, tsr_values outputs, tsr_values wrt, tsr_values tangents,
                   tsr_value *out) {
  tsri_none(out, outputs.n);
  tsr_status status = check_trace(b, "jvp", "tsr_jvp_of");
  if (status == TSR_OK) status = check_wrt(b, "jvp", wrt);
  if (status == TSR_OK) status = tsr_pushforward(b, outputs, wrt, tangents, out);
  if (status == TSR_OK) status = materialise(b, outputs, out);
  return end(b, status, out, outputs.n);
}
