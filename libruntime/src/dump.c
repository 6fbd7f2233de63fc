/* dump.c - programs written into files, as text and as pictures. */
#define _POSIX_C_SOURCE 200809L
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tsr/alloc.h"

tsr_status tsri_dump_set(tsri_watch *w, const char *folder) {
  void *copy = NULL;
  size_t size = folder ? strlen(folder) + 1 : 0;
  if (folder && access(folder, W_OK | X_OK) != 0)
    return TSR_FAIL(TSR_ERR_IO, "dump: cannot write into the folder %s: %s", folder,
                    strerror(errno));
  if (folder) {
    TSR_TRY(tsr_alloc(size, 0, &copy));
    memcpy(copy, folder, size);
  }
  tsr_free(w->folder, w->folder_size, 0);
  w->folder = copy;
  w->folder_size = size;
  return TSR_OK;
}

/* A file, or -1; how: O_EXCL for a new one, O_TRUNC for one of a number that is ours. */
static int create(const tsri_watch *w, int32_t number, const char *what, const char *ending,
                  int how) {
  char name[4096];
  int n = snprintf(name, sizeof name, "%s/program-%d.%s.%s", w->folder, (int)number, what, ending);
  if (n < 0 || (size_t)n >= sizeof name) return -1;
  return open(name, O_WRONLY | O_CREAT | O_CLOEXEC | how, 0666);
}

int32_t tsri_dump_number(tsri_watch *w) {
  for (;;) {
    int32_t number = __atomic_add_fetch(&w->n_programs, 1, __ATOMIC_RELAXED);
    if (!w->folder) return number;
    int file = create(w, number, "traced", "txt", O_EXCL);
    if (file < 0 && errno == EEXIST) continue;
    if (file >= 0) close(file);
    return number;
  }
}

static void write_all(int file, const char *text, size_t n) {
  while (n) {
    ssize_t written = write(file, text, n);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text += written;
    n -= (size_t)written;
  }
}

static void write_file(const tsri_watch *w, int32_t number, const char *what, const char *ending,
                       const char *text, size_t n) {
  int file = create(w, number, what, ending, O_TRUNC);
  if (file < 0) return;
  write_all(file, text, n);
  close(file);
}

void tsri_dump_text(tsri_watch *w, int32_t number, const char *what, const char *text, size_t n) {
  if (w->folder) write_file(w, number, what, "txt", text, n);
}

void tsri_dump_graph(tsri_watch *w, int32_t number, const char *what, const tsr_graph *graph) {
  static const struct {
    const char *ending;
    tsr_status (*make)(const tsr_graph *graph, char **out, size_t *size);
  } forms[] = {
      {"txt", tsr_graph_text},
      {"dot", tsr_graph_dot },
      {"svg", tsr_graph_svg },
  };
  for (size_t i = 0; w->folder && i < sizeof forms / sizeof *forms; i++) {
    char *text;
    size_t size;
    if (forms[i].make(graph, &text, &size) != TSR_OK) continue;
    write_file(w, number, what, forms[i].ending, text, size - 1);
    tsr_free(text, size, 0);
  }
}
