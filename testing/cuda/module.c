/* module.c - code of the emulated device: our kernels, compiled for the host into this library,
 * stand for any machine code of NVIDIA's; a shared object of the host's is loaded.
 */
#define _GNU_SOURCE
#include "driver.h"
#include "grid.h"

#include <dlfcn.h>
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
  MACHINE_CUDA = 190 /* EM_CUDA */
};

struct CUfunc_st {
  struct CUfunc_st *next; /* of the module */
  tsr_emulated_kernel kernel;
  tsr_emulated_where where;
  size_t size; /* of the argument; 0: not known */
};

struct CUmod_st {
  void *library;
  struct CUfunc_st *functions;
};

/* This library itself, once more. */
static void *open_own(void) {
  Dl_info here;
  if (!dladdr((void *)(uintptr_t)open_own, &here)) return NULL;
  return dlopen(here.dli_fname, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
}

/* Each image under a path of its own: the loader takes a path it has seen for the same file. */
static void *open_image(const void *image, size_t size) {
  char path[] = "/tmp/tsr_kernels_XXXXXX";
  void *library = NULL;
  const int file = mkstemp(path);
  if (file < 0) return NULL;
  if (write(file, image, size) == (ssize_t)size) library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  close(file);
  unlink(path);
  return library;
}

tsri_result cuModuleLoadData(struct CUmod_st **module, const void *image) {
  Elf64_Ehdr head;
  struct CUmod_st *made = calloc(1, sizeof *made);
  *module = NULL;
  if (!made) return EMULATED_NOMEM;
  memcpy(&head, image, 4);
  const int is_elf = memcmp(&head, ELFMAG, SELFMAG) == 0;
  if (is_elf) memcpy(&head, image, sizeof head);
  if (is_elf && head.e_machine != MACHINE_CUDA)
    made->library = open_image(image, head.e_shoff + (size_t)head.e_shnum * head.e_shentsize);
  else
    made->library = open_own();
  if (!made->library) {
    free(made);
    return EMULATED_INVALID_VALUE;
  }
  *module = made;
  return 0;
}

tsri_result cuModuleUnload(struct CUmod_st *module) {
  const tsri_result result = emulated_wait();
  while (module->functions) {
    struct CUfunc_st *next = module->functions->next;
    free(module->functions);
    module->functions = next;
  }
  dlclose(module->library);
  free(module);
  return result;
}

tsri_result cuModuleGetFunction(struct CUfunc_st **function, struct CUmod_st *module,
                                const char *name) {
  char size_name[128];
  struct CUfunc_st *made = calloc(1, sizeof *made);
  *function = NULL;
  if (!made) return EMULATED_NOMEM;
  void *kernel = dlsym(module->library, name);
  void *where = dlsym(module->library, "tsr_emulated_here");
  snprintf(size_name, sizeof size_name, "%s_size", name);
  const size_t *size = dlsym(module->library, size_name);
  if (!kernel || !where) {
    free(made);
    return EMULATED_NOT_FOUND;
  }
  memcpy(&made->kernel, &kernel, sizeof kernel);
  memcpy(&made->where, &where, sizeof where);
  made->size = size ? *size : 0;
  emulated_lock();
  made->next = module->functions;
  module->functions = made;
  emulated_unlock();
  *function = made;
  return 0;
}

typedef struct launch {
  struct CUfunc_st *function;
  unsigned blocks[3], threads[3], shared;
} launch;

static tsri_result run(const launch *l, const void *arguments) {
  const int result = tsr_emulated_run(l->function->kernel, l->function->where, l->blocks,
                                      l->threads, l->shared, arguments);
  return result == 0 ? 0 : EMULATED_NOMEM;
}

/* The launch, and behind it the argument as it was then. */
static tsri_result run_copy(void *data) {
  const launch *l = data;
  return run(l, (const char *)data + (sizeof *l + 63) / 64 * 64);
}

tsri_result cuLaunchKernel(struct CUfunc_st *function, unsigned blocks_x, unsigned blocks_y,
                           unsigned blocks_z, unsigned threads_x, unsigned threads_y,
                           unsigned threads_z, unsigned shared, struct CUstream_st *stream,
                           void **arguments, void **extra) {
  const launch l = {
      function, {blocks_x,  blocks_y,  blocks_z },
       {threads_x, threads_y, threads_z},
       shared
  };
  (void)stream;
  if (extra || !blocks_x || !blocks_y || !blocks_z) return EMULATED_INVALID_VALUE;
  if (threads_x * threads_y * threads_z - 1 >= 1024 || function->size > 4096)
    return EMULATED_INVALID_VALUE;
  if (!function->size) {
    const tsri_result result = emulated_wait();
    return result ? result : run(&l, arguments[0]);
  }
  char data[4096 + 128];
  const size_t at = (sizeof l + 63) / 64 * 64;
  memcpy(data, &l, sizeof l);
  memcpy(data + at, arguments[0], function->size);
  return tsr_emulated_enqueue(run_copy, data, at + function->size);
}
