#!/usr/bin/env python3
"""linalg.py TSR - tsr linalg against numpy.linalg, and against what the results must satisfy."""
from harness import *

DTYPES = ("f4", "f8", "c8", "c16")


def cases(*shapes):
    """Every shape for one dtype, and one shape for every dtype."""
    return [(s, "c16") for s in shapes] + [(shapes[0], d) for d in DTYPES[:-1]]


def adjoint(x):
    return x.conj().swapaxes(-1, -2)


def real(dtype):
    return {"c8": "f4", "c16": "f8"}.get(dtype, dtype)


def regular(shape, dtype):
    return numbers(shape, dtype) + 3 * np.eye(shape[-1], dtype=dtype)


def hermitian(shape, dtype):
    a = numbers(shape, dtype)
    return a + adjoint(a)


def test_svd():
    for shape, dtype in cases((3, 5), (5, 3), (2, 4, 4), (0, 3)):
        a = numbers(shape, dtype)
        u, s, vt = saved("linalg", "svd", save("a.npy", a), outputs=("u.npy", "s.npy", "vt.npy"))
        near(s, np.linalg.svd(a, compute_uv=False), real(dtype))
        near((u * s[..., None, :].astype(dtype)) @ vt, a)
        u, s, vt = saved("linalg", "svd", "a.npy", "--full", outputs=("u.npy", "s.npy", "vt.npy"))
        near(adjoint(u) @ u, np.broadcast_to(np.eye(shape[-2]), u.shape), dtype)
        near(vt @ adjoint(vt), np.broadcast_to(np.eye(shape[-1]), vt.shape), dtype)


def test_the_first_outputs_alone_may_be_asked_for():
    a = numbers((4, 3))
    near(saved("linalg", "svd", save("a.npy", a), outputs=("u.npy", "s.npy"))[1], np.linalg.svd(a)[1])


def test_qr():
    for shape, dtype in cases((4, 3), (3, 4), (2, 5, 2)):
        a = numbers(shape, dtype)
        q, r = saved("linalg", "qr", save("a.npy", a), outputs=("q.npy", "r.npy"))
        near(q @ r, a)
        near(adjoint(q) @ q, np.broadcast_to(np.eye(q.shape[-1]), r.shape[:-2] + (q.shape[-1],) * 2), dtype)
        assert (np.tril(r, -1) == 0).all()
    q, r = saved("linalg", "qr", save("a.npy", numbers((4, 3))), "--full", outputs=("q.npy", "r.npy"))
    near(q @ r, load("a.npy"))
    near(q.T @ q, np.eye(4))


def test_eigh():
    for dtype in DTYPES:
        a = hermitian((2, 4, 4), dtype)
        w, v = saved("linalg", "eigh", save("a.npy", a), outputs=("w.npy", "v.npy"))
        near(w, np.linalg.eigvalsh(a), real(dtype))
        near(a @ v, v * w[..., None, :], dtype)
    junk = a + np.tril(numbers((4, 4), "c16"), -1)  # the lower triangle is not read
    near(saved("linalg", "eigh", save("b.npy", junk), "--upper", outputs=("w.npy",)), np.linalg.eigvalsh(a))


def test_cholesky():
    for dtype in DTYPES:
        a = numbers((2, 4, 4), dtype)
        a = a @ adjoint(a) + np.eye(4, dtype=dtype)
        near(saved("linalg", "cholesky", save("a.npy", a)), np.linalg.cholesky(a))
        near(saved("linalg", "cholesky", "a.npy", "--upper"), adjoint(np.linalg.cholesky(a)))


def test_lu():
    for shape, dtype in cases((4, 4), (2, 3, 5), (5, 3)):
        a = numbers(shape, dtype)
        p, l, u = saved("linalg", "lu", save("a.npy", a), outputs=("p.npy", "l.npy", "u.npy"))
        near(p @ l @ u, a)
        assert (np.triu(l, 1) == 0).all() and (np.tril(u, -1) == 0).all()
        assert (np.abs(l) <= 2 ** 0.5 + 1e-6).all()  # LAPACK's pivot has the largest |re| + |im|
        assert (p.sum(-1) == 1).all() and (p.sum(-2) == 1).all()


def test_solve_inv_det():
    for dtype in DTYPES:
        a, b = regular((2, 4, 4), dtype), numbers((2, 4, 3), dtype)
        files = save("a.npy", a), save("b.npy", b)
        near(saved("linalg", "solve", *files), np.linalg.solve(a, b))
        near(saved("linalg", "solve", "a.npy", save("v.npy", b[0, :, 0])), np.linalg.solve(a, b[[0, 0]])[..., 0])
        near(saved("linalg", "inv", "a.npy"), np.linalg.inv(a))
        near(saved("linalg", "det", "a.npy"), np.linalg.det(a))
        sign, logabsdet = saved("linalg", "slogdet", "a.npy", outputs=("s.npy", "l.npy"))
        want = np.linalg.slogdet(a)
        near(sign, want[0], dtype)
        near(logabsdet, want[1], real(dtype))


def test_lstsq():
    a, b = numbers((6, 3)), numbers((6, 2), seed=1)
    outputs = ("x.npy", "residuals.npy", "rank.npy", "s.npy")
    x, residuals, rank, s = saved("linalg", "lstsq", save("a.npy", a), save("b.npy", b), outputs=outputs)
    want = np.linalg.lstsq(a, b, rcond=None)
    near(x, want[0])
    near(residuals, want[1])
    assert rank == 3
    near(s, want[3])
    near(saved("linalg", "lstsq", "a.npy", "b.npy", "--rcond", 0.9), np.linalg.lstsq(a, b, rcond=0.9)[0])


def test_norm():
    a, v = numbers((2, 3, 4), "c16"), numbers(5)
    save("a.npy", a), save("v.npy", v)
    near(saved("linalg", "norm", "a.npy"), np.linalg.norm(a))
    for ord in ("fro", "nuc", "1", "-1", "2", "-2", "inf", "-inf"):
        number = ord if ord in ("fro", "nuc") else float(ord)
        near(saved("linalg", "norm", "a.npy", "--ord", ord), np.linalg.norm(a, number, axis=(-2, -1)))
    for ord in ("0", "1", "2", "3.5", "-1", "inf", "-inf"):
        near(saved("linalg", "norm", "v.npy", "--ord", ord), np.linalg.norm(v, float(ord)))


def test_integers_are_taken_as_f64():
    a = np.array([[2, 1], [1, 3]])
    near(saved("linalg", "det", save("a.npy", a)), 5.0)


def test_several_results_are_printed_by_name():
    a = numbers((3, 3))
    save("a.npy", a)
    text = tsr("linalg", "eigh", save("h.npy", a + a.T)).text
    w = np.linalg.eigvalsh(a + a.T)
    assert text.startswith(f"w:\n{w}\nv:\n[["), text
    assert tsr("linalg", "inv", "a.npy").text == f"{np.linalg.inv(a)}\n"


def test_what_is_refused():
    a, v = save("a.npy", numbers((3, 4))), save("v.npy", numbers(3))
    zero = save("zero.npy", np.zeros((2, 2)))
    refused(FAILED, "linalg", "solve", zero, zero, says="singular")
    refused(FAILED, "linalg", "inv", a, says=["3", "4"])
    refused(FAILED, "linalg", "svd", v, says="rank")
    refused(FAILED, "linalg", "cholesky", save("n.npy", -np.eye(2)), says="positive")
    refused(FAILED, "linalg", "solve", save("i.npy", np.eye(3)), save("w.npy", numbers(4)), says=["3", "4"])
    refused(FAILED, "linalg", "svd", save("nan.npy", np.full((2, 2), np.nan)), says="")
    refused(FAILED, "linalg", "det", save("h.npy", np.eye(2).astype("f2")), says="f16")
    refused(FAILED, "linalg", "norm", a, "--ord", "3", says=["3", "fro"])
    refused(FAILED, "linalg", "norm", v, "--ord", "nuc", says=["nuc", "number"])
    refused(USAGE, "linalg", says="which")
    refused(USAGE, "linalg", "sdv", a, says=["sdv", "svd"])
    refused(USAGE, "linalg", "svd", says="1 file,")
    refused(USAGE, "linalg", "solve", a, says="2 files")
    refused(USAGE, "linalg", "svd", a, "-o", "1", "2", "3", "4", says=["4 files", "3 results"])
    refused(USAGE, "linalg", "svd", a, "-o", "x.npy", "s.npy", "x.npy", says=["x.npy", "twice"])
    refused(USAGE, "linalg", "svd", a, "--ord", "2", says="--ord")
    refused(USAGE, "linalg", "lstsq", a, v, "--rcond", "-1", says="--rcond")
    refused(USAGE, "linalg", "lstsq", a, v, "--rcond", "nan", says="--rcond")
    assert not [f for f in pathlib.Path().iterdir() if f.suffix != ".npy"]


main(globals())
