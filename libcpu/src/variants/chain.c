/* chain.c - chains over floating dtypes.
 *
 * Complex numbers are two lanes each. f16 and bf16 are widened where they are loaded, and rounded
 * after every op as if they had been stored.
 */
#include "kernels/chain.h"

#include "blocks_tables.h"
#include "chain_rows.h"
#include "half_vector.h"
#include "stream.h"

typedef float v32 __attribute__((vector_size(TSRI_VECTOR)));
typedef double v64 __attribute__((vector_size(TSRI_VECTOR)));
typedef int32_t m32 __attribute__((vector_size(TSRI_VECTOR)));
typedef int64_t m64 __attribute__((vector_size(TSRI_VECTOR)));
typedef float unaligned_v32 __attribute__((vector_size(TSRI_VECTOR), aligned(1), may_alias));
typedef double unaligned_v64 __attribute__((vector_size(TSRI_VECTOR), aligned(1), may_alias));

#define WHOLE(f, V)                                                                                \
  static inline V f##_load(const char *p) { return *(const unaligned_##V *)p; }                    \
  static inline void f##_store(char *p, V a) { *(unaligned_##V *)p = a; }
#define STREAMED(f, V, bytes)                                                                      \
  static inline void f##_stream(char *p, V a) {                                                    \
    char packed[bytes];                                                                            \
    f##_store(packed, a);                                                                          \
    if ((uintptr_t)p % (bytes) == 0)                                                               \
      tsri_stream_vector(p, packed, bytes);                                                        \
    else                                                                                           \
      f##_store(p, a);                                                                             \
  }
WHOLE(F32, v32)
WHOLE(F64, v64)
#define HALF(f, g)                                                                                 \
  static inline v32 f##_load(const char *p) { return tsri_f32_of_##g##_vector(p); }                \
  static inline void f##_store(char *p, v32 a) { tsri_##g##_of_f32_vector(p, a); }
HALF(F16, f16)
HALF(BF16, bf16)
STREAMED(F32, v32, TSRI_VECTOR)
STREAMED(F64, v64, TSRI_VECTOR)
STREAMED(F16, v32, TSRI_VECTOR / 2)
STREAMED(BF16, v32, TSRI_VECTOR / 2)

#define NAME(f)          TSRI_CAT(F32, f)
#define T                float
#define V                v32
#define M                m32
#define LANES            (TSRI_VECTOR / 4)
#define STORED           TSRI_VECTOR
#define ROUND(a)         (a)
#define SHUFFLE(pattern) TSRI_LANES_32(pattern)
#define PAIRS
#include "chain_lanes.inc"
#define NAME(f)          TSRI_CAT(F64, f)
#define T                double
#define V                v64
#define M                m64
#define LANES            (TSRI_VECTOR / 8)
#define STORED           TSRI_VECTOR
#define ROUND(a)         (a)
#define SHUFFLE(pattern) TSRI_LANES_64(pattern)
#define PAIRS
#include "chain_lanes.inc"
#define NAME(f)  TSRI_CAT(F16, f)
#define T        uint16_t
#define V        v32
#define M        m32
#define LANES    (TSRI_VECTOR / 4)
#define STORED   (TSRI_VECTOR / 2)
#define ROUND(a) tsri_f16_round(a)
#include "chain_lanes.inc"
#define NAME(f)  TSRI_CAT(BF16, f)
#define T        uint16_t
#define V        v32
#define M        m32
#define LANES    (TSRI_VECTOR / 4)
#define STORED   (TSRI_VECTOR / 2)
#define ROUND(a) tsri_bf16_round(a)
#include "chain_lanes.inc"

static void C64_chain(int64_t rows, int64_t n, int32_t n_links, tsri_link *links) {
  F32_chain(rows, 2 * n, n_links, links);
}
static void C128_chain(int64_t rows, int64_t n, int32_t n_links, tsri_link *links) {
  F64_chain(rows, 2 * n, n_links, links);
}

const tsri_chain TSRI_OF_VARIANT(tsri_chains)[TSR_DTYPE_COUNT] = {
    [TSR_F16] = F16_chain, [TSR_BF16] = BF16_chain, [TSR_F32] = F32_chain,
    [TSR_F64] = F64_chain, [TSR_C64] = C64_chain,   [TSR_C128] = C128_chain,
};
