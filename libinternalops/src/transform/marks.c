/* transform/marks.c - which nodes lie between the values tangents come from and go to. */
#include "transform/transform_internal.h"

bool tsri_is_wanted(uint8_t mark) {
  return (mark & (TSRI_DEPENDS | TSRI_NEEDED | TSRI_CUT)) == (TSRI_DEPENDS | TSRI_NEEDED);
}

bool tsri_must_differentiate(const tsr_node *node, const uint8_t *mark) {
  for (int32_t j = 0; j < node->n_out; j++)
    if (tsri_is_wanted(mark[node->out[j]])) return true;
  return false;
}

static void mark_dependent(const tsri_view *view, const tsr_node *node, uint8_t *mark) {
  bool depends = false;
  for (int32_t i = 0; i < node->n_in && !depends; i++)
    depends = mark[node->in[i]] & TSRI_DEPENDS;
  for (int32_t j = 0; depends && j < node->n_out; j++) {
    int32_t v = node->out[j];
    if (tsr_dtype_is_active(view->types[v].dtype) && !(mark[v] & TSRI_CUT)) mark[v] |= TSRI_DEPENDS;
  }
}

void tsri_mark(const tsri_view *view, int32_t low, int32_t high, uint8_t *mark) {
  for (int32_t k = low; k < high; k++)
    if (view->nodes[k].op->jvp != TSR_JVP_ZERO) mark_dependent(view, &view->nodes[k], mark);
  for (int32_t k = high - 1; k >= low; k--) {
    const tsr_node *node = &view->nodes[k];
    if (!tsri_must_differentiate(node, mark)) continue;
    for (int32_t i = 0; i < node->n_in; i++)
      mark[node->in[i]] |= TSRI_NEEDED;
  }
}
