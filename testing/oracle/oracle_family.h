/* oracle_family.h - ops that libraries above the core register: found by name, their attributes
 * read through the class that the op names, so that no header of those libraries is needed.
 */
#ifndef TSR_ORACLE_FAMILY_H
#define TSR_ORACLE_FAMILY_H

#include "oracle_internal.h"

typedef struct oracle_entry {
  const char *op;
  oracle_fn run;
} oracle_entry;

/* Each ended by an entry without name. */
extern const oracle_entry oracle_systems[], oracle_spectra[], oracle_transforms[];

/* The formula of an op, NULL when there is none. */
oracle_fn oracle_family(const char *op);

/* An attribute by name: its place, and the word of an enumeration; "" when it has none. */
const void *oracle_field(const oracle_call *c, const char *name);
const char *oracle_word(const oracle_call *c, const char *name);

#endif /* TSR_ORACLE_FAMILY_H */
