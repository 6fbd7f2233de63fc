/* tsr/spi/builder.h - the common part of trace and eager builders. */
#ifndef TSR_SPI_BUILDER_H
#define TSR_SPI_BUILDER_H

#include "tsr/builder.h"
#include "tsr/spi/rule.h"

TSR_BEGIN

typedef struct tsr_builder_class {
  const char *name; /* "trace", "eager" */
  /* Apply an op. in holds no "no value" and no symbolic zero, and every operand carries the
   * serial of b or of a builder around it; an index out of range is for the class to refuse.
   */
  tsr_status (*emit)(tsr_builder *b, const tsr_op *op, const void *attrs, tsr_values in,
                     tsr_value *out);
  /* The type of a value of this very builder (its serial matches). */
  tsr_status (*type)(tsr_builder *b, tsr_value v, tsr_type *out);
  void (*close)(tsr_builder *b); /* frees b */
  /* Make another view of x by an op with one output, when that takes next to nothing. "No
   * value" sends the caller to emit, whatever the reason. b has no error; x may be anything.
   * NULL: never.
   */
  tsr_value (*again)(tsr_builder *b, const tsr_op *op, const void *attrs, tsr_value x);
} tsr_builder_class;

/* First member of a builder struct. */
struct tsr_builder {
  const tsr_builder_class *isa;
  tsr_registry *registry; /* retained */
  tsr_dim_space *space;   /* retained; shared with builders inside this one */
  tsr_builder *parent;    /* the builder around this one, or NULL; outlives it */
  uint32_t serial;        /* upper half of its values' ids; unique in the registry */
  tsr_error error;        /* latched; code TSR_OK while all is well */
  tsr_arena scratch;      /* types of the operation in hand; emptied at its end */
  struct tsr_weak *weak;  /* numbers without a dtype of their own, by ascending id */
  int32_t n_weak, weak_capacity;
};

#define TSR_VALUE_SERIAL(v) ((uint32_t)((v).id >> 32))
#define TSR_VALUE_INDEX(v)  ((int32_t)((uint32_t)(v).id - 1u))
static inline tsr_value tsr_value_make(uint32_t serial, int32_t index) {
  return tsr_value_of_id((uint64_t)serial << 32 | (uint32_t)(index + 1));
}

/* tsr_builder_init, tsr_builder_deinit - the common part; parent gives registry and space.
 *
 * in   b         zeroed struct
 *      isa       its class
 *      registry  retained
 *      space     retained; NULL: the parent's, or a new one
 *      parent    the builder around it, or NULL
 * err  NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_builder_init(tsr_builder *b, const tsr_builder_class *isa,
                                                  tsr_registry *registry, tsr_dim_space *space,
                                                  tsr_builder *parent);
TSR_API void tsr_builder_deinit(tsr_builder *b);

/* tsr_builder_owner - the builder among b and those around it that made v, or NULL. */
TSR_API tsr_builder *tsr_builder_owner(tsr_builder *b, tsr_value v);

TSR_END

#endif /* TSR_SPI_BUILDER_H */
