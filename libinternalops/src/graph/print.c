/* print.c - growing text, and what both writers of graphs share. */
#include "graph/print_internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tsr/alloc.h"
#include "tsr/spi/literal.h"

static tsr_status make_room(tsri_print *p, size_t more) {
  if (p->used + more <= p->size) return TSR_OK;
  size_t size = p->size ? 2 * p->size : 1024;
  while (size < p->used + more)
    size *= 2;
  void *memory;
  TSR_TRY(tsr_alloc(size, 0, &memory));
  if (p->text) memcpy(memory, p->text, p->used);
  tsr_free(p->text, p->size, 0);
  p->text = memory;
  p->size = size;
  return TSR_OK;
}

void tsri_print_add(tsri_print *p, const char *fmt, ...) {
  va_list args, again;
  if (p->status != TSR_OK) return;
  va_start(args, fmt);
  va_copy(again, args);
  int n = vsnprintf(NULL, 0, fmt, args);
  if (n >= 0) p->status = make_room(p, (size_t)n + 1);
  if (n >= 0 && p->status == TSR_OK) {
    vsnprintf(p->text + p->used, (size_t)n + 1, fmt, again);
    p->used += (size_t)n;
  }
  va_end(again);
  va_end(args);
}

tsr_status tsri_print_end(tsri_print *p, char **out, size_t *size) {
  *out = NULL;
  *size = 0;
  void *memory = NULL;
  tsri_print_add(p, "%s", "");
  tsr_status status = p->status;
  if (status == TSR_OK) status = tsr_alloc(p->used + 1, 0, &memory);
  if (status == TSR_OK) {
    *out = memcpy(memory, p->text, p->used + 1);
    *size = p->used + 1;
  }
  tsr_free(p->text, p->size, 0);
  return status;
}

/* ---- attributes ---- */

static void print_literal(tsri_print *p, const tsr_literal *literal) {
  tsr_number n;
  tsri_print_add(p, "%s[", tsr_dtype_name(literal->dtype));
  for (int32_t i = 0; i < literal->rank; i++)
    tsri_print_add(p, "%s%" PRId64, i ? ", " : "", literal->dims[i]);
  tsri_print_add(p, "]");
  if (!tsr_literal_splat(literal, &n)) return;
  if (n.dtype == TSR_I64)
    tsri_print_add(p, " %" PRId64, n.i);
  else if (n.dtype == TSR_F64)
    tsri_print_add(p, " %.17g", n.re);
  else
    tsri_print_add(p, " %.17g%+.17gi", n.re, n.im);
}

static bool is_region_field(const tsr_attr_field *f, const void *attrs) {
  const void *field = (const char *)attrs + f->offset;
  if (f->kind == TSR_ATTR_OBJECT) return tsr_object_as_graph(*(const tsr_object_ref *)field);
  if (f->kind != TSR_ATTR_OBJECTS) return false;
  const tsr_object_list *list = field;
  return list->n > 0 && tsr_object_as_graph(list->data[0]);
}

/* One field through tsr_attr_format, as a class of its own. */
static void print_field(tsri_print *p, const tsr_attr_field *f, const void *attrs) {
  char text[1024];
  if (f->kind == TSR_ATTR_OBJECT) {
    const tsr_literal *literal =
        tsr_literal_cast(*(const tsr_object_ref *)(const void *)((const char *)attrs + f->offset));
    if (literal) {
      tsri_print_add(p, "%s=", f->name);
      print_literal(p, literal);
      return;
    }
  }
  tsr_attr_class one = {.name = f->name, .n_fields = 1, .fields = f};
  tsri_print_add(p, "%s", tsr_attr_format(&one, attrs, text, sizeof text));
}

void tsri_print_attrs(tsri_print *p, const tsr_node *node) {
  const tsr_attr_class *isa = node->op->attrs;
  const char *between = "";
  for (int32_t i = 0; isa && i < isa->n_fields; i++) {
    if (is_region_field(&isa->fields[i], node->attrs)) continue;
    tsri_print_add(p, "%s", between);
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
