/* order_few.c - a few words sorted by rank: every word goes to the place whose number is how many
 * words are smaller. That takes n * n comparisons, but no branch, and vectors of them.
 */
#include "kernels/sort_words.h"
#include "variants.h"

#include <string.h>

enum {
  PADDED = 32
};

void TSRI_OF_VARIANT(tsri_order_few)(int64_t n, uint64_t *a);
void TSRI_OF_VARIANT(tsri_order_few)(int64_t n, uint64_t *a) {
  uint64_t word[PADDED];
  int64_t rank[PADDED] = {0}, sum = 0;
  const int64_t padded = (n + 7) / 8 * 8;
  if (n <= 4) {
    tsri_sort_insert(n, a);
    return;
  }
  memcpy(word, a, (size_t)n * sizeof *a);
  for (int64_t i = n; i < padded; i++)
    word[i] = UINT64_MAX;
  for (int64_t j = 0; j < padded; j += 8)
    for (int64_t i = 0; i < n; i++)
      for (int64_t k = j; k < j + 8; k++)
        rank[k] += word[i] < word[k];
  for (int64_t i = 0; i < n; i++)
    sum += rank[i];
  if (sum != n * (n - 1) / 2) { /* equal words have one rank, and leave places open */
    tsri_sort_insert(n, a);
    return;
  }
  for (int64_t i = 0; i < n; i++)
    a[rank[i]] = word[i];
}
