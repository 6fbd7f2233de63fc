/* tsr/hash.h - one 64-bit hash for tables of shapes, attributes and plans. */
#ifndef TSR_HASH_H
#define TSR_HASH_H

#include "tsr/base.h"

TSR_BEGIN

/* tsr_hash_u64 - mix one word into a running hash; start from TSR_HASH_SEED.
 *
 * note multiply and xor-shift with the constants of MurmurHash3's finaliser
 */
#define TSR_HASH_SEED UINT64_C(0x9e3779b97f4a7c15)
static inline uint64_t tsr_hash_u64(uint64_t hash, uint64_t word) {
  hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
  return hash ^ (hash >> 32);
}

/* tsr_hash_bytes - mix a run of bytes into a running hash. */
TSR_API uint64_t tsr_hash_bytes(uint64_t hash, const void *bytes, size_t size);

TSR_END

#endif /* TSR_HASH_H */
