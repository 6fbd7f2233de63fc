/* prepare.c - choosing the kernel of an application and preparing it. */
#include "prepare.h"

#include <stdio.h>

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
  for (int32_t i = 0; i < rows->n; i++) {
    const tsr_kernel *row = rows->row[i];
    if (!tsri_row_takes(row, key, of_out)) continue;
    if (is_nothing(p)) {
      *out = &nothing;
      return TSR_OK;
    }
    if (row->applies && !row->applies(row, p)) continue;
    if (row->prepare) {
      char text[512];
      TSR_TRY_MSG(prepare_row(row, p), "preparing %s for %s", row->name,
                  tsri_call_text(c, text, sizeof text));
    }
    *out = row;
    return TSR_OK;
  }
  return fail_without_kernel(p);
}
