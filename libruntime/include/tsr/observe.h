/* tsr/observe.h - seeing what a runtime does: a profile, a log of its choices, its programs.
 *
 * All of it is off at first and belongs to one runtime. Ask right after creating it, before
 * programs are compiled and scopes opened: what was prepared earlier is not seen. The
 * environment can ask as well; tsr_runtime_create reads it (docs/guides/environment.md).
 */
#ifndef TSR_OBSERVE_H
#define TSR_OBSERVE_H

#include "tsr/runtime.h"

TSR_BEGIN

/* tsr_runtime_profile - write a profile in Chrome's trace format until the runtime is gone.
 *
 * A JSON array of complete events, for chrome://tracing or Perfetto: compile passes, planning,
 * runs, planned steps and eager operations, with kernel, operands, results and bytes. Times are
 * in microseconds; each thread has a row of its own. Where a kernel only enqueues work (category
 * "enqueue" instead of "kernel") the event shows how long that took, not the work.
 *
 * in   rt    used by nobody else yet
 *      path  file, overwritten; if another runtime is writing it, path.2, path.3, ...
 * err  ARGUMENT  rt or path is NULL
 *      STATE     it is profiled already
 *      IO        the file cannot be opened
 *      NOMEM
 * note a write that fails later ends the profile; the runtime goes on
 */
TSR_API TSR_NODISCARD tsr_status tsr_runtime_profile(tsr_runtime *rt, const char *path);

/* Called with one line at a time, without a newline at its end. It must not use the runtime. */
typedef void (*tsr_log_sink)(void *ctx, const char *topic, const char *line);

/* tsr_runtime_log - tell a function what the runtime decides, and why.
 *
 * Topics: fold (what is computed while compiling), fuse (regions, and what ends them), lower
 * (operations written in terms of others), kernels (the row chosen, and those refused), layout
 * (views and copies), memory (the arena, in-place results, donation); all for all of them.
 *
 * in   rt      used by nobody else yet
 *      topics  names with commas between them; NULL or "" ends the log
 *      sink    called by whichever thread decides, by one at a time
 *      ctx     handed to it
 * err  ARGUMENT  rt is NULL, sink is NULL, or an unknown topic; lists those there are
 */
TSR_API TSR_NODISCARD tsr_status tsr_runtime_log(tsr_runtime *rt, const char *topics,
                                                 tsr_log_sink sink, void *ctx);

/* tsr_runtime_dump - write every program, after every pass, into a folder.
 *
 * Files program-<n>.<pass>.txt, .dot and .svg for the passes traced, simplified, folded,
 * optimised and fused; for each plan program-<n>.plan-<m>.lowered.txt, .dot and .svg, and
 * program-<n>.plan-<m>.steps.txt. Numbers of files that exist are left out.
 *
 * in   rt      used by nobody else yet
 *      folder  there already; NULL ends it
 * err  ARGUMENT  rt is NULL
 *      IO        no folder of that name that one may write to
 *      NOMEM
 * note a file that cannot be written is left out; the runtime goes on
 */
TSR_API TSR_NODISCARD tsr_status tsr_runtime_dump(tsr_runtime *rt, const char *folder);

/* tsr_program_steps - the plan of a run as text: steps, kernels, and where everything lies.
 *
 * in   program, device, in  as for tsr_program_run; contents are not read
 * out  out   zero-terminated; free with tsr_free(out, size, 0)
 *      size  bytes of out with its zero
 * err  as tsr_program_run
 */
TSR_API TSR_NODISCARD tsr_status tsr_program_steps(const tsr_program *program, tsr_device *device,
                                                   tsr_tensor_list in, char **out, size_t *size);

TSR_END

#endif /* TSR_OBSERVE_H */
