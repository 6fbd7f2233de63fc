/* stage.h - a place to run samples: runtime, device, host arrays in memory layouts, reports.
 */
#ifndef STAGE_H
#define STAGE_H

#include "oracle.h"
#include "sample.h"

#include "tsr/eager.h"
#include "tsr/runtime.h"

/* Sanitizers take ten times as long: fewer dtypes and smaller arrays there. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STAGE_SMALL 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define STAGE_SMALL 1
#endif
#endif
#ifndef STAGE_SMALL
#define STAGE_SMALL 0
#endif

/* What a call of an op was compared with, and how: see coverage.h. */
typedef enum coverage_kind {
  /* with the oracle */
  COVER_SCALAR, /* the first operand has rank 0 */
  COVER_EMPTY,  /* an operand or a result has no elements */
  COVER_ONE,    /* the first operand has one element, and axes */
  COVER_REVERSED,
  COVER_PERMUTED,
  COVER_SPACED,
  COVER_REPEATED,
  COVER_LARGE,
  COVER_EDGES,
  /* with differences of f, or with f64; the adjoint identity; the same of the jvp */
  COVER_JVP,
  COVER_SECOND,
  COVER_ADJOINT,
  COVER_SECOND_ADJOINT,
  COVER_VMAP, /* with a loop over instances */
  COVER_COUNT
} coverage_kind;

typedef struct stage {
  tsr_runtime *rt;
  tsr_registry *registry; /* lent */
  tsr_device *device;     /* lent */
  tsr_arena arena;        /* of the sample in hand */
  uint64_t random;
  int32_t n_checks, n_failures, n_notes;
  tsr_dtype key; /* under test */
  int32_t covered[TSR_DTYPE_COUNT][COVER_COUNT];
  int32_t n_compared, n_explained, n_unexplained; /* places of all tables printed */
} stage;

/* stage_runtime - a runtime with the CPU, the families that are there, and one more layer. */
tsr_status stage_runtime(tsr_register more, tsr_runtime **out);

/* A suite: everything about one op. */
typedef void (*stage_suite)(stage *w, const tsr_op *op);

/* stage_main - the whole of a suite's main: argv[1] is the op, or there is none for all of them;
 * more is a layer above the CPU's, or NULL.
 */
int stage_main(int argc, char **argv, stage_suite run, tsr_register more);

/* Reports. A failure is printed and counted; a note says what was not checked, and why. */
void stage_fail(stage *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void stage_note(stage *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Count a check; a status other than OK fails with the error record. */
bool stage_ok(stage *w, tsr_status status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- numbers on the host ---- */

typedef struct array {
  tsr_dtype dtype;
  int32_t rank;
  const int64_t *dims;
  int64_t n;
  size_t size; /* bytes */
  char *data;  /* C order */
} array;

tsr_status array_make(stage *w, tsr_dtype dtype, tsr_dims dims, array *out);
tsr_cell array_get(const array *a, int64_t n);
void array_set(array *a, int64_t n, tsr_cell x);

/* The dtype's distance from 1 to the next number; 0 for integers and bool. */
double dtype_eps(tsr_dtype dtype);
/* f64 or c128 for floats and complex numbers, itself otherwise. */
tsr_dtype dtype_wide(tsr_dtype dtype);

uint64_t draw(stage *w); /* 64 random bits, the same in every run */

/* Floats: magnitudes in from .. to, negative ones too where signs. */
typedef struct domain {
  double from, to;
  bool signs;
} domain;
/* Integers beyond the sample's own range: all bits, or 1 .. 4 when tame. */
tsr_status array_draw(stage *w, const sample *s, int32_t i, domain floats, bool tame, array *out);

/* ---- memory layouts ---- */

typedef enum placing {
  PLACE_C,
  PLACE_REVERSED, /* negative strides */
  PLACE_PERMUTED, /* the first axis is contiguous */
  PLACE_SPACED,   /* gaps between elements and behind every axis, and an offset */
  PLACE_REPEATED, /* stride 0 along the first axis: all slices are the first */
  PLACE_COUNT
} placing;
extern const char *const placing_names[PLACE_COUNT];

/* Make all slices along the first axis equal to the first, as PLACE_REPEATED holds them. */
void array_repeat(array *a);
/* A copy of an array in a layout, in the arena; and its elements back from there. */
tsr_status array_place(stage *w, const array *a, placing layout, tsr_view *out);
void array_collect(array *a, const tsr_view *view);
tsr_status stage_upload(stage *w, const array *a, placing layout, tsr_tensor **out);
tsr_status stage_read(stage *w, tsr_tensor *tensor, array *out); /* a copy in the arena */

/* ---- running ---- */

/* What a program computes from the inputs it declares. */
typedef tsr_status (*stage_body)(tsr_builder *b, const void *ctx, const tsr_value *in,
                                 tsr_value *out);

/* Trace and compile a body over operands of the types of in. */
tsr_status stage_compile(stage *w, stage_body body, const void *ctx, int32_t n_in, const array *in,
                         int32_t n_out, const tsr_compile_options *options, tsr_program **out);
tsr_status stage_run(stage *w, const tsr_program *program, int32_t n_in, tsr_tensor *const *in,
                     int32_t n_out, array *out);
/* Read n values of an eager scope. */
tsr_status stage_read_values(stage *w, tsr_builder *b, int32_t n, const tsr_value *values,
                             array *out);
/* A sample in an eager scope on the stage's device. */
tsr_status stage_run_eager(stage *w, const sample *s, tsr_tensor *const *in, array *out);
/* Compile, run on dense operands, forget. */
tsr_status stage_compute(stage *w, stage_body body, const void *ctx, int32_t n_in, const array *in,
                         int32_t n_out, array *out);
/* The sample as a body; ctx is the sample. */
tsr_status stage_sample(tsr_builder *b, const void *ctx, const tsr_value *in, tsr_value *out);
/* A sample as a closed graph, over operands of the types of in. */
tsr_status stage_graph(stage *w, const sample *s, const array *in, tsr_graph **out);

/* ---- comparing ---- */

bool array_same_type(const array *a, const array *b);
/* Equal bits, or both NaN. */
bool array_same(const array *a, const array *b, int64_t *where);
/* |a - b| <= tolerance * (|b| + atol) everywhere; integers equal; two NaNs agree. */
bool array_close(const array *a, const array *b, double tolerance, double atol, int64_t *where);
const char *array_text(const array *a, int64_t n, char *buffer, size_t size);

#endif /* STAGE_H */
