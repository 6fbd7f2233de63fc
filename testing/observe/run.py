#!/usr/bin/env python3
"""run.py WORK - what the environment asks a runtime to tell, read as a stranger would.

Runs WORK (work.c) with TSR_TRACE, TSR_LOG and TSR_DUMP set, and checks the files.
"""
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.dom.minidom


def run(work, **variables):
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("TSR_TRACE", "TSR_LOG", "TSR_DUMP"))}
    return subprocess.run([work], env={**clean, **variables}, capture_output=True, text=True)


def check(condition, what):
    if not condition:
        sys.exit(f"observe: {what}")


def check_profile(path, rows, facts, program):
    events = json.loads(path.read_text())
    of = collections.Counter(e["cat"] for e in events)
    for e in events:
        check(e["ph"] == "X" and e["ts"] >= 0 and e["dur"] >= 0, f"a malformed event: {e}")
    kernels = [e for e in events if e["cat"] == "kernel"]
    unknown = {e["args"]["kernel"] for e in kernels} - rows
    check(not unknown, f"kernels that are no rows: {unknown}")
    check(of["compile"] >= 4, f"compile passes: {of}")
    check(of["plan"] >= 1, f"plans: {of}")
    runs = [e for e in events if e["cat"] == "run" and e["args"]["program"] == program]
    check(len(runs) == facts["runs"], f"{len(runs)} runs, not {facts['runs']}")
    check(len({e["tid"] for e in runs}) == facts["threads"], "a row per thread")
    product = [e for e in kernels if e["name"] == "dot_general" and "512" in e["args"]["in"][0]]
    check(len(product) == facts["runs"], f"{len(product)} products, not {facts['runs']}")
    check(product[0]["args"]["out"] == ["f64[2, 2]"], f"shapes of {product[0]}")
    check(product[0]["args"]["bytes"] == 8 * (2 * 2 * 512 + 4), f"bytes of {product[0]}")
    eager = [e for e in kernels if e["name"] == "reduce_sum" and e["args"]["out"] == ["f64[]"]]
    check(len(eager) == facts["runs"], f"{len(eager)} eager sums, not {facts['runs']}")
    for tid in {e["tid"] for e in runs}:  # steps lie inside the run of their thread
        spans = [(e["ts"], e["ts"] + e["dur"]) for e in runs if e["tid"] == tid]
        for e in product:
            if e["tid"] == tid:
                check(any(a - 0.01 <= e["ts"] and e["ts"] + e["dur"] <= b + 0.01 for a, b in spans),
                      f"a step outside its run: {e}")


def check_log(text, rows):
    lines = text.splitlines()
    check(all(re.match(r"tsr (fold|fuse|lower|kernels|layout|memory): \S", line) for line in lines),
          "lines without topic")
    topics = {line.split()[1].rstrip(":") for line in lines}
    check(topics == {"fold", "fuse", "kernels", "layout", "memory"}, f"topics {topics}")
    chosen = {name for line in lines for name in re.findall(r"\): (\S+) \(priority", line)}
    refused = {name for line in lines for name in re.findall(r"\): not (\S+) \(priority", line)}
    check(chosen and refused, "no choice is explained")
    check(chosen | refused <= rows, f"no rows: {(chosen | refused) - rows}")
    check(any("rows of f64[n, 512]" in line for line in lines), "no region is explained")


def check_dumps(folder):
    names = {f.name for f in folder.iterdir()}
    for name in ["traced", "simplified", "folded", "optimised", "fused", "plan-1.lowered"]:
        for ending in ["txt", "dot", "svg"]:
            check(f"program-1.{name}.{ending}" in names, f"no program-1.{name}.{ending} in {sorted(names)}")
    check("fused" in (folder / "program-1.fused.txt").read_text(), "nothing is fused")
    check("fused" not in (folder / "program-1.optimised.txt").read_text(), "fused too early")
    check((folder / "program-1.fused.dot").read_text().startswith("digraph"), "no graph")
    xml.dom.minidom.parse(str(folder / "program-1.traced.svg"))
    steps = (folder / "program-1.plan-1.steps.txt").read_text()
    check(re.search(r"dot_general\(.*\) by cpu\.", steps), steps)
    check(not any(name.startswith("program-2") for name in names), f"too many: {sorted(names)}")


def main():
    work = sys.argv[1]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        dump = folder / "dump"
        dump.mkdir()
        asked = dict(TSR_TRACE=str(folder / "trace.json"), TSR_LOG="all", TSR_LOG_FILE=str(folder / "log"),
                     TSR_DUMP=str(dump))
        done = run(work, **asked)
        check(done.returncode == 0, done.stderr)
        check(done.stderr == "", f"printed, though there is a file: {done.stderr[:200]}")
        lines = [line.split() for line in done.stdout.splitlines()]
        rows = {rest[0] for kind, *rest in lines if kind == "kernel"}
        facts = {kind: int(rest[0]) for kind, *rest in lines if kind != "kernel"}
        check_profile(folder / "trace.json", rows, facts, 1)
        check_log((folder / "log").read_text(), rows)
        check_dumps(dump)

        run(work, **asked)  # a second process overwrites the profile, and numbers its programs on
        check_profile(folder / "trace.json", rows, facts, 2)
        check((dump / "program-2.fused.txt").exists(), "no second program")

        done = run(work, TSR_LOG="fuse,kernels")
        topics = {line.split()[1] for line in done.stderr.splitlines()}
        check(topics == {"fuse:", "kernels:"}, f"on stderr: {topics}")
        check(run(work).stderr == "", "a library printed unasked")
        for wrong in [dict(TSR_LOG="everything"), dict(TSR_TRACE="/nowhere/t.json"),
                      dict(TSR_LOG="all", TSR_LOG_FILE="/nowhere/log"), dict(TSR_DUMP="/nowhere"),
                      dict(TSR_LOG=","), dict(TSR_LOG="%s%n%s"), dict(TSR_TRACE=name), dict(TSR_DUMP="/dev/null")]:
            done = run(work, **wrong)
            check(done.returncode == 1 and f"reading {list(wrong)[0]}" in done.stderr or
                  "TSR_LOG_FILE" in done.stderr, f"{wrong}: {done.stderr}")


main()
