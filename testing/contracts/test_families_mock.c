/* test_families_mock.c - test_families.c on the asynchronous device. */
#define CONTRACTS_MOCK 1
#include "test_families.c"
