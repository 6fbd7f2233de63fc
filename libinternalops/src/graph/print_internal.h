/* print_internal.h - what all writers of graphs share: attributes and regions. */
#ifndef TSRI_PRINT_INTERNAL_H
#define TSRI_PRINT_INTERNAL_H

#include "tsr/spi/graph.h"
#include "tsr/spi/writer.h"

/* Attributes without the regions: "axis=1, tensor=f64[] 0.5". */
void tsri_print_attrs(tsr_writer *p, const tsr_node *node);

/* visit(ctx, name of the field, index in its list or -1, region) for every graph of a node. */
typedef void (*tsri_region_visit)(void *ctx, const char *field, int32_t index,
                                  const tsr_graph *region);
void tsri_each_region(const tsr_node *node, tsri_region_visit visit, void *ctx);

#endif /* TSRI_PRINT_INTERNAL_H */
