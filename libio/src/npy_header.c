/* npy_header.c - what stands in front of the data: magic, version, length, dictionary. */
#include "npy_internal.h"

#include <stdio.h>
#include <string.h>

enum {
  MAGIC = 6,
  ALIGN = 64,   /* data begin at a multiple of this, as NumPy wants it */
  GROWTH = 21,  /* digits for which NumPy keeps room in the size of the slowest axis */
  LENGTH_AT = 8 /* after magic and version */
};

static const unsigned char magic[MAGIC] = {0x93, 'N', 'U', 'M', 'P', 'Y'};

/* ---- reading ---- */

static tsr_status check_magic(const unsigned char *bytes, size_t size, size_t file_size) {
  if (size < LENGTH_AT + 2)
    return TSR_FAIL(TSR_ERR_IO, "npy: the file has %zu bytes, a header at least %d", file_size,
                    LENGTH_AT + 2);
  if (memcmp(bytes, magic, MAGIC) == 0) return TSR_OK;
  return TSR_FAIL(TSR_ERR_IO,
                  "npy: the file begins with %02x %02x %02x %02x %02x %02x, "
                  "not with 93 4e 55 4d 50 59 (\\x93NUMPY)",
                  bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5]);
}

/* Where the dictionary is, by the version and the length that the file gives. */
static tsr_status find_text(const unsigned char *bytes, size_t size, size_t file_size,
                            tsr_npy_header *out, size_t *at, size_t *length) {
  const unsigned major = bytes[MAGIC], minor = bytes[MAGIC + 1];
  if (major < 1 || major > 3 || minor != 0)
    return TSR_FAIL(TSR_ERR_IO, "npy: format %u.%u is none of 1.0, 2.0 and 3.0", major, minor);
  const size_t width = major == 1 ? 2 : 4;
  *at = LENGTH_AT + width;
  *length = 0;
  if (size < *at)
    return TSR_FAIL(TSR_ERR_IO, "npy: the file has %zu bytes, a header of format %u.0 at least %zu",
                    file_size, major, *at);
  for (size_t i = width; i-- > 0;)
    *length = *length << 8 | bytes[LENGTH_AT + i];
  if (*length > file_size - *at)
    return TSR_FAIL(TSR_ERR_IO, "npy: the header claims %zu bytes, the file has %zu after byte %zu",
                    *length, file_size - *at, *at);
  if (*length > TSRI_NPY_TEXT)
    return TSR_FAIL(TSR_ERR_LIMIT, "npy: the header has %zu bytes, the limit is %d", *length,
                    TSRI_NPY_TEXT);
  out->version = (int32_t)major;
  return TSR_OK;
}

static tsr_status check_data(size_t file_size, tsr_npy_header *out) {
  size_t needed;
  TSR_TRY_MSG(tsr_layout_bytes(out->dtype, out->rank, out->dims, &needed),
              "npy: the shape of the header");
  out->size = file_size - out->offset;
  if (needed == out->size) return TSR_OK;
  return TSR_FAIL(TSR_ERR_IO, "npy: the shape needs %zu bytes of %s, the file has %zu", needed,
                  tsr_dtype_name(out->dtype), out->size);
}

static tsr_status read_all(const void *data, size_t size, size_t file_size, tsr_npy_header *out) {
  const unsigned char *bytes = data;
  size_t at = 0, length = 0;
  TSR_TRY(check_magic(bytes, size, file_size));
  TSR_TRY(find_text(bytes, size, file_size, out, &at, &length));
  TSR_TRY(tsri_npy_dictionary((tsri_slice){(const char *)bytes + at, length}, out));
  out->offset = at + length;
  return check_data(file_size, out);
}

tsr_status tsri_npy_header(const void *data, size_t size, size_t file_size, tsr_npy_header *out) {
  memset(out, 0, sizeof *out);
  tsr_status status = read_all(data, size, file_size, out);
  if (status != TSR_OK) memset(out, 0, sizeof *out);
  return status;
}

tsr_status tsr_npy_parse(const void *data, size_t size, tsr_npy_header *out) {
  memset(out, 0, sizeof *out);
  if (!data) return TSR_FAIL(TSR_ERR_ARGUMENT, "npy: data is NULL");
  return tsri_npy_header(data, size, size, out);
}

/* ---- writing ---- */

/* Ends the dictionary and fills up: NumPy leaves blanks so that an axis may grow in place. */
static void pad(tsri_npy_front *f, int32_t rank, int digits) {
  size_t end = f->size + (rank > 0 ? (size_t)(GROWTH - digits) : 0) + 1;
  end = (end + ALIGN - 1) / ALIGN * ALIGN;
  memset(f->bytes + f->size, ' ', end - f->size - 1);
  f->bytes[end - 1] = '\n';
  f->size = end;
}

void tsri_npy_format(tsr_dtype dtype, int32_t rank, const int64_t *dims, bool fortran_order,
                     tsri_npy_front *out) {
  char descr[8], *text = out->bytes, number[24];
  const size_t front = LENGTH_AT + 2, room = sizeof out->bytes;
  tsri_npy_descr(dtype, descr);
  size_t at = front;
  at += (size_t)snprintf(text + at, room - at, "{'descr': '%s', 'fortran_order': %s, 'shape': (",
                         descr, fortran_order ? "True" : "False");
  for (int32_t i = 0; i < rank; i++)
    at += (size_t)snprintf(text + at, room - at, "%s%lld%s", i > 0 ? " " : "", (long long)dims[i],
                           i + 1 < rank || rank == 1 ? "," : "");
  at += (size_t)snprintf(text + at, room - at, "), }");
  out->size = at;
  const int64_t slowest = rank > 0 ? dims[fortran_order ? rank - 1 : 0] : 0;
  pad(out, rank, snprintf(number, sizeof number, "%lld", (long long)slowest));

  const size_t length = out->size - front;
  memcpy(text, magic, MAGIC);
  text[MAGIC] = 1;
  text[MAGIC + 1] = 0;
  text[LENGTH_AT] = (char)(length & 0xff);
  text[LENGTH_AT + 1] = (char)(length >> 8);
}
