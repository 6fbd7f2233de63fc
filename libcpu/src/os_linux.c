/* os_linux.c - futex, madvise and affinity. */
#define _GNU_SOURCE
#include "os_internal.h"

#if TSRI_OS_LINUX

#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

void tsri_os_wait(const uint32_t *word, uint32_t expected) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, NULL, NULL, 0);
}

void tsri_os_wake(const uint32_t *word, int32_t n) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, n, NULL, NULL, 0);
}

void tsri_os_huge(void *block, size_t size) { (void)madvise(block, size, MADV_HUGEPAGE); }

int32_t tsri_os_cpus(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  long n = sysconf(_SC_NPROCESSORS_ONLN); /* more processors than a cpu_set_t names */
  return n < 1 ? 1 : n > INT32_MAX ? INT32_MAX : (int32_t)n;
}

int64_t tsri_os_memory(void) {
  long pages = sysconf(_SC_PHYS_PAGES);
  return pages > 0 ? (int64_t)pages * (int64_t)tsri_os_page() : 0;
}

/* A number and perhaps K or M, the first line of a file; 0 when there is none. */
static size_t read_size(const char *path) {
  char text[32];
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t n = read(file, text, sizeof text - 1);
  close(file);
  if (n <= 0) return 0;
  text[n] = 0;
  char *end;
  unsigned long long size = strtoull(text, &end, 10);
  int shift = *end == 'K' ? 10 : *end == 'M' ? 20 : 0;
  return size > SIZE_MAX >> shift ? 0 : (size_t)size << shift;
}

/* As the kernel sees the caches: what sysconf reads off cpuid is wrong in virtual machines. */
size_t tsri_os_cache(void) {
  size_t largest = 0;
  for (int i = 0; i < 8; i++) {
    char path[64];
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/size", i);
    size_t size = read_size(path);
    if (size > largest) largest = size;
  }
  return largest;
}

bool tsri_os_wipe_on_fork(void *page) {
#ifdef MADV_WIPEONFORK
  return madvise(page, tsri_os_page(), MADV_WIPEONFORK) == 0;
#else
  (void)page;
  return false;
#endif
}

void tsri_os_keep_on_fork(void *page) {
#ifdef MADV_WIPEONFORK
  (void)madvise(page, tsri_os_page(), MADV_KEEPONFORK);
#else
  (void)page;
#endif
}

size_t tsri_os_page(void) {
  long size = sysconf(_SC_PAGESIZE);
  return size > 0 ? (size_t)size : 4096;
}

void tsri_os_start_over(void) {} /* a futex has no state of its own */

int64_t tsri_os_process(void) { return getpid(); }

#endif /* TSRI_OS_LINUX */
