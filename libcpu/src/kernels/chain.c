/* chain.c - what chains over all dtypes ask of their links. */
#include "chain.h"

const tsri_link *tsri_chain_streaming(int32_t n, const tsri_link *links) {
  for (int32_t i = 0; i < n; i++)
    if (links[i].op == TSRI_LINK_STREAM) return &links[i];
  return NULL;
}

bool tsri_chain_reads_many(int32_t n, const tsri_link *links) {
  int32_t arrays = 0;
  for (int32_t i = 0; i < n; i++) {
    bool reads = links[i].mask && !tsri_link_stores(links[i].op);
    if (reads && links[i].size == 2) return false;
    arrays += reads;
  }
  return arrays > 1 && n <= 12;
}

bool tsri_chain_is_repeatable(int32_t n, const tsri_link *links) {
  for (int32_t i = 0; i < n; i++) {
    if (!links[i].mask || tsri_link_stores(links[i].op)) continue;
    for (int32_t k = i + 1; k < n; k++)
      if (tsri_link_stores(links[k].op) && links[k].base == links[i].base) return false;
  }
  return true;
}
