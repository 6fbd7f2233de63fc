"""machine.py - what the machine is called, and what it is."""
import os
import pathlib
import platform
import re
import subprocess


def cpuinfo():
    try:
        text = pathlib.Path("/proc/cpuinfo").read_text().split("\n\n")[0]
    except OSError:
        return {}
    return {k.strip(): v.strip() for k, _, v in (line.partition(":") for line in text.splitlines())}


def generation(info):
    """Of the processors that hide it in their name (virtual machines do)."""
    try:
        family, model = int(info["cpu family"]), int(info["model"])
    except (KeyError, ValueError):
        return ""
    if info.get("vendor_id") != "AuthenticAMD":
        return ""
    if family == 25:
        return "zen4" if 0x10 <= model <= 0x1f or 0x60 <= model <= 0xaf else "zen3"
    return {23: "zen2", 26: "zen5"}.get(family, "")


def host_name():
    info = cpuinfo()
    model = re.sub(r"\(.*?\)|\bcpu\b|processor|\d+-core|@.*|with .*", "", info.get("model name", platform.machine()).lower())
    words = re.findall(r"[a-z0-9]+", model) + [generation(info), f"{len(os.sched_getaffinity(0))}c"]
    return "-".join(dict.fromkeys(w for w in words if w))


def output_of(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def commit(root):
    text = output_of("git", "-C", str(root), "rev-parse", "--short", "HEAD")
    changed = output_of("git", "-C", str(root), "status", "--porcelain", "--untracked-files=no")
    return text + (" with changes" if changed else "")


def description():
    caches = {}
    for index in sorted(pathlib.Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        kind = (index / "type").read_text().strip()
        if kind != "Instruction":
            caches["L" + (index / "level").read_text().strip()] = (index / "size").read_text().strip()
    memory = re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text())
    return dict(processor=cpuinfo().get("model name", platform.machine()), generation=generation(cpuinfo()),
                processors=len(os.sched_getaffinity(0)), caches=caches,
                memory_gib=round(int(memory[1]) / 2**20, 1) if memory else None,
                system=platform.platform(terse=True), compiler=output_of("gcc", "--version").split("\n")[0],
                load_before=os.getloadavg()[0])
