"""A part of `./erp test` that takes too long, or that is interrupted, leaves nothing running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from commands import testing
from hosts import ROOT

pytestmark = pytest.mark.timeout(120)
SECONDS = 10  # for a part to start, on a machine that is busy

# A part that hangs, with a server of its own that would outlive it. Both hold the pipe, which can be read to its
# end only when both have ended.
HANGS = """
import signal, subprocess, sys
pipe = open(sys.argv[1], "w")
subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], stdout=pipe)
print("started", file=pipe, flush=True)
try:
    signal.pause()
except KeyboardInterrupt:
    print("tidied up")
"""
DEAF = HANGS.replace("pipe =", "signal.signal(signal.SIGINT, signal.SIG_IGN)\npipe =", 1)
INTERRUPTED = """
import sys
from commands import testing

def part(name):
    testing._run([sys.executable, "-c", *sys.argv[1:3]])
    return testing.Outcome(name)

testing._timed = part
testing.run_here(tuple(sys.argv[3:]))
"""


@pytest.fixture(autouse=True)
def hears_interrupts():
    """Let interrupts be heard, as a background job of a shell does not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def pipe(tmp_path):
    """The path of a pipe for the parts to hold, and its reading end."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK)) as reading:
        os.set_blocking(reading.fileno(), True)
        yield path, reading


def test_a_part_that_takes_too_long_may_tidy_up_and_ends_with_all_that_it_started(pipe):
    path, reading = pipe
    assert testing._run([sys.executable, "-c", HANGS, str(path)], limit=SECONDS) == (
        124,
        f"tidied up\n\nstopped after {SECONDS} s",
    )
    assert reading.read() == "started\n"


def test_a_part_that_does_not_listen_is_killed_with_all_that_it_started(pipe, monkeypatch):
    path, reading = pipe
    monkeypatch.setattr(testing, "TIDY_UP_SECONDS", 1)
    assert testing._run([sys.executable, "-c", DEAF, str(path)], limit=SECONDS) == (
        124,
        f"\nstopped after {SECONDS} s",
    )
    assert reading.read() == "started\n"


def test_a_part_in_time_says_how_it_ended():
    assert testing._run([sys.executable, "-c", "print('done'); raise SystemExit(3)"]) == (3, "done\n")


@pytest.mark.parametrize("parts", [("unit",), ("unit", "embedded")])
def test_interrupted_tests_end_their_parts(parts, tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whatever the shell has left them
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, HANGS, str(path), *parts], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    with open(path) as reading:
        assert [reading.readline() for _part in parts] == ["started\n"] * len(parts)
        process.send_signal(signal.SIGINT)
        assert process.wait() != 0
        assert reading.read() == ""
