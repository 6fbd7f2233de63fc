"""loops_peer.py - elementwise programs as one loop of C, as one would write it by hand.

The loop is written out from the case's text and compiled for this machine: gcc -O3
-march=native -ffast-math, which lets it call the vector functions of the C library's libmvec
(up to 4 ulp) and reorder arithmetic: what a hand-written loop can have, and more than Tessera
allows itself. Two threads share the outermost loop by OpenMP. Times are taken in C.
"""
import ast
import ctypes
import os
import re
import subprocess
import tempfile

from peer import SIZES, Missing, Peer, mapped, sample_step, serve

TYPES = dict(f32="float", f64="double", bf16="uint16_t", c64="float", c128="double")

# One element; m(f) is f for doubles and ff for floats. A complex number is (re, im).
REAL = dict(
    add="({0} + {1})", sub="({0} - {1})", mul="({0} * {1})", div="({0} / {1})", neg="(-{0})", square="({0} * {0})",
    exp="m(exp)({0})", log="m(log)({0})", sin="m(sin)({0})", cos="m(cos)({0})", tanh="m(tanh)({0})",
    erf="m(erf)({0})", pow="m(pow)({0}, {1})", sqrt="m(sqrt)({0})", rsqrt="(1 / m(sqrt)({0}))", abs="m(fabs)({0})",
    expm1="m(expm1)({0})", log1p="m(log1p)({0})", maximum="({0} > {1} ? {0} : {1})", minimum="({0} < {1} ? {0} : {1})",
    relu="({0} > 0 ? {0} : 0)", sigmoid="(1 / (1 + m(exp)(-{0})))", silu="({0} / (1 + m(exp)(-{0})))",
    gelu="((T)0.5 * {0} * (1 + m(erf)({0} * (T)0.70710678118654752)))",
    softplus="(({0} > 0 ? {0} : 0) + m(log1p)(m(exp)(-m(fabs)({0}))))", sign="(({0} > 0) - ({0} < 0))")
COMPLEX = dict(
    add=("{0} + {2}", "{1} + {3}"), sub=("{0} - {2}", "{1} - {3}"), neg=("-{0}", "-{1}"), conj=("{0}", "-{1}"),
    mul=("{0} * {2} - {1} * {3}", "{0} * {3} + {1} * {2}"), square=("{0} * {0} - {1} * {1}", "2 * {0} * {1}"),
    div=("({0} * {2} + {1} * {3}) / ({2} * {2} + {3} * {3})", "({1} * {2} - {0} * {3}) / ({2} * {2} + {3} * {3})"),
    exp=("m(exp)({0}) * m(cos)({1})", "m(exp)({0}) * m(sin)({1})"),
    log=("(T)0.5 * m(log)({0} * {0} + {1} * {1})", "m(atan2)({1}, {0})"))

SOURCE = """#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
typedef {real} T;
typedef {element} E;
#define m(x) {m}
static inline float of_bf16(uint16_t x) {{ uint32_t b = (uint32_t)x << 16; float f; memcpy(&f, &b, 4); return f; }}
static inline uint16_t to_bf16(float f) {{
  uint32_t b; memcpy(&b, &f, 4); return (uint16_t)((b + 0x7fff + (b >> 16 & 1)) >> 16);
}}
static void loop(E *restrict out{parameters}) {{
{body}
}}
static double now(void) {{
  struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return 1e9 * t.tv_sec + t.tv_nsec;
}}
int measure(void *out, void **in, double seconds, int most, double *ns) {{
  double begin = now(), start = begin;
  {call};
  if (now() - start > 2e9 * seconds && seconds > 0) {{ ns[0] = now() - start; return 1; }}
  start = now();
  {call};
  long batch = (long)(20000 / (now() - start + 1)) + 1;
  int n = 0;
  while (n == 0 || (n < most && now() - begin < 1e9 * seconds)) {{
    start = now();
    for (long k = 0; k < batch; k++) {{ {call}; __asm__ volatile("" ::: "memory"); }}
    ns[n++] = (now() - start) / batch;
  }}
  return n;
}}
"""


class Writer(ast.NodeVisitor):
    """Statements that compute one element, each part in a variable of its own."""

    def __init__(self, parts, loads):
        self.parts, self.known, self.lines = parts, dict(loads), []

    def value(self, node):
        if isinstance(node, ast.Name):
            return self.known[node.id]
        if isinstance(node, ast.Constant):
            return (f"(T){node.value}", "0")[:self.parts]
        if isinstance(node, ast.UnaryOp):
            return (f"-(T){node.operand.value}", "0")[:self.parts]
        table = REAL if self.parts == 1 else COMPLEX
        if node.func.id not in table:
            raise Missing(f"no loop is written for {node.func.id}")
        args = [p for a in node.args for p in self.value(a)]
        texts = table[node.func.id]
        return self.named([t.format(*args) for t in ([texts] if self.parts == 1 else texts)])

    def named(self, texts):
        names = []
        for text in texts:
            names.append(f"v{len(self.lines)}")
            self.lines.append(f"T {names[-1]} = {text};")
        return tuple(names)


def collapsed(shape, all_strides):
    """Neighbouring axes that every array walks as one become one."""
    dims, rows = [], []
    for k in range(len(shape)):
        row = [s[k] for s in all_strides]
        if shape[k] == 1:
            continue
        if dims and all(p == r * shape[k] for p, r in zip(rows[-1], row)):
            dims[-1], rows[-1] = dims[-1] * shape[k], row
        else:
            dims.append(shape[k])
            rows.append(row)
    return dims or [1], rows or [[1] * len(all_strides)]


def broadcast(inputs):
    rank = max(len(i.dims) for i in inputs)
    dims = [[1] * (rank - len(i.dims)) + i.dims for i in inputs]
    shape = [max(d[k] for d in dims) for k in range(rank)]
    strides = [[0 if d[k] == 1 else s for k, s in enumerate([0] * (rank - len(i.dims)) + i.strides)]
               for i, d in zip(inputs, dims)]
    dense, n = [], 1
    for d in reversed(shape):
        dense.insert(0, n)
        n *= d
    return shape, [dense] + strides


def loop_source(program, inputs, dtype, threads):
    if not re.fullmatch(r"[\w(),.;=\s-]*", program) or dtype not in TYPES or any(i.dtype != dtype for i in inputs):
        raise Missing("no loop is written for this")
    parts = 2 if dtype[0] == "c" else 1
    shape, strides = broadcast(inputs)
    dims, rows = collapsed(shape, strides)
    def at(k):
        return " + ".join(f"i{a} * {r[k]}" for a, r in enumerate(rows) if r[k]) or "0"

    loads = {}
    for k, i in enumerate(inputs, 1):
        one = f"{i.name}[{at(k)}]"
        loads[i.name] = ((f"of_bf16({one})" if dtype == "bf16" else one,) if parts == 1 else
                         (f"{i.name}[2 * ({at(k)})]", f"{i.name}[2 * ({at(k)}) + 1]"))
    writer = Writer(parts, {n: p for n, p in loads.items()})
    for statement in ast.parse(program.replace(";", "\n")).body:
        if isinstance(statement, ast.Assign):
            writer.known[statement.targets[0].id] = writer.value(statement.value)
        else:
            result = writer.value(statement.value)
    body = [f"#pragma omp parallel for num_threads({threads})" if threads > 1 else ""]
    for a, d in enumerate(dims):
        if a == len(dims) - 1 and (threads == 1 or a):
            body.append("#pragma omp simd")
        body.append(f"for (long i{a} = 0; i{a} < {d}; i{a}++)")
    if threads > 1 and len(dims) == 1:
        body[0] = f"#pragma omp parallel for simd num_threads({threads})"
    store = (f"out[{at(0)}] = " + ("to_bf16({})" if dtype == "bf16" else "{}").format(result[0]) + ";" if parts == 1
             else f"out[2 * ({at(0)})] = {result[0]}; out[2 * ({at(0)}) + 1] = {result[1]};")
    body += ["{", *writer.lines, store, "}"]
    real = "float" if dtype == "bf16" else TYPES[dtype]
    return shape, SOURCE.format(
        real=real, element=TYPES[dtype], m="x" if real == "double" else "x##f",
        parameters="".join(f", const E *restrict {i.name}" for i in inputs), body="\n".join(body),
        call=f"loop(out{''.join(f', in[{k}]' for k in range(len(inputs)))})")


class Loops(Peer):
    name = "C loop"

    def __init__(self, threads):
        super().__init__(threads)
        self.cc = os.environ.get("CC", "gcc")
        try:
            text = subprocess.run([self.cc, "--version"], capture_output=True, text=True, check=True).stdout
        except OSError as e:
            raise ImportError(str(e))
        self.version = text.split("\n")[0]

    def about(self):
        return dict(version=self.version, threads=self.threads)

    def prepare(self, folder, dtype, program, inputs):
        shape, text = loop_source(program, inputs, dtype, self.threads)
        with tempfile.TemporaryDirectory(dir=folder) as t:
            with open(f"{t}/loop.c", "w") as f:
                f.write(text)
            flags = ["-O3", "-march=native", "-mprefer-vector-width=512", "-ffast-math", "-fopenmp", "-shared", "-fPIC"]
            done = subprocess.run([self.cc, *flags, "loop.c", "-o", "loop.so", "-lm"], cwd=t, capture_output=True, text=True)
            if done.returncode:
                raise RuntimeError(done.stderr)
            self.library = ctypes.CDLL(f"{t}/loop.so")
        self.library.measure.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_double, ctypes.c_int, ctypes.c_void_p]
        self.data = [bytearray(mapped(i, folder)) for i in inputs]
        count, size = 1, SIZES[dtype]
        for d in shape:
            count *= d
        self.out = (ctypes.c_char * (count * size + 64))()
        self.at = -ctypes.addressof(self.out) % 64 + ctypes.addressof(self.out)
        self.held = [(ctypes.c_char * len(d)).from_buffer(d) for d in self.data]
        self.pointers = (ctypes.c_void_p * len(self.held))(*[ctypes.addressof(h) for h in self.held])
        self.measure(0, 1)
        got = memoryview((ctypes.c_char * (count * size)).from_address(self.at)).cast("B")
        words = got.cast("H" if size == 2 else "I" if size == 4 else "Q")
        with open(self.output(folder, "loops"), "wb") as f:
            if size <= 8:
                f.write(words[::sample_step(count)].tobytes())
            else:
                f.writelines(got[k * size:(k + 1) * size] for k in range(0, count, sample_step(count)))
        return dict(dtype=dtype, shape=shape)

    def measure(self, seconds, most):
        ns = (ctypes.c_double * most)()
        n = self.library.measure(self.at, self.pointers, seconds, most, ns)
        return list(ns[:n])

    def runner(self, mode):
        if mode != "into":
            raise Missing("the loop writes into an existing output")
        return self.measure

    def clear(self):
        self.library = self.pointers = self.held = self.data = self.out = None


def times(run, first_turn, seconds, most):
    """The output exists before the first turn, so memory is warm in each."""
    del first_turn
    return dict(ns=run(seconds, most))


if __name__ == "__main__":
    import peer
    peer.times = times # timed in C, without the cost of a call from Python
    serve(Loops)
