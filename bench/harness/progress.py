"""progress.py - how far a run is, and how long it will still take."""
import sys
import time


class Progress:
    def __init__(self, chosen):
        # A case costs about the same until its data is large.
        self.weights = [1 + c.elements / 4e6 for c in chosen]
        self.total, self.done, self.n = sum(self.weights) or 1, 0, 0
        self.start, self.terminal, self.last = time.monotonic(), sys.stderr.isatty(), 0

    def left(self):
        spent = time.monotonic() - self.start
        return spent * (self.total - self.done) / self.done if self.done else 0

    def begin(self, case):
        now = time.monotonic()
        if not self.terminal and now - self.last < 15:
            return
        self.last = now
        filled = int(24 * self.done / self.total)
        bar = f"[{'#' * filled}{'.' * (24 - filled)}] {self.n}/{len(self.weights)}"
        left = f"{self.left() / 60:4.1f} min left" if self.done else ""
        line = f"{bar} {left}  {case.key}"
        print(f"\r{line[:118]:<118}" if self.terminal else line[:118], end="" if self.terminal else "\n",
              file=sys.stderr, flush=True)

    def end(self, entry):
        self.done += self.weights[self.n]
        self.n += 1

    def close(self):
        if self.terminal:
            print("\r" + " " * 118 + "\r", end="", file=sys.stderr)
        print(f"{self.n} cases in {(time.monotonic() - self.start) / 60:.1f} min", file=sys.stderr)
