/* watch.h - what a runtime tells about itself: profile, log and dumps. */
#ifndef TSRI_WATCH_H
#define TSRI_WATCH_H

#include "profile.h"

#include <pthread.h>

#include "tsr/observe.h"
#include "tsr/spi/graph.h"

/* One bit per topic of the log; names in log.c. */
enum {
  TSRI_LOG_FOLD = 1,
  TSRI_LOG_FUSE = 2,
  TSRI_LOG_LOWER = 4,
  TSRI_LOG_KERNELS = 8,
  TSRI_LOG_LAYOUT = 16,
  TSRI_LOG_MEMORY = 32
};

/* Zeroed: nobody watches. Set before a runtime is used, only read afterwards. */
typedef struct tsri_watch {
  tsri_profile *profile;
  uint32_t topics; /* of the log; 0: none */
  tsr_log_sink sink;
  void *sink_ctx;
  int log_file;         /* for lines that the environment asked for; 0: none was opened */
  pthread_mutex_t lock; /* over the sink; initialised by tsri_watch_init */
  char *folder;         /* for dumps; NULL: none */
  size_t folder_size;
  int32_t n_programs; /* numbers given to programs so far; atomic */
} tsri_watch;

/* Begin with what the environment says. */
tsr_status tsri_watch_init(tsri_watch *w);
void tsri_watch_deinit(tsri_watch *w);

/* ---- log.c ---- */

tsr_status tsri_log_set(tsri_watch *w, const char *topics, tsr_log_sink sink, void *ctx);
void tsri_log_write(tsri_watch *w, uint32_t topic, const char *fmt, ...) TSR_PRINTF(3, 4);

/* Say something, if somebody listens to the topic: arguments are evaluated only then. */
#define TSRI_LOG(watch, topic, ...)                                                                \
  do {                                                                                             \
    if (__builtin_expect(((watch)->topics & (topic)) != 0, 0))                                     \
      tsri_log_write((watch), (topic), __VA_ARGS__);                                               \
  } while (0)

/* ---- dump.c ---- */

tsr_status tsri_dump_set(tsri_watch *w, const char *folder);

/* The number of the next program: with dumps one of which no file exists yet. */
int32_t tsri_dump_number(tsri_watch *w);

/* program-<number>.<what>.txt, .dot and .svg. */
void tsri_dump_graph(tsri_watch *w, int32_t number, const char *what, const tsr_graph *graph);

/* program-<number>.<what>.txt */
void tsri_dump_text(tsri_watch *w, int32_t number, const char *what, const char *text, size_t n);

#endif /* TSRI_WATCH_H */
