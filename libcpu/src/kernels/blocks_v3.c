/* blocks_v3.c - block functions for x86-64-v3. */
#if defined(__x86_64__) && defined(__GNUC__)
#pragma GCC target("arch=x86-64-v3")
#define SET tsri_blocks_v3
#define ISA "x86-64-v3"
#include "blocks_set.inc"
#endif
