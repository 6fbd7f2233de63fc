/* values_any.c - arguments of every type that functions of a builder take: fitting ones, odd
 * ones, absurd ones.
 */
#include "values.h"

#include <math.h>
#include <string.h>

enum {
  LONGEST = 10 /* list of axes or sizes */
};

void *any_room(play *p, size_t size) {
  void *room;
  const int64_t left = lab_fail_after(-1); /* this one is not the library's */
  lab_ok(tsr_arena_alloc(&p->l->arena, size ? size : 1, &room), "room for arguments");
  (void)lab_fail_after(left);
  return room;
}

/* ---- values ---- */

tsr_value values_any(play *p) {
  const int64_t k = source_below(&p->s, 40);
  if (k == 0) return TSR_NO_VALUE;
  if (k == 1) return TSR_ZERO_VALUE;
  if (k == 2) return tsr_value_of_id(source_mix(&p->s.state) << source_below(&p->s, 40));
  if (p->n_kept == 0) return TSR_NO_VALUE;
  const int n = p->n_kept < N_KEPT ? p->n_kept : N_KEPT;
  const tsr_value v = p->kept[source_below(&p->s, n)];
  if (k == 3) return tsr_value_of_id(v.id + 1 + (uint64_t)source_below(&p->s, 4) * 7);
  return v;
}

tsr_value any_value(play *p) {
  tsr_value v = values_any(p);
  tsr_type t;
  for (int tries = 0; tries < 4; tries++) {
    if (tsr_value_type(p->b, v, &t) == TSR_OK || source_once_in(&p->s, 6)) return v;
    v = values_any(p);
  }
  return v;
}

void any_values_in(play *p, void *out, size_t size) {
  for (size_t at = 0; at + sizeof(tsr_value) <= size; at += sizeof(tsr_value)) {
    const tsr_value v = any_value(p);
    memcpy((char *)out + at, &v, sizeof v);
  }
}

tsr_values any_values(play *p) {
  const size_t n = (size_t)source_below(&p->s, 4);
  tsr_value *room = any_room(p, n * sizeof *room);
  any_values_in(p, room, n * sizeof *room);
  return tsr_values_of(source_once_in(&p->s, 30) ? NULL : room, n);
}

void keep(play *p, tsr_value v) { p->kept[p->n_kept++ % N_KEPT] = v; }

void keep_one(play *p, tsr_value v) { keep_all(p, &v, sizeof v); }

void keep_all(play *p, const void *values, size_t size) {
  const tsr_status status = tsr_builder_status(p->b);
  bool some = false, none = true;
  for (size_t at = 0; at + sizeof(tsr_value) <= size; at += sizeof(tsr_value)) {
    tsr_value v;
    memcpy(&v, (const char *)values + at, sizeof v);
    some = some || !(tsr_value_is_none(v) || tsr_value_is_zero(v));
    none = none && tsr_value_is_none(v);
    keep(p, v);
  }
  if (some && status != TSR_OK) FUZZ_FAIL("%s: a value of a call that failed", p->name);
  if (none && status == TSR_OK && size == sizeof(tsr_value))
    FUZZ_FAIL("%s: no value of a call that did not fail", p->name);
}

/* ---- numbers ---- */

int64_t any_size(play *p) {
  static const int64_t odd[] = {
      -1, INT64_MAX,     INT64_MIN,        INT64_MAX / 2, INT64_C(1) << 32,
      -3, INT64_MAX - 1, INT64_C(1) << 20, 1 << 16,       INT64_MIN + 1};
  const int64_t k = source_below(&p->s, 40);
  return k < 10 ? odd[k] : k % 5;
}

int64_t any_small(play *p) {
  return source_once_in(&p->s, 10) ? any_size(p) : source_below(&p->s, 4);
}

uint64_t any_word(play *p) { return (uint64_t)any_size(p); }

double any_number(play *p) {
  static const double odd[] = {
      (double)NAN, (double)INFINITY, -(double)INFINITY, -0.0, 1e308, -1e308, 5e-324, 0x1p63, 1e-16,
      -0.5};
  const int64_t k = source_below(&p->s, 20);
  return k < 10 ? odd[k] : (double)(k - 14) / 2;
}

int any_enum(play *p) {
  static const int odd[] = {-1, 77, INT32_MAX, INT32_MIN};
  const int64_t k = source_below(&p->s, 40);
  return k < 4 ? odd[k] : (int)(k % 4);
}

tsr_dtype any_dtype(play *p) {
  static const tsr_dtype common[] = {TSR_F64, TSR_F32, TSR_C128, TSR_I64};
  if (source_once_in(&p->s, 30)) return (tsr_dtype)source_below(&p->s, 256);
  if (source_once_in(&p->s, 2)) return common[source_below(&p->s, 4)];
  return (tsr_dtype)source_below(&p->s, TSR_DTYPE_COUNT);
}

const char *any_text(play *p) {
  static const char *const texts[] = {"ij,jk->ik",  "i,i", "ii->i", "",  "->",
                                      "i,j,k->kji", "ij",  "n",     "m", NULL};
  return texts[source_below(&p->s, 10)];
}

/* ---- lists ---- */

static size_t list_length(play *p) {
  return (size_t)source_below(&p->s, source_once_in(&p->s, 8) ? LONGEST : 4);
}

tsr_axes any_axes(play *p) {
  const size_t n = list_length(p);
  int64_t *room = any_room(p, LONGEST * sizeof *room);
  for (size_t k = 0; k < n; k++)
    room[k] = source_once_in(&p->s, 6) ? any_size(p) : (int64_t)k;
  if (source_once_in(&p->s, 8)) return TSR_ALL_AXES;
  return (tsr_axes){source_once_in(&p->s, 30) ? NULL : room, n};
}

tsr_dim any_dim(play *p) {
  if (source_once_in(&p->s, 12)) return tsr_dim_symbol(p->b, source_once_in(&p->s, 2) ? "n" : "m");
  if (source_once_in(&p->s, 8)) return tsr_value_dim(p->b, any_value(p), any_small(p));
  return tsr_dim_of(any_small(p));
}

tsr_shape any_shape(play *p) {
  const size_t n = list_length(p);
  tsr_dim *room = any_room(p, LONGEST * sizeof *room);
  for (size_t k = 0; k < n; k++)
    room[k] = any_dim(p);
  return (tsr_shape){source_once_in(&p->s, 30) ? NULL : room, n};
}

/* ---- attributes ---- */

static void fill_field(play *p, const tsr_attr_field *field, void *at) {
  switch (field->kind) {
  case TSR_ATTR_I64:
    *(int64_t *)at = any_small(p);
    break;
  case TSR_ATTR_F64:
    *(double *)at = any_number(p);
    break;
  case TSR_ATTR_BOOL:
    *(bool *)at = source_once_in(&p->s, 2);
    break;
  case TSR_ATTR_DTYPE:
    *(tsr_dtype *)at = any_dtype(p);
    break;
  case TSR_ATTR_ENUM:
    *(int32_t *)at = any_enum(p);
    break;
  case TSR_ATTR_DIM:
    *(tsr_dim *)at = any_dim(p);
    break;
  case TSR_ATTR_SHAPE:
    *(tsr_shape *)at = any_shape(p);
    break;
  case TSR_ATTR_AXES:
    *(tsr_axes *)at = any_axes(p);
    break;
  case TSR_ATTR_TEXT:
    *(tsr_text *)at = any_text(p);
    break;
  case TSR_ATTR_OBJECT: /* of another class than any that is wanted */
    *(tsr_object_ref *)at = source_once_in(&p->s, 2) ? (const tsr_object *)p->l->rt : NULL;
    break;
  case TSR_ATTR_OBJECTS:
    *(tsr_object_list *)at = (tsr_object_list){NULL, (size_t)source_below(&p->s, 2)};
    break;
  case TSR_ATTR_KIND_COUNT:
    break;
  }
}

const void *any_attrs(play *p, const tsr_attr_class *isa) {
  if (isa == NULL || source_once_in(&p->s, 12)) return NULL;
  char *attrs = any_room(p, isa->size);
  memset(attrs, 0, isa->size);
  for (int32_t k = 0; k < isa->n_fields; k++)
    fill_field(p, &isa->fields[k], attrs + isa->fields[k].offset);
  return attrs;
}

const tsr_dot_general_attrs *any_dot_general(play *p) {
  return any_attrs(p, &tsr_dot_general_attr_class);
}

const tsr_gather_attrs *any_gather(play *p) { return any_attrs(p, &tsr_gather_attr_class); }

const tsr_scatter_attrs *any_scatter(play *p) { return any_attrs(p, &tsr_scatter_attr_class); }

const tsr_triangular_options *any_triangular(play *p) {
  if (source_once_in(&p->s, 8)) return NULL;
  tsr_triangular_options *options = any_room(p, sizeof *options);
  *options = (tsr_triangular_options){(tsr_side)any_enum(p), (tsr_uplo)any_enum(p),
                                      (tsr_trans)any_enum(p), (tsr_diag_kind)any_enum(p)};
  return options;
}
