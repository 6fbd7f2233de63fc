/* fuzz_values.c - the builder functions called with anything: never a crash, and every refusal
 * has a status and a message. libs: ad einsum linalg fft cpu oracle seeds: 16000
 *
 * Values are those of open, closed and unrelated builders, "no value", symbolic zeros and
 * made-up ids; sizes and axes are small, negative, huge or symbols of other builders; bodies
 * give back whatever they like, and some allocation of a call fails. values_any.c has the arguments,
 * values_calls.c some calls; those that need no thought are written by values_surface.py from the
 * public headers, so that all functions of a builder are called.
 */
#include "values.h"

#include "tsr/fft.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- builders ---- */

/* Slot i may have one inside it; it is closed first. */
static void close_slot(play *p, int i) {
  for (int k = 0; k < N_BUILDERS; k++)
    if (p->slots[k].b != NULL && p->slots[k].parent == i) close_slot(p, k);
  tsr_builder_close(p->slots[i].b);
  p->slots[i] = (slot){NULL, -1};
}

static void open_slot(play *p, int i) {
  slot *at = &p->slots[i];
  const int around = (int)source_below(&p->s, N_BUILDERS);
  *at = (slot){NULL, -1};
  if (source_once_in(&p->s, 3)) {
    lab_ok(tsr_trace_open(p->l->rt, &at->b), "opening a trace");
  } else if (around != i && p->slots[around].b != NULL && source_once_in(&p->s, 2)) {
    if (lab_refused(tsr_eager_nest(p->slots[around].b, &at->b), "nesting")) return;
    at->parent = around;
  } else {
    lab_ok(tsr_eager_open(p->l->rt, "cpu", &at->b), "opening a scope");
  }
}

/* Compile what a slot holds, and run it if that takes no input. */
static void compile_slot(play *p, int i) {
  tsr_value out[3];
  tsr_program *program = NULL;
  tsr_tensor *results[3];
  int64_t peak;
  for (int k = 0; k < N_BUILDERS; k++)
    if (p->slots[k].b != NULL && p->slots[k].parent == i) close_slot(p, k);
  for (int k = 0; k < 3; k++)
    out[k] = values_any(p);
  const tsr_values outputs = tsr_values_of(out, (size_t)source_below(&p->s, 4));
  const int32_t donated[2] = {(int32_t)any_small(p), (int32_t)any_small(p)};
  const tsr_compile_options options = {
      .keep_all = source_once_in(&p->s, 4),
      .max_plans = any_enum(p),
      .donated = {donated, (size_t)source_below(&p->s, 3)}
  };
  const tsr_status status = source_once_in(&p->s, 2)
                                ? tsr_compile(p->slots[i].b, outputs, &program)
                                : tsr_compile_with(p->slots[i].b, outputs, &options, &program);
  p->slots[i] = (slot){NULL, -1};
  if (lab_refused(status, "compile")) {
    if (program != NULL) FUZZ_FAIL("a program although compiling failed");
    return;
  }
  const size_t n = (size_t)tsr_program_outputs(program);
  const tsr_tensor_list none = {NULL, 0};
  (void)lab_refused(tsr_program_peak(program, p->l->cpu, none, &peak), "peak");
  if (!lab_refused(tsr_program_run(program, p->l->cpu, none, results, n), "run"))
    tsr_tensors_release(results, n);
  tsr_program_release(program);
}

static void leave(play *p, tsr_value v) {
  tsr_tensor *t = NULL;
  if (lab_refused(tsr_to_tensor(p->b, v, &t), "to_tensor")) {
    if (t != NULL) FUZZ_FAIL("a tensor although to_tensor failed");
  }
  tsr_tensor_release(t);
  char data[64];
  (void)lab_refused(tsr_read(p->b, v, data, (size_t)source_below(&p->s, 64)), "read");
}

/* ---- one input ---- */

/* Values may come of a failed call, if they are "no value". */
static void check(play *p, const char *name) {
  const tsr_status status = tsr_builder_status(p->b);
  if (status == TSR_OK) return;
  (void)lab_refused(status, name);
  if (status == TSR_ERR_DEVICE || status == TSR_ERR_IO)
    FUZZ_FAIL("%s: %s", name, tsr_error_message());
  if (source_below(&p->s, 8) > 0) tsr_builder_clear(p->b);
}

static void turn(play *p) {
  const int i = (int)source_below(&p->s, N_BUILDERS);
  if (p->slots[i].b == NULL) {
    open_slot(p, i);
    return;
  }
  p->b = p->slots[i].b;
  const int64_t what = source_below(&p->s, 24);
  if (what == 0) {
    close_slot(p, i);
  } else if (what == 1) {
    compile_slot(p, i);
  } else if (what == 2) {
    leave(p, values_any(p));
  } else {
    if (source_once_in(&p->s, 8)) (void)lab_fail_after(source_below(&p->s, 60));
    const char *name = values_call(p);
    (void)lab_fail_after(-1);
    check(p, name);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lab_limit_blocks();
  lab *l = lab_begin(
      TSR_WITH(tsr_cpu_register, tsr_einsum_register, tsr_linalg_register, tsr_fft_register));
  play p = {.l = l, .s = source_open(data, size)};
  for (int i = 0; i < N_BUILDERS; i++)
    p.slots[i] = (slot){NULL, -1};
  for (int k = 0; k < 60; k++)
    turn(&p);
  for (int i = 0; i < N_BUILDERS; i++)
    if (p.slots[i].b != NULL) close_slot(&p, i);
  lab_end(l);
  return 0;
}
