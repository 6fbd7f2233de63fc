#!/usr/bin/env python3
"""make_print_cases.py > golden/print_cases.inc - arrays and what NumPy 2 prints for them."""
import numpy as np

NAMES = {"bool": "BOOL", "int8": "I8", "int16": "I16", "int32": "I32", "int64": "I64", "uint8": "U8",
         "uint16": "U16", "uint32": "U32", "uint64": "U64", "float16": "F16", "float32": "F32",
         "float64": "F64", "complex64": "C64", "complex128": "C128"}
rng = np.random.default_rng(2024)


def cases():
    inf, nan = np.inf, np.nan
    yield np.array([1, 2.5, 3])
    yield np.array([[1, 2], [3, 4]], dtype="f4")
    yield np.array([1e8, 1.5])
    yield np.array([1e-5, 1.0])
    yield np.array([0.0, -0.0, 1.0])
    yield np.array([nan, inf, -inf, 1.0])
    yield np.array([nan, nan])
    yield np.array([inf, 1.0])
    yield np.array([nan, 1e300, -inf])
    yield np.array([1 / 3, 2 / 3, 1e-4])
    yield np.array([0.1, 1234.567], dtype="f4")
    yield np.array([999.9999999999, 1.0])
    yield np.array([0.99999999999, 1.5])
    yield np.array([5e-324, 1.7976931348623157e308])
    yield np.array([1e-45, 3.4028235e38], dtype="f4")
    yield np.array([6e-8, 65504, 1], dtype="f2")
    yield np.array([999, 1.5], dtype="f2")
    yield np.array([0.0001, 0.05], dtype="f2")
    yield np.array([0.0001, 0.05], dtype="f4")
    yield np.array([16777216, 1], dtype="f4")
    yield np.array([123456, 1200], dtype="f4")
    yield np.array([True, False, True])
    yield np.array([True, True])
    yield np.array([-128, 0, 127], dtype="i1")
    yield np.array([-2**63, 2**63 - 1, 0], dtype="i8")
    yield np.array([2**64 - 1, 0], dtype="u8")
    yield np.array([1 + 2j, -3.5j])
    yield np.array([complex(nan, inf), complex(-0.0, -1e10), 1])
    yield np.array([[1e-3 + 1j, 2], [3, 4.25 - 1j]], dtype="c8")
    for x in (1.0, 0.1, 1e16, 1e15, 123456789.125, 1e-4, 1e-5, -0.0, inf, nan, 1.5e-300):
        yield np.array(x)
        yield np.array(np.float32(x))
    yield np.array(np.float16(0.1))
    for x in (2.5, 12.5, 999, 1000, -51.22, 5120): # a number alone turns scientific from 1000 on
        yield np.array(x, dtype="f2")
    for x in (2.5, 12.5, 1e5, 999999, 1e6, 1234567): # and from 1,000,000 on
        yield np.array(x, dtype="f4")
        yield np.array(complex(x, 1), dtype="c8")
    yield np.array(1e-20 + 2e20j)
    yield np.array(1 + 2j)
    yield np.array(-1 - 2.5j, dtype="c8")
    yield np.array(2j)
    yield np.array(complex(nan, -inf))
    yield np.array(True)
    yield np.array(-7, dtype="i4")
    yield np.zeros((2, 0, 3))
    yield np.zeros((1, 1, 1))
    yield np.arange(24.0).reshape(2, 3, 4)
    yield np.arange(16, dtype="i2").reshape(2, 2, 2, 2)
    yield np.arange(40, dtype="i4") * 1000
    yield np.arange(60, dtype="u1").reshape(2, 30) * 4
    yield np.linspace(0, 1, 50)
    yield np.arange(1001, dtype="i2")
    yield np.arange(1000, dtype="i2")
    yield np.arange(1200, dtype="i2").reshape(3, 400)
    yield np.arange(1200, dtype="i2").reshape(400, 3)
    yield (np.arange(1300, dtype="f4") / 7).reshape(13, 10, 10)
    for dtype in ("f2", "f4", "f8", "c8", "c16"):
        for scale in (1, 1e3, 1e-3):
            for _ in range(6):
                a = rng.standard_normal((2, 3)) * scale * 10 ** rng.uniform(-1, 1, (2, 3))
                if dtype[0] == "c":
                    a = a + 1j * rng.standard_normal((2, 3))
                yield a.astype(dtype)
    for _ in range(10):
        yield rng.integers(0, 2**64, 3, dtype="u8").view("f8")
        yield rng.integers(0, 2**32, 3, dtype="u4").view("f4")
        yield rng.integers(0, 2**16, 3, dtype="u2").view("f2")


def quote(text):
    lines = text.split("\n")
    return "\n    ".join('"%s\\n"' % line for line in lines)


print("/* made by make_print_cases.py with NumPy %s; little-endian bytes */" % np.__version__)
for a in cases():
    data = ", ".join(str(b) for b in a.tobytes()) or "0"
    dims = ", ".join(str(d) for d in a.shape) or "0"
    print("CASE(%s, %d, DIMS(%s), BYTES(%s),\n    %s)" % (NAMES[a.dtype.name], a.ndim, dims, data,
                                                     quote(str(a))))
