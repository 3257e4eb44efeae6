"""Streams of SQL out of a database and into one, with the `pg_dump` and `psql` of the wheel.

The databases may be embedded or the operator's own. SQL is the one format that a server of another
version takes, in both directions.
"""

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import IO

import psycopg

from workflow_mirror.embedded import programs
from workflow_mirror.embedded.errors import OWN_SERVER, EmbeddedPostgresError, reason

PIECE = 1 << 16  # bytes
# PostgreSQL 17 introduced it, and older servers refuse it.
_NEW_SETTING = b"SET transaction_timeout = 0;\n"
_HAS_NEW_SETTING = 170_000

# Who changes a table may wait for the transaction of the snapshot, and must not be waited for.
_LOCK_WAIT = "--lock-wait-timeout=5min"

type Address = Mapping[str, str]
"""Connection parameters of libpq."""


def newest_server() -> int:
    """The major version of `pg_dump`, which reads no newer server."""
    return int(programs.version().partition(".")[0])


def dumped(address: Address, snapshot: str) -> Iterator[bytes]:
    """The SQL that makes the database again, as it is in an exported snapshot.

    Raises EmbeddedPostgresError after the last piece if `pg_dump` failed, so a reader must not
    commit before the end.
    """
    options = ["--no-owner", "--no-privileges", f"--snapshot={snapshot}", _LOCK_WAIT]
    with _running("pg_dump", address, options, stdout=subprocess.PIPE) as process:
        assert process.stdout  # noqa: S101 - it is a pipe, see above
        head = process.stdout.read(PIECE)
        yield head.replace(_NEW_SETTING, b"", 1)
        while piece := process.stdout.read(PIECE):
            yield piece


def load(address: Address, pieces: Iterator[bytes], server_version: int) -> None:
    """Execute the SQL of `dumped` in one transaction: all of it or nothing.

    It is committed after the last piece; an error that `pieces` raises undoes it. Raises
    EmbeddedPostgresError with the server's reason.
    """
    options = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]
    with (
        _running("psql", address, options, stdin=subprocess.PIPE) as process,
        suppress(BrokenPipeError),  # it has ended, and its exit code is checked
    ):
        assert process.stdin  # noqa: S101 - it is a pipe, see above
        process.stdin.write(b"BEGIN;\n")
        if server_version >= _HAS_NEW_SETTING:
            process.stdin.write(_NEW_SETTING)
        for piece in pieces:
            process.stdin.write(piece)
        process.stdin.write(b"COMMIT;\nANALYZE;\n")
        process.stdin.flush()


@contextmanager
def _running(
    program: str, address: Address, options: list[str], **streams: int
) -> Iterator[subprocess.Popen[bytes]]:
    """The process; killed if the block fails, otherwise its exit code must be 0."""
    with tempfile.TemporaryFile() as complaints:
        process = _start(program, address, options, complaints, streams)
        try:
            yield process
            if process.stdin:
                with suppress(BrokenPipeError):
                    process.stdin.close()
            code = process.wait()
        finally:
            _end(process)
        if code:
            complaints.seek(0)
            raise EmbeddedPostgresError(reason(complaints.read().decode(errors="replace")))


def _start(
    program: str,
    address: Address,
    options: list[str],
    complaints: IO[bytes],
    streams: Mapping[str, int],
) -> subprocess.Popen[bytes]:
    public = {name: value for name, value in address.items() if name != "password"}
    conninfo = psycopg.conninfo.make_conninfo("", **public)
    try:
        return subprocess.Popen(  # noqa: S603 - our own arguments, no shell
            [
                str(programs.own_directory() / program),
                "--no-password",
                *options,
                f"--dbname={conninfo}",
            ],
            env=_environment(address),
            stdin=streams.get("stdin", subprocess.DEVNULL),
            stdout=streams.get("stdout", subprocess.DEVNULL),
            stderr=complaints,
            start_new_session=True,  # Ctrl-C reaches this process only, which ends it
        )
    except OSError as error:
        raise EmbeddedPostgresError(
            f"PostgreSQL's {program} cannot be run ({error.strerror}): "
            f"reinstall {programs.DISTRIBUTION}, {OWN_SERVER}."
        ) from error


def _environment(address: Address) -> dict[str, str]:
    """What this process's own connections follow, too; a command line shows no password."""
    followed = {
        name: value for name, value in os.environ.items() if name.startswith("PG") or name == "HOME"
    }
    password = address.get("password")
    return programs.environment() | followed | ({"PGPASSWORD": password} if password else {})


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream:
            with suppress(BrokenPipeError):
                stream.close()
