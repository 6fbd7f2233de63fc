/* assemble.c - rows of pad and concatenate: boxes of the result, each copied from an operand. */
#include "assembly.h"
#include "box.h"

#include <string.h>

enum {
  FILL = 256 /* bytes of the value, again and again, for boxes whose rows are no longer */
};

typedef struct assemble_state {
  tsr_kernel_state state;
  tsri_assembly assembly;
  int64_t numbers[]; /* for planning; then the memory of the assembly */
} assemble_state;

/* With room for so many boxes, and lists of a number for every axis. */
static tsr_status create_state(tsr_prepare *p, int32_t boxes, int32_t lists, assemble_state **out) {
  const tsr_view *z = &p->out[0];
  TSR_TRY(tsr_kernel_state_create(sizeof **out + sizeof(int64_t) * (size_t)lists * (size_t)z->rank +
                                      tsri_assembly_bytes(z, boxes),
                                  out));
  p->state = *out;
  p->release = tsr_kernel_state_release;
  return TSR_OK;
}

static tsr_status prepare_concatenate(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  const int64_t axis = ((const tsr_concatenate_attrs *)p->call->attrs)->axis;
  const int32_t n = p->call->n_in;
  const tsr_view *out = &p->out[0];
  assemble_state *s;
  TSR_TRY(create_state(p, n, 1, &s));
  int64_t *first = s->numbers;
  tsri_assembly_init(&s->assembly, first + out->rank, p->device, out, n, n > 1 ? (int32_t)axis : 0,
                     first, out->dims);
  for (int32_t i = 0; i < n; i++) {
    const tsri_box box = {i, 0, first, p->in[i].dims, p->in[i].strides, out->strides};
    tsri_assembly_add(&s->assembly, out, &box);
    first[axis] += p->in[i].dims[axis];
  }
  return TSR_OK;
}

/* Axes before the last that is padded; none where gaps are filled too. */
static int32_t shared_axes(const tsr_view *out, const tsr_pad_plan *x) {
  int32_t shared = 0;
  for (int32_t k = 0; k < out->rank; k++) {
    if (x->span[k] != x->dims[k]) return 0;
    if (x->span[k] != out->dims[k]) shared = k;
  }
  return shared;
}

/* The value goes around x, and between its elements if they lie apart: short rows of it are runs of
 * a row, all else is one element.
 */
static tsr_status prepare_pad(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  const tsr_view *out = &p->out[0];
  const int32_t rank = out->rank, boxes = 2 * rank + 2;
  const int64_t row = FILL / (int64_t)tsr_dtype_size(out->dtype);
  assemble_state *s;
  tsr_pad_plan x;
  TSR_TRY(create_state(p, boxes, 9, &s));
  tsr_plan_pad(p, s->numbers, &x);
  int64_t *first = s->numbers + 5 * (size_t)rank, *dims = first + rank;
  int64_t *zeros = dims + rank, *along = zeros + rank;
  tsri_assembly *a = &s->assembly;
  if (rank > 0) along[rank - 1] = 1;
  tsri_assembly_init(a, along + rank, p->device, out, boxes, shared_axes(out, &x), x.first, x.span);
  for (int32_t k = 0; k < 2 * rank; k++)
    if (tsri_outside(rank, out->dims, x.first, x.span, k, first, dims))
      tsri_assembly_add(
          a, out,
          &(tsri_box){1, 0, first, dims, dims[rank - 1] <= row ? along : zeros, out->strides});
  if (tsri_product(rank, x.span) > tsri_product(rank, x.dims))
    tsri_assembly_add(a, out, &(tsri_box){1, 0, x.first, x.span, zeros, out->strides});
  tsri_assembly_add(a, out, &(tsri_box){0, x.from_offset, x.first, x.dims, x.from, x.to});
  return TSR_OK;
}

static tsr_status run_pad(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                          const tsr_view *out) {
  const assemble_state *s = c->state;
  const size_t size = tsr_dtype_size(out[0].dtype);
  char row[FILL];
  for (size_t i = 0; i < FILL; i += size)
    memcpy(row + i, in[1].data, size);
  const tsr_view from[] = {in[0], {.data = row}};
  return tsri_assembly_run(&s->assembly, stream, from, out[0].data);
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const assemble_state *s = c->state;
  return tsri_assembly_run(&s->assembly, stream, in, out[0].data);
}

const tsr_kernel tsri_assemble_kernels[] = {
    {.op = &tsri_cpu_ops[TSR_OP_PAD],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cpu.pad",
     .prepare = prepare_pad,
     .run = run_pad},
    {.op = &tsri_cpu_ops[TSR_OP_CONCATENATE],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cpu.concatenate",
     .prepare = prepare_concatenate,
     .run = run    },
};
const int32_t tsri_assemble_kernel_count = TSRI_COUNT_OF(tsri_assemble_kernels);
