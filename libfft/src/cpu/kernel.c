/* kernel.c - the CPU kernel: a list of passes, made once, run as often as needed. */
#include "pass.h"

#include <string.h>

#include "tsr/alloc.h"
#include "tsr/layout.h"

typedef struct fft_state {
  tsr_arena arena; /* owns all but itself and what passes_deinit drops */
  tsri_fft_geometry g;
  tsri_fft_pass *passes; /* [2 n_axes at most] */
  int32_t n_passes;
  size_t temporary; /* bytes, in front of the scratch */
} fft_state;

static void release(void *state) {
  fft_state *s = state;
  for (int32_t i = 0; i < s->n_passes; i++)
    tsri_fft_pass_deinit(&s->passes[i]);
  tsr_arena_deinit(&s->arena);
  tsr_free(s, sizeof *s, 0);
}

/* ---- making the list ---- */

static int64_t distance(const tsri_fft_dim *d) {
  int64_t a = d->in < 0 ? -d->in : d->in;
  return a ? a : INT64_MAX; /* repeated lines are no neighbours */
}

/* Make the loop with the shortest stride the last. */
static void choose_side(tsri_fft_pass *p) {
  int32_t nearest = p->n_others - 1;
  for (int32_t k = 0; k < p->n_others; k++)
    if (distance(&p->others[k]) < distance(&p->others[nearest])) nearest = k;
  if (nearest < 0) return;
  tsri_fft_dim side = p->others[nearest];
  p->others[nearest] = p->others[p->n_others - 1];
  p->others[p->n_others - 1] = side;
}

/* A pass along axis i, all other loops around it, with room for one more. */
static tsr_status new_pass(fft_state *s, const tsr_prepare *prep, int32_t i, tsri_fft_pass **out) {
  tsri_fft_pass *p = &s->passes[s->n_passes];
  const size_t room = (size_t)s->g.n_axes + (size_t)s->g.n_others + 1;
  void *memory;
  TSR_TRY(tsr_arena_alloc(&s->arena, room * sizeof *p->others, &memory));
  const bool first = s->n_passes == 0;
  *p = (tsri_fft_pass){.axis = s->g.axes[i],
                       .others = memory,
                       .from = first ? TSRI_FFT_OPERAND : TSRI_FFT_RESULT,
                       .to = TSRI_FFT_RESULT,
                       .kind = s->g.kind,
                       .f32 = tsr_dtype_real(prep->in[0].dtype) == TSR_F32,
                       .backward = s->g.backward,
                       .scale = i == s->g.n_axes - 1 ? s->g.scale : 1};
  for (int32_t k = 0; k < s->g.n_others; k++)
    p->others[p->n_others++] = s->g.others[k];
  for (int32_t k = 0; k < s->g.n_axes; k++)
    if (k != i) p->others[p->n_others++] = s->g.axes[k];
  for (int32_t k = 0; !first && k < p->n_others; k++)
    p->others[k].in = p->others[k].out; /* in place from the second axis on */
  if (!first) p->axis.in = p->axis.out;
  s->n_passes++;
  *out = p;
  return TSR_OK;
}

/* n1 passes along columns into the temporary, then n2 along its rows; see split.c. */
static tsr_status add_two(fft_state *s, const tsr_prepare *prep, int32_t i, int64_t n1) {
  tsri_fft_pass *a, *b;
  TSR_TRY(new_pass(s, prep, i, &a));
  TSR_TRY(new_pass(s, prep, i, &b));
  const int64_t n = a->axis.n, n2 = n / n1, in = a->axis.in, out = b->axis.out;
  int64_t stride = n;
  a->to = b->from = TSRI_FFT_TEMPORARY;
  a->scale = 1;
  for (int32_t k = a->n_others - 1; k >= 0; k--) {
    a->others[k].out = b->others[k].in = stride;
    stride *= a->others[k].n;
  }
  a->axis = (tsri_fft_dim){n1, in * n2, n2};
  a->others[a->n_others++] = (tsri_fft_dim){n2, in, 1}; /* the side: factors run along it */
  b->axis = (tsri_fft_dim){n2, 1, out * n1};
  b->others[b->n_others++] = (tsri_fft_dim){n1, n2, out};
  s->temporary = (size_t)s->g.count * tsr_dtype_size(prep->in[0].dtype);
  TSR_TRY(tsri_fft_twiddle_make(n, &s->arena, &a->twiddle));
  TSR_TRY(tsri_fft_pass_prepare(a, prep->device));
  return tsri_fft_pass_prepare(b, prep->device);
}

static tsr_status add_axis(fft_state *s, const tsr_prepare *prep, int32_t i) {
  const int64_t n1 = s->g.kind == TSRI_FFT_C2C ? tsri_fft_split(s->g.axes[i].n) : 0;
  if (n1) return add_two(s, prep, i, n1);
  tsri_fft_pass *p;
  TSR_TRY(new_pass(s, prep, i, &p));
  choose_side(p);
  return tsri_fft_pass_prepare(p, prep->device);
}

static tsr_status fill_state(fft_state *s, tsri_fft_kind kind, tsr_prepare *p) {
  void *memory;
  TSR_TRY(tsri_fft_geometry_make(kind, p, &s->arena, &s->g));
  if (s->g.count == 0) return TSR_OK;
  TSR_TRY(tsr_arena_alloc(&s->arena, 2 * (size_t)s->g.n_axes * sizeof *s->passes, &memory));
  s->passes = memory;
  size_t scratch = 0;
  for (int32_t i = 0; i < s->g.n_axes; i++)
    TSR_TRY(add_axis(s, p, i));
  for (int32_t i = 0; i < s->n_passes; i++) {
    size_t bytes = (size_t)s->passes[i].chunks * s->passes[i].scratch;
    if (bytes > scratch) scratch = bytes;
  }
  s->temporary = (s->temporary + 63) / 64 * 64;
  p->workspace = s->temporary + scratch;
  return TSR_OK;
}

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  const tsri_fft_kind *kind = self->data;
  void *memory;
  TSR_TRY(tsr_alloc(sizeof(fft_state), 0, &memory));
  memset(memory, 0, sizeof(fft_state));
  fft_state *s = memory;
  tsr_status status = fill_state(s, *kind, p);
  if (status == TSR_OK) {
    p->state = s;
    p->release = release;
  } else {
    release(s);
  }
  return status;
}

/* ---- run ---- */

typedef struct pass_job {
  const tsri_fft_pass *pass;
  const char *in;
  char *out;
  char *scratch;
} pass_job;

/* Where a block starts, and how many lines it has. */
static tsri_fft_block find_block(const pass_job *job, int64_t number) {
  const tsri_fft_pass *p = job->pass;
  int64_t in = 0, out = 0;
  tsri_fft_block block = {.pass = p, .lanes = 1};
  for (int32_t k = p->n_others - 1; k >= 0; k--) {
    const bool side = k == p->n_others - 1;
    const tsri_fft_dim *d = &p->others[k];
    const int64_t n = side ? (d->n + p->lanes - 1) / p->lanes : d->n;
    const int64_t at = number % n * (side ? p->lanes : 1);
    number /= n;
    if (side) {
      block.first = at;
      block.lanes = d->n - at < p->lanes ? d->n - at : p->lanes;
    }
    in += at * d->in;
    out += at * d->out;
  }
  block.in = job->in + in * tsri_fft_item_in(p);
  block.out = job->out + out * tsri_fft_item_out(p);
  return block;
}

static tsr_status run_chunk(void *ctx, int64_t chunk) {
  const pass_job *job = ctx;
  const tsri_fft_pass *p = job->pass;
  const int64_t each = p->blocks / p->chunks, more = p->blocks % p->chunks;
  const int64_t begin = chunk * each + (chunk < more ? chunk : more);
  const int64_t end = begin + each + (chunk < more);
  for (int64_t i = begin; i < end; i++) {
    tsri_fft_block block = find_block(job, i);
    block.scratch = job->scratch + (size_t)chunk * p->scratch;
    p->engine->run(&block);
  }
  return TSR_OK;
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const fft_state *s = c->state;
  const tsr_cpu_spi *cpu = stream->device->backend->spi;
  void *const places[] = {[TSRI_FFT_OPERAND] = in[0].data,
                          [TSRI_FFT_RESULT] = out[0].data,
                          [TSRI_FFT_TEMPORARY] = c->workspace};
  if (s->g.n_axes == 0) return tsr_view_copy(&in[0], &out[0]); /* all lengths are 1 */
  for (int32_t i = 0; i < s->n_passes; i++) {
    const tsri_fft_pass *p = &s->passes[i];
    pass_job job = {p, places[p->from], places[p->to], (char *)c->workspace + s->temporary};
    TSR_TRY(cpu->parallel(stream, p->chunks, run_chunk, &job));
  }
  return TSR_OK;
}

static const tsri_fft_kind c2c = TSRI_FFT_C2C, r2c = TSRI_FFT_R2C, c2r = TSRI_FFT_C2R;

const tsr_kernel tsri_fft_cpu_kernels[] = {
    {.op = &tsri_fft_op,
     .dtypes = TSR_DTYPES_COMPLEX,
     .name = "cpu.fft",
     .prepare = prepare,
     .run = run,
     .data = &c2c},
    {.op = &tsri_fft_r2c_op,
     .dtypes = TSR_BIT(F32) | TSR_BIT(F64),
     .name = "cpu.fft.r2c",
     .prepare = prepare,
     .run = run,
     .data = &r2c},
    {.op = &tsri_fft_c2r_op,
     .dtypes = TSR_DTYPES_COMPLEX,
     .name = "cpu.fft.c2r",
     .prepare = prepare,
     .run = run,
     .data = &c2r},
};
const int32_t tsri_fft_cpu_kernel_count =
    sizeof tsri_fft_cpu_kernels / sizeof *tsri_fft_cpu_kernels;
