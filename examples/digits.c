/* digits.c - learn to read handwritten digits: data from a .npy file, a classifier of two layers
 * traced once, its gradient, one compiled step that gives its weights' memory to their
 * successors, five seeds, and pictures of all of it.
 *
 *   digits/data.c      the file, and who is held out
 *   digits/model.c     the mathematics, as two compiled programs
 *   digits/training.c  many steps
 *   digits/report.c    words; digits/pictures.c  pictures
 *
 * docs/guides/digits.md walks through it.
 */
#include "digits/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tsr/cpu.h>
#include <tsr/linalg.h>

enum {
  MOST_SEEDS = 32
};

static const char help[] =
    "usage: digits [--seeds N] [--epochs N] [--at-least PERCENT] [FILE.npy]\n"
    "\n"
    "Trains a classifier of handwritten digits from N seeds (5), for N epochs each (40), and\n"
    "draws what happened into the current folder: components.svg, loss.svg, confusion.svg,\n"
    "mistakes.svg and graph.svg. FILE.npy holds u8 [n, 65]: 64 pixels of 0 to 16 and a label.\n"
    "It fails when fewer than PERCENT of the held-out digits are read right (0).\n";

typedef struct options {
  const char *path;
  int seeds, epochs, at_least;
} options;

/* Everything that lives as long as the run. */
typedef struct study {
  tsr_runtime *rt;
  options o;
  digits d;
  model m;
  split splits[MOST_SEEDS];
  course courses[MOST_SEEDS];
} study;

/* ---- one seed after the other ---- */

static tsr_status learn_once(study *w, int i, progress *bar) {
  split *s = &w->splits[i];
  course *c = &w->courses[i];
  c->seed = (uint64_t)i;
  TSR_TRY(digits_split(w->rt, &w->d, c->seed, s));
  if (i == 0) report_begin(&w->d, s, w->o.epochs);
  tsr_status status = train(w->rt, &w->m, s, w->o.epochs, (observer){progress_show, bar}, c);
  progress_end(bar);
  if (status == TSR_OK) report_course(c);
  return status;
}

static tsr_status explore(study *w) {
  tsr_device *cpu;
  TSR_TRY(tsr_runtime_device(w->rt, "cpu", &cpu));
  TSR_TRY(digits_read(cpu, w->o.path, &w->d));
  TSR_TRY(model_compile(w->rt, &w->m));
  progress bar = progress_begin(w->o.seeds, w->o.epochs);
  for (int i = 0; i < w->o.seeds; i++)
    TSR_TRY(learn_once(w, i, &bar));
  report_summary(w->courses, w->o.seeds);
  TSR_TRY(report_components(w->rt, &w->d));
  TSR_TRY(report_pictures(&w->d, &w->m, w->splits, w->courses, w->o.seeds));
  return report_verdict(w->courses, w->o.seeds, w->o.at_least);
}

static void study_release(study *w) {
  for (int i = 0; i < MOST_SEEDS; i++) {
    split_release(&w->splits[i]);
    course_release(&w->courses[i]);
  }
  model_release(&w->m);
  digits_release(&w->d);
  tsr_runtime_release(w->rt);
}

/* ---- the command line ---- */

/* "--seeds 3": is it this option, and a number in its range? */
static bool take_number(char **argv, const char *name, int most, int *out, bool *good) {
  if (strcmp(argv[0], name) != 0) return false;
  char *end = NULL;
  const long n = argv[1] ? strtol(argv[1], &end, 10) : 0;
  *good = argv[1] && *end == '\0' && n >= 1 && n <= most;
  if (*good)
    *out = (int)n;
  else
    fprintf(stderr, "digits: %s takes a number from 1 to %d, not '%s'\n", name, most,
            argv[1] ? argv[1] : "");
  return true;
}

/* False when the command line makes no sense; it was said why. */
static bool read_options(char **argv, options *o) {
  bool good = true;
  for (; *argv && good; argv++) {
    if (take_number(argv, "--seeds", MOST_SEEDS, &o->seeds, &good) ||
        take_number(argv, "--epochs", MOST_EPOCHS, &o->epochs, &good) ||
        take_number(argv, "--at-least", 100, &o->at_least, &good)) {
      argv += argv[1] != NULL;
    } else if (argv[0][0] == '-') {
      fprintf(stderr, "digits: no option %s\n%s", *argv, help);
      good = false;
    } else {
      o->path = *argv;
    }
  }
  return good;
}

int main(int argc, char **argv) {
  static study w = {
      .o = {.path = EXAMPLE_DATA "/digits.npy", .seeds = 5, .epochs = 40}
  };
  if (argc > 1 && strcmp(argv[1], "--help") == 0) return fputs(help, stdout) < 0;
  if (argc > 0 && !read_options(argv + 1, &w.o)) return 2;
  tsr_status status = tsr_runtime_create(TSR_WITH(tsr_cpu_register, tsr_linalg_register), &w.rt);
  if (status == TSR_OK) status = explore(&w);
  if (status != TSR_OK) fprintf(stderr, "digits: %s\n", tsr_error_message());
  study_release(&w);
  return status != TSR_OK;
}
