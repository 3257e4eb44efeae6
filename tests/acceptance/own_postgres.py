"""A PostgreSQL server that the operator looks after: the oldest that is installed here."""

import os
import pwd
import re
import socket
import socketserver
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from select import select
from threading import Thread
from typing import LiteralString

import psycopg

INSTALLED = sorted(
    (path for path in Path("/usr/lib/postgresql").glob("[1-9]*/bin") if (path / "initdb").exists()),
    key=lambda path: int(path.parent.name),
)
SUPPORTED = [path for path in INSTALLED if int(path.parent.name) >= 15]

SOCKET = ".s.PGSQL.5432"
GREETING = re.compile(rb"(server_version\0)\d\d")


class OwnPostgres:
    """A PostgreSQL server that the operator looks after."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.as_user = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(place, user.pw_uid, user.pw_gid)
            self.as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        self.url = f"postgresql://zwm:hidden@:5432/zwm?host={place}"

    def make(self) -> None:
        self._run("initdb", "-D", "data", "-U", "zwm", "-A", "trust", "--no-sync")
        self.start()
        self._run("createdb", "-h", str(self.place), "-U", "zwm", "zwm")

    def start(self) -> None:
        options = f"-c listen_addresses= -c fsync=off -k {self.place}"
        self._run("pg_ctl", "start", "-w", "-D", "data", "-l", "log", "-o", options)

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "-w", "-D", "data", "-m", "immediate")

    def execute(self, statement: LiteralString) -> None:
        writing = "-c default_transaction_read_only=off"
        with psycopg.connect(self.url, autocommit=True, options=writing) as connection:
            connection.execute(statement)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(SUPPORTED[0] / program), *arguments],
            cwd=self.place,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            stdout=subprocess.DEVNULL,
            check=True,
            **self.as_user,  # type: ignore[call-overload]  # of subprocess.run
        )


@contextmanager
def posing_as_newer(server: OwnPostgres, place: Path) -> Iterator[str]:
    """The URL of a proxy in front of a server, which makes it say that it is PostgreSQL 99."""

    class Proxy(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.socket(socket.AF_UNIX) as there:
                there.connect(str(server.place / SOCKET))
                other = {self.request: there, there: self.request}
                while all(self.passed_on(one, other[one]) for one in select(other, [], [])[0]):
                    pass

        @staticmethod
        def passed_on(one: socket.socket, other: socket.socket) -> bool:
            data = one.recv(65536)
            other.sendall(GREETING.sub(rb"\g<1>99", data))
            return bool(data)

    class Server(socketserver.ThreadingUnixStreamServer):
        daemon_threads = True

    with Server(str(place / SOCKET), Proxy) as listening:
        Thread(target=listening.serve_forever, daemon=True).start()
        yield server.url.replace(str(server.place), str(place))
        listening.shutdown()
