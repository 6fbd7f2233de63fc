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
    {HOLE_JVP, "fused", TSR_DTYPES_ANY, "a region is made by the compiler, after every transform"},
    {HOLE_REVERSE, "while", TSR_DTYPES_ANY,
     "the number of rounds, hence what the way back must keep, is not known"},
    {HOLE_KERNEL, "checkpoint_jvp", TSR_DTYPES_ANY, "it is lowered to what it stands for"},
    {HOLE_KERNEL, "tessera.linalg.pinv.v1", TSR_DTYPES_ANY,
     "it is lowered to its operand; only its derivative is its own"},
    {HOLE_SAMPLES, "checkpoint_jvp", TSR_DTYPES_ANY & ~TSR_DTYPES_FIELD,
     "tangents are float or complex"},

    {HOLE_ROWS, "cond", TSR_DTYPES_ANY, "it runs a region, as a whole program does"},
    {HOLE_ROWS, "while", TSR_DTYPES_ANY, "it runs a region, as a whole program does"},
    {HOLE_ROWS, "scan", TSR_DTYPES_ANY, "it runs a region, as a whole program does"},
    {HOLE_ROWS, "checkpoint*", TSR_DTYPES_ANY, "it runs a region, as a whole program does"},
    {HOLE_ROWS, "tessera.linalg.solve.v1", TSR_DTYPES_ANY,
     "its operands are a matrix and its factors, which a program makes"},
    {HOLE_ROWS, "tessera.linalg.pinv.v1", TSR_DTYPES_ANY,
     "it is lowered to its operand; only its derivative is its own"},

    {HOLE_SCALAR, "arg*", TSR_DTYPES_ANY, "it works along an axis"},
    {HOLE_SCALAR, "cum*", TSR_DTYPES_ANY, "it works along an axis"},
    {HOLE_SCALAR, "sort", TSR_DTYPES_ANY, "it works along an axis"},
    {HOLE_SCALAR, "concatenate", TSR_DTYPES_ANY, "it works along an axis"},
    {HOLE_SCALAR, "iota", TSR_DTYPES_ANY, "it counts along an axis"},
    {HOLE_SCALAR, "rng_bit_generator", TSR_DTYPES_ANY, "its state is two numbers"},
    {HOLE_SCALAR, "tessera.linalg.*", TSR_DTYPES_ANY, "it works on matrices"},
    {HOLE_SCALAR, "tessera.fft.*", TSR_DTYPES_ANY, "it works along an axis"},
    {HOLE_ONE, "rng_bit_generator", TSR_DTYPES_ANY, "its state is two numbers"},
    {HOLE_ONE, "cond", TSR_DTYPES_ANY, "its first operand is the number of the branch"},
    {HOLE_PERMUTED, "rng_bit_generator", TSR_DTYPES_ANY, "its state has one axis"},
    {HOLE_EMPTY, "dim_size", TSR_DTYPES_ANY, "it is a number"},
    {HOLE_ONE, "dim_size", TSR_DTYPES_ANY, "it is a number"},
    {HOLE_LARGE, "dim_size", TSR_DTYPES_ANY, "it is a number"},
    {HOLE_LAYOUTS, "dim_size", TSR_DTYPES_ANY, "it has no operand"},
    {HOLE_PERMUTED, "dim_size", TSR_DTYPES_ANY, "it has no operand"},
    {HOLE_LAYOUTS, "constant", TSR_DTYPES_ANY, "it has no operand"},
    {HOLE_PERMUTED, "constant", TSR_DTYPES_ANY, "it has no operand"},
    {HOLE_LAYOUTS, "iota", TSR_DTYPES_ANY, "it has no operand"},
    {HOLE_PERMUTED, "iota", TSR_DTYPES_ANY, "it has no operand"},
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
