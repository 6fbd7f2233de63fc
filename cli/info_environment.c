/* info_environment.c - what tsr info says of environment variables. */
#include "info.h"
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

/* Ours, then those of the libraries beneath that change what we do. */
static const struct {
  const char *name, *what;
} variables[] = {
    {"TSR_NUM_THREADS",      "threads of the CPU device"           },
    {"TSR_CPU_ISA",          "instruction set of its kernels"      },
    {"TSR_TRACE",            "file for a profile"                  },
    {"TSR_LOG",              "topics of the log"                   },
    {"TSR_LOG_FILE",         "file of the log"                     },
    {"TSR_DUMP",             "folder of programs"                  },
    {"OPENBLAS_CORETYPE",    "kernels of BLAS"                     },
    {"OPENBLAS_L2_SIZE",     "block sizes of BLAS"                 },
    {"LD_LIBRARY_PATH",      "where libraries are looked for first"},
    {"CUDA_VISIBLE_DEVICES", "which GPUs there seem to be"         },
};
enum {
  N_VARIABLES = sizeof variables / sizeof *variables
};

static bool is_ours(const char *name, size_t length) {
  for (size_t i = 0; i < N_VARIABLES; i++)
    if (strlen(variables[i].name) == length && strncmp(variables[i].name, name, length) == 0)
      return true;
  return false;
}

/* TSR_... that nothing reads: perhaps misspelt. */
static void warn_of(const char *entry) {
  char name[64];
  const char *names[N_VARIABLES];
  const size_t length = strcspn(entry, "=");
  if (strncmp(entry, "TSR_", 4) != 0 || is_ours(entry, length)) return;
  for (size_t i = 0; i < N_VARIABLES; i++)
    names[i] = variables[i].name;
  snprintf(name, sizeof name, "%.*s", (int)length, entry);
  const char *near = nearest(name, N_VARIABLES, names);
  printf("  warning: nothing reads %s%s%s\n", name, near ? ", perhaps this is meant: " : "",
         near ? near : "");
}

void info_environment(void) {
  bool any = false;
  printf(INFO_LINE, "environment");
  for (size_t i = 0; i < N_VARIABLES; i++) {
    const char *value = getenv(variables[i].name);
    if (!value || !value[0]) continue;
    printf("\n  %s=%s (%s)", variables[i].name, value, variables[i].what);
    any = true;
  }
  printf("%s\n", any ? "" : "nothing of ours is set");
  for (char **entry = environ; *entry; entry++)
    warn_of(*entry);
}
