/* suite_regions.c - fused expressions on cuda and on the cpu, with several outputs at once:
 * plain ones, and reductions over different axes, of operands that repeat and lie anyhow. Programs
 * of rows, which cuda does not take as one expression, are planned there with several.
 *
 * Runs on whatever answers as "cuda", as suite_cuda does; skipped (77) where nothing answers.
 */
#include "stage.h"

#include <stdio.h>
#include <string.h>

#include "tsr/gpu.h"
#include "tsr/spi/expr.h"
#include "tsr/spi/kernels.h"
#include "tsr/spi/tensor.h"

enum {
  RANK = 3,
  INPUTS = 3,
  OUTPUTS = 5
};

/* x[i, j, k], y[j, k] and z[i, 1, k]: out = x y + z, and -out summed or its largest taken. */
typedef struct region {
  tsr_dtype dtype;
  int64_t dims[RANK];
} region;

static const region regions[] = {
    {TSR_F32,  {3, 4, 5}    },
    {TSR_F64,  {2, 300, 7}  },
    {TSR_I32,  {130, 3, 17} },
    {TSR_BF16, {4, 3, 33}   },
    {TSR_I8,   {1, 1, 2000} },
    {TSR_F32,  {1, 70000, 1}},
    {TSR_I64,  {4, 0, 3}    },
    {TSR_F32,  {40000, 1, 2}},
};

/* Which axes each output reduces, and how. */
static const struct {
  tsr_op_id reduce;
  uint64_t axes;
} outputs[OUTPUTS] = {
    {TSR_OP_CORE_COUNT, 0},
    {TSR_OP_REDUCE_SUM, 1},
    {TSR_OP_REDUCE_MAX, 6},
    {TSR_OP_REDUCE_SUM, 7},
    {TSR_OP_REDUCE_MAX, 1},
};

static const int32_t axes_of[INPUTS][RANK] = {
    {0,  1, 2},
    {1,  2},
    {0, 1, 2 }
};

static tsr_status express(const region *r, tsr_expr **out) {
  tsr_dim dims[RANK];
  tsr_expr_load loads[INPUTS];
  tsr_expr_step steps[INPUTS + 3];
  tsr_expr_out outs[OUTPUTS];
  for (int32_t a = 0; a < RANK; a++)
    dims[a] = tsr_dim_of(r->dims[a]);
  for (int32_t i = 0; i < INPUTS; i++) {
    loads[i] = (tsr_expr_load){r->dtype, i == 1 ? 2 : 3, axes_of[i]};
    steps[i] = (tsr_expr_step){
        .dtype = r->dtype, .arg = {i, -1, -1}
    };
  }
  steps[3] = (tsr_expr_step){
      tsr_op_core(TSR_OP_MUL), NULL, r->dtype, {0, 1, -1}
  };
  steps[4] = (tsr_expr_step){
      tsr_op_core(TSR_OP_ADD), NULL, r->dtype, {3, 2, -1}
  };
  steps[5] = (tsr_expr_step){
      tsr_op_core(TSR_OP_NEG), NULL, r->dtype, {4, -1, -1}
  };
  for (int32_t j = 0; j < OUTPUTS; j++) {
    const bool reduces = outputs[j].reduce != TSR_OP_CORE_COUNT;
    outs[j] = (tsr_expr_out){reduces ? 5 : 4, reduces ? tsr_op_core(outputs[j].reduce) : NULL,
                             outputs[j].axes};
  }
  const tsr_expr form = {.rank = RANK,
                         .dims = dims,
                         .n_inputs = INPUTS,
                         .inputs = loads,
                         .n_steps = INPUTS + 3,
                         .steps = steps,
                         .n_outputs = OUTPUTS,
                         .outputs = outs};
  return tsr_expr_create(&form, NULL, out);
}

/* Small whole numbers: their sums are exact in every dtype but bf16 and i8, where one rounding
 * or wrapping follows.
 */
static tsr_status draw_input(stage *w, const region *r, int32_t i, array *out) {
  int64_t dims[RANK];
  const int32_t rank = i == 1 ? 2 : 3;
  for (int32_t k = 0; k < rank; k++)
    dims[k] = i == 2 && k == 1 ? 1 : r->dims[axes_of[i][k]];
  TSR_TRY(array_make(w, r->dtype, (tsr_dims){dims, (size_t)rank}, out));
  for (int64_t n = 0; n < out->n; n++) {
    const int64_t x = (int64_t)(draw(w) % 7) - 3;
    array_set(out, n, (tsr_cell){.re = (double)x, .i = x});
  }
  return TSR_OK;
}

static tsr_status make_output(stage *w, const region *r, int32_t j, array *out) {
  int64_t dims[RANK];
  size_t rank = 0;
  for (int32_t a = 0; a < RANK; a++)
    if (!(outputs[j].axes >> a & 1)) dims[rank++] = r->dims[a];
  return array_make(w, r->dtype, (tsr_dims){dims, rank}, out);
}

/* ---- running a row on a device ---- */

typedef struct operands {
  tsr_tensor *at[INPUTS + OUTPUTS];
  tsr_view view[INPUTS + OUTPUTS];
} operands;

static tsr_status upload_all(stage *w, const region *r, const array *in, placing layout,
                             operands *o) {
  for (int32_t i = 0; i < INPUTS; i++)
    TSR_TRY(stage_upload(w, &in[i], layout, &o->at[i]));
  for (int32_t j = 0; j < OUTPUTS; j++) {
    array a;
    TSR_TRY(make_output(w, r, j, &a));
    TSR_TRY(tsr_tensor_create(w->device, a.dtype, (tsr_dims){a.dims, (size_t)a.rank},
                              &o->at[INPUTS + j]));
  }
  for (int32_t i = 0; i < INPUTS + OUTPUTS; i++)
    o->view[i] = tsr_tensor_as_view(o->at[i]);
  return TSR_OK;
}

static tsr_status run_prepared(stage *w, const tsr_kernel *row, tsr_prepare *p, operands *o) {
  const tsr_backend *backend = w->device->backend;
  tsr_numeric numeric = {.batch = -1};
  tsr_call call = *p->call;
  call.state = p->state;
  call.numeric = &numeric;
  if (p->workspace) TSR_TRY(backend->alloc(w->device->stream, p->workspace, &call.workspace));
  tsr_status status = row->run(w->device->stream, &call, o->view, o->view + INPUTS);
  const tsr_status later = backend->synchronize(w->device->stream);
  if (call.workspace) backend->free(w->device->stream, call.workspace, p->workspace);
  return status != TSR_OK ? status : later;
}

static tsr_status run_row(stage *w, tsr_expr *expr, operands *o) {
  const tsr_fused_attrs attrs = {.expr = &expr->object};
  const tsr_op *fused = tsr_op_core(TSR_OP_FUSED);
  const char *backend = w->device->backend->name;
  tsr_view planned[INPUTS + OUTPUTS];
  bool wanted[OUTPUTS];
  int32_t alias[OUTPUTS];
  const tsr_call call = {.op = fused, .attrs = &attrs, .n_in = INPUTS, .n_out = OUTPUTS};
  for (int32_t i = 0; i < INPUTS + OUTPUTS; i++) {
    planned[i] = o->view[i];
    planned[i].data = NULL;
  }
  for (int32_t j = 0; j < OUTPUTS; j++) {
    wanted[j] = true;
    alias[j] = -1;
  }
  tsr_prepare p = {.device = w->device,
                   .call = &call,
                   .in = planned,
                   .out = planned + INPUTS,
                   .wanted = wanted,
                   .alias = alias};
  const tsr_kernel *row = tsr_runtime_kernel(w->rt, backend, fused, 0);
  for (int32_t i = 1; row && row->applies && !row->applies(row, &p); i++)
    row = tsr_runtime_kernel(w->rt, backend, fused, i);
  if (!row) return TSR_FAIL(TSR_ERR_NOT_FOUND, "no row for fused");
  TSR_TRY(row->prepare(row, &p));
  const tsr_status status = run_prepared(w, row, &p, o);
  p.release(p.state);
  return status;
}

static tsr_status run_on(stage *w, const char *device, const region *r, tsr_expr *expr,
                         const array *in, placing layout, array *out) {
  operands o = {{NULL}};
  TSR_TRY(tsr_runtime_device(w->rt, device, &w->device));
  tsr_status status = upload_all(w, r, in, layout, &o);
  if (status == TSR_OK) status = run_row(w, expr, &o);
  for (int32_t j = 0; j < OUTPUTS && status == TSR_OK; j++)
    status = stage_read(w, o.at[INPUTS + j], &out[j]);
  tsr_tensors_release(o.at, INPUTS + OUTPUTS);
  return status;
}

static tsr_status check(stage *w, const region *r, tsr_expr *expr) {
  array in[INPUTS], cpu[OUTPUTS], got[OUTPUTS];
  for (int32_t i = 0; i < INPUTS; i++)
    TSR_TRY(draw_input(w, r, i, &in[i]));
  TSR_TRY(run_on(w, "cpu", r, expr, in, PLACE_C, cpu));
  for (placing p = 0; p < PLACE_REPEATED; p++) {
    TSR_TRY(run_on(w, "cuda", r, expr, in, p, got));
    for (int32_t j = 0; j < OUTPUTS; j++) {
      char a[80], b[80];
      int64_t n;
      w->n_checks++;
      if (!array_same(&got[j], &cpu[j], &n))
        stage_fail(w, "%s [%lld, %lld, %lld], operands %s: output %d, element %lld is %s, not %s",
                   tsr_dtype_name(r->dtype), (long long)r->dims[0], (long long)r->dims[1],
                   (long long)r->dims[2], placing_names[p], j, (long long)n,
                   array_text(&got[j], n, a, sizeof a), array_text(&cpu[j], n, b, sizeof b));
    }
  }
  return TSR_OK;
}

/* ---- rows ---- */

/* (x - max x) sum (x - max x) along the last two axes, exact in whole numbers. */
static tsr_status rows(tsr_builder *b, const void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  const tsr_axes axes = TSR_AXES(1, 2);
  const tsr_value most = tsr_reduce_max(b, in[0], axes);
  const tsr_value rest = tsr_sub(b, in[0], tsr_expand_dims(b, most, axes));
  const tsr_value sum = tsr_reduce_sum(b, rest, axes);
  out[0] = tsr_mul(b, rest, tsr_expand_dims(b, sum, axes));
  out[1] = sum;
  return tsr_builder_status(b);
}

static tsr_status run_rows(stage *w, const char *device, const array *in, array *out) {
  tsr_program *p = NULL;
  tsr_tensor *t = NULL;
  TSR_TRY(tsr_runtime_device(w->rt, device, &w->device));
  tsr_status status = stage_compile(w, rows, NULL, 1, in, 2, NULL, &p);
  if (status == TSR_OK) status = stage_upload(w, in, PLACE_C, &t);
  if (status == TSR_OK) status = stage_run(w, p, 1, &t, 2, out);
  tsr_tensor_release(t);
  tsr_program_release(p);
  return status;
}

static tsr_status check_rows(stage *w, const region *r) {
  array in, cpu[2], got[2];
  TSR_TRY(draw_input(w, r, 0, &in));
  TSR_TRY(run_rows(w, "cpu", &in, cpu));
  TSR_TRY(run_rows(w, "cuda", &in, got));
  for (int32_t j = 0; j < 2; j++) {
    int64_t n;
    w->n_checks++;
    if (!array_same(&got[j], &cpu[j], &n))
      stage_fail(w, "rows of %s [%lld, %lld, %lld]: output %d differs at element %lld",
                 tsr_dtype_name(r->dtype), (long long)r->dims[0], (long long)r->dims[1],
                 (long long)r->dims[2], j, (long long)n);
  }
  return TSR_OK;
}

static void suite(stage *w, const tsr_op *op) {
  (void)op;
  for (size_t i = 0; i < sizeof regions / sizeof *regions; i++) {
    if (tsr_dtype_size(regions[i].dtype) >= 4)
      stage_ok(w, check_rows(w, &regions[i]), "rows of region %zu", i);
    tsr_expr *expr = NULL;
    tsr_status status = express(&regions[i], &expr);
    if (status == TSR_OK) status = check(w, &regions[i], expr);
    stage_ok(w, status, "region %zu", i);
    tsr_expr_release(expr);
    tsr_arena_reset(&w->arena);
  }
}

int main(void) {
  int32_t n = 0;
  char name[] = "regions", op[] = "fused", *arguments[] = {name, op, NULL};
  if (tsr_gpu_count(&n) != TSR_OK || n == 0) {
    printf("skipped: %s\n", tsr_error_message());
    return 77;
  }
  return stage_main(2, arguments, suite, tsr_gpu_register);
}
