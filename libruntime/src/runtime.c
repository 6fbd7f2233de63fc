/* runtime.c - creating a runtime, and the table through which layers register. */
#include "tsr/runtime.h"

#include "tables.h"

#include <string.h>

#include "tsr/spi/kernels.h"

struct tsr_runtime {
  tsr_runtime_head head; /* first: registration sees only this */
  tsr_registry *registry;
  tsri_tables *tables; /* owned by the registry */
};

static void runtime_deinit(void *self) { tsr_registry_release(((tsr_runtime *)self)->registry); }

static const tsr_class runtime_class = {"runtime", sizeof(tsr_runtime), runtime_deinit, NULL, NULL};

TSR_OBJECT_DEFINE(tsr_runtime)

/* A layer compiled against other struct layouts must not get in. */
static tsr_status check_caller(const tsr_runtime *rt, int version, const char *core,
                               const char *what) {
  if (!rt) return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: runtime is NULL", what);
  if (version != TSR_SPI_VERSION)
    return TSR_FAIL(TSR_ERR_ARGUMENT,
                    "%s: the caller was built for version %d of the backend "
                    "interface, this runtime has version %d",
                    what, version, TSR_SPI_VERSION);
  if (core != &tsr_core_mark)
    return TSR_FAIL(TSR_ERR_STATE,
                    "%s: the caller uses another copy of libtsr-tensor-core than the runtime; link "
                    "all tsr libraries of a process in one form, static or shared",
                    what);
  return TSR_OK;
}

static tsr_status add_backend(tsr_runtime *rt, int version, const tsr_backend *backend,
                              const char *core) {
  TSR_TRY(check_caller(rt, version, core, "add_backend"));
  return tsri_tables_add_backend(rt->tables, backend);
}

static tsr_status add_kernels(tsr_runtime *rt, int version, const char *backend,
                              const tsr_kernel *rows, int32_t n, const char *core) {
  TSR_TRY(check_caller(rt, version, core, "add_kernels"));
  return tsri_tables_add_rows(rt->tables, backend, rows, n);
}

static tsr_status add_op(tsr_runtime *rt, int version, const tsr_op *op, const tsr_rules *rules,
                         const char *core) {
  TSR_TRY(check_caller(rt, version, core, "add_op"));
  return tsr_registry_add(rt->registry, op, rules);
}

static const void *backend_spi(tsr_runtime *rt, int version, const char *backend) {
  if (!rt || version != TSR_SPI_VERSION || !backend) return NULL;
  size_t length = 0;
  while (backend[length])
    length++;
  const tsri_backend *b = tsri_tables_find(rt->tables, backend, length);
  return b ? b->backend->spi : NULL;
}

static const tsr_runtime_spi spi = {add_backend, add_kernels, add_op, backend_spi};

static tsr_status init(tsr_runtime *rt, tsr_register_list layers) {
  TSR_TRY(tsr_registry_create(&rt->registry));
  TSR_TRY(tsri_tables_create(rt->registry, &rt->tables));
  tsr_registry_attach(rt->registry, &rt->tables->object);
  tsr_object_release(rt->tables);
  rt->head.spi = &spi;
  for (size_t i = 0; i < layers.n; i++) {
    if (!layers.data || !layers.data[i])
      return TSR_FAIL(TSR_ERR_ARGUMENT, "runtime: layer %zu is NULL", i);
    TSR_TRY_MSG(layers.data[i](rt), "registering layer %zu", i);
  }
  return TSR_OK;
}

tsr_status tsr_runtime_create(tsr_register_list layers, tsr_runtime **out) {
  *out = NULL;
  void *made = NULL;
  TSR_TRY(tsr_object_create(&runtime_class, &made));
  tsr_status status = init(made, layers);
  if (status != TSR_OK) {
    tsr_object_release(made);
    return status;
  }
  *out = made;
  return TSR_OK;
}

tsr_status tsr_runtime_device(tsr_runtime *rt, const char *name, tsr_device **out) {
  *out = NULL;
  if (!rt) return TSR_FAIL(TSR_ERR_ARGUMENT, "device: runtime is NULL");
  return tsri_tables_device(rt->tables, name, out);
}

tsr_registry *tsr_runtime_registry(tsr_runtime *rt) { return rt ? rt->registry : NULL; }

const tsr_kernel *tsr_runtime_kernel(tsr_runtime *rt, const char *backend, const tsr_op *op,
                                     int32_t i) {
  if (!rt || !backend || !op || i < 0) return NULL;
  const tsri_backend *b = tsri_tables_find(rt->tables, backend, strlen(backend));
  const int32_t index = tsr_registry_index(rt->registry, op);
  if (!b || index < 0 || index >= b->n_ops || i >= b->rows[index].n) return NULL;
  return b->rows[index].row[i];
}
