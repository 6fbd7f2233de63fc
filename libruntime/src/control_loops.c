/* control_loops.c - scan and while. */
#include "loop.h"

/* One round of the body; what goes wrong in it names the round. */
static tsr_status run_round(tsri_loop_frame *f, tsr_stream *stream, const char *op, int64_t round) {
  bool was_fine = f->body->numeric->error.code == TSR_OK;
  tsr_status status = tsri_frame_run(f->body, stream);
  if (__builtin_expect(status != TSR_OK, 0))
    return tsr_annotate(status, "running round %lld of %s", (long long)round, op);
  if (__builtin_expect(was_fine && f->body->numeric->error.code != TSR_OK, 0))
    tsri_frame_note(f->body, "running round %lld of %s", (long long)round, op);
  return TSR_OK;
}

/* A layout without its first axis. */
static tsr_view slice_of(const tsr_view *view) {
  tsr_view slice = *view;
  slice.dims++;
  slice.strides++;
  slice.rank--;
  return slice;
}

static tsr_status prepare_scan(const tsri_planner *planner, tsr_prepare *p) {
  const tsr_scan_attrs *a = p->call->attrs;
  int32_t n_consts = (int32_t)a->n_consts, n_carry = (int32_t)a->n_carry;
  tsri_loop_want want = {.planner = planner,
                         .p = p,
                         .body = a->body,
                         .n_consts = n_consts,
                         .n_carry = n_carry,
                         .n_xs = p->call->n_in - n_consts - n_carry,
                         .n_ys = p->call->n_out - n_carry};
  tsr_arena arena = {0};
  void *made = NULL;
  tsri_loop *loop = NULL;
  tsr_status status =
      tsr_arena_alloc(&arena, sizeof(tsr_view) * (size_t)(want.n_xs + want.n_ys), &made);
  if (status == TSR_OK) {
    tsr_view *xs = made, *ys = xs + want.n_xs;
    for (int32_t i = 0; i < want.n_xs; i++)
      xs[i] = slice_of(&p->in[n_consts + n_carry + i]);
    for (int32_t j = 0; j < want.n_ys; j++)
      ys[j] = slice_of(&p->out[n_carry + j]);
    want.xs = xs;
    want.ys = ys;
    status = tsri_loop_prepare(&want, &loop);
  }
  if (status == TSR_OK) {
    loop->length = a->length.n;
    loop->reverse = a->reverse;
  }
  tsr_arena_deinit(&arena);
  return status;
}

/* Element [t, 0, ...]. */
static void *slice_at(const tsr_view *view, int64_t t) {
  int64_t bytes = t * view->strides[0] * (int64_t)tsr_dtype_size(view->dtype);
  return (void *)((uintptr_t)view->data + (uintptr_t)bytes);
}

static void bind_slices(tsri_loop_frame *f, const tsr_view *in, const tsr_view *out, int64_t t) {
  const tsri_loop *loop = f->loop;
  int32_t first = loop->n_consts + loop->n_carry;
  for (int32_t i = 0; i < loop->n_xs; i++)
    tsri_frame_bind(f->body, TSRI_BASE_INPUT(loop->body, first + i), slice_at(&in[first + i], t));
  for (int32_t j = loop->n_carry; j < loop->n_carry + loop->n_ys; j++)
    tsri_frame_bind(f->body, TSRI_BASE_OUTPUT(loop->body, j), slice_at(&out[j], t));
}

tsr_status tsri_scan_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                         const tsr_view *out) {
  tsri_loop_frame *f = c->state;
  const tsri_loop *loop = f->loop;
  /* an odd number of rounds that starts by writing to the output ends in the output */
  TSR_TRY(tsri_loop_enter(f, stream, c, in, out, loop->length % 2 ? 0 : 1));
  for (int64_t round = 0; round < loop->length; round++) {
    tsri_loop_bind(f);
    bind_slices(f, in, out, loop->reverse ? loop->length - 1 - round : round);
    TSR_TRY(run_round(f, stream, "scan", round));
    tsri_loop_turn(f);
  }
  return tsri_loop_leave(f, stream, c, in, out);
}

static tsr_status prepare_while(const tsri_planner *planner, tsr_prepare *p) {
  const tsr_while_attrs *a = p->call->attrs;
  tsri_loop *loop = NULL;
  tsri_loop_want want = {.planner = planner,
                         .p = p,
                         .body = a->body,
                         .test = a->test,
                         .n_consts = (int32_t)a->n_consts,
                         .n_carry = p->call->n_out};
  return tsri_loop_prepare(&want, &loop);
}

static tsr_status run_test(tsri_loop_frame *f, tsr_stream *stream, const tsr_call *c, bool *out) {
  const tsri_loop *loop = f->loop;
  uint8_t word = 0;
  *out = false;
  for (int32_t j = 0; j < loop->n_carry; j++)
    tsri_frame_bind(f->test, TSRI_BASE_INPUT(loop->test, loop->n_consts + j), f->now[j]);
  TSR_TRY(tsri_frame_run(f->test, stream));
  TSR_TRY(tsri_read_now(stream, (char *)c->workspace + loop->predicate_at, &word, sizeof word));
  *out = word != 0;
  return TSR_OK;
}

tsr_status tsri_while_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                          const tsr_view *out) {
  tsri_loop_frame *f = c->state;
  TSR_TRY(tsri_loop_enter(f, stream, c, in, out, 1));
  for (int64_t round = 0;; round++) {
    bool more = false;
    TSR_TRY_MSG(run_test(f, stream, c, &more), "running test %lld of while", (long long)round);
    if (!more) break;
    tsri_loop_bind(f);
    TSR_TRY(run_round(f, stream, "while", round));
    tsri_loop_turn(f);
  }
  return tsri_loop_leave(f, stream, c, in, out);
}

const tsri_control tsri_control_scan = {prepare_scan, tsri_loop_open, tsri_loop_close};
const tsri_control tsri_control_while = {prepare_while, tsri_loop_open, tsri_loop_close};
