/* oracle_family.c - finding formulas and attributes by name. */
#include "oracle_family.h"

#include <string.h>

oracle_fn oracle_family(const char *op) {
  static const oracle_entry *const tables[] = {oracle_systems, oracle_spectra, oracle_transforms};
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
    for (const oracle_entry *e = tables[i]; e->op != NULL; e++)
      if (strcmp(e->op, op) == 0) return e->run;
  return NULL;
}

static const tsr_attr_field *field(const oracle_call *c, const char *name) {
  const tsr_attr_class *isa = c->op->attrs;
  for (int32_t i = 0; isa != NULL && i < isa->n_fields; i++)
    if (strcmp(isa->fields[i].name, name) == 0) return &isa->fields[i];
  return NULL;
}

const void *oracle_field(const oracle_call *c, const char *name) {
  const tsr_attr_field *f = field(c, name);
  return f != NULL ? (const char *)c->attrs + f->offset : NULL;
}

const char *oracle_word(const oracle_call *c, const char *name) {
  const tsr_attr_field *f = field(c, name);
  int32_t value;
  if (f == NULL || f->kind != TSR_ATTR_ENUM) return "";
  memcpy(&value, (const char *)c->attrs + f->offset, sizeof value);
  return f->names[value];
}
