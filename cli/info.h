/* info.h - the parts of tsr info. Each prints its lines and gives how many self-tests failed. */
#ifndef CLI_INFO_H
#define CLI_INFO_H

#include "session.h"

/* Lines are "%-12s ..."; what belongs to the line above is indented. */
#define INFO_LINE "%-12s "

/* info_cpu.c - processor, threads, huge pages. */
void info_cpu(session *s);
/* info_blas.c - BLAS, LAPACK and Fourier engine, with warnings where BLAS is slow for no reason. */
void info_blas(void);
/* info_cuda.c - the driver and the five libraries: where they are, or why not; a test of each. */
int info_cuda(session *s);
/* info_checks.c - numbers that are known, computed by each part on the CPU. */
int info_checks(session *s);
/* info_environment.c - our variables that are set, and those that look like ours and are not. */
void info_environment(void);

/* ---- what they share ---- */

/* Seconds of a clock that only goes forward. */
double info_seconds(void);

/* "ok" or "WRONG", the time since start, and what was said; gives 1 for WRONG. */
int info_verdict(const char *name, tsr_status status, double start, const char *note);

/* The line of a file that begins with key, without key and blanks; "" if there is none. */
const char *info_line_of(const char *path, const char *key, char *buffer, size_t size);

#endif /* CLI_INFO_H */
