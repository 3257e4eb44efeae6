"""A command run to its end by the fork server."""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path

SERVER = Path(__file__).with_name("fork_server.py")
# Read by Python when it starts: only a new one follows them.
OF_PYTHON = ("PYTHON", "LC_", "LANG", "TZ")
LONGEST_START = 60  # seconds; the server loads the libraries first


def run_forked(
    arguments: tuple[str, ...], environ: Mapping[str, str], typed: str, seconds: float
) -> tuple[int, str, str]:
    """The exit code, and what was written to standard output and standard error.

    Raises:
        TimeoutError: it has not ended in time, and was killed.
    """
    command = json.dumps({"arguments": arguments, "environ": dict(environ)}).encode()
    with ExitStack() as stack:
        streams = [stack.enter_context(tempfile.TemporaryFile("w+")) for _ in range(3)]
        given, out, err = streams
        given.write(typed)
        given.seek(0)
        connection = stack.enter_context(socket.socket(socket.AF_UNIX))
        connection.settimeout(LONGEST_START)
        connection.connect(fork_server())
        socket.send_fds(connection, [command], [stream.fileno() for stream in streams])
        answers = stack.enter_context(connection.makefile())
        pid = int(answers.readline())
        connection.settimeout(seconds)
        try:
            code = int(answers.readline())
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            raise
        for written in (out, err):
            written.seek(0)
        return code, out.read(), err.read()


@cache
def fork_server() -> str:
    """The address of the one of this process, which ends with it."""
    place = tempfile.TemporaryDirectory(prefix="zwm-forks-")
    address = f"{place.name}/socket"
    environ = {name: value for name, value in os.environ.items() if not name.startswith(OF_PYTHON)}
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        server = subprocess.Popen(
            [sys.executable, str(SERVER)],
            stdin=listening.fileno(),
            env=environ | {"LC_ALL": "C.UTF-8"},
        )

    def end() -> None:
        server.kill()
        server.wait()
        place.cleanup()

    atexit.register(end)
    return address
