"""peer.py - what all peers share: the commands they obey, inputs from files, and timing.

A peer is a process that reads commands on standard input, fields apart by tabs, and answers
each with one line of JSON; they are those of bench/worker/main.c:

  about
  case DIR DTYPE PROGRAM INPUT..
  time fresh|into|compile SECONDS MAX
  drop
"""
import json
import mmap
import re
import sys
import time

SAMPLE = 1 << 18     # as in worker/main.c
BATCH_NS = 20000
LONG_TURNS = 2
SIZES = dict(bool=1, bf16=2, f32=4, f64=8, c64=8, c128=16, i64=8, i32=4)


class Missing(Exception):
    """What this peer cannot do; the sentence stands in the report."""


class Input:
    """name=2x3[@strides][+][%bound or ^bound]"""

    def __init__(self, text, dtype):
        m = re.fullmatch(r"(\w+)=([\dx]+|-)(?:@([\d,]+))?(\+)?(?:[%^](\d+))?", text)
        if not m:
            raise ValueError(f"no input: {text}")
        self.name = m[1]
        self.dims = [] if m[2] == "-" else [int(d) for d in m[2].split("x")]
        self.dense, stride = [], 1
        for d in reversed(self.dims):
            self.dense.insert(0, stride)
            stride *= d
        self.strides = [int(s) for s in m[3].split(",")] if m[3] else self.dense
        self.base = 1 + sum((d - 1) * s for d, s in zip(self.dims, self.strides))
        self.dtype = "i64" if m[5] else dtype
        self.count = stride

    def bytes(self):
        """That have to be read: elements that broadcast by stride 0 count once."""
        n = 1
        for d, s in zip(self.dims, self.strides):
            n *= d if s else 1
        return n * SIZES[self.dtype]


def mapped(item, folder):
    """The bytes of the base, as the file holds them: to be copied into a library's own memory."""
    with open(f"{folder}/{item.name}.bin", "rb") as f:
        return mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_COPY)


def function_of(program, names, functions):
    """Two functions of the inputs, fresh and into; the text is Python but for its semicolons."""
    *lets, value = program.split(";")
    body = "".join(f"  {x}\n" for x in lets)
    text = f"def f({', '.join(names)}):\n{body}  return {value}\n"
    # the same again with the output handed to the last function
    text += f"def f_into({', '.join(names)}, out):\n{body}  return {value[:-1]}, out=out)\n"
    space = dict(functions)
    exec(text, space)
    return space["f"], space["f_into"]


def sample_step(count):
    return count // SAMPLE | 1


class Peer:
    """A library; its class gives these."""
    name = ""

    def __init__(self, threads):
        self.threads = threads
        self.had_turn = set() # ways to time the case that had a turn

    def about(self):
        """Version, and the number of threads as the library tells it."""
        raise NotImplementedError

    def prepare(self, folder, dtype, program, inputs):
        """Read the inputs, run once, write a sample of the output; its dtype and shape."""
        raise NotImplementedError

    def runner(self, mode):
        """A function without arguments that does the work once; Missing if there is none."""
        raise NotImplementedError

    def clear(self):
        """Forget the case."""

    def output(self, folder, short):
        return f"{folder}/{short}-{self.threads}.out"


def times(run, first_turn, seconds, most):
    """ns per run, in batches long enough for the clock. The first run only warms, unless it is long and
    a turn before has warmed memory."""
    clock = time.perf_counter_ns
    begin = start = clock()
    cpu = time.process_time_ns()
    run()
    if not first_turn and clock() - start > LONG_TURNS * 1e9 * seconds:
        return dict(ns=[clock() - start])
    if clock() - start < BATCH_NS:
        start = clock()
        run()
    ns = max(clock() - start, 1)
    batch = BATCH_NS // ns + 1
    found = []
    while not found or (len(found) < most and clock() - begin < 1e9 * seconds):
        start = clock()
        for _ in range(batch):
            run()
        found.append((clock() - start) / batch)
    return dict(ns=found, cpu=time.process_time_ns() - cpu, wall=clock() - begin)


def obey(peer, command, *fields):
    if command == "about":
        return peer.about()
    if command == "case":
        folder, dtype, program, *inputs = fields
        peer.clear()
        peer.had_turn = set()
        return peer.prepare(folder, dtype, program, [Input(i, dtype) for i in inputs]) or {}
    if command == "time":
        first_turn = fields[0] not in peer.had_turn
        peer.had_turn.add(fields[0])
        return times(peer.runner(fields[0]), first_turn, float(fields[1]), int(fields[2]))
    if command == "drop":
        peer.clear()
        return {}
    raise ValueError(f"there is no command {command}")


def serve(kind):
    """Until standard input ends. What libraries print goes to standard error."""
    out, sys.stdout = sys.stdout, sys.stderr
    try:
        peer = kind(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    except ImportError as e:
        print(json.dumps(dict(ok=False, why=f"{kind.name} is not installed: {e}")), file=out)
        return
    print(json.dumps(dict(ok=True)), file=out, flush=True)
    for line in sys.stdin:
        try:
            answer = dict(ok=True, **obey(peer, *line.rstrip("\n").split("\t")))
        except Missing as e:
            answer = dict(ok=False, missing=True, why=str(e))
        except Exception as e: # whatever a library raises: the run goes on
            answer = dict(ok=False, why=f"{type(e).__name__}: {e}".split("\n")[0][:300])
        print(json.dumps(answer), file=out, flush=True)
