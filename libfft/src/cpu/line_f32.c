/* line_f32.c - the engine for c64. */
#include "line.h"

#define REAL        float
#define NAME_planes tsri_fft_planes_f32
#define NAME_room   tsri_fft_line_room_f32
#define NAME_run    tsri_fft_line_run_f32_v1
#define NAME_fill   tsri_fft_line_fill_f32
#define NAME(x)     NAME_##x
#include "line.inc"
