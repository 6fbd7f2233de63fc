/* test_peak_mock.c - the tests of peak on the asynchronous mock. */
#define RT_MOCK
#include "test_peak.c"
