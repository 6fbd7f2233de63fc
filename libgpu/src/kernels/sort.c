/* sort.c - row of sort: all operands along an axis by the first n_keys of them, stable.
 *
 * Places within the lines are merge sorted, by the last key first and by the first key last,
 * which is the order of the keys taken together. Then every operand is read at the places
 * found. Two lists of places are the workspace.
 */
#include "rows.h"

typedef struct sort_operand {
  struct CUfunc_st *merge, *carry; /* merge of keys; carry NULL: nobody reads this output */
  tsri_merge_args key;
  tsri_carry_args args;
} sort_operand;

typedef struct sort_state {
  tsr_kernel_state state;
  int32_t n_operands, n_keys;
  int64_t n, length; /* places of all lines, of one */
  sort_operand operands[];
} sort_state;

/* The lines of an operand, and its steps along the axis. */
static void plan_lines(sort_operand *o, int64_t axis, const tsr_view *in, const tsr_view *out) {
  tsri_merge_args *key = &o->key;
  tsri_carry_args *a = &o->args;
  for (int32_t i = 0; i < in->rank; i++) {
    if (i == axis || in->dims[i] == 1) continue;
    a->dims[a->rank] = key->dims[key->rank] = in->dims[i];
    key->strides[key->rank++] = a->from_strides[a->rank] = in->strides[i];
    a->to_strides[a->rank++] = out->strides[i];
  }
  int64_t *const both[] = {a->from_strides, a->to_strides}, *const one[] = {key->strides};
  tsri_cuda_fuse(2, &a->rank, a->dims, both);
  tsri_cuda_fuse(1, &key->rank, key->dims, one);
  key->step = a->from_step = in->strides[axis];
  a->to_step = out->strides[axis];
}

static tsr_status plan_operand(sort_state *s, int32_t j, tsr_prepare *p) {
  const tsr_sort_attrs *attrs = p->call->attrs;
  const tsr_view *in = &p->in[j];
  sort_operand *o = &s->operands[j];
  plan_lines(o, attrs->axis, in, &p->out[j]);
  o->key.n = o->args.n = s->n;
  o->key.length = o->args.length = s->length;
  o->key.flip = attrs->order == TSR_DESCENDING ? UINT64_MAX : 0;
  if (j < s->n_keys)
    TSR_TRY(tsri_cuda_kernel_by_dtype(p->device, TSRI_CUDA_IMAGE_sort, "tsr_merge",
                                      in->dtype == TSR_BOOL ? TSR_U8 : in->dtype, &o->merge));
  if (p->wanted && !p->wanted[j]) return TSR_OK;
  return tsri_cuda_kernel_by_size(p->device, TSRI_CUDA_IMAGE_sort, "tsr_carry",
                                  tsr_dtype_size(in->dtype), &o->carry);
}

static tsr_status plan(sort_state *s, tsr_prepare *p) {
  const tsr_sort_attrs *attrs = p->call->attrs;
  s->n_operands = p->call->n_in;
  s->n_keys = (int32_t)attrs->n_keys;
  s->n = tsr_view_count(&p->in[0]);
  s->length = p->in[0].dims[attrs->axis];
  if (s->n == 0) return TSR_OK;
  if (__builtin_mul_overflow(2 * sizeof(int64_t), (size_t)s->n, &p->workspace))
    return TSR_FAIL(TSR_ERR_LIMIT, "sort: the places of %lld elements do not fit 63 bits",
                    (long long)s->n);
  for (int32_t j = 0; j < s->n_operands; j++)
    TSR_TRY(plan_operand(s, j, p));
  return TSR_OK;
}

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  sort_state *s;
  TSR_TRY(tsri_cuda_state(p, sizeof *s + sizeof(sort_operand) * (size_t)p->call->n_in, &s));
  return tsri_cuda_prepared(p, plan(s, p));
}

/* All passes by one key; *places: the list that holds the order, NULL for the one at hand. */
static tsr_status sort_by(const sort_state *s, tsr_stream *stream, const sort_operand *o,
                          const void *x, int64_t *lists, const int64_t **places) {
  tsri_merge_args a = o->key;
  a.x = x;
  for (a.width = 1; a.width < s->length; a.width *= 2) {
    a.from = *places;
    a.to = *places == lists ? lists + s->n : lists;
    TSR_TRY(tsri_cuda_launch_threads(stream, o->merge, s->n, &a));
    *places = a.to;
  }
  return TSR_OK;
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const sort_state *s = c->state;
  const int64_t *places = NULL;
  if (s->n == 0) return TSR_OK;
  for (int32_t k = s->n_keys; k-- > 0;)
    TSR_TRY(sort_by(s, stream, &s->operands[k], in[k].data, c->workspace, &places));
  for (int32_t j = 0; j < s->n_operands; j++) {
    tsri_carry_args a = s->operands[j].args;
    a.from = in[j].data;
    a.to = out[j].data;
    a.places = places;
    if (!s->operands[j].carry) continue;
    TSR_TRY(tsri_cuda_launch_threads(stream, s->operands[j].carry, s->n, &a));
  }
  return TSR_OK;
}

const tsr_kernel tsri_cuda_sort_kernels[] = {
    {.op = &tsri_cuda_ops[TSR_OP_SORT],
     .dtypes = TSR_DTYPES_ORDERED | TSR_BIT(BOOL),
     .name = "cuda.sort",
     .prepare = prepare,
     .run = run}
};
const int32_t tsri_cuda_sort_kernel_count = TSRI_COUNT_OF(tsri_cuda_sort_kernels);
