/* npy_dtype.c - our element types under NumPy's names. */
#include "npy_internal.h"

#include <stdio.h>
#include <string.h>

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NATIVE '<'
#define OTHER  '>'
#else
#define NATIVE '>'
#define OTHER  '<'
#endif

static const struct {
  char name[4]; /* kind and bytes */
  tsr_dtype dtype;
} names[] = {
    {"b1",  TSR_BOOL},
    {"i1",  TSR_I8  },
    {"i2",  TSR_I16 },
    {"i4",  TSR_I32 },
    {"i8",  TSR_I64 },
    {"u1",  TSR_U8  },
    {"u2",  TSR_U16 },
    {"u4",  TSR_U32 },
    {"u8",  TSR_U64 },
    {"f2",  TSR_F16 },
    {"V2",  TSR_BF16},
    {"f4",  TSR_F32 },
    {"f8",  TSR_F64 },
    {"c8",  TSR_C64 },
    {"c16", TSR_C128},
};

/* What other kinds are, so that a message can say why they are refused. */
static const struct {
  char kind;
  const char *what;
} foreign[] = {
    {'O', "Python objects, which are pickled"},
    {'S', "text"                             },
    {'a', "text"                             },
    {'U', "text"                             },
    {'M', "dates"                            },
    {'m', "time spans"                       },
    {'V', "raw bytes"                        },
};

tsri_quoted tsri_npy_quoted(tsri_slice piece) {
  tsri_quoted out;
  const size_t room = sizeof out.text - 4;
  const size_t n = piece.size < room ? piece.size : room;
  for (size_t i = 0; i < n; i++)
    out.text[i] = piece.at[i] >= ' ' && piece.at[i] <= '~' ? piece.at[i] : '?';
  strcpy(out.text + n, n < piece.size ? "..." : "");
  return out;
}

static tsr_status refuse(tsri_slice descr) {
  const tsri_quoted text = tsri_npy_quoted(descr);
  const char *what = "a type we do not have";
  const char kind = descr.size > 1 ? descr.at[1] : '\0';
  for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
    if (foreign[i].kind == kind) what = foreign[i].what;
  return TSR_FAIL(TSR_ERR_DTYPE, "npy: descr '%s' is %s; '<f8' would be f64", text.text, what);
}

tsr_status tsri_npy_find_dtype(tsri_slice descr, tsr_dtype *dtype, bool *swapped) {
  const char order = descr.size > 0 ? descr.at[0] : '\0';
  if (order != '<' && order != '>' && order != '|' && order != '=')
    return TSR_FAIL(TSR_ERR_DTYPE,
                    "npy: descr '%s' does not begin with a byte order, as '<f8' does",
                    tsri_npy_quoted(descr).text);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (strlen(names[i].name) != descr.size - 1) continue;
    if (memcmp(names[i].name, descr.at + 1, descr.size - 1) != 0) continue;
    *dtype = names[i].dtype;
    *swapped = order == OTHER && tsr_dtype_size(*dtype) > 1;
    return TSR_OK;
  }
  return refuse(descr);
}

void tsri_npy_descr(tsr_dtype dtype, char *out) {
  size_t i = 0;
  while (names[i].dtype != dtype)
    i++;
  out[0] = tsr_dtype_size(dtype) > 1 ? NATIVE : '|';
  memcpy(out + 1, names[i].name, strlen(names[i].name) + 1);
}
