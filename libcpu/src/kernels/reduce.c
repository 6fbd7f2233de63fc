/* reduce.c - rows of reductions over axes: a program that loads and reduces. */
#include "vm.h"

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  const tsr_reduce_attrs *attrs = p->call->attrs;
  const tsr_view *in = &p->in[0], *out = &p->out[0];
  size_t rank = (size_t)in->rank, bytes = rank * (sizeof(int64_t) + sizeof(bool)) + 1;
  void *memory;
  TSR_TRY(tsr_alloc(bytes, 0, &memory));
  int64_t *strides = memory;
  bool *reduced = (bool *)(strides + rank);
  for (size_t a = 0; a < rank; a++)
    reduced[a] = false;
  for (size_t i = 0; i < attrs->axes.n; i++)
    reduced[attrs->axes.data[i]] = true;
  for (int32_t a = 0, k = 0; a < in->rank; a++)
    strides[a] = reduced[a] ? 0 : out->strides[k++];
  tsr_expr_step load = {
      .dtype = in->dtype, .arg = {0, -1, -1}
  };
  tsri_vm_out result = {0, 0, tsri_kernel_op(self), strides};
  tsri_vm_source source = {.device = p->device,
                           .rank = in->rank,
                           .dims = in->dims,
                           .n_steps = 1,
                           .steps = &load,
                           .in_strides = &in->strides,
                           .n_outs = 1,
                           .outs = &result,
                           .reduced = reduced};
  tsri_vm *vm;
  tsr_status status = tsri_vm_create(&source, &vm);
  tsr_free(memory, bytes, 0);
  if (status != TSR_OK) return status;
  p->workspace = vm->workspace;
  p->state = vm;
  p->release = tsr_kernel_state_release;
  return TSR_OK;
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  return tsri_vm_run(c->state, stream, c, in, out, c->workspace);
}

#define ROW(ID, op_name, accepted)                                                                 \
  {                                                                                                \
    .op = &tsri_cpu_ops[TSR_OP_##ID], .dtypes = accepted, .name = "cpu." #op_name,                 \
    .prepare = prepare, .run = run                                                                 \
  }
const tsr_kernel tsri_reduce_kernels[] = {
    ROW(REDUCE_SUM, reduce_sum, TSR_DTYPES_NUMERIC),
    ROW(REDUCE_PROD, reduce_prod, TSR_DTYPES_NUMERIC),
    ROW(REDUCE_MAX, reduce_max, TSR_DTYPES_ORDERED | TSR_BIT(BOOL)),
    ROW(REDUCE_MIN, reduce_min, TSR_DTYPES_ORDERED | TSR_BIT(BOOL)),
    ROW(REDUCE_AND, reduce_and, TSR_DTYPES_INTEGER | TSR_BIT(BOOL)),
    ROW(REDUCE_OR, reduce_or, TSR_DTYPES_INTEGER | TSR_BIT(BOOL)),
};
#undef ROW
const int32_t tsri_reduce_kernel_count = TSRI_COUNT_OF(tsri_reduce_kernels);
