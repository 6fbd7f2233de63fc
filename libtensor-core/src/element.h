/* libtensor-core/src/element.h - elements of an array as words of one width. */
#ifndef TSRI_ELEMENT_H
#define TSRI_ELEMENT_H

#include "column.h"

typedef struct tsri_words {
  tsr_dtype dtype;
  int width;              /* of integers */
  tsri_column columns[2]; /* real and imaginary part */
} tsri_words;

/* Measure every element that is shown, settle, then put each of them. */
void tsri_words_init(tsri_words *words, tsr_dtype dtype);
void tsri_words_measure(tsri_words *words, const void *element);
void tsri_words_settle(tsri_words *words);
void tsri_words_put(const tsri_words *words, const void *element, tsri_text *text);

/* A number that stands alone, with all its digits. */
void tsri_word_put_alone(tsr_dtype dtype, const void *element, tsri_text *text);

#endif /* TSRI_ELEMENT_H */
