/* test_eager_into_mock.c - the tests of eager_into on the asynchronous mock. */
#define RT_MOCK
#include "test_eager_into.c"
