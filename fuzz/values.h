/* values.h - builders in play, and the values and sizes that calls are made with. */
#ifndef VALUES_H
#define VALUES_H

#include "lab.h"

enum {
  N_BUILDERS = 5,
  N_KEPT = 24,
  LARGEST_BLOCK = 1 << 22
};

typedef struct slot {
  tsr_builder *b;
  int parent; /* slot of the builder around it, or -1 */
} slot;

typedef struct play {
  lab *l;
  source s;
  slot slots[N_BUILDERS];
  tsr_builder *b; /* in hand */
  int depth;      /* of bodies */
  tsr_value kept[N_KEPT];
  int n_kept;
} play;

/* values_any - one of the values made before, by whomever, or something else. */
tsr_value values_any(play *p);

/* values_call - make one random call on the builder in hand; gives its name. */
const char *values_call(play *p);

#endif /* VALUES_H */
