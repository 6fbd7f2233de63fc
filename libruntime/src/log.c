/* log.c - the log of a runtime: topics, and one line at a time. */
#include "watch.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
  const char *name;
  uint32_t bits;
} topics_known[] = {
    {"fold",    TSRI_LOG_FOLD   },
    {"fuse",    TSRI_LOG_FUSE   },
    {"lower",   TSRI_LOG_LOWER  },
    {"kernels", TSRI_LOG_KERNELS},
    {"layout",  TSRI_LOG_LAYOUT },
    {"memory",  TSRI_LOG_MEMORY },
    {"all",     UINT32_MAX      },
};
#define N_TOPICS (sizeof topics_known / sizeof *topics_known)

static tsr_status fail_topic(const char *name, size_t length) {
  char list[200] = "";
  size_t used = 0;
  for (size_t i = 0; i < N_TOPICS; i++) {
    int n = snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", topics_known[i].name);
    used += n > 0 ? (size_t)n : 0;
  }
  return TSR_FAIL(TSR_ERR_ARGUMENT, "log: '%.*s' is no topic; there are: %s", (int)length, name,
                  list);
}

static tsr_status read_topic(const char *name, size_t length, uint32_t *bits) {
  for (size_t i = 0; i < N_TOPICS; i++)
    if (strlen(topics_known[i].name) == length && !memcmp(topics_known[i].name, name, length)) {
      *bits |= topics_known[i].bits;
      return TSR_OK;
    }
  return fail_topic(name, length < 60 ? length : 60);
}

tsr_status tsri_log_set(tsri_watch *w, const char *topics, tsr_log_sink sink, void *ctx) {
  uint32_t bits = 0;
  for (const char *at = topics; at && *at;) {
    size_t length = strcspn(at, ",");
    TSR_TRY(read_topic(at, length, &bits));
    at += length;
    if (*at == ',' && !*++at) return fail_topic("", 0);
  }
  w->topics = bits;
  w->sink = sink;
  w->sink_ctx = ctx;
  return TSR_OK;
}

static const char *name_of(uint32_t topic) {
  size_t i = 0;
  while (topics_known[i].bits != topic)
    i++;
  return topics_known[i].name;
}

void tsri_log_write(tsri_watch *w, uint32_t topic, const char *fmt, ...) {
  char line[2048];
  va_list args;
  va_start(args, fmt);
  vsnprintf(line, sizeof line, fmt, args);
  va_end(args);
  pthread_mutex_lock(&w->lock);
  w->sink(w->sink_ctx, name_of(topic), line);
  pthread_mutex_unlock(&w->lock);
}
