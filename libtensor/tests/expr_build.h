/* expr_build.h - expressions written down step by step, and their C text compiled and loaded. */
#ifndef EXPR_BUILD_H
#define EXPR_BUILD_H

#define _POSIX_C_SOURCE 200809L
#include "tsr_test.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tsr/alloc.h"
#include "tsr/spi/expr.h"

typedef void (*function)(const int64_t *dims, void *const *in, const int64_t *const *in_strides,
                         void *const *out, const int64_t *const *out_strides);

static char folder[] = "/tmp/tsr_expr_XXXXXX";

static int make_folder(void **state) {
  (void)state;
  return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
  (void)state;
  return rmdir(folder);
}

/* Print, compile and load; *handle is for dlclose. */
static function build(const tsr_expr *expr, void **handle) {
  char *text = NULL, source[64], library[64], command[256];
  size_t size = 0;
  assert_ok(tsr_expr_format_c(expr, "probe", &text, &size));
  assert_int_equal(strlen(text) + 1, size);
  snprintf(source, sizeof source, "%s/probe.c", folder);
  snprintf(library, sizeof library, "%s/probe.so", folder);
  FILE *file = fopen(source, "w");
  assert_non_null(file);
  assert_int_equal(fwrite(text, 1, size - 1, file), size - 1);
  fclose(file);
  tsr_free(text, size, 0);
  snprintf(command, sizeof command, "cc -std=c11 -O1 -ffp-contract=off -fPIC -shared -o %s %s -lm",
           library, source);
  assert_int_equal(system(command), 0);
  *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  assert_non_null(*handle);
  function f;
  void *symbol = dlsym(*handle, "probe");
  assert_non_null(symbol);
  memcpy(&f, &symbol, sizeof f);
  unlink(source);
  unlink(library);
  return f;
}

/* An expression over one axis with loads of dtypes in[], made step by step. */
typedef struct recipe {
  tsr_dim dims[2];
  int32_t axes[2];
  tsr_expr_load inputs[4];
  tsr_expr_step steps[32];
  tsr_expr_out outputs[32];
  tsr_expr expr;
} recipe;

static inline void begin(recipe *r, int32_t rank, int32_t n_inputs, const tsr_dtype *in) {
  *r = (recipe){
      .dims = {{1, NULL}, {1, NULL}},
        .axes = {0,         1        }
  };
  r->expr = (tsr_expr){.rank = rank,
                       .dims = r->dims,
                       .n_inputs = n_inputs,
                       .inputs = r->inputs,
                       .steps = r->steps,
                       .outputs = r->outputs};
  for (int32_t i = 0; i < n_inputs; i++) {
    r->inputs[i] = (tsr_expr_load){in[i], rank, r->axes};
    r->steps[r->expr.n_steps++] = (tsr_expr_step){
        NULL, NULL, in[i], {i, -1, -1}
    };
  }
}

static inline int32_t step(recipe *r, tsr_op_id op, const void *attrs, tsr_dtype dtype, int32_t a,
                           int32_t b, int32_t c) {
  r->steps[r->expr.n_steps] = (tsr_expr_step){
      tsr_op_core(op), attrs, dtype, {a, b, c}
  };
  return r->expr.n_steps++;
}

static inline void output(recipe *r, int32_t from) {
  r->outputs[r->expr.n_outputs++] = (tsr_expr_out){from, NULL, 0};
}

#endif /* EXPR_BUILD_H */
