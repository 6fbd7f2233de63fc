/* generated.c - texts of expressions, compiled for the host many at a time, and run. */
#define _POSIX_C_SOURCE 200809L
#include "generated.h"

#include "grid.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tsr/alloc.h"

const char *const dialect_names[DIALECTS] = {"C", "CUDA"};

/* ---- text ---- */

static tsr_status append(generated *g, dialect d, const char *text, size_t size) {
  if (g->used[d] + size >= g->room[d]) {
    size_t room = 2 * g->room[d] + size + 65536;
    char *grown = realloc(g->text[d], room);
    if (!grown) return TSR_FAIL(TSR_ERR_NOMEM, "no room for %zu bytes of text", room);
    g->text[d] = grown;
    g->room[d] = room;
  }
  memcpy(g->text[d] + g->used[d], text, size);
  g->used[d] += size;
  return TSR_OK;
}

static uint64_t reduced_axes(const tsr_expr *e) {
  return e->outputs[0].reduce ? e->outputs[0].reduced : 0;
}

static tsr_expr_nest nest_of(const tsr_expr *e, int32_t bits) {
  tsr_expr_nest nest = {.reduced = reduced_axes(e), .bits = bits};
  for (int32_t a = 0; a < e->rank; a++)
    nest.reduced_rank += (int32_t)(nest.reduced >> a & 1);
  nest.kept_rank = e->rank - nest.reduced_rank;
  return nest;
}

tsr_status generated_add(generated *g, dialect d, const tsr_expr *expr, int32_t number,
                         int32_t bits) {
  char name[24], *text;
  size_t size;
  const tsr_expr_nest nest = nest_of(expr, bits);
  snprintf(name, sizeof name, "k%d", number);
  TSR_TRY(d == DIALECT_C ? tsr_expr_format_c(expr, name, &text, &size)
                         : tsr_expr_format_cuda(expr, &nest, name, &text, &size));
  const tsr_status status = append(g, d, text, size - 1);
  tsr_free(text, size, 0);
  return status;
}

/* ---- compiling ---- */

static const char *const commands[DIALECTS] = {
    GENERATED_CC " -std=c11 -O1 -ffp-contract=off -fno-math-errno -fPIC -shared -w -x c"
                 " -o %s/k.so %s/k.txt -lm 2>&1",
    GENERATED_CXX " -std=c++17 -O1 -ffp-contract=off -fno-math-errno -fno-strict-aliasing -fPIC"
                  " -shared -w -x c++ -include " GENERATED_SHIM " -o %s/k.so %s/k.txt -lm 2>&1"};

static bool write_file(const char *folder, const char *text, size_t size) {
  char path[128];
  snprintf(path, sizeof path, "%s/k.txt", folder);
  FILE *file = fopen(path, "w");
  const bool written = file != NULL && fwrite(text, 1, size, file) == size;
  return file != NULL && fclose(file) == 0 && written;
}

static bool compile(stage *w, const char *folder, dialect d, const char *name) {
  char command[1024], line[300] = "";
  snprintf(command, sizeof command, commands[d], folder, folder);
  FILE *output = popen(command, "r");
  if (output == NULL) return false;
  char *first = fgets(line, sizeof line, output);
  while (fgets(command, sizeof command, output) != NULL)
    continue;
  const bool compiled = pclose(output) == 0;
  w->n_checks++;
  if (!compiled)
    stage_fail(w, "the %s text of %s does not compile: %s", dialect_names[d], name,
               first ? first : "?");
  return compiled;
}

static void remove_files(const char *folder) {
  static const char *const files[] = {"k.txt", "k.so"};
  char path[128];
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, files[i]);
    unlink(path);
  }
  rmdir(folder);
}

bool generated_build(stage *w, generated *g, const char *name) {
  bool built = true;
  for (dialect d = 0; d < DIALECTS && built; d++) {
    char folder[] = "/tmp/tsr_generated_XXXXXX", path[128];
    if (!mkdtemp(folder)) return false;
    built = write_file(folder, g->text[d], g->used[d]) && compile(w, folder, d, name);
    snprintf(path, sizeof path, "%s/k.so", folder);
    if (built) g->library[d] = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (built && !g->library[d]) stage_fail(w, "%s: %s", name, dlerror());
    built = built && g->library[d];
    remove_files(folder);
  }
  return built;
}

void generated_close(generated *g) {
  for (dialect d = 0; d < DIALECTS; d++) {
    if (g->library[d]) dlclose(g->library[d]);
    free(g->text[d]);
  }
}

/* ---- running ---- */

static void *find(const generated *g, dialect d, const char *kind, int32_t number) {
  char name[40];
  snprintf(name, sizeof name, kind, number);
  return dlsym(g->library[d], name);
}

/* Axes of size 1 stand still. */
static int64_t stride_of(const tsr_view *v, int32_t axis) {
  return v->dims[axis] == 1 ? 0 : v->strides[axis];
}

enum {
  MAX_RANK = 16
};

static int64_t dim_of(const tsr_expr *e, int32_t axis) { return e->dims[axis].n; }

static tsr_status run_c(const generated *g, const tsr_expr *e, int32_t number, const tsr_view *in,
                        const tsr_view *out) {
  typedef void (*function)(const int64_t *dims, void *const *in, const int64_t *const *in_strides,
                           void *const *out, const int64_t *const *out_strides);
  int64_t dims[MAX_RANK], in_strides[SAMPLE_IN][MAX_RANK], out_strides[MAX_RANK];
  const int64_t *in_rows[SAMPLE_IN], *out_rows[] = {out_strides};
  void *in_data[SAMPLE_IN], *out_data[] = {out->data};
  for (int32_t a = 0; a < e->rank; a++)
    dims[a] = dim_of(e, a);
  for (int32_t i = 0; i < e->n_inputs; i++) {
    in_data[i] = in[i].data;
    in_rows[i] = in_strides[i];
    for (int32_t a = 0; a < e->rank; a++)
      in_strides[i][a] = stride_of(&in[i], a);
  }
  for (int32_t a = 0; a < out->rank; a++)
    out_strides[a] = out->strides[a];
  function f;
  void *symbol = find(g, DIALECT_C, "k%d", number);
  if (!symbol) return TSR_FAIL(TSR_ERR_NOT_FOUND, "k%d is not there", number);
  memcpy(&f, &symbol, sizeof f);
  f(dims, in_data, in_rows, out_data, out_rows);
  return TSR_OK;
}

/* The struct of a CUDA kernel, written in order. */
typedef struct args {
  uint64_t bytes[512]; /* zeroed, aligned */
  size_t used;
  int32_t bits;
} args;

static void put_pointer(args *a, const void *p) {
  memcpy((char *)a->bytes + a->used, &p, sizeof p);
  a->used += sizeof p;
}

static void put_number(args *a, int64_t n) {
  const int32_t narrow = (int32_t)n;
  const size_t size = (size_t)a->bits / 8;
  memcpy((char *)a->bytes + a->used, a->bits == 64 ? (const void *)&n : (const void *)&narrow,
         size);
  a->used += size;
}

/* Kept axes first, then reduced ones. */
static int32_t order_axes(const tsr_expr *e, int32_t *order) {
  const uint64_t reduced = reduced_axes(e);
  int32_t n = 0, kept;
  for (int32_t a = 0; a < e->rank; a++)
    if (!(reduced >> a & 1)) order[n++] = a;
  kept = n;
  for (int32_t a = 0; a < e->rank; a++)
    if (reduced >> a & 1) order[n++] = a;
  return kept;
}

static int64_t product(const tsr_expr *e, const int32_t *order, int32_t from, int32_t to) {
  int64_t n = 1;
  for (int32_t a = from; a < to; a++)
    n *= dim_of(e, order[a]);
  return n;
}

static int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

static tsr_status launch(const generated *g, const char *kind, int32_t number,
                         const unsigned blocks[3], unsigned threads, const args *a) {
  tsr_emulated_kernel kernel;
  tsr_emulated_where where;
  const unsigned size[3] = {threads, 1, 1};
  void *symbol = find(g, DIALECT_CUDA, kind, number),
       *place = find(g, DIALECT_CUDA, "tsr_emulated_here", 0);
  if (!symbol || !place) return TSR_FAIL(TSR_ERR_NOT_FOUND, kind, number);
  memcpy(&kernel, &symbol, sizeof kernel);
  memcpy(&where, &place, sizeof where);
  if (tsr_emulated_run(kernel, where, blocks, size, 0, a->bytes) == 0) return TSR_OK;
  return TSR_FAIL(TSR_ERR_NOMEM, "no memory for a block");
}

static tsr_status run_cuda(stage *w, const generated *g, const tsr_expr *e, int32_t number,
                           int32_t bits, cut how, const tsr_view *in, const tsr_view *out,
                           bool *finding) {
  int32_t order[MAX_RANK];
  unsigned found[4] = {0};
  args a = {.bits = bits};
  const int32_t n_kept = order_axes(e, order);
  const int64_t kept = product(e, order, 0, n_kept), count = product(e, order, n_kept, e->rank);
  const int64_t chunk = ceil_div(count, how.chunks);
  if (count > 0) how.chunks = (int32_t)ceil_div(count, chunk); /* none begins behind the end */
  void *part = NULL;
  TSR_TRY(tsr_arena_alloc(&w->arena, 16 * (size_t)(kept * how.chunks + 1), &part));
  for (int32_t i = 0; i < e->n_inputs; i++)
    put_pointer(&a, in[i].data);
  put_pointer(&a, out->data);
  if (reduced_axes(e)) put_pointer(&a, part);
  if (!reduced_axes(e) && tsr_expr_has_finding(e)) put_pointer(&a, found);
  put_number(&a, kept);
  if (reduced_axes(e)) {
    const int64_t shape[] = {count, chunk, how.chunks, how.log_across, how.is_row, how.log_finish};
    for (size_t i = 0; i < sizeof shape / sizeof *shape; i++)
      put_number(&a, shape[i]);
  }
  for (int32_t k = 0; k < e->rank; k++)
    put_number(&a, dim_of(e, order[k]));
  for (int32_t i = 0; i < e->n_inputs; i++)
    for (int32_t k = 0; k < e->rank; k++)
      put_number(&a, stride_of(&in[i], order[k]));
  for (int32_t k = 0; k < n_kept; k++)
    put_number(&a, out->strides[k]);
  if (kept == 0) return TSR_OK;
  unsigned blocks[3] = {3, 1, 1};
  if (!reduced_axes(e)) {
    TSR_TRY(launch(g, "k%d", number, blocks, 64, &a));
    *finding = found[0] || found[1];
    return TSR_OK;
  }
  blocks[0] = (unsigned)ceil_div(kept, INT64_C(1) << how.log_across);
  blocks[1] = (unsigned)how.chunks;
  TSR_TRY(launch(g, "k%d", number, blocks, TSR_EXPR_BLOCK, &a));
  if (how.chunks == 1) return TSR_OK;
  const unsigned last[3] = {(unsigned)ceil_div(kept, INT64_C(1) << how.log_finish), 1, 1};
  return launch(g, "k%d_finish", number, last, TSR_EXPR_BLOCK, &a);
}

tsr_status generated_run(stage *w, const generated *g, dialect d, const tsr_expr *expr,
                         int32_t number, int32_t bits, cut how, const tsr_view *in,
                         const tsr_view *out, bool *finding) {
  *finding = false;
  if (d == DIALECT_C) return run_c(g, expr, number, in, out);
  return run_cuda(w, g, expr, number, bits, how, in, out, finding);
}
