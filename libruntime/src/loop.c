/* loop.c - values carried from round to round. */
#include "loop.h"

#include "draft.h"

#include <string.h>

#include "tsr/alloc.h"

void tsri_loop_release(void *state) {
  tsri_loop *loop = state;
  for (int32_t j = 0; loop->carry && j < loop->n_carry; j++) {
    tsri_copier_deinit(&loop->carry[j].enter);
    tsri_copier_deinit(&loop->carry[j].leave);
    tsri_copier_deinit(&loop->carry[j].pass);
  }
  tsr_object_release(loop->body);
  tsr_object_release(loop->test);
  tsr_arena_deinit(&loop->arena);
  tsr_free(loop, sizeof *loop, 0);
}

static const tsr_graph *graph_of(const tsr_object *object) {
  return (const tsr_graph *)(const void *)object;
}

/* Dense views of the carried values, and which of them never change. */
static tsr_status describe_carries(const tsri_loop_want *w, tsri_loop *loop) {
  const tsr_graph *body = graph_of(w->body);
  TSR_TRY(tsri_plan_array(&loop->arena, sizeof *loop->carry, w->n_carry, &loop->carry));
  for (int32_t j = 0; j < w->n_carry; j++) {
    tsri_carry *carry = &loop->carry[j];
    const tsr_view *in = &w->p->in[w->n_consts + j], *out = &w->p->out[j];
    int64_t *dims = NULL, *strides = NULL;
    TSR_TRY(tsri_plan_array(&loop->arena, sizeof *dims, in->rank, &dims));
    TSR_TRY(tsri_plan_array(&loop->arena, sizeof *strides, in->rank, &strides));
    if (in->rank) memcpy(dims, in->dims, sizeof *dims * (size_t)in->rank);
    carry->view = tsr_view_c(NULL, in->dtype, in->rank, dims, strides);
    carry->out_is_dense = tsri_same_layout(out, &carry->view);
    bool fixed = body->outputs[j] == body->inputs[w->n_consts + j];
    carry->kind = fixed ? TSRI_CARRY_FIXED : TSRI_CARRY_TWO;
  }
  return TSR_OK;
}

static tsr_status plan_body(const tsri_loop_want *w, tsri_loop *loop, tsr_arena *arena) {
  int32_t n_in = w->n_consts + w->n_carry + w->n_xs, n_out = w->n_carry + w->n_ys;
  tsr_view *views = NULL;
  uint8_t *use = NULL;
  int32_t *pair = NULL;
  bool *skip = NULL;
  TSR_TRY(tsri_plan_array(arena, sizeof *views, n_in + n_out, &views));
  TSR_TRY(tsri_plan_array(arena, sizeof *use, n_in, &use));
  TSR_TRY(tsri_plan_array(arena, sizeof *pair, n_out, &pair));
  TSR_TRY(tsri_plan_array(arena, sizeof *skip, n_out, &skip));
  for (int32_t i = 0; i < n_in; i++)
    views[i] = i < w->n_consts + w->n_carry ? w->p->in[i] : w->xs[i - w->n_consts - w->n_carry];
  for (int32_t j = 0; j < w->n_ys; j++) {
    views[n_in + w->n_carry + j] = w->ys[j];
    pair[w->n_carry + j] = -1;
    skip[w->n_carry + j] = !w->p->wanted[w->n_carry + j];
  }
  for (int32_t j = 0; j < w->n_carry; j++) {
    bool fixed = loop->carry[j].kind == TSRI_CARRY_FIXED;
    views[n_in + j] = loop->carry[j].view;
    pair[j] = w->n_consts + j;
    skip[j] = fixed;
    if (fixed) continue;
    views[w->n_consts + j] = loop->carry[j].view;
    use[w->n_consts + j] = TSRI_MAY_WRITE | TSRI_MAY_TAKE;
  }
  tsri_want want = {.in = views, .in_use = use, .out = views + n_in, .pair = pair, .skip = skip};
  TSR_TRY_MSG(tsri_region_plan(w->planner, w->p, w->body, &want, &loop->body),
              "planning the body of %s", w->p->call->op->name);
  if (!w->test) return TSR_OK;
  static const int64_t none[1] = {0};
  tsr_view predicate = {NULL, none, none, 0, TSR_BOOL};
  want = (tsri_want){.in = views, .out = &predicate};
  TSR_TRY_MSG(tsri_region_plan(w->planner, w->p, w->test, &want, &loop->test),
              "planning the test of %s", w->p->call->op->name);
  return TSR_OK;
}

/* Sizes that do not fit end at INT64_MAX, which planning refuses. */
static int64_t reserve(int64_t *end, int64_t size) {
  int64_t at = *end;
  if (__builtin_add_overflow(at, tsri_round_up(size), end)) *end = INT64_MAX;
  return at;
}

static tsr_status prepare_copies(const tsri_loop_want *w, tsri_loop *loop, int64_t *most) {
  for (int32_t j = 0; j < loop->n_carry; j++) {
    tsri_carry *carry = &loop->carry[j];
    const tsr_view *in = &w->p->in[w->n_consts + j], *out = &w->p->out[j];
    tsr_device *device = w->p->device;
    tsri_copier *copiers[] = {&carry->enter, &carry->leave, &carry->pass};
    const tsr_view *from[] = {in, &carry->view, in}, *to[] = {&carry->view, out, out};
    for (int i = 0; i < 3; i++) {
      TSR_TRY(tsri_copier_init(copiers[i], w->planner, device, &loop->arena, from[i], to[i]));
      if ((int64_t)copiers[i]->workspace > *most) *most = (int64_t)copiers[i]->workspace;
    }
  }
  return TSR_OK;
}

/* Copy layouts into the loop's arena: those of p die with the planning around it. */
static tsr_status own_layout(tsri_loop *loop, const tsr_view *view, tsr_view *out) {
  int64_t *dims = NULL, *strides = NULL;
  *out = *view;
  TSR_TRY(tsri_plan_array(&loop->arena, sizeof *dims, view->rank, &dims));
  TSR_TRY(tsri_plan_array(&loop->arena, sizeof *strides, view->rank, &strides));
  if (view->rank) {
    memcpy(dims, view->dims, sizeof *dims * (size_t)view->rank);
    memcpy(strides, view->strides, sizeof *strides * (size_t)view->rank);
  }
  out->dims = dims;
  out->strides = strides;
  return TSR_OK;
}

static tsr_status own_layouts(tsri_loop *loop) {
  for (int32_t j = 0; j < loop->n_carry; j++) {
    tsri_carry *carry = &loop->carry[j];
    tsri_copier *copiers[] = {&carry->enter, &carry->leave, &carry->pass};
    for (int i = 0; i < 3; i++) {
      TSR_TRY(own_layout(loop, &copiers[i]->from, &copiers[i]->from));
      TSR_TRY(own_layout(loop, &copiers[i]->to, &copiers[i]->to));
    }
  }
  return TSR_OK;
}

/* Divide the workspace, now that it is known which values are computed in place. */
static tsr_status divide(const tsri_loop_want *w, tsri_loop *loop) {
  int64_t regions = loop->body->arena_size, copies = 0, end = 0;
  if (loop->test && loop->test->arena_size > regions) regions = loop->test->arena_size;
  loop->regions_at = reserve(&end, regions);
  loop->predicate_at = reserve(&end, loop->test ? 64 : 0);
  TSR_TRY(prepare_copies(w, loop, &copies));
  TSR_TRY(own_layouts(loop));
  loop->copy_at = reserve(&end, copies);
  for (int32_t j = 0; j < loop->n_carry; j++) {
    tsri_carry *carry = &loop->carry[j];
    if (loop->body->outputs[j].takes >= 0) carry->kind = TSRI_CARRY_IN_PLACE;
    int64_t size = tsri_dense_bytes(&carry->view);
    carry->at[0] = carry->at[1] = -1;
    if (carry->kind == TSRI_CARRY_FIXED) continue;
    if (!carry->out_is_dense) carry->at[0] = reserve(&end, size);
    if (carry->kind == TSRI_CARRY_TWO) carry->at[1] = reserve(&end, size);
    if (carry->kind == TSRI_CARRY_IN_PLACE) w->p->alias[j] = w->n_consts + j;
  }
  loop->workspace = (size_t)end;
  return TSR_OK;
}

static tsr_status prepare(const tsri_loop_want *w, tsri_loop *loop) {
  tsr_arena arena = {0};
  tsr_status status = describe_carries(w, loop);
  if (status == TSR_OK) status = plan_body(w, loop, &arena);
  if (status == TSR_OK) status = divide(w, loop);
  tsr_arena_deinit(&arena);
  return status;
}

tsr_status tsri_loop_prepare(const tsri_loop_want *w, tsri_loop **out) {
  *out = NULL;
  void *made = NULL;
  TSR_TRY(tsr_alloc(sizeof(tsri_loop), 0, &made));
  tsri_loop *loop = made;
  *loop =
      (tsri_loop){.n_consts = w->n_consts, .n_carry = w->n_carry, .n_xs = w->n_xs, .n_ys = w->n_ys};
  tsr_status status = prepare(w, loop);
  if (status != TSR_OK) {
    tsri_loop_release(loop);
    return status;
  }
  w->p->state = loop;
  w->p->release = tsri_loop_release;
  w->p->workspace = loop->workspace;
  *out = loop;
  return TSR_OK;
}

void tsri_loop_close(void *frame) {
  tsri_loop_frame *f = frame;
  tsri_frame_destroy(f->body);
  tsri_frame_destroy(f->test);
  tsr_free(f, f->size, 0);
}

tsr_status tsri_loop_open(void *state, tsr_numeric *numeric, void **out) {
  const tsri_loop *loop = state;
  size_t size = sizeof(tsri_loop_frame) + 2 * sizeof(void *) * (size_t)loop->n_carry;
  void *made = NULL;
  *out = NULL;
  TSR_TRY(tsr_alloc(size, 0, &made));
  memset(made, 0, size);
  tsri_loop_frame *f = made;
  f->loop = loop;
  f->size = size;
  f->now = (void **)(void *)(f + 1);
  f->next = f->now + loop->n_carry;
  tsr_status status = tsri_frame_create(loop->body, numeric, &f->body);
  if (status == TSR_OK && loop->test) status = tsri_frame_create(loop->test, numeric, &f->test);
  if (status != TSR_OK) {
    tsri_loop_close(f);
    return status;
  }
  *out = f;
  return TSR_OK;
}

/* A loop over nothing has no workspace, and to NULL nothing may be added, not even 0. */
static void *part_of(void *workspace, int64_t at) {
  return workspace ? (char *)workspace + at : NULL;
}

static tsr_status enter_carry(tsri_loop_frame *f, int32_t j, tsr_stream *stream, const tsr_call *c,
                              void *init, void *out, int first) {
  const tsri_carry *carry = &f->loop->carry[j];
  void *workspace = c->workspace;
  f->now[j] = f->next[j] = init;
  if (carry->kind == TSRI_CARRY_FIXED) return TSR_OK;
  void *place[2] = {carry->at[0] < 0 ? out : part_of(workspace, carry->at[0]), NULL};
  place[1] = carry->at[1] < 0 ? place[0] : part_of(workspace, carry->at[1]);
  f->now[j] = place[1 - first];
  f->next[j] = place[first];
  if (f->now[j] == init) return TSR_OK;
  return tsri_copier_run(&carry->enter, stream, c->numeric, part_of(workspace, f->loop->copy_at),
                         init, f->now[j]);
}

tsr_status tsri_loop_enter(tsri_loop_frame *f, tsr_stream *stream, const tsr_call *c,
                           const tsr_view *in, const tsr_view *out, int first) {
  const tsri_loop *loop = f->loop;
  void *workspace = c->workspace;
  tsri_frame_bind(f->body, TSRI_BASE_ARENA, part_of(workspace, loop->regions_at));
  if (f->test) {
    tsri_frame_bind(f->test, TSRI_BASE_ARENA, part_of(workspace, loop->regions_at));
    tsri_frame_bind(f->test, TSRI_BASE_OUTPUT(loop->test, 0),
                    part_of(workspace, loop->predicate_at));
  }
  for (int32_t i = 0; i < loop->n_consts; i++) {
    tsri_frame_bind(f->body, TSRI_BASE_INPUT(loop->body, i), in[i].data);
    if (f->test) tsri_frame_bind(f->test, TSRI_BASE_INPUT(loop->test, i), in[i].data);
  }
  for (int32_t j = 0; j < loop->n_carry; j++)
    TSR_TRY(enter_carry(f, j, stream, c, in[loop->n_consts + j].data, out[j].data, first));
  return TSR_OK;
}

void tsri_loop_bind(tsri_loop_frame *f) {
  const tsri_loop *loop = f->loop;
  for (int32_t j = 0; j < loop->n_carry; j++) {
    tsri_frame_bind(f->body, TSRI_BASE_INPUT(loop->body, loop->n_consts + j), f->now[j]);
    tsri_frame_bind(f->body, TSRI_BASE_OUTPUT(loop->body, j), f->next[j]);
  }
}

void tsri_loop_turn(tsri_loop_frame *f) {
  for (int32_t j = 0; j < f->loop->n_carry; j++) {
    void *now = f->now[j];
    f->now[j] = f->next[j];
    f->next[j] = now;
  }
}

tsr_status tsri_loop_leave(tsri_loop_frame *f, tsr_stream *stream, const tsr_call *c,
                           const tsr_view *in, const tsr_view *out) {
  const tsri_loop *loop = f->loop;
  void *workspace = part_of(c->workspace, loop->copy_at);
  (void)in;
  for (int32_t j = 0; j < loop->n_carry; j++) {
    const tsri_carry *carry = &loop->carry[j];
    if (f->now[j] == out[j].data) continue;
    const tsri_copier *copier = carry->kind == TSRI_CARRY_FIXED ? &carry->pass : &carry->leave;
    TSR_TRY(tsri_copier_run(copier, stream, c->numeric, workspace, f->now[j], out[j].data));
  }
  return TSR_OK;
}
