#!/usr/bin/env python3
"""harness.py BINARIES - bench.py measures, checks and reports; nothing here depends on a time.

Every function of the worker is run once and compared with NumPy, a wrong output is found, and
a report can be written of the results.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

BENCH = pathlib.Path(__file__).resolve().parent.parent
BINARIES = sys.argv.pop(1)
sys.path.insert(0, str(BENCH / "harness"))
import cases # noqa: E402
import workers # noqa: E402


def run(*arguments):
    return subprocess.run([sys.executable, BENCH / "bench.py", *arguments, "--binaries", BINARIES, "--threads", "1"],
                          capture_output=True, text=True)


class Harness(unittest.TestCase):
    def test_every_function_agrees_with_numpy(self):
        done = run("check", "--list", BENCH / "tests/tiny.txt", "--peers", "none")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("75 cases, 0 wrong", done.stdout)

    def test_the_list_of_this_test_names_every_function(self):
        table = (BENCH / "worker/functions.c").read_text().split("functions[] = {")[1]
        names = {line.split('"')[1] for line in table.splitlines() if line.strip().startswith('{"')}
        text = " ".join(c.text for c in cases.read_list(BENCH / "tests/tiny.txt"))
        self.assertEqual([n for n in sorted(names) if f"{n}(" not in text], [])

    def test_a_failing_case_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            bad = pathlib.Path(folder) / "bad.txt"
            bad.write_text("quick f32 nonsense(x) x=4\n")
            done = run("check", "--list", bad, "--peers", "none")
            self.assertEqual(done.returncode, 1)
            self.assertIn('WRONG: bad f32 nonsense(x) x=4', done.stderr)
            self.assertIn("there is no function 'nonsense'", done.stderr)

    def test_a_wrong_output_is_found(self):
        import numpy as np
        with tempfile.TemporaryDirectory() as folder:
            np.linspace(1, 2, 12, dtype=np.float32).tofile(f"{folder}/x.bin")
            checker = workers.Worker("checker", [sys.executable, BENCH / "peers/checker.py"], 1, folder=folder)
            checker.start(greets=True)
            self.assertTrue(checker.ask("case", folder, "f32", "exp(x)", "x=12")["ok"])
            right = np.exp(np.linspace(1, 2, 12, dtype=np.float32))
            for wrong in (0, 1e-3):
                right[7] *= 1 + wrong
                right.tofile(f"{folder}/some.out")
                self.assertEqual(checker.ask("compare", f"{folder}/some.out", "f32")["right"], wrong == 0)
            checker.stop()

    def test_results_become_a_report(self):
        with tempfile.TemporaryDirectory() as folder:
            small = pathlib.Path(folder) / "elementwise.txt"
            small.write_text("quick f32 add(x,y) x=64 y=64\nquick f32 exp(x) x=8x8\n")
            done = run("quick", "--list", small, "--peers", "numpy", "--rounds", "1", "--seconds", "0.001",
                       "--results", folder, "--host", "here")
            self.assertEqual(done.returncode, 0, done.stderr)
            results = json.loads((pathlib.Path(folder) / "here.json").read_text())
            times = results["cases"]["elementwise f32 exp(x) x=8x8"]["times"]
            self.assertEqual(set(times), {"Tessera", "NumPy"})
            self.assertEqual(results["cases"]["elementwise f32 exp(x) x=8x8"]["heap_calls"], 0)
            self.assertGreater(times["Tessera"]["1"]["into"]["median"], 0)
            text = (pathlib.Path(folder) / "here.md").read_text()
            self.assertIn("## Losses", text)
            self.assertIn("exp(x) f32 x=8x8", (pathlib.Path(folder) / "here/elementwise-1.svg").read_text())

    def test_lists_are_those_of_the_checksums(self):
        self.assertEqual(cases.verify(), [])

    def test_every_line_of_every_list_can_be_read(self):
        for c in cases.own():
            self.assertIn(c.when, ("quick", "full"), c)
            self.assertTrue(c.parsed and c.elements > 0, c)


if __name__ == "__main__":
    try:
        import numpy # noqa: F401
    except ImportError:
        print("no NumPy here: skipped")
        os._exit(77)
    unittest.main()
