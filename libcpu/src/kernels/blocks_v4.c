/* blocks_v4.c - block functions for x86-64-v4. */
#if defined(__x86_64__) && defined(__GNUC__)
#pragma GCC target("arch=x86-64-v4")
#define SET tsri_blocks_v4
#define ISA "x86-64-v4"
#include "blocks_set.inc"
#endif
