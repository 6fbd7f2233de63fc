/* profile.h - the profile of a runtime: events in Chrome's trace format, streamed to a file. */
#ifndef TSRI_PROFILE_H
#define TSRI_PROFILE_H

#include "tsr/spi/backend.h"

typedef struct tsri_profile tsri_profile;

tsr_status tsri_profile_open(const char *path, tsri_profile **out);
void tsri_profile_close(tsri_profile *p); /* takes NULL */

/* The time now, for the beginning of an event. */
int64_t tsri_profile_now(void);

/* An event from begin until now. args: the members of its object, or "". Never fails: after a
 * failed write nothing more is written.
 */
void tsri_profile_add(tsri_profile *p, const char *category, const char *name, int64_t begin,
                      const char *args);

/* The same for an application by a kernel (NULL: by a rule). */
void tsri_profile_call(tsri_profile *p, const tsr_device *device, const tsr_call *c,
                       const tsr_kernel *kernel, int64_t begin);

#endif /* TSRI_PROFILE_H */
