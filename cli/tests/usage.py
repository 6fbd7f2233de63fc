#!/usr/bin/env python3
"""usage.py TSR - help, version, and what is said to words that are not understood."""
import re

from harness import *


def test_the_version():
    assert re.fullmatch(r"tsr \(Tessera\) \d+\.\d+\.\d+\n", tsr("--version").text)


def test_help_of_each_command():
    text = tsr("help").text
    assert tsr("--help").text == text
    commands = re.findall(r"^  (\w+) ", text, re.M)
    assert commands == ["info", "show", "einsum", "linalg", "fft", "ops", "help"]
    for c in commands:
        own = tsr("help", c).text
        assert own.startswith(f"usage: tsr {c}") and tsr(c, "--help").text == own
        assert max(map(len, own.splitlines())) <= 100, own
        # Every option of the first lines is explained.
        for option in set(re.findall(r"--\w+", own.split("\n\n")[0])):
            assert re.search(rf"^  {option}\b", own, re.M), (c, option)


def test_commands_that_do_not_exist():
    refused(USAGE, "infi", says=["infi", "info", "tsr help"])
    refused(USAGE, "", says="there is no command ; see")
    refused(USAGE, "quite-another", says=["quite-another", "tsr help"])
    refused(USAGE, "help", "enisum", says=["enisum", "einsum"])
    refused(USAGE, "help", "einsum", "fft", says="one command")
    refused(USAGE, says="a command is wanted")


def test_output_that_cannot_be_written():
    if os.path.exists("/dev/full"):
        with open("/dev/full", "w") as full:
            done = subprocess.run([TSR, "ops"], stdout=full, stderr=subprocess.PIPE, text=True)
        assert done.returncode == FAILED and done.stderr == "tsr ops: cannot write to standard output\n", done.stderr


def test_what_a_shell_appends_to_is_not_emptied():
    name = save("x.npy", np.arange(3.0))
    with open("log", "w") as log:
        log.write("kept\n")
        log.flush()
        done = subprocess.run([TSR, "fft", "fft", name, "-o", "-"], stdout=log, stderr=subprocess.PIPE, text=True)
    assert done.returncode == FAILED and "-o" in done.stderr and pathlib.Path("log").read_text() == "kept\n"


main(globals())
