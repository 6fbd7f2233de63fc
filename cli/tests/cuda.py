#!/usr/bin/env python3
"""cuda.py TSR FOLDER - the commands on device cuda, by the driver of testing/cuda in FOLDER."""
import re

from harness import *

EMULATED = {"LD_LIBRARY_PATH": str(pathlib.Path(sys.argv[2]).resolve())}


def test_the_libraries_are_found_and_tested():
    # Those that are not emulated may be NVIDIA's, which refuse this driver.
    done = subprocess.run([TSR, "info"], capture_output=True, text=True, env={**os.environ, **EMULATED})
    assert re.search(r"^  GPU +emulated GPU, compute capability", done.stdout, re.M), done.stdout
    for name, file in (("CUDA driver", "libcuda.so.1"), ("cuBLAS", "libcublas.so.13"), ("NVRTC", "libnvrtc.so.13")):
        line = rf"^  {name} +ok +[\d.]+ ms.*\n    13.0.0, {re.escape(EMULATED['LD_LIBRARY_PATH'])}/{re.escape(file)}$"
        assert re.search(line, done.stdout, re.M), done.stdout
    wrong = done.stdout.count("WRONG")
    assert done.returncode == (FAILED if wrong else OK)
    assert done.stderr == (f"tsr info: {wrong} self-test{'s' * (wrong > 1)} failed\n" if wrong else "")


def test_einsum_on_the_device():
    a, b = numbers((3, 4)), numbers((4, 5))
    words = "einsum", "ij,jk->ik", save("a.npy", a), save("b.npy", b), "--device", "cuda"
    assert tsr(*words, "-o", "c.npy", env=EMULATED).out == b""
    near(load("c.npy"), a @ b)
    tsr(*words, "--grad", "0", "-o", "g.npy", env=EMULATED)
    near(load("g.npy"), np.ones((3, 5)) @ b.T)


def test_what_the_device_cannot_do():
    a = save("a.npy", numbers((3, 3)))
    refused(FAILED, "linalg", "svd", a, "--device", "cuda", says=["svd", "--device cpu"], env=EMULATED)
    refused(FAILED, "fft", "fft", a, "--device", "cuda:7", says=["cuda:7", "1 device"], env=EMULATED)


main(globals())
