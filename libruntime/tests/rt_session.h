/* rt_session.h - one runtime, on the CPU or on its mock, for a whole file. */
#ifndef RT_SESSION_H
#define RT_SESSION_H

#include "rt.h"
#include "tsr_session.h"

static inline int setup(void **state) {
  (void)state;
  return session_open(TSR_WITH(rt_register), RT_DEVICE);
}

#endif /* RT_SESSION_H */
