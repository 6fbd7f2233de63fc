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
  sample_operand one[] = {KEY(1), KEY(4, 1), KEY_NUMBER};
  sample_operand large[] = {KEY(4100), KEY(3, 4100), KEY_NUMBER};
  sample_add_body(list, scan_forward, 2, 3, in);
  sample_add_body(list, scan_reverse, 2, 3, in);
  sample_add_body(list, scan_forward, 2, 3, numbers);
  sample_add_body(list, scan_forward, 2, 3, nothing);
  sample_add_body(list, scan_forward, 2, 3, one);
  sample_add_body_large(list, scan_forward, 2, 3, large);
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
  const sample_operand x[] = {KEY(2, 3), KEY(0), KEY_NUMBER, KEY(1)}, large = KEY(70, 71);
  const sample_operand from = {.dtype = TSR_I64, .low = -1, .high = 4};
  for (size_t i = 0; i < sizeof x / sizeof *x; i++)
    sample_add_body(list, while_below, 2, 2, (sample_operand[]){x[i], from});
  sample_add_body_large(list, while_below, 2, 2, (sample_operand[]){large, from});
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
  const sample_operand nothing = {.dtype = TSR_F64, .dims = TSR_DIMS(0, 3)};
  const sample_operand large = {.dtype = TSR_F64, .dims = TSR_DIMS(70, 71)};
  sample_add_body(list, cond_of_index, 1, 3, (sample_operand[]){index, nothing, nothing});
  sample_add_body_large(list, cond_of_index, 1, 3, (sample_operand[]){index, large, large});
  sample_add_body(list, cond_of_index, 1, 3, real);
  sample_add_body(list, cond_of_index, 1, 3, complex);
  if (list->key == TSR_BOOL) sample_add_body(list, cond_of_bool, 1, 3, real);
}

/* ---- checkpoint ---- */

static tsr_status checkpointed(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  return tsr_checkpoint(b, mixed, ctx, TSR_VALUES(in[0], in[1]), 1, out);
}
static void checkpoint(sample_list *list) {
  const sample_operand x[] = {KEY(2, 3), KEY_NUMBER, KEY(2, 0), KEY(1)};
  const sample_operand y[] = {KEY(3), KEY_NUMBER, KEY(0), KEY(1)};
  for (size_t i = 0; i < sizeof x / sizeof *x; i++)
    sample_add_body(list, checkpointed, 1, 2, (sample_operand[]){x[i], y[i]});
  sample_add_body_large(list, checkpointed, 1, 2, (sample_operand[]){KEY(70, 71), KEY(71)});
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
  const sample_operand x[] = {KEY(2, 3), KEY_NUMBER, KEY(2, 0), KEY(1)};
  const sample_operand y[] = {KEY(3), KEY_NUMBER, KEY(0), KEY(1)}, large = KEY(70, 71);
  for (size_t i = 0; i < sizeof x / sizeof *x; i++)
    sample_add_body(list, checkpointed_jvp, 1, 3, (sample_operand[]){x[i], y[i], x[i]});
  sample_add_body_large(list, checkpointed_jvp, 1, 3, (sample_operand[]){large, KEY(71), large});
}

/* ---- barrier, fused ---- */

static void barrier(sample_list *list) {
  ADD(NULL, KEY(2, 3));
  ADD(NULL, KEY(3), KEY_NUMBER);
  ADD(NULL, KEY_NUMBER, KEY(3));
  ADD(NULL, KEY(0), KEY(1));
  ADD(NULL, KEY(1));
  sample_add_large(list, NULL, 1, &(sample_operand)KEY(70, 71));
}

/* x[m, n], y[n] -> (x + y) x, or x != y for bool; of numbers at rank 0 */
static tsr_status region_of(const sample_list *list, int32_t rank, const tsr_dim *dims,
                            tsr_expr **out) {
  static const int32_t axes[] = {0, 1};
  static const tsr_compare_attrs ne = {TSR_NE};
  const bool is_bool = list->key == TSR_BOOL;
  const tsr_expr_load inputs[] = {
      {list->key, rank,             axes    },
      {list->key, rank > 0 ? 1 : 0, axes + 1}
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
  const tsr_expr from = {.rank = rank,
                         .dims = dims,
                         .n_inputs = 2,
                         .n_steps = is_bool ? 3 : 4,
                         .n_outputs = 1,
                         .inputs = inputs,
                         .steps = steps,
                         .outputs = &output};
  return tsr_expr_create(&from, NULL, out);
}

typedef void (*sample_adder)(sample_list *list, const void *attrs, int32_t n_in,
                             const sample_operand *in);

static void add_region(sample_list *list, sample_adder add, int32_t rank, const int64_t *sizes,
                       sample_fill fill) {
  const sample_operand in[] = {
      {.dtype = list->key, .dims = {sizes, (size_t)rank},           .fill = fill},
      {.dtype = list->key, .dims = {sizes + 1, (size_t)(rank > 0)}, .fill = fill}
  };
  const tsr_dim dims[] = {tsr_dim_of(sizes[0]), tsr_dim_of(sizes[1])};
  tsr_expr *expr = NULL;
  if (list->status != TSR_OK) return;
  list->status = region_of(list, rank, dims, &expr);
  if (list->status == TSR_OK) add(list, &(tsr_fused_attrs){&expr->object}, 2, in);
  tsr_expr_release(expr);
}

static void fused(sample_list *list) {
  static const int64_t some[] = {2, 3}, none[] = {2, 0}, one[] = {1, 1}, many[] = {70, 1001},
                       edges[] = {16, 256};
  add_region(list, sample_add, 2, some, FILL_RANDOM);
  add_region(list, sample_add, 0, some, FILL_RANDOM);
  add_region(list, sample_add, 2, none, FILL_RANDOM);
  add_region(list, sample_add, 2, one, FILL_RANDOM);
  add_region(list, sample_add, 2, edges, FILL_EDGES);
  add_region(list, sample_add_large, 2, many, FILL_RANDOM);
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
