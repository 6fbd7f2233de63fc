"""harness.py - running the command, and comparing with NumPy.

Every test file is started as TEST.py TSR; its functions named test_... run in turn, each in an
empty folder.
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import traceback

try:
    import numpy as np
except ImportError:
    print("no NumPy here")
    sys.exit(77)

OK, FAILED, USAGE = 0, 1, 2
TSR = str(pathlib.Path(sys.argv[1]).resolve())


class Ended:
    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr.decode()

    @property
    def text(self):
        return self.out.decode()


def tsr(*words, stdin=b"", code=OK, env=None):
    """Run; one sentence on the standard error if and only if it did not end with 0."""
    done = Ended(subprocess.run([TSR, *map(str, words)], input=stdin, capture_output=True,
                                env={**os.environ, **(env or {})}))
    said = f"tsr {' '.join(map(str, words))}: exit {done.code}\n{done.out[:2000]!r}\n{done.err}"
    assert done.code == code, f"{said}expected exit {code}"
    if code == OK:
        assert done.err == "", said
    else:
        assert done.err.startswith("tsr") and done.err.count("\n") == 1 and done.err.endswith("\n"), said
    return done


def refused(code, *words, says, out=b"", **kw):
    """It ends with code, prints nothing, and its sentence holds all of says."""
    done = tsr(*words, code=code, **kw)
    assert done.out == out, f"{words} prints {done.out!r}"
    for part in [says] if isinstance(says, str) else says:
        assert part in done.err, f"{words}: {part!r} is not in {done.err!r}"
    assert "ERR_" not in done.err and ".c:" not in done.err, done.err
    return done


def save(name, array):
    np.save(name, array)
    return name


def load(name):
    return np.load(name, allow_pickle=False)


def saved(*words, outputs=("out.npy",)):
    """Run with -o; nothing may be printed. Gives the arrays."""
    done = tsr(*words, "-o", *outputs)
    assert done.out == b"", done.text
    arrays = [load(o) for o in outputs]
    return arrays[0] if len(arrays) == 1 else arrays


def near(got, want, dtype=None, eps=200):
    """Equal shape and dtype, and as near as eps units of the last place of the largest number."""
    want = np.asarray(want, dtype=dtype)
    assert got.dtype == want.dtype, f"{got.dtype}, expected {want.dtype}"
    assert got.shape == want.shape, f"{got.shape}, expected {want.shape}"
    if want.size == 0:
        return
    unit = np.finfo(want.dtype).eps if want.dtype.kind in "fc" else 0
    scale = np.nanmax(np.abs(np.where(np.isfinite(want), want, 0)))
    assert np.allclose(got, want, rtol=0, atol=eps * unit * scale, equal_nan=True), f"{got}\nexpected\n{want}"


def numbers(shape, dtype="f8", seed=0):
    r = np.random.default_rng([seed, *np.atleast_1d(shape)])
    x = r.standard_normal(shape)
    if np.dtype(dtype).kind == "c":
        x = x + 1j * r.standard_normal(shape)
    return np.asarray(x).astype(dtype)


def main(names):
    """All tests of a file, given its globals()."""
    failed = 0
    tests = [(n, f) for n, f in names.items() if n.startswith("test_")]
    for name, test in tests:
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            try:
                test()
                print("ok", name)
            except Exception:
                failed += 1
                print("FAILED", name)
                traceback.print_exc(file=sys.stdout)
            os.chdir("/")
    print(f"{len(tests)} tests, {failed} failed")
    sys.exit(failed > 0)
