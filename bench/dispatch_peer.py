#!/usr/bin/env python3
"""dispatch_peer.py - the rows of bench/dispatch, by NumPy and by PyTorch when installed.

Prints lines "peer version" and "peer row nanoseconds": medians of many batches, with the
time of an empty loop taken off. One thread. The call from Python is part of the number:
it is what a user of these libraries pays for a small operation.
"""
import statistics
import timeit

SAMPLES, BATCH = 201, 1000


def median_ns(statement, names):
    def once(s):
        samples = timeit.Timer(s, globals=names).repeat(SAMPLES, BATCH)
        return 1e9 * statistics.median(samples) / BATCH

    return once(statement) - once("pass")


def rows(peer, x, y, z, add, add_into, negate_into):
    names = dict(x=x, y=y, z=z, add=add, add_into=add_into, negate_into=negate_into)
    transpose = "x.transpose(1, 0)" if peer == "numpy" else "x.permute(1, 0)"
    for row, statement in [("transpose", transpose), ("reshape", "x.reshape(4)"), ("add", "add(x, y)"),
                           ("add_into", "add_into(x, y, z)"), ("negate_into", "negate_into(z, z)")]:
        print(peer, row, f"{median_ns(statement, names):.1f}")


def numpy_rows():
    import numpy as np
    print("numpy", np.__version__)
    x, y, z = np.ones((2, 2)), np.ones((2, 2)), np.ones((2, 2))
    rows("numpy", x, y, z, np.add, np.add, np.negative)


def torch_rows():
    import torch
    torch.set_num_threads(1)
    print("torch", torch.__version__)
    x, y, z = (torch.ones(2, 2, dtype=torch.float64) for _ in range(3))
    rows("torch", x, y, z, torch.add, lambda a, b, c: torch.add(a, b, out=c), lambda a, c: torch.neg(a, out=c))


for peer in (numpy_rows, torch_rows):
    try:
        peer()
    except ImportError:
        print(peer.__name__.split("_")[0], "not installed, skipped")
