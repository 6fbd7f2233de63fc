/* os_internal.h - what libcpu asks of the operating system: os_linux.c, or os_posix.c. */
#ifndef TSRI_OS_INTERNAL_H
#define TSRI_OS_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* TSR_NO_FUTEX builds the fallback on Linux, too. */
#if defined(__linux__) && !defined(TSR_NO_FUTEX)
#define TSRI_OS_LINUX 1
#else
#define TSRI_OS_LINUX 0
#endif

/* Sleep while *word is expected; may wake without cause. */
void tsri_os_wait(const uint32_t *word, uint32_t expected);

/* Wake up to n of those who sleep on word. */
void tsri_os_wake(const uint32_t *word, int32_t n);

/* Ask for huge pages under a block aligned to 2 MiB; a hint. */
void tsri_os_huge(void *block, size_t size);

/* How many processors this process may run on; at least 1. */
int32_t tsri_os_cpus(void);

/* Bytes of physical memory, 0 when unknown. */
int64_t tsri_os_memory(void);

/* Bytes of the last cache of a processor, 0 when unknown. */
size_t tsri_os_cache(void);

/* Make a page that reads as zero in a child after fork; false when that cannot be had.
 * The page is private anonymous memory, aligned to and of tsri_os_page() bytes.
 */
bool tsri_os_wipe_on_fork(void *page);
void tsri_os_keep_on_fork(void *page);
size_t tsri_os_page(void);

/* In a child after fork, before its first wait or wake: forget the sleepers of the parent. */
void tsri_os_start_over(void);

/* The calling process. */
int64_t tsri_os_process(void);

/* A clock for comparing spans of time, quick to read where the processor has one. */
static inline uint64_t tsri_os_ticks(void) {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
  uint64_t ticks;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#else
  struct timespec now;
  timespec_get(&now, TIME_UTC);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
#endif
}

/* One turn of a busy loop. */
static inline void tsri_os_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

#endif /* TSRI_OS_INTERNAL_H */
