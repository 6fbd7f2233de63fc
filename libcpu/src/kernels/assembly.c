/* assembly.c - an array put together from boxes, each copied from an operand. */
#include "assembly.h"

#include "variants/variants.h"

enum {
#ifdef TSR_STRESS
  PIECE = 128,
  SHORT = 64,
  TASK = 256,
#else
  PIECE = 32 * 1024, /* bytes, unless one row has more */
  SHORT = 2048,      /* of a row whose boxes are put together in a buffer */
  TASK = 256 * 1024, /* of pieces: below this a second thread costs more than it gives */
#endif
};

/* A box, or the first piece of it. */
struct tsri_assembly_part {
  int32_t input;
  bool alone;
  int64_t from, to; /* bytes to the first element of either side */
  int64_t *steps;   /* [rank] bytes in the operand from piece to piece */
  tsri_copy copy, last;
};

static size_t part_bytes(const tsr_view *out) {
  return sizeof(tsri_assembly_part) + sizeof(int64_t) * ((size_t)out->rank + 1) +
         2 * tsri_copy_bytes(out->rank, out->dims);
}

size_t tsri_assembly_bytes(const tsr_view *out, int32_t boxes) {
  return (size_t)boxes * part_bytes(out) + 3 * sizeof(int64_t) * ((size_t)out->rank + 1);
}

static void *take(tsri_assembly *a, size_t bytes) {
  void *taken = a->memory;
  a->memory += bytes;
  return taken;
}

/* ---- planning ---- */

static bool is_dense_from(const tsr_view *v, int32_t axis) {
  int64_t step = 1;
  for (int32_t k = v->rank - 1; k >= axis; k--) {
    if (v->dims[k] != 1 && v->strides[k] != step) return false;
    step *= v->dims[k];
  }
  return true;
}

/* Pieces along the outermost axis of which one step fits, else along the innermost there is. */
static void plan_pieces(tsri_assembly *a, const tsr_view *out, int32_t shared) {
  int32_t axis = 0;
  int64_t step = tsri_product(out->rank - 1, out->dims + 1) * a->size;
  while (axis < shared - 1 && step > PIECE)
    step /= out->dims[++axis];
  const int64_t n = a->count[axis], most = tsri_max(1, PIECE / tsri_max(1, step));
  const int64_t pieces = tsri_ceil_div(n, most);
  a->rank = axis + 1;
  a->rows = tsri_ceil_div(n, pieces);
  a->rest = n - (tsri_ceil_div(n, a->rows) - 1) * a->rows;
  for (int32_t k = 0; k <= axis; k++) {
    a->dims[k] = k < axis ? a->count[k] : tsri_ceil_div(n, a->rows);
    a->steps[k] = out->strides[k] * (k < axis ? 1 : a->rows) * a->size;
    a->base += a->first[k] * out->strides[k] * a->size;
  }
  a->bytes = a->rows * step;
  a->last_bytes = a->rest * step;
  a->pieces = tsri_product(a->rank, a->dims);
  a->chunk = tsri_max(1, TASK / tsri_max(1, a->bytes));
}

void tsri_assembly_init(tsri_assembly *a, void *memory, const tsr_device *device,
                        const tsr_view *out, int32_t boxes, int32_t shared, const int64_t *first,
                        const int64_t *count) {
  const size_t rank = (size_t)out->rank;
  *a = (tsri_assembly){.device = device,
                       .size = (int64_t)tsr_dtype_size(out->dtype),
                       .first = first,
                       .count = count,
                       .memory = memory};
  a->parts = take(a, sizeof *a->parts * (size_t)boxes);
  a->dims = take(a, sizeof(int64_t) * rank);
  a->steps = take(a, sizeof(int64_t) * rank);
  const int64_t bytes = tsr_view_count(out) * a->size;
  if (bytes == 0 || shared == 0 || tsri_product(shared, count) == 0) return;
  a->past = tsri_streams(device, 2 * (size_t)bytes);
  plan_pieces(a, out, shared);
  a->buffered = a->past && bytes / tsri_product(shared, out->dims) < SHORT && a->bytes <= PIECE &&
                is_dense_from(out, a->rank - 1);
}

static void plan_copy(tsri_assembly *a, const tsr_view *out, const tsri_box *box,
                      const int64_t *dims, tsri_copy_stores stores, tsri_copy *copy) {
  void *memory = take(a, tsri_copy_bytes(out->rank, out->dims));
  tsri_copy_init_with(copy, memory, (size_t)a->size, out->rank, dims, box->strides, box->out,
                      tsri_variant_chosen()->movers, stores);
}

/* Pieces of a box begin where it does, or, in a buffer, where the buffer does. */
static void plan_part(tsri_assembly *a, const tsr_view *out, const tsri_box *box,
                      tsri_assembly_part *part) {
  const int32_t cut = a->rank - 1;
  const tsri_copy_stores stores = a->past && !a->buffered ? TSRI_COPY_PAST : TSRI_COPY_CACHED;
  int64_t *dims = take(a, sizeof(int64_t) * (size_t)out->rank);
  for (int32_t k = 0; k < out->rank; k++)
    dims[k] = k < cut ? 1 : k == cut ? a->rows : box->dims[k];
  plan_copy(a, out, box, dims, stores, &part->copy);
  dims[cut] = a->rest;
  plan_copy(a, out, box, dims, stores, &part->last);
  part->steps = dims; /* no longer needed as such */
  for (int32_t k = 0; k < a->rank; k++)
    part->steps[k] = box->strides[k] * (k < cut ? 1 : a->rows) * a->size;
  part->to -= a->base;
}

void tsri_assembly_add(tsri_assembly *a, const tsr_view *out, const tsri_box *box) {
  tsri_assembly_part *part = &a->parts[a->n++];
  *part = (tsri_assembly_part){.input = box->input, .from = box->from * a->size};
  for (int32_t k = 0; k < out->rank; k++)
    part->to += box->first[k] * out->strides[k] * a->size;
  part->alone = a->rank == 0;
  for (int32_t k = 0; k < a->rank; k++)
    part->alone |= box->first[k] != a->first[k] || box->dims[k] != a->count[k];
  if (!part->alone) {
    plan_part(a, out, box, part);
    return;
  }
  void *memory = take(a, tsri_copy_bytes(out->rank, out->dims));
  tsri_copy_init(&part->copy, memory, a->device, (size_t)a->size, out->rank, box->dims,
                 box->strides, box->out);
}

/* ---- running ---- */

typedef struct assembly_job {
  const tsri_assembly *assembly;
  const tsr_view *in;
  char *out;
} assembly_job;

/* Piece number i of all boxes, written from `to` on. */
static void copy_piece(const assembly_job *job, int64_t i, bool last, char *to) {
  const tsri_assembly *a = job->assembly;
  for (int32_t k = 0; k < a->n; k++) {
    const tsri_assembly_part *part = &a->parts[k];
    const tsri_copy *copy = last ? &part->last : &part->copy;
    if (part->alone || copy->blocks == 0) continue;
    const char *from = job->in[part->input].data;
    tsri_copy_blocks(copy, from + part->from + tsri_offset(a->rank, a->dims, part->steps, i),
                     to + part->to, 0, copy->blocks);
  }
}

static void stream_out(const tsri_mover_table *movers, const char *from, int64_t n, char *to) {
  static const int64_t at[] = {0};
  movers->streams(&(tsri_move_block){from, to, 1, 1, at, at, at, at, n, false, true});
}

static tsr_status run_pieces(void *ctx, int64_t begin, int64_t end) {
  const assembly_job *job = ctx;
  const tsri_assembly *a = job->assembly;
  const tsri_mover_table *movers = tsri_variant_chosen()->movers;
  const int64_t along = a->dims[a->rank - 1];
  _Alignas(64) char buffer[PIECE];
  for (int64_t i = begin; i < end; i++) {
    const bool last = i % along == along - 1;
    char *to = job->out + a->base + tsri_offset(a->rank, a->dims, a->steps, i);
    copy_piece(job, i, last, a->buffered ? buffer : to);
    if (a->buffered) stream_out(movers, buffer, last ? a->last_bytes : a->bytes, to);
  }
  if (a->past) movers->stream_end();
  return TSR_OK;
}

tsr_status tsri_assembly_run(const tsri_assembly *a, tsr_stream *stream, const tsr_view *in,
                             void *out) {
  for (int32_t k = 0; k < a->n; k++) {
    const tsri_assembly_part *part = &a->parts[k];
    if (!part->alone || part->copy.blocks == 0) continue;
    TSR_TRY(tsri_copy_run(&part->copy, stream, (const char *)in[part->input].data + part->from,
                          (char *)out + part->to));
  }
  assembly_job job = {a, in, out};
  return tsri_parallel_ranges(stream, a->pieces, a->chunk, run_pieces, &job);
}
