/* values.h - builders in play, and the values, sizes and the like that calls are made with. */
#ifndef VALUES_H
#define VALUES_H

#include "lab.h"

#include "tsr/ad.h"
#include "tsr/einsum.h"
#include "tsr/linalg.h"

enum {
  N_BUILDERS = 5,
  N_KEPT = 24
};

typedef struct slot {
  tsr_builder *b;
  int parent; /* slot of the builder around it, or -1 */
} slot;

typedef struct play {
  lab *l;
  source s;
  slot slots[N_BUILDERS];
  tsr_builder *b;   /* in hand */
  const char *name; /* of the function in hand */
  int depth;        /* of bodies */
  tsr_value kept[N_KEPT];
  int n_kept;
} play;

/* ---- arguments: values_any.c. Lists are of the arena of this input ---- */

/* values_any - one of the values made before, by whomever, or something else. */
tsr_value values_any(play *p);

/* any_value - the same, mostly one that is of use here; any_small - mostly 0 .. 3. */
tsr_value any_value(play *p);
int64_t any_small(play *p);

tsr_values any_values(play *p);
tsr_axes any_axes(play *p);
tsr_shape any_shape(play *p);
tsr_dim any_dim(play *p);
tsr_dtype any_dtype(play *p);
int any_enum(play *p);
int64_t any_size(play *p);
uint64_t any_word(play *p);
double any_number(play *p);
const char *any_text(play *p);
const tsr_dot_general_attrs *any_dot_general(play *p);
const tsr_gather_attrs *any_gather(play *p);
const tsr_scatter_attrs *any_scatter(play *p);
const tsr_triangular_options *any_triangular(play *p);

/* any_values_in - fill a struct of values. */
void any_values_in(play *p, void *out, size_t size);

/* any_attrs - an instance of a class with anything in its fields; NULL for NULL, and at times. */
const void *any_attrs(play *p, const tsr_attr_class *isa);

/* any_room - memory until this input ends. */
void *any_room(play *p, size_t size);

/* ---- results ---- */

/* keep - for later calls. */
void keep(play *p, tsr_value v);

/* keep_one, keep_all - the result of a call; no value if and only if the builder has failed, of
 * several values if none is one.
 */
void keep_one(play *p, tsr_value v);
void keep_all(play *p, const void *values, size_t size);

/* ---- calls ---- */

typedef struct values_function {
  void (*run)(play *);
  const char *name;
} values_function;

/* Every function of a builder that values_calls.c does not call: see values_surface.py. */
extern const values_function values_surface[];
extern const size_t values_surface_n;

/* values_call - make one random call on the builder in hand; gives its name. */
const char *values_call(play *p);

#endif /* VALUES_H */
