#!/usr/bin/env python3
"""show.py TSR - tsr show against what NumPy says of the same files."""
from harness import *

NAMES = {"b1": "bool", "i1": "i8", "i2": "i16", "i4": "i32", "i8": "i64", "u1": "u8", "u2": "u16", "u4": "u32",
         "u8": "u64", "f2": "f16", "f4": "f32", "f8": "f64", "c8": "c64", "c16": "c128"}


def facts(text):
    """The lines before the array, by name; and the array."""
    head, _, array = text.partition("\n\n")
    return dict(line.split(None, 1) for line in head.splitlines()), array


def show(name, *words):
    return facts(tsr("show", *words, name).text)


def test_every_dtype():
    for code, name in NAMES.items():
        x = (numbers((3, 4), "f8") * 20).astype(code) if code[0] != "c" else numbers((3, 4), code)
        got, array = show(save("x.npy", x))
        assert got["dtype"] == name and got["shape"] == "[3, 4]" and got["order"] == "C", got
        assert got["bytes"] == str(x.nbytes) and array == f"{x}\n", array
        if code[0] in "iuf":
            assert x.dtype.type(got["min"]) == x.min() and x.dtype.type(got["max"]) == x.max(), got
        if code[0] in "iufc":
            mean = x.astype("c16").mean() if code[0] == "c" else x.astype("f8").mean()
            assert abs(complex(got["mean"].strip("()")) - mean) < 1e-12 * abs(x).max()
        assert ("NaN" in got) == (code[0] in "fc")
        assert ("min" in got) == (code[0] in "iuf")


def test_extreme_integers_are_exact():
    for code in ("i8", "u8"):
        i = np.iinfo(code)
        got, _ = show(save("x.npy", np.array([i.max, i.min], code)))
        assert got["min"] == str(i.min) and got["max"] == str(i.max)


def test_nan_is_counted_and_left_out():
    got, _ = show(save("x.npy", np.array([np.nan, 3, -1, np.nan, 1])))
    assert got["NaN"] == "2" and float(got["min"]) == -1 and float(got["max"]) == 3 and float(got["mean"]) == 1
    got, _ = show(save("x.npy", np.array([np.nan, np.inf, -np.inf])))
    assert got["min"] == "-inf" and got["max"] == "inf" and got["mean"] == "nan" and got["NaN"] == "1"
    got, _ = show(save("x.npy", np.full(2, np.nan)))
    assert got["NaN"] == "2" and "min" not in got


def test_orders_ranks_and_sizes():
    assert show(save("x.npy", np.asfortranarray(numbers((3, 4)))))[0]["order"] == "Fortran"
    got, array = show(save("x.npy", np.float64(2.5)))
    assert got["shape"] == "[]" and array == "2.5\n"
    got, array = show(save("x.npy", np.zeros((0, 3))))
    assert got["bytes"] == "0" and "min" not in got and got["NaN"] == "0"


def test_the_header_alone():
    got = dict(l.split(None, 1) for l in tsr("show", "--header", save("x.npy", np.ones((2, 3), ">f4").T)).text.splitlines())
    assert got["dtype"] == "f32" and got["shape"] == "[3, 2]" and got["order"] == "Fortran" and got["bytes"] == "24"
    assert got["format"].startswith("1.0, data from byte 128") and "other byte order" in got["format"]


def test_several_files_and_standard_input():
    a, b = save("a.npy", np.arange(3)), save("b.npy", np.arange(2))
    text = tsr("show", a, b).text
    assert text.startswith("a.npy:\n") and "\n\nb.npy:\n" in text
    one = tsr("show", a).text
    assert tsr("show", "-", stdin=pathlib.Path(a).read_bytes()).text == one
    done = tsr("show", a, "none.npy", b, code=FAILED)
    assert done.text.count("dtype") == 2 and "none.npy" in done.err


def hostile(dictionary, data=b"", magic=b"\x93NUMPY\x01\x00"):
    text = dictionary.encode() + b"\n"
    pathlib.Path("bad.npy").write_bytes(magic + len(text).to_bytes(2, "little") + text + data)
    return "bad.npy"


def test_hostile_files():
    good = "{'descr': '<f8', 'fortran_order': False, 'shape': (%s), }"
    for says, name in [
            ("", hostile(good % "4,", b"\0" * 31)),
            ("", hostile(good % "4,", b"\0" * 33)),
            ("", hostile(good % "9223372036854775807, 9223372036854775807")),
            ("", hostile(good % "-1,")),
            ("", hostile(good.replace("<f8", "|O") % "1,", b"\0" * 8)),
            ("", hostile("__import__('os').system('touch pwned')")),
            ("", hostile(good % "1,", b"\0" * 8, b"\x93NUMPY\x09\x00")),
            ("", hostile("", magic=b"PK\x03\x04zipfile!"))]:
        data = pathlib.Path(name).read_bytes()
        for words in ((name,), ("--header", name)):
            refused(FAILED, "show", *words, says=["bad.npy"])
        refused(FAILED, "show", "-", stdin=data, says=says)
    pathlib.Path("empty.npy").write_bytes(b"")
    refused(FAILED, "show", "empty.npy", says="empty.npy")
    refused(FAILED, "show", ".", says="regular file")
    assert not pathlib.Path("pwned").exists()


def test_what_is_refused():
    refused(USAGE, "show", says="which file")
    refused(USAGE, "show", "--headers", "x.npy", says="--header")
    refused(USAGE, "show", "--header", "-", says="standard input")
    refused(USAGE, "show", "--header=yes", "x.npy", says="no value")
    refused(FAILED, "show", "none.npy", says=["none.npy", "No such file"])


main(globals())
