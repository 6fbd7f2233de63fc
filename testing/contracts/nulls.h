/* nulls.h - between test_nulls.c and the calls that nulls.py writes. */
#ifndef NULLS_H
#define NULLS_H

#include "tsr_test.h"

/* What pointers to plain memory point at: 0 when a call begins. */
extern max_align_t room[256];
extern char text[64];

/* begin - the next call is of name. */
void begin(const char *name);

/* refused - it must be an error with a message. */
void refused(tsr_status status);

/* any_status - it may be one or not. */
void any_status(tsr_status status);

/* Written by nulls.py. */
extern void (*const nulls_calls[])(void);
extern const size_t nulls_n;

#endif /* NULLS_H */
