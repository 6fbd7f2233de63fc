/* program.h - random programs: a recipe says what to apply to what, and is followed on any
 * builder: a trace, an eager scope, the child builder of a vmap.
 *
 * Choices depend on the recipe and on concrete sizes alone, so all builders make the same
 * ones, symbolic sizes or not. Every value knows whether it is exact (all ways of computing
 * it must give the same bits) and a bound of its modulus: only exact values are compared or
 * become integers, and what could grow is tamed.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "lab.h"

#include "tsr/ops.h"

enum {
  N_INPUTS = 4,
  N_STEPS = 12,
  N_OUTPUTS = 5,
  N_SYMBOLS = 3,
  MAX_RANK = 5,
  MAX_COUNT = 600
};

/* ---- recipes ---- */

typedef struct declared {
  tsr_dtype dtype;
  int32_t rank;
  int64_t dims[MAX_RANK];
  int symbol[MAX_RANK]; /* the symbol an axis has in a symbolic trace; -1: none */
} declared;

typedef struct recipe {
  declared in[N_INPUTS];
  int64_t symbols[N_SYMBOLS];
  bool symbolic; /* was it first followed with symbolic sizes */
  struct {
    uint8_t what;
    bool dropped; /* refused or not applicable at its first application */
    uint64_t dice;
  } steps[N_STEPS];
  uint64_t dice; /* of outputs */
} recipe;

/* ---- growing a program ---- */

typedef struct item {
  tsr_value v;
  bool exact;
  double bound;
} item;

typedef struct grower {
  recipe *r;
  tsr_builder *b;
  lab *l;
  source dice; /* of the step in hand */
  int depth;   /* of bodies around */
  item pool[N_INPUTS + N_STEPS];
  int n;
} grower;

typedef struct shape {
  tsr_dtype dtype;
  int32_t rank;
  int64_t n[LAB_RANK], count; /* concrete */
  tsr_dim dim[LAB_RANK];      /* as the builder has them */
} shape;

/* A step gives false when it does not apply. */
typedef bool (*step)(grower *g, item *out);
typedef struct step_table {
  const step *steps;
  size_t n;
} step_table;
extern const step_table elementwise_steps, structural_steps, indexing_steps, control_steps;

/* program_grow - follow a recipe from inputs. first: drop what is refused, if it may be. */
void program_grow(grower *g, recipe *r, lab *l, tsr_builder *b, const tsr_value *in, bool first);

/* program_outputs - results of a grown program. */
void program_outputs(const grower *g, item *out);

/* ---- what steps use ---- */

#define IN_FLOATS  (TSR_BIT(F64) | TSR_BIT(C128))
#define IN_NUMBERS (IN_FLOATS | TSR_BIT(I64))
#define IN_ANY     (IN_NUMBERS | TSR_BIT(BOOL))

int64_t roll(grower *g, int64_t n);
shape shape_of(grower *g, tsr_value v);
tsr_shape dims_of(const shape *t);

/* pick - a value of one of the dtypes and at least this rank; false: none. */
bool pick(grower *g, uint32_t dtypes, int32_t rank, item *out, shape *t);

/* as_dtype - a value in another dtype; false when that would not be exact enough. */
bool as_dtype(grower *g, item *x, tsr_dtype dtype);

/* adapt - make x of this dtype and of a shape that broadcasts to like. */
bool adapt(grower *g, item *x, const shape *like);

/* fill - make x of exactly this dtype and shape. */
bool fill(grower *g, item *x, const shape *like);

/* partner - some value adapted to like. */
bool partner(grower *g, const shape *like, item *out);

/* tame - floats back into a small range. */
void tame(grower *g, item *x);

/* combine - one random elementwise operation on x and a y that broadcasts to it. */
item combine(grower *g, item x, item y);

/* constant - a literal array. */
tsr_value constant(grower *g, const tsr_array *a);

/* ---- judging (program_judge.c, program_derivatives.c) ---- */

/* judge - all ways of running a recipe agree. */
void judge(lab *l, source *s, recipe *r);
/* judge_derivatives - jvp, vjp and difference quotients agree. */
void judge_derivatives(lab *l, source *s, recipe *r);
/* judge_vmap - a mapped program equals a loop. */
void judge_vmap(lab *l, source *s, recipe *r);

/* Inputs of a recipe, and their declaration on a trace. */
void draw_inputs(lab *l, source *s, const recipe *r, bool is_round, tsr_array *out);
tsr_value declare(tsr_builder *b, const declared *d, bool symbolic, const char *const *names);
extern const char *const symbol_names[N_SYMBOLS];

#define TOLERANCE 1e-7

#endif /* PROGRAM_H */
