/* libtensor-core/src/hash.c - the hash of a run of bytes, eight at a time. */
#include "tsr/hash.h"

#include <string.h>

uint64_t tsr_hash_bytes(uint64_t hash, const void *bytes, size_t size) {
  const unsigned char *at = (const unsigned char *)bytes;
  /* The size goes first: runs that differ only in trailing zeros must differ. */
  hash = tsr_hash_u64(hash, size);
  for (; size >= sizeof(uint64_t); at += sizeof(uint64_t), size -= sizeof(uint64_t)) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
    hash = tsr_hash_u64(hash, word);
  }
  if (size == 0) return hash;
  uint64_t tail = 0;
  memcpy(&tail, at, size);
  return tsr_hash_u64(hash, tail);
}
