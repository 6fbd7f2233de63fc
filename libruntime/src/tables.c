/* tables.c - backends and their devices. */
#include "eager_internal.h"

#include <stdio.h>
#include <string.h>

#include "tsr/alloc.h"

static void free_backend(tsri_backend *b) {
  for (int32_t i = 0; i < b->n_ops; i++) {
    tsr_free(b->rows[i].row, sizeof *b->rows[i].row * (size_t)b->rows[i].room, 0);
  }
  tsr_free(b->rows, sizeof *b->rows * (size_t)b->n_ops, 0);
  while (b->open) {
    tsri_open_device *d = b->open;
    b->open = d->next;
    tsr_device_release(d->device);
    tsr_free(d, sizeof *d, 0);
  }
  tsr_free(b, sizeof *b, 0);
}

static void tables_deinit(void *self) {
  tsri_tables *tables = self;
  while (tables->idle) {
    tsri_context *context = tables->idle;
    tables->idle = context->next;
    tsri_context_destroy(context);
  }
  while (tables->first) {
    tsri_backend *b = tables->first;
    tables->first = b->next;
    free_backend(b);
  }
  if (tables->has_watch) tsri_watch_deinit(&tables->watch);
  if (tables->has_lock) pthread_mutex_destroy(&tables->lock);
}

static const tsr_class tables_class = {"runtime tables", sizeof(tsri_tables), tables_deinit, NULL,
                                       NULL};

tsr_status tsri_tables_create(const tsr_registry *registry, tsri_tables **out) {
  *out = NULL;
  void *made = NULL;
  TSR_TRY(tsr_object_create(&tables_class, &made));
  tsri_tables *tables = made;
  tables->registry = registry;
  if (pthread_mutex_init(&tables->lock, NULL)) {
    tsr_object_release(tables);
    return TSR_FAIL(TSR_ERR_NOMEM, "runtime: the system has no mutex left");
  }
  tables->has_lock = true;
  tsr_status status = tsri_watch_init(&tables->watch);
  if (status != TSR_OK) {
    tsr_object_release(tables);
    return status;
  }
  tables->has_watch = true;
  tsri_control_fill(tables->control);
  *out = tables;
  return TSR_OK;
}

tsr_status tsri_tables_of(const tsr_registry *registry, tsri_tables **out) {
  *out = (tsri_tables *)tsr_registry_attached(registry);
  if (*out) return TSR_OK;
  return TSR_FAIL(TSR_ERR_STATE, "the operations belong to no runtime: there are no kernels");
}

tsri_backend *tsri_tables_find(const tsri_tables *tables, const char *name, size_t length) {
  for (tsri_backend *b = tables->first; b; b = b->next) {
    if (strlen(b->backend->name) == length && !memcmp(b->backend->name, name, length)) return b;
  }
  return NULL;
}

tsr_status tsri_tables_add_backend(tsri_tables *tables, const tsr_backend *backend) {
  if (!backend || !backend->name || !*backend->name)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "add_backend: the backend has no name");
  if (!backend->open || !backend->alloc || !backend->free || !backend->rounded_size ||
      !backend->upload || !backend->download || !backend->synchronize)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "add_backend: %s lacks a function", backend->name);
  if (strlen(backend->name) > 12 || strchr(backend->name, ':'))
    return TSR_FAIL(TSR_ERR_ARGUMENT, "add_backend: '%s' has a colon or more than 12 bytes",
                    backend->name);
  if (tsri_tables_find(tables, backend->name, strlen(backend->name)))
    return TSR_FAIL(TSR_ERR_EXISTS, "add_backend: %s is registered already", backend->name);
  void *made = NULL;
  TSR_TRY(tsr_alloc(sizeof(tsri_backend), 0, &made));
  tsri_backend *b = made;
  *b = (tsri_backend){.backend = backend};
  tsri_backend **last = &tables->first;
  while (*last)
    last = &(*last)->next;
  *last = b;
  tsr_status status =
      tsri_tables_add_rows(tables, backend->name, tables->control, TSRI_CONTROL_ROWS);
  if (status != TSR_OK) {
    *last = NULL;
    free_backend(b);
  }
  return status;
}

/* "cpu, cuda" into buffer. */
static const char *list_names(const tsri_tables *tables, char *buffer, size_t size) {
  size_t used = 0;
  buffer[0] = 0;
  for (const tsri_backend *b = tables->first; b && used < size; b = b->next) {
    int n = snprintf(buffer + used, size - used, "%s%s", used ? ", " : "", b->backend->name);
    used += n > 0 ? (size_t)n : 0;
  }
  return buffer[0] ? buffer : "none";
}

/* Split "cuda:1"; the ordinal is 0 when left out. */
static tsr_status parse_name(const char *name, size_t *length, int32_t *ordinal) {
  *ordinal = 0;
  *length = name ? strcspn(name, ":") : 0;
  if (!*length) return TSR_FAIL(TSR_ERR_ARGUMENT, "device: '%s' is no name", name ? name : "");
  const char *digits = name + *length;
  if (!*digits) return TSR_OK;
  digits++;
  size_t n = strspn(digits, "0123456789");
  if (!n || digits[n] || n > 6)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "device: '%s' should be backend or backend:number", name);
  for (size_t i = 0; i < n; i++)
    *ordinal = *ordinal * 10 + (digits[i] - '0');
  return TSR_OK;
}

static tsr_status open_device(tsri_backend *b, int32_t ordinal, tsr_device **out) {
  for (tsri_open_device *d = b->open; d; d = d->next) {
    if (d->ordinal == ordinal) {
      *out = d->device;
      return TSR_OK;
    }
  }
  void *made = NULL;
  TSR_TRY(tsr_alloc(sizeof(tsri_open_device), 0, &made));
  tsri_open_device *d = made;
  *d = (tsri_open_device){.next = b->open, .ordinal = ordinal};
  tsr_status status = b->backend->open(b->backend, ordinal, &d->device);
  if (status != TSR_OK) {
    tsr_free(d, sizeof *d, 0);
    return tsr_annotate(status, "opening device %s:%d", b->backend->name, (int)ordinal);
  }
  b->open = d;
  *out = d->device;
  return TSR_OK;
}

tsr_status tsri_tables_device(tsri_tables *tables, const char *name, tsr_device **out) {
  *out = NULL;
  size_t length = 0;
  int32_t ordinal = 0;
  TSR_TRY(parse_name(name, &length, &ordinal));
  tsri_backend *b = tsri_tables_find(tables, name, length);
  if (!b) {
    char names[200];
    return TSR_FAIL(TSR_ERR_NOT_FOUND, "device: no backend '%.*s' is registered; there are: %s",
                    (int)length, name, list_names(tables, names, sizeof names));
  }
  pthread_mutex_lock(&tables->lock);
  tsr_status status = open_device(b, ordinal, out);
  pthread_mutex_unlock(&tables->lock);
  return status;
}
