"""report.py - results as a page: losses first, then means, then every case; and charts."""
import bars
import svg
from bars import BARS, geomean, rows

GROUPS = dict(elementwise="Elementwise chains", reduce="Reductions", permute="Permutes",
              rows="Softmax, norms and activations", index="Gather, scatter and the like", small="Small work",
              compile="Compile")
PEERS = ["limit", "C loop", "JAX", "PyTorch", "NumPy"]


def time_text(ns):
    for unit, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if ns >= size:
            return f"{ns / size:.3g} {unit}"
    return f"{ns:.3g} ns"


def ratio_text(v):
    return "" if v is None else f"{v:.0f}x" if v >= 100 else f"{v:.2f}x" if v < 10 else f"{v:.1f}x"


def table(head, lines):
    if not lines:
        return ""
    out = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(out + ["| " + " | ".join(str(c) for c in line) + " |" for line in lines]) + "\n\n"


def code(text):
    return "`" + (text if len(text) <= 110 else text[:107] + "...") + "`"


# ---- bars ----

def verdict(met):
    return "met" if met else "**LOST**"


def bar_lines(results):
    """Every bar with its verdict, and the losses of bars about each row."""
    lines, losses = [], []
    for bar in BARS:
        judged = bar.judged(results)
        if not judged:
            continue
        values = [v for _, v, _ in judged]
        if bar.geomean:
            for t in sorted({r.threads for r, _, _ in judged}):
                g = geomean(v for r, v, _ in judged if r.threads == t)
                lines.append([GROUPS[bar.group], bar.text, f"{t} thread{'s' * (t != '1')}: {g:.2f}", verdict(g >= bar.least)])
            continue
        lost = sorted(((v, r) for r, v, met in judged if not met), key=lambda x: x[0])
        lines.append([GROUPS[bar.group], bar.text, f"{len(judged) - len(lost)} of {len(judged)}, geomean {geomean(values):.2f}",
                      verdict(not lost)])
        losses += [(bar, v, r) for v, r in lost]
    return lines + other_bars(results), losses


def other_bars(results):
    lines = []
    memory = bars.memory(results)
    if memory:
        equal = sum(p == m for _, p, m, _, _ in memory)
        within = [m <= j for _, _, m, j, _ in memory if j is not None]
        lines.append(["Memory", "predicted peak = measured", f"{equal} of {len(memory)}", verdict(equal == len(memory))])
        lines.append(["Memory", "<= JAX's peak", f"{sum(within)} of {len(within)}", verdict(all(within))])
    some = [k for k, e in results["cases"].items() if "heap_calls" in e]
    if some:
        calling = bars.heap(results)
        lines.append(["Planned program", "no call of the heap in a run into an output",
                      f"{len(some) - len(calling)} of {len(some)}", verdict(not calling)])
    for _, quiet, p99, met in bars.busy(results):
        lines.append(["Busy cores", "p99 beside a hog within 3x of the median alone",
                      f"{time_text(p99)}, alone {time_text(quiet)}: {p99 / quiet:.1f}x", verdict(met)])
    for row in results.get("calls", []):
        if row["target"]:
            unit = row.get("unit", "ns")
            lines.append(["Calls", f"{row['row']} <= {row['target']:g} {unit}", f"{row['median']:.1f} {unit}",
                          verdict(row["median"] <= row["target"])])
    return lines


def losses_section(results):
    wrong = [(k, e["wrong"]) for k, e in results["cases"].items() if "wrong" in e]
    lines, losses = bar_lines(results)
    text = "## Bars\n\n" + table(["work", "bar", "reached", ""], lines)
    text += "## Losses\n\n"
    if wrong:
        text += "Wrong outputs:\n\n" + table(["case", "why"], [[code(k), why] for k, why in wrong])
    if losses:
        text += table(["bar", "case", "threads", "output", "value", "least", "of limit"],
                      [[f"{b.group}: {b.text}", code(r.label), r.threads, r.mode, f"{v:.2f}", f"{b.least:.2f}",
                        "" if r.of_limit is None else f"{r.of_limit:.2f}"] for b, v, r in losses])
    calling = bars.heap(results)
    if calling:
        text += "Calls of the heap in a run into an output:\n\n" + \
            table(["case", "calls"], [[code(k), results["cases"][k]["heap_calls"]] for k in calling])
    more = [m for m in bars.memory(results) if not m[4]]
    if more:
        text += "Memory, in bytes:\n\n" + table(["case", "predicted", "measured", "JAX"],
                                                [[code(k), p, m, "" if j is None else j] for k, p, m, j, _ in more])
    return text if wrong or losses or more or calling else text + "None.\n\n"


# ---- means and cases ----

def means_section(results):
    lines = []
    for group, title in GROUPS.items():
        found = rows(results, group)
        for t in sorted({r.threads for r in found}):
            for mode in ("fresh", "into"):
                some = [r for r in found if r.threads == t and r.mode == mode]
                means = [geomean(r.ratio(p) for r in some) for p in PEERS]
                if some:
                    lines.append([title, t, mode, len(some), *("" if m is None else f"{m:.2f}" for m in means)])
    return "## Geometric means\n\n" + table(["work", "threads", "output", "cases", "of limit", *PEERS[1:]], lines)


def cells(fresh, into, name):
    """Ratios with a fresh output and into an existing one."""
    texts = [ratio_text(r.ratio(name)) if r else "" for r in (fresh, into)]
    return texts[1] if name == "C loop" else " / ".join(texts) if any(texts) else ""


def case_lines(found):
    by_case = {}
    for r in found:
        by_case.setdefault((r.label, r.threads), {})[r.mode] = r
    for (label, threads), modes in by_case.items():
        fresh, into = modes.get("fresh"), modes.get("into")
        both = [r for r in (fresh, into) if r] or list(modes.values())
        best = max((r.of_limit or 0) for r in both)
        iqr = both[-1].entry["times"]["Tessera"][threads][both[-1].mode]
        yield [code(label), threads, " / ".join(time_text(r.ours) for r in both),
               f"{100 * (iqr['q3'] - iqr['q1']) / iqr['median']:.0f} %", f"{best:.2f}",
               *(cells(fresh, into, p) for p in PEERS[1:])]


def missing_lines(entries):
    """Why a column is empty, where that is no matter of the kind of peer."""
    found = {}
    for e in entries:
        for name, why in e["missing"].items():
            found.setdefault(f"{name}: {why}", []).append(e["program"])
    return [f"- {why} ({len(p)} {'case' if len(p) == 1 else 'cases'})" for why, p in sorted(found.items())]


def group_section(results, group, title, folder):
    found = rows(results, group)
    if not found:
        return ""
    text = f"## {title}\n\n"
    for t in sorted({r.threads for r in found}):
        lines = [(r.label, {p: v for p in PEERS if (v := r.ratio(p))}) for r in found if r.threads == t and r.mode != "fresh"]
        name = f"{group}-{t}.svg"
        what = f"{title}, {t} thread{'s' * (t != '1')}, into an existing output: time / time of Tessera"
        (folder / name).write_text(svg.chart(what, lines))
        text += f"![{what}]({folder.name}/{name})\n\n"
    text += table(["case", "threads", "fresh / into", "IQR", "of limit", *PEERS[1:]], case_lines(found))
    why = missing_lines(e for e in results["cases"].values() if e["group"] == group)
    return text + ("Empty columns:\n\n" + "\n".join(why) + "\n\n" if why else "")


def calls_section(results):
    lines = [[r["row"], *(f"{r[k]:.1f}" for k in ("least", "median", "p99")), f"{r['target']:g}" if r["target"] else "",
              *(f"{r['peers'][p]:.1f}" if p in r.get("peers", {}) else "" for p in ("numpy", "torch"))]
             for r in results.get("calls", [])]
    return "## Calls, in ns\n\n" + table(["call", "least", "median", "p99", "target", "NumPy", "PyTorch"], lines) if lines else ""


def head(results):
    m = results["machine"]
    caches = ", ".join(f"{k} {v}" for k, v in m["caches"].items())
    runs = sorted({(e["date"], e["commit"]) for e in results["cases"].values()}) or [("never", "no commit")]
    text = (f"# {results['host']}\n\n{m['processors']} processors {m['processor']} {m['generation']}, {caches}, "
            f"{m['memory_gib']} GiB; {m['system']}; {m['compiler']}. Load before the run: {m['load_before']:.1f}. "
            f"Measured {runs[0][0]} to {runs[-1][0]} UTC at {', '.join(sorted({c for _, c in runs}))}.\n\n"
            "A ratio is time(peer) / time(Tessera), medians of all rounds: above 1 Tessera is faster. \"Of limit\" is the time "
            "the machine needs for the bytes that must be read and written, by the best of the probe's loops at that "
            "footprint, over Tessera's. Outputs were compared with NumPy in f64 before anything was timed. The C loop "
            "is compiled with -ffast-math and uses the vector functions of libmvec.\n\n")
    text += "".join(f"- {name}: {', '.join(str(v) for v in told.values())}\n" for name, told in results["peers"].items())
    text += "- multiply-adds, per ns and threads: " + ", ".join(f"{k}: {v}" for k, v in results["flops"].items()) + "\n"
    if results.get("cores"):
        text += "- processors in use while timed (CPU time / time): " + \
            ", ".join(f"{k} thread{'s' * (k[-1] != '1')}: {v}" for k, v in results["cores"].items()) + "\n"
    text += "".join(f"- {s}\n" for s in results["sentences"])
    return text + "\n"


def write(results, to):
    """The page's path."""
    folder = to / results["host"]
    folder.mkdir(parents=True, exist_ok=True)
    text = head(results) + losses_section(results) + means_section(results) + calls_section(results)
    text += "".join(group_section(results, g, title, folder) for g, title in GROUPS.items())
    text += "## Case lists\n\n" + table(["list", "SHA-256"], [[n, d[:16]] for n, d in results["sums"].items()])
    path = to / f"{results['host']}.md"
    path.write_text(text.rstrip("\n") + "\n")
    return path
