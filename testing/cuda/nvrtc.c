/* nvrtc.c - libnvrtc.so.13 without a GPU: CUDA C becomes a shared object of the host's, for tests.
 *
 * The host's C++ compiler does the work, with shim.h before the text. What it made stays in a
 * folder under the hash of the text and of the shim, so that the next run of a test finds it.
 */
#define _GNU_SOURCE
#include "libraries_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
  OUT_OF_MEMORY = 1,
  INVALID_INPUT = 3,
  COMPILATION = 6
};

#define EMULATED_API __attribute__((visibility("default")))

/* Every function as libgpu calls it: one that is missing or differs does not compile or link. */
#define TSRI_FUNCTION(name, symbol, parameters, arguments)                                         \
  EMULATED_API tsri_result symbol parameters;
#define TSRI_QUERY(type, name, symbol, parameters, arguments) EMULATED_API type symbol parameters;
#include "nvrtc.def"

/* A file's bytes with a zero behind. */
typedef struct content {
  char *data;
  size_t size;
} content;

struct _nvrtcProgram {
  char *source;
  content image, log;
};

static int read_file(const char *path, content *out) {
  FILE *file = fopen(path, "rb");
  struct stat facts;
  *out = (content){NULL, 0};
  if (!file) return -1;
  if (fstat(fileno(file), &facts) == 0) out->data = calloc(1, (size_t)facts.st_size + 1);
  if (out->data) out->size = fread(out->data, 1, (size_t)facts.st_size, file);
  fclose(file);
  return out->data ? 0 : -1;
}

static int is_word(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The driver finds the size of a kernel's argument as <kernel>_size; here for the generated
 * texts, in which kernel k has a struct k_args. The others say it themselves.
 */
static void put_sizes(FILE *file, const char *text) {
  static const char mark[] = "(TSR_ARGS(";
  for (const char *at = strstr(text, mark); at; at = strstr(at, mark)) {
    const char *name = at, *type = at + strlen(mark);
    const int n = (int)strcspn(type, ")");
    while (name > text && is_word(name[-1]))
      name--;
    if (n > 5 && strncmp(type + n - 5, "_args", 5) == 0)
      fprintf(file,
              "\nextern \"C\" __attribute__((visibility(\"default\"))) const size_t %.*s_size = "
              "sizeof(%.*s);\n",
              (int)(at - name), name, n, type);
    at = type;
  }
}

static int write_source(const char *path, const char *text) {
  FILE *file = fopen(path, "wb");
  if (!file) return -1;
  fputs(text, file);
  put_sizes(file, text);
  const int whole = !ferror(file);
  return fclose(file) == 0 && whole ? 0 : -1;
}

/* FNV-1a */
static uint64_t hash(uint64_t state, const char *text) {
  for (; *text; text++)
    state = (state ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
  return state;
}

static uint64_t hash_of(const char *source) {
  content shim;
  uint64_t state = hash(UINT64_C(0xcbf29ce484222325), EMULATED_CXX);
  if (read_file(EMULATED_SHIM, &shim) == 0) state = hash(state, shim.data);
  free(shim.data);
  return hash(state, source);
}

/* Under its name all at once, for other processes look there too. */
static void keep(const content *made, const char *image) {
  char copy[640];
  snprintf(copy, sizeof copy, "%s.%ld", image, (long)getpid());
  FILE *file = fopen(copy, "wb");
  const int whole = file && fwrite(made->data, 1, made->size, file) == made->size;
  if (file && fclose(file) == 0 && whole && rename(copy, image) == 0) return;
  unlink(copy);
}

/* Compile in a folder of our own, then move the result where others look for it. */
static tsri_result compile(struct _nvrtcProgram *p, const char *image) {
  static const char command[] = EMULATED_CXX
      " -std=c++17 -O1 -ffp-contract=off -fno-math-errno -fno-strict-aliasing -fPIC -shared -w"
      " -x c++ -include " EMULATED_SHIM " -o %s/k.so %s/k.cu > %s/log 2>&1";
  char folder[] = "/tmp/tsr_nvrtc_XXXXXX", line[1024], source[64], made[64], log[64];
  if (!mkdtemp(folder)) return INVALID_INPUT;
  snprintf(line, sizeof line, command, folder, folder, folder);
  snprintf(source, sizeof source, "%s/k.cu", folder);
  snprintf(made, sizeof made, "%s/k.so", folder);
  snprintf(log, sizeof log, "%s/log", folder);
  tsri_result result = INVALID_INPUT;
  if (write_source(source, p->source) == 0) result = system(line) == 0 ? 0 : COMPILATION;
  free(p->log.data);
  if (read_file(log, &p->log) != 0) p->log = (content){NULL, 0};
  if (result == 0 && read_file(made, &p->image) != 0) result = OUT_OF_MEMORY;
  if (result == 0) keep(&p->image, image);
  unlink(source);
  unlink(made);
  unlink(log);
  rmdir(folder);
  return result;
}

/* ---- the interface ---- */

tsri_result nvrtcVersion(int *major, int *minor) {
  *major = 13;
  *minor = 0;
  return 0;
}

tsri_result nvrtcGetNumSupportedArchs(int *count) {
  *count = 1;
  return 0;
}

tsri_result nvrtcGetSupportedArchs(int *archs) {
  archs[0] = 90;
  return 0;
}

tsri_result nvrtcCreateProgram(struct _nvrtcProgram **program, const char *source, const char *name,
                               int n_headers, const char *const *headers,
                               const char *const *names) {
  (void)name, (void)headers, (void)names;
  *program = NULL;
  if (n_headers != 0) return INVALID_INPUT;
  struct _nvrtcProgram *p = calloc(1, sizeof *p);
  if (p) p->source = strdup(source);
  if (!p || !p->source) {
    free(p);
    return OUT_OF_MEMORY;
  }
  *program = p;
  return 0;
}

tsri_result nvrtcDestroyProgram(struct _nvrtcProgram **program) {
  free((*program)->source);
  free((*program)->image.data);
  free((*program)->log.data);
  free(*program);
  *program = NULL;
  return 0;
}

tsri_result nvrtcCompileProgram(struct _nvrtcProgram *p, int n_options,
                                const char *const *options) {
  char image[512];
  (void)n_options, (void)options;
  snprintf(image, sizeof image, "%s/%016llx.so", EMULATED_IMAGES,
           (unsigned long long)hash_of(p->source));
  return read_file(image, &p->image) == 0 ? 0 : compile(p, image);
}

tsri_result nvrtcGetCUBINSize(struct _nvrtcProgram *p, size_t *size) {
  *size = p->image.size;
  return 0;
}

tsri_result nvrtcGetCUBIN(struct _nvrtcProgram *p, char *data) {
  memcpy(data, p->image.data, p->image.size);
  return 0;
}

tsri_result nvrtcGetPTXSize(struct _nvrtcProgram *p, size_t *size) {
  (void)p;
  *size = 0;
  return INVALID_INPUT;
}

tsri_result nvrtcGetPTX(struct _nvrtcProgram *p, char *data) {
  (void)p, (void)data;
  return INVALID_INPUT;
}

tsri_result nvrtcGetProgramLogSize(struct _nvrtcProgram *p, size_t *size) {
  *size = p->log.size + 1;
  return 0;
}

tsri_result nvrtcGetProgramLog(struct _nvrtcProgram *p, char *data) {
  memcpy(data, p->log.data ? p->log.data : "", p->log.size + 1);
  return 0;
}

const char *nvrtcGetErrorString(tsri_result result) {
  return result == COMPILATION ? "NVRTC_ERROR_COMPILATION" : "NVRTC_ERROR_OTHER";
}
