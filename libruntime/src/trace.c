/* trace.c - opening a trace on a runtime, and declaring its inputs. */
#include "tsr/trace.h"

#include "tables.h"

#include "tsr/runtime.h"
#include "tsr/spi/graph.h"

tsr_status tsr_trace_open(tsr_runtime *rt, tsr_builder **out) {
  *out = NULL;
  if (!rt) return TSR_FAIL(TSR_ERR_ARGUMENT, "trace: runtime is NULL");
  return tsr_graph_builder_create(tsr_runtime_registry(rt), NULL, NULL, out);
}

tsr_value tsr_input(tsr_builder *b, const char *name, tsr_dtype dtype, tsr_shape shape) {
  if (shape.n && !shape.data) {
    tsr_builder_fail(b, TSR_FAIL(TSR_ERR_ARGUMENT, "input '%s': %zu sizes, but no list",
                                 name ? name : "", shape.n));
    return TSR_NO_VALUE;
  }
  if (!tsr_builder_is_trace(b)) {
    tsr_builder_fail(
        b, TSR_FAIL(TSR_ERR_ARGUMENT, "input '%s': only a trace has inputs", name ? name : ""));
    return TSR_NO_VALUE;
  }
  if (shape.n > INT32_MAX) {
    tsr_builder_fail(
        b, TSR_FAIL(TSR_ERR_LIMIT, "input '%s': rank %zu is too large", name ? name : "", shape.n));
    return TSR_NO_VALUE;
  }
  tsr_type type = {dtype, (int32_t)shape.n, shape.data};
  return tsr_graph_builder_input(b, name, &type);
}
