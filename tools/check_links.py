#!/usr/bin/env python3
"""check_links.py - every relative link of every Markdown page leads to a file, and
docs/README.md links every page below docs/."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
try:
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True)
    pages = [ROOT / f for f in out.stdout.splitlines()]
except (OSError, subprocess.CalledProcessError): # a release archive
    pages = [p for p in ROOT.rglob("*.md") if "build" not in p.relative_to(ROOT).parts]
broken = []
for page in pages:
    if not page.exists():
        continue
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(), flags=re.S)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        path = link.split("#")[0]
        if path and ":" not in path and not (page.parent / path).exists():
            broken.append(f"{page.relative_to(ROOT)}: {link}")
contents = (ROOT / "docs" / "README.md").read_text()
for page in pages:
    name = page.relative_to(ROOT).as_posix()
    if name.startswith("docs/") and name != "docs/README.md" and f"({name[5:]})" not in contents:
        broken.append(f"docs/README.md: does not list {name[5:]}")
print("\n".join(broken) or "links: ok")
sys.exit(bool(broken))
