/* line_f64_v3.c - the passes for c128 on x86-64-v3: wider, with the same bits. */
#include "line.h"

#if TSRI_FFT_HAS_V3
#pragma GCC target("arch=x86-64-v3")

#define REAL        double
#define NAME_planes tsri_fft_planes_f64
#define NAME_run    tsri_fft_line_run_f64_v3
#define NAME(x)     NAME_##x
#include "line.inc"
#endif
