/* tsr/attr.h - attributes of operations, described by data.
 *
 * An attribute struct is plain memory; its class lists the fields. Hash, equality,
 * deep copy, text and the substitution of sizes for symbols are written once over
 * that list, for core ops (rows of attrs.def) and extensions alike.
 */
#ifndef TSR_ATTR_H
#define TSR_ATTR_H

#include "tsr/arena.h"
#include "tsr/dim.h"
#include "tsr/dtype.h"
#include "tsr/object.h"

TSR_BEGIN

/* Kinds of fields and the C type of each. */
#define TSR_ATTR_KIND_LIST(X)                                                                      \
  X(I64, int64_t) /* a number */                                                                   \
  X(F64, double)  /* a number; compared and hashed by its bits */                                  \
  X(BOOL, bool)                                                                                    \
  X(DTYPE, tsr_dtype)                                                                              \
  X(ENUM, int32_t)          /* field.names gives the words */                                      \
  X(DIM, tsr_dim)           /* a size, possibly symbolic */                                        \
  X(SHAPE, tsr_shape)       /* sizes, possibly symbolic */                                         \
  X(AXES, tsr_axes)         /* plain integers */                                                   \
  X(TEXT, tsr_text)         /* zero-terminated; NULL stands for "" */                              \
  X(OBJECT, tsr_object_ref) /* a reference, retained by copies; may be NULL */                     \
  X(OBJECTS, tsr_object_list)

typedef const char *tsr_text;
typedef const tsr_object *tsr_object_ref;
TSR_LIST_TYPE(tsr_object_ref, tsr_object_list);

typedef enum tsr_attr_kind {
#define TSR_X(KIND, ctype) TSR_ATTR_##KIND,
  TSR_ATTR_KIND_LIST(TSR_X)
#undef TSR_X
  TSR_ATTR_KIND_COUNT
} tsr_attr_kind;

typedef struct tsr_attr_field {
  const char *name;
  tsr_attr_kind kind;
  size_t offset;
  const char *const *names; /* ENUM: one word per value, ended by NULL */
} tsr_attr_field;

typedef struct tsr_attr_class {
  const char *name;
  size_t size;
  int32_t n_fields;
  const tsr_attr_field *fields;
} tsr_attr_class;

/* tsr_attr_check - have all lists in attributes their entries? TSR_ALL_AXES has none.
 *
 * Whatever comes from a caller is asked this before anything else looks at it; equality alone
 * may come first.
 *
 * in   isa    its class; NULL: nothing to check
 *      attrs  instance; NULL: nothing to check
 *      name   of the op, for the message
 * err  ARGUMENT  a list has a count but no data
 */
TSR_API TSR_NODISCARD tsr_status tsr_attr_check(const tsr_attr_class *isa, const void *attrs,
                                                const char *name);

/* tsr_attr_hash, tsr_attr_equal - by content; objects by their class's equal or identity. */
TSR_API uint64_t tsr_attr_hash(const tsr_attr_class *isa, const void *attrs);
TSR_API bool tsr_attr_equal(const tsr_attr_class *isa, const void *a, const void *b);

/* tsr_attr_copy - a deep copy in an arena; objects gain a reference each.
 *
 * in   isa    class; NULL with attrs NULL copies to NULL
 *      attrs  instance
 *      arena  owner of the copy's memory
 * out  out    the copy; give its references back with tsr_attr_release
 * err  NOMEM  no reference was taken then
 */
TSR_API TSR_NODISCARD tsr_status tsr_attr_copy(const tsr_attr_class *isa, const void *attrs,
                                               tsr_arena *arena, void **out);

/* tsr_attr_release - drop the object references of a copy. */
TSR_API void tsr_attr_release(const tsr_attr_class *isa, void *attrs);

/* tsr_attr_resolve - a copy with every dim replaced by its size.
 *
 * in   isa, attrs  instance, as for tsr_attr_copy
 *      values      [symbols] sizes, see tsr_dim_eval
 *      arena       owner of the copy's memory
 * out  out         the copy, to be released likewise
 * err  STATE  a symbol without value
 *      LIMIT, NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_attr_resolve(const tsr_attr_class *isa, const void *attrs,
                                                  const int64_t *values, tsr_arena *arena,
                                                  void **out);

/* tsr_attr_format - text such as "axis=1, shape=[n, 3]", cut to fit; gives buffer.
 *
 * in   isa, attrs    instance
 *      buffer, size  size > 0 bytes
 */
TSR_API const char *tsr_attr_format(const tsr_attr_class *isa, const void *attrs, char *buffer,
                                    size_t size);

TSR_END

#endif /* TSR_ATTR_H */
