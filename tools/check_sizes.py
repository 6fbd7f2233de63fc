#!/usr/bin/env python3
"""check_sizes.py BUILD - code and read-only data of each release library, against its budget.

A budget is raised in the commit that needs it, where a reviewer sees it.
"""
import pathlib
import subprocess
import sys

KIB = 1024
BUDGET = {
    "tensor-core": 96 * KIB,
    "coreops": 64 * KIB,
    "tensor": 96 * KIB,
    "io": 64 * KIB,
    "cpu": 6144 * KIB, # three ISA variants of every tuned kernel
    "gpu": 4096 * KIB, # embedded fatbins for every major architecture
    "internalops": 512 * KIB,
    "runtime": 512 * KIB,
    "ad": 160 * KIB,
    "einsum": 256 * KIB,
    "linalg": 512 * KIB,
    "fft": 512 * KIB,
}
over = False
print(f"{'library':<14}{'text':>10}{'budget':>10}")
for name, budget in BUDGET.items():
    for lib in pathlib.Path(sys.argv[1]).glob(f"lib{name}/libtsr-{name}.so"):
        out = subprocess.run(["size", lib], capture_output=True, text=True, check=True).stdout
        text = int(out.splitlines()[1].split()[0])
        over |= text > budget
        print(f"{name:<14}{text:>10}{budget:>10}{'  over' if text > budget else ''}")
sys.exit(over)
