/* checkpoint.c - a function that is run again on the way back. */
#include "ad_internal.h"

tsr_status tsr_checkpoint(tsr_builder *b, tsr_body f, void *ctx, tsr_values in, int32_t n_out,
                          tsr_value *out) {
  tsri_function function = {0};
  tsri_none(out, n_out);
  TSR_TRY(tsr_builder_status(b));
  tsr_status status = tsri_function_trace(&function, b, f, ctx, in, NULL, n_out);
  if (status == TSR_OK) {
    tsr_checkpoint_attrs attrs = {.body = &function.graph->object};
    status = tsr_emit(b, tsr_op_core(TSR_OP_CHECKPOINT), &attrs,
                      tsr_values_of(function.in, (size_t)function.n_in), out);
  }
  tsri_function_release(&function);
  return tsr_builder_fail(b, status);
}
