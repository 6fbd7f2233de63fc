/* watch.c - asking a runtime to tell about itself: by its functions, or by the environment. */
#define _POSIX_C_SOURCE 200809L
#include "watch.h"

#include "tables.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A variable that is set to something, or NULL. */
static const char *variable(const char *name) {
  const char *text = getenv(name);
  return text && *text ? text : NULL;
}

/* Lines of the log for a file; ctx is the watch. One write per line, so that they stay whole. */
static void write_line(void *ctx, const char *topic, const char *line) {
  const tsri_watch *w = ctx;
  char text[2200];
  int n = snprintf(text, sizeof text, "tsr %s: %s\n", topic, line);
  if (n < 0) return;
  size_t size = (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
  ssize_t written = write(w->log_file ? w->log_file : STDERR_FILENO, text, size);
  (void)written; /* whoever asked for the log sees that it is not there */
}

static tsr_status log_to_file(tsri_watch *w, const char *topics, const char *path) {
  if (path) {
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (file < 0)
      return TSR_FAIL(TSR_ERR_IO, "TSR_LOG_FILE: cannot write %s: %s", path, strerror(errno));
    w->log_file = file;
  }
  TSR_TRY_MSG(tsri_log_set(w, topics, write_line, w), "reading TSR_LOG");
  return TSR_OK;
}

static tsr_status read_environment(tsri_watch *w) {
  const char *trace = variable("TSR_TRACE"), *topics = variable("TSR_LOG");
  const char *folder = variable("TSR_DUMP");
  if (trace) TSR_TRY_MSG(tsri_profile_open(trace, &w->profile), "reading TSR_TRACE");
  if (topics) TSR_TRY(log_to_file(w, topics, variable("TSR_LOG_FILE")));
  if (folder) TSR_TRY_MSG(tsri_dump_set(w, folder), "reading TSR_DUMP");
  return TSR_OK;
}

tsr_status tsri_watch_init(tsri_watch *w) {
  if (pthread_mutex_init(&w->lock, NULL))
    return TSR_FAIL(TSR_ERR_NOMEM, "runtime: the system has no mutex left");
  tsr_status status = read_environment(w);
  if (status != TSR_OK) tsri_watch_deinit(w);
  return status;
}

void tsri_watch_deinit(tsri_watch *w) {
  tsri_profile_close(w->profile);
  if (w->log_file) close(w->log_file);
  tsr_free(w->folder, w->folder_size, 0);
  pthread_mutex_destroy(&w->lock);
}

static tsr_status watch_of(tsr_runtime *rt, tsri_watch **out) {
  tsri_tables *tables = NULL;
  *out = NULL;
  if (!rt) return TSR_FAIL(TSR_ERR_ARGUMENT, "observing: the runtime is NULL");
  TSR_TRY(tsri_tables_of(tsr_runtime_registry(rt), &tables));
  *out = &tables->watch;
  return TSR_OK;
}

tsr_status tsr_runtime_profile(tsr_runtime *rt, const char *path) {
  tsri_watch *w = NULL;
  TSR_TRY(watch_of(rt, &w));
  if (!path) return TSR_FAIL(TSR_ERR_ARGUMENT, "profile: the path is NULL");
  if (w->profile) return TSR_FAIL(TSR_ERR_STATE, "profile: the runtime is profiled already");
  return tsri_profile_open(path, &w->profile);
}

tsr_status tsr_runtime_log(tsr_runtime *rt, const char *topics, tsr_log_sink sink, void *ctx) {
  tsri_watch *w = NULL;
  TSR_TRY(watch_of(rt, &w));
  if (!sink && topics && *topics) return TSR_FAIL(TSR_ERR_ARGUMENT, "log: the function is NULL");
  return tsri_log_set(w, topics, sink, ctx);
}

tsr_status tsr_runtime_dump(tsr_runtime *rt, const char *folder) {
  tsri_watch *w = NULL;
  TSR_TRY(watch_of(rt, &w));
  return tsri_dump_set(w, folder);
}
