#!/usr/bin/env python3
"""info.py TSR - tsr info tells what is here, what is not, and what slows it down."""
import functools
import re

from harness import *

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
for name in [n for n in os.environ if n.startswith(("TSR_", "OPENBLAS_"))]:
    del os.environ[name]


@functools.cache
def info(code=OK, **env):
    return tsr("info", env=env, code=code)


def test_every_part_is_named_and_right():
    text = info().text
    for part in ("tessera", "processor", "features", "kernels", "threads", "huge pages", "BLAS", "LAPACK", "FFT"):
        assert re.search(rf"^{part} +\S", text, re.M), part
    for check in ("kernels", "threads", "BLAS matmul", "LAPACK svd", "LAPACK solve", "FFT of 60", "FFT of 101", "einsum", "gradient"):
        assert re.search(rf"^  {check} +ok +[\d.]+ ms", text, re.M), check
    assert "WRONG" not in text and "OpenBLAS 0.3" in text


def test_each_cuda_library_is_there_or_explained():
    text = info().text
    for name in ("CUDA driver", "cuBLAS", "cuBLASLt", "cuFFT", "cuSOLVER", "NVRTC"):
        found = re.search(rf"^  {name} +(ok +[\d.]+ ms|not here: cannot open .*\n    .*LD_LIBRARY_PATH)", text, re.M)
        assert found, text


def test_a_missing_library_is_explained():
    # A folder in front of all others, with files that are no libraries.
    for file in ("libcuda.so.1", "libcufft.so.12", "libcufft.so.11"):
        pathlib.Path(file).write_text("not a library")
    text = info(LD_LIBRARY_PATH=os.getcwd()).text
    assert re.search(r"^  CUDA driver +not here: .*libcuda.so.1.*\n    nvidia-driver", text, re.M), text
    assert "LD_LIBRARY_PATH=" in text


def test_a_device_that_cannot_be_opened_points_here():
    pathlib.Path("libcuda.so.1").write_text("not a library")
    refused(FAILED, "fft", "fft", save("x.npy", np.ones(3)), "--device", "cuda", env={"LD_LIBRARY_PATH": os.getcwd()},
            says=["libcuda.so.1", "tsr info"])


def test_threads_are_those_asked_for():
    assert re.search(r"^threads +3$", info(TSR_NUM_THREADS="3").text, re.M)
    text = info(TSR_NUM_THREADS="many").text
    assert re.search(r"warning: TSR_NUM_THREADS is many", text)


def test_variables_that_slow_blas_are_warned_of():
    text = info(OPENBLAS_CORETYPE="Prescott", OPENBLAS_L2_SIZE="16").text
    if "kernels      portable" not in text:
        assert "warning: OPENBLAS_CORETYPE=Prescott makes BLAS slow" in text, text
    if "makes BLAS slow: the cache has" not in text:
        assert os.sysconf("SC_LEVEL2_CACHE_SIZE") == 0, text
    assert "OPENBLAS_CORETYPE" not in info().text


def test_a_misspelt_variable_is_warned_of():
    assert "nothing reads TSR_NUM_THREAD, perhaps this is meant: TSR_NUM_THREADS" in info(TSR_NUM_THREAD="4").text


def test_every_documented_variable_is_known():
    names = re.findall(r"^\| `(TSR_\w+)`", (ROOT / "docs/guides/environment.md").read_text(), re.M)
    assert "TSR_NUM_THREADS" in names
    values = {"TSR_NUM_THREADS": "2", "TSR_CPU_ISA": "x86-64-v2", "TSR_TRACE": "trace.json", "TSR_LOG": "all", "TSR_LOG_FILE": "log.txt", "TSR_DUMP": "."}
    text = info(**{n: values.get(n, "1") for n in names}).text
    for name in names:
        assert f"  {name}=" in text, name
    assert "warning: nothing reads" not in text


def test_a_variable_that_breaks_it_is_named():
    done = info(code=FAILED, TSR_LOG="nonsense")
    assert "TSR_LOG" in done.err and "nonsense" in done.err and "TSR_LOG=nonsense" in done.text


def test_what_is_refused():
    refused(USAGE, "info", "file", says="no file")
    refused(USAGE, "info", "--all", says="--all")


main(globals())
