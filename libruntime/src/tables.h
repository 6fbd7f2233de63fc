/* tables.h - what registration leaves behind: backends, their kernels and open devices.
 *
 * The tables hang on the registry (tsr_registry_attach), so whatever holds a graph can
 * find kernels, and everything dies together. They are filled while a runtime is created
 * and only read afterwards; opening devices alone takes a lock.
 */
#ifndef TSRI_TABLES_H
#define TSRI_TABLES_H

#include "control.h"
#include "watch.h"

#include <pthread.h>

/* The rows of one op on one backend, from the highest priority down. */
typedef struct tsri_rows {
  const tsr_kernel **row;
  int32_t n, room;
} tsri_rows;

typedef struct tsri_open_device {
  struct tsri_open_device *next;
  int32_t ordinal;
  tsr_device *device;
} tsri_open_device;

typedef struct tsri_backend {
  const tsr_backend *backend;
  tsri_rows *rows; /* [n_ops] by registry index */
  int32_t n_ops;
  tsri_open_device *open;
  struct tsri_backend *next;
} tsri_backend;

typedef struct tsri_tables {
  tsr_object object;
  const tsr_registry *registry; /* which owns these tables */
  tsri_backend *first;
  tsr_kernel control[TSRI_CONTROL_ROWS]; /* the runtime's own, added to every backend */
  pthread_mutex_t lock;                  /* over the lists of open devices and of idle contexts */
  bool has_lock;
  struct tsri_context *idle; /* of closed eager scopes, for the next */
  int32_t n_idle;
  tsri_watch watch;
  bool has_watch;
} tsri_tables;

tsr_status tsri_tables_create(const tsr_registry *registry, tsri_tables **out);

/* The tables of the runtime a registry belongs to. */
tsr_status tsri_tables_of(const tsr_registry *registry, tsri_tables **out);

tsr_status tsri_tables_add_backend(tsri_tables *tables, const tsr_backend *backend);
tsr_status tsri_tables_add_rows(tsri_tables *tables, const char *backend, const tsr_kernel *rows,
                                int32_t n);
tsri_backend *tsri_tables_find(const tsri_tables *tables, const char *name, size_t length);
tsr_status tsri_tables_device(tsri_tables *tables, const char *name, tsr_device **out);

/* The rows for an op on a device's backend; n = 0 when there are none. */
const tsri_rows *tsri_tables_rows(const tsri_tables *tables, const tsr_device *device,
                                  const tsr_op *op);

/* Does a row take these dtypes? key is that of the op's key operand. */
bool tsri_row_takes(const tsr_kernel *row, tsr_dtype key, tsr_dtype out);

#endif /* TSRI_TABLES_H */
