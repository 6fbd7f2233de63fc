/* svg_internal.h - where the boxes of a drawn graph go. */
#ifndef TSRI_SVG_INTERNAL_H
#define TSRI_SVG_INTERNAL_H

#include "tsr/spi/graph.h"

enum {
  TSRI_SVG_BOX_HEIGHT = 36,
  TSRI_SVG_ROW_HEIGHT = 76,
  TSRI_SVG_MARGIN = 20,
  TSRI_SVG_GAP = 24
};

/* Boxes: first one per input, then one per node, then one per output. */
typedef struct tsri_svg_box {
  int32_t row;   /* from the top */
  double x;      /* of the middle */
  double width;  /* as given */
  double wanted; /* mean x of what it reads */
} tsri_svg_box;

typedef struct tsri_svg_layout {
  int32_t n_boxes, n_rows;
  tsri_svg_box *boxes;
  double width, height; /* of the whole picture */
} tsri_svg_layout;

/* The box that makes a value. */
int32_t tsri_svg_maker(const tsr_graph *graph, int32_t value);

/* Place boxes whose widths are set; row of a box is one more than the deepest it reads, and
 * within a row boxes stand in the order of what they read (one barycentre sweep, Sugiyama).
 */
tsr_status tsri_svg_place(const tsr_graph *graph, tsr_arena *arena, tsri_svg_layout *layout);

#endif /* TSRI_SVG_INTERNAL_H */
