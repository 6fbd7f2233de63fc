/* ops/control_scan.c - for t: (carry, ys[t]) = body(carry, xs[t]): types, and the surface. */
#include "ops/control_scan_internal.h"

static tsr_status count(const tsr_call *c, int32_t *out_n) {
  const tsr_scan_attrs *a = c->attrs;
  const tsr_graph *body;
  TSR_TRY(tsri_region(c, "body", a->body, &body));
  *out_n = body->n_outputs;
  return TSR_OK;
}

static tsr_status check_counts(const tsr_call *c, const tsr_graph *body) {
  const tsr_scan_attrs *a = c->attrs;
  if (a->n_consts < 0 || a->n_carry < 0 || a->n_consts + a->n_carry > c->n_in)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "scan: %d consts and %d carries of %d operands",
                    (int)a->n_consts, (int)a->n_carry, (int)c->n_in);
  if (body->n_inputs != c->n_in)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "scan: body takes %d values, %d are given",
                    (int)body->n_inputs, (int)c->n_in);
  if (body->n_outputs < a->n_carry)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "scan: body gives %d values for %d carries",
                    (int)body->n_outputs, (int)a->n_carry);
  if (tsr_dim_is_const(a->length) && a->length.n < 0)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "scan: length %lld is negative", (long long)a->length.n);
  return TSR_OK;
}

/* The type of one slice of operand i along its first axis. */
static tsr_status slice_type(const tsr_call *c, int32_t i, tsr_type *out) {
  const tsr_scan_attrs *a = c->attrs;
  const tsr_type *x = &c->in_type[i];
  char text[128], size[64];
  if (x->rank > 0 && tsr_dim_same(c->context->space, x->dims[0], a->length)) {
    *out = (tsr_type){x->dtype, x->rank - 1, x->dims + 1};
    return TSR_OK;
  }
  return TSR_FAIL(TSR_ERR_SHAPE, "scan: operand %d is %s, its first axis must have length %s",
                  (int)i, tsr_type_format(x, text, sizeof text),
                  tsr_dim_format(a->length, size, sizeof size));
}

static tsr_status stack_type(const tsr_call *c, const tsr_type *slice, tsr_type *out) {
  const tsr_scan_attrs *a = c->attrs;
  tsr_dim *dims;
  TSR_TRY(TSRI_NEW(c->context->arena, slice->rank + 1, &dims));
  dims[0] = a->length;
  for (int32_t i = 0; i < slice->rank; i++)
    dims[i + 1] = slice->dims[i];
  return tsr_type_make(c, slice->dtype, slice->rank + 1, dims, out);
}

static tsr_status infer(const tsr_call *c, tsr_type *out) {
  const tsr_scan_attrs *a = c->attrs;
  const tsr_graph *body;
  tsr_type *seen;
  TSR_TRY(tsri_region(c, "body", a->body, &body));
  TSR_TRY(check_counts(c, body));
  int32_t n_consts = (int32_t)a->n_consts, n_carry = (int32_t)a->n_carry;
  TSR_TRY(TSRI_NEW(c->context->arena, c->n_in, &seen));
  for (int32_t i = 0; i < c->n_in; i++) {
    seen[i] = c->in_type[i];
    if (i >= n_consts + n_carry) TSR_TRY(slice_type(c, i, &seen[i]));
  }
  TSR_TRY(tsri_check_region(c, "body", body, c->n_in, seen));
  for (int32_t j = 0; j < body->n_outputs; j++) {
    const tsr_type *type = &body->types[body->outputs[j]];
    out[j] = *type;
    if (j >= n_carry)
      TSR_TRY(stack_type(c, type, &out[j]));
    else
      TSR_TRY(tsri_check_region_type(c, "carry out of body", j, type, &c->in_type[n_consts + j]));
  }
  return TSR_OK;
}

tsri_loop tsri_scan_loop(const tsr_call *c) {
  const tsr_scan_attrs *a = c->attrs;
  tsri_loop loop = {.body = tsr_object_as_graph(a->body),
                    .n_consts = (int32_t)a->n_consts,
                    .n_carry = (int32_t)a->n_carry,
                    .n_in = c->n_in};
  loop.n_out = loop.body->n_outputs;
  loop.n_xs = loop.n_in - loop.n_consts - loop.n_carry;
  loop.n_ys = loop.n_out - loop.n_carry;
  return loop;
}

tsr_status tsri_scan_emit(tsr_builder *b, const tsr_call *c, tsr_graph *body, int32_t n_consts,
                          int32_t n_carry, bool reverse, const tsr_value *in, tsr_value *out) {
  tsr_scan_attrs attrs = *(const tsr_scan_attrs *)c->attrs;
  attrs.body = &body->object;
  attrs.n_consts = n_consts;
  attrs.n_carry = n_carry;
  attrs.reverse = reverse;
  tsr_status status = tsr_emit(b, c->op, &attrs, tsr_values_of(in, (size_t)body->n_inputs), out);
  tsr_graph_release(body);
  return status;
}

const tsr_rules tsri_scan_rules = {.infer = infer,
                                   .count = count,
                                   .jvp = tsri_scan_jvp,
                                   .linearize = tsri_scan_linearize,
                                   .transpose = tsri_scan_transpose,
                                   .batch = tsri_scan_batch,
                                   .prune = tsri_scan_prune};

/* ---- surface ---- */

typedef struct surface {
  tsr_arena arena;
  tsr_graph *body;
  tsr_value *captured;
  int32_t n_captured;
} surface;

static tsr_status first_axis(const tsr_type *x, size_t i, tsr_type *out) {
  if (x->rank == 0)
    return TSR_FAIL(TSR_ERR_SHAPE, "scan: xs %zu is %s[], it has no axis to run along", i,
                    tsr_dtype_name(x->dtype));
  *out = (tsr_type){x->dtype, x->rank - 1, x->dims + 1};
  return TSR_OK;
}

static tsr_status record(surface *s, tsr_builder *b, tsr_body body, void *ctx, tsr_values init,
                         tsr_values xs, tsr_scan_attrs *attrs, int32_t n_ys, tsr_value *out) {
  size_t n = init.n + xs.n;
  tsr_type *types;
  TSR_TRY(TSRI_NEW(&s->arena, n, &types));
  TSR_TRY(tsri_types_of(b, "scan", &s->arena, init, types));
  TSR_TRY(tsri_types_of(b, "scan", &s->arena, xs, types + init.n));
  for (size_t i = init.n; i < n; i++)
    TSR_TRY(first_axis(&types[i], i - init.n, &types[i]));
  TSR_TRY_MSG(tsr_trace_body(b, body, ctx, (int32_t)n, types, (int32_t)init.n + n_ys,
                             &s->n_captured, &s->captured, &s->body),
              "scan: body");
  tsr_value *in;
  size_t first = (size_t)s->n_captured;
  TSR_TRY(TSRI_NEW(&s->arena, first + n, &in));
  for (size_t i = 0; i < first; i++)
    in[i] = s->captured[i];
  for (size_t i = 0; i < init.n; i++)
    in[first + i] = init.data[i];
  for (size_t i = 0; i < xs.n; i++)
    in[first + init.n + i] = xs.data[i];
  attrs->body = &s->body->object;
  attrs->n_consts = s->n_captured;
  attrs->n_carry = (int64_t)init.n;
  return tsr_emit(b, tsr_op_core(TSR_OP_SCAN), attrs, tsr_values_of(in, first + n), out);
}

static tsr_status check_surface(tsr_scan_order order, int32_t n_ys) {
  if (n_ys < 0)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "scan: there cannot be %d stacked outputs", (int)n_ys);
  if (order != TSR_SCAN_FORWARD && order != TSR_SCAN_REVERSE)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "scan: order %d is none", (int)order);
  return TSR_OK;
}

tsr_status tsr_scan(tsr_builder *b, tsr_body body, void *ctx, tsr_values init, tsr_values xs,
                    tsr_dim length, tsr_scan_order order, int32_t n_ys, tsr_value *out) {
  for (size_t j = 0; n_ys >= 0 && j < init.n + (size_t)n_ys; j++)
    out[j] = TSR_NO_VALUE;
  TSR_TRY(tsr_builder_status(b));
  TSR_TRY(tsr_builder_fail(b, check_surface(order, n_ys)));
  surface s = {0};
  tsr_scan_attrs attrs = {.length = length, .reverse = order == TSR_SCAN_REVERSE};
  tsr_status status = record(&s, b, body, ctx, init, xs, &attrs, n_ys, out);
  tsr_free(s.captured, (size_t)s.n_captured * sizeof *s.captured, 0);
  tsr_graph_release(s.body);
  tsr_arena_deinit(&s.arena);
  return tsr_builder_fail(b, status);
}
