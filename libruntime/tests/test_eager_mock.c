/* test_eager_mock.c - the tests of eager on the asynchronous mock. */
#define RT_MOCK
#include "test_eager.c"
