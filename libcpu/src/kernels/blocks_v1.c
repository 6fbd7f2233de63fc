/* blocks_v1.c - block functions in portable C. */
#define PORTABLE
#define SET tsri_blocks_v1
#define ISA "portable"
#include "blocks_set.inc"
