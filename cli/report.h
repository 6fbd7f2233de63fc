/* report.h - what is said on standard error, and which exit code that is. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "command.h"

#include "tsr/status.h"

/* "tsr einsum: ...; see tsr help einsum": the words are not understood. Gives EXIT_USAGE. */
TSR_PRINTF(2, 3) int report_usage(const command *c, const char *fmt, ...);

/* "there is no KIND WORD, perhaps ... is meant": the nearest of n names. Gives EXIT_USAGE. */
int report_unknown(const command *c, const char *kind, const char *word, size_t n,
                   const char *const *names);

/* "tsr einsum: ...": it cannot be done. Gives EXIT_FAILED. */
TSR_PRINTF(2, 3) int report_failure(const command *c, const char *fmt, ...);

/* The same with the sentence of the library, which stands in this thread's record. EXIT_OK for
 * TSR_OK.
 */
int report_status(const command *c, tsr_status status);

/* The library's sentence without code and place: what it was doing follows in brackets. */
const char *error_sentence(char *buffer, size_t size);

/* nearest - which of n words is a misspelt one most likely to be; NULL: none is near. */
const char *nearest(const char *word, size_t n, const char *const *among);

#endif /* CLI_REPORT_H */
