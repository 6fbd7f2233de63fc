#!/usr/bin/env python3
"""nulls.py - write test_nulls.c: every function of the public headers, called with nothing.

usage: nulls.py OUT.c HEADER.h...

Handles (pointers to structs that the headers do not show) and functions are NULL, texts are NULL,
numbers 0, lists empty, buffers for text there, and what a pointer to anything else points at is 0.
Then a function that takes a handle and gives a status refuses with a message; all the others give
back something.
"""

import re
import sys
from pathlib import Path

# Not called, because:
LEFT_OUT = {
    "tsr_object_create": "a class is a part of the program, as code is",
    "tsr_error_raise": "an error is a copy of a record, and 0 is none",
    "tsr_attr_copy": "as tsr_object_create",
    "tsr_attr_resolve": "as tsr_object_create",
    "tsr_alloc": "0 bytes are a block, which somebody must free",
    "tsr_arena_alloc": "as tsr_alloc",
    "tsr_arena_copy": "as tsr_alloc",
    "tsr_dim_space_create": "nothing is missing: it would make one",
    "tsr_runtime_create": "no layers are a runtime, which somebody must release",
    "tsr_allocator_set": "NULL means the default: tested with the allocator",
    "tsr_dim_check_asserted": "takes sizes of symbols, without which there is nothing to check",
}
# NULL is no mistake: no error to latch, or constants, which need no space.
CONTENT = {"tsr_builder_fail", "tsr_dim_add", "tsr_dim_sub", "tsr_dim_mul", "tsr_dim_max",
           "tsr_dim_min", "tsr_dim_space_assert", "tsr_dim_bind"}


def bare(text):
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


def declarations(text):
    for result, name, rest in re.findall(r"^TSR_API\s+([^;{]*?)\b(tsr_\w+)\(([^;{]*?)\)\s*;", text,
                                         flags=re.M):
        result = " ".join(w for w in result.split() if not w.startswith("TSR_"))
        parameters = [" ".join(p.split()) for p in rest.split(",")]
        if "..." not in rest:
            yield result, name, [] if parameters == ["void"] else parameters


def written(result, name, parameters, shown):
    """The lines of a function that makes the call."""
    lines, arguments, handles = [], [], 0
    for i, parameter in enumerate(parameters):
        kind, own = re.fullmatch(r"(.*?[\s*])(\w+)", parameter).groups()
        kind = kind.strip()
        base = re.sub(r"\b(const|struct)\b|\*", "", kind).strip()
        if kind.endswith("*") and kind.count("*") == 1 and base[:4] == "tsr_" and base not in shown:
            handles += 1
            arguments.append("NULL")
        elif own == "buffer":
            arguments.append("text")
        elif own == "size" and arguments and arguments[-1] == "text":
            arguments.append("sizeof text")
        elif kind.endswith("*") and base not in ("char", "void", "FILE") or kind.count("*") > 1:
            arguments.append("(void *)room")
        else:
            lines.append(f"  static {kind} a{i};")
            arguments.append(f"a{i}")
    call = f"{name}({', '.join(arguments)})"
    lines.append(f'  begin("{name}");')
    if result == "tsr_status" and handles and name not in CONTENT:
        lines.append(f"  refused({call});")
    elif result == "tsr_status":
        lines.append(f"  any_status({call});")
    else:
        lines.append(f"  (void){call};")
    return [f"static void call_{name}(void) {{"] + lines + ["}", ""]


def main(out, headers):
    text = "\n".join(bare(Path(h).read_text()) for h in headers)
    shown = set(re.findall(r"(?:struct|enum|union) (\w+) \{", text))
    shown |= set(re.findall(r"TSR_LIST_TYPE\([^,]*, (\w+)\)", text))
    lines = ["/* Written by nulls.py. */", '#include "nulls.h"', ""]
    lines += [f'#include "{h[h.index("/tsr/") + 1:]}"' for h in headers] + [""]
    names = []
    for result, name, parameters in declarations(text):
        if name not in LEFT_OUT:
            lines += written(result, name, parameters, shown)
            names.append(name)
    for name in re.findall(r"^TSR_OBJECT_DECLARE\((tsr_\w+)\)", text, flags=re.M):
        lines += [f"static void call_{name}(void) {{", f'  begin("{name}");',
                  f"  {name}_release({name}_retain(NULL));", "}", ""]
        names.append(name)
    if len(names) < 100:
        sys.exit(f"only {len(names)} functions were found")
    lines += ["void (*const nulls_calls[])(void) = {"] + [f"    call_{n}," for n in names]
    lines += ["};", "const size_t nulls_n = sizeof nulls_calls / sizeof *nulls_calls;"]
    Path(out).write_text("\n".join(lines) + "\n")


main(sys.argv[1], sys.argv[2:])
