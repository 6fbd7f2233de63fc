/* vector.h - vectors as wide as the instruction set at hand, in the extensions of gcc and clang. */
#ifndef TSRI_VECTOR_H
#define TSRI_VECTOR_H

#if defined(__AVX512F__)
#define TSRI_VECTOR 64
#elif defined(__AVX__)
#define TSRI_VECTOR 32
#else
#define TSRI_VECTOR 16
#endif

/* Lanes of pairs (re, im), for __builtin_shufflevector on vectors of so many lanes: the first of
 * each pair twice, the second twice, and both exchanged.
 */
#define TSRI_FIRST_2     0, 0
#define TSRI_FIRST_4     TSRI_FIRST_2, 2, 2
#define TSRI_FIRST_8     TSRI_FIRST_4, 4, 4, 6, 6
#define TSRI_FIRST_16    TSRI_FIRST_8, 8, 8, 10, 10, 12, 12, 14, 14
#define TSRI_SECOND_2    1, 1
#define TSRI_SECOND_4    TSRI_SECOND_2, 3, 3
#define TSRI_SECOND_8    TSRI_SECOND_4, 5, 5, 7, 7
#define TSRI_SECOND_16   TSRI_SECOND_8, 9, 9, 11, 11, 13, 13, 15, 15
#define TSRI_EXCHANGE_2  1, 0
#define TSRI_EXCHANGE_4  TSRI_EXCHANGE_2, 3, 2
#define TSRI_EXCHANGE_8  TSRI_EXCHANGE_4, 5, 4, 7, 6
#define TSRI_EXCHANGE_16 TSRI_EXCHANGE_8, 9, 8, 11, 10, 13, 12, 15, 14

/* Lanes of a vector of n from number s on, those before s last. */
#define TSRI_TURN_2(s, n)  (s) % (n), ((s) + 1) % (n)
#define TSRI_TURN_4(s, n)  TSRI_TURN_2(s, n), TSRI_TURN_2((s) + 2, n)
#define TSRI_TURN_8(s, n)  TSRI_TURN_4(s, n), TSRI_TURN_4((s) + 4, n)
#define TSRI_TURN_16(s, n) TSRI_TURN_8(s, n), TSRI_TURN_8((s) + 8, n)
#define TSRI_TURN_32(s, n) TSRI_TURN_16(s, n), TSRI_TURN_16((s) + 16, n)
#define TSRI_TURN_64(s, n) TSRI_TURN_32(s, n), TSRI_TURN_32((s) + 32, n)

#if TSRI_VECTOR == 64
#define TSRI_LANES_8(pattern)  pattern##_64
#define TSRI_LANES_16(pattern) pattern##_32
#define TSRI_LANES_32(pattern) pattern##_16
#define TSRI_LANES_64(pattern) pattern##_8
#elif TSRI_VECTOR == 32
#define TSRI_LANES_8(pattern)  pattern##_32
#define TSRI_LANES_16(pattern) pattern##_16
#define TSRI_LANES_32(pattern) pattern##_8
#define TSRI_LANES_64(pattern) pattern##_4
#else
#define TSRI_LANES_8(pattern)  pattern##_16
#define TSRI_LANES_16(pattern) pattern##_8
#define TSRI_LANES_32(pattern) pattern##_4
#define TSRI_LANES_64(pattern) pattern##_2
#endif

/* The signed integer of so many bits. */
#define TSRI_INTEGER_(bits) int##bits##_t
#define TSRI_INTEGER(bits)  TSRI_INTEGER_(bits)

#endif /* TSRI_VECTOR_H */
