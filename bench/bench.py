#!/usr/bin/env python3
"""bench.py quick|full|check|report|sums - measure Tessera and its peers; see README.md.

  quick    the cases marked quick, in less than 15 minutes
  full     all of them
  check    first runs and checks only: nothing is timed
  report   write the report anew from the results
  sums     write bench/cases/SHA256SUMS anew, after a list was changed on purpose
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

BENCH = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(BENCH / "harness"))
import cases # noqa: E402
import calls # noqa: E402
import machine # noqa: E402
import measure # noqa: E402
import report # noqa: E402
import workers # noqa: E402
from progress import Progress # noqa: E402


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("what", choices=["quick", "full", "check", "report", "sums"])
    p.add_argument("--only", action="append", metavar="GROUP", help="only this group; may be repeated")
    p.add_argument("--case", metavar="REGEX", help="only cases whose line matches")
    p.add_argument("--list", type=pathlib.Path, help="cases of this file instead; the group is its name")
    p.add_argument("--peers", help="only these, e.g. torch,numpy,loops; none: no peer")
    p.add_argument("--threads", default="1,2", help="numbers of threads (1,2)")
    p.add_argument("--rounds", type=int, help="how often everyone has a turn with a case")
    p.add_argument("--seconds", type=float, help="per turn")
    p.add_argument("--host", default=machine.host_name(), help="name of the results (%(default)s)")
    p.add_argument("--results", type=pathlib.Path, default=BENCH / "results")
    p.add_argument("--binaries", type=pathlib.Path, default=BENCH.parent / "build/release/bench")
    p.add_argument("--python", default=os.environ.get("TSR_BENCH_PYTHON", sys.executable), help="for the peers")
    a = p.parse_args()
    quick = a.what != "full"
    a.rounds = a.rounds or (3 if quick else 7)
    a.seconds = a.seconds or (0.015 if quick else 0.05)
    a.most, a.most_seconds = (100, 0.6) if quick else (200, 4)
    a.check_only = a.what == "check"
    processors = len(os.sched_getaffinity(0))
    a.threads = [n for n in map(int, a.threads.split(",")) if n <= processors]
    a.peers = a.peers.split(",") if a.peers else None
    return a


def with_numpy(python):
    """The Python that checks: the peers' own, or Debian's."""
    for p in (python, "python3", "/usr/bin/python3"):
        if subprocess.run([p, "-c", "import numpy"], capture_output=True).returncode == 0:
            return p
    return None


def start(a, folder):
    here, sentences = workers.start_all(workers.all_workers(a.python, a.binaries.resolve(), a.threads, a.peers, folder))
    if not here or here[0].name != "Tessera":
        sys.exit("bench: " + " ".join(sentences))
    python, checker = with_numpy(a.python), None
    if python:
        checker = workers.Worker("checker", [python, BENCH / "peers/checker.py"], 1, folder=folder)
        checker.start(greets=True)
    else:
        sentences.append("There is no Python with NumPy here: outputs are not checked.")
    probe = None
    if (a.binaries / "probe").exists():
        probe = workers.Worker("probe", [a.binaries.resolve() / "probe"], 1, folder=folder)
        probe.start(greets=False)
    else:
        sentences.append("There is no probe here: limits are not known.")
    return measure.Run(here, checker, probe, folder, a), sentences


def about(run, sentences):
    """Versions and threads as the processes tell them, and the speed of multiply-adds."""
    told = {}
    for w in run.workers:
        answer = w.ask("about")
        told.setdefault(w.name, {k: v for k, v in answer.items() if k not in ("ok", "threads")})
        if "threads" in answer and answer["threads"] != w.threads:
            sentences.append(f"{w.name} uses {answer['threads']} threads where {w.threads} were asked for.")
    flops = {f"{t} {n}": run.probe.ask("flops", n, t, 0.05)["flops_per_ns"]
             for t in ("f32", "f64") for n in sorted({w.threads for w in run.workers}) if run.probe}
    return told, flops


def merged(path, new):
    """Results of before, with those of now in their place."""
    old = json.loads(path.read_text()) if path.exists() else {}
    out = {**old, **new}
    out["cases"] = {**old.get("cases", {}), **new["cases"]}
    if not new.get("calls"):
        out["calls"] = old.get("calls", [])
    return out


def lines_of(results):
    """JSON with a line per case, so that a difference can be read."""
    rest = {k: v for k, v in results.items() if k != "cases"}
    rows = ",\n".join(f"  {json.dumps(k)}: {json.dumps(e)}" for k, e in sorted(results["cases"].items()))
    return json.dumps(rest, indent=1)[:-2] + ',\n "cases": {\n' + rows + "\n }\n}\n"


def save(a, found):
    if not a.check_only:
        path = a.results / f"{a.host}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(lines_of(merged(path, found)))


def measure_all(a, run, chosen, keep):
    """keep(entries) now and then, so that a run that is stopped leaves what it has."""
    entries, bar, kept = {}, Progress(chosen), time.monotonic()
    stamp = dict(commit=machine.commit(BENCH.parent), date=time.strftime("%Y-%m-%d %H:%M", time.gmtime()))
    for c in chosen:
        bar.begin(c)
        entry = measure.busy(run, c) if c.group == "busy" else run.measure(c)
        entries[c.key] = {**entry, **stamp}
        bar.end(entry)
        if time.monotonic() - kept > 20:
            keep(entries)
            kept = time.monotonic()
    bar.close()
    return entries


def sweep(a, folder):
    chosen, sentence = cases.select(a.what == "full", a.only, a.case, a.list)
    changed = [] if a.list else cases.verify()
    if changed:
        sys.exit(f"bench: not the lists of SHA256SUMS: {', '.join(changed)}; if they were meant to change, "
                 "run ./dev bench sums")
    run, sentences = start(a, folder)
    sentences += [sentence] if sentence else []
    for s in sentences:
        print(s, file=sys.stderr)
    told, flops = about(run, sentences)
    found = dict(host=a.host, machine=machine.description(), peers=told, flops=flops, sums=cases.sums(),
                 sentences=sentences)
    found["cases"] = measure_all(a, run, chosen, lambda entries: save(a, {**found, "cases": entries}))
    wants_calls = not (a.check_only or a.case or a.list) and (not a.only or "calls" in a.only)
    if wants_calls:
        found["calls"] = calls.measure(a)
    found["cores"] = {f"{w.name} {w.threads}": round(w.cpu / w.wall, 2) for w in run.workers if w.wall}
    for w in [*run.workers, run.probe, run.checker]:
        if w:
            w.stop()
    return found


def room():
    """A folder in memory; those of runs that were killed go."""
    memory = pathlib.Path("/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir())
    for old in memory.glob("tsr-bench-*"):
        if not pathlib.Path("/proc", old.name.split("-")[2]).exists():
            shutil.rmtree(old, ignore_errors=True)
    return tempfile.TemporaryDirectory(prefix=f"tsr-bench-{os.getpid()}-", dir=memory)


def main():
    a = arguments()
    if a.what == "sums":
        cases.write_sums()
        return 0
    path = a.results / f"{a.host}.json"
    if a.what != "report":
        signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench: stopped"))
        with room() as folder:
            found = sweep(a, folder)
        wrong = {k: e["wrong"] for k, e in found["cases"].items() if "wrong" in e}
        for key, why in wrong.items():
            print(f"WRONG: {key}: {why}", file=sys.stderr)
        if a.check_only:
            print(f"{len(found['cases'])} cases, {len(wrong)} wrong")
            return bool(wrong)
        save(a, found)
    results = json.loads(path.read_text())
    print(report.write(results, a.results))
    return any("wrong" in e for e in results["cases"].values())


if __name__ == "__main__":
    sys.exit(main())
