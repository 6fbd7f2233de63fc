/* oracle.c - arrays, and running the nodes of a graph in order. */
#include "oracle_family.h"

#include <string.h>

/* ---- arrays ---- */

tsr_status tsr_array_make(tsr_arena *arena, tsr_dtype dtype, int32_t rank, const int64_t *dims,
                          tsr_array *out) {
  void *memory;
  *out = (tsr_array){.dtype = dtype, .rank = rank};
  if (rank > TSR_ORACLE_RANK)
    return TSR_FAIL(TSR_ERR_UNSUPPORTED, "the oracle does not know rank %d", rank);
  TSR_TRY(tsr_layout_count(rank, dims, &out->n));
  TSR_TRY(tsr_arena_copy(arena, dims, (size_t)rank * sizeof *dims, &memory));
  out->dims = memory;
  TSR_TRY(tsr_arena_alloc(arena, (size_t)out->n * sizeof(tsr_cell), &memory));
  out->at = memory;
  return TSR_OK;
}

#define LOAD(T, ...)                                                                               \
  {                                                                                                \
    T v;                                                                                           \
    memcpy(&v, data, sizeof v);                                                                    \
    return (tsr_cell){__VA_ARGS__};                                                                \
  }
#define STORE(T, ...)                                                                              \
  {                                                                                                \
    const T v = __VA_ARGS__;                                                                       \
    memcpy(data, &v, sizeof v);                                                                    \
  }
typedef struct parts32 {
  float re, im;
} parts32;
typedef struct parts64 {
  double re, im;
} parts64;

#define INTEGER(name, T)                                                                           \
  static tsr_cell load_##name(const char *data)                                                    \
      LOAD(T, .i = (int64_t)v) static void store_##name(tsr_cell x, char *data) STORE(T, (T)x.i)
INTEGER(i8, int8_t)
INTEGER(i16, int16_t)
INTEGER(i32, int32_t)
INTEGER(i64, int64_t)
INTEGER(u8, uint8_t)
INTEGER(u16, uint16_t)
INTEGER(u32, uint32_t)
INTEGER(u64, uint64_t)
static tsr_cell load_f32(const char *data)
    LOAD(float, .re = (double)v) static void store_f32(tsr_cell x, char *data)
        STORE(float, (float)x.re) static tsr_cell
    load_f64(const char *data) LOAD(double, .re = v) static void store_f64(tsr_cell x, char *data)
        STORE(double, x.re) static tsr_cell load_c64(const char *data)
            LOAD(parts32, .re = (double)v.re, .im = (double)v.im) static void store_c64(tsr_cell x,
                                                                                        char *data)
                STORE(parts32, {(float)x.re, (float)x.im}) static tsr_cell
    load_c128(const char *data)
        LOAD(parts64, .re = v.re, .im = v.im) static void store_c128(tsr_cell x, char *data)
            STORE(parts64, {x.re, x.im})

                static tsr_cell (*const load[TSR_DTYPE_COUNT])(const char *) = {
                    [TSR_BOOL] = load_u8,          [TSR_I8] = load_i8,
                    [TSR_I16] = load_i16,          [TSR_I32] = load_i32,
                    [TSR_I64] = load_i64,          [TSR_U8] = load_u8,
                    [TSR_U16] = load_u16,          [TSR_U32] = load_u32,
                    [TSR_U64] = load_u64,          [TSR_F16] = oracle_load_f16,
                    [TSR_BF16] = oracle_load_bf16, [TSR_F32] = load_f32,
                    [TSR_F64] = load_f64,          [TSR_C64] = load_c64,
                    [TSR_C128] = load_c128};
static void (*const store[TSR_DTYPE_COUNT])(tsr_cell, char *) = {
    [TSR_BOOL] = store_u8,          [TSR_I8] = store_i8,
    [TSR_I16] = store_i16,          [TSR_I32] = store_i32,
    [TSR_I64] = store_i64,          [TSR_U8] = store_u8,
    [TSR_U16] = store_u16,          [TSR_U32] = store_u32,
    [TSR_U64] = store_u64,          [TSR_F16] = oracle_store_f16,
    [TSR_BF16] = oracle_store_bf16, [TSR_F32] = store_f32,
    [TSR_F64] = store_f64,          [TSR_C64] = store_c64,
    [TSR_C128] = store_c128};

void tsr_array_read(tsr_array *array, const void *data) {
  const size_t size = tsr_dtype_size(array->dtype);
  for (int64_t n = 0; n < array->n; n++)
    array->at[n] = load[array->dtype]((const char *)data + (size_t)n * size);
}

void tsr_array_write(const tsr_array *array, void *data) {
  const size_t size = tsr_dtype_size(array->dtype);
  for (int64_t n = 0; n < array->n; n++)
    store[array->dtype](array->at[n], (char *)data + (size_t)n * size);
}

tsr_cell oracle_fit(tsr_dtype dtype, tsr_cell x) {
  char data[16];
  store[dtype](x, data);
  return load[dtype](data);
}

/* ---- graphs ---- */

static tsr_status sizes_of(const tsr_type *type, const int64_t *symbols, int64_t *dims) {
  if (type->rank > TSR_ORACLE_RANK)
    return TSR_FAIL(TSR_ERR_UNSUPPORTED, "the oracle does not know rank %d", type->rank);
  for (int32_t k = 0; k < type->rank; k++)
    TSR_TRY(tsr_dim_eval(type->dims[k], symbols, &dims[k]));
  return TSR_OK;
}

static tsr_status check_input(const tsr_type *type, const int64_t *symbols, const tsr_array *in) {
  int64_t dims[TSR_ORACLE_RANK];
  TSR_TRY(sizes_of(type, symbols, dims));
  if (type->dtype != in->dtype)
    return TSR_FAIL(TSR_ERR_DTYPE, "input is %s, not %s", tsr_dtype_name(in->dtype),
                    tsr_dtype_name(type->dtype));
  bool same = type->rank == in->rank;
  for (int32_t k = 0; same && k < in->rank; k++)
    same = dims[k] == in->dims[k];
  return same ? TSR_OK : TSR_FAIL(TSR_ERR_SHAPE, "input has another shape than its type");
}

oracle_fn oracle_formula(tsr_op_id id) {
  oracle_fn (*const families[])(tsr_op_id) = {oracle_elementwise, oracle_structural,
                                              oracle_reducing,    oracle_ordering,
                                              oracle_indexing,    oracle_control};
  for (size_t i = 0; i < sizeof families / sizeof *families; i++)
    if (families[i](id) != NULL) return families[i](id);
  return NULL;
}

/* An op without a formula of its own: run what it stands for. */
static tsr_status run_lowered(const tsr_graph *graph, const tsr_node *node, const int64_t *symbols,
                              tsr_arena *arena, tsr_array *values) {
  tsr_builder *b;
  tsr_graph *lowered;
  void *memory[4];
  const size_t n_in = (size_t)node->n_in, n_out = (size_t)node->n_out;
  TSR_TRY(tsr_arena_alloc(arena, n_in * sizeof(tsr_type), &memory[0]));
  TSR_TRY(tsr_arena_alloc(arena, n_in * sizeof(tsr_value), &memory[1]));
  TSR_TRY(tsr_arena_alloc(arena, n_out * sizeof(tsr_value), &memory[2]));
  TSR_TRY(tsr_arena_alloc(arena, (n_in + n_out) * sizeof(tsr_array), &memory[3]));
  tsr_type *types = memory[0];
  tsr_value *in = memory[1], *out = memory[2];
  tsr_array *arrays = memory[3];
  TSR_TRY(tsr_graph_builder_create(graph->registry, graph->space, NULL, &b));
  for (size_t i = 0; i < n_in; i++) {
    types[i] = graph->types[node->in[i]];
    in[i] = tsr_graph_builder_input(b, NULL, &types[i]);
    arrays[i] = values[node->in[i]];
  }
  tsr_call_context context = {arena, graph->space};
  const tsr_call call = {.op = node->op,
                         .attrs = node->attrs,
                         .n_in = node->n_in,
                         .n_out = node->n_out,
                         .in_type = types,
                         .in = in,
                         .context = &context};
  (void)tsr_builder_fail(b, node->rules->lower(b, &call, out));
  TSR_TRY(tsr_graph_builder_finish(b, tsr_values_of(out, n_out), NULL, NULL, &lowered));
  const tsr_status status = tsr_oracle_run(lowered, symbols, arena, arrays, arrays + n_in);
  for (size_t i = 0; status == TSR_OK && i < n_out; i++)
    values[node->out[i]] = arrays[n_in + i];
  tsr_graph_release(lowered);
  return status;
}

static tsr_status run_node(const tsr_graph *graph, const tsr_node *node, const int64_t *symbols,
                           tsr_arena *arena, tsr_array *values) {
  const tsr_op_id id = tsr_op_core_id(node->op);
  const oracle_fn run =
      id == TSR_OP_CORE_COUNT ? oracle_family(node->op->name) : oracle_formula(id);
  void *attrs = NULL, *in, *out;
  if (run == NULL && node->rules->lower != NULL)
    return run_lowered(graph, node, symbols, arena, values);
  if (run == NULL)
    return TSR_FAIL(TSR_ERR_UNSUPPORTED, "the oracle does not know %s", node->op->name);
  TSR_TRY(tsr_arena_alloc(arena, (size_t)node->n_in * sizeof(tsr_array), &in));
  TSR_TRY(tsr_arena_alloc(arena, (size_t)node->n_out * sizeof(tsr_array), &out));
  for (int32_t i = 0; i < node->n_in; i++)
    ((tsr_array *)in)[i] = values[node->in[i]];
  for (int32_t i = 0; i < node->n_out; i++) {
    int64_t dims[TSR_ORACLE_RANK];
    const tsr_type *type = &graph->types[node->out[i]];
    TSR_TRY(sizes_of(type, symbols, dims));
    TSR_TRY(tsr_array_make(arena, type->dtype, type->rank, dims, &((tsr_array *)out)[i]));
  }
  if (node->op->attrs != NULL)
    TSR_TRY(tsr_attr_resolve(node->op->attrs, node->attrs, symbols, arena, &attrs));
  const oracle_call call = {node->op, attrs, node->n_in, node->n_out, in, out, symbols, arena};
  const tsr_status status = run(&call);
  for (int32_t i = 0; i < node->n_out; i++)
    values[node->out[i]] = ((tsr_array *)out)[i];
  if (attrs != NULL) tsr_attr_release(node->op->attrs, attrs);
  return status;
}

tsr_status tsr_oracle_run(const tsr_graph *graph, const int64_t *symbols, tsr_arena *arena,
                          const tsr_array *in, tsr_array *out) {
  void *memory;
  TSR_TRY(tsr_arena_alloc(arena, (size_t)graph->n_values * sizeof(tsr_array), &memory));
  tsr_array *values = memory;
  for (int32_t i = 0; i < graph->n_inputs; i++) {
    TSR_TRY_MSG(check_input(&graph->types[graph->inputs[i]], symbols, &in[i]), "checking input %d",
                i);
    values[graph->inputs[i]] = in[i];
  }
  for (int32_t i = 0; i < graph->n_nodes; i++)
    TSR_TRY_MSG(run_node(graph, &graph->nodes[i], symbols, arena, values), "running node %d, %s", i,
                graph->nodes[i].op->name);
  for (int32_t i = 0; i < graph->n_outputs; i++)
    out[i] = values[graph->outputs[i]];
  return TSR_OK;
}
