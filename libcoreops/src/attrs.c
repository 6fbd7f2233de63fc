/* attrs.c - the rows of attrs.def as classes. */
#include "tsr/attrs.h"

/* Words of the ENUM fields, by name of field. */
static const char *const direction_words[] = {"eq", "ne", "lt", "le", "gt", "ge", NULL};
static const char *const order_words[] = {"ascending", "descending", NULL};

#define WORDS_I64(id)     NULL
#define WORDS_F64(id)     NULL
#define WORDS_BOOL(id)    NULL
#define WORDS_DTYPE(id)   NULL
#define WORDS_ENUM(id)    id##_words
#define WORDS_DIM(id)     NULL
#define WORDS_SHAPE(id)   NULL
#define WORDS_AXES(id)    NULL
#define WORDS_TEXT(id)    NULL
#define WORDS_OBJECT(id)  NULL
#define WORDS_OBJECTS(id) NULL

#define TSR_FIELD(row, KIND, id)                                                                   \
  {#id, TSR_ATTR_##KIND, offsetof(tsr_##row##_attrs, id), WORDS_##KIND(id)},
#define TSR_ATTRS(row, list) static const tsr_attr_field row##_fields[] = {list};
#include "tsr/attrs.def"

#define TSR_FIELD(row, KIND, id)
#define TSR_ATTRS(row, list)                                                                       \
  const tsr_attr_class tsr_##row##_attr_class = {                                                  \
      .name = #row,                                                                                \
      .size = sizeof(tsr_##row##_attrs),                                                           \
      .n_fields = sizeof row##_fields / sizeof *row##_fields,                                      \
      .fields = row##_fields,                                                                      \
  };
#include "tsr/attrs.def"
