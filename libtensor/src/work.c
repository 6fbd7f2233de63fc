/* work.c - the failure of deferred work, and whose outputs it spoils.
 *
 * The cause of a failure is the work that met it: itself, or one it depends on. It is set
 * once. While a work is unfinished, its list of works to depend on does not change.
 */
#include "tsr/spi/work.h"

#include <string.h>

#include "tsr/alloc.h"
#include "tsr/spi/backend.h"

struct tsr_work {
  tsr_object object;
  tsr_stream *stream; /* not retained; NULL when it never was open */
  tsr_work *outer;    /* open around it */
  tsr_work *next;     /* in the list of a stream; retained */
  tsr_work *cause;    /* NULL: no failure; retained unless it is the work itself; atomic */
  tsr_work **on;      /* [n_on] retained; empty once finished */
  int32_t n_on, room;
  int32_t pieces;               /* entered and not left, and one while it is open; atomic */
  bool failing, finished, told; /* atomic */
  tsr_error error;              /* when it is the cause itself */
};

static _Thread_local tsr_work *open_work;

static void let_go(tsr_work *w) {
  for (int32_t i = 0; i < w->n_on; i++)
    tsr_work_release(w->on[i]);
  tsr_free(w->on, sizeof *w->on * (size_t)w->room, 0);
  w->on = NULL;
  w->n_on = w->room = 0;
}

static void work_deinit(void *self) {
  tsr_work *w = self;
  let_go(w);
  if (w->cause != w) tsr_work_release(w->cause);
}

static const tsr_class work_class = {"work", sizeof(tsr_work), work_deinit, NULL, NULL};

TSR_OBJECT_DEFINE(tsr_work)

static tsr_status create(tsr_stream *stream, tsr_work **out) {
  void *made = NULL;
  *out = NULL;
  TSR_TRY(tsr_object_create(&work_class, &made));
  *out = made;
  (*out)->stream = stream;
  (*out)->pieces = 1;
  return TSR_OK;
}

tsr_status tsr_work_open(tsr_stream *stream, tsr_work **out) {
  *out = NULL;
  if (!stream->device->backend->wait) return TSR_OK;
  TSR_TRY(create(stream, out));
  (*out)->outer = open_work;
  open_work = *out;
  return TSR_OK;
}

tsr_status tsr_work_enter(tsr_work **out) {
  *out = open_work;
  if (!*out) return create(NULL, out);
  __atomic_fetch_add(&(*out)->pieces, 1, __ATOMIC_RELAXED);
  tsr_work_retain(*out);
  return TSR_OK;
}

/* ---- failures ---- */

static inline tsr_work *cause_of(const tsr_work *w) {
  return __atomic_load_n(&w->cause, __ATOMIC_ACQUIRE);
}
static inline bool is_finished(const tsr_work *w) {
  return __atomic_load_n(&w->finished, __ATOMIC_ACQUIRE);
}

static bool set_cause(tsr_work *w, tsr_work *cause) {
  tsr_work *none = NULL;
  return __atomic_compare_exchange_n(&w->cause, &none, cause, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED);
}

/* The failure of on, if it has one, is that of w, unless w has one. */
static void take_over(tsr_work *w, const tsr_work *on) {
  tsr_work *cause = cause_of(on);
  if (cause && set_cause(w, cause)) tsr_work_retain(cause);
}

/* Those it depends on need no search of their own: they are finished, their causes known. */
static tsr_work *find_cause(const tsr_work *w) {
  bool finished = is_finished(w);
  tsr_work *cause = cause_of(w);
  for (int32_t i = 0; !finished && !cause && i < w->n_on; i++)
    cause = cause_of(w->on[i]);
  return cause;
}

bool tsr_work_has_failed(const tsr_work *work) { return find_cause(work) != NULL; }

bool tsr_work_fail(tsr_work *work, tsr_status status) {
  if (__atomic_exchange_n(&work->failing, true, __ATOMIC_RELAXED)) return false;
  tsr_error_take(status, &work->error);
  return set_cause(work, work);
}

tsr_status tsr_work_raise(tsr_work *work) {
  tsr_work *cause = work ? find_cause(work) : NULL;
  if (!cause) return TSR_OK;
  __atomic_store_n(&cause->told, true, __ATOMIC_RELAXED);
  return tsr_error_raise(&cause->error);
}

/* ---- dependence ---- */

static tsr_status make_room(tsr_work *w) {
  if (w->n_on < w->room) return TSR_OK;
  int32_t room = w->room ? 2 * w->room : 4;
  void *made = NULL;
  TSR_TRY(tsr_alloc(sizeof *w->on * (size_t)room, 0, &made));
  if (w->n_on) memcpy(made, w->on, sizeof *w->on * (size_t)w->n_on);
  tsr_free(w->on, sizeof *w->on * (size_t)w->room, 0);
  w->on = made;
  w->room = room;
  return TSR_OK;
}

tsr_status tsr_work_depend(tsr_work *work, tsr_work *on) {
  if (!work || !on) return TSR_OK;
  if (is_finished(on)) {
    take_over(work, on);
    return TSR_OK;
  }
  if (work->n_on && work->on[work->n_on - 1] == on) return TSR_OK;
  TSR_TRY(make_room(work));
  work->on[work->n_on++] = tsr_work_retain(on);
  return TSR_OK;
}

/* ---- the end ---- */

static void finish(tsr_work *w) {
  for (int32_t i = 0; i < w->n_on; i++)
    take_over(w, w->on[i]);
  let_go(w);
  __atomic_store_n(&w->finished, true, __ATOMIC_RELEASE);
}

static bool leave(tsr_work *w) { return __atomic_sub_fetch(&w->pieces, 1, __ATOMIC_ACQ_REL) == 0; }

void tsr_work_leave(tsr_work *work) {
  if (leave(work)) finish(work);
  tsr_work_release(work);
}

/* Pieces come after those of the operands. Without pieces nothing says that these are done. */
static void wait_for_operands(const tsr_work *w) {
  bool all = true;
  for (int32_t i = 0; i < w->n_on; i++)
    all = all && is_finished(w->on[i]);
  if (!all) w->stream->device->backend->wait(w->stream);
}

tsr_status tsr_work_close(tsr_work *work, tsr_status status) {
  if (!work) return status;
  open_work = work->outer;
  if (status != TSR_OK && tsr_work_fail(work, status))
    __atomic_store_n(&work->told, true, __ATOMIC_RELAXED);
  if (leave(work)) {
    wait_for_operands(work);
    finish(work);
  }
  tsr_work_release(work);
  return status;
}

tsr_status tsr_stream_wait(tsr_stream *stream) {
  const tsr_backend *backend = stream->device->backend;
  if (!backend->wait) return backend->synchronize(stream);
  backend->wait(stream);
  return tsr_work_raise(open_work);
}

/* ---- what a stream remembers ---- */

static void drop_first(tsr_work **first) {
  tsr_work *w = *first;
  *first = w->next;
  w->next = NULL;
  tsr_work_release(w);
}

static void drop_told(tsr_work **first) {
  while (*first && __atomic_load_n(&(*first)->told, __ATOMIC_RELAXED))
    drop_first(first);
}

void tsr_works_add(tsr_work **first, tsr_work *work) {
  drop_told(first);
  while (*first)
    first = &(*first)->next;
  *first = tsr_work_retain(work);
}

tsr_status tsr_works_tell(tsr_work **first) {
  drop_told(first);
  if (!*first) return TSR_OK;
  tsr_status status = tsr_work_raise(*first);
  drop_first(first);
  return status;
}

void tsr_works_release(tsr_work **first) {
  while (*first)
    drop_first(first);
}
