/* prepare.c - choosing the kernel of an application and preparing it. */
#include "prepare.h"

#include <stdio.h>
#include <string.h>

#include "tsr/print.h"

static tsr_dtype key_dtype(const tsr_op *op, int32_t n_in, const tsr_type *in_type, int32_t n_out,
                           const tsr_type *out_type) {
  if (op->key >= 0 && op->key < n_in) return in_type[op->key].dtype;
  return n_out ? out_type[0].dtype : TSR_BOOL;
}

const char *tsri_call_text(const tsr_call *c, char *buffer, size_t size) {
  size_t used = 0;
  int n = snprintf(buffer, size, "%s(", c->op->name);
  used += n > 0 ? (size_t)n : 0;
  for (int32_t i = 0; i < c->n_in && used < size; i++) {
    char type[160];
    n = snprintf(buffer + used, size - used, "%s%s", i ? ", " : "",
                 tsr_type_format(&c->in_type[i], type, sizeof type));
    used += n > 0 ? (size_t)n : 0;
  }
  if (used < size) snprintf(buffer + used, size - used, ")");
  return buffer;
}

bool tsri_has_kernel(const tsri_tables *tables, const tsr_device *device, const tsr_op *op,
                     int32_t n_in, const tsr_type *in_type, int32_t n_out,
                     const tsr_type *out_type) {
  const tsri_rows *rows = tsri_tables_rows(tables, device, op);
  tsr_dtype key = key_dtype(op, n_in, in_type, n_out, out_type);
  tsr_dtype out = n_out ? out_type[0].dtype : key;
  for (int32_t i = 0; i < rows->n; i++) {
    if (tsri_row_takes(rows->row[i], key, out)) return true;
  }
  return false;
}

bool tsri_is_pointwise(const tsr_op *op) {
  if (op == tsr_op_core(TSR_OP_FUSED)) return false; /* may have several results */
  return op->family == TSR_FAMILY_ELEMENTWISE || op->family == TSR_FAMILY_ANALYTIC ||
         op->family == TSR_FAMILY_TYPE;
}

static tsr_status fail_without_kernel(const tsr_prepare *p) {
  char text[512];
  return TSR_FAIL(TSR_ERR_UNSUPPORTED, "%s has no kernel for %s", p->device->name,
                  tsri_call_text(p->call, text, sizeof text));
}

/* ---- results without elements ---- */

static tsr_status compute_nothing(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                                  const tsr_view *out) {
  (void)stream, (void)c, (void)in, (void)out;
  return TSR_OK;
}

static const tsr_kernel nothing = {.name = "nothing", .run = compute_nothing};

/* Beside an axis of size 0 the others may have any size, and products of them need not fit an
 * integer; no kernel has to think of that where there is nothing to compute.
 */
static bool is_nothing(const tsr_prepare *p) {
  const tsr_op *op = p->call->op;
  if (op->family == TSR_FAMILY_CONTROL || op->family == TSR_FAMILY_EXTENSION || p->call->n_out == 0)
    return false;
  for (int32_t j = 0; j < p->call->n_out; j++) {
    bool empty = false;
    for (int32_t k = 0; k < p->out[j].rank; k++)
      empty = empty || p->out[j].dims[k] == 0;
    if (!empty) return false;
  }
  return true;
}

/* ---- what the log says of a choice ---- */

/* "[4, 3] strides [3, 1]" of each view, cut to size. */
static void add_layouts(char *text, size_t size, const char *what, int32_t n,
                        const tsr_view *views) {
  size_t used = strlen(text);
  for (int32_t i = 0; i < n && used < size; i++) {
    char strides[128];
    int m = snprintf(text + used, size - used, "%s%s", i ? ", " : what,
                     tsr_format_shape(views[i].rank, views[i].strides, strides, sizeof strides));
    used += m > 0 ? (size_t)m : 0;
  }
}

static const char *layouts(const tsr_prepare *p, char *text, size_t size) {
  text[0] = 0;
  add_layouts(text, size, "strides ", p->call->n_in, p->in);
  add_layouts(text, size, p->call->n_in ? " -> " : "strides ", p->call->n_out, p->out);
  return text;
}

static TSR_COLD void log_refusal(const tsri_planner *planner, const tsr_prepare *p,
                                 const tsr_kernel *row, const char *why) {
  char call[512], text[512];
  tsri_log_write(&planner->tables->watch, TSRI_LOG_KERNELS, "%s: not %s (priority %d), %s; %s",
                 tsri_call_text(p->call, call, sizeof call), row->name, (int)row->priority, why,
                 layouts(p, text, sizeof text));
}

static TSR_COLD void log_choice(const tsri_planner *planner, const tsr_prepare *p,
                                const tsr_kernel *row) {
  char call[512], text[512], alias[64] = "";
  for (int32_t j = 0; j < p->call->n_out && !alias[0]; j++)
    if (p->alias[j] >= 0)
      snprintf(alias, sizeof alias, ", result %d may take over operand %d", (int)j,
               (int)p->alias[j]);
  tsri_log_write(&planner->tables->watch, TSRI_LOG_KERNELS,
                 "%s: %s (priority %d); %s; workspace %zu bytes%s",
                 tsri_call_text(p->call, call, sizeof call), row->name, (int)row->priority,
                 layouts(p, text, sizeof text), p->workspace, alias);
}

/* From here on a workspace is a size like others, which may be rounded up and is signed. */
static tsr_status prepare_row(const tsr_kernel *row, tsr_prepare *p) {
  TSR_TRY(row->prepare(row, p));
  if (p->workspace <= INT64_MAX - 64) return TSR_OK;
  if (p->release) p->release(p->state);
  p->state = NULL;
  p->release = NULL;
  return TSR_FAIL(TSR_ERR_LIMIT, "a workspace of %zu bytes", p->workspace);
}

tsr_status tsri_prepare(const tsri_planner *planner, tsr_prepare *p, const tsr_kernel **out) {
  *out = NULL;
  const tsr_call *c = p->call;
  const tsri_rows *rows = tsri_tables_rows(planner->tables, p->device, c->op);
  tsr_dtype key = key_dtype(c->op, c->n_in, c->in_type, c->n_out, c->out_type);
  tsr_dtype of_out = c->n_out ? c->out_type[0].dtype : key;
  p->planner = (void *)(uintptr_t)planner;
  const bool tell = planner->tables->watch.topics & TSRI_LOG_KERNELS;
  for (int32_t i = 0; i < rows->n; i++) {
    const tsr_kernel *row = rows->row[i];
    if (!tsri_row_takes(row, key, of_out)) {
      if (tell) log_refusal(planner, p, row, "which is for other dtypes");
      continue;
    }
    if (is_nothing(p)) {
      *out = &nothing;
      if (tell) log_choice(planner, p, &nothing);
      return TSR_OK;
    }
    if (row->applies && !row->applies(row, p)) {
      if (tell) log_refusal(planner, p, row, "which does not apply");
      continue;
    }
    if (row->prepare) {
      char text[512];
      TSR_TRY_MSG(prepare_row(row, p), "preparing %s for %s", row->name,
                  tsri_call_text(c, text, sizeof text));
    }
    *out = row;
    if (tell) log_choice(planner, p, row);
    return TSR_OK;
  }
  return fail_without_kernel(p);
}
