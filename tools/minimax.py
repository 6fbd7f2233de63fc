#!/usr/bin/env python3
"""minimax.py F LO HI DEGREE [--weight W] [--bits 24|53] - the coefficients of libcpu's vector functions.

The polynomial P of that degree for which the largest |W (P - F)| between LO and HI is least, by Remez's
exchange in 60 digits: its error as a power of two, then its coefficients, lowest first, rounded to f32
(--bits 24) or f64. F and W are expressions of x in mpmath's functions; W is 1 / F, the relative error,
unless it is given. Where P is a part of a function only, W says how much of the whole that part is:

  minimax.py '(expm1(x) - x) / x**2' -0.3467 0.3467 4 --weight 'x**2 / exp(x)' --bits 24
  minimax.py 'erf(sqrt(x)) / sqrt(x) - 1' 1e-12 1 11 --weight 'sqrt(x) / erf(sqrt(x))'

The formulas stand beside the coefficients in libcpu/src/variants/math_*.h; the tests cpu/math* decide
whether what is made of them is good enough. Needs python3-mpmath.
"""
import argparse

from mpmath import mp

mp.dps = 60


def chebyshev(lo, hi, n):
    return [(lo + hi) / 2 - (hi - lo) / 2 * mp.cos(mp.pi * (i + mp.mpf(1) / 2) / n) for i in range(n)]


def levelled(points, f, w, degree):
    """The polynomial whose weighted error has one size and alternating signs in degree + 2 points."""
    n = degree + 2
    a, b = mp.matrix(n, n), mp.matrix(n, 1)
    for row, x in enumerate(points):
        for k in range(degree + 1):
            a[row, k] = x**k
        a[row, degree + 1] = (-1) ** row / w(x)
        b[row] = f(x)
    found = mp.lu_solve(a, b)
    return list(found)[:-1], abs(found[n - 1])


def extremes(errors):
    """Where each run of errors of one sign is largest."""
    found, last = [], None
    for i, e in enumerate(errors):
        if last is not None and (e >= 0) == (errors[last] >= 0):
            if abs(e) > abs(errors[last]):
                found[-1] = last = i
        else:
            found.append(i)
            last = i
    return found


def remez(f, w, lo, hi, degree):
    grid = chebyshev(lo, hi, 40 * (degree + 2))
    values, weights = [f(x) for x in grid], [w(x) for x in grid]
    points, best = chebyshev(lo, hi, degree + 2), None
    for _ in range(20):
        p, level = levelled(points, f, w, degree)
        errors = [wx * (mp.polyval(p[::-1], x) - fx) for x, fx, wx in zip(grid, values, weights)]
        worst = max(map(abs, errors))
        if best is None or worst < best[1]:
            best = p, worst
        ends = extremes(errors)
        while len(ends) > degree + 2:
            ends.pop(0 if abs(errors[ends[0]]) < abs(errors[ends[-1]]) else -1)
        if worst < level * mp.mpf("1.01") or len(ends) < degree + 2:
            break
        points = [grid[i] for i in ends]
    return best


def literal(value, bits):
    mantissa, exponent = mp.frexp(value)
    rounded = mp.ldexp(mp.nint(mp.ldexp(mantissa, bits)), exponent - bits)
    digits, power = float(rounded).hex().split("p")
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return f"{digits}p{int(power)}" + "f" * (bits == 24)


def function(text):
    names = {k: getattr(mp, k) for k in dir(mp) if not k.startswith("_")}
    return lambda x: mp.mpf(eval(text, dict(names, x=x)))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("f")
    p.add_argument("lo")
    p.add_argument("hi")
    p.add_argument("degree", type=int)
    p.add_argument("--weight")
    p.add_argument("--bits", type=int, choices=[24, 53], default=53)
    a = p.parse_args()
    f = function(a.f)
    w = function(a.weight) if a.weight else lambda x: 1 / f(x)
    bound = lambda text: function(text)(mp.mpf(0))
    coefficients, worst = remez(f, w, bound(a.lo), bound(a.hi), a.degree)
    print(f"2^{mp.nstr(mp.log(worst, 2), 5)}")
    print(", ".join(literal(c, a.bits) for c in coefficients))


if __name__ == "__main__":
    main()
