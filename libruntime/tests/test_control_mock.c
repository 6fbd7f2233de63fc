/* test_control_mock.c - the tests of control on the asynchronous mock. */
#define RT_MOCK
#include "test_control.c"
