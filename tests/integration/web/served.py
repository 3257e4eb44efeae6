"""The web server as a process, on the database of the test that starts it."""

import http.client
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.integration.processes import django_process

SERVE = """
import logging, resource
from workflow_mirror.logs import configure
from workflow_mirror.server import limits, serve
wanted = json.loads(sys.argv[2])
sys.stderr = open(wanted["log"], "w", buffering=1)
configure(settings.LOGGING)
if wanted["files"]:
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted["files"],) * 2)
limits.REQUEST_SECONDS = wanted["request_seconds"]
with serve.listen("127.0.0.1", 0) as listening:
    print(listening.getsockname()[1], flush=True)
    serve.run(listening)
"""
SECONDS = 20.0


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes


@dataclass
class Site:
    port: int
    process: Any
    log: Path

    def get(self, path: str = "/admin/login/", source: str = "127.0.0.1", **headers: str) -> Answer:
        return self.request("GET", path, source=source, headers=headers)

    def log_in(
        self, name: str, password: str, *, forwarded_for: str = "", source: str = "127.0.0.1",
        padding: str = "",
    ) -> int:  # fmt: skip
        """The status: 302 is in, 200 the form again, 429 has to wait."""
        token = self.get().headers["Set-Cookie"].partition("csrftoken=")[2].partition(";")[0]
        form = {"username": name, "password": password, "padding": padding}
        headers = {
            "Cookie": f"csrftoken={token}",
            "X-CSRFToken": token,
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Forwarded-For": forwarded_for,
        }
        answer = self.request(
            "POST", "/admin/login/", urlencode(form).encode(), source=source, headers=headers
        )
        return answer.status

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        source: str = "127.0.0.1",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        connection = http.client.HTTPConnection(
            "localhost", self.port, timeout=SECONDS, source_address=(source, 0)
        )
        with closing(connection):
            connection.request(method, path, body, headers or {})
            with connection.getresponse() as answer:
                return Answer(answer.status, answer.headers, answer.read())

    def connect(self, source: str = "127.0.0.2") -> socket.socket:
        return socket.create_connection(
            ("127.0.0.1", self.port), SECONDS, source_address=(source, 0)
        )

    def lines(self, containing: str = "") -> list[str]:
        return [line for line in self.log.read_text().splitlines() if containing in line]

    def files(self) -> list[str]:
        """What the process has open."""
        found = []
        for one in Path(f"/proc/{self.process.pid}/fd").iterdir():
            with suppress(OSError):
                found.append(str(one.readlink()))
        return found

    def sockets(self) -> int:
        return sum(name.startswith("socket:") for name in self.files())


type Start = Callable[..., Site]


@contextmanager
def servers(folder: Path) -> Iterator[Start]:
    """Starts servers, which end with the block."""
    with ExitStack() as stack:

        def start(
            *, files: int | None = None, request_seconds: float = 60.0, **environ: str
        ) -> Site:
            wanted = {"files": files, "request_seconds": request_seconds, "log": f"{folder}/log"}
            process = django_process(SERVE, json.dumps(wanted), **environ)
            stack.callback(process.communicate, timeout=30)
            stack.callback(process.terminate)
            return Site(int(process.stdout.readline()), process, folder / "log")  # type: ignore[union-attr]  # a pipe

        yield start
