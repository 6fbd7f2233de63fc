/* test_program_mock.c - the tests of program on the asynchronous mock. */
#define RT_MOCK
#include "test_program.c"
