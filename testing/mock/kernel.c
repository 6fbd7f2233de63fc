/* kernel.c - a host kernel as deferred work. */
#include "mock_internal.h"

#include <string.h>

#include "tsr/alloc.h"

/* What prepare left: the host kernel's results. Plans and deferred calls share it. */
typedef struct mock_state {
  int32_t refs;
  const tsr_kernel *row;
  void *state;
  void (*release)(void *state);
  size_t workspace;
} mock_state;

static void drop(void *self) {
  mock_state *s = self;
  if (__atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL)) return;
  if (s->release) s->release(s->state);
  tsr_free(s, sizeof *s, 0);
}

static tsr_prepare on_host(const tsr_prepare *p) {
  tsr_prepare q = *p;
  q.device = mock_of(p->device)->host;
  return q;
}

static bool applies(const tsr_kernel *self, const tsr_prepare *p) {
  const tsr_kernel *row = self->data;
  tsr_prepare q = on_host(p);
  return !row->applies || row->applies(row, &q);
}

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  const tsr_kernel *row = self->data;
  tsr_prepare q = on_host(p);
  void *made = NULL;
  TSR_TRY(tsr_alloc(sizeof(mock_state), 0, &made));
  tsr_status status = row->prepare ? row->prepare(row, &q) : TSR_OK;
  if (status != TSR_OK) {
    tsr_free(made, sizeof(mock_state), 0);
    return status;
  }
  mock_state *s = made;
  *s = (mock_state){1, row, q.state, q.release, q.workspace};
  p->state = s;
  p->release = drop;
  p->workspace = q.workspace;
  return TSR_OK;
}

/* A call, with copies of all that may be gone when its turn comes. */
typedef struct deferred {
  mock_work work;
  mock_device *device;
  mock_state *state;
  tsr_arena arena;
  tsr_call call;
  tsr_view *view; /* inputs, then outputs; device addresses */
  tsr_numeric numeric;
} deferred;

static tsr_status map_view(deferred *d, tsr_view *view) {
  int64_t low = 0, high = 0, count = 0;
  TSR_TRY(tsr_layout_count(view->rank, view->dims, &count));
  TSR_TRY(tsr_layout_extent(view->rank, view->dims, view->strides, &low, &high));
  int64_t element = (int64_t)tsr_dtype_size(view->dtype);
  if (count) high++;
  return mock_memory_map(&d->device->memory, view->data, low * element, high * element,
                         d->call.op->name, &view->data);
}

static tsr_status run_deferred(mock_work *work) {
  deferred *d = (deferred *)(void *)work;
  tsr_call *c = &d->call;
  for (int32_t i = 0; i < c->n_in + c->n_out; i++)
    TSR_TRY(map_view(d, &d->view[i]));
  if (d->state->workspace) {
    TSR_TRY(mock_memory_map(&d->device->memory, c->workspace, 0, (int64_t)d->state->workspace,
                            c->op->name, &c->workspace));
    memset(c->workspace, 0xA5, d->state->workspace);
  }
  TSR_TRY_MSG(d->state->row->run(d->device->host->stream, c, d->view, d->view + c->n_in),
              "running %s on %s", c->op->name, d->device->base.name);
  return d->numeric.error.code == TSR_OK ? TSR_OK : tsr_error_raise(&d->numeric.error);
}

static void end_deferred(mock_work *work) {
  deferred *d = (deferred *)(void *)work;
  drop(d->state);
  tsr_attr_release(d->call.op->attrs, (void *)(uintptr_t)d->call.attrs);
  tsr_arena_deinit(&d->arena);
  tsr_free(d, sizeof *d, 0);
}

static tsr_status copy_types(deferred *d, int32_t n, const tsr_type *from, const tsr_type **out) {
  void *made = NULL;
  TSR_TRY(tsr_arena_copy(&d->arena, from, sizeof *from * (size_t)n, &made));
  *out = made;
  for (int32_t i = 0; i < n; i++) {
    void *dims = NULL;
    TSR_TRY(tsr_arena_copy(&d->arena, from[i].dims, sizeof(tsr_dim) * (size_t)from[i].rank, &dims));
    ((tsr_type *)made)[i].dims = dims;
  }
  return TSR_OK;
}

static tsr_status copy_views(deferred *d, int32_t n, const tsr_view *from, tsr_view *to) {
  for (int32_t i = 0; i < n; i++) {
    size_t size = sizeof(int64_t) * (size_t)from[i].rank;
    void *dims = NULL, *strides = NULL;
    TSR_TRY(tsr_arena_copy(&d->arena, from[i].dims, size, &dims));
    TSR_TRY(tsr_arena_copy(&d->arena, from[i].strides, size, &strides));
    to[i] = from[i];
    to[i].dims = dims;
    to[i].strides = strides;
  }
  return TSR_OK;
}

static tsr_status fill(deferred *d, const tsr_call *c, const tsr_view *in, const tsr_view *out) {
  void *made = NULL, *attrs = NULL;
  d->call = *c;
  d->call.attrs = NULL;
  d->call.state = d->state->state;
  d->call.numeric = &d->numeric;
  TSR_TRY(tsr_arena_alloc(&d->arena, sizeof(tsr_view) * (size_t)(c->n_in + c->n_out), &made));
  d->view = made;
  TSR_TRY(copy_views(d, c->n_in, in, d->view));
  TSR_TRY(copy_views(d, c->n_out, out, d->view + c->n_in));
  TSR_TRY(copy_types(d, c->n_in, c->in_type, &d->call.in_type));
  TSR_TRY(copy_types(d, c->n_out, c->out_type, &d->call.out_type));
  TSR_TRY(tsr_attr_copy(c->op->attrs, c->attrs, &d->arena, &attrs));
  d->call.attrs = attrs;
  return TSR_OK;
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  void *made = NULL;
  TSR_TRY(tsr_alloc(sizeof(deferred), 0, &made));
  memset(made, 0, sizeof(deferred));
  deferred *d = made;
  d->work.run = run_deferred;
  d->work.end = end_deferred;
  d->device = mock_of(stream->device);
  d->state = c->state;
  __atomic_add_fetch(&d->state->refs, 1, __ATOMIC_RELAXED);
  tsr_status status = fill(d, c, in, out);
  if (status == TSR_OK) status = tsr_work_enter(&d->work.owner);
  if (status != TSR_OK) {
    end_deferred(&d->work);
    return status;
  }
  mock_queue_push(&d->device->queue, &d->work);
  return TSR_OK;
}

tsr_kernel mock_kernel_over(const tsr_kernel *row) {
  tsr_kernel made = *row;
  made.applies = applies;
  made.prepare = prepare;
  made.run = run;
  made.data = row;
  return made;
}
