/* samples.c - collecting the samples of an op. */
#include "sample.h"

#include <stdio.h>
#include <string.h>

#include "tsr/alloc.h"

static const sample_entry *const tables[] = {samples_structural, samples_reducing, samples_control,
#if CONFORMANCE_FAMILIES
                                             samples_linalg, samples_fft
#endif
};

static const sample_entry *find(const char *op) {
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
    for (const sample_entry *e = tables[i]; e->op != NULL; e++)
      if (strcmp(e->op, op) == 0) return e;
  return NULL;
}

tsr_status samples_open(const tsr_registry *registry, const tsr_op *op, tsr_dtype key,
                        sample_list *out) {
  *out = (sample_list){.registry = registry, .op = op, .key = key};
  TSR_TRY(tsr_dim_space_create(&out->space));
  const sample_entry *entry = find(op->name);
  if (entry != NULL)
    entry->make(out);
  else if (samples_row_suffices(op))
    samples_from_row(out);
  else
    return TSR_FAIL(
        TSR_ERR_NOT_FOUND,
        "%s has no samples: add a maker to one of the tables in conformance/samples_*.c", op->name);
  TSR_TRY(out->status);
  return out->n > 0 ? TSR_OK
                    : TSR_FAIL(TSR_ERR_NOT_FOUND,
                               "%s has no samples for %s, which its row accepts: add a maker to "
                               "one of the tables in conformance/samples_*.c, or take the dtype "
                               "out of the row",
                               op->name, tsr_dtype_name(key));
}

void samples_close(sample_list *list) {
  for (int32_t i = 0; i < list->n; i++)
    if (list->at[i].attrs != NULL)
      tsr_attr_release(list->op->attrs, (void *)(uintptr_t)list->at[i].attrs);
  tsr_free(list->at, (size_t)list->room * sizeof *list->at, 0);
  tsr_arena_deinit(&list->arena);
  tsr_dim_space_release(list->space);
  *list = (sample_list){0};
}

/* ---- adding ---- */

static tsr_status grow(sample_list *list) {
  if (list->n < list->room) return TSR_OK;
  const int32_t room = list->room ? 2 * list->room : 16;
  void *memory;
  TSR_TRY(tsr_alloc((size_t)room * sizeof *list->at, 0, &memory));
  if (list->n > 0) memcpy(memory, list->at, (size_t)list->n * sizeof *list->at);
  tsr_free(list->at, (size_t)list->room * sizeof *list->at, 0);
  list->at = memory;
  list->room = room;
  return TSR_OK;
}

static tsr_status infer(const sample_list *list, tsr_arena *arena, const void *attrs, int32_t n_in,
                        const sample_operand *in, int32_t *n_out) {
  tsr_call_context context = {arena, list->space};
  tsr_type types[SAMPLE_IN], *out = NULL;
  for (int32_t i = 0; i < n_in; i++) {
    void *memory;
    TSR_TRY(tsr_arena_alloc(arena, in[i].dims.n * sizeof(tsr_dim), &memory));
    tsr_dim *dims = memory;
    for (size_t k = 0; k < in[i].dims.n; k++)
      dims[k] = tsr_dim_of(in[i].dims.data[k]);
    types[i] = (tsr_type){in[i].dtype, (int32_t)in[i].dims.n, dims};
  }
  return tsr_infer(list->registry, &context, list->op, attrs, n_in, types, n_out, &out);
}

bool sample_infers(const sample_list *list, const void *attrs, int32_t n_in,
                   const sample_operand *in, tsr_status *status) {
  tsr_arena arena = {0};
  int32_t n_out;
  *status = infer(list, &arena, attrs, n_in, in, &n_out);
  tsr_arena_deinit(&arena);
  return *status == TSR_OK;
}

/* "slice(start=[1]) f32[3]" */
static tsr_status describe(sample_list *list, sample *s) {
  char text[256], attrs[128] = "";
  size_t used = 0;
  void *name;
  if (s->attrs != NULL) tsr_attr_format(s->op->attrs, s->attrs, attrs, sizeof attrs);
  used += (size_t)snprintf(text, sizeof text, "%s(%s)", s->op->name, attrs);
  for (int32_t i = 0; i < s->n_in && used < sizeof text; i++) {
    const sample_operand *o = &s->in[i];
    used += (size_t)snprintf(text + used, sizeof text - used, " %s[", tsr_dtype_name(o->dtype));
    for (size_t k = 0; k < o->dims.n && used < sizeof text; k++)
      used += (size_t)snprintf(text + used, sizeof text - used, k ? ",%lld" : "%lld",
                               (long long)o->dims.data[k]);
    if (used < sizeof text) used += (size_t)snprintf(text + used, sizeof text - used, "]");
  }
  TSR_TRY(tsr_arena_copy(&list->arena, text, strlen(text) + 1, &name));
  s->name = name;
  return TSR_OK;
}

static tsr_status add(sample_list *list, sample s) {
  void *memory;
  TSR_TRY(grow(list));
  if (s.body == NULL) TSR_TRY(infer(list, &list->arena, s.attrs, s.n_in, s.in, &s.n_out));
  if (s.n_out > SAMPLE_OUT)
    return TSR_FAIL(TSR_ERR_LIMIT, "%s: more than %d outputs", s.op->name, SAMPLE_OUT);
  for (int32_t i = 0; i < s.n_in; i++) {
    tsr_dims *dims = &s.in[i].dims;
    TSR_TRY(tsr_arena_copy(&list->arena, dims->data, dims->n * sizeof *dims->data, &memory));
    dims->data = memory;
  }
  if (s.op->attrs != NULL && s.body == NULL) {
    TSR_TRY(tsr_attr_copy(s.op->attrs, s.attrs, &list->arena, &memory));
    s.attrs = memory;
  }
  list->at[list->n++] = s;
  return describe(list, &list->at[list->n - 1]);
}

static sample base(sample_list *list, int32_t n_in, const sample_operand *in) {
  sample s = {.op = list->op, .n_in = n_in};
  for (int32_t i = 0; i < n_in; i++)
    s.in[i] = in[i];
  return s;
}

static void keep(sample_list *list, sample s) {
  if (list->status != TSR_OK) return;
  list->status = add(list, s);
  if (list->status != TSR_OK)
    list->status = tsr_annotate(list->status, "making sample %d of %s", list->n, s.op->name);
}

void sample_add(sample_list *list, const void *attrs, int32_t n_in, const sample_operand *in) {
  sample s = base(list, n_in, in);
  s.attrs = attrs;
  for (int32_t i = 0; i < n_in; i++)
    s.is_dense = s.is_dense || in[i].fill == FILL_EDGES;
  keep(list, s);
}

void sample_add_large(sample_list *list, const void *attrs, int32_t n_in,
                      const sample_operand *in) {
  sample s = base(list, n_in, in);
  s.attrs = attrs;
  s.is_large = s.is_dense = true;
  keep(list, s);
}

void sample_add_body(sample_list *list, tsr_body body, int32_t n_out, int32_t n_in,
                     const sample_operand *in) {
  sample s = base(list, n_in, in);
  s.body = body;
  s.n_out = n_out;
  keep(list, s);
}

void sample_add_body_large(sample_list *list, tsr_body body, int32_t n_out, int32_t n_in,
                           const sample_operand *in) {
  sample s = base(list, n_in, in);
  s.body = body;
  s.n_out = n_out;
  s.is_large = s.is_dense = true;
  keep(list, s);
}

void sample_add_choice(sample_list *list, const void *attrs, int32_t n_in,
                       const sample_operand *in) {
  sample s = base(list, n_in, in);
  s.attrs = attrs;
  s.is_choice = true;
  keep(list, s);
}

tsr_status sample_emit(tsr_builder *b, const sample *s, const tsr_value *in, tsr_value *out) {
  if (s->body == NULL) return tsr_emit(b, s->op, s->attrs, tsr_values_of(in, (size_t)s->n_in), out);
  (void)tsr_builder_fail(b, s->body(b, (void *)(uintptr_t)s, in, out));
  return tsr_builder_status(b);
}
