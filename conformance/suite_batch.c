/* suite_batch.c - every op over one more axis gives what a loop over the instances gives.
 *
 * For every subset of operands and every place of the mapped axis in them, batches of 3, 1
 * and 0; wanted places of results; a batch of a batch; and tsr_vmap, traced and eager.
 */
#include "coverage.h"
#include "holes.h"

#include <stdio.h>
#include <string.h>

#include "tsr/ad.h"
#include "tsr/spi/transform.h"

#define NOT_MAPPED (-1)

/* A batched graph with its operands and the places of the mapped axes. */
typedef struct batch {
  const sample *s;
  const tsr_graph *one; /* of one instance */
  int64_t size;
  int32_t axis[SAMPLE_IN], out_axis[SAMPLE_OUT];
  array in[SAMPLE_IN]; /* stacked */
  char text[160];
} batch;

/* ---- stacking ---- */

static tsr_status draw_stacked(stage *w, const sample *s, int32_t i, int32_t axis, int64_t size,
                               array *out) {
  sample stacked = *s;
  sample_operand *o = &stacked.in[i];
  int64_t dims[32];
  size_t rank = 0;
  for (size_t k = 0; k <= s->in[i].dims.n; k++) {
    if ((int32_t)k == axis) dims[rank++] = size;
    if (k < s->in[i].dims.n) dims[rank++] = s->in[i].dims.data[k];
  }
  o->dims = (tsr_dims){dims, rank};
  return array_draw(w, &stacked, i, (domain){0.3, 1.2, true}, true, out);
}

/* Instance t of a stacked array; the array itself when it is not mapped. */
static tsr_status instance(stage *w, const array *a, int32_t axis, int64_t t, array *out) {
  int64_t dims[32], inner = 1;
  size_t rank = 0;
  *out = *a;
  if (axis < 0) return TSR_OK;
  for (int32_t k = 0; k < a->rank; k++) {
    if (k != axis) dims[rank++] = a->dims[k];
    if (k > axis) inner *= a->dims[k];
  }
  TSR_TRY(array_make(w, a->dtype, (tsr_dims){dims, rank}, out));
  const size_t element = tsr_dtype_size(a->dtype);
  for (int64_t n = 0; n < out->n; n++) {
    const int64_t from = (n / inner * a->dims[axis] + t) * inner + n % inner;
    memcpy(out->data + (size_t)n * element, a->data + (size_t)from * element, element);
  }
  return TSR_OK;
}

static void describe(batch *k, const char *how) {
  size_t used = 0;
  k->text[0] = 0;
  used += (size_t)snprintf(k->text, sizeof k->text, "%s, %lld instances along", how,
                           (long long)k->size);
  for (int32_t i = 0; i < k->s->n_in && used < sizeof k->text; i++)
    used += (size_t)snprintf(k->text + used, sizeof k->text - used, " %d", k->axis[i]);
}

/* ---- programs ---- */

static tsr_status inlined(tsr_builder *b, const void *ctx, const tsr_value *in, tsr_value *out) {
  return tsr_graph_inline(b, ctx, in, out);
}

static tsr_status run_graph(stage *w, const tsr_graph *graph, const array *in, array *out) {
  return stage_compute(w, inlined, graph, graph->n_inputs, in, graph->n_outputs, out);
}

/* Every instance of got, against the graph of one instance. */
static void check_instances(stage *w, const batch *k, const array *got) {
  array one[SAMPLE_IN], want[SAMPLE_OUT], of_batch;
  for (int64_t t = 0; t < k->size; t++) {
    tsr_status status = TSR_OK;
    for (int32_t i = 0; i < k->s->n_in && status == TSR_OK; i++)
      status = instance(w, &k->in[i], k->axis[i], t, &one[i]);
    if (status == TSR_OK) status = run_graph(w, k->one, one, want);
    if (!stage_ok(w, status, "%s, one instance", k->s->name)) return;
    for (int32_t j = 0; j < k->s->n_out; j++) {
      char a[80], b[80];
      int64_t n;
      if (!stage_ok(w, instance(w, &got[j], k->out_axis[j], t, &of_batch), "%s", k->s->name))
        return;
      const bool same = tsr_dtype_is_active(want[j].dtype)
                            ? array_close(&of_batch, &want[j], 64 * dtype_eps(want[j].dtype), 8, &n)
                            : array_same(&of_batch, &want[j], &n);
      if (same) continue;
      stage_fail(w, "%s, %s: instance %lld of output %d, element %lld is %s, not %s", k->s->name,
                 k->text, (long long)t, j, (long long)n, array_text(&of_batch, n, a, sizeof a),
                 array_text(&want[j], n, b, sizeof b));
      return;
    }
  }
}

/* Do the results have the mapped axis where the transform says? */
static bool check_places(stage *w, const batch *k, const array *got) {
  for (int32_t j = 0; j < k->s->n_out; j++) {
    const int32_t at = k->out_axis[j];
    if (at < NOT_MAPPED || at >= got[j].rank || (at >= 0 && got[j].dims[at] != k->size)) {
      stage_fail(w, "%s, %s: output %d is not mapped along axis %d", k->s->name, k->text, j, at);
      return false;
    }
  }
  return true;
}

static void check_batch(stage *w, batch *k) {
  array got[SAMPLE_OUT];
  tsr_graph *graph = NULL;
  tsr_status status = TSR_OK;
  for (int32_t i = 0; i < k->s->n_in && status == TSR_OK; i++)
    status = draw_stacked(w, k->s, i, k->axis[i], k->size, &k->in[i]);
  if (status == TSR_OK)
    status = tsr_graph_batch(k->one, tsr_dim_of(k->size), k->axis, k->out_axis, &graph);
  if (status == TSR_OK) status = run_graph(w, graph, k->in, got);
  if (stage_ok(w, status, "%s, %s", k->s->name, k->text) && check_places(w, k, got))
    check_instances(w, k, got);
  tsr_graph_release(graph);
}

/* ---- all places of the mapped axis ---- */

/* The next combination of axes, -1 standing for not mapped; false after the last. */
static bool next_axes(const sample *s, int32_t *axis) {
  int32_t i = 0;
  while (i < s->n_in && axis[i] == (int32_t)s->in[i].dims.n)
    axis[i++] = NOT_MAPPED;
  if (i < s->n_in) axis[i]++;
  return i < s->n_in;
}

static void check_all_axes(stage *w, const sample *s, const tsr_graph *one) {
  static const int64_t sizes[] = {3, 1, 0};
  int32_t axis[SAMPLE_IN] = {-1, -1, -1, -1};
  int turn = 0;
  while (next_axes(s, axis)) {
    for (size_t z = 0; z < sizeof sizes / sizeof *sizes; z++) {
      batch k = {.s = s, .one = one, .size = sizes[z]};
      /* small sizes at every third combination, wanted places of results at every second */
      if (z > 0 && turn % 3 != 0) continue;
      memcpy(k.axis, axis, sizeof axis);
      for (int32_t j = 0; j < s->n_out; j++)
        k.out_axis[j] = turn % 2 == 0 ? NOT_MAPPED : 0;
      describe(&k, "batched");
      check_batch(w, &k);
    }
    turn++;
  }
  if (s->n_in > 0) return;
  batch k = {.s = s, .one = one, .size = 2, .axis = {0}, .out_axis = {0}};
  describe(&k, "repeated");
  check_batch(w, &k);
}

/* ---- a batch of a batch ---- */

static void check_nested(stage *w, const sample *s, const tsr_graph *one) {
  batch k = {.s = s, .one = one, .size = 2};
  tsr_graph *inner = NULL, *outer = NULL;
  array in[SAMPLE_IN], got[SAMPLE_OUT], slice[SAMPLE_OUT];
  int32_t outer_axis[SAMPLE_IN], outer_out[SAMPLE_OUT], mapped = 0;
  for (int32_t i = 0; i < s->n_in; i++) {
    k.axis[i] = i % 2 == 0 ? 0 : NOT_MAPPED; /* inside, then around that */
    outer_axis[i] = s->n_in == 1 || i % 2 == 1 || i == 2 ? (int32_t)s->in[i].dims.n : NOT_MAPPED;
    mapped += outer_axis[i] >= 0;
  }
  if (mapped == 0) return;
  for (int32_t j = 0; j < s->n_out; j++)
    k.out_axis[j] = outer_out[j] = 0;
  describe(&k, "nested");
  tsr_status status = tsr_graph_batch(one, tsr_dim_of(2), k.axis, k.out_axis, &inner);
  if (status == TSR_OK)
    status = tsr_graph_batch(inner, tsr_dim_of(3), outer_axis, outer_out, &outer);
  for (int32_t i = 0; i < s->n_in && status == TSR_OK; i++) {
    sample stacked = *s;
    int64_t dims[32];
    size_t rank = 0;
    if (k.axis[i] == 0) dims[rank++] = 2;
    for (size_t d = 0; d < s->in[i].dims.n; d++)
      dims[rank++] = s->in[i].dims.data[d];
    stacked.in[i].dims = (tsr_dims){dims, rank};
    status = draw_stacked(w, &stacked, i, outer_axis[i], 3, &in[i]);
  }
  if (status == TSR_OK) status = run_graph(w, outer, in, got);
  for (int64_t t = 0; t < 3 && stage_ok(w, status, "%s, %s", s->name, k.text); t++) {
    for (int32_t i = 0; i < s->n_in && status == TSR_OK; i++)
      status = instance(w, &in[i], outer_axis[i], t, &k.in[i]);
    for (int32_t j = 0; j < s->n_out && status == TSR_OK; j++)
      status = instance(w, &got[j], outer_out[j], t, &slice[j]);
    if (status == TSR_OK && check_places(w, &k, slice)) check_instances(w, &k, slice);
  }
  tsr_graph_release(inner);
  tsr_graph_release(outer);
}

/* ---- tsr_vmap ---- */

static tsr_status one_instance(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  return sample_emit(b, ctx, in, out);
}

static tsr_status vmapped(tsr_builder *b, const void *ctx, const tsr_value *in, tsr_value *out) {
  const sample *s = ctx;
  return tsr_vmap(b, one_instance, (void *)(uintptr_t)s, tsr_values_of(in, (size_t)s->n_in),
                  TSR_NO_AXES, s->n_out, TSR_NO_AXES, out);
}

static tsr_status run_eager(stage *w, const batch *k, array *out) {
  tsr_builder *b;
  tsr_value in[SAMPLE_IN], z[SAMPLE_OUT];
  TSR_TRY(tsr_eager_open(w->rt, "cpu", &b));
  for (int32_t i = 0; i < k->s->n_in; i++)
    in[i] = tsr_from_data(b, k->in[i].dtype, (tsr_dims){k->in[i].dims, (size_t)k->in[i].rank},
                          k->in[i].data);
  tsr_status status = vmapped(b, k->s, in, z);
  if (status == TSR_OK) status = stage_read_values(w, b, k->s->n_out, z, out);
  tsr_builder_close(b);
  return status;
}

static void check_vmap(stage *w, const sample *s, const tsr_graph *one) {
  batch k = {.s = s, .one = one, .size = 3};
  array got[SAMPLE_OUT];
  if (s->n_in == 0) return;
  describe(&k, "vmap");
  for (int32_t i = 0; i < s->n_in; i++)
    if (!stage_ok(w, draw_stacked(w, s, i, 0, 3, &k.in[i]), "%s", s->name)) return;
  if (stage_ok(w, stage_compute(w, vmapped, s, s->n_in, k.in, s->n_out, got), "%s, vmap",
               s->name) &&
      check_places(w, &k, got))
    check_instances(w, &k, got);
  describe(&k, "vmap, eager");
  if (stage_ok(w, run_eager(w, &k, got), "%s, vmap, eager", s->name) && check_places(w, &k, got))
    check_instances(w, &k, got);
}

/* ---- the suite ---- */

/* How much of it. */
typedef enum thoroughness {
  EVERY_PLACE,
  VMAP_ALONE
} thoroughness;

static void check_sample(stage *w, const sample *s, thoroughness how) {
  tsr_graph *one = NULL;
  array in[SAMPLE_IN];
  for (int32_t i = 0; i < s->n_in; i++)
    in[i] = (array){s->in[i].dtype, (int32_t)s->in[i].dims.n, s->in[i].dims.data, 0, 0, NULL};
  if (stage_ok(w, stage_graph(w, s, in, &one), "%s", s->name)) {
    if (how == EVERY_PLACE) check_all_axes(w, s, one);
    if (how == EVERY_PLACE) check_nested(w, s, one);
    check_vmap(w, s, one);
    cover(w, COVER_VMAP);
  }
  tsr_graph_release(one);
  tsr_arena_reset(&w->arena);
}

static void check_dtype(stage *w, const tsr_op *op, thoroughness how) {
  sample_list list;
  if (stage_ok(w, samples_open(w->registry, op, w->key, &list), "samples"))
    for (int32_t i = 0; i < list.n; i++) {
      const sample *s = &list.at[i];
      const bool is_deep = s->n_in > 0 && s->in[0].dims.n > 4;
      if (!s->is_large && !is_deep && (s->n_in == 0 || s->in[0].fill != FILL_EDGES))
        check_sample(w, s, how);
    }
  samples_close(&list);
}

/* Of a few dtypes everything, for the rules hardly look at them; of the others tsr_vmap. */
static void suite(stage *w, const tsr_op *op) {
  static const tsr_dtype dtypes[TSR_DTYPE_COUNT] = {TSR_F64, TSR_I32, TSR_BOOL, TSR_C64, TSR_U64,
                                                    TSR_I8,  TSR_I16, TSR_I64,  TSR_U8,  TSR_U16,
                                                    TSR_U32, TSR_F16, TSR_BF16, TSR_F32, TSR_C128};
  uint32_t tested = 0;
  int n = 0;
  for (int i = 0; i < TSR_DTYPE_COUNT && n < (STAGE_SMALL ? 1 : TSR_DTYPE_COUNT); i++) {
    w->key = dtypes[i];
    if (!(op->dtypes >> w->key & 1) || hole_find(HOLE_SAMPLES, op, w->key) != NULL) continue;
    if (hole_find(HOLE_BATCH, op, w->key) == NULL)
      check_dtype(w, op, n < 3 ? EVERY_PLACE : VMAP_ALONE);
    tested |= UINT32_C(1) << w->key;
    n++;
  }
  coverage_report(w, op, COVER_VMAP, COVER_VMAP, tested);
}

int main(int argc, char **argv) { return stage_main(argc, argv, suite, NULL); }
