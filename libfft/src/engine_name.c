/* engine_name.c - which engine this library was built with. */
#include "tsr/fft.h"

#if TSR_FFTW
#include <fftw3.h>

const char *tsr_fft_engine(void) { return fftw_version; }
#else
const char *tsr_fft_engine(void) { return "own engine"; }
#endif
