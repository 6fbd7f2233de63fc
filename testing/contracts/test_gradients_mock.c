/* test_gradients_mock.c - test_gradients.c on the asynchronous device. */
#define CONTRACTS_MOCK 1
#include "test_gradients.c"
