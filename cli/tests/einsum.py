#!/usr/bin/env python3
"""einsum.py TSR - tsr einsum against numpy.einsum; plans, gradients, what is refused."""
from harness import *


def case(formula, *shapes, dtype="f8"):
    operands = [numbers(s, dtype, i) for i, s in enumerate(shapes)]
    files = [save(f"x{i}.npy", x) for i, x in enumerate(operands)]
    return formula, files, operands


def test_contractions_equal_numpys():
    for formula, *shapes in [("ij,jk->ik", (3, 4), (4, 5)), ("ij,jk", (3, 4), (4, 5)), ("ii->i", (4, 4)),
                             ("ij->", (3, 2)), ("...i,i->...", (2, 3, 4), (4,)), ("i,j,k->kji", (2,), (3,), (4,)),
                             ("ij,jk,kl,lm->im", (2, 3), (3, 4), (4, 5), (5, 2)), (",ij->ij", (), (2, 2)), ("->", ()),
                             ("ij,jk->ik", (3, 0), (0, 2))]:
        for dtype in ("f4", "f8", "c8", "c16"):
            formula, files, x = case(formula, *shapes, dtype=dtype)
            near(saved("einsum", formula, *files), np.einsum(formula, *x))


def test_integers_stay_integers():
    a, b = np.arange(6).reshape(2, 3), np.arange(6).reshape(3, 2)
    got = saved("einsum", "ij,jk->ik", save("a.npy", a), save("b.npy", b))
    assert got.dtype == np.int64 and (got == a @ b).all()


def test_operands_get_one_dtype():
    a, b = numbers((2, 3), "f4"), numbers((3, 2), "c16")
    files = save("a.npy", a), save("b.npy", b)
    near(saved("einsum", "ij,jk->ik", *files), a @ b)
    near(saved("einsum", "ij,jk->ik", *files, "--dtype", "c64"), (a @ b).astype("c8"))
    near(saved("einsum", "ij,jk->ik", save("i.npy", np.arange(6).reshape(2, 3)), save("f.npy", b.real), "--dtype=f64"),
         np.arange(6).reshape(2, 3) @ b.real)
    refused(FAILED, "einsum", "ij,jk->ik", "i.npy", "f.npy", says=["i64", "f64", "--dtype"])
    refused(FAILED, "einsum", "ij,jk->ik", "i.npy", "f.npy", "--plan", says=["i64", "f64", "--dtype"])
    refused(USAGE, "einsum", "ij->i", "a.npy", "--dtype", "float", says=["float", "f64"])


def test_a_result_is_printed_as_numpy_prints_it():
    formula, files, x = case("ij,jk->ik", (3, 4), (4, 5))
    assert tsr("einsum", formula, *files).text == f"{np.einsum(formula, *x)}\n"


def test_the_plan_is_printed_and_nothing_computed():
    formula, files, _ = case("ij,jk,kl->il", (10, 20), (20, 30), (30, 2))
    text = tsr("einsum", formula, *files, "--plan").text
    # jk,kl first: 2 20 30 2 and then 2 10 20 2 flops; from the left 12,000 and 1,200
    assert "3 operands of f64, 2 steps" in text and "3.2e+03" in text and "jk,kl->jl" in text, text
    assert not pathlib.Path("out.npy").exists()
    with_output = tsr("einsum", formula, *files, "--plan", "-o", "out.npy")
    assert with_output.text == text and load("out.npy").shape == (10, 2)
    refused(USAGE, "einsum", formula, *files, "--plan", "-o", "-", says="--plan")
    refused(USAGE, "einsum", "i->", "-", "--plan", says="--plan")


def test_a_plan_reads_headers_alone():
    # The data would fill any memory: a hole of a sparse file.
    header = np.lib.format.header_data_from_array_1_0(np.zeros((1, 1)))
    with open("huge.npy", "wb") as f:
        np.lib.format.write_array_header_1_0(f, {**header, "shape": (1 << 19, 1 << 20)})
        f.truncate(f.tell() + (8 << 39))
    text = tsr("einsum", "ij,jk->ik", "huge.npy", save("b.npy", np.zeros((1 << 20, 1))), "--plan").text
    assert "2 operands of f64, 1 step" in text


def test_gradients_of_the_sum_of_the_output():
    formula, files, (a, b) = case("ij,jk->ik", (3, 4), (4, 5))
    ones = np.ones((3, 5))
    near(saved("einsum", formula, *files, "--grad", 0), ones @ b.T)
    near(saved("einsum", formula, *files, "--grad", 1), a.T @ ones)


def test_complex_gradients_are_the_direction_of_steepest_ascent():
    formula, files, (a, b) = case("i,i->", (4,), (4,), dtype="c16")
    near(saved("einsum", formula, *files, "--grad", 0), b.conj())
    step = 1e-6  # the definition: Re conj(g) d is the change of Re sum a b along d
    d = numbers(4, "c16", 7)
    change = ((a + step * d) * b).sum().real - (a * b).sum().real
    g = load("out.npy")
    assert abs((g.conj() * d).sum().real * step - change) < 1e-12


def test_gradients_that_do_not_exist():
    formula, files, _ = case("ij,jk->ik", (3, 4), (4, 5))
    refused(USAGE, "einsum", formula, *files, "--grad", 2, says=["--grad", "0 to 1", "2"])
    refused(USAGE, "einsum", formula, *files, "--grad", -1, says="--grad")
    refused(USAGE, "einsum", formula, *files, "--grad", "x", says="--grad")
    refused(FAILED, "einsum", "i->", save("i.npy", np.arange(3)), "--grad", 0, says="i64")


def test_what_is_refused():
    formula, files, _ = case("ij,jk->ik", (3, 4), (4, 5))
    refused(FAILED, "einsum", "ij,jk->iz", *files, says="z")
    refused(FAILED, "einsum", "ij,jk->ik(", *files, says="(")
    refused(FAILED, "einsum", "ij,ik->jk", *files, says=["i", "3", "4"])
    refused(FAILED, "einsum", "ij,j->i", *files, says="operand 1")
    refused(FAILED, "einsum", "ij->i", *files, says="operand")
    refused(FAILED, "einsum", formula, files[0], "none.npy", says=["none.npy", "No such file"])
    refused(FAILED, "einsum", formula, *files, "-o", "no/where.npy", says="no/where.npy")
    refused(FAILED, "einsum", formula, *files, "--device", "abacus", says=["abacus", "cpu"])
    refused(USAGE, "einsum", formula, *files, "-o", "a.npy", "b.npy", says="2 files")
    refused(USAGE, "einsum", formula, *files, "--gard", 1, says="--grad")
    refused(USAGE, "einsum", formula, says="files")
    refused(USAGE, "einsum", says="formula")


def test_a_failure_leaves_the_old_file():
    _, files, _ = case("ij,jk->ik", (3, 4), (4, 5))
    old = numbers(3)
    save("out.npy", old)
    refused(FAILED, "einsum", "ij,ik->jk", *files, "-o", "out.npy", says="3")
    assert (load("out.npy") == old).all() and not list(pathlib.Path().glob("*.part"))


main(globals())
