#!/usr/bin/env python3
"""check_snippets.py FILE.md - compile and run the C of a page, as the page shows it.

A ```c block with "int main" is a program of its own. All other ```c blocks of
the page are one story: they run in order inside one function that has a
`tsr_runtime *rt` with cpu, einsum, linalg and fft registered, and may use
TSR_TRY. A block that defines functions goes before that function. EXAMPLE_DATA is the
folder examples/data.

After ```c one word may follow:
  new    forget the names declared so far
  file   put this block at file scope (found out by itself in most cases)
  text   show only; neither compiled nor run
A ```sh block is run only when marked ```sh run; its lines starting with "$ "
are the commands. A ```text block marked ```text prints is what the C of the page
prints: its lines must appear in the output, in this order.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

SKIP = 77
DATA = pathlib.Path(__file__).resolve().parent.parent / "examples" / "data"
HEADERS = ["cpu", "runtime", "ops", "eager", "trace", "program", "ad", "einsum", "linalg", "fft", "tensor", "npy", "dlpack", "op"]
REGISTER = ["cpu", "einsum", "linalg", "fft"]

parser = argparse.ArgumentParser()
parser.add_argument("page", type=pathlib.Path)
parser.add_argument("--cc", default="cc")
parser.add_argument("flags", nargs="*", help="after --: -I, -L, library files")
args = parser.parse_args()


def blocks(text):
    """(language, word, first line, code) of every fenced block."""
    found, start = [], None
    for i, line in enumerate(text.split("\n"), 1):
        fence = re.match(r"\s*```\s*(\w*)\s*(\w*)", line)
        if fence and start is None:
            start, language, word, body = i + 1, *fence.groups(), []
        elif fence:
            found.append((language, word, start, "\n".join(body)))
            start = None
        elif start is not None:
            body.append(line)
    return found


def at_line(line, code):
    return f'#line {line} "{args.page}"\n{code}\n'


def is_file_scope(code):
    """A definition starts in column 0 and opens its body at the end of the line."""
    return re.search(r"^(static |typedef |tsr_|int |void |double |#define )[^;]*\{\s*(/\*.*)?$", code, re.M) is not None


def story(parts):
    """One program out of all blocks that are not programs themselves."""
    out = ["#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <math.h>\n"]
    for h in HEADERS:
        out.append(f"#if __has_include(<tsr/{h}.h>)\n#include <tsr/{h}.h>\n#endif\n")
    body, count = [], 0
    for word, line, code in parts:
        includes = re.findall(r"^\s*#include.*$", code, re.M)
        out += [i + "\n" for i in includes]
        code = re.sub(r"^\s*#include.*$", "", code, flags=re.M)
        if word == "file" or (not word and is_file_scope(code)):
            out.append(at_line(line, code))
            continue
        if word == "new" and body:
            out.append(function(count, body))
            body, count = [], count + 1
        body.append(at_line(line, code))
    out.append(function(count, body))
    calls = " ".join(f"if (status == TSR_OK) status = snippet_{i}(rt);" for i in range(count + 1))
    registers = ", ".join(f"tsr_{r}_register" for r in REGISTER)
    out.append(f"""#line 1 "wrapper of {args.page}"
int main(void) {{
  tsr_runtime *rt = NULL;
  tsr_status status = tsr_runtime_create(TSR_WITH({registers}), &rt);
  {calls}
  if (status != TSR_OK) fprintf(stderr, "%s\\n", tsr_error_message());
  tsr_runtime_release(rt);
  return status != TSR_OK;
}}
""")
    return "".join(out)


def function(i, body):
    return f"static tsr_status snippet_{i}(tsr_runtime *rt) {{\n(void)rt;\n{''.join(body)}return TSR_OK;\n}}\n"


def run(command, what, folder, **kw):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, **kw)
    printed.extend(l.strip() for l in (done.stdout + done.stderr).split("\n"))
    if done.returncode != 0:
        print(f"{args.page}: {what} failed ({done.returncode})\n{done.stdout}{done.stderr}")
    return done.returncode == 0


def compile_and_run(name, source, folder):
    path = folder / f"{name}.c"
    path.write_text(source)
    program = folder / name
    compiler = [args.cc, "-std=c11", "-Wall", "-Wno-unused", "-Werror", "-g", f'-DEXAMPLE_DATA="{DATA}"', path, "-o", program, *args.flags, "-lm"]
    if run(compiler, f"compiling {name}", folder) and run([program], f"running {name}", folder):
        return True
    if "snippet_0" in source: # the reader of the message cannot see what was put around it
        print("".join(f"{i:4} {l}\n" for i, l in enumerate(source.split("\n"), 1)))
    return False


def is_printed(line, code):
    """Do the lines of a ```text prints block appear in what was printed, in this order?"""
    rest = iter(printed)
    missing = next((l for l in code.split("\n") if l.strip() and l.strip() not in rest), None)
    if missing is not None:
        print(f"{args.page}:{line}: the code of the page does not print\n{missing}\nbut\n" + "\n".join(printed))
    return missing is None


programs, parts, scripts, expected, printed = [], [], [], [], []
for language, word, line, code in blocks(args.page.read_text()):
    if language == "c" and word != "text":
        if re.search(r"^int main\b", code, re.M):
            programs.append(at_line(line, code))
        else:
            parts.append((word, line, code))
    elif language == "text" and word == "prints":
        expected.append((line, code))
    elif language == "sh" and word == "run":
        scripts.append("\n".join(l[2:] for l in code.split("\n") if l.startswith("$ ")))
if parts:
    programs.append(story(parts))
if not programs and not scripts:
    sys.exit(SKIP)
with tempfile.TemporaryDirectory() as tmp:
    folder = pathlib.Path(tmp)
    ok = [compile_and_run(f"program_{i}", p, folder) for i, p in enumerate(programs)]
    ok += [is_printed(*e) for e in expected] if all(ok) else []
    ok += [run(["sh", "-e", "-c", s], "a sh block", os.getcwd()) for s in scripts]
sys.exit(not all(ok))
