/* test_ad_oom.c - the whole interface with every allocation failing. */
#include "ad_test.h"

BODY(cubes) {
  (void)ctx;
  out[0] = total(b, tsr_mul(b, in[0], tsr_mul(b, in[0], in[0])));
  return tsr_builder_status(b);
}
BODY(gradient_of_cubes) {
  tsr_value loss;
  return tsr_value_and_grad_of(b, cubes, ctx, TSR_VALUES(in[0]), &loss, out);
}

typedef tsr_status (*use)(tsr_builder *b, tsr_value x);

static tsr_status grad(tsr_builder *b, tsr_value x) {
  tsr_value y;
  TSR_TRY(tsr_checkpoint(b, cubes, NULL, TSR_VALUES(x), 1, &y));
  (void)tsr_grad(b, y, x);
  return tsr_builder_status(b);
}
static tsr_status vjp_of(tsr_builder *b, tsr_value x) {
  tsr_value y, g;
  return tsr_vjp_of(b, cubes, NULL, TSR_VALUES(x), TSR_VALUES(TSR_ZERO_VALUE), &y, &g);
}
static tsr_status jvp_of(tsr_builder *b, tsr_value x) {
  tsr_value y, t;
  return tsr_jvp_of(b, cubes, NULL, TSR_VALUES(x), TSR_VALUES(x), 1, &y, &t);
}
static tsr_status hvp_of(tsr_builder *b, tsr_value x) {
  tsr_value h;
  return tsr_hvp_of(b, cubes, NULL, TSR_VALUES(x), TSR_VALUES(x), &h);
}
static tsr_status vmap(tsr_builder *b, tsr_value x) {
  tsr_value y;
  return tsr_vmap(b, gradient_of_cubes, NULL, TSR_VALUES(x), TSR_NO_AXES, 1, TSR_NO_AXES, &y);
}

static tsr_status run(void *f) {
  tsr_registry *r;
  tsr_builder *b;
  TSR_TRY(tsr_registry_create(&r));
  tsr_status status = tsr_graph_builder_create(r, NULL, NULL, &b);
  if (status == TSR_OK) {
    tsr_value x = vector(b, 2);
    status = tsr_builder_status(b);
    if (status == TSR_OK) status = (*(use *)f)(b, x);
    tsr_builder_close(b);
  }
  tsr_registry_release(r);
  return status;
}

#define OOM(name)                                                                                  \
  static void test_##name##_survives(void **state) {                                               \
    (void)state;                                                                                   \
    use f = name;                                                                                  \
    tsr_test_oom(run, &f);                                                                         \
  }
OOM(grad)
OOM(vjp_of)
OOM(jvp_of)
OOM(hvp_of)
OOM(vmap)

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_grad_survives),   cmocka_unit_test(test_vjp_of_survives),
      cmocka_unit_test(test_jvp_of_survives), cmocka_unit_test(test_hvp_of_survives),
      cmocka_unit_test(test_vmap_survives),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
