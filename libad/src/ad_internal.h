/* ad_internal.h - what the files of this library share. */
#ifndef TSRI_AD_INTERNAL_H
#define TSRI_AD_INTERNAL_H

#include "tsr/ad.h"
#include "tsr/spi/transform.h"

/* Zeroed room for n elements of *out. */
#define TSRI_NEW(arena, n, out)                                                                    \
  tsr_arena_alloc((arena), (size_t)(n) * sizeof **(out), (void **)(out))

/* A body traced on a builder: its graph takes captured values, then the declared inputs. */
typedef struct tsri_function {
  tsr_arena arena;
  tsr_graph *graph;
  tsr_value *in; /* [n_in] captured values and arguments */
  int32_t n_captured, n_in, n_out;
} tsri_function;

/* types: those the body sees, [in.n]; NULL for the types of in. Release it in any case. */
tsr_status tsri_function_trace(tsri_function *f, tsr_builder *b, tsr_body body, void *ctx,
                               tsr_values in, const tsr_type *types, int32_t n_out);
void tsri_function_release(tsri_function *f);

/* v, or zeros of a type in place of symbolic zero; latches. */
tsr_value tsri_or_zeros(tsr_builder *b, tsr_value v, const tsr_type *type);

/* ERR_DTYPE or ERR_SHAPE, with advice, unless the type is that of a loss. */
tsr_status tsri_check_loss(const char *who, const tsr_type *type);
/* ERR_DTYPE unless a value of the type has derivatives. */
tsr_status tsri_check_active(const char *who, size_t index, const tsr_type *type);
/* ERR_DTYPE or ERR_SHAPE unless v is symbolic zero or of the type. */
tsr_status tsri_check_partner(tsr_builder *b, const char *who, const char *what, size_t index,
                              tsr_value v, const tsr_type *type);

/* ERR_ARGUMENT when a list says it has entries and has none. */
tsr_status tsri_check_entries(const char *who, const char *what, const void *data, size_t n);

/* Make n results "no value"; a negative n is refused later. */
void tsri_none(tsr_value *out, int64_t n);

#endif /* TSRI_AD_INTERNAL_H */
