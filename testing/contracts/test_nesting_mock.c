/* test_nesting_mock.c - test_nesting.c on the asynchronous device. */
#define CONTRACTS_MOCK 1
#include "test_nesting.c"
