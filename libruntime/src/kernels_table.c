/* kernels_table.c - kernel rows per backend and op, sorted by priority. */
#include "tables.h"

#include <string.h>

#include "tsr/alloc.h"

static tsr_status grow(void **array, size_t element, int32_t old, int32_t wanted) {
  void *made = NULL;
  TSR_TRY(tsr_alloc(element * (size_t)wanted, 0, &made));
  memset(made, 0, element * (size_t)wanted);
  if (old) memcpy(made, *array, element * (size_t)old);
  tsr_free(*array, element * (size_t)old, 0);
  *array = made;
  return TSR_OK;
}

static tsr_status check_row(const tsri_tables *tables, const char *backend, const tsr_kernel *row,
                            int32_t *op) {
  *op = -1;
  if (!row->op || !row->name || !row->run || !row->dtypes)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "add_kernels: row '%s' for %s lacks op, name, dtypes or run",
                    row->name ? row->name : "?", backend);
  *op = tsr_registry_index(tables->registry, row->op);
  if (*op < 0)
    return TSR_FAIL(TSR_ERR_NOT_FOUND, "add_kernels: %s is for op %s, which is not registered",
                    row->name, row->op->name);
  return TSR_OK;
}

static bool has_row(const tsri_rows *rows, const tsr_kernel *row) {
  for (int32_t i = 0; i < rows->n; i++) {
    if (rows->row[i] == row) return true;
  }
  return false;
}

/* Room for one more row of every op that the new ones mention, so that adding cannot fail. */
static tsr_status reserve(tsri_tables *tables, tsri_backend *b, const tsr_kernel *rows, int32_t n) {
  int32_t n_ops = tsr_registry_count(tables->registry);
  if (b->n_ops < n_ops) {
    TSR_TRY(grow((void **)&b->rows, sizeof *b->rows, b->n_ops, n_ops));
    b->n_ops = n_ops;
  }
  for (int32_t i = 0; i < n; i++) {
    int32_t op = -1;
    TSR_TRY(check_row(tables, b->backend->name, &rows[i], &op));
    tsri_rows *r = &b->rows[op];
    if (has_row(r, &rows[i]))
      return TSR_FAIL(TSR_ERR_EXISTS, "add_kernels: %s is registered for %s already", rows[i].name,
                      b->backend->name);
    int32_t more = 0; /* at most the rows of this op in one call */
    for (int32_t j = 0; j <= i; j++)
      more += tsr_registry_index(tables->registry, rows[j].op) == op;
    if (r->n + more <= r->room) continue;
    int32_t room = r->room + more + 3;
    TSR_TRY(grow((void **)&r->row, sizeof *r->row, r->room, room));
    r->room = room;
  }
  return TSR_OK;
}

/* Behind rows of the same priority: the first registered is tried first. */
static void insert(tsri_rows *rows, const tsr_kernel *row) {
  int32_t at = rows->n++;
  while (at > 0 && rows->row[at - 1]->priority < row->priority) {
    rows->row[at] = rows->row[at - 1];
    at--;
  }
  rows->row[at] = row;
}

tsr_status tsri_tables_add_rows(tsri_tables *tables, const char *backend, const tsr_kernel *rows,
                                int32_t n) {
  if (!backend) return TSR_FAIL(TSR_ERR_ARGUMENT, "add_kernels: the name of the backend is NULL");
  if (n < 0 || (n > 0 && !rows))
    return TSR_FAIL(TSR_ERR_ARGUMENT, "add_kernels: %d rows%s", (int)n,
                    rows ? "" : ", but the list is NULL");
  tsri_backend *b = tsri_tables_find(tables, backend, strlen(backend));
  if (!b) return TSR_FAIL(TSR_ERR_NOT_FOUND, "add_kernels: no backend '%s' is registered", backend);
  TSR_TRY(reserve(tables, b, rows, n));
  for (int32_t i = 0; i < n; i++)
    insert(&b->rows[tsr_registry_index(tables->registry, rows[i].op)], &rows[i]);
  return TSR_OK;
}

const tsri_rows *tsri_tables_rows(const tsri_tables *tables, const tsr_device *device,
                                  const tsr_op *op) {
  static const tsri_rows none = {NULL, 0, 0};
  int32_t index = tsr_registry_index(tables->registry, op);
  for (const tsri_backend *b = tables->first; b; b = b->next) {
    if (b->backend == device->backend)
      return index >= 0 && index < b->n_ops ? &b->rows[index] : &none;
  }
  return &none;
}

bool tsri_row_takes(const tsr_kernel *row, tsr_dtype key, tsr_dtype out) {
  return (row->dtypes >> key & 1) && (!row->out_dtypes || (row->out_dtypes >> out & 1));
}
