/* program.c - the text of a program, read and recorded in one go. */
#include "worker.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <tsr/ad.h>

enum {
  MAX_NAME = 32
};

/* Names of values: inputs, then what "name=...;" defined. */
typedef struct name {
  char text[MAX_NAME];
  tsr_value value;
} name;

typedef struct reader {
  tsr_builder *b;
  const char *at;
  name *names; /* grows */
  size_t n_names, capacity;
} reader;

static tsr_status define(reader *r, const char *text, tsr_value value) {
  if (r->n_names == r->capacity) {
    size_t capacity = r->capacity ? 2 * r->capacity : 16;
    name *names = realloc(r->names, capacity * sizeof *names);
    if (!names) return TSR_FAIL(TSR_ERR_NOMEM, "no memory for names");
    r->names = names, r->capacity = capacity;
  }
  name *made = &r->names[r->n_names++];
  snprintf(made->text, sizeof made->text, "%s", text);
  made->value = value;
  return TSR_OK;
}

/* The latest of a name wins. */
static const name *lookup(const reader *r, const char *text) {
  for (size_t i = r->n_names; i-- > 0;)
    if (!strcmp(r->names[i].text, text)) return &r->names[i];
  return NULL;
}

static bool accept(reader *r, char c) {
  if (*r->at != c) return false;
  r->at++;
  return true;
}

static tsr_status expect(reader *r, char c) {
  if (accept(r, c)) return TSR_OK;
  return TSR_FAIL(TSR_ERR_ARGUMENT, "'%c' is missing before \"%.20s\"", c, r->at);
}

static tsr_status read_name(reader *r, char *out) {
  size_t n = 0;
  while (isalnum((unsigned char)*r->at) || *r->at == '_') {
    if (n + 1 == MAX_NAME)
      return TSR_FAIL(TSR_ERR_ARGUMENT, "a name is too long: \"%.20s\"", r->at);
    out[n++] = *r->at++;
  }
  out[n] = '\0';
  return n ? TSR_OK : TSR_FAIL(TSR_ERR_ARGUMENT, "there is no name at \"%.20s\"", r->at);
}

static tsr_status read_argument(reader *r, argument *out);

static tsr_status read_call(reader *r, const char *function, tsr_value *out) {
  call c = {.name = function};
  TSR_TRY(expect(r, '('));
  do {
    if (c.n == MAX_ARGS) return TSR_FAIL(TSR_ERR_ARGUMENT, "%s has too many arguments", function);
    TSR_TRY(read_argument(r, &c.arg[c.n++]));
  } while (accept(r, ','));
  TSR_TRY(expect(r, ')'));
  return call_apply(r->b, &c, out);
}

static tsr_status read_list(reader *r, argument *out) {
  out->kind = A_LIST;
  TSR_TRY(expect(r, '['));
  do {
    char *end;
    if (*r->at == ']') break;
    if (out->n == MAX_AXES) return TSR_FAIL(TSR_ERR_ARGUMENT, "a list is too long");
    out->list[out->n++] = strtoll(r->at, &end, 10);
    r->at = end;
  } while (accept(r, ','));
  return expect(r, ']');
}

static tsr_status read_argument(reader *r, argument *out) {
  char text[MAX_NAME];
  *out = (argument){.kind = A_VALUE};
  if (*r->at == '[') return read_list(r, out);
  if (isdigit((unsigned char)*r->at) || *r->at == '-') {
    char *end;
    out->kind = A_NUMBER;
    out->number = strtod(r->at, &end);
    r->at = end;
    return TSR_OK;
  }
  TSR_TRY(read_name(r, text));
  if (*r->at == '(') return read_call(r, text, &out->value);
  const name *known = lookup(r, text);
  if (known) {
    out->value = known->value;
    return TSR_OK;
  }
  out->kind = A_DTYPE;
  return tsr_dtype_find(text, &out->dtype);
}

/* Statements "name=value;" and then the value of the program. */
static tsr_status read_program(reader *r, tsr_value *out) {
  for (;;) {
    char text[MAX_NAME];
    argument a;
    const char *start = r->at;
    TSR_TRY(read_name(r, text));
    bool named = accept(r, '=');
    if (!named) r->at = start;
    TSR_TRY(read_argument(r, &a));
    if (a.kind != A_VALUE) return TSR_FAIL(TSR_ERR_ARGUMENT, "\"%.20s\" is no value", start);
    *out = a.value;
    if (!named) return TSR_OK;
    TSR_TRY(define(r, text, a.value));
    TSR_TRY(expect(r, ';'));
  }
}

static tsr_status read_gradient(reader *r, tsr_value *out) {
  tsr_value y;
  const name *x = lookup(r, "x"), *w = lookup(r, "w");
  if (!x || !w) return TSR_FAIL(TSR_ERR_ARGUMENT, "grad needs inputs x and w");
  tsr_value wrt = x->value, cotangent = w->value;
  TSR_TRY(read_program(r, &y));
  TSR_TRY(expect(r, ')'));
  return tsr_vjp(r->b, TSR_VALUES(y), TSR_VALUES(cotangent), TSR_VALUES(wrt), out);
}

static tsr_status declare(reader *r, const input *in) {
  tsr_dim dims[MAX_AXES];
  for (int i = 0; i < in->rank; i++)
    dims[i] = tsr_dim_of(in->dims[i]);
  tsr_value v = tsr_input(r->b, in->name, in->dtype, (tsr_shape){dims, (size_t)in->rank});
  TSR_TRY(tsr_builder_status(r->b));
  return define(r, in->name, v);
}

static tsr_status read_all(reader *r, const input *in, int n_in, tsr_value *out) {
  for (int i = 0; i < n_in; i++)
    TSR_TRY(declare(r, &in[i]));
  if (!strncmp(r->at, "grad(", 5)) {
    r->at += 5;
    TSR_TRY(read_gradient(r, out));
  } else {
    TSR_TRY(read_program(r, out));
  }
  return *r->at ? TSR_FAIL(TSR_ERR_ARGUMENT, "text is left over: \"%.20s\"", r->at) : TSR_OK;
}

tsr_status program_trace(tsr_builder *b, const char *text, const input *in, int n_in,
                         tsr_value *out) {
  reader r = {.b = b, .at = text};
  tsr_status status = read_all(&r, in, n_in, out);
  free(r.names);
  return status;
}
