/* engine_fftw.c - FFTW as an engine: dense lines, one plan for all of them.
 *
 * A line that stands dense and aligned in the operand is read from there, and a result
 * goes straight to its place when that is dense and aligned. All other lines pass through
 * scratch, several neighbours at once, so that a stride costs no cache line per element.
 */
#include "pass.h"
#include "planner.h"

#if TSR_FFTW

/* Lines of scratch start a few elements apart from a power of two. */
static int64_t pitch(const tsri_fft_pass *p) { return (p->axis.n + 7) / 8 * 8 + 8; }

static size_t room(const tsri_fft_pass *p, int64_t lanes) {
  return 2 * (size_t)(pitch(p) * lanes) * (p->f32 ? 8 : 16);
}

/* Elements of a line of the operand, and of the result. */
static int64_t count_in(const tsri_fft_pass *p) {
  return p->kind == TSRI_FFT_C2R ? p->axis.n / 2 + 1 : p->axis.n;
}
static int64_t count_out(const tsri_fft_pass *p) {
  return p->kind == TSRI_FFT_R2C ? p->axis.n / 2 + 1 : p->axis.n;
}

#define REAL   float
#define SUFFIX f32
#include "engine_fftw.inc"
#define REAL   double
#define SUFFIX f64
#include "engine_fftw.inc"

static void run(const tsri_fft_block *b) {
  if (b->pass->f32)
    block_f32(b);
  else
    block_f64(b);
}

const tsri_fft_engine tsri_fft_fftw_engine = {.room = room, .run = run};

/* With larger primes FFTW takes a detour through buffers, as it does for long lines. */
bool tsri_fft_fftw_takes(int64_t n) {
  static const int32_t primes[] = {2, 3, 5, 7, 11, 13};
  if (n > 1 << 18) return false;
  for (size_t i = 0; i < sizeof primes / sizeof *primes; i++)
    while (n > 1 && n % primes[i] == 0)
      n /= primes[i];
  return n == 1;
}

#endif /* TSR_FFTW */
