/* tsr/runtime.h - a runtime: ops, backends and devices that belong together.
 *
 * A program creates one, naming the layers it uses:
 * tsr_runtime_create(TSR_WITH(tsr_cpu_register, tsr_linalg_register), &rt). Backends
 * come before the families that add kernels to them. After creation a runtime may be
 * used by many threads.
 */
#ifndef TSR_RUNTIME_H
#define TSR_RUNTIME_H

#include "tsr/program.h"
#include "tsr/trace.h"

TSR_BEGIN

typedef tsr_status (*tsr_register)(tsr_runtime *rt);
TSR_LIST_TYPE(tsr_register, tsr_register_list);
#define TSR_WITH(...) TSR_MAKE_LIST(tsr_register_list, tsr_register, __VA_ARGS__)

/* tsr_runtime_create - a runtime with the given layers registered, in order.
 *
 * in   layers  register functions
 * out  out     a new reference
 * err  ARGUMENT  a layer is NULL
 *      NOMEM, and whatever a register function returns
 */
TSR_API TSR_NODISCARD tsr_status tsr_runtime_create(tsr_register_list layers, tsr_runtime **out);
TSR_OBJECT_DECLARE(tsr_runtime);

/* tsr_runtime_device - the device of a name such as "cpu", "cpu:0", "cuda:1".
 *
 * Opened on first use and kept until the runtime goes.
 *
 * in   rt    runtime
 *      name  backend, or backend:ordinal
 * out  out   lent by the runtime; retain it to keep it longer
 * err  NOT_FOUND  no such backend registered; lists those that are
 *      ARGUMENT   rt is NULL, or the name is malformed
 *      DEVICE, NOMEM, and whatever the backend returns
 */
TSR_API TSR_NODISCARD tsr_status tsr_runtime_device(tsr_runtime *rt, const char *name,
                                                    tsr_device **out);

/* tsr_runtime_registry - ops and rules of a runtime; lent. NULL has none. */
TSR_API struct tsr_registry *tsr_runtime_registry(tsr_runtime *rt);

TSR_END

#endif /* TSR_RUNTIME_H */
