/* test_attr.c - attributes: hash, equality, copies, resolution, text, for every kind of field. */
#include "tsr_test.h"

#include <stdio.h>
#include <string.h>

#include "tsr/attrs.h"

typedef struct everything {
  int64_t count;
  double factor;
  bool flag;
  tsr_dtype dtype;
  int32_t mode;
  tsr_dim dim;
  tsr_shape shape;
  tsr_axes axes;
  tsr_text text;
  tsr_object_ref object;
  tsr_object_list objects;
} everything;

static const char *const modes[] = {"slow", "fast", NULL};
static const tsr_attr_field fields[] = {
    {"count",   TSR_ATTR_I64,     offsetof(everything, count),   NULL },
    {"factor",  TSR_ATTR_F64,     offsetof(everything, factor),  NULL },
    {"flag",    TSR_ATTR_BOOL,    offsetof(everything, flag),    NULL },
    {"dtype",   TSR_ATTR_DTYPE,   offsetof(everything, dtype),   NULL },
    {"mode",    TSR_ATTR_ENUM,    offsetof(everything, mode),    modes},
    {"dim",     TSR_ATTR_DIM,     offsetof(everything, dim),     NULL },
    {"shape",   TSR_ATTR_SHAPE,   offsetof(everything, shape),   NULL },
    {"axes",    TSR_ATTR_AXES,    offsetof(everything, axes),    NULL },
    {"text",    TSR_ATTR_TEXT,    offsetof(everything, text),    NULL },
    {"object",  TSR_ATTR_OBJECT,  offsetof(everything, object),  NULL },
    {"objects", TSR_ATTR_OBJECTS, offsetof(everything, objects), NULL },
};
static const tsr_attr_class everything_class = {"everything", sizeof(everything),
                                                sizeof fields / sizeof *fields, fields};

/* An object that is equal to others of the same value. */
typedef struct thing {
  tsr_object object;
  int value;
} thing;
static bool thing_equal(const void *a, const void *b) {
  return ((const thing *)a)->value == ((const thing *)b)->value;
}
static uint64_t thing_hash(const void *a) { return (uint64_t)((const thing *)a)->value; }
static const tsr_class thing_class = {"thing", sizeof(thing), NULL, thing_equal, thing_hash};

/* Whatever a test of one instance needs; all memory is given back by teardown. */
typedef struct world {
  tsr_dim_space *space;
  tsr_dim n;
  thing *things[2];
  tsr_dim dims[2];
  int64_t axes[3];
  tsr_object_ref list[2];
  tsr_arena arena;
} world;

static tsr_status setup(world *w) {
  memset(w, 0, sizeof *w);
  TSR_TRY(tsr_dim_space_create(&w->space));
  TSR_TRY(tsr_dim_space_symbol(w->space, "n", 0, &w->n));
  for (int i = 0; i < 2; i++) {
    void *object;
    TSR_TRY(tsr_object_create(&thing_class, &object));
    w->things[i] = object;
    w->things[i]->value = 7;
    w->list[i] = &w->things[i]->object;
  }
  w->dims[0] = w->n;
  w->dims[1] = tsr_dim_of(3);
  w->axes[0] = 2, w->axes[1] = 0, w->axes[2] = -1;
  return TSR_OK;
}

static void teardown(world *w) {
  tsr_arena_deinit(&w->arena);
  tsr_object_release(w->things[0]);
  tsr_object_release(w->things[1]);
  tsr_dim_space_release(w->space);
}

static everything make(const world *w) {
  everything e;
  memset(&e, 0xa5, sizeof e); /* padding must not count */
  e.count = -5;
  e.factor = 0.5;
  e.flag = true;
  e.dtype = TSR_F32;
  e.mode = 1;
  e.dim = w->n;
  e.shape = (tsr_shape){w->dims, 2};
  e.axes = (tsr_axes){w->axes, 3};
  e.text = "ij,jk";
  e.object = &w->things[0]->object;
  e.objects = (tsr_object_list){w->list, 2};
  return e;
}

static void equal_contents_are_equal_wherever_they_lie(void **state) {
  (void)state;
  world w;
  assert_ok(setup(&w));
  everything a = make(&w);
  void *memory;
  assert_ok(tsr_attr_copy(&everything_class, &a, &w.arena, &memory));
  everything *b = memory;
  assert_ptr_not_equal(a.shape.data, b->shape.data);
  assert_ptr_not_equal(a.axes.data, b->axes.data);
  assert_ptr_not_equal(a.text, b->text);
  assert_true(tsr_attr_equal(&everything_class, &a, b));
  assert_true(tsr_attr_hash(&everything_class, &a) == tsr_attr_hash(&everything_class, b));
  b->object = &w.things[1]->object; /* another object of equal content */
  assert_true(tsr_attr_equal(&everything_class, &a, b));
  assert_true(tsr_attr_hash(&everything_class, &a) == tsr_attr_hash(&everything_class, b));
  b->object = &w.things[0]->object;
  tsr_attr_release(&everything_class, b);
  teardown(&w);
}

static void every_field_counts(void **state) {
  (void)state;
  world w;
  assert_ok(setup(&w));
  everything a = make(&w), b;
  tsr_dim other_dims[2] = {w.n, tsr_dim_of(4)};
  int64_t other_axes[3] = {2, 0, 1};
  thing *other;
  void *memory;
  assert_ok(tsr_object_create(&thing_class, &memory));
  other = memory;
  other->value = 8;
  tsr_object_ref other_list[2] = {w.list[0], &other->object};
#define DIFFERS(change)                                                                            \
  b = a;                                                                                           \
  change;                                                                                          \
  assert_false(tsr_attr_equal(&everything_class, &a, &b));                                         \
  assert_true(tsr_attr_hash(&everything_class, &a) != tsr_attr_hash(&everything_class, &b))
  DIFFERS(b.count = 5);
  DIFFERS(b.factor = 0.25);
  DIFFERS(b.flag = false);
  DIFFERS(b.dtype = TSR_F64);
  DIFFERS(b.mode = 0);
  DIFFERS(b.dim = tsr_dim_of(1));
  DIFFERS(b.shape.data = other_dims);
  DIFFERS(b.shape.n = 1);
  DIFFERS(b.axes.data = other_axes);
  DIFFERS(b.axes = tsr_axes_all());
  DIFFERS(b.text = "ij,kj");
  DIFFERS(b.object = NULL);
  DIFFERS(b.object = &other->object);
  DIFFERS(b.objects.n = 1);
  DIFFERS(b.objects.data = other_list);
#undef DIFFERS
  tsr_object_release(other);
  teardown(&w);
}

static void floats_compare_by_their_bits(void **state) {
  (void)state;
  world w;
  assert_ok(setup(&w));
  everything a = make(&w), b = a;
  a.factor = 0.0, b.factor = -0.0;
  assert_false(tsr_attr_equal(&everything_class, &a, &b));
  a.factor = b.factor = (double)__builtin_nanf("");
  assert_true(tsr_attr_equal(&everything_class, &a, &b));
  teardown(&w);
}

static void a_copy_holds_a_reference_for_every_object(void **state) {
  (void)state;
  world w;
  assert_ok(setup(&w));
  everything a = make(&w);
  void *copy;
  assert_ok(tsr_attr_copy(&everything_class, &a, &w.arena, &copy));
  assert_int_equal(3, w.things[0]->object.refs);
  assert_int_equal(2, w.things[1]->object.refs);
  tsr_attr_release(&everything_class, copy);
  assert_int_equal(1, w.things[0]->object.refs);
  assert_int_equal(1, w.things[1]->object.refs);
  assert_ok(tsr_attr_copy(NULL, NULL, &w.arena, &copy));
  assert_null(copy);
  teardown(&w);
}

static void all_axes_survive_a_copy(void **state) {
  (void)state;
  tsr_arena arena = {0};
  tsr_reduce_attrs all = {tsr_axes_all()};
  void *copy;
  assert_ok(tsr_attr_copy(&tsr_reduce_attr_class, &all, &arena, &copy));
  assert_true(tsr_attr_equal(&tsr_reduce_attr_class, &all, copy));
  tsr_arena_deinit(&arena);
}

static void resolving_puts_sizes_for_symbols(void **state) {
  (void)state;
  world w;
  assert_ok(setup(&w));
  everything a = make(&w);
  int64_t values[] = {11};
  void *memory;
  assert_ok(tsr_attr_resolve(&everything_class, &a, values, &w.arena, &memory));
  everything *r = memory;
  assert_true(tsr_dim_is(r->dim, 11));
  assert_true(tsr_dim_is(r->shape.data[0], 11) && tsr_dim_is(r->shape.data[1], 3));
  assert_false(tsr_dim_is_const(w.dims[0])); /* the original stays */
  tsr_attr_release(&everything_class, r);
  values[0] = -1;
  assert_error_says(tsr_attr_resolve(&everything_class, &a, values, &w.arena, &memory),
                    TSR_ERR_STATE, "n");
  assert_null(memory);
  assert_int_equal(1, w.things[0]->object.refs);
  teardown(&w);
}

static void text_names_every_field(void **state) {
  (void)state;
  world w;
  assert_ok(setup(&w));
  everything a = make(&w);
  char text[256], cut[12];
  assert_string_equal("count=-5, factor=0.5, flag=true, dtype=f32, mode=fast, dim=n, shape=[n, 3], "
                      "axes=[2, 0, -1], text=\"ij,jk\", object=thing, objects=[thing, thing]",
                      tsr_attr_format(&everything_class, &a, text, sizeof text));
  assert_string_equal("count=-5, f", tsr_attr_format(&everything_class, &a, cut, sizeof cut));
  assert_string_equal("", tsr_attr_format(&everything_class, &a, cut, 1));
  assert_string_equal("", tsr_attr_format(NULL, NULL, text, sizeof text));
  tsr_compare_attrs less = {TSR_LT};
  assert_string_equal("direction=lt",
                      tsr_attr_format(&tsr_compare_attr_class, &less, text, sizeof text));
  less.direction = 77;
  assert_string_equal("direction=77",
                      tsr_attr_format(&tsr_compare_attr_class, &less, text, sizeof text));
  teardown(&w);
}

static tsr_status copy_and_resolve(void *arg) {
  (void)arg;
  world w;
  int64_t values[] = {4};
  void *copy;
  tsr_status status = setup(&w);
  if (status == TSR_OK) {
    everything a = make(&w);
    status = tsr_attr_copy(&everything_class, &a, &w.arena, &copy);
    if (status == TSR_OK) {
      tsr_attr_release(&everything_class, copy);
      status = tsr_attr_resolve(&everything_class, &a, values, &w.arena, &copy);
    }
    if (status == TSR_OK) tsr_attr_release(&everything_class, copy);
  }
  teardown(&w);
  return status;
}

static void running_out_of_memory_takes_no_reference(void **state) {
  (void)state;
  tsr_test_oom(copy_and_resolve, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equal_contents_are_equal_wherever_they_lie),
      cmocka_unit_test(every_field_counts),
      cmocka_unit_test(floats_compare_by_their_bits),
      cmocka_unit_test(a_copy_holds_a_reference_for_every_object),
      cmocka_unit_test(all_axes_survive_a_copy),
      cmocka_unit_test(resolving_puts_sizes_for_symbols),
      cmocka_unit_test(text_names_every_field),
      cmocka_unit_test(running_out_of_memory_takes_no_reference),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
