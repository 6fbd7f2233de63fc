/* tsr/attrs.h - attribute structs and classes of the core operations. */
#ifndef TSR_ATTRS_H
#define TSR_ATTRS_H

#include "tsr/attr.h"

TSR_BEGIN

#define TSR_ATTR_CTYPE_I64     int64_t
#define TSR_ATTR_CTYPE_F64     double
#define TSR_ATTR_CTYPE_BOOL    bool
#define TSR_ATTR_CTYPE_DTYPE   tsr_dtype
#define TSR_ATTR_CTYPE_ENUM    int32_t
#define TSR_ATTR_CTYPE_DIM     tsr_dim
#define TSR_ATTR_CTYPE_SHAPE   tsr_shape
#define TSR_ATTR_CTYPE_AXES    tsr_axes
#define TSR_ATTR_CTYPE_TEXT    tsr_text
#define TSR_ATTR_CTYPE_OBJECT  tsr_object_ref
#define TSR_ATTR_CTYPE_OBJECTS tsr_object_list

#define TSR_FIELD(name, KIND, id) TSR_ATTR_CTYPE_##KIND id;
#define TSR_ATTRS(name, fields)                                                                    \
  typedef struct tsr_##name##_attrs {                                                              \
    fields                                                                                         \
  } tsr_##name##_attrs;
#include "tsr/attrs.def"

#define TSR_FIELD(name, KIND, id)
#define TSR_ATTRS(name, fields) extern TSR_API const tsr_attr_class tsr_##name##_attr_class;
#include "tsr/attrs.def"

typedef enum tsr_direction {
  TSR_EQ,
  TSR_NE,
  TSR_LT,
  TSR_LE,
  TSR_GT,
  TSR_GE
} tsr_direction;

typedef enum tsr_sort_order {
  TSR_ASCENDING,
  TSR_DESCENDING
} tsr_sort_order;

TSR_END

#endif /* TSR_ATTRS_H */
