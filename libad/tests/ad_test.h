/* ad_test.h - traces and a small eager builder, both evaluated by the oracle. */
#ifndef AD_TEST_H
#define AD_TEST_H

#include "oracle.h"
#include "tsr_test.h"

#include <math.h>
#include <string.h>

#include "tsr/ad.h"
#include "tsr/spi/transform.h"

#define BODY(name)                                                                                 \
  static tsr_status name(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out)

static inline tsr_value total(tsr_builder *b, tsr_value x) {
  return tsr_reduce_sum(b, x, TSR_ALL_AXES);
}

/* ---- traces ---- */

typedef struct world {
  tsr_registry *registry;
  tsr_builder *b;
} world;

static inline void world_open(world *w) {
  assert_ok(tsr_registry_create(&w->registry));
  assert_ok(tsr_graph_builder_create(w->registry, NULL, NULL, &w->b));
}

static inline void world_close(world *w) {
  tsr_builder_close(w->b);
  tsr_registry_release(w->registry);
}

static inline tsr_value input(tsr_builder *b, tsr_dtype dtype, tsr_shape shape) {
  tsr_type type = {dtype, (int32_t)shape.n, shape.data};
  return tsr_graph_builder_input(b, NULL, &type);
}

/* An f64 input of n elements. */
static inline tsr_value vector(tsr_builder *b, int64_t n) {
  return input(b, TSR_F64, TSR_SHAPE(tsr_dim_of(n)));
}

static inline tsr_graph *finished(world *w, tsr_values outputs) {
  tsr_graph *g = NULL;
  assert_ok(tsr_graph_builder_finish(w->b, outputs, NULL, NULL, &g));
  w->b = NULL;
  return g;
}

/* Inputs one after the other in data, real parts of outputs one after the other to out. */
static inline int64_t evaluate_at(const tsr_graph *g, const int64_t *symbols, const double *data,
                                  double *out) {
  tsr_arena arena = {0};
  tsr_array in[8], result[8];
  int64_t n = 0;
  for (int32_t i = 0; i < g->n_inputs; i++) {
    const tsr_type *type = &g->types[g->inputs[i]];
    int64_t dims[8];
    for (int32_t k = 0; k < type->rank; k++)
      assert_ok(tsr_dim_eval(type->dims[k], symbols, &dims[k]));
    assert_ok(tsr_array_make(&arena, type->dtype, type->rank, dims, &in[i]));
    for (int64_t k = 0; k < in[i].n; k++)
      in[i].at[k].re = *data++;
  }
  assert_ok(tsr_oracle_run(g, symbols, &arena, in, result));
  for (int32_t j = 0; j < g->n_outputs; j++)
    for (int64_t k = 0; k < result[j].n; k++)
      out[n++] = result[j].at[k].re;
  tsr_arena_deinit(&arena);
  return n;
}

/* Close the world and evaluate outputs at data. */
static inline int64_t results(world *w, tsr_values outputs, const double *data, double *out) {
  tsr_graph *g = finished(w, outputs);
  int64_t n = evaluate_at(g, NULL, data, out);
  tsr_graph_release(g);
  world_close(w);
  return n;
}

/* ---- an eager builder: every application is a graph of one node, run at once ---- */

typedef struct eager {
  tsr_builder base;
  tsr_arena arena;
  tsr_array values[512];
  tsr_type types[512];
  int32_t n_values, n_applied;
} eager;

static inline tsr_status eager_type(tsr_builder *b, tsr_value v, tsr_type *out) {
  *out = ((eager *)b)->types[TSR_VALUE_INDEX(v)];
  return TSR_OK;
}

static inline tsr_status eager_keep(eager *e, const tsr_array *array, tsr_value *out) {
  void *dims;
  assert_true(e->n_values < 512);
  TSR_TRY(tsr_arena_alloc(&e->arena, (size_t)array->rank * sizeof(tsr_dim), &dims));
  for (int32_t k = 0; k < array->rank; k++)
    ((tsr_dim *)dims)[k] = tsr_dim_of(array->dims[k]);
  e->types[e->n_values] = (tsr_type){array->dtype, array->rank, dims};
  e->values[e->n_values] = *array;
  *out = tsr_value_make(e->base.serial, e->n_values++);
  return TSR_OK;
}

static inline tsr_status eager_emit(tsr_builder *b, const tsr_op *op, const void *attrs,
                                    tsr_values in, tsr_value *out) {
  eager *e = (eager *)b;
  tsr_builder *one;
  tsr_value inner[16], made[16];
  tsr_array arrays[16], result[16];
  tsr_graph *g;
  TSR_TRY(tsr_graph_builder_create(b->registry, b->space, NULL, &one));
  for (size_t i = 0; i < in.n; i++) {
    arrays[i] = e->values[TSR_VALUE_INDEX(in.data[i])];
    inner[i] = tsr_graph_builder_input(one, NULL, &e->types[TSR_VALUE_INDEX(in.data[i])]);
  }
  (void)tsr_emit(one, op, attrs, tsr_values_of(inner, in.n), made);
  tsr_value probe = made[0];
  tsr_call c;
  size_t n_out = tsr_builder_producer(one, probe, &c) ? (size_t)c.n_out : 0;
  TSR_TRY(tsr_graph_builder_finish(one, tsr_values_of(made, n_out), NULL, NULL, &g));
  tsr_status status = tsr_oracle_run(g, NULL, &e->arena, arrays, result);
  for (size_t j = 0; status == TSR_OK && j < n_out; j++)
    status = eager_keep(e, &result[j], &out[j]);
  e->n_applied++;
  tsr_graph_release(g);
  return status;
}

static inline void eager_close(tsr_builder *b) {
  tsr_arena_deinit(&((eager *)b)->arena);
  tsr_builder_deinit(b);
}

static inline void eager_open(eager *e, tsr_registry *registry) {
  static const tsr_builder_class isa = {
      .name = "eager", .emit = eager_emit, .type = eager_type, .close = eager_close};
  memset(e, 0, sizeof *e);
  assert_ok(tsr_builder_init(&e->base, &isa, registry, NULL, NULL));
}

static inline tsr_value eager_vector(eager *e, const double *data, int64_t n) {
  tsr_array array;
  tsr_value out = TSR_NO_VALUE;
  assert_ok(tsr_array_make(&e->arena, TSR_F64, 1, &n, &array));
  tsr_array_read(&array, data);
  assert_ok(eager_keep(e, &array, &out));
  return out;
}

static inline double eager_element(const eager *e, tsr_value v, int64_t k) {
  return e->values[TSR_VALUE_INDEX(v)].at[k].re;
}

#endif /* AD_TEST_H */
