#!/usr/bin/env python3
"""readme.py TSR [--write] - cli/README.md shows what `tsr help` prints, word for word."""
import pathlib
import re
import subprocess
import sys

README = pathlib.Path(__file__).resolve().parent.parent / "README.md"
BLOCK = re.compile(r"<!-- (tsr help ?(\w*)) -->\n(?:```text\n.*?```\n)?", re.S)


def help_of(name):
    return subprocess.run([sys.argv[1], "help", *([name] if name else [])], capture_output=True, text=True, check=True).stdout


def block(match):
    return f"<!-- {match[1]} -->\n```text\n{help_of(match[2])}```\n"


old = README.read_text()
new = BLOCK.sub(block, old)
shown = [m[2] for m in BLOCK.finditer(old)]
commands = [""] + re.findall(r"^  (\w+) ", help_of(""), re.M)
missing = [c for c in commands if c not in shown and c != "help"]
if missing:
    sys.exit(f"cli/README.md has no <!-- tsr help {missing[0]} -->")
if "--write" in sys.argv:
    README.write_text(new)
elif new != old:
    sys.exit("cli/README.md is not what `tsr help` prints: run cli/tests/readme.py TSR --write")
print("cli/README.md: ok")
