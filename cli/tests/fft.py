#!/usr/bin/env python3
"""fft.py TSR - tsr fft against numpy.fft."""
from harness import *

NORMS = ("backward", "ortho", "forward")


def wide(x):
    """What NumPy computes in: no single precision before 2.0."""
    return x.astype({"f": "f8", "c": "c16"}[x.dtype.kind])


def check(op, name, x, words, want):
    got = saved("fft", op, name, *words)
    single = x.dtype in ("f4", "c8")
    near(got, want, {"f": "f4" if single else "f8", "c": "c8" if single else "c16"}[want.dtype.kind])


def test_transforms_along_one_axis():
    for op, kind in (("fft", "c"), ("ifft", "c"), ("rfft", "f"), ("irfft", "c"), ("hfft", "c"), ("ihfft", "f")):
        for dtype in {"c": ("c8", "c16"), "f": ("f4", "f8")}[kind]:
            x = numbers((3, 8), dtype)
            save("x.npy", x)
            f = getattr(np.fft, op)
            check(op, "x.npy", x, [], f(wide(x)))
            if x.dtype in ("f4", "c8"):
                continue
            for norm in NORMS:
                check(op, "x.npy", x, ["--norm", norm, "--axes", "0"], f(x, norm=norm, axis=0))
            for n in (1, 5, 12):
                check(op, "x.npy", x, [f"--n={n}", "--axes", "-2"], f(x, n=n, axis=-2))


def test_transforms_along_several_axes():
    for op, name, kind in (("fft", "fftn", "c16"), ("ifft", "ifftn", "c16"), ("rfft", "rfftn", "f8")):
        x = numbers((3, 4, 5), kind)
        save("x.npy", x)
        for axes in ((0, 1), (2, 0), (-1, -3)):
            check(op, "x.npy", x, ["--axes", ",".join(map(str, axes))], getattr(np.fft, name)(x, axes=axes))
    z = numbers((4, 3), "c16")
    save("z.npy", z)
    near(saved("fft", "irfft", "z.npy", "--axes=0,1", "--n", 5), np.fft.irfftn(z, s=(4, 5), axes=(0, 1)))


def test_shifts():
    for x in (numbers((4, 5)), np.arange(7), np.array([True, False, False])):
        save("x.npy", x)
        for op in ("fftshift", "ifftshift"):
            got = saved("fft", op, "x.npy")
            assert got.dtype == x.dtype and (got == getattr(np.fft, op)(x)).all()
            assert (saved("fft", op, "x.npy", "--axes", "-1") == getattr(np.fft, op)(x, axes=-1)).all()


def test_integers_are_taken_as_f64():
    x = np.arange(6)
    near(saved("fft", "rfft", save("x.npy", x)), np.fft.rfft(x))


def test_there_and_back_through_pipes():
    x = numbers(9, "c16")
    save("x.npy", x)
    spectrum = tsr("fft", "fft", "-", "-o", "-", stdin=pathlib.Path("x.npy").read_bytes()).out
    pathlib.Path("y.npy").write_bytes(tsr("fft", "ifft", "-", "-o", "-", stdin=spectrum).out)
    near(load("y.npy"), x)


def test_what_is_refused():
    x = save("x.npy", numbers(4, "c16"))
    refused(USAGE, "fft", says="which")
    refused(USAGE, "fft", "fff", x, says=["fff", "fft"])
    refused(USAGE, "fft", "fft", says="one file")
    refused(USAGE, "fft", "fft", x, x, says="one file")
    refused(USAGE, "fft", "fft", x, "--axes", "0,", says="0,")
    refused(USAGE, "fft", "fft", x, "--axes", "a", says="--axes")
    refused(USAGE, "fft", "hfft", x, "--axes", "0,1", says="one axis")
    refused(USAGE, "fft", "fft", x, "--n", "0", says="--n")
    refused(USAGE, "fft", "fftshift", x, "--n", "3", says="--n")
    refused(USAGE, "fft", "fftshift", x, "--norm", "ortho", says="--norm")
    refused(USAGE, "fft", "fft", x, "--norm", "half", says=["half", "ortho"])
    refused(USAGE, "fft", "fft", x, "-o", "a", "b", says="2 files")
    refused(USAGE, "fft", "fft", x, "--n", "3", "--n", "4", says="twice")
    refused(FAILED, "fft", "fft", x, "--axes", "1", says=["1", "rank 1"])
    refused(FAILED, "fft", "fft", x, "--axes", "0,0", says="2 axes")
    refused(FAILED, "fft", "rfft", x, says="c128")
    refused(FAILED, "fft", "fft", save("s.npy", np.float64(1)), says="rank 0")
    refused(FAILED, "fft", "irfft", save("one.npy", np.ones(1)), says="0")


main(globals())
