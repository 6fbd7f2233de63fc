/* blocks_product.h - products of complex numbers as pairs of parts.
 *
 * Reducers of complex products exist only where there is no fused multiply-add: gcc 12 would
 * make one of the two parts (see blocks_complex.inc).
 */
#ifndef TSRI_BLOCKS_PRODUCT_H
#define TSRI_BLOCKS_PRODUCT_H

typedef struct tsri_pair_f32 {
  float re, im;
} tsri_pair_f32;

typedef struct tsri_pair_f64 {
  double re, im;
} tsri_pair_f64;

static inline tsri_pair_f32 tsri_product_f32(tsri_pair_f32 x, tsri_pair_f32 y) {
  return (tsri_pair_f32){x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re};
}
static inline tsri_pair_f64 tsri_product_f64(tsri_pair_f64 x, tsri_pair_f64 y) {
  return (tsri_pair_f64){x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re};
}

#endif /* TSRI_BLOCKS_PRODUCT_H */
