/* test_plan_mock.c - the tests of plan on the asynchronous mock. */
#define RT_MOCK
#include "test_plan.c"
