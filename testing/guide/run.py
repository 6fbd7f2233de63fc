#!/usr/bin/env python3
"""run.py --cc CC - follow docs/guides/add-an-op.md and see the new op tested.

A copy of the tree gets docs/guides/add-an-op.patch and nothing else. The generated
suites must then have tests of the op, and they must pass. With the sign of its derivative
turned around, the gradient suite, and that alone, must fail.
"""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
OP = "cube"
SUITES = ["row", "values", "kernels", "gradient", "batch", "backends", "generated", "cuda"]
RULES = "libinternalops/src/ops/analytic.c"
SLOPE = ("tsr_scalar(b, 3)", "tsr_scalar(b, -3)")

parser = argparse.ArgumentParser()
parser.add_argument("--cc", default="cc")
args = parser.parse_args()


def run(command, cwd, expect_success=True):
    done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if expect_success and done.returncode != 0:
        print("$", " ".join(map(str, command)))
        sys.exit(done.stdout[-6000:])
    return done.stdout


def copy_tree(to):
    """The sources: no build folders, nothing hidden."""
    def left_out(folder, names):
        return [n for n in names if n == "build" or n.startswith(".") or n == "__pycache__"]
    shutil.copytree(ROOT, to, ignore=left_out)


def outcome(build):
    """{suite: passed} of the op's tests."""
    text = run(["ctest", "-R", rf"^conformance/.*/{OP}$"], build, expect_success=False)
    found = re.findall(rf"conformance/(\w+)/{OP} \.+\s*(\**\w+)", text)
    return {suite: state == "Passed" for suite, state in found}


with tempfile.TemporaryDirectory() as temporary:
    tree, build = pathlib.Path(temporary) / "tree", pathlib.Path(temporary) / "build"
    copy_tree(tree)
    run(["patch", "-p1", "-i", "docs/guides/add-an-op.patch"], tree)
    run(["cmake", "-S", tree, "-B", build, "-G", "Ninja", f"-DCMAKE_C_COMPILER={args.cc}",
         "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_C_FLAGS=-O1", "-DTSR_STATIC_CHECKS=OFF", "-DTSR_PROGRAMS=OFF"], tree)
    targets = [f"suite_{s}" for s in SUITES] + ["op_matrix"]
    run(["cmake", "--build", build, "-j2", "--target", *targets], tree)

    states = outcome(build)
    print("with the patch:", states)
    if sorted(states) != sorted(SUITES) or not all(states.values()):
        sys.exit(f"expected {OP} to be found by {SUITES}, and to pass")
    if f"| {OP} " not in run([build / "conformance" / "op_matrix"], tree):
        sys.exit(f"op_matrix has no row for {OP}")

    rules = tree / RULES
    text = rules.read_text()
    if text.count(SLOPE[0]) != 1:
        sys.exit(f"{RULES} should hold {SLOPE[0]} once: bring this test in step with the patch")
    rules.write_text(text.replace(*SLOPE))
    run(["cmake", "--build", build, "-j2", "--target", *targets], tree)
    states = outcome(build)
    print("with a wrong derivative:", states)
    if states != {s: s != "gradient" for s in SUITES}:
        sys.exit("expected the gradient suite, and that alone, to fail")
