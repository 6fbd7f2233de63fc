/* chain.h - chains: instructions of the vector machine that keep their values in registers.
 *
 * A block function reads and writes its blocks in the first cache, which costs more than the
 * arithmetic of most ops. A chain runs several ops on one group of vectors before it turns to the
 * next group: eight vector registers hold the value at hand, and every link changes it, with at
 * most two operands from memory. Each link is a small function that ends by jumping to the next
 * one, so a chain costs little more than a loop written by hand for that expression, and reads and
 * writes memory as that loop would. It goes through rows of elements that lie side by side; an
 * operand may also be one number for each row. vm_chain.c makes chains from expressions.
 */
#ifndef TSRI_CHAIN_H
#define TSRI_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* a: the value in registers; x, y: operands in memory. First those with one operand; reversed ones
 * exist where a op x is not x op a. Comparisons leave lanes of ones or zeros, which SELECT and STORE_BOOL take.
 */
#define TSRI_LINKS_OF_ONE(LINK)                                                                    \
  LINK(LOAD)     /* a = x */                                                                       \
  LINK(ADD)      /* a = a + x */                                                                   \
  LINK(SUB)      /* a = a - x */                                                                   \
  LINK(SUB_FROM) /* a = x - a */                                                                   \
  LINK(MUL)      /* a = a x */                                                                     \
  LINK(DIV)      /* a = a / x */                                                                   \
  LINK(DIV_INTO) /* a = x / a */                                                                   \
  LINK(MAX)      /* a = max(a, x) */                                                               \
  LINK(MAX_WITH) /* a = max(x, a): another NaN may win */                                          \
  LINK(MIN)      /* a = min(a, x) */                                                               \
  LINK(MIN_WITH) /* a = min(x, a) */                                                               \
  LINK(EQ)       /* a = a == x */                                                                  \
  LINK(NE)       /* a = a != x */                                                                  \
  LINK(LT)       /* a = a < x */                                                                   \
  LINK(LE)       /* a = a <= x */                                                                  \
  LINK(GT)       /* a = a > x */                                                                   \
  LINK(GE)       /* a = a >= x */

/* With none, or two, or bytes. */
#define TSRI_LINKS(LINK)                                                                           \
  LINK(STORE)      /* x = a */                                                                     \
  LINK(STREAM)     /* x = a, past the caches where x is aligned */                                 \
  LINK(STORE_BOOL) /* x = a as bytes 0 and 1 */                                                    \
  LINK(SQUARE)     /* a = a a */                                                                   \
  LINK(NEG)        /* a = -a */                                                                    \
  LINK(ABS)        /* a = |a| */                                                                   \
  LINK(SELECT)     /* a = a ? x : y, a from a comparison */                                        \
  LINK(WHERE)      /* a = x ? a : y, x of bytes */                                                 \
  LINK(WHERE_NOT)  /* a = x ? y : a, x of bytes */                                                 \
  LINK(END)

/* Of complex numbers; sums and differences are those of their lanes. */
#define TSRI_LINKS_OF_PAIRS(LINK)                                                                  \
  LINK(MUL_PAIRS) /* a = a x */                                                                    \
  LINK(CONJ)      /* a = conj(a) */

typedef enum tsri_link_op {
#define LINK(name) TSRI_LINK_##name,
  TSRI_LINKS_OF_ONE(LINK)
  TSRI_LINKS(LINK) TSRI_LINKS_OF_PAIRS(LINK)
#undef LINK
      TSRI_LINK_COUNT
} tsri_link_op;

/* One link at work. Its operand of a group begins at base + (offset & mask), where offset counts
 * bytes from the beginning of the row: mask is all ones for elements side by side and 0 for what
 * stays in its place. Of an operand that is one number for each row, number is where that of the
 * first row lies; base is found when the chain runs. An operand y is that of the link behind, which
 * is not run.
 */
typedef struct tsri_link {
  void (*run[2])(void); /* as the lanes define it: on many vectors, on one */
  char *base;
  size_t mask;
  size_t step;        /* from vector to vector of a group; found when the chain runs */
  int64_t row;        /* bytes from row to row, of base or of number */
  const char *number; /* or NULL */
  tsri_link_op op;
  uint8_t size, unit; /* bytes at base for each lane, and of an element */
} tsri_link;

/* Links of a chain at most. */
#define TSRI_CHAIN_LINKS 64

static inline bool tsri_link_stores(tsri_link_op op) {
  return op == TSRI_LINK_STORE || op == TSRI_LINK_STREAM || op == TSRI_LINK_STORE_BOOL;
}

/* Bytes at base that a group may need where it stays in its place and is not one number. */
#define TSRI_CHAIN_GROUP 512

/* The link that streams, or NULL. */
const tsri_link *tsri_chain_streaming(int32_t n, const tsri_link *links);

/* Are there several arrays to read? From memory they come fastest side by side, line by line, and
 * the links of a few ops are done before the next line is there. Vectors of half a line are not
 * worth as many jumps.
 */
bool tsri_chain_reads_many(int32_t n, const tsri_link *links);

/* May elements be computed twice? Not where one is replaced after it was read. */
bool tsri_chain_is_repeatable(int32_t n, const tsri_link *links);

/* Run the links, of which the last is END, on rows of n elements each; it changes the links. */
typedef void (*tsri_chain)(int64_t rows, int64_t n, int32_t n_links, tsri_link *links);

#endif /* TSRI_CHAIN_H */
