"""Signals that end a command, whatever it does at that moment."""

import signal
import subprocess
import sys

import pytest

COMMAND = """
import os, signal, sys, time, weakref
from workflow_mirror.cli.surroundings import settle

class Object:
    pass

settle()
referred = Object()
# What a callback raises is ignored.
reference = weakref.ref(referred, lambda _: os.kill(os.getpid(), int(sys.argv[1])))
del referred
print("goes on", flush=True)
time.sleep(30)
"""


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGINT, -signal.SIGINT)],
)
def test_a_signal_whose_exception_python_ignores_ends_the_command(
    number: signal.Signals, code: int
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", COMMAND, str(int(number))],
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )

    assert (ended.returncode, ended.stdout) == (code, "goes on\n")
    assert "ignored" not in ended.stderr
