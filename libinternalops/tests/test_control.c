/* test_control.c - derivatives and batches of scan, cond, while and checkpoint, nested. */
#include "transform_test.h"

static const double point[6] = {0.3, -0.7, 1.1, 0.9, -0.2, 0.5};

#define BODY(name)                                                                                 \
  static tsr_status name(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out)
#define CHECK(name)                                                                                \
  static void test_##name(void **state) {                                                          \
    (void)state;                                                                                   \
    check_derivatives(name, NULL, point, 6, 0);                                                    \
  }
#define CHECK_FORWARD(name)                                                                        \
  static void test_##name(void **state) {                                                          \
    (void)state;                                                                                   \
    check_derivatives(name, NULL, point, 6, FORWARD_ONLY);                                         \
  }

static tsr_value total(tsr_builder *b, tsr_value x) { return tsr_reduce_sum(b, x, TSR_ALL_AXES); }
static tsr_dim six(void) { return tsr_dim_of(6); }

/* ---- scan ---- */

BODY(cumulate) { /* c' = c + sin(x) c, y = c x */
  (void)ctx;
  out[0] = tsr_add(b, in[0], tsr_mul(b, tsr_sin(b, in[1]), in[0]));
  out[1] = tsr_mul(b, in[0], in[1]);
  return TSR_OK;
}
BODY(scan_over_x) {
  (void)ctx;
  tsr_value r[2];
  tsr_value one = tsr_ones(b, TSR_F64, TSR_NO_SHAPE);
  TSR_TRY(tsr_scan(b, cumulate, NULL, TSR_VALUES(one), TSR_VALUES(in[0]), six(), TSR_SCAN_FORWARD,
                   1, r));
  out[0] = tsr_add(b, r[0], total(b, tsr_mul(b, r[1], r[1])));
  return TSR_OK;
}
CHECK(scan_over_x)

BODY(scan_backwards) {
  (void)ctx;
  tsr_value r[2];
  tsr_value init = tsr_scalar(b, 0.5);
  TSR_TRY(tsr_scan(b, cumulate, NULL, TSR_VALUES(init), TSR_VALUES(in[0]), six(), TSR_SCAN_REVERSE,
                   1, r));
  out[0] = tsr_add(b, r[0], total(b, tsr_sin(b, r[1])));
  return TSR_OK;
}
CHECK(scan_backwards)

typedef struct captures {
  tsr_value w;
} captures;

BODY(recurrent) { /* h' = sin(w h + x), with a counter; captures w; cos w can be hoisted */
  const captures *k = ctx;
  tsr_value w2 = tsr_mul(b, tsr_sin(b, k->w), tsr_scalar(b, 0.3));
  tsr_value scaled = tsr_mul(b, w2, tsr_mul(b, in[0], tsr_convert(b, in[1], TSR_F64)));
  out[0] = tsr_sin(b, tsr_add(b, scaled, in[2]));
  out[1] = tsr_add(b, in[1], tsr_scalar_int(b, 1));
  out[2] = out[0];
  return TSR_OK;
}
BODY(recurrence) {
  (void)ctx;
  captures k = {in[0]};
  tsr_value r[3], init = tsr_mul(b, in[0], in[0]);
  tsr_value count = tsr_full(b, TSR_I64, TSR_NO_SHAPE, 1);
  tsr_value xs = tsr_broadcast_to(b, in[0], TSR_SHAPE(tsr_dim_of(4), six()));
  TSR_TRY(tsr_scan(b, recurrent, &k, TSR_VALUES(init, count), TSR_VALUES(xs), tsr_dim_of(4),
                   TSR_SCAN_FORWARD, 1, r));
  out[0] = tsr_add(b, total(b, tsr_mul(b, r[0], r[0])), total(b, tsr_exp(b, r[2])));
  return TSR_OK;
}
CHECK(recurrence)

BODY(pass_through) { /* carries that start without a tangent and get one a round later */
  (void)ctx;
  out[0] = tsr_add(b, in[1], tsr_scalar(b, 1));
  out[1] = tsr_mul(b, in[2], in[3]);
  out[2] = tsr_mul(b, in[2], tsr_scalar(b, 2));
  return TSR_OK;
}
BODY(late_activity) {
  (void)ctx;
  tsr_value r[3], one = tsr_ones(b, TSR_F64, TSR_NO_SHAPE);
  TSR_TRY(tsr_scan(b, pass_through, NULL, TSR_VALUES(one, one, one), TSR_VALUES(in[0]), six(),
                   TSR_SCAN_FORWARD, 0, r));
  out[0] = tsr_mul(b, r[0], tsr_add(b, r[1], r[2]));
  return TSR_OK;
}
CHECK(late_activity)

BODY(inner_step) {
  (void)ctx;
  out[0] = tsr_sin(b, tsr_mul(b, in[0], in[1]));
  return TSR_OK;
}
BODY(outer_step) { /* an inner scan over all of x, started from the carry */
  const captures *k = ctx;
  tsr_value r;
  TSR_TRY(tsr_scan(b, inner_step, NULL, TSR_VALUES(tsr_add(b, in[0], in[1])), TSR_VALUES(k->w),
                   six(), TSR_SCAN_FORWARD, 0, &r));
  out[0] = tsr_add(b, r, in[0]);
  return TSR_OK;
}
BODY(scan_in_scan) {
  captures k = {in[0]};
  (void)ctx;
  tsr_value one = tsr_ones(b, TSR_F64, TSR_NO_SHAPE);
  return tsr_scan(b, outer_step, &k, TSR_VALUES(one), TSR_VALUES(in[0]), six(), TSR_SCAN_FORWARD, 0,
                  out);
}
CHECK(scan_in_scan)

BODY(no_rounds) { /* length 0: the carry comes out as it went in */
  (void)ctx;
  tsr_value r[2], none = tsr_zeros(b, TSR_F64, TSR_SHAPE(tsr_dim_of(0)));
  TSR_TRY(tsr_scan(b, cumulate, NULL, TSR_VALUES(total(b, tsr_exp(b, in[0]))), TSR_VALUES(none),
                   tsr_dim_of(0), TSR_SCAN_FORWARD, 1, r));
  out[0] = tsr_add(b, r[0], total(b, r[1]));
  return TSR_OK;
}
CHECK(no_rounds)

BODY(differentiated_twice) { /* two pullbacks through one scan */
  (void)ctx;
  tsr_value y, g[2], x = in[0];
  TSR_TRY(scan_over_x(b, NULL, &x, &y));
  for (int k = 0; k < 2; k++)
    TSR_TRY(tsr_pullback(b, TSR_VALUES(y), TSR_VALUES(tsr_ones_like(b, y)), TSR_VALUES(x), &g[k]));
  out[0] = total(b, tsr_mul(b, g[0], g[1]));
  return TSR_OK;
}
CHECK(differentiated_twice)

/* ---- cond ---- */

BODY(then_case) {
  const captures *k = ctx;
  out[0] = tsr_mul(b, tsr_sin(b, in[0]), k->w);
  out[1] = tsr_exp(b, in[0]);
  return TSR_OK;
}
BODY(else_case) {
  (void)ctx;
  out[0] = tsr_mul(b, tsr_mul(b, in[0], in[0]), tsr_cos(b, in[0]));
  out[1] = tsr_ones(b, TSR_F64, TSR_NO_SHAPE);
  return TSR_OK;
}
BODY(cond_once) {
  (void)ctx;
  tsr_value s = total(b, in[0]), r[2];
  captures k = {tsr_mul(b, s, s)};
  tsr_value p = tsr_gt(b, s, tsr_scalar(b, 0));
  TSR_TRY(tsr_cond(b, p, then_case, else_case, &k, TSR_VALUES(s), 2, r));
  out[0] = tsr_add(b, tsr_mul(b, r[0], r[1]), s);
  return TSR_OK;
}
CHECK(cond_once)

BODY(cond_step) { /* a condition per round, on the carry */
  (void)ctx;
  captures k = {in[1]};
  tsr_value r[2], p = tsr_lt(b, in[0], in[1]);
  TSR_TRY(tsr_cond(b, p, then_case, else_case, &k, TSR_VALUES(tsr_add(b, in[0], in[1])), 2, r));
  out[0] = tsr_sub(b, r[0], in[0]);
  out[1] = tsr_mul(b, r[1], in[1]);
  return TSR_OK;
}
BODY(cond_in_scan) {
  (void)ctx;
  tsr_value r[2], zero = tsr_zeros(b, TSR_F64, TSR_NO_SHAPE);
  TSR_TRY(tsr_scan(b, cond_step, NULL, TSR_VALUES(zero), TSR_VALUES(in[0]), six(), TSR_SCAN_FORWARD,
                   1, r));
  out[0] = tsr_add(b, tsr_mul(b, r[0], r[0]), total(b, r[1]));
  return TSR_OK;
}
CHECK(cond_in_scan)

/* ---- while ---- */

BODY(below_nine) {
  (void)ctx;
  out[0] = tsr_lt(b, in[0], tsr_scalar(b, 9));
  return TSR_OK;
}
BODY(grow) {
  const captures *k = ctx;
  out[0] = tsr_add(b, tsr_mul(b, in[0], tsr_scalar(b, 1.5)), tsr_mul(b, k->w, k->w));
  out[1] = tsr_add(b, in[1], tsr_scalar_int(b, 1));
  out[2] = tsr_mul(b, in[2], tsr_sin(b, in[0]));
  return TSR_OK;
}
BODY(while_loop) { /* the number of rounds depends on x */
  (void)ctx;
  tsr_value s = total(b, tsr_mul(b, in[0], in[0])), r[3];
  captures k = {s};
  TSR_TRY(tsr_while(
      b, below_nine, grow, &k,
      TSR_VALUES(s, tsr_full(b, TSR_I64, TSR_NO_SHAPE, 0), tsr_ones(b, TSR_F64, TSR_NO_SHAPE)), r));
  out[0] = tsr_add(b, tsr_mul(b, r[0], tsr_convert(b, r[1], TSR_F64)), r[2]);
  return TSR_OK;
}
CHECK_FORWARD(while_loop)

BODY(three_rounds) {
  (void)ctx;
  out[0] = tsr_lt(b, in[1], tsr_scalar_int(b, 3));
  return TSR_OK;
}
BODY(counted_loop) { /* the number of rounds does not */
  (void)ctx;
  tsr_value s = total(b, tsr_sin(b, in[0])), r[3];
  captures k = {s};
  TSR_TRY(tsr_while(
      b, three_rounds, grow, &k,
      TSR_VALUES(s, tsr_full(b, TSR_I64, TSR_NO_SHAPE, 0), tsr_ones(b, TSR_F64, TSR_NO_SHAPE)), r));
  out[0] = tsr_mul(b, r[0], r[2]);
  return TSR_OK;
}
CHECK_FORWARD(counted_loop)

/* ---- checkpoint ---- */

static tsr_status checkpoint(tsr_builder *b, tsr_body body, void *ctx, tsr_values in, int32_t n_out,
                             tsr_value *out) {
  tsr_type types[4];
  tsr_value *captured, all[8];
  tsr_graph *g;
  int32_t n;
  for (size_t i = 0; i < in.n; i++)
    TSR_TRY(tsr_value_type(b, in.data[i], &types[i]));
  TSR_TRY(tsr_trace_body(b, body, ctx, (int32_t)in.n, types, n_out, &n, &captured, &g));
  for (int32_t i = 0; i < n; i++)
    all[i] = captured[i];
  for (size_t i = 0; i < in.n; i++)
    all[(size_t)n + i] = in.data[i];
  tsr_free(captured, (size_t)n * sizeof *captured, 0);
  tsr_checkpoint_attrs attrs = {.body = &g->object};
  tsr_status status = tsr_emit(b, tsr_op_core(TSR_OP_CHECKPOINT), &attrs,
                               tsr_values_of(all, (size_t)n + in.n), out);
  tsr_graph_release(g);
  return status;
}

BODY(layer) { /* a result, an index, and a result that does not depend on x */
  const captures *k = ctx;
  tsr_value y = tsr_sin(b, tsr_mul(b, in[0], k->w));
  out[0] = tsr_mul(b, y, tsr_exp(b, in[0]));
  out[1] = tsr_argmax(b, in[0], 0);
  out[2] = tsr_ones_like(b, in[0]);
  return TSR_OK;
}
BODY(checkpointed) {
  (void)ctx;
  tsr_value r[3], s[3];
  captures k = {tsr_mul(b, in[0], in[0])};
  TSR_TRY(checkpoint(b, layer, &k, TSR_VALUES(in[0]), 3, r));
  TSR_TRY(checkpoint(b, layer, &k, TSR_VALUES(tsr_mul(b, r[0], r[2])), 3, s));
  out[0] = tsr_add(b, total(b, s[0]), tsr_take(b, in[0], s[1], 0));
  return TSR_OK;
}
CHECK(checkpointed)

BODY(checkpoint_step) {
  captures k = {in[1]};
  tsr_value r[3], x = tsr_reshape(b, in[0], TSR_SHAPE(tsr_dim_of(1)));
  (void)ctx;
  TSR_TRY(checkpoint(b, layer, &k, TSR_VALUES(x), 3, r));
  out[0] = tsr_reshape(b, r[0], TSR_NO_SHAPE);
  return TSR_OK;
}
BODY(checkpoint_in_scan) {
  (void)ctx;
  tsr_value half = tsr_full(b, TSR_F64, TSR_NO_SHAPE, 0.5);
  return tsr_scan(b, checkpoint_step, NULL, TSR_VALUES(half), TSR_VALUES(in[0]), six(),
                  TSR_SCAN_FORWARD, 0, out);
}
CHECK(checkpoint_in_scan)

BODY(scan_in_checkpoint) {
  (void)ctx;
  return checkpoint(b, scan_over_x, NULL, TSR_VALUES(in[0]), 1, out);
}
CHECK(scan_in_checkpoint)

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_scan_over_x),          cmocka_unit_test(test_scan_backwards),
      cmocka_unit_test(test_recurrence),           cmocka_unit_test(test_late_activity),
      cmocka_unit_test(test_scan_in_scan),         cmocka_unit_test(test_no_rounds),
      cmocka_unit_test(test_differentiated_twice), cmocka_unit_test(test_cond_once),
      cmocka_unit_test(test_cond_in_scan),         cmocka_unit_test(test_while_loop),
      cmocka_unit_test(test_counted_loop),         cmocka_unit_test(test_checkpointed),
      cmocka_unit_test(test_checkpoint_in_scan),   cmocka_unit_test(test_scan_in_checkpoint),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
