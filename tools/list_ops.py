#!/usr/bin/env python3
"""list_ops.py [--write] - keep the tables of docs/guides/ops.md true.

The functions come from the blocks in front of them in the headers, the core operations from the
rows of ops.def, those of the families from their tsr_op structs. Without --write, a page that is
out of date is a failure.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/guides/ops.md"
INCLUDE = ROOT / "libinternalops/include/tsr"
FAMILIES = ["linalg", "fft"]
DTYPES = {
    "ANY": "all", "NUMERIC": "all but bool", "FIELD": "float, complex", "REAL": "float", "COMPLEX": "complex",
    "PAIRED": "f32 f64", "ORDERED": "integer, float", "INTEGER": "integer", "LOGIC": "bool, integer",
    "LINEAR_ORDER": "bool, integer, float", "INDEX": "bool, integer", "STATE": "u64",
}
problems = []


def cell(text):
    return " ".join(text.split()).replace("|", "\\|").replace("*", "\\*").replace("<", "\\<").replace("](", "]\\(")


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(r) + " |" for r in rows]) + "\n"


# ---- functions ----

def field(lines, name):
    """The text of one field of a block, up to the next one."""
    text, on = [], False
    for l in lines:
        m = re.match(r"(in|out|own|err|ret|ad|note|see)(?:\s|$)(.*)", l)
        if m:
            on = m.group(1) == name
            l = m.group(2)
        if on:
            text.append(l.strip())
    return " ".join(text)


def blocks(header):
    """(section, names, summary, derivative) of every documented function of a header."""
    text = (INCLUDE / header).read_text()
    section = ""
    for comment in re.findall(r"/\*(.*?)\*/", text, re.S):
        m = re.match(r" -+ (.*?) -+", comment)
        if m:
            section = m.group(1)
            continue
        lines = [re.sub(r"^ \* ?", "", l) for l in comment.strip().split("\n")]
        flat = "\n".join(lines)
        m = re.match(r"((?:tsr_\w+,\s+)*tsr_\w+) - (.*?)(?=\n\n|\n(?:in|out|ret|ad|note) |\Z)", flat, re.S)
        if m and section:
            yield section, m.group(1).replace(",", "").split(), " ".join(m.group(2).split()), field(lines, "ad")


def headers():
    """What ops.h includes that declares functions on values, and itself after the first of them."""
    included = set(re.findall(r'#include "tsr/(\w+\.h)"', (INCLUDE / "ops.h").read_text())) - {"builder.h"}
    first = "elementwise.h"
    return [first, "ops.h", *sorted(included - {first})]


def functions():
    out, last, rows = [], None, []

    def end():
        if rows:
            out.append(f"### {last[0].upper()}{last[1:]}\n\n" + table(["function", "what it gives", "derivative"], rows))

    for header in headers():
        for section, names, summary, ad in blocks(header):
            if section != last:
                end()
                last, rows = section, []
            rows.append([" ".join(f"`{n}`" for n in names), cell(summary.rstrip(".")), cell(ad)])
    end()
    return "\n".join(out)


# ---- operations ----

def derivative(lin, jvp):
    if jvp == "ZERO":
        return "0"
    if jvp == "NONE":
        return "none"
    if lin == "REGION":
        return "that of its bodies"
    if jvp == "RULE" and lin == "NONE":
        return "a rule"
    return {"J": "linear", "E": "product rule"}[lin[0]] if jvp == "DERIVED" else "linear, and a rule"


def core():
    rows = []
    row = re.compile(r"^TSR_OP\((\w+), +(\w+), +(\w+), +(\w+(?:\(\w+\))?), +(\w), +(\w+), +(\w+), +(\d+), (-?\d+), +(-?\d+), +(\w+), +(\w+), +(\w+), +\"(.*)\"\)$", re.M)
    text = (ROOT / "libcoreops/include/tsr/ops.def").read_text()
    for _, name, family, lin, _, jvp, _, _, _, _, _, dtypes, _, synopsis in row.findall(text):
        rows.append([f"`{name}`", family.lower(), cell(synopsis), DTYPES[dtypes], derivative(lin, jvp)])
    if len(rows) != len(re.findall(r"^TSR_OP\(", text, re.M)):
        problems.append("ops.def: a row that this script cannot read")
    return table(["operation", "family", "what it computes", "dtypes", "derivative"], rows)


def families():
    rows = []
    for family in FAMILIES:
        for path in sorted((ROOT / f"lib{family}/src").rglob("*.c")):
            for body in re.findall(r"const tsr_op \w+ = \{(.*?)\};", path.read_text(), re.S):
                name = re.search(r'\.name = "([^"]+)"', body).group(1)
                synopsis = "".join(re.findall(r'"([^"]*)"', re.search(r'\.synopsis =\s*((?:"[^"]*"\s*)+)', body).group(1)))
                jvp = re.search(r"\.jvp = TSR_JVP_(\w+)", body)
                linear = "TSR_LIN_" in body
                told = {"RULE": "linear, and a rule" if linear else "a rule", "ZERO": "0", "NONE": "none"}
                rows.append([f"`{name}`", cell(synopsis), told.get(jvp.group(1), "linear") if jvp else "linear"])
    return table(["operation", "what it computes", "derivative"], rows)


PARTS = {"functions": functions, "operations": core, "families": families}
old = PAGE.read_text()
new = old
for part, make in PARTS.items():
    marked = re.compile(rf"(<!-- {part}: [^\n]*-->\n).*?(<!-- end of {part} -->)", re.S)
    if not marked.search(new):
        problems.append(f"{PAGE.name}: has no marked place for {part}")
    new = marked.sub(lambda m: m.group(1) + "\n" + make() + "\n" + m.group(2), new)
if new != old and "--write" in sys.argv:
    PAGE.write_text(new)
elif new != old:
    problems.append("docs/guides/ops.md: out of date; run ./dev format")
print("\n".join(problems) or "ops: ok")
sys.exit(bool(problems))
