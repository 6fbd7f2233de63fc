/* print_internal.h - growing text, and what both writers of graphs share. */
#ifndef TSRI_PRINT_INTERNAL_H
#define TSRI_PRINT_INTERNAL_H

#include "tsr/spi/graph.h"

/* Zeroed: empty. The first failure stays and makes further calls do nothing. */
typedef struct tsri_print {
  char *text;
  size_t used, size; /* size: bytes of the block */
  tsr_status status;
} tsri_print;

void tsri_print_add(tsri_print *p, const char *fmt, ...) TSR_PRINTF(2, 3);
/* Hand over an exact block, or free everything. */
tsr_status tsri_print_end(tsri_print *p, char **out, size_t *size);

/* Attributes without the regions: "axis=1, tensor=f64[] 0.5". */
void tsri_print_attrs(tsri_print *p, const tsr_node *node);

/* visit(ctx, name of the field, index in its list or -1, region) for every graph of a node. */
typedef void (*tsri_region_visit)(void *ctx, const char *field, int32_t index,
                                  const tsr_graph *region);
void tsri_each_region(const tsr_node *node, tsri_region_visit visit, void *ctx);

#endif /* TSRI_PRINT_INTERNAL_H */
