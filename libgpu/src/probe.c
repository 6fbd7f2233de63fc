/* probe.c - which of the vendor's libraries are here, asked without a device. */
#define _GNU_SOURCE
#include "libraries_internal.h"

#include <dlfcn.h>
#include <link.h>
#include <stdio.h>

const char *tsri_system_path(void *library) {
  struct link_map *map = NULL;
  return dlinfo(library, RTLD_DI_LINKMAP, &map) == 0 && map ? map->l_name : NULL;
}

static tsr_status look(tsri_libraries *all, tsr_gpu_library which, tsr_gpu_found *out) {
  TSR_TRY(tsri_library_version(all, which, out->version));
  const char *path = tsri_library_path(all, which);
  snprintf(out->path, sizeof out->path, "%s", path ? path : "");
  return TSR_OK;
}

tsr_status tsri_library_probe(const tsri_loader *loader, tsr_gpu_library which,
                              tsr_gpu_found *out) {
  tsri_libraries all;
  *out = (tsr_gpu_found){.path = ""};
  tsri_libraries_init(&all, loader);
  const tsr_status status = look(&all, which, out);
  tsri_libraries_close(&all);
  return status;
}

tsr_status tsr_gpu_library_probe(tsr_gpu_library which, tsr_gpu_found *out) {
  if (!out) return TSR_FAIL(TSR_ERR_ARGUMENT, "gpu library: nowhere to put what is found");
  return tsri_library_probe(&tsri_system_loader, which, out);
}

const char *tsr_gpu_library_title(tsr_gpu_library which) {
  return (unsigned)which < TSR_GPU_LIBRARIES ? tsri_library_title(which) : "?";
}
