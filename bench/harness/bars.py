"""bars.py - what issue 4 asks for, as a table, and whether a result reaches it.

A ratio is time(peer) / time(Tessera): above 1 Tessera is faster. A bar about a ratio is also
met where Tessera needs at most 1 / 0.85 of the time that the machine needs for the bytes.
"""
import dataclasses
import math

NEAR_LIMIT = 0.85
LARGE = 200_000 # elements


@dataclasses.dataclass
class Row:
    """One case with one number of threads in one mode."""
    entry: dict
    threads: str
    mode: str

    @property
    def ours(self):
        return self.entry["times"]["Tessera"][self.threads][self.mode]["median"]

    @property
    def of_limit(self):
        limit = self.entry["limit"].get(self.threads)
        return limit["ns"] / self.ours if limit else None

    def peer(self, name):
        """The peer's time: into an output it may also use what it has for fresh ones."""
        times = self.entry["times"].get(name, {})
        # loops on small arrays are not for two threads, and NumPy has only one
        found = [times[t] for t in {self.threads, "1"} if t in times] if name in ("C loop", "NumPy") else \
            [times[self.threads]] if self.threads in times else []
        modes = ("fresh", "into") if self.mode == "into" else ("into",) if name == "C loop" else (self.mode,)
        all_times = [t[m]["median"] for t in found for m in modes if m in t]
        return min(all_times, default=None)

    def ratio(self, name):
        if name == "limit":
            return self.of_limit
        theirs = self.peer(name)
        return theirs / self.ours if theirs else None

    @property
    def label(self):
        e = self.entry
        return f"{e['program']} {e['dtype']} {' '.join(e['inputs'])}"


def rows(results, group):
    found = []
    for e in results["cases"].values():
        if e["group"] == group and "Tessera" in e["times"]:
            found += [Row(e, t, m) for t, modes in e["times"]["Tessera"].items() for m in modes]
    return found


def geomean(values):
    values = [v for v in values if v]
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None


# ---- values of a row that are no ratio to a peer ----

def fresh_of_into(row):
    """How much of the speed into an output is left with a fresh one."""
    into = row.entry["times"]["Tessera"][row.threads].get("into")
    return into["median"] / row.ours if into and row.mode == "fresh" else None


def one_thread(row):
    one = row.entry["times"]["Tessera"].get("1", {}).get(row.mode)
    return one["median"] / row.ours if one and row.threads == "2" else None


def gigabytes(row):
    return sum(row.entry["bytes"]) / row.ours


def ten_ms(row):
    return 1e7 / row.ours if "1000" in row.entry["program"] else None


@dataclasses.dataclass
class Bar:
    group: str
    text: str
    value: object          # a peer's name, "limit", or a function of a row
    least: float
    geomean: bool = False  # over all rows, else for each
    where: object = None   # which rows it is about
    limit_excuses: bool = True

    def of(self, row):
        return self.value(row) if callable(self.value) else row.ratio(self.value)

    def judged(self, results):
        """[(row, value, met)] of the rows it is about."""
        out = []
        for row in rows(results, self.group):
            value = self.of(row) if not self.where or self.where(row) else None
            if value is not None:
                near = self.limit_excuses and row.of_limit is not None and row.of_limit >= NEAR_LIMIT
                out.append((row, value, value >= self.least or near))
        return out


def large(row):
    return row.entry["elements"] >= LARGE


def small(row):
    return not large(row)


def reversal(row):
    """All axes of size 2, or of 3, the other way round."""
    dims = set(row.entry["inputs"][0].removeprefix("x=").split("@")[0].split("x"))
    axes = row.entry["program"].split("[")[-1].rstrip("])").split(",")
    return len(axes) > 5 and dims in ({"2"}, {"3"}) and [int(a) for a in axes] == list(range(len(axes)))[::-1]


BARS = [
    Bar("elementwise", ">= 0.9 of a hand-fused C loop, 256 k and more", "C loop", .9, where=large),
    Bar("elementwise", ">= 0.5 of a hand-fused C loop, 4 k", "C loop", .5, where=small),
    Bar("elementwise", ">= 1.0x JAX", "JAX", 1),
    Bar("elementwise", ">= 3x PyTorch", "PyTorch", 3),
    Bar("elementwise", "fresh output within 1.3x of into-output", fresh_of_into, 1 / 1.3, limit_excuses=False),
    Bar("reduce", ">= 0.8 of the read bandwidth", "limit", .8, limit_excuses=False),
    Bar("reduce", ">= 2x PyTorch, geomean", "PyTorch", 2, geomean=True),
    Bar("permute", ">= 0.7 of memcpy, geomean", "limit", .7, geomean=True),
    Bar("permute", "reversals of 2s and of 3s >= 15 GB/s", gigabytes, 15, where=reversal, limit_excuses=False),
    Bar("permute", ">= PyTorch", "PyTorch", 1),
    Bar("permute", ">= NumPy", "NumPy", 1),
    Bar("rows", ">= 1.2x JAX", "JAX", 1.2),
    Bar("rows", ">= 1.5x PyTorch", "PyTorch", 1.5),
    Bar("index", ">= 1.5x PyTorch, geomean", "PyTorch", 1.5, geomean=True),
    Bar("index", "none below 0.95x PyTorch", "PyTorch", .95),
    Bar("small", "two threads cost no more than one", one_thread, .95, limit_excuses=False),
    Bar("compile", "1,000 operations in 10 ms", ten_ms, 1, limit_excuses=False),
]


# ---- bars about other things than times ----

def memory(results):
    """[(case, predicted, measured, JAX's, met)] of every case."""
    out = []
    for key, e in results["cases"].items():
        if "predicted" in e["peak"]:
            p = e["peak"]
            jax = p.get("JAX")
            out.append((key, p["predicted"], p["measured"], jax,
                        p["predicted"] == p["measured"] and (jax is None or p["measured"] <= jax)))
    return out


def busy(results):
    """[(case, quiet median, 99th percentile beside a hog, met)]"""
    return [(k, e["busy"]["quiet"], e["busy"]["p99"], e["busy"]["p99"] <= 3 * e["busy"]["quiet"])
            for k, e in results["cases"].items() if "busy" in e]


def heap(results):
    """Cases that call the heap in a planned run into an output."""
    return [k for k, e in results["cases"].items() if e.get("heap_calls")]
