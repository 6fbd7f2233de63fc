"""workers.py - the processes that are compared: starting them, and asking one at a time."""
import json
import os
import pathlib
import select
import subprocess
import tempfile
import time

BENCH = pathlib.Path(__file__).resolve().parent.parent

# Name in reports, name of output files, and whether more than one thread is worth a process.
PEERS = [("PyTorch", "torch", True), ("JAX", "jax", True), ("NumPy", "numpy", False), ("C loop", "loops", True)]


class Dead(Exception):
    pass


class Worker:
    """A process that answers each line with one of JSON."""

    def __init__(self, name, command, threads, output=None, cpus=None, folder=None):
        self.name, self.command, self.threads, self.output = name, command, threads, output
        self.cpus, self.folder, self.process, self.absent = cpus, folder, None, None
        self.cpu = self.wall = 0 # ns, of processors and of the clock, while it was timed

    def environment(self):
        env = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
        n = str(self.threads)
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "PJRT_NPROC", "TSR_NUM_THREADS"):
            env[name] = n
        env.update(JAX_PLATFORMS="cpu", PYTHONDONTWRITEBYTECODE="1")
        return env

    def pin(self):
        if self.cpus:
            os.sched_setaffinity(0, self.cpus)

    def start(self, greets):
        self.told = tempfile.TemporaryFile()
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.told, env=self.environment(),
                                        cwd=self.folder, preexec_fn=self.pin, bufsize=0)
        self.greets = greets
        if greets:
            hello = self.answer(120)
            self.absent = None if hello["ok"] else hello["why"]

    def answer(self, limit):
        """One line, within the limit in seconds."""
        data, end = b"", time.monotonic() + limit
        fd = self.process.stdout.fileno()
        while not data.endswith(b"\n"):
            ready, _, _ = select.select([fd], [], [], max(0, end - time.monotonic()))
            part = os.read(fd, 1 << 20) if ready else b""
            if not part:
                why = "no answer in time" if not ready else f"it died: {self.last_words()}"
                self.stop()
                raise Dead(why)
            data += part
        return json.loads(data)

    def last_words(self):
        self.told.seek(0)
        return (self.told.read().decode(errors="replace").strip().splitlines() or ["in silence"])[-1][:200]

    def send(self, *fields):
        """Without waiting for the answer; a dead process starts anew."""
        try:
            if self.process is None:
                self.start(self.greets)
            self.process.stdin.write(("\t".join(map(str, fields)) + "\n").encode())
        except (Dead, BrokenPipeError):
            self.stop()

    def receive(self, limit=120):
        """A failure is an answer too, so that a run goes on."""
        if self.process is None:
            return dict(ok=False, why="it died")
        try:
            return self.answer(limit)
        except Dead as e:
            return dict(ok=False, why=str(e))

    def ask(self, *fields, limit=120):
        self.send(*fields)
        return self.receive(limit)

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            for file in (self.process.stdin, self.process.stdout, self.told):
                file.close()
            self.process = None


def all_workers(python, binaries, threads, peers, folder):
    """Tessera, then its peers, for every number of threads; one thread stays on one processor."""
    cpus = sorted(os.sched_getaffinity(0))
    found = []
    for n in threads:
        on = set(cpus[-n:])
        found.append(Worker("Tessera", [binaries / "worker", str(n)], n, f"tessera-{n}", on, folder))
        for name, short, parallel in PEERS:
            if (parallel or n == 1) and (not peers or short in peers):
                found.append(Worker(name, [python, BENCH / "peers" / f"{short}_peer.py", str(n)], n, f"{short}-{n}", on, folder))
    return found


def start_all(workers):
    """Those that are there; sentences about the others."""
    here, sentences = [], []
    for w in workers:
        try:
            w.start(greets=w.name != "Tessera")
        except (OSError, Dead) as e:
            w.absent = f"{w.name} does not start: {e}"
        if w.absent:
            sentences.append(w.absent)
            w.stop()
        else:
            here.append(w)
    return here, sorted(set(sentences))
