/* holes.c - the table of explained holes. */
#include "holes.h"

#include <stddef.h>
#include <string.h>

typedef struct hole {
  hole_kind kind;
  const char *op;
  uint32_t dtypes;
  const char *why;
} hole;

/* clang-format off */
static const hole holes[] = {
    {HOLE_BATCH, "fused", TSR_DTYPES_ANY,
     "a region is made by the compiler, after every transform"},
    {HOLE_REVERSE, "while", TSR_DTYPES_ANY,
     "the number of rounds, hence what the way back must keep, is not known"},
    {HOLE_KERNEL, "checkpoint_jvp", TSR_DTYPES_ANY, "it is lowered to what it stands for"},
    {HOLE_KERNEL, "tessera.linalg.pinv.v1", TSR_DTYPES_ANY,
     "it is lowered to its operand; only its derivative is its own"},
    {HOLE_SAMPLES, "checkpoint_jvp", TSR_DTYPES_ANY & ~TSR_DTYPES_FIELD,
     "tangents are float or complex"},
};
/* clang-format on */

/* A name, or the start of it and *. */
static bool matches(const char *pattern, const char *name) {
  const size_t n = strcspn(pattern, "*");
  return strncmp(pattern, name, n) == 0 && (pattern[n] != 0 || name[n] == 0);
}

const char *hole_find(hole_kind kind, const tsr_op *op, tsr_dtype key) {
  for (size_t i = 0; i < sizeof holes / sizeof *holes; i++)
    if (holes[i].kind == kind && matches(holes[i].op, op->name) && holes[i].dtypes >> key & 1)
      return holes[i].why;
  return NULL;
}
