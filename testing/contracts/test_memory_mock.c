/* test_memory_mock.c - test_memory.c on the asynchronous device. */
#define CONTRACTS_MOCK 1
#include "test_memory.c"
