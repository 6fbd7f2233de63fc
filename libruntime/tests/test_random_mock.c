/* test_random_mock.c - random programs on the asynchronous mock. */
#define RT_MOCK
#include "test_random.c"
