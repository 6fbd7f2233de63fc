/* cmocka.h - as much of cmocka as the tests here use, for machines that have only a compiler.
 *
 * tools/gpu-check includes it where the real one is not installed.
 */
#ifndef SMALL_CMOCKA_H
#define SMALL_CMOCKA_H

#include <stdio.h>
#include <string.h>

struct CMUnitTest {
  const char *name;
  void (*run)(void **state);
  int (*setup)(void **state);
  int (*teardown)(void **state);
};

#define cmocka_unit_test(run)                                                                      \
  { #run, run, NULL, NULL }
#define cmocka_unit_test_setup_teardown(run, setup, teardown)                                      \
  { #run, run, setup, teardown }
#define cmocka_run_group_tests_name(name, tests, setup, teardown)                                  \
  small_run_group(name, tests, sizeof(tests) / sizeof *(tests))

#define print_error(...)   fprintf(stderr, __VA_ARGS__)
#define print_message(...) printf(__VA_ARGS__)
#define _fail(file, line)  small_fail(file, line)
#define fail_msg(...)      (print_error(__VA_ARGS__), small_fail(__FILE__, __LINE__))

#define SMALL_ASSERT(condition, text)                                                              \
  ((condition) ? (void)0 : (print_error("%s\n", text), small_fail(__FILE__, __LINE__)))
#define assert_true(c)               SMALL_ASSERT(c, #c)
#define assert_false(c)              SMALL_ASSERT(!(c), "not " #c)
#define assert_null(p)               SMALL_ASSERT(!(p), #p " is NULL")
#define assert_non_null(p)           SMALL_ASSERT(p, #p " is not NULL")
#define assert_int_equal(a, b)       SMALL_ASSERT((long long)(a) == (long long)(b), #a " == " #b)
#define assert_ptr_equal(a, b)       SMALL_ASSERT((a) == (b), #a " == " #b)
#define assert_ptr_not_equal(a, b)   SMALL_ASSERT((a) != (b), #a " != " #b)
#define assert_string_equal(a, b)    SMALL_ASSERT(strcmp(a, b) == 0, #a " is " #b)
#define assert_memory_equal(a, b, n) SMALL_ASSERT(memcmp(a, b, n) == 0, #a " holds " #b)
#define assert_in_range(x, low, high)                                                              \
  SMALL_ASSERT((x) >= (low) && (x) <= (high), #x " is in [" #low ", " #high "]")

void small_fail(const char *file, int line);
int small_run_group(const char *group, const struct CMUnitTest *tests, size_t n);

#endif /* SMALL_CMOCKA_H */
