/* expect.h - what a sample should give, by the oracle, and how near is near enough. */
#ifndef EXPECT_H
#define EXPECT_H

#include "stage.h"

typedef struct expectation {
  bool is_known; /* false: the oracle has no formula for it */
  int32_t n_out;
  array want[SAMPLE_OUT];   /* rounded to the sample's own dtypes */
  array scale[SAMPLE_OUT];  /* the same over absolute values; no data where it is not needed */
  double reach[SAMPLE_OUT]; /* of linalg and fft: the largest modulus times the condition */
  bool is_posed;            /* the condition is small enough for the results to mean something */
  const array *in;          /* lent */
} expectation;

/* expect - run the oracle on a sample, floats in f64 and c128. */
tsr_status expect(stage *w, const sample *s, const array *in, expectation *out);

/* expect_check - is output j what was expected? Failures are reported with what. */
void expect_check(stage *w, const sample *s, const expectation *e, int32_t j, const array *got,
                  const char *what);

/* expect_check_all - are all outputs? Where factors are one choice of many, by what they are for. */
void expect_check_all(stage *w, const sample *s, const expectation *e, const array *got,
                      const char *what);

/* Does the op add up in an order that may depend on layout? Then equal means near. */
bool expect_reorders(const sample *s, const array *out);

/* expect_agree - is output j the same in two ways of computing it? */
void expect_agree(stage *w, const sample *s, const array *got, const array *base, int32_t j,
                  const char *what);

#endif /* EXPECT_H */
