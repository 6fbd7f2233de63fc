/* test_views_mock.c - test_views.c on the asynchronous device. */
#define CONTRACTS_MOCK 1
#include "test_views.c"
