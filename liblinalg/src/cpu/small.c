/* small.c - matrices up to TSRI_SMALL: loops that are done before LAPACK has looked at its
 * arguments. */
#include "small.h"

#include "elements.h"

#define ELEMENT float
#define NAME    f32
#include "small.inc"
#define ELEMENT double
#define NAME    f64
#include "small.inc"
#define ELEMENT float complex
#define NAME    c64
#include "small.inc"
#define ELEMENT double complex
#define NAME    c128
#include "small.inc"

static int (*const factors[4])(void *a, int64_t ld, int64_t m, int64_t n,
                               int *pivots) = {factor_f32, factor_f64, factor_c64, factor_c128};
static void (*const solves[4])(const void *lu, int64_t ld, const int64_t *pivots, int64_t n,
                               void *x, int64_t ld_x, int64_t k,
                               tsri_form form) = {solve_f32, solve_f64, solve_c64, solve_c128};

int tsri_small_factor(const tsr_view *a, int *pivots) {
  return factors[tsri_lapack_index(a->dtype)](a->data, tsri_linalg_leading(a), a->dims[0],
                                              a->dims[1], pivots);
}

void tsri_small_solve(const tsr_view *lu, const int64_t *pivots, const tsr_view *x,
                      tsri_form form) {
  solves[tsri_lapack_index(x->dtype)](lu->data, tsri_linalg_leading(lu), pivots, x->dims[0],
                                      x->data, tsri_linalg_leading(x), x->dims[1], form);
}
