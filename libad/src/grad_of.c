/* grad_of.c - reverse mode of a function: linearise its graph, transpose the linear part.
 *
 * Everything happens on closed graphs, which are inlined when they are complete. So an
 * eager builder runs the primal part, then the way back, and nothing else.
 */
#include "ad_internal.h"

typedef struct reverse {
  tsri_function f;
  tsr_graph *primal;   /* inputs -> outputs, residuals */
  tsr_graph *backward; /* residuals, cotangents of outputs -> cotangents of arguments */
  int32_t n_res;
} reverse;

static const tsr_type *argument_type(const tsri_function *f, int32_t i) {
  return &f->graph->types[f->graph->inputs[f->n_captured + i]];
}

static const tsr_type *output_type(const tsri_function *f, int32_t j) {
  return &f->graph->types[f->graph->outputs[j]];
}

/* All outputs that can get a tangent; integers and bools have no cotangent. */
static tsr_status split(reverse *r) {
  tsri_function *f = &r->f;
  bool *active, *active_out, *linear;
  tsr_graph *forward;
  TSR_TRY(TSRI_NEW(&f->arena, f->n_in, &active));
  TSR_TRY(TSRI_NEW(&f->arena, f->n_out, &active_out));
  for (int32_t i = f->n_captured; i < f->n_in; i++)
    active[i] = true;
  for (int32_t j = 0; j < f->n_out; j++)
    active_out[j] = tsr_dtype_is_active(output_type(f, j)->dtype);
  TSR_TRY(tsr_graph_linearize(f->graph, active, active_out, &r->primal, &forward));
  r->n_res = r->primal->n_outputs - f->n_out;
  tsr_status status = TSRI_NEW(&f->arena, forward->n_inputs, &linear);
  for (int32_t i = r->n_res; status == TSR_OK && i < forward->n_inputs; i++)
    linear[i] = true;
  if (status == TSR_OK) status = tsr_graph_transpose(forward, linear, &r->backward);
  tsr_graph_release(forward);
  return status;
}

static tsr_status record(reverse *r, tsr_builder *b, const char *who, tsr_body body, void *ctx,
                         tsr_values in, int32_t n_out) {
  TSR_TRY(tsr_builder_status(b));
  TSR_TRY(tsri_function_trace(&r->f, b, body, ctx, in, NULL, n_out));
  for (size_t i = 0; i < in.n; i++)
    TSR_TRY(tsri_check_active(who, i, argument_type(&r->f, (int32_t)i)));
  return split(r);
}

/* out [n_out] and in_ct [arguments], from cotangents of the outputs; on any builder. */
static tsr_status apply(reverse *r, tsr_builder *b, const tsr_value *in,
                        const tsr_value *cotangents, tsr_value *out, tsr_value *in_ct) {
  tsri_function *f = &r->f;
  tsr_value *made, *given;
  int32_t n = r->n_res;
  TSR_TRY(TSRI_NEW(&f->arena, r->primal->n_outputs, &made));
  TSR_TRY(TSRI_NEW(&f->arena, r->backward->n_inputs, &given));
  TSR_TRY(tsr_graph_inline(b, r->primal, in, made));
  for (int32_t i = 0; i < r->n_res; i++)
    given[i] = made[f->n_out + i];
  for (int32_t j = 0; j < f->n_out; j++) {
    const tsr_type *type = output_type(f, j);
    if (tsr_dtype_is_active(type->dtype)) given[n++] = tsri_or_zeros(b, cotangents[j], type);
    out[j] = made[j];
  }
  return tsr_graph_inline(b, r->backward, given, in_ct);
}

static void release(reverse *r) {
  tsr_graph_release(r->primal);
  tsr_graph_release(r->backward);
  tsri_function_release(&r->f);
}

/* ---- the functions ---- */

static tsr_status value_and_grad(reverse *r, tsr_builder *b, tsr_body body, void *ctx,
                                 tsr_values in, tsr_value *loss, tsr_value *grads) {
  TSR_TRY(tsri_function_trace(&r->f, b, body, ctx, in, NULL, 1));
  TSR_TRY(tsri_check_loss("value_and_grad_of", output_type(&r->f, 0)));
  for (size_t i = 0; i < in.n; i++)
    TSR_TRY(tsri_check_active("value_and_grad_of", i, argument_type(&r->f, (int32_t)i)));
  TSR_TRY(split(r));
  tsr_value one = tsr_ones(b, output_type(&r->f, 0)->dtype, TSR_NO_SHAPE);
  return apply(r, b, r->f.in, &one, loss, grads);
}

tsr_status tsr_value_and_grad_of(tsr_builder *b, tsr_body f, void *ctx, tsr_values in,
                                 tsr_value *loss, tsr_value *grads) {
  reverse r = {0};
  *loss = TSR_NO_VALUE;
  tsri_none(grads, in.n);
  TSR_TRY(tsr_builder_status(b));
  tsr_status status = value_and_grad(&r, b, f, ctx, in, loss, grads);
  release(&r);
  return tsr_builder_fail(b, status);
}

static tsr_status vjp(reverse *r, tsr_builder *b, tsr_body body, void *ctx, tsr_values in,
                      tsr_values cotangents, tsr_value *out, tsr_value *in_ct) {
  TSR_TRY(tsri_check_entries("vjp_of", "cotangents", cotangents.data, cotangents.n));
  TSR_TRY(record(r, b, "vjp_of", body, ctx, in, (int32_t)cotangents.n));
  for (size_t j = 0; j < cotangents.n; j++)
    TSR_TRY(tsri_check_partner(b, "vjp_of", "cotangent", j, cotangents.data[j],
                               output_type(&r->f, (int32_t)j)));
  return apply(r, b, r->f.in, cotangents.data, out, in_ct);
}

tsr_status tsr_vjp_of(tsr_builder *b, tsr_body f, void *ctx, tsr_values in, tsr_values cotangents,
                      tsr_value *out, tsr_value *in_ct) {
  reverse r = {0};
  tsri_none(out, cotangents.n);
  tsri_none(in_ct, in.n);
  TSR_TRY(tsr_builder_status(b));
  tsr_status status = vjp(&r, b, f, ctx, in, cotangents, out, in_ct);
  release(&r);
  return tsr_builder_fail(b, status);
}

/* ---- Hessian times a direction ---- */

/* (captured, arguments) -> gradients, as one graph. */
static tsr_status gradient_graph(reverse *r, tsr_graph **out) {
  tsri_function *f = &r->f;
  tsr_value *in, *grads, loss;
  int32_t n = f->n_in - f->n_captured;
  TSR_TRY(TSRI_NEW(&f->arena, f->n_in, &in));
  TSR_TRY(TSRI_NEW(&f->arena, n, &grads));
  tsr_builder *b;
  TSR_TRY(tsr_graph_builder_create(f->graph->registry, f->graph->space, NULL, &b));
  for (int32_t i = 0; i < f->n_in; i++)
    in[i] = tsr_graph_builder_input(b, NULL, &f->graph->types[f->graph->inputs[i]]);
  tsr_value one = tsr_ones(b, output_type(f, 0)->dtype, TSR_NO_SHAPE);
  (void)tsr_builder_fail(b, apply(r, b, in, &one, &loss, grads));
  return tsr_graph_builder_finish(b, tsr_values_of(grads, (size_t)n), NULL, NULL, out);
}

static tsr_status hvp(reverse *r, tsr_builder *b, tsr_body body, void *ctx, tsr_values in,
                      tsr_values direction, tsr_value *out) {
  tsri_function *f = &r->f;
  tsr_graph *gradient, *both;
  tsr_value *given, *made;
  bool *active, *active_out;
  if (direction.n != in.n)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "hvp_of: %zu inputs but %zu directions", in.n, direction.n);
  TSR_TRY(tsri_check_entries("hvp_of", "directions", direction.data, direction.n));
  TSR_TRY(record(r, b, "hvp_of", body, ctx, in, 1));
  TSR_TRY(tsri_check_loss("hvp_of", output_type(f, 0)));
  TSR_TRY(TSRI_NEW(&f->arena, f->n_in, &active));
  TSR_TRY(TSRI_NEW(&f->arena, in.n, &active_out));
  TSR_TRY(TSRI_NEW(&f->arena, (size_t)f->n_in + in.n, &given));
  TSR_TRY(TSRI_NEW(&f->arena, 2 * in.n, &made));
  int32_t n = f->n_in;
  for (int32_t i = 0; i < f->n_in; i++)
    given[i] = f->in[i];
  for (size_t i = 0; i < in.n; i++) {
    tsr_value t = direction.data[i];
    TSR_TRY(tsri_check_partner(b, "hvp_of", "direction", i, t, argument_type(f, (int32_t)i)));
    active_out[i] = true;
    if (tsr_value_is_zero(t)) continue;
    active[f->n_captured + (int32_t)i] = true;
    given[n++] = t;
  }
  TSR_TRY(gradient_graph(r, &gradient));
  tsr_status status = tsr_graph_jvp(gradient, active, active_out, &both);
  tsr_graph_release(gradient);
  TSR_TRY(status);
  status = tsr_graph_inline(b, both, given, made);
  tsr_graph_release(both);
  for (size_t i = 0; status == TSR_OK && i < in.n; i++)
    out[i] = made[in.n + i];
  return status;
}

tsr_status tsr_hvp_of(tsr_builder *b, tsr_body f, void *ctx, tsr_values in, tsr_values direction,
                      tsr_value *out) {
  reverse r = {0};
  tsri_none(out, in.n);
  TSR_TRY(tsr_builder_status(b));
  tsr_status status = hvp(&r, b, f, ctx, in, direction, out);
  release(&r);
  return tsr_builder_fail(b, status);
}
