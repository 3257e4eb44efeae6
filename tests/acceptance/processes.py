"""Real `zwm` processes: in a pipe, on a terminal, and what is left of them."""

import fcntl
import json
import os
import pty
import random
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psycopg
from cryptography.fernet import Fernet

from tests.acceptance.forked import OF_PYTHON, run_forked
from workflow_mirror.embedded import EmbeddedPostgres
from workflow_mirror.fake_zuora import Tenant

ZWM = (sys.executable, "-m", "workflow_mirror")
SECONDS = 60
# Opens the terminal as the process's own, so that Ctrl-C and /dev/tty work.
ON_TERMINAL = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
ON_TERMINAL += "os.execv(sys.argv[1], sys.argv[1:])"
OURS = re.compile(r"ZWM_|DJANGO_|PYTHON|DATABASE_URL|SECRET_KEY|COLUMNS|LINES|NO_COLOR|FORCE_COLOR")

HALF_WRITTEN = """
SELECT count(*) FROM workflows WHERE json_export IS NOT NULL
AND jsonb_array_length(json_export -> 'tasks')
    <> (SELECT count(*) FROM tasks WHERE workflow_id = workflows.id)
"""


def eventually[T](what: Callable[[], T], seconds: float = SECONDS) -> T:
    deadline = time.monotonic() + seconds
    while not (answer := what()):
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.01)
    return answer


def side_by_side[Item, T](what: Callable[[Item], T], items: Iterable[Item]) -> list[T]:
    """Two at once, one for each core of a small machine."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(what, items))


@dataclass
class Done:
    """A process that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which is one JSON document and nothing else."""
        return json.loads(self.out)

    @property
    def complaint(self) -> str:
        """The last line on standard error: what `zwm` says of an error."""
        return self.err.splitlines()[-1] if self.err else ""


@dataclass
class Mirror:
    """A data directory or database, and the environment of the processes that use it."""

    home: Path
    environ: dict[str, str] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)

    def start(self, *arguments: str, environ: Mapping[str, str] | None = None, **more: Any) -> Any:
        """A running process. Whoever starts one ends it."""
        streams = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        return subprocess.Popen(
            [*ZWM, *arguments],
            env=self.environ_of(environ),
            text=True,
            start_new_session=True,
            **streams | more,
        )

    def run(
        self,
        *arguments: str,
        code: int = 0,
        input: str = "",  # noqa: A002 - as subprocess calls it
        environ: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Done:
        """Run one command to its end. It must exit with `code`, and keep every secret."""
        if more or any(name.startswith(OF_PYTHON) for name in self.environ | dict(environ or {})):
            process = self.start(*arguments, environ=environ, **more)
            return self.finish(process, code=code, input=input)
        done = Done(*run_forked(arguments, self.environ_of(environ), input, SECONDS))
        return self._ended([*ZWM, *arguments], done, code)

    def run_all(self, *commands: list[str], **more: Any) -> list[Done]:
        """Run commands that do not depend on each other."""
        return side_by_side(lambda command: self.run(*command, **more), commands)

    def json(self, *arguments: str, **more: Any) -> Any:
        return self.run(*arguments, "--json", **more).json

    def refused(self, *arguments: str, code: int = 1, **more: Any) -> str:
        """Run a command that fails, and give its error: the same for people and as JSON.

        The error is one that the program expects; the text of a bug names only its type.
        """
        done = self.run(*arguments, "--json", code=code, **more)
        assert list(done.json) == ["error"]
        assert "Unexpected error" not in done.json["error"]
        assert done.complaint == f"zwm: {done.json['error']}"
        return str(done.json["error"])

    def finish(self, process: Any, *, code: int | None = 0, input: str | None = None) -> Done:  # noqa: A002
        try:
            out, err = process.communicate(input, timeout=SECONDS)
        finally:
            end(process)
        return self._ended(process.args, Done(process.returncode, out or "", err or ""), code)

    def _ended(self, arguments: list[str], done: Done, code: int | None) -> Done:
        self.verify(arguments, done)
        assert code in (None, done.code), done
        return done

    def verify(self, arguments: list[str], done: Done) -> None:
        """What holds for every command, however it ends."""
        if "--debug" not in arguments:
            # Data of one command only: `queue failed --json` gives the traces that it has kept.
            said = done.err if "failed" in arguments else done.out + done.err
            assert "Traceback" not in said, said
        for secret in self.secrets:
            assert secret not in done.out + done.err
            assert secret not in arguments
        if "--json" in arguments and done.out:
            json.loads(done.out)

    def environ_of(self, changes: Mapping[str, str] | None = None) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not OURS.match(name)}
        return {
            **kept,
            "LC_ALL": "C.UTF-8",
            "TERM": "xterm-256color",
            "ZWM_HOME": str(self.home),
            "ZWM_ZUORA_ALLOW_LOCAL": "1",
            **self.environ,
            **(changes or {}),
        }

    # The database behind it

    @property
    def url(self) -> str:
        return self.environ.get("DATABASE_URL") or EmbeddedPostgres(self.home).url

    def ask(self, query: str, *arguments: Any) -> Any:
        """The first column of the first row."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            row = connection.execute(query, arguments).fetchone()
            return row and row[0]

    def add_customer(self, tenant: Tenant, base_url: str, name: str = "") -> str:
        """A customer of the tenant, straight into the table: quicker than a process."""
        self.secrets.add(tenant.client_secret)
        key = self.environ["ZWM_ENCRYPTION_KEYS"]
        secret = Fernet(key).encrypt(tenant.client_secret.encode()).decode()
        self.ask(
            "INSERT INTO customers (name, zuora_client_id, zuora_client_secret, zuora_base_url,"
            " zuora_entity_id, zuora_org_ids, environment, is_active, needs_attention,"
            " created_at, updated_at)"
            " VALUES (%s, %s, %s, %s, '', '', 'test', true, '', now(), now()) RETURNING id",
            name or tenant.name,
            tenant.client_id,
            secret,
            base_url,
        )
        return name or tenant.name

    def sync(self, customer: str, *options: str, code: int = 0, **more: Any) -> Any:
        """Sync one customer, and give the result."""
        command = ["sync-workflows", "--sync", "--customer", customer, *options]
        [result] = self.json(*command, code=code, **more)["results"]
        return result

    def half_written(self) -> int:
        """Workflows whose tasks are not exactly those of their export."""
        return int(self.ask(HALF_WRITTEN))

    def mirrored(self, customer: str) -> int:
        return int(
            self.ask(
                "SELECT count(*) FROM workflows JOIN customers ON customers.id = customer_id"
                " WHERE customers.name = %s AND json_export IS NOT NULL",
                customer,
            )
        )


def end(process: Any) -> None:
    """End a process that a test has left running."""
    if process.poll() is None:
        process.kill()
        process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()


def interrupt(process: Any) -> float:
    """Press Ctrl-C; the seconds until the process has ended."""
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.wait(SECONDS)
    return time.monotonic() - began


class Terminal:
    """A process on a terminal of its own."""

    def __init__(self, mirror: Mirror, *arguments: str, **options: Any) -> None:
        self._mirror = mirror
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 160, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-c", ON_TERMINAL, *ZWM, *arguments],
            env=mirror.environ_of(),
            start_new_session=True,
            **{"stdin": slave, "stdout": slave, "stderr": slave} | options,
        )
        os.close(slave)
        self.shown = ""

    def expect(self, text: str) -> None:
        eventually(lambda: self._read() or text in self.shown)
        assert text in self.shown, self.shown

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def finish(self, code: int = 0) -> str:
        """Read to the end; everything that was shown, with the terminal's line ends undone."""
        eventually(lambda: self._read() and self.process.poll() is not None)
        shown = self.shown.replace("\r\n", "\n")
        assert self.process.returncode == code, shown
        self._mirror.verify(list(map(str, self.process.args)), Done(code, "", shown))  # type: ignore[arg-type]  # a list, as given
        return shown

    def close(self) -> None:
        end(self.process)
        os.close(self._master)

    def _read(self) -> bool:
        """Take what is there; whether that was the end of it."""
        readable, _, _ = select.select([self._master], [], [], 0.05)
        if not readable:
            return self.process.poll() is not None
        with suppress(OSError):  # how Linux tells that the other side is closed
            if data := os.read(self._master, 65536):
                self.shown += data.decode()
                return False
        return True


@contextmanager
def terminal(mirror: Mirror, *arguments: str, **options: Any) -> Iterator[Terminal]:
    shown = Terminal(mirror, *arguments, **options)
    try:
        yield shown
    finally:
        shown.close()


def processes_in(directory: Path) -> list[str]:
    """The command lines of all processes that work in a directory or name it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            places = command + str((process / "cwd").readlink())
            if (
                str(directory) in places
                or str(directory).encode() in (process / "environ").read_bytes()
            ):
                found.append(command)
    return found


def free_port() -> int:
    """Below those that the system deals out: whoever asked for any port might get it meanwhile."""
    while True:
        port = random.randrange(20_000, 32_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def serves(port: int) -> bool:
    with suppress(OSError):
        return bool(urlopen(f"http://127.0.0.1:{port}/").status == 200)
    return False
