/* print.c - what all writers of graphs share: attributes and regions. */
#include "graph/print_internal.h"

#include <inttypes.h>
#include <string.h>

#include "tsr/alloc.h"
#include "tsr/spi/literal.h"

static void print_literal(tsr_writer *p, const tsr_literal *literal) {
  tsr_number n;
  tsr_writer_add(p, "%s[", tsr_dtype_name(literal->dtype));
  for (int32_t i = 0; i < literal->rank; i++)
    tsr_writer_add(p, "%s%" PRId64, i ? ", " : "", literal->dims[i]);
  tsr_writer_add(p, "]");
  if (!tsr_literal_splat(literal, &n)) return;
  if (n.dtype == TSR_I64)
    tsr_writer_add(p, " %" PRId64, n.i);
  else if (n.dtype == TSR_F64)
    tsr_writer_add(p, " %.17g", n.re);
  else
    tsr_writer_add(p, " %.17g%+.17gi", n.re, n.im);
}

static bool is_region_field(const tsr_attr_field *f, const void *attrs) {
  const void *field = (const char *)attrs + f->offset;
  if (f->kind == TSR_ATTR_OBJECT) return tsr_object_as_graph(*(const tsr_object_ref *)field);
  if (f->kind != TSR_ATTR_OBJECTS) return false;
  const tsr_object_list *list = field;
  return list->n > 0 && tsr_object_as_graph(list->data[0]);
}

/* One field through tsr_attr_format, as a class of its own. */
static void print_field(tsr_writer *p, const tsr_attr_field *f, const void *attrs) {
  char text[1024];
  if (f->kind == TSR_ATTR_OBJECT) {
    const tsr_literal *literal =
        tsr_literal_cast(*(const tsr_object_ref *)(const void *)((const char *)attrs + f->offset));
    if (literal) {
      tsr_writer_add(p, "%s=", f->name);
      print_literal(p, literal);
      return;
    }
  }
  tsr_attr_class one = {.name = f->name, .n_fields = 1, .fields = f};
  tsr_writer_add(p, "%s", tsr_attr_format(&one, attrs, text, sizeof text));
}

void tsri_print_attrs(tsr_writer *p, const tsr_node *node) {
  const tsr_attr_class *isa = node->op->attrs;
  const char *between = "";
  for (int32_t i = 0; isa && i < isa->n_fields; i++) {
    if (is_region_field(&isa->fields[i], node->attrs)) continue;
    tsr_writer_add(p, "%s", between);
    print_field(p, &isa->fields[i], node->attrs);
    between = ", ";
  }
}

void tsri_each_region(const tsr_node *node, tsri_region_visit visit, void *ctx) {
  const tsr_attr_class *isa = node->op->attrs;
  for (int32_t i = 0; isa && i < isa->n_fields; i++) {
    const tsr_attr_field *f = &isa->fields[i];
    const void *field = (const char *)node->attrs + f->offset;
    if (!is_region_field(f, node->attrs)) continue;
    if (f->kind == TSR_ATTR_OBJECT) {
      visit(ctx, f->name, -1, tsr_object_as_graph(*(const tsr_object_ref *)field));
      continue;
    }
    const tsr_object_list *list = field;
    for (size_t k = 0; k < list->n; k++)
      if (tsr_object_as_graph(list->data[k]))
        visit(ctx, f->name, (int32_t)k, tsr_object_as_graph(list->data[k]));
  }
}
