/* samples_control.c - samples of ops with regions, and of those that only a compiler makes. */
#include "sample.h"

#include "tsr/ad.h"
#include "tsr/alloc.h"
#include "tsr/spi/expr.h"
#include "tsr/spi/graph.h"

/* Every element of the result depends on both operands, whatever the dtype. */
static tsr_value mix(tsr_builder *b, tsr_value x, tsr_value y) {
  tsr_type type;
  if (tsr_value_type(b, x, &type) != TSR_OK) return TSR_NO_VALUE;
  if (type.dtype == TSR_BOOL) return tsr_ne(b, x, y);
  return tsr_sub(b, tsr_mul(b, x, y), x);
}

static tsr_status mixed(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = mix(b, in[0], in[1]);
  return TSR_OK;
}

/* ---- scan ---- */

static tsr_status round_of_scan(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  const tsr_value *captured = ctx;
  out[0] = mix(b, mix(b, in[0], in[1]), *captured);
  out[1] = in[0];
  return TSR_OK;
}
static tsr_status scan_by(tsr_builder *b, tsr_scan_order order, const tsr_value *in,
                          tsr_value *out) {
  tsr_value captured = in[2];
  return tsr_scan(b, round_of_scan, &captured, TSR_VALUES(in[0]), TSR_VALUES(in[1]),
                  tsr_value_dim(b, in[1], 0), order, 1, out);
}
static tsr_status scan_forward(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  return scan_by(b, TSR_SCAN_FORWARD, in, out);
}
static tsr_status scan_reverse(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  return scan_by(b, TSR_SCAN_REVERSE, in, out);
}
static void scan(sample_list *list) {
  sample_operand in[] = {KEY(3), KEY(4, 3), KEY_NUMBER};
  sample_operand numbers[] = {KEY_NUMBER, KEY(1), KEY_NUMBER};
  sample_operand nothing[] = {KEY(2), KEY(0, 2), KEY_NUMBER};
  sample_add_body(list, scan_forward, 2, 3, in);
  sample_add_body(list, scan_reverse, 2, 3, in);
  sample_add_body(list, scan_forward, 2, 3, numbers);
  sample_add_body(list, scan_forward, 2, 3, nothing);
}

/* ---- while ---- */

static tsr_status below_three(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_lt(b, in[1], tsr_scalar_int(b, 3));
  return TSR_OK;
}
static tsr_status next(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = mix(b, in[0], in[0]);
  out[1] = tsr_add(b, in[1], tsr_scalar_int(b, 1));
  return TSR_OK;
}
static tsr_status while_below(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  return tsr_while(b, below_three, next, NULL, TSR_VALUES(in[0], in[1]), out);
}
static void while_(sample_list *list) {
  sample_operand in[] = {
      KEY(2, 3), {.dtype = TSR_I64, .low = -1, .high = 4}
  };
  sample_operand nothing[] = {
      KEY(0), {.dtype = TSR_I64, .low = -1, .high = 4}
  };
  sample_add_body(list, while_below, 2, 2, in);
  sample_add_body(list, while_below, 2, 2, nothing);
}

/* ---- cond ---- */

static tsr_status first(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx, (void)b;
  out[0] = in[0];
  return TSR_OK;
}
static tsr_status sine(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_mul(b, tsr_sin(b, in[0]), in[1]);
  return TSR_OK;
}

/* Three branches (two for bool), chosen by an index that may lie outside. */
static tsr_status cond_of_index(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  const sample *s = ctx;
  const tsr_body bodies[] = {mixed, first, sine};
  const size_t n = s->in[0].dtype == TSR_BOOL ? 2 : 3;
  tsr_graph *graphs[3] = {NULL, NULL, NULL};
  tsr_object_ref branches[3];
  tsr_type types[2];
  tsr_status status = TSR_OK;
  for (int i = 0; i < 2; i++)
    TSR_TRY(tsr_value_type(b, in[1 + i], &types[i]));
  for (size_t i = 0; i < n && status == TSR_OK; i++) {
    int32_t n_captured = 0;
    tsr_value *captured = NULL;
    status = tsr_trace_body(b, bodies[i], NULL, 2, types, 1, &n_captured, &captured, &graphs[i]);
    tsr_free(captured, (size_t)n_captured * sizeof *captured, 0);
    if (status == TSR_OK) branches[i] = &graphs[i]->object;
  }
  if (status == TSR_OK)
    status = tsr_emit(b, s->op,
                      &(tsr_cond_attrs){
                          {branches, n}
    },
                      TSR_VALUES(in[0], in[1], in[2]), out);
  for (size_t i = 0; i < n; i++)
    tsr_graph_release(graphs[i]);
  return status;
}
static tsr_status cond_of_bool(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  return tsr_cond(b, in[0], sine, mixed, NULL, TSR_VALUES(in[1], in[2]), 1, out);
}
static void cond(sample_list *list) {
  const bool is_unsigned = tsr_dtype_kind(list->key) == TSR_KIND_UNSIGNED;
  const sample_operand index = {.dtype = list->key, .low = is_unsigned ? 0 : -1, .high = 3};
  const sample_operand real[] = {
      index,
      {.dtype = TSR_F64, .dims = TSR_DIMS(2, 3)},
      {.dtype = TSR_F64, .dims = TSR_DIMS(2, 3)}
  };
  const sample_operand complex[] = {
      index, {.dtype = TSR_C128, .dims = TSR_DIMS(3)},
       {.dtype = TSR_C128, .dims = TSR_DIMS(3)}
  };
  sample_add_body(list, cond_of_index, 1, 3, real);
  sample_add_body(list, cond_of_index, 1, 3, complex);
  if (list->key == TSR_BOOL) sample_add_body(list, cond_of_bool, 1, 3, real);
}

/* ---- checkpoint ---- */

static tsr_status checkpointed(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  return tsr_checkpoint(b, mixed, ctx, TSR_VALUES(in[0], in[1]), 1, out);
}
static void checkpoint(sample_list *list) {
  sample_operand in[] = {KEY(2, 3), KEY(3)};
  sample_add_body(list, checkpointed, 1, 2, in);
}

/* Made by reverse mode alone, so it is built by hand: the body, and a tangent of operand 0. */
static tsr_status checkpointed_jvp(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  const sample *s = ctx;
  tsr_graph *body = NULL;
  tsr_type types[2];
  int32_t n_captured = 0;
  tsr_value *captured = NULL;
  for (int i = 0; i < 2; i++)
    TSR_TRY(tsr_value_type(b, in[i], &types[i]));
  tsr_status status = tsr_trace_body(b, mixed, NULL, 2, types, 1, &n_captured, &captured, &body);
  tsr_free(captured, (size_t)n_captured * sizeof *captured, 0);
  if (status == TSR_OK)
    status = tsr_emit(b, s->op, &(tsr_checkpoint_jvp_attrs){&body->object, TSR_AXES(0)},
                      TSR_VALUES(in[0], in[1], in[2]), out);
  tsr_graph_release(body);
  return status;
}
static void checkpoint_jvp(sample_list *list) {
  sample_operand in[] = {KEY(2, 3), KEY(3), KEY(2, 3)};
  sample_add_body(list, checkpointed_jvp, 1, 3, in);
}

/* ---- barrier, fused ---- */

static void barrier(sample_list *list) {
  ADD(NULL, KEY(2, 3));
  ADD(NULL, KEY(3), KEY_NUMBER);
}

/* x[2, 3], y[3] -> (x + y) x, or x != y for bool */
static void fused(sample_list *list) {
  static const int32_t axes[] = {0, 1};
  static const tsr_compare_attrs ne = {TSR_NE};
  const tsr_dim dims[] = {{2}, {3}};
  const bool is_bool = list->key == TSR_BOOL;
  const tsr_expr_load inputs[] = {
      {list->key, 2, axes    },
      {list->key, 1, axes + 1}
  };
  const tsr_expr_step steps[] = {
      {NULL,                                               NULL, list->key, {0, -1, -1}},
      {NULL,                                               NULL, list->key, {1, -1, -1}},
      {tsr_op_core(is_bool ? TSR_OP_COMPARE : TSR_OP_ADD),
       is_bool ? &ne : NULL,
       list->key,
       {0, 1, -1}                                                                      },
      {tsr_op_core(TSR_OP_MUL),                            NULL, list->key, {2, 0, -1} }
  };
  const tsr_expr_out output = {is_bool ? 2 : 3, NULL, 0};
  const tsr_expr from = {.rank = 2,
                         .dims = dims,
                         .n_inputs = 2,
                         .n_steps = is_bool ? 3 : 4,
                         .n_outputs = 1,
                         .inputs = inputs,
                         .steps = steps,
                         .outputs = &output};
  tsr_expr *expr = NULL;
  list->status = tsr_expr_create(&from, NULL, &expr);
  if (list->status == TSR_OK) ADD((&(tsr_fused_attrs){&expr->object}), KEY(2, 3), KEY(3));
  tsr_expr_release(expr);
}

const sample_entry samples_control[] = {
    {"scan",           scan          },
    {"while",          while_        },
    {"cond",           cond          },
    {"checkpoint",     checkpoint    },
    {"checkpoint_jvp", checkpoint_jvp},
    {"barrier",        barrier       },
    {"fused",          fused         },
    {NULL,             NULL          }
};
