#!/usr/bin/env python3
"""values_surface.py - write calls with arbitrary arguments of every function of a builder.

usage: values_surface.py OUT.c CALLED.c... -- HEADER.h...

A function of a public header whose first parameter is a tsr_builder * gets a call, with one
any_<type> of values.h for each further parameter, unless a file CALLED.c calls it by hand. One
that has a parameter for which there is no any_<type> must be called by hand: otherwise this
fails, so a new function is covered or the build says which is not.
"""

import re
import sys
from pathlib import Path

# Types of parameters; enumerations are found in the headers.
MAKERS = {
    "tsr_value": "any_value",
    "tsr_values": "any_values",
    "tsr_axes": "any_axes",
    "tsr_shape": "any_shape",
    "tsr_dim": "any_dim",
    "tsr_dtype": "any_dtype",
    "int64_t": "any_size",
    "uint64_t": "any_word",
    "double": "any_number",
    "const char *": "any_text",
    "const tsr_dot_general_attrs *": "any_dot_general",
    "const tsr_gather_attrs *": "any_gather",
    "const tsr_scatter_attrs *": "any_scatter",
    "const tsr_triangular_options *": "any_triangular",
}
RESULTS = 64  # of a function that fills an array


def declarations(text):
    """(result, name, [(type, name)]) of every public function."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    for result, name, rest in re.findall(
            r"TSR_API\s+((?:const\s+)?\w+(?:\s+\w+)?[\s*]+)(tsr_\w+)\(([^;{}]*?)\)\s*;", text):
        result = " ".join(result.replace("TSR_NODISCARD", "").split())
        parameters = []
        for p in " ".join(rest.split()).split(", "):
            found = re.fullmatch(r"(.*?[\s*])(\w+)", p)
            parameters.append((found[1].strip(), found[2]) if found else (p, ""))
        yield result, name, parameters


def structs_of_values(text):
    """Names of structs that hold nothing but values."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    for body, name in re.findall(r"typedef struct \w+ \{([^{}]*)\} (tsr_\w+);", text):
        fields = [f.split() for f in body.split(";") if f.strip()]
        if fields and all(f[0] == "tsr_value" for f in fields):
            yield name


class Headers:
    def __init__(self, paths):
        text = "\n".join(Path(p).read_text() for p in paths)
        self.includes = [p[p.index("/tsr/") + 1:] for p in paths]
        self.functions = [d for d in declarations(text) if d[2][0][0] == "tsr_builder *"]
        self.n_promised = len(re.findall(r"^TSR_API[^;]*?\(tsr_builder \*", text, flags=re.M))
        self.enums = set(re.findall(r"typedef enum (tsr_\w+)", text)) - {"tsr_dtype"}
        self.structs = set(structs_of_values(text))

    def argument(self, kind):
        if kind in MAKERS:
            return f"{MAKERS[kind]}(p)"
        if kind in self.enums:
            return f"({kind})any_enum(p)"
        return None


def written(h, result, name, parameters):
    """The lines of a function that makes the call; a string when it cannot be made."""
    lines, names, room = [], [], False
    for kind, argument in parameters[1:]:
        argument = f"a_{argument}"
        names.append(argument)
        if kind == "tsr_value *":
            lines.append(f"  tsr_value {argument}[{RESULTS}] = {{{{0}}}};")
            room = argument
        elif kind in h.structs:
            lines += [f"  {kind} {argument};",
                      f"  any_values_in(p, &{argument}, sizeof {argument});"]
        elif h.argument(kind):
            lines.append(f"  {kind} {argument} = {h.argument(kind)};")
        else:
            return f"no any_<type> for '{kind} {argument}'"
    call = f"{name}({', '.join(['p->b'] + names)})"
    if result == "tsr_value":
        lines.append(f"  keep_one(p, {call});")
    elif result in h.structs:
        lines += [f"  const {result} z = {call};", "  keep_all(p, &z, sizeof z);"]
    elif result == "tsr_status" and room:
        lines += [f"  (void){call};", f"  keep_all(p, {room}, 3 * sizeof *{room});"]
    else:
        return f"nothing is done with its {result}"
    return [f"static void call_{name}(play *p) {{"] + lines + ["}", ""]


def main(arguments):
    cut = arguments.index("--")
    out, by_hand = arguments[0], "".join(Path(p).read_text() for p in arguments[1:cut])
    h = Headers(arguments[cut + 1:])
    if len(h.functions) != h.n_promised:
        sys.exit(f"{h.n_promised} functions take a builder, {len(h.functions)} were understood")
    lines = ["/* Written by values_surface.py. */", '#include "values.h"', ""]
    lines += [f'#include "{i}"' for i in h.includes] + [""]
    table, missing = [], []
    for result, name, parameters in h.functions:
        if re.search(rf"\b{name}\b", by_hand):
            continue
        body = written(h, result, name, parameters)
        if isinstance(body, str):
            missing.append(f"{name}: {body}; call it by hand")
        else:
            lines += body
            table.append(f'    {{call_{name}, "{name}"}},')
    if missing or not table:
        sys.exit("\n".join(missing or ["no functions found"]))
    lines += ["const values_function values_surface[] = {"] + table + ["};"]
    lines.append("const size_t values_surface_n = sizeof values_surface / sizeof *values_surface;")
    Path(out).write_text("\n".join(lines) + "\n")


main(sys.argv[1:])
