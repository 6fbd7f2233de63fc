/* line_f64.c - the engine for c128. */
#include "line.h"

#define REAL        double
#define NAME_planes tsri_fft_planes_f64
#define NAME_room   tsri_fft_line_room_f64
#define NAME_run    tsri_fft_line_run_f64_v1
#define NAME_fill   tsri_fft_line_fill_f64
#define NAME(x)     NAME_##x
#include "line.inc"
