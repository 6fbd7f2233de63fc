/* libtensor-core/src/dim_internal.h - how symbolic sizes are held.
 *
 * An expression is a polynomial: terms (coefficient, monomial), largest monomial
 * first. A monomial is a product of powers of atoms; an atom is a symbol or one of
 * the opaque forms floor(a / b), max(a, b). All three are interned in a space, so
 * equality is equality of pointers. Differences, minima and shifted maxima have no
 * form of their own: min(a, b) = a + b - max(a, b).
 *
 * Functions that work on polynomials report LIMIT by code alone; the public ones
 * turn it into a message with the operands.
 */
#ifndef TSRI_DIM_INTERNAL_H
#define TSRI_DIM_INTERNAL_H

#include "set.h"

#include "tsr/arena.h"
#include "tsr/dim.h"
#include "tsr/hash.h"

/* Deeper or larger expressions are refused: walks recurse, and visit shared atoms
 * once for each use. */
enum {
  TSRI_DIM_DEPTH = 128,
  TSRI_DIM_COST = 1 << 18
};

typedef enum tsri_atom_kind {
  TSRI_ATOM_SYMBOL,
  TSRI_ATOM_DIV,
  TSRI_ATOM_MAX
} tsri_atom_kind;

typedef struct tsri_atom {
  uint64_t hash;
  tsri_atom_kind kind;
  int32_t id;     /* order of making; earlier ones sort first */
  int32_t symbol; /* index of a symbol */
  int32_t depth;  /* nesting of opaque forms; 0 for a symbol */
  int32_t cost;   /* terms that a walk visits */
  bool nonnegative;
  const char *name; /* of a symbol */
  int64_t hint;     /* of a symbol */
  tsr_dim a, b;     /* operands of an opaque form */
} tsri_atom;

typedef struct tsri_power {
  const tsri_atom *atom;
  int32_t exponent; /* > 0 */
} tsri_power;

/* The monomial without powers is 1. */
typedef struct tsri_mono {
  uint64_t hash;
  int32_t degree;
  int32_t n;
  const tsri_power *powers; /* by ascending atom id */
} tsri_mono;

typedef struct tsri_term {
  int64_t coef; /* never 0 */
  const tsri_mono *mono;
} tsri_term;

/* A polynomial on its way; its terms live in the space's scratch or in an expression. */
typedef struct tsri_poly {
  const tsri_term *terms;
  int32_t n;
} tsri_poly;

struct tsr_dim_expr {
  uint64_t hash;
  const tsr_dim_space *space;
  tsri_poly poly; /* never a constant */
  int32_t depth;
  int32_t cost;
};

typedef struct tsri_promise {
  tsr_dim a, b;
} tsri_promise;

typedef struct tsri_list {
  void **items;
  int32_t n;
  int32_t capacity;
} tsri_list;

struct tsr_dim_space {
  tsr_object base;
  tsr_arena arena;   /* what is interned */
  tsr_arena scratch; /* emptied after each public call */
  tsri_set exprs, monos, atoms;
  int32_t n_atoms;
  tsri_list symbols;  /* tsri_atom */
  tsri_list promises; /* tsri_promise, as they were made */
  /* tsr_dim_expr that are 0 because of the promises, in reduced echelon form: the
   * leading monomial of each has a positive coefficient and stands in no other. */
  tsri_list facts;
};

/* dim_space.c: interning */
bool tsri_dim_owned(const tsr_dim_space *space, tsr_dim dim);
tsr_status tsri_dim_check(const tsr_dim_space *space, tsr_dim a, tsr_dim b);
tsr_status tsri_list_reserve(tsri_list *list, int32_t n);
tsr_status tsri_atom_intern(tsr_dim_space *space, tsri_atom_kind kind, tsr_dim a, tsr_dim b,
                            bool nonnegative, const tsri_atom **out);
tsr_status tsri_mono_intern(tsr_dim_space *space, const tsri_power *powers, int32_t n,
                            const tsri_mono **out);
/* A polynomial as a dim, and back. */
tsr_status tsri_poly_store(tsr_dim_space *space, tsri_poly poly, tsr_dim *out);
tsr_status tsri_poly_load(tsr_dim_space *space, tsr_dim dim, tsri_poly *out);
/* Room for n, until the public call returns. */
tsr_status tsri_scratch_terms(tsr_dim_space *space, int32_t n, tsri_term **out);
tsr_status tsri_scratch_powers(tsr_dim_space *space, int32_t n, tsri_power **out);

/* dim_mono.c */
extern const tsri_mono tsri_mono_one;
int tsri_mono_order(const tsri_mono *a, const tsri_mono *b); /* > 0: a is larger */
tsr_status tsri_mono_mul(tsr_dim_space *space, const tsri_mono *a, const tsri_mono *b,
                         const tsri_mono **out);
/* *out = a / b, or NULL when b does not divide a */
tsr_status tsri_mono_div(tsr_dim_space *space, const tsri_mono *a, const tsri_mono *b,
                         const tsri_mono **out);
tsr_status tsri_mono_gcd(tsr_dim_space *space, const tsri_mono *a, const tsri_mono *b,
                         const tsri_mono **out);

/* dim_poly.c */
bool tsri_poly_is_const(tsri_poly p);
int64_t tsri_poly_const(tsri_poly p); /* the constant term */
int64_t tsri_poly_coef(tsri_poly p, const tsri_mono *mono);
/* gcd of the coefficients; of those beside the constant term when that is left out */
typedef enum tsri_content {
  TSRI_ALL_TERMS,
  TSRI_BUT_CONSTANT
} tsri_content;
int64_t tsri_poly_content(tsri_poly p, tsri_content which);
/* j a + k b */
tsr_status tsri_poly_combine(tsr_dim_space *space, int64_t j, tsri_poly a, int64_t k, tsri_poly b,
                             tsri_poly *out);
tsr_status tsri_poly_add_const(tsr_dim_space *space, tsri_poly p, int64_t c, tsri_poly *out);
tsr_status tsri_poly_mul_term(tsr_dim_space *space, tsri_poly p, tsri_term by, tsri_poly *out);
tsr_status tsri_poly_mul(tsr_dim_space *space, tsri_poly a, tsri_poly b, tsri_poly *out);
/* Every term divided by one that divides it, a constant term rounded down. */
tsr_status tsri_poly_div_term(tsr_dim_space *space, tsri_poly p, tsri_term by, tsri_poly *out);
/* a = q b + r with r in normal form; r = a and q = 0 when that takes too long */
tsr_status tsri_poly_divide(tsr_dim_space *space, tsri_poly a, tsri_poly b, tsri_poly *q,
                            tsri_poly *r);

/* dim_order.c: is p >= 0 for all symbols >= 0 (false: not known) */
tsr_status tsri_poly_nonnegative(tsr_dim_space *space, tsri_poly p, bool *out);

/* dim_eval.c: the value; STATE with *unbound set, ARGUMENT for a divisor <= 0, LIMIT */
tsr_status tsri_dim_eval(tsr_dim dim, const int64_t *values, int64_t *out,
                         const tsri_atom **unbound);

/* Integer division that rounds down; b > 0. */
static inline int64_t tsri_floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

/* A public call is done: forget its scratch, and explain a bare LIMIT. */
tsr_status tsri_dim_finish(tsr_dim_space *space, tsr_status status, const char *what, tsr_dim a,
                           tsr_dim b, tsr_dim *out);

#endif /* TSRI_DIM_INTERNAL_H */
