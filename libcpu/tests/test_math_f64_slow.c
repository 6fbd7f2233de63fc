/* test_math_f64_slow.c - test_math_f64.c at 20 times as many points, and all neighbours. */
#define ROUNDS 40
#define BESIDE NEIGHBOURS
#include "test_math_f64.c"
