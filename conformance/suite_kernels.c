/* suite_kernels.c - every kernel row of an op on the CPU. */
#include "kernels.h"

static void suite(stage *w, const tsr_op *op) { kernels_check(w, op, "cpu", TSR_DTYPES_ANY); }

int main(int argc, char **argv) { return stage_main(argc, argv, suite, NULL); }
