/* cmd_info.c - tsr info: what is installed here, and whether it works. */
#define _POSIX_C_SOURCE 200809L
#include "command.h"
#include "info.h"
#include "report.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

double info_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int info_verdict(const char *name, tsr_status status, double start, const char *note) {
  char sentence[TSR_ERROR_TEXT];
  const double milliseconds = 1e3 * (info_seconds() - start);
  const bool is_right = status == TSR_OK;
  printf("  %-18s %-5s %9.3f ms%s%s\n", name, is_right ? "ok" : "WRONG", milliseconds,
         note[0] ? "  " : "", note);
  if (!is_right) printf("    %s\n", error_sentence(sentence, sizeof sentence));
  return !is_right;
}

const char *info_line_of(const char *path, const char *key, char *buffer, size_t size) {
  FILE *file = fopen(path, "r");
  const char *found = NULL;
  while (file && !found && fgets(buffer, (int)size, file))
    if (strncmp(buffer, key, strlen(key)) == 0) found = buffer + strlen(key);
  if (file) fclose(file);
  if (!found) return "";
  buffer[strcspn(buffer, "\n")] = 0;
  return found + strspn(found, "\t :");
}

static int run_info(const command *self, const arguments *a) {
  session s;
  if (a->n) return report_usage(self, "it takes no file");
  printf(INFO_LINE "%s\n", "tessera", TSR_VERSION);
  info_environment();
  const tsr_status status = session_open("cpu", &s);
  int wrong = 0;
  if (status == TSR_OK) {
    info_cpu(&s);
    info_blas();
    printf("\nself-tests\n");
    wrong = info_checks(&s) + info_cuda(&s);
  }
  session_close(&s);
  fflush(stdout); /* what was found out stays before the error */
  if (status != TSR_OK) return report_status(self, status);
  if (wrong) return report_failure(self, "%d self-test%s failed", wrong, wrong == 1 ? "" : "s");
  return EXIT_OK;
}

const command command_info = {
    .name = "info",
    .summary = "what is installed here, and whether it works",
    .synopsis = "",
    .text = "Prints versions, the processor and the kernels chosen for it, BLAS, LAPACK and the\n"
            "Fourier engine, the CUDA libraries or why they are not found and which package has\n"
            "them, the environment variables that matter, and a known number computed by each\n"
            "part, with its time and the memory that it keeps inside. It ends with 1 if a number\n"
            "is wrong.\n",
    .run = run_info,
};
