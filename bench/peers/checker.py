"""checker.py - what outputs must be, by NumPy in f64, and whether they are.

  case DIR DTYPE PROGRAM INPUT..    compute the expected output, or a sample of it
  compare FILE DTYPE                the largest error over the largest value expected, and the
                                    tolerance: a wrong output exceeds it by far
"""
import re
import sys

import numpy as np
import peer
from numpy_functions import DTYPES, ELEMENTWISE, FUNCTIONS, GRADIENTS, MOVES, loaded
from peer import Peer, function_of, sample_step, serve

EPS = dict(bf16=2.0**-8, f32=2.0**-23, c64=2.0**-23, f64=2.0**-52, c128=2.0**-52)
WIDE = dict(FUNCTIONS, f32=np.float64, f64=np.float64, c64=np.complex128, c128=np.complex128)


def gradient(program, args):
    """grad(f(x,axis)) in closed form."""
    name, rest = re.fullmatch(r"grad\((\w+)\(x(.*)\)\)", program).groups()
    return GRADIENTS[name](args["x"], args["w"], *eval(f"[{rest.lstrip(',')}]"))


def wide(x):
    return x.astype(np.complex128 if x.dtype.kind == "c" else np.float64) if x.dtype.kind in "fc" else x


def functions_in(program, names):
    return set(re.findall(r"[a-z_]\w*", program)) - set(names) - set(re.findall(r"(\w+)=", program))


def expected(program, args):
    """Elements in C order, every step-th of them."""
    used = functions_in(program, args)
    if used <= ELEMENTWISE:
        shape = np.broadcast_shapes(*(a.shape for a in args.values()))
        step = sample_step(int(np.prod(shape)))
        args = {n: wide(np.broadcast_to(a, shape).flat[::step]) for n, a in args.items()}
        return np.asarray(function_of(program, list(args), WIDE)[0](*args.values()))
    if not used <= MOVES:
        args = {n: wide(a) for n, a in args.items()}
    if program.startswith("grad("):
        y = gradient(program, args)
    else:
        y = np.asarray(function_of(program, list(args), WIDE)[0](*args.values()))
    return np.ascontiguousarray(y).reshape(-1)[::sample_step(y.size)]


class Checker(Peer):
    name = "NumPy"

    def about(self):
        return dict(version=f"NumPy {np.__version__}")

    def prepare(self, folder, dtype, program, inputs):
        args = {i.name: loaded(i, folder) for i in inputs}
        with np.errstate(all="ignore"):
            self.expected = expected(program, args)
        calls = program.count("(") + 1
        most = max(i.count for i in inputs)
        reduced = most if "cumsum(" in program else max(1, most / max(1, self.expected.size))
        factor = 8 if dtype == "bf16" else 32
        self.tolerance = factor * calls * EPS[dtype] * (1 + np.sqrt(reduced) / 8)

    def compare(self, path, dtype):
        if dtype == "bf16":
            got = (np.fromfile(path, np.uint16).astype(np.uint32) << 16).view(np.float32)
        else:
            got = np.fromfile(path, DTYPES[dtype])
        if got.shape != self.expected.shape:
            return dict(right=False, error=float("inf"), why=f"{got.size} elements, not {self.expected.size}")
        if got.dtype.kind in "biu":
            error = float(np.count_nonzero(got != self.expected))
            return dict(right=error == 0, error=error)
        scale = np.abs(self.expected).max(initial=0) or 1
        error = float(np.abs(wide(got) - wide(self.expected)).max(initial=0) / scale)
        return dict(right=bool(error <= self.tolerance), error=error, tolerance=float(self.tolerance))


def obey(checker, command, *fields):
    if command == "compare":
        return checker.compare(*fields)
    return usual(checker, command, *fields)


usual, peer.obey = peer.obey, obey

if __name__ == "__main__":
    sys.exit(serve(Checker))
