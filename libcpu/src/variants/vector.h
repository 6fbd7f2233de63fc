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

#endif /* TSRI_VECTOR_H */
