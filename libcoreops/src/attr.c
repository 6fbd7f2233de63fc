/* attr.c - what all attributes can do, written once over their lists of fields.
 *
 * Every kind of field has a row of functions; a walk over a class calls the row of each
 * field at its offset. A list of "all axes" has a count but no data and is kept as it is.
 */
#include "tsr/attr.h"

#include "text_internal.h"

#include <inttypes.h>
#include <string.h>

#include "tsr/hash.h"

typedef struct kind_row {
  uint64_t (*hash)(uint64_t h, const void *field);
  bool (*equal)(const void *a, const void *b);
  /* Give a field that was copied bit by bit memory of its own; NULL: it has none. */
  tsr_status (*deepen)(void *field, const int64_t *values, bool resolve, tsr_arena *arena);
  void (*format)(tsri_attr_text *text, const tsr_attr_field *f, const void *field);
  bool (*is_hollow)(const void *field); /* a list with a count but no data; NULL: never */
} kind_row;

/* ---- plain kinds ---- */

#define PLAIN(name, type, word)                                                                    \
  static uint64_t hash_##name(uint64_t h, const void *field) {                                     \
    const type *v = field;                                                                         \
    return tsr_hash_u64(h, word);                                                                  \
  }
#define EQUAL(name, type)                                                                          \
  static bool equal_##name(const void *a, const void *b) { return memcmp(a, b, sizeof(type)) == 0; }
PLAIN(i64, int64_t, (uint64_t)*v)
EQUAL(i64, int64_t)
PLAIN(bool, bool, (uint64_t)*v)
EQUAL(bool, bool)
PLAIN(dtype, tsr_dtype, (uint64_t)*v)
EQUAL(dtype, tsr_dtype)
PLAIN(enum, int32_t, (uint64_t)*v)
EQUAL(enum, int32_t)
EQUAL(f64, double)

static uint64_t hash_f64(uint64_t h, const void *field) {
  uint64_t bits;
  memcpy(&bits, field, sizeof bits);
  return tsr_hash_u64(h, bits);
}

static void format_i64(tsri_attr_text *text, const tsr_attr_field *f, const void *field) {
  (void)f;
  tsri_attr_text_add(text, "%" PRId64, *(const int64_t *)field);
}
static void format_f64(tsri_attr_text *text, const tsr_attr_field *f, const void *field) {
  (void)f;
  tsri_attr_text_add(text, "%.17g", *(const double *)field);
}
static void format_bool(tsri_attr_text *text, const tsr_attr_field *f, const void *field) {
  (void)f;
  tsri_attr_text_add(text, "%s", *(const bool *)field ? "true" : "false");
}
static void format_dtype(tsri_attr_text *text, const tsr_attr_field *f, const void *field) {
  (void)f;
  tsri_attr_text_add(text, "%s", tsr_dtype_name(*(const tsr_dtype *)field));
}
static void format_enum(tsri_attr_text *text, const tsr_attr_field *f, const void *field) {
  int32_t value = *(const int32_t *)field;
  for (int32_t i = 0; f->names && f->names[i]; i++)
    if (i == value) {
      tsri_attr_text_add(text, "%s", f->names[i]);
      return;
    }
  tsri_attr_text_add(text, "%" PRId32, value);
}

/* A list with a count but no data. */
#define HOLLOW(name, type)                                                                         \
  static bool hollow_##name(const void *field) {                                                   \
    const type *v = field;                                                                         \
    return v->n != 0 && !v->data;                                                                  \
  }

/* ---- sizes: interned expressions, so pointers compare ---- */

static uint64_t hash_one_dim(uint64_t h, tsr_dim dim) {
  return tsr_hash_u64(tsr_hash_u64(h, (uint64_t)dim.n), (uint64_t)(uintptr_t)dim.expr);
}
static bool same_dim(tsr_dim a, tsr_dim b) { return a.n == b.n && a.expr == b.expr; }

static tsr_status resolve_dim(tsr_dim *dim, const int64_t *values) {
  int64_t n;
  TSR_TRY(tsr_dim_eval(*dim, values, &n));
  *dim = tsr_dim_of(n);
  return TSR_OK;
}

static uint64_t hash_dim(uint64_t h, const void *field) {
  return hash_one_dim(h, *(const tsr_dim *)field);
}
static bool equal_dim(const void *a, const void *b) {
  return same_dim(*(const tsr_dim *)a, *(const tsr_dim *)b);
}
static tsr_status deepen_dim(void *field, const int64_t *values, bool resolve, tsr_arena *arena) {
  (void)arena;
  return resolve ? resolve_dim(field, values) : TSR_OK;
}
static void format_dim(tsri_attr_text *text, const tsr_attr_field *f, const void *field) {
  (void)f;
  char buffer[256];
  tsri_attr_text_add(text, "%s", tsr_dim_format(*(const tsr_dim *)field, buffer, sizeof buffer));
}

static uint64_t hash_shape(uint64_t h, const void *field) {
  const tsr_shape *v = field;
  h = tsr_hash_u64(h, v->n);
  for (size_t i = 0; v->data && i < v->n; i++)
    h = hash_one_dim(h, v->data[i]);
  return h;
}
static bool equal_shape(const void *a, const void *b) {
  const tsr_shape *x = a, *y = b;
  if (x->n != y->n || !x->data != !y->data) return x->n == 0 && y->n == 0;
  for (size_t i = 0; x->data && i < x->n; i++)
    if (!same_dim(x->data[i], y->data[i])) return false;
  return true;
}
static tsr_status deepen_shape(void *field, const int64_t *values, bool resolve, tsr_arena *arena) {
  tsr_shape *v = field;
  if (!v->data) return TSR_OK;
  void *copy;
  TSR_TRY(tsr_arena_copy(arena, v->data, v->n * sizeof *v->data, &copy));
  tsr_dim *dims = copy;
  for (size_t i = 0; resolve && i < v->n; i++)
    TSR_TRY(resolve_dim(&dims[i], values));
  v->data = dims;
  return TSR_OK;
}
HOLLOW(shape, tsr_shape)
static void format_shape(tsri_attr_text *text, const tsr_attr_field *f, const void *field) {
  (void)f;
  const tsr_shape *v = field;
  tsri_attr_text_dims(text, v->data, v->data ? v->n : 0);
}

/* ---- axes and text ---- */

static uint64_t hash_axes(uint64_t h, const void *field) {
  const tsr_axes *v = field;
  h = tsr_hash_u64(h, v->n);
  for (size_t i = 0; v->data && i < v->n; i++)
    h = tsr_hash_u64(h, (uint64_t)v->data[i]);
  return h;
}
static bool equal_axes(const void *a, const void *b) {
  const tsr_axes *x = a, *y = b;
  if (x->n != y->n || !x->data != !y->data) return x->n == 0 && y->n == 0;
  /* a loop: lists are short, and eager dispatch waits for this */
  for (size_t i = 0; x->data && i < x->n; i++)
    if (x->data[i] != y->data[i]) return false;
  return true;
}
static tsr_status deepen_axes(void *field, const int64_t *values, bool resolve, tsr_arena *arena) {
  (void)values, (void)resolve;
  tsr_axes *v = field;
  if (!v->data) return TSR_OK;
  void *copy;
  TSR_TRY(tsr_arena_copy(arena, v->data, v->n * sizeof *v->data, &copy));
  v->data = copy;
  return TSR_OK;
}
HOLLOW(axes, tsr_axes)
static void format_axes(tsri_attr_text *text, const tsr_attr_field *f, const void *field) {
  (void)f;
  const tsr_axes *v = field;
  if (!v->data && v->n) {
    tsri_attr_text_add(text, "all");
    return;
  }
  tsri_attr_text_add(text, "[");
  for (size_t i = 0; i < v->n; i++)
    tsri_attr_text_add(text, "%s%" PRId64, i ? ", " : "", v->data[i]);
  tsri_attr_text_add(text, "]");
}

static const char *text_of(const void *field) {
  tsr_text text = *(const tsr_text *)field;
  return text ? text : "";
}
static uint64_t hash_text(uint64_t h, const void *field) {
  return tsr_hash_bytes(h, text_of(field), strlen(text_of(field)));
}
static bool equal_text(const void *a, const void *b) { return strcmp(text_of(a), text_of(b)) == 0; }
static tsr_status deepen_text(void *field, const int64_t *values, bool resolve, tsr_arena *arena) {
  (void)values, (void)resolve;
  void *copy;
  TSR_TRY(tsr_arena_copy(arena, text_of(field), strlen(text_of(field)) + 1, &copy));
  *(tsr_text *)field = copy;
  return TSR_OK;
}
static void format_text(tsri_attr_text *text, const tsr_attr_field *f, const void *field) {
  (void)f;
  tsri_attr_text_add(text, "\"%s\"", text_of(field));
}

/* ---- objects ---- */

static uint64_t hash_one_object(uint64_t h, tsr_object_ref object) {
  if (object && object->isa->equal && object->isa->hash)
    return tsr_hash_u64(h, object->isa->hash(object));
  return tsr_hash_u64(h, (uint64_t)(uintptr_t)object);
}
static bool same_object(tsr_object_ref a, tsr_object_ref b) {
  if (a == b) return true;
  return a && b && a->isa == b->isa && a->isa->equal && a->isa->equal(a, b);
}

static uint64_t hash_object(uint64_t h, const void *field) {
  return hash_one_object(h, *(const tsr_object_ref *)field);
}
static bool equal_object(const void *a, const void *b) {
  return same_object(*(const tsr_object_ref *)a, *(const tsr_object_ref *)b);
}
static void format_object(tsri_attr_text *text, const tsr_attr_field *f, const void *field) {
  (void)f;
  tsr_object_ref object = *(const tsr_object_ref *)field;
  tsri_attr_text_add(text, "%s", object ? object->isa->name : "none");
}

static uint64_t hash_objects(uint64_t h, const void *field) {
  const tsr_object_list *v = field;
  h = tsr_hash_u64(h, v->n);
  for (size_t i = 0; i < v->n; i++)
    h = hash_one_object(h, v->data[i]);
  return h;
}
static bool equal_objects(const void *a, const void *b) {
  const tsr_object_list *x = a, *y = b;
  if (x->n != y->n || !x->data != !y->data) return x->n == 0 && y->n == 0;
  for (size_t i = 0; x->data && i < x->n; i++)
    if (!same_object(x->data[i], y->data[i])) return false;
  return true;
}
static tsr_status deepen_objects(void *field, const int64_t *values, bool resolve,
                                 tsr_arena *arena) {
  (void)values, (void)resolve;
  tsr_object_list *v = field;
  void *copy;
  TSR_TRY(tsr_arena_copy(arena, v->data, v->n * sizeof *v->data, &copy));
  v->data = copy;
  return TSR_OK;
}
HOLLOW(objects, tsr_object_list)
static void format_objects(tsri_attr_text *text, const tsr_attr_field *f, const void *field) {
  const tsr_object_list *v = field;
  tsri_attr_text_add(text, "[");
  for (size_t i = 0; i < v->n; i++) {
    tsri_attr_text_add(text, "%s", i ? ", " : "");
    format_object(text, f, &v->data[i]);
  }
  tsri_attr_text_add(text, "]");
}

static const kind_row kinds[TSR_ATTR_KIND_COUNT] = {
    [TSR_ATTR_I64] = {hash_i64,     equal_i64,     NULL,           format_i64,     NULL        },
    [TSR_ATTR_F64] = {hash_f64,     equal_f64,     NULL,           format_f64,     NULL        },
    [TSR_ATTR_BOOL] = {hash_bool,    equal_bool,    NULL,           format_bool,    NULL        },
    [TSR_ATTR_DTYPE] = {hash_dtype,   equal_dtype,   NULL,           format_dtype,   NULL        },
    [TSR_ATTR_ENUM] = {hash_enum,    equal_enum,    NULL,           format_enum,    NULL        },
    [TSR_ATTR_DIM] = {hash_dim,     equal_dim,     deepen_dim,     format_dim,     NULL        },
    [TSR_ATTR_SHAPE] = {hash_shape,   equal_shape,   deepen_shape,   format_shape,   hollow_shape},
    [TSR_ATTR_AXES] = {hash_axes,    equal_axes,    deepen_axes,    format_axes,    hollow_axes },
    [TSR_ATTR_TEXT] = {hash_text,    equal_text,    deepen_text,    format_text,    NULL        },
    [TSR_ATTR_OBJECT] = {hash_object,  equal_object,  NULL,           format_object,  NULL        },
    [TSR_ATTR_OBJECTS] = {hash_objects, equal_objects, deepen_objects, format_objects,
                      hollow_objects                                                           },
};

static const void *at(const void *attrs, const tsr_attr_field *f) {
  return (const char *)attrs + f->offset;
}

/* ---- the walks ---- */

tsr_status tsr_attr_check(const tsr_attr_class *isa, const void *attrs, const char *name) {
  for (int32_t i = 0; isa && attrs && i < isa->n_fields; i++) {
    const tsr_attr_field *f = &isa->fields[i];
    if (kinds[f->kind].is_hollow && kinds[f->kind].is_hollow(at(attrs, f)))
      return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: %s needs a list, not TSR_ALL_AXES or NULL", name,
                      f->name);
  }
  return TSR_OK;
}

uint64_t tsr_attr_hash(const tsr_attr_class *isa, const void *attrs) {
  uint64_t h = TSR_HASH_SEED;
  for (int32_t i = 0; isa && attrs && i < isa->n_fields; i++)
    h = kinds[isa->fields[i].kind].hash(h, at(attrs, &isa->fields[i]));
  return h;
}

static __attribute__((noinline)) bool equal_fields(const tsr_attr_class *isa, const void *a,
                                                   const void *b) {
  for (int32_t i = 0; i < isa->n_fields; i++) {
    const tsr_attr_field *f = &isa->fields[i];
    if (!kinds[f->kind].equal(at(a, f), at(b, f))) return false;
  }
  return true;
}

bool tsr_attr_equal(const tsr_attr_class *isa, const void *a, const void *b) {
  if (!isa || a == b) return true;
  if (!a || !b) return false;
  /* eager dispatch waits for the answer, most often about a single field */
  const tsr_attr_field *f = isa->fields;
  if (isa->n_fields == 1) return kinds[f->kind].equal(at(a, f), at(b, f));
  return equal_fields(isa, a, b);
}

/* All references of an instance, through one function. */
static void each_object(const tsr_attr_class *isa, const void *attrs, void (*visit)(void *)) {
  for (int32_t i = 0; isa && attrs && i < isa->n_fields; i++) {
    const tsr_attr_field *f = &isa->fields[i];
    if (f->kind == TSR_ATTR_OBJECT) {
      visit((void *)(uintptr_t) * (const tsr_object_ref *)at(attrs, f));
    } else if (f->kind == TSR_ATTR_OBJECTS) {
      const tsr_object_list *list = at(attrs, f);
      for (size_t k = 0; k < list->n; k++)
        visit((void *)(uintptr_t)list->data[k]);
    }
  }
}

static tsr_status copy(const tsr_attr_class *isa, const void *attrs, const int64_t *values,
                       bool resolve, tsr_arena *arena, void **out) {
  *out = NULL;
  if (!isa || !attrs) return TSR_OK;
  void *made;
  TSR_TRY(tsr_arena_copy(arena, attrs, isa->size, &made));
  for (int32_t i = 0; i < isa->n_fields; i++) {
    const tsr_attr_field *f = &isa->fields[i];
    if (kinds[f->kind].deepen)
      TSR_TRY(kinds[f->kind].deepen((char *)made + f->offset, values, resolve, arena));
  }
  each_object(isa, made, tsr_object_retain); /* last, when nothing can fail any more */
  *out = made;
  return TSR_OK;
}

tsr_status tsr_attr_copy(const tsr_attr_class *isa, const void *attrs, tsr_arena *arena,
                         void **out) {
  return copy(isa, attrs, NULL, false, arena, out);
}

tsr_status tsr_attr_resolve(const tsr_attr_class *isa, const void *attrs, const int64_t *values,
                            tsr_arena *arena, void **out) {
  return copy(isa, attrs, values, true, arena, out);
}

void tsr_attr_release(const tsr_attr_class *isa, void *attrs) {
  each_object(isa, attrs, tsr_object_release);
}

const char *tsr_attr_format(const tsr_attr_class *isa, const void *attrs, char *buffer,
                            size_t size) {
  tsri_attr_text text = tsri_attr_text_into(buffer, size);
  for (int32_t i = 0; isa && attrs && i < isa->n_fields; i++) {
    const tsr_attr_field *f = &isa->fields[i];
    tsri_attr_text_add(&text, "%s%s=", i ? ", " : "", f->name);
    kinds[f->kind].format(&text, f, at(attrs, f));
  }
  return buffer;
}
