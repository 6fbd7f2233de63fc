#!/usr/bin/env python3
"""check_text.py - small things a reader trips over, in every file of the tree.

No reminders to self, no trailing blanks, a final newline, under 600 lines, and
a C file of a library starts with "/* its name - one sentence".
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TEXT = {".c", ".h", ".inc", ".def", ".cc", ".cu", ".py", ".sh", ".cmake", ".in", ".md", ".txt", ".json", ""}
MAX_LINES = 600
REMINDER = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
# Tables made by a committed script, and logs, may be long.
LONG = re.compile(r"(^|/)(data|golden|generated|third_party|bench/results)/|CHANGELOG\.md$|\.json$")
problems = []


def tracked():
    try:
        out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
        return [ROOT / f for f in out.stdout.splitlines()]
    except (OSError, subprocess.CalledProcessError): # a release archive
        return [p for p in ROOT.rglob("*") if "build" not in p.relative_to(ROOT).parts]


for path in tracked():
    if path.suffix not in TEXT or not path.is_file():
        continue
    name = path.relative_to(ROOT).as_posix()
    if name.startswith("fuzz/corpus/"):
        continue
    try:
        text = path.read_text()
    except UnicodeDecodeError:
        problems.append(f"{name}: not UTF-8")
        continue
    lines = text.split("\n")
    for i, line in enumerate(lines, 1):
        if line != line.rstrip():
            problems.append(f"{name}:{i}: trailing blanks")
        if REMINDER.search(line):
            problems.append(f"{name}:{i}: do it, or write down why not")
    if text and not text.endswith("\n"):
        problems.append(f"{name}: no newline at the end")
    if len(lines) > MAX_LINES + 1 and not LONG.search(name):
        problems.append(f"{name}: {len(lines) - 1} lines; split it (limit {MAX_LINES})")
    if re.match(r"lib[^/]+/(src|include)/", name) and path.suffix in (".c", ".h", ".inc", ".def"):
        if not re.match(rf"/\* ([\w./-]+/)?{re.escape(path.name)} - ", text):
            problems.append(f'{name}: does not start with "/* {path.name} - one sentence"')
print("\n".join(problems) or "text: ok")
sys.exit(bool(problems))
