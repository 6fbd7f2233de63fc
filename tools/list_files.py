#!/usr/bin/env python3
"""list_files.py [--write] - keep the list of files in each lib*/README.md true.

The list stands between two marker lines and is made of the first sentence of
each file. Without --write, a list that is out of date is a failure.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MARKED = re.compile(r"(<!-- files: [^\n]*-->\n).*?(<!-- end of files -->)", re.S)
WIDTH = 100


def sentence(path):
    """The one after "/* name - "; it may run over a line."""
    text = path.read_text()
    m = re.match(r"/\*\s*\S+ - (.*?)(?:\*/|\n \*\n|\.\s)", text, re.S)
    return " ".join(re.sub(r"\n \*", " ", m.group(1)).split()).rstrip(".") if m else ""


def tree(lib):
    rows = []
    for part in ("include", "src"):
        for path in sorted((lib / part).rglob("*"), key=lambda p: (p.parent.as_posix(), p.name)):
            if path.suffix in (".h", ".def", ".c", ".inc", ".cu"):
                rows.append((path.relative_to(lib).as_posix(), sentence(path)))
    width = max((len(name) for name, _ in rows), default=0)
    lines = []
    for name, what in rows:
        line = f"{name:<{width}}  {what}".rstrip()
        lines.append(line if len(line) <= WIDTH else line[:line.rfind(" ", 0, WIDTH - 4)] + " ...")
    return "```text\n" + "\n".join(lines or ["(none yet)"]) + "\n```\n"


stale = []
for page in sorted(ROOT.glob("lib*/README.md")):
    old = page.read_text()
    new = MARKED.sub(lambda m: m.group(1) + tree(page.parent) + m.group(2), old)
    if not MARKED.search(old):
        stale.append(f"{page.relative_to(ROOT)}: has no marked list of files")
    elif new != old and "--write" in sys.argv:
        page.write_text(new)
    elif new != old:
        stale.append(f"{page.relative_to(ROOT)}: the list of files is out of date; run ./dev format")
print("\n".join(stale) or "files: ok")
sys.exit(bool(stale))
