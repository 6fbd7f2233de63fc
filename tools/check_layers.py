#!/usr/bin/env python3
"""check_layers.py [--build DIR] - no include and no link points the wrong way.

The table below is the architecture. Compared with it: every #include in
lib*/include and lib*/src, every DEPENDS in lib*/CMakeLists.txt and, with
--build, the NEEDED entries of every shared library built in DIR.
"""
import argparse
import collections
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FAMILIES = {"einsum", "linalg", "fft"}
BACKENDS = {"cpu", "gpu"}
NEEDS = {
    "tensor-core": [],
    "coreops": ["tensor-core"],
    "tensor": ["coreops"],
    "io": ["tensor"],
    "cpu": ["tensor"],
    "gpu": ["tensor"],
    "internalops": ["tensor"],
    "runtime": ["internalops"],
    "ad": ["runtime"],
    "einsum": ["runtime"],
    "linalg": ["runtime"],
    "fft": ["runtime"],
}
# Vendor headers and libraries, each behind exactly one of ours.
VENDOR = {
    "cpu": r"cblas|lapacke?|openblas|blas",
    "fft": r"fftw3\w*",
    "gpu": r"cuda\w*|cublas\w*|cufft\w*|cusolver\w*|nvrtc|nvml",
}
problems = []


def bad(where, what):
    problems.append(f"{where}: {what}")


def closure(name):
    """The library itself and everything below it."""
    seen = [name]
    for n in seen:
        seen += [d for d in NEEDS[n] if d not in seen]
    return set(seen)


def find_owners():
    """tsr/x.h -> library; a header of two libraries would overwrite itself when installed."""
    owners = {}
    for name in NEEDS:
        include = ROOT / f"lib{name}" / "include"
        for path in include.rglob("*"):
            if path.is_file():
                header = path.relative_to(include).as_posix()
                if header in owners:
                    bad(path.relative_to(ROOT), f"lib{owners[header]} has a {header} too")
                owners[header] = name
    return owners


def check_include(name, where, header, public, owners):
    if header.startswith("../") or "/../" in header:
        bad(where, f'"{header}" leaves its folder')
    for owner, pattern in VENDOR.items():
        if name != owner and re.fullmatch(rf"(.*/)?({pattern})\.h", header):
            bad(where, f"only lib{owner} may include {header}")
    if not header.startswith("tsr/"):
        return
    if public and header.endswith("_internal.h"):
        bad(where, f"a public header includes {header}")
    owner = owners.get(header)
    if owner is None:
        bad(where, f"no library has {header}")
    elif owner in closure(name):
        return
    elif name in FAMILIES and owner in BACKENDS and header == f"tsr/spi/{owner}.h":
        if public: # users of a family need not have installed the backend
            bad(where, f"{header} may be included from src only")
    else:
        bad(where, f"lib{name} may not include {header} of lib{owner}")


def check_includes(owners):
    for name in NEEDS:
        for part in ("include", "src"):
            for path in sorted((ROOT / f"lib{name}" / part).rglob("*")):
                if path.suffix not in (".c", ".h", ".inc", ".cu", ".cuh", ".def", ".cc"):
                    continue
                for i, line in enumerate(path.read_text().splitlines(), 1):
                    m = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
                    if m:
                        where = f"{path.relative_to(ROOT)}:{i}"
                        check_include(name, where, m.group(1), part == "include", owners)


def check_cmake():
    keywords = {"DEPENDS", "PRIVATE", "PKG", "SPI", "DEFINES", "EXCLUDE", "SOURCES", "TEST_DEPENDS"}
    for name in NEEDS:
        path = ROOT / f"lib{name}" / "CMakeLists.txt"
        if not path.exists():
            continue
        text = re.sub(r"#.*", "", path.read_text())
        m = re.search(r"tsr_library\(([^)]*)\)", text)
        given = collections.defaultdict(list)
        key = "name"
        for word in m.group(1).split() if m else []:
            if word in keywords or word.startswith("$"):
                key = word
            else:
                given[key].append(word)
        where = path.relative_to(ROOT)
        if given["name"] != [name]:
            bad(where, f"does not call tsr_library({name} ...)")
        if given["DEPENDS"] != NEEDS[name]:
            bad(where, f"DEPENDS is {given['DEPENDS']}, the architecture says {NEEDS[name]}")
        if given["SPI"] and (name not in FAMILIES or not set(given["SPI"]) <= BACKENDS):
            bad(where, "SPI is for families, and names backends")


def check_links(build):
    for name in NEEDS:
        for lib in sorted(build.glob(f"lib{name}/libtsr-{name}.so")):
            text = subprocess.run(["readelf", "-dW", lib], capture_output=True, text=True, check=True).stdout
            for needed in re.findall(r"\(NEEDED\).*\[lib([^\]]+?)\.so", text):
                if needed.startswith("tsr-") and needed[4:] not in closure(name):
                    bad(lib.name, f"links lib{needed}")
                for owner, pattern in VENDOR.items():
                    if name != owner and re.fullmatch(pattern, needed):
                        bad(lib.name, f"links lib{needed}; only lib{owner} may")


parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--build", type=pathlib.Path)
args = parser.parse_args()
check_includes(find_owners())
check_cmake()
if args.build:
    check_links(args.build)
print("\n".join(problems) or "layers: ok")
sys.exit(bool(problems))
