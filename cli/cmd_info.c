#include "command.h"
static int run_info(const command *self, const arguments *a) {
  (void)self;
  (void)a;
  return 0;
}
const command command_info = {.name = "info",
                              .summary = "what is installed here, and whether it works",
                              .synopsis = "",
                              .text = "x\n",
                              .run = run_info};
