"""calls.py - what a call costs: the rows of dispatch.c, and NumPy's and PyTorch's beside them."""
import json
import subprocess

import workers


def peers(python):
    """ns[peer][row], as dispatch_peer.py prints them."""
    environment = workers.Worker("", [], 1).environment()
    done = subprocess.run([python, workers.BENCH / "dispatch_peer.py"], capture_output=True, text=True, env=environment)
    found = {}
    for line in done.stdout.splitlines():
        words = line.split()
        if len(words) == 3:
            found.setdefault(words[0], {})[words[1]] = float(words[2])
    return found


def measure(a):
    """One dictionary per row: name, least, median, p99, target or 0, and the peers' times."""
    known = peers(a.python)
    environment = workers.Worker("", [], 2).environment()
    done = subprocess.run([a.binaries / "dispatch", "--json"], capture_output=True, text=True, env=environment)
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    for row in rows:
        row["peers"] = {p: ns[row["peer"]] for p, ns in known.items() if row["peer"] in ns}
    return rows
