/* test_pool_posix.c - the same over the fallback without futex. */
#define _GNU_SOURCE
#define TSR_NO_FUTEX 1
#include "os_posix.c"
#include "pool.c"
#include "pool_threads.c"

#define SUITE "cpu/pool_posix"
#include "test_pool.c"
