/* test_batching_mock.c - test_batching.c on the asynchronous device. */
#define CONTRACTS_MOCK 1
#include "test_batching.c"
