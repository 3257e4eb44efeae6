"""Runs `zwm` commands as forks of itself, which has loaded the libraries: a new Python takes
longer for that than most commands take for their work.

A script whose standard input is a listening Unix socket. A connection is one command: it brings the
three standard streams with the arguments and the environment as JSON, and is answered with two
lines: the command's process ID and its exit code.
"""

import importlib
import json
import os
import runpy
import signal
import socket
import sys

# What every command loads and what needs no settings.
LIBRARIES = (
    "asyncio",
    "croniter",
    "cryptography.fernet",
    "django.contrib.postgres.fields",
    "django.contrib.postgres.indexes",
    "django.contrib.postgres.operations",
    "django.contrib.postgres.search",
    "django.core.mail",
    "django.core.management.commands.migrate",
    "django.db.backends.postgresql.base",
    "django.forms",
    "django.template.response",
    "django.views.generic",
    "httpx2",
    "procrastinate",
    "psycopg_pool",
    "simplejson",
    "structlog",
    "typer",
)


def main() -> None:
    for name in LIBRARIES:
        importlib.import_module(name)
    listening = socket.socket(fileno=0)
    # Nobody waits for the forks that wait for the commands.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    connection = listening.accept()[0]
    while os.fork():
        connection.close()
        connection = listening.accept()[0]
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    listening.detach()  # until a standard input takes its place
    with connection:
        received, streams, _, _ = socket.recv_fds(connection, 1 << 20, 3)
        if pid := os.fork():
            connection.sendall(f"{pid}\n".encode())
            _, status = os.waitpid(pid, 0)
            connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
            os._exit(0)
    become(**json.loads(received), streams=streams)


def become(arguments: list[str], environ: dict[str, str], streams: list[int]) -> None:
    """The end of this is that of the process, as with `python -m workflow_mirror`."""
    os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
    os.environ.clear()
    os.environ.update(environ)
    sys.argv[1:] = arguments
    runpy.run_module("workflow_mirror", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
