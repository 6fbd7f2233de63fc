/* plugin.c - a shared library with static tsr libraries inside, hidden as such plugins are. */
#include "tsr/cpu.h"
#include "tsr/spi/backend.h"

__attribute__((visibility("default"))) tsr_status plugin_register(tsr_runtime *rt);

tsr_status plugin_register(tsr_runtime *rt) { return tsr_cpu_register(rt); }
