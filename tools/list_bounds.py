#!/usr/bin/env python3
"""list_bounds.py [--write] - keep the table of last places in docs/guides/cpu.md true.

Its numbers are those of libcpu/src/variants/math_bounds.def, to which the tests hold the functions.
Without --write, a page that is out of date is a failure.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/guides/cpu.md"
BOUNDS = ROOT / "libcpu/src/variants/math_bounds.def"

rows = re.findall(r"^TSRI_BOUND2?\(\w+, (\w+), ([\d.]+), ([\d.]+)\)$", BOUNDS.read_text(), re.M)
lines = ["| function | f32 | f64 |", "|---|---|---|"] + [f"| `{f}` | {a} | {b} |" for f, a, b in rows]
old = PAGE.read_text()
marked = re.compile(r"(<!-- bounds: [^\n]*-->\n).*?(<!-- end of bounds -->)", re.S)
if not rows or not marked.search(old):
    sys.exit("docs/guides/cpu.md: has no marked place for the bounds, or there are none")
new = marked.sub(lambda m: m.group(1) + "\n" + "\n".join(lines) + "\n\n" + m.group(2), old)
if new != old and "--write" in sys.argv:
    PAGE.write_text(new)
elif new != old:
    sys.exit("docs/guides/cpu.md: out of date; run ./dev format")
print("bounds: ok")
