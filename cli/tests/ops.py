#!/usr/bin/env python3
"""ops.py TSR - tsr ops against the rows of ops.def; the table has no gap without a reason."""
import re

from harness import *

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ROWS = re.findall(r'^TSR_OP\((\w+), +(\w+), +(\w+), +([\w()]+), +(\w), (\w+), +(\w+), +(-?\d+), *(-?\d+), +(-?\d+), *(\w+), +(\w+), +(\w+), +"(.*)"\)',
                  (ROOT / "libcoreops/include/tsr/ops.def").read_text(), re.M)
DTYPES = "bool i8 i16 i32 i64 u8 u16 u32 u64 f16 bf16 f32 f64 c64 c128".split()


def test_every_row_is_listed():
    lines = dict(l.split(None, 1) for l in tsr("ops").text.splitlines())
    assert len(ROWS) > 80
    for row in ROWS:
        assert lines[row[1]] == row[-1], row
    assert "tessera.linalg.svd.v1" in lines and "tessera.fft.c2c.v1" in lines


def test_a_row_in_full():
    parts = tsr("ops", *[row[1] for row in ROWS]).text.split("\n\n")
    for row, head, text in zip(ROWS, parts[::2], parts[1::2]):
        facts = dict(l.split(None, 1) for l in text.splitlines() if not l.startswith(" "))
        assert head == f"{row[1]}\n  {row[-1]}", head
        assert facts["family"] == row[2].lower(), text
        low, high = int(row[7]), int(row[8])
        assert facts["operands"] == (f"{low} or more" if high < 0 else f"{low} to {high}" if low < high else f"{low}"), text
        assert facts["derivative"].split()[0].strip(":") in {"DERIVED": ["derived"], "RULE": ["a"], "ZERO": ["zero"], "NONE": ["none"]}[row[5]], text
        assert ("none" == facts["linearity"]) == (row[3] == "NONE"), text
        if row[11] == "NUMERIC":
            assert facts["dtypes"].startswith(" ".join(DTYPES[1:]) + ","), text


def test_attributes_and_kernels():
    text = tsr("ops", "compare").text
    assert "direction: one of eq, ne, lt, le, gt, ge" in text and "cpu.compare" in text, text
    assert "tessera.linalg.svd.v1" in tsr("ops", "svd").text


def test_unknown_names():
    refused(USAGE, "ops", "dot", says=["dot", "dot_general"])
    refused(USAGE, "ops", "sigm", says=["sigm"])
    refused(USAGE, "ops", "--matrix", "add", says="--matrix")
    refused(USAGE, "ops", "--matrx", says="--matrix")


def test_the_matrix():
    text = tsr("ops", "--matrix").text
    table = {}
    for line in text.splitlines():
        cells = [c.strip() for c in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 1 + len(DTYPES):
            table[cells[0]] = dict(zip(DTYPES, cells[1:]))
    names = [l.split()[0] for l in tsr("ops").text.splitlines()]
    assert set(names) | {"op", "---"} == set(table)
    for name in names:
        for cell in table[name].values():
            assert cell == "-" or re.fullmatch(r"[c.][g.][j.][t.][b.]", cell), (name, cell)
    assert re.fullmatch(r"c.jtb", table["add"]["f64"]) and re.fullmatch(r"c...b", table["add"]["i8"])
    assert table["add"]["bool"] == "-" and re.fullmatch(r"c.j.b", table["exp"]["bf16"])
    reasons = text.split("## What is not there, and why")[1]
    lists = {m[1]: "" for m in re.finditer(r"^- (\w+) of ", reasons, re.M)}
    for aspect, ops in re.findall(r"^- (\w+) of (.*?): ", reasons, re.M):
        lists[aspect] += f" {ops},"
    # An op with a gap at f64 is in a list of that aspect.
    for name in names:
        cell = table[name]["f64"]
        for place, aspect in enumerate(["cpu", "cuda", "jvp", "transpose", "batch"]):
            if cell != "-" and cell[place] == ".":
                assert re.search(rf" {re.escape(name)}[ ,]", lists[aspect]), (name, aspect)
    assert text.endswith("jvp, transpose and batch: 0\n")


main(globals())
