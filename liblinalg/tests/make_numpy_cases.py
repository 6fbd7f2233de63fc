#!/usr/bin/env python3
"""make_numpy_cases.py > golden/numpy_cases.inc - matrices and what NumPy 2 makes of them.

All numbers are complex: real and imaginary parts side by side. The phases of NumPy's q and r
are changed to those of tsr_qr, whose r has a diagonal >= 0.
"""
import numpy as np

rng = np.random.default_rng(2025)
ORDS = ["fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf]
VECTOR_ORDS = [0, 1, 2, 3, 0.5, -1, -2.5, 40, np.inf, -np.inf]


def draw(m, n, is_complex):
    a = rng.uniform(-1, 1, (m, n))
    return a + 1j * rng.uniform(-1, 1, (m, n)) if is_complex else a


def numbers(x):
    flat = np.asarray(x, dtype=complex).ravel()
    words = [repr(float(part)).replace("inf", "INFINITY") for z in flat for part in (z.real, z.imag)]
    return ", ".join(words or ["0"])


def array(name, x):
    text = f"static const double {name}[] = {{{numbers(x)}}};"
    line = ""
    for word in text.split(" "):
        if len(line) + len(word) > 98:
            print(line)
            line = "   "
        line += (" " if line else "") + word
    print(line)


def phased_qr(a):
    q, r = np.linalg.qr(a)
    d = np.diagonal(r)
    phase = np.where(abs(d) > 0, d / np.where(abs(d) > 0, abs(d), 1), 1)
    return q * phase, r * phase.conj()[:, None]


def matrices():
    for is_complex in (False, True):
        yield draw(5, 3, is_complex), True
        yield draw(3, 5, is_complex), True
        yield draw(4, 4, is_complex), True
        yield draw(1, 1, is_complex), True
        yield draw(5, 2, is_complex) @ draw(2, 4, is_complex), False
        yield draw(3, 1, is_complex) @ draw(1, 6, is_complex), False


print("/* made by make_numpy_cases.py with NumPy %s */" % np.__version__)
print("/* clang-format off */")
rows = []
for i, (a, full_rank) in enumerate(matrices()):
    m, n = a.shape
    rhs = draw(m, 2, np.iscomplexobj(a))
    q, r = phased_qr(a)
    parts = {
        "a": a, "rhs": rhs, "q": q, "r": r,
        "lower": np.linalg.eigvalsh(a, "L") if m == n else [],
        "upper": np.linalg.eigvalsh(a, "U") if m == n else [],
        "s": np.linalg.svd(a, compute_uv=False),
        "x": np.linalg.lstsq(a, rhs, rcond=None)[0],
        "pinv": np.linalg.pinv(a, rcond=max(m, n) * np.finfo(float).eps),
        "norms": [np.linalg.norm(a, o) for o in ORDS],
    }
    for name, x in parts.items():
        array(f"{name}_{i}", x)
    fields = ", ".join(f"{name}_{i}" for name in parts)
    rows.append(f"    {{{m}, {n}, {int(np.iscomplexobj(a))}, {int(full_rank)}, "
                f"{np.linalg.matrix_rank(a)}, {float(np.linalg.cond(a))!r},\n     {fields}}},")
print("static const numpy_matrix numpy_matrices[] = {")
print("\n".join(rows))
print("};")
vectors = [rng.uniform(-1, 1, 6), draw(1, 5, True).ravel(), np.array([0, 3, -4, 0.0])]
rows = []
for i, x in enumerate(vectors):
    array(f"vector_{i}", x)
    with np.errstate(divide="ignore"):
        array(f"vector_norms_{i}", [np.linalg.norm(x, o) for o in VECTOR_ORDS])
    rows.append(f"    {{{len(x)}, {int(np.iscomplexobj(x))}, vector_{i}, vector_norms_{i}}},")
array("vector_ords", VECTOR_ORDS)
print("static const numpy_vector numpy_vectors[] = {")
print("\n".join(rows))
print("};")
print("/* clang-format on */")
