/* dim_test.h - what the tests of symbolic sizes share: three symbols, and short ways to
 * compute with them.
 */
#ifndef DIM_TEST_H
#define DIM_TEST_H

#include "tsr_test.h"

#include "tsr/dim.h"

typedef struct fixture {
  tsr_dim_space *space;
  tsr_dim n, m, k;
} fixture;

static inline int set_up(void **state) {
  static fixture f;
  assert_ok(tsr_dim_space_create(&f.space));
  assert_ok(tsr_dim_space_symbol(f.space, "n", 0, &f.n));
  assert_ok(tsr_dim_space_symbol(f.space, "m", 0, &f.m));
  assert_ok(tsr_dim_space_symbol(f.space, "k", 0, &f.k));
  *state = &f;
  return 0;
}

static inline int tear_down(void **state) {
  fixture *f = *state;
  tsr_dim_space_release(f->space);
  return 0;
}

typedef tsr_status (*binary)(tsr_dim_space *, tsr_dim, tsr_dim, tsr_dim *);

static inline tsr_dim apply(const fixture *f, binary op, tsr_dim a, tsr_dim b) {
  tsr_dim out;
  assert_ok(op(f->space, a, b, &out));
  return out;
}

#define ADD(a, b) apply(f, tsr_dim_add, (a), (b))
#define SUB(a, b) apply(f, tsr_dim_sub, (a), (b))
#define MUL(a, b) apply(f, tsr_dim_mul, (a), (b))
#define DIV(a, b) apply(f, tsr_dim_div, (a), (b))
#define MAX(a, b) apply(f, tsr_dim_max, (a), (b))
#define MIN(a, b) apply(f, tsr_dim_min, (a), (b))
#define C(x)      tsr_dim_of(x)

#endif /* DIM_TEST_H */
