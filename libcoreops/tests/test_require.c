/* test_require.c - types, and the first checks of infer rules: messages hold both values. */
#include "tsr_test.h"

#include <string.h>

#include "tsr/spi/call.h"

static const tsr_op op = {.name = "maxplus"};

/* Two operands over a space with the symbols m and n. */
typedef struct world {
  tsr_dim_space *space;
  tsr_arena arena;
  tsr_call_context context;
  tsr_dim a[2], b[2];
  tsr_type types[2];
  tsr_call call;
} world;

static void setup(world *w) {
  memset(w, 0, sizeof *w);
  assert_ok(tsr_dim_space_create(&w->space));
  assert_ok(tsr_dim_space_symbol(w->space, "m", 0, &w->a[0]));
  assert_ok(tsr_dim_space_symbol(w->space, "n", 0, &w->b[0]));
  w->a[1] = tsr_dim_of(3), w->b[1] = tsr_dim_of(4);
  w->types[0] = (tsr_type){TSR_F64, 2, w->a};
  w->types[1] = (tsr_type){TSR_F32, 2, w->b};
  w->context = (tsr_call_context){&w->arena, w->space};
  w->call = (tsr_call){.op = &op, .n_in = 2, .in_type = w->types, .context = &w->context};
}

static void teardown(world *w) {
  tsr_arena_deinit(&w->arena);
  tsr_dim_space_release(w->space);
}

static void checks_name_the_op_and_both_values(void **state) {
  (void)state;
  world w;
  setup(&w);
  const tsr_call *c = &w.call;
  assert_ok(tsr_require_rank(c, 0, 2));
  assert_error_says(tsr_require_rank(c, 0, 3), TSR_ERR_SHAPE, "maxplus", "f64[m, 3]", "rank 2",
                    "rank 3");
  assert_ok(tsr_require_min_rank(c, 1, 2));
  assert_error_says(tsr_require_min_rank(c, 1, 3), TSR_ERR_SHAPE, "maxplus", "rank 2",
                    "rank 3 or more");
  assert_ok(tsr_require_dtype(c, 0, TSR_DTYPES_REAL));
  assert_error_says(tsr_require_dtype(c, 0, TSR_BIT(I8) | TSR_BIT(BOOL)), TSR_ERR_DTYPE, "maxplus",
                    "f64", "bool", "i8");
  assert_ok(tsr_require_same_dtype(c, 1, 1));
  assert_error_says(tsr_require_same_dtype(c, 0, 1), TSR_ERR_DTYPE, "maxplus", "f64", "f32");
  assert_error_says(tsr_require_same_dim(c, 0, 1, 1, 1), TSR_ERR_SHAPE, "maxplus", "differ", "3",
                    "4");
  assert_error_says(tsr_require_same_dim(c, 0, 0, 1, 0), TSR_ERR_SHAPE, "not known", "m", "n");
  assert_error_says(tsr_require_same_dim(c, 0, 2, 1, 0), TSR_ERR_SHAPE, "rank 2", "rank 3");
  assert_error_says(tsr_require_same_type(c, 0, 1), TSR_ERR_DTYPE, "f64", "f32");
  w.types[1].dtype = TSR_F64;
  assert_error_says(tsr_require_same_type(c, 0, 1), TSR_ERR_SHAPE, "f64[m, 3]", "f64[n, 4]");
  teardown(&w);
}

static void an_asserted_equality_is_known(void **state) {
  (void)state;
  world w;
  setup(&w);
  assert_ok(tsr_dim_space_assert(w.space, w.a[0], w.b[0]));
  assert_ok(tsr_require_same_dim(&w.call, 0, 0, 1, 0));
  w.types[1].dtype = TSR_F64;
  w.b[1] = tsr_dim_of(3);
  assert_ok(tsr_require_same_type(&w.call, 0, 1));
  assert_false(tsr_type_same(NULL, &w.types[0], &w.types[1]));
  teardown(&w);
}

static void types_are_made_in_the_context(void **state) {
  (void)state;
  world w;
  setup(&w);
  tsr_type type;
  char text[64], cut[6];
  assert_ok(tsr_type_make(&w.call, TSR_C64, 2, w.a, &type));
  assert_ptr_not_equal(w.a, type.dims);
  assert_string_equal("c64[m, 3]", tsr_type_format(&type, text, sizeof text));
  assert_string_equal("c64[m", tsr_type_format(&type, cut, sizeof cut));
  assert_ok(tsr_type_make(&w.call, TSR_BOOL, 0, NULL, &type));
  assert_string_equal("bool[]", tsr_type_format(&type, text, sizeof text));
  const tsr_dim bad[] = {tsr_dim_of(2), tsr_dim_of(-1)};
  assert_error_says(tsr_type_make(&w.call, TSR_F32, 2, bad, &type), TSR_ERR_SHAPE, "maxplus",
                    "axis 1", "-1");
  teardown(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(checks_name_the_op_and_both_values),
      cmocka_unit_test(an_asserted_equality_is_known),
      cmocka_unit_test(types_are_made_in_the_context),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
