/* libraries.c - finding, opening and closing the vendor's libraries, and filling tables. */
#include "libraries_internal.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

enum {
  MAX_NAMES = 2,
  PATH_SIZE = 96
};

/* Where libraries are looked for: as the loader does, then where the toolkit installs. */
static const char *const folders[] = {"", "/usr/local/cuda/lib64/"};

typedef struct function_row {
  const char *symbol;
  size_t offset; /* in the table */
} function_row;

#define FUNCTION_ROW(table, name, symbol) {#symbol, offsetof(table, name)},

/* One array of rows per library, ended by a row without a symbol. */
static const function_row driver_rows[] = {
#define TSRI_FUNCTION(name, symbol, ...)    FUNCTION_ROW(tsri_driver, name, symbol)
#define TSRI_QUERY(type, name, symbol, ...) FUNCTION_ROW(tsri_driver, name, symbol)
#include "driver.def"
    {NULL, 0},
};
static const function_row cublas_rows[] = {
#define TSRI_FUNCTION(name, symbol, ...)    FUNCTION_ROW(tsri_cublas, name, symbol)
#define TSRI_QUERY(type, name, symbol, ...) FUNCTION_ROW(tsri_cublas, name, symbol)
#include "cublas.def"
    {NULL, 0},
};
static const function_row cublaslt_rows[] = {
#define TSRI_FUNCTION(name, symbol, ...)    FUNCTION_ROW(tsri_cublaslt, name, symbol)
#define TSRI_QUERY(type, name, symbol, ...) FUNCTION_ROW(tsri_cublaslt, name, symbol)
#include "cublaslt.def"
    {NULL, 0},
};
static const function_row cufft_rows[] = {
#define TSRI_FUNCTION(name, symbol, ...)    FUNCTION_ROW(tsri_cufft, name, symbol)
#define TSRI_QUERY(type, name, symbol, ...) FUNCTION_ROW(tsri_cufft, name, symbol)
#include "cufft.def"
    {NULL, 0},
};
static const function_row cusolver_rows[] = {
#define TSRI_FUNCTION(name, symbol, ...)    FUNCTION_ROW(tsri_cusolver, name, symbol)
#define TSRI_QUERY(type, name, symbol, ...) FUNCTION_ROW(tsri_cusolver, name, symbol)
#include "cusolver.def"
    {NULL, 0},
};
static const function_row nvrtc_rows[] = {
#define TSRI_FUNCTION(name, symbol, ...)    FUNCTION_ROW(tsri_nvrtc, name, symbol)
#define TSRI_QUERY(type, name, symbol, ...) FUNCTION_ROW(tsri_nvrtc, name, symbol)
#include "nvrtc.def"
    {NULL, 0},
};

typedef struct library_row {
  const char *title, *hint;
  const char *names[MAX_NAMES];
  const function_row *functions;
  size_t offset; /* of the table, in tsri_libraries */
} library_row;

#define TSRI_LIBRARY(ID, file, nomem, title, hint, ...)                                            \
  {title, hint, {__VA_ARGS__}, file##_rows, offsetof(tsri_libraries, file)},

/* By tsr_gpu_library. */
static const library_row rows[TSR_GPU_LIBRARIES] = {
#include "libraries.def"
};

static void *system_open(const char *path) {
  return dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
}

static const char *system_error(void) { return dlerror(); }

static void *system_symbol(void *library, const char *name) { return dlsym(library, name); }

static void system_close(void *library) { dlclose(library); }

const tsri_loader tsri_system_loader = {system_open, system_error, system_symbol, system_close,
                                        tsri_system_path};

static tsri_library *library_at(tsri_libraries *all, tsr_gpu_library which) {
  return (tsri_library *)(void *)((char *)all + rows[which].offset);
}

static bool is_open(tsri_library *library) {
  return __atomic_load_n(&library->handle, __ATOMIC_ACQUIRE) != NULL;
}

void tsri_libraries_init(tsri_libraries *all, const tsri_loader *loader) {
  memset(all, 0, sizeof *all);
  all->loader = loader;
  all->lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER; /* unlike a call it cannot fail */
}

void tsri_libraries_close(tsri_libraries *all) {
  for (int which = TSR_GPU_LIBRARIES - 1; which >= 0; which--) {
    tsri_library *library = library_at(all, (tsr_gpu_library)which);
    if (library->handle) all->loader->close(library->handle);
    library->handle = NULL;
  }
  pthread_mutex_destroy(&all->lock);
}

/* "; <why>" behind what is in text, naming the path once. */
static void append_failure(char *text, size_t size, const char *path, const char *why) {
  size_t used = strlen(text);
  if (!why) why = "not found";
  bool names_path = strncmp(why, path, strlen(path)) == 0;
  snprintf(text + used, size - used, "%s%s%s%.180s", used ? "; " : "", names_path ? "" : path,
           names_path ? "" : ": ", why);
}

/* The first name that opens, in the first folder that has one. */
static tsr_status open_first(const tsri_loader *loader, const library_row *row, void **out) {
  char tried[TSR_ERROR_TEXT] = "";
  for (size_t f = 0; f < sizeof folders / sizeof *folders; f++) {
    for (int n = 0; n < MAX_NAMES && row->names[n]; n++) {
      char path[PATH_SIZE];
      snprintf(path, sizeof path, "%s%s", folders[f], row->names[n]);
      *out = loader->open(path);
      if (*out) return TSR_OK;
      append_failure(tried, sizeof tried, path, loader->error());
    }
  }
  return TSR_FAIL(TSR_ERR_DEVICE, "cannot open %s: %s; %s", row->title, tried, row->hint);
}

/* Addresses of objects and of functions have one form where there is dlsym. */
static tsr_status fill(const tsri_loader *loader, const library_row *row, void *handle,
                       void *table) {
  for (const function_row *f = row->functions; f->symbol; f++) {
    void *address = loader->symbol(handle, f->symbol);
    if (!address) {
      return TSR_FAIL(TSR_ERR_DEVICE, "%s has no function %s: it is too old", row->title,
                      f->symbol);
    }
    memcpy((char *)table + f->offset, &address, sizeof address);
  }
  return TSR_OK;
}

static tsr_status open_locked(tsri_libraries *all, tsr_gpu_library which) {
  tsri_library *library = library_at(all, which);
  if (library->handle) return TSR_OK;
  void *handle = NULL;
  TSR_TRY(open_first(all->loader, &rows[which], &handle));
  tsr_status status = fill(all->loader, &rows[which], handle, library);
  if (status != TSR_OK) {
    all->loader->close(handle);
    return status;
  }
  __atomic_store_n(&library->handle, handle, __ATOMIC_RELEASE);
  return TSR_OK;
}

static tsr_status check_library(tsr_gpu_library which) {
  if ((unsigned)which < TSR_GPU_LIBRARIES) return TSR_OK;
  return TSR_FAIL(TSR_ERR_ARGUMENT, "there is no vendor library %d", (int)which);
}

tsr_status tsri_library_need(tsri_libraries *all, tsr_gpu_library which) {
  TSR_TRY(check_library(which));
  if (is_open(library_at(all, which))) return TSR_OK;
  pthread_mutex_lock(&all->lock);
  tsr_status status = open_locked(all, which);
  pthread_mutex_unlock(&all->lock);
  return status;
}

tsr_status tsri_library_find(tsri_libraries *all, tsr_gpu_library which, const char *symbol,
                             tsr_gpu_function *out) {
  *out = NULL;
  TSR_TRY(tsri_library_need(all, which));
  void *address = all->loader->symbol(library_at(all, which)->handle, symbol);
  if (!address) {
    return TSR_FAIL(TSR_ERR_DEVICE, "%s has no function %s", rows[which].title, symbol);
  }
  memcpy(out, &address, sizeof address);
  return TSR_OK;
}

const char *tsri_library_path(tsri_libraries *all, tsr_gpu_library which) {
  return all->loader->path ? all->loader->path(library_at(all, which)->handle) : NULL;
}

const char *tsri_library_title(tsr_gpu_library which) { return rows[which].title; }
