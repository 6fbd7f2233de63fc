/* tsr/program.h - compiled programs: specialised on first use, then run without allocating.
 *
 * A program is immutable and shared between threads. For each combination of device,
 * sizes, strides, alignment and donation it keeps a plan: prepared steps and one arena
 * whose offsets follow from lifetimes. Plans live in a bounded cache.
 */
#ifndef TSR_PROGRAM_H
#define TSR_PROGRAM_H

#include "tsr/alloc.h"
#include "tsr/builder.h"
#include "tsr/tensor.h"

TSR_BEGIN

typedef struct tsr_program tsr_program; /* a tsr_object */
TSR_OBJECT_DECLARE(tsr_program);

/* Numbers of inputs of a program, counted from 0. */
TSR_LIST_TYPE(int32_t, tsr_input_list);
#define TSR_INPUTS(...) TSR_MAKE_LIST(tsr_input_list, int32_t, __VA_ARGS__)

typedef struct tsr_compile_options {
  bool keep_all;          /* no optimisation at all: what was traced is what runs */
  bool no_fusion;         /* all passes but fusion */
  int32_t max_plans;      /* 0: 64 */
  tsr_input_list donated; /* inputs that give their memory up when the program runs */
} tsr_compile_options;

/* tsr_compile - optimise what a trace recorded into a program.
 *
 * Consumes the builder, also on failure.
 *
 * in   b        trace builder
 *      outputs  what the program returns; only their ancestors are kept
 * out  out      a new reference
 * err  the first error of the trace, with op and shapes
 *      ARGUMENT  b is NULL or eager, or an output of another builder
 *      STATE     a trace that belongs to no runtime
 *      NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_compile(tsr_builder *b, tsr_values outputs, tsr_program **out);

/* tsr_compile_with - the same with options; NULL for the defaults.
 *
 * in   b, outputs  as for tsr_compile
 *      options     see above; copied
 * out  out         a new reference
 * err  as tsr_compile; ARGUMENT  also when a donated input is none of the program's
 */
TSR_API TSR_NODISCARD tsr_status tsr_compile_with(tsr_builder *b, tsr_values outputs,
                                                  const tsr_compile_options *options,
                                                  tsr_program **out);

/* tsr_program_run - run on a device; outputs are fresh tensors, dense in C order.
 *
 * Safe from many threads at once. On failure all of out is NULL.
 *
 * in   program  compiled
 *      device   where; all inputs must be on it
 *      in       one tensor per input, in order; any strides
 *      n_out    outputs of the program
 * out  out      [n_out] new references
 * err  ARGUMENT  wrong count, dtype, rank or device; donated storage that is shared
 *      SHAPE     sizes that contradict the input types; both in the message
 *      STATE     an input was donated before
 *      LIMIT     sizes that do not fit 63 bits
 *      UNSUPPORTED  an op without kernel on this backend
 *      NUMERIC   an op met a numerical failure; names it and the batch index
 *      NOMEM, DEVICE
 */
TSR_API TSR_NODISCARD tsr_status tsr_program_run(const tsr_program *program, tsr_device *device,
                                                 tsr_tensor_list in, tsr_tensor **out,
                                                 size_t n_out);

/* tsr_program_run_into - the same into existing tensors; allocates nothing once planned.
 *
 * in   program, device, in  as for tsr_program_run
 *      out       one tensor per output, right dtype and shape, any strides that do not
 *                overlap themselves; solely owned, and sharing nothing with in
 * err  as tsr_program_run
 */
TSR_API TSR_NODISCARD tsr_status tsr_program_run_into(const tsr_program *program,
                                                      tsr_device *device, tsr_tensor_list in,
                                                      tsr_tensor_list out);

/* tsr_program_peak - device memory a run will use at most, exactly, in bytes.
 *
 * Arena, outputs and workspaces as the device's allocator rounds them; inputs not counted.
 *
 * in   program, device, in  as for tsr_program_run; contents are not read
 * out  bytes  equals the rise of the device's high-water mark in tsr_program_run
 * err  as tsr_program_run; LIMIT  also when the sum does not fit 63 bits
 */
TSR_API TSR_NODISCARD tsr_status tsr_program_peak(const tsr_program *program, tsr_device *device,
                                                  tsr_tensor_list in, int64_t *bytes);

/* tsr_program_inputs, tsr_program_outputs - how many there are; 0 for NULL. */
TSR_API int32_t tsr_program_inputs(const tsr_program *program);
TSR_API int32_t tsr_program_outputs(const tsr_program *program);

/* tsr_program_count - applications of an op in the compiled program, regions included.
 *
 * in   program  compiled
 *      op       name, e.g. "exp"; ops inside fused regions count too
 * ret  their number; 0 when program or op is NULL
 */
TSR_API int32_t tsr_program_count(const tsr_program *program, const char *op);

/* What tsr_program_text and tsr_program_dot show. */
typedef enum tsr_stage {
  TSR_STAGE_TRACED,    /* as recorded */
  TSR_STAGE_OPTIMISED, /* after folding, merging, pruning */
  TSR_STAGE_FUSED      /* what is planned */
} tsr_stage;

/* tsr_program_text, tsr_program_dot, tsr_program_svg - a program as text, for Graphviz, or as
 * a picture (an SVG document).
 *
 * in   program  compiled
 *      stage    after which pass
 * out  out      zero-terminated; free with tsr_free(out, size, 0)
 *      size     bytes of out with its zero
 * err  ARGUMENT  program is NULL, or no stage
 *      NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_program_text(const tsr_program *program, tsr_stage stage,
                                                  char **out, size_t *size);
TSR_API TSR_NODISCARD tsr_status tsr_program_dot(const tsr_program *program, tsr_stage stage,
                                                 char **out, size_t *size);
TSR_API TSR_NODISCARD tsr_status tsr_program_svg(const tsr_program *program, tsr_stage stage,
                                                 char **out, size_t *size);

/* tsr_program_plans - the plan cache: plans held, hits and misses so far.
 *
 * in   program  compiled; NULL has none
 * out  held, hits, misses  counts
 */
TSR_API void tsr_program_plans(const tsr_program *program, int64_t *held, int64_t *hits,
                               int64_t *misses);

/* tsr_program_clear - drop all plans that no run is using; takes NULL. */
TSR_API void tsr_program_clear(const tsr_program *program);

TSR_END

#endif /* TSR_PROGRAM_H */
