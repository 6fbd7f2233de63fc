#!/usr/bin/env python3
"""make_npy.py > npy.inc - files as numpy.save makes them, for test_npy_golden.c.

Needs numpy >= 2 and ml_dtypes. Element i of an array, counted in C order, is

  bool     i % 3 == 0
  integers ((7919 i + 5) mod 2^bits), as signed or unsigned
  floats   (i - 3) * 0.625
  complex  (i - 3) * 0.625 + 0.25 i j

so that the test can make it again. A row: name, dtype, version, fortran_order, is NumPy's own
default (what we write must be the same bytes), rank, dims, bytes.
"""
import io
import warnings

import ml_dtypes
import numpy as np

DTYPES = {"BOOL": "?", "I8": "i1", "I16": "i2", "I32": "i4", "I64": "i8", "U8": "u1", "U16": "u2",
          "U32": "u4", "U64": "u8", "F16": "f2", "BF16": ml_dtypes.bfloat16, "F32": "f4", "F64": "f8",
          "C64": "c8", "C128": "c16"}


def values(name, n):
    i = np.arange(n)
    if name == "BOOL":
        return i % 3 == 0
    dtype = np.dtype(DTYPES[name])
    if dtype.kind in "iu":
        bits = 8 * dtype.itemsize
        return np.array([(7919 * int(k) + 5) % 2**bits for k in i], f"u{dtype.itemsize}").view(dtype)
    x = (i - 3) * 0.625
    return (x + 0.25j * i if dtype.kind == "c" else x).astype(dtype)


def literal(data):
    """A C string; octal, since hexadecimal escapes do not end."""
    out = ""
    for byte in data:
        c = chr(byte)
        out += "\\" + c if c in "\\\"" else c if " " <= c <= "~" and c != "?" else f"\\{byte:03o}"
    lines = [out[:60]]
    rest = out[60:]
    while rest: # never inside an escape
        cut = 80
        while "\\" in rest[max(0, cut - 3):cut] and cut < len(rest):
            cut -= 1
        lines.append(rest[:cut])
        rest = rest[cut:]
    return "\n     ".join(f'"{l}"' for l in lines)


def row(label, name, array, version=(1, 0), own=True):
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if version == (1, 0):
            np.save(out, array)
        else:
            np.lib.format.write_array(out, array, version=version)
    data = out.getvalue()
    fortran = int(array.flags.f_contiguous and not array.flags.c_contiguous)
    dims = ", ".join(map(str, array.shape)) or "0"
    print(f'    {{"{label}", TSR_{name}, {version[0]}, {fortran}, {int(own)}, {array.ndim}, {{{dims}}}, {len(data)},')
    print(f"     {literal(data)}}},")


print("/* npy.inc - written by make_npy.py: files of numpy.save. */")
for name in DTYPES:
    row(f"{name} in C order", name, values(name, 6).reshape(2, 3))
for name in ("I16", "BF16", "F32", "C128"):
    row(f"{name} in Fortran order", name, np.asfortranarray(values(name, 6).reshape(2, 3)))
for name in ("I16", "U32", "I64", "F16", "F32", "F64", "C64", "C128"):
    array = values(name, 6).reshape(3, 2)
    row(f"big-endian {name}", name, array.astype(array.dtype.newbyteorder(">")), own=False)
big = values("C128", 6).reshape(3, 2)
row("big-endian C128 in Fortran order", "C128", np.asfortranarray(big.astype(">c16")), own=False)
row("rank 0", "F64", values("F64", 1).reshape(()))
row("one axis", "I32", values("I32", 7))
row("no elements", "F32", values("F32", 0).reshape(3, 0, 2))
row("no elements, one axis", "F32", values("F32", 0))
row("rank 12", "U8", values("U8", 4).reshape(1, 1, 2, 1, 1, 1, 1, 1, 1, 1, 2, 1))
row("rank 12 in Fortran order", "U8", np.asfortranarray(values("U8", 12).reshape(1, 1, 2, 1, 1, 3, 1, 1, 1, 1, 2, 1)))
row("sizes of many digits", "U8", values("U8", 0).reshape(1234567890123, 0))
row("format 2.0", "F32", values("F32", 4).reshape(2, 2), version=(2, 0), own=False)
row("format 3.0", "F32", values("F32", 4).reshape(2, 2), version=(3, 0), own=False)
