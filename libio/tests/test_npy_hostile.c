/* test_npy_hostile.c - files that lie are refused with a sentence that shows what is wrong. */
#define _POSIX_C_SOURCE 200809L
#include "npy_test.h"

enum {
  ROOM = 1 << 17
};

#define SHAPE(rest) "{'descr': '<f8', 'fortran_order': False, 'shape': " rest
#define DESCR(text) "{'descr': " text ", 'fortran_order': False, 'shape': ()}"

typedef struct refusal {
  tsr_status status;
  const char *says, *also; /* in the message */
  size_t data;             /* bytes behind the dictionary */
  const char *text;        /* of the dictionary */
} refusal;

static const refusal dictionaries[] = {
    {TSR_ERR_IO, "expected '{' at byte 0", "where it ends",   0, ""                                                    },
    {TSR_ERR_IO, "expected '{'",           "found '['",       0, "[]"                                                  },
    {TSR_ERR_IO, "a key in quotes",        "where it ends",   0, "{"                                                   },
    {TSR_ERR_IO, "no key",                 "'descr'",         0, "{}"                                                  },
    {TSR_ERR_IO, "expected '{'",           "found 'd'",       0, "dict(descr='<f8')"                                   },
    {TSR_ERR_IO, "no key",                 "'shape'",         0, "{'descr': '<f8', 'fortran_order': False}"            },
    {TSR_ERR_IO, "no key",                 "'fortran_order'", 8, "{'descr': '<f8', 'shape': (1,)}"                     },
    {TSR_ERR_IO, "twice",                  "'descr'",         8,
     "{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': ()}"                                           },
    {TSR_ERR_IO, "'x'",                    "is none of",      8,
     "{'descr': '<f8', 'fortran_order': False, 'shape': (), 'x': 1}"                                                   },
    {TSR_ERR_IO, "nothing but blanks",     "'+'",             8,
     "{'descr': '<f8', 'fortran_order': False, 'shape': ()} + {}"                                                      },
    {TSR_ERR_IO, "',' or '}'",             "'''",             8, "{'descr': '<f8' 'fortran_order': False, 'shape': ()}"},
    {TSR_ERR_IO, "expected ':'",           "'='",             8,
     "{'descr' = '<f8', 'fortran_order': False, 'shape': ()}"                                                          },
    {TSR_ERR_IO, "a key in quotes",        "'#'",             8,
     "{'descr': '<f8', # no\n 'fortran_order': False, 'shape': ()}"                                                    },
    {TSR_ERR_IO, "a key in quotes",        "'d'",             0, "{descr: '<f8'}"                                      },
    {TSR_ERR_IO, "a plain string",         "'\\'",            0, "{'des\\x63r': '<f8'}"                                },
    {TSR_ERR_IO, "a plain string",         "where it ends",   0, "{'descr"                                             },
    {TSR_ERR_IO, "nothing but blanks",     "0x01",            8,
     "{'descr': '<f8', 'fortran_order': False, 'shape': ()}\x01"                                                       },
};

static const refusal dtypes[] = {
    {TSR_ERR_DTYPE, "|O",      "pickled",     8,  DESCR("'|O'")                             },
    {TSR_ERR_DTYPE, "<U3",     "text",        12, DESCR("'<U3'")                            },
    {TSR_ERR_DTYPE, "|S5",     "text",        5,  DESCR("'|S5'")                            },
    {TSR_ERR_DTYPE, "<M8[ns]", "dates",       8,  DESCR("'<M8[ns]'")                        },
    {TSR_ERR_DTYPE, "|V8",     "raw",         8,  DESCR("'|V8'")                            },
    {TSR_ERR_DTYPE, "<f16",    "do not have", 16, DESCR("'<f16'")                           },
    {TSR_ERR_DTYPE, "<c32",    "do not have", 32, DESCR("'<c32'")                           },
    {TSR_ERR_DTYPE, "'<f'",    "do not have", 8,  DESCR("'<f'")                             },
    {TSR_ERR_DTYPE, "'<'",     "do not have", 8,  DESCR("'<'")                              },
    {TSR_ERR_DTYPE, "'f8'",    "byte order",  8,  DESCR("'f8'")                             },
    {TSR_ERR_DTYPE, "''",      "byte order",  8,  DESCR("''")                               },
    {TSR_ERR_DTYPE, "'['",     "structured",  8,  DESCR("[('a', '<f8')]")                   },
    {TSR_ERR_DTYPE, "'('",     "structured",  8,  DESCR("('<f8', (2,))")                    },
    {TSR_ERR_IO,    "descr",   "'N'",         8,  DESCR("None")                             },
    {TSR_ERR_DTYPE, "<aaaaa",  "...",         0,
     "{'descr': '<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'"},
};

static const refusal orders[] = {
    {TSR_ERR_IO, "True or False", "'0'", 8, "{'descr': '<f8', 'fortran_order': 0, 'shape': ()}"   },
    {TSR_ERR_IO, "True or False", "'t'", 8, "{'descr': '<f8', 'fortran_order': true, 'shape': ()}"},
    {TSR_ERR_IO, "True or False", "'T'", 0, "{'descr': '<f8', 'fortran_order': Tru"               },
};

static const refusal shapes[] = {
    {TSR_ERR_IO,    "a tuple",                    "'3'",           24, SHAPE("3}")                     },
    {TSR_ERR_IO,    "','",                        "')'",           24, SHAPE("(3)}")                   },
    {TSR_ERR_IO,    "a tuple",                    "'['",           24, SHAPE("[3]}")                   },
    {TSR_ERR_IO,    "a size",                     "','",           8,  SHAPE("(,)}")                   },
    {TSR_ERR_IO,    "','",                        "'2'",           16, SHAPE("(1 2)}")                 },
    {TSR_ERR_IO,    "','",                        "'.'",           8,  SHAPE("(1.0,)}")                },
    {TSR_ERR_IO,    "','",                        "'e'",           8,  SHAPE("(1e3,)}")                },
    {TSR_ERR_IO,    "','",                        "'x'",           8,  SHAPE("(0x1,)}")                },
    {TSR_ERR_IO,    "','",                        "'*'",           48, SHAPE("(2*3,)}")                },
    {TSR_ERR_IO,    "leading zeros",              "'0'",           8,  SHAPE("(01,)}")                 },
    {TSR_ERR_IO,    "a size",                     "'T'",           8,  SHAPE("(True,)}")               },
    {TSR_ERR_IO,    "a size",                     "'('",           8,  SHAPE("((1,),)}")               },
    {TSR_ERR_IO,    "-3",                         "axis 1",        0,  SHAPE("(2, -3)}")               },
    {TSR_ERR_LIMIT, "9223372036854775808",        "axis 0",        0,  SHAPE("(9223372036854775808,)}")},
    {TSR_ERR_LIMIT, "99999999999999999999999999", "2^63",          0,
     SHAPE("(99999999999999999999999999,)}")                                                           },
    {TSR_ERR_LIMIT, "elements",                   "shape",         0,  SHAPE("(9223372036854775807,)}")},
    {TSR_ERR_LIMIT, "elements",                   "shape",         0,
     "{'descr': '|u1', 'fortran_order': False, 'shape': (4294967296, 4294967296)}"                     },
    {TSR_ERR_IO,    "','",                        "where it ends", 0,  SHAPE("(2")                     },
};

static const refusal lengths[] = {
    {TSR_ERR_IO, "8000000000", "has 8",  8,  SHAPE("(1000000000,)}")},
    {TSR_ERR_IO, "needs 24",   "has 23", 23, SHAPE("(3,)}")         },
    {TSR_ERR_IO, "needs 24",   "has 25", 25, SHAPE("(3,)}")         },
    {TSR_ERR_IO, "needs 8",    "has 0",  0,  SHAPE("()}")           },
    {TSR_ERR_IO, "needs 0",    "has 1",  1,  SHAPE("(0,)}")         },
};

static void check_refusals(const refusal *rows, size_t n) {
  static char file[ROOM];
  for (size_t i = 0; i < n; i++) {
    tsr_npy_header h;
    const size_t size = make_file(file, ROOM, rows[i].text, rows[i].data);
    assert_error_says(tsr_npy_parse(file, size, &h), rows[i].status, rows[i].says, rows[i].also);
    assert_int_equal(h.offset, 0);
  }
}

static void test_wrong_dictionaries_are_explained(void **state) {
  (void)state;
  check_refusals(dictionaries, sizeof dictionaries / sizeof *dictionaries);
}

static void test_wrong_dtypes_are_explained(void **state) {
  (void)state;
  check_refusals(dtypes, sizeof dtypes / sizeof *dtypes);
}

static void test_wrong_orders_are_explained(void **state) {
  (void)state;
  check_refusals(orders, sizeof orders / sizeof *orders);
}

static void test_wrong_shapes_are_explained(void **state) {
  (void)state;
  check_refusals(shapes, sizeof shapes / sizeof *shapes);
}

static void test_wrong_lengths_are_explained(void **state) {
  (void)state;
  check_refusals(lengths, sizeof lengths / sizeof *lengths);
}

static const struct {
  tsr_dtype dtype;
  int32_t rank;
  int64_t first; /* size of axis 0 */
  size_t data;
  const char *text;
} unusual[] = {
    {TSR_F64,  1, 2,         16, "{'descr':'<f8','fortran_order':False,'shape':(2,)}"             },
    {TSR_I16,  2, 2,         12,
     " {\"shape\" : ( 2 , 3 , ) ,\n\"fortran_order\"\t: True,\r\n 'descr' : \"<i2\" ,} \n "       },
    {TSR_I64,  2, 2,         16, "{'descr': '<i8', 'fortran_order': False, 'shape': (2L, 1L), }\n"},
    {TSR_I32,  0, 0,         4,  "{'descr': '=i4', 'fortran_order': False, 'shape': (), }"        },
    {TSR_I32,  0, 0,         4,  "{'descr': '|i4', 'fortran_order': False, 'shape': (), }"        },
    {TSR_U8,   1, 3,         3,  "{'descr': '>u1', 'fortran_order': False, 'shape': (3,), }"      },
    {TSR_BF16, 1, 3,         6,  "{'descr': '|V2', 'fortran_order': False, 'shape': (3,), }"      },
    {TSR_F64,  3, INT64_MAX, 0,
     "{'descr': '<f8', 'fortran_order': False, 'shape': (9223372036854775807, 0, 99)}"            },
};

static void test_unusual_but_right_ones_are_read(void **state) {
  (void)state;
  static char file[ROOM];
  for (size_t i = 0; i < sizeof unusual / sizeof *unusual; i++) {
    tsr_npy_header h;
    const size_t size = make_file(file, ROOM, unusual[i].text, unusual[i].data);
    assert_ok(tsr_npy_parse(file, size, &h));
    assert_int_equal(h.dtype, unusual[i].dtype);
    assert_int_equal(h.rank, unusual[i].rank);
    if (h.rank > 0) assert_true(h.dims[0] == unusual[i].first);
    assert_int_equal(h.size, unusual[i].data);
    assert_false(h.swapped);
  }
}

static void test_wrong_fronts_are_explained(void **state) {
  (void)state;
  static char file[ROOM];
  tsr_npy_header h;
  const char *good = "{'descr': '<f8', 'fortran_order': False, 'shape': ()}";
  const size_t size = make_file(file, ROOM, good, 8);
  assert_ok(tsr_npy_parse(file, size, &h));
  assert_status(TSR_ERR_ARGUMENT, tsr_npy_parse(NULL, 100, &h));

  file[0] = 'P';
  assert_error_says(tsr_npy_parse(file, size, &h), TSR_ERR_IO, "50 4e 55", "93 4e 55");
  file[0] = (char)0x93;
  file[6] = 4;
  assert_error_says(tsr_npy_parse(file, size, &h), TSR_ERR_IO, "4.0", "3.0");
  file[6] = 0;
  assert_error_says(tsr_npy_parse(file, size, &h), TSR_ERR_IO, "0.0", "1.0");
  file[6] = 1, file[7] = 1;
  assert_error_says(tsr_npy_parse(file, size, &h), TSR_ERR_IO, "1.1", "1.0");
  file[7] = 0, file[9] = 1;
  assert_error_says(tsr_npy_parse(file, size, &h), TSR_ERR_IO, "claims 309", "has 61");
  file[6] = 2, file[9] = 0; /* the length is now 53 and the dictionary's first two bytes */
  assert_error_says(tsr_npy_parse(file, size, &h), TSR_ERR_IO, "claims", "has 59");
}

/* 2^32 - 1 bytes of header, in a file that has a few. */
static void test_a_header_of_gigabytes_is_refused(void **state) {
  (void)state;
  tsr_npy_header h;
  char file[64] = "\x93NUMPY\x03";
  memset(file + 8, 0xff, 4);
  assert_error_says(tsr_npy_parse(file, sizeof file, &h), TSR_ERR_IO, "4294967295", "has 52");
  static char big[ROOM] = "\x93NUMPY\x02";
  big[10] = 1, big[8] = 1; /* 65537 */
  assert_error_says(tsr_npy_parse(big, ROOM, &h), TSR_ERR_LIMIT, "65537", "65536");
}

static void test_ranks_up_to_the_limit(void **state) {
  (void)state;
  static char file[ROOM];
  tsr_npy_header h;
  char text[1024];
  for (int rank = 60; rank <= 70; rank++) {
    strcpy(text, "{'descr': '<f8', 'fortran_order': False, 'shape': (");
    for (int k = 0; k < rank; k++)
      strcat(text, "1, ");
    strcat(text, ")}");
    const size_t size = make_file(file, ROOM, text, 8);
    if (rank <= TSR_NPY_RANK) {
      assert_ok(tsr_npy_parse(file, size, &h));
      assert_int_equal(h.rank, rank);
    } else {
      assert_error_says(tsr_npy_parse(file, size, &h), TSR_ERR_LIMIT, "65 axes", "64");
    }
  }
}

/* A bool is 0 or 1 afterwards, whatever the file holds. */
static void test_logical_bytes_are_normalised(void **state) {
  (void)state;
  static char file[ROOM];
  tsr_device *d;
  tsr_tensor *t;
  const unsigned char want[4] = {0, 1, 1, 1};
  unsigned char got[4];
  const size_t size =
      make_file(file, ROOM, "{'descr': '|b1', 'fortran_order': False, 'shape': (4,)}", 4);
  memcpy(file + size - 4, "\0\1\2\377", 4);
  assert_ok(open_test_device(true, &d));
  assert_ok(tsr_npy_decode(d, file, size, &t));
  assert_ok(tsr_tensor_read(t, got, 4));
  assert_memory_equal(got, want, 4);
  tsr_tensor_release(t);
  assert_status(TSR_ERR_ARGUMENT, tsr_npy_decode(NULL, file, size, &t));
  assert_null(t);
  tsr_device_release(d);
}

int main(void) {
#define TEST(f) cmocka_unit_test(f)
  const struct CMUnitTest tests[] = {
      TEST(test_wrong_dictionaries_are_explained),
      TEST(test_wrong_dtypes_are_explained),
      TEST(test_wrong_orders_are_explained),
      TEST(test_wrong_shapes_are_explained),
      TEST(test_wrong_lengths_are_explained),
      TEST(test_unusual_but_right_ones_are_read),
      TEST(test_wrong_fronts_are_explained),
      TEST(test_a_header_of_gigabytes_is_refused),
      TEST(test_ranks_up_to_the_limit),
      TEST(test_logical_bytes_are_normalised),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
