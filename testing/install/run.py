#!/usr/bin/env python3
"""run.py MODE --build DIR - install the build and use it as a stranger would.

  pkgconfig  build the consumers by pkg-config alone, shared and static
  cmake      the same by find_package(tsr COMPONENTS ...)
  moved      both again, after the installed tree was moved
  usr        configure for /usr and a multiarch libdir, install into a DESTDIR,
             and build against it through PKG_CONFIG_SYSROOT_DIR
  subproject not installed at all: add_subdirectory

Besides the table below, one C and one C++ consumer per library are made up: they
include all its headers and, linked statically, pull in all its objects, so that
a missing private dependency shows.
"""
import argparse
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

# source, libraries it includes and links (as in pkg-config, without tsr-), exit code
CONSUMERS = [
    ("testing/install/core.c", ["coreops"], 0),
    ("testing/install/core.cc", ["coreops"], 0),
    ("examples/plain.c", ["cpu", "runtime", "einsum", "linalg"], 0),
    ("examples/program.c", ["ad", "cpu", "runtime"], 0),
    ("testing/install/program.cc", ["ad", "cpu", "runtime"], 0),
    ("examples/extension.c", ["ad", "cpu", "runtime"], 0),
]
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def sh(command, expect=0, **kw):
    """Run; show the command and its output when it does not end as expected."""
    kw.setdefault("env", os.environ)
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **kw)
    if done.returncode != expect:
        print("$", shlex.join(str(c) for c in command))
        print(done.stdout)
        sys.exit(f"exit {done.returncode}, expected {expect}")
    return done.stdout


class Consumer:
    def __init__(self, source, libs, expect, whole=False):
        self.source, self.libs, self.expect, self.whole = pathlib.Path(source), libs, expect, whole
        self.cxx = self.source.suffix == ".cc"
        self.name = re.sub(r"\W", "_", self.source.name)


def consumers(installed, folder):
    """The table's rows that can be built here, and the made-up ones."""
    for source, libs, expect in CONSUMERS:
        missing = [l for l in libs if l not in installed]
        if missing or not (ROOT / source).exists():
            print(f"skipped: {source}", f"(no {' '.join(missing)})" if missing else "(no such file)")
        else:
            yield Consumer(ROOT / source, libs, expect)
    for lib in installed:
        include = ROOT / f"lib{lib}" / "include"
        headers = sorted(h.relative_to(include).as_posix() for h in include.rglob("*.h"))
        text = "".join(f"#include <{h}>\n" for h in headers) + "int main(void) { return 0; }\n"
        for ext in ("c", "cc"):
            path = folder / f"all_of_{lib}.{ext}"
            path.write_text(text)
            yield Consumer(path, [lib], 0, whole=True)


def pkg_config(libs, *options, **env):
    names = [f"tsr-{l}" for l in libs]
    return shlex.split(sh(["pkg-config", *options, *names], env={**os.environ, **env}))


def static_form(flags, whole):
    """-ltsr-x picks the shared library where both are; name the archive instead."""
    out = []
    for f in flags:
        m = re.fullmatch(r"-l(tsr-.*)", f)
        archive = [f"-l:lib{m.group(1)}.a"] if m else [f]
        if m and whole == m.group(1):
            archive = ["-Wl,--whole-archive", *archive, "-Wl,--no-whole-archive"]
        out += archive
    return out


def compiler(args, c):
    return [args.cxx, "-std=c++17"] if c.cxx else [args.cc, "-std=c11"]


def needed(program):
    return re.findall(r"NEEDED.*\[(libtsr-.*?)\]", sh(["readelf", "-dW", program]))


def by_pkg_config(args, cs, libdir, folder, kinds=("shared", "static"), **env):
    env.setdefault("PKG_CONFIG_PATH", f"{libdir}/pkgconfig")
    for c in cs:
        for kind in kinds:
            program = folder / f"{c.name}_{kind}"
            flags = pkg_config(c.libs, "--cflags", "--libs", *(["--static"] if kind == "static" else []), **env)
            if kind == "static":
                flags = static_form(flags, c.whole and f"tsr-{c.libs[0]}")
            warnings = ["-Wall", "-Wextra", "-Werror"]
            sh([*compiler(args, c), *warnings, c.source, *flags, f"-Wl,-rpath,{libdir}", "-o", program])
            if kind == "static" and needed(program):
                sys.exit(f"{program.name} is not static: it needs {needed(program)}")
            sh([program], expect=c.expect, cwd=folder)
            print(f"ok: pkg-config, {kind}: {c.source.name}")


def by_cmake(cs, installed, prefix, folder):
    source = folder / "project"
    source.mkdir()
    text = ["cmake_minimum_required(VERSION 3.21)", "project(consumer C CXX)",
            "set(CMAKE_C_STANDARD 11)", "set(CMAKE_CXX_STANDARD 17)",
            f"find_package(tsr 0.1 REQUIRED COMPONENTS {' '.join(installed)})"]
    for c in cs:
        for kind, suffix in (("shared", ""), ("static", "_static")):
            links = " ".join(f"tsr::{l.replace('-', '_')}{suffix}" for l in c.libs)
            text += [f"add_executable({c.name}_{kind} {c.source})",
                     f"target_link_libraries({c.name}_{kind} PRIVATE {links})"]
    (source / "CMakeLists.txt").write_text("\n".join(text) + "\n")
    sh(["cmake", "-G", "Ninja", "-S", source, "-B", source / "build", f"-DCMAKE_PREFIX_PATH={prefix}"])
    sh(["cmake", "--build", source / "build"])
    for c in cs:
        for kind in ("shared", "static"):
            program = source / "build" / f"{c.name}_{kind}"
            if (kind == "static") == bool(needed(program)) and not c.whole:
                sys.exit(f"{program.name} needs {needed(program)}")
            sh([program], expect=c.expect, cwd=source)
            print(f"ok: cmake, {kind}: {c.source.name}")
    unknown_component(prefix, folder)


def unknown_component(prefix, folder):
    source = folder / "unknown"
    source.mkdir()
    (source / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.21)\nproject(consumer C)\n"
        "find_package(tsr REQUIRED COMPONENTS tensor-core abacus)\n")
    said = sh(["cmake", "-S", source, "-B", source / "build", f"-DCMAKE_PREFIX_PATH={prefix}"], expect=1)
    if 'no component "abacus"' not in " ".join(said.split()):
        sys.exit(f"an unknown component is not explained:\n{said}")
    print("ok: cmake: an unknown component is explained")


def libdir_of(prefix):
    found = list(prefix.rglob("pkgconfig"))
    if len(found) != 1:
        sys.exit(f"no single pkgconfig folder below {prefix}: {found}")
    return found[0].parent


def installed_libs(libdir):
    names = sorted(p.stem[4:] for p in (libdir / "pkgconfig").glob("tsr-*.pc"))
    if not names:
        sys.exit("nothing was installed")
    return names


def check_contents(prefix, libdir, installed):
    for name in installed:
        for f in (f"libtsr-{name}.so", f"libtsr-{name}.a", f"cmake/tsr/tsr-{name}-targets.cmake"):
            if not (libdir / f).exists():
                sys.exit(f"{f} is not installed")
    for header in (prefix / "include").rglob("*.h"):
        if "test" in header.name or header.name.endswith("_internal.h"):
            sys.exit(f"{header} should not be installed")
    # A path of the build or of this prefix would break when the tree moves.
    for text in [*(libdir / "pkgconfig").glob("tsr-*"), *(libdir / "cmake/tsr").glob("*")]:
        for path in (str(ROOT), str(prefix)):
            if path in text.read_text():
                sys.exit(f"{text.name} contains {path}")


def check_command(prefix):
    """tsr links the shared libraries, finds them where the tree is now, and all of them work."""
    program = prefix / "bin" / "tsr"
    if not needed(program):
        sys.exit("tsr does not link the shared libraries")
    sh([program, "info"], cwd=prefix)
    print("ok: tsr info")


def usr(args, folder):
    """What a distribution does."""
    multiarch = "lib/x86_64-linux-gnu"
    build, root = args.build / "usr", folder / "root"
    sh(["cmake", "-G", "Ninja", "-S", ROOT, "-B", build, "-DCMAKE_BUILD_TYPE=None", "-DTSR_TESTS=OFF",
        "-DTSR_PROGRAMS=OFF", "-DCMAKE_INSTALL_PREFIX=/usr", f"-DCMAKE_INSTALL_LIBDIR={multiarch}"])
    sh(["cmake", "--build", build])
    sh(["cmake", "--install", build], env={**os.environ, "DESTDIR": str(root)})
    libdir = root / "usr" / multiarch
    installed = installed_libs(libdir)
    check_contents(root / "usr", libdir, installed)
    # With a sysroot, pkg-config must still see the system's own modules.
    system = sh(["pkg-config", "--variable", "pc_path", "pkg-config"]).strip()
    by_pkg_config(args, consumers(installed, folder), libdir, folder, kinds=("shared",),
                  PKG_CONFIG_SYSROOT_DIR=str(root), PKG_CONFIG_LIBDIR=f"{libdir}/pkgconfig:{system}", PKG_CONFIG_PATH="")
    # The same libdir given as an absolute path makes the same files.
    absolute = folder / "absolute"
    sh(["cmake", "-G", "Ninja", "-S", ROOT, "-B", absolute, "-DTSR_TESTS=OFF", "-DTSR_PROGRAMS=OFF",
        "-DCMAKE_INSTALL_PREFIX=/usr", f"-DCMAKE_INSTALL_LIBDIR=/usr/{multiarch}"])
    for pc in build.rglob("tsr-*.pc"):
        if pc.read_text() != (absolute / pc.relative_to(build)).read_text():
            sys.exit(f"{pc.name} differs when the libdir is absolute")
    print("ok: /usr with a multiarch libdir, relative and absolute")


def subproject(args, folder):
    (folder / "main.c").write_text("#include <tsr/status.h>\nint main(void) { return tsr_status_name(TSR_OK)[0] != 'O'; }\n")
    (folder / "CMakeLists.txt").write_text(
        f"cmake_minimum_required(VERSION 3.21)\nproject(consumer C CXX)\nadd_subdirectory({ROOT} tsr EXCLUDE_FROM_ALL)\n"
        "foreach(kind tensor_core tensor_core_static)\n"
        "  add_executable(main_${kind} main.c)\n  target_link_libraries(main_${kind} PRIVATE tsr::${kind})\nendforeach()\n")
    sh(["cmake", "-G", "Ninja", "-S", folder, "-B", folder / "build", f"-DCMAKE_C_COMPILER={args.cc}", f"-DCMAKE_CXX_COMPILER={args.cxx}"])
    sh(["cmake", "--build", folder / "build"])
    for kind in ("tensor_core", "tensor_core_static"):
        sh([folder / "build" / f"main_{kind}"])
    if (folder / "build" / "CTestTestfile.cmake").exists():
        sys.exit("a subproject registers its tests")
    print("ok: add_subdirectory")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=["pkgconfig", "cmake", "moved", "usr", "subproject"])
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--cc", default="cc")
    parser.add_argument("--cxx", default="c++")
    args = parser.parse_args()
    for key in ("DESTDIR", "PKG_CONFIG_SYSROOT_DIR", "LD_LIBRARY_PATH"):
        os.environ.pop(key, None)
    with tempfile.TemporaryDirectory() as tmp:
        folder = pathlib.Path(tmp)
        if args.mode in ("usr", "subproject"):
            {"usr": usr, "subproject": subproject}[args.mode](args, folder)
            return
        prefix = folder / "prefix"
        sh(["cmake", "--install", args.build, "--prefix", prefix])
        check_contents(prefix, libdir_of(prefix), installed_libs(libdir_of(prefix)))
        if args.mode == "moved":
            (folder / "else").mkdir()
            shutil.move(prefix, folder / "else" / "where")
            prefix = folder / "else" / "where"
        check_command(prefix)
        libdir = libdir_of(prefix)
        installed = installed_libs(libdir)
        cs = list(consumers(installed, folder))
        if args.mode != "cmake":
            by_pkg_config(args, cs, libdir, folder)
        if args.mode != "pkgconfig":
            by_cmake(cs, installed, prefix, folder)


main()
