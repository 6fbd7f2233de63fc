/* report.h - what came out, in words and in pictures. */
#ifndef DIGITS_REPORT_H
#define DIGITS_REPORT_H

#include "data.h"
#include "model.h"
#include "training.h"

/* A bar on stderr, if that is a terminal. */
typedef struct progress {
  int courses, epochs; /* of all */
  int done;            /* courses finished */
  double start;        /* time, in seconds */
  bool is_shown;
} progress;

progress progress_begin(int courses, int epochs);
void progress_show(void *self, const course *c); /* an observer's saw */
void progress_end(const progress *p);

void report_begin(const digits *d, const split *s, int epochs);
void report_course(const course *c);

/* Over all courses: mean accuracy, time and memory of a step. */
void report_summary(const course *courses, int n);

/* Fails when the mean accuracy is below so many per cent. */
tsr_status report_verdict(const course *courses, int n, int at_least);

/* The two directions in which the images differ most, by a singular value decomposition. */
tsr_status report_components(tsr_runtime *rt, const digits *d);

/* graph.svg, loss.svg, confusion.svg, mistakes.svg */
tsr_status report_pictures(const digits *d, const model *m, const split *splits,
                           const course *courses, int n);

#endif /* DIGITS_REPORT_H */
