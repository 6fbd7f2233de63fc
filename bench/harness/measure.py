"""measure.py - one case on all workers: inputs, first runs, checks, and then times in rounds."""
import contextlib
import math
import statistics
import subprocess
import sys
import time

from cases import output_bytes

LIMIT = 300 # seconds that one answer may take


def quantile(ns, q):
    return round(sorted(ns)[min(len(ns) - 1, int(q * len(ns)))], 1)


def summary(ns):
    at = lambda q: quantile(ns, q)
    return dict(median=round(statistics.median(ns), 1), q1=at(.25), q3=at(.75), n=len(ns))


def new_entry(case):
    return dict(group=case.group, program=case.program, dtype=case.dtype, inputs=case.inputs, when=case.when,
                source=case.source, elements=case.elements, missing={}, error={}, limit={}, times={}, peak={})


class Run:
    """Workers, a folder for inputs and outputs, and how much is measured."""

    def __init__(self, workers, checker, probe, folder, settings):
        self.workers, self.checker, self.probe = workers, checker, probe
        self.folder, self.settings, self.bandwidths, self.peaks = folder, settings, {}, {}

    # ---- before the clock runs ----

    def prepare(self, case, entry):
        """The workers whose first output is right."""
        first, line = self.workers[0], (case.dtype, case.text, *case.inputs)
        made = first.ask("inputs", self.folder, 1, case.dtype, *case.inputs, limit=LIMIT)
        if not made["ok"]:
            entry["wrong"] = f"no inputs: {made['why']}"
            return []
        # All prepare at once: nothing is timed yet.
        for w in [self.checker, *self.workers]:
            if w:
                w.send("case", self.folder, *line)
        if self.checker:
            known = self.checker.receive(LIMIT)
            if not known["ok"]:
                entry["unchecked"] = known["why"]
        answers = [(w, w.receive(LIMIT)) for w in self.workers]
        return [w for w, answer in answers if self.right(w, answer, entry)]

    def right(self, w, answer, entry):
        if not answer["ok"]:
            entry["missing"][w.name] = answer["why"]
            if w.name == "Tessera":
                entry["wrong"] = answer["why"]
            return False
        if w.name == "Tessera":
            entry.update(shape=answer["shape"], out=answer["dtype"],
                         peak=dict(predicted=answer["predicted"], measured=answer["peak"]))
            entry["heap_calls"] = max(entry.get("heap_calls", 0), answer["heap_calls"])
        elif answer.get("peak") is not None:
            entry["peak"][w.name] = answer["peak"]
        return self.checked(w, answer, entry)

    def checked(self, w, answer, entry):
        if not self.checker or "unchecked" in entry:
            return True
        got = self.checker.ask("compare", f"{self.folder}/{w.output}.out", answer["dtype"])
        if not got["ok"]:
            entry["unchecked"] = got["why"]
            return True
        entry["error"][w.name] = float(f"{got['error']:.3g}")
        if got["right"]:
            return True
        text = got.get("why", f"error {got['error']:.3g}, tolerance {got.get('tolerance', 0):.3g}")
        entry["missing"][w.name] = f"wrong output: {text}"
        if w.name == "Tessera":
            entry["wrong"] = text
        return False

    # ---- times ----

    def times(self, case, ready):
        """ns[worker][mode], pooled over rounds; who comes first changes from round to round."""
        jobs = [(w, mode) for w in ready for mode in case.modes]
        ns, spent, missing = {j: [] for j in jobs}, dict.fromkeys(jobs, 0), {}
        for r in range(self.settings.rounds):
            for job in jobs if r % 2 == 0 else jobs[::-1]:
                if job in missing or (r > 1 and spent[job] > self.settings.most_seconds):
                    continue
                start = time.monotonic()
                answer = job[0].ask("time", job[1], self.settings.seconds, self.settings.most, limit=LIMIT)
                spent[job] += time.monotonic() - start
                if answer["ok"]:
                    ns[job] += answer["ns"]
                    job[0].cpu += answer.get("cpu", 0)
                    job[0].wall += answer.get("wall", 0)
                else:
                    missing[job] = answer["why"]
        return ns, missing

    def bandwidth(self, read, written, threads):
        """Bytes per ns of the best loop of this kind near this footprint; each is measured once."""
        footprint = 1.25 ** round(math.log(max(read + written, 1), 1.25))
        kind = round(4 * read / (read + written)) / 4
        key = (footprint, kind, threads)
        if key not in self.bandwidths:
            answer = self.probe.ask("bandwidth", threads, footprint * kind, footprint * (1 - kind), self.settings.seconds / 2)
            self.bandwidths[key] = (answer["bytes_per_ns"], answer["loop"])
        return self.bandwidths[key]

    def limits(self, case, entry):
        """ns that the machine needs for the bytes alone."""
        read = sum(i.bytes() for i in case.parsed)
        written = output_bytes(entry["shape"], entry["out"])
        entry["bytes"] = [read, written]
        for n in sorted({w.threads for w in self.workers}):
            rate, loop = self.bandwidth(read, written, n)
            entry["limit"][str(n)] = dict(ns=round((read + written) / rate, 1), loop=loop)

    def measure(self, case):
        entry = new_entry(case)
        ready = self.prepare(case, entry)
        if "wrong" not in entry and not self.settings.check_only:
            if self.probe:
                self.limits(case, entry)
            ns, missing = self.times(case, ready)
            for (w, mode), found in ns.items():
                if found:
                    entry["times"].setdefault(w.name, {}).setdefault(str(w.threads), {})[mode] = summary(found)
            for (w, mode), why in missing.items():
                entry["missing"].setdefault(f"{w.name} {mode}", why)
        for w in self.workers:
            w.ask("drop")
        return entry


# ---- a busy machine ----

@contextlib.contextmanager
def hog(folder):
    """One process that computes without end."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"], cwd=folder)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def busy(run, case):
    """Times of one job with two threads, alone and beside a hog: medians and 99th percentiles."""
    worker = max((w for w in run.workers if w.name == "Tessera"), key=lambda w: w.threads)
    entry = new_entry(case)
    run.prepare(case, entry)
    if "wrong" not in entry and not run.settings.check_only:
        seconds = 20 * run.settings.seconds
        quiet = worker.ask("time", "into", seconds, 20000)
        with hog(run.folder):
            time.sleep(0.05)
            beside = worker.ask("time", "into", seconds, 20000)
        entry["busy"] = dict(threads=worker.threads, quiet=statistics.median(quiet["ns"]),
                             beside=statistics.median(beside["ns"]), p99=quantile(beside["ns"], .99))
    for w in run.workers:
        w.ask("drop")
    return entry
