/* libtensor-core/src/element.c - one element of any dtype as a word, by its kind. */
#include "element.h"

#include <string.h>

typedef struct word_kind {
  void (*measure)(tsri_words *words, const void *element);
  void (*put)(const tsri_words *words, const void *element, tsri_text *text);
  void (*put_alone)(tsr_dtype dtype, const void *element, tsri_text *text);
} word_kind;

/* The bits of an integer, extended by zeros. */
static uint64_t read_bits(tsr_dtype dtype, const void *element) {
  size_t size = tsr_dtype_size(dtype);
  uint64_t bits = 0;
  for (size_t i = 0; i < size; i++) { /* from the most significant byte */
    size_t at = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? size - 1 - i : i;
    bits = bits << 8 | ((const unsigned char *)element)[at];
  }
  return bits;
}

static int64_t read_signed(tsr_dtype dtype, const void *element) {
  uint64_t sign = UINT64_C(1) << (8 * tsr_dtype_size(dtype) - 1);
  return (int64_t)((read_bits(dtype, element) ^ sign) - sign);
}

static void put_signed(tsr_dtype dtype, const void *element, tsri_text *text) {
  tsri_text_put(text, "%lld", (long long)read_signed(dtype, element));
}
static void put_unsigned(tsr_dtype dtype, const void *element, tsri_text *text) {
  tsri_text_put(text, "%llu", (unsigned long long)read_bits(dtype, element));
}
static void put_logical(tsr_dtype dtype, const void *element, tsri_text *text) {
  tsri_text_put(text, read_bits(dtype, element) ? "True" : "False");
}
static void put_real(tsr_dtype dtype, const void *element, tsri_text *text) {
  tsri_real real = tsri_real_at(dtype, element, 0);
  tsri_real_put_alone(&real, dtype, ".0", text);
}

/* "(1+2j)", or "2j" when the real part is plain zero */
static void put_complex(tsr_dtype dtype, const void *element, tsri_text *text) {
  tsri_real re = tsri_real_at(dtype, element, 0), im = tsri_real_at(dtype, element, 1);
  bool imaginary = re.value == 0 && !__builtin_signbit(re.value);
  bool minus = __builtin_signbit(im.value) && im.value == im.value;
  if (!imaginary) {
    tsri_text_put(text, "(");
    tsri_real_put_alone(&re, dtype, "", text);
    if (!minus) tsri_text_put(text, "+");
  }
  tsri_real_put_alone(&im, dtype, "", text);
  tsri_text_put(text, imaginary ? "j" : "j)");
}

static const word_kind *kind_of(tsr_dtype dtype);

/* Kinds without a point: all words are as wide as the widest. */
static void measure_plain(tsri_words *words, const void *element) {
  char buffer[32];
  tsri_text text = tsri_text_in(buffer, sizeof buffer);
  kind_of(words->dtype)->put_alone(words->dtype, element, &text);
  if (words->width < (int)text.used) words->width = (int)text.used;
}

static void put_plain(const tsri_words *words, const void *element, tsri_text *text) {
  char buffer[32];
  tsri_text word = tsri_text_in(buffer, sizeof buffer);
  kind_of(words->dtype)->put_alone(words->dtype, element, &word);
  tsri_text_put(text, "%*s", words->width, buffer);
}

/* "True" leaves room for "False" even where there is none. */
static void measure_logical(tsri_words *words, const void *element) {
  (void)element;
  words->width = (int)strlen("False");
}

static void measure_real(tsri_words *words, const void *element) {
  tsri_real real = tsri_real_at(words->dtype, element, 0);
  tsri_column_measure(&words->columns[0], &real);
}

static void put_aligned(const tsri_words *words, const void *element, tsri_text *text) {
  tsri_real real = tsri_real_at(words->dtype, element, 0);
  tsri_column_put(&words->columns[0], &real, text);
}

static void measure_complex(tsri_words *words, const void *element) {
  measure_real(words, element);
  tsri_real im = tsri_real_at(words->dtype, element, 1);
  tsri_column_measure(&words->columns[1], &im);
}

/* The j follows the last digit, before the blanks that align it. */
static void put_aligned_complex(const tsri_words *words, const void *element, tsri_text *text) {
  put_aligned(words, element, text);
  tsri_real im = tsri_real_at(words->dtype, element, 1);
  char buffer[512];
  tsri_text part = tsri_text_in(buffer, sizeof buffer);
  tsri_column_put(&words->columns[1], &im, &part);
  size_t n = part.used;
  while (n > 0 && buffer[n - 1] == ' ')
    n--;
  tsri_text_put(text, "%.*sj%s", (int)n, buffer, buffer + n);
}

static const word_kind *kind_of(tsr_dtype dtype) {
  static const word_kind kinds[] = {
      [TSR_KIND_LOGICAL] = {measure_logical, put_plain,           put_logical },
      [TSR_KIND_SIGNED] = {measure_plain,   put_plain,           put_signed  },
      [TSR_KIND_UNSIGNED] = {measure_plain,   put_plain,           put_unsigned},
      [TSR_KIND_REAL] = {measure_real,    put_aligned,         put_real    },
      [TSR_KIND_COMPLEX] = {measure_complex, put_aligned_complex, put_complex },
  };
  return &kinds[tsr_dtype_kind(dtype)];
}

void tsri_words_init(tsri_words *words, tsr_dtype dtype) {
  *words = (tsri_words){.dtype = dtype};
  words->columns[1].always_sign = true;
}

void tsri_words_measure(tsri_words *words, const void *element) {
  kind_of(words->dtype)->measure(words, element);
}

void tsri_words_settle(tsri_words *words) {
  for (int i = 0; i < 2; i++)
    tsri_column_settle(&words->columns[i], words->dtype);
}

void tsri_words_put(const tsri_words *words, const void *element, tsri_text *text) {
  kind_of(words->dtype)->put(words, element, text);
}

void tsri_word_put_alone(tsr_dtype dtype, const void *element, tsri_text *text) {
  kind_of(dtype)->put_alone(dtype, element, text);
}
