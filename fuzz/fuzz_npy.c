/* fuzz_npy.c - files of any bytes: refused with a message, or every element is where the header
 * says. libs: io cpu runtime oracle seeds: 6000
 *
 * The bytes are a file as they are; they also decide how another one is written, in a random but
 * legal form, and perhaps spoilt.
 */
#include "lab.h"

#include <string.h>

#include "tsr/npy.h"

enum {
  ROOM = 4096,
  RANK = 12
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct trial {
  tsr_dtype dtype;
  bool fortran_order, swapped;
  int32_t rank;
  int64_t dims[RANK];
  uint8_t file[ROOM];
  size_t used, data_at;
} trial;

/* ---- a file ---- */

static void put(trial *t, const char *text) {
  const size_t n = strlen(text);
  if (t->used + n > ROOM) FUZZ_FAIL("the file has no room for '%s'", text);
  memcpy(t->file + t->used, text, n);
  t->used += n;
}

static void put_blanks(trial *t, source *s) {
  static const char *const blanks[] = {"", "", "", " ", "  ", "\t", "\n", " \r\n"};
  put(t, blanks[source_below(s, 8)]);
}

static void put_quoted(trial *t, source *s, const char *text) {
  const char *quote = source_once_in(s, 3) ? "\"" : "'";
  put(t, quote);
  put(t, text);
  put(t, quote);
}

static const struct {
  tsr_dtype dtype;
  const char *name;
} dtypes[] = {
    {TSR_BOOL, "b1" },
    {TSR_I8,   "i1" },
    {TSR_I16,  "i2" },
    {TSR_I32,  "i4" },
    {TSR_I64,  "i8" },
    {TSR_U8,   "u1" },
    {TSR_U16,  "u2" },
    {TSR_U32,  "u4" },
    {TSR_U64,  "u8" },
    {TSR_F16,  "f2" },
    {TSR_BF16, "V2" },
    {TSR_F32,  "f4" },
    {TSR_F64,  "f8" },
    {TSR_C64,  "c8" },
    {TSR_C128, "c16"}
};

static void put_descr(trial *t, source *s) {
  const int64_t i = source_below(s, (int64_t)(sizeof dtypes / sizeof *dtypes));
  char text[8] = {"<>|="[source_below(s, 4)]};
  strcat(text, dtypes[i].name);
  t->dtype = dtypes[i].dtype;
  t->swapped = text[0] == '>' && tsr_dtype_size(t->dtype) > 1;
  put_quoted(t, s, text);
}

static void put_order(trial *t, source *s) {
  t->fortran_order = source_once_in(s, 2);
  put(t, t->fortran_order ? "True" : "False");
}

static void put_shape(trial *t, source *s) {
  char text[24];
  int64_t count = 1;
  t->rank = (int32_t)source_below(s, source_once_in(s, 5) ? RANK : 4);
  put(t, "(");
  for (int32_t k = 0; k < t->rank; k++) {
    t->dims[k] = source_below(s, 5);
    if (count * t->dims[k] > 60) t->dims[k] = 1;
    count *= t->dims[k];
    put_blanks(t, s);
    snprintf(text, sizeof text, "%d%s", (int)t->dims[k], source_once_in(s, 9) ? "L" : "");
    put(t, text);
    put_blanks(t, s);
    if (k + 1 < t->rank || t->rank == 1 || source_once_in(s, 4)) put(t, ",");
  }
  put_blanks(t, s);
  put(t, ")");
}

static void put_dictionary(trial *t, source *s) {
  static const struct {
    const char *name;
    void (*put)(trial *t, source *s);
  } keys[] = {
      {"descr",         put_descr},
      {"fortran_order", put_order},
      {"shape",         put_shape}
  };
  const int64_t first = source_below(s, 3), step = 1 + source_below(s, 2);
  put_blanks(t, s);
  put(t, "{");
  for (int64_t k = 0; k < 3; k++) {
    const int64_t key = (first + k * step) % 3;
    put_blanks(t, s);
    put_quoted(t, s, keys[key].name);
    put_blanks(t, s);
    put(t, ":");
    put_blanks(t, s);
    keys[key].put(t, s);
    put_blanks(t, s);
    if (k < 2 || source_once_in(s, 2)) put(t, ",");
  }
  put_blanks(t, s);
  put(t, "}");
  put_blanks(t, s);
}

static int64_t count_of(const trial *t) {
  int64_t count = 1;
  for (int32_t k = 0; k < t->rank; k++)
    count *= t->dims[k];
  return count;
}

static void make_file(trial *t, source *s) {
  const int version = 1 + (int)source_below(s, 3);
  const size_t front = version == 1 ? 10 : 12;
  memset(t, 0, sizeof *t);
  t->used = front;
  put_dictionary(t, s);
  const size_t length = t->used - front;
  memcpy(t->file, "\x93NUMPY", 6);
  t->file[6] = (uint8_t)version;
  t->file[8] = (uint8_t)(length & 0xff);
  t->file[9] = (uint8_t)(length >> 8);
  t->data_at = t->used;
  const size_t size = (size_t)count_of(t) * tsr_dtype_size(t->dtype);
  if (t->used + size > ROOM) FUZZ_FAIL("%zu bytes of data have no room", size);
  for (size_t i = 0; i < size; i++)
    t->file[t->used++] = (uint8_t)source_word(s);
}

/* ---- what must hold ---- */

/* Byte k of element n (in C order) of the tensor, found in the file. */
static uint8_t byte_at(const trial *t, int64_t n, size_t k) {
  int64_t at = 0, step = 1, left = n, index[RANK];
  for (int32_t i = t->rank - 1; i >= 0; i--) {
    index[i] = left % t->dims[i];
    left /= t->dims[i];
  }
  for (int32_t i = 0; i < t->rank; i++) {
    const int32_t axis = t->fortran_order ? i : t->rank - 1 - i;
    at += index[axis] * step;
    step *= t->dims[axis];
  }
  const size_t item = tsr_dtype_size(t->dtype), unit = tsr_dtype_size(tsr_dtype_real(t->dtype));
  if (t->swapped) k = k / unit * unit + (unit - 1 - k % unit);
  const uint8_t byte = t->file[t->data_at + (size_t)at * item + k];
  return t->dtype == TSR_BOOL ? byte != 0 : byte;
}

static void check_elements(const trial *t, tsr_tensor *got) {
  uint8_t bytes[ROOM];
  const size_t item = tsr_dtype_size(t->dtype), size = (size_t)count_of(t) * item;
  lab_ok(tsr_tensor_read(got, bytes, size), "reading the elements");
  for (size_t i = 0; i < size; i++)
    if (bytes[i] != byte_at(t, (int64_t)(i / item), i % item))
      FUZZ_FAIL("byte %zu is %u, the file has %u", i, bytes[i],
                byte_at(t, (int64_t)(i / item), i % item));
}

static void check_good(lab *l, const trial *t) {
  tsr_npy_header h;
  tsr_tensor *got;
  lab_ok(tsr_npy_parse(t->file, t->used, &h), "a legal header");
  if (h.dtype != t->dtype || h.rank != t->rank || h.fortran_order != t->fortran_order ||
      h.swapped != t->swapped || h.offset != t->data_at ||
      (h.rank > 0 && memcmp(h.dims, t->dims, (size_t)h.rank * sizeof *h.dims) != 0))
    FUZZ_FAIL("the header is %s, rank %d, data at %zu; it should be %s, rank %d, data at %zu",
              tsr_dtype_name(h.dtype), h.rank, h.offset, tsr_dtype_name(t->dtype), t->rank,
              t->data_at);
  lab_ok(tsr_npy_decode(l->cpu, t->file, t->used, &got), "a legal file");
  check_elements(t, got);
  tsr_tensor_release(got);
}

/* Whatever it is: both functions agree, and the sizes are those of the file. */
static void check_any(lab *l, const uint8_t *data, size_t size) {
  tsr_npy_header h;
  tsr_tensor *got;
  const bool refused = lab_refused(tsr_npy_parse(data, size, &h), "parsing");
  const tsr_status status = tsr_npy_decode(l->cpu, data, size, &got);
  if (lab_refused(status, "decoding") != refused) FUZZ_FAIL("parse and decode disagree");
  if (refused) return;
  const size_t needed = (size_t)tsr_tensor_count(got) * tsr_dtype_size(h.dtype);
  if (h.size != needed || h.offset + h.size != size)
    FUZZ_FAIL("%zu bytes at %zu are needed of %zu, the header says %zu", needed, h.offset, size,
              h.size);
  tsr_tensor_release(got);
}

static void spoil(trial *t, source *s) {
  for (int64_t n = 1 + source_below(s, 2); n > 0; n--) {
    const size_t at = (size_t)source_below(s, 256) % t->used;
    t->file[at] = (uint8_t)(source_once_in(s, 2) ? "0123456789,()'-{}L"[source_below(s, 18)]
                                                 : (int)source_word(s));
  }
  if (source_once_in(s, 3)) t->used = (size_t)source_below(s, 256) % t->used;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const uint8_t none[1];
  lab *l = lab_begin(TSR_WITH(tsr_cpu_register));
  source s = source_open(data, size);
  trial t;
  check_any(l, size > 0 ? data : none, size);
  make_file(&t, &s);
  check_good(l, &t);
  spoil(&t, &s);
  check_any(l, t.file, t.used);
  lab_end(l);
  return 0;
}
