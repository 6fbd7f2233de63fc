/* worker.h - what the files of the benchmark's Tessera worker share. */
#ifndef BENCH_WORKER_H
#define BENCH_WORKER_H

#include <stdbool.h>
#include <stdio.h>
#include <tsr/cpu.h>
#include <tsr/ops.h>
#include <tsr/runtime.h>

enum {
  MAX_INPUTS = 8,
  MAX_AXES = 64,
  MAX_ARGS = 12
};

/* An input as a case writes it: name=2x3[@strides][+][%bound or ^bound]. */
typedef struct input {
  char name[32];
  int64_t dims[MAX_AXES], strides[MAX_AXES]; /* in elements, of a base that is dense */
  int rank;
  int64_t base;  /* elements of the base */
  bool positive; /* +: in [0.25, 1.25), else in (-1, 1) without 0 */
  int64_t bound; /* %: random indices below it, as i64; 0: numbers of the case's dtype */
  bool spread;   /* ^: (37 i + 11) mod bound instead */
  tsr_dtype dtype;
} input;

/* input_parse - out = what the text says; the dtype is that of the case unless it is bounded. */
tsr_status input_parse(const char *text, tsr_dtype dtype, input *out);

/* input_write - make the elements of the base by the formula, into a new file. */
tsr_status input_write(const input *in, uint64_t seed, const char *path);

/* input_read - a view, strided as the case says, of a tensor that holds the file. */
tsr_status input_read(const input *in, const char *path, tsr_device *device, tsr_tensor **out);

/* An argument in a program: a value, a number, a list of whole numbers, or a dtype. */
typedef struct argument {
  enum {
    A_VALUE,
    A_NUMBER,
    A_LIST,
    A_DTYPE
  } kind;
  tsr_value value;
  double number;
  int64_t list[MAX_AXES];
  size_t n;
  tsr_dtype dtype;
} argument;

typedef struct call {
  const char *name;
  argument arg[MAX_ARGS];
  int n;
} call;

/* call_apply - the value of a function from the table; an unknown one fails. */
tsr_status call_apply(tsr_builder *b, const call *c, tsr_value *out);

/* program_trace - record what a text such as "a=mul(x,y);tanh(add(a,z))" says of the inputs.
 *
 * "grad(P)" is the gradient of P in x where the cotangent is w.
 */
tsr_status program_trace(tsr_builder *b, const char *text, const input *in, int n_in,
                         tsr_value *out);

/* heap_calls - of malloc and its like, by all threads, since the process started. */
int64_t heap_calls(void);

#endif /* BENCH_WORKER_H */
