/* test_complex_mock.c - test_complex.c on the asynchronous device. */
#define CONTRACTS_MOCK 1
#include "test_complex.c"
