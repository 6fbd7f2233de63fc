/* run.c - running a program: checks, outputs, one plan, and what remains after failure.
 *
 * The arena is taken from the device for each run and given back after it. Devices cache
 * blocks, so this costs little, concurrent runs do not meet, and what the device counts at
 * its high water is exactly what tsr_program_peak says.
 */
#include "frame.h"
#include "passes.h"
#include "plan_text.h"
#include "program.h"

#include <stdio.h>
#include <string.h>

#include "tsr/hash.h"
#include "tsr/spi/tensor.h"

/* What one run holds and must let go of. */
typedef struct run {
  const tsr_program *program;
  tsr_device *device;
  tsr_stream *stream;
  tsri_run_key key;
  tsri_plan *plan;
  tsri_frame *frame;
  void *arena;
  tsr_work *work; /* NULL on backends that never defer */
  int64_t begin;  /* of the run, when it is profiled */
} run;

static tsr_status check_input(const tsr_program *program, const tsr_device *device, int32_t i,
                              const tsr_tensor *t) {
  const tsr_graph *g = program->stage[TSR_STAGE_TRACED];
  const tsr_type *type = &g->types[g->inputs[i]];
  const char *name = g->names[i] ? g->names[i] : "";
  if (!t) return TSR_FAIL(TSR_ERR_ARGUMENT, "run: input %d '%s' is NULL", (int)i, name);
  if (t->storage->device != device)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "run: input %d '%s' is on %s, the program runs on %s", (int)i,
                    name, t->storage->device->name, device->name);
  if (t->dtype != type->dtype || t->rank != type->rank)
    return TSR_FAIL(
        TSR_ERR_ARGUMENT, "run: input %d '%s' is %s of rank %d, should be %s of rank %d", (int)i,
        name, tsr_dtype_name(t->dtype), (int)t->rank, tsr_dtype_name(type->dtype), (int)type->rank);
  if (t->storage->donated)
    return TSR_FAIL(TSR_ERR_STATE, "run: input %d '%s' was donated before", (int)i, name);
  return TSR_OK;
}

static const char *why_not_donated(const tsr_storage *s) {
  if (!s->stream) return "it wraps foreign memory";
  if (__atomic_load_n(&s->exports, __ATOMIC_ACQUIRE)) return "its storage is exported";
  return "its storage is shared";
}

static tsr_status check_donation(const tsr_program *program, tsr_tensor_list in) {
  for (size_t i = 0; program->donated && i < in.n; i++) {
    if (!program->donated[i]) continue;
    if (!tsr_tensor_is_sole_owner(in.data[i]))
      return TSR_FAIL(TSR_ERR_ARGUMENT, "run: input %zu is donated, but %s", i,
                      why_not_donated(in.data[i]->storage));
    for (size_t k = 0; k < in.n; k++) {
      if (k != i && in.data[k]->storage == in.data[i]->storage)
        return TSR_FAIL(TSR_ERR_ARGUMENT, "run: input %zu is donated, but input %zu is the same", i,
                        k);
    }
  }
  return TSR_OK;
}

static tsr_status check_inputs(const tsr_program *program, const tsr_device *device,
                               tsr_tensor_list in) {
  if (!program || !device) return TSR_FAIL(TSR_ERR_ARGUMENT, "run: program or device is NULL");
  if (in.n != (size_t)tsr_program_inputs(program))
    return TSR_FAIL(TSR_ERR_ARGUMENT, "run: %zu inputs given, the program has %d", in.n,
                    (int)tsr_program_inputs(program));
  if (in.n && !in.data) return TSR_FAIL(TSR_ERR_ARGUMENT, "run: %zu inputs, but no list", in.n);
  for (size_t i = 0; i < in.n; i++)
    TSR_TRY(check_input(program, device, (int32_t)i, in.data[i]));
  return check_donation(program, in);
}

static tsr_status check_output(const tsr_program *program, const tsr_device *device, size_t j,
                               const tsr_tensor *t) {
  const tsr_graph *g = program->stage[TSR_STAGE_TRACED];
  const tsr_type *type = &g->types[g->outputs[j]];
  if (!t) return TSR_FAIL(TSR_ERR_ARGUMENT, "run_into: output %zu is NULL", j);
  if (t->storage->device != device)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "run_into: output %zu is on %s, the program runs on %s", j,
                    t->storage->device->name, device->name);
  if (t->dtype != type->dtype || t->rank != type->rank)
    return TSR_FAIL(
        TSR_ERR_ARGUMENT, "run_into: output %zu is %s of rank %d, should be %s of rank %d", j,
        tsr_dtype_name(t->dtype), (int)t->rank, tsr_dtype_name(type->dtype), (int)type->rank);
  return TSR_OK;
}

static tsr_status check_alone(const tsr_tensor *t, size_t j, tsr_tensor_list in,
                              tsr_tensor_list out) {
  bool twice = false;
  for (size_t k = 0; k < j; k++)
    twice |= out.data[k] == t;
  for (size_t i = 0; i < in.n; i++)
    twice |= in.data[i]->storage == t->storage;
  if (twice || !tsr_tensor_is_sole_owner(t))
    return TSR_FAIL(TSR_ERR_ARGUMENT,
                    "run_into: the storage of output %zu is shared: give each a tensor that nobody "
                    "else holds and that is no input",
                    j);
  return TSR_OK;
}

/* Storages met so far, as bits: of many tensors each need not be compared with all others. */
enum {
  FEW = 8,
  SEEN_WORDS = 128
};
typedef struct seen {
  uint64_t bits[SEEN_WORDS];
} seen;

/* False: this storage was not met before. */
static bool may_be_seen(seen *s, const tsr_storage *storage) {
  uint64_t hash = tsr_hash_u64(TSR_HASH_SEED, (uint64_t)(uintptr_t)storage);
  uint64_t *word = &s->bits[hash % SEEN_WORDS], bit = UINT64_C(1) << (hash / SEEN_WORDS % 64);
  bool before = *word & bit;
  *word |= bit;
  return before;
}

static tsr_status check_many_alone(tsr_tensor_list in, tsr_tensor_list out) {
  seen s = {{0}};
  for (size_t i = 0; i < in.n; i++)
    (void)may_be_seen(&s, in.data[i]->storage);
  for (size_t j = 0; j < out.n; j++) {
    const tsr_tensor *t = out.data[j];
    if (may_be_seen(&s, t->storage) || !tsr_tensor_is_sole_owner(t))
      TSR_TRY(check_alone(t, j, in, out));
  }
  return TSR_OK;
}

static tsr_status check_outputs(const tsr_program *program, const tsr_device *device,
                                tsr_tensor_list in, tsr_tensor_list out) {
  if (out.n != (size_t)tsr_program_outputs(program))
    return TSR_FAIL(TSR_ERR_ARGUMENT, "run_into: %zu outputs given, the program has %d", out.n,
                    (int)tsr_program_outputs(program));
  if (out.n && !out.data)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "run_into: %zu outputs, but no list", out.n);
  for (size_t j = 0; j < out.n; j++)
    TSR_TRY(check_output(program, device, j, out.data[j]));
  if (in.n + out.n > FEW) return check_many_alone(in, out);
  for (size_t j = 0; j < out.n; j++)
    TSR_TRY(check_alone(out.data[j], j, in, out));
  return TSR_OK;
}

/* Layouts are part of the key: what is planned for them was checked then. */
static tsr_status check_layouts(const tsri_run_key *key) {
  for (int32_t j = 0; key->out && j < key->n_out; j++) {
    const tsr_tensor *t = key->out[j];
    if (tsr_layout_overlaps_itself(t->rank, t->dims, t->strides))
      return TSR_FAIL(TSR_ERR_ARGUMENT, "run_into: output %d overlaps itself", (int)j);
  }
  return TSR_OK;
}

/* Fill in what a plan is for: the layouts of the key's tensors, and which may be written. */
static tsr_status describe_key(const tsri_run_key *key, tsr_arena *arena, tsri_want *want) {
  tsr_view *views = NULL;
  uint8_t *use = NULL;
  TSR_TRY(tsri_plan_array(arena, sizeof *views, (int64_t)key->n_in + key->n_out, &views));
  TSR_TRY(tsri_plan_array(arena, sizeof *use, key->n_in, &use));
  for (int32_t i = 0; i < key->n_in; i++) {
    const tsr_tensor *t = key->in[i];
    views[i] = tsr_tensor_as_view(t);
    if (!key->donated || !key->donated[i]) continue;
    use[i] = TSRI_MAY_WRITE;
    if (!key->out && t->data == (char *)t->storage->data) use[i] |= TSRI_MAY_TAKE;
  }
  for (int32_t j = 0; key->out && j < key->n_out; j++)
    views[key->n_in + j] = tsr_tensor_as_view(key->out[j]);
  want->device = (tsr_device *)(uintptr_t)key->device;
  want->in = views;
  want->in_use = use;
  want->out = key->out ? views + key->n_in : NULL;
  return TSR_OK;
}

/* A backend that does not take reductions amidst fused work gets them at its ends; one without
 * a row for fused work, or not for these dtypes, gets the steps singly.
 */
static tsr_status plan_stage(const tsr_program *program, tsri_want *want, tsri_plan **out) {
  tsr_graph *fused = program->stage[TSR_STAGE_FUSED], *plain = program->stage[TSR_STAGE_OPTIMISED];
  want->graph = fused;
  tsr_status status = tsri_plan_create(want, out);
  if (status != TSR_ERR_UNSUPPORTED || fused == plain) return status;
  tsr_graph *ends;
  TSR_TRY(tsri_fuse_ends(plain, &ends));
  want->graph = ends;
  status = tsri_plan_create(want, out);
  tsr_graph_release(ends);
  if (status != TSR_ERR_UNSUPPORTED) return status;
  want->graph = plain;
  return tsri_plan_create(want, out);
}

/* Show a new plan to whoever asked for profiles or dumps. */
static void show_plan(const tsr_program *program, tsri_plan *plan, int64_t begin) {
  tsri_watch *watch = &program->tables->watch;
  int32_t number = ++((tsr_program *)(uintptr_t)program)->n_plans;
  char text[160], *steps;
  size_t size;
  if (watch->profile) {
    snprintf(text, sizeof text, "\"program\": %d, \"steps\": %d, \"arena\": %lld",
             (int)program->number, (int)plan->n_steps, (long long)plan->arena_size);
    tsri_profile_add(watch->profile, "plan", "plan", begin, text);
  }
  if (!watch->folder || !program->number) return;
  snprintf(text, sizeof text, "plan-%d.lowered", (int)number);
  tsri_dump_graph(watch, program->number, text, plan->graph);
  if (tsri_plan_text(plan, &steps, &size) != TSR_OK) return;
  snprintf(text, sizeof text, "plan-%d.steps", (int)number);
  tsri_dump_text(watch, program->number, text, steps, size - 1);
  tsr_free(steps, size, 0);
}

static tsr_status plan_for(const tsr_program *program, const tsri_run_key *key, tsri_plan **out) {
  tsr_arena arena = {0};
  tsri_want want = {.tables = program->tables};
  int64_t begin = program->tables->watch.profile ? tsri_profile_now() : 0;
  *out = NULL;
  tsr_status status = describe_key(key, &arena, &want);
  if (status == TSR_OK) status = plan_stage(program, &want, out);
  if (status == TSR_OK) show_plan(program, *out, begin);
  tsr_arena_deinit(&arena);
  return status;
}

tsr_status tsri_program_plan(const tsr_program *program, const tsri_run_key *key, tsri_plan **out) {
  tsri_plan_cache *cache = (tsri_plan_cache *)(uintptr_t)&program->cache;
  *out = tsri_plan_cache_find(cache, key);
  if (*out) return TSR_OK;
  TSR_TRY(check_layouts(key));
  pthread_mutex_lock(&cache->planning);
  tsr_status status = TSR_OK;
  *out = tsri_plan_cache_find(cache, key); /* another thread may have made it meanwhile */
  if (!*out) {
    status = plan_for(program, key, out);
    if (status == TSR_OK) status = tsri_plan_cache_add(cache, key, *out);
    if (status != TSR_OK) {
      tsr_object_release(*out);
      *out = NULL;
    }
  }
  pthread_mutex_unlock(&cache->planning);
  return status;
}

/* Work of another stream must have written what this one reads. */
static tsr_status wait_for_inputs(run *r) {
  for (int32_t i = 0; i < r->key.n_in; i++) {
    tsr_stream *writer = r->key.in[i]->storage->stream;
    if (writer && writer != r->stream) TSR_TRY(tsr_stream_wait(writer));
  }
  return TSR_OK;
}

/* On a backend that defers: who writes the outputs, and depends on who wrote the inputs. */
static tsr_status open_work(run *r) {
  TSR_TRY(tsr_work_open(r->stream, &r->work));
  for (int32_t i = 0; i < r->key.n_in; i++)
    TSR_TRY(tsr_work_depend(r->work, r->key.in[i]->storage->work));
  return TSR_OK;
}
static void own_outputs(const run *r, tsr_tensor *const *out, size_t n_out) {
  for (size_t j = 0; r->work && j < n_out; j++)
    tsr_storage_set_work(out[j]->storage, r->work);
}

static tsr_status begin(run *r) {
  if (r->program->tables->watch.profile) r->begin = tsri_profile_now();
  r->stream = r->device->stream;
  TSR_TRY(tsri_program_plan(r->program, &r->key, &r->plan));
  TSR_TRY(wait_for_inputs(r));
  if (r->device->backend->wait) TSR_TRY(open_work(r));
  TSR_TRY(tsri_frame_borrow(r->plan, &r->frame));
  if (!r->plan->arena_size) return TSR_OK;
  tsr_status status = r->device->backend->alloc(r->stream, (size_t)r->plan->arena_size, &r->arena);
  if (status != TSR_OK) r->arena = NULL;
  return status;
}

static TSR_COLD void show_run(const run *r) {
  char text[160];
  snprintf(text, sizeof text, "\"program\": %d, \"arena\": %lld, \"device\": \"%s\"",
           (int)r->program->number, r->plan ? (long long)r->plan->arena_size : 0LL,
           r->device->name);
  tsri_profile_add(r->program->tables->watch.profile, "run", "run", r->begin, text);
}

static tsr_status end(run *r, tsr_status status) {
  if (r->work) status = tsr_work_close(r->work, status);
  if (r->arena) r->device->backend->free(r->stream, r->arena, (size_t)r->plan->arena_size);
  if (r->frame) tsri_frame_return(r->plan, r->frame);
  if (r->begin) show_run(r);
  tsr_object_release(r->plan);
  return status;
}

/* All pointers are bound: run, then see what was flagged on the way. */
static tsr_status go(run *r) {
  if (r->arena) tsri_frame_bind(r->frame, TSRI_BASE_ARENA, r->arena);
  tsr_numeric *numeric = r->frame->numeric;
  numeric->error.code = TSR_OK;
  numeric->call = NULL;
  TSR_TRY(tsri_frame_run(r->frame, r->stream));
  return numeric->error.code == TSR_OK ? TSR_OK : tsr_error_raise(&numeric->error);
}

/* Fresh tensors for outputs that do not take over an input. */
static tsr_status create_outputs(run *r, tsr_tensor **out) {
  for (int32_t j = 0; j < r->plan->n_out; j++) {
    const tsri_output *o = &r->plan->outputs[j];
    if (o->takes >= 0) continue;
    tsr_dims dims = {o->view.dims, (size_t)o->view.rank};
    TSR_TRY(tsr_tensor_create(r->device, o->view.dtype, dims, &out[j]));
    tsri_frame_bind(r->frame, TSRI_BASE_OUTPUT(r->plan, j), out[j]->data);
  }
  return TSR_OK;
}

/* Move donated memory out of its tensors: into outputs, or to be freed after the run. */
static tsr_status take_donated(run *r, tsr_tensor **out) {
  tsr_storage **held = r->frame->held;
  for (int32_t i = 0; i < r->key.n_in; i++)
    if (r->key.donated[i]) TSR_TRY(tsr_storage_take(r->key.in[i], &held[i]));
  for (int32_t j = 0; out && j < r->plan->n_out; j++) {
    const tsri_output *o = &r->plan->outputs[j];
    if (o->takes < 0) continue;
    TSR_TRY(tsr_tensor_over(held[o->takes], 0, o->view.dtype, o->view.rank, o->view.dims, NULL,
                            &out[j]));
  }
  return TSR_OK;
}

static tsr_status take_and_go(run *r, tsr_tensor **out) {
  tsr_status status = take_donated(r, out);
  if (status == TSR_OK) status = go(r);
  for (int32_t i = 0; i < r->key.n_in; i++) {
    tsr_storage_release(r->frame->held[i]);
    r->frame->held[i] = NULL;
  }
  return status;
}

static tsr_status bind_and_go(run *r, tsr_tensor **out) {
  for (int32_t i = 0; i < r->key.n_in; i++)
    tsri_frame_bind(r->frame, TSRI_BASE_INPUT(r->plan, i), r->key.in[i]->data);
  return r->key.donated ? take_and_go(r, out) : go(r);
}

tsr_status tsr_program_run(const tsr_program *program, tsr_device *device, tsr_tensor_list in,
                           tsr_tensor **out, size_t n_out) {
  if (n_out && !out) return TSR_FAIL(TSR_ERR_ARGUMENT, "run: room for %zu outputs is NULL", n_out);
  if (n_out) memset(out, 0, sizeof *out * n_out);
  TSR_TRY(check_inputs(program, device, in));
  if (n_out != (size_t)tsr_program_outputs(program))
    return TSR_FAIL(TSR_ERR_ARGUMENT, "run: room for %zu outputs given, the program has %d", n_out,
                    (int)tsr_program_outputs(program));
  run r = {.program = program, .device = device};
  r.key = (tsri_run_key){device, program->donated, in.data, (int32_t)in.n, NULL, 0};
  tsr_status status = begin(&r);
  if (status == TSR_OK) status = create_outputs(&r, out);
  if (status == TSR_OK) status = bind_and_go(&r, out);
  if (status == TSR_OK) {
    own_outputs(&r, out, n_out);
  } else {
    tsr_tensors_release(out, n_out);
  }
  return end(&r, status);
}

tsr_status tsr_program_run_into(const tsr_program *program, tsr_device *device, tsr_tensor_list in,
                                tsr_tensor_list out) {
  TSR_TRY(check_inputs(program, device, in));
  TSR_TRY(check_outputs(program, device, in, out));
  run r = {.program = program, .device = device};
  r.key =
      (tsri_run_key){device, program->donated, in.data, (int32_t)in.n, out.data, (int32_t)out.n};
  tsr_status status = begin(&r);
  if (status == TSR_OK) {
    for (int32_t j = 0; j < r.plan->n_out; j++)
      tsri_frame_bind(r.frame, TSRI_BASE_OUTPUT(r.plan, j), out.data[j]->data);
    own_outputs(&r, out.data, out.n);
    status = bind_and_go(&r, NULL);
  }
  return end(&r, status);
}

tsr_status tsr_program_peak(const tsr_program *program, tsr_device *device, tsr_tensor_list in,
                            int64_t *bytes) {
  *bytes = 0;
  TSR_TRY(check_inputs(program, device, in));
  tsri_run_key key = {device, program->donated, in.data, (int32_t)in.n, NULL, 0};
  tsri_plan *plan = NULL;
  TSR_TRY(tsri_program_plan(program, &key, &plan));
  bool fits = tsri_plan_peak(plan, bytes);
  tsr_object_release(plan);
  if (fits) return TSR_OK;
  *bytes = 0;
  return TSR_FAIL(TSR_ERR_LIMIT, "peak: arena and outputs are more than 2^63 - 1 bytes");
}

tsr_status tsr_program_steps(const tsr_program *program, tsr_device *device, tsr_tensor_list in,
                             char **out, size_t *size) {
  *out = NULL;
  *size = 0;
  TSR_TRY(check_inputs(program, device, in));
  tsri_run_key key = {device, program->donated, in.data, (int32_t)in.n, NULL, 0};
  tsri_plan *plan = NULL;
  TSR_TRY(tsri_program_plan(program, &key, &plan));
  tsr_status status = tsri_plan_text(plan, out, size);
  tsr_object_release(plan);
  return status;
}

void tsr_program_plans(const tsr_program *program, int64_t *held, int64_t *hits, int64_t *misses) {
  *held = *hits = *misses = 0;
  if (!program) return;
  tsri_plan_cache *cache = (tsri_plan_cache *)(uintptr_t)&program->cache;
  pthread_mutex_lock(&cache->lock);
  *held = cache->n;
  *hits = cache->hits;
  *misses = cache->misses;
  pthread_mutex_unlock(&cache->lock);
}

void tsr_program_clear(const tsr_program *program) {
  if (program) tsri_plan_cache_clear((tsri_plan_cache *)(uintptr_t)&program->cache);
}
